"""Reads passages for the words that answer a question, with the embedder's encoder."""
