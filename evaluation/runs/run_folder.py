"""The folder of a run in progress, which an interrupted run can resume.

``results.jsonl`` is append-only until the run ends, so that a killed process loses only the
questions in progress. In the end its rows are sorted in the order of the test set.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evaluation.core.errors import EvaluationError
from evaluation.core.stored_run import FORMAT, read_json

Row = dict[str, Any]

_IGNORED = frozenset({"created", "name", "machine"})
"""Keys that do not affect the answers."""


class RunFolder:
    """``config.json``, ``results.jsonl`` and ``summary.json`` of one run. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.results = path / "results.jsonl"
        self._lock = threading.Lock()

    def start(self, config: Mapping[str, Any], *, restart: bool = False) -> list[Row]:
        """Start or resume the run; returns the rows that exist already.

        Raises:
            EvaluationError: the folder holds something else, or a run with another configuration;
                all differences are listed.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if (self.path / "config.json").is_file() and not restart:
                self._require_same(config)
                return list(self._existing_rows())
            self._begin(config, restart)
        except OSError as error:
            raise EvaluationError(
                f"The run folder {self.path} cannot be written: {error.strerror or error}."
            ) from error
        return []

    def _begin(self, config: Mapping[str, Any], restart: bool) -> None:
        ours = {"config.json", "results.jsonl", "summary.json"}
        present = {entry.name for entry in self.path.iterdir()}
        if present and not (restart and "config.json" in present) and not present <= ours:
            raise EvaluationError(
                f"{self.path} holds other files and no run. Name a folder of its own with --out."
            )
        (self.path / "summary.json").unlink(missing_ok=True)
        self.results.write_bytes(b"")
        self._write("config.json", config)

    def _require_same(self, config: Mapping[str, Any]) -> None:
        path = self.path / "config.json"
        before = read_json(path)
        if not isinstance(before, dict) or before.get("format") != FORMAT:
            raise EvaluationError(
                f"{path} is not that of a run of this version of Rawi. Begin anew with --restart."
            )
        now = json.loads(json.dumps(config))
        found = [
            f"  {name}: {_to_json(old)} in the run, {_to_json(new)} now"
            for name, old, new in config_differences(before, now)
            if name.partition(".")[0] not in _IGNORED
        ]
        if found:
            raise EvaluationError(
                f"The run in {self.path} was begun differently:\n"
                + "\n".join(found)
                + "\nUndo the change to go on with it, name another --out, or begin it anew with "
                "--restart."
            )

    def _existing_rows(self) -> Iterator[Row]:
        """The rows of an earlier process; an incomplete last line is removed."""
        for number, line in enumerate(complete_lines(self.results), 1):
            try:
                row = json.loads(line)
                yield {**row, "id": str(row["id"]), "item_id": str(row["item_id"])}
            except (ValueError, KeyError, TypeError) as error:
                raise EvaluationError(
                    f"{self.results}, line {number}: damaged. Begin the run anew with --restart."
                ) from error

    def append(self, rows: Sequence[Row]) -> None:
        """Append rows durably."""
        text = "".join(f"{_line(row)}\n" for row in rows)
        with self._lock, self.results.open("a", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def replace_rows(self, rows: Sequence[Row]) -> None:
        """Replace all rows, in this order."""
        self._replace(self.results, "".join(f"{_line(row)}\n" for row in rows))

    def summary(self) -> dict[str, Any]:
        """The summary of a finished run; empty before."""
        path = self.path / "summary.json"
        found = read_json(path) if path.is_file() else {}
        return found if isinstance(found, dict) else {}

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Write the summary, which marks the run as finished."""
        self._write("summary.json", summary)

    def _write(self, name: str, value: Mapping[str, Any]) -> None:
        text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
        self._replace(self.path / name, text + "\n")

    @staticmethod
    def _replace(path: Path, text: str) -> None:
        new = path.with_name(f".{path.name}.new")
        new.write_text(text, encoding="utf-8")
        new.replace(path)


def complete_lines(path: Path) -> list[bytes]:
    """The lines of an append-only file; an incomplete last line is removed from it."""
    content = path.read_bytes() if path.is_file() else b""
    complete = content[: content.rfind(b"\n") + 1]
    if len(complete) < len(content):
        os.truncate(path, len(complete))
    return complete.splitlines()


def _line(row: Row) -> str:
    line = json.dumps(row, ensure_ascii=False, allow_nan=False)
    # A lone surrogate can only be written as a JSON escape.
    return line if _encodable(line) else json.dumps(row, allow_nan=False)


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def config_differences(before: Any, now: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """``(dotted name, value before, value now)`` for each difference of two JSON values."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*before, *now]):
            yield from config_differences(
                before.get(key), now.get(key), f"{name}.{key}" if name else key
            )
    elif before != now:
        yield name, before, now


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
