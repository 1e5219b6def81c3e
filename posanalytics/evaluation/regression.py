"""Least squares with fixed effects, and standard errors that know that pupils share a class.

Fixed effects are taken out by subtracting group means (Frisch & Waugh 1933; Guimarães & Portugal
2010 for several at once), so millions of rows need no dummy columns. Rows are put into one order
first: the answer is the same to the last bit whatever order they came in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
from scipy.special import fdtrc, stdtr, stdtrit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

Covariance = Literal["iid", "HC1", "CR0", "CR1", "CR1S", "CR2", "CR3"]
# Which fixed effects use up degrees of freedom in HC1 and CR1S: those that do not lie inside
# clusters, besides one each (fixest's "nested"), all, or none.
Counted = Literal["nested", "full", "none"]

INTERCEPT = "intercept"
_CLUSTERED = frozenset({"CR0", "CR1", "CR1S", "CR2", "CR3"})
_CONVERGED = 1e-13
_MOST_SWEEPS = 10_000
_COLLINEAR = 1e-9
_NOTHING = 1e-10
_EXACT = 1e-9  # of the outcome: residuals below this are rounding
_DENSE_LEVELS = 2_000  # fixed effects whose joint rank is counted from their Gram matrix
_LARGEST_DESIGN = 20_000_000  # cells of a design with its dummies, for CR2 and CR3


class NotEstimable(ValueError):
    """The data cannot give what was asked for; the message says why."""


class Columns(NamedTuple):
    """Rows in their fixed order: outcome, regressors, group codes."""

    outcome: Floats
    regressors: Floats
    effects: tuple[Codes, ...]
    clusters: Codes | None


@dataclass(frozen=True)
class Fit:
    """Coefficients with their covariance; `df` holds degrees of freedom of each one's t."""

    terms: tuple[str, ...]
    estimates: Floats
    covariance: Floats
    df: Floats
    rows: int
    left_out: int
    clusters: int
    method: str
    residual_sd: float
    confidence: float = field(default=0.95, repr=False)

    @property
    def standard_errors(self) -> Floats:
        """Return the standard error of every coefficient, NaN where it is not defined."""
        errors: Floats = np.sqrt(np.diag(self.covariance))
        return errors

    def tidy(self) -> pd.DataFrame:
        """Return a row for each coefficient, in the order of the regressors."""
        import pandas as pd

        errors = self.standard_errors
        t = np.divide(self.estimates, errors, out=np.full_like(errors, np.nan), where=errors > 0)
        reach = stdtrit(self.df, 0.5 + self.confidence / 2) * np.where(errors > 0, errors, np.nan)
        return pd.DataFrame(
            {
                "contrast": list(self.terms),
                "estimate": self.estimates,
                "standard_error": errors,
                "df": self.df,
                "conf_low": self.estimates - reach,
                "conf_high": self.estimates + reach,
                "p_value": 2 * stdtr(self.df, -np.abs(t)),
                "method": self.method,
            }
        )

    def wald(self, terms: Sequence[str]) -> Wald:
        """Return the joint test that the named coefficients are all nothing.

        F = b′V⁻¹b/q with q and the smallest df of the coefficients.
        """
        places = [self.terms.index(term) for term in terms]
        errors = self.standard_errors[places]
        df = float(self.df[places].min()) if places else math.nan
        if not places or not (errors > 0).all():
            return Wald(math.nan, len(places), df, math.nan)
        # In units of the standard errors the rank does not depend on the units of the columns.
        block = self.covariance[np.ix_(places, places)] / np.outer(errors, errors)
        if np.linalg.matrix_rank(block, tol=_COLLINEAR, hermitian=True) < len(places):
            return Wald(math.nan, len(places), df, math.nan)
        values = self.estimates[places] / errors
        statistic = float(values @ np.linalg.solve(block, values)) / len(places)
        return Wald(statistic, len(places), df, float(fdtrc(len(places), df, statistic)))


