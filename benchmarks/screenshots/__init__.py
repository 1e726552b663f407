"""Screenshots for the documentation, taken from the running program."""
