"""The commands ``rawi articles …``, and the console that all commands print with."""
