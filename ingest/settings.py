"""Settings of ingest."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from vectorstore.settings import RawiSettings


class IngestSettings(RawiSettings):
    """How articles are read and cut: ``RAWI_INGEST_*``."""

    model_config = SettingsConfigDict(env_prefix="RAWI_INGEST_")

    max_file_mb: float = Field(
        default=256.0,
        gt=0,
        description="Megabytes of a file; a larger one is reported and left out.",
    )
    passage_tokens: int = Field(
        default=256,
        ge=32,
        le=4096,
        description="Length of a passage in the embedding model's tokens, at most. Changing it on "
        "a filled store needs `rawi store rebuild`.",
    )

    @property
    def max_bytes(self) -> int:
        """``max_file_mb`` in bytes."""
        return int(self.max_file_mb * 1_000_000)
