"""Selects the quotes of an answer in the shape that the question's intent calls for."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

from bot.answering.multi_part import asks_for_list, comparison_sides, repeats
from bot.answering.quote_selection import Quote, choose_quotes, make_quote, span_words
from bot.answering.sentence_features import Sentence
from bot.language.number_words import spell_digits
from bot.language.parsed_question import ParsedQuestion
from bot.language.query_dates import QueryDates
from bot.language.question_words import QUESTION_WORDS, word_set
from bot.language.synonyms import synonym_class
from vectorstore.core.text_analysis import STOP_WORDS
from vectorstore.core.types import timestamp

MIN_LIST_ITEM_SHARE = 0.2
"""Share of the best score from which on a sentence is added to a list …"""
MIN_SHARE_BESIDE_ENUMERATION = 0.5
"""… and to one whose best sentence names several items."""
MIN_ITEM_SCORE = 0.0
"""Span score from which on a sentence names an item."""
ENUMERATION_BONUS = 0.5
"""Factor per item, up to four, by which the score of a sentence that enumerates grows."""
MAX_SPAN_GAP = 4.0
"""Logits that the span of a newer report may score less than the best, and more than which a span
of the same report must score to be preferred."""
MIN_SCORE_OF_NEWEST = 0.15
"""Share of the best score that a newer report needs at least."""
MIN_NAMED_SHARE = 0.5
"""Share of a side's words that a sentence must have."""
_AND_ASKS = re.compile(r"\s(?:و\s?(?=\w{2,}\s)|and\s)", re.IGNORECASE)
_CLEARLY_ASKS = QUESTION_WORDS - word_set("من ما أي اللي do did is are was were has have can will")
_SEPARATOR = re.compile(r"،|,\s|\sو(?=[^\s\d]{2,})|\sand\s")


def intent_of(question: ParsedQuestion, dates: QueryDates) -> str:
    """The intent as far as word patterns tell it, where a message was not classified."""
    if comparison_sides(question) is not None:
        return "comparison"
    if dates.kind == "latest":
        return "latest"
    if question.type == "yes_no":
        return "yes_no"
    return "list" if asks_for_list(question) else "fact"


def shaped_quotes(
    question: ParsedQuestion,
    sentences: Sequence[Sentence],
    limit: int,
    *,
    intent: str,
    dated: bool = False,
) -> list[Quote]:
    """The quotes of a list, of the newest report, or of a fact; at most ``limit``.

    ``sentences`` are all those of the passages, with score 0 if they were not scored. Quotes of
    one article stand together. A number is taken from the newest report, unless the question is
    ``dated``.
    """
    if intent == "list":
        return _by_article(_list_quotes(question, sentences, limit))
    if intent == "latest":
        sentences = _clearest_first(sentences)
    if intent == "latest" or (question.type == "how_many" and not dated):
        sentences = newest_first(question, sentences)
    return _by_article(choose_quotes(sentences, limit=1 if intent == "latest" else limit))


