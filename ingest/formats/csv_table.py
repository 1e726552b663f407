"""CSV files whose delimiter is not known."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice

from ingest.core.errors import LoadError

_DELIMITERS = ",;\t|"
_MAX_FIELD = 10_000_000
_SEPARATOR = re.compile(r"sep=(.)\s*", re.IGNORECASE)  # a line that Excel writes above the header


def csv_rows(
    text: str, *, header_lines: int = 1, strict: bool = False
) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table and their numbers, counted from 1 as a spreadsheet counts them.

    The delimiter is the most frequent one in the header, which is the first of the first
    ``header_lines`` filled lines that has any: a table may have a title above its header.
    ``strict`` rejects quotes in unquoted fields.

    Raises:
        LoadError: it is no CSV.
    """
    csv.field_size_limit(_MAX_FIELD)
    lines = islice(filter(str.strip, io.StringIO(text)), header_lines)
    header = next((line for line in lines if any(mark in line for mark in _DELIMITERS)), "")
    separator = _SEPARATOR.fullmatch(text.partition("\n")[0])
    delimiter = separator[1] if separator else max(_DELIMITERS, key=header.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=strict)
    try:
        yield from islice(enumerate(rows, 1), 1 if separator else 0, None)
    except csv.Error as error:
        raise LoadError("broken_table", reason=str(error)) from error
