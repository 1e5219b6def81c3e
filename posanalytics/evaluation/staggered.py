"""Classes that began in different terms: what each group of starters gained, term by term.

A single two-way regression would use classes that began earlier as controls for those that begin
later, and may turn the sign of the answer (Goodman-Bacon 2021). Here every group of starters is
compared only with classes that have not begun yet (Callaway & Sant'Anna 2021, without covariates).
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from posanalytics.evaluation.estimators import Difference, t_difference
from posanalytics.evaluation.inference import RANDOM_DRAWS, SEED, TIE, PermutationTest, shuffled

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

MOST_ORDERS = 50_000
_NEVER = np.iinfo(np.int64).max
_NOBODY = "No class began in these terms while another had not begun yet."


class NotComparable(ValueError):
    """The starts leave nothing to compare; the message says why."""


@dataclass(frozen=True, kw_only=True)
class PanelNames:
    """Which columns of a table, a row per unit and term, make a panel of units that begin.

    `start` holds the first term with the programme, missing where there is none; `terms` are those
    compared, in their order. Units that began in a term named in `earlier`, which lies before them,
    are left out.
    """

    outcome: str
    unit: str
    term: str
    start: str
    terms: Sequence[str]
    earlier: Sequence[str] = ()


class GroupTerm(NamedTuple):
    """One group of starters in one term: its gain over that of units that had not begun."""

    start: str
    term: str
    estimate: float
    standard_error: float
    units: int
    comparison_units: int
    after: bool


class Distance(NamedTuple):
    """The mean effect so many terms after the start; before it where negative."""

    terms: int
    estimate: float
    standard_error: float


@dataclass(frozen=True)
class Staggered:
    """Effects by group of starters and term, and their mean over all that came after a start."""

    cells: tuple[GroupTerm, ...]
    overall: Difference
    by_distance: tuple[Distance, ...]

    def tidy(self) -> pd.DataFrame:
        """Return one row per group of starters and term."""
        import pandas as pd

        return pd.DataFrame(
            {
                "contrast": [cell.start for cell in self.cells],
                "term": [cell.term for cell in self.cells],
                "estimate": [cell.estimate for cell in self.cells],
                "standard_error": [cell.standard_error for cell in self.cells],
                "method": "staggered",
            }
        )


class _Panel(NamedTuple):
    """Units × terms in a fixed order; `starts` is a place in the terms, or never."""

    outcomes: Floats
    starts: Codes
    clusters: Codes
    terms: tuple[str, ...]


def staggered(
    frame: pd.DataFrame,
    names: PanelNames,
    *,
    cluster: str | None = None,
    confidence: float = 0.95,
) -> Staggered:
    """Return ATT(g, t) of every group g of starters against units that have not begun by t.

    ATT(g, t) = mean of y_t − y_(g−1) over starters − the same over units whose start is later than
    both t and g − 1. Units without a value in every term are left out, as are units that began in
    the first term. The overall effect weighs every (g, t ≥ g) by the share of units in g. Standard
    errors sum the influence functions inside clusters; where a group of starters is one cluster
    there is no spread to learn them from: NaN, and `staggered_permutation` is the test.

    Raises NotComparable where nobody has begun, or nobody is left to compare with, and where a
    start is in neither `terms` nor `earlier`: such a unit has the programme and is no control.

    >>> import pandas as pd
    >>> marks = {"5А": (4.0, 4.5), "5Б": (4.0, 4.1), "5В": (3.0, 3.3)}  # 5А begins in Q2
    >>> rows = [(a, t, m) for a, both in marks.items() for t, m in zip(("Q1", "Q2"), both)]
    >>> table = pd.DataFrame(rows, columns=["class_label", "term", "mean"])
    >>> table["start"] = table["class_label"].map({"5А": "Q2"})
    >>> names = PanelNames(
    ...     outcome="mean", unit="class_label", term="term", start="start", terms=("Q1", "Q2")
    ... )
    >>> round(staggered(table, names).overall.estimate, 6)  # .5 less the mean of .1 and .3
    0.3
    """
    panel = _panel(frame, names, cluster=cluster)
    found = [cell for g in _groups(panel) for cell in _cells(panel, g)]
    after = [pair for pair in found if pair[0].after]
    if not after:
        raise NotComparable(_NOBODY)
    overall = _overall(panel, after, confidence)
    return Staggered(tuple(cell for cell, _ in found), overall, _by_distance(panel, found))


def staggered_permutation(
    frame: pd.DataFrame,
    names: PanelNames,
    *,
    most: int = MOST_ORDERS,
    draws: int = RANDOM_DRAWS,
    seed: int = SEED,
) -> PermutationTest:
    """Return how often chance alone would hand out the starts with an overall effect this large.

    Every way to give the same starts to the units counts, the observed one included; above `most`
    ways a seeded sample is drawn and p = (b + 1)/(B + 1). One row per unit (class) and term.

    Raises NotComparable where `staggered` does.

    >>> import pandas as pd
    >>> marks = {"5А": (4.0, 4.5), "5Б": (4.0, 4.1), "5В": (3.0, 3.3)}
    >>> rows = [(a, t, m) for a, both in marks.items() for t, m in zip(("Q1", "Q2"), both)]
    >>> table = pd.DataFrame(rows, columns=["class_label", "term", "mean"])
    >>> table["start"] = table["class_label"].map({"5А": "Q2"})
    >>> names = PanelNames(
    ...     outcome="mean", unit="class_label", term="term", start="start", terms=("Q1", "Q2")
    ... )
    >>> round(staggered_permutation(table, names).p_value, 3)  # .3, −.3, 0: two of three
    0.667
    """
    panel = _panel(frame, names)
    observed = abs(_overall_estimate(panel))
    if math.isnan(observed):
        raise NotComparable(_NOBODY)
    ways = _ways(panel.starts)
    orders, exact = _orders(panel.starts, most, draws, seed)
    values = np.array([abs(_overall_estimate(panel._replace(starts=row))) for row in orders])
    reached = int(np.count_nonzero(values >= observed - TIE))
    if exact:
        most_extreme = int(np.count_nonzero(values >= values.max() - TIE))
        return PermutationTest(reached / ways, most_extreme / ways, ways, exact=True)
    p_value, least = (reached + 1) / (draws + 1), 1 / (draws + 1)
    return PermutationTest(p_value, max(least, 1 / ways), draws, exact=False)


class StartDraws(NamedTuple):
    """The overall effect under every way to hand the starts out, and what an effect adds to it."""

    values: Floats
    slopes: Floats
    observed: float
    exact: bool

    @property
    def p_value(self) -> float:
        """The share of ways with an effect as large; (b + 1)/(B + 1) of a sample; NaN of none."""
        return self._share(np.abs(self.values) >= abs(self.observed) - TIE)

    @property
    def smallest_p(self) -> float:
        """The smallest p however large the effect: ways that it moves as much as our own."""
        return self._share(np.abs(self.slopes) >= 1 - TIE)

    def _share(self, reached: NDArray[np.bool_]) -> float:
        if math.isnan(self.observed):
            return math.nan
        count = int(np.count_nonzero(reached))
        return count / reached.size if self.exact else (count + 1) / (reached.size + 1)


def start_draws(
    frame: pd.DataFrame,
    names: PanelNames,
    *,
    most: int = MOST_ORDERS,
    draws: int = RANDOM_DRAWS,
    seed: int = SEED,
) -> StartDraws:
    """Return what `staggered_permutation` counts, so that its test can be turned into an interval.

    An effect δ of every term after a start adds δ to the observed effect and bδ to that of another
    way, −1 ≤ b ≤ 1; `inference.inverted` finds the effects that are not rejected.
    """
    panel = _panel(frame, names)
    orders, exact = _orders(panel.starts, most, draws, seed)
    begun = (np.arange(len(panel.terms)) >= panel.starts[:, None]).astype(np.float64)
    ways = [panel._replace(starts=row) for row in orders]
    values = np.array([_overall_estimate(way) for way in ways])
    slopes = np.array([_overall_estimate(way._replace(outcomes=begun)) for way in ways])
    return StartDraws(values, slopes, _overall_estimate(panel), exact)


def _panel(frame: pd.DataFrame, names: PanelNames, *, cluster: str | None = None) -> _Panel:
    unit, term, start, terms = names.unit, names.term, names.start, tuple(names.terms)
    order = {name: place for place, name in enumerate(terms)}
    rows = frame[frame[term].astype(str).isin(order)].sort_values([unit, term], kind="stable")
    wide = rows.pivot(index=unit, columns=term, values=names.outcome)
    wide.columns = wide.columns.astype(str)
    wide = wide.reindex(columns=list(terms)).dropna().sort_index()
    about = rows.drop_duplicates(unit).set_index(unit).loc[wide.index]
    known = {**dict.fromkeys(names.earlier, 0), **order}
    told = [
        _NEVER if gone else _place(value, known)
        for value, gone in zip(about[start], about[start].isna(), strict=True)
    ]
    starts = np.array(told, dtype=np.int64)
    kept = starts != 0
    groups = about[cluster] if cluster and cluster != unit else about.index.to_series()
    clusters = np.unique(groups.astype(str).to_numpy()[kept], return_inverse=True)[1]
    values = wide.to_numpy(dtype=np.float64)
    return _Panel(values[kept], starts[kept], clusters.astype(np.int64).ravel(), terms)


def _place(start: object, known: dict[str, int]) -> int:
    """Return the place of a start among the terms; never where it is empty."""
    # A column of years with a gap is one of floats: 2022.0 is 2022.
    name = str(int(start)) if isinstance(start, float) and start.is_integer() else str(start)
    if not name:
        return _NEVER
    if name not in known:
        raise NotComparable(
            f"A start in {name}, which is not among the terms compared; such a class already has "
            "the programme, or will have it, and its place is unknown. Name it in `earlier` "
            "where it began before."
        )
    return known[name]


def _groups(panel: _Panel) -> list[int]:
    return [int(start) for start in np.unique(panel.starts) if start != _NEVER]


def _cells(panel: _Panel, group: int) -> list[tuple[GroupTerm, Floats]]:
    """Return every term of a group of starters but its base term, with its influence function."""
    base = group - 1
    found = []
    for place, name in enumerate(panel.terms):
        ours, theirs = _sides(panel.starts, group, place)
        if place == base or not theirs.any():
            continue
        change = panel.outcomes[:, place] - panel.outcomes[:, base]
        estimate = _mean(change[ours]) - _mean(change[theirs])
        influence = _influence(change, ours) - _influence(change, theirs)
        alone = min(np.unique(panel.clusters[side]).size for side in (ours, theirs)) < 2  # noqa: PLR2004
        error = math.nan if alone else _error(influence, panel.clusters)
        cell = GroupTerm(
            panel.terms[group], name, estimate, error, int(ours.sum()), int(theirs.sum()),
            after=place >= group,
        )  # fmt: skip
        found.append((cell, influence))
    return found


def _sides(starts: Codes, group: int, place: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return who began in the group's term, and who had not begun by then nor by the term."""
    return starts == group, (starts > max(place, group - 1)) & (starts != group)


