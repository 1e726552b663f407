"""A question's road as one LangGraph graph.

    understand ─┬─ (small talk) ──────────────────────────┐
                └─ retrieve ─┬ weigh ─┬ compose ─ verify ─┤
                             │        ├ quote ─── verify ─┤
                             ├────────┴ tell ──── verify ─┤
                             └(weigh)── refuse ───────────┴─ remember

With a chat model the graph composes what it would quote; what cannot be composed is quoted.
The state is plain JSON-able data, so any checkpointer can keep it. What only one question needs
(passages, sentences) travels in ``Workspace``, which is not kept.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypedDict

from langgraph.runtime import Runtime

from bot import evidence, several
from bot.answers import (
    Answer,
    CancelledError,
    Citation,
    Draft,
    Mode,
    ModelUse,
    Reading,
    RetrievedRef,
    Suggestion,
)
from bot.composing.rephrasing import resolved
from bot.dates_asked import DateAsked
from bot.followups import followups
from bot.ground import StoreGround
from bot.language import reply_language
from bot.news import news_on
from bot.offers import Offer
from bot.question_types import question_type
from bot.quoting import Quote
from bot.replies import citation_of, foreign_lead, quoted_text
from bot.retrieving import Query, passages_of, retrieve, without
from bot.settings import BotSettings
from bot.standalone import Standalone
from bot.telling import Dating, date_line, lead, quote_at, shown_span, supersedes_any
from bot.understanding import Calendar, Understood, settled, turn, understand
from bot.weighing import Weighing
from prompts import Language, text
from vectorstore.reading.loading import ReaderInWaiting
from vectorstore.store import ArticleStore
from vectorstore.types import Article, Filters, RetrievedPassage

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from bot.composing.composer import Composer, Spent
    from bot.composing.material import Said

SUGGESTIONS = 3
REMEMBERED = 500
"""Characters of an answer that are remembered, for a follow-up to lean on."""
SURE = 0.8
"""Confidence from which on Rawi quotes even where the model found no answer in the passages."""


class ThreadState(TypedDict, total=False):
    """What is remembered of a conversation between questions."""

    turns: list[dict[str, Any]]
    language: Language


@dataclass(slots=True)
class Workspace:
    """One question on its way to its answer."""

    question: str
    filters: Filters | None = None
    replies_in: Literal["auto", "ar", "en"] = "auto"
    turn: str | None = None
    anew: bool = False
    language: Language = "ar"
    standalone: Standalone = field(default_factory=lambda: Standalone(""))
    seen: tuple[tuple[str, int, int], ...] = ()
    understood: Understood = field(default_factory=Understood)
    suggests: int = 0
    """Questions to go on with, at most."""
    tells: list[Quote] = field(default_factory=list)
    """What to quote without weighing: how articles begin, or what was quoted before."""
    tells_key: str | None = None
    """The text under ``bot.answer`` that introduces it."""
    outside: list[RetrievedPassage] = field(default_factory=list)
    """What lies outside the dates that the question asked for, when nothing inside answers."""
    passages: list[RetrievedPassage] = field(default_factory=list)
    sentences: list[evidence.Sentence] = field(default_factory=list)
    confidence: float | None = None
    reading: Reading | None = None
    answer: Answer | None = None
    model: ModelUse | None = None
    on_draft: Callable[[Draft], None] | None = None
    cancelled: Callable[[], bool] | None = None
    compose: bool = True
    spent: Spent | None = None
    timings_ms: dict[str, float] = field(default_factory=dict)


class _History(NamedTuple):
    """The remembered turns before and after the one that a question is."""

    before: list[dict[str, Any]]
    after: list[dict[str, Any]]
    forgotten: bool = False
    """It is an old question asked anew whose turn is remembered no more."""


def _history(state: ThreadState, work: Workspace) -> _History:
    turns = list(state.get("turns", []))
    if work.turn is not None:
        for at, turn in enumerate(turns):
            if turn.get("name") == work.turn:
                return _History(turns[:at], turns[at + 1 :])
        if work.anew:
            return _History([], turns, forgotten=True)
    return _History(turns, [])


def _thread(state: ThreadState, work: Workspace) -> list[Said]:
    """The turns before, as a chat model is shown them."""
    from bot.composing.material import Said

    turns = _history(state, work).before
    return [Said(t["question"], t.get("answer", "")) for t in turns]


def _spoken_of(work: Workspace) -> list[str]:
    """The articles that the answer cites; of a refusal, the nearest."""
    assert work.answer is not None  # noqa: S101
    cited = [c.article_id for c in work.answer.citations]
    nearest = sorted(work.understood.near) or [p.article.id for p in work.passages[:1]]
    return list(dict.fromkeys(cited or nearest))


def _timed(stage: str, step: Callable[[ThreadState, Workspace], None]) -> Callable[..., Any]:
    """A graph node that runs ``step`` and notes its milliseconds under ``stage``."""

    def node(state: ThreadState, runtime: Runtime[Workspace]) -> dict[str, Any]:
        work = runtime.context
        if work.cancelled is not None and work.cancelled():
            raise CancelledError
        begun = time.perf_counter()
        step(state, work)
        spent = (time.perf_counter() - begun) * 1000
        work.timings_ms[stage] = round(work.timings_ms.get(stage, 0.0) + spent, 2)
        return {}

    return node


class Road:
    """The nodes, with the store and settings they share."""

    def __init__(
        self,
        store: ArticleStore,
        settings: BotSettings,
        composer: Composer | None = None,
        waiting_reader: ReaderInWaiting | None = None,
    ) -> None:
        self.store = store
        self.settings = settings
        self.composer = composer
        self.waiting_reader = waiting_reader if settings.reader == "auto" else None
        self.weighing = Weighing(store, self.waiting_reader)
        self._ground = StoreGround(store)

    def compiled(
        self, checkpointer: BaseCheckpointSaver[Any] | None
    ) -> CompiledStateGraph[ThreadState, Workspace, ThreadState, ThreadState]:
        """The graph, ready to run."""
        from langgraph.graph import END, START, StateGraph

        graph = StateGraph(ThreadState, context_schema=Workspace)
        steps = (
            ("understand", self.understand),
            ("retrieve", self.retrieve),
            ("answer", self.tell),
            ("answer", self.weigh),
            ("answer", self.compose),
            ("answer", self.quote),
            ("verify", self.verify),
            ("answer", self.refuse),
        )
        for stage, step in steps:
            graph.add_node(step.__name__, _timed(stage, step))
        graph.add_node("remember", self.remember)
        graph.add_edge(START, "understand")
        graph.add_conditional_edges("understand", _after_understanding, ["remember", "retrieve"])
        graph.add_conditional_edges("retrieve", _after_retrieving, ["tell", "weigh"])
        graph.add_edge("tell", "verify")
        graph.add_conditional_edges("weigh", self._enough, ["compose", "quote", "tell", "refuse"])
        graph.add_conditional_edges("compose", _after_composing, ["verify", "quote", "refuse"])
        graph.add_edge("quote", "verify")
        graph.add_conditional_edges("verify", _after_verifying, ["remember", "refuse"])
        graph.add_edge("refuse", "remember")
        graph.add_edge("remember", END)
        return graph.compile(checkpointer=checkpointer)

    def understand(self, state: ThreadState, work: Workspace) -> None:
        """The reply's language, and the question with its missing subject back."""
        if work.replies_in != "auto":
            work.language = work.replies_in
        else:
            work.language = reply_language(work.question, previous=state.get("language"))
        found = self._understood(work.question, _history(state, work).before)
        found = self._rephrased(state, work, found)
        work.understood, work.standalone, work.seen = found, found.standalone, found.seen
        if found.smalltalk is not None:
            reply = text(f"bot.smalltalk.{found.smalltalk}", work.language)
            work.answer = self._answer(work, "smalltalk", reply)

    def _newest_day(self) -> date | None:
        newest = self.store.catalogue.newest(None, 1)
        return newest[0].published_at.date() if newest and newest[0].published_at else None

    def _rephrased(self, state: ThreadState, work: Workspace, found: Understood) -> Understood:
        """Where the rules are unsure what a follow-up leans on, a chat model may say."""
        bare = found.smalltalk == "nothing_offered"
        unsure = found.smalltalk is None and found.article is None and not found.standalone.sure
        kept = _history(state, work).before
        if self.composer is None or not work.compose or not kept or not (bare or unsure):
            return found
        line, work.spent = self.composer.rephrase(
            work.question, _thread(state, work), work.language, work.cancelled
        )
        again = self._understood(line, []) if line else found
        if not line or again.smalltalk is not None:
            return found
        turns = [turn(t) for t in kept]
        leans_on = [turns[at] for at in found.standalone.turns] or turns[-1:]
        return replace(
            again,
            standalone=resolved(line, found.standalone, work.question, len(turns)),
            seen=tuple(quote for t in leans_on for quote in t.quoted),
            near=frozenset(a for t in leans_on for a in t.articles),
        )

    def _understood(self, message: str, kept: Sequence[dict[str, Any]]) -> Understood:
        calendar = Calendar(self.settings.today or date.today(), self._newest_day)
        return understand(message, kept, self._ground, calendar)

    def retrieve(self, state: ThreadState, work: Workspace) -> None:
        """The passages that fit, or what is to be told without weighing."""
        if self.waiting_reader:
            self.waiting_reader.prepare()
        found, wanted = work.understood, self.settings.passages
        if found.article is not None:
            vector = self.store.question_vectors([work.standalone.text])[0]
            work.passages = passages_of(self.store, found.article, vector)
            work.tells = [lead(p) for p in work.passages if p.index == 0]
            return
        query = _query(work)
        if found.news is not None:
            work.passages = news_on(
                self.store, found.news, query.effective or query.period(self.store), wanted
            )
            work.tells = [lead(p) for p in work.passages][: self.settings.citations]
            work.confidence = 1.0 if work.tells else None
        elif found.standalone.lean == "both":
            work.tells = [q for q in (quote_at(self.store, *s) for s in found.seen) if q]
            work.tells_key = "compared"
            work.passages = [quote.sentence.passage for quote in work.tells]
            work.confidence = 1.0 if len(work.tells) > 1 else None
        if work.confidence is None:
            work.tells = []
            work.passages = retrieve(self.store, query, wanted)

    def tell(self, state: ThreadState, work: Workspace) -> None:
        """Quote what needs no weighing: how articles begin, or what was quoted before."""
        quotes = work.tells[: self.settings.citations]
        reply = quoted_text(quotes, work.language)
        if work.tells_key:
            reply = f"{text(f'bot.answer.{work.tells_key}', work.language)}\n{reply}"
        citations = tuple(citation_of(n, q) for n, q in enumerate(quotes, 1))
        work.answer = self._answer(work, "quoted", reply, citations=citations)

    def weigh(self, state: ThreadState, work: Workspace) -> None:
        """Score the sentences, and how likely it is that they answer at all."""
        weighed = self.weighing.weigh(
            _weighed(work),
            work.standalone,
            work.passages,
            seen=work.seen,
            dated=_query(work).own_dates.kind != "none",
        )
        work.sentences, work.confidence = weighed.sentences, weighed.confidence
        work.reading = weighed.reading

    def _enough(self, state: ThreadState, runtime: Runtime[Workspace]) -> str:
        confidence = runtime.context.confidence or 0.0
        if confidence < self.settings.refusal_threshold:
            if runtime.context.tells:  # of the article that was picked
                runtime.context.tells_key = "lead_of_pick"
                return "tell"
            return "refuse"
        return "compose" if self.composer and runtime.context.compose else "quote"

    def compose(self, state: ThreadState, work: Workspace) -> None:
        """An answer in a chat model's words, as far as the passages bear them out."""
        from bot.composing.composer import Request

        assert self.composer is not None  # noqa: S101
        passages = [*work.passages, *self._cited_before(work)]
        composition = self.composer.compose(
            Request(
                question=work.standalone.text,
                language=work.language,
                passages=passages,
                thread=_thread(state, work)[-2:] if work.standalone.is_followup else (),
                spent=work.spent,
                lead=foreign_lead(work.passages[0].article.language, work.language),
                on_draft=work.on_draft,
                cancelled=work.cancelled,
            )
        )
        work.model = composition.use
        if composition.text:
            work.answer = self._answer(
                work, "composed", composition.text, citations=composition.citations
            )

    def _cited_before(self, work: Workspace) -> list[RetrievedPassage]:
        """Passages that the turns cited which a follow-up leans on, where retrieval left them out.

        What was said of them may be what is asked about ("yes, please").
        """
        there = {p.id for p in work.passages}
        found: dict[str, RetrievedPassage] = {}
        for article_id, start, end in work.seen:
            info = self.store.catalogue.info(article_id)
            for passage_id, p in self.store.catalogue.passages_of(article_id) if info else ():
                if passage_id not in there and p.start < end and start < p.end:
                    assert info is not None  # noqa: S101
                    found[passage_id] = RetrievedPassage(
                        id=passage_id,
                        article=info,
                        index=p.index,
                        start=p.start,
                        end=p.end,
                        text=p.text,
                    )
        return list(found.values())

    def quote(self, state: ThreadState, work: Workspace) -> None:
        """The sentences that answer, word for word, each with its source."""
        quotes = several.quotes(work.standalone.own, work.sentences, self.settings.citations)
        kind = question_type(work.standalone.own)
        citations = tuple(citation_of(n, q, kind) for n, q in enumerate(quotes, 1))
        work.answer = self._answer(
            work, "quoted", quoted_text(quotes, work.language, kind), citations=citations
        )

    def verify(self, state: ThreadState, work: Workspace) -> None:
        """Each citation's words must stand in its article, to the letter, now."""
        assert work.answer is not None  # noqa: S101
        articles = {c.article_id: self.store.get(c.article_id) for c in work.answer.citations}
        for citation in work.answer.citations:
            article = articles[citation.article_id]
            if article is None or article.text[citation.start : citation.end] != citation.quote:
                # The article changed or went while we were reading it.
                work.answer = None
                return
        cited_first = articles[work.answer.citations[0].article_id] if articles else None
        self._say_when(state, work, cited_first)

    def _say_when(self, state: ThreadState, work: Workspace, cited_first: Article | None) -> None:
        """Say of when the answer speaks, where the question or an older report makes it matter."""
        answer = work.answer
        assert answer is not None  # noqa: S101
        work.understood = settled(work.understood, [c.article_id for c in answer.citations])
        work.standalone = work.understood.standalone
        older = bool(answer.citations) and supersedes_any(
            answer.citations[0].article_id, work.passages
        )
        dating = Dating(_query(work).own_dates, superseded=older)
        line = date_line(answer.citations, dating, work.language)
        reply = f"{line}\n{answer.text}" if line else answer.text
        work.answer = replace(
            answer,
            text=reply,
            standalone_question=work.standalone.text,
            followups=self._followups(state, work, answer, cited_first),
        )

    def _followups(
        self, state: ThreadState, work: Workspace, answer: Answer, article: Article | None
    ) -> tuple[str, ...]:
        """Questions that ``article``, which is cited first, answers, too."""
        if not work.suggests or article is None:
            return ()
        turns = _history(state, work).before
        shown = [*(tuple(q) for t in turns for q in t["quoted"])]
        shown += [(c.article_id, c.start, c.end) for c in answer.citations]
        return followups(
            article,
            [(start, end) for article_id, start, end in shown if article_id == article.id],
            [*(t["standalone"] for t in turns), work.standalone.text],
            work.language,
            self.store.stem_weights,
            limit=work.suggests,
        )

    def refuse(self, state: ThreadState, work: Workspace) -> None:
        """Say that there is no answer; offer the nearest articles as such."""
        work.understood = settled(work.understood, [p.article.id for p in work.passages[:1]])
        work.standalone = work.understood.standalone
        query = _query(work)
        reply = text(
            f"bot.refusal.{'nothing_filtered' if work.filters else 'nothing'}", work.language
        )
        if query.date_filter is not None:
            dates = query.own_dates
            span = shown_span(dates.since, dates.until, work.language)
            reply = text("bot.refusal.nothing_dated", work.language, span=span)
            undated = replace(query, dates=DateAsked(rest=dates.rest))
            work.outside = retrieve(self.store, undated, self.settings.passages)
            if work.outside:
                reply += f" {text('bot.refusal.outside', work.language)}"
        nearest: dict[str, Suggestion] = {}
        for p in work.outside or work.passages:
            if not any(copy.id in nearest for copy in p.also_in):
                nearest.setdefault(p.article.id, Suggestion.of(p.article))
        work.answer = self._answer(
            work, "refusal", reply, suggestions=tuple(nearest.values())[:SUGGESTIONS]
        )

    def remember(self, state: ThreadState, runtime: Runtime[Workspace]) -> ThreadState:
        """Keep what the next question may lean on."""
        work = runtime.context
        history = _history(state, work)
        turns = list(history.before)
        answer = work.answer
        if answer is not None and answer.mode != "smalltalk" and not history.forgotten:
            turns.append(
                {
                    "question": work.question,
                    "standalone": work.standalone.text,
                    "topic": work.standalone.topic,
                    "said": work.standalone.said,
                    "articles": _spoken_of(work),
                    "offer": _offer(work, answer).to_json(),
                    "answer": answer.text[:REMEMBERED],
                    "quoted": [(c.article_id, c.start, c.end) for c in answer.citations],
                    "name": work.turn,
                }
            )
        turns += history.after
        return {"turns": turns[-self.settings.history :], "language": work.language}

    def _answer(
        self,
        work: Workspace,
        mode: Mode,
        reply: str,
        *,
        citations: tuple[Citation, ...] = (),
        suggestions: tuple[Suggestion, ...] = (),
    ) -> Answer:
        return Answer(
            text=reply,
            refused=mode == "refusal",
            language=work.language,
            mode=mode,
            question=work.question,
            standalone_question=work.standalone.text,
            citations=citations,
            suggestions=suggestions,
            retrieved=tuple(
                RetrievedRef(
                    passage_id=p.id,
                    article_id=p.article.id,
                    index=p.index,
                    start=p.start,
                    end=p.end,
                    score=p.score,
                )
                for p in work.passages
            ),
            confidence=work.confidence,
            reading=work.reading,
            model=work.model or self._asked_model(work),
        )

    def _asked_model(self, work: Workspace) -> ModelUse | None:
        """What a chat model did for a reply that it did not compose."""
        if self.composer is None or work.spent is None:
            return None
        return work.spent.use(self.composer.settings)


