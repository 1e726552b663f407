"""Test sets: their items, files, validation and schema."""
