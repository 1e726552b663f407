"""Composes answers: calls the chat model and builds the answer from its supported sentences."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.models import CancelledError, Citation, Draft, ModelUse
from bot.core.tracing import tracing
from bot.core.usage import UsageCounter
from bot.generation.answer_builder import AnswerBuilder
from bot.generation.core.budget import fit_passages, passage_budget
from bot.generation.core.errors import ModelFailedError
from bot.generation.core.prompt import Message, PastTurn, build_messages, prompt_version
from bot.generation.models.answer_cache import AnswerCache, CachedAnswer
from bot.generation.models.circuit_breaker import CircuitBreaker
from bot.generation.models.model_caller import IsCancelled, ModelCaller, TokenUsage
from bot.generation.models.providers import load_chat_model, require_installed
from bot.generation.query_rephrasing import (
    MAX_QUESTION_LENGTH,
    rephrasing_messages,
    validate_rephrasing,
)
from bot.generation.stream.reasoning_tags import ReasoningFilter
from bot.generation.support.evidence_passage import is_mostly_arabic
from bot.generation.support.support_checker import Embed, SupportChecker
from prompts import Language
from vectorstore.core.types import RetrievedPassage

if TYPE_CHECKING:
    from bot.core.settings import LLMSettings

_log = logging.getLogger("rawi.composing")
_MAX_CHARACTERS_PER_TOKEN = 8
"""Output of more characters per token of ``answer_tokens`` is cut off."""

OnDraft = Callable[[Draft], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositionRequest:
    """A question and the passages to answer it from.

    Attributes:
        question: The standalone question.
        language: The reader's language.
        passages: The retrieved passages, best first; at least one.
        past_turns: Earlier turns that a follow-up refers to.
        intro: A line to show before the answer.
        usage: The usage of earlier calls for this question; updated in place.
        on_draft: Called with the answer so far after each new sentence.
        is_cancelled: Polled during the call.
    """

    question: str
    language: Language
    passages: Sequence[RetrievedPassage]
    past_turns: Sequence[PastTurn] = ()
    intro: str = ""
    usage: UsageCounter | None = None
    on_draft: OnDraft | None = None
    is_cancelled: IsCancelled | None = None

    @property
    def answer_language(self) -> Language:
        """The language of the passages: support is checked by comparing words of one script."""
        return "ar" if is_mostly_arabic(self.passages[0].text) else "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A composed answer; ``text`` is empty if there is none, see ``model_use.fell_back``."""

    text: str = ""
    citations: tuple[Citation, ...] = ()
    model_use: ModelUse


