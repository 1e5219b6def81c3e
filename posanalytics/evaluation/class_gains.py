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
    from collections.abc import Iterable

    import pandas as pd
    from numpy.typing import NDArray

    from posanalytics.evaluation.design import Design, Event, Outcome
    from posanalytics.panel import Periods

    Floats = NDArray[np.float64]

# With fewer degrees of freedom inside years (no archive) the weights are noise that follows the
# difference itself: intervals of 1 v 3 and 3 v 3 classes then held a true effect in 91–92 % only.
_LEAST_DF_FOR_WEIGHTS = 10
_UNIT = ["class_unit", "school_year", "role"]


class Panel(NamedTuple):
    """Gains of one measure: classes × subjects, and pupils of compared classes × subjects."""

    subjects: tuple[str, ...]
    units: tuple[str, ...]
    years: NDArray[np.str_]
    roles: NDArray[np.str_]
    gains: Floats
    pupils: Floats
    labels: NDArray[np.str_]
    before: Floats
    after: Floats

    @classmethod
    def of(cls, gains: pd.DataFrame, measure: str) -> Panel:
        """Return the gains of one measure as arrays, in an order that files do not decide."""
        if "measure" in gains.columns:
            gains = gains[gains["measure"] == measure]
        rows = gains.sort_values(["class_unit", "subject", "pupil"], ignore_index=True)
        subjects = tuple(sorted(rows["subject"].unique()))
        means = rows.groupby([*_UNIT, "subject"], as_index=False, sort=True).agg(
            gain=("gain", "mean"), pupils=("gain", "size")
        )
        units = means[_UNIT].drop_duplicates(ignore_index=True)
        by_class = {
            name: means.pivot(index="class_unit", columns="subject", values=name).sort_index()
            for name in ("gain", "pupils")
        }
        compared = rows[rows["role"].isin(["innovative", "control"])]
        index = ["class_label", "pupil"]
        by_pupil = {
            name: compared.pivot(index=index, columns="subject", values=name)
            .reindex(columns=list(subjects))
            .sort_index()
            for name in ("before", "after")
        }
        return cls(
            subjects,
            tuple(units["class_unit"]),
            units["school_year"].to_numpy(dtype=str),
            units["role"].to_numpy(dtype=str),
            by_class["gain"].to_numpy(dtype=np.float64),
            by_class["pupils"].to_numpy(dtype=np.float64, na_value=0.0),
            by_pupil["before"].index.get_level_values("class_label").to_numpy(dtype=str),
            by_pupil["before"].to_numpy(dtype=np.float64),
            by_pupil["after"].to_numpy(dtype=np.float64),
        )

    def columns(self, names: Iterable[str]) -> list[int]:
        """Return where the named subjects stand."""
        return [self.subjects.index(name) for name in names]


class Pupils(NamedTuple):
    """Pupils of the compared classes: one value before and after each, over the subjects."""

    labels: NDArray[np.str_]
    ours: NDArray[np.bool_]
    before: Floats
    after: Floats

    @property
    def gain(self) -> Floats:
        """After minus before."""
        return self.after - self.before

    def split(self, values: Floats) -> tuple[Floats, Floats]:
        """Return the values of innovative and of control pupils."""
        return values[self.ours], values[~self.ours]


class Sides(NamedTuple):
    """Class values of one outcome, by their part in the comparison."""

    weights: dict[str, float]
    innovative: Floats
    control: Floats
    ordinary: Floats
    archive: dict[str, Floats]
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
    places = {unit: place for place, unit in enumerate(panel.units)}
    needed = [places.get(class_unit(design.school_year, label)) for label in labels]
    asked = tuple(dict.fromkeys(outcome.subjects))
    known = [subject for subject in asked if subject in panel.subjects]
    there = [[_has(panel, place, subject) for subject in known] for place in needed]
    subjects = [name for column, name in enumerate(known) if all(row[column] for row in there)]
    if not subjects:
        gone = tuple(label for label, row in zip(labels, there, strict=True) if not any(row))
        empty = np.zeros(0)
        return Sides({}, empty, empty, empty, {}, missing=gone or labels)
    weights = _weights(panel, subjects)
    values = _composite(panel, weights)
    ours = [place for place in needed if place is not None]
    events = _with_events(panel, design)
    others = _pool(panel, subjects, values, leave_out=(*ours, *(places[unit] for unit in events)))
    return Sides(
        weights=weights,
        innovative=values[ours[: len(design.innovative)]],
        control=values[ours[len(design.innovative) :]],
        ordinary=values[others & (panel.roles == "ordinary")],
        archive=_by_year(panel, values, others & (panel.roles == "archive")),
        excluded=tuple(unit for unit in events if places[unit] not in ours),
        dropped=tuple(name for name in asked if name not in subjects),
    )


