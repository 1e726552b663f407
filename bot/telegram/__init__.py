"""Rawi on Telegram: the bot that readers and editors talk to."""
