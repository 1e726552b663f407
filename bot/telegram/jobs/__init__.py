"""Editors' background jobs and the synchronisation of sources."""
