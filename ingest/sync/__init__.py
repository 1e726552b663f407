"""Sources that are kept up to date: what ``sources.toml`` names, and what became of each."""

from ingest.sync.sources_file import Source, SourceProblem, SourcesFile, read_sources, sources_path

__all__ = ["Source", "SourceProblem", "SourcesFile", "read_sources", "sources_path"]
