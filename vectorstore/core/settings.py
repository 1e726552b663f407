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
        description="Folder of all of Rawi's data: store, models, conversations, logs. "
        "Default: the platform's user data folder.",
    )
    model: str = Field(
        default="default",
        description="'default' (multilingual-e5-small, offline) or a sentence-transformers name "
        "or path. After a change, run `rawi store rebuild`.",
    )
    engine: Literal["auto", "openvino", "sentence-transformers"] = Field(
        default="auto",
        description="Runtime of the embedding model. 'auto': OpenVINO for the default model if "
        "it is installed, else sentence-transformers. A change needs no rebuild.",
    )
    models_dir: Path | None = Field(
        default=None,
        description="Folder of prepared models, which several homes may share. "
        "Default: RAWI_HOME/models.",
    )
    threads: int | None = Field(
        default=None, ge=1, description="Threads for embedding. Default: all cores."
    )
    query_prefix: str | None = Field(
        default=None, description="Prefix of questions. Default: the model's own."
    )
    passage_prefix: str | None = Field(
        default=None, description="Prefix of passages. Default: the model's own."
    )
    lock_timeout: float = Field(
        default=120.0,
        gt=0,
        description="Seconds that a writer waits for the write lock before it fails.",
    )
    undo_runs: int = Field(
        default=100,
        ge=0,
        description="Number of recent ingest runs that can be undone; the articles that they "
        "replaced or removed are stored for that. 0 disables undo.",
    )
    undo_days: float = Field(
        default=30.0, gt=0, description="Days after which a run can no longer be undone."
    )

    @property
    def store_path(self) -> Path:
        """Folder of catalogue, vectors and lexical index."""
        return self.home / "store"

    @property
    def models_path(self) -> Path:
        """Folder of prepared embedding models."""
        return self.models_dir or self.home / "models"
