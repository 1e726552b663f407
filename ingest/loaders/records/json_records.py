"""JSON records: one object, a list of objects, or one object per line."""

from __future__ import annotations

import io
import itertools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from ingest.articles.builder import FIELD_NAMES
from ingest.articles.files import display_path, id_from_path, origin, read_text, unreadable
from ingest.articles.loader_protocol import LoadResult, failure
from ingest.core.errors import LoadError
from ingest.loaders.records.record import load_record
from ingest.loaders.records.telegram_export import is_export, posts
from ingest.text.encodings import SAMPLE_BYTES, decode, reject_binary

TEST_SET_REASON = "a test set, not articles; see `rawi evaluate run`"
"""Why a file of questions is skipped."""

_WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")


class JsonLoader:
    """``.json``: an object, a list of objects, or ``{"articles": [...]}``; a channel's export.

    Each post of a Telegram export is an article. An item without an id or URL gets ``path#n``,
    counted from 1. A file with an object on each line is read as ``.jsonl``.
    """

    suffixes: tuple[str, ...] = (".json",)
    streams = False

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`; one item that fails does not stop the others."""
        try:
            text = read_text(path).text
        except LoadError as error:
            yield failure(display_path(path), error)
            return
        try:
            document = parse_json(text)
        except LoadError as error:
            if re.match(r"\s*\{[^\n]*\}[ \t\r]*\n\s*\{", text):
                yield from _load_lines(enumerate(text.split("\n"), 1), path, root)
            else:
                line = getattr(error.__cause__, "lineno", None)
                yield failure(f"{display_path(path)}:{line}" if line else display_path(path), error)
            return
        if is_export(document):
            yield from _load_export(document, path, root)
            return
        if isinstance(document, dict) and isinstance(document.get("articles"), list):
            document = document["articles"]
        if isinstance(document, list):
            if not document:
                problem = LoadError("empty_list")
                yield failure(display_path(path), problem)
            name = id_from_path(path, root)
            for number, item in enumerate(document, 1):
                yield _load_record(
                    item, f"{display_path(path)}#{number}", f"{name}#{number}", origin(path)
                )
        else:
            yield _load_record(document, display_path(path), id_from_path(path, root), origin(path))


@dataclass(slots=True)
class JsonLinesLoader:
    """``.jsonl`` and ``.ndjson``: an object on each line, read one line at a time.

    A record without an id or URL gets ``path#n``, n being its line. A test set, recognised by its
    first record, is skipped, so that it may lie beside its articles. A file may be of any size, a
    line has at most ``max_line_bytes``.
    """

    max_line_bytes: int
    suffixes: tuple[str, ...] = (".jsonl", ".ndjson")
    streams: bool = True

    def load(self, path: Path, *, root: Path) -> Iterator[LoadResult]:
        """See `Loader.load`; a broken line does not stop the others."""
        try:
            with path.open("rb") as file:
                head = file.read(SAMPLE_BYTES)
                file.seek(0)
                reject_binary(head)
                for loaded in _load_lines(self._lines(file, head), path, root):
                    yield replace(loaded, position=file.tell())
        except OSError as error:
            yield failure(display_path(path), unreadable(error))
        except LoadError as error:
            yield failure(display_path(path), error)

    def _lines(self, file: BinaryIO, head: bytes) -> Iterator[tuple[int, bytes | str | LoadError]]:
        """Numbered lines; an error in the place of one that is too long."""
        if head.startswith(_WIDE_BOMS):  # lines of UTF-16 and UTF-32 do not end in one byte
            size = file.seek(0, io.SEEK_END)
            if size > self.max_line_bytes:
                raise LoadError("too_large_utf16", size_bytes=size, limit_bytes=self.max_line_bytes)
            file.seek(0)
            yield from enumerate(decode(file.read()).text.split("\n"), 1)
            return
        for number in itertools.count(1):
            line = file.readline(self.max_line_bytes + 1)
            if not line:
                return
            if len(line) <= self.max_line_bytes or line.endswith(b"\n"):
                yield number, line
                continue
            size = len(line)
            while line and not line.endswith(b"\n"):
                line = file.readline(SAMPLE_BYTES)
                size += len(line)
            yield number, LoadError("too_large", size_bytes=size, limit_bytes=self.max_line_bytes)


def _load_lines(
    lines: Iterable[tuple[int, bytes | str | LoadError]], path: Path, root: Path
) -> Iterator[LoadResult]:
    place_of_file, file_origin, name = display_path(path), origin(path), id_from_path(path, root)
    empty = True
    for number, line in lines:
        place = f"{place_of_file}:{number}"
        if not isinstance(line, LoadError) and not line.strip():
            continue
        first, empty = empty, False
        try:
            if isinstance(line, LoadError):
                raise line
            record = parse_json(decode(line).text if isinstance(line, bytes) else line)
        except LoadError as error:
            yield failure(place, error)
            continue
        if first and _is_test_item(record):
            yield LoadResult(place=place_of_file, skipped=TEST_SET_REASON)
            return
        yield _load_record(record, place, f"{name}#{number}", file_origin)
    if empty:
        yield failure(place_of_file, LoadError("empty_file"))


def _load_export(document: dict[str, Any], path: Path, root: Path) -> Iterator[LoadResult]:
    empty = True
    try:
        for number, record in posts(document):
            empty = False
            name = f"{id_from_path(path, root)}#{number}"
            yield _load_record(record, f"{display_path(path)}#{number}", name, origin(path))
        if empty:
            raise LoadError("empty_export")
    except LoadError as error:
        yield failure(display_path(path), error)


def _is_test_item(record: Any) -> bool:
    """Whether ``record`` is a question or conversation of a test set."""
    if not isinstance(record, dict):
        return False
    names = {name.strip().lower() for name in record}
    return not names.isdisjoint({"question", "turns"}) and names.isdisjoint(FIELD_NAMES["text"])


def _load_record(record: Any, place: str, name: str, file_origin: str) -> LoadResult:
    if not isinstance(record, dict):
        return failure(place, LoadError("not_object"))
    return load_record(record, place=place, fallback_id=name, origin=file_origin)


def parse_json(text: str) -> Any:
    """The value that ``text`` holds; NaN and infinities become None.

    Raises:
        LoadError: it is no JSON, is nested too deep, or has a key twice in an object with
            different values.
    """
    try:
        return json.loads(
            text, parse_constant=lambda _: None, object_pairs_hook=_object_without_conflicts
        )
    except json.JSONDecodeError as error:
        reason = error.msg.lower()
        raise LoadError("broken_json", reason=reason, column=error.colno) from error
    except RecursionError as error:
        raise LoadError("json_depth") from error
    except ValueError as error:  # a number of thousands of digits
        raise LoadError("json_number") from error


def _object_without_conflicts(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) < len(pairs):
        for key, value in pairs:
            if record[key] != value:
                name = key if len(key) <= 40 else key[:40] + "…"
                raise LoadError("json_repeated_key", key=name)
    return record
