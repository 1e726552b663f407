"""Data augmentation: spelling variants, dialect question words and code-switching.

Passages are rewritten letter by letter, so that the answer's offsets can be mapped.
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

# Synonymous question words: standard Arabic, dialects, English.
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


def augment(example: Example, rng: random.Random) -> Example:
    """``example`` in another spelling or with other question words; often unchanged."""
    if example.lang == "en" and rng.random() < 0.12:
        return replace(example, question=_switch_language(example.question, rng, to_english=False))
    if example.lang != "ar":
        return example
    question = example.question.strip(" -")
    draw = rng.random()
    if draw < 0.15:
        question = _dialect(question, rng)
    elif draw < 0.30:
        question = _switch_language(question, rng, to_english=True)
    if rng.random() < 0.25:
        question = question.rstrip(" ؟?")
    for rewrite in _sample_rewrites(rng, 0.5):
        question = _rewrite_text(question, rewrite, rng)[0]
    example = replace(example, question=question)
    for rewrite in _sample_rewrites(rng, 0.35):
        example = _rewrite_passage(example, rewrite, rng)
    return example


def _sample_rewrites(rng: random.Random, share: float) -> list[Rewrite]:
    if rng.random() >= share:
        return []
    return rng.sample([_without_marks, _with_marks, _plain_alef, _plain_ends, _digits], k=2)


def _without_marks(letter: str, _at: int, _text: str, _rng: random.Random) -> str:
    return "" if letter in _MARKS else letter


def _with_marks(letter: str, _at: int, _text: str, rng: random.Random) -> str:
    if "ء" <= letter <= "ي" and rng.random() < 0.06:
        return letter + rng.choice(_MARKS[3:])
    return letter


def _plain_alef(letter: str, _at: int, _text: str, _rng: random.Random) -> str:
    return _HAMZA.get(letter, letter)


def _plain_ends(letter: str, at: int, text: str, _rng: random.Random) -> str:
    if letter not in "ةى" or (at + 1 < len(text) and text[at + 1] not in _SPACE_OR_END):
        return letter
    return "ه" if letter == "ة" else "ي"


def _digits(letter: str, _at: int, _text: str, _rng: random.Random) -> str:
    return _DIGITS.get(letter, letter)


def _rewrite_text(text: str, rewrite: Rewrite, rng: random.Random) -> tuple[str, list[int]]:
    """The new text, and the new offset of each old one, the end included."""
    parts, offsets, length = [], [], 0
    for at, letter in enumerate(text):
        offsets.append(length)
        parts.append(rewrite(letter, at, text, rng))
        length += len(parts[-1])
    return "".join(parts), [*offsets, length]


def _rewrite_passage(example: Example, rewrite: Rewrite, rng: random.Random) -> Example:
    context, offsets = _rewrite_text(example.context, rewrite, rng)
    spans = tuple((offsets[start], offsets[end]) for start, end in example.spans)
    if any(start == end for start, end in spans):
        return example
    texts = tuple(context[start:end] for start, end in spans)
    return replace(example, context=context, spans=spans, answers=texts)


def _dialect(question: str, rng: random.Random) -> str:
    for standard, dialect, _ in _SAME:
        for words in standard:
            if re.match(rf"{words}\b", question):
                return rng.choice(dialect) + question[len(words) :]
    return question


def _switch_language(question: str, rng: random.Random, *, to_english: bool) -> str:
    """The question with its question word in the other language."""
    for standard, _, english in _SAME:
        old, new = (standard, english) if to_english else (english, standard)
        for words in old:
            if re.match(rf"{words}\b", question, re.IGNORECASE):
                return rng.choice(new) + question[len(words) :]
    return question
