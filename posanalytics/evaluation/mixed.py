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
_FLAT = 1e-8  # eigenvalues of the information, scaled to a diagonal of ones


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


class _Sums(NamedTuple):
    """All the likelihood asks of the rows: products over each group, and over all of them."""

    zz: Floats
    zx: Floats
    zy: Floats
    xx: Floats
    xy: Floats
    yy: float
    rows: int


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
    information, as lmerTest) and Kenward & Roger 1997.

    Where groups come out as alike (`boundary`), "satterthwaite" has the degrees of freedom of the
    model without that spread, as lmerTest: with levels alone rows − coefficients, as if pupils were
    independent. For a regressor of whole groups trust "kenward_roger" there, which keeps about
    groups − 2. Raises NotEstimable with fewer than three
    groups (two levels say nothing about the spread of levels), with no more rows than levels and
    slopes of groups, with regressors that repeat each other, and with an outcome that does not
    vary inside groups.

    >>> import pandas as pd
    >>> marks = pd.DataFrame({"mark": [3.0, 5, 4, 6, 8, 10], "label": list("ААББВВ")})
    >>> found = mixed_model(marks, outcome="mark", regressors=[], group="label")
    >>> round(found.icc, 4)  # MSB 14, MSW 2: between (14 − 2)/2 = 6 of 6 + 2
    0.75
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
    sums = _sums(groups)
    theta = _optimum(sums, len(random))
    solved = _profiled(theta, sums)
    factor = _factor(theta, len(random))
    root = math.sqrt(solved.sigma2) * factor
    between = root @ root.T
    spreads = np.sqrt(np.diag(between))
    covariance, df = _inference(groups, solved, root, degrees)
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


def _sums(groups: list[_Group]) -> _Sums:
    return _Sums(
        np.array([g.z.T @ g.z for g in groups]),
        np.array([g.z.T @ g.x for g in groups]),
        np.array([g.z.T @ g.y for g in groups])[:, :, None],
        np.sum([g.x.T @ g.x for g in groups], axis=0),
        np.sum([g.x.T @ g.y for g in groups], axis=0),
        math.fsum(float(g.y @ g.y) for g in groups),
        sum(len(g.y) for g in groups),
    )


def _optimum(sums: _Sums, size: int) -> Floats:
    """Return θ with the smallest criterion, found by simplex steps from two starting points."""
    starts = [np.eye(size)[np.tril_indices(size)] * scale for scale in (1.0, 0.3)]
    options = {"xatol": 1e-10, "fatol": 1e-11, "maxiter": 4_000, "maxfev": 8_000}

    def criterion(theta: Floats) -> float:
        return _profiled(theta, sums).criterion

    found = [
        minimize(
            criterion, minimize(criterion, start, method="Nelder-Mead", options=options).x,
            method="Nelder-Mead", options=options,
        )
        for start in starts
    ]  # fmt: skip
    best: Floats = min(found, key=lambda result: float(result.fun)).x
    return best


def _profiled(theta: Floats, sums: _Sums) -> _Solved:
    """Return −2 log REML and the coefficients at θ, V_i = I + Z_iΛΛ′Z_i′ by Woodbury."""
    size, terms = sums.zz.shape[1], len(sums.xy)
    factor = _factor(theta, size)
    inner = np.eye(size) + factor.T @ sums.zz @ factor
    half_x, half_y = factor.T @ sums.zx, factor.T @ sums.zy
    moved = np.linalg.solve(inner, np.concatenate([half_x, half_y], axis=2))
    xx = sums.xx - np.einsum("gqi,gqj->ij", half_x, moved[:, :, :terms])
    xy = sums.xy - np.einsum("gqi,gq->i", half_x, moved[:, :, terms])
    yy = sums.yy - float(np.einsum("gq,gq->", half_y[:, :, 0], moved[:, :, terms]))
    estimates: Floats = np.linalg.solve(xx, xy).astype(np.float64)
    left = max(yy - float(estimates @ xy), 1e-300)
    df = sums.rows - terms
    logdet = float(np.linalg.slogdet(inner)[1].sum()) + float(np.linalg.slogdet(xx)[1])
    criterion = logdet + df * (1 + math.log(2 * math.pi * left / df))
    return _Solved(criterion, estimates, left / df)


# --- degrees of freedom --------------------------------------------------------------------


