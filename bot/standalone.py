"""Standalone questions: follow-ups get their missing subject back.

Heuristics that need no model. A question is taken for a follow-up when it leans on the one before:
it opens with "و" and a question word, points back (ذلك، تصريحاته، it, they), or says too little to
be searched for on its own. What it lacks is taken from the standalone form of the question before.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from vectorstore.analysis import STOP_WORDS, normalise, stem, words


@dataclass(frozen=True, slots=True)
class Turn:
    """What is remembered of an earlier question: its standalone form and what was cited.

    ``quoted`` holds ``(article id, start, end)`` of each quote.
    """

    question: str
    standalone: str
    quoted: tuple[tuple[str, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Standalone:
    """A question that can be searched for by itself.

    ``topic`` is the part of ``text`` that comes from earlier questions, empty for a new one.
    """

    text: str
    topic: str = ""

    @property
    def own(self) -> str:
        """The question without a topic in parentheses; all of it where the two are one."""
        return self.text.replace(f" ({self.topic})", "") if self.topic else self.text

    @property
    def is_followup(self) -> bool:
        """Whether anything was taken from an earlier question."""
        return bool(self.topic)


def _set(text: str) -> frozenset[str]:
    return frozenset(words(text))


_QUESTION_WORDS = _set(
    "من ما ماذا متى أين كيف كم لماذا هل أي أية مين منو متي امتى إيمتى فين وين ليه ليش شو ايه إيش "
    "ايش قديش كام شنو علاش بكم لمن عما عمن بماذا who whom what when where why how which is are was "
    "were did do does has have had will can"
)
_AFTER_CONJUNCTION = _QUESTION_WORDS | _set(
    "في عن مع على الى إلى منذ بعد قبل بين لدى عند حول ذلك هو هي"
)
_POINTING = _set(
    "ذلك تلك هذا هذه هؤلاء أولئك هناك هنا هو هي هم هما فيه فيها منه منها عنه عنها له لها لهم عليه "
    "عليها اليه اليها معه معها معهم بعدها قبلها بعده قبله عنهم منهم كده هيك هاد هاي ده دي دا "
    "he she it they him her them his its their this that these those there then one ones "
    "هاذا هذي"
)
_CONNECTORS = _set(
    "طيب طب وبعدين ثم يعني حسنا اذن وماذا أيضا كذلك and but so then also ok what about how"
)
# Words that end like a possessive but are none, or too common to point at anything.
_NOT_POSSESSIVE = _set(
    "الله وجه مياه اتجاه شبه فقه هذه منه فيه عليه وفاه انتباه كلها بها كل نها اسمها"
)
_POSSESSIVE = re.compile(r"[\u0621-\u064a]{3,}(?:ها|هم|هما|هن)$")
_POSSESSIVE_HIS = re.compile(r"[\u0621-\u064a]{3,}[^ةو\s]ه$")
_PREPOSITIONS = _set("في عن مع على الى إلى in about with for")
_LEADING = re.compile(r"^\s*(?:و(?=[\u0621-\u064a])|and\s+|but\s+|so\s+)", re.IGNORECASE)
_WHAT_ABOUT = re.compile(
    r"^\s*(?:و?ماذا عن|و?ما?ذا? ?عن|و?شو عن|what about|how about|and)\s+", re.IGNORECASE
)
_ASKING = _set("من ما مين شو اي اين وين متى كم")
_COPULA = _set("هو هي هم هما")
_LONG = 7  # content words from which on a question says enough, whatever it opens with


def standalone_question(question: str, history: Sequence[Turn]) -> Standalone:
    """``question`` as it can be searched for, after the turns of ``history`` (oldest first)."""
    if not history or not _leans_on_before(question):
        return Standalone(question.strip())
    before = history[-1].standalone
    bare = _strip_conjunction(question)
    about = _WHAT_ABOUT.sub("", question)
    if about != question and not set(words(about)) & _QUESTION_WORDS:
        bare = about
    if not _content(bare):
        return _same_topic_other_question(bare, before)
    if not set(words(bare)) & _QUESTION_WORDS:
        return _same_question_other_part(bare, before)
    topic = _without_question_words(before)
    mine = {stem(w) for w in words(bare)}
    rest = " ".join(w for w in topic.split() if not {stem(x) for x in words(w)} <= mine)
    return Standalone(f"{bare.strip()} ({rest})", rest) if rest else Standalone(bare.strip())


def _leans_on_before(question: str) -> bool:
    tokens = words(question)
    if not tokens:
        return False
    content = _content(question)
    if len(content) >= _LONG:
        return False
    # "من هو …" and "ما هي …" introduce what they ask for; they point at nothing.
    copula = {i + 1 for i, (a, b) in enumerate(pairwise(tokens)) if a in _ASKING and b in _COPULA}
    pointing = any(
        t in _POINTING for i, t in enumerate(tokens) if i not in copula or len(content) < 1
    )
    pointing = pointing or any(map(_is_possessive, _raw_words(question)))
    if len(content) <= 1 or _opens_with_conjunction(tokens):
        return True
    return pointing and len(content) <= 5


def _opens_with_conjunction(tokens: list[str]) -> bool:
    first = tokens[0]
    if first in {"and", "but", "also", "وماذا", "طيب", "طب"} or tokens[:2] in (
        ["what", "about"],
        ["how", "about"],
    ):
        return True
    if first[0] not in "وف" or len(first) < 3:
        return False
    rest = first[1:]
    return rest in _AFTER_CONJUNCTION or (rest.startswith("ال") and len(tokens) <= 3)


def _is_possessive(word: str) -> bool:
    if normalise(word) in _NOT_POSSESSIVE or word.startswith(("ال", "وال", "بال")):
        return False
    return bool(_POSSESSIVE.search(word) or _POSSESSIVE_HIS.search(word))


def _raw_words(text: str) -> list[str]:
    """Words with their taa marbuta, which ``normalise`` would make a pronoun."""
    return re.findall(r"[^\W\d_]+", re.sub("[\u064b-\u0652\u0640]", "", text))


def _content(text: str) -> list[str]:
    skip = STOP_WORDS | _QUESTION_WORDS | _POINTING | _CONNECTORS
    return [w for w in words(_strip_conjunction(text)) if w not in skip]


def _strip_conjunction(question: str) -> str:
    tokens = words(question)
    if tokens and _opens_with_conjunction(tokens):
        return _LEADING.sub("", question).strip()
    return question.strip()


def _without_question_words(question: str) -> str:
    """``question`` without punctuation, parentheses and the words that ask."""
    kept = [w for w in re.split(r"[\s؟?!.()،,؛:]+", question) if w]
    while kept and normalise(kept[0]) in _QUESTION_WORDS:
        kept = kept[1:]
    return " ".join(kept)


def _same_topic_other_question(bare: str, before: str) -> Standalone:
    """ "ومتى؟" after "من افتتح الجسر؟": "متى افتتح الجسر؟" """
    topic = _without_question_words(before)
    mark = "؟" if "؟" in bare or re.search("[\u0621-\u064a]", bare) else "?"
    head = bare.rstrip(" ؟?!.")
    return Standalone(f"{head} {topic}{mark}", topic)


def _same_question_other_part(bare: str, before: str) -> Standalone:
    """ "وفي مصر؟" after "كم عدد المصابين في سوريا؟": "كم عدد المصابين في مصر؟" """
    part = bare.strip(" ؟?!.")
    mark = "؟" if re.search("[\u0621-\u064a]", before) else "?"
    old = before.strip(" ؟?!.")
    first = words(part)[0] if words(part) else ""
    tokens = old.split()
    if first in _PREPOSITIONS:
        places = [i for i, w in enumerate(tokens) if normalise(w) == first]
        if places:
            i = places[-1]
            length = len(part.split())
            kept = [*tokens[:i], part, *tokens[i + max(2, length) :]]
            return Standalone(" ".join(kept) + mark, old)
    return Standalone(f"{old} {part}{mark}", old)
