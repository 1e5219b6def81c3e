"""The panel: what every pupil had before the start and after it, class by class."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd

from posanalytics.labels import year_group
from posanalytics.periods import is_taught, shifted, split_term, term_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Measure = Literal["term_mark", "mean_mark"]

MEASURES: dict[str, str] = {"term_mark": "mark", "mean_mark": "mean_mark"}
_KEYS = ["pupil", "class_label", "subject"]
GAIN_COLUMNS = (
    "pupil", "class_unit", "class_label", "school_year", "subject", "before", "after", "gain",
)  # fmt: skip
BASELINE_COLUMNS = (*GAIN_COLUMNS[:5], "before")


class Periods(NamedTuple):
    """Terms whose mean is compared with the mean of later terms."""

    before: tuple[str, ...]
    after: tuple[str, ...]

    def years_back(self, years: int) -> Periods:
        """Return the same terms that many school years earlier."""
        return Periods(
            tuple(shifted(term, -years) for term in self.before),
            tuple(shifted(term, -years) for term in self.after),
        )


def periods_compared(term: str, start: str, available: Iterable[str]) -> Periods:
    """Return the terms before the start and from the start to the reported term.

    Before the start count the earlier terms of its school year; a start in the first term of a
    year is compared with the last term of the year before. Only terms of the kind of `start`
    (quarters with quarters) that are available count, so either part may be empty.

    >>> periods_compared("2025-26-Q3", "2025-26-Q2", ["2025-26-Q1", "2025-26-Q2", "2025-26-Q3"])
    Periods(before=('2025-26-Q1',), after=('2025-26-Q2', '2025-26-Q3'))
    """
    kind = _kind(start)
    taught = sorted({t for t in available if is_taught(t) and _kind(t) == kind}, key=term_order)
    after = tuple(t for t in taught if term_order(start) <= term_order(t) <= term_order(term))
    year, suffix = split_term(start)
    earlier = [t for t in taught if term_order(t) < term_order(start)]
    if suffix[1:] == "1":
        previous, _ = split_term(shifted(start, -1))
        return Periods(tuple(t for t in earlier if split_term(t)[0] == previous)[-1:], after)
    return Periods(tuple(t for t in earlier if split_term(t)[0] == year), after)


def _kind(term: str) -> str:
    return split_term(term)[1][0]


def class_unit(school_year: str, label: str) -> str:
    """Return the name of a class in one school year: «2025-26 7А»."""
    return f"{school_year} {label}"


def promoted(label: str, years: int) -> str:
    """Return what the class is called that many school years later.

    >>> promoted("6А", 1), promoted("7Б", 0)
    ('7А', '7Б')
    """
    group = year_group(label)
    return f"{group + years}{label[len(str(group)) :]}"


def baseline_marks(
    term_marks: pd.DataFrame,
    *,
    periods: Periods,
    school_year: str | None = None,
    measure: Measure = "term_mark",
) -> pd.DataFrame:
    """Return means before the start, known before any result: one row per pupil and subject."""
    year = school_year or _reporting_year(periods)
    before = _phase_means(_usable(term_marks, measure), periods.before, year, "before")
    return _with_unit(before, year)[list(BASELINE_COLUMNS)]


def pupil_gains(
    term_marks: pd.DataFrame,
    *,
    periods: Periods,
    years_back: Sequence[int] = (0,),
    measure: Measure = "term_mark",
) -> pd.DataFrame:
    """Return the gain of every pupil in every subject: mean after minus mean before.

    A pupil counts who has a mark in both parts in the same class. Each number in `years_back`
    takes the same terms that many school years earlier: the school's own archive.
    """
    if not years_back or not periods.before or not periods.after:
        return pd.DataFrame({name: [] for name in GAIN_COLUMNS})
    marks = _usable(term_marks, measure)
    years = [_gains_of_year(marks, periods.years_back(years)) for years in sorted(set(years_back))]
    return (
        pd.concat(years, ignore_index=True)
        .sort_values(["school_year", *_KEYS], ignore_index=True)
        .loc[:, list(GAIN_COLUMNS)]
    )


def term_values(
    term_marks: pd.DataFrame, *, periods: Periods, measure: Measure = "term_mark"
) -> pd.DataFrame:
    """Return the single values behind the means: one row per pupil, subject and term.

    `phase` says which mean a `value` belongs to, before or after.
    """
    year = _reporting_year(periods)
    marks = _usable(term_marks, measure)
    parts = [
        _phase_rows(marks, terms, year).assign(phase=phase)
        for phase, terms in zip(periods._fields, periods, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def class_terms(
    term_marks: pd.DataFrame,
    *,
    classes: Iterable[str],
    year: str,
    measure: Measure = "term_mark",
    together: Sequence[str] = (),
) -> pd.DataFrame:
    """Return one row per class, subject and taught term up to a year: what its pupils had.

    A class keeps its label of that year: the terms in which 7А was 6А stand under 7А. `mean` is
    the mean over pupils, `marks` the mean number of marks behind a pupil's value, where told. In
    the terms of `together` only pupils count who have a value in all of them.
    """
    terms = sorted(t for t in term_marks["term"].unique() if is_taught(t) and t[:7] <= year)
    names = pd.DataFrame(
        [
            (term, promoted(label, int(term[:4]) - int(year[:4])), label)
            for term in terms
            for label in sorted(set(classes))
        ],
        columns=["term", "then", "class_label"],
    ).astype("str")
    value = pd.to_numeric(term_marks[MEASURES[measure]]).astype("float64")
    count = term_marks["marks"] if "marks" in term_marks.columns else math.nan
    rows = term_marks.assign(value=value, number=pd.to_numeric(count))
    rows = rows.loc[value.notna(), ["pupil", "class_label", "subject", "term", "value", "number"]]
    rows = rows.rename(columns={"class_label": "then"}).astype({"term": "str", "then": "str"})
    rows = rows.merge(names, on=["term", "then"], how="inner", validate="many_to_one")
    inside = rows["term"].isin(list(together))
    seen = rows["term"].where(inside).groupby([rows[key] for key in _KEYS]).transform("nunique")
    return (
        rows[~inside | (seen == len(set(together)))]
        .sort_values(["class_label", "subject", "term", "pupil"], ignore_index=True)
        .groupby(["class_label", "subject", "term"], as_index=False, sort=True)
        .agg(mean=("value", "mean"), pupils=("value", "size"), marks=("number", "mean"))
    )


def membership(
    term_marks: pd.DataFrame, *, periods: Periods, measure: Measure = "term_mark"
) -> pd.DataFrame:
    """Return who was in each class before, after, or both: one row per pupil and class.

    `term_marks` are those of the subjects of one outcome. Both is who has a gain in at least one of
    them; who has marks before in one subject and after in another only is lost, as is who has none
    after. A pupil who moved has left one class and joined the other.
    """
    columns = ["pupil", "class_label", "class_unit", "membership"]
    if not periods.before or not periods.after:
        return pd.DataFrame({name: [] for name in columns})
    year = _reporting_year(periods)
    marks = _usable(term_marks, measure)
    keys = ["pupil", "class_label"]
    was = _phase_rows(marks, periods.before, year)[_KEYS].drop_duplicates()
    became = _phase_rows(marks, periods.after, year)[_KEYS].drop_duplicates()
    # The subject in which a pupil was there longest tells: both before left before joined.
    names = {"both": "both", "left_only": "left", "right_only": "joined"}
    ranks = {"both": 0, "left": 1, "joined": 2}
    return (
        was.merge(became, on=_KEYS, how="outer", indicator="membership", validate="one_to_one")
        .assign(
            membership=lambda rows: rows["membership"].astype("str").map(names),
            class_unit=lambda rows: year + " " + rows["class_label"],
            rank=lambda rows: rows["membership"].map(ranks),
        )
        .sort_values([*keys, "rank"])
        .drop_duplicates(keys, ignore_index=True)
        .loc[:, columns]
    )


def with_roles(
    gains: pd.DataFrame, *, innovative: Iterable[str], control: Iterable[str], year: str
) -> pd.DataFrame:
    """Return the rows with the part that their class plays in the comparison."""
    roles = dict.fromkeys(control, "control") | dict.fromkeys(innovative, "innovative")
    now = gains["class_label"].map(roles).astype("object").fillna("ordinary")
    role = np.where(gains["school_year"] == year, now, "archive")
    return gains.assign(role=pd.Series(role, index=gains.index, dtype="str"))


def _reporting_year(periods: Periods) -> str:
    return split_term(periods.after[-1])[0]


def _usable(term_marks: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Return rows with a number, in one order whatever the order of the files was."""
    value = pd.to_numeric(term_marks[MEASURES[measure]]).astype("float64")
    return (
        term_marks.assign(value=value)
        .loc[value.notna(), [*_KEYS, "term", "value"]]
        .sort_values([*_KEYS, "term", "value"], ignore_index=True)
    )


