"""Marks as what they are, an order: proportional odds, with the class as the unit of chance.

logit P(mark ≤ k) = θ_k − x′β: exp(β) says how many times larger the odds of a higher mark are. The
model's own standard errors take pupils for independent, so they are not used: the interval comes
from leaving out whole classes, the p from handing out the classes anew.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.special import chdtrc, stdtrit

from posanalytics.evaluation.effect_size import one_row
from posanalytics.evaluation.inference import PermutationTest, permutation
from posanalytics.evaluation.regression import NotEstimable, design_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

_MOST_STEPS = 60
_CONVERGED = 1e-10
_LEVEL = 1e-6  # a slope of the likelihood below it is none
_CERTAIN = -1e-3  # a log-likelihood above it: every mark is told for sure
_NOISE = 1e-7  # what rounding leaves of a spread of equal slopes
_MOST_WAYS = 200_000
_APART = 20  # odds of e^20: the likelihood rises for ever
_FEWEST_LEVELS = 3


@dataclass(frozen=True)
class Odds:
    """Log odds of a higher mark, innovative against control, and the odds ratio.

    Interval and p have the class as their unit; `proportional_p` is small where the ratio is not
    the same at every mark, so that one number hides something.
    """

    estimate: float
    standard_error: float
    df: int
    conf_low: float
    conf_high: float
    p_value: float
    smallest_p: float
    odds_ratio: float
    thresholds: tuple[float, ...]
    log_likelihood: float
    proportional_statistic: float
    proportional_p: float
    pupils: int
    classes: int

    method = "proportional_odds"

    def tidy(self) -> pd.DataFrame:
        """Return the log odds as a table of one row."""
        names = (
            "estimate", "standard_error", "df", "conf_low", "conf_high", "p_value", "smallest_p",
            "method",
        )  # fmt: skip
        return one_row(self, names)


class _Data(NamedTuple):
    levels: Codes
    x: Floats
    classes: Codes
    ours: NDArray[np.bool_]

    @property
    def top(self) -> int:
        return int(self.levels.max())


class _Maximum(NamedTuple):
    thresholds: Floats
    slopes: Floats
    log_likelihood: float


def proportional_odds(  # noqa: PLR0913 - the parts of a model
    frame: pd.DataFrame,
    *,
    outcome: str,
    innovative: str,
    cluster: str,
    regressors: Sequence[str] = (),
    confidence: float = 0.95,
) -> Odds:
    """Return the proportional odds of pupils' marks, the class as the unit of chance.

    Maximum likelihood after McCullagh 1980. The interval is b ± t_{G−2}·s with the jackknife over
    classes, s² = (G − 1)/G·Σ(b_(−c) − b̄)²; with one class in an arm, without any spread of b, or
    where some class alone holds the arms together, it is not defined. p permutes the classes: the
    sum of the score residuals of the innovative classes under no effect, against the same sum of
    every other choice of classes (of 19,999 random ones beyond 200,000). Proportionality is tested
    by the likelihood ratio against one coefficient per threshold (on pupils: a hint, not a test of
    classes).

    Raises NotEstimable with fewer than three different marks, with a class in both arms or all in
    one, or where the likelihood has no maximum (an arm all above the other, a covariate that tells
    every mark).

    >>> import pandas as pd
    >>> marks = {"А": [3, 4, 5, 5], "Б": [3, 3, 4, 5]}
    >>> rows = [(y + arm, m, arm == "А") for y in "56" for arm, own in marks.items() for m in own]
    >>> table = pd.DataFrame(rows, columns=["class_label", "mark", "new"]).astype({"new": float})
    >>> found = proportional_odds(table, outcome="mark", innovative="new", cluster="class_label")
    >>> round(found.odds_ratio, 6)  # above 3: 3 to 1 against 1 to 1; above 4: 1 to 1 against 1 to 3
    3.0
    >>> found.p_value, found.smallest_p  # 2 of the 6 ways to name two classes of four
    (0.3333333333333333, 0.3333333333333333)
    """
    names = [innovative, *regressors]
    design = design_of(frame, outcome=outcome, regressors=names, cluster=cluster)
    values, levels = np.unique(design.y, return_inverse=True)
    if len(values) < _FEWEST_LEVELS:
        raise NotEstimable(f"{len(values)} different marks; at least three are needed.")
    x, shift = _standardised(design.x[:, 1:])
    data = _Data(levels.astype(np.int64).ravel(), x, design.clusters, x[:, 0] > 0)
    _refuse_arms(data)
    found = _fitted(data.levels, data.x, data.top)
    slope = float(found.slopes[0])
    error, df = _jackknife(data)
    known = df > 0 and error > _NOISE
    reach = float(stdtrit(df, 0.5 + confidence / 2)) * error if known else math.nan
    statistic, proportional_p = _proportionality(data, found.log_likelihood)
    test = _permuted(data)
    return Odds(
        estimate=slope,
        standard_error=error,
        df=df,
        conf_low=slope - reach,
        conf_high=slope + reach,
        p_value=test.p_value,
        smallest_p=test.smallest_p,
        odds_ratio=math.exp(slope),
        thresholds=tuple(float(value) for value in found.thresholds + found.slopes @ shift),
        log_likelihood=found.log_likelihood,
        proportional_statistic=statistic,
        proportional_p=proportional_p,
        pupils=len(levels),
        classes=int(design.clusters.max()) + 1,
    )


def _standardised(x: Floats) -> tuple[Floats, Floats]:
    """Return x with covariates in standard deviations, and what θ_k lost for each slope."""
    middle = np.array([math.fsum(column) / len(x) for column in x.T])
    spread = np.sqrt([math.fsum(column**2) / len(x) for column in (x - middle).T])
    middle[0], spread[0] = 0.0, 1.0
    spread[spread == 0] = 1.0
    return (x - middle) / spread, middle / spread


def _refuse_arms(data: _Data) -> None:
    if data.ours.all() or not data.ours.any():
        raise NotEstimable("All pupils are in one arm: there is nothing to compare.")
    sizes, ours = np.bincount(data.classes), np.bincount(data.classes, weights=data.ours)
    if ((ours > 0) & (ours < sizes)).any():
        raise NotEstimable("A class has pupils of both arms: the class cannot be the unit.")


# --- maximum likelihood --------------------------------------------------------------------


def _fitted(levels: Codes, x: Floats, top: int, *, nominal: int = 0, arm: bool = True) -> _Maximum:
    """Return the maximum; the first `nominal` columns get a coefficient per threshold.

    `arm` says that the first column is the arm, whose slope must not run away.
    """
    shares = np.bincount(levels, minlength=top + 1) / len(levels)
    below = np.clip(np.cumsum(shares)[:-1], 1e-6, 1 - 1e-6)
    start = [np.log(below / (1 - below)), np.zeros(nominal * top), np.zeros(x.shape[1] - nominal)]
    parameters = np.concatenate(start)
    upper, lower = _borders(levels, x, top, nominal)
    value, gradient, hessian = _likelihood(parameters, levels, upper, lower, top)
    moved = math.inf
    for _ in range(_MOST_STEPS):
        step: Floats = np.linalg.lstsq(-hessian, gradient, rcond=None)[0].astype(np.float64)
        parameters, value, moved = _uphill(parameters, step, value, levels, upper, lower, top)
        _, gradient, hessian = _likelihood(parameters, levels, upper, lower, top)
        if moved < _CONVERGED:
            break
    slopes = parameters[top : top + max(1, nominal * top)] if arm else parameters[:0]
    if np.abs(slopes).max(initial=0.0) > _APART:
        raise NotEstimable("The marks of the two groups do not overlap: no odds can be given.")
    level = moved < _CONVERGED and np.abs(gradient).max() < _LEVEL
    if not level or value > _CERTAIN:
        raise NotEstimable("The likelihood has no maximum: a covariate alone tells the marks.")
    return _Maximum(parameters[:top], parameters[top:], value)


def _borders(levels: Codes, x: Floats, top: int, nominal: int) -> tuple[Floats, Floats]:
    """Return the rows that give θ_y − x′β and θ_(y−1) − x′β from the parameters."""

    def rows(place: Codes) -> Floats:
        inside = (place >= 0) & (place < top)
        marks = np.zeros((len(place), top))
        marks[inside, place[inside]] = 1.0
        own = [-(marks * x[:, [column]]) for column in range(nominal)]
        rest = np.where(inside[:, None], -x[:, nominal:], 0.0)
        return np.column_stack([marks, *own, rest])

    return rows(levels), rows(levels - 1)


def _likelihood(
    parameters: Floats, levels: Codes, upper: Floats, lower: Floats, top: int
) -> tuple[float, Floats, Floats]:
    """Return log-likelihood, gradient and Hessian."""
    ends = [np.where(levels < top, upper @ parameters, np.inf)]
    ends.append(np.where(levels > 0, lower @ parameters, -np.inf))
    (f1, d1, s1), (f0, d0, s0) = (_logistic(end) for end in ends)
    share = np.maximum(f1 - f0, 1e-150)  # its square is still a number
    first = (d1[:, None] * upper - d0[:, None] * lower) / share[:, None]
    second = (upper * (s1 / share)[:, None]).T @ upper - (lower * (s0 / share)[:, None]).T @ lower
    return math.fsum(np.log(share)), first.sum(axis=0), second - first.T @ first


def _logistic(value: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the logistic distribution function, its density and the slope of the density."""
    half = np.tanh(np.clip(value, -700, 700) / 2)
    cumulative, density = (1 + half) / 2, (1 - half**2) / 4
    return cumulative, density, -density * half


