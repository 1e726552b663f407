"""The answer's data types and the engine's settings."""
