"""Runs made up by hand: rows as `rawi evaluate run` writes them, and folders that hold them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from evaluation.core.stored_run import SLICES, ScoredRun, scored_question

SHA = "a" * 64


def row(number: int | str, **changes: Any) -> dict[str, Any]:
    """A question that was answered well; ``measures`` are changed, not replaced."""
    name = str(number)
    refused = changes.pop("refused", False)
    confidence = changes.pop("confidence", 0.9)
    measures = {
        "article_recall@5": 1.0,
        "article_mrr@10": 1.0,
        "contains_gold": 1.0,
        "token_f1": 0.5,
        "citation_precision": 1.0,
        "citation_recall": 1.0,
        "wrong_source": 0.0,
        "verbatim": 1.0,
        "refusal_correct": 1.0,
        "crag_score": 1.0,
        "answer_characters": 120.0,
        "latency_total_ms": 30.0,
    } | changes.pop("measures", {})
    return {
        "id": name,
        "item_id": name.split("#")[0],
        "turn": None,
        "position": "single",
        "kind": "fact",
        "language": "ar",
        "question": f"سؤال {name}؟",
        "gold_standalone": None,
        "standalone_question": f"سؤال {name}؟",
        "answers": ["308"],
        "relevant_ids": ["a1"],
        "acceptable_ids": [],
        "forbidden_ids": [],
        "quotes": [],
        "answerable": True,
        "retrieved": [],
        "answer": {
            "text": "الجواب 308 [1]",
            "refused": refused,
            "mode": "refusal" if refused else "quoted",
            "language": "ar",
            "confidence": confidence,
            "citations": [],
            "suggestions": [],
        },
        "timings_ms": {"retrieve": 9.0, "total": 30.0},
        "measures": measures,
        "error": None,
    } | changes


REFUSAL = {
    "contains_gold": None,
    "token_f1": None,
    "citation_precision": None,
    "citation_recall": None,
    "wrong_source": None,
    "verbatim": None,
    "article_recall@5": None,
    "article_mrr@10": None,
    "answer_characters": None,
}


def refusal(number: int | str, *, answerable: bool, **changes: Any) -> dict[str, Any]:
    """A question that was refused, rightly unless it is answerable."""
    measures = REFUSAL | {"refusal_correct": float(not answerable), "crag_score": 0.0}
    return row(
        number,
        refused=True,
        answerable=answerable,
        confidence=changes.pop("confidence", 0.2),
        measures=measures | changes.pop("measures", {}),
        **changes,
    )


def run_of(rows: list[dict[str, Any]], name: str = "run", sha: str = SHA) -> ScoredRun:
    """The rows as comparison and gate see them."""
    return ScoredRun(
        name=name,
        testset_sha256=sha,
        testset_path="testset.jsonl",
        expected=len(rows),
        questions=tuple(scored_question(r) for r in rows),
    )


def write_run(
    folder: Path, rows: list[dict[str, Any]], *, name: str = "run", sha: str = SHA, **config: Any
) -> Path:
    """A finished run's folder."""
    folder.mkdir(parents=True)
    whole = {
        "format": 1,
        "name": name,
        "created": "2026-11-25T09:00:00+00:00",
        "testset": {
            "path": "samples/testset.jsonl",
            "sha256": sha,
            "items": len({r["item_id"] for r in rows}),
            "turns": len(rows),
        },
        "engine": {"answerer": "quoted"},
        "settings": {"bot": {"refusal_threshold": 0.5}},
        "fingerprint": "e5-small/1",
        "versions": {"rawi": "0.1.0", "python": "3.11"},
        "git_revision": "0123456789abcdef0123456789abcdef01234567",
        "seed": 0,
        "machine": {"cpus": 2},
    } | config
    names = sorted({name for r in rows for name in r["measures"]})
    (folder / "config.json").write_text(json.dumps(whole), encoding="utf-8")
    (folder / "results.jsonl").write_text(
        "".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8"
    )
    summary = {
        "format": 1,
        "questions": len(rows),
        "errors": sum(bool(r["error"]) for r in rows),
        "measures": _figures(rows, names),
        **{f"by_{field}": _by(rows, names, field) for field in SLICES},
        "latency_ms": {"retrieve": {"p50": 9.0, "p95": 14.0}, "total": {"p50": 30.0, "p95": 61.0}},
        "confidence_level": 0.95,
    }
    (folder / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    return folder


def _figures(rows: list[dict[str, Any]], names: list[str]) -> dict[str, Any]:
    figures = {}
    for name in names:
        values = [v for r in rows if (v := r["measures"].get(name)) is not None]
        if values:
            mean = sum(values) / len(values)
            low, high = max(mean - 0.05, min(values)), min(mean + 0.05, max(values))
            figures[name] = {"value": mean, "low": low, "high": high, "n": len(values)}
    return figures


def _by(rows: list[dict[str, Any]], names: list[str], field: str) -> dict[str, Any]:
    values = dict.fromkeys(value for r in rows if (value := r.get(field)))
    return {v: _figures([r for r in rows if r.get(field) == v], names) for v in values}
