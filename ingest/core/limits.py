"""Limits of size, memory and time for one file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds for one file; see the settings of the same names.

    Attributes:
        file_bytes: Of a file, and of a file in an archive.
        unpacked_bytes: Of all that one archive or office document holds.
        entries: Files in one archive, archives in it included.
        pdf_pages: Pages of a PDF.
        parse_seconds: For a page of a PDF; ten times as many for all of it.
        parse_bytes: Memory for parsing a PDF.
    """

    file_bytes: int = 64_000_000
    unpacked_bytes: int = 1_000_000_000
    entries: int = 10_000
    pdf_pages: int = 2_000
    parse_seconds: float = 30.0
    parse_bytes: int = 1_000_000_000