@dataclass(frozen=True)
class Wald:
    """A joint test of several coefficients."""

    statistic: float
    terms: int
    df: float
    p_value: float

    method = "wald"

    def tidy(self) -> pd.DataFrame:
        """Return the test as a table of one row."""
        import pandas as pd

        return pd.DataFrame(
            {
                "statistic": [self.statistic],
                "df_numerator": [self.terms],
                "df": [self.df],
                "p_value": [self.p_value],
                "method": [self.method],
            }
        )


def fit(  # noqa: PLR0913 - the parts of a regression
    frame: pd.DataFrame,
    *,
    outcome: str,
    regressors: Sequence[str],
    fixed_effects: Sequence[str] = (),
    cluster: str | None = None,
    covariance: Covariance = "CR1S",
    counted: Counted = "nested",
    confidence: float = 0.95,
) -> Fit:
    """Return the least squares fit of the outcome on the regressors, fixed effects taken out.

    Rows with a missing value in any named column are left out and counted. Without fixed effects
    an intercept is added. With c the coefficient's direction, M = (X′X)⁻¹, e residuals of
    cluster g and X_g its rows after the fixed effects are taken out:

    - CR0: M Σ X_g′e_g e_g′X_g M (Liang & Zeger 1986);
    - CR1: CR0·G/(G − 1); CR1S: CR1·(N − 1)/(N − K), the default of Stata and fixest;
    - CR2: e_g becomes (I − H_gg)^(−1/2) e_g, unbiased where rows are independent, with
      Satterthwaite's df (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018);
    - CR3: (I − H_gg)⁻¹ e_g, nearly the jackknife over clusters.

    A coefficient that rests on a single cluster has no CR2 or CR3 standard error: NaN. Other
    clustered covariances use t with G − 1 degrees of freedom, iid and HC1 N − K. K counts the
    rank of the fixed effects together: exactly for two of them once those nested in another are
    put aside, and for more up to 2,000 levels; beyond, one level less for each after the first.
    Where the residuals are nothing but rounding the standard errors are 0, interval and p NaN.

    Coefficients come from QR of the centred columns, each of unit size, so that neither the units
    nor a large mean of a regressor cost digits.

    Raises NotEstimable where regressors are collinear with each other or with the fixed effects,
    where there are fewer rows than coefficients, and where a clustered covariance has no clusters.

    >>> import pandas as pd
    >>> four = pd.DataFrame({"mark": [3.0, 4.0, 4.0, 5.0], "new": [0.0, 0.0, 1.0, 1.0]})
    >>> fit(four, outcome="mark", regressors=["new"], covariance="iid").estimates.round(9).tolist()
    [3.5, 1.0]
    """
    named = [outcome, *regressors, *fixed_effects, *([cluster] if cluster else [])]
    whole = frame[list(dict.fromkeys(named))].dropna()
    if covariance in _CLUSTERED and cluster is None:
        raise NotEstimable(f"{covariance} needs the column of clusters.")
    data = _columns(whole, outcome, regressors, fixed_effects, cluster)
    terms = tuple(regressors) if fixed_effects else (INTERCEPT, *regressors)
    if len(whole) <= len(terms):
        raise NotEstimable(f"{len(whole)} rows are too few for {len(terms)} coefficients.")
    if not (np.isfinite(data.outcome).all() and np.isfinite(data.regressors).all()):
        raise NotEstimable("A value is infinite; there is no fit through it.")
    y, x = _within(data)
    x, turn = _scaled(x, intercept=not fixed_effects)
    basis, triangle = _factored(x, turn, data.regressors, terms)
    solved = np.linalg.solve(triangle, basis.T @ y)
    estimates = turn @ solved
    root: Floats = np.linalg.inv(triangle).astype(np.float64)
    residuals = _without_noise(y - x @ solved, data.outcome)
    parts = _Parts(data, x, residuals, root @ root.T, turn, _degrees(data, x.shape[1]))
    if parts.degrees.full >= len(y):
        raise NotEstimable(f"{len(y)} rows are too few for {parts.degrees.full} coefficients.")
    matrix, df = _covariance(parts, covariance, counted)
    return Fit(
        terms,
        estimates,
        matrix,
        df,
        rows=len(y),
        left_out=len(frame) - len(whole),
        clusters=parts.groups,
        method=covariance,
        residual_sd=math.sqrt(float(residuals @ residuals) / (len(y) - parts.degrees.full)),
        confidence=confidence,
    )


