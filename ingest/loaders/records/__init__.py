"""Loaders of files that hold many articles as records."""
