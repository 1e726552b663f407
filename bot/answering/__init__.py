"""Retrieval for a question, sentence scoring and quoted answers."""
