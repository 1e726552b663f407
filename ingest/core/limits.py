"""Limits of size, memory and time for one file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds for one file; see the settings of the same names.

    Attributes:
        file_bytes: Size of a file, also of one in an archive.
        unpacked_bytes: Unpacked size of an archive or office document.
        entries: Number of files in an archive, nested archives included.
        pdf_pages: Number of pages of a PDF.
        parse_seconds: Seconds to parse a page of a PDF; ten times as many for the file.
        parse_bytes: Memory to parse a PDF.
    """

    file_bytes: int = 64_000_000
    unpacked_bytes: int = 1_000_000_000
    entries: int = 10_000
    pdf_pages: int = 2_000
    parse_seconds: float = 30.0
    parse_bytes: int = 1_000_000_000
