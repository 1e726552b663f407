"""Ingests articles from files, web pages and feeds into the store."""