class Design(NamedTuple):
    """Outcome, regressors with the intercept first, and cluster codes, rows in a fixed order."""

    y: Floats
    x: Floats
    clusters: Codes


def design_of(
    frame: pd.DataFrame, *, outcome: str, regressors: Sequence[str], cluster: str
) -> Design:
    """Return complete rows as arrays in an order that does not depend on how they came."""
    whole = frame[[outcome, *regressors, cluster]].dropna()
    data = _columns(whole, outcome, regressors, (), cluster)
    clusters = data.clusters if data.clusters is not None else np.zeros(0, dtype=np.int64)
    return Design(data.outcome, data.regressors, clusters)


def _columns(
    frame: pd.DataFrame,
    outcome: str,
    regressors: Sequence[str],
    effects: Sequence[str],
    cluster: str | None,
) -> Columns:
    """Return the rows as arrays, ordered by groups and then by values."""
    y = frame[outcome].to_numpy(dtype=np.float64)
    x = frame[list(regressors)].to_numpy(dtype=np.float64).reshape(len(frame), len(regressors))
    if not effects:
        x = np.column_stack([np.ones(len(frame)), x])
    codes = [_codes(frame[name]) for name in effects]
    groups = _codes(frame[cluster]) if cluster else None
    order = _order([y, *x.T], [*codes[::-1], *([groups] if groups is not None else [])])
    return Columns(
        y[order],
        x[order],
        tuple(code[order] for code in codes),
        groups[order] if groups is not None else None,
    )


def _order(values: Sequence[Floats], codes: Sequence[Codes]) -> slice | Codes:
    """Return what puts rows into the order of the codes, the last first, then of the values.

    Where no two rows share all codes, as in a panel, one whole number for each row tells it:
    seven times faster for millions of rows, and nothing at all where they stand in order already.
    """
    sizes = [int(code.max(initial=0)) + 1 for code in codes]
    if codes and math.prod(sizes) < np.iinfo(np.int64).max:
        key = np.zeros(len(codes[0]), dtype=np.int64)
        for code, size in zip(reversed(codes), reversed(sizes), strict=True):
            key = key * size + code
        if (key[1:] > key[:-1]).all():
            return slice(None)
        order = np.argsort(key)
        ordered = key[order]
        if (ordered[1:] > ordered[:-1]).all():
            return order
    return np.lexsort([*values, *codes])


def _codes(column: Any) -> Codes:
    values = column.to_numpy()
    if values.dtype == object or values.dtype.kind not in "iufb":
        values = values.astype(str)
    if values.dtype.kind in "iu" and len(values):
        least, most = int(values.min()), int(values.max())
        if most - least < 2 * len(values):  # counting needs no sorting
            places = (values - least).astype(np.int64)
            codes: Codes = (np.cumsum(np.bincount(places) > 0) - 1)[places]
            return codes
    return np.unique(values, return_inverse=True)[1].astype(np.int64).ravel()


# --- fixed effects -------------------------------------------------------------------------


def _within(data: Columns) -> tuple[Floats, Floats]:
    """Return outcome and regressors without what the fixed effects explain."""
    both = np.column_stack([data.outcome, data.regressors])
    if not data.effects:
        return both[:, 0], both[:, 1:]
    counts = [np.bincount(codes).astype(np.float64) for codes in data.effects]
    for column in range(both.shape[1]):
        both[:, column] = _demeaned(both[:, column], data.effects, counts)
    return both[:, 0], both[:, 1:]


