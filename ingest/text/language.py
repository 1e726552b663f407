"""Detects the language of a text, as an ISO 639-1 code."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from vectorstore.core.characters import ARABIC, PRESENTATION_FORMS

UNKNOWN_LANGUAGE = "und"
SAMPLE_CHARACTERS = 2_000
"""Characters examined."""

# Scripts that (in news) are used by one language.
_SCRIPTS = {
    "he": "\u0590-\u05ff",
    "el": "\u0370-\u03ff",
    "hy": "\u0530-\u058f",
    "ka": "\u10a0-\u10ff",
    "th": "\u0e00-\u0e7f",
    "lo": "\u0e80-\u0eff",
    "km": "\u1780-\u17ff",
    "my": "\u1000-\u109f",
    "si": "\u0d80-\u0dff",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
    "kn": "\u0c80-\u0cff",
    "ml": "\u0d00-\u0d7f",
    "gu": "\u0a80-\u0aff",
    "pa": "\u0a00-\u0a7f",
    "am": "\u1200-\u137f",
    "ko": "\uac00-\ud7af\u1100-\u11ff",
    "ja": "\u3040-\u30ff",
    "zh": "\u4e00-\u9fff",
}
# Scripts of several languages, which letters (Arabic) or py3langid distinguish.
_SHARED = {
    "Arabic": f"{ARABIC}\u0620\u06fa-\u06ff\u0750-\u077f{PRESENTATION_FORMS}",
    "Latin": "A-Za-zÀ-ÖØ-öø-ɏḀ-ỿ",
    "Cyrillic": "\u0400-\u052f",
    "Devanagari": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
}
_COUNTERS = {name: re.compile(f"[{span}]+") for name, span in {**_SCRIPTS, **_SHARED}.items()}
_ANY_LETTER = re.compile(r"[^\W\d_]")
_URL = re.compile(r"https?://\S+|(?<!\S)\S+@\S+")

# Letters that one language of the Arabic script uses and the others hardly ever do.
_URDU = re.compile("[ٹڈڑںےہھۓ]")
_PASHTO = re.compile("[ښګځڅډړټېۍڼ]")
_KURDISH = re.compile("[ڕڵۆێە]")
_UYGHUR = re.compile("[ۇۈۋې]")
_PERSIAN = re.compile("[پچژگکی]")
_OTHER_LETTERS = re.compile("[ٹڈڑںےہھۓښګځڅډړټېۍڼڕڵۆێەۇۈۋپچژگکی]")
_ARABIC_ONLY = re.compile("[ةىيكإ]|\\bال")

_NAMES = {
    "arabic": "ar",
    "ara": "ar",
    "العربية": "ar",
    "عربي": "ar",
    "english": "en",
    "eng": "en",
    "الإنجليزية": "en",
    "french": "fr",
    "fra": "fr",
    "fre": "fr",
    "persian": "fa",
    "farsi": "fa",
    "hebrew": "he",
    "iw": "he",
    "turkish": "tr",
    "urdu": "ur",
    "kurdish": "ku",
    "spanish": "es",
    "german": "de",
}
_MIN_LETTERS_TO_GUESS = 12
_MIN_PROBABILITY = 0.3  # shared among some hundred languages; gibberish and mixtures lie below


def detect_language(text: str) -> str:
    """The ISO 639-1 code of ``text``'s language, or ``und``; the first 2,000 characters decide.

    The script decides where it can; py3langid (Lui & Baldwin 2012, "langid.py") does for scripts
    that many languages share. The same text always gives the same answer.
    """
    head = _URL.sub(" ", text[:SAMPLE_CHARACTERS])
    arabic = _letters("Arabic", head)
    if arabic * 2 > len(head):  # no other script can have more letters
        return _of_arabic_script(head, arabic)
    counts = {name: _letters(name, head) for name in _COUNTERS}
    script = max(counts, key=lambda name: counts[name])
    if not counts[script]:
        return (
            _guess(head)
            if len(_ANY_LETTER.findall(head)) >= _MIN_LETTERS_TO_GUESS
            else UNKNOWN_LANGUAGE
        )
    if script == "Arabic":
        return _of_arabic_script(head, counts[script])
    if script == "zh" and counts["ja"] * 10 > counts["zh"]:
        return "ja"  # Japanese prose often has more kanji than kana
    if script in _SHARED:
        return _guess(head) if counts[script] >= _MIN_LETTERS_TO_GUESS else UNKNOWN_LANGUAGE
    return script


def normalise_language(tag: str) -> str | None:
    """The two-letter code in a language tag or name (``ar-EG``, ``Arabic``), or None."""
    tag = tag.strip().lower()
    primary = re.split(r"[-_]", tag, maxsplit=1)[0]
    if primary in _NAMES:
        return _NAMES[primary]
    return primary if re.fullmatch(r"[a-z]{2}", primary) else None


def _letters(script: str, text: str) -> int:
    return sum(map(len, _COUNTERS[script].findall(text)))


def _of_arabic_script(text: str, letters: int) -> str:
    def share(pattern: re.Pattern[str]) -> float:
        return len(pattern.findall(text)) / letters

    if share(_OTHER_LETTERS) < 0.02:  # below every threshold that follows
        return "ar"
    arabic = share(_ARABIC_ONLY)
    candidates = {
        "ur": share(_URDU),
        "ps": share(_PASHTO),
        "ku": share(_KURDISH),
        "ug": share(_UYGHUR),
    }
    best = max(candidates, key=lambda code: candidates[code])
    if candidates[best] >= 0.02:
        return best
    # Names such as "چيني" put single Persian letters into Arabic; Persian prose has 10% and more.
    return "fa" if share(_PERSIAN) >= 0.03 and share(_PERSIAN) > arabic else "ar"


def _guess(text: str) -> str:
    code, probability = _identifier().classify(text)
    # Codes of three letters are "no language at all" and languages without an ISO 639-1 code.
    return str(code) if probability >= _MIN_PROBABILITY and len(code) == 2 else UNKNOWN_LANGUAGE


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid import langid

    model = Path(langid.__file__).parent / langid.MODEL_FILE
    return langid.LanguageIdentifier.from_modelpath(model, norm_probs=True)
