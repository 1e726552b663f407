"""Compares two runs over the same questions: measures and single questions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from evaluation.core.errors import EvaluationError
from evaluation.core.stored_run import ScoredQuestion, ScoredRun
from evaluation.metrics.registry import SET_LEVEL, get_measure, sort_measures
from evaluation.metrics.verdicts import FAILURES, Verdict, verdict
from evaluation.statistics.paired_tests import (
    aggregate,
    holm,
    paired_statistics,
    paired_sums,
    ratio_terms,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One measure in both runs, over the questions to which it applies in both.

    Attributes:
        n: Questions compared; of a measure of the set, those that add to its denominator in either
            run.
        items: Items that those questions belong to.
        only_a: Questions to which it applies in A only; they are excluded.
        only_b: The same for B.
        difference: B - A.
        low: Lower end of the difference's bootstrap interval; None with fewer than two items.
        high: Its upper end, or None.
        p: Two-sided p-value of the paired randomisation test.
        p_holm: ``p`` after Holm's adjustment for all measures compared.
        wins: Questions on which B is better.
        losses: Questions on which B is worse.
    """

    measure: str
    n: int
    items: int
    only_a: int
    only_b: int
    a: float
    b: float
    difference: float
    low: float | None
    high: float | None
    p: float
    p_holm: float
    wins: int
    ties: int
    losses: int

    @property
    def gain(self) -> float:
        """The difference with its sign turned so that positive is better; 0 without a direction."""
        return self.difference * direction(self.measure)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuestionChange:
    """A question whose verdict or measures differ.

    ``gain`` is the mean gain over its measures, cost measures excluded.
    """

    id: str
    question: str
    verdict_a: Verdict
    verdict_b: Verdict
    gain: float
    measures: dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The result of ``rawi evaluate compare``.

    ``changes`` are sorted from worst to best: questions that fail only in B first, then by
    ``gain``. Questions that ended in an error count for no measure; their ids are in ``errors_a``
    and ``errors_b``.
    """

    run_a: str
    run_b: str
    questions: int
    missing_in_a: list[str]
    missing_in_b: list[str]
    errors_a: list[str]
    errors_b: list[str]
    differences: list[Difference]
    not_comparable: list[str]
    changes: list[QuestionChange]
    confidence_level: float
    seed: int

    def to_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints."""
        return {"format": 1, **asdict(self)}


def direction(name: str) -> int:
    """1 where higher is better, -1 where lower is, 0 where neither is."""
    higher = get_measure(name).higher_is_better
    return 0 if higher is None else 1 if higher else -1


def compare(
    a: ScoredRun,
    b: ScoredRun,
    *,
    names: Sequence[str] | None = None,
    seed: int = 0,
    confidence: float = 0.95,
) -> Comparison:
    """Compare two runs question by question.

    Example:
        >>> compare(load_run(old).scored_run(), load_run(new).scored_run()).differences[0].gain
        0.034

    Raises:
        EvaluationError: they are over different test sets or share no question, or ``names`` holds
            a measure that neither run has.
    """
    require_same_testset(a, b)
    names = _names(a, b, names)
    by_id = {question.id: question for question in b.questions}
    pairs = [(question, by_id[question.id]) for question in a.questions if question.id in by_id]
    if not pairs:
        raise EvaluationError(f"{a.name} and {b.name} have no question in common.")
    differences = _differences(pairs, names, seed, confidence)
    shared = {question.id for question, _ in pairs}
    return Comparison(
        run_a=a.name,
        run_b=b.name,
        questions=len(pairs),
        missing_in_a=[question.id for question in b.questions if question.id not in shared],
        missing_in_b=[question.id for question in a.questions if question.id not in shared],
        errors_a=[question.id for question in a.questions if question.error],
        errors_b=[question.id for question in b.questions if question.error],
        differences=differences,
        not_comparable=[n for n in names if n not in {d.measure for d in differences}],
        changes=_changes(pairs, names),
        confidence_level=confidence,
        seed=seed,
    )


def require_same_testset(a: ScoredRun, b: ScoredRun) -> None:
    """Check that two runs are over the same test set.

    Raises:
        EvaluationError: the test sets' contents differ.
    """
    if a.testset_sha256 != b.testset_sha256:
        raise EvaluationError(
            f"{a.name} and {b.name} are over different test sets: "
            f"{a.testset_path or 'one'} ({a.testset_sha256[:12]}) and "
            f"{b.testset_path or 'one'} ({b.testset_sha256[:12]}). Run both over the same one."
        )


