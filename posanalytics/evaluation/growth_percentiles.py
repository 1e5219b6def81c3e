"""Student growth percentiles: where a pupil stands among pupils who began alike.

For data of the size of a region only. Of one class, or one school, no percentiles can be made: the
R package SGP refuses small cohorts too (Betebenner 2009; its model is followed here).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.interpolate import BSpline
from scipy.optimize import linprog

if TYPE_CHECKING:
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


def growth_percentiles(before: Sample, after: Sample) -> NDArray[np.int64]:
    """Return the growth percentile, 1 to 99, of every pupil, in the order given.

    A hundred quantile regressions (τ = .005 … .995) of the later score on cubic B-splines of the
    earlier one, knots at its quintiles; predictions of a pupil are sorted so that they do not
    cross, and the percentile is the number of them below the score: strictly below, as SGP counts.
    Raises TooFewPupils below 1,000 pupils or ten different earlier scores (term marks have four).
    """
    x, y = np.asarray(before, dtype=np.float64), np.asarray(after, dtype=np.float64)
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
    return found


def spline_basis(x: Floats) -> Floats:
    """Return cubic B-splines with knots at the quintiles, as R's `bs` with an intercept."""
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
    """
    found = linprog(-y, A_eq=x.T, b_eq=(1 - tau) * x.sum(axis=0), bounds=(0, 1), method="highs-ds")
    if found.status:
        raise RuntimeError(f"The quantile regression at τ = {tau} failed: {found.message}")
    coefficients: Floats = -np.asarray(found.eqlin.marginals, dtype=np.float64)
    return coefficients
