"""The classic tables of a school's own inspection report, this term beside the one before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from posanalytics import indicators, labels, periods
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from posanalytics.study import Study

_MARKS = ("count_5", "count_4", "count_3", "count_2", "not_assessed", "exempt")
_CATEGORIES = (
    "pupils", "excellent", "good", "one_four", "satisfactory", "one_three", "failing",
    "not_assessed",
)  # fmt: skip
_WHOSE = ("class_label", "subject")
_DIGITS = 2  # of a mean


class Part(NamedTuple):
    """One table of the appendix; ``hidden`` is True where a group is too small to be shown."""

    title: str
    note: str
    frame: pd.DataFrame
    hidden: pd.DataFrame


class Appendix(NamedTuple):
    """What goes beside an inspection report: for whom, for which term, the tables."""

    school: str
    term: str
    before: str  # the term that it is compared with, empty in the first one of a year
    classes: tuple[str, ...]
    parts: tuple[Part, ...]


def appendix_of(study: Study, *classes: str) -> Appendix:
    """Return the tables of some classes in the term of the study, the compared ones unless named.

    The file leaves the room of the team, so that it holds no class that the team does not compare.
    """
    rows = study.tables["term_marks"]
    there = rows.loc[rows["term"].eq(study.term), "class_label"].unique()
    compared = [label for label in there if label in study.plan.compared_classes]
    listed = tuple(sorted(classes or compared, key=labels.class_order))
    before = _term_before(study)
    now = _of(rows, listed, study.term)
    then = _of(rows, listed, before)
    smallest = study.plan.audience.team
    frames = {
        "people": _people(study.tables["enrolments"], now, then, listed, (study.term, before)),
        "categories": _in_order(indicators.class_categories(now))[["class_label", *_CATEGORIES]],
        "classes": _class_change(now, then, smallest),
        "subjects": _subject_change(now, then, smallest),
    }
    if not classes:
        # Who is exempt from a subject tells of health: only who works with the class sees it.
        frames["subjects"] = frames["subjects"].drop(columns="exempt")
    return Appendix(
        school=study.plan.school,
        term=periods.term_name(study.term),
        before=periods.term_name(before) if before else "",
        classes=listed,
        parts=tuple(_part(key, frame, smallest) for key, frame in frames.items()),
    )


def _term_before(study: Study) -> str:
    """Return the term before in the same school year: over the summer classes change."""
    earlier = [
        term
        for term in study.terms
        if term.startswith(study.year) and periods.term_order(term) < periods.term_order(study.term)
    ]
    return earlier[-1] if earlier else ""


def _of(rows: pd.DataFrame, classes: tuple[str, ...], term: str) -> pd.DataFrame:
    return rows[rows["class_label"].isin(classes) & rows["term"].eq(term)]


def _people(
    enrolments: pd.DataFrame,
    now: pd.DataFrame,
    then: pd.DataFrame,
    classes: tuple[str, ...],
    terms: tuple[str, str],
) -> pd.DataFrame:
    """Return how many pupils a class had in both terms, how many joined it and how many left."""
    stays = enrolments[enrolments["school_year"].eq(periods.split_term(terms[0])[0])]
    rows = []
    for label in classes:
        own, here, there = (part[part["class_label"].eq(label)] for part in (stays, now, then))
        rows.append((label, *_movement(own, here, there, terms)))
    return pd.DataFrame(rows, columns=["class_label", "pupils_before", "joined", "left", "pupils"])


def _movement(
    own: pd.DataFrame, now: pd.DataFrame, then: pd.DataFrame, terms: tuple[str, str]
) -> tuple[float, float, float, int]:
    term, before = terms
    present = _members(own, set(now["pupil"]), term)
    if not before:
        return np.nan, np.nan, np.nan, len(present)
    earlier = _members(own, set(then["pupil"]), before)
    return len(earlier), len(present - earlier), len(earlier - present), len(present)


def _members(own: pd.DataFrame, assessed: set[str], term: str) -> set[str]:
    """Return who was in the class at the end of a term, by the rule of the pages.

    That is who stands in its marks, and who has none there but a stay that goes on after it. Who
    left on a day inside the term («выбыл 12.11») has no mark of it and is not counted.
    """
    order = periods.term_order(term)
    return assessed | {
        pupil
        for pupil, begin, end in zip(own["pupil"], own["begin"], own["end"], strict=True)
        if (not begin or periods.term_order(begin) <= order)
        and (not end or order < periods.term_order(end))
    }


def _class_change(now: pd.DataFrame, then: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Return quality and success by class in both terms, and how many points they changed."""
    values = ["quality_class", "success_class"]
    rows = _both(
        indicators.class_categories,
        now,
        then,
        keys=["class_label"],
        values=values,
        smallest=smallest,
    )
    return rows[["class_label", "pupils", *(f"{v}{part}" for v in values for part in _PARTS)]]


_PARTS = ("_before", "", "_change")


def _subject_change(now: pd.DataFrame, then: pd.DataFrame, smallest: int) -> pd.DataFrame:
    """Return the indicators by class and subject, with the change of mean and quality."""
    values = ["mean", "quality_subject"]
    rows = _both(
        indicators.class_indicators, now, then, keys=list(_WHOSE), values=values, smallest=smallest
    )
    return rows[
        [
            *_WHOSE, "pupils", *_MARKS, "mean", "mean_change", "success", "quality_subject",
            "quality_subject_change", "sou",
        ]
    ]  # fmt: skip


def _both(  # noqa: PLR0913 - two terms, how they are counted, and what of them is shown
    count: Callable[[pd.DataFrame], pd.DataFrame],
    now: pd.DataFrame,
    then: pd.DataFrame,
    *,
    keys: list[str],
    values: list[str],
    smallest: int,
) -> pd.DataFrame:
    """Return the rows of this term, with the values of the term before and the differences.

    A difference is that of the numbers as they are written: 95 % and 81 % are 14 points apart.
    """
    earlier = count(then)
    # A group that was too small then is not told by way of the change either.
    earlier = earlier.loc[earlier["pupils"] >= smallest, [*keys, *values]]
    names = {value: f"{value}_before" for value in values}
    rows = count(now).merge(
        earlier.rename(columns=names), on=keys, how="left", validate="one_to_one"
    )
    changes = {
        f"{value}_change": _as_written(rows, value, value)
        - _as_written(rows, value, f"{value}_before")
        for value in values
    }
    return _in_order(rows.assign(**changes))


def _as_written(rows: pd.DataFrame, value: str, column: str) -> pd.Series[float]:
    """Return the numbers of a column as a reader sees them: means 3,81, shares 67 %."""
    if value == "mean":
        return rows[column].map(lambda number: round(number, _DIGITS))
    return rows[column].map(lambda share: np.nan if np.isnan(share) else round(share * 100) / 100)


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows class by class, as a school lists its classes: 9А before 10А."""
    known = sorted(rows["class_label"].unique(), key=labels.class_order)
    place = rows["class_label"].map({label: number for number, label in enumerate(known)})
    return rows.iloc[np.argsort(place.to_numpy(), kind="stable")].reset_index(drop=True)


def _part(key: str, frame: pd.DataFrame, smallest: int) -> Part:
    """Return a table of the appendix, the values of small groups marked as hidden."""
    small = frame["pupils"].lt(smallest)
    hidden = pd.DataFrame(
        {name: small & (name not in _WHOSE) for name in frame.columns}, index=frame.index
    )
    return Part(
        say(f"appendix.title_{key}", lang="ru"),
        say(f"appendix.note_{key}", lang="ru", smallest=smallest),
        frame, hidden,
    )  # fmt: skip
