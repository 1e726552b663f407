"""Composed answers: written by a chat model from the passages, each sentence checked against them.

Quoted answers need none of it. Packages of chat models are imported with the first call.
"""
