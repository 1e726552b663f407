"""Parsers of file formats, which bound time and memory for hostile files."""
