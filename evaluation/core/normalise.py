"""Normalises gold answers and replies before their words are compared.

Separate from the index's normaliser, so that a change of the index does not change what the metrics
mean. ``VERSION`` is stored with every run. In this order:

1. NFKC and lower case; bidi marks and zero-width characters are removed.
2. Diacritics (tashkeel) and tatweel are removed.
3. Letters: «أ إ آ ٱ» to «ا»; «ى ئ» to «ي»; «ؤ» to «و»; «ة» to «ه»; «ء» by itself is removed;
   Persian and Urdu «ک ی ھ» to their Arabic letters.
4. Arabic-Indic and Persian digits to 0-9. Thousands separators are removed («21,300», «٢١٬٣٠٠»,
   «21،300», «21 300» with a no-break or thin space); a decimal comma or «٫» to a point; «3.50» to
   «3.5».
5. Punctuation and symbols separate words; an apostrophe inside a word is removed.
6. Numbers in Arabic words to digits (see ``bot.language.number_words``).
7. Articles are removed: «ال», also after «و ف ب ك» and in «لل», where two letters or more remain
   (three after a particle); ``a``, ``an``, ``the`` in English.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

from bot.language.number_words import format_decimal, spell_digits
from vectorstore.core.characters import DIGIT_VALUES, INVISIBLE, MARKS

VERSION = "1"

_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_MARKS = re.compile(f"[{MARKS}]")
_LETTERS = str.maketrans(
    {
        **dict.fromkeys("أإآٱ", "ا"),
        **dict.fromkeys("ىئیې", "ي"),
        **dict.fromkeys("ةھە", "ه"),
        "ؤ": "و",
        "ک": "ك",
        "ء": "",
        "’": "'",
        "٫": ".",
        "٬": ",",
    }
    | DIGIT_VALUES
)
# NFKC makes plain spaces of these, so digits are joined before it.
_NARROW_SPACE = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")
_THOUSANDS = re.compile(r"(?<![\d.,،])\d{1,3}(?:[,،]\d{3})+(?!\d)")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d+),(\d{1,2})(?!\d|[.,]\d)")
_WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+(?:'[^\W\d_]+)*")
_ENGLISH_ARTICLES = frozenset(["a", "an", "the"])
_PARTICLE_AND_ARTICLE = ("وال", "فال", "بال", "كال", "لل")
_NO_ARTICLE = frozenset("الله الان الاف الفا الفان الفين الذي التي الذين".split())  # noqa: SIM905


def normalise(text: str) -> str:
    """The normalised words of ``text``, separated by single spaces.

    Example:
        >>> normalise("بلغت 18,200 طنٍّ، والمئة الأولى")
        'بلغت 18200 طن ميه اولي'
    """
    return " ".join(tokens(text))


@lru_cache(maxsize=1024)
def tokens(text: str) -> tuple[str, ...]:
    """The normalised words and numbers of ``text`` in order; see the module."""
    words = [_word(found) for found in _WORD.findall(_characters(text))]
    return tuple(
        bare
        for word in spell_digits(words)
        if (bare := _without_article(word)) not in _ENGLISH_ARTICLES
    )


def _characters(text: str) -> str:
    text = _INVISIBLE.sub("", _NARROW_SPACE.sub("", text))
    text = unicodedata.normalize("NFKC", text).lower()
    text = _MARKS.sub("", text).translate(_LETTERS)
    text = _THOUSANDS.sub(lambda found: re.sub("[,،]", "", found[0]), text)
    return _DECIMAL_COMMA.sub(r"\1.\2", text)


def _word(found: str) -> str:
    if found[0].isdecimal():
        return format_decimal(Decimal(found))
    return found.replace("'", "")


def _without_article(word: str) -> str:
    if word in _NO_ARTICLE:
        return word
    if word.startswith("ال") and len(word) >= 4:
        return word[2:]
    for prefix in _PARTICLE_AND_ARTICLE:
        if word.startswith(prefix) and len(word) - len(prefix) >= 3:
            return word[len(prefix) :]
    return word
