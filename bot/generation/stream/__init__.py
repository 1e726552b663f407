"""Parsers of a chat model's token stream: citations, sentences, reasoning."""
