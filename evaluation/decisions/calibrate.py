"""Chooses the refusal threshold from confidences and the questions' ``answerable`` labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from evaluation.core.errors import EvaluationError
from evaluation.statistics.resampling import item_rows, percentile_interval

if TYPE_CHECKING:
    from evaluation.statistics.resampling import Numbers

N_RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Objective:
    """The criterion that the threshold optimises.

    ``balanced`` maximises balanced accuracy; ``keep`` maximises refused unanswerable questions
    while at least ``share`` of the answerable ones are answered; ``refuse`` maximises answered
    questions while at least ``share`` of the unanswerable ones are refused.
    """

    aim: Literal["balanced", "keep", "refuse"] = "balanced"
    share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledConfidences:
    """Confidences (n,) and labels (n,), 1 for answerable and 0 for unanswerable.

    Attributes:
        left_out: Questions without a label, without a confidence, or with an error.
        items: The item of each question, for the bootstrap.
    """

    confidence: Numbers
    answerable: Numbers
    items: list[str]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateEstimate:
    """A rate with the ends of its 95% bootstrap interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """One threshold of the curve; rates in [0, 1]."""

    threshold: float
    kept_answerable: float
    refused_unanswerable: float

    @property
    def balanced_accuracy(self) -> float:
        """The mean of both rates."""
        return (self.kept_answerable + self.refused_unanswerable) / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdMetrics:
    """Metrics of a threshold on a test set."""

    answerable: int
    unanswerable: int
    left_out: int
    kept_answerable: RateEstimate
    refused_unanswerable: RateEstimate
    balanced_accuracy: RateEstimate
    auc: RateEstimate


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdCalibration:
    """A chosen threshold, the curve it was chosen from, and its metrics on both test sets."""

    objective: Objective
    threshold: float
    curve: list[CurvePoint]
    chosen_on: ThresholdMetrics
    reported_on: ThresholdMetrics | None

    def to_json(self) -> dict[str, Any]:
        """The object that ``--json`` prints."""
        return {"format": 1, **asdict(self)}


def labelled_confidences(rows: Sequence[Mapping[str, Any]]) -> LabelledConfidences:
    """The confidences and labels of a run's rows."""
    import numpy as np

    confidences, labels, items = [], [], []
    for row in rows:
        confidence = (row.get("answer") or {}).get("confidence")
        if row.get("error") or confidence is None or row.get("answerable") is None:
            continue
        confidences.append(float(confidence))
        labels.append(float(row["answerable"]))
        items.append(str(row["item_id"]))
    return LabelledConfidences(
        confidence=np.array(confidences),
        answerable=np.array(labels),
        items=items,
        left_out=len(rows) - len(items),
    )


def calibrate(
    chosen_on: Sequence[Mapping[str, Any]],
    reported_on: Sequence[Mapping[str, Any]] | None = None,
    *,
    objective: Objective | None = None,
    seed: int = 0,
) -> ThresholdCalibration:
    """Choose the refusal threshold on one run's rows, and report it on another's.

    Metrics on the rows it was chosen on are biased upwards; those on ``reported_on`` are not.

    Raises:
        EvaluationError: there are no answerable or no unanswerable questions with a confidence, or
            no threshold reaches the objective.
    """
    objective = objective or Objective()
    data = labelled_confidences(chosen_on)
    _require_both_labels(data, "The run to choose the threshold on")
    curve = refusal_curve(data)
    threshold = _fewest_decimals(best_threshold(curve, objective), data.confidence)
    other = None
    if reported_on is not None:
        rest = labelled_confidences(reported_on)
        _require_both_labels(rest, "The run to report on")
        other = threshold_metrics(rest, threshold, seed=seed)
    return ThresholdCalibration(
        objective=objective,
        threshold=threshold,
        curve=curve,
        chosen_on=threshold_metrics(data, threshold, seed=seed),
        reported_on=other,
    )


def refusal_curve(data: LabelledConfidences) -> list[CurvePoint]:
    """All distinct thresholds, ascending: 0, the midpoints between confidences, and 1.

    A question is refused when its confidence is below the threshold. Empty without both labels.
    """
    import numpy as np

    answerable = np.sort(data.confidence[data.answerable == 1])
    unanswerable = np.sort(data.confidence[data.answerable == 0])
    if not len(answerable) or not len(unanswerable):
        return []
    distinct = np.unique(data.confidence)
    thresholds = np.unique(np.concatenate([[0.0], (distinct[1:] + distinct[:-1]) / 2, [1.0]]))
    kept = 1 - np.searchsorted(answerable, thresholds) / len(answerable)
    refused = np.searchsorted(unanswerable, thresholds) / len(unanswerable)
    return [
        CurvePoint(threshold=float(t), kept_answerable=float(k), refused_unanswerable=float(r))
        for t, k, r in zip(thresholds, kept, refused, strict=True)
    ]


