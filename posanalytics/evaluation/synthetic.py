"""A control made of several classes, where no single one went the same way before.

Synthetic control (Abadie, Diamond & Hainmueller 2010): the mix of control classes that comes
closest to the innovative one in the terms before the start; what they differ by afterwards is the
answer, and doing the same with every control class tells how often such a difference is chance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import nnls

from posanalytics.evaluation.effect_size import mean, one_row
from posanalytics.evaluation.inference import TIE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEWEST_TERMS_BEFORE = 3
FEWEST_CONTROLS = 3
WORST_FIT = 0.25  # marks before the start
_RIDGE = 1e-6  # so that two equal classes share their weight
_NOTHING = 1e-6


class NoSynthesis(ValueError):
    """Too few terms or classes for a mix; the message says which."""


@dataclass(frozen=True)
class Synthetic:
    """The difference from the mix after the start, how well the mix fits, and its weights.

    `fit_before` is the root mean square distance before the start, in marks; `p_value` the rank of
    after/before among all classes treated as if they were innovative. `reason` is "poor_fit" where
    no mix goes the same way before the start; there is no p then.
    """

    estimate: float
    fit_before: float
    p_value: float
    smallest_p: float
    weights: dict[str, float]
    gaps: dict[str, float]
    reason: str = ""

    method = "synthetic_control"

    def tidy(self) -> pd.DataFrame:
        """Return the answer as a table of one row."""
        return one_row(self, ("estimate", "p_value", "smallest_p", "method"))


class _Mix(NamedTuple):
    weights: Floats
    before: float
    after: float
    gaps: Floats


def synthetic_control(
    innovative: Sequence[float],
    control: Mapping[str, Sequence[float]],
    *,
    terms: Sequence[str],
    before: int,
) -> Synthetic:
    """Return how far the innovative classes went from a mix of control classes.

    `innovative` is their mean mark in each term, `control` that of every control class by label;
    the first `before` terms lie before the start. Weights are not negative and sum to one. The
    estimate is the mean gap after the start less the mean gap before it, so that a mix that lies
    a little too low is not taken for growth. Placebo: every control class in turn is compared with
    a mix of the others; p is the share of classes, ours included, whose ratio of root mean square
    gaps after to before is at least ours. A mix further than 0.25 marks before the start is no
    likeness: p is NaN, with the reason.

    Raises NoSynthesis with fewer than three terms before the start, none after it, or fewer than
    three control classes.

    >>> found = synthetic_control(  # before the start half 5Б and half 6Б: 3.5 in each term
    ...     [3.5, 3.5, 3.5, 4.0],
    ...     {"5Б": [3.0, 4.0, 3.0, 3.6], "6Б": [4.0, 3.0, 4.0, 3.4], "7Б": [5.0, 5.0, 5.0, 5.0]},
    ...     terms=["Q1", "Q2", "Q3", "Q4"],
    ...     before=3,
    ... )
    >>> {label: round(weight, 3) for label, weight in found.weights.items()}
    {'5Б': 0.5, '6Б': 0.5, '7Б': 0.0}
    >>> round(found.estimate, 3), found.p_value  # 4.0 − (3.6 + 3.4)/2; the first of four classes
    (0.5, 0.25)
    """
    if before < FEWEST_TERMS_BEFORE:
        raise NoSynthesis(f"{before} terms before the start; at least {FEWEST_TERMS_BEFORE}.")
    if before >= len(terms):
        raise NoSynthesis(f"{before} terms before the start of {len(terms)}: none comes after it.")
    labels = sorted(control)
    if len(labels) < FEWEST_CONTROLS:
        raise NoSynthesis(f"{len(labels)} control classes; at least {FEWEST_CONTROLS}.")
    table = np.array([list(control[label]) for label in labels], dtype=np.float64)
    ours = _mixed(np.asarray(innovative, dtype=np.float64), table, before)
    places = range(len(labels))
    others = [_mixed(table[at], np.delete(table, at, axis=0), before) for at in places]
    ratios = [_ratio(mix) for mix in (ours, *others)]
    reached = sum(ratio >= ratios[0] - TIE for ratio in ratios)
    alike = ours.before <= WORST_FIT
    return Synthetic(
        estimate=mean(ours.gaps[before:]) - mean(ours.gaps[:before]),
        fit_before=ours.before,
        p_value=reached / len(ratios) if alike else math.nan,
        smallest_p=1 / len(ratios),
        weights=dict(zip(labels, map(float, ours.weights), strict=True)),
        gaps=dict(zip(terms, map(float, ours.gaps), strict=True)),
        reason="" if alike else "poor_fit",
    )


def _mixed(target: Floats, others: Floats, before: int) -> _Mix:
    """Return the mix that is nearest to the target before the start.

    Least Σ(Σ_j w_j d_j)² + 10⁻⁶Σw² with w ≥ 0 and Σw = 1, d_j the distances of class j from the
    target. As this sum grows with the square of the scale of w, the best w of the same sum plus
    (1 − Σw)² is the answer times a number, and dividing by Σw gives it exactly.
    """
    count = len(others)
    distances = (others - target)[:, :before].T
    rows = np.vstack([distances, math.sqrt(_RIDGE) * np.eye(count), np.ones(count)])
    found, _ = nnls(rows, np.append(np.zeros(len(rows) - 1), 1.0))
    found /= math.fsum(found)
    weights = np.where(found < _NOTHING, 0.0, found)
    weights /= math.fsum(weights)
    gaps = target - weights @ others
    return _Mix(weights, _size(gaps[:before]), _size(gaps[before:]), gaps)


def _size(gaps: Floats) -> float:
    return math.sqrt(mean(gaps**2))


def _ratio(mix: _Mix) -> float:
    # A perfect fit before would make any gap infinitely surprising; marks are not that exact.
    return mix.after / max(mix.before, 0.01)
