"""Arabic as people write it: other spellings, dialect question words, two languages mixed.

Passages change letter by letter, so that the answer's place is followed through the change.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace

from training.reader.examples import Example

_MARKS = "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652"
_DIGITS = {str(d): chr(0x0660 + d) for d in range(10)}
_HAMZA = {"أ": "ا", "إ": "ا", "آ": "ا"}
_SPACE_OR_END = frozenset(" \n\t.,،؛:!؟?()[]«»\"'-")

# Question words that mean the same: standard Arabic, dialects, English.
_SAME = (
    (("متى",), ("امتى", "إمتى", "وقتاش"), ("when",)),
    (("أين", "اين"), ("فين", "وين"), ("where",)),
    (("لماذا",), ("ليه", "ليش", "علاش"), ("why",)),
    (("من هو", "من هي"), ("مين", "مين هو", "منو"), ("who is", "who was")),
    (("ما هو", "ما هي", "ماهو", "ماهي"), ("ايه هو", "شو", "ايش", "شنو"), ("what is", "what was")),
    (("ماذا",), ("ايه", "شو", "ايش"), ("what",)),
    (("كم عدد",), ("كام", "قديش", "كم واحد"), ("how many", "what number of")),
    (("كم",), ("كام", "قديش", "شحال"), ("how much", "how many")),
    (("كيف",), ("ازاي", "كيفاش", "شلون"), ("how",)),
    (
        ("في أي عام", "في أي سنة"),
        ("سنة كام", "أي سنة"),
        ("what year", "in what year", "which year"),
    ),
    (("في أي",), ("بأي",), ("in what", "in which")),
    (("أي",), ("انهي", "أنهي"), ("which", "what")),
    (("من",), ("مين",), ("who",)),
)

Rewrite = Callable[[str, int, str, random.Random], str]


def augmented(example: Example, chance: random.Random) -> Example:
    """``example`` in another spelling or with other question words; often as it is."""
    if example.lang == "en" and chance.random() < 0.12:
        return replace(example, question=_mixed(example.question, chance, to_english=False))
    if example.lang != "ar":
        return example
    question = example.question.strip(" -")
    draw = chance.random()
    if draw < 0.15:
        question = _dialect(question, chance)
    elif draw < 0.30:
        question = _mixed(question, chance, to_english=True)
    if chance.random() < 0.25:
        question = question.rstrip(" ؟?")
    for rewrite in _drawn(chance, 0.5):
        question = _rewritten(question, rewrite, chance)[0]
    example = replace(example, question=question)
    for rewrite in _drawn(chance, 0.35):
        example = _passage_rewritten(example, rewrite, chance)
    return example


def _drawn(chance: random.Random, share: float) -> list[Rewrite]:
    if chance.random() >= share:
        return []
    return chance.sample([_without_marks, _with_marks, _plain_alef, _plain_ends, _digits], k=2)


def _without_marks(letter: str, _at: int, _text: str, _chance: random.Random) -> str:
    return "" if letter in _MARKS else letter


def _with_marks(letter: str, _at: int, _text: str, chance: random.Random) -> str:
    if "ء" <= letter <= "ي" and chance.random() < 0.06:
        return letter + chance.choice(_MARKS[3:])
    return letter


def _plain_alef(letter: str, _at: int, _text: str, _chance: random.Random) -> str:
    return _HAMZA.get(letter, letter)


def _plain_ends(letter: str, at: int, text: str, _chance: random.Random) -> str:
    if letter not in "ةى" or (at + 1 < len(text) and text[at + 1] not in _SPACE_OR_END):
        return letter
    return "ه" if letter == "ة" else "ي"


def _digits(letter: str, _at: int, _text: str, _chance: random.Random) -> str:
    return _DIGITS.get(letter, letter)


def _rewritten(text: str, rewrite: Rewrite, chance: random.Random) -> tuple[str, list[int]]:
    """The new text, and for every old offset (and the end) the new one."""
    parts, offsets, length = [], [], 0
    for at, letter in enumerate(text):
        offsets.append(length)
        parts.append(rewrite(letter, at, text, chance))
        length += len(parts[-1])
    return "".join(parts), [*offsets, length]


def _passage_rewritten(example: Example, rewrite: Rewrite, chance: random.Random) -> Example:
    context, offsets = _rewritten(example.context, rewrite, chance)
    if example.start is None or example.end is None:
        return replace(example, context=context)
    start, end = offsets[example.start], offsets[example.end]
    if start == end:
        return example
    return replace(example, context=context, start=start, answers=(context[start:end],))


def _dialect(question: str, chance: random.Random) -> str:
    for standard, dialect, _ in _SAME:
        for words in standard:
            if re.match(rf"{words}\b", question):
                return chance.choice(dialect) + question[len(words) :]
    return question


def _mixed(question: str, chance: random.Random, *, to_english: bool) -> str:
    """The question with its question word in the other language."""
    for standard, _, english in _SAME:
        old, new = (standard, english) if to_english else (english, standard)
        for words in old:
            if re.match(rf"{words}\b", question, re.IGNORECASE):
                return chance.choice(new) + question[len(words) :]
    return question
