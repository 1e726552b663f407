"""Errors, prompts and token budgets of composed answers."""
