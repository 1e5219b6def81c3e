"""Mixed models of one grouping: classes that differ in level, and growth curves of pupils.

For display and for the spread between classes, never for the verdict: with two to six classes the
spread between them is hardly known, and tests that lean on it reject too often (STATISTICS.md 0.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import stdtr, stdtrit

from posanalytics.evaluation.regression import INTERCEPT, NotEstimable, design_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Degrees = Literal["satterthwaite", "kenward_roger"]

_BOUNDARY = 1e-6  # of the residual standard deviation
_FEWEST_GROUPS = 3
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class MixedModel:
    """Coefficients, the spread between groups and inside them, and what the groups differ by.

    `spreads` are standard deviations of intercepts and slopes between groups; `boundary` says that
    one of them came out as nothing, so that groups cannot be told from chance.
    """

    terms: tuple[str, ...]
    estimates: Floats
    covariance: Floats
    df: Floats
    spreads: tuple[float, ...]
    correlation: float
    residual_sd: float
    criterion: float
    groups: int
    rows: int
    boundary: bool
    method: str

    @property
    def icc(self) -> float:
        """Return the share of the variance that lies between groups, where only levels differ."""
        between = self.spreads[0] ** 2
        return between / (between + self.residual_sd**2)

    @property
    def standard_errors(self) -> Floats:
        """Return the standard error of every coefficient."""
        errors: Floats = np.sqrt(np.diag(self.covariance))
        return errors

    def tidy(self, *, confidence: float = 0.95) -> pd.DataFrame:
        """Return a row for each coefficient with its t interval."""
        import pandas as pd

        errors = self.standard_errors
        reach = stdtrit(self.df, 0.5 + confidence / 2) * errors
        return pd.DataFrame(
            {
                "contrast": list(self.terms),
                "estimate": self.estimates,
                "standard_error": errors,
                "df": self.df,
                "conf_low": self.estimates - reach,
                "conf_high": self.estimates + reach,
                "p_value": 2 * stdtr(self.df, -np.abs(self.estimates) / errors),
                "method": self.method,
            }
        )


class _Group(NamedTuple):
    y: Floats
    x: Floats
    z: Floats


class _Solved(NamedTuple):
    """What one value of the variance parameters gives."""

    criterion: float
    estimates: Floats
    sigma2: float


def mixed_model(  # noqa: PLR0913 - the parts of a model
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str],
    group: str,
    slope: str | None = None,
    degrees: Degrees = "satterthwaite",
) -> MixedModel:
    """Return the REML fit of y = Xβ + a_g (+ b_g·slope) + e, groups independent of each other.

    The profiled restricted likelihood of Bates et al. 2015 (lme4), equation 39; degrees of freedom
    and, for "kenward_roger", the covariance of coefficients after Satterthwaite 1946 (observed
    information, as lmerTest) and Kenward & Roger 1997. Raises NotEstimable with fewer than three
    groups (two levels say nothing about the spread of levels), with no more rows than levels and
    slopes of groups, with regressors that repeat each other, and with an outcome that does not
    vary inside groups.
    """
    named = list(dict.fromkeys([*regressors, *([slope] if slope else [])]))
    data = design_of(frame, outcome=outcome, regressors=named, cluster=group)
    count = int(data.clusters.max()) + 1 if data.clusters.size else 0
    if count < _FEWEST_GROUPS:
        raise NotEstimable(f"{count} groups; at least three are needed for the spread of groups.")
    columns = [0, *(1 + named.index(name) for name in regressors)]
    random = [0, *([1 + named.index(slope)] if slope else [])]
    _refuse_degenerate(data.y, data.x[:, columns], data.clusters, count * len(random))
    groups = [
        _Group(data.y[rows], data.x[rows][:, columns], data.x[rows][:, random])
        for rows in (np.flatnonzero(data.clusters == number) for number in range(count))
    ]
    theta = _optimum(groups, len(random))
    solved = _profiled(theta, groups)
    factor = _factor(theta, len(random))
    between = solved.sigma2 * factor @ factor.T
    spreads = np.sqrt(np.diag(between))
    covariance, df = _inference(groups, solved, between, degrees)
    return MixedModel(
        terms=(INTERCEPT, *regressors),
        estimates=solved.estimates,
        covariance=covariance,
        df=df,
        spreads=tuple(float(value) for value in spreads),
        correlation=_correlation(between, spreads),
        residual_sd=math.sqrt(solved.sigma2),
        criterion=solved.criterion,
        groups=count,
        rows=len(data.y),
        boundary=bool(np.linalg.svd(factor, compute_uv=False).min() < _BOUNDARY),
        method=degrees,
    )


def _refuse_degenerate(y: Floats, x: Floats, groups: NDArray[np.int64], effects: int) -> None:
    """Raise NotEstimable where the spread inside groups or the coefficients are not defined."""
    if len(y) <= effects:
        raise NotEstimable(
            f"{len(y)} rows for {effects} levels and slopes of groups: nothing tells them from "
            "the spread inside groups."
        )
    centred = x[:, 1:] - x[:, 1:].mean(axis=0)
    sizes = np.sqrt((centred**2).sum(axis=0))
    # Tolerances far above rounding and far below anything marks could show.
    known = _TOLERANCE * np.sqrt((x[:, 1:] ** 2).sum(axis=0))
    if (sizes <= known).any() or np.linalg.matrix_rank(centred / sizes, tol=1e-7) < len(sizes):
        raise NotEstimable("The regressors repeat each other or do not vary.")
    dummies = (groups[:, None] == np.unique(groups)).astype(np.float64)
    both = np.column_stack([dummies, centred / sizes])
    left = y - both @ np.linalg.lstsq(both, y, rcond=1e-10)[0]
    if float(np.linalg.norm(left)) <= _TOLERANCE * float(np.linalg.norm(y)):
        raise NotEstimable("The outcome does not vary inside groups beyond the regressors.")


def _correlation(between: Floats, spreads: Floats) -> float:
    if len(spreads) < 2 or not spreads.all():  # noqa: PLR2004 - level and slope
        return math.nan
    return float(between[0, 1] / (spreads[0] * spreads[1]))


# --- the restricted likelihood -------------------------------------------------------------


def _factor(theta: Floats, size: int) -> Floats:
    """Return the lower triangle Λ with which ΛΛ′ is the covariance between groups over σ²."""
    factor = np.zeros((size, size))
    factor[np.tril_indices(size)] = theta
    return factor


def _optimum(groups: list[_Group], size: int) -> Floats:
    """Return θ with the smallest criterion, found by simplex steps from two starting points."""
    starts = [np.eye(size)[np.tril_indices(size)] * scale for scale in (1.0, 0.3)]
    options = {"xatol": 1e-10, "fatol": 1e-11, "maxiter": 4_000, "maxfev": 8_000}

    def criterion(theta: Floats) -> float:
        return _profiled(theta, groups).criterion

    found = [
        minimize(
            criterion, minimize(criterion, start, method="Nelder-Mead", options=options).x,
            method="Nelder-Mead", options=options,
        )
        for start in starts
    ]  # fmt: skip
    best: Floats = min(found, key=lambda result: float(result.fun)).x
    return best


def _profiled(theta: Floats, groups: list[_Group]) -> _Solved:
    """Return −2 log REML and the coefficients at θ, V_i = I + Z_iΛΛ′Z_i′ by Woodbury."""
    size = groups[0].z.shape[1]
    factor = _factor(theta, size)
    terms = groups[0].x.shape[1]
    xx, xy, yy, logdet = np.zeros((terms, terms)), np.zeros(terms), 0.0, 0.0
    for g in groups:
        half = g.z @ factor
        inner = np.eye(size) + half.T @ half
        gain = np.linalg.solve(inner, half.T)
        wx, wy = g.x - half @ (gain @ g.x), g.y - half @ (gain @ g.y)
        xx += g.x.T @ wx
        xy += g.x.T @ wy
        yy += float(g.y @ wy)
        logdet += float(np.linalg.slogdet(inner)[1])
    estimates: Floats = np.linalg.solve(xx, xy).astype(np.float64)
    rows = sum(len(g.y) for g in groups)
    left = max(yy - float(estimates @ xy), 1e-300)
    df = rows - terms
    criterion = (
        logdet + float(np.linalg.slogdet(xx)[1]) + df * (1 + math.log(2 * math.pi * left / df))
    )
    return _Solved(criterion, estimates, left / df)


# --- degrees of freedom --------------------------------------------------------------------


class _Pieces(NamedTuple):
    """Sums over groups of what both approximations are made of, one entry per parameter."""

    bread: Floats  # Φ = (X′V⁻¹X)⁻¹
    first: Floats  # P_r = −X′V⁻¹G_rV⁻¹X
    second: Floats  # Q_rs = X′V⁻¹G_rV⁻¹G_sV⁻¹X
    traces: Floats  # tr(V⁻¹G_rV⁻¹G_s)
    fitted: Floats  # (G_rPy)′P(G_sPy), P the projection of the restricted likelihood


def _inference(
    groups: list[_Group], solved: _Solved, between: Floats, degrees: Degrees
) -> tuple[Floats, Floats]:
    pieces = _pieces(groups, solved, between)
    if degrees == "satterthwaite":
        information = pieces.fitted - _expected(pieces)
        inverse: Floats = np.linalg.pinv(information).astype(np.float64)
        return pieces.bread, _satterthwaite(pieces, inverse)
    return _kenward_roger(pieces)


def _pieces(groups: list[_Group], solved: _Solved, between: Floats) -> _Pieces:
    """Return the sums; parameters are the covariances between groups, then σ²."""
    size, terms = between.shape[0], groups[0].x.shape[1]
    places = [(a, b) for a in range(size) for b in range(a + 1)]
    count = len(places) + 1
    xx, first = np.zeros((terms, terms)), np.zeros((count, terms, terms))
    second, traces = np.zeros((count, count, terms, terms)), np.zeros((count, count))
    crossed, projected = np.zeros((count, count)), np.zeros((count, terms))
    for g in groups:
        inverse = np.linalg.inv(solved.sigma2 * np.eye(len(g.y)) + g.z @ between @ g.z.T)
        parts = [*(_derivative(g.z, a, b) for a, b in places), np.eye(len(g.y))]
        wx = inverse @ g.x
        moved = [part @ wx for part in parts]
        residual = inverse @ (g.y - g.x @ solved.estimates)
        pulls = [part @ residual for part in parts]
        xx += g.x.T @ wx
        for r in range(count):
            first[r] -= wx.T @ moved[r]
            projected[r] += wx.T @ pulls[r]
            for s in range(count):
                second[r, s] += moved[r].T @ inverse @ moved[s]
                traces[r, s] += float(np.sum((inverse @ parts[r]) * (inverse @ parts[s]).T))
                crossed[r, s] += float(pulls[r] @ inverse @ pulls[s])
    bread: Floats = np.linalg.inv(xx).astype(np.float64)
    fitted = crossed - projected @ bread @ projected.T
    return _Pieces(bread, first, second, traces, fitted)


def _derivative(z: Floats, a: int, b: int) -> Floats:
    outer = np.outer(z[:, a], z[:, b])
    return outer if a == b else outer + outer.T


def _expected(pieces: _Pieces) -> Floats:
    """Return the expected information of the variance parameters, ½tr(PG_rPG_s)."""
    count = len(pieces.traces)
    found = np.zeros((count, count))
    for r in range(count):
        for s in range(count):
            both = pieces.bread @ pieces.first[r] @ pieces.bread @ pieces.first[s]
            once = pieces.bread @ pieces.second[r, s]
            found[r, s] = (pieces.traces[r, s] - 2 * np.trace(once) + np.trace(both)) / 2
    return found


def _satterthwaite(pieces: _Pieces, covariance: Floats) -> Floats:
    """Return 2·v²/(g′Cg) of every coefficient, v its variance and g the slope of v."""
    df = []
    for term in range(len(pieces.bread)):
        slopes = np.array(
            [-(pieces.bread @ part @ pieces.bread)[term, term] for part in pieces.first]
        )
        below = float(slopes @ covariance @ slopes)
        df.append(2 * pieces.bread[term, term] ** 2 / below if below > 0 else math.nan)
    return np.array(df)


def _kenward_roger(pieces: _Pieces) -> tuple[Floats, Floats]:
    weights: Floats = np.linalg.pinv(_expected(pieces)).astype(np.float64)
    count, bread = len(weights), pieces.bread
    spread = sum(
        weights[r, s] * (pieces.second[r, s] - pieces.first[r] @ bread @ pieces.first[s])
        for r in range(count)
        for s in range(count)
    )
    adjusted: Floats = bread + 2 * bread @ spread @ bread
    df = [_kenward_roger_df(pieces, weights, term) for term in range(len(bread))]
    return adjusted, np.array(df)


def _kenward_roger_df(pieces: _Pieces, weights: Floats, term: int) -> float:
    """Return the df of one coefficient: section 3 of Kenward & Roger 1997 with one row in L.

    With one row both sums of the paper are the same number a, so that g = −1, B = 7a/2 and the
    ratio ρ is (1 − a/2)/(1 − 2a): the paper's 4 + 3/(ρ − 1) is then 2/a, which holds at a = 1 too,
    where the mean 1/(1 − a) on the way to it does not exist (two degrees of freedom).
    """
    variance = pieces.bread[term, term]
    slopes = np.array(
        [(pieces.bread @ part @ pieces.bread)[term, term] / variance for part in pieces.first]
    )
    a = float(slopes @ weights @ slopes)
    return 2 / a if a > 0 else math.nan
