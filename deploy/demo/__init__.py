"""The demo: a first batch of the size reported in January 2026, played over HTTP by invented companies."""
