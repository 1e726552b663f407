"""Writing, rebuilding, checking and backing up a store."""
