"""Answers in the shape that a question calls for: verdicts, lists, comparisons, newest reports."""