def _has(panel: Panel, place: int | None, subject: str) -> bool:
    return place is not None and bool(
        np.isfinite(panel.gains[place, panel.subjects.index(subject)])
    )


def _composite(panel: Panel, weights: dict[str, float]) -> Floats:
    total = np.zeros(len(panel.units))
    for column, weight in zip(panel.columns(weights), weights.values(), strict=True):
        total = total + panel.gains[:, column] * weight
    return total


def _pool(
    panel: Panel, subjects: list[str], values: Floats, *, leave_out: tuple[int, ...]
) -> NDArray[np.bool_]:
    enough = panel.pupils[:, panel.columns(subjects)].min(axis=1) >= FEWEST_PUPILS
    pool: NDArray[np.bool_] = np.isfinite(values) & enough
    pool[list(leave_out)] = False
    return pool


def _by_year(panel: Panel, values: Floats, chosen: NDArray[np.bool_]) -> dict[str, Floats]:
    years = panel.years[chosen]
    return {str(year): values[chosen][years == year] for year in sorted(set(years.tolist()))}


def _weights(panel: Panel, subjects: list[str]) -> dict[str, float]:
    """Return the weight of each subject: 1/sd of its class gains inside years, summing to one.

    That is the equal-weight mean of z-scores, written in marks. Equal weights where a spread
    cannot be estimated or is nothing.
    """
    if len(subjects) == 1:
        return {subjects[0]: 1.0}
    # An effect would widen the spread of its own year and so weigh its subject down: the spread
    # is taken inside each arm, as the archive test takes it.
    arms = np.array(
        [
            f"{year} {role == 'innovative'}"
            for year, role in zip(panel.years, panel.roles, strict=True)
        ]
    )
    spreads = [_inside_years(panel.gains[:, column], arms) for column in panel.columns(subjects)]
    if not all(spread > 0 for spread in spreads):
        return dict.fromkeys(subjects, 1 / len(subjects))
    total = math.fsum(1 / spread for spread in spreads)
    return {name: 1 / spread / total for name, spread in zip(subjects, spreads, strict=True)}


def _inside_years(gains: Floats, years: NDArray[np.str_]) -> float:
    """Return the standard deviation inside years, NaN where it is known too poorly."""
    known = np.isfinite(gains)
    groups = [gains[known & (years == year)] for year in sorted(set(years[known].tolist()))]
    df = sum(len(group) - 1 for group in groups)
    if df < _LEAST_DF_FOR_WEIGHTS:
        return math.nan
    return math.sqrt(math.fsum(squares(group) for group in groups) / df)


def _with_events(panel: Panel, design: Design) -> tuple[str, ...]:
    """Return the classes in which something changed between the terms compared."""
    found = {
        class_unit(split_term(event.term)[0], event.class_label)
        for event in design.events
        if within(event, design.periods, design.school_year)
    }
    return tuple(unit for unit in panel.units if unit in found)


def within(event: Event, periods: Periods, school_year: str) -> bool:
    """Return whether the event fell between the terms compared, in its own school year."""
    years = int(school_year[:4]) - int(split_term(event.term)[0][:4])
    then = periods.years_back(years)
    terms = sorted((*then.before, *then.after), key=term_order)
    return bool(terms) and term_order(terms[0]) <= term_order(event.term) <= term_order(terms[-1])


def pupils_of(panel: Panel, design: Design, weights: dict[str, float]) -> Pupils:
    """Return the pupils of the compared classes who have marks before and after."""
    columns = panel.columns(weights)
    before, after = (
        _pupil_means(values[:, columns], list(weights.values()))
        for values in (panel.before, panel.after)
    )
    known = np.isfinite(before)
    ours = np.isin(panel.labels, list(design.innovative))
    return Pupils(panel.labels[known], ours[known], before[known], after[known])


def _pupil_means(values: Floats, weights: list[float]) -> Floats:
    """Return the weighted mean over the subjects that a pupil has."""
    total, share = np.zeros(len(values)), np.zeros(len(values))
    for column, weight in enumerate(weights):
        there = np.isfinite(values[:, column])
        total += np.where(there, values[:, column], 0.0) * weight
        share += there * weight
    means: Floats = np.full(len(values), math.nan)
    np.divide(total, share, out=means, where=share > 0)
    return means


def starting_levels(
    panel: Panel, design: Design, weights: dict[str, float]
) -> tuple[Floats, Floats]:
    """Return the values before the start, one per pupil and subject, of either group."""
    ours = np.isin(panel.labels, list(design.innovative))
    values = panel.before[:, panel.columns(weights)]
    first, second = values[ours].ravel(), values[~ours].ravel()
    return first[np.isfinite(first)], second[np.isfinite(second)]
