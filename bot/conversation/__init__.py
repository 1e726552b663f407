"""Interprets messages in their conversation: intent, follow-ups, choices, small talk."""
