"""Publishing dates as articles write them, in Arabic of every region, English and ISO forms.

Dates in the common forms are read here, word by word, so that every word of the text must belong to
a date; dateparser is asked only about what remains (other languages), and only believed when it
found day, month and year. Nothing is ever filled in from today's date.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingest.text.calendar_words import (
    AM,
    FILLERS,
    FIXED_ZONES,
    HIJRI_MONTHS,
    MONTHS,
    NAMED_ZONES,
    NIGHT,
    PM,
    WEEKDAYS,
)
from ingest.text.hijri import HIJRI, gregorian

MAX_LENGTH = 120
"""Characters; a longer text is not a date."""
_YEARS = range(1800, 2200)

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[Tt ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{4})?)?")
_EPOCH = re.compile(r"(\d{9,10})(?:\.\d+)?|(\d{12,13})")
_RFC_2822 = re.compile(
    r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+\d{4}\s+\d{2}:\d{2}(?::\d{2})?\s+(?:[A-Z]{1,4}|[+-]\d{4})"
)

_INVISIBLE = re.compile(
    "[\u0610-\u061a\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
_SPELLING = str.maketrans(
    "أإآٱىةی" + "٠١٢٣٤٥٦٧٨٩" + "۰۱۲۳۴۵۶۷۸۹" + "٫٬\u00a0\u202f",
    "ااااىةى".replace("ى", "ي").replace("ة", "ه") + "0123456789" * 2 + ".,  ",
)
_SEPARATORS = re.compile(r"[،,;؛|()\[\]«»•·]|(?<!\S)[-–—]+(?!\S)|:(?!\d)")

_WORDS = sorted(
    {*MONTHS, *WEEKDAYS, *AM, *PM, *NIGHT, *FIXED_ZONES, *NAMED_ZONES, *HIJRI_MONTHS, *FILLERS},
    key=len,
    reverse=True,
)
_TOKEN = re.compile(
    r"\s*(?:"
    r"(?P<offset>(?:(?:gmt|utc)\s*)?[+-]\d{1,2}(?::?\d{2})?(?![\d:/.-]))"
    r"|(?P<numeric>\d{4}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{1,2}(?!\d)"
    r"|\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{4}(?!\d))"
    r"|(?P<time>\d{1,2}:\d{2}(?::\d{2})?(?![\d:]))"
    r"|(?P<ordinal>\d{1,2}(?:st|nd|rd|th)(?![^\W\d_]))"
    r"|(?P<number>\d{1,4}(?![\d:]))"
    r"|(?P<word>" + "|".join(re.escape(word) for word in _WORDS) + r")(?![^\W\d_])"
    r"|(?P<slash>[/\-–.ـ])"
    r")"
)


def parse_date(text: str, *, reference: datetime | None = None) -> datetime | None:
    """The moment ``text`` names, or None when it is no complete, possible date.

    Aware when the text says its zone, naive when it does not; midnight when it says no time.
    Numeric dates put the day first (``4/6/2021`` is 4 June) unless only the other order can be.
    ``reference`` only serves dateparser as its idea of now, for results that repeat; a date without
    a year or a day is None all the same.
    """
    text = text.strip()
    if not text or len(text) > MAX_LENGTH:
        return None
    try:
        return _parse_standard(text) or _parse_words(text) or _parse_other(text, reference)
    except (ValueError, OverflowError):
        return None


def is_date_line(line: str) -> bool:
    """Whether ``line`` is a date and nothing else but its zone and words like "نشر في"."""
    line = line.strip()
    if not line or len(line) > MAX_LENGTH or _EPOCH.fullmatch(line):
        return False
    try:
        return (_parse_standard(line) or _parse_words(line)) is not None
    except (ValueError, OverflowError):
        return False


def _parse_standard(text: str) -> datetime | None:
    """ISO 8601 (the forms in use), RFC 2822 and Unix time in seconds or milliseconds."""
    if iso := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        year, month, day, hour, minute, second, *rest = iso.groups()
        fraction = rest[0] if len(rest) == 2 else None
        zone = _offset(rest[-1]) if rest[-1] else None
        if int(year) not in _YEARS:
            return None
        return datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            int((fraction or "0").ljust(6, "0")[:6]),
            tzinfo=zone,
        )
    if _RFC_2822.fullmatch(text):
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None and text[-1].isalpha():  # CET, or PM: it knows neither
            return _parse_words(text) or _parse_other(text, None) or moment
        return _as_utc_if_zero(moment)
    if epoch := _EPOCH.fullmatch(text):
        seconds = int(epoch[1]) if epoch[1] else int(epoch[2]) // 1000
        return datetime.fromtimestamp(seconds, UTC)
    return None


@dataclass(slots=True)
class _Found:
    """What the words read so far say."""

    day: int | None = None
    month: int | None = None
    year: int | None = None
    time: tuple[int, int, int] | None = None
    half: str | None = None
    zone: str | tzinfo | None = None


def _parse_words(text: str) -> datetime | None:
    text = _normalised(text)
    # Saudi papers give the Hijri date beside the Gregorian one; theirs counts where it is alone.
    bare = HIJRI.sub(" ", text).strip()
    found = _found(bare)
    if found is None:
        return None
    hijri = HIJRI.search(text)
    if hijri is not None and found.day is found.month is found.year is None:
        found.day, found.month, found.year = gregorian(hijri)
    if found.day is None or found.month is None or found.year is None:
        return None
    if found.year not in _YEARS:
        return None
    hour, minute, second = _clock(found)
    moment = datetime(found.year, found.month, found.day, hour, minute, second)
    return _in_zone(moment, found.zone)


def _found(text: str) -> _Found | None:
    """What the words of a normalised text say; None when any belongs to no date."""
    tokens = _tokens(text)
    if tokens is None:
        return None
    found = _Found()
    for index, (kind, token) in enumerate(tokens):
        before = tokens[index - 1] if index else ("", "")
        after = tokens[index + 1] if index + 1 < len(tokens) else ("", "")
        if not _take(found, kind, token, before, after):
            return None
    return found


def _normalised(text: str) -> str:
    text = _INVISIBLE.sub("", text).translate(_SPELLING).lower()
    return _SEPARATORS.sub(" ", text).strip()


def _tokens(text: str) -> list[tuple[str, str]] | None:
    """The words, numbers and times of a normalised text; None when anything else stands in it."""
    tokens: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return None
        tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
        position = match.end()
    return tokens


def _take(
    found: _Found, kind: str, token: str, before: tuple[str, str], after: tuple[str, str]
) -> bool:
    """Enter one token; False when it contradicts the others or belongs to no date."""
    if kind == "numeric":
        return _take_numeric(found, token)
    if kind == "time":
        hour, minute, *second = (int(part) for part in token.split(":"))
        return _once(found, "time", (hour, minute, second[0] if second else 0))
    if kind == "offset":
        # Without GMT before it, "-3" is an offset only after a time: "1-3 مايو 2021" is a range.
        if token[0] in "+-" and before[0] != "time" and before[1] not in AM | PM | NIGHT:
            return False
        return _once(found, "zone", _offset(re.sub(r"gmt|utc|\s", "", token)))
    if kind in {"number", "ordinal"}:
        return _take_number(found, int(re.sub(r"\D", "", token)), token, before, after)
    if kind == "slash":
        return True
    return _take_word(found, token, before)


def _take_word(found: _Found, word: str, before: tuple[str, str]) -> bool:
    if word in MONTHS:
        # "أيار/مايو": the same month under two names.
        return found.month == MONTHS[word] or _once(found, "month", MONTHS[word])
    if word == "م" and before[0] in {"number", "numeric"} and str(found.year) in before[1]:
        return True  # ميلادي after a year
    if word in AM or word in PM or word in NIGHT:
        half = "am" if word in AM else "pm" if word in PM else "night"
        return found.half == half or _once(found, "half", half)
    if word in FIXED_ZONES:
        if found.zone is not None:
            return True  # "GMT بتوقيت غرينتش", "GMT+3" already read
        return _once(found, "zone", timezone(timedelta(hours=FIXED_ZONES[word])))
    if word in NAMED_ZONES:
        return before == ("word", "بتوقيت") and _once(found, "zone", NAMED_ZONES[word])
    return word in WEEKDAYS or word in FILLERS


def _take_number(
    found: _Found, number: int, token: str, before: tuple[str, str], after: tuple[str, str]
) -> bool:
    if len(token) == 4:
        return _once(found, "year", number)
    hour_follows = before == ("word", "الساعه") or after[1] in AM | PM | NIGHT
    if hour_follows and found.time is None and 1 <= number <= 12:
        return _once(found, "time", (number, 0, 0))
    return _once(found, "day", number)


def _take_numeric(found: _Found, token: str) -> bool:
    first, second, third = (int(part) for part in re.split(r"\D+", token))
    if first > 31:
        year, month, day = first, second, third
    else:
        day, month, year = first, second, third
        if month > 12:
            day, month = month, day
    return _once(found, "year", year) and _once(found, "month", month) and _once(found, "day", day)


def _once(found: _Found, name: str, value: object) -> bool:
    """Set a field that must not have been set before."""
    if getattr(found, name) is not None:
        return False
    setattr(found, name, value)
    return True


def _clock(found: _Found) -> tuple[int, int, int]:
    if found.time is None:
        return 0, 0, 0
    hour, minute, second = found.time
    if found.half == "am" and hour == 12:
        hour = 0
    elif (found.half == "pm" or (found.half == "night" and 6 <= hour < 12)) and hour < 12:
        hour += 12
    elif found.half == "night" and hour == 12:
        hour = 0
    return hour, minute, second


def _in_zone(moment: datetime, zone: object) -> datetime:
    if zone is None or isinstance(zone, tzinfo):
        return _as_utc_if_zero(moment.replace(tzinfo=zone))
    try:
        offset = moment.replace(tzinfo=ZoneInfo(str(zone))).utcoffset()
    except ZoneInfoNotFoundError:  # a system without a time zone database: rather naive than wrong
        return moment
    return moment.replace(tzinfo=timezone(offset or timedelta()))


def _offset(text: str) -> tzinfo:
    """The zone of ``Z``, ``+03``, ``+3:00`` or ``-0430``.

    Raises:
        ValueError: more than 14 hours, which no place has.
    """
    if text.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    digits = re.sub(r"\D", "", text)
    hours, minutes = (int(digits), 0) if len(digits) < 3 else (int(digits[:-2]), int(digits[-2:]))
    if hours > 14 or minutes > 59:
        raise ValueError(text)
    east = timedelta(hours=hours, minutes=minutes)
    return timezone(-east if text.startswith("-") else east) if east else UTC


def _as_utc_if_zero(moment: datetime) -> datetime:
    """The same moment with ``UTC`` itself as the zone where the offset is nought."""
    return moment.replace(tzinfo=UTC) if moment.utcoffset() == timedelta() else moment


# Asking about all two hundred takes ten times as long, for every date that cannot be read.
_OTHER_LANGUAGES = ["ar", "en", "fr", "de", "es", "it", "pt", "nl", "tr", "fa", "ur", "he", "ru"]

# dateparser guesses wildly on anything; it only sees short texts with a year and a day.
_WORTH_ASKING = re.compile(
    r"(?<!\d)\d{4}(?!\d).*(?<!\d)\d{1,2}(?!\d)|(?<!\d)\d{1,2}\D.*(?<!\d)\d{4}(?!\d)"
)


def _parse_other(text: str, reference: datetime | None) -> datetime | None:
    normal = _INVISIBLE.sub("", text).translate(_SPELLING)
    if len(normal) > 60 or len(normal.split()) > 8 or not _WORTH_ASKING.search(normal):
        return None
    if any(month in normal for month in HIJRI_MONTHS):
        return None
    import dateparser

    moment = dateparser.parse(
        normal,
        languages=_OTHER_LANGUAGES,
        settings={
            "RELATIVE_BASE": reference or datetime(2000, 1, 1),
            "REQUIRE_PARTS": ["day", "month", "year"],
            "STRICT_PARSING": True,
            "DATE_ORDER": "DMY",
            "PARSERS": ["absolute-time"],
        },
    )
    if moment is None or str(moment.year) not in normal or moment.year not in _YEARS:
        return None
    return _as_utc_if_zero(moment)
