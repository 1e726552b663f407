"""How a question points at what was said before: the words and forms that do it."""

from __future__ import annotations

import re
from itertools import pairwise

from vectorstore.core.characters import ARABIC, MARKS
from vectorstore.core.text_analysis import STOP_WORDS, normalise, words


def _set(text: str) -> frozenset[str]:
    return frozenset(words(text))


QUESTION_WORDS = _set(
    "من ما ماذا متى أين كيف كم لماذا هل أي أية مين منو متي امتى إيمتى فين وين ليه ليش شو ايه إيش "
    "ايش قديش كام شنو علاش بكم لمن عما عمن بماذا مم ممن علام فيم وش ازاي إزاي كيفاش شحال فوقاش "
    "بأي لأي اللي who whom what when where why how which is are was were did do does has have had "
    "will can"
)
_AFTER_CONJUNCTION = QUESTION_WORDS | _set(
    "في عن مع على الى إلى منذ بعد قبل بين لدى عند حول ذلك هو هي ضد"
)
_POINTING = _set(
    "ذلك تلك هذا هذه هؤلاء أولئك هناك هنا هو هي هم هما فيه فيها منه منها عنه عنها له لها لهم عليه "
    "عليها اليه اليها معه معها معهم بعدها قبلها بعده قبله عنهم منهم كده هيك هاد هاي ده دي دا "
    "به بها بهم لديه لديها ضده ضدها بينهم بينهما منهما "
    "he she it they him her them his its their this that these those there then one ones "
    "هاذا هذي"
)
_CONNECTORS = _set(
    "طيب طب وبعدين ثم يعني حسنا اذن وماذا أيضا كذلك كمان برضه and but so then also ok what about "
    "how بالضبط تحديدا أصلا بعد ذلك كان"
)
_LIGHT = _set(
    "حدث يحدث وقع يقع جرى يجري حصل يحصل حيحصل هيحصل صار يصير رح راح بصير تم يتم عم بدو happen "
    "happened happens take place took"
)
"""Verbs that say no more than that there was something."""
# Words that end like a possessive but are none, or too common to point at anything.
_NOT_POSSESSIVE = _set(
    "الله وجه مياه اتجاه شبه فقه هذه منه فيه عليه وفاه انتباه كلها بها كل نها اسمها تجاه نزيه"
)
_POSSESSIVE = re.compile(rf"[{ARABIC}]{{3,}}(?:ها|هم|هما|هن)$")
_POSSESSIVE_HIS = re.compile(rf"[{ARABIC}]{{3,}}[^ةو\s]ه$")
_LEADING = re.compile(rf"^\s*(?:و\s*(?=[{ARABIC}])|and\s+|but\s+|so\s+)", re.IGNORECASE)
_OPENING = re.compile(
    r"^\s*(?:(?:طيب|طب|حسنا|حسنًا|اوك|أوك|ok|okay|so|well|then)[\s،,]+)+", re.IGNORECASE
)
_ASKING = _set("من ما مين شو اي اين وين متى كم")
_COPULA = _set("هو هي هم هما")

_ABOUT = re.compile(
    r"^\s*(?:و?ماذا عن|و?ما?ذا? ?عن|و?شو عن|و?بالنسبة (?:ل|إلى |الى )|what about|how about|and)\s*",
    re.IGNORECASE,
)
"""Asks the question before of something else."""
RETURN = re.compile(
    r"^\s*(?:و?(?:نرجع|لنرجع|نعود|لنعد|رجوع[اً]*|بالعودة|عودة|ارجع|خلينا نرجع|نرجع تاني)"
    r"\s*(?:ل(?=\S)|إلى |الى )|(?:going |coming |let's go )?back to )"
    r"(?P<topic>[^،,:؛.?؟]*)[،,:؛.]*",
    re.IGNORECASE,
)
"""Goes back to an earlier topic, and names it."""
NEW_TOPIC = re.compile(
    r"^\s*(?:(?:سؤال|موضوع) (?:آخر|اخر|ثاني|تاني|جديد)|على صعيد آخر|غير (?:الموضوع|هيك|كده)|"
    r"(?:another|new|different) (?:question|topic))\s*[،,:؛.\-–]*\s*",
    re.IGNORECASE,
)
"""Says that what follows has nothing to do with what was said."""
COMPARING = re.compile(
    r"(?<![^\W\d_])(?:أيهما|ايهما|أيهم|ايهم|أيّهما|بينهما|منهما|كلاهما|كليهما|both|"
    r"which (?:one )?is|which of (?:them|the two)|between (?:them|the two)|"
    r"the difference|مين فيهم|مين أكبر|مين اكبر)"
    r"(?![^\W\d_])",
    re.IGNORECASE,
)
"""Sets the last two answers beside each other."""


