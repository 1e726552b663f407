"""Data types, errors, settings, text analysis and locks that every part of the store uses."""
