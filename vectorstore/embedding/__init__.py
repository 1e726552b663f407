"""Turns text into vectors: the embedded default model on two engines, or any other model."""
