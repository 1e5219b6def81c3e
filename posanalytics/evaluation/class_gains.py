"""Class gains and pupils as arrays: the composite over subjects, and who stands where."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from posanalytics.evaluation.archive import Shape
from posanalytics.evaluation.composite import Weights, composite_weights
from posanalytics.evaluation.design import FEWEST_PUPILS
from posanalytics.labels import class_order, year_group
from posanalytics.panel import class_unit
from posanalytics.periods import split_term, term_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from posanalytics.evaluation.design import Design, Event, Outcome
    from posanalytics.panel import Periods

    Floats = NDArray[np.float64]

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

    def without(self, labels: Iterable[str], school_year: str) -> Panel:
        """Return the panel without these classes of a year and their pupils."""
        gone = list(labels)
        units = np.array(self.units, dtype=str)
        kept = ~np.isin(units, [class_unit(school_year, label) for label in gone])
        stays = ~np.isin(self.labels, gone)
        return self._replace(
            units=tuple(units[kept].tolist()),
            years=self.years[kept],
            roles=self.roles[kept],
            gains=self.gains[kept],
            pupils=self.pupils[kept],
            labels=self.labels[stays],
            before=self.before[stays],
            after=self.after[stays],
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


class Places(NamedTuple):
    """Where the classes of each part stand in the panel."""

    innovative: list[int]
    control: list[int]
    ordinary: NDArray[np.bool_]
    archive: NDArray[np.bool_]


class Sides(NamedTuple):
    """Class values of one outcome, by their part in the comparison."""

    weighting: Weights
    innovative: Floats
    control: Floats
    ordinary: Floats
    archive: dict[str, Floats]
    places: Places | None = None
    missing: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    pool: tuple[str, ...] = ()
    fewest: dict[str, int] = {}  # noqa: RUF012 - never changed

    @property
    def weights(self) -> dict[str, float]:
        """The weight of every subject that enters the outcome."""
        return self.weighting.shares

    @property
    def shape(self) -> Shape:
        """How many classes stand where."""
        years = tuple(len(gains) for _, gains in sorted(self.archive.items()) if len(gains) > 1)
        return Shape(len(self.innovative), len(self.control), len(self.ordinary), years)


def sides_of(panel: Panel, outcome: Outcome, design: Design) -> Sides:
    """Return the class values of an outcome by part; a composite is one value per class.

    Only subjects that every compared class has with five pupils or more enter it; where there is no
    such subject, those that every class has with fewer, which the verdict then refuses. Other
    classes join the pool when they have all of these, five pupils or more, and no event.
    """
    labels = (*design.innovative, *design.control)
    places = {unit: place for place, unit in enumerate(panel.units)}
    needed = [places.get(class_unit(design.school_year, label)) for label in labels]
    asked = tuple(dict.fromkeys(outcome.subjects))
    known = [subject for subject in asked if subject in panel.subjects]
    there = [[_has(panel, place, subject) for subject in known] for place in needed]
    shared = [name for column, name in enumerate(known) if all(row[column] for row in there)]
    fewest = {name: _fewest(panel, needed, [name]) for name in shared}
    subjects = [
        name for name in shared if min(fewest[name], default=FEWEST_PUPILS) >= FEWEST_PUPILS
    ]
    subjects = subjects or shared
    if not subjects:
        gone = tuple(label for label, row in zip(labels, there, strict=True) if not any(row))
        empty = np.zeros(0)
        return Sides(Weights({}), empty, empty, empty, {}, missing=gone or labels)
    weights = _weights(panel, subjects, outcome)
    ours = [place for place in needed if place is not None]
    events = with_events(panel, design)
    values = _composite(panel, weights.shares)
    others = _pool(panel, subjects, values, leave_out=(*ours, *(places[unit] for unit in events)))
    stand = Places(
        ours[: len(design.innovative)],
        ours[len(design.innovative) :],
        others & (panel.roles == "ordinary"),
        others & (panel.roles == "archive"),
    )
    return _sides(panel, weights, stand)._replace(
        excluded=tuple(unit for unit in events if places[unit] not in ours),
        dropped=tuple(name for name in asked if name not in subjects),
        pool=tuple(np.array(panel.units, dtype=str)[stand.ordinary | stand.archive].tolist()),
        fewest=dict(zip(labels, _fewest(panel, needed, subjects), strict=True)),
    )


def without_each_subject(
    panel: Panel, outcome: Outcome, sides: Sides
) -> Iterator[tuple[str, Sides]]:
    """Yield the same classes without each subject of a composite, weights found anew."""
    names, places = list(sides.weights), sides.places
    if len(names) < 2 or places is None:  # noqa: PLR2004 - something must be left
        return
    for left_out in names:
        kept = [name for name in names if name != left_out]
        pupils = _fewest(panel, [*places.innovative, *places.control], kept)
        yield (
            left_out,
            _sides(panel, _weights(panel, kept, outcome), places)._replace(
                excluded=sides.excluded,
                dropped=sides.dropped,
                pool=sides.pool,
                fewest=dict(zip(sides.fewest, pupils, strict=True)),
            ),
        )


def turned_by(estimate: float, without: Mapping[str, float]) -> tuple[str, ...]:
    """Return the subjects without which the difference has another sign.

    Nobody turns it while the smallest and the largest of all the differences have one sign. A
    difference of nothing has none: then all that have a sign turn it.

    >>> turned_by(0.2, {"Физика": 0.1, "Химия": -0.1})
    ('Химия',)
    >>> turned_by(0.0, {"Физика": 0.1, "Химия": -0.1, "История": 0.0})
    ('Физика', 'Химия')
    """
    known = {name: other for name, other in without.items() if not math.isnan(other)}
    every = (estimate, *known.values())
    if not min(every) < 0 < max(every):
        return ()
    return tuple(name for name, other in known.items() if other and not other * estimate > 0)


def _sides(panel: Panel, weights: Weights, places: Places) -> Sides:
    values = _composite(panel, weights.shares)
    return Sides(
        weighting=weights,
        innovative=values[places.innovative],
        control=values[places.control],
        ordinary=values[places.ordinary],
        archive=_by_year(panel, values, places.archive),
        places=places,
    )


def _has(panel: Panel, place: int | None, subject: str) -> bool:
    return place is not None and bool(
        np.isfinite(panel.gains[place, panel.subjects.index(subject)])
    )


def _fewest(panel: Panel, places: Iterable[int | None], subjects: list[str]) -> list[int]:
    """Return the number of pupils in the emptiest of the subjects, for every class there is."""
    columns = panel.columns(subjects)
    return [int(panel.pupils[place, columns].min()) for place in places if place is not None]


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


def pupils_by_class(gains: pd.DataFrame, sides: Sides) -> dict[tuple[str, str], Floats]:
    """Return the gains of pupils in the classes of the pool, one array per school year and class.

    A pupil's gain is the weighted mean over the outcome's subjects that there are.
    """
    shares = sides.weights
    rows = gains[gains["class_unit"].isin(sides.pool) & gains["subject"].isin(list(shares))]
    values = over_subjects(rows, shares, by=["school_year", "class_label", "pupil"], column="gain")
    groups = values.dropna().groupby(level=["school_year", "class_label"], sort=True)
    return {(str(year), str(label)): own.to_numpy() for (year, label), own in groups}


def _weights(panel: Panel, subjects: list[str], outcome: Outcome) -> Weights:
    arms = np.array(
        [
            f"{year} {role == 'innovative'}"
            for year, role in zip(panel.years, panel.roles, strict=True)
        ]
    )
    gains = panel.gains[:, panel.columns(subjects)]
    return composite_weights(gains, arms, subjects, weighting=outcome.weights)


def with_events(panel: Panel, design: Design) -> tuple[str, ...]:
    """Return the classes in which something changed between the terms compared."""
    found = {
        class_unit(split_term(event.term)[0], event.class_label)
        for event in design.events
        if within(event, design.periods, design.school_year)
    }
    return tuple(unit for unit in panel.units if unit in found)


def events_of_compared(design: Design) -> tuple[tuple[str, str], ...]:
    """Return class and event of the compared classes between the terms compared."""
    labels = (*design.innovative, *design.control)
    return tuple(
        (event.class_label, event.what)
        for event in design.events
        if event.class_label in labels
        and split_term(event.term)[0] == design.school_year
        and within(event, design.periods, design.school_year)
    )


def parallels_of(design: Design) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the innovative and control classes of every parallel that is compared."""
    years = sorted({year_group(label) for label in (*design.innovative, *design.control)})
    return [
        (
            tuple(label for label in design.innovative if year_group(label) == year),
            tuple(label for label in design.control if year_group(label) == year),
        )
        for year in years
    ]


