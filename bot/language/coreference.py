"""Coreference and discourse markers: how a question refers to earlier ones."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise

from bot.language.question_words import QUESTION_WORDS, word_set
from vectorstore.core.characters import ARABIC, MARKS
from vectorstore.core.text_analysis import STOP_WORDS, AnalysedText, normalise

_AFTER_CONJUNCTION = QUESTION_WORDS | word_set(
    "في عن مع على الى إلى منذ بعد قبل بين لدى عند حول ذلك هو هي ضد"
)
_ANAPHORS = word_set(
    "ذلك تلك هذا هذه هؤلاء أولئك هناك هنا هو هي هم هما فيه فيها منه منها عنه عنها له لها لهم عليه "
    "عليها اليه اليها معه معها معهم بعدها قبلها بعده قبله عنهم منهم كده هيك هاد هاي ده دي دا "
    "به بها بهم لديه لديها ضده ضدها بينهم بينهما منهما "
    "he she it they him her them his its their this that these those there then one ones "
    "هاذا هذي"
)
_CONNECTORS = word_set(
    "طيب طب وبعدين ثم يعني حسنا اذن وماذا أيضا كذلك كمان برضه and but so then also ok what about "
    "how بالضبط تحديدا أصلا بعد ذلك كان"
)
_LIGHT_VERBS = word_set(
    "حدث يحدث وقع يقع جرى يجري حصل يحصل حيحصل هيحصل صار يصير رح راح بصير تم يتم عم بدو happen "
    "happened happens take place took"
)
"""Verbs without a meaning of their own."""
_NO_TOPIC = STOP_WORDS | QUESTION_WORDS | _ANAPHORS | _CONNECTORS | _LIGHT_VERBS
# Words that end like a possessive but are none, or that are too common to refer to anything.
_NOT_POSSESSIVE = word_set(
    "الله وجه مياه اتجاه شبه فقه هذه منه فيه عليه وفاه انتباه كلها بها كل نها اسمها تجاه نزيه"
)
_POSSESSIVE = re.compile(rf"[{ARABIC}]{{3,}}(?:ها|هم|هما|هن)$")
_POSSESSIVE_HIS = re.compile(rf"[{ARABIC}]{{3,}}[^ةو\s]ه$")
_LEADING = re.compile(rf"^\s*(?:و\s*(?=[{ARABIC}])|and\s+|but\s+|so\s+)", re.IGNORECASE)
_OPENING = re.compile(
    r"^\s*(?:(?:طيب|طب|حسنا|حسنًا|اوك|أوك|ok|okay|so|well|then)[\s،,]+)+", re.IGNORECASE
)
_ASKING = word_set("من ما مين شو اي اين وين متى كم")
_COPULA = word_set("هو هي هم هما")

_ABOUT = re.compile(
    r"^\s*(?:و?ماذا عن|و?ما?ذا? ?عن|و?شو عن|و?بالنسبة (?:ل|إلى |الى )|what about|how about|and)\s*",
    re.IGNORECASE,
)
"""Repeats the previous question for something else."""
TOPIC_RETURN = re.compile(
    r"^\s*(?:و?(?:نرجع|لنرجع|نعود|لنعد|رجوع[اً]*|بالعودة|عودة|ارجع|خلينا نرجع|نرجع تاني)"
    r"\s*(?:ل(?=\S)|إلى |الى )|(?:going |coming |let's go )?back to )"
    r"(?P<topic>[^،,:؛.?؟]*)[،,:؛.]*",
    re.IGNORECASE,
)
"""Returns to an earlier topic, which it names."""
NEW_TOPIC = re.compile(
    r"^\s*(?:(?:سؤال|موضوع) (?:آخر|اخر|ثاني|تاني|جديد)|على صعيد آخر|غير (?:الموضوع|هيك|كده)|"
    r"(?:another|new|different) (?:question|topic))\s*[،,:؛.\-–]*\s*",
    re.IGNORECASE,
)
"""Announces a new topic."""
COMPARISON = re.compile(
    r"(?<![^\W\d_])(?:أيهما|ايهما|أيهم|ايهم|أيّهما|بينهما|منهما|كلاهما|كليهما|both|"
    r"which (?:one )?is|which of (?:them|the two)|between (?:them|the two)|"
    r"the difference|مين فيهم|مين أكبر|مين اكبر)"
    r"(?![^\W\d_])",
    re.IGNORECASE,
)
"""Compares the last two answers."""


def topic_words(text: str) -> tuple[str, ...]:
    """Normalised words of ``text`` without question words, anaphors, connectors and light verbs."""
    analysed = AnalysedText(text)
    if opens_with_conjunction(analysed):
        analysed = AnalysedText(strip_conjunction(text))
    return topic_words_among(analysed.words)


def topic_words_among(words: Iterable[str]) -> tuple[str, ...]:
    """``words`` without question words, anaphors, connectors and light verbs."""
    return tuple(w for w in words if w not in _NO_TOPIC)


def has_question_word(text: AnalysedText) -> bool:
    """Whether a question word occurs in ``text``."""
    return not QUESTION_WORDS.isdisjoint(text.words)


def has_anaphor(question: AnalysedText, *, has_topic: bool) -> bool:
    """Whether a pronoun or possessive refers to something named before.

    The pronoun in "من هو …" and "ما هي …" does not, if the question ``has_topic`` words.
    """
    tokens = question.words
    copula = {i + 1 for i, (a, b) in enumerate(pairwise(tokens)) if a in _ASKING and b in _COPULA}
    if any(t in _ANAPHORS and not (i in copula and has_topic) for i, t in enumerate(tokens)):
        return True
    return any(map(_is_possessive, _unnormalised_words(question.text)))


def is_definition_question(question: AnalysedText) -> bool:
    """Whether a question asks who or what something is that it names: "من هو …؟", "who is …?"."""
    if len(question.words) < 2:
        return False
    a, b = question.words[:2]
    return (a in _ASKING and b in _COPULA) or (a in {"who", "what"} and b in {"is", "are"})


def opens_with_conjunction(question: AnalysedText) -> bool:
    """Whether a question continues another: "و…", "طيب…", "and…", "what about…"."""
    if _OPENING.match(question.text):
        return True
    tokens = question.words
    if not tokens:
        return False
    first = tokens[0]
    if first in {"and", "but", "also", "طيب", "طب"} or tokens[:2] in (
        ("what", "about"),
        ("how", "about"),
    ):
        return True
    if first == "و" and len(tokens) > 1:
        return True
    if first[0] not in "وف" or len(first) < 3:
        return False
    rest = first[1:]
    if rest in _AFTER_CONJUNCTION:
        return True
    # "والجرحى؟", "وبريطانيا؟", "وسرعتها؟": a noun alone, without a question word.
    return (
        first[0] == "و"
        and first not in QUESTION_WORDS
        and not has_question_word(question)
        and (rest.startswith("ال") or len(tokens) <= 3)
    )


def strip_conjunction(question: str) -> str:
    """``question`` without the "و", "طيب" or "and" that it opens with."""
    return _LEADING.sub("", _OPENING.sub("", question)).strip()


def what_about(question: str) -> str | None:
    """The noun phrase of "what about …?"; None if a question of its own follows."""
    opened = _OPENING.sub("", question)
    rest = _ABOUT.sub("", opened)
    return rest if rest not in ("", opened) and not has_question_word(AnalysedText(rest)) else None


def _is_possessive(word: str) -> bool:
    if normalise(word) in _NOT_POSSESSIVE or word.startswith(("ال", "وال", "بال")):
        return False
    return bool(_POSSESSIVE.search(word) or _POSSESSIVE_HIS.search(word))


def _unnormalised_words(text: str) -> list[str]:
    """Words that keep their taa marbuta, which ``normalise`` turns into a pronoun's letter."""
    return re.findall(r"[^\W\d_]+", re.sub(f"[{MARKS}]", "", text))
