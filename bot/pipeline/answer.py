"""The steps that answer: score sentences, then quote, compose or refuse."""

from __future__ import annotations

import math
from dataclasses import replace

from bot.answering.answer_spans import span_type_logit
from bot.answering.lead_and_dates import format_period
from bot.answering.multi_part import without_affirming
from bot.answering.query import articles_in_period, retrieve_passages
from bot.answering.quote_selection import Quote, make_quote
from bot.answering.quoted_answer import (
    drop_unrelated_quotes,
    make_citations,
    quoted_text,
    translation_note,
)
from bot.answering.reader_scoring import context_confidence
from bot.answering.sentence_scorer import ScoredSentences
from bot.answering.shapes.shaped_quotes import (
    ComparisonSide,
    intent_of,
    question_halves,
    question_sides,
    shaped_quotes,
    side_quote,
)
from bot.answering.shapes.verdicts import judge, premise_denial
from bot.conversation.intent import ParsedMessage, confirm_topic
from bot.core.models import Suggestion
from bot.language.query_dates import QueryDates
from bot.language.reply_language import reply_language
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.respond import (
    RESPONSE_INTENTS,
    SPECIFIC_TYPES,
    fallback_reply,
    message_slots,
    with_reply,
)
from bot.pipeline.state import QuestionState, build_answer
from prompts import text
from vectorstore.core.types import RetrievedPassage

MAX_SUGGESTIONS = 3
MIN_VERDICT_CONFIDENCE_SHARE = 0.6
"""Share of the threshold from which on a judged yes/no question is answered."""
MIN_ONE_SIDE_CONFIDENCE = 0.5
"""Confidence from which on one side of a comparison is given without the other."""
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
    intent = answer_intent(state)
    question = query.undated if intent == "latest" else query.scoring
    if message.in_context:
        question = message.standalone.own
    # The reading model does not know publication dates.
    heuristics_only = query.own_dates.kind not in ("none", "latest")
    scored = deps.scorer.score(
        question,
        message.standalone,
        state.passages,
        earlier_quotes=message.earlier_quotes,
        heuristics_only=heuristics_only,
        articles_in_period=articles_in_period(query, state.passages),
        multi_part=intent in ("list", "latest", "comparison"),
    )
    confidence, sentences = _confidence(message, scored), scored.sentences
    if intent in ("list", "fact") and sentences:
        sentences = without_affirming(message.standalone.own, sentences)
        confidence *= max(s.score for s in sentences) / max(s.score for s in scored.sentences)
    state = replace(
        state,
        sentences=sentences,
        confidence=round(confidence, 4),
        reader=scored.reader,
        chosen_by_reader=scored.reader is not None and not heuristics_only,
    )
    if intent == "yes_no":
        state = _with_verdict(deps, state)
    elif intent == "comparison" or (intent == "fact" and question_halves(message.standalone.own)):
        state = _with_sides(deps, state)
    return replace(state, scored=(*state.scored, replace(state, scored=())))


def _confidence(message: ParsedMessage, scored: ScoredSentences) -> float:
    """The probability that a sentence answers; of a reading in the article just cited by its span.

    The sentences of that reading are rescored by their spans.
    """
    if message.in_context and scored.reader is not None:
        found = context_confidence(scored.sentences)
        best = max(scored.sentences, key=lambda s: s.score)
        kind = message.standalone.own.type
        odds = found / (1 - found) * math.exp(span_type_logit(best, kind))
        return message.probability * odds / (1 + odds)
    of_a_topic = message.intent in RESPONSE_INTENTS | {"latest"}
    if of_a_topic and not message.standalone.question.is_question:
        return 0.0  # "أخبار كورونا": what no article is about is not answered by a sentence
    return scored.confidence


def answer_intent(state: QuestionState) -> str:
    """The intent that decides the shape of a quoted answer; by word patterns if it is uncertain."""
    message = state.message
    assert message is not None and state.query is not None  # noqa: S101
    if message.intent != "fact" or message.certain_intent:
        return message.intent
    return intent_of(message.standalone.own, state.query.own_dates)


def _with_verdict(deps: Dependencies, state: QuestionState) -> QuestionState:
    """The judged sentence of a yes/no question.

    The reading model is sure that it says yes or no, so that less confidence is needed.
    """
    assert state.message is not None  # noqa: S101
    judged = judge(state.sentences)
    confidence, threshold = state.confidence or 0.0, deps.settings.refusal_threshold
    told = judged is not None and judged.verdict in ("yes", "no")
    if told and confidence >= MIN_VERDICT_CONFIDENCE_SHARE * threshold:
        confidence = max(confidence, threshold)
    return replace(state, judged=judged, confidence=confidence)


