"""How much of the difference between pupils is a difference between their classes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import fdtri

from posanalytics.evaluation.effect_size import mean, one_row, ordered, squares

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from posanalytics.evaluation.effect_size import Sample

    Floats = NDArray[np.float64]

FEWEST_CLASSES = 3


@dataclass(frozen=True)
class IntraclassCorrelation:
    """The share of the variance that lies between classes, and its interval."""

    estimate: float
    conf_low: float
    conf_high: float
    classes: int
    pupils: int

    method = "anova_icc"

    def tidy(self) -> pd.DataFrame:
        """Return the share as a table of one row."""
        return one_row(self, ("estimate", "conf_low", "conf_high", "classes", "pupils", "method"))


def anova_icc(
    classes: Iterable[Sample], *, years: Sequence[str] | None = None, confidence: float = 0.95
) -> IntraclassCorrelation:
    """Return ICC(1) = (MSB − MSW)/(MSB + (n₀ − 1)·MSW) with its F interval.

    n₀ = (N − Σn²/N)/(k − 1) (Donner 1986); the interval puts the ends of F's interval in its place
    (Searle 1971), exact in classes of one size. A negative share is chance and stays visible. NaN
    with fewer than three classes, or where no class has two pupils. `years` names the year of each
    class: classes are then compared inside their year (MSB around the yearly means, k − years
    degrees of freedom, n₀ with Σ over years of Σn²/N_year), so that a year that was better for all
    is no difference between classes.

    >>> round(anova_icc([[3.0, 4.0], [4.0, 5.0], [2.0, 3.0]]).estimate, 2)  # MSB 2, MSW 1/2
    0.6
    """
    kept = list(classes)
    named = ["" for _ in kept] if years is None else list(years)
    pairs = [(year, ordered(group)) for year, group in zip(named, kept, strict=True) if len(group)]
    pairs.sort(key=lambda pair: (pair[0], pair[1].tolist()))
    groups = [group for _, group in pairs]
    strata = [[group for own, group in pairs if own == year] for year in dict(pairs)]
    k, pupils = len(groups), sum(group.size for group in groups)
    nothing = IntraclassCorrelation(math.nan, math.nan, math.nan, k, pupils)
    df = k - len(strata)
    if k < FEWEST_CLASSES or pupils <= k or df < 1:
        return nothing
    between = math.fsum(_between(stratum) for stratum in strata) / df
    within = math.fsum(squares(group) for group in groups) / (pupils - k)
    size = (pupils - math.fsum(_shared(stratum) for stratum in strata)) / df
    if not within > 0:
        return nothing
    ratio, tail = between / within, (1 - confidence) / 2
    low, high = (fdtri(df, pupils - k, 1 - tail), fdtri(df, pupils - k, tail))
    ends = [(ratio / f - 1) / (ratio / f + size - 1) for f in (low, high)]
    share = (between - within) / (between + (size - 1) * within)
    return IntraclassCorrelation(share, float(ends[0]), float(ends[1]), k, pupils)


def _between(groups: Sequence[Floats]) -> float:
    """Return the squares of class means around the mean of their pupils."""
    pupils = sum(group.size for group in groups)
    grand = math.fsum(value for group in groups for value in group) / pupils
    return math.fsum(group.size * (mean(group) - grand) ** 2 for group in groups)


def _shared(groups: Sequence[Floats]) -> float:
    """Return Σn²/N."""
    return math.fsum(group.size**2 for group in groups) / sum(group.size for group in groups)
