"""Hijri dates, in text as ``ingest.text.dates`` normalises it."""

from __future__ import annotations

import re

from ingest.text.calendar_words import HIJRI_MONTHS

_YEAR = r"(?:13[4-9]\d|14\d\d|1500)"
"""Years that the Umm al-Qura calendar covers; no newspaper's Gregorian year is one of them."""
_ERA = r"(?:هجري\w*|ه(?![\w]|\.?\s?ش))"
"""But not ه.ش, the solar years of Iran, whose numbers are the same."""
HIJRI_DATE = re.compile(
    rf"(?<![\d/.-])(?:(?P<day>\d{{1,2}})\s*(?:من\s+|[-/]\s*)?(?P<month>{'|'.join(HIJRI_MONTHS)})"
    rf"\s*[-/]?\s*(?:(?:عام|سنه|لعام)\s+)?(?P<year>{_YEAR})(?![\d/.-])\s*{_ERA}?"
    rf"|(?:(?P<y>{_YEAR})\s*[-/]\s*(?P<m>\d{{1,2}})\s*[-/]\s*(?P<d>\d{{1,2}})"
    rf"|(?P<dd>\d{{1,2}})\s*[-/]\s*(?P<mm>\d{{1,2}})\s*[-/]\s*(?P<yy>{_YEAR}))"
    rf"\s*{_ERA})"
)


def gregorian(hijri: re.Match[str]) -> tuple[int, int, int]:
    """Gregorian day, month and year of a match of `HIJRI_DATE`, by the Umm al-Qura calendar.

    Where months begin by the sighting of the moon, it may be a day off.

    Raises:
        ValueError: there is no such day.
    """
    from hijridate import Hijri

    part = hijri.groupdict()
    month = HIJRI_MONTHS[part["month"]] if part["month"] else int(part["m"] or part["mm"])
    year = int(part["year"] or part["y"] or part["yy"])
    date = Hijri(year, month, int(part["day"] or part["d"] or part["dd"])).to_gregorian()
    return date.day, date.month, date.year
