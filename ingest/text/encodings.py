"""Decodes files without a declared encoding.

A byte order mark or valid UTF-8 decides. Otherwise the legacy Arabic code pages are tried, and the
one whose text is most plausible as prose is taken: the wrong one gives vowel marks, symbols, Latin
letters beside Arabic ones and rare letters in the place of frequent ones.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from math import log10
from typing import Any

from ingest.core.errors import LoadError
from vectorstore.core.characters import ARABIC, DIACRITICS

SAMPLE_BYTES = 65_536
"""Bytes of a long text by which its encoding is chosen."""

_LEGACY = ("windows-1256", "iso-8859-6")
_PLAUSIBLE = 0.85
# The longest mark first: UTF-32-LE begins with the mark of UTF-16-LE.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"%PDF-", "PDF"),
    (b"PK\x03\x04", "ZIP, DOCX, XLSX or EPUB"),
    (b"PK\x05\x06", "ZIP"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"\x7fELF", "ELF"),
    (b"MZ\x90", "EXE"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ", "xz"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"SQLite format 3", "SQLite"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "DOC, XLS or PPT"),
)
_READABLE = ("PDF", "ZIP, DOCX, XLSX or EPUB")  # formats that have a loader

_CONTROLS = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_NON_ASCII = re.compile(rb"[\x80-\xff]")

_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_VOWEL_MARKS = re.compile(f"[{DIACRITICS}]")
_PUNCTUATION = re.compile("[\u060c\u061b\u061f«»“”‘’–—…•€£°\u00a0\u200c\u200d\u200e\u200f]")
_LATIN = re.compile("[À-ÖØ-öø-ÿœŒŠšŽžŸ]")
# Frequencies of letters in Arabic news in percent, rounded.
_FREQUENCY = {
    letter: percent
    for percent, letters in {
        12.0: "ال",
        6.0: "يمونرت",
        3.5: "بةعدهسف",
        2.5: "كأقح",
        1.3: "جشصىطخإ",
        0.7: "ذضزثغئء",
        0.25: "ظآؤ",
    }.items()
    for letter in letters
}
_ARABIC = re.compile(f"[{''.join(_FREQUENCY)}]")
# Latin letters beside Arabic ones: frequent in a wrong code page only.
_MIXED_SCRIPTS = re.compile(f"[A-Za-zÀ-ÿ][{ARABIC}]|[{ARABIC}][A-Za-zÀ-ÿ]")
_ARABIC_WORD = re.compile(f"[{ARABIC}{DIACRITICS}]{{2,}}")
# Impossible spellings: these letters never begin a word, and ة and ى only end one.
_MISSPELT = re.compile(f"^[ةىء{DIACRITICS}]|ة.|ى[^{DIACRITICS}]")
_LATIN_WORD = re.compile("[A-Za-zÀ-ÖØ-öø-ÿ]{2,}")
_CASE_JUMP = re.compile("[a-zß-öø-ÿ][A-ZÀ-ÖØ-Þ]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text and its encoding; ``replaced`` counts the U+FFFD of a damaged UTF-8 file."""

    text: str
    encoding: str
    replaced: int = 0

    def metadata(self) -> dict[str, Any]:
        """Metadata of an article with this text: a guessed encoding, undecodable characters."""
        found: dict[str, Any] = {"undecodable": self.replaced} if self.replaced else {}
        return found if self.encoding.startswith("utf") else {**found, "encoding": self.encoding}


def decode(data: bytes) -> Decoded:
    """``data`` as text, in the encoding that fits it best.

    Raises:
        LoadError: the bytes are not text in any encoding.
    """
    reject_binary(data)
    encoding = _marked_encoding(data)
    if encoding:
        try:
            return Decoded(data.decode(encoding), encoding)
        except UnicodeDecodeError as error:
            raise LoadError("damaged_encoding", encoding=encoding, offset=error.start) from error
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        pass
    return _decode_legacy(data)


