"""The services of Greenlight, one package each, and the runtime they share (`kit`)."""
