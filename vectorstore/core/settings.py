"""Base class of all packages' settings, and the store's settings.

Settings are read from the environment and from ``.env`` in the working directory, each package
under its own prefix. An unknown name with such a prefix is an error.
"""

from __future__ import annotations

import difflib
import os
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from vectorstore.core.errors import SettingsError


class RawiSettings(BaseSettings):
    """Base of every package's settings; subclasses set ``env_prefix``.

    Raises:
        pydantic.ValidationError: A value is invalid.
        SettingsError: A name has the prefix but is no setting.
    """

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="forbid",
        populate_by_name=True,
    )

    @classmethod
    def variables(cls) -> dict[str, str]:
        """Field by environment variable: ``{"RAWI_HOME": "home", …}``."""
        prefix = cls.model_config.get("env_prefix", "")
        names = {}
        for name, info in cls.model_fields.items():
            alias = info.validation_alias
            choices = alias.choices if isinstance(alias, AliasChoices) else [prefix + name]
            names.update({str(choice).upper(): name for choice in choices})
        return names

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read only names with the own prefix, as one ``.env`` holds all packages' settings."""
        known = cls.variables()
        prefix = cls.model_config.get("env_prefix", "").upper()
        if isinstance(dotenv_settings, DotEnvSettingsSource):
            mine = {}
            for name, value in dotenv_settings.env_vars.items():
                if name.upper() in known:
                    mine[name] = value
                elif prefix and name.upper().startswith(prefix):
                    raise _unknown(name, known, prefix, ".env")
            dotenv_settings.env_vars = mine
        for name in os.environ:
            if prefix and name.upper().startswith(prefix) and name.upper() not in known:
                raise _unknown(name, known, prefix, "the environment")
        return init_settings, env_settings, dotenv_settings

    def to_json(self) -> dict[str, Any]:
        """The settings as JSON values with secrets masked, for logs, ``doctor`` and run folders."""
        return self.model_dump(mode="json")


def _unknown(name: str, known: dict[str, str], prefix: str, where: str) -> SettingsError:
    name = name.upper()
    # Without the common prefix, which would make all names similar.
    rests = {variable.removeprefix(prefix): variable for variable in known}
    near = difflib.get_close_matches(name.removeprefix(prefix), rests, n=1)
    hint = f"Did you mean {rests[near[0]]}?" if near else f"Known are: {', '.join(sorted(known))}."
    return SettingsError(f"There is no setting {name} (found in {where}). {hint}")


def _default_home() -> Path:
    from platformdirs import user_data_path

    return user_data_path("rawi", appauthor=False)


class StoreSettings(RawiSettings):
    """Data folders and embedding model: ``RAWI_HOME``, ``RAWI_STORE_*``."""

    model_config = SettingsConfigDict(env_prefix="RAWI_STORE_")

    home: Path = Field(
        default_factory=_default_home,
        validation_alias=AliasChoices("RAWI_HOME"),
        description="Everything Rawi keeps lies under this folder: store, models, threads, logs. "
        "The platform's user data folder when unset.",
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
    undo_runs: int = Field(
        default=100,
        ge=0,
        description="Runs of ingest that can be undone, the last ones; what they replaced and "
        "removed is kept so long. 0 keeps nothing.",
    )
    undo_days: float = Field(
        default=30.0, gt=0, description="Days after which a run cannot be undone any more."
    )

    @property
    def store_path(self) -> Path:
        """Folder of catalogue, vectors and lexical index."""
        return self.home / "store"

    @property
    def models_path(self) -> Path:
        """Folder of prepared embedding models."""
        return self.models_dir or self.home / "models"
