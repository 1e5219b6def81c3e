"""One value per class out of several subjects: how much each subject weighs.

Both weightings are means of z-scores written in marks, so a subject that is marked on a wider
spread does not decide alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from posanalytics.evaluation.effect_size import mean, squares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Weighting = Literal["equal", "inverse_covariance"]

# With fewer degrees of freedom inside years (no archive) the weights are noise that follows the
# difference itself: at 10 the two-step t rejects 5.8 to 6.5 % of no effects (3v3 to 4v6 classes,
# 4 and 8 subjects, 40,000 runs), at 15 5.3 to 5.7 %, at 20 5.1 to 5.5 %.
_LEAST_DF_FOR_SPREADS = 18
# Inverse covariances follow the noise further. Share of p < .05 without an effect, two-step t and
# pooled t, subjects correlated .5, 6,000 to 10,000 runs: with 3 to 4 degrees of freedom a subject
# 6.1 to 7.2 %, with 6 to 7 5.2 to 6.2 %, with 8 to 12 5.2 to 5.9 %.
_LEAST_DF_A_SUBJECT = 8
_SINGULAR = 1e-9
_DIGITS = 12


class Weights(NamedTuple):
    """The weight of every subject, summing to one, and what had to be given up for it.

    `nothing` names subjects whose weight would have been negative; `refused` says that too few
    classes are known for the weights that were asked for.
    """

    shares: dict[str, float]
    weighting: Weighting = "equal"
    nothing: tuple[str, ...] = ()
    refused: bool = False


def composite_weights(
    gains: Floats,
    arms: NDArray[np.str_],
    subjects: Sequence[str],
    *,
    weighting: Weighting = "equal",
) -> Weights:
    """Return the weights of subjects from class gains, classes × subjects, NaN where missing.

    `arms` names the group inside which a class is compared with others: its year, and whether it
    is innovative. An effect would widen the spread of its own year and so weigh its subject down;
    inside arms it does not.

    equal: 1/sd of class gains, the mean of z-scores; plainly equal with fewer than 18 degrees of
    freedom or where a subject does not vary.
    inverse_covariance: R⁻¹1/sd, R the correlation of class gains (Anderson 2008: Σ⁻¹1/(1′Σ⁻¹1) of
    standardised outcomes), so that subjects which say the same share one voice. Negative weights
    become nothing. Refused, with equal weights instead, with fewer than eight degrees of freedom
    a subject (and eighteen in all) or where subjects repeat each other.

    >>> spread = np.array([[-1.0, -2.0], [1.0, 2.0]] * 11)  # the second varies twice as much
    >>> composite_weights(spread, np.array(["now"] * 22), ["a", "b"]).shares
    {'a': 0.666666666667, 'b': 0.333333333333}
    """
    if len(subjects) == 1:
        return Weights({subjects[0]: 1.0}, weighting)
    if weighting == "inverse_covariance":
        found = _inverse_covariance(gains, arms, subjects)
        return found or _equal(gains, arms, subjects)._replace(refused=True)
    return _equal(gains, arms, subjects)


def _equal(gains: Floats, arms: NDArray[np.str_], subjects: Sequence[str]) -> Weights:
    spreads = [_inside(column, arms) for column in gains.T]
    if not all(spread > 0 for spread in spreads):
        return Weights(dict.fromkeys(subjects, 1 / len(subjects)))
    return Weights(_shares(subjects, [1 / spread for spread in spreads]))


def _shares(subjects: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    total = math.fsum(weights)
    pairs = zip(subjects, weights, strict=True)
    # Rounded: the last bits of a solved system differ between platforms.
    return {name: round(weight / total, _DIGITS) for name, weight in pairs}


def _inside(gains: Floats, arms: NDArray[np.str_]) -> float:
    """Return the standard deviation inside arms, NaN where it is known too poorly."""
    known = np.isfinite(gains)
    groups = [gains[known & (arms == arm)] for arm in sorted(set(arms[known].tolist()))]
    df = sum(len(group) - 1 for group in groups)
    if df < _LEAST_DF_FOR_SPREADS:
        return math.nan
    return math.sqrt(math.fsum(squares(group) for group in groups) / df)


def _inverse_covariance(
    gains: Floats, arms: NDArray[np.str_], subjects: Sequence[str]
) -> Weights | None:
    """Return the weights, None where too few classes have every subject."""
    complete = np.isfinite(gains).all(axis=1)
    values, kept = gains[complete], arms[complete]
    df = len(values) - len(set(kept.tolist()))
    if df < max(_LEAST_DF_FOR_SPREADS, _LEAST_DF_A_SUBJECT * len(subjects)):
        return None
    covariance = _covariance(values, kept) / df
    spreads = np.sqrt(np.diag(covariance))
    if not (spreads > 0).all():
        return None
    correlation = covariance / np.outer(spreads, spreads)
    if np.linalg.eigvalsh(correlation)[0] < _SINGULAR:
        return None
    voices = np.round(np.linalg.solve(correlation, np.ones(len(subjects))), _DIGITS)
    nothing = tuple(name for name, v in zip(subjects, voices, strict=True) if v < 0)
    weights = np.maximum(voices, 0.0) / spreads
    return Weights(_shares(subjects, weights.tolist()), "inverse_covariance", nothing)


def _covariance(values: Floats, arms: NDArray[np.str_]) -> Floats:
    """Return sums of products of distances from the means of arms, correctly rounded."""
    centred = np.empty_like(values)
    for arm in sorted(set(arms.tolist())):
        own = arms == arm
        centred[own] = values[own] - [mean(column) for column in values[own].T]
    count = values.shape[1]
    sums = np.empty((count, count))
    for i in range(count):
        for j in range(i, count):
            sums[i, j] = sums[j, i] = math.fsum(centred[:, i] * centred[:, j])
    return sums
