"""The catalogue: articles, passages and change log in SQLite; the source of truth."""
