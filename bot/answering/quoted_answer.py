"""Quoted replies: citations with their answering words, and the text that shows the quotes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from bot.answering.answer_spans import answer_span
from bot.answering.quote_selection import Quote
from bot.answering.sentence_features import Sentence
from bot.core.models import Citation, Suggestion
from bot.language.number_words import spell_digits
from bot.language.question_types import DATE_WORDS, QuestionType
from prompts import Language, text
from vectorstore.core.text_analysis import STOP_WORDS, stem, words

CONFIDENT_SPAN = 4.0
"""Score of a span from which on its words are taken at face value when articles are compared."""
_COUNTED: frozenset[QuestionType] = frozenset({"when", "how_many"})
_NUMBER = re.compile(r"\d")


def make_citation(marker: int, quote: Quote, kind: QuestionType = "other") -> Citation:
    """The citation of ``quote``, the words that answer a question of ``kind`` marked."""
    article = quote.sentence.passage.article
    first, last = answer_span(quote.sentence, kind) or (None, None)
    return Citation(
        marker=marker,
        article_id=article.id,
        title=article.title,
        url=article.url,
        source=article.source,
        published_at=article.published_at,
        quote=quote.text,
        start=quote.start,
        end=quote.end,
        passage_id=quote.sentence.passage.id,
        highlight_start=first,
        highlight_end=last,
        also_in=tuple(map(Suggestion.of, quote.sentence.passage.also_in)),
    )


def translation_note(theirs: str, language: Language) -> str:
    """The line before words in another language than the reader's; empty where it is the same."""
    if theirs in (language, "und"):
        return ""
    known = theirs if theirs in ("ar", "en", "fr") else "other"
    name = text(f"bot.languages.{known}", language)
    return text("bot.answer.lead_foreign", language, name=name)


def quoted_text(quotes: Sequence[Quote], language: Language, kind: QuestionType = "other") -> str:
    """The reply: each quote on a line of its own, with its marker.

    Where articles give different numbers or dates, a line before the quotes says so.
    """
    opening, closing = ("«", "»") if language == "ar" else ("“", "”")
    lines = []
    if lead := translation_note(quotes[0].sentence.passage.article.language, language):
        lines.append(lead)
    relations = [compare_answers(quotes[0].sentence, q.sentence, kind) for q in quotes]
    if "differs" in relations:
        lines.append(_difference(quotes, relations, language))
    for number, (quote, how) in enumerate(zip(quotes, relations, strict=True), 1):
        if number > 1 and how == "agrees":
            lines.append(text("bot.answer.agrees", language))
        elif number == 2 and how == "adds":
            lines.append(text("bot.answer.also", language))
        shown = " ".join(quote.text.split())
        lines.append(f"{opening}{shown}{closing} [{number}]")
    return "\n".join(lines)


def compare_answers(
    first: Sentence, other: Sentence, kind: QuestionType
) -> Literal["agrees", "differs", "adds"]:
    """What ``other`` says beside ``first``, by the words that answer in each.

    Only dates and numbers are told to differ, and only between articles: two names may be one
    person's.
    """
    if first is other or first.passage.article.id == other.passage.article.id:
        return "adds"
    ours, theirs = _said(first), _said(other)
    if not ours or not theirs:
        return "adds"
    if ours == theirs:
        return "agrees"
    mine, its = _numbers(ours), _numbers(theirs)
    if kind in _COUNTED and mine and its and not mine & its:
        return "differs"
    return "adds"


def drop_unrelated_quotes(quotes: Sequence[Quote], kind: QuestionType) -> list[Quote]:
    """``quotes`` without those of other articles in which other words answer than in the first.

    For questions with one answer, in the articles' language, once they were read. What another
    article says in the same words bears the first out, and another date or number has to be told.
    Other words are mostly another matter: where the reading model's word was fitted, 3 of 28 such
    quotes held an answer that the first lacked, and 19 were of a wrong article. Across languages
    it was 7 against 7 (XQuAD's English questions, the half that weights were fitted on).
    """
    first, *others = quotes
    return [first, *(q for q in others if _is_of_the_first(first.sentence, q.sentence, kind))]


def _is_of_the_first(first: Sentence, other: Sentence, kind: QuestionType) -> bool:
    if first.passage.article.id == other.passage.article.id:
        return True
    ours, theirs = _marked_words(first), _marked_words(other)
    if kind in _COUNTED and _figures(ours) and _figures(theirs):
        return True  # the same, or another that has to be told
    mine, its = ({stem(w) for w in said if w not in STOP_WORDS} for said in (ours, theirs))
    return 2 * len(mine & its) > min(len(mine), len(its)) or (bool(mine) and mine == its)


def _figures(said: Sequence[str]) -> set[str]:
    return {word for word in said if _NUMBER.search(word) or word in DATE_WORDS}


def _said(sentence: Sentence) -> tuple[str, ...]:
    """The words that answer, where the reading model is sure of them."""
    return _marked_words(sentence) if (sentence.span_score or 0.0) >= CONFIDENT_SPAN else ()


def _marked_words(sentence: Sentence) -> tuple[str, ...]:
    marked = answer_span(sentence)
    if marked is None:
        return ()
    said = words(sentence.text[marked[0] - sentence.start : marked[1] - sentence.start])
    return tuple(spell_digits(said))


def _numbers(said: Sequence[str]) -> set[str]:
    return {word for word in said if _NUMBER.search(word)}


def _difference(quotes: Sequence[Quote], relations: Sequence[str], language: Language) -> str:
    parts = []
    for number, (quote, how) in enumerate(zip(quotes, relations, strict=True), 1):
        marked = answer_span(quote.sentence)
        if marked is not None and (number == 1 or how == "differs"):
            sentence = quote.sentence
            said = sentence.text[marked[0] - sentence.start : marked[1] - sentence.start]
            parts.append(f"{' '.join(said.split())} [{number}]")
    joint = text("bot.answer.differ_joint", language)
    return text("bot.answer.differ", language, answers=joint.join(parts))
