"""A chat model as judge of answers."""