def _clearest_first(sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """``sentences`` with the one scored first that the reading model clearly prefers to the best of
    the same article, which may look back at something older."""
    best = max(sentences, key=lambda s: s.score, default=None)
    if best is None or best.span_score is None:
        return sentences
    clearest = max(
        (
            s
            for s in sentences
            if s.passage.article.id == best.passage.article.id
            and s.score >= MIN_SCORE_OF_NEWEST * best.score
        ),
        key=lambda s: s.span_score or -99,
    )
    if (clearest.span_score or -99) <= best.span_score + MAX_SPAN_GAP:
        return sentences
    return [replace(s, score=1.01 * best.score) if s is clearest else s for s in sentences]


def newest_first(question: ParsedQuestion, sentences: Sequence[Sentence]) -> Sequence[Sentence]:
    """``sentences`` with the newest of those that answer about as well as the best scored first.

    It must tell of the question's topic as much as the best does, and give a number if that does.
    """
    best = max(sentences, key=lambda s: s.score, default=None)
    if best is None or best.passage.article.published_at is None:
        return sentences
    topic = _topic(question, best)
    figure = _has_number(best)
    newest, newest_at = best, timestamp(best.passage.article.published_at)
    for s in sentences:
        published = s.passage.article.published_at
        if published is None or s.score < MIN_SCORE_OF_NEWEST * best.score:
            continue
        if best.span_score is not None and (s.span_score or -99) < best.span_score - MAX_SPAN_GAP:
            continue
        if timestamp(published) <= newest_at or not topic <= _topic(question, s):
            continue
        if not figure or _has_number(s):
            newest, newest_at = s, timestamp(published)
    if newest is best:
        return sentences
    return [replace(s, score=1.01 * best.score) if s is newest else s for s in sentences]


def _topic(question: ParsedQuestion, sentence: Sentence) -> frozenset[str]:
    """The synonym classes of the question that the sentence, its passage or its title has."""
    article = f"{sentence.passage.article.title}\n{sentence.passage.text}"
    found = set(map(synonym_class, ParsedQuestion(article).words))
    return frozenset(map(synonym_class, question.content_words)) & found


def _has_number(sentence: Sentence) -> bool:
    return any(w.isdigit() for w in spell_digits(span_words(sentence)))


def _list_quotes(
    question: ParsedQuestion, sentences: Sequence[Sentence], limit: int
) -> list[Quote]:
    """The sentences that name items, those that enumerate first, none repeated.

    What only repeats words of the question names no item.
    """
    asked = set(map(synonym_class, question.words))
    naming = [s for s in sentences if s.score > 0 and _names_items(s, asked)]
    pool = naming or [s for s in sentences if s.score > 0]
    counts = {id(s): count_items(s) for s in pool}
    value = {id(s): s.score * (1 + ENUMERATION_BONUS * min(4, counts[id(s)] - 1)) for s in pool}
    ranked = sorted(pool, key=lambda s: (-value[id(s)], s.rank, s.start))
    quotes: list[Quote] = []
    for sentence in ranked:
        share = MIN_LIST_ITEM_SHARE
        if quotes and counts[id(ranked[0])] > 2:
            share = MIN_SHARE_BESIDE_ENUMERATION
        if len(quotes) == limit or value[id(sentence)] < share * value[id(ranked[0])]:
            break
        if not any(repeats(sentence, quote) for quote in quotes):
            quotes.append(make_quote(sentence, sentences))
    return quotes


def count_items(sentence: Sentence) -> int:
    """Number of items that the sentence's answering words name; 1 if they are not known."""
    spans = sentence.items or ((sentence.span,) if sentence.span else ())
    texts = [sentence.text[s - sentence.start : e - sentence.start] for s, e in spans]
    return max(1, sum(1 + len(_SEPARATOR.findall(text)) for text in texts))


def _names_items(sentence: Sentence, asked: set[str]) -> bool:
    if sentence.span is None:
        return sentence.span_score is None
    named = {synonym_class(w) for w in span_words(sentence) if w not in STOP_WORDS}
    return (sentence.span_score or 0.0) >= MIN_ITEM_SCORE and not named <= asked


def _by_article(quotes: Sequence[Quote]) -> list[Quote]:
    """``quotes`` with those of one article beside each other, in the order of their first."""
    order: dict[str, int] = {}
    for quote in quotes:
        order.setdefault(quote.sentence.passage.article.id, len(order))
    return sorted(quotes, key=lambda q: order[q.sentence.passage.article.id])


@dataclass(frozen=True, slots=True)
class ComparisonSide:
    """One side of a comparison.

    Attributes:
        label: As the question names it.
        question: The question about it alone.
        names: The synonym classes of its words, without those of the other side.
        is_half: Whether it is one of two questions in one, which are searched for together.
    """

    label: str
    question: ParsedQuestion
    names: frozenset[str]
    is_half: bool = False

    def is_named_by(self, found: Set[str]) -> bool:
        """Whether at least half of its words are among the synonym classes ``found``."""
        return len(self.names & found) >= MIN_NAMED_SHARE * len(self.names)


def question_sides(question: ParsedQuestion) -> tuple[ComparisonSide, ComparisonSide] | None:
    """Both sides of a comparison with the question about each; None if there are not two."""
    sides = comparison_sides(question)
    if sides is None:
        return None
    rest = question.text
    for side in sides:
        rest = rest.replace(side, " ", 1)
    predicate = " ".join(_CONNECTIVES.sub(" ", rest).split())
    one, two = (ParsedQuestion(f"{predicate} {side}؟".strip()) for side in sides)
    return _sides((sides[0], one), (sides[1], two))


def question_halves(question: ParsedQuestion) -> tuple[ComparisonSide, ComparisonSide] | None:
    """The parts of two questions in one: "كم طلبت السعودية وكم طلبت قطر؟"; None of a single one."""
    for joint in _AND_ASKS.finditer(question.text):
        texts = question.text[: joint.start()], question.text[joint.end() :]
        one, two = (ParsedQuestion(f"{text.strip(' ؟?،.')}؟") for text in texts)
        asks = one.has_question_word and two.words and two.words[0] in _CLEARLY_ASKS
        if asks and one.topic_words and two.topic_words:
            return _sides((one.text[:-1], one), (two.text[:-1], two), is_half=True)
    return None


def _sides(
    *labelled: tuple[str, ParsedQuestion], is_half: bool = False
) -> tuple[ComparisonSide, ComparisonSide]:
    names = [
        frozenset(map(synonym_class, ParsedQuestion(label).topic_words)) for label, _ in labelled
    ]
    one, two = (
        ComparisonSide(label, question, own - other or own, is_half)
        for (label, question), own, other in zip(labelled, names, names[::-1], strict=True)
    )
    return one, two


_CONNECTIVES = re.compile(
    r"(?<!\w)(?:قارن(?:ي)?|مقارنة|المقارنة|(?:ما )?(?:هو )?الفرق|شو الفرق|ايه الفرق|بين|أم|ام|أو|"
    r"او|ولا|و|ب|أيهما|ايهما|أيهم|مين|من|مقابل|compare|what is the difference|the difference|"
    r"difference|between|and|with|to|or|vs|versus|which one|which|is|than)(?!\w)|[؟?.:،]",
    re.IGNORECASE,
)


def side_quote(side: ComparisonSide, sentences: Sequence[Sentence]) -> Quote | None:
    """The best sentence about a side: it or its title names the side. None without one."""
    best: Sentence | None = None
    for s in sentences:
        title = map(synonym_class, ParsedQuestion(s.passage.article.title).words)
        better = s.score > (best.score if best else 0)
        if better and side.is_named_by(s.synonym_classes.union(title)):
            best = s
    return make_quote(best, sentences) if best else None
