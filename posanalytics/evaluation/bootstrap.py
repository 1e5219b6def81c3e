"""The wild cluster bootstrap: residuals of whole classes change sign, under no effect.

Restricted (null imposed) and studentised: WCR of Cameron, Gelbach & Miller 2008. With few classes
the share of draws is a coarse ladder and programs differ on its ties; here a draw counts when
|t*| ≥ |t|, and the draw that changes nothing is one of them (STATISTICS.md 0.7).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from numpy.random import PCG64

from posanalytics.evaluation.effect_size import one_row
from posanalytics.evaluation.inference import RANDOM_DRAWS, SEED
from posanalytics.evaluation.regression import NotEstimable, design_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_ENUMERATED = 12
_TIE = 1e-8  # of t, which is a ratio of sums
_NOISE = 1e-12  # of the marks: sums of residuals below this are rounding
_BLOCK = 4_096

Residuals = Literal["plain", "jackknife"]


@dataclass(frozen=True)
class WildBootstrap:
    """Share of sign changes of whole clusters whose t reaches the observed one."""

    p_value: float
    smallest_p: float
    statistic: float
    draws: int
    exact: bool

    method = "wild_bootstrap"

    def tidy(self) -> pd.DataFrame:
        """Return the test as a table of one row."""
        return one_row(self, ("p_value", "smallest_p", "method"))


class _Scores(NamedTuple):
    """What every draw is made of: the part of each cluster, and what it does to the others."""

    own: Floats
    crossed: Floats


def wild_bootstrap(  # noqa: PLR0913 - the parts of a regression
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str],
    tested: str,
    cluster: str,
    residuals: Residuals = "plain",
    most: int = MOST_ENUMERATED,
    draws: int = RANDOM_DRAWS,
    seed: int = SEED,
) -> WildBootstrap:
    """Return the test that the coefficient of `tested`, 0 or 1 for whole clusters, is nothing.

    Residuals of the model without `tested` get the sign +1 or −1 cluster by cluster: all 2^G ways
    up to `most` clusters, a seeded sample with p = (b + 1)/(B + 1) above. t is studentised with
    CR0. "plain" is WCR11 of MacKinnon, Nielsen & Webb 2023, "jackknife" WCR31, whose residuals
    are (I − H_gg)⁻¹ũ_g of the model without `tested`.

    Without any spread of cluster sums t and p are NaN. Raises NotEstimable with one cluster in an
    arm, for the test then never rejects, whatever the truth (MacKinnon & Webb 2017); where
    `tested` differs inside a cluster; where the other regressors explain it; and where no row is
    complete.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"gain": [0.5, 0.3, 0.1, -0.1], "ours": [1.0, 1.0, 0.0, 0.0],
    ...     "class_label": ["5А", "5Б", "5В", "5Г"]})
    >>> found = wild_bootstrap(
    ...     rows, outcome="gain", regressors=["ours"], tested="ours", cluster="class_label")
    >>> round(found.statistic, 9), found.p_value  # .4/.1; only + + − − and − − + + reach it: 2/16
    (4.0, 0.125)
    """
    data = design_of(frame, outcome=outcome, regressors=regressors, cluster=cluster)
    if not data.y.size:
        raise NotEstimable("No row has all the values; there is nothing to test.")
    place = 1 + list(regressors).index(tested)
    groups = [np.flatnonzero(data.clusters == g) for g in range(int(data.clusters.max()) + 1)]
    if any(np.ptp(data.x[rows, place]) > 0 for rows in groups):
        raise NotEstimable(
            f"{tested} differs inside a cluster; it must be one for the whole of it."
        )
    arms = [bool(data.x[rows, place].any()) for rows in groups]
    if min(sum(arms), len(arms) - sum(arms)) < 2:  # noqa: PLR2004 - two clusters in each arm
        raise NotEstimable("The wild bootstrap needs two clusters in each arm.")
    data = data._replace(x=_scaled(data.x))
    inverse: Floats = np.linalg.inv(data.x.T @ data.x).astype(np.float64)
    rest = np.delete(data.x, place, axis=1)
    held = _held(rest, data.y, groups, residuals)
    scores = _scores(data.x, inverse, place, held, groups)
    fitted = data.y - data.x @ (inverse @ (data.x.T @ data.y))
    observed = _observed(data.x, data.y, inverse, place, fitted, groups)
    exact = len(groups) <= most
    count = 2 ** len(groups) if exact else draws
    # Changing every sign changes the sign of t only: draws come in pairs.
    smallest = 2 / count if exact else 1 / (count + 1)
    if math.isnan(observed):
        return WildBootstrap(math.nan, smallest, observed, count, exact)
    reached = sum(
        int(np.count_nonzero(np.abs(_statistics(signs, scores)) >= abs(observed) - _TIE))
        for signs in (_all_signs(len(groups)) if exact else _random_signs(len(groups), draws, seed))
    )
    p_value = reached / count if exact else (reached + 1) / (count + 1)
    return WildBootstrap(p_value, smallest, observed, count, exact)


def _scaled(x: Floats) -> Floats:
    """Return the design with centred columns of one size, which leaves every t as it is."""
    centred = x[:, 1:] - x[:, 1:].mean(axis=0)
    sizes = np.sqrt((centred**2).mean(axis=0))
    scaled: Floats = np.column_stack([x[:, :1], centred / np.where(sizes > 0, sizes, 1.0)])
    if np.linalg.matrix_rank(scaled, tol=1e-9 * math.sqrt(len(x))) < x.shape[1]:
        raise NotEstimable("The regressors explain one another; none has a t of its own.")
    return scaled


def _held(rest: Floats, y: Floats, groups: list[NDArray[np.int64]], residuals: Residuals) -> Floats:
    """Return residuals of the model without the tested regressor."""
    basis, _ = np.linalg.qr(rest)
    left: Floats = y - basis @ (basis.T @ y)
    if residuals == "plain":
        return left
    for rows in groups:
        hat = basis[rows] @ basis[rows].T
        left[rows] = np.linalg.solve(np.eye(len(rows)) - hat, left[rows])
    return left


def _scores(
    x: Floats, inverse: Floats, place: int, held: Floats, groups: list[NDArray[np.int64]]
) -> _Scores:
    """Return a_g = c′M X_g′ũ_g and D_gh = c′M X_g′X_g M X_h′ũ_h."""
    sums = np.column_stack([x[rows].T @ held[rows] for rows in groups])
    direction = inverse[place]
    weights = np.array([direction @ (x[rows].T @ x[rows]) @ inverse for rows in groups])
    return _Scores(direction @ sums, weights @ sums)


def _observed(  # noqa: PLR0913, PLR0917 - one step of the test above
    x: Floats,
    y: Floats,
    inverse: Floats,
    place: int,
    fitted: Floats,
    groups: list[NDArray[np.int64]],
) -> float:
    parts = [float(inverse[place] @ (x[rows].T @ fitted[rows])) for rows in groups]
    error = math.sqrt(math.fsum(part**2 for part in parts))
    noise = _NOISE * float(np.abs(x @ inverse[place]).sum() * np.abs(y).max())
    return float(inverse[place] @ (x.T @ y)) / error if error > noise else math.nan


def _statistics(signs: Floats, scores: _Scores) -> Floats:
    """Return t* of every row of signs: Σ w_g a_g over the root of Σ (w_g a_g − Σ w_h D_gh)²."""
    estimates = signs @ scores.own
    left = signs * scores.own - signs @ scores.crossed.T
    errors = np.sqrt((left**2).sum(axis=1))
    found: Floats = np.divide(estimates, errors, out=np.full_like(errors, np.inf), where=errors > 0)
    return found


def _all_signs(groups: int) -> list[Floats]:
    return [np.array(list(itertools.product((1.0, -1.0), repeat=groups)))]


def _random_signs(groups: int, draws: int, seed: int) -> list[Floats]:
    words = np.asarray(PCG64(seed).random_raw(draws * groups))
    signs = np.where(words >> np.uint64(63), 1.0, -1.0).reshape(draws, groups)
    return [signs[start : start + _BLOCK] for start in range(0, draws, _BLOCK)]