def _query(work: Workspace) -> Query:
    found = work.understood
    return Query(work.standalone, found.dates, found.near, work.filters)


def _weighed(work: Workspace) -> str:
    """The question as sentences are weighed for it: a date by which articles went says no more."""
    question, query = work.standalone.weighed, _query(work)
    return without(question, query.own_dates.words) if query.date_filter else question


def _offer(work: Workspace, answer: Answer) -> Offer:
    """What a short reply may take up."""
    dated = bool(work.outside)
    return Offer(
        question=work.understood.dates.rest if dated else work.standalone.text,
        articles=tuple(s.article_id for s in answer.suggestions),
        titles=tuple(s.title for s in answer.suggestions),
        questions=answer.followups,
        dated=dated,
    )


def _after_retrieving(state: ThreadState, runtime: Runtime[Workspace]) -> str:
    work = runtime.context
    return "tell" if work.tells and work.understood.article is None else "weigh"


def _after_understanding(state: ThreadState, runtime: Runtime[Workspace]) -> str:
    return "remember" if runtime.context.answer is not None else "retrieve"


def _after_composing(state: ThreadState, runtime: Runtime[Workspace]) -> str:
    work = runtime.context
    if work.answer is not None:
        return "verify"
    declined = work.model is not None and work.model.fell_back == "declined"
    return "refuse" if declined and (work.confidence or 0.0) < SURE else "quote"


def _after_verifying(state: ThreadState, runtime: Runtime[Workspace]) -> str:
    return "remember" if runtime.context.answer is not None else "refuse"
