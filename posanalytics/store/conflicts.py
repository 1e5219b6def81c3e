"""Two exports of one thing: the later one holds, and every mark that changed is listed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from posanalytics import periods
from posanalytics.schema import Problem
from posanalytics.store.coded import texts
from posanalytics.store.precedence import ranks
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What one export says of a pupil gives way to a later one; what only it says stays.
# A list of means and one of final marks tell of two things.
_KEY = ["class_label", "school_year", "subject", "term", "slot", "mean", "pupil"]
_MARK = [*_KEY, "date"]
_PLACES = _KEY[:-1]
_AFTER_ANY_DATE = "9"
_SIGN = re.compile(r"(?<=\d)[+\-−–]")
_MOST_SHOWN = 5
# What a later export says that leaves a mark out.
_NOTHING = {"raw_new": "–", "cell_new": "", "sheet_new": ""}


class _Change(NamedTuple):
    """What the earlier export says of a pupil for a term or a day, and what the later one."""

    winner: str
    loser: str
    class_label: str
    term: str
    subject: str
    sheet: str
    cell: str
    was: str
    now: str
    together: bool

    def __str__(self) -> str:
        return f"{self.subject}: {self.was} → {self.now}"


def latest(records: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the records that hold, and problems that list the marks in which exports differ.

    A later export takes the place of an earlier one for the terms that it names and, among current
    marks, for the days between its first and its last: a journal of October takes nothing away
    from a journal of September.
    """
    records = records.assign(mean=records["kind"].eq("mean"))
    said = records[[*_KEY, "source", "seen"]].drop_duplicates()
    rivals = said[said.duplicated(_KEY, keep=False)]
    if rivals.empty:
        return records, []
    records = records.reset_index(drop=True)
    contested = texts(_contested(records, rivals))
    rivals = texts(rivals)
    covered = _covered(contested, _claims(contested, rivals))
    kept = records.drop(index=covered["at"].unique())
    return kept.reset_index(drop=True), _problems(_changes(contested, covered))


def _contested(records: pd.DataFrame, rivals: pd.DataFrame) -> pd.DataFrame:
    """Return the records that several exports speak of, with their place `at` among all."""
    numbered = records.assign(at=records.index)
    return numbered.merge(rivals[_KEY].drop_duplicates(), on=_KEY, validate="m:1")


def _claims(contested: pd.DataFrame, rivals: pd.DataFrame) -> pd.DataFrame:
    """Return what each export speaks of: its keys, its rank, its first and its last day."""
    came = rivals[["seen", "source"]].drop_duplicates()
    rank_of = ranks(came.itertuples(index=False, name=None))
    # Days are those of the whole class: a pupil who lost all marks of a day is covered too.
    days = contested.assign(day=contested["date"].astype("str"))
    spans = days.groupby([*_PLACES, "source"], observed=True)["day"].agg(["min", "max"])
    claims = rivals.assign(rank=rivals["source"].map(rank_of).astype("int64"))
    claims = claims.merge(spans.reset_index(), on=[*_PLACES, "source"], validate="m:1")
    return claims.assign(max=claims["max"].mask(claims["slot"].eq("term"), _AFTER_ANY_DATE))


def _covered(contested: pd.DataFrame, claims: pd.DataFrame) -> pd.DataFrame:
    """Return the records that a later export covers, each with the last such export."""
    own = claims[[*_KEY, "source", "rank"]]
    ranked = contested.merge(own, on=[*_KEY, "source"], validate="m:1")
    # Every record meets every export that speaks of its pupil, subject and term.
    pairs = ranked.merge(
        claims[[*_KEY, "source", "rank", "min", "max"]],
        on=_KEY,
        validate="m:m",
        suffixes=("", "_later"),
    )
    day = pairs["date"].astype("str")
    later = pairs[
        (pairs["rank_later"] > pairs["rank"]) & (pairs["min"] <= day) & (day <= pairs["max"])
    ]
    return later.sort_values(["at", "rank_later"]).drop_duplicates("at", keep="last")


