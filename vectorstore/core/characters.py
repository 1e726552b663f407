"""Character classes of Arabic script and of invisible characters, to build patterns from.

The constants are parts of a character class: ``re.compile(f"[{ARABIC}]")``.
"""

from __future__ import annotations

import re

ARABIC = "\u0621-\u064a\u0671-\u06d3"
"""Letters of Arabic, Persian and Urdu, tatweel included."""
DIACRITICS = "\u064b-\u065f\u0670"
"""Tashkeel: tanween, harakat, shadda, sukun and the superscript alef."""
MARKS = "\u0610-\u061a" + DIACRITICS + "\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u0640"
"""Everything written on letters or between them without a sound of its own: `DIACRITICS`, Quranic
marks and tatweel."""
PRESENTATION_FORMS = "\ufb50-\ufdff\ufe70-\ufefc"
"""Arabic letters and ligatures as separate characters for each place in a word."""

JOINERS = "\u200c\u200d"
"""ZWNJ and ZWJ, which are invisible but shape the letters beside them."""
FORMATTING = "\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
"""Soft hyphen, zero-width spaces, bidi marks, byte order mark, interlinear annotation."""
INVISIBLE = FORMATTING + JOINERS

DIGIT_VALUES = {zero + value: str(value) for zero in (0x0660, 0x06F0) for value in range(10)}
"""For ``str.translate``: Arabic-Indic and Persian digits to 0-9."""

_ARABIC = re.compile(f"[{ARABIC}]")


def has_arabic(text: str) -> bool:
    """Whether ``text`` has a letter of the Arabic script."""
    return _ARABIC.search(text) is not None


def count_arabic(text: str) -> int:
    """The number of Arabic letters in ``text``."""
    return len(_ARABIC.findall(text))
