"""The data of a run's questions for the report's script."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from evaluation.core.stored_run import StoredRun, scored_question
from evaluation.decisions.compare import Comparison
from evaluation.metrics.registry import get_measure, sort_measures
from evaluation.metrics.verdicts import FAILURES, VERDICTS, verdict

MAX_PASSAGES = 10
_OPENABLE = frozenset({"http", "https"})


def verdict_counts(run: StoredRun) -> dict[str, int]:
    """The number of questions with each verdict, in display order."""
    counts = Counter(verdict(scored_question(row)) for row in run.rows)
    return {name: counts[name] for name in VERDICTS if counts[name]}


def question_data(
    run: StoredRun, against: StoredRun | None = None, comparison: Comparison | None = None
) -> dict[str, Any]:
    """The data of the table of questions.

    The text of each retrieved passage is included once. Offsets count code points.
    """
    passages: dict[str, dict[str, Any]] = {}
    before = {row["id"]: row for row in against.rows} if against else {}
    gains = {change.id: change.gain for change in comparison.changes} if comparison else {}
    names = sort_measures({name for row in run.rows for name in row.get("measures") or {}})
    return {
        "against": against.name if against else None,
        "verdicts": VERDICTS,
        "failures": [name for name in VERDICTS if name in FAILURES],
        "measures": {
            name: {
                "title": get_measure(name).title,
                "meaning": get_measure(name).meaning,
                "unit": get_measure(name).unit,
                "better": get_measure(name).higher_is_better,
            }
            for name in names
        },
        "questions": [
            _question(row, passages, before.get(row["id"]), gains.get(row["id"], 0.0))
            for row in run.rows
        ],
        "passages": passages,
    }


def _question(
    row: Mapping[str, Any],
    passages: dict[str, dict[str, Any]],
    before: Mapping[str, Any] | None,
    gain: float,
) -> dict[str, Any]:
    answer = row.get("answer") or {}
    citations = [_citation(c, row) for c in answer.get("citations") or ()]
    retrieved = (row.get("retrieved") or ())[:MAX_PASSAGES]
    return {
        "id": row["id"],
        "item": row["item_id"],
        "turn": row.get("turn"),
        "position": row.get("position") or "",
        "kind": row.get("kind") or "",
        "variety": row.get("variety") or "",
        "language": row.get("language") or "",
        "question": row.get("question") or "",
        "standalone": row.get("standalone_question") or "",
        "goldStandalone": row.get("gold_standalone") or "",
        "answers": row.get("answers") or [],
        "quotes": row.get("quotes") or [],
        "checks": _checks(row.get("checks") or {}),
        "missing": [_missing(failed) for failed in row.get("failed_checks") or ()],
        "gold": {
            name: row.get(f"{name}_ids") or [] for name in ("relevant", "acceptable", "forbidden")
        },
        "answerable": row.get("answerable"),
        "verdict": verdict(scored_question(row)),
        "error": row.get("error"),
        "answer": answer.get("text") or "",
        "answerLanguage": answer.get("language") or "",
        "mode": answer.get("mode") or "",
        "confidence": answer.get("confidence"),
        "citations": citations,
        "suggestions": [s.get("title") or "" for s in answer.get("suggestions") or ()],
        "retrieved": [_retrieved(p, row, answer, passages) for p in retrieved],
        "measures": row.get("measures") or {},
        "timings": row.get("timings_ms") or {},
        "before": _before(before, gain) if before else None,
    }


def _checks(checks: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The checks of a turn as the script shows them: ``name`` and ``values``."""
    return [{"name": name, "values": _texts(value)} for name, value in checks.items()]


def _missing(failed: Mapping[str, Any]) -> dict[str, Any]:
    """A check that does not hold: its ``name``, what was ``expected`` and what was ``found``."""
    return {
        "name": failed["check"],
        "expected": _texts(failed.get("expected")),
        "found": _texts(failed.get("found")),
    }


