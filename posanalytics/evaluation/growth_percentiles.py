"""Student growth percentiles: where a pupil stands among pupils who began alike.

For data of the size of a region only. Of one class, or one school, no percentiles can be made: the
R package SGP refuses small cohorts too (Betebenner 2009; its model is followed here).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BSpline
from scipy.optimize import linprog

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from posanalytics.evaluation.effect_size import Sample

    Floats = NDArray[np.float64]

FEWEST_PUPILS = 1_000
FEWEST_SCORES = 10  # different ones: splines with knots at quintiles need that many
TAUS = tuple((2 * number + 1) / 200 for number in range(100))  # .005, .015 … .995
_KNOTS = (0.2, 0.4, 0.6, 0.8)
_MARGIN = 0.1  # of the range of earlier scores, beyond each end of the splines
_TIE = 1e-7
_DEGREE = 3


class TooFewPupils(ValueError):
    """Fewer pupils, or fewer different earlier scores, than percentiles need."""


class UnknownScore(ValueError):
    """A pupil has no earlier or no later score, so has no percentile and moves those of others."""


@dataclass(frozen=True)
class GrowthPercentiles:
    """The growth percentile, 1 to 99, of every pupil, in the order given."""

    before: Floats
    after: Floats
    percentiles: NDArray[np.int64]

    method = "growth_percentiles"

    def tidy(self) -> pd.DataFrame:
        """Return one row per pupil."""
        import pandas as pd

        return pd.DataFrame(
            {
                "before": self.before,
                "after": self.after,
                "percentile": self.percentiles,
                "method": self.method,
            }
        )


def growth_percentiles(before: Sample, after: Sample) -> GrowthPercentiles:
    """Return where every pupil stands among pupils who began alike.

    A hundred quantile regressions (τ = .005 … .995) of the later score on cubic B-splines of the
    earlier one, knots at its quintiles; predictions of a pupil are sorted so that they do not
    cross, and the percentile is the number of them below the score: strictly below, as SGP counts.
    Raises TooFewPupils below 1,000 pupils or ten different earlier scores (term marks have four),
    and UnknownScore where a score is missing or infinite.

    >>> starts = [start for start in range(10) for _ in range(100)]
    >>> found = growth_percentiles(starts, [*range(1, 101)] * 10)  # 1 … 100 whatever the start
    >>> int(found.percentiles[49])  # of the pupil with 50: 49 of the hundred are below
    49
    """
    x, y = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
    unknown = int((~(np.isfinite(x) & np.isfinite(y))).sum())
    if unknown:
        raise UnknownScore(f"{unknown} pupils lack a score; leave them out first.")
    if x.size < FEWEST_PUPILS:
        raise TooFewPupils(f"{x.size} pupils; growth percentiles need at least {FEWEST_PUPILS}.")
    scores = np.unique(x).size
    if scores < FEWEST_SCORES:
        raise TooFewPupils(
            f"{scores} different earlier scores; at least {FEWEST_SCORES} are needed."
        )
    order = np.lexsort((y, x))
    basis = spline_basis(x[order])
    fitted = np.column_stack([basis @ quantile_regression(basis, y[order], tau) for tau in TAUS])
    predictions = np.sort(fitted, axis=1)
    slack = _TIE * (float(np.abs(y).max(initial=0.0)) or 1.0)
    counts = (predictions < y[order][:, None] - slack).sum(axis=1)
    found = np.empty(x.size, dtype=np.int64)
    found[order] = np.clip(counts, 1, 99)
    return GrowthPercentiles(x, y, found)


def spline_basis(x: Floats) -> Floats:
    """Return cubic B-splines with knots at the quintiles, as R's `bs` with an intercept.

    >>> spline_basis(np.arange(11.0)).sum(axis=1).round(12).tolist() == [1.0] * 11
    True
    """
    inner = np.quantile(x, _KNOTS)
    low, high = float(x.min()), float(x.max())
    margin = _MARGIN * (high - low)
    ends = [low - margin] * (_DEGREE + 1), [high + margin] * (_DEGREE + 1)
    knots = np.concatenate([ends[0], inner, ends[1]])
    basis: Floats = BSpline.design_matrix(x, knots, _DEGREE).toarray()
    return basis


def quantile_regression(x: Floats, y: Floats, tau: float) -> Floats:
    """Return the coefficients that minimise Σ ρ_τ(y − xβ) (Koenker & Bassett 1978).

    Solved in its dual, max y′a with X′a = (1 − τ)X′1 and 0 ≤ a ≤ 1; β are its multipliers. Raises
    RuntimeError where the solver gives no optimum.

    >>> found = quantile_regression(np.ones((3, 1)), np.array([1.0, 5.0, 6.0]), 0.5)
    >>> found.round(9).tolist()  # the median
    [5.0]
    """
    found = linprog(-y, A_eq=x.T, b_eq=(1 - tau) * x.sum(axis=0), bounds=(0, 1), method="highs-ds")
    if found.status:
        raise RuntimeError(f"The quantile regression at τ = {tau} failed: {found.message}")
    coefficients: Floats = -np.asarray(found.eqlin.marginals, dtype=np.float64)
    return coefficients
