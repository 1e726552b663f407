"""Repairs Arabic stored as presentation forms or in visual order.

Old systems and text copied out of a PDF hold the forms that letters take in print (``ﻣﺪﻳﻨﺔ``), or
the line as seen from left to right (``ةنيدم``), or both. A search does not find such text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from vectorstore.core.characters import ARABIC, PRESENTATION_FORMS

_SAMPLE = 20_000
"""Characters of a text by which its order is judged."""

# Presentation forms of letters and ligatures, without the signs ﷺ ﷻ ﷼ ﷽ and the brackets ﴾﴿, which
# are written on purpose.
_FORM = re.compile("[\ufb00-\ufb06\ufb50-\ufbb1\ufbd3-\ufd3d\ufd50-\ufdf9\ufe70-\ufefc]")
_ARABIC_LETTER = re.compile(f"[{ARABIC}{PRESENTATION_FORMS}]")
_LATIN_LETTER = re.compile("[A-Za-zÀ-ɏ]")

# In reading order words begin with the article and end with taa marbuta or alef maqsura. Reversed,
# some words end like the reversed article; none begins with those two letters.
_FORWARD = re.compile(r"\b[وفبك]?ال\w\w|\w\w[ةى]\b")
_BACKWARD = re.compile(r"\w\wلا[وفبك]?\b|\b([ةى])\w\w")
_MIN_WORDS = 3
"""Words that must show the visual order …"""
_MIN_RATIO = 3
"""… and their ratio to the words that show the order of reading."""

# Of classes, one letter per character: R and L by direction, N number, S separator in numbers, o.
_LTR_RUN = re.compile(r"(?:N+(?:SN+)*)?L(?:[^R]*[LN])?|N+(?:SN+)*")
_RTL_RUN = re.compile(r"R(?:[^L]*R)?")
_CLASSES = {"R": "R", "AL": "R", "L": "L", "EN": "N", "AN": "N", "CS": "S"}

_SHAPES = {"<initial>": "i", "<medial>": "m", "<final>": "f"}
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("«", "»"), ("‹", "›"))


@dataclass(frozen=True, slots=True)
class Repaired:
    """A repaired ``text``; ``repairs``: ``presentation forms``, ``visual order``."""

    text: str
    repairs: tuple[str, ...] = ()

    def metadata(self) -> dict[str, Any]:
        """Metadata of an article with this text."""
        return {"repaired": sorted(self.repairs)} if self.repairs else {}


def repair_arabic(text: str) -> Repaired:
    """``text`` with letters for presentation forms, each line in the order of reading.

    Lines are reversed only where the words of the whole text clearly show the visual order.
    """
    repairs: list[str] = []
    if is_visual_order(text):  # first, since the letters of a ligature would be swapped
        lines = [to_logical_order(line, _is_rtl(line, text)) for line in text.split("\n")]
        text = "\n".join(map(repair_brackets, lines))
        repairs.append("visual order")
    if _FORM.search(text):
        text = expand_presentation_forms(text)
        repairs.append("presentation forms")
    return Repaired(text, tuple(repairs))


def expand_presentation_forms(text: str) -> str:
    """``text`` with the letters that presentation forms and ligatures stand for."""
    return _FORM.sub(lambda match: unicodedata.normalize("NFKC", match[0]).strip(" "), text)


def is_visual_order(text: str) -> bool:
    """Whether ``text`` is in visual order, from left to right."""
    sample = text[:_SAMPLE]
    if not _ARABIC_LETTER.search(sample):
        return False
    by_shapes = _is_visual_by_shapes(sample)
    if by_shapes is not None:
        return by_shapes
    plain = expand_presentation_forms(sample)
    backward = _BACKWARD.findall(plain)
    if len(backward) < _MIN_WORDS or not any(backward):
        return False
    return len(backward) > _MIN_RATIO * len(_FORWARD.findall(plain))


def _is_visual_by_shapes(text: str) -> bool | None:
    """Whether letters in forms that join onwards stand after those they join; None if unclear."""
    shapes = "".join(_SHAPES.get(unicodedata.decomposition(c).split(" ")[0], " ") for c in text)
    forward = len(re.findall("[im](?=[mf])", shapes))
    backward = len(re.findall("[mf](?=[im])", shapes))
    if forward + backward < _MIN_WORDS or forward == backward:
        return None
    return backward > forward


def _is_rtl(line: str, text: str) -> bool | None:
    """The direction of a line of both scripts, by the letters of ``text``; None by its own."""
    arabic, latin = letter_counts(line)
    if 5 * min(arabic, latin) < arabic + latin:
        return None
    arabic, latin = letter_counts(text[:_SAMPLE])
    return arabic >= latin


def letter_counts(text: str) -> tuple[int, int]:
    """The numbers of Arabic and of Latin letters in ``text``."""
    return len(_ARABIC_LETTER.findall(text)), len(_LATIN_LETTER.findall(text))


def to_logical_order(line: str, rtl: bool | None = None) -> str:
    """A line in visual order, from left to right, in the order of reading.

    ``rtl``: whether the line runs from right to left; None lets the majority of its letters decide.

    The inverse of Unicode's bidirectional algorithm (UAX #9) for one line and one level of nesting.
    Where that is ambiguous (``20 kg`` and ``kg 20`` look alike in Arabic), the likelier is taken.
    """
    classes = "".join(_class(c) for c in line)
    if "R" not in classes:
        return line
    if classes.count("R") >= classes.count("L") if rtl is None else rtl:
        return _reversed(line, classes)
    parts, at = [], 0
    for run in _RTL_RUN.finditer(classes):
        parts += [line[at : run.start()], _reversed(line[run.start() : run.end()], run[0])]
        at = run.end()
    return "".join([*parts, line[at:]])


def _class(character: str) -> str:
    kind = unicodedata.bidirectional(character)
    if kind == "NSM":  # vowel marks go where their letter goes
        return "R" if "\u0610" <= character <= "\u08ff" else "L"
    return _CLASSES.get(kind, "o")


def _reversed(line: str, classes: str) -> str:
    """``line`` from its end, with numbers and Latin words kept."""
    parts, at = [], 0
    for run in _LTR_RUN.finditer(classes):
        end = run.end()
        # Where the line breaks within "F-16", the hyphen is still a part of it.
        end += run.start() == 0 and "L" in run[0] and line[end : end + 2] in ("-", "- ")
        parts += [line[at : run.start()][::-1], line[run.start() : end]]
        at = end
    parts.append(line[at:][::-1])
    return "".join(reversed(parts))


def repair_brackets(text: str) -> str:
    """``text`` with brackets that open before they close, where reversing it swapped them.

    A single bracket, as in a list's ``1)``, is left.
    """
    for opening, closing in _PAIRS:
        bracket = re.compile(f"[{re.escape(opening + closing)}]")
        sides = bracket.findall(text)
        if not sides or _balanced(sides, opening):
            continue
        swapped = [closing if side == opening else opening for side in sides]
        if not _balanced(swapped, opening):
            if len(sides) % 2:
                continue
            swapped = [opening, closing] * (len(sides) // 2)
        between = bracket.split(text)
        text = "".join(map("".join, zip(between, [*swapped, ""], strict=True)))
    return text


def _balanced(sides: list[str], opening: str) -> bool:
    depth = 0
    for side in sides:
        depth += 1 if side == opening else -1
        if depth < 0:
            return False
    return depth == 0
