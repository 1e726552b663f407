"""Settings of the answering engine."""

from __future__ import annotations

import warnings
from datetime import date
from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_settings import SettingsConfigDict

from vectorstore.core.settings import RawiSettings


class BotSettings(RawiSettings):
    """How questions are answered: ``RAWI_BOT_*``."""

    model_config = SettingsConfigDict(env_prefix="RAWI_BOT_")

    language: Literal["auto", "ar", "en"] = Field(
        default="auto",
        description="Language of replies; 'auto' answers in the language of the question.",
    )
    passages: int = Field(default=8, ge=1, le=50, description="Passages retrieved for a question.")
    citations: int = Field(
        default=3,
        ge=1,
        le=10,
        description="Most sources of a quoted answer. A composed one cites all that its sentences "
        "rest on.",
    )
    reader: Literal["auto", "off"] = Field(
        default="auto",
        description="'auto': the reading model chooses the sentence, highlights the words that "
        "answer and judges whether anything does. 'off' saves a third of an answer's time and "
        "230 MB of memory (more time without AVX-512), and answers worse. See docs/quality.md.",
    )
    refusal_threshold: float = Field(
        default=0.3,
        ge=0,
        le=1,
        description="Answers less likely than this to be supported are refused. "
        "`rawi evaluate calibrate` finds one for a collection; docs/quality.md explains the "
        "default.",
    )
    today: date | None = Field(
        default=None,
        description="The day (2021-06-04) that 'yesterday' or 'last week' in a question is "
        "relative to; today if empty. For archives and for evaluation.",
    )
    history: int = Field(
        default=6, ge=1, le=50, description="Turns of a conversation that are stored."
    )
    followups: int | None = Field(
        default=None,
        description="Deprecated and without effect: questions are no longer suggested.",
    )
    question_limit: int = Field(
        default=2_000, ge=50, description="Most characters of a question; a longer one is rejected."
    )

    @model_validator(mode="after")
    def _warn_of_deprecated(self) -> Self:
        if self.followups is not None:
            # FutureWarning, unlike DeprecationWarning, is shown to users.
            warnings.warn(
                "RAWI_BOT_FOLLOWUPS has no effect any more; remove it", FutureWarning, stacklevel=2
            )
        return self
