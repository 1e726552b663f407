"""Settings, errors, limits and process tools that every part of ingest uses."""
