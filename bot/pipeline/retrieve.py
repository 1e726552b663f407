"""What is asked: the question made whole, and the passages that fit it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from bot.answering.lead_and_dates import lead_quote, quote_at
from bot.answering.news_queries import newest_on_topic
from bot.answering.query import article_passages, retrieve
from bot.conversation.intent import Calendar, ParsedMessage, parse_message, turn
from bot.generation.query_rephrasing import resolved
from bot.language.question_types import is_question
from bot.language.reply_language import reply_language
from bot.pipeline.dependencies import Dependencies, reply_of
from bot.pipeline.state import QuestionState, ThreadState, history_of, query_of, thread_of
from prompts import text


def take(means: Dependencies, state: ThreadState, work: QuestionState) -> None:
    """The reply's language, and the question with its missing subject back."""
    if work.replies_in != "auto":
        work.language = work.replies_in
    else:
        work.language = reply_language(work.question, previous=state.get("language"))
    found = _understood(means, work.question, history_of(state, work).before)
    found = _rephrased(means, state, work, found)
    work.understood, work.standalone, work.seen = found, found.standalone, found.seen
    if found.smalltalk is not None:
        reply = text(f"bot.smalltalk.{found.smalltalk}", work.language)
        work.answer = reply_of(means, work, "smalltalk", reply)


def _newest_day(means: Dependencies) -> date | None:
    newest = means.store.catalogue.newest(None, 1)
    return newest[0].published_at.date() if newest and newest[0].published_at else None


def _rephrased(
    means: Dependencies, state: ThreadState, work: QuestionState, found: ParsedMessage
) -> ParsedMessage:
    """Where the rules are unsure what a follow-up leans on, a chat model may say."""
    bare = found.smalltalk == "nothing_offered"
    unsure = found.smalltalk is None and found.article is None and not found.standalone.sure
    kept = history_of(state, work).before
    if means.composer is None or not work.compose or not kept or not (bare or unsure):
        return found
    line, work.spent = means.composer.rephrase(
        work.question, thread_of(state, work), work.language, work.cancelled
    )
    again = _understood(means, line, []) if line else found
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


def _understood(means: Dependencies, message: str, kept: Sequence[dict[str, Any]]) -> ParsedMessage:
    calendar = Calendar(means.settings.today or date.today(), partial(_newest_day, means))
    return parse_message(message, kept, means.ground, calendar)


def find(means: Dependencies, state: ThreadState, work: QuestionState) -> None:
    """The passages that fit, or what is to be told without weighing."""
    if means.waiting_reader and is_question(work.standalone.text):
        means.waiting_reader.prepare()
    found, wanted = work.understood, means.settings.passages
    if found.article is not None:
        vector = means.store.query_vectors([work.standalone.text])[0]
        work.passages = article_passages(means.store, found.article, vector)
        work.tells = [lead_quote(p) for p in work.passages if p.index == 0]
        return
    query = query_of(work)
    if found.news is not None:
        work.passages = newest_on_topic(
            means.store, found.news, query.period(means.store) or query.effective, wanted
        )
        work.tells = [lead_quote(p) for p in work.passages][: means.settings.citations]
        work.confidence = 1.0 if work.tells else None
    elif found.standalone.lean == "both":
        work.tells = [q for q in (quote_at(means.store, *s) for s in found.seen) if q]
        work.tells_key = "compared"
        work.passages = [quote.sentence.passage for quote in work.tells]
        work.confidence = 1.0 if len(work.tells) > 1 else None
    if work.confidence is None:
        work.tells = []
        work.passages = retrieve(means.store, query, wanted)