def _uphill(  # noqa: PLR0913, PLR0917 - one step of the search above
    parameters: Floats,
    step: Floats,
    value: float,
    levels: Codes,
    upper: Floats,
    lower: Floats,
    top: int,
) -> tuple[Floats, float, float]:
    """Return the point a step further, halved until the likelihood does not fall."""
    length = 1.0
    while length > 1e-8:  # noqa: PLR2004 - no way up
        tried = parameters + length * step
        if (np.diff(tried[:top]) > 0).all():
            reached = _likelihood(tried, levels, upper, lower, top)[0]
            if reached >= value - 1e-12:
                return tried, reached, float(np.abs(length * step).max())
        length /= 2
    return parameters, value, 0.0


def _proportionality(data: _Data, plain: float) -> tuple[float, float]:
    """Return twice the gain in log-likelihood of one coefficient per threshold, and its p."""
    try:
        nominal = _fitted(data.levels, data.x, data.top, nominal=1)
    except NotEstimable:
        return math.nan, math.nan
    statistic = max(0.0, 2 * (nominal.log_likelihood - plain))
    return statistic, float(chdtrc(data.top - 1, statistic))


# --- classes -------------------------------------------------------------------------------


def _arms(data: _Data) -> tuple[list[int], list[int]]:
    count = int(data.classes.max()) + 1
    ours = [bool(data.ours[data.classes == number].any()) for number in range(count)]
    return [i for i in range(count) if ours[i]], [i for i in range(count) if not ours[i]]


