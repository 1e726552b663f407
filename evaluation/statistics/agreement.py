"""How far two who say yes or no agree beyond chance: Cohen's kappa (Cohen 1960)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

DRAWS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelPair:
    """What the two said of one question; pairs of one item depend on each other."""

    item_id: str
    first: bool
    second: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Cohen's kappa with its bootstrap interval, and the four counts it rests on.

    ``kappa`` is None without pairs, and where both said one and the same thing throughout: then
    nothing tells agreement from chance.
    """

    kappa: float | None
    low: float | None
    high: float | None
    n: int
    both: int
    first_only: int
    second_only: int
    neither: int


def cohens_kappa(
    pairs: Sequence[LabelPair], *, seed: int = 0, confidence: float = 0.95, draws: int = DRAWS
) -> Agreement:
    """Kappa over all pairs; its interval is the percentile bootstrap over items.

    Example:
        >>> said = [(True, True)] * 20 + [(True, False)] * 5 + [(False, True)] * 10
        >>> said += [(False, False)] * 15
        >>> pairs = [Pair(item_id=str(n), first=a, second=b) for n, (a, b) in enumerate(said)]
        >>> round(agreement(pairs).kappa, 6)
        0.4
    """
    import numpy as np

    items = {item: row for row, item in enumerate(dict.fromkeys(p.item_id for p in pairs))}
    cells = np.zeros((len(items), 4))
    for pair in pairs:
        cells[items[pair.item_id], 2 * (not pair.first) + (not pair.second)] += 1
    both, first_only, second_only, neither = (int(count) for count in cells.sum(axis=0))
    kappa = float(_kappas(cells.sum(axis=0, keepdims=True))[0])
    low, high = _interval(cells, seed, confidence, draws) if len(items) > 1 else (None, None)
    return Agreement(
        kappa=kappa if np.isfinite(kappa) else None,
        low=low,
        high=high,
        n=len(pairs),
        both=both,
        first_only=first_only,
        second_only=second_only,
        neither=neither,
    )


def _kappas(cells: Numbers) -> Numbers:
    """Kappa of each row of counts (both, first only, second only, neither); NaN where undefined."""
    import numpy as np

    both, first_only, second_only, neither = cells.T
    with np.errstate(invalid="ignore", divide="ignore"):
        n = cells.sum(axis=1)
        observed = (both + neither) / n
        yes = (both + first_only) * (both + second_only)
        no = (neither + first_only) * (neither + second_only)
        expected = (yes + no) / n**2
        kappas: Numbers = (observed - expected) / (1 - expected)
    return kappas


def _interval(
    cells: Numbers, seed: int, confidence: float, draws: int
) -> tuple[float | None, float | None]:
    import numpy as np

    random = np.random.default_rng(seed)
    drawn = np.array(
        [cells[random.integers(0, len(cells), len(cells))].sum(axis=0) for _ in range(draws)]
    )
    kappas = _kappas(drawn)
    defined = kappas[np.isfinite(kappas)]
    if not len(defined):
        return None, None
    tail = (1 - confidence) / 2
    low, high = np.quantile(defined, [tail, 1 - tail])
    return float(low), float(high)
