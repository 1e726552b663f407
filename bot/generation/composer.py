"""Composes an answer: passages to the model, its words through the check, a draft per sentence."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.core.models import CancelledError, Citation, Draft, ModelUse
from bot.generation.answer_builder import AnswerBuilder
from bot.generation.core.budget import fitted, room_for_passages
from bot.generation.core.errors import ModelFailedError
from bot.generation.core.prompt import Message, PastTurn, messages, prompt_version
from bot.generation.core.usage import UsageCounter
from bot.generation.models.answer_cache import AnswerCache, Written
from bot.generation.models.circuit_breaker import CircuitBreaker
from bot.generation.models.model_caller import Cancelled, ModelCaller, Tokens
from bot.generation.models.providers import load_chat_model, require_installed
from bot.generation.models.tracing import tracing
from bot.generation.query_rephrasing import LONGEST, accepted, rephrase_messages
from bot.generation.stream.reasoning_tags import ReasoningFilter
from bot.generation.support.evidence_passage import is_arabic
from bot.generation.support.support_checker import Embed, SupportChecker
from prompts import Language
from vectorstore.core.types import RetrievedPassage

if TYPE_CHECKING:
    from bot.generation.core.settings import LLMSettings

_log = logging.getLogger("rawi.composing")
_LONGEST = 8
"""Characters per token of an answer's bound after which a model is not listened to any longer."""


OnDraft = Callable[[Draft], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be answered, from which passages, after which earlier turns.

    ``language`` is the reader's. ``lead`` stands before the answer. ``usage`` is what the question
    has cost already.
    """

    question: str
    language: Language
    passages: Sequence[RetrievedPassage]
    thread: Sequence[PastTurn] = ()
    lead: str = ""
    usage: UsageCounter | None = None
    on_draft: OnDraft | None = None
    cancelled: Cancelled | None = None

    @property
    def written_in(self) -> Language:
        """The language to compose in: the passages', since only words of one script can be
        compared to the letter."""
        return "ar" if is_arabic(self.passages[0].text) else "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A composed answer, or, with ``text`` empty, why there is none (``use.fell_back``)."""

    text: str
    citations: tuple[Citation, ...]
    use: ModelUse


class Composer:
    """Composes answers with the model of the settings. Thread-safe; one per engine."""

    def __init__(self, settings: LLMSettings, home: Path, embed: Embed) -> None:
        assert settings.model is not None  # noqa: S101
        require_installed(settings.model)
        self.settings = settings
        self._embed = embed
        self._caller = ModelCaller(lambda: load_chat_model(settings), settings)
        self._cache = AnswerCache(home / "composed.sqlite3", settings.cache_days)
        self._breaker = CircuitBreaker(settings.breaker_failures, settings.breaker_pause)

    def close(self) -> None:
        """Release the file of kept answers."""
        self._cache.close()

    def compose(self, request: Request) -> Composition:
        """Answer ``request``. Never raises for what a model or its server does.

        Raises:
            CancelledError: the answer is no longer wanted.
        """
        usage = request.usage or UsageCounter()
        try:
            with tracing(self.settings.tracing):
                return self._composed(request, usage)
        except ModelFailedError as failure:
            _log.warning("no answer was composed: %s", failure.reason)
            use = usage.model_use(
                self.settings,
                prompt_version=prompt_version(request.written_in),
                fell_back=failure.reason,
            )
            return Composition(text="", citations=(), use=use)

    def rephrase(
        self,
        question: str,
        thread: Sequence[PastTurn],
        language: Language,
        cancelled: Cancelled | None = None,
    ) -> tuple[str | None, UsageCounter | None]:
        """The question made whole, or None where the model does not help; and what that took.

        Raises:
            CancelledError: the answer is no longer wanted.
        """
        if not self.settings.rephrase:
            return None, None
        usage, written, thoughts = UsageCounter(), "", ReasoningFilter()
        try:
            with tracing(self.settings.tracing):
                for item in self._called(
                    rephrase_messages(question, thread, language), usage, cancelled
                ):
                    if isinstance(item, str):
                        written += thoughts.feed(item)
                    if len(written) > 2 * LONGEST:
                        break
        except ModelFailedError as failure:
            _log.warning("no question was rephrased: %s", failure.reason)
            return None, usage
        return accepted(written + thoughts.finish(), question, thread), usage

    def _composed(self, request: Request, usage: UsageCounter) -> Composition:
        language = request.written_in
        room = room_for_passages(
            self.settings.context_tokens,
            self.settings.answer_tokens,
            request.question,
            [said.question + said.answer for said in request.thread],
        )
        excerpts = fitted(request.passages, room, request.question)
        prompt = messages(request.question, excerpts, language, request.thread)
        writer = AnswerBuilder(
            excerpts,
            SupportChecker(excerpts, self._embed),
            request.language,
            mark=self.settings.unsupported == "mark",
            lead=request.lead,
        )
        self._write(prompt, writer, request, usage)
        use = usage.model_use(
            self.settings,
            prompt_version=prompt_version(language),
            sentences=writer.sentences,
            unsupported=writer.unsupported,
            moved=writer.moved,
        )
        if not writer.supported:
            reason = "declined" if writer.declined else "unsupported" if use.sentences else "empty"
            return Composition(text="", citations=(), use=replace(use, fell_back=reason))
        draft = writer.draft()
        return Composition(text=draft.text, citations=draft.citations, use=use)

    def _write(
        self,
        prompt: Sequence[Message],
        writer: AnswerBuilder,
        request: Request,
        usage: UsageCounter,
    ) -> None:
        """Have the model write into ``writer``, or take what it wrote before."""
        key = AnswerCache.key(
            prompt, prompt_version(request.written_in), self.settings.model, self.settings.base_url
        )
        kept = self._cache.get(key)
        usage.cached = kept is not None
        text, before = "", (usage.input_tokens or 0, usage.output_tokens or 0)
        said = [kept.text] if kept else self._called(prompt, usage, request.cancelled)
        for item in said:
            if isinstance(item, Tokens):
                continue
            text += item
            if writer.take(item):
                self._show(writer, request)
            if writer.full or len(text) > _LONGEST * self.settings.answer_tokens:
                break
        if writer.finish():
            self._show(writer, request)
        # What broke off may go on to its end the next time.
        if kept is None and text.strip() and not writer.broken_off:
            read = (usage.input_tokens or 0) - before[0]
            written = (usage.output_tokens or 0) - before[1]
            self._cache.put(key, Written(text, read, written))

    def _called(
        self, prompt: Sequence[Message], usage: UsageCounter, cancelled: Cancelled | None
    ) -> Iterator[str | Tokens]:
        """The model's words, unless it is left alone for now; how it went is noted."""
        if not self._breaker.lets_through():
            raise ModelFailedError("paused")
        usage.calls += 1
        begun = False
        try:
            for item in self._caller.stream(prompt, cancelled):
                begun = True
                if isinstance(item, Tokens):
                    usage.add(item.read, item.written)
                yield item
        except ModelFailedError:
            self._breaker.failed()
            raise
        except (CancelledError, GeneratorExit):
            if begun:
                self._breaker.succeeded()
            raise
        self._breaker.succeeded()

    @staticmethod
    def _show(writer: AnswerBuilder, request: Request) -> None:
        draft = writer.draft()
        if request.on_draft is not None and draft.citations:
            request.on_draft(draft)
