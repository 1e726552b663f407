"""A run's folder while the run goes on: started once, added to line by line, taken up again.

``results.jsonl`` is only ever appended to until the run ends, so that a kill costs the questions
that were being asked. In the end its lines are put in the test set's order.
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
"""What says nothing about which answers a run gives."""


class RunFolder:
    """``config.json``, ``results.jsonl`` and ``summary.json`` of one run. Thread-safe."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.results = path / "results.jsonl"
        self._lock = threading.Lock()

    def start(self, config: Mapping[str, Any], *, restart: bool = False) -> list[Row]:
        """Begin the run, or go on with it: the rows that are there already.

        Raises:
            EvaluationError: the folder holds something else, or the run in it was begun with
                another configuration; every difference is named.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            if (self.path / "config.json").is_file() and not restart:
                self._require_same(config)
                return list(self._taken_up())
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
            f"  {name}: {_to_json(there)} in the run, {_to_json(here)} now"
            for name, there, here in config_differences(before, now)
            if name.partition(".")[0] not in _IGNORED
        ]
        if found:
            raise EvaluationError(
                f"The run in {self.path} was begun differently:\n"
                + "\n".join(found)
                + "\nUndo the change to go on with it, name another --out, or begin it anew with "
                "--restart."
            )

    def _taken_up(self) -> Iterator[Row]:
        """The rows of before; a last line that a kill has torn is cut off."""
        content = self.results.read_bytes() if self.results.is_file() else b""
        whole = content[: content.rfind(b"\n") + 1]
        if len(whole) < len(content):
            os.truncate(self.results, len(whole))
        for number, line in enumerate(whole.splitlines(), 1):
            try:
                row = json.loads(line)
                yield {**row, "id": str(row["id"]), "item_id": str(row["item_id"])}
            except (ValueError, KeyError, TypeError) as error:
                raise EvaluationError(
                    f"{self.results}, line {number}: damaged. Begin the run anew with --restart."
                ) from error

    def append(self, rows: Sequence[Row]) -> None:
        """Add rows so that they survive the process."""
        text = "".join(f"{_line(row)}\n" for row in rows)
        with self._lock, self.results.open("a", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())

    def keep(self, rows: Sequence[Row]) -> None:
        """Let these be all the rows, in this order."""
        self._replace(self.results, "".join(f"{_line(row)}\n" for row in rows))

    def summary(self) -> dict[str, Any]:
        """The summary of a finished run; empty while it goes on."""
        path = self.path / "summary.json"
        found = read_json(path) if path.is_file() else {}
        return found if isinstance(found, dict) else {}

    def finish(self, summary: Mapping[str, Any]) -> None:
        """Write the summary: with it the run is finished."""
        self._write("summary.json", summary)

    def _write(self, name: str, value: Mapping[str, Any]) -> None:
        text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
        self._replace(self.path / name, text + "\n")

    @staticmethod
    def _replace(path: Path, text: str) -> None:
        new = path.with_name(f".{path.name}.new")
        new.write_text(text, encoding="utf-8")
        new.replace(path)


def _line(row: Row) -> str:
    line = json.dumps(row, ensure_ascii=False, allow_nan=False)
    # A lone surrogate is valid in JSON's escapes and nowhere else.
    return line if _encodable(line) else json.dumps(row, allow_nan=False)


def _encodable(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def config_differences(before: Any, now: Any, name: str = "") -> Iterator[tuple[str, Any, Any]]:
    """``(dotted name, value before, value now)`` of everything that differs in two JSON values."""
    if isinstance(before, dict) and isinstance(now, dict):
        for key in dict.fromkeys([*before, *now]):
            yield from config_differences(
                before.get(key), now.get(key), f"{name}.{key}" if name else key
            )
    elif before != now:
        yield name, before, now


def _to_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
