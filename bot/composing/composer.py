"""Composes an answer: passages to the model, its words through the check, a draft per sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.answers import CancelledError, Citation, Draft, ModelUse
from bot.composing.breaker import Breaker
from bot.composing.check import Checker, Embed
from bot.composing.errors import ModelFailedError
from bot.composing.material import Excerpt, Said, messages, prompt_version
from bot.composing.providers import load_chat_model, require_installed
from bot.composing.streaming import Cancelled, ModelCaller, Tokens
from bot.composing.writing import Writer
from prompts import Language
from vectorstore.types import RetrievedPassage

if TYPE_CHECKING:
    from bot.composing.settings import LLMSettings

OnDraft = Callable[[Draft], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is to be answered, from which passages, after which earlier turns."""

    question: str
    language: Language
    passages: Sequence[RetrievedPassage]
    thread: Sequence[Said] = ()
    on_draft: OnDraft | None = None
    cancelled: Cancelled | None = None


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
        self._breaker = Breaker(settings.breaker_failures, settings.breaker_pause)

    def compose(self, request: Request) -> Composition:
        """Answer ``request``. Never raises for what a model or its server does.

        Raises:
            CancelledError: the answer is no longer wanted.
        """
        use = ModelUse(
            model=self.settings.model or "", prompt_version=prompt_version(request.language)
        )
        if not self._breaker.lets_through():
            return Composition(text="", citations=(), use=replace(use, fell_back="paused"))
        try:
            composition = self._composed(request, use)
        except ModelFailedError as failure:
            self._breaker.failed()
            use = replace(use, calls=1, fell_back=failure.reason)
            return Composition(text="", citations=(), use=use)
        except CancelledError:
            self._breaker.succeeded()
            raise
        self._breaker.succeeded()
        return composition

    def _composed(self, request: Request, use: ModelUse) -> Composition:
        excerpts = [Excerpt(p, p.text) for p in request.passages]
        writer = Writer(
            excerpts,
            Checker(excerpts, self._embed),
            request.language,
            mark=self.settings.unsupported == "mark",
        )
        prompt = messages(request.question, excerpts, request.language, request.thread)
        tokens: Tokens | None = None
        for item in self._caller.stream(prompt, request.cancelled):
            if isinstance(item, Tokens):
                tokens = item
            elif writer.take(item):
                self._show(writer, request)
            if writer.full:
                break
        if writer.finish():
            self._show(writer, request)
        use = replace(
            use,
            calls=1,
            input_tokens=tokens.read if tokens else None,
            output_tokens=tokens.written if tokens else None,
            sentences=writer.sentences,
            unsupported=writer.unsupported,
            moved=writer.moved,
        )
        if not writer.supported:
            reason = "declined" if writer.declined else "unsupported" if use.sentences else "empty"
            return Composition(text="", citations=(), use=replace(use, fell_back=reason))
        draft = writer.draft()
        return Composition(text=draft.text, citations=draft.citations, use=use)

    @staticmethod
    def _show(writer: Writer, request: Request) -> None:
        draft = writer.draft()
        if request.on_draft is not None and draft.citations:
            request.on_draft(draft)
