"""A PDF's text and what it says of itself."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from ingest.core.errors import LoadError
from ingest.formats.pdf.glyphs import glyphs_of
from ingest.formats.pdf.headers_footers import without_furniture
from ingest.formats.pdf.lines import pieces_of, runs_right_to_left
from ingest.formats.pdf.paragraphs import Paragraph, paragraphs_of

HEADING = 1.2
"""Times the size of most of the text, from which on the largest paragraph is the title …"""
HEADING_AMONG = 5
"""… if it is one of the first so many …"""
HEADING_LENGTH = 200
"""… and has at most so many characters."""

_PASSWORD, _FORMAT = 4, 3  # what pdfium answers
_DATE = re.compile(r"D?:?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:([+-])(\d\d)'?(\d\d)?|Z)?")
_UNREADABLE = re.compile("[\ue000-\uf8ff\ufffd]")  # of fonts that do not say what they draw


def read_pdf(
    path: Path, max_pages: int, page_read: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """``text``, and ``title``, ``author``, ``created``, ``modified`` where the file gives them.

    ``page_read`` is called after each page, as it is read and as it is put together.

    Raises:
        LoadError: it is no PDF, is locked, has too many pages, or none with readable text.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        code = getattr(error, "err_code", None)
        if code == _PASSWORD:
            raise LoadError("locked_pdf") from error
        raise LoadError("damaged_pdf") from error
    with document:
        pages = len(document)
        if pages > max_pages:
            raise LoadError("too_many_pages", pages=pages, limit=max_pages)
        read = []
        for index in range(pages):
            read.append(pieces_of(_glyphs(document, index)))
            page_read()
        properties = _properties(document)
    whole = [piece for page in read for piece in page]
    letters = "".join(piece.text for piece in whole)
    if not letters.strip():
        raise LoadError("scanned_pdf")
    if 3 * len(_UNREADABLE.findall(letters)) > len(letters):
        raise LoadError("unmapped_fonts")
    right_to_left = runs_right_to_left(whole)
    paragraphs: list[Paragraph] = []
    for page in without_furniture(read):
        _append(paragraphs, paragraphs_of(page, right_to_left))
        page_read()
    text = "\n\n".join(paragraph.text for paragraph in _title_first(paragraphs))
    return {"text": text, "pages": pages, **properties}


def _glyphs(document: Any, index: int) -> list[Any]:
    """The glyphs of a page; none of one that is broken, so that the others are read."""
    import pypdfium2

    try:
        page = document[index]
        textpage = page.get_textpage()
    except pypdfium2.PdfiumError:
        return []
    try:
        return glyphs_of(textpage)
    finally:
        textpage.close()
        page.close()


def _title_first(paragraphs: list[Paragraph]) -> list[Paragraph]:
    """``paragraphs`` with the one in the largest letters first, where it looks like a title."""
    lengths = [(len(p.text), p.size) for p in paragraphs]
    sizes = [size for length, size in lengths for _ in range(1 + length // 50)]
    if not sizes:
        return []
    first = max(paragraphs[:HEADING_AMONG], key=lambda p: p.size)
    if first.size < HEADING * median(sizes) or len(first.text) > HEADING_LENGTH:
        return paragraphs
    return [first, *(p for p in paragraphs if p is not first)]


def _append(paragraphs: list[Paragraph], page: list[Paragraph]) -> None:
    """Add those of a ``page``, its first joined to a last one that ends within a sentence.

    Arabic letters have no case that tells, so there only a comma does.
    """
    if paragraphs and page:
        last, first = paragraphs[-1], page[0]
        in_clause = re.search(r"[،,؛]$", last.text)
        in_sentence = re.search(r"\w$", last.text) and first.text[0].islower()
        alike = abs(last.size - first.size) < 0.5 and "\n" not in last.text + first.text
        if alike and (in_clause or in_sentence):
            paragraphs[-1] = Paragraph(f"{last.text} {first.text}", last.size)
            page = page[1:]
    paragraphs += page


def _properties(document: Any) -> dict[str, str]:
    found = document.get_metadata_dict()
    known = {
        "title": found.get("Title"),
        "author": found.get("Author"),
        "created": _as_iso(found.get("CreationDate")),
        "modified": _as_iso(found.get("ModDate")),
    }
    return {name: value for name, value in known.items() if value}


def _as_iso(claim: str | None) -> str | None:
    """A PDF's date, ``D:20240307093000+03'00'``, as ISO 8601."""
    match = _DATE.match(claim or "")
    if match is None:
        return None
    year, month, day, hour, minute, second, sign, hours, minutes = match.groups()
    moment = f"{year}-{month or '01'}-{day or '01'}"
    moment += f"T{hour or '00'}:{minute or '00'}:{second or '00'}"
    if sign:
        return f"{moment}{sign}{hours}:{minutes or '00'}"
    return f"{moment}Z" if "Z" in match[0] else moment
