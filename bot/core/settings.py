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
        description="Largest number of sources of a quoted answer. A composed answer cites all "
        "that it uses.",
    )
    reader: Literal["auto", "off"] = Field(
        default="auto",
        description="'auto': the reading model selects the sentence, highlights the answer in it "
        "and estimates whether there is one. 'off' saves 230 MB of memory and a third of the time "
        "of an answer (more without AVX-512), but gives worse answers. See docs/quality.md.",
    )
    refusal_threshold: float = Field(
        default=0.3,
        ge=0,
        le=1,
        description="Questions are refused if the confidence of the answer is lower. "
        "`rawi evaluate calibrate` computes a threshold for a collection; docs/quality.md explains "
        "the default.",
    )
    today: date | None = Field(
        default=None,
        description="The date (2021-06-04) that 'yesterday' or 'last week' in a question is "
        "relative to, for archives and evaluation. Default: the current date.",
    )
    history: int = Field(
        default=6, ge=1, le=50, description="Turns of a conversation that are stored."
    )
    followups: int | None = Field(
        default=None,
        description="Deprecated and without effect: questions are no longer suggested.",
    )
    question_limit: int = Field(
        default=2_000,
        ge=50,
        description="Longest question in characters; longer ones are rejected.",
    )

    @model_validator(mode="after")
    def _warn_of_deprecated(self) -> Self:
        if self.followups is not None:
            # FutureWarning, unlike DeprecationWarning, is shown to users.
            warnings.warn(
                "RAWI_BOT_FOLLOWUPS has no effect any more; remove it", FutureWarning, stacklevel=2
            )
        return self
