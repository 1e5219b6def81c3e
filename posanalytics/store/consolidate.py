"""From pieces to tidy tables: pupils joined, terms found, corrections over what they correct.

Nothing here depends on the order of files: what wins is decided by the generation in which an
export first came, then by its name.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from posanalytics import periods, schema
from posanalytics.schema import Problem
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posanalytics.plan import Plan
    from posanalytics.privacy import Key
    from posanalytics.store.pieces import Piece

_STATUS = {
    "mark": "assessed",
    "mean": "assessed",
    "not_assessed": "not_assessed",
    "exempt": "exempt",
    "pass": "pass",
    "fail": "fail",
    "absent": "absent",
}
_CLASS_KEY = ["class_label", "school_year", "subject", "term", "slot"]
# What one export says of a pupil gives way to a later one; what only it says stays.
_SOURCE_KEY = [*_CLASS_KEY, "pupil"]


class Consolidated(NamedTuple):
    """Tidy tables of the contract, and every problem with the file it is in."""

    tables: dict[str, pd.DataFrame]
    problems: tuple[Problem, ...]


def consolidate(parts: Sequence[tuple[str, int, Piece]], *, plan: Plan, key: Key) -> Consolidated:
    """Return the tables of all pieces; each part is file name, generation first seen, piece."""
    problems = [problem for _, _, piece in parts for problem in piece.problems]
    records = _stacked(parts, "records", plan)
    listed = _stacked(parts, "listed", plan)
    records, more = _with_terms(records, plan)
    problems += more
    records, listed, more = _with_pupils(records, listed, key)
    problems += more
    records, more = _latest(records)
    problems += more
    problems += _fractions(records)
    marks = _marks(records)
    cells = sufficient_statistics(marks)
    tables = {
        "marks": marks,
        "term_marks": _term_marks(records, cells),
        "attendance": _attendance(records),
        "scores": _scores(parts, plan),
        "enrolments": _enrolments(records, listed),
        "cells": cells,
        "problems": schema.problems_table(set(problems)),
    }
    return Consolidated(tables, tuple(sorted(set(problems))))


def _stacked(parts: Sequence[tuple[str, int, Piece]], name: str, plan: Plan) -> pd.DataFrame:
    frames = [
        getattr(piece, name).assign(source=source, seen=seen) for source, seen, piece in parts
    ]
    frames = [frame for frame in frames if len(frame)] or frames[:1]
    if not frames:
        from posanalytics.gradebook.reading import Listed, Record

        fields = Record._fields if name == "records" else Listed._fields
        columns = [*(f for f in fields if f != "pupil"), "short", "full", "source", "seen"]
        return pd.DataFrame({column: pd.Series(dtype="str") for column in columns})
    stacked = pd.concat(frames, ignore_index=True)
    stacked["class_label"] = stacked["class_label"].map(plan.class_name)
    if "subject" in stacked:
        stacked["subject"] = stacked["subject"].map(plan.subject_name)
    return stacked


def _with_terms(records: pd.DataFrame, plan: Plan) -> tuple[pd.DataFrame, list[Problem]]:
    """Give every current mark the term of its date; name the marks that have none."""
    dated = records["term"].eq("") & records["date"].ne("")
    term_of = {day: _term_of(day, plan) for day in records.loc[dated, "date"].unique()}
    terms = records["term"].where(~dated, records["date"].map(term_of))
    homeless = dated & terms.eq("")
    problems = [
        Problem(
            "warning",
            file=str(source),
            found=say("store.no_term", count=len(group), example=group["date"].min()),
            expected=say("store.no_term_expected"),
            remedy=say("store.no_term_remedy"),
        )
        for source, group in records[homeless].groupby("source")
    ]
    return records.assign(term=terms.fillna("")), problems


def _term_of(day: str, plan: Plan) -> str:
    try:
        return plan.term_of(dt.date.fromisoformat(day)) or ""
    except ValueError:
        return ""


def _with_pupils(
    records: pd.DataFrame, listed: pd.DataFrame, key: Key
) -> tuple[pd.DataFrame, pd.DataFrame, list[Problem]]:
    """Give every row its pupil: exports with and without patronymics meet in one pseudonym.

    Where two patronymics share surname and given name in a parallel, rows without a patronymic
    belong to nobody. Where one name has marks for the same subject and term in two classes, the
    classes hold namesakes.
    """
    people = pd.concat(
        [frame[["short", "full", "class_label", "school_year"]] for frame in (records, listed)]
    )
    fulls = people[people["full"].ne("")].groupby("short")["full"].nunique()
    crowded = set(fulls[fulls > 1].index)
    namesakes = _namesakes(records[~records["short"].isin(crowded)])
    problems = _ambiguous(records, crowded)

    def named(frame: pd.DataFrame) -> pd.DataFrame:
        shared = frame["short"].isin(crowded)
        frame = frame[~(shared & frame["full"].eq(""))].copy()
        shared = frame["short"].isin(crowded)
        frame["pupil"] = frame["full"].where(shared, frame["short"])
        twins = frame["short"].isin(namesakes) & ~shared
        # The letter tells namesakes of one parallel apart; it stays as the class moves up.
        letters = frame["class_label"].str.replace(r"^\d+", "", regex=True)
        apart = {
            (short, letter): key.pseudonym("namesake", short, letter)
            for short, letter in set(zip(frame["short"][twins], letters[twins], strict=True))
        }
        if apart:
            pairs = zip(frame["short"], letters, frame["pupil"], strict=True)
            frame["pupil"] = [apart.get((short, letter), p) for short, letter, p in pairs]
        return frame

    return named(records), named(listed), problems


def _namesakes(records: pd.DataFrame) -> set[str]:
    taught = records["term"].map(_taught).astype("bool")
    own = records[records["slot"].eq("term") & taught]
    places = own.groupby(["short", "subject", "term"])["class_label"].nunique()
    return set(places[places > 1].index.get_level_values("short"))


def _taught(term: str) -> bool:
    return bool(term) and periods.is_taught(term)


def _ambiguous(records: pd.DataFrame, crowded: set[str]) -> list[Problem]:
    lost = records[records["short"].isin(crowded) & records["full"].eq("")]
    return [
        Problem(
            "warning",
            file=str(source),
            found=say("store.namesakes", label=label, pupils=group["short"].nunique()),
            expected=say("store.namesakes_expected"),
            remedy=say("store.namesakes_remedy"),
        )
        for (source, label), group in lost.groupby(["source", "class_label"])
    ]


def _latest(records: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """Keep, for each class, subject, term and kind of mark, the export that came last."""
    if records.empty:
        return records, []
    ranked = records.sort_values(["seen", "source"], kind="stable")
    winners = ranked.groupby(_SOURCE_KEY)["source"].transform("last")
    rivals = records.groupby(_SOURCE_KEY)["source"].transform("nunique") > 1
    problems = _conflicts(records[rivals])
    return records[records["source"].eq(winners.reindex(records.index))], problems


def _conflicts(rivals: pd.DataFrame) -> list[Problem]:
    """Return a problem for each class, subject and term where two exports disagree."""
    problems = []
    for (label, _, subject, term, slot), group in rivals.groupby(_CLASS_KEY):
        if slot != "term":
            continue
        winner = group.sort_values(["seen", "source"], kind="stable")["source"].iloc[-1]
        values = group.groupby("pupil")["raw"].nunique()
        cells = group[group["pupil"].isin(values[values > 1].index) & group["source"].eq(winner)]
        if cells.empty:
            continue
        problems.append(
            Problem(
                "warning",
                file=str(winner),
                sheet=str(cells["sheet"].iloc[0]),
                cell=", ".join(cells["cell"].head(5)),
                found=say(
                    "store.two_exports",
                    label=label,
                    subject=subject,
                    term=periods.term_name(term),
                    winner=winner,
                    cells=len(cells),
                ),
                expected=say("store.two_exports_expected"),
                remedy=say("store.two_exports_remedy"),
            )
        )
    return problems


def _fractions(records: pd.DataFrame) -> list[Problem]:
    """Name fractions among term marks: they are means, and no term mark is made of them."""
    keys = ["pupil", "class_label", "subject", "term"]
    own = records[records["slot"].eq("term")]
    marked = own[own["kind"].eq("mark")].set_index(keys).index
    lone = own[own["kind"].eq("mean")]
    lone = lone[~lone.set_index(keys).index.isin(marked)]
    return [
        Problem(
            "warning",
            file=str(source),
            sheet=str(sheet),
            cell=", ".join(group["cell"].head(5)),
            found=say("store.fractions", count=len(group), example=group["raw"].iloc[0]),
            expected=say("store.fractions_expected"),
            remedy=say("store.fractions_remedy"),
        )
        for (source, sheet), group in lone.groupby(["source", "sheet"])
    ]


def _marks(records: pd.DataFrame) -> pd.DataFrame:
    current = records[records["slot"].eq("current") & records["kind"].eq("mark")]
    frame = current.assign(mark=current["value"].astype("float64"), cell=_place(current))
    return _ordered(frame, "marks")


def _place(records: pd.DataFrame) -> pd.Series:
    return (records["sheet"] + "!" + records["cell"]).str.removeprefix("!")


def _ordered(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    columns = list(schema.TABLES[name])
    keys = [c for c in ("term", "class_label", "subject", "pupil", "date", "cell") if c in columns]
    return frame[columns].sort_values(keys, kind="stable").reset_index(drop=True)


def _whole(numbers: pd.Series, scale: int) -> pd.Series:
    return (numbers.astype("float64") * scale).round().astype("int64")


def sufficient_statistics(marks: pd.DataFrame) -> pd.DataFrame:
    """Return integer sums per pupil, subject and term, so that every report is exact."""
    five = marks[marks["scale"].eq("5")]
    mark, weight = _whole(five["mark"], 100), _whole(five["weight"], 100)
    numbers = five[["pupil", "class_label", "subject", "term"]].assign(
        n=1,
        sum_marks=mark,
        sum_squares=mark * mark,
        sum_weights=weight,
        sum_weighted=mark * weight,
        **{f"count_{value}": mark.eq(value * 100).astype("int64") for value in (2, 3, 4, 5)},
    )
    keys = ["pupil", "class_label", "subject", "term"]
    return numbers.groupby(keys, as_index=False, sort=True).sum()[list(schema.TABLES["cells"])]


def _term_marks(records: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return one row per pupil, subject and term: the term mark, or what stands in its place."""
    own = records[records["slot"].eq("term") & records["term"].ne("")]
    own = own[own["kind"].isin(_STATUS)].sort_values(["source", "cell"], kind="stable")
    own = own.drop_duplicates(["pupil", "class_label", "subject", "term"], keep="first")
    numeric = own["kind"].eq("mark")
    printed = own.assign(
        mark=own["value"].astype("float64").where(numeric),
        status=own["kind"].map(_STATUS),
        cell=_place(own),
    )[["pupil", "class_label", "subject", "term", "mark", "status", "source", "cell"]]
    current = records[records["slot"].eq("current") & records["kind"].eq("mark")]
    places = (
        current[current["term"].ne("")]
        .assign(cell="")
        .drop_duplicates(["pupil", "class_label", "subject", "term"])
    )[["pupil", "class_label", "subject", "term", "source", "cell"]]
    keys = ["pupil", "class_label", "subject", "term"]
    joined = printed.merge(places, on=keys, how="outer", validate="1:1", suffixes=("", "_current"))
    for column in ("source", "cell"):
        joined[column] = joined[column].fillna(joined[f"{column}_current"])
    joined = joined.merge(
        cells[[*keys, "n", "sum_marks"]],
        on=keys,
        how="left",
        validate="1:1",
    )
    joined["marks"] = joined["n"].fillna(0).astype("int64")
    joined["mean_mark"] = joined["sum_marks"] / 100 / joined["n"].where(joined["n"] > 0, np.nan)
    joined["status"] = joined["status"].fillna("")
    return _ordered(joined, "term_marks")