def _changes(contested: pd.DataFrame, covered: pd.DataFrame) -> list[_Change]:
    """Return every mark that the later export gives otherwise, in the order of the cells."""
    new = _said(contested, [*_MARK, "source"])
    old = _said(covered, [*_MARK, "source", "source_later"])
    both = old.merge(
        new,
        left_on=[*_MARK, "source_later"],
        right_on=[*_MARK, "source"],
        how="left",
        validate="m:1",
        suffixes=("", "_new"),
    )
    differ = both[both["sign"].ne(both["sign_new"])].fillna(_NOTHING)
    seen = dict(zip(contested["source"], contested["seen"], strict=True))
    changes = [
        _Change(
            winner=str(row.source_later),
            loser=str(row.source),
            class_label=str(row.class_label),
            term=str(row.term),
            subject=str(row.subject),
            sheet=str(row.sheet_new),
            cell=str(row.cell_new),
            was=f"{row.raw} ({row.cell})",
            now=f"{row.raw_new} ({row.cell_new})" if row.cell_new else str(row.raw_new),
            together=seen[row.source] == seen[row.source_later],
        )
        for row in differ.itertuples(index=False)
    ]
    return sorted(changes)


def _said(records: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return what stands in a cell, as it is written and as it is compared."""
    told = records[[*keys, "raw", "sheet", "cell"]].assign(sign=_signs(records))
    several = told.duplicated(keys, keep=False)
    together = told[several].groupby(keys, observed=True, sort=False, as_index=False)
    joined = together.agg(
        raw=("raw", " ".join),
        sheet=("sheet", "first"),
        cell=("cell", "first"),
        sign=("sign", "|".join),
    )
    return pd.concat([told[~several], joined], ignore_index=True) if several.any() else told


def _signs(records: pd.DataFrame) -> pd.Series:
    """Return what a mark is, however it is written: «н/а» and «НА» are one thing, «4-» is no 4."""
    told = records["kind"].astype("str")
    for column in ("value", "weight"):
        # A status has no value, and missing plus anything is missing.
        told = told + " " + records[column].astype("str").fillna("")
    written = {raw: "".join(_SIGN.findall(str(raw))) for raw in records["raw"].unique()}
    return told + " " + records["raw"].map(written).astype("str")


def _problems(changes: Sequence[_Change]) -> list[Problem]:
    """Return a warning for each pair of exports of a class and term, and the full lists behind."""
    groups: dict[tuple[str, str, str, str], list[_Change]] = {}
    for change in changes:
        groups.setdefault(change[:4], []).append(change)
    problems = []
    for same in groups.values():
        problems.append(_problem("warning", "two_exports", same, same[:_MOST_SHOWN]))
        if len(same) > _MOST_SHOWN:
            problems += [_problem("note", "two_exports_all", own, own) for own in _by_subject(same)]
    return problems


def _by_subject(changes: Iterable[_Change]) -> Iterable[list[_Change]]:
    subjects: dict[str, list[_Change]] = {}
    for change in changes:
        subjects.setdefault(change.subject, []).append(change)
    return subjects.values()


def _problem(
    severity: str, key: str, changes: Sequence[_Change], shown: Sequence[_Change]
) -> Problem:
    first = changes[0]
    more = len(changes) - len(shown)
    marks = [*map(str, shown), *([say("store.and_more", number=more)] if more else [])]
    return Problem(
        severity,  # type: ignore[arg-type]
        file=first.winner,
        sheet=next((change.sheet for change in shown if change.cell), ""),
        cell=", ".join(dict.fromkeys(change.cell for change in shown if change.cell)),
        found=say(
            f"store.{key}",
            label=first.class_label,
            term=periods.term_name(first.term) if first.term else "–",
            winner=first.winner,
            why=say("store.came_together" if first.together else "store.came_later"),
            loser=first.loser,
            marks="; ".join(marks),
            count=len(changes),
        ),
        expected=say("store.two_exports_expected"),
        remedy=say("store.two_exports_remedy", winner=first.winner, loser=first.loser),
    )
