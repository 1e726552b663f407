"""Decides whether a run may be released, by thresholds per measure and against a baseline.

Missing data fails: a measure without a value, a question that was not asked or ended in an error.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Sized
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from evaluation.core.errors import EvaluationError
from evaluation.core.stored_run import SLICES, ScoredRun
from evaluation.decisions.compare import Difference, compare, direction, measure_names
from evaluation.metrics.registry import MEASURES
from evaluation.statistics.paired_tests import aggregate

DROP_OF = "drop of "
_TOLERANCE = 1e-9


class Threshold(BaseModel):
    """The limits of one measure.

    ``max_drop`` is how much worse than the baseline it may be, in the measure's direction. A larger
    drop fails if its p-value is below ``alpha``, or always with ``alpha = 1``, or if there are too
    few items for any p-value to be below ``alpha``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)
    max_drop: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    alpha: float = Field(default=0.05, gt=0, le=1)

    @model_validator(mode="after")
    def _is_not_empty(self) -> Threshold:
        if self.min is None and self.max is None and self.max_drop is None:
            raise ValueError("has neither min, max nor max_drop")
        return self


class Thresholds(BaseModel):
    """A file of thresholds.

    ``measures`` apply to all questions; ``kind``, ``language``, ``variety`` and ``position`` to a
    slice of them: ``[position.followup."contains_gold"]``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    min_questions: int = Field(default=1, ge=1)
    measures: dict[str, Threshold] = {}
    kind: dict[str, dict[str, Threshold]] = {}
    language: dict[str, dict[str, Threshold]] = {}
    variety: dict[str, dict[str, Threshold]] = {}
    position: dict[str, dict[str, Threshold]] = {}

    @model_validator(mode="after")
    def _is_not_empty(self) -> Thresholds:
        if not any(thresholds for _, _, thresholds in self.slices()):
            raise ValueError("has no threshold, so a gate with it would check nothing")
        return self

    def slices(self) -> Iterator[tuple[str, str, dict[str, Threshold]]]:
        """Field, value and thresholds of each slice; the field of the whole run is empty."""
        yield "", "", self.measures
        for field in SLICES:
            for value, thresholds in getattr(self, field).items():
                yield field, value, thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class GateCheck:
    """One check; ``reason`` says why it failed, and is empty if it passed."""

    subject: str
    value: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateResult:
    """The result of ``rawi evaluate gate``."""

    run: str
    baseline: str | None
    questions: int
    checks: list[GateCheck]

    @property
    def reasons(self) -> list[str]:
        """The reasons of the failed checks."""
        return [check.reason for check in self.checks if check.reason]

    @property
    def passed(self) -> bool:
        """Whether all checks passed."""
        return not self.reasons

    def to_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints."""
        return {"format": 1, "passed": self.passed, "reasons": self.reasons, **asdict(self)}


def load_thresholds(path: Path) -> Thresholds:
    """Read a file of thresholds.

    Raises:
        EvaluationError: it is not TOML, or has invalid thresholds.
    """
    try:
        return Thresholds.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise EvaluationError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} is not TOML: {error}.") from error
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, problem['loc'])) or 'the file'}: "
            f"{problem['msg'].removeprefix('Value error, ')}"
            for problem in error.errors()
        )
        raise EvaluationError(f"{path}: {problems}.") from error


def check_run(
    run: ScoredRun, thresholds: Thresholds, baseline: ScoredRun | None = None, *, seed: int = 0
) -> GateResult:
    """Check ``run`` against ``thresholds``, with ``baseline`` for those of drops."""
    checks = [*_completeness_checks(run, thresholds, baseline)]
    comparable = baseline if baseline and baseline.testset_sha256 == run.testset_sha256 else None
    for field, value, limits in thresholds.slices():
        selected = run.select(field, value) if field else run
        before = comparable.select(field, value) if comparable and field else comparable
        differences = _differences(selected, before, limits, seed)
        label = f" [{field} {value}]" if field else ""
        for name, threshold in limits.items():
            checks.append(_level_check(selected, name, label, threshold))
            if threshold.max_drop is not None:
                checks.append(_drop_check(name, label, threshold, differences.get(name), baseline))
    return GateResult(
        run=run.name,
        baseline=baseline.name if baseline else None,
        questions=len(run.questions),
        checks=checks,
    )


