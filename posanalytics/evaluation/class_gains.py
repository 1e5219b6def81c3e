"""Class gains and pupils as arrays: the composite over subjects, and who stands where."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from posanalytics.evaluation.archive import Shape
from posanalytics.evaluation.effect_size import squares
from posanalytics.evaluation.sentences import FEWEST_PUPILS
from posanalytics.panel import class_unit
from posanalytics.periods import split_term, term_order

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from posanalytics.evaluation.design import Design, Event, Outcome
    from posanalytics.panel import Periods

# Fewer degrees of freedom inside years give weights that are noise.
_LEAST_DF_FOR_WEIGHTS = 3


class Panel(NamedTuple):
    """Class gains (units × subjects), and the pupils of the compared classes."""

    units: pd.DataFrame
    gains: pd.DataFrame
    pupils: pd.DataFrame
    rows: dict[str, pd.DataFrame]

    @classmethod
    def of(cls, gains: pd.DataFrame, measure: str) -> Panel:
        """Return the gains of one measure as arrays, in an order that files do not decide."""
        if "measure" in gains.columns:
            gains = gains[gains["measure"] == measure]
        ordered = gains.sort_values(["class_unit", "subject", "pupil"], ignore_index=True)
        keys = ["class_unit", "class_label", "school_year", "role"]
        means = ordered.groupby([*keys, "subject"], as_index=False, sort=True).agg(
            gain=("gain", "mean"), pupils=("gain", "size")
        )
        units = means[keys].drop_duplicates().set_index("class_unit").sort_index()
        wide = {
            name: means.pivot(index="class_unit", columns="subject", values=name).sort_index()
            for name in ("gain", "pupils")
        }
        compared = ordered[ordered["role"].isin(["innovative", "control"])]
        index = ["class_label", "pupil"]
        rows = {
            name: compared.pivot(index=index, columns="subject", values=name).sort_index()
            for name in ("before", "after")
        }
        return cls(units, wide["gain"], wide["pupils"].fillna(0), rows)


class Pupils(NamedTuple):
    """Pupils of the compared classes: one value before and after each, over the subjects."""

    labels: NDArray[np.str_]
    ours: NDArray[np.bool_]
    before: NDArray[np.float64]
    after: NDArray[np.float64]

    @property
    def gain(self) -> NDArray[np.float64]:
        """After minus before."""
        return self.after - self.before

    def split(self, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the values of innovative and of control pupils."""
        return values[self.ours], values[~self.ours]


class Sides(NamedTuple):
    """Class values of one outcome, by their part in the comparison."""

    weights: dict[str, float]
    innovative: NDArray[np.float64]
    control: NDArray[np.float64]
    ordinary: NDArray[np.float64]
    archive: dict[str, NDArray[np.float64]]
    missing: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()

    @property
    def shape(self) -> Shape:
        """How many classes stand where."""
        years = tuple(len(gains) for _, gains in sorted(self.archive.items()) if len(gains) > 1)
        return Shape(len(self.innovative), len(self.control), len(self.ordinary), years)


def sides_of(panel: Panel, outcome: Outcome, design: Design) -> Sides:
    """Return the class values of an outcome by part; a composite is one value per class.

    Only subjects that every compared class has enter it. Other classes join the pool when they have
    all of these, five pupils or more, and no event.
    """
    labels = (*design.innovative, *design.control)
    needed = [class_unit(design.school_year, label) for label in labels]
    known = [subject for subject in dict.fromkeys(outcome.subjects) if subject in panel.gains]
    there = panel.gains.reindex(index=needed, columns=known).notna()
    subjects = [subject for subject in known if there[subject].all()]
    if not subjects:
        return _nobody(labels, there)
    excluded = _with_events(panel.units, design)
    weights = _weights(panel.gains[subjects], panel.units)
    values = _composite(panel.gains, weights)
    enough = panel.pupils[subjects].max(axis=1) >= FEWEST_PUPILS
    others = values.notna() & enough & ~values.index.isin([*needed, *excluded])
    pool = panel.units[others]
    return Sides(
        weights=weights,
        innovative=values.reindex(needed[: len(design.innovative)]).to_numpy(),
        control=values.reindex(needed[len(design.innovative) :]).to_numpy(),
        ordinary=values[pool.index[pool["role"] == "ordinary"]].to_numpy(),
        archive={
            str(year): values[units.index].to_numpy()
            for year, units in pool[pool["role"] == "archive"].groupby("school_year")
        },
        excluded=tuple(unit for unit in excluded if unit not in needed),
        dropped=tuple(name for name in dict.fromkeys(outcome.subjects) if name not in subjects),
    )


