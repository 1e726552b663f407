"""Tells English from Arabizi and from Arabic typed on Latin keys, and turns these into Arabic."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from bot.core.linear_classifier import load_classifier, term_hashes
from vectorstore.core.characters import has_arabic
from vectorstore.core.text_analysis import AnalysedText, stem

if TYPE_CHECKING:
    import numpy as np

    from bot.transliteration.arabizi import StemWeights

LatinScript = Literal["english", "arabizi", "layout"]

_LATIN = re.compile("[A-Za-z]")
_GRAM_SIZES = (1, 2, 3, 4)


def script_hashes(text: str) -> list[int]:
    """Sorted hashes of the character n-grams of ``text``, with its punctuation and digits."""
    line = f" {' '.join(text.lower().split())} "
    grams = {line[i : i + n] for n in _GRAM_SIZES for i in range(len(line) - n + 1)}
    return term_hashes(grams)


def script_features(text: str) -> np.ndarray:
    """Dense features, shape (1,): the share of letters and digits."""
    import numpy as np  # slow to import, and not needed for `rawi --help`

    return np.array([sum(c.isalnum() for c in text) / max(len(text), 1)], dtype=np.float32)


def latin_script(text: str) -> LatinScript | None:
    """What a text in Latin letters is; None if it has Arabic letters, or none at all."""
    if has_arabic(text) or not _LATIN.search(text):
        return None
    classifier = load_classifier(__package__, "script")
    label = classifier.predict(script_features(text), script_hashes(text)).label
    return "english" if label == "english" else "layout" if label == "layout" else "arabizi"


def in_arabic_script(text: str, stem_weights: StemWeights) -> str | None:
    """``text`` in Arabic script if it is Arabic typed in Latin letters; else ``text`` itself.

    None if it looks like that, but too few of the words that result are known: then nobody can
    tell what was meant.

    Args:
        text: What was typed.
        stem_weights: Looks up which words the collection has.
    """
    script = latin_script(text)
    if script is None or script == "english":
        return text
    # Few questions are typed like that.
    from bot.transliteration.arabizi import MIN_KNOWN_SHARE, question_words, to_arabic
    from bot.transliteration.keyboard_layout import from_latin_keys

    if script == "layout":
        found = AnalysedText(from_latin_keys(text))
        weights = stem_weights(list(dict.fromkeys(map(stem, found.words))))
        common = question_words()
        known = [weights[stem(word)][1] or word in common for word in found.words]
        share = sum(known) / len(known) if known else 0.0
        return found.text if share >= MIN_KNOWN_SHARE else None
    transliteration = to_arabic(text, stem_weights)
    return transliteration.text if transliteration.known_share >= MIN_KNOWN_SHARE else None
