"""Who was in which class and when: by terms with marks, and by the days that an export tells."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from posanalytics import periods, schema
from posanalytics.gradebook.captions import days_in, lesson_day
from posanalytics.schema import Problem
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from posanalytics.plan import Plan

_UNIT = ["pupil", "class_label", "school_year"]
_LEFT = re.compile(r"выб|отчис|перев", re.IGNORECASE)
_CAME = re.compile(r"приб|зачис|перев\w*\s+из\b", re.IGNORECASE)
_DAY = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})(?:\.(?:20)?\d{2})?(?!\d)")
_MOST_COMMON_TERMS = 1  # a pupil who moves in the middle of a term has it in both classes


class _Stay(NamedTuple):
    """One pupil in one class of one year: terms with marks, days of current marks, told days."""

    pupil: str
    class_label: str
    school_year: str
    terms: tuple[str, ...]
    days: tuple[str, str]
    came: str
    left: str
    file: str


def enrolments(
    records: pd.DataFrame, listed: pd.DataFrame, *, plan: Plan
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return who was in which class from which term to which, and what contradicts itself.

    A day that an export tells («выбыл 12.10») decides; else the first and last term with a mark.
    """
    stays = _stays(records, listed)
    rows = []
    problems = []
    for stay in stays:
        begin, end = _span(stay, plan)
        rows.append((stay.pupil, stay.class_label, stay.school_year, begin, end))
        after = [t for t in stay.terms if end and periods.term_order(t) > periods.term_order(end)]
        if after:
            slots = {"label": stay.class_label, "term": periods.term_name(max(after))}
            problems.append(_problem(stay.file, "marks_after_left", **slots))
    columns = list(schema.TABLES["enrolments"])
    table = pd.DataFrame(rows, columns=columns, dtype="str").sort_values(_UNIT, kind="stable")
    return table.reset_index(drop=True), problems + _at_once(stays)


def _stays(records: pd.DataFrame, listed: pd.DataFrame) -> list[_Stay]:
    assessed = records.loc[~records["kind"].isin(["absence", "debt"]), [*_UNIT, "term"]]
    terms = _gathered(assessed, "term", lambda term: bool(term) and periods.is_taught(term))
    current = records.loc[records["slot"].eq("current"), [*_UNIT, "date"]]
    days = _first_and_last(current, "date")
    files = _gathered(records, "source")
    for unit, more in _gathered(listed, "source").items():
        files[unit] |= more
    told = _told(listed)
    return [
        _Stay(
            *unit,
            terms=tuple(sorted(terms.get(unit, ()), key=periods.term_order)),
            days=(min(days.get(unit, {""})), max(days.get(unit, {""}))),
            came=told.get(unit, ("", ""))[0],
            left=told.get(unit, ("", ""))[1],
            file=min(files[unit]),
        )
        for unit in sorted(files)
    ]


def _gathered(
    frame: pd.DataFrame, column: str, wanted: Callable[[str], bool] = bool
) -> dict[tuple[str, str, str], set[str]]:
    """Return the different values of a column for each pupil, class and year."""
    found: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    distinct = frame[[*_UNIT, column]].drop_duplicates()
    for pupil, label, year, value in distinct.itertuples(index=False, name=None):
        if wanted(value):
            found[pupil, label, year].add(value)
    return found


def _first_and_last(frame: pd.DataFrame, column: str) -> dict[tuple[str, str, str], set[str]]:
    """Return the first and the last value of a coded column for each pupil, class and year."""
    known = frame[frame[column].ne("")]
    codes, values = known[column].cat.codes, known[column].cat.categories
    ends = codes.groupby([known[c] for c in _UNIT], observed=True).agg(["min", "max"])
    return {
        unit: {values[first], values[last]}
        for unit, first, last in zip(ends.index, ends["min"], ends["max"], strict=True)
    }


def _told(listed: pd.DataFrame) -> dict[tuple[str, str, str], tuple[str, str]]:
    """Return the days on which a pupil came and left, where an export says so."""
    told: dict[tuple[str, str, str], tuple[str, str]] = {}
    columns = [*_UNIT, "note", "begin", "end"]
    for pupil, label, year, note, begin, end in (
        listed[columns].drop_duplicates().itertuples(index=False, name=None)
    ):
        came, left = told.get((pupil, label, year), ("", ""))
        noted = _noted_day(note, year)
        arrival = bool(_CAME.search(note))
        came = max(came, begin or (noted if arrival else ""))
        left = max(left, end or (noted if _LEFT.search(note) and not arrival else ""))
        if came or left:
            told[pupil, label, year] = came, left
    return told


def _noted_day(note: str, school_year: str) -> str:
    """Return the day in a note such as «выбыл 12.10», empty where it names none."""
    whole = days_in(note)
    if whole:
        return whole[0].isoformat()
    match = _DAY.search(note)
    day = lesson_day(int(match[1]), int(match[2]), school_year) if match and school_year else None
    return day or ""


def _span(stay: _Stay, plan: Plan) -> tuple[str, str]:
    begin = _term_of(stay.came, plan) or (stay.terms[0] if stay.terms else "")
    end = _term_of(stay.left, plan) or (stay.terms[-1] if stay.terms else "")
    return begin, end


def _term_of(day: str, plan: Plan) -> str:
    try:
        return plan.term_of(dt.date.fromisoformat(day)) or "" if day else ""
    except ValueError:
        return ""


def _at_once(stays: Iterable[_Stay]) -> list[Problem]:
    """Return a problem for each pair of classes that share pupils at one time."""
    by_pupil: dict[tuple[str, str], list[_Stay]] = defaultdict(list)
    for stay in stays:
        by_pupil[stay.pupil, stay.school_year].append(stay)
    shared: dict[tuple[str, str, str], list[_Stay]] = defaultdict(list)
    for own in by_pupil.values():
        for one, other in combinations(own, 2):
            if _overlap(one, other):
                pair = sorted((one.class_label, other.class_label))
                shared[pair[0], pair[1], one.school_year].append(one)
    return [
        _problem(
            min(stay.file for stay in both),
            "two_at_once",
            labels=f"{first}, {second}",
            year=year.replace("-", "/"),
            pupils=len(both),
        )
        for (first, second, year), both in sorted(shared.items())
    ]


def _overlap(one: _Stay, other: _Stay) -> bool:
    """Return whether a pupil has marks in two classes at one time, not in one after the other."""
    if (one.left and other.came) or (other.left and one.came):
        return False
    if all((*one.days, *other.days)):
        return one.days[0] <= other.days[1] and other.days[0] <= one.days[1]
    return len(set(one.terms) & set(other.terms)) > _MOST_COMMON_TERMS


def _problem(file: str, key: str, **slots: Any) -> Problem:
    return Problem(
        "warning",
        file=file,
        found=say(f"store.{key}", **slots),
        expected=say(f"store.{key}_expected"),
        remedy=say(f"store.{key}_remedy"),
    )
