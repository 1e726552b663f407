"""One question on its way to its answer, and what is remembered of a conversation between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict

from bot.answering import sentence_features
from bot.answering.query import Query, remove_phrase
from bot.answering.quote_selection import Quote
from bot.conversation.intent import ParsedMessage
from bot.conversation.query_rewriting import StandaloneQuestion
from bot.conversation.suggested_choices import SuggestedChoices
from bot.core.models import Answer, Draft, ModelUse, ReaderSummary
from prompts import Language
from vectorstore.core.types import Filters, RetrievedPassage

if TYPE_CHECKING:
    from bot.generation.core.prompt import PastTurn
    from bot.generation.core.usage import UsageCounter


class ThreadState(TypedDict, total=False):
    """What is remembered of a conversation between questions."""

    turns: list[dict[str, Any]]
    language: Language


@dataclass(slots=True)
class QuestionState:
    """One question on its way to its answer."""

    question: str
    filters: Filters | None = None
    replies_in: Literal["auto", "ar", "en"] = "auto"
    turn: str | None = None
    anew: bool = False
    language: Language = "ar"
    standalone: StandaloneQuestion = field(default_factory=lambda: StandaloneQuestion(""))
    seen: tuple[tuple[str, int, int], ...] = ()
    understood: ParsedMessage = field(default_factory=ParsedMessage)
    tells: list[Quote] = field(default_factory=list)
    """What to quote without weighing: how articles begin, or what was quoted before."""
    tells_key: str | None = None
    """The text under ``bot.answer`` that introduces it."""
    outside: list[RetrievedPassage] = field(default_factory=list)
    """What lies outside the dates that the question asked for, when nothing inside answers."""
    passages: list[RetrievedPassage] = field(default_factory=list)
    sentences: list[sentence_features.Sentence] = field(default_factory=list)
    confidence: float | None = None
    reading: ReaderSummary | None = None
    chosen_by_reading: bool = False
    """Whether the reading model had a say in the choice; else it only marked words."""
    answer: Answer | None = None
    model: ModelUse | None = None
    on_draft: Callable[[Draft], None] | None = None
    cancelled: Callable[[], bool] | None = None
    compose: bool = True
    spent: UsageCounter | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)
    misread: int = 0
    """How often an answer was thrown away because its articles had changed meanwhile."""

    def throw_away(self) -> None:
        """Forget the answer and what it was made of; what its chat model took is kept."""
        self.answer = self.confidence = self.reading = self.model = self.tells_key = None
        self.tells, self.outside, self.passages, self.sentences = [], [], [], []
        self.misread += 1
        self.on_draft = None  # what is shown already cannot be taken back by another draft


class History(NamedTuple):
    """The remembered turns before and after the one that a question is."""

    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    forgotten: bool = False
    """It is an old question asked anew whose turn is remembered no more."""


def history_of(state: ThreadState, work: QuestionState) -> History:
    """What is remembered before and after the turn that ``work`` is."""
    turns = list(state.get("turns", []))
    if work.turn is not None:
        for at, turn in enumerate(turns):
            if turn.get("name") == work.turn:
                return History(turns[:at], turns[at + 1 :])
        if work.anew:
            return History([], turns, forgotten=True)
    return History(turns, [])


def thread_of(state: ThreadState, work: QuestionState) -> list[PastTurn]:
    """The turns before, as a chat model is shown them."""
    from bot.generation.core.prompt import PastTurn

    turns = history_of(state, work).before
    return [PastTurn(t["question"], t.get("answer", "")) for t in turns]


def spoken_of(work: QuestionState) -> list[str]:
    """The articles that the answer cites; of a refusal, the nearest."""
    assert work.answer is not None  # noqa: S101
    cited = [c.article_id for c in work.answer.citations]
    nearest = sorted(work.understood.near) or [p.article.id for p in work.passages[:1]]
    return list(dict.fromkeys(cited or nearest))


def query_of(work: QuestionState) -> Query:
    """What is searched for."""
    found = work.understood
    return Query(work.standalone, found.dates, found.near, work.filters)


def weighed_question(work: QuestionState) -> str:
    """The question as sentences are weighed for it: a date by which articles went says no more."""
    question, query = work.standalone.weighed, query_of(work)
    return remove_phrase(question, query.own_dates.words) if query.date_filter else question


def offer_of(work: QuestionState, answer: Answer) -> SuggestedChoices:
    """What a short reply may take up."""
    dated = bool(work.outside)
    return SuggestedChoices(
        question=work.understood.dates.rest if dated else work.standalone.text,
        articles=tuple(s.article_id for s in answer.suggestions),
        titles=tuple(s.title for s in answer.suggestions),
        dated=dated,
    )