def without_counterpart(design: Design) -> tuple[str, ...]:
    """Return the compared classes in whose parallel there is no class of the other group."""
    alone = [
        label
        for ours, theirs in parallels_of(design)
        if not (ours and theirs)
        for label in (*ours, *theirs)
    ]
    return tuple(sorted(alone, key=class_order))


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
        weighted_means(values[:, columns], list(weights.values()))
        for values in (panel.before, panel.after)
    )
    known = np.isfinite(before)
    ours = np.isin(panel.labels, list(design.innovative))
    return Pupils(panel.labels[known], ours[known], before[known], after[known])


def over_subjects(
    rows: pd.DataFrame, weights: Mapping[str, float], *, by: Sequence[str], column: str
) -> pd.Series[float]:
    """Return every pupil's weighted mean of a column over subjects, one row per pupil in `rows`."""
    import pandas as pd

    wide = rows.pivot(index=list(by), columns="subject", values=column)
    wide = wide.reindex(columns=list(weights)).sort_index()
    means = weighted_means(wide.to_numpy(dtype=np.float64), list(weights.values()))
    return pd.Series(means, index=wide.index, name=column)


def weighted_means(values: Floats, weights: Sequence[float]) -> Floats:
    """Return the weighted mean over the subjects that a pupil has; NaN where none has a weight.

    >>> weighted_means(np.array([[3.0, 4.0], [math.nan, 5.0]]), [0.25, 0.75])  # .75 + 3; 5 alone
    array([3.75, 5.  ])
    """
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