def _completeness_checks(
    run: ScoredRun, thresholds: Thresholds, baseline: ScoredRun | None
) -> Iterator[GateCheck]:
    count = len(run.questions)
    failed = [question for question in run.questions if question.error]
    yield GateCheck(
        subject="errors",
        value=len(failed),
        reason=f"{_count_questions(failed)} ended in an error, "
        f"the first {failed[0].id}: {failed[0].error}"
        if failed
        else "",
    )
    required = max(run.expected, thresholds.min_questions)
    yield GateCheck(
        subject="questions",
        value=count,
        reason=f"{_count_questions(run.questions)} asked of {required}" if count < required else "",
    )
    if baseline is None:
        return
    known = {question.id for question in run.questions}
    missing = [question.id for question in baseline.questions if question.id not in known]
    yield GateCheck(
        subject="questions of the baseline",
        value=len(baseline.questions) - len(missing),
        reason=f"{_count_questions(missing)} of the baseline {baseline.name} not asked, "
        f"the first {missing[0]}"
        if missing
        else "",
    )
    yield GateCheck(
        subject="test set of the baseline",
        reason=f"the baseline {baseline.name} is over another test set "
        f"({baseline.testset_sha256[:12]}, this run: {run.testset_sha256[:12]}); "
        "save a new one with --save-baseline"
        if baseline.testset_sha256 != run.testset_sha256
        else "",
    )


def _differences(
    run: ScoredRun, baseline: ScoredRun | None, limits: dict[str, Threshold], seed: int
) -> dict[str, Difference]:
    names = [name for name, threshold in limits.items() if threshold.max_drop is not None]
    if baseline is None or not names:
        return {}
    known = {*measure_names(run), *measure_names(baseline)}
    names = [name for name in names if name in known]
    shared = {q.id for q in run.questions} & {q.id for q in baseline.questions}
    if not names or not shared:
        return {}
    found = compare(baseline, run, names=names, seed=seed)
    return {difference.measure: difference for difference in found.differences}


def _level_check(run: ScoredRun, name: str, label: str, threshold: Threshold) -> GateCheck:
    """Check the measure against ``min`` and ``max``."""
    value = aggregate(run.questions, name)
    subject = name + label
    if value is None:
        return GateCheck(
            subject=subject, reason=f"{subject} has no value in this run{_spelling_hint(name)}"
        )
    if threshold.min is not None and value < threshold.min - _TOLERANCE:
        return GateCheck(
            subject=subject,
            value=value,
            reason=f"{subject} is {value:.4g}, below its floor of {threshold.min:.4g}",
        )
    if threshold.max is not None and value > threshold.max + _TOLERANCE:
        return GateCheck(
            subject=subject,
            value=value,
            reason=f"{subject} is {value:.4g}, above its ceiling of {threshold.max:.4g}",
        )
    return GateCheck(subject=subject, value=value)


def _drop_check(
    name: str,
    label: str,
    threshold: Threshold,
    found: Difference | None,
    baseline: ScoredRun | None,
) -> GateCheck:
    """Check the measure against the baseline's."""
    subject = f"{DROP_OF}{name}{label}"
    allowed = threshold.max_drop or 0.0
    if direction(name) == 0:
        return GateCheck(subject=subject, reason=f"{name} is better neither way: it cannot drop")
    if baseline is None:
        return GateCheck(
            subject=subject, reason=f"{name}{label} has a max_drop, and there is no --baseline"
        )
    if found is None:
        return GateCheck(
            subject=subject,
            reason=f"{name}{label} cannot be compared with the baseline {baseline.name}",
        )
    drop = -found.gain
    # Even if every item is worse, a share of 2 · 0.5^items of all swaps is as extreme.
    too_few = threshold.alpha < 1 and 2 * 0.5**found.items >= threshold.alpha
    significant = too_few or found.p < threshold.alpha or threshold.alpha == 1
    if drop > allowed + _TOLERANCE and significant:
        evidence = f"{found.n} question{'s' if found.n != 1 else ''}, p = {found.p:.3g}"
        if too_few:
            evidence += f": too few items to tell from chance at alpha = {threshold.alpha:.3g}"
        return GateCheck(
            subject=subject,
            value=drop,
            reason=f"{name}{label} went from {found.a:.4g} to {found.b:.4g} "
            f"({evidence}); it may be {allowed:.4g} worse",
        )
    return GateCheck(subject=subject, value=drop)


def _count_questions(questions: Sized) -> str:
    return f"{len(questions)} question{'s' if len(questions) != 1 else ''}"


def _spelling_hint(name: str) -> str:
    """A suggestion for an unknown measure name."""
    near = [] if name in MEASURES else difflib.get_close_matches(name, MEASURES, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
