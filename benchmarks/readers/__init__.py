"""The readers' test sets, and how their collections are made."""