def measure_names(run: ScoredRun) -> list[str]:
    """The measures that apply to at least one question of a run, in the table's order."""
    found = {name for q in run.questions for name, value in q.measures.items() if value is not None}
    found |= {name for name in SET_LEVEL if aggregate(run.questions, name) is not None}
    return sort_measures(found)


def _names(a: ScoredRun, b: ScoredRun, wanted: Sequence[str] | None) -> list[str]:
    known = {*measure_names(a), *measure_names(b)}
    unknown = [name for name in wanted or () if name not in known]
    if unknown:
        raise EvaluationError(
            f"Neither run has {', '.join(unknown)}. They have: {', '.join(sort_measures(known))}."
        )
    return list(wanted) if wanted else sort_measures(known)


def _differences(
    pairs: Sequence[tuple[ScoredQuestion, ScoredQuestion]],
    names: list[str],
    seed: int,
    confidence: float,
) -> list[Difference]:
    import numpy as np

    sums, counted = paired_sums(pairs, names)
    found = paired_statistics(sums, seed=seed, confidence=confidence)
    columns = [column for column, value in enumerate(found.difference) if np.isfinite(value)]
    adjusted = dict(zip(columns, holm([float(found.p[c]) for c in columns]), strict=True))
    differences = []
    for column in columns:
        name = names[column]
        both = [pairs[index] for index in counted[name]]
        wins, ties, losses = _win_tie_loss(both, name)
        differences.append(
            Difference(
                measure=name,
                n=len(both),
                items=int(found.items[column]),
                only_a=sum(_applies(a, name) and not _applies(b, name) for a, b in pairs),
                only_b=sum(_applies(b, name) and not _applies(a, name) for a, b in pairs),
                a=float(sums.numerator_a[:, column].sum() / sums.denominator_a[:, column].sum()),
                b=float(sums.numerator_b[:, column].sum() / sums.denominator_b[:, column].sum()),
                difference=float(found.difference[column]),
                low=_finite(found.low[column]),
                high=_finite(found.high[column]),
                p=float(found.p[column]),
                p_holm=adjusted[column],
                wins=wins,
                ties=ties,
                losses=losses,
            )
        )
    return differences


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _applies(question: ScoredQuestion, name: str) -> bool:
    return ratio_terms(question, name) is not None


def _win_tie_loss(
    pairs: Sequence[tuple[ScoredQuestion, ScoredQuestion]], name: str
) -> tuple[int, int, int]:
    gains = [_gain(a, b, name) for a, b in pairs]
    wins, losses = sum(g > 0 for g in gains), sum(g < 0 for g in gains)
    return wins, len(gains) - wins - losses, losses


def _gain(a: ScoredQuestion, b: ScoredQuestion, name: str) -> float:
    """The gain of a question in B; for measures of the set 1, 0 or -1."""
    if name in SET_LEVEL:
        if name == "refusal_recall" and a.answerable:
            return 0.0
        if name == "false_refusal" and not a.answerable:
            return 0.0
        return float(_refusal_correct(b)) - float(_refusal_correct(a))
    return (float(b.measures[name] or 0.0) - float(a.measures[name] or 0.0)) * direction(name)


def _refusal_correct(question: ScoredQuestion) -> bool:
    return question.refused != question.answerable


def _changes(
    pairs: Sequence[tuple[ScoredQuestion, ScoredQuestion]], names: list[str]
) -> list[QuestionChange]:
    quality = [n for n in names if n not in SET_LEVEL and get_measure(n).group != "cost"]
    changes = []
    for a, b in pairs:
        applying = [n for n in quality if _applies(a, n) and _applies(b, n)]
        changed = {
            name: (float(a.measures[name] or 0.0), float(b.measures[name] or 0.0))
            for name in applying
            if abs(_gain(a, b, name)) > 1e-9
        }
        before, after = verdict(a), verdict(b)
        if changed or before != after:
            total = sum(_gain(a, b, name) for name in changed)
            changes.append(
                QuestionChange(
                    id=a.id,
                    question=b.question or a.question,
                    verdict_a=before,
                    verdict_b=after,
                    gain=total / len(applying) if applying else 0.0,
                    measures=changed,
                )
            )
    return sorted(changes, key=lambda change: (_failure_change(change), change.gain, change.id))


def _failure_change(change: QuestionChange) -> int:
    """-1 for a question that fails only in B, 1 for one that fails only in A, else 0."""
    return (change.verdict_a in FAILURES) - (change.verdict_b in FAILURES)
