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
from posanalytics.store.coded import changed, chosen, texts, trimmed
from posanalytics.store.conflicts import latest
from posanalytics.store.enrolments import enrolments
from posanalytics.store.marking import counted
from posanalytics.store.pupils import with_pupils
from posanalytics.store.scores import scores_table, stacked_scores
from posanalytics.store.term_marks import place, term_findings, term_marks
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from posanalytics.plan import Plan
    from posanalytics.privacy import Key
    from posanalytics.store.pieces import Piece
    from posanalytics.store.spellings import Spellings


class Consolidated(NamedTuple):
    """Tidy tables of the contract, and every problem with the file it is in.

    The texts of marks and attendance are categories, which stored tables do not tell.
    """

    tables: dict[str, pd.DataFrame]
    problems: tuple[Problem, ...]
    # How many marks of each export another one of the same class and term displaces.
    displaced: dict[str, int]


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
    scores, scored = scores_table(texts(scores), plan=plan)
    held, rivalled = latest(records)
    displaced = _lost(records, held)
    records = held
    aliases = proposals(records, listed, plan=plan)
    records, ruled = counted(records, plan.marking)
    enrolled, stayed = enrolments(records, listed, plan=plan)
    marks = _marks(records)
    cells = texts(sufficient_statistics(marks))
    told = {
        *(problem for _, _, piece in parts for problem in piece.problems),
        *(*homeless, *coded, *people.problems, *scored, *rivalled, *aliases, *ruled, *stayed),
        *(*(spellings.problems if spellings else ()), *term_findings(records)),
    }
    tables = {
        "marks": trimmed(marks),
        "term_marks": term_marks(records, cells, weighted=plan.marking.weights == "use"),
        "attendance": trimmed(_attendance(records)),
        "scores": scores,
        "enrolments": enrolled,
        "cells": cells,
        "problems": schema.problems_table(told),
    }
    return Consolidated(tables, tuple(sorted(told)), displaced)


def _lost(records: pd.DataFrame, held: pd.DataFrame) -> dict[str, int]:
    """Return how many marks of each export another one displaces."""
    if len(records) == len(held):
        return {}
    before, after = (
        frame["source"][frame["kind"].isin(["mark", "mean"])].value_counts()
        for frame in (records, held)
    )
    lost = before - after.reindex(before.index, fill_value=0)
    return {str(source): int(marks) for source, marks in lost[lost > 0].items()}


def _stacked(parts: Sequence[tuple[str, int, Piece]], name: str, plan: Plan) -> pd.DataFrame:
    names = {"class_label": plan.class_name, "subject": plan.subject_name}
    return pieces.stacked(parts, name, names=names)


def _with_terms(records: pd.DataFrame, plan: Plan) -> tuple[pd.DataFrame, list[Problem]]:
    """Give every current mark the term of its date; name the marks that have none."""
    dated = records["term"].eq("") & records["date"].ne("")
    if not dated.any():
        return records, []
    own = changed(records["date"], lambda day: _term_of(day, plan))
    terms = chosen(records["term"], dated, own)
    homeless = dated & terms.eq("")
    problems = [
        Problem(
            "warning",
            file=str(source),
            found=say("store.no_term", count=len(group), example=min(group["date"])),
            expected=say("store.no_term_expected"),
            remedy=say("store.no_term_remedy"),
        )
        for source, group in records[homeless].groupby("source", observed=True)
    ]
    return records.assign(term=terms), problems


def _term_of(day: str, plan: Plan) -> str:
    try:
        return plan.term_of(dt.date.fromisoformat(day)) or ""
    except ValueError:
        return ""


def _marks(records: pd.DataFrame) -> pd.DataFrame:
    told = [name for name in (*schema.TABLES["marks"], "value", "sheet") if name in records]
    current = records.loc[records["slot"].eq("current") & records["kind"].eq("mark"), told]
    frame = current.assign(mark=current["value"].astype("float64"), cell=place(current))
    return _ordered(frame, "marks")


def _ordered(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    columns = list(schema.TABLES[name])
    keys = [c for c in ("term", "class_label", "subject", "pupil", "date", "cell") if c in columns]
    return frame[columns].sort_values(keys, kind="stable").reset_index(drop=True)


def _whole(numbers: pd.Series, scale: int) -> pd.Series:
    return (numbers.astype("float64") * scale).round().astype("int64")


def sufficient_statistics(marks: pd.DataFrame) -> pd.DataFrame:
    """Return integer sums per pupil, subject and term, so that every report is exact."""
    keys = ["pupil", "class_label", "subject", "term"]
    five = marks.loc[marks["scale"].eq("5"), [*keys, "mark", "weight"]]
    groups = five.groupby(keys, sort=True, observed=True)
    places = groups.ngroup().to_numpy()

    # One column after another: together they take more memory than all marks. Sums of whole
    # numbers are exact in floating point as long as they are below 2 to the power of 53.
    def total(numbers: pd.Series) -> np.ndarray:
        return np.bincount(places, weights=numbers).astype("int64")

    mark, weight = _whole(five["mark"], 100), _whole(five["weight"], 100)
    # «4-» that the school counts as 3.7 is still a 4: half a mark goes up.
    near = (mark + 50) // 100
    cells = groups.size().reset_index(name="n")
    return cells.assign(
        sum_marks=total(mark),
        sum_squares=total(mark * mark),
        sum_weights=total(weight),
        sum_weighted=total(mark * weight),
        **{f"count_{value}": total(near.eq(value).astype("int64")) for value in (2, 3, 4, 5)},
    )[list(schema.TABLES["cells"])]


def _attendance(records: pd.DataFrame) -> pd.DataFrame:
    absent = records[records["slot"].eq("current") & records["kind"].eq("absence")]
    frame = absent.assign(reason=absent["raw"])
    return _ordered(frame, "attendance")
