"""The commands ``rawi ask``, ``rawi chat`` and ``rawi doctor``."""
