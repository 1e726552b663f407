"""What the engine gives back: an ``Answer`` with its ``Citation``s. Plain data, no markup."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal, Self

from vectorstore.core.errors import RawiError
from vectorstore.core.types import ArticleInfo

Mode = Literal["quoted", "composed", "smalltalk", "refusal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An article that is named beside others: near to a question that Rawi did not answer, or
    another copy of one that it cites."""

    article_id: str
    title: str
    url: str | None = None
    source: str | None = None
    published_at: datetime | None = None

    @classmethod
    def of(cls, article: ArticleInfo) -> Self:
        """What is named of ``article``."""
        return cls(
            article_id=article.id,
            title=article.title,
            url=article.url,
            source=article.source,
            published_at=article.published_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """The exact words an answer rests on.

    ``article.text[start:end] == quote`` in the article ``article_id``; ``highlight_start`` and
    ``highlight_end`` (offsets in the article too) mark the words that answer, when known.
    ``marker`` is the number that stands in the answer as ``[1]``. ``also_in`` names the article's
    copies: the same story under another address or by another paper, in nearly the same words.
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
    also_in: tuple[Suggestion, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSummary:
    """What the reading model had to do with an answer.

    Attributes:
        model: Which model, by its file's checksum.
        engine: What ran it: ``openvino-int8`` or ``torch``.
        probability: How sure it is that the marked words of the best sentence answer.
    """

    model: str
    engine: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievedRef:
    """One line of what retrieval found, kept for evaluation; best first."""

    passage_id: str
    article_id: str
    index: int
    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What has been composed of an answer so far: checked sentences only, as they will stay.

    ``text`` is plain text with ``[n]`` markers that ``citations`` resolve. Each draft of an answer
    begins with the text of the one before. The answer itself may still come out differently: it is
    quoted when the model breaks off.
    """

    text: str
    citations: tuple[Citation, ...] = ()


class CancelledError(RawiError):
    """The one who asked no longer wants the answer; nothing of the question is remembered."""

    def __init__(self) -> None:
        super().__init__("the question was taken back")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelUse:
    """What a chat model did for a reply, and what became of it.

    Attributes:
        model: As the settings name it.
        prompt_version: Which prompt it was given.
        calls: How often it was called; 0 when its words were kept from before.
        input_tokens: What it read, as its provider counts; None where that does not count.
        output_tokens: What it wrote, likewise.
        cost: By the prices in the settings, None without them.
        cached: Whether its words were kept from the same question on the same passages.
        sentences: Sentences that it wrote.
        unsupported: Those that the articles do not bear out, removed or marked.
        moved: Those whose citation was moved to the passage that bears them out.
        fell_back: Why the reply is quoted or a refusal all the same (see docs/json.md), or None.
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
    """A reply to one question.

    Attributes:
        text: The whole reply as plain text with ``[n]`` markers, in ``language``.
        refused: True when nothing in the articles answers; then ``citations`` is empty.
        language: The language of the reply: ``ar`` or ``en``.
        mode: How the reply came about.
        question: What the person wrote.
        standalone_question: What was searched for: the question with its missing subject back.
        followups: Reserved for questions to continue with; always empty at present.
        confidence: The engine's estimate in [0, 1] that the passages answer the question.
        timings_ms: Milliseconds per stage, and ``total``.
        model: What a chat model did for it; None where none was asked.
        reading: What the reading model made of it; None where it is off or missing.
    """

    text: str
    refused: bool
    language: str
    mode: Mode
    question: str
    standalone_question: str
    citations: tuple[Citation, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    followups: tuple[str, ...] = ()
    retrieved: tuple[RetrievedRef, ...] = ()
    confidence: float | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    model: ModelUse | None = None
    reading: ReaderSummary | None = None

    def to_json(self) -> dict[str, Any]:
        """The stable object that ``rawi ask --json`` prints (see docs/json.md)."""
        return {
            "answer": self.text,
            "refused": self.refused,
            "language": self.language,
            "mode": self.mode,
            "question": self.question,
            "standalone_question": self.standalone_question,
            "citations": [jsonable(asdict(c)) for c in self.citations],
            "suggestions": [jsonable(asdict(s)) for s in self.suggestions],
            "followups": list(self.followups),
            "confidence": self.confidence,
            "timings_ms": self.timings_ms,
            "model": asdict(self.model) if self.model else None,
            "reading": asdict(self.reading) if self.reading else None,
        }


def jsonable(value: Any) -> Any:
    """``value`` with dates as ISO 8601, however deep they stand."""
    if isinstance(value, dict):
        return {key: jsonable(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(part) for part in value]
    return value.isoformat() if isinstance(value, datetime) else value
