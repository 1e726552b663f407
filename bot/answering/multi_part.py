"""Questions with several answers: lists ("ما أهم قرارات…") and comparisons ("قارن بين…")."""

from __future__ import annotations

import re

from bot.answering.quote_selection import Quote
from bot.answering.sentence_features import Sentence
from bot.language.coreference import topic_words
from bot.language.parsed_question import ParsedQuestion

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
_MORE = r"(?:[أا](?:كثر|كبر|على|فضل|قل|قدم|سرع|قوى|طول|صغر|حدث|رخص|غلى)|more|most|better|bigger)"
_COMPARE = re.compile(
    r"^\s*(?:(?:قارن|قارني|مقارنة|المقارنة|ما الفرق|ما هو الفرق|شو الفرق|ايه الفرق|الفرق|فرق)"
    r"\s+(?:[^؟?]*?\s)?(?:ما )?بين\s+(?P<a1>.+?)\s+و\s*(?P<a2>[^؟?]+?)"
    r"|(?:compare|what is the difference between|the difference between)\s+"
    r"(?P<b1>.+?)\s+(?:and|with|to)\s+(?P<b2>[^؟?]+?)"
    rf"|(?:[^؟?]*?\s)?(?:أيهما|ايهما|أيهم|ايهم|which(?: one)?|(?:مين|من|أي|who)\s[^؟?]*?{_MORE})"
    r"(?:\s[^؟?:،]*?)??"
    r"(?:[:،]\s*|(?P<c0>\s))(?P<c1>[^؟?:،]+?)\s+(?:أم|ام|أو|او|ولا|or|vs\.?|versus)\s+(?P<c2>[^؟?]+?)"
    r"|(?P<d1>.+?)\s+(?:مقارنة(?: مع)?|بالمقارنة مع|مقابل|vs\.?|versus|compared (?:to|with))\s+"
    r"(?P<d2>[^؟?]+?))\s*[؟?.]*\s*$",
    re.IGNORECASE,
)
_ATTACHED = re.compile(r"^(?:ب(?=\w{3})|(?:مع|لدى|عند|في)\s+)")


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
    one, two = next((found[f"{k}1"], found[f"{k}2"]) for k in "abcd" if found[f"{k}1"])
    two = _ATTACHED.sub("", two) if found["d2"] else two
    heads, others = one.split(), two.split()
    if found["c0"] and (more := re.search(rf"(?<!\w){_MORE}\s+(?P<rest>.+)", one)):
        heads = more["rest"].split()
    shared = next((i for i, w in enumerate(heads) if w == others[0]), None)
    if shared is not None:  # "أكثر قتلى زلزال إيران أم زلزال تركيا"
        heads = heads[shared:]
    elif len(heads) >= len(others) + 2:  # "عدد الطائرات عند السعودية وقطر"
        heads = heads[-len(others) :]
    one = " ".join(heads)
    return (one, two) if topic_words(one) and topic_words(two) else None


def repeats(sentence: Sentence, quote: Quote) -> bool:
    """Whether ``sentence`` overlaps the quote, or says the same elsewhere."""
    here = quote.sentence.passage.article.id == sentence.passage.article.id
    if here and sentence.start < quote.end and quote.start < sentence.end:
        return True
    found, quoted = set(topic_words(sentence.text)), set(topic_words(quote.text))
    return bool(found) and len(found & quoted) >= _MIN_DUPLICATE_OVERLAP * min(
        len(found), len(quoted)
    )
