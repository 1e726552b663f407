"""Settings of the Telegram bot."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from vectorstore.core.settings import RawiSettings


def _ids(value: object) -> object:
    """``"12, -1001234"`` as numbers; Telegram's ids of groups and channels are negative."""
    if isinstance(value, str):
        return tuple(part for part in value.replace(",", " ").split())
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
"""Settings that /reload takes over; the others need a restart."""


class TelegramSettings(RawiSettings):
    """How the bot talks to Telegram, and who may do what: ``RAWI_TELEGRAM_*``."""

    model_config = SettingsConfigDict(env_prefix="RAWI_TELEGRAM_")

    token: SecretStr | None = Field(
        default=None, description="The bot's token, as BotFather gave it. Needed; keep it secret."
    )
    editors: Ids = Field(
        default=(),
        description="User ids, with commas between them, of those who may add and remove articles. "
        "Nobody when unset. /start tells everyone their own id.",
    )
    readers: Ids = Field(
        default=(),
        description="User ids of those who may ask. Everyone when unset; editors always may.",
    )
    channels: Ids = Field(
        default=(),
        description="Ids of channels that the bot is a member of and whose posts it takes in as "
        "articles, as they come. None when unset.",
    )
    mode: Literal["polling", "webhook"] = Field(
        default="polling",
        description="'polling' asks Telegram for messages and needs no public address; with "
        "'webhook' Telegram sends them to RAWI_TELEGRAM_WEBHOOK_URL.",
    )
    api_url: str = Field(
        default="https://api.telegram.org",
        description="The Bot API server. Another one than Telegram's own is for those who run it.",
    )
    webhook_url: str | None = Field(
        default=None,
        description="Public https:// address under which Telegram reaches the webhook, without its "
        "path. Needed for mode 'webhook'.",
    )
    webhook_listen: str = Field(
        default="127.0.0.1", description="Address on which webhook and health checks are served."
    )
    webhook_port: int = Field(
        default=8443, ge=1, le=65535, description="Port on which the webhook is served."
    )
    webhook_path: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_\-/]{16,128}$",
        description="Path of the webhook, 16 characters or more. When unset, one that cannot be "
        "guessed is derived from the token.",
    )
    webhook_secret: SecretStr | None = Field(
        default=None,
        description="What Telegram must send with every update (A-Z a-z 0-9 _ -). Chosen anew at "
        "each start when unset.",
    )
    health_port: int | None = Field(
        default=None,
        ge=1,
        le=65535,
        description="Port of /health and /ready in mode 'polling'; not served when unset. In mode "
        "'webhook' they stand beside the webhook.",
    )
    metrics: bool = Field(
        default=False, description="Serve figures for Prometheus at /metrics, beside /health."
    )
    user_rate: int = Field(
        default=20, ge=1, description="Questions that one person may ask in a minute."
    )
    total_rate: int = Field(
        default=600, ge=1, description="Questions that all people together may ask in a minute."
    )
    waiting: int = Field(
        default=5,
        ge=1,
        description="Messages of one person in a chat that wait for their turn, at most.",
    )
    queue: int = Field(
        default=1_000,
        ge=10,
        description="Messages of all chats that wait, at most; further ones stay with Telegram.",
    )
    workers: int | None = Field(
        default=None,
        ge=1,
        le=64,
        description="Questions that are answered at the same moment. When unset, 2, or 16 with a "
        "chat model, which answers mostly wait for.",
    )
    article_length: int = Field(
        default=400,
        ge=50,
        description="A text of so many characters that an editor sends is an article; a shorter "
        "one is a question, unless it is forwarded or follows /add.",
    )
    sync: bool = Field(
        default=False,
        description="Keep the sources of sources.toml up to date while the bot runs: each when it "
        "is due, behind the readers. Editors see it in /ingest and are told of what fails.",
    )
    keep_days: int = Field(
        default=30,
        ge=1,
        description="Days that questions and answers are kept for buttons, feedback and /stats.",
    )
    timeout: float = Field(
        default=10.0, gt=0, description="Seconds that one call to Telegram may take."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="What is logged; logs are JSON lines on standard error."
    )
    log_texts: bool = Field(
        default=False, description="Also log what people write. Off: logs hold ids and counts only."
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
        """Whether this person may ask."""
        return not self.readers or user_id in self.readers or user_id in self.editors

    def may_edit(self, user_id: int) -> bool:
        """Whether this person may add and remove articles."""
        return user_id in self.editors