def best_threshold(curve: Sequence[CurvePoint], objective: Objective) -> float:
    """The best threshold of the curve for ``objective``.

    The middle of the first run of adjacent thresholds that are equally good.

    Raises:
        EvaluationError: no threshold reaches the objective.
    """
    if objective.aim == "keep":
        allowed = [p for p in curve if p.kept_answerable >= objective.share - 1e-12]
        scores = [p.refused_unanswerable for p in allowed]
    elif objective.aim == "refuse":
        allowed = [p for p in curve if p.refused_unanswerable >= objective.share - 1e-12]
        scores = [p.kept_answerable for p in allowed]
    else:
        allowed = list(curve)
        scores = [p.balanced_accuracy for p in allowed]
    if not allowed:
        raise EvaluationError(
            f"No threshold would {objective.aim} {objective.share:.0%}; ask for less."
        )
    top = max(scores)
    first = next(i for i, value in enumerate(scores) if value >= top - 1e-12)
    last = first
    while last + 1 < len(scores) and scores[last + 1] >= top - 1e-12:
        last += 1
    return (allowed[first].threshold + allowed[last].threshold) / 2


def threshold_metrics(
    data: LabelledConfidences, threshold: float, *, seed: int = 0, n_resamples: int = N_RESAMPLES
) -> ThresholdMetrics:
    """Metrics of ``threshold``, with 95% bootstrap intervals over items."""
    import numpy as np

    rates = _rates(data.confidence, data.answerable, threshold)
    item_of = item_rows(data.items)
    member = np.array([item_of[item] for item in data.items])
    rows_of = [np.flatnonzero(member == row) for row in range(len(item_of))]
    random = np.random.default_rng([seed, 3])
    resampled = []
    for _ in range(n_resamples):
        drawn = random.integers(0, len(rows_of), len(rows_of))
        rows = np.concatenate([rows_of[item] for item in drawn])
        resampled.append(_rates(data.confidence[rows], data.answerable[rows], threshold))
    low, high = percentile_interval(np.array(resampled), 0.95)
    kept, refused, balanced, auc = (
        RateEstimate(value=float(v), low=float(lower), high=float(upper))
        for v, lower, upper in zip(rates, low, high, strict=True)
    )
    return ThresholdMetrics(
        answerable=int((data.answerable == 1).sum()),
        unanswerable=int((data.answerable == 0).sum()),
        left_out=data.left_out,
        kept_answerable=kept,
        refused_unanswerable=refused,
        balanced_accuracy=balanced,
        auc=auc,
    )


def _fewest_decimals(threshold: float, confidence: Numbers) -> float:
    """The decimal with the fewest places, at least two, that refuses the same questions."""
    refused = confidence < threshold
    for places in range(2, 17):
        shorter = round(threshold, places)
        if ((confidence < shorter) == refused).all():
            return shorter
    return threshold


def _rates(
    confidence: Numbers, answerable: Numbers, threshold: float
) -> tuple[float, float, float, float]:
    """Kept answerable, refused unanswerable, their mean, and the AUC; NaN without both labels."""
    positive, negative = confidence[answerable == 1], confidence[answerable == 0]
    if not len(positive) or not len(negative):
        return (float("nan"),) * 4
    kept = float((positive >= threshold).mean())
    refused = float((negative < threshold).mean())
    return kept, refused, (kept + refused) / 2, _auc(positive, negative)


def _auc(positive: Numbers, negative: Numbers) -> float:
    """Area under the ROC curve: the Mann-Whitney statistic, a tie counts half."""
    import numpy as np

    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    up_to = np.searchsorted(ordered, positive, side="right")
    return float((below + up_to).mean() / 2 / len(negative))


def _require_both_labels(data: LabelledConfidences, subject: str) -> None:
    found = {1.0: "answerable", 0.0: "unanswerable"}
    missing = [word for label, word in found.items() if not (data.answerable == label).any()]
    if missing:
        raise EvaluationError(
            f"{subject} has no {' and no '.join(missing)} questions with a confidence "
            f"({data.left_out} of {data.left_out + len(data.items)} were left out). Name several "
            "runs to pool them."
        )
