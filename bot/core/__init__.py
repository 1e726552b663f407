"""The answer's data types and settings, also of a chat model."""
