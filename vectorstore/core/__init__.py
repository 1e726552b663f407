"""Data types, errors, settings, text analysis, SQLite and locks."""
