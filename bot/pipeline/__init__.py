"""The steps of a question's road: plain functions of what they work with, memory, question."""