def _demeaned(values: Floats, effects: tuple[Codes, ...], counts: list[Floats]) -> Floats:
    """Subtract group means in turn until no group has one (exact at once for one effect)."""
    left: Floats = values - values.mean()
    scale = float(np.abs(left).max(initial=0.0)) or 1.0
    for _ in range(_MOST_SWEEPS):
        moved = 0.0
        for codes, count in zip(effects, counts, strict=True):
            means = np.bincount(codes, weights=left) / count
            left -= means[codes]
            moved = max(moved, float(np.abs(means).max()))
        if len(effects) == 1 or moved <= _CONVERGED * scale:
            return left
    raise NotEstimable("The fixed effects did not separate; is one of them a copy of another?")


def _scaled(x: Floats, *, intercept: bool) -> tuple[Floats, Floats]:
    """Return centred columns of unit size, and what turns their coefficients into those asked.

    With an intercept the columns after it are centred; without one the fixed effects have done it.
    """
    first = int(intercept)
    means = x[:, first:].mean(axis=0) if intercept else np.zeros(x.shape[1])
    left = x[:, first:] - means if intercept else x
    sizes = np.sqrt((left**2).sum(axis=0))
    sizes = np.where(sizes > 0, sizes, 1.0)
    turn = np.diag(np.concatenate([np.ones(first), 1 / sizes]))
    if intercept:
        turn[0, 1:] = -means / sizes
    scaled: Floats = left / sizes
    return (np.column_stack([x[:, :1], scaled]) if intercept else scaled), turn


def _without_noise(residuals: Floats, outcome: Floats) -> Floats:
    """Return the residuals, nothing where all of them are what rounding left of an exact fit."""
    largest = float(np.abs(outcome).max())
    spread = math.sqrt(float(residuals @ residuals) / len(residuals))
    return residuals if spread > _EXACT * largest else np.zeros_like(residuals)


def _factored(
    x: Floats, turn: Floats, before: Floats, terms: tuple[str, ...]
) -> tuple[Floats, Floats]:
    """Return QR of the scaled design; refuse what the fixed effects or other columns explain."""
    size = np.sqrt((before**2).sum(axis=0))
    left = np.sqrt((x**2).sum(axis=0)) / np.diag(turn)
    gone = [term for term, a, b in zip(terms, left, size, strict=True) if a <= _COLLINEAR * b]
    basis, triangle = np.linalg.qr(x)
    if not gone:
        diagonal = np.abs(np.diag(triangle))
        gone = [term for term, d in zip(terms, diagonal, strict=True) if not d > _COLLINEAR]
    if gone:
        raise NotEstimable(
            f"{', '.join(gone)}: explained by the other columns, no coefficient of its own."
        )
    return basis, triangle


# --- covariances ---------------------------------------------------------------------------


class _Degrees(NamedTuple):
    """How many coefficients there are, under each way of counting the fixed effects.

    `full` is the rank; `nested` follows fixest, whose levels count less one for each effect.
    """

    full: int
    nested: int
    none: int


class _Parts(NamedTuple):
    data: Columns
    x: Floats
    residuals: Floats
    inverse: Floats
    turn: Floats
    degrees: _Degrees

    @property
    def groups(self) -> int:
        codes = self.data.clusters
        return int(codes.max()) + 1 if codes is not None and codes.size else 0


def _degrees(data: Columns, regressors: int) -> _Degrees:
    """Return K under every way of counting."""
    levels = [int(codes.max()) + 1 for codes in data.effects]
    listed = regressors + sum(levels) - max(0, len(levels) - 1)
    full = regressors + _rank_of_effects(list(data.effects))
    inside = [n - 1 for n, codes in zip(levels, data.effects, strict=True) if _nested(codes, data)]
    return _Degrees(full, min(full, listed - sum(inside)), regressors)


def _nested(codes: Codes, data: Columns) -> bool:
    """Return whether every level of the effect lies inside one cluster."""
    return data.clusters is not None and _inside(codes, data.clusters)


