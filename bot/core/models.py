"""The engine's results: an ``Answer`` with its ``Citation``s. Plain data, no markup."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, Self

from vectorstore.core.errors import RawiError
from vectorstore.core.types import ArticleInfo, RetrievedPassage

Mode = Literal[
    "quoted", "composed", "smalltalk", "refusal", "summary", "overview", "timeline", "headlines",
    "collection", "article", "sources", "opinion",
]  # fmt: skip
Verdict = Literal["yes", "no", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An article named beside an answer: near to a refused question, or a copy of a cited one."""

    article_id: str
    title: str
    url: str | None = None
    source: str | None = None
    published_at: datetime | None = None

    @classmethod
    def of(cls, article: ArticleInfo) -> Self:
        """The suggestion of ``article``."""
        return cls(
            article_id=article.id,
            title=article.title,
            url=article.url,
            source=article.source,
            published_at=article.published_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """A verbatim quote of an article that supports an answer.

    ``article.text[start:end] == quote`` in the article ``article_id``. ``highlights`` are the
    offsets in the article of the words that answer, where they are known: one span, or one for each
    item of a list; ``highlight_start`` and ``highlight_end`` are the first. ``marker`` is the
    number that the answer refers to its article by, as in ``[1]``; quotes of one article share it.
    ``also_in`` are near-duplicates of the article: the same story under another URL or in another
    paper.
    """

    marker: int
    article_id: str
    title: str
    url: str | None
    source: str | None
    published_at: datetime | None
    quote: str
    start: int
    end: int
    passage_id: str = ""
    highlight_start: int | None = None
    highlight_end: int | None = None
    highlights: tuple[tuple[int, int], ...] = ()
    also_in: tuple[Suggestion, ...] = ()

    @classmethod
    def of(
        cls,
        passage: RetrievedPassage,
        marker: int,
        start: int,
        end: int,
        highlights: Sequence[tuple[int, int]] = (),
    ) -> Self:
        """The citation of ``[start, end)`` in the article of ``passage``, a part of it."""
        article = passage.article
        first, last = highlights[0] if highlights else (None, None)
        return cls(
            marker=marker,
            article_id=article.id,
            title=article.title,
            url=article.url,
            source=article.source,
            published_at=article.published_at,
            quote=passage.text[start - passage.start : end - passage.start],
            start=start,
            end=end,
            passage_id=passage.id,
            highlight_start=first,
            highlight_end=last,
            highlights=tuple(highlights),
            also_in=tuple(map(Suggestion.of, passage.also_in)),
        )

    @property
    def marked(self) -> tuple[tuple[int, int], ...]:
        """``highlights``, also of citations that were stored with the first of them only."""
        if self.highlights or self.highlight_start is None or self.highlight_end is None:
            return self.highlights
        return ((self.highlight_start, self.highlight_end),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSummary:
    """The reading model's part in an answer.

    Attributes:
        model: The checksum of the model's file.
        engine: ``openvino-int8`` or ``torch``.
        probability: Its probability that the highlighted words of the best sentence answer.
    """

    model: str
    engine: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievedRef:
    """A retrieved passage, for evaluation."""

    passage_id: str
    article_id: str
    index: int
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The checked sentences of an answer that is being composed.

    ``text`` is plain text with ``[n]`` markers that ``citations`` resolve. Each draft extends the
    one before, but the final answer may differ: if the model fails, it is quoted.
    """

    text: str
    citations: tuple[Citation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestedQuestion:
    """A question to continue with, which has an answer in the store.

    ``intent`` is what it asks for (see ``bot.core.intents``), and ``article_id`` the article that
    "this report" in ``text`` refers to; None for a question that names its topic.
    """

    text: str
    intent: str
    article_id: str | None = None


class CancelledError(RawiError):
    """The question was cancelled; nothing of it is stored."""

    def __init__(self) -> None:
        super().__init__("the question was cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """The chat model's part in an answer.

    Attributes:
        model: Its name in the settings.
        prompt_version: The version of the prompt.
        calls: Number of calls; 0 if the text was cached.
        input_tokens: As counted by the provider; None if it does not count them.
        output_tokens: Likewise.
        cost: By the prices in the settings; None without them.
        cached: Whether the text was cached for the same question and passages.
        sentences: Number of sentences written.
        unsupported: Those that the articles do not support, removed or marked.
        moved: Those whose citation was moved to the passage that supports them.
        fell_back: Why the answer is quoted or refused instead (see docs/json.md), or None.
    """

    model: str
    prompt_version: str = ""
    calls: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost: float | None = None
    cached: bool = False
    sentences: int = 0
    unsupported: int = 0
    moved: int = 0
    fell_back: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The answer to one question.

    Attributes:
        text: Plain text with ``[n]`` markers, in ``language``.
        refused: True if nothing in the articles answers; then ``citations`` is empty.
        language: The language of the answer: ``ar`` or ``en``.
        mode: How the answer was made.
        question: The question as it was typed.
        standalone_question: The question as it was searched for, without reference to other turns.
        citations: The quotes that support the answer.
        suggestions: The nearest articles, for a refusal.
        followups: Questions to continue with; empty unless asked for.
        retrieved: The retrieved passages, best first.
        confidence: Estimated probability that the passages answer the question.
        timings_ms: Milliseconds per stage, and ``total``.
        model: The chat model's part; None if it was not called.
        reading: The reading model's part; None if it is off or missing.
        intent: What the question asks for (see ``bot.core.intents``); empty if not classified.
        command: The command on the last answer that was carried out; None for a question.
        verdict: The answer to a yes/no question; None for others.
        next_offset: Where the command "more" continues, as a number of items; None at the end.
    """

    text: str
    refused: bool
    language: str
    mode: Mode
    question: str
    standalone_question: str
    citations: tuple[Citation, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    followups: tuple[SuggestedQuestion, ...] = ()
    retrieved: tuple[RetrievedRef, ...] = ()
    confidence: float | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    model: ModelUse | None = None
    reading: ReaderSummary | None = None
    intent: str = ""
    command: str | None = None
    verdict: Verdict | None = None
    next_offset: int | None = None

    @property
    def has_more(self) -> bool:
        """Whether there are further items, which the command "more" would give."""
        return self.next_offset is not None

    def to_json(self) -> dict[str, Any]:
        """The object printed by ``rawi ask --json`` (see docs/json.md)."""
        return {
            "answer": self.text,
            "refused": self.refused,
            "language": self.language,
            "mode": self.mode,
            "question": self.question,
            "standalone_question": self.standalone_question,
            "citations": [jsonable(asdict(c)) for c in self.citations],
            "suggestions": [jsonable(asdict(s)) for s in self.suggestions],
            "followups": [question.text for question in self.followups],
            "confidence": self.confidence,
            "timings_ms": self.timings_ms,
            "model": asdict(self.model) if self.model else None,
            "reading": asdict(self.reading) if self.reading else None,
            "intent": self.intent,
            "command": self.command,
            "verdict": self.verdict,
            "has_more": self.has_more,
        }


def jsonable(value: Any) -> Any:
    """``value`` with all dates in it as ISO 8601."""
    if isinstance(value, dict):
        return {key: jsonable(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(part) for part in value]
    return value.isoformat() if isinstance(value, datetime) else value
