"""What is answered: told, quoted, composed or refused."""

from __future__ import annotations

from dataclasses import replace

from bot.answering import multi_part
from bot.answering.lead_and_dates import format_period
from bot.answering.query import published_then, retrieve
from bot.answering.quoted_answer import (
    drop_unrelated_quotes,
    make_citation,
    quoted_text,
    translation_note,
)
from bot.conversation.intent import confirm_topic
from bot.core.models import Suggestion
from bot.language.query_dates import DateAsked
from bot.language.question_types import question_type
from bot.language.reply_language import reply_language
from bot.pipeline.dependencies import Dependencies, reply_of
from bot.pipeline.state import QuestionState, ThreadState, query_of, thread_of, weighed_question
from prompts import text
from vectorstore.core.types import RetrievedPassage

SUGGESTIONS = 3


def tell(means: Dependencies, state: ThreadState, work: QuestionState) -> None:
    """Quote what needs no weighing: how articles begin, or what was quoted before."""
    quotes = work.tells[: means.settings.citations]
    reply = quoted_text(quotes, work.language)
    if work.tells_key:
        reply = f"{text(f'bot.answer.{work.tells_key}', work.language)}\n{reply}"
    citations = tuple(make_citation(n, q) for n, q in enumerate(quotes, 1))
    work.answer = reply_of(means, work, "quoted", reply, citations=citations)


def weigh(means: Dependencies, state: ThreadState, work: QuestionState) -> None:
    """Score the sentences, and how likely it is that they answer at all."""
    own = work.standalone.own
    # The reading model knows nothing of when articles were published, nor of answers in two parts.
    by_hand = (
        query_of(work).own_dates.kind != "none" or multi_part.comparison_sides(own) is not None
    )
    weighed = means.weighing.weigh(
        weighed_question(work),
        work.standalone,
        work.passages,
        seen=work.seen,
        by_hand=by_hand,
        then=published_then(query_of(work), work.passages),
        parts=multi_part.asks_for_several(own),
    )
    work.sentences, work.confidence = weighed.sentences, weighed.confidence
    work.reading = weighed.reading
    work.chosen_by_reading = weighed.reading is not None and not by_hand


def compose(means: Dependencies, state: ThreadState, work: QuestionState) -> None:
    """An answer in a chat model's words, as far as the passages bear them out."""
    from bot.generation.composer import Request
    from bot.generation.core.usage import UsageCounter

    assert means.composer is not None  # noqa: S101
    passages = [*work.passages, *cited_before(means, work)]
    work.spent = (
        work.spent or UsageCounter()
    )  # which goes on when the articles have to be read again
    composition = means.composer.compose(
        Request(
            question=work.standalone.text,
            language=work.language,
            passages=passages,
            thread=thread_of(state, work)[-2:] if work.standalone.is_followup else (),
            usage=work.spent,
            lead=translation_note(work.passages[0].article.language, work.language),
            on_draft=work.on_draft,
            cancelled=work.cancelled,
        )
    )
    work.model = composition.use
    if composition.text:
        work.answer = reply_of(
            means, work, "composed", composition.text, citations=composition.citations
        )


def cited_before(means: Dependencies, work: QuestionState) -> list[RetrievedPassage]:
    """Passages that the turns cited which a follow-up leans on, where retrieval left them out.

    What was said of them may be what is asked about ("yes, please").
    """
    there = {p.id for p in work.passages}
    found: dict[str, RetrievedPassage] = {}
    for article_id, start, end in work.seen:
        info = means.store.catalogue.info(article_id)
        for passage_id, p in means.store.catalogue.passages_of(article_id) if info else ():
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


def quote(means: Dependencies, state: ThreadState, work: QuestionState) -> None:
    """The sentences that answer, word for word, each with its source."""
    own = work.standalone.own
    quotes, kind = (
        multi_part.select_quotes(own, work.sentences, means.settings.citations),
        question_type(own),
    )
    same_language = bool(quotes) and reply_language(own) == reply_language(quotes[0].text)
    if work.chosen_by_reading and same_language and not multi_part.asks_for_several(own):
        quotes = drop_unrelated_quotes(quotes, kind)
    citations = tuple(make_citation(n, q, kind) for n, q in enumerate(quotes, 1))
    work.answer = reply_of(
        means, work, "quoted", quoted_text(quotes, work.language, kind), citations=citations
    )


def refuse(means: Dependencies, state: ThreadState, work: QuestionState) -> None:
    """Say that there is no answer; offer the nearest articles as such."""
    work.understood = confirm_topic(work.understood, [p.article.id for p in work.passages[:1]])
    work.standalone = work.understood.standalone
    query = query_of(work)
    reply = text(f"bot.refusal.{'nothing_filtered' if work.filters else 'nothing'}", work.language)
    if query.date_filter is not None:
        dates = query.own_dates
        span = format_period(dates.since, dates.until, work.language)
        reply = text("bot.refusal.nothing_dated", work.language, span=span)
        undated = replace(query, dates=DateAsked(rest=dates.rest))
        work.outside = retrieve(means.store, undated, means.settings.passages)
        if work.outside:
            reply += f" {text('bot.refusal.outside', work.language)}"
    nearest: dict[str, Suggestion] = {}
    for p in work.outside or work.passages:
        if not any(copy.id in nearest for copy in p.also_in):
            nearest.setdefault(p.article.id, Suggestion.of(p.article))
    work.answer = reply_of(
        means, work, "refusal", reply, suggestions=tuple(nearest.values())[:SUGGESTIONS]
    )