def topic_words(text: str) -> list[str]:
    """Normalised words of a question that neither ask nor point nor connect."""
    skip = STOP_WORDS | QUESTION_WORDS | _POINTING | _CONNECTORS | _LIGHT
    return [w for w in words(without_conjunction(text)) if w not in skip]


def has_question_word(text: str) -> bool:
    """Whether a question word stands in ``text``."""
    return bool(set(words(text)) & QUESTION_WORDS)


def points_back(question: str) -> bool:
    """Whether a pronoun or a possessive points at something that was named before."""
    tokens = words(question)
    # "من هو …" and "ما هي …" introduce what they ask for; they point at nothing.
    copula = {i + 1 for i, (a, b) in enumerate(pairwise(tokens)) if a in _ASKING and b in _COPULA}
    bare = not topic_words(question)
    if any(t in _POINTING and (i not in copula or bare) for i, t in enumerate(tokens)):
        return True
    return any(map(_is_possessive, _raw_words(question)))


def introduces(question: str) -> bool:
    """Whether a question asks who or what something is that it names: "من هو …؟", "who is …?"."""
    tokens = words(question)
    pairs = list(pairwise(tokens))[:1]
    return any(
        (a in _ASKING and b in _COPULA) or (a in {"who", "what"} and b in {"is", "are"})
        for a, b in pairs
    )


def opens_with_conjunction(question: str) -> bool:
    """Whether a question goes on from another: "و…", "طيب…", "and…", "what about…"."""
    if _OPENING.match(question):
        return True
    tokens = words(question)
    if not tokens:
        return False
    first = tokens[0]
    if first in {"and", "but", "also", "طيب", "طب"} or tokens[:2] in (
        ["what", "about"],
        ["how", "about"],
    ):
        return True
    if first == "و" and len(tokens) > 1:
        return True
    if first[0] not in "وف" or len(first) < 3:
        return False
    rest = first[1:]
    if rest in _AFTER_CONJUNCTION:
        return True
    # "والجرحى؟", "وبريطانيا؟", "وسرعتها؟": a part of a question with nothing that asks.
    return (
        first[0] == "و"
        and first not in QUESTION_WORDS
        and not has_question_word(question)
        and (rest.startswith("ال") or len(tokens) <= 3)
    )


def without_conjunction(question: str) -> str:
    """``question`` without the "و", "طيب" or "and" that it opens with."""
    if not opens_with_conjunction(question):
        return question.strip()
    return _LEADING.sub("", _OPENING.sub("", question)).strip()


def what_about(question: str) -> str | None:
    """The something else of "what about …?", where it is not a question of its own."""
    opened = _OPENING.sub("", question)
    rest = _ABOUT.sub("", opened)
    return rest if rest != opened and rest and not has_question_word(rest) else None


def _is_possessive(word: str) -> bool:
    if normalise(word) in _NOT_POSSESSIVE or word.startswith(("ال", "وال", "بال")):
        return False
    return bool(_POSSESSIVE.search(word) or _POSSESSIVE_HIS.search(word))


def _raw_words(text: str) -> list[str]:
    """Words with their taa marbuta, which ``normalise`` would make a pronoun."""
    return re.findall(r"[^\W\d_]+", re.sub(f"[{MARKS}]", "", text))
