"""Settings of the store: where Rawi keeps its data and which model embeds it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _default_home() -> Path:
    from platformdirs import user_data_path

    return user_data_path("rawi", appauthor=False)


class StoreSettings(BaseSettings):
    """Read from the environment and ``.env``: ``RAWI_HOME`` and ``RAWI_STORE_*``.

    Raises:
        pydantic.ValidationError: for an unknown ``RAWI_STORE_*`` name in ``.env`` or a bad value.
    """

    model_config = SettingsConfigDict(
        env_prefix="RAWI_STORE_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="forbid",
        populate_by_name=True,
    )

    home: Path = Field(
        default_factory=_default_home,
        validation_alias=AliasChoices("RAWI_HOME"),
        description="Everything Rawi keeps lies under this folder.",
    )
    model: str = Field(
        default="default",
        description="'default' (multilingual-e5-small, offline) or a sentence-transformers name "
        "or path. Changing it on a filled store needs `rawi store rebuild`.",
    )
    engine: Literal["auto", "openvino", "sentence-transformers"] = Field(
        default="auto",
        description="What computes embeddings. 'auto' takes OpenVINO for the default model where "
        "the platform has it. Engines of one model mix safely.",
    )
    models_dir: Path | None = Field(
        default=None,
        description="Prepared models; RAWI_HOME/models when unset. May be shared by several homes.",
    )
    threads: int | None = Field(
        default=None, ge=1, description="Threads for embedding; all cores when unset."
    )
    query_prefix: str | None = Field(
        default=None, description="Put before a question; the model's own when unset."
    )
    passage_prefix: str | None = Field(
        default=None, description="Put before a passage; the model's own when unset."
    )
    lock_timeout: float = Field(
        default=120.0,
        gt=0,
        description="Seconds a writer waits for its turn before it gives up.",
    )

    @property
    def store_path(self) -> Path:
        """The folder of catalogue, vectors and lexical index."""
        return self.home / "store"

    @property
    def models_path(self) -> Path:
        """The folder of prepared embedding models."""
        return self.models_dir or self.home / "models"
