"""The catalogue: articles, passages and the change log in SQLite, the source of truth."""
