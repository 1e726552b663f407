"""Splits Arabic and English text into sentences, by a rule for each punctuation mark:

- a newline always ends a sentence;
- ``.`` ``?`` ``!`` ``؟`` end one where white space follows (or Arabic follows Arabic without a
  space, as scraped pages often have it), with the quotes and brackets that close after them;
- a full stop in an abbreviation, initial, number, date, address or list number does not;
- ``؛`` and ellipses (``…`` ``..`` ``...``), which are pauses as often as ends in Arabic, end a
  sentence only when it is longer than ``MIN_PAUSE_CHARACTERS`` characters.
"""

from __future__ import annotations

import re

from vectorstore.core.characters import ARABIC, DIACRITICS, has_arabic


def _words(joined: str) -> frozenset[str]:
    return frozenset(joined.split())


MIN_PAUSE_CHARACTERS = 120
"""Characters after which a semicolon or an ellipsis is taken as the end of a sentence."""

_END = re.compile(
    r"(?P<mark>[.?!؟…‽。！？]+|؛)(?P<closers>[\"'”’»)\]}›]*(?: [»”])?)(?=(?P<next>[\s\S]?))"
    r"|(?P<newline>\n)"
)
_ARABIC_WORD_BEFORE = re.compile(f"[{ARABIC}\u064b-\u065f]{{3}}[\"'”’»)]?$")
_NEXT_VISIBLE = re.compile(r"[^\S\n]*[\"'“‘«(\[]*(\w?)")
_NEXT_WORD = re.compile(r"[^\S\n]*[\"'“‘«(\[]*([^\W\d_]*)")
# Diacritics belong to a word: "كاملًا" does not end with the initial "ا".
_WORD_BEFORE = re.compile(
    rf"(?<![\w.{DIACRITICS}])(?:(?:[^\W_]|[{DIACRITICS}])+\.)*(?:[^\W_]|[{DIACRITICS}])+$"
)
_INSIDE_ADDRESS = re.compile(r"(?:https?://|www\.|\S@)\S*$", re.IGNORECASE)
_ARABIC_DOMAIN = re.compile(r"(?:كوم|نت|أورغ|اورغ)\b")
_LIST_NUMBER = re.compile(r"\s*[(\[]?\d{1,3}$")

_LOOK_BACK = 80
"""Characters examined before a mark, which keeps the whole linear."""

# Followed by a name, a number or a second part; never the last word of a sentence.
_ABBREVIATIONS = _words(
    "mr mrs ms dr prof st mt ft gen sen rep gov lt col capt cmdr maj sgt adm hon rev pres amb "
    "messrs vs viz fig figs vol pp ed eds eg ie cf al approx est dept e.g i.e mme mlle "
    "إلخ الخ هـ ق.م"
)
# Sometimes the last word of a sentence: the next word decides.
_OPEN_ABBREVIATIONS = _words("inc ltd co corp jr sr bros etc a.m p.m")
_BEFORE_NUMBER = _words("no nos art sec ch p jan feb mar apr jun jul aug sep sept oct nov dec")
_STARTERS = _words(
    "the he she it they we you i in on at but and this that these those there then a an as for if "
    "when while after before his her its their our however meanwhile"
)


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Spans ``(start, end)`` of the sentences of ``text``, in order, trimmed of white space.

    Together they hold every character that is not white space. Linear in the length of ``text``.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if match["newline"]:
            end = match.end()
        elif _ends_sentence(text, start, match):
            end = match.end("closers")
        else:
            continue
        _append_trimmed(spans, text, start, end)
        start = end
    _append_trimmed(spans, text, start, len(text))
    return spans


def _append_trimmed(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end -= len(piece) - len(piece.rstrip())
    if start < end:
        spans.append((start, end))


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    mark, following = match["mark"], match["next"]
    at = match.start()
    before = text[max(start, at - _LOOK_BACK) : at]
    if following and not following.isspace():
        # No space: a number, an address or an abbreviation, unless Arabic words run together.
        if not (has_arabic(following) and _ARABIC_WORD_BEFORE.search(before)):
            return False
        if _INSIDE_ADDRESS.search(before) or _ARABIC_DOMAIN.match(text, match.end()):
            return False
    after = _NEXT_VISIBLE.match(text, match.end("closers"))
    if after and after[1].islower() and after[1].upper() != after[1]:
        return False  # a Latin sentence does not begin in lower case
    if mark == "؛" or "…" in mark or (mark.startswith("..") and not mark.strip(".")):
        return at - start > MIN_PAUSE_CHARACTERS
    if before.endswith("(") and match["closers"].startswith(")"):
        return False  # an aside: "(!)"
    if mark == ".":
        return not _is_abbreviation(text, start, match, before)
    return True


def _is_abbreviation(text: str, start: int, match: re.Match[str], before: str) -> bool:
    """Whether the full stop belongs to the word (or list number) before it."""
    if match.start() - start <= _LOOK_BACK and _LIST_NUMBER.fullmatch(before):
        return True
    found = _WORD_BEFORE.search(before)
    if found is None:
        return False
    word = found[0].lower()
    following = _NEXT_WORD.match(text, match.end("closers"))
    next_word = following[1].lower() if following else ""
    if len(word) == 1 and word.isalpha():
        # "2021 م." and "5 ص." may end a sentence; "د. أحمد" and "J. K." do not.
        return not re.search(r"\d\s*$", before[: found.start()])
    if word in _ABBREVIATIONS:
        return True
    if word in _BEFORE_NUMBER:
        return re.match(r"\s*\d", text[match.end() : match.end() + 3]) is not None
    if word in _OPEN_ABBREVIATIONS or re.fullmatch(r"(?:[a-z]\.)+[a-z]", word):
        return bool(next_word) and next_word not in _STARTERS and word not in {"a.m", "p.m"}
    # ج.م.ع, أ.د
    return re.fullmatch(r"(?:[\u0621-\u064a]\.)+[\u0621-\u064a]", word) is not None