def _mean(values: Floats) -> float:
    return math.fsum(values) / values.size


def _influence(change: Floats, side: NDArray[np.bool_]) -> Floats:
    """Return n·(y − ȳ)/n_side for members of the side, nothing for the others."""
    return np.where(side, (change - _mean(change[side])) * side.size / side.sum(), 0.0)


def _error(influence: Floats, clusters: Codes) -> float:
    sums = np.bincount(clusters, weights=influence)
    return math.sqrt(math.fsum(sums**2)) / influence.size


def _overall(panel: _Panel, after: list[tuple[GroupTerm, Floats]], confidence: float) -> Difference:
    """Return the mean over all cells after a start, the weights' own uncertainty included."""
    starts = [panel.terms.index(cell.start) for cell, _ in after]
    shares = np.array([_mean((panel.starts == start).astype(np.float64)) for start in starts])
    weights = shares / math.fsum(shares)
    estimates = np.array([cell.estimate for cell, _ in after])
    members = np.column_stack([panel.starts == start for start in starts]).astype(np.float64)
    drift = (members - shares) @ (estimates - weights @ estimates) / math.fsum(shares)
    influence = np.column_stack([part for _, part in after]) @ weights + drift
    unknown = any(math.isnan(cell.standard_error) for cell, _ in after)
    error = math.nan if unknown else _error(influence, panel.clusters)
    groups = len(np.unique(panel.clusters)) - len(set(starts)) - 1
    return t_difference(
        float(weights @ estimates), error, groups, confidence=confidence, method="staggered"
    )


