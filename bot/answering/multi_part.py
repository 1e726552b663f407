"""Questions with several answers: lists ("ما أهم قرارات…") and comparisons ("قارن بين…")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.answering.quote_selection import Quote, choose_quotes
from bot.answering.sentence_features import Sentence
from bot.language.coreference import topic_words
from bot.language.parsed_question import ParsedQuestion
from bot.language.synonyms import synonym_class

MIN_LIST_ITEM_SHARE = 0.2
"""Share of the best score from which on a sentence is added to a list."""
_MIN_DUPLICATE_OVERLAP = 0.6  # share of common words from which on two sentences say the same

_PLURALS = (
    "قرارات|اجراءات|اسباب|شروط|مطالب|نتايج|اهداف|بنود|خطوات|اسماء|توصيات|تداعيات|عواقب|مزايا|عيوب|"
    r"الافلام|افلام|دول|الدول|محطات|نقاط|ارقام|مواقف|ردود|تفاصيل|ابعاد|مراحل|اقتراحات|مقترحات|\S{3,}ات"
)
_LIST = re.compile(
    rf"(?:^|\s)(?:(?:ما|شو|ايه|ايش|وش)(?: هي| هم)? (?:(?:اهم|ابرز|كل) )?(?:ال)?(?:{_PLURALS})(?!\S)"
    rf"|(?:ما|شو|ايه|ايش)(?: هي| هو| هم)? (?:اهم|ابرز) \S+"
    r"|(?:من|مين) (?:هم|هن)(?!\S)|^(?:اذكر|عدد|عددي|اسرد|سم) (?:لي )?\S{3,}"
    r"|(?:what|who|which) (?:are|were)(?!\S)|^(?:list|name) (?:the|all|some)(?!\S))"
)
_COMPARE = re.compile(
    r"^\s*(?:(?:قارن|قارني|مقارنة|المقارنة|ما الفرق|ما هو الفرق|شو الفرق|ايه الفرق|الفرق)"
    r"\s+(?:ما )?بين\s+(?P<one>.+?)\s+و\s*(?P<two>[^؟?]+?)"
    r"|(?:compare|what is the difference between|the difference between)\s+"
    r"(?P<one_en>.+?)\s+(?:and|with|to)\s+(?P<two_en>[^؟?]+?))\s*[؟?.]*\s*$",
    re.IGNORECASE,
)


def asks_for_list(question: ParsedQuestion) -> bool:
    """Whether the answer is a list.

    Example:
        >>> asks_for_list(ParsedQuestion("ما أهم قرارات المجلس؟"))
        True
        >>> asks_for_list(ParsedQuestion("ما قرار المجلس؟"))
        False
    """
    return bool(_LIST.search(" ".join(question.words)))


def comparison_sides(question: ParsedQuestion) -> tuple[str, str] | None:
    """The two things that a question compares, as it names them; None if it compares nothing."""
    found = _COMPARE.match(question.text)
    if found is None:
        return None
    one, two = found["one"] or found["one_en"], found["two"] or found["two_en"]
    return (one, two) if topic_words(one) and topic_words(two) else None


def select_quotes(
    question: ParsedQuestion, sentences: Sequence[Sentence], limit: int
) -> list[Quote]:
    """The quotes of an answer to ``question``, as many as it has parts, at most ``limit``."""
    sides = comparison_sides(question)
    if sides is not None and limit > 1 and (found := _side_quotes(sentences, sides)):
        return found
    chosen = choose_quotes(sentences, limit=limit)
    return _list_quotes(chosen, sentences, limit) if asks_for_list(question) else chosen


def _list_quotes(chosen: Sequence[Quote], sentences: Sequence[Sentence], limit: int) -> list[Quote]:
    """``chosen`` and further sentences that score well, each a quote of its own, none repeated."""
    quotes = list(chosen)
    if not quotes:
        return quotes
    floor = MIN_LIST_ITEM_SHARE * quotes[0].probability
    for sentence in sorted(sentences, key=lambda s: (-s.score, s.rank, s.start)):
        if len(quotes) == limit or sentence.score < floor:
            break
        if not any(_repeats(sentence, quote) for quote in quotes):
            quotes.append(_as_quote(sentence))
    return quotes


def _side_quotes(sentences: Sequence[Sentence], sides: tuple[str, str]) -> list[Quote]:
    """The best sentence about each side; empty unless both have one."""
    quotes: list[Quote] = []
    for side in sides:
        wanted = {synonym_class(w) for w in topic_words(side)}
        ranked = [
            (len(wanted & s.synonym_classes), s.score, -s.rank, -s.start, s)
            for s in sentences
            if not any(_repeats(s, quote) for quote in quotes)
        ]
        best = max(ranked, key=lambda item: item[:4], default=None)
        if best is None or best[0] < max(1, (len(wanted) + 1) // 2):
            return []
        quotes.append(_as_quote(best[4]))
    return quotes


def _as_quote(sentence: Sentence) -> Quote:
    return Quote(sentence, sentence.start, sentence.end, sentence.text, sentence.score)


def _repeats(sentence: Sentence, quote: Quote) -> bool:
    """Whether ``sentence`` overlaps the quote, or says the same elsewhere."""
    here = quote.sentence.passage.article.id == sentence.passage.article.id
    if here and sentence.start < quote.end and quote.start < sentence.end:
        return True
    found, quoted = set(topic_words(sentence.text)), set(topic_words(quote.text))
    return bool(found) and len(found & quoted) >= _MIN_DUPLICATE_OVERLAP * min(
        len(found), len(quoted)
    )
