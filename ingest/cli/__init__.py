"""The editor's commands: ``rawi ingest``, ``sync``, ``sources`` and ``store``."""
