"""Arabic typed while the keyboard was switched to Latin letters."""

from __future__ import annotations

# The keys of the Arabic (101) layout by the characters of the US layout; those with Shift below.
_US = "qwertyuiop[]asdfghjkl;'zxcvbnm,./`"
_ARABIC_101 = ["ض", "ص", "ث", "ق", "ف", "غ", "ع", "ه", "خ", "ح", "ج", "د", "ش", "س", "ي", "ب", "ل"]
_ARABIC_101 += [
    "ا",
    "ت",
    "ن",
    "م",
    "ك",
    "ط",
    "ئ",
    "ء",
    "ؤ",
    "ر",
    "لا",
    "ى",
    "ة",
    "و",
    "ز",
    "ظ",
    "ذ",
]
_SHIFT = {
    "H": "أ",
    "Y": "إ",
    "N": "آ",
    "G": "لأ",
    "T": "لإ",
    "B": "لآ",
    "?": "؟",
    "K": "،",
    "P": "؛",
}
_KEYS = str.maketrans({**dict(zip(_US, _ARABIC_101, strict=True)), **_SHIFT})


def from_latin_keys(text: str) -> str:
    """The text that the same keys give on the Arabic layout.

    Example:
        >>> from_latin_keys("lh Hofhv lwv?")
        'ما أخبار مصر؟'
    """
    # Of letters without a meaning of their own with Shift, the one without it was meant.
    plain = "".join(c if c in _SHIFT else c.lower() for c in text)
    return plain.translate(_KEYS)
