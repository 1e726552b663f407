"""Terms of a message that the classifiers of messages weigh."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

from bot.core.linear_classifier import term_hashes
from bot.transliteration.consonants import consonants
from vectorstore.core.text_analysis import AnalysedText

GRAM_SIZES = (2, 3, 4, 5)
MAX_WORDS = 48
"""Words of a message whose terms count; a long message shows its intent at its ends."""


def message_hashes(message: AnalysedText) -> list[int]:
    """Sorted hashes of a message's word n-grams, its ends, character n-grams and consonants.

    Consonants are the same for Arabic script and Arabizi (see `consonants`). Empty for a message
    without letters and digits.
    """
    words = list(message.words)
    if len(words) > MAX_WORDS:
        words = words[: MAX_WORDS // 2] + words[-MAX_WORDS // 2 :]
    if not words:
        return []
    terms = _n_grams(words) | {f"{a} _ {b}" for a, b in zip(words, words[2:], strict=False)}
    terms |= {f"<{' '.join(words[:3])}"} | {
        f"{at}{w[:n]}" for at, w in enumerate(words[:2]) for n in (2, 3, 4)
    }
    for word in set(words):
        terms |= _character_grams(word)
    skeletons = [found for found in map(consonants, words) if found]
    return term_hashes(terms | {f"~{term}" for term in (_n_grams(skeletons) | set(skeletons))})


def _n_grams(words: list[str]) -> set[str]:
    """Pairs and triples of neighbouring words, and the first and last two."""
    if not words:
        return set()
    terms = {f"{a} {b}" for a, b in pairwise(words)}
    terms |= {" ".join(three) for three in zip(words, words[1:], words[2:], strict=False)}
    return terms | {
        f"<{words[0]}",
        f"<{' '.join(words[:2])}",
        f"{words[-1]}>",
        f"{' '.join(words[-2:])}>",
    }


@lru_cache(maxsize=16_384)
def _character_grams(word: str) -> frozenset[str]:
    padded = f"_{word}_"
    return frozenset(
        padded[i : i + size] for size in GRAM_SIZES for i in range(len(padded) - size + 1)
    ) | {padded}
