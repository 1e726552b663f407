"""Baseline files: the per-question measures of a run, to commit to version control."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evaluation.core.errors import EvaluationError
from evaluation.core.stored_run import ScoredQuestion, ScoredRun, StoredRun, load_run, read_json
from evaluation.decisions.compare import measure_names
from evaluation.metrics.registry import SET_LEVEL

KIND = "rawi-evaluation-baseline"
FORMAT = 1
_FIELDS = ("id", "item_id", "kind", "language", "variety", "position", "answerable", "refused")


def write_baseline(run: StoredRun, path: Path) -> None:
    """Write the measures of ``run`` with one question per line, for readable diffs.

    Latencies and the test set's folder are omitted, as they depend on the machine.

    Raises:
        EvaluationError: the run has errors or is incomplete, or the file cannot be written.
    """
    scored = run.scored_run()
    failed = [question.id for question in scored.questions if question.error]
    if failed or len(scored.questions) < scored.expected:
        raise EvaluationError(
            f"{run.name} is no baseline: {len(scored.questions)} of {scored.expected} questions "
            f"were asked and {len(failed)} ended in an error."
        )
    names = [n for n in measure_names(scored) if n not in SET_LEVEL and not n.endswith("_ms")]
    testset = run.config["testset"]
    head = {
        "kind": KIND,
        "format": FORMAT,
        "name": run.name,
        "created": run.config.get("created"),
        "testset": {**testset, "path": Path(testset.get("path") or "").name},
        "fingerprint": run.config.get("fingerprint"),
        "git_revision": run.config.get("git_revision"),
        "columns": [*_FIELDS, *names],
    }
    lines = ",\n".join(_dumps(_line(question, names)) for question in scored.questions)
    text = _dumps(head)[:-1] + ',\n"questions": [\n' + lines + "\n]}\n"
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise EvaluationError(f"{path} cannot be written: {error.strerror or error}.") from error


def load_baseline(path: Path) -> ScoredRun:
    """Read a baseline: the folder of a run, or a file written by ``--save-baseline``.

    Raises:
        EvaluationError: it is neither, or is damaged.
    """
    if path.is_dir():
        return load_run(path).scored_run()
    value = read_json(path)
    if not isinstance(value, dict) or value.get("kind") != KIND or value.get("format") != FORMAT:
        raise EvaluationError(
            f"{path} is not a baseline of this version of Rawi. "
            "`rawi evaluate gate RUN --save-baseline FILE` writes one."
        )
    try:
        return _scored_run(value)
    except (KeyError, TypeError, ValueError) as error:
        raise EvaluationError(f"{path} is damaged: {error!r}. Save it again.") from error


def _line(question: ScoredQuestion, names: list[str]) -> list[Any]:
    measures = [question.measures.get(name) for name in names]
    return [
        *(getattr(question, field) for field in _FIELDS),
        *(None if value is None else round(value, 6) for value in measures),
    ]


def _scored_run(value: dict[str, Any]) -> ScoredRun:
    columns: list[str] = value["columns"]
    questions = []
    for line in value["questions"]:
        cells = dict(zip(columns, line, strict=True))
        cells.setdefault("variety", "")  # baselines of 0.2.0 have none
        fields = {field: cells.pop(field) for field in _FIELDS}
        questions.append(ScoredQuestion(**fields, error=None, measures=cells))
    return ScoredRun(
        name=str(value["name"]),
        testset_sha256=str(value["testset"]["sha256"]),
        testset_path=str(value["testset"].get("path") or ""),
        expected=int(value["testset"]["turns"]),
        questions=tuple(questions),
    )


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
