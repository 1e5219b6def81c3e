"""From pieces to tidy tables: pupils joined, terms found, corrections over what they correct.

Nothing here depends on the order of files: what wins is decided by the generation in which an
export first came, then by its name.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from posanalytics import schema
from posanalytics.schema import Problem
from posanalytics.store import pieces
from posanalytics.store.aliases import proposals
from posanalytics.store.conflicts import latest
from posanalytics.store.enrolments import enrolments
from posanalytics.store.marking import counted
from posanalytics.store.pupils import with_pupils
from posanalytics.store.scores import scores_table, stacked_scores
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from posanalytics.plan import Plan
    from posanalytics.privacy import Key
    from posanalytics.store.pieces import Piece
    from posanalytics.store.spellings import Spellings

_STATUS = {
    "mark": "assessed",
    "mean": "assessed",
    "not_assessed": "not_assessed",
    "exempt": "exempt",
    "pass": "pass",
    "fail": "fail",
    "absent": "absent",
}


class Consolidated(NamedTuple):
    """Tidy tables of the contract, and every problem with the file it is in."""

    tables: dict[str, pd.DataFrame]
    problems: tuple[Problem, ...]


def consolidate(
    parts: Sequence[tuple[str, int, Piece]],
    *,
    plan: Plan,
    key: Key,
    names: Mapping[str, str] | None = None,
    spellings: Spellings | None = None,
) -> Consolidated:
    """Return the tables of all pieces; each part is file name, generation first seen, piece.

    `names` of the vault and `spellings` of pupils.yml only serve to tell pupils apart.
    """
    records, homeless = _with_terms(_stacked(parts, "records", plan), plan)
    scores, coded = stacked_scores(parts, plan=plan, key=key)
    listed = _stacked(parts, "listed", plan)
    people = with_pupils(records, listed, scores, key=key, names=names, spellings=spellings)
    records, listed, scores = people.frames
    scores, scored = scores_table(scores, plan=plan)
    records, rivalled = latest(records)
    aliases = proposals(records, listed, plan=plan)
    records, ruled = counted(records, plan.marking)
    enrolled, stayed = enrolments(records, listed, plan=plan)
    marks = _marks(records)
    cells = sufficient_statistics(marks)
    told = {
        *(problem for _, _, piece in parts for problem in piece.problems),
        *(*homeless, *coded, *people.problems, *scored, *rivalled, *aliases, *ruled, *stayed),
        *(*(spellings.problems if spellings else ()), *_fractions(records)),
    }
    tables = {
        "marks": marks,
        "term_marks": _term_marks(records, cells, weighted=plan.marking.weights == "use"),
        "attendance": _attendance(records),
        "scores": scores,
        "enrolments": enrolled,
        "cells": cells,
        "problems": schema.problems_table(told),
    }
    return Consolidated(tables, tuple(sorted(told)))


def _stacked(parts: Sequence[tuple[str, int, Piece]], name: str, plan: Plan) -> pd.DataFrame:
    names = {"class_label": plan.class_name, "subject": plan.subject_name}
    return pieces.stacked(parts, name, names=names)


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
        # «4-» that the school counts as 3.7 is still a 4: half a mark goes up.
        **{
            f"count_{value}": ((mark + 50) // 100).eq(value).astype("int64")
            for value in (2, 3, 4, 5)
        },
    )
    keys = ["pupil", "class_label", "subject", "term"]
    return numbers.groupby(keys, as_index=False, sort=True).sum()[list(schema.TABLES["cells"])]


def _term_marks(records: pd.DataFrame, cells: pd.DataFrame, *, weighted: bool) -> pd.DataFrame:
    """Return one row per pupil, subject and term: the term mark, or what stands in its place."""
    total, number = ("sum_weighted", "sum_weights") if weighted else ("sum_marks", "n")
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
        cells[[*keys, *dict.fromkeys(("n", total, number))]],
        on=keys,
        how="left",
        validate="1:1",
    )
    joined["marks"] = joined["n"].fillna(0).astype("int64")
    joined["mean_mark"] = joined[total] / 100 / joined[number].where(joined[number] > 0, np.nan)
    joined["status"] = joined["status"].fillna("")
    return _ordered(joined, "term_marks")


def _attendance(records: pd.DataFrame) -> pd.DataFrame:
    absent = records[records["slot"].eq("current") & records["kind"].eq("absence")]
    frame = absent.assign(reason=absent["raw"])
    return _ordered(frame, "attendance")