def _with_sides(deps: Dependencies, state: QuestionState) -> QuestionState:
    """The quotes of both sides of a comparison, each scored for the question about it alone.

    A sentence that answers the whole question and names both sides is left alone, and one that
    names neither is dropped. A side that nothing answers has no quote.
    """
    message = state.message
    assert message is not None  # noqa: S101
    own = message.standalone.own
    sides = question_sides(own) or question_halves(own)
    if sides is None:
        return state
    best = max(state.sentences, key=lambda s: s.score, default=None)
    whole = best is not None and (state.confidence or 0.0) >= deps.settings.refusal_threshold
    if best is not None and whole:
        named = [side.is_named_by(best.synonym_classes) for side in sides]
        if all(named):
            return state
        if not any(named) and not sides[0].is_half:
            state = replace(state, confidence=0.0)
    found = [(side, *_side_answer(deps, state, side)) for side in sides]
    if best is not None and whole and not sides[0].is_half and any(named):
        # What answers the whole question answers for the side that it names.
        article = best.passage.article.id
        together = [s for s in state.sentences if s.passage.article.id == article]
        found = [
            (side, quote or side_quote(side, together), state.confidence or 0.0)
            for side, quote, _ in found
        ]
    first, second = (quote for _, quote, _ in found)
    if first and second and (first.start, first.text) == (second.start, second.text):
        named = [side.is_named_by(first.sentence.synonym_classes) for side in sides]
        if all(named):
            return replace(state, side_quotes=[("", first)], confidence=found[0][2])
        first, second = (q if named[at] else None for at, q in enumerate((first, second)))
    if (first is None) != (second is None):
        least = found[0 if first else 1][2]
        if least < MIN_ONE_SIDE_CONFIDENCE and not whole:
            return replace(state, confidence=0.0)
    # The second half of a question may lean on the first one.
    if not (first or second) or (sides[0].is_half and (not first or (whole and not second))):
        return state
    quotes = [(first, found[0][2]), (second, found[1][2])]
    passages = {q.sentence.passage.id: q.sentence.passage for q, _ in quotes if q}
    others = [p for p in state.passages if p.id not in passages]
    return replace(
        state,
        side_quotes=[(side.label, quote) for side, (quote, _) in zip(sides, quotes, strict=True)],
        confidence=min(confidence for quote, confidence in quotes if quote),
        passages=[*passages.values(), *others],
    )


def _side_answer(
    deps: Dependencies, state: QuestionState, side: ComparisonSide
) -> tuple[Quote | None, float]:
    """The quote that answers the question about one side, and its confidence; None if too low."""
    message, query, passages = state.message, state.query, state.passages
    assert message is not None and query is not None  # noqa: S101
    alone = replace(message.standalone, question=side.question, own_question=None)
    if not side.is_half:
        passages = retrieve_passages(
            deps.store, replace(query, standalone=alone), deps.settings.passages
        )
    scored = deps.scorer.score(side.question, alone, passages)
    answered = scored.confidence >= deps.settings.refusal_threshold
    return side_quote(side, scored.sentences) if answered else None, scored.confidence


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
    """Answer with the best sentences, word for word, each with its source.

    What is the latest of a topic ("أين وصل الإضراب؟") is told by its newest report as a whole.
    """
    assert state.message is not None  # noqa: S101
    own, language = state.message.standalone.own, state.reply_language
    intent = answer_intent(state)
    if state.message.intent == "latest" and own.type not in SPECIFIC_TYPES:
        told = fallback_reply(deps, state)
        if told is not None:
            return with_reply(deps, state, told, message_slots(deps, state.message))
    labels: list[str] = []
    denial = premise_denial(state.sentences) if intent == "fact" else None
    if denial is not None:
        quotes = [make_quote(denial.sentence, state.sentences)]
    elif state.side_quotes:
        labels = [f"{label}:" for label, q in state.side_quotes if q and label]
        quotes = [q for _, q in state.side_quotes if q]
    elif state.judged is not None:
        quotes = [make_quote(state.judged.sentence, state.sentences)]
    else:
        dated = state.query is not None and state.query.own_dates.kind not in ("none", "latest")
        quotes = shaped_quotes(
            own, state.sentences, deps.settings.citations, intent=intent, dated=dated
        )
        same_language = bool(quotes) and own.language == reply_language(quotes[0].text)
        if state.chosen_by_reader and same_language and intent == "fact":
            quotes = drop_unrelated_quotes(quotes, own.type)
    reply = quoted_text(quotes, language, own.type, labels=labels)
    for label, missing in state.side_quotes:
        if missing is None:
            reply += f"\n{text('bot.answer.side_missing', language, side=label)}"
    verdict = state.judged.verdict if state.judged else None
    if denial is not None:
        verdict = "no"
        reply = f"{text('bot.answer.premise', language)}\n{reply}"
    elif verdict is not None:
        reply = f"{text(f'bot.answer.verdict_{verdict}', language)}\n{reply}"
    citations = make_citations(quotes, own.type)
    answer = build_answer(deps, state, "quoted", reply, citations=citations)
    return replace(state, answer=replace(answer, verdict=verdict))


def refuse(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Say that there is no answer, and offer the nearest articles."""
    assert state.message is not None  # noqa: S101
    nearest_ids = [p.article.id for p in state.passages[:1]]
    state = state.with_message(confirm_topic(state.message, nearest_ids))
    query, language = state.query, state.reply_language
    assert query is not None and state.message is not None  # noqa: S101
    if (told := fallback_reply(deps, state)) is not None:
        return with_reply(deps, state, told, message_slots(deps, state.message))
    slots = message_slots(deps, state.message)
    if query.date_filter is None and slots.topic:
        from bot.summarization.related import related  # not needed where there is an answer

        offered = related(deps.store, slots.topic, language, filters=state.request.filters)
        if offered is not None:
            return with_reply(deps, state, offered, slots)
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
