"""Question types, whether a text is a question at all, and whether a sentence fits a type."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from bot.language.question_words import (
    HOW_MANY,
    JOINED_FORMS,
    SENTENCE_INITIAL,
    WHEN,
    WHERE,
    WHICH,
    WHO,
    WHY,
    YES_NO,
    word_set,
)
from ingest.text.calendar_words import MONTHS, WEEKDAYS
from vectorstore.core.text_analysis import AnalysedText, words

QuestionType = Literal["who", "when", "where", "how_many", "why", "yes_no", "other"]


_WHY = WHY | word_set("لم لما")
_BEFORE_NOUN = WHICH | word_set("in في")
_TIME_UNITS = word_set("عام سنة تاريخ يوم شهر قرن موعد وقت year date day month century time")
_NUMBER_UNITS = word_set(
    "عدد حصيلة نسبة مبلغ قيمة ثمن سعر تكلفة مسافة طول ارتفاع وزن number percentage"
)
_PLACES = word_set("دولة بلد مدينة مكان منطقة قارة موقع country city place region")
_PERSONS = word_set("شخص رئيس لاعب وزير كاتب مؤلف person player president author")
_YES_NO = YES_NO | word_set("أ")

_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"(?:1[0-9]|20)\d\d$")
_NUMBER_WORDS = word_set(
    "واحد واحدة اثنان اثنين ثلاثة ثلاث اربعة اربع خمسة خمس ستة ست سبعة سبع ثمانية ثماني تسعة تسع "
    "عشرة عشر عشرون عشرين ثلاثون ثلاثين اربعون اربعين خمسون خمسين مئة مائة مئات الف الاف مليون "
    "ملايين مليار نصف ثلث ربع one two three four five six seven eight nine ten hundred thousand "
    "million billion half dozen"
)
DATE_WORDS = (
    {name.split()[0] for name in MONTHS}
    | {name for name in WEEKDAYS if name.startswith("ال") or name.endswith("day")} - {"الحد"}
    | word_set("أمس اليوم غدا الماضي المقبل صباح مساء yesterday today tomorrow")
)
"""Words of dates. "الحد" is a dialect form of Sunday, but mostly means the limit."""
_REASON_WORDS = word_set(
    "لان لأنه لأنها بسبب نتيجة جراء لذلك حيث اذ بهدف سعيا لكي كي اجل because due since therefore "
    "so owing"
)
_PERSON_WORDS = word_set(
    "الرئيس رئيس الوزير وزير قال اللاعب المدرب الكاتب السيد الملك الامير الدكتور مدير mr mrs dr "
    "president minister"
)
_PLACE_WORDS = word_set(
    "مدينة ولاية محافظة منطقة دولة جنوب شمال شرق غرب عاصمة city north south state"
)


def question_type(question: str | AnalysedText) -> QuestionType:
    """The kind of answer that ``question`` asks for, by its question words."""
    tokens = AnalysedText.of(question).words
    bare = [t[1:] if t[0] in "وف" and len(t) > 2 and t[1:] in _OPENERS else t for t in tokens]
    head = set(bare[:4])
    pairs = set(pairwise(bare))
    if head & WHEN or any(a in _BEFORE_NOUN and b in _TIME_UNITS for a, b in pairs):
        return "when"
    if set(bare) & HOW_MANY or ("how", "many") in pairs or ("how", "much") in pairs:
        return "how_many"
    if any(a in _BEFORE_NOUN and b in _NUMBER_UNITS for a, b in pairs):
        return "how_many"
    if head & WHERE or any(a in _BEFORE_NOUN and b in _PLACES for a, b in pairs):
        return "where"
    if head & WHY or set(bare[:1]) & _WHY:  # not "أي دول لم تحضر؟"
        return "why"
    if head & WHO or bare[:1] == ["من"] or ("مع", "من") in pairs:
        return "who"
    if any(a in _BEFORE_NOUN and b in _PERSONS for a, b in pairs):
        return "who"
    return "yes_no" if bare and bare[0] in _YES_NO else "other"


_OPENERS = frozenset({"من", *WHO, *WHEN, *WHERE, *HOW_MANY, *_WHY, *_BEFORE_NOUN, *_YES_NO, "كيف"})


_REQUESTS = word_set(
    "اخبرني اخبرنا حدثني حدثنا قل قولي احك احكي احكيلي اعطني اعطيني هات لخص لخصي اذكر اشرح "
    "اريد ابغى بدي عايز عاوز ابحث "
    "tell give show list summarise summarize explain find"
)
_LATEST = word_set("اخر احدث latest")
_MIN_STATEMENT_WORDS = 8  # words
_APOSTROPHE = re.compile("['’]")


# Question words only at the beginning, or in one of the pairs below.
_AMBIGUOUS = {"في", "ما", "من", "لم", "لما", "اي"}
_ENGLISH_LEAD_INS = word_set("can could please you me in on at to for from by of about and so but")
_AFTER_PREPOSITION = word_set("من اي متى كم")
_TO = word_set("الى")
_PREPOSITIONS = word_set("في من الى على عن منذ حتى خلال تحت ضد مع لدى بين")
_QUESTION_PAIRS = frozenset(
    {("ما", b) for b in words("هو هي هم هما الذي التي اسم عدد سبب مدى")}
    | {("من", b) for b in words("هو هي هم الذي التي")}
    | {(a, b) for a in words("ابي ودي") for b in words("اعرف افهم")}
    | {(a, b) for a in words("دور دوري") for b in words("على لي")}
)
_NOT_A_QUESTION_WITH = {
    "ما": word_set("بعد قبل وراء لا لم لن زال زالت دام يشبه بين زلنا"),
    "من": word_set("المتوقع المقرر المنتظر المرجح المحتمل جديد دون غير اجل قبل بعد بين جانبه جهته"),
    "كم": word_set("هائل هايل كبير ضخم"),
    "اي": word_set("فون باد"),
}
"""Following words that make a question word something else: "ما بعد الحرب", "كم هائل من"."""


_OPENING = (_OPENERS - {"في"}) | SENTENCE_INITIAL | JOINED_FORMS | _REQUESTS | {"name"}
_ANYWHERE = {w for w in _OPENERS - _YES_NO - _AMBIGUOUS | _REQUESTS if not w.isascii()}
_ANYWHERE |= JOINED_FORMS | word_set("what how why which")


def is_question(text: str | AnalysedText) -> bool:
    """Whether ``text`` has a question mark, a question word or a request.

    A pasted headline has none of them, and neither have search words.

    Example:
        >>> is_question("كم بلغت كلفة الجسر"), is_question("كلفة الجسر")
        (True, False)
    """
    analysed = AnalysedText.of(text)
    if any(mark in analysed.text for mark in "?؟"):
        return True
    tokens = [part for word in analysed.words for part in _APOSTROPHE.split(word)]
    if not tokens:
        return False
    follows = tokens[1] if len(tokens) > 1 else ""
    first = set()
    if not analysed.text.lstrip().startswith("WHO "):  # the World Health Organization
        forms = (tokens[0], _without_conjunction(tokens[0]))
        first = {w for w in forms if _may_be_question_word(w, follows, tokens)}
    return bool(
        first & _OPENING
        or any(w in _ANYWHERE or _without_conjunction(w) in _ANYWHERE for w in tokens[1:])
        or _QUESTION_PAIRS & set(pairwise(tokens))
        or (tokens[0] in _ENGLISH_LEAD_INS and follows in SENTENCE_INITIAL | _REQUESTS)
        or (tokens[0] in _PREPOSITIONS and follows in _AFTER_PREPOSITION)  # "ضد أي هجوم" later on
        or tokens[-2:] == ["ولا", "لا"]
    )


def _without_conjunction(word: str) -> str:
    return word[1:] if word[0] in "وف" and len(word) > 2 else word


def _may_be_question_word(first: str, follows: str, tokens: Sequence[str]) -> bool:
    if follows in _NOT_A_QUESTION_WITH.get(first, ()):
        return False
    if first == "لم":  # why, or did not: "لم استقال", "لم يعد", "لم الشمل"
        return not follows.startswith(("ي", "ت", "ن", "ال"))
    return not (first == "من" and _TO & set(tokens[2:4]))  # from … to …


def is_statement(text: str | AnalysedText) -> bool:
    """Whether ``text`` is a pasted headline or lead: long, no question, no "latest …"."""
    analysed = AnalysedText.of(text)
    tokens = analysed.words
    return (
        len(tokens) >= _MIN_STATEMENT_WORDS
        and tokens[0] not in _LATEST
        and not is_question(analysed)
    )


def type_match(
    kind: QuestionType, sentence_words: Sequence[str], question_words: frozenset[str]
) -> float:
    """How well a sentence fits ``kind``, by its words that are not in the question.

    1 if it surely fits, 0 if it does not, 0.5 where that is unknown.
    """
    new = [word for word in sentence_words if word not in question_words]
    if kind == "when":
        return float(any(_YEAR.match(w) or w in DATE_WORDS for w in new))
    if kind == "how_many":
        return float(any(_DIGIT.search(w) or w in _NUMBER_WORDS for w in new))
    if kind == "why":
        return 1.0 if any(w in _REASON_WORDS for w in new) else 0.3
    if kind == "who":
        return 1.0 if any(w in _PERSON_WORDS for w in new) else 0.8
    if kind == "where":
        return 1.0 if any(w in _PLACE_WORDS for w in new) else 0.8
    return 0.5
