"""Arabic as people type it: letters instead of their printed forms, in the order they are read.

Old systems, and what was copied out of a PDF, store the forms that letters take in print
(``ﻣﺪﻳﻨﺔ``), or the line as it is seen from left to right (``ةنيدم``), or both. Neither is found by
a search, and a reader is shown it backwards.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from vectorstore.core.characters import ARABIC, PRESENTATION_FORMS

_SAMPLE = 20_000
"""Characters of a text that are weighed."""

# Letters and ligatures that Unicode keeps for print. The signs ﷺ ﷻ ﷼ ﷽ and the bracket pair ﴾﴿
# are written on purpose and stay.
_FORM = re.compile("[\ufb00-\ufb06\ufb50-\ufbb1\ufbd3-\ufd3d\ufd50-\ufdf9\ufe70-\ufefc]")
_ARABIC_LETTER = re.compile(f"[{ARABIC}{PRESENTATION_FORMS}]")
_LATIN_LETTER = re.compile("[A-Za-zÀ-ɏ]")

# In reading order the article begins a word, and these two letters end one. Some words do end in
# what the article is when turned round; none begins with the two letters.
_FORWARD = re.compile(r"\b[وفبك]?ال\w\w|\w\w[ةى]\b")
_BACKWARD = re.compile(r"\w\wلا[وفبك]?\b|\b([ةى])\w\w")
_LEAST_WORDS = 3
"""Words that must speak for the visual order …"""
_TIMES = 3
"""… and how many times as many as speak for the order of reading."""

# One letter per character: right-to-left, left-to-right, number, what holds numbers together, rest.
_LTR_RUN = re.compile(r"(?:N+(?:SN+)*)?L(?:[^R]*[LN])?|N+(?:SN+)*")
_RTL_RUN = re.compile(r"R(?:[^L]*R)?")
_CLASSES = {"R": "R", "AL": "R", "L": "L", "EN": "N", "AN": "N", "CS": "S"}

_SHAPES = {"<initial>": "i", "<medial>": "m", "<final>": "f"}
_PAIRS = (("(", ")"), ("[", "]"), ("{", "}"), ("«", "»"), ("‹", "›"))


@dataclass(frozen=True, slots=True)
class Repaired:
    """``text``, and what was wrong with it: ``presentation forms``, ``visual order``."""

    text: str
    repairs: tuple[str, ...] = ()

    def remarks(self) -> dict[str, Any]:
        """What an article's metadata should tell of it."""
        return {"repaired": sorted(self.repairs)} if self.repairs else {}


def repair(text: str) -> Repaired:
    """``text`` with letters for presentation forms, each line in the order of reading.

    Lines are turned round only where the words of the whole text say clearly that it is stored as
    it is seen. What needs no repair is returned as it is.
    """
    repairs: list[str] = []
    if is_visual(text):  # before a ligature becomes two letters, which would change places
        lines = [reading_order(line, _runs_right(line, text)) for line in text.split("\n")]
        text = "\n".join(map(mend_brackets, lines))
        repairs.append("visual order")
    if _FORM.search(text):
        text = letters(text)
        repairs.append("presentation forms")
    return Repaired(text, tuple(repairs))


def letters(text: str) -> str:
    """``text`` with the letters that presentation forms and ligatures stand for."""
    return _FORM.sub(lambda match: unicodedata.normalize("NFKC", match[0]).strip(" "), text)


def is_visual(text: str) -> bool:
    """Whether ``text`` stands in the order in which it is seen from left to right."""
    sample = text[:_SAMPLE]
    if not _ARABIC_LETTER.search(sample):
        return False
    joined = _joined(sample)
    if joined is not None:
        return joined
    plain = letters(sample)
    backward = _BACKWARD.findall(plain)
    if len(backward) < _LEAST_WORDS or not any(backward):
        return False
    return len(backward) > _TIMES * len(_FORWARD.findall(plain))


def _joined(text: str) -> bool | None:
    """What the shapes of presentation forms say: a letter that joins onwards has one after it."""
    shapes = "".join(_SHAPES.get(unicodedata.decomposition(c).split(" ")[0], " ") for c in text)
    forward = len(re.findall("[im](?=[mf])", shapes))
    backward = len(re.findall("[mf](?=[im])", shapes))
    if forward + backward < _LEAST_WORDS or forward == backward:
        return None
    return backward > forward


def _runs_right(line: str, text: str) -> bool | None:
    """The direction that a line of both scripts has in ``text``; None for that of its letters."""
    arabic, latin = letter_counts(line)
    if 5 * min(arabic, latin) < arabic + latin:
        return None
    arabic, latin = letter_counts(text[:_SAMPLE])
    return arabic >= latin


def letter_counts(text: str) -> tuple[int, int]:
    """How many Arabic and how many Latin letters ``text`` has."""
    return len(_ARABIC_LETTER.findall(text)), len(_LATIN_LETTER.findall(text))


def reading_order(line: str, right: bool | None = None) -> str:
    """A line that is stored as it is seen, from left to right, in the order it is read.

    ``right`` tells whether it runs from right to left; what it has more letters of decides without.

    The inverse of Unicode's bidirectional algorithm, for one line and one level of nesting: of
    what it loses (``20 kg`` and ``kg 20`` look alike in Arabic), the likelier comes out.
    """
    classes = "".join(_class(c) for c in line)
    if "R" not in classes:
        return line
    if classes.count("R") >= classes.count("L") if right is None else right:
        return _turned(line, classes)
    parts, at = [], 0
    for run in _RTL_RUN.finditer(classes):
        parts += [line[at : run.start()], _turned(line[run.start() : run.end()], run[0])]
        at = run.end()
    return "".join([*parts, line[at:]])


def _class(character: str) -> str:
    kind = unicodedata.bidirectional(character)
    if kind == "NSM":  # vowel marks go where their letter goes
        return "R" if "\u0610" <= character <= "\u08ff" else "L"
    return _CLASSES.get(kind, "o")


def _turned(line: str, classes: str) -> str:
    """``line`` from its end, with numbers and Latin words left as they are."""
    parts, at = [], 0
    for run in _LTR_RUN.finditer(classes):
        end = run.end()
        # Where the line breaks within "F-16", the hyphen is still a part of it.
        end += run.start() == 0 and "L" in run[0] and line[end : end + 2] in ("-", "- ")
        parts += [line[at : run.start()][::-1], line[run.start() : end]]
        at = end
    parts.append(line[at:][::-1])
    return "".join(reversed(parts))


def mend_brackets(text: str) -> str:
    """``text`` with brackets that open before they close, where turning it round mixed them up.

    A side that stands alone, as in a list's ``1)``, is left.
    """
    for opening, closing in _PAIRS:
        side_of_it = re.compile(f"[{re.escape(opening + closing)}]")
        sides = side_of_it.findall(text)
        if not sides or _balanced(sides, opening):
            continue
        swapped = [closing if side == opening else opening for side in sides]
        if not _balanced(swapped, opening):
            if len(sides) % 2:
                continue
            swapped = [opening, closing] * (len(sides) // 2)
        between = side_of_it.split(text)
        text = "".join(map("".join, zip(between, [*swapped, ""], strict=True)))
    return text


def _balanced(sides: list[str], opening: str) -> bool:
    depth = 0
    for side in sides:
        depth += 1 if side == opening else -1
        if depth < 0:
            return False
    return depth == 0
