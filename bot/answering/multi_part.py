"""Questions whose answer has several parts: lists ("ما أهم قرارات…"), comparisons ("قارن بين…")."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.answering.quote_selection import Quote, choose_quotes
from bot.answering.sentence_features import Sentence
from bot.language.coreference import topic_words
from bot.language.synonyms import synonym_class
from vectorstore.core.text_analysis import words

LIST_SHARE = 0.2
"""A further sentence joins a list when it scores at least this share of the best one."""
_SAME = 0.6  # share of words from which on two sentences say the same

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


def asks_for_several(question: str) -> bool:
    """Whether the answer is a list.

    Example:
        >>> asks_for_several("ما أهم قرارات المجلس؟"), asks_for_several("ما قرار المجلس؟")
        (True, False)
    """
    return bool(_LIST.search(" ".join(words(question))))


def comparison_sides(question: str) -> tuple[str, str] | None:
    """The two things that a question sets beside each other, as it names them."""
    found = _COMPARE.match(question)
    if found is None:
        return None
    one, two = found["one"] or found["one_en"], found["two"] or found["two_en"]
    return (one, two) if topic_words(one) and topic_words(two) else None


def select_quotes(question: str, sentences: Sequence[Sentence], limit: int) -> list[Quote]:
    """The quotes of an answer to ``question``, as many as it has parts, at most ``limit``."""
    of = comparison_sides(question)
    if of is not None and limit > 1 and (found := side_quotes(sentences, of)):
        return found
    chosen = choose_quotes(sentences, limit=limit)
    return list_quotes(chosen, sentences, limit) if asks_for_several(question) else chosen


def list_quotes(chosen: Sequence[Quote], sentences: Sequence[Sentence], limit: int) -> list[Quote]:
    """``chosen`` and the further sentences that belong to a list, each a quote of its own.

    Only what scores well beside the best one joins; nothing is said twice.
    """
    several = list(chosen)
    if not several:
        return several
    floor = LIST_SHARE * several[0].probability
    for sentence in sorted(sentences, key=lambda s: (-s.score, s.rank, s.start)):
        if len(several) == limit or sentence.score < floor:
            break
        if not any(_tells(quote, sentence) for quote in several):
            several.append(_alone(sentence))
    return several


def side_quotes(sentences: Sequence[Sentence], of: tuple[str, str]) -> list[Quote]:
    """For each side the best sentence that tells of it; empty unless both have one."""
    told: list[Quote] = []
    for side in of:
        wanted = {synonym_class(w) for w in topic_words(side)}
        telling = [
            (len(wanted & {synonym_class(w) for w in words(s.text)}), s.score, -s.rank, -s.start, s)
            for s in sentences
            if not any(_tells(quote, s) for quote in told)
        ]
        best = max(telling, key=lambda item: item[:4], default=None)
        if best is None or best[0] < max(1, (len(wanted) + 1) // 2):
            return []
        told.append(_alone(best[4]))
    return told


def _alone(sentence: Sentence) -> Quote:
    return Quote(sentence, sentence.start, sentence.end, sentence.text, sentence.score)


def _tells(quote: Quote, sentence: Sentence) -> bool:
    """Whether ``sentence`` stands in the quote, or says the same elsewhere."""
    here = quote.sentence.passage.article.id == sentence.passage.article.id
    if here and sentence.start < quote.end and quote.start < sentence.end:
        return True
    mine, theirs = set(topic_words(sentence.text)), set(topic_words(quote.text))
    return bool(mine) and len(mine & theirs) >= _SAME * min(len(mine), len(theirs))
