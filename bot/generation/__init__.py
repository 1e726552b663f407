"""Composed answers: a chat model writes from the passages; what they do not bear out is taken out.

Nothing here is needed for quoted answers, and no chat model's package is imported before the first
question that one is asked.
"""
