"""Screening lists to try with: all parties in them are invented, from stocks of characters and syllables."""
