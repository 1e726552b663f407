"""Answers out: the conversation graph, answers and their citations, and the terminal."""
