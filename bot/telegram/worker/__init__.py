"""The process that ingests what editors send."""