def _nobody(labels: tuple[str, ...], there: pd.DataFrame) -> Sides:
    """Return sides without values, and the classes that have nothing to give (else all)."""
    gone = tuple(label for label, known in zip(labels, there.any(axis=1), strict=True) if not known)
    empty = np.zeros(0)
    return Sides({}, empty, empty, empty, {}, missing=gone or labels)


def _composite(gains: pd.DataFrame, weights: dict[str, float]) -> pd.Series:
    total = 0.0 * gains[next(iter(weights))]
    for name, weight in weights.items():
        total = total + gains[name] * weight
    return total


def _weights(table: pd.DataFrame, units: pd.DataFrame) -> dict[str, float]:
    """Return the weight of each subject: 1/sd of its class gains inside years, summing to one.

    That is the equal-weight mean of z-scores, written in marks. Equal weights where a spread
    cannot be estimated or is nothing.
    """
    years = units["school_year"].reindex(table.index)
    spreads = {name: _inside_years(table[name], years) for name in table}
    if len(spreads) == 1 or not all(spread > 0 for spread in spreads.values()):
        return dict.fromkeys(map(str, spreads), 1 / len(spreads))
    total = math.fsum(1 / spread for spread in spreads.values())
    return {str(name): 1 / spread / total for name, spread in spreads.items()}


def _inside_years(gains: pd.Series, years: pd.Series) -> float:
    """Return the standard deviation inside years, NaN with fewer than 3 degrees of freedom."""
    known = gains.dropna()
    groups = [part.to_numpy() for _, part in known.groupby(years.reindex(known.index))]
    df = sum(len(group) - 1 for group in groups)
    if df < _LEAST_DF_FOR_WEIGHTS:
        return math.nan
    return math.sqrt(math.fsum(squares(group) for group in groups) / df)


def _with_events(units: pd.DataFrame, design: Design) -> tuple[str, ...]:
    """Return the classes in which something changed between the terms compared."""
    found = {
        class_unit(split_term(event.term)[0], event.class_label)
        for event in design.events
        if within(event, design.periods, design.school_year)
    }
    return tuple(unit for unit in units.index if unit in found)


def within(event: Event, periods: Periods, school_year: str) -> bool:
    """Return whether the event fell between the terms compared, in its own school year."""
    years = int(school_year[:4]) - int(split_term(event.term)[0][:4])
    then = periods.years_back(years) if years else periods
    terms = sorted((*then.before, *then.after), key=term_order)
    return bool(terms) and term_order(terms[0]) <= term_order(event.term) <= term_order(terms[-1])


def pupils_of(panel: Panel, design: Design, weights: dict[str, float]) -> Pupils:
    """Return the pupils of the compared classes who have marks before and after."""
    before, after = (
        _pupil_means(panel.rows[name].reindex(columns=list(weights)), weights)
        for name in ("before", "after")
    )
    labels = panel.rows["before"].index.get_level_values("class_label").to_numpy(dtype=str)
    known = np.isfinite(before)
    ours = np.isin(labels, list(design.innovative))
    return Pupils(labels[known], ours[known], before[known], after[known])


def _pupil_means(table: pd.DataFrame, weights: dict[str, float]) -> NDArray[np.float64]:
    """Return the weighted mean over the subjects that a pupil has."""
    total, share = np.zeros(len(table)), np.zeros(len(table))
    for name, weight in weights.items():
        values = table[name].to_numpy(dtype=np.float64)
        there = np.isfinite(values)
        total += np.where(there, values, 0.0) * weight
        share += there * weight
    means: NDArray[np.float64] = np.full(len(table), math.nan)
    np.divide(total, share, out=means, where=share > 0)
    return means


def starting_levels(
    panel: Panel, design: Design, weights: dict[str, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values before the start, one per pupil and subject, of either group."""
    table = panel.rows["before"].reindex(columns=list(weights))
    ours = np.isin(table.index.get_level_values("class_label"), list(design.innovative))
    values = table.to_numpy(dtype=np.float64)
    first, second = values[ours].ravel(), values[~ours].ravel()
    return first[np.isfinite(first)], second[np.isfinite(second)]