class _Pieces(NamedTuple):
    """Sums over groups of what both approximations are made of, one entry per parameter."""

    bread: Floats  # Φ = (X′V⁻¹X)⁻¹
    first: Floats  # P_r = −X′V⁻¹G_rV⁻¹X
    second: Floats  # Q_rs = X′V⁻¹G_rV⁻¹G_sV⁻¹X
    traces: Floats  # tr(V⁻¹G_rV⁻¹G_s)
    fitted: Floats  # (G_rPy)′P(G_sPy), P the projection of the restricted likelihood
    scores: Floats  # ½(y′PG_rPy − tr(PG_r)), not nothing where a spread is


def _inference(
    groups: list[_Group], solved: _Solved, root: Floats, degrees: Degrees
) -> tuple[Floats, Floats]:
    pieces = _pieces(groups, solved, root @ root.T)
    if degrees == "satterthwaite":
        return pieces.bread, _satterthwaite(pieces, root)
    return _kenward_roger(pieces)


def _pieces(groups: list[_Group], solved: _Solved, between: Floats) -> _Pieces:
    """Return the sums; parameters are the covariances between groups, then σ²."""
    places, terms = _places(between), groups[0].x.shape[1]
    count = len(places) + 1
    xx, first = np.zeros((terms, terms)), np.zeros((count, terms, terms))
    second, traces = np.zeros((count, count, terms, terms)), np.zeros((count, count))
    crossed, projected = np.zeros((count, count)), np.zeros((count, terms))
    excess = np.zeros(count)
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
            excess[r] += float(residual @ pulls[r]) - float(np.sum(inverse * parts[r]))
            for s in range(count):
                second[r, s] += moved[r].T @ inverse @ moved[s]
                traces[r, s] += float(np.sum((inverse @ parts[r]) * (inverse @ parts[s]).T))
                crossed[r, s] += float(pulls[r] @ inverse @ pulls[s])
    bread: Floats = np.linalg.inv(xx).astype(np.float64)
    fitted = crossed - projected @ bread @ projected.T
    scores = (excess - np.einsum("ij,rji->r", bread, first)) / 2
    return _Pieces(bread, first, second, traces, fitted, scores)


def _places(between: Floats) -> list[tuple[int, int]]:
    """Return where the parameters between groups stand in their matrix, in order."""
    return [(a, b) for a in range(len(between)) for b in range(a + 1)]


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


def _satterthwaite(pieces: _Pieces, root: Floats) -> Floats:
    """Return 2·v²/(g′Cg) of every coefficient, v its variance and g the slope of v.

    Taken in the entries of the root L, LL′ the covariance between groups: a spread of nothing is a
    smooth minimum there, where v does not change, so it drops out; in variances it would be an
    edge with a slope, and the information no inverse of anything.
    """
    jacobian, information = _in_roots(pieces, root)
    covariance = _inverse_where_positive(information)
    df = []
    for term in range(len(pieces.bread)):
        slopes = np.array(
            [-(pieces.bread @ part @ pieces.bread)[term, term] for part in pieces.first]
        )
        below = float(slopes @ jacobian @ covariance @ jacobian.T @ slopes)
        df.append(2 * pieces.bread[term, term] ** 2 / below if below > 0 else math.nan)
    return np.array(df)


def _in_roots(pieces: _Pieces, root: Floats) -> tuple[Floats, Floats]:
    """Return ∂(covariances, σ²)/∂(entries of L, σ²) and the observed information in the latter."""
    places = _places(root)
    count = len(places) + 1
    units = np.zeros((count - 1, *root.shape))
    for number, place in enumerate(places):
        units[number][place] = 1.0
    jacobian, bend = np.eye(count), np.zeros((count, count))
    for i, first in enumerate(units):
        moved = first @ root.T + root @ first.T
        jacobian[:-1, i] = [moved[place] for place in places]
        for j, second in enumerate(units):
            curved = first @ second.T + second @ first.T
            bend[i, j] = math.fsum(
                score * curved[place] for score, place in zip(pieces.scores, places, strict=False)
            )
    return jacobian, jacobian.T @ (pieces.fitted - _expected(pieces)) @ jacobian - bend


def _inverse_where_positive(information: Floats) -> Floats:
    """Return the inverse over directions in which the likelihood falls, as lmerTest does."""
    diagonal = np.diag(information)
    sizes = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    values, vectors = np.linalg.eigh((information + information.T) / (2 * np.outer(sizes, sizes)))
    kept = values > _FLAT
    inverse = (vectors[:, kept] / values[kept]) @ vectors[:, kept].T
    found: Floats = inverse / np.outer(sizes, sizes)
    return found


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