def _overall_estimate(panel: _Panel) -> float:
    """Return the overall effect alone, fast: permutations ask for it thousands of times."""
    total = weight = 0.0
    for group in _groups(panel):
        share = float((panel.starts == group).sum())
        for place in range(group, len(panel.terms)):
            ours, theirs = _sides(panel.starts, group, place)
            if theirs.any():
                change = panel.outcomes[:, place] - panel.outcomes[:, group - 1]
                total += share * (_mean(change[ours]) - _mean(change[theirs]))
                weight += share
    return total / weight if weight else math.nan


def _by_distance(panel: _Panel, found: list[tuple[GroupTerm, Floats]]) -> tuple[Distance, ...]:
    """Return the mean effect at every number of terms since the start."""
    distances: dict[int, list[tuple[GroupTerm, Floats]]] = {}
    for cell, influence in found:
        distance = panel.terms.index(cell.term) - panel.terms.index(cell.start)
        distances.setdefault(distance, []).append((cell, influence))
    rows = []
    for distance, cells in sorted(distances.items()):
        units = np.array([cell.units for cell, _ in cells], dtype=np.float64)
        weights = units / units.sum()
        unknown = any(math.isnan(cell.standard_error) for cell, _ in cells)
        influence = np.column_stack([part for _, part in cells]) @ weights
        error = math.nan if unknown else _error(influence, panel.clusters)
        estimate = float(weights @ [cell.estimate for cell, _ in cells])
        rows.append(Distance(distance, estimate, error))
    return tuple(rows)


def _ways(starts: Codes) -> int:
    counts = np.unique(starts, return_counts=True)[1]
    ways = math.factorial(int(counts.sum()))
    for count in counts:
        ways //= math.factorial(int(count))
    return ways


def _orders(starts: Codes, most: int, draws: int, seed: int) -> tuple[Sequence[Codes], bool]:
    """Return every way to hand the starts out, or a sample of them, and whether these are all."""
    if _ways(starts) <= most:
        return _all_starts(starts), True
    return list(starts[shuffled(draws, len(starts), seed)]), False


def _all_starts(starts: Codes) -> list[Codes]:
    """Return every different way to hand the starts out."""
    found: list[Codes] = []
    values, counts = np.unique(starts, return_counts=True)

    def place(left: tuple[int, ...], number: int, draft: Codes) -> None:
        if number == len(values):
            found.append(draft)
            return
        for chosen in itertools.combinations(left, int(counts[number])):
            filled = draft.copy()
            filled[list(chosen)] = values[number]
            place(tuple(i for i in left if i not in chosen), number + 1, filled)

    place(tuple(range(len(starts))), 0, np.full(len(starts), _NEVER))
    return found
