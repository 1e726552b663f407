"""Quoted answers: their citations, and their text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from bot.answering.answer_spans import answer_span, trim_span
from bot.answering.quote_selection import Quote
from bot.answering.sentence_features import Sentence
from bot.core.models import Citation
from bot.language.number_words import spell_digits
from bot.language.question_types import DATE_WORDS, QuestionType
from bot.language.relative_dates import day_note
from prompts import Language, text
from vectorstore.core.text_analysis import STOP_WORDS, stem, words

MIN_CONFIDENT_SPAN_SCORE = 4.0
"""Span score from which on the answers of two articles are compared."""
_FIGURE_TYPES: frozenset[QuestionType] = frozenset({"when", "how_many"})
_NUMBER = re.compile(r"\d")


def source_numbers(quotes: Sequence[Quote]) -> list[int]:
    """The marker of each quote: one number for each article, in order of appearance."""
    numbers: dict[str, int] = {}
    for quote in quotes:
        numbers.setdefault(quote.sentence.passage.article.id, len(numbers) + 1)
    return [numbers[quote.sentence.passage.article.id] for quote in quotes]


def make_citations(quotes: Sequence[Quote], kind: QuestionType = "other") -> tuple[Citation, ...]:
    """The citations of ``quotes``, highlighted for a question of type ``kind``."""
    numbered = zip(source_numbers(quotes), quotes, strict=True)
    return tuple(
        Citation.of(q.sentence.passage, marker, q.start, q.end, _highlights(q, kind))
        for marker, q in numbered
    )


def _highlights(quote: Quote, kind: QuestionType) -> list[tuple[int, int]]:
    """The items of a list, or the answering words, as far as they are in the quote."""
    span = answer_span(quote.sentence, kind)
    items = [trim_span(quote.sentence, item) for item in quote.sentence.items]
    found = [item for item in items if item] or ([span] if span else [])
    return [(s, e) for s, e in found if quote.start <= s and e <= quote.end]


def translation_note(article_language: str, language: Language) -> str:
    """The line before a quote in another language than the reader's; empty if it is the same."""
    if article_language in (language, "und"):
        return ""
    known = article_language if article_language in ("ar", "en", "fr") else "other"
    name = text(f"bot.languages.{known}", language)
    return text("bot.answer.lead_foreign", language, name=name)


def quoted_text(
    quotes: Sequence[Quote],
    language: Language,
    kind: QuestionType = "other",
    *,
    labels: Sequence[str] = (),
) -> str:
    """The text of the answer: each quote on a line of its own, with its marker.

    The dates of weekdays and relative days follow a quote. If articles give different numbers or
    dates, a line before the quotes says so. ``labels`` stand before the quotes, one for each.
    """
    opening, closing = ("«", "»") if language == "ar" else ("“", "”")
    numbers = source_numbers(quotes)
    lines = []
    if lead := translation_note(quotes[0].sentence.passage.article.language, language):
        lines.append(lead)
    relations = [compare_answers(quotes[0].sentence, q.sentence, kind) for q in quotes]
    if "differs" in relations:
        lines.append(_difference(quotes, relations, language))
    for at, (quote, how) in enumerate(zip(quotes, relations, strict=True)):
        if labels:
            lines.append(labels[at])
        elif at and how == "agrees":
            lines.append(text("bot.answer.agrees", language))
        elif at == 1 and how == "adds" and not quotes[0].sentence.items:
            lines.append(text("bot.answer.also", language))
        published = quote.sentence.passage.article.published_at
        note = day_note(quote.text, published.date() if published else None, language)
        line = f"{opening}{' '.join(quote.text.split())}{closing}"
        lines.append(" ".join(filter(None, (line, note, f"[{numbers[at]}]"))))
    return "\n".join(lines)


def compare_answers(
    first: Sentence, other: Sentence, kind: QuestionType
) -> Literal["agrees", "differs", "adds"]:
    """Compare the highlighted words of two sentences.

    Only dates and numbers can differ, and only between articles: two names may be one person's.
    """
    if first is other or first.passage.article.id == other.passage.article.id:
        return "adds"
    words_of_first, words_of_other = _confident_words(first), _confident_words(other)
    if not words_of_first or not words_of_other:
        return "adds"
    if words_of_first == words_of_other:
        return "agrees"
    numbers, other_numbers = _numbers(words_of_first), _numbers(words_of_other)
    if kind in _FIGURE_TYPES and numbers and other_numbers and not numbers & other_numbers:
        return "differs"
    return "adds"


def drop_unrelated_quotes(quotes: Sequence[Quote], kind: QuestionType) -> list[Quote]:
    """Drop quotes of other articles whose highlighted words differ from the first quote's.

    For questions with one answer, in the articles' language, after the reading model. The same
    words in another article confirm the first, and another date or number must be shown. Other
    words mostly belong to another topic: on the reading model's training data 3 of 28 such quotes
    had an answer that the first lacked, and 19 were from a wrong article. Across languages it was
    7 and 7 (XQuAD's English questions, the half that the weights were fitted on).
    """
    first, *others = quotes
    return [first, *(q for q in others if _is_related(first.sentence, q.sentence, kind))]


def _is_related(first: Sentence, other: Sentence, kind: QuestionType) -> bool:
    if first.passage.article.id == other.passage.article.id:
        return True
    words_of_both = _highlighted_words(first), _highlighted_words(other)
    if kind in _FIGURE_TYPES and all(map(_figures, words_of_both)):
        return True  # the same figure, or another that must be shown
    one, two = ({stem(w) for w in found if w not in STOP_WORDS} for found in words_of_both)
    return 2 * len(one & two) > min(len(one), len(two)) or (bool(one) and one == two)


def _figures(found: Sequence[str]) -> set[str]:
    return {word for word in found if _NUMBER.search(word) or word in DATE_WORDS}


def _confident_words(sentence: Sentence) -> tuple[str, ...]:
    """The highlighted words, if the reading model is confident of them."""
    return (
        _highlighted_words(sentence)
        if (sentence.span_score or 0.0) >= MIN_CONFIDENT_SPAN_SCORE
        else ()
    )


def _highlighted_words(sentence: Sentence) -> tuple[str, ...]:
    span = answer_span(sentence)
    if span is None:
        return ()
    start, end = span[0] - sentence.start, span[1] - sentence.start
    return tuple(spell_digits(words(sentence.text[start:end])))


def _numbers(found: Sequence[str]) -> set[str]:
    return {word for word in found if _NUMBER.search(word)}


def _difference(quotes: Sequence[Quote], relations: Sequence[str], language: Language) -> str:
    parts = []
    for at, (quote, how) in enumerate(zip(quotes, relations, strict=True)):
        span = answer_span(quote.sentence)
        if span is not None and (at == 0 or how == "differs"):
            sentence = quote.sentence
            found = sentence.text[span[0] - sentence.start : span[1] - sentence.start]
            parts.append(f"{' '.join(found.split())} [{source_numbers(quotes)[at]}]")
    joint = text("bot.answer.differ_joint", language)
    return text("bot.answer.differ", language, answers=joint.join(parts))
