"""How much of the difference between pupils is a difference between their classes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import fdtri

from posanalytics.evaluation.effect_size import mean, one_row, ordered, squares

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from posanalytics.evaluation.effect_size import Sample

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


def anova_icc(classes: Iterable[Sample], *, confidence: float = 0.95) -> IntraclassCorrelation:
    """Return ICC(1) = (MSB − MSW)/(MSB + (n₀ − 1)·MSW) with its F interval.

    n₀ = (N − Σn²/N)/(k − 1) (Donner 1986); the interval puts the ends of F's interval in its place
    (Searle 1971), exact in classes of one size. A negative share is chance and stays visible. NaN
    with fewer than three classes, or where no class has two pupils.

    >>> round(anova_icc([[3.0, 4.0], [4.0, 5.0], [2.0, 3.0]]).estimate, 2)  # MSB 2, MSW 1/2
    0.6
    """
    groups = sorted((ordered(group) for group in classes if len(group)), key=lambda g: g.tolist())
    k, pupils = len(groups), sum(group.size for group in groups)
    nothing = IntraclassCorrelation(math.nan, math.nan, math.nan, k, pupils)
    if k < FEWEST_CLASSES or pupils <= k:
        return nothing
    grand = math.fsum(value for group in groups for value in group) / pupils
    between = math.fsum(g.size * (mean(g) - grand) ** 2 for g in groups) / (k - 1)
    within = math.fsum(squares(group) for group in groups) / (pupils - k)
    size = (pupils - math.fsum(g.size**2 for g in groups) / pupils) / (k - 1)
    if not within > 0:
        return nothing
    ratio, tail = between / within, (1 - confidence) / 2
    low, high = (fdtri(k - 1, pupils - k, 1 - tail), fdtri(k - 1, pupils - k, tail))
    ends = [(ratio / f - 1) / (ratio / f + size - 1) for f in (low, high)]
    share = (between - within) / (between + (size - 1) * within)
    return IntraclassCorrelation(share, float(ends[0]), float(ends[1]), k, pupils)
