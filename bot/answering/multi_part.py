"""Questions with several answers: lists ("ما أهم قرارات…") and comparisons ("قارن بين…").

And questions for those that did not ("أي دول لم تحضر؟"), which nobody who did answers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.answering.quote_selection import Quote
from bot.answering.sentence_features import Sentence
from bot.language.coreference import topic_words
from bot.language.parsed_question import ParsedQuestion
from bot.language.question_words import QUESTION_WORDS, WHY, word_set
from bot.language.synonyms import synonym_class

NEGATION_REACH = 3
"""Words after a negation that it can apply to."""
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
_MORE = (
    r"(?:[أا](?:كثر|كتر|كبر|على|فضل|قل|قدم|سرع|قوى|طول|صغر|حدث|رخص|غلى)|more|most|better|bigger)"
)
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
_OF_BOTH = re.compile(r"\s(?:في|من|عن|على|حول|بشأن|بخصوص|in|on|about|at|of)\s.+$", re.IGNORECASE)
_ATTACHED = re.compile(r"^(?:ب(?=\w{3})|(?:مع|لدى|عند|في)\s+)")

_NEGATIONS = word_set(
    "لم لن لا ليس ليست ليسوا غير عدم دون بدون مش مو مب عن not never didn didnt without"
)
"""With "عن" of "امتنع عن التصويت" and "غاب عن الحضور"."""
_BEFORE_VERB = word_set("لم لن لا مش مو مب not never didn didnt")
_RELATIVE = word_set("اللي يلي التي الذي الذين من مين who that")
_IMPERFECT = "يتنا"
_CIRCUMFIXED = re.compile(r"ما?\w{3,}ش")  # "محضرش", "ما حضروش"
_MIN_ROOT = 3


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
    if (shared_end := _OF_BOTH.search(two)) and not _OF_BOTH.search(one):
        two = two[: shared_end.start()]  # "ترامب وماكرون في اتفاق إيران"
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


def without_affirming(question: ParsedQuestion, sentences: Sequence[Sentence]) -> list[Sentence]:
    """``sentences`` with score 0 for those that affirm the verb which ``question`` negates."""
    denied = _negated_verb(question)
    return [replace(s, score=0.0) if denied and _affirms(s.words, denied) else s for s in sentences]


def _negated_verb(question: ParsedQuestion) -> frozenset[str]:
    """The forms of the verb that a question negates; none of a why-question or another."""
    words = question.words
    if question.type == "yes_no" or not WHY.isdisjoint(words):
        return frozenset()
    for before, word, verb in zip(("", *words), words, (*words[1:], ""), strict=False):
        what = word == "ما" and before in _RELATIVE | QUESTION_WORDS
        if before and verb and (word in _BEFORE_VERB or what):
            return _forms(verb)
        if before and _CIRCUMFIXED.fullmatch(f"م{word}" if before == "ما" else word):
            return _forms(word.removeprefix("م")[:-1])
    return frozenset()


def _affirms(words: Sequence[str], verb: frozenset[str]) -> bool:
    bare = [word[1:] if word[1:] in _NEGATIONS else word for word in words]  # "ولم"
    return any(
        not verb.isdisjoint(_forms(word))
        and _NEGATIONS.isdisjoint(bare[max(0, i - NEGATION_REACH) : i])
        for i, word in enumerate(words)
    )


def _forms(word: str) -> frozenset[str]:
    """The synonym classes of a verb, with and without the prefix of its imperfect."""
    bare = word[1:] if word[0] in _IMPERFECT and len(word) > _MIN_ROOT else word
    return frozenset({synonym_class(word), synonym_class(bare)})
