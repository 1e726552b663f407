"""Settings of the answering engine and of the chat model."""

from __future__ import annotations

from datetime import date
from typing import Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from vectorstore.core.settings import RawiSettings

WeekStart = Literal["saturday", "sunday", "monday"]


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
    week_start: WeekStart | None = Field(
        default=None,
        description="The first day of the week in 'this week' and 'last week'. Default: Sunday for "
        "questions in Arabic, Monday for others.",
    )
    history: int = Field(
        default=6, ge=1, le=50, description="Turns of a conversation that are stored."
    )
    followups: int = Field(
        default=2,
        ge=0,
        le=3,
        description="Questions to continue with that are offered under the answers of a "
        "conversation; 0 for none.",
    )
    question_limit: int = Field(
        default=2_000,
        ge=50,
        description="Longest question in characters; longer ones are rejected.",
    )


class LLMSettings(RawiSettings):
    """The chat model that composes answers, and its limits: ``RAWI_LLM``, ``RAWI_LLM_*``."""

    model_config = SettingsConfigDict(env_prefix="RAWI_LLM_")

    model: str | None = Field(
        default=None,
        validation_alias=AliasChoices("RAWI_LLM"),
        description="The chat model that composes answers, as provider:name "
        "(openai:gpt-5-mini, anthropic:claude-sonnet-4-5, google_genai:gemini-2.5-flash, "
        "ollama:qwen3, local:/path/to/model.gguf). Answers are quoted, and nothing leaves "
        "this machine, when unset.",
    )
    base_url: str | None = Field(
        default=None,
        description="URL of a server that speaks OpenAI's protocol (Ollama, llama.cpp, vLLM: "
        "with RAWI_LLM=openai:NAME). The provider's own when unset.",
    )
    api_key: SecretStr | None = Field(
        default=None,
        description="The provider's key; keep it secret. The provider's own variable "
        "(OPENAI_API_KEY …) when unset.",
    )
    temperature: float | None = Field(
        default=0.0,
        ge=0,
        le=2,
        description="0 for the most likely words. Some reasoning models accept only 1; `rawi "
        "doctor` finds out.",
    )
    context_tokens: int = Field(
        default=8_192,
        ge=1_024,
        description="Size of the model's context in tokens; passages are shortened to fit.",
    )
    answer_tokens: int = Field(
        default=700, ge=32, description="Maximum tokens of a composed answer."
    )
    first_token_timeout: float = Field(
        default=20.0,
        gt=0,
        description="Seconds until the first text of an answer; then Rawi retries or quotes.",
    )
    pause_timeout: float = Field(
        default=10.0, gt=0, description="Seconds between two chunks of an answer."
    )
    total_timeout: float = Field(
        default=60.0,
        gt=0,
        description="Seconds for an answer with all retries; then Rawi quotes.",
    )
    retries: int = Field(
        default=2,
        ge=0,
        le=10,
        description="Retries when the model is busy or cannot be reached, with exponential "
        "backoff. None after the first text of an answer.",
    )
    breaker_failures: int = Field(
        default=4,
        ge=1,
        description="Failed answers in a row after which the model is not called for a while "
        "and answers are quoted at once.",
    )
    breaker_pause: float = Field(
        default=60.0, gt=0, description="Seconds for which a failing model is not called."
    )
    unsupported: Literal["remove", "mark"] = Field(
        default="remove",
        description="What to do with a sentence that the articles do not support: 'remove' "
        "it, or 'mark' it as unsupported, without a source. An answer of such sentences alone "
        "is never shown.",
    )
    rephrase: bool = Field(
        default=True,
        description="Let the model complete follow-up questions where the rules are uncertain.",
    )
    cache_days: float = Field(
        default=7.0,
        ge=0,
        description="Days for which a model's output is cached for the same question and "
        "passages; 0 disables the cache. Questions are stored as hashes only.",
    )
    input_price: float | None = Field(
        default=None,
        ge=0,
        description="Price of a million input tokens, in any currency; costs are then counted.",
    )
    output_price: float | None = Field(
        default=None, ge=0, description="Price of a million output tokens, in the same currency."
    )
    tracing: bool = Field(
        default=False,
        description="Let LangChain send questions, passages and answers to LangSmith, as "
        "configured by its LANGSMITH_ variables. These have no effect otherwise.",
    )

    @property
    def is_local(self) -> bool:
        """Whether the model runs on this machine, so that prompts do not leave it."""
        if self.model is None or self.model.startswith("local:"):
            return True
        if self.base_url is None:
            return self.model.startswith("ollama:")
        return urlsplit(self.base_url).hostname in {"127.0.0.1", "::1", "localhost"}

    @field_validator("model")
    @classmethod
    def _require_provider(cls, value: str | None) -> str | None:
        if value is None:
            return None
        provider, _, name = value.partition(":")
        if not provider.strip() or not name.strip():
            raise ValueError(f"{value!r} names no provider; write it as openai:gpt-5-mini")
        return value.strip()
