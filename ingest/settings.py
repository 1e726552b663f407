"""Settings of ingest."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from vectorstore.settings import RawiSettings


class IngestSettings(RawiSettings):
    """How articles are read and cut: ``RAWI_INGEST_*``."""

    model_config = SettingsConfigDict(env_prefix="RAWI_INGEST_")

    max_file_mb: float = Field(
        default=64.0,
        gt=0,
        description="Megabytes of a file; a larger one is reported and left out. Files of JSON "
        "lines may be of any size: they are read line by line, and this is the limit of a line.",
    )
    passage_tokens: int = Field(
        default=256,
        ge=32,
        le=4096,
        description="Length of a passage in the embedding model's tokens, at most; never more than "
        "the model reads. Changing it on a filled store needs `rawi store rebuild`.",
    )
    batch_articles: int = Field(
        default=64,
        ge=1,
        le=4096,
        description="Articles that are written at once, at most. What an interrupted run has to do "
        "again is one batch.",
    )

    @property
    def max_bytes(self) -> int:
        """``max_file_mb`` in bytes."""
        return int(self.max_file_mb * 1_000_000)
