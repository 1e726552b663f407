"""Publishing dates as articles write them: Arabic of every region, English, ISO 8601, RFC 2822.

A text is a date only when every word of it belongs to one; nothing is filled in from today's date.
Own rules come first: dateparser does not know most Arabic month names, half days, zones and doubled
names ("أيار/مايو"), and takes some 10 ms a text. It reads what remains, which is other languages,
and its result is used only if it has day, month and year.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ingest.text.calendar_words import (
    AM,
    DATE_FILLERS,
    FIXED_ZONES,
    HIJRI_MONTHS,
    MONTHS,
    NAMED_ZONES,
    NIGHT,
    PM,
    WEEKDAYS,
    day_month_year,
)
from ingest.text.hijri import HIJRI_DATE, gregorian
from vectorstore.core.characters import DIGIT_VALUES, INVISIBLE, MARKS
from vectorstore.core.text_analysis import normalise

MAX_DATE_LENGTH = 120
"""Characters; a longer text is not a date."""
_YEARS = range(1800, 2200)

_ISO = re.compile(
    r"(\d{4})-(\d{1,2})-(\d{1,2})"
    r"(?:[Tt ]\s*(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?"
    r"\s*(Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?(?:\[([A-Za-z][\w+/-]*)\])?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})?(Z|[+-]\d{4})?)?")
_EPOCH = re.compile(r"(\d{9,10})(?:\.\d+)?|(\d{12,13})")
# RFC 822 and its successors, whose years may have two digits.
_RFC_2822 = re.compile(
    r"(?:[A-Za-z]{3},\s*)?\d{1,2}\s+[A-Za-z]{3}\s+(?:\d{2}|\d{4})\s+\d{2}:\d{2}(?::\d{2})?\s+"
    r"(?:[A-Z]{1,4}|[+-]\d{4})"
)

_IGNORED = re.compile(f"[{INVISIBLE}{MARKS}]")
_COMMA_TIME = re.compile(r"(?<!\d)(\d{1,2})[،,](\d{2})[،,](\d{2})(?!\d)")
_GREENWICH = re.compile("[غجك]ري?ني?تش")
_SEPARATORS = re.compile(r"(?:[،,;؛|()\[\]«»•·\s]|(?<!\S)[-–—]+(?!\S)|:(?!\d))+")

_WORDS = sorted(
    {
        *MONTHS,
        *WEEKDAYS,
        *AM,
        *PM,
        *NIGHT,
        *FIXED_ZONES,
        *NAMED_ZONES,
        *HIJRI_MONTHS,
        *DATE_FILLERS,
    },
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
    r"|(?P<word>(?:" + "|".join(re.escape(word) for word in _WORDS) + r")(?![^\W\d_])(?!(?<=\d)\d))"
    r"|(?P<slash>[/\-–.])"
    r")"
)


def parse_date(text: str, *, reference: datetime | None = None) -> datetime | None:
    """The date and time in ``text``; None unless it is a complete and possible date.

    Aware if the text has a time zone, else naive; midnight if it has no time.
    Numeric dates put the day first (``4/6/2021`` is 4 June) unless only the other order is
    possible. ``reference`` is dateparser's current time, for repeatable results; a date without a
    year or a day is None nevertheless.
    """
    text = _plain(text)
    if not text or len(text) > MAX_DATE_LENGTH:
        return None
    try:
        moment = _parse_standard(text) or _parse_words(text) or _parse_other(text, reference)
    except (ValueError, OverflowError):
        return None
    return moment if moment and moment.year in _YEARS else None


def is_date_line(line: str) -> bool:
    """Whether ``line`` is a date and nothing else but its zone and words like "نشر في"."""
    line = _plain(line)
    if not line or len(line) > MAX_DATE_LENGTH or _EPOCH.fullmatch(line):
        return False
    try:
        moment = _parse_standard(line) or _parse_words(line)
    except (ValueError, OverflowError):
        return False
    return moment is not None and moment.year in _YEARS


def _plain(text: str) -> str:
    """``text`` without marks and invisible characters, digits as 0-9, times with colons."""
    text = _IGNORED.sub("", text).translate(DIGIT_VALUES).strip()
    return _COMMA_TIME.sub(r"\1:\2:\3", text)


def _parse_standard(text: str) -> datetime | None:
    """ISO 8601 (the forms in use), RFC 2822 and Unix time in seconds or milliseconds."""
    if iso := _ISO.fullmatch(text):
        *parts, fraction, offset, place = iso.groups()
        return _in_zone(_moment(parts, fraction), _offset(offset) if offset else place)
    if compact := _COMPACT.fullmatch(text):
        *parts, offset = compact.groups()
        return _in_zone(_moment(parts), _offset(offset) if offset else None)
    if _RFC_2822.fullmatch(text):
        moment = parsedate_to_datetime(text)
        if moment.tzinfo is None and text[-1].isalpha():  # it knows neither CET nor PM
            text = re.sub(r"(?<=[A-Za-z] )\d\d(?= )", str(moment.year), text)
            return _parse_words(text) or _parse_other(text, None) or moment
        return _as_utc_if_zero(moment)
    if epoch := _EPOCH.fullmatch(text):
        seconds = int(epoch[1]) if epoch[1] else int(epoch[2]) // 1000
        return datetime.fromtimestamp(seconds, UTC)
    return None


def _moment(parts: Iterable[str | None], fraction: str | None = None) -> datetime:
    """The moment of a year, month, day, hour, minute and second, and decimals of a second."""
    year, month, day, hour, minute, second = (int(part or 0) for part in parts)
    microsecond = int((fraction or "0").ljust(6, "0")[:6])
    return datetime(year, month, day, hour, minute, second, microsecond)


@dataclass(slots=True)
class _Fields:
    """The fields parsed so far; ``half`` is ``am``, ``pm`` or ``night``."""

    day: int | None = None
    month: int | None = None
    year: int | None = None
    time: tuple[int, int, int] | None = None
    half: str | None = None
    zone: str | tzinfo | None = None

    def put(self, name: str, value: object) -> bool:
        """Set a field; False when it was set before."""
        if getattr(self, name) is not None:
            return False
        setattr(self, name, value)
        return True


def _parse_words(text: str) -> datetime | None:
    text = _SEPARATORS.sub(" ", _GREENWICH.sub("gmt", normalise(text))).strip()
    # Saudi papers give the Hijri date beside the Gregorian one; it counts where it stands alone.
    bare = HIJRI_DATE.sub(" ", text).strip()
    fields = _read_fields(bare)
    if fields is None:
        return None
    hijri = HIJRI_DATE.search(text)
    if hijri is not None and fields.day is fields.month is fields.year is None:
        fields.day, fields.month, fields.year = gregorian(hijri)
    if fields.day is None or fields.month is None or fields.year is None:
        return None
    hour, minute, second = _clock(fields)
    moment = datetime(fields.year, fields.month, fields.day, hour, minute, second)
    return _in_zone(moment, fields.zone)


def _read_fields(text: str) -> _Fields | None:
    """The fields given by a normalised text; None when a word of it belongs to no date."""
    tokens = _tokens(text)
    if tokens is None:
        return None
    fields = _Fields()
    for index, (kind, token) in enumerate(tokens):
        before = tokens[index - 1] if index else ("", "")
        after = tokens[index + 1] if index + 1 < len(tokens) else ("", "")
        if not _add(fields, kind, token, before, after):
            return None
    return fields


def _tokens(text: str) -> list[tuple[str, str]] | None:
    """Kind and text of each word, number and time; None when there is anything else."""
    tokens: list[tuple[str, str]] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            return None
        tokens.append((str(match.lastgroup), match[str(match.lastgroup)]))
        position = match.end()
    return tokens


def _add(
    fields: _Fields, kind: str, token: str, before: tuple[str, str], after: tuple[str, str]
) -> bool:
    """Read one token into ``fields``; False when it contradicts them or belongs to no date."""
    if kind == "numeric":
        return _add_numeric(fields, token)
    if kind == "time":
        hour, minute, *second = (int(part) for part in token.split(":"))
        return fields.put("time", (hour, minute, second[0] if second else 0))
    if kind == "offset":
        # Without GMT before it, "-3" is an offset only after a time: "1-3 مايو 2021" is a range.
        if token[0] in "+-" and before[0] != "time" and before[1] not in AM | PM | NIGHT:
            return False
        return fields.put("zone", _offset(re.sub(r"gmt|utc|\s", "", token)))
    if kind in {"number", "ordinal"}:
        return _add_number(fields, int(re.sub(r"\D", "", token)), token, before, after)
    if kind == "slash":
        return True
    return _add_word(fields, token, before)


def _add_word(fields: _Fields, word: str, before: tuple[str, str]) -> bool:
    if word in MONTHS:
        # "أيار/مايو": the same month under two names.
        return fields.month == MONTHS[word] or fields.put("month", MONTHS[word])
    if word == "م" and before[0] in {"number", "numeric"} and str(fields.year) in before[1]:
        return True  # ميلادي after a year
    if word in AM or word in PM or word in NIGHT:
        half = "am" if word in AM else "pm" if word in PM else "night"
        return fields.half == half or fields.put("half", half)
    if word in FIXED_ZONES:
        if fields.zone is not None:
            return True  # "GMT بتوقيت غرينتش", "GMT+3" already read
        return fields.put("zone", timezone(timedelta(hours=FIXED_ZONES[word])))
    if word in NAMED_ZONES:
        return before == ("word", "بتوقيت") and fields.put("zone", NAMED_ZONES[word])
    return word in WEEKDAYS or word in DATE_FILLERS


def _add_number(
    fields: _Fields, number: int, token: str, before: tuple[str, str], after: tuple[str, str]
) -> bool:
    if len(token) == 4:
        return fields.put("year", number)
    hour_follows = before == ("word", "الساعه") or after[1] in AM | PM | NIGHT
    if hour_follows and fields.time is None and 1 <= number <= 12:
        return fields.put("time", (number, 0, 0))
    return fields.put("day", number)


def _add_numeric(fields: _Fields, token: str) -> bool:
    parts = day_month_year(*(int(part) for part in re.split(r"\D+", token)))
    return all(map(fields.put, ("day", "month", "year"), parts))


def _clock(fields: _Fields) -> tuple[int, int, int]:
    if fields.time is None:
        return 0, 0, 0
    hour, minute, second = fields.time
    if fields.half == "am" and hour == 12:
        hour = 0
    elif (fields.half == "pm" or (fields.half == "night" and 6 <= hour < 12)) and hour < 12:
        hour += 12
    elif fields.half == "night" and hour == 12:
        hour = 0
    return hour, minute, second


def _in_zone(moment: datetime, zone: tzinfo | str | None) -> datetime:
    if zone is None or isinstance(zone, tzinfo):
        return _as_utc_if_zero(moment.replace(tzinfo=zone))
    try:
        offset = moment.replace(tzinfo=ZoneInfo(zone)).utcoffset()
    except ZoneInfoNotFoundError:  # or a system without a time zone database
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
    """The same moment with ``UTC`` itself as the zone if the offset is 0."""
    return moment.replace(tzinfo=UTC) if moment.utcoffset() == timedelta() else moment


# Trying all of dateparser's two hundred languages takes ten times as long.
_OTHER_LANGUAGES = ["ar", "en", "fr", "de", "es", "it", "pt", "nl", "tr", "fa", "ur", "he", "ru"]

# dateparser guesses at anything; it is given short texts with a year and a day.
_WITH_DAY_AND_YEAR = re.compile(
    r"(?<!\d)\d{4}(?!\d).*(?<!\d)\d{1,2}(?!\d)|(?<!\d)\d{1,2}\D.*(?<!\d)\d{4}(?!\d)"
)


def _parse_other(text: str, reference: datetime | None) -> datetime | None:
    if len(text) > 60 or len(text.split()) > 8 or not _WITH_DAY_AND_YEAR.search(text):
        return None
    spelled = normalise(text)
    if any(month in spelled for month in HIJRI_MONTHS):
        return None
    import dateparser

    moment = dateparser.parse(
        text,
        languages=_OTHER_LANGUAGES,
        settings={
            "RELATIVE_BASE": reference or datetime(2000, 1, 1),
            "REQUIRE_PARTS": ["day", "month", "year"],
            "STRICT_PARSING": True,
            "DATE_ORDER": "DMY",
            "PARSERS": ["absolute-time"],
        },
    )
    if moment is None or str(moment.year) not in text:
        return None
    return _as_utc_if_zero(moment)
