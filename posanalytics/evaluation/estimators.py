"""Differences between groups of classes, each with its t test on class values.

A class is the unit: its pupils share lessons, teacher and marks, so pupils counted one by one make
a test claim five times the evidence there is (STATISTICS.md 0.1: 13–34 % false alarms for 5 %).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import stdtr, stdtrit

from posanalytics.evaluation.effect_size import mean, one_row, ordered, squares
from posanalytics.evaluation.inference import (
    MOST_PAIRS,
    RANDOM_DRAWS,
    SEED,
    SignFlip,
    flipped_sums,
    inverted,
    sign_flip,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from posanalytics.evaluation.effect_size import Sample


# A standard error below this share of the values is what rounding left of equal ones.
_NOISE = 1e-10
_LEAST = 1e-14


@dataclass(frozen=True)
class Difference:
    """Innovative minus control, with the t test against no difference."""

    estimate: float
    standard_error: float
    df: float
    conf_low: float
    conf_high: float
    p_value: float
    method: str

    def tidy(self) -> pd.DataFrame:
        """Return the difference as a table of one row."""
        columns = (
            "estimate", "standard_error", "df", "conf_low", "conf_high", "p_value", "method",
        )  # fmt: skip
        return one_row(self, columns)


def t_difference(  # noqa: PLR0913 - what a t needs, and how large the values behind it are
    estimate: float,
    standard_error: float,
    df: float,
    *,
    confidence: float,
    method: str,
    scale: float = 0.0,
) -> Difference:
    """Return the estimate with its t interval and two-sided p.

    Without degrees of freedom interval and p are NaN. Without any spread (a standard error of
    nothing but rounding, beside values as large as `scale`) they are NaN too: equal class gains
    are a coincidence of rounding, not certainty.
    """
    if not df > 0 or not standard_error > max(_NOISE * scale, _LEAST):
        nan = math.nan
        return Difference(estimate, standard_error, df, nan, nan, nan, method)
    reach = float(stdtrit(df, 0.5 + confidence / 2)) * standard_error
    p_value = min(1.0, 2 * float(stdtr(df, -abs(estimate) / standard_error)))
    return Difference(
        estimate, standard_error, df, estimate - reach, estimate + reach, p_value, method
    )


def two_step(innovative: Sample, control: Sample, *, confidence: float = 0.95) -> Difference:
    """Return the difference of mean class gains with a pooled t test, df = classes − 2.

    SE = s·√(1/g₁ + 1/g₀), s² = Σ(m_c − mean of arm)²/(G − 2) (Donald & Lang 2007). One spread of
    class gains in both arms is assumed; needs three classes.

    >>> round(two_step([0.5], [0.1, 0.3]).p_value, 3)  # d = 0.3, SE = 0.1414·√1.5, df = 1
    0.333
    """
    first, second = ordered(innovative), ordered(control)
    df = first.size + second.size - 2
    estimate = mean(first) - mean(second)
    if df < 1 or not first.size or not second.size:
        return t_difference(estimate, math.nan, df, confidence=confidence, method="two_step")
    variance = (squares(first) + squares(second)) / df
    error = math.sqrt(variance * (1 / first.size + 1 / second.size))
    return t_difference(
        estimate, error, df, confidence=confidence, method="two_step", scale=_scale(first, second)
    )


def welch(innovative: Sample, control: Sample, *, confidence: float = 0.95) -> Difference:
    """Return the same difference when each arm keeps its own spread; two classes in each arm.

    SE² = s₁²/g₁ + s₀²/g₀, df of Welch 1947 and Satterthwaite 1946.

    >>> found = welch([0.5, 0.7], [0.1, 0.3])  # .02/2 + .02/2; .02²/(.01² + .01²)
    >>> round(found.standard_error**2, 6), round(found.df, 6)
    (0.02, 2.0)
    """
    first, second = ordered(innovative), ordered(control)
    estimate = mean(first) - mean(second)
    if min(first.size, second.size) < 2:  # noqa: PLR2004 - a spread needs two values
        return t_difference(estimate, math.nan, math.nan, confidence=confidence, method="welch")
    parts = [squares(arm) / (arm.size - 1) / arm.size for arm in (first, second)]
    total = sum(parts)
    below = sum(part**2 / (n - 1) for part, n in zip(parts, (first.size, second.size), strict=True))
    df = total**2 / below if below > 0 else math.nan
    return t_difference(
        estimate,
        math.sqrt(total),
        df,
        confidence=confidence,
        method="welch",
        scale=_scale(first, second),
    )


class NotPaired(ValueError):
    """The two groups do not pair off: every innovative class needs its own control class."""


@dataclass(frozen=True)
class MatchedPairs:
    """The mean difference inside pairs by two tests, each with the interval that belongs to it.

    `conf_low` and `conf_high` hold every effect that the sign-flip test does not reject: all of
    them, −∞ to ∞, where its smallest p is too large to reject any (five pairs or fewer at 95 %).
    """

    paired_t: Difference
    sign_flip: SignFlip
    conf_low: float
    conf_high: float

    @property
    def estimate(self) -> float:
        """The mean of the differences inside pairs."""
        return self.paired_t.estimate

    @property
    def pairs(self) -> int:
        """The number of pairs."""
        return self.sign_flip.pairs

    def tidy(self) -> pd.DataFrame:
        """Return one row per test: paired t, then sign flips."""
        import pandas as pd

        flips = self.sign_flip.tidy().assign(
            estimate=self.estimate, conf_low=self.conf_low, conf_high=self.conf_high
        )
        by_t = self.paired_t.tidy()
        rows = [*by_t.to_dict("records"), *flips.to_dict("records")]
        return pd.DataFrame(rows, columns=[*by_t.columns[:-1], "smallest_p", "method"])


def matched_pairs(  # noqa: PLR0913 - the options of one test, all named
    innovative: Sample,
    control: Sample,
    *,
    confidence: float = 0.95,
    most: int = MOST_PAIRS,
    draws: int = RANDOM_DRAWS,
    seed: int = SEED,
) -> MatchedPairs:
    """Return the mean difference inside pairs of classes: class i of one group with i of the other.

    d = mean(d_i), t interval d ± t_{n−1}·s/√n (Student 1908); beside it the sign-flip test, which
    needs no normal differences, and its inversion: an effect δ is in the interval when flipping
    the signs of d_i − δ gives p ≥ 1 − confidence (Fisher 1935; Rosenbaum 2002, 2.6.2). Pairs are
    chosen before any result. A pair without a gain: NaN.

    Raises NotPaired where the groups are not equally large.

    >>> found = matched_pairs([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [0.0] * 6)
    >>> found.sign_flip.p_value  # all + and all −: 2 of 64
    0.03125
    >>> found.conf_low, found.conf_high  # two more ways join where one pair alone turns
    (0.1, 0.6)
    >>> round(found.paired_t.conf_low, 2)  # .35 − 2.571·.1871/√6
    0.15
    """
    first, second = (np.asarray(arm, dtype=np.float64) for arm in (innovative, control))
    if first.shape != second.shape:
        raise NotPaired(
            f"{first.size} innovative and {second.size} control classes do not pair off. "
            "Give every innovative class its own control class."
        )
    differences = ordered(first - second)
    test = sign_flip(differences, most=most, draws=draws, seed=seed)
    low = high = math.nan
    if test.pairs:
        sums, exact = flipped_sums(differences, most=most, draws=draws, seed=seed)
        signs, _ = flipped_sums(np.ones(test.pairs), most=most, draws=draws, seed=seed)
        low, high = inverted(
            sums / test.pairs, signs / test.pairs, mean(differences), 1 - confidence, exact=exact
        )
    by_t = _paired_t(differences, scale=_scale(first, second), confidence=confidence)
    return MatchedPairs(by_t, test, low, high)


def _paired_t(differences: NDArray[np.float64], *, scale: float, confidence: float) -> Difference:
    count = differences.size
    error = math.sqrt(squares(differences) / (count - 1) / count) if count > 1 else math.nan
    return t_difference(
        mean(differences), error, count - 1, confidence=confidence, method="paired_t", scale=scale
    )


def _scale(*samples: Sample) -> float:
    """Return the largest size among the values; 0 of nothing."""
    sizes = [np.abs(np.asarray(sample, dtype=np.float64)).max(initial=0.0) for sample in samples]
    return float(max(sizes))


def ancova(
    innovative: tuple[Sample, Sample], control: tuple[Sample, Sample], *, confidence: float = 0.95
) -> Difference:
    """Return the difference of means after, at equal values before; each row stands for itself.

    Each group is (before, after). Least squares of after on group and before:
    b = (ȳ₁ − ȳ₀) − β(x̄₁ − x̄₀), β the pooled slope inside the groups,
    SE² = s²(1/n₁ + 1/n₀ + (x̄₁ − x̄₀)²/Sxx), df = N − 3. For class means or other rows that do not
    share a class; pupils go through `ancova_two_step`. An empty group: NaN. Where before does not
    vary inside the groups there is no slope: with equal starts the plain difference of after,
    df = N − 2; with unequal ones group and start cannot be told apart: NaN.

    >>> found = ancova(([3.0, 4.0, 5.0], [4.5, 5.0, 5.5]), ([2.0, 3.0, 4.0], [3.0, 3.5, 4.0]))
    >>> found.estimate  # after is 1.5 apart, before 1 at a slope of ½
    1.0
    """
    arms = [np.asarray(arm, dtype=np.float64) for arm in (innovative, control)]
    if not all(arm.size for arm in arms):
        nan = math.nan
        return t_difference(nan, nan, nan, confidence=confidence, method="ancova")
    slope, within = _pooled_slope(arms)
    gap_before, gap_after = (mean(arms[0][i]) - mean(arms[1][i]) for i in (0, 1))
    n1, n0 = arms[0].shape[1], arms[1].shape[1]
    df = n1 + n0 - (3 if within > 0 else 2)
    residual = sum(squares(arm[1] - slope * arm[0]) for arm in arms)
    scatter = 1 / n1 + 1 / n0 + (gap_before**2 / within if within > 0 else 0.0)
    error = math.sqrt(residual / df * scatter) if df > 0 else math.nan
    return t_difference(
        gap_after - slope * gap_before,
        error,
        df,
        confidence=confidence,
        method="ancova",
        scale=max(_scale(*(arm[1] for arm in arms)), _scale(*(slope * arm[0] for arm in arms))),
    )


def ancova_two_step(
    before: Sample,
    after: Sample,
    classes: Sequence[str],
    innovative: Sequence[str],
    *,
    confidence: float = 0.95,
) -> Difference:
    """Return the ANCOVA difference with the class as the unit: a check on the sign of the gains.

    Class means of after − β·before, β the pooled slope of pupils inside the two arms, then the
    two-step t. One row per pupil; `innovative` names the innovative classes. NaN where marks before
    differ between the arms and never inside them.

    >>> found = ancova_two_step(
    ...     [3.0, 5.0, 3.0, 5.0, 3.0, 5.0],
    ...     [4.5, 5.5, 3.0, 4.0, 3.5, 4.5],
    ...     ["5А", "5А", "5Б", "5Б", "5В", "5В"],
    ...     ["5А"],
    ... )
    >>> found.estimate, found.df  # after − ½·before: 3 in 5А, 1.5 and 2 in the others
    (1.25, 1)
    """
    x, y = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    labels = np.asarray(classes, dtype=object)
    order = np.lexsort((y, x, labels.astype(str)))
    x, y, labels = x[order], y[order], labels[order]
    ours = np.isin(labels.astype(str), list(innovative))
    slope, _ = _pooled_slope([np.vstack([x[arm], y[arm]]) for arm in (ours, ~ours)])
    adjusted = y - slope * x
    means = {
        label: mean(adjusted[labels == label]) for label in sorted(set(labels.tolist()), key=str)
    }
    first = [value for label, value in means.items() if label in set(innovative)]
    second = [value for label, value in means.items() if label not in set(innovative)]
    found = two_step(first, second, confidence=confidence)
    return Difference(
        found.estimate, found.standard_error, found.df, found.conf_low, found.conf_high,
        found.p_value, "ancova_two_step",
    )  # fmt: skip


def _pooled_slope(arms: list[NDArray[np.float64]]) -> tuple[float, float]:
    """Return the slope of after on before inside the arms, and the sum of squares of before.

    Without any spread of before inside the arms there is no slope: 0 where they start equal, so
    that there is nothing to adjust for, NaN where they start apart.
    """
    within = sum(squares(before) for before, _ in arms)
    noise = _NOISE * _scale(*(before for before, _ in arms))
    if math.sqrt(within) <= noise:
        first, second = (mean(before) for before, _ in arms)
        return (math.nan if abs(first - second) > noise else 0.0), 0.0
    crossed = sum(
        math.fsum((before - mean(before)) * (after - mean(after))) for before, after in arms
    )
    return crossed / within, within
