"""Loaders of files that hold one article."""
