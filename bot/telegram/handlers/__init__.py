"""Handlers of updates: commands, questions, buttons, inline queries, editors."""