def _texts(value: Any) -> list[str]:
    """A value of a check as texts; the wordings of a nugget stand in one."""
    if value is None:
        return []
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    if not isinstance(value, list):
        return [str(value)]
    return [" / ".join(v) if isinstance(v, list) else "…" if v is None else str(v) for v in value]


def _before(row: Mapping[str, Any], gain: float) -> dict[str, Any]:
    answer = row.get("answer") or {}
    return {
        "verdict": verdict(scored_question(row)),
        "gain": gain,
        "answer": answer.get("text") or row.get("error") or "",
        "language": answer.get("language") or "",
        "measures": row.get("measures") or {},
        "confidence": answer.get("confidence"),
    }


def _citation(citation: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    url = citation.get("url")
    start = citation.get("start") or 0
    return {
        "marker": citation.get("marker"),
        "title": citation.get("title") or citation.get("article_id") or "",
        "article": citation.get("article_id") or "",
        "url": url if url and openable(url) else None,
        "source": citation.get("source") or "",
        "date": str(citation.get("published_at") or "")[:10],
        "quote": citation.get("quote") or "",
        "highlight": _clip(
            citation.get("highlight_start"),
            citation.get("highlight_end"),
            start,
            len(citation.get("quote") or ""),
        ),
        "label": _label(citation.get("article_id"), row),
    }


def openable(url: str) -> bool:
    """Whether a link to ``url`` is safe: articles' URLs are untrusted (``javascript:``)."""
    try:
        return urlsplit(url).scheme.lower() in _OPENABLE
    except ValueError:
        return False


def _label(article_id: str | None, row: Mapping[str, Any]) -> str:
    """The test set's label of an article; empty without one."""
    for name in ("relevant", "acceptable", "forbidden"):
        if article_id in (row.get(f"{name}_ids") or ()):
            return name
    return ""


def _retrieved(
    passage: Mapping[str, Any],
    row: Mapping[str, Any],
    answer: Mapping[str, Any],
    passages: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    key, text = passage["passage_id"], passage.get("text") or ""
    passages.setdefault(
        key,
        {
            "article": passage.get("article_id") or "",
            "title": passage.get("title") or passage.get("article_id") or "",
            "text": text,
        },
    )
    return {
        "passage": key,
        "score": passage.get("score"),
        "label": _label(passage.get("article_id"), row),
        "marks": [*_citation_marks(passage, answer, len(text)), *_gold_marks(text, row)],
    }


def _citation_marks(
    passage: Mapping[str, Any], answer: Mapping[str, Any], length: int
) -> list[tuple[int, int, str]]:
    """The spans of the answer's citations in a passage, relative to its start."""
    marks = []
    start = passage.get("start") or 0
    for citation in answer.get("citations") or ():
        if citation.get("article_id") != passage.get("article_id"):
            continue
        for name, of, to in (
            ("quote", "start", "end"),
            ("highlight", "highlight_start", "highlight_end"),
        ):
            span = _clip(citation.get(of), citation.get(to), start, length)
            if span:
                marks.append((*span, name))
    return marks


def _gold_marks(text: str, row: Mapping[str, Any]) -> list[tuple[int, int, str]]:
    """The spans of gold answers and quotes that occur verbatim in a passage."""
    marks = []
    for gold in [*(row.get("answers") or ()), *(row.get("quotes") or ())]:
        at = text.find(gold) if gold else -1
        while at >= 0:
            marks.append((at, at + len(gold), "gold"))
            at = text.find(gold, at + len(gold))
    return marks


def _clip(start: int | None, end: int | None, base: int, length: int) -> tuple[int, int] | None:
    """[start, end) relative to ``base`` and clipped to ``length``; None if empty."""
    if start is None or end is None:
        return None
    first, last = max(start - base, 0), min(end - base, length)
    return (first, last) if first < last else None