def reject_binary(data: bytes) -> None:
    """Raise if ``data`` begins like a picture, a program, an archive, ….

    Raises:
        LoadError: it does.
    """
    for magic, name in _MAGIC:
        if data.startswith(magic):
            code = "misnamed_binary" if name in _READABLE else "binary_format"
            raise LoadError(code, format=name)
    if _marked_encoding(data):
        return
    head = data[:SAMPLE_BYTES]
    # A few control characters are removed by cleaning; many NULs or controls mean a binary.
    if head.count(0) * 200 > len(head) or len(_CONTROLS.findall(head)) * 20 > len(head):
        raise LoadError("binary")


def _marked_encoding(data: bytes) -> str | None:
    return next((encoding for mark, encoding in _MARKS if data.startswith(mark)), None)


def _decode_legacy(data: bytes) -> Decoded:
    first = _NON_ASCII.search(data)
    start = max(0, (first.start() if first else 0) - SAMPLE_BYTES // 8)
    sample = data[start : start + SAMPLE_BYTES]
    candidates: list[tuple[float, Decoded]] = []
    damaged = sample.decode("utf-8", "replace")
    # UTF-8 with a few damaged characters, such as an interrupted download.
    if damaged.count("\ufffd") * 20 < len(_NOT_ASCII.findall(damaged)):
        text = data.decode("utf-8", "replace")
        return Decoded(text, "utf-8", text.count("\ufffd"))
    for encoding in _LEGACY:
        try:
            decoded = Decoded(data.decode(encoding), encoding)
        except UnicodeDecodeError:
            continue
        candidates.append((plausibility(sample.decode(encoding)), decoded))
    best = max(candidates, key=lambda scored: scored[0], default=None)
    if best is None or best[0] < _PLAUSIBLE:
        guessed = _guess(data, sample)
        if guessed and (best is None or plausibility(guessed.text[:SAMPLE_BYTES]) > best[0] + 0.05):
            return guessed
    if best is None or best[0] < 0.3:
        raise LoadError("unknown_encoding")
    return best[1]


def _guess(data: bytes, sample: bytes) -> Decoded | None:
    from charset_normalizer import from_bytes

    found = from_bytes(sample[:8192]).best()
    if found is None:
        return None
    try:
        return Decoded(data.decode(found.encoding), found.encoding)
    except (UnicodeDecodeError, LookupError):
        return None


def plausibility(text: str) -> float:
    """How likely ``text`` is Arabic or Latin prose: near 1 for prose, 0 for mojibake.

    The share of its non-ASCII characters that are letters or punctuation of prose, less penalties
    for the effects of a wrong code page. Text of nothing but ASCII scores 1.
    """
    foreign = len(_NOT_ASCII.findall(text))
    if not foreign:
        return 1.0
    arabic = len(_ARABIC.findall(text))
    marks = len(_VOWEL_MARKS.findall(text))
    latin = len(_LATIN.findall(text))
    expected = arabic + marks + latin + len(_PUNCTUATION.findall(text))
    score = min(1.0, expected / foreign)
    score -= 2.0 * len(_MIXED_SCRIPTS.findall(text)) / foreign
    # Even vocalised Arabic carries fewer marks than letters; plain prose almost none.
    score -= max(0.0, marks - 0.03 * arabic) / foreign
    if arabic:
        letters = Counter(_ARABIC.findall(text))
        typical = sum(log10(_FREQUENCY[letter]) * n for letter, n in letters.items()) / arabic
        score -= max(0.0, 0.75 - typical)  # prose averages about 0.75
        words = _ARABIC_WORD.findall(text)
        score -= sum(1 for word in words if _MISSPELT.search(word)) / max(1, len(words))
    if latin:
        words = _LATIN_WORD.findall(text)
        odd = sum(1 for word in words if _CASE_JUMP.search(word) or not word.isascii())
        accented = sum(1 for word in words if not word.isascii())
        if accented * 2 > len(words):  # no language accents more than half of its words
            score -= odd / len(words)
    return score
