"""What the school's own rules make of current marks: signs, points, double marks, weights.

Pieces keep marks as they were written; the rules stand in plan.yml under `marking` and are applied
here, so that a change of a rule reads no export again.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from posanalytics.schema import Problem
from posanalytics.wording import say

if TYPE_CHECKING:
    import pandas as pd

    from posanalytics.plan import Marking

_SIGN = re.compile(r"\d+([+\-−–])")
# «5/4», and «5-апр» where a spreadsheet made a date of it.
_DOUBLE = re.compile(r"[2-5]/[2-5]|[2-5]-[а-я]{3}")
_CELL = ["source", "sheet", "cell", "pupil", "subject", "date"]
_POOR = 2.0


def counted(records: pd.DataFrame, marking: Marking) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the records as the rules count them, and notes about marks that do not count.

    Term marks are the teacher's decision and stay as they are.
    """
    current = records["slot"].eq("current")
    debts = current & records["kind"].eq("debt")
    weightless = current & records["kind"].eq("mark") & records["weight"].astype("float64").eq(0)
    problems: list[Problem] = []
    if debts.any():
        if marking.debt == "ignore":
            problems += _notes(records[debts], "debts")
        else:
            records = records.assign(
                kind=records["kind"].astype("str").mask(debts, "mark"),
                value=records["value"].astype("float64").mask(debts, _POOR),
            )
    if weightless.any():
        if marking.not_counted == "ignore":
            problems += _notes(records[weightless], "not_counted")
            records = records[~weightless]
        else:
            weights = records["weight"].astype("float64").mask(weightless, 1.0)
            records = records.assign(weight=weights)
    return _doubled(_signed(records, marking), marking), problems


def _notes(left_out: pd.DataFrame, key: str) -> list[Problem]:
    """Return one note per export about marks that a rule leaves out, with their first cells."""
    return [
        Problem(
            "note",
            file=str(source),
            sheet=str(group["sheet"].iloc[0]),
            cell=", ".join(group["cell"].head(5)),
            found=say(f"store.{key}", count=len(group)),
            expected=say(f"store.{key}_expected"),
            remedy=say(f"store.{key}_remedy"),
        )
        for source, group in left_out.groupby("source", observed=True)
    ]


def _signed(records: pd.DataFrame, marking: Marking) -> pd.DataFrame:
    """Return the records with «4-» and «4+» worth what the school says."""
    if not (marking.minus or marking.plus):
        return records
    shift = {raw: _shift(str(raw), marking) for raw in records["raw"].unique()}
    shift = {raw: by for raw, by in shift.items() if by}
    marked = records["slot"].eq("current") & records["kind"].eq("mark") & records["scale"].eq("5")
    by = records["raw"].map(shift).astype("float64").fillna(0.0).where(marked, 0.0)
    return records.assign(value=records["value"].astype("float64") + by)


def _shift(raw: str, marking: Marking) -> float:
    sign = _SIGN.match(raw)
    if not sign or _DOUBLE.fullmatch(raw):
        return 0.0
    return marking.plus if sign[1] == "+" else -marking.minus


def _doubled(records: pd.DataFrame, marking: Marking) -> pd.DataFrame:
    """Return the records with «5/4» as one mark, where the school counts it so."""
    if marking.double == "two":
        return records
    doubles = {raw for raw in records["raw"].unique() if _DOUBLE.fullmatch(str(raw))}
    chosen = records["raw"].isin(doubles) & records["kind"].eq("mark")
    pairs = records[chosen & records["slot"].eq("current")]
    if pairs.empty:
        return records
    by_cell = pairs.groupby(_CELL, observed=True, sort=False)["value"]
    values = by_cell.transform("first" if marking.double == "first" else "mean")
    once = ~pairs.duplicated(_CELL)
    value = records["value"].astype("float64").copy()
    value[values.index] = values
    return records.assign(value=value).drop(index=pairs.index[~once])
