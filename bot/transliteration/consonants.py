"""Consonants of a word, written alike for Arabic script and Arabizi.

"akhbar", "a5bar" and «الأخبار» have the same; so have «قصة» and "2essa" but for the letters that
dialects pronounce differently.
"""

from __future__ import annotations

import re
from functools import lru_cache

_ARABIC = str.maketrans(
    dict.fromkeys("اويء", "")
    | dict(zip("هبپتثجچحخدذرزسشصضطظعغفڤقكگلمن", "hbbttj$7xddrzs$sdtz3Gffqkjlmn", strict=True))
)
_PAIRS = {
    "sh": "$",
    "ch": "$",
    "kh": "x",
    "3'": "G",
    "gh": "G",
    "th": "t",
    "dh": "d",
    "ph": "f",
    "ck": "k",
}
_LATIN = str.maketrans(
    dict.fromkeys("aeiouyw2", "") | dict(zip("cvpg5689", "kfbjxtqq", strict=True))
)
_PAIR = re.compile("|".join(_PAIRS))
_REPEATED = re.compile(r"(.)\1+")
_ARTICLES = frozenset({"el", "al", "il", "l"})


@lru_cache(maxsize=16_384)
def consonants(word: str) -> str:
    """The consonants of a normalised word without its article; "#" for a number, "." for none.

    Empty for an article that stands alone, as in "el nahda".
    """
    if word.isdigit():
        return "#"
    if word.isascii():
        if word in _ARTICLES:
            return ""
        letters = _PAIR.sub(lambda pair: _PAIRS[pair[0]], word).translate(_LATIN)
    else:
        bare = word[2:] if word.startswith("ال") and len(word) > 3 else word
        letters = bare.translate(_ARABIC)
    letters = _REPEATED.sub(r"\1", letters)
    if len(letters) > 1:
        letters = letters.removesuffix("h")
    return letters or "."
