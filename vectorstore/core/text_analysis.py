"""Lexical analysis: normalised letters, words, light stems and character grams.

Used for indexing, retrieval, sentence scoring and checks of quotes, so that a question typed
without hamza, with diacritics or with Arabic-Indic digits still matches an article's spelling.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property, lru_cache

from vectorstore.core.characters import DIGIT_VALUES, MARKS

ANALYSER_VERSION = "grams34-1"
"""Changed whenever the same text gives other terms; the lexical index is then rebuilt."""

GRAM_SIZES = (3, 4)

_MARKS = re.compile(f"[{MARKS}]")
_LETTERS = str.maketrans(
    {
        "أ": "ا",
        "إ": "ا",
        "آ": "ا",
        "ٱ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ې": "ي",
        "ئ": "ي",
        "ؤ": "و",
        "ة": "ه",
        "ک": "ك",
        "ھ": "ه",
        "ە": "ه",
        "٫": ".",
        "٬": ",",
    }
    | DIGIT_VALUES
)
# A number keeps its inner separators (3.5, 10,000); a word is a run of letters or digits.
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)?|\d+", re.UNICODE)

# Light10 (Larkey, Ballesteros & Connell 2007, "Light Stemming for Arabic Information Retrieval").
_PREFIXES = ("وال", "بال", "كال", "فال", "ال", "لل")
_SUFFIXES = ("ها", "ان", "ات", "ون", "ين", "يه", "ه", "ي")

_STOP_AR = """
في من على الى عن مع او ان انه انها انهم هو هي هم هما هن نحن انا انت انتم هذا هذه ذلك تلك هولاء اولئك
الذي التي الذين اللذين اللتين اللواتي ما ماذا لماذا متى اين كيف كم اي ايه هل منذ حتى ثم بل لا لم لن
ليس ليست كان كانت كانوا يكون تكون يكن تكن كون قد لقد سوف بعد قبل عند عندما حين بين خلال حول دون فوق
تحت امام وراء كل بعض غير سوي اذا اذ لو لولا لكن لكنه لكنها كما حيث فيما بينما مما عما الا اما ايضا
اي و ف ب ل ك به بها بهم له لها لهم لنا لي لك فيه فيها فيهم منه منها منهم عليه عليها عليهم اليه اليها
اليهم عنه عنها عنهم معه معها معهم عبر ضد نحو لدي لديه لديها هناك هنا يا تم يتم وقد وهو وهي وهم ولم
ولا وفي ومن وان كذلك هكذا مثل اجل بسبب كانه فان وكان وكانت والتي والذي
بمن لمن عمن ممن بماذا بم عم فيم علام
مين منو ليه ليش وين فين امتي ايمتي شو ايش اش قديش كام شنو علاش فاش وقتاش اللي ده دي دا هاد هاي
"""
_STOP_EN = """
a an the of in on at to for from by with about as into over after before between during and or but
if then than that this these those it its he she they them his her their we our you your i me my is
are was were be been being do does did has have had will would can could should may might must not
no so such what which who whom whose when where why how many much there here s t
"""


def normalise(text: str) -> str:
    """Remove spelling differences that do not change a word.

    NFKC, lower case, no tashkeel or tatweel, ``أإآٱ→ا``, ``ى ئ→ي``, ``ؤ→و``, ``ة→ه``, Arabic-Indic
    and Persian digits to 0-9. The length may change, so offsets do not carry over to ``text``.
    """
    text = unicodedata.normalize("NFKC", text).lower()
    return _MARKS.sub("", text).translate(_LETTERS)


def words(text: str) -> list[str]:
    """Normalised words and numbers of ``text`` in order; thousands separators are dropped."""
    return _words_of(normalise(text))


def _words_of(normalised: str) -> list[str]:
    found: list[str] = _WORD.findall(normalised)
    return [w.replace(",", "") if w[0].isdigit() else w for w in found]


STOP_WORDS = frozenset(words(_STOP_AR) + words(_STOP_EN))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """Light stem of one normalised word (light10 for Arabic, plural ``s`` off for Latin)."""
    if not ("\u0600" <= word[0] <= "\u06ff"):
        if len(word) > 4 and word.endswith("ies"):
            return word[:-3] + "y"
        if len(word) > 3 and word.endswith("s") and not word.endswith("ss"):
            return word[:-1]
        return word
    if len(word) > 3 and word[0] == "و":
        word = word[1:]
    for prefix in _PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= 2:
            word = word[len(prefix) :]
            break
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= 2:
            word = word[: -len(suffix)]
    return word


@lru_cache(maxsize=65_536)
def word_grams(word: str) -> tuple[str, ...]:
    """Character 3- and 4-grams of ``_word_``, or ``_word_`` itself if it is shorter than that."""
    padded = f"_{word}_"
    grams = tuple(
        padded[i : i + size] for size in GRAM_SIZES for i in range(len(padded) - size + 1)
    )
    return grams or (padded,)


@dataclass(frozen=True)
class AnalysedText:
    """A text and its terms, each computed on first use and then kept. Equal texts are equal."""

    text: str

    @classmethod
    def of(cls, text: str | AnalysedText) -> AnalysedText:
        """``text`` itself if it is analysed already."""
        return cls(text) if isinstance(text, str) else text

    @cached_property
    def normalised(self) -> str:
        """`normalise` of the text."""
        return normalise(self.text)

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Normalised words and numbers in order; see `words`."""
        return tuple(_words_of(self.normalised))

    @cached_property
    def content_words(self) -> tuple[str, ...]:
        """The words that are no stop words; all words if there are no others."""
        return tuple(w for w in self.words if w not in STOP_WORDS) or self.words

    @cached_property
    def stems(self) -> tuple[str, ...]:
        """Light stems of the content words, in order, with repetitions."""
        return tuple(map(stem, self.content_words))

    @cached_property
    def grams(self) -> tuple[str, ...]:
        """Character grams of the content words, in order, with repetitions."""
        return tuple(gram for word in self.content_words for gram in word_grams(word))