def _jackknife(data: _Data) -> tuple[float, int]:
    """Return the standard error from leaving out each class, and G − 2.

    NaN where the marks that are left without some class have no maximum: p needs none of it.
    """
    first, second = _arms(data)
    count = len(first) + len(second)
    if min(len(first), len(second)) < 2:  # noqa: PLR2004 - an arm must survive the loss of a class
        return math.nan, count - 2
    slopes = []
    for number in range(count):
        kept = data.classes != number
        levels = np.unique(data.levels[kept], return_inverse=True)[1].astype(np.int64).ravel()
        try:
            slopes.append(float(_fitted(levels, data.x[kept], int(levels.max())).slopes[0]))
        except NotEstimable:
            return math.nan, count - 2
    middle = math.fsum(slopes) / count
    total = math.fsum((slope - middle) ** 2 for slope in slopes)
    return math.sqrt((count - 1) / count * total), count - 2


def _permuted(data: _Data) -> PermutationTest:
    """Return the share of choices of classes whose sum of score residuals is as far out.

    A class's residuals less its share, by pupils, of all of them sum to nothing over the classes;
    a difference of means of such sums is then the sum of one arm times a constant.
    """
    first, second = _arms(data)
    null = _fitted(data.levels, data.x[:, 1:], data.top, arm=False)
    residuals = _residuals(data.levels, data.x[:, 1:], null, data.top)
    sums = np.bincount(data.classes, weights=residuals).astype(np.float64)
    sizes = np.bincount(data.classes).astype(np.float64)
    apart: Floats = sums - math.fsum(sums) * sizes / len(data.levels)
    return permutation(apart[first], apart[second], most=_MOST_WAYS)


def _residuals(levels: Codes, x: Floats, null: _Maximum, top: int) -> Floats:
    """Return the slope of each pupil's log-likelihood in a shift towards higher marks."""
    upper, lower = _borders(levels, x, top, 0)
    parameters = np.concatenate([null.thresholds, null.slopes])
    f1, d1, _ = _logistic(np.where(levels < top, upper @ parameters, np.inf))
    f0, d0, _ = _logistic(np.where(levels > 0, lower @ parameters, -np.inf))
    found: Floats = (d0 - d1) / np.maximum(f1 - f0, 1e-300)
    return found
