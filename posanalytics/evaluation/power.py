"""What could have been seen at all: the smallest difference that a design notices."""

from __future__ import annotations

import math

from scipy.special import stdtrit


class NotFeasible(ValueError):
    """The design has too few classes to notice any difference."""


def minimum_detectable(  # noqa: PLR0913 - the parameters of the published formula
    spread: float,
    innovative: int,
    control: int,
    *,
    df: float | None = None,
    power: float = 0.80,
    alpha: float = 0.05,
) -> float:
    """Return the difference that the t test on class gains notices with that probability.

    (t_{1−α/2, df} + t_{power, df})·spread·√(1/g₁ + 1/g₀), in the unit of the spread of class gains
    (Bloom 1995); df is G − 2 unless the spread comes from more classes. NaN without df. The sum of
    two central t is an approximation: by the noncentral t the power at this difference is a little
    below the .80 that is asked: .73 for 1 v 2, .77 for 2 v 2, .79 for 2 v 4.

    >>> round(minimum_detectable(0.15, 2, 4), 2)  # (2.776 + 0.941)·0.15·√0.75
    0.48
    """
    df = innovative + control - 2 if df is None else df
    if not df > 0 or not min(innovative, control) or math.isnan(spread):
        return math.nan
    reach = float(stdtrit(df, 1 - alpha / 2) + stdtrit(df, power))
    return reach * spread * math.sqrt(1 / innovative + 1 / control)


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
) -> float:
    """Return the minimum detectable effect size (in SD) of a comparison of whole classes.

    M·√(ρ(1 − R₂²)/(P(1 − P)J) + (1 − ρ)(1 − R₁²)/(P(1 − P)Jn)), M = t_{1−α/2, df} + t_{power, df},
    df = J − g − 2 (Dong & Maynard 2013; PowerUpR mdes.cra2). Raises NotFeasible when df < 1 or an
    arm has no classes.
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
    return reach * math.sqrt(between + within)