def _attendance(records: pd.DataFrame) -> pd.DataFrame:
    absent = records[records["slot"].eq("current") & records["kind"].eq("absence")]
    frame = absent.assign(reason=absent["raw"])
    return _ordered(frame, "attendance")


def _enrolments(records: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
    """Return who was in which class, from the first to the last term with a mark there."""
    keys = ["pupil", "class_label", "school_year"]
    taught = records[records["term"].map(_taught).astype("bool") & records["kind"].isin(_STATUS)]
    spans = taught.groupby(keys)["term"].agg(begin="min", end="max").reset_index()
    everyone = pd.concat([spans[keys], listed[keys]]).drop_duplicates()
    joined = everyone.merge(spans, on=keys, how="left", validate="1:1").fillna("")
    columns = list(schema.TABLES["enrolments"])
    return joined[columns].sort_values(keys, kind="stable").reset_index(drop=True)


def _scores(parts: Sequence[tuple[str, int, Piece]], plan: Plan) -> pd.DataFrame:
    frames = [piece.scores for _, _, piece in parts if len(piece.scores)]
    columns = list(schema.TABLES["scores"])
    if not frames:
        return schema.table("scores")
    frame = pd.concat(frames, ignore_index=True)
    frame["subject"] = frame["subject"].map(plan.subject_name)
    frame = frame.assign(pupil=frame["short"], level_order=0)[columns].drop_duplicates()
    keys = ["instrument", "subject", "class_label", "pupil", "scale"]
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)
