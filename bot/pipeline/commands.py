"""The step ``carry_out``: commands on the last answer, such as "more", "shorter" or "source"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.answering.lead_and_dates import format_day, quote_at
from bot.answering.quote_selection import Quote
from bot.answering.quoted_answer import make_citations, quoted_text, translation_note
from bot.conversation.turns import Turn, last_cited
from bot.core.intents import Reply
from bot.pipeline.dependencies import Dependencies
from bot.pipeline.respond import RESPONSE_INTENTS, build_reply, with_reply
from bot.pipeline.state import QuestionState, build_answer
from bot.summarization.overview import leads
from bot.summarization.quoting import dated_line
from ingest.text.sentences import split_sentences
from prompts import Language, text
from vectorstore.core.types import ArticleInfo

MAX_CONTINUED_LENGTH = 500
"""Characters of an article that "more" continues a quote with."""
_ENGLISH = re.compile(r"english|انجليز|إنجليز|انكليز|إنكليز|انقليز|inglis|ingliz|engliz", re.I)
_ARABIC = re.compile(r"arabic|عرب|3arab", re.I)


def carry_out(deps: Dependencies, state: QuestionState) -> QuestionState:
    """Answer a command; without an answer the last question is asked again in another language."""
    message = state.message
    assert message is not None  # noqa: S101
    last = continued_turn(state)
    assert last is not None  # noqa: S101
    if message.command == "language":
        language = _target_language(state.request.question, state.language)
        state = replace(state, reply_language=language)
        if deps.composer is not None and state.request.compose:
            return state
    reply = _reply(deps, state, last, message.command or "")
    if reply is None:
        answered = message.command == "more" and last.mode != "refusal"
        key = "nothing_more" if answered else "nothing_to_continue"
        nothing = text(f"bot.smalltalk.{key}", state.reply_language)
        return replace(state, answer=build_answer(deps, state, "smalltalk", nothing))
    return with_reply(deps, state, reply, last.slots)


def continued_turn(state: QuestionState) -> Turn | None:
    """The turn that a command acts on, or the one that a page of its list replaces.

    That is the last one for "more", and the last one with quotes for the others.
    """
    history = state.history
    if state.request.offset is not None:
        return history.replaced
    if not history.before:
        return None
    more = state.message is not None and state.message.command == "more"
    return history.before[-1] if more else last_cited(history.before)


def _reply(deps: Dependencies, state: QuestionState, last: Turn, command: str) -> Reply | None:
    language = state.reply_language
    if command == "source":
        return _sources(deps, last, language)
    if last.intent in RESPONSE_INTENTS and last.mode != "quoted":
        offset = state.request.offset
        if offset is None and command == "more":
            offset = last.next_offset
        if command == "more" and offset is None:
            return _continued(deps, last, language) if last.mode == "summary" else None
        assert state.message is not None  # noqa: S101
        return build_reply(
            deps,
            state.message,
            last.slots,
            language,
            offset=offset or 0,
            brief=command == "shorter",
        )
    if command == "more":
        return _continued(deps, last, language)
    quotes = _quotes(deps, last)
    if command == "shorter":
        quotes = [_first_sentence(deps, quote) for quote in quotes[:1]]
    return _quoted(quotes, language, note=command == "language")


def _quotes(deps: Dependencies, turn: Turn) -> list[Quote]:
    """The quotes of an earlier answer, as far as their articles still have them."""
    return [quote for quote in (quote_at(deps.store, *span) for span in turn.quotes) if quote]


def _quoted(quotes: Sequence[Quote], language: Language, *, note: bool = False) -> Reply | None:
    if not quotes:
        return None
    reply = quoted_text(quotes, language)
    if note:
        reply = f"{text('bot.answer.verbatim', language)}\n{reply}"
    return Reply(mode="quoted", text=reply, citations=make_citations(quotes))


def _first_sentence(deps: Dependencies, quote: Quote) -> Quote:
    """The first sentence of a quote."""
    start, end = next(iter(split_sentences(quote.text)), (0, len(quote.text)))
    found = quote_at(
        deps.store, quote.sentence.passage.article.id, quote.start + start, quote.start + end
    )
    return found or quote


def _continued(deps: Dependencies, last: Turn, language: Language) -> Reply | None:
    """What follows the last quote in its article; after a refusal, the leads of the articles on the
    topic that were offered. Nothing if they were only the nearest ones."""
    if not last.quotes:
        offered = last.choices.articles if last.choices and last.slots.topic else ()
        known = deps.store.catalogue.infos(offered)
        infos = [known[i] for i in offered if i in known]
        citations = leads(deps.store, infos)
        if not citations:
            return None
        lines = [translation_note(infos[0].language, language)]
        lines += [dated_line(citation, language) for citation in citations]
        reply = "\n".join(filter(None, lines))
        return Reply(mode="quoted", text=reply, citations=tuple(citations))
    span = max(
        last.quotes, key=lambda quote: (quote.article_id == last.quotes[0].article_id, quote.end)
    )
    article_id, done = span.article_id, span.end
    for _, passage in deps.store.catalogue.passages_of(article_id):
        if passage.end <= done:
            continue
        bounds = [
            (passage.start + start, passage.start + end)
            for start, end in split_sentences(passage.text)
            if passage.start + start >= done
        ]
        if not bounds:
            continue
        first = bounds[0][0]
        end = max(
            stop
            for _, stop in bounds
            if stop - first <= MAX_CONTINUED_LENGTH or stop == bounds[0][1]
        )
        quote = quote_at(deps.store, article_id, first, end)
        return _quoted([quote] if quote else [], language)
    return None


def _sources(deps: Dependencies, last: Turn, language: Language) -> Reply | None:
    """Title, source, date and address of the articles that the last answer cites."""
    quotes = _quotes(deps, last)
    first: dict[str, Quote] = {}
    for quote in quotes:
        first.setdefault(quote.sentence.passage.article.id, quote)
    if not first:
        return None
    lines = [text("bot.answer.sources_of_last", language)]
    for number, quote in enumerate(first.values(), 1):
        lines.append(f"{_article_line(quote.sentence.passage.article, language)} [{number}]")
    citations = make_citations(list(first.values()))
    return Reply(mode="sources", text="\n".join(lines), citations=citations)


def _article_line(article: ArticleInfo, language: Language) -> str:
    day = format_day(article.published_at, language) if article.published_at else None
    facts = [fact for fact in (article.title, article.source, day, article.url) if fact]
    return " — ".join(facts) or article.id


def _target_language(command: str, current: Language | None) -> Language:
    """The language that a command names, or else the one that the last answer was not in."""
    if _ENGLISH.search(command):
        return "en"
    if _ARABIC.search(command):
        return "ar"
    return "ar" if current == "en" else "en"