def _inside(codes: Codes, others: Codes) -> bool:
    """Return whether every level of the first lies inside one level of the second."""
    one_of_each = np.zeros(int(codes.max()) + 1, dtype=np.int64)
    one_of_each[codes] = others
    return bool(np.array_equal(one_of_each[codes], others))


def _rank_of_effects(effects: list[Codes]) -> int:
    """Return how many of the levels of all effects are independent.

    An effect inside whose levels another lies (the class of a pupil) adds nothing to it. Two
    effects have L₁ + L₂ less one for every part of the data that no level joins to another
    (Abowd, Creecy & Kramarz 2002); more are counted by the rank of their Gram matrix where it is
    small, and by one level less for each after the first where it is not.
    """
    kept: list[Codes] = []
    for codes in sorted(effects, key=lambda codes: -int(codes.max())):
        if not any(_inside(finer, codes) for finer in kept):
            kept.append(codes)
    levels = [int(codes.max()) + 1 for codes in kept]
    if len(kept) < 2:  # noqa: PLR2004 - one effect
        return sum(levels)
    if len(kept) == 2:  # noqa: PLR2004 - a graph with two sides
        return sum(levels) - _parts_apart(kept[0], kept[1])
    if sum(levels) > _DENSE_LEVELS:
        return sum(levels) - len(levels) + 1
    starts = np.concatenate([[0], np.cumsum(levels)[:-1]])
    places = [codes + start for codes, start in zip(kept, starts, strict=True)]
    gram = np.zeros((sum(levels), sum(levels)))
    for rows in places:
        for columns in places:
            np.add.at(gram, (rows, columns), 1.0)
    size = np.sqrt(np.diag(gram))
    return int(np.linalg.matrix_rank(gram / np.outer(size, size), tol=_COLLINEAR, hermitian=True))