class Composer:
    """Composes answers with the configured model. Thread-safe; one per engine."""

    def __init__(self, settings: LLMSettings, home: Path, embed: Embed) -> None:
        assert settings.model is not None  # noqa: S101
        require_installed(settings.model)
        self.settings = settings
        self._embed = embed
        self._caller = ModelCaller(lambda: load_chat_model(settings), settings)
        self._cache = AnswerCache(home / "composed.sqlite3", settings.cache_days)
        self._breaker = CircuitBreaker(settings.breaker_failures, settings.breaker_pause)

    def close(self) -> None:
        """Close the cache file."""
        self._cache.close()

    def compose(self, request: CompositionRequest) -> Composition:
        """Answer ``request``. Failures of the model are reported in the result, not raised.

        Raises:
            CancelledError: The request was cancelled.
        """
        usage = request.usage or UsageCounter()
        try:
            with tracing(self.settings.tracing):
                return self._compose(request, usage)
        except ModelFailedError as failure:
            _log.warning("no answer was composed: %s", failure.reason)
            use = usage.model_use(
                self.settings,
                prompt_version=prompt_version(request.answer_language),
                fell_back=failure.reason,
            )
            return Composition(model_use=use)

    def rephrase(
        self,
        question: str,
        past_turns: Sequence[PastTurn],
        language: Language,
        is_cancelled: IsCancelled | None = None,
    ) -> tuple[str | None, UsageCounter | None]:
        """The follow-up as a standalone question, and the usage of the call.

        The question is None if rephrasing is disabled, the call fails or its result is invalid.

        Raises:
            CancelledError: The request was cancelled.
        """
        if not self.settings.rephrase:
            return None, None
        usage, output, reasoning = UsageCounter(), "", ReasoningFilter()
        messages = rephrasing_messages(question, past_turns, language)
        try:
            with tracing(self.settings.tracing):
                for chunk in self._stream(messages, usage, is_cancelled):
                    output += reasoning.feed(chunk)
                    if len(output) > 2 * MAX_QUESTION_LENGTH:
                        break
        except ModelFailedError as failure:
            _log.warning("no question was rephrased: %s", failure.reason)
            return None, usage
        return validate_rephrasing(output + reasoning.finish(), question, past_turns), usage

    def _compose(self, request: CompositionRequest, usage: UsageCounter) -> Composition:
        language = request.answer_language
        budget = passage_budget(
            self.settings.context_tokens,
            self.settings.answer_tokens,
            request.question,
            [turn.question + turn.answer for turn in request.past_turns],
        )
        passages = fit_passages(request.passages, budget, request.question)
        messages = build_messages(request.question, passages, language, request.past_turns)
        builder = AnswerBuilder(
            passages,
            SupportChecker(passages, self._embed),
            request.language,
            mark_unsupported=self.settings.unsupported == "mark",
            intro=request.intro,
        )
        self._generate(messages, builder, request, usage)
        use = usage.model_use(
            self.settings,
            prompt_version=prompt_version(language),
            sentences=builder.sentences,
            unsupported=builder.unsupported,
            moved=builder.moved,
        )
        if not builder.supported:
            reason = "declined" if builder.declined else "unsupported" if use.sentences else "empty"
            return Composition(model_use=replace(use, fell_back=reason))
        draft = builder.draft()
        return Composition(text=draft.text, citations=draft.citations, model_use=use)

    def _generate(
        self,
        messages: Sequence[Message],
        builder: AnswerBuilder,
        request: CompositionRequest,
        usage: UsageCounter,
    ) -> None:
        """Feed the cached output for this prompt, or that of a new call, to ``builder``."""
        key = AnswerCache.key(
            messages,
            prompt_version(request.answer_language),
            self.settings.model,
            self.settings.base_url,
        )
        cached = self._cache.get(key)
        usage.cached = cached is not None
        output, before = "", replace(usage)
        stream = [cached.text] if cached else self._stream(messages, usage, request.is_cancelled)
        for chunk in stream:
            output += chunk
            if builder.feed(chunk):
                self._report(builder, request)
            too_long = len(output) > _MAX_CHARACTERS_PER_TOKEN * self.settings.answer_tokens
            if builder.is_full or too_long:
                break
        if builder.finish():
            self._report(builder, request)
        # Truncated output is not cached: the next call may return all of it.
        if cached is None and output.strip() and not builder.truncated:
            input_tokens = (usage.input_tokens or 0) - (before.input_tokens or 0)
            output_tokens = (usage.output_tokens or 0) - (before.output_tokens or 0)
            self._cache.put(key, CachedAnswer(output, input_tokens, output_tokens))

    def _stream(
        self, messages: Sequence[Message], usage: UsageCounter, is_cancelled: IsCancelled | None
    ) -> Iterator[str]:
        """The chunks of one call; adds its tokens to ``usage`` and informs the breaker.

        Raises:
            ModelFailedError: The call failed, or the breaker is open.
        """
        if not self._breaker.allows_request():
            raise ModelFailedError("paused")
        usage.calls += 1
        responded = False
        try:
            for item in self._caller.stream(messages, is_cancelled):
                responded = True
                if isinstance(item, TokenUsage):
                    usage.add(item.input_tokens, item.output_tokens)
                else:
                    yield item
        except ModelFailedError:
            self._breaker.record_failure()
            raise
        except (CancelledError, GeneratorExit):
            if responded:
                self._breaker.record_success()
            raise
        self._breaker.record_success()

    @staticmethod
    def _report(builder: AnswerBuilder, request: CompositionRequest) -> None:
        draft = builder.draft()
        if request.on_draft is not None and draft.citations:
            request.on_draft(draft)
