"""The application: wiring, start and stop, polling, webhook, command line."""
