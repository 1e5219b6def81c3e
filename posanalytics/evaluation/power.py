"""What could have been seen at all: the smallest difference that a design notices."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.optimize import brentq
from scipy.special import ncfdtr, stdtrit

from posanalytics.evaluation.effect_size import one_row

if TYPE_CHECKING:
    import pandas as pd

_DIGITS = 9


class NotFeasible(ValueError):
    """The design has too few classes to notice any difference."""


@dataclass(frozen=True)
class Detectable:
    """The smallest difference that is noticed with the power asked for, and by which formula."""

    minimum_detectable: float
    df: float
    power: float
    alpha: float
    method: str

    def tidy(self) -> pd.DataFrame:
        """Return the difference as a table of one row."""
        return one_row(self, ("minimum_detectable", "df", "method"))


def minimum_detectable(  # noqa: PLR0913 - the parameters of the published formula
    spread: float,
    innovative: int,
    control: int,
    *,
    df: float | None = None,
    power: float = 0.80,
    alpha: float = 0.05,
) -> Detectable:
    """Return the difference that the t test on class gains notices with exactly that probability.

    λ·spread·√(1/g₁ + 1/g₀), in the unit of the spread of class gains, λ the noncentrality at which
    the t test has that power (Cohen 1988, 2.4); df is G − 2 unless the spread comes from more
    classes. NaN with df below one, with an empty arm or an unknown spread.

    >>> found = minimum_detectable(0.15, 2, 4)  # λ of 4 df is 3.761; 3.761·0.15·√0.75
    >>> round(found.minimum_detectable, 2)
    0.49
    """
    df = innovative + control - 2 if df is None else df
    found = math.nan
    if df >= 1 and min(innovative, control) > 0:
        pairs = math.sqrt(1 / innovative + 1 / control)
        found = noncentrality(df, power=power, alpha=alpha) * spread * pairs
    return Detectable(found, df, power, alpha, "noncentral_t")


@functools.lru_cache(maxsize=256)
def noncentrality(df: float, *, power: float = 0.80, alpha: float = 0.05) -> float:
    """Return how many standard errors an effect must have for a two-sided t test to notice it.

    λ with P(|T| > t_{1−α/2, df}) = power for T of the noncentral t: both tails count, so that T² is
    noncentral F with 1 and df degrees of freedom and λ² (R's `power.t.test(strict = TRUE)`). The
    sum of two quantiles, t_{1−α/2} + t_{power}, is too small with few classes: at it the power is
    .73 with 1 df, .77 with 2, .79 with 4.

    >>> round(noncentrality(1e6), 2)  # the normal one: 1.96 + 0.84
    2.8
    """
    if not alpha < power < 1:
        raise ValueError(f"A power of {power} must lie between the level {alpha} and 1.")
    edge = float(stdtrit(df, 1 - alpha / 2)) ** 2

    def lacking(away: float) -> float:
        return power - 1 + float(ncfdtr(1, df, away**2, edge))

    high = 1.0
    while lacking(high) > 0:
        high *= 2
    # Rounded: the last bits of the distribution differ between platforms.
    return round(float(brentq(lacking, 0.0, high, xtol=1e-12)), _DIGITS)


def mdes_cra2(  # noqa: PLR0913 - the parameters of the published formula
    classes: int,
    pupils: int,
    *,
    icc: float,
    share_innovative: float = 0.5,
    r2_pupil: float = 0.0,
    r2_class: float = 0.0,
    class_covariates: int = 0,
    power: float = 0.80,
    alpha: float = 0.05,
) -> Detectable:
    """Return PowerUpR's minimum detectable effect size (in SD) of a comparison of whole classes.

    M·√(ρ(1 − R₂²)/(P(1 − P)J) + (1 − ρ)(1 − R₁²)/(P(1 − P)Jn)), M = t_{1−α/2, df} + t_{power, df},
    df = J − g − 2 (Dong & Maynard 2013; PowerUpR mdes.cra2). Its multiplier is the sum of two
    central t as published: below the exact `noncentrality` by 14 % with one degree of freedom, 5 %
    with two, 2 % with three. Raises NotFeasible when df < 1 or an arm has no classes.

    >>> found = mdes_cra2(4, 25, icc=0.1)  # (4.303 + 1.061)·√(0.1/1 + 0.9/25)
    >>> round(found.minimum_detectable, 2)
    1.98
    """
    df = classes - class_covariates - 2
    if df < 1:
        raise NotFeasible(
            f"{classes} classes leave {df} degrees of freedom; at least 1 is needed. "
            "Add a class to the comparison."
        )
    if not 0 < share_innovative < 1:
        raise NotFeasible(
            f"A share of {share_innovative} innovative classes leaves one arm empty. "
            "Put classes into both arms."
        )
    reach = float(stdtrit(df, 1 - alpha / 2) + stdtrit(df, power))
    split = share_innovative * (1 - share_innovative) * classes
    between = icc * (1 - r2_class) / split
    within = (1 - icc) * (1 - r2_pupil) / (split * pupils)
    found = reach * math.sqrt(between + within)
    return Detectable(found, df, power, alpha, "powerupr_cra2")
