"""Whether the classes were alike before the start and had room to grow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from posanalytics.evaluation.effect_size import hedges_g, mean, one_row

if TYPE_CHECKING:
    import pandas as pd

    from posanalytics.evaluation.effect_size import Sample

Determination = Literal["equivalent", "equivalent after adjustment", "not equivalent", "unknown"]

# What Works Clearinghouse, Standards Handbook 4.1, table II.5: baseline equivalence.
ALIKE = 0.05
ADJUSTABLE = 0.25


@dataclass(frozen=True)
class BaselineEquivalence:
    """How far apart the two groups were before the start, in standard deviations."""

    g: float
    determination: Determination
    mean_innovative: float
    mean_control: float
    pupils_innovative: int
    pupils_control: int

    def tidy(self) -> pd.DataFrame:
        """Return the baseline as a table of one row per group of classes."""
        import pandas as pd

        return pd.DataFrame(
            {
                "group": ["innovative", "control"],
                "mean": [self.mean_innovative, self.mean_control],
                "pupils": [self.pupils_innovative, self.pupils_control],
            }
        )


def baseline(innovative: Sample, control: Sample) -> BaselineEquivalence:
    """Return Hedges g of the values before the start, judged by the rule of the WWC.

    |g| ≤ 0.05 alike, ≤ 0.25 comparable once the start is taken into account (gains do), more is
    not comparable. A gap within rounding of a limit (1e-12) counts as on it.

    >>> baseline([5, 6, 7], [4, 5, 6]).determination  # g = 0.8
    'not equivalent'
    """
    enough = min(len(innovative), len(control)) >= 1 and len(innovative) + len(control) > 3  # noqa: PLR2004 - Hedges' J needs two degrees of freedom
    g = hedges_g(innovative, control).estimate if enough else math.nan
    return BaselineEquivalence(
        g, determination(g), mean(innovative), mean(control), len(innovative), len(control)
    )


def determination(g: float) -> Determination:
    """Return what a baseline gap allows."""
    if math.isnan(g):
        return "unknown"
    if abs(g) <= ALIKE + 1e-12:
        return "equivalent"
    return "equivalent after adjustment" if abs(g) <= ADJUSTABLE + 1e-12 else "not equivalent"


@dataclass(frozen=True)
class CeilingFloor:
    """Shares of pupils who start at the highest or lowest mark of the scale."""

    ceiling_innovative: float
    ceiling_control: float
    floor_innovative: float
    floor_control: float

    @property
    def ceiling(self) -> float:
        """The larger share at the highest mark; NaN when nobody is known."""
        return max(self.ceiling_innovative, self.ceiling_control)

    def tidy(self) -> pd.DataFrame:
        """Return the shares as a table of one row."""
        columns = (
            "ceiling_innovative", "ceiling_control", "floor_innovative", "floor_control",
        )  # fmt: skip
        return one_row(self, columns)


def ceiling_floor(
    innovative: Sample, control: Sample, *, lowest: float = 2, highest: float = 5
) -> CeilingFloor:
    """Return how many cannot grow any more and how many cannot fall any further.

    >>> ceiling_floor([5, 5, 4, 3], [2, 4]).ceiling
    0.5
    """
    return CeilingFloor(
        _share_from(innovative, highest),
        _share_from(control, highest),
        _share_to(innovative, lowest),
        _share_to(control, lowest),
    )


def _share_from(values: Sample, limit: float) -> float:
    return mean((np.asarray(values, dtype=np.float64) >= limit).astype(np.float64))


def _share_to(values: Sample, limit: float) -> float:
    return mean((np.asarray(values, dtype=np.float64) <= limit).astype(np.float64))