def _gains_of_year(marks: pd.DataFrame, periods: Periods) -> pd.DataFrame:
    year = _reporting_year(periods)
    before = _phase_means(marks, periods.before, year, "before")
    after = _phase_means(marks, periods.after, year, "after")
    both = before.merge(after, on=_KEYS, how="inner", validate="one_to_one")
    return _with_unit(both, year).assign(gain=lambda rows: rows["after"] - rows["before"])


def _phase_means(
    marks: pd.DataFrame, terms: Sequence[str], year: str, name: Literal["before", "after"]
) -> pd.DataFrame:
    return (
        _phase_rows(marks, terms, year)
        .groupby(_KEYS, as_index=False, sort=True)
        .agg(**{name: ("value", "mean")})
    )


def _phase_rows(marks: pd.DataFrame, terms: Sequence[str], year: str) -> pd.DataFrame:
    """Return the rows of the terms under the class's name in the reporting year.

    7А of this year was 6А a year ago; without this a start in September would compare nobody.
    """
    rows = marks[marks["term"].isin(terms)]
    labels = rows["class_label"].copy()
    for term in terms:
        years = int(year[:4]) - int(split_term(term)[0][:4])
        if years:
            here = rows["term"] == term
            renamed = {label: promoted(label, years) for label in labels[here].unique()}
            labels = labels.mask(here, labels.map(renamed))
    return rows.assign(class_label=labels)


def _with_unit(rows: pd.DataFrame, year: str) -> pd.DataFrame:
    return rows.assign(school_year=year, class_unit=year + " " + rows["class_label"].astype("str"))
