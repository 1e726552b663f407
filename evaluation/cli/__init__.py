"""The commands ``rawi evaluate …``."""
