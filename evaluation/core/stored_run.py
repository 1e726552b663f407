"""Reads finished runs from disk for comparison, gate, calibration and report."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluation.core.errors import EvaluationError

FORMAT = 1

SLICES = ("kind", "language", "variety", "position")
"""Fields of a question by which the measures of a run are broken down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredQuestion:
    """One question or turn with its measures.

    ``measures`` holds None for a measure that does not apply to the question. ``question`` is
    empty when it comes from a baseline file.
    """

    id: str
    item_id: str
    kind: str
    language: str
    position: str
    answerable: bool | None
    refused: bool
    error: str | None
    measures: Mapping[str, float | None]
    question: str = ""
    variety: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoredRun:
    """The part of a run that comparisons need, and that a baseline file holds.

    ``expected`` is the number of questions and turns in the test set.
    """

    name: str
    testset_sha256: str
    testset_path: str
    expected: int
    questions: tuple[ScoredQuestion, ...]

    def select(self, field_name: str, value: str) -> ScoredRun:
        """The run restricted to the questions with this value of a ``SLICES`` field."""
        selected = tuple(q for q in self.questions if getattr(q, field_name) == value)
        return ScoredRun(
            name=self.name,
            testset_sha256=self.testset_sha256,
            testset_path=self.testset_path,
            expected=len(selected),
            questions=selected,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """A run's folder: the configuration, a row per question or turn, and the summary."""

    path: Path
    config: dict[str, Any]
    rows: list[dict[str, Any]] = field(repr=False)
    summary: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """The name given by the evaluator, else the folder's."""
        return str(self.config.get("name") or self.path.name)

    def scored_run(self) -> ScoredRun:
        """The part that comparison and gate need."""
        testset = self.config["testset"]
        return ScoredRun(
            name=self.name,
            testset_sha256=str(testset["sha256"]),
            testset_path=str(testset.get("path") or ""),
            expected=int(testset["turns"]),
            questions=tuple(scored_question(row) for row in self.rows),
        )


def scored_question(row: Mapping[str, Any]) -> ScoredQuestion:
    """A row of ``results.jsonl`` as a ``ScoredQuestion``."""
    return ScoredQuestion(
        id=row["id"],
        item_id=row["item_id"],
        kind=row.get("kind") or "",
        language=row.get("language") or "",
        position=row.get("position") or "",
        answerable=row.get("answerable"),
        refused=bool((row.get("answer") or {}).get("refused")),
        error=row.get("error"),
        measures=row.get("measures") or {},
        question=row.get("question") or "",
        variety=row.get("variety") or "",
    )


def load_run(folder: Path) -> StoredRun:
    """Read a finished run.

    Raises:
        EvaluationError: it is not a run, is not finished, has another format version, or a file in
            it is damaged.
    """
    if not (folder / "config.json").is_file():
        raise EvaluationError(
            f"{folder} is not a run: it has no config.json. "
            "`rawi evaluate run TESTSET --out FOLDER` makes one."
        )
    if not (folder / "summary.json").is_file():
        raise EvaluationError(
            f"The run {folder} is not finished: it has no summary.json. "
            "The same `rawi evaluate run` with the same --out goes on where it stopped."
        )
    config = _object(folder / "config.json")
    testset = config.get("testset")
    if not isinstance(testset, dict) or not {"sha256", "turns"} <= testset.keys():
        raise EvaluationError(
            f"{folder / 'config.json'} does not say which test set it is about: 'testset' with "
            "'sha256' and 'turns' is missing."
        )
    return StoredRun(
        path=folder,
        config=config,
        rows=list(_rows(folder / "results.jsonl")),
        summary=_object(folder / "summary.json"),
    )


def read_json(path: Path) -> Any:
    """The value in a JSON file.

    Raises:
        EvaluationError: it cannot be read or is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_reject_non_finite)
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValueError as error:
        raise EvaluationError(f"{path} is not JSON: {error}.") from error


def _object(path: Path) -> dict[str, Any]:
    value = read_json(path)
    if not isinstance(value, dict):
        raise EvaluationError(f"{path} does not hold a JSON object.")
    if value.get("format") != FORMAT:
        raise EvaluationError(
            f"{path} is in format {value.get('format')!r}; this version of Rawi reads format "
            f"{FORMAT}. Repeat the run."
        )
    return value


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror or error}.") from error
    seen: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line, parse_constant=_reject_non_finite)
        except ValueError as error:
            raise EvaluationError(f"{path}, line {number}: not JSON ({error}).") from error
        if not isinstance(row, dict) or not all(
            isinstance(row.get(key), str) for key in ("id", "item_id")
        ):
            raise EvaluationError(f"{path}, line {number}: no 'id' and 'item_id'.")
        if row["id"] in seen:
            raise EvaluationError(f"{path}, line {number}: the id {row['id']!r} comes twice.")
        seen.add(row["id"])
        yield row


def _reject_non_finite(name: str) -> float:
    """Reject NaN and infinities: comparisons with NaN are false, so a gate would pass them."""
    raise ValueError(f"{name} is no measurement")