def _parts_apart(first: Codes, second: Codes) -> int:
    """Return into how many parts the levels of two effects fall."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    lefts = int(first.max()) + 1
    count = lefts + int(second.max()) + 1
    joined = coo_array((np.ones(len(first)), (first, second + lefts)), shape=(count, count))
    return int(connected_components(joined, directed=False, return_labels=False))


def _covariance(parts: _Parts, kind: Covariance, counted: Counted) -> tuple[Floats, Floats]:
    rows, terms = parts.x.shape
    if kind == "iid":
        df = rows - parts.degrees.full
        variance = float(parts.residuals @ parts.residuals) / df
        return variance * (parts.turn @ parts.inverse @ parts.turn.T), np.full(terms, float(df))
    if kind == "HC1":
        scores = parts.x * parts.residuals[:, None]
        factor = rows / (rows - getattr(parts.degrees, counted))
        df = rows - parts.degrees.full
        return factor * _sandwich(parts, scores), np.full(terms, float(df))
    groups = parts.groups
    if groups < 2:  # noqa: PLR2004 - one cluster says nothing about clusters
        raise NotEstimable("There is one cluster; at least two are needed.")
    if kind in {"CR2", "CR3"}:
        return _leverage_adjusted(parts, power=-0.5 if kind == "CR2" else -1.0)
    factor = {
        "CR0": 1.0,
        "CR1": groups / (groups - 1),
        "CR1S": groups / (groups - 1) * (rows - 1) / (rows - getattr(parts.degrees, counted)),
    }[kind]
    scores = _cluster_sums(parts.x * parts.residuals[:, None], parts.data.clusters, groups)
    return factor * _sandwich(parts, scores), np.full(terms, groups - 1.0)


def _sandwich(parts: _Parts, scores: Floats) -> Floats:
    both = scores @ parts.inverse @ parts.turn.T
    product: Floats = both.T @ both
    return product


def _cluster_sums(values: Floats, clusters: Codes | None, groups: int) -> Floats:
    if clusters is None:
        return values
    sums = [np.bincount(clusters, weights=column, minlength=groups) for column in values.T]
    return np.column_stack(sums)


def _leverage_adjusted(parts: _Parts, *, power: float) -> tuple[Floats, Floats]:
    """Return CR2 (power −1/2) or CR3 (power −1) with the degrees of freedom of each coefficient.

    H_gg is the block of the hat matrix of the whole design, fixed effects included. Where a block
    of I − H is singular its Moore–Penrose root is taken, as clubSandwich does; a coefficient that
    lives in the singular part rests on that cluster alone and gets NaN.
    """
    basis = _orthonormal(parts)
    influence = parts.x @ parts.inverse @ parts.turn.T
    groups, terms = parts.groups, parts.x.shape[1]
    contributions, norms = np.zeros((groups, terms)), np.zeros((groups, terms))
    crossed = np.zeros((groups, terms, basis.shape[1]))
    lone = np.zeros(terms, dtype=bool)
    for group, rows in enumerate(_rows_by(parts.data.clusters, groups)):
        adjusted, alone = _rooted(basis[rows], influence[rows], power)
        lone |= alone
        contributions[group] = adjusted.T @ parts.residuals[rows]
        norms[group] = (adjusted**2).sum(axis=0)
        crossed[group] = adjusted.T @ basis[rows]
    matrix = contributions.T @ contributions
    df = np.full(terms, groups - 1.0)
    if power == -0.5:  # noqa: PLR2004 - CR2
        df = np.array([_satterthwaite(norms[:, t], crossed[:, t]) for t in range(terms)])
    matrix[lone, :] = matrix[:, lone] = np.nan
    df[lone] = np.nan
    return matrix, df


def _rooted(basis: Floats, influence: Floats, power: float) -> tuple[Floats, NDArray[np.bool_]]:
    """Return (I − H)^power·influence of one cluster, and which columns its null space holds.

    H = QQ′, so with Q = U·s·V′ the power is I + U·diag((1 − s²)^power − 1)·U′.
    """
    left, sizes, _ = np.linalg.svd(basis, full_matrices=False)
    kept = np.clip(1 - sizes**2, 0.0, None)
    single = kept <= _NOTHING
    factors = np.where(single, 0.0, np.where(single, 1.0, kept) ** power) - 1
    along = left.T @ influence
    size = np.sqrt((influence**2).sum(axis=0))
    alone = (np.abs(along[single]) > 1e-7 * np.where(size > 0, size, 1.0)).any(axis=0)
    return influence + left @ (factors[:, None] * along), alone


def _satterthwaite(norms: Floats, crossed: Floats) -> float:
    """Return (tr P)²/tr(P²), P_gh = [g = h]·q_g′q_g − (Q_g′q_g)′(Q_h′q_h), Q orthonormal."""
    products = np.diag(norms) - crossed @ crossed.T
    below = float((products**2).sum())
    return float(np.trace(products)) ** 2 / below if below > 0 else math.nan


def _rows_by(codes: Codes | None, groups: int) -> list[NDArray[np.int64]]:
    if codes is None:
        return []
    order = np.argsort(codes, kind="stable")
    return np.split(order, np.cumsum(np.bincount(codes, minlength=groups))[:-1])


def _orthonormal(parts: _Parts) -> Floats:
    """Return an orthonormal basis of the design with a column for every level of the effects."""
    rows = len(parts.x)
    levels = [int(codes.max()) + 1 for codes in parts.data.effects]
    if rows * (sum(levels) + parts.x.shape[1]) > _LARGEST_DESIGN:
        raise NotEstimable(
            f"CR2 and CR3 need a design of {rows} rows and {sum(levels)} fixed effects; "
            "that is too large. Collapse pupils to class gains first, or use CR1S."
        )
    dummies = [
        np.eye(count)[codes][:, (1 if number else 0) :]
        for number, (codes, count) in enumerate(zip(parts.data.effects, levels, strict=True))
    ]
    basis, sizes, _ = np.linalg.svd(np.column_stack([*dummies, parts.x]), full_matrices=False)
    kept: Floats = basis[:, sizes > _COLLINEAR * sizes[0]]
    return kept
