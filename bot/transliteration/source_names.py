"""Finds the name of a source in a question, in either script: "بي بي سي" is "BBC"."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product

from vectorstore.core.characters import has_arabic
from vectorstore.core.text_analysis import normalise, words

MAX_NAME_WORDS = 4
MIN_SKELETON = 3
"""Fewest consonants of a name that is recognised in the other script …"""
MIN_WORD_SKELETON = 4
"""… and of one that is a single Arabic word: shorter ones are shared by many words."""

# Names that are no transliteration of each other.
_ALIASES = {
    "afp": "فرانس برس;وكالة الصحافة الفرنسية",
    "alarabia": "العربية",
    "alarabiya": "العربية",
    "ap": "اسوشيتد برس;أسوشيتد برس",
    "bbc": "بيبيسي",
    "dw": "دويتشه فيله",
    "rt": "روسيا اليوم",
    "spa": "واس",
}
_LANGUAGES = frozenset(words("arabic arabia english عربي عربية بالعربية www com net org co uk"))
_KINDS = frozenset(
    words("news tv channel online agency قناة صحيفة جريدة وكالة موقع شبكة تلفزيون أخبار نيوز")
)
_VOWELS = frozenset("aeiouy")
_BEFORE_NAME = frozenset(
    words(
        "على ع من عند عندك عندكم لدى لديك لديكم موقع قناة صحيفة جريدة وكالة شبكة أخبار عناوين خبر "
        "مقالات مقال تقارير نشرت كتبت قالت ذكرت نقلت تنشر تقول مصدر مصادر from by on source"
    )
)
"""Words after which an Arabic word with an article may be a source's name."""

_CONSONANTS = {
    **dict.fromkeys("بپ", "b"), "ت": "t", "ط": "t", "ث": "s", "ج": "j", "ح": "h", "خ": "k",
    "د": "d", "ض": "d", "ذ": "d", "ظ": "d", "ر": "r", **dict.fromkeys("زسص", "s"), "ش": "s",
    "غ": "g", **dict.fromkeys("فڤ", "f"), "ق": "k", "ك": "k", "گ": "g", "ل": "l", "م": "m",
    "ن": "n",
}  # fmt: skip
_DIGRAPHS = (("sh", "s"), ("kh", "k"), ("gh", "g"), ("th", "s"), ("dh", "d"), ("ph", "f"))
_LATIN = str.maketrans({"p": "b", "v": "f", "q": "k", "z": "s", "x": "s", "ç": "s"})
_NO_CONSONANT = re.compile(r"[^bcdfgjklmnrst0-9]")
_LETTER_NAMES = {
    "a": "", "b": "b", "c": "s", "d": "d", "e": "", "f": "f", "g": "j", "h": "s", "i": "",
    "j": "j", "k": "k", "l": "l", "m": "m", "n": "n", "o": "", "p": "b", "q": "k", "r": "r",
    "s": "s", "t": "t", "u": "", "v": "f", "w": "dbl", "x": "ks", "y": "", "z": "sd",
}  # fmt: skip
"""Consonants of the names of Latin letters, by which Arabic spells acronyms."""


def find_source(question: Sequence[str], sources: Sequence[str]) -> tuple[str, int, int] | None:
    """The source that normalised words name, with the first of these words and the one after.

    Longer names win. An Arabic word with an article is also a common word ("العربية"): it is a name
    only behind words such as "أخبار" and "قناة".
    """
    known = {source: _name_forms(source) for source in sources}
    for length in range(min(MAX_NAME_WORDS, len(question)), 0, -1):
        for start in range(len(question) - length + 1):
            named = question[start : start + length]
            if _is_common(named) and not _follows(question, start):
                continue
            for source, (spelt, skeletons) in known.items():
                if " ".join(named) in spelt or _skeletons(named) & skeletons:
                    return source, start, start + length
    return None


def _is_common(named: Sequence[str]) -> bool:
    return any(has_arabic(word) and word.startswith("ال") for word in named) or (
        len(named) == 1 and has_arabic(named[0])
    )


def _follows(question: Sequence[str], start: int) -> bool:
    return start > 0 and question[start - 1] in _BEFORE_NAME


@lru_cache(maxsize=1_024)
def _name_forms(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """The spellings of a source's name, and the skeletons of what may stand for it."""
    whole = [word for word in words(source) if word not in ("al", "el")]
    local = [word for word in whole if word not in _LANGUAGES] or whole
    short = [word for word in local if word not in _KINDS]
    if len(short) == 1 and len(short[0]) < MIN_WORD_SKELETON and not _VOWELS.isdisjoint(short[0]):
        short = []  # "sky" is a word, "bbc" is none
    names = [name for name in (whole, local, short) if name]
    spelt = {form for name in names for form in (" ".join(name), "".join(name))}
    for name in spelt & _ALIASES.keys():
        spelt |= {" ".join(words(alias)) for alias in _ALIASES[name].split(";")}
    skeletons = frozenset[str]().union(*map(_skeletons, names))
    if len(local) == 1 or len(short) == 1:
        acronym = (short or local)[0]
        if not has_arabic(acronym) and len(acronym) <= 4:
            skeletons |= {"".join(_LETTER_NAMES.get(letter, letter) for letter in acronym)}
    return frozenset(spelt), frozenset(s for s in skeletons if len(s) >= MIN_SKELETON)


@lru_cache(maxsize=4_096)
def skeleton_variants(word: str) -> frozenset[str]:
    """The consonants of a word in either script, alike for a name and its transliteration."""
    return frozenset(_variants(word))


def _skeletons(named: Sequence[str]) -> frozenset[str]:
    """The consonants of a name in both readings of "c"; none where there are too few."""
    joined = {"".join(parts) for parts in product(*map(skeleton_variants, named))}
    one_word = len(named) == 1 and has_arabic(named[0])
    least = MIN_WORD_SKELETON if one_word and not named[0].startswith("ال") else MIN_SKELETON
    return frozenset(s for s in joined if len(s) >= least)


def _variants(word: str) -> Iterator[str]:
    word = normalise(word)
    if has_arabic(word):
        bare = word.removeprefix("ال") if len(word) > 4 else word
        yield "".join(
            _CONSONANTS.get(letter, letter if letter.isdigit() else "") for letter in bare
        )
        return
    for article in ("", "al", "as", "ash", "an", "ar"):
        if not word.startswith(article) or (article and len(word) - len(article) < 4):
            continue
        bare = word.removeprefix(article)
        for digraph, consonant in _DIGRAPHS:
            bare = bare.replace(digraph, consonant)
        for c in "ks":
            yield _NO_CONSONANT.sub("", bare.translate(_LATIN).replace("c", c).replace("h", ""))
