"""The commands ``rawi articles …``, and console helpers for all commands."""
