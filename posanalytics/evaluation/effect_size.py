"""How big a difference is, in units that do not depend on the subject or the scale."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from scipy.special import gammaln, ndtri

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Sample = Sequence[float] | NDArray[np.float64]

Correction = Literal["approximate", "exact"]


@dataclass(frozen=True)
class EffectSize:
    """A difference without a unit, and its interval."""

    estimate: float
    standard_error: float
    conf_low: float
    conf_high: float
    method: str

    def tidy(self) -> pd.DataFrame:
        """Return the effect size as a table of one row."""
        return one_row(self, ("estimate", "standard_error", "conf_low", "conf_high", "method"))


def one_row(result: object, columns: tuple[str, ...]) -> pd.DataFrame:
    """Return the named attributes of a result as a table of one row."""
    import pandas as pd

    return pd.DataFrame({name: [getattr(result, name)] for name in columns})


def ordered(values: Sample) -> NDArray[np.float64]:
    """Return the values as floats in rising order, so that sums never depend on row order."""
    return np.sort(np.asarray(values, dtype=np.float64))


def mean(values: Sample) -> float:
    """Return the correctly rounded mean; NaN of nothing."""
    array = np.asarray(values, dtype=np.float64)
    return math.fsum(array) / array.size if array.size else math.nan


def squares(values: Sample) -> float:
    """Return the sum of squared distances from the mean."""
    array = np.asarray(values, dtype=np.float64)
    return math.fsum((array - mean(array)) ** 2)


def pooled_sd(first: Sample, second: Sample) -> float:
    """Return the standard deviation inside the two groups; NaN with fewer than three values."""
    df = len(first) + len(second) - 2
    return math.sqrt((squares(first) + squares(second)) / df) if df > 0 else math.nan


def small_sample_correction(df: float, *, correction: Correction = "approximate") -> float:
    """Return Hedges' J, which takes the small-sample bias out of a standardised difference.

    approximate: 1 − 3/(4·df − 1), that is 1 − 3/(4N − 9) for two groups (Hedges 1981; WWC).
    exact: Γ(df/2) / (√(df/2)·Γ((df − 1)/2)) (Hedges 1981, equation 6e).

    >>> small_sample_correction(4)  # 1 − 3/15
    0.8
    """
    if df <= 1:
        return math.nan
    if correction == "approximate":
        return 1 - 3 / (4 * df - 1)
    return float(math.exp(gammaln(df / 2) - gammaln((df - 1) / 2)) / math.sqrt(df / 2))


def hedges_g(
    innovative: Sample,
    control: Sample,
    *,
    confidence: float = 0.95,
    correction: Correction = "approximate",
) -> EffectSize:
    """Return the difference of means in pooled standard deviations, corrected for small samples.

    g = J·(mean₁ − mean₀)/s_pooled (Hedges 1981); SE² = J²·(1/n₁ + 1/n₀) + g²/(2N), that is J² times
    the variance of d (Hedges & Olkin 1985, ch. 5; Borenstein et al. 2009, 4.20 and 4.24). Groups
    that do not vary at all give 0 when equal, else ±infinity.

    >>> g = hedges_g([4.0, 5.0, 5.0], [3.0, 3.0, 4.0])
    >>> round(g.estimate, 2)  # (14/3 − 10/3) / 0.577 · 0.8
    1.85
    """
    n1, n0 = len(innovative), len(control)
    df = n1 + n0 - 2
    gap = mean(innovative) - mean(control)
    factor = small_sample_correction(df, correction=correction)
    estimate = standardised(gap, pooled_sd(innovative, control), factor=factor)
    spread = (
        factor**2 * (1 / n1 + 1 / n0) + estimate**2 / (2 * (n1 + n0)) if n1 and n0 else math.nan
    )
    return _with_interval(estimate, math.sqrt(spread), confidence, f"hedges_g_{correction}")


def standardised(difference: float, sd: float, *, factor: float = 1.0) -> float:
    """Return the difference in standard deviations; 0/0 is no difference."""
    if not math.isfinite(difference) or math.isnan(sd) or math.isnan(factor):
        return math.nan
    if sd > 0:
        return factor * difference / sd
    return math.copysign(math.inf, difference) if difference else 0.0


def cliffs_delta(
    innovative: Sample,
    control: Sample,
    *,
    confidence: float = 0.95,
    pupils_independent: bool = True,
) -> EffectSize:
    """Return P(innovative > control) − P(innovative < control) over all pairs of pupils.

    Needs only the order of marks. Variance: Cliff 1996, consistent estimate; the interval is the
    asymmetric one of Feng & Cliff 2004, which stays inside ±1. Both take pupils for independent:
    pupils who came in classes are not, and with `pupils_independent` false neither is given. Nor
    is the interval where the dominance does not vary. NaN are left out.

    >>> cliffs_delta([3, 4, 5], [3, 3, 4]).estimate  # of 9 pairs 5 above, 1 below
    0.4444444444444444
    """
    first, second = (side[~np.isnan(side)] for side in (ordered(innovative), ordered(control)))
    n1, n0 = first.size, second.size
    if not n1 or not n0:
        return EffectSize(math.nan, math.nan, math.nan, math.nan, "cliffs_delta")
    over, under = _dominance(first, second), _dominance(second, first)
    delta = math.fsum(over) / (n1 * n0)
    error = _dominance_error(over / n0, -under / n1, delta) if pupils_independent else math.nan
    return _feng_cliff(delta, error, float(ndtri(0.5 + confidence / 2)))


def _dominance(values: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return for every value how many others lie below it minus how many lie above."""
    below = np.searchsorted(others, values, side="left")
    above = others.size - np.searchsorted(others, values, side="right")
    return (below - above).astype(np.float64)


