"""The steps that answer: score sentences, then quote, compose or refuse."""

from __future__ import annotations

from dataclasses import replace

from bot.answering import multi_part
from bot.answering.lead_and_dates import format_period
from bot.answering.query import articles_in_period, retrieve_passages
from bot.answering.quoted_answer import (
    drop_unrelated_quotes,
    make_citations,
    quoted_text,
    translation_note,
)
from bot.conversation.intent import confirm_topic
from bot.core.models import Suggestion
from bot.language.query_dates import QueryDates
from bot.language.reply_language import reply_language
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.state import QuestionState, build_answer
from prompts import text
from vectorstore.core.types import RetrievedPassage

MAX_SUGGESTIONS = 3
MAX_COMPOSER_TURNS = 2
"""Past turns that the chat model is given with a follow-up."""


def quote_unscored(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Answer with quotes that need no scoring: leads of articles, or earlier quotes."""
    assert state.message is not None  # noqa: S101
    quotes = state.unscored_quotes[: deps.settings.citations]
    key = state.intro_key if state.message.chosen_article is None else "lead_of_pick"
    reply = quoted_text(quotes, state.reply_language)
    if key:
        reply = f"{text(f'bot.answer.{key}', state.reply_language)}\n{reply}"
    citations = make_citations(quotes)
    return replace(state, answer=build_answer(deps, state, "quoted", reply, citations=citations))


def score(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Score the sentences, and estimate whether any of them answers."""
    message, query = state.message, state.query
    assert message is not None and query is not None  # noqa: S101
    own = message.standalone.own
    # The reading model knows neither publication dates nor answers in two parts.
    heuristics_only = query.own_dates.kind != "none" or multi_part.comparison_sides(own) is not None
    scored = deps.scorer.score(
        query.scoring,
        message.standalone,
        state.passages,
        earlier_quotes=message.earlier_quotes,
        heuristics_only=heuristics_only,
        articles_in_period=articles_in_period(query, state.passages),
        multi_part=multi_part.asks_for_list(own),
    )
    return replace(
        state,
        sentences=scored.sentences,
        confidence=scored.confidence,
        reader=scored.reader,
        chosen_by_reader=scored.reader is not None and not heuristics_only,
    )


def compose(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Answer in the words of the chat model, as far as the passages support them."""
    from bot.core.usage import UsageCounter
    from bot.generation.composer import CompositionRequest  # many modules, not needed to quote
    from bot.generation.core.prompt import PastTurn

    assert deps.composer is not None and state.message is not None  # noqa: S101
    request, standalone = state.request, state.message.standalone
    past = state.history.before[-MAX_COMPOSER_TURNS:] if standalone.is_followup else []
    # It continues when articles have to be read again; the composer adds to it.
    usage = replace(state.usage) if state.usage else UsageCounter()
    composition = deps.composer.compose(
        CompositionRequest(
            question=standalone.text,
            language=state.reply_language,
            passages=[*state.passages, *cited_before(deps, state)],
            past_turns=[PastTurn(turn.question, turn.answer) for turn in past],
            usage=usage,
            intro=translation_note(state.passages[0].article.language, state.reply_language),
            # Drafts of a discarded answer were shown; others would not continue them.
            on_draft=request.on_draft if state.stale_reads == 0 else None,
            is_cancelled=request.is_cancelled,
        )
    )
    state = replace(state, usage=usage, model_use=composition.model_use)
    if not composition.text:
        return state
    answer = build_answer(
        deps, state, "composed", composition.text, citations=composition.citations
    )
    return replace(state, answer=answer)


def cited_before(deps: Dependencies, state: QuestionState) -> list[RetrievedPassage]:
    """Passages quoted in the turns that a follow-up refers to, if they were not retrieved.

    The question may be about what was said of them ("yes, please").
    """
    assert state.message is not None  # noqa: S101
    catalogue = deps.store.catalogue
    retrieved = {p.id for p in state.passages}
    found: dict[str, RetrievedPassage] = {}
    for article_id, start, end in state.message.earlier_quotes:
        info = catalogue.info(article_id)
        if info is None:
            continue
        for passage_id, p in catalogue.passages_of(article_id):
            if passage_id not in retrieved and p.start < end and start < p.end:
                found[passage_id] = RetrievedPassage(
                    id=passage_id,
                    article=info,
                    index=p.index,
                    start=p.start,
                    end=p.end,
                    text=p.text,
                )
    return list(found.values())


def quote(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Answer with the best sentences, word for word, each with its source."""
    assert state.message is not None  # noqa: S101
    own = state.message.standalone.own
    quotes = multi_part.select_quotes(own, state.sentences, deps.settings.citations)
    same_language = bool(quotes) and own.language == reply_language(quotes[0].text)
    if state.chosen_by_reader and same_language and not multi_part.asks_for_list(own):
        quotes = drop_unrelated_quotes(quotes, own.type)
    citations = make_citations(quotes, own.type)
    reply = quoted_text(quotes, state.reply_language, own.type)
    return replace(state, answer=build_answer(deps, state, "quoted", reply, citations=citations))


def refuse(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Say that there is no answer, and offer the nearest articles."""
    assert state.message is not None  # noqa: S101
    nearest_ids = [p.article.id for p in state.passages[:1]]
    state = state.with_message(confirm_topic(state.message, nearest_ids))
    query, language = state.query, state.reply_language
    assert query is not None  # noqa: S101
    key = "nothing_filtered" if state.request.filters else "nothing"
    reply = text(f"bot.refusal.{key}", language)
    if query.date_filter is not None:
        dates = query.own_dates
        span = format_period(dates.since, dates.until, language)
        reply = text("bot.refusal.nothing_dated", language, span=span)
        undated = replace(query, dates=QueryDates(rest=dates.rest))
        outside = retrieve_passages(deps.store, undated, deps.settings.passages)
        if outside:
            state = replace(state, passages_outside_dates=outside)
            reply += f" {text('bot.refusal.outside', language)}"
    nearest: dict[str, Suggestion] = {}
    for p in state.passages_outside_dates or state.passages:
        if not any(copy.id in nearest for copy in p.also_in):
            nearest.setdefault(p.article.id, Suggestion.of(p.article))
    suggestions = tuple(nearest.values())[:MAX_SUGGESTIONS]
    answer = build_answer(deps, state, "refusal", reply, suggestions=suggestions)
    return replace(state, answer=answer)
