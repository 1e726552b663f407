"""Keeps the sources of ``sources.toml`` up to date."""

from ingest.sync.sources_file import Source, SourceProblem, SourcesFile, read_sources, sources_path

__all__ = ["Source", "SourceProblem", "SourcesFile", "read_sources", "sources_path"]