def _dominance_error(
    rows: NDArray[np.float64], columns: NDArray[np.float64], delta: float
) -> float:
    n1, n0 = rows.size, columns.size
    if n1 < 2 or n0 < 2:  # noqa: PLR2004 - a variance needs two values
        return math.nan
    by_row = math.fsum((rows - delta) ** 2) / (n1 - 1)
    by_column = math.fsum((columns - delta) ** 2) / (n0 - 1)
    return math.sqrt(by_row / n1 + by_column / n0)


def _feng_cliff(delta: float, error: float, z: float) -> EffectSize:
    if not error > 0 or abs(delta) == 1:
        return EffectSize(delta, error, math.nan, math.nan, "cliffs_delta")
    reach = z * error * math.sqrt((1 - delta**2) ** 2 + z**2 * error**2)
    scale = 1 - delta**2 + z**2 * error**2
    low, high = (delta - delta**3 - reach) / scale, (delta - delta**3 + reach) / scale
    return EffectSize(delta, error, max(-1.0, low), min(1.0, high), "cliffs_delta")


def _with_interval(estimate: float, error: float, confidence: float, method: str) -> EffectSize:
    reach = float(ndtri(0.5 + confidence / 2)) * error
    return EffectSize(estimate, error, estimate - reach, estimate + reach, method)


def probability_of_superiority(
    innovative: Sample, control: Sample, *, confidence: float = 0.95
) -> EffectSize:
    """Return the chance that an innovative pupil stands above a control one, ties counted half.

    (δ + 1)/2 with Cliff's δ and its interval (McGraw & Wong 1992; Vargha & Delaney 2000).

    >>> probability_of_superiority([3, 4, 5], [3, 3, 4]).estimate  # 5 above, 3 ties, of 9 pairs
    0.7222222222222222
    """
    delta = cliffs_delta(innovative, control, confidence=confidence)
    return EffectSize(
        (delta.estimate + 1) / 2,
        delta.standard_error / 2,
        (delta.conf_low + 1) / 2,
        (delta.conf_high + 1) / 2,
        "probability_of_superiority",
    )


def cox_index(
    innovative: float,
    control: float,
    *,
    pupils: tuple[int, int] | None = None,
    small_sample: bool = False,
    confidence: float = 0.95,
) -> EffectSize:
    """Return the difference of two shares in standard deviations: ω·(logit p₁ − logit p₀)/1.65.

    ω = 1 (Cox 1970; WWC 4.1, VI.1.2), or 1 − 3/(4N − 9) with `small_sample`, as WWC 4.0 had it.
    SE² = (ω/1.65)²·(1/(n₁p₁) + 1/(n₁(1 − p₁)) + 1/(n₀p₀) + 1/(n₀(1 − p₀))) (Sánchez-Meca,
    Marín-Martínez & Chacón-Moscoso 2003), pupils taken for independent. What needs the `pupils` of
    both groups is NaN without them, and everything is where a share is 0 or 1.

    >>> found = cox_index(0.8, 0.5, pupils=(50, 50))
    >>> round(found.estimate, 2), round(found.standard_error, 2)  # ln 4/1.65, √(.125 + .08)/1.65
    (0.84, 0.27)
    """
    if not (0 < innovative < 1 and 0 < control < 1):
        return EffectSize(math.nan, math.nan, math.nan, math.nan, "cox_index")
    n1, n0 = pupils or (math.nan, math.nan)
    factor = small_sample_correction(n1 + n0 - 2) if small_sample else 1.0
    odds = math.log(innovative / (1 - innovative)) - math.log(control / (1 - control))
    parts = [(n1, innovative), (n1, 1 - innovative), (n0, control), (n0, 1 - control)]
    spread = math.sqrt(math.fsum(1 / (n * share) if n else math.nan for n, share in parts))
    return _with_interval(factor * odds / 1.65, factor * spread / 1.65, confidence, "cox_index")


def adjusted_g(
    difference: float, sd: float, sizes: tuple[int, int], *, confidence: float = 0.95
) -> EffectSize:
    """Return Hedges' g of a difference that a regression gave, in standard deviations `sd`.

    g = J·b/s with df = N − 2; SE² = J²·(1/n₁ + 1/n₀) + g²/(2N). With s the residual standard
    deviation it is eefAnalytics' conditional effect of a simple trial, with s of all marks the
    unconditional one. An empty arm: NaN.

    >>> round(adjusted_g(0.3, 0.5, (25, 25)).estimate, 3)  # .6 · (1 − 3/191)
    0.591
    """
    n1, n0 = sizes
    if not min(n1, n0) > 0:
        return EffectSize(math.nan, math.nan, math.nan, math.nan, "adjusted_g")
    factor = small_sample_correction(n1 + n0 - 2)
    estimate = standardised(difference, sd, factor=factor)
    spread = factor**2 * (1 / n1 + 1 / n0) + estimate**2 / (2 * (n1 + n0))
    return _with_interval(estimate, math.sqrt(spread), confidence, "adjusted_g")
