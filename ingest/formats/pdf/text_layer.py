"""A PDF's text and document properties."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from ingest.core.errors import LoadError
from ingest.formats.pdf.glyphs import glyphs_of
from ingest.formats.pdf.headers_footers import without_headers_footers
from ingest.formats.pdf.lines import runs_right_to_left, segments_of
from ingest.formats.pdf.paragraphs import Paragraph, paragraphs_of

MIN_TITLE_SIZE_RATIO = 1.2
"""Least font size of a title, as a multiple of the median size."""
TITLE_POSITION = 5
"""Number of first paragraphs among which the title is searched for."""
MAX_TITLE_LENGTH = 200
"""Longest title in characters."""

_PASSWORD = 4  # pdfium's error code
_DATE = re.compile(r"D?:?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:([+-])(\d\d)'?(\d\d)?|Z)?")
_UNREADABLE = re.compile("[\ue000-\uf8ff\ufffd]")  # from fonts without a Unicode mapping


def read_pdf(
    path: Path, max_pages: int, on_page: Callable[[], None] = lambda: None
) -> dict[str, Any]:
    """``text`` and ``pages``; ``title``, ``author``, ``created``, ``modified`` where known.

    ``on_page`` is called for each page when it is parsed and when its layout is analysed.

    Raises:
        LoadError: it is no PDF, is locked, or has too many pages or no readable text.
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
            read.append(segments_of(_glyphs(document, index)))
            on_page()
        properties = _properties(document)
    whole = [segment for page in read for segment in page]
    letters = "".join(segment.text for segment in whole)
    if not letters.strip():
        raise LoadError("scanned_pdf")
    if 3 * len(_UNREADABLE.findall(letters)) > len(letters):
        raise LoadError("unmapped_fonts")
    right_to_left = runs_right_to_left(whole)
    paragraphs: list[Paragraph] = []
    for page in without_headers_footers(read):
        _append(paragraphs, paragraphs_of(page, right_to_left))
        on_page()
    text = "\n\n".join(paragraph.text for paragraph in _title_first(paragraphs))
    return {"text": text, "pages": pages, **properties}


def _glyphs(document: Any, index: int) -> list[Any]:
    """The glyphs of a page; none if the page is broken."""
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
    """``paragraphs`` with the title first, if one of them looks like a title by its size."""
    lengths = [(len(p.text), p.size) for p in paragraphs]
    sizes = [size for length, size in lengths for _ in range(1 + length // 50)]
    if not sizes:
        return []
    first = max(paragraphs[:TITLE_POSITION], key=lambda p: p.size)
    if first.size < MIN_TITLE_SIZE_RATIO * median(sizes) or len(first.text) > MAX_TITLE_LENGTH:
        return paragraphs
    return [first, *(p for p in paragraphs if p is not first)]


def _append(paragraphs: list[Paragraph], page: list[Paragraph]) -> None:
    """Add the paragraphs of a page; a sentence that continues from the last page is joined.

    In Arabic, which has no letter case, only a comma shows that a sentence continues.
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
