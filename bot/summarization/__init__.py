"""Extractive summaries, overviews and timelines of the stories that articles tell."""
