"""Settings of the Telegram bot."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from vectorstore.core.settings import RawiSettings


def _ids(value: object) -> object:
    """The parts of a list such as ``"12, -1001234"``; ids of groups and channels are negative."""
    if isinstance(value, str):
        return tuple(value.replace(",", " ").split())
    return (value,) if isinstance(value, int) else value


Ids = Annotated[tuple[int, ...], NoDecode, BeforeValidator(_ids)]


LIVE = frozenset(
    [
        "editors",
        "readers",
        "channels",
        "user_rate",
        "total_rate",
        "waiting",
        "article_length",
        "keep_days",
        "sync",
        "log_level",
        "log_texts",
    ]
)
"""Settings that /reload applies; changes of the others need a restart."""


class TelegramSettings(RawiSettings):
    """Connection to Telegram, access, limits and logs: ``RAWI_TELEGRAM_*``."""

    model_config = SettingsConfigDict(env_prefix="RAWI_TELEGRAM_")

    token: SecretStr | None = Field(
        default=None, description="The bot's token from @BotFather. Required; keep it secret."
    )
    editors: Ids = Field(
        default=(),
        description="User ids, separated by commas, that may add and remove articles. Nobody when "
        "unset. /help shows users their own id.",
    )
    readers: Ids = Field(
        default=(),
        description="User ids that may ask. Everyone when unset; editors always may.",
    )
    channels: Ids = Field(
        default=(),
        description="Ids of channels whose posts become articles. The bot must be a member. None "
        "when unset.",
    )
    mode: Literal["polling", "webhook"] = Field(
        default="polling",
        description="'polling' requests messages from Telegram and needs no public address; with "
        "'webhook' Telegram sends them to RAWI_TELEGRAM_WEBHOOK_URL.",
    )
    api_url: str = Field(
        default="https://api.telegram.org",
        description="URL of the Bot API server; change it only for a server of your own.",
    )
    webhook_url: str | None = Field(
        default=None,
        description="Public https:// URL of the webhook, without its path. Required for mode "
        "'webhook'.",
    )
    webhook_listen: str = Field(
        default="127.0.0.1",
        description="Address on which the webhook and health checks are served.",
    )
    webhook_port: int = Field(
        default=8443, ge=1, le=65535, description="Port on which the webhook is served."
    )
    webhook_path: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_\-/]{16,128}$",
        description="Path of the webhook, at least 16 characters. When unset, it is derived from "
        "the token and cannot be guessed.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="Secret that Telegram sends with every update (A-Z a-z 0-9 _ -). A random one "
        "at each start when unset.",
    )
    health_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port of /health and /ready in mode 'polling'; not served when unset. In mode "
        "'webhook' they are served on the port of the webhook.",
    )
    metrics: bool = Field(
        default=False, description="Serve Prometheus metrics at /metrics, on the port of /health."
    )
    user_rate: int = Field(
        default=20, ge=1, description="Questions that one user may ask per minute."
    )
    total_rate: int = Field(
        default=600, ge=1, description="Questions that all users together may ask per minute."
    )
    waiting: int = Field(
        default=5,
        ge=1,
        description="Messages of one user that may wait in a chat; further ones are rejected.",
    )
    queue: int = Field(
        default=1_000,
        ge=10,
        description="Messages that may wait in all chats together; further ones stay with "
        "Telegram.",
    )
    workers: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="Questions answered at the same time. When unset, 2, or 16 with a chat model, "
        "which does most of the work.",
    )
    article_length: int = Field(
        default=400,
        ge=50,
        description="An editor's text of at least this many characters is an article; a shorter "
        "one is a question, unless it is forwarded or follows /add.",
    )
    sync: bool = Field(
        default=False,
        description="Sync the sources of sources.toml while the bot runs, at low priority. Editors "
        "see their status in /ingest and are notified of failures.",
    )
    keep_days: int = Field(
        default=30,
        ge=1,
        description="Days after which questions, answers and feedback are deleted.",
    )
    timeout: float = Field(
        default=10.0, gt=0, description="Seconds after which a call to Telegram times out."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Lowest level that is logged, as JSON lines on standard error."
    )
    log_texts: bool = Field(
        default=False,
        description="Also log the texts of users; otherwise logs have ids and counts only.",
    )

    @field_validator("token", "webhook_secret")
    @classmethod
    def _not_blank(cls, value: SecretStr | None) -> SecretStr | None:
        return value if value is not None and value.get_secret_value().strip() else None

    @field_validator("webhook_secret")
    @classmethod
    def _secret_form(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            secret = value.get_secret_value()
            if (
                not 16 <= len(secret) <= 256
                or not secret.replace("-", "").replace("_", "").isalnum()
            ):
                raise ValueError("16 to 256 of the characters A-Z a-z 0-9 _ - are needed")
        return value

    @field_validator("api_url")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("an http(s) address is needed")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _webhook_complete(self) -> Self:
        if self.mode == "webhook" and not self.webhook_url:
            raise ValueError("mode 'webhook' needs RAWI_TELEGRAM_WEBHOOK_URL")
        return self

    def may_read(self, user_id: int) -> bool:
        """Whether a user may ask."""
        return not self.readers or user_id in self.readers or user_id in self.editors

    def may_edit(self, user_id: int) -> bool:
        """Whether a user may add and remove articles."""
        return user_id in self.editors
