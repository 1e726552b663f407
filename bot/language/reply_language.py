"""The language of a reply."""

from __future__ import annotations

import re

from prompts import Language
from vectorstore.core.characters import has_arabic

_LATIN = re.compile("[A-Za-zÀ-ÿ]")


def reply_language(question: str, *, previous: Language | None = None) -> Language:
    """``ar`` for a question with more Arabic words than Latin ones, else ``en``.

    Names in the other script do not decide: "متى تأسست OpenAI؟" is Arabic. A question without
    letters ("؟", "2021") stays in the language of the one before, Arabic at first.
    """
    words = question.split()
    arabic = sum(has_arabic(word) for word in words)
    latin = sum(bool(_LATIN.search(word)) and not has_arabic(word) for word in words)
    if not arabic and not latin:
        return previous or "ar"
    # Arabic readers write names in Latin letters; English ones hardly ever the reverse.
    return "ar" if arabic * 2 >= latin else "en"
