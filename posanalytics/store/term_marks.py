"""Marks for terms: what stands for a term, what stands in its place, and the mean beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from posanalytics import schema
from posanalytics.schema import Problem
from posanalytics.store.coded import joined, texts
from posanalytics.wording import say

if TYPE_CHECKING:
    import pandas as pd

# What a cell for a term says, the surest first: of «Н 4» it is the 4 that stands for the term.
_STATUS = {
    "mark": "assessed",
    "pass": "pass",
    "fail": "fail",
    "exempt": "exempt",
    "not_assessed": "not_assessed",
    "absence": "absent",
}
_RANK = {kind: rank for rank, kind in enumerate(_STATUS)}
_KEYS = ["pupil", "class_label", "subject", "term"]
_PRINTED = ["source", "cell"]
_MOST_CELLS = 5


def term_marks(records: pd.DataFrame, cells: pd.DataFrame, *, weighted: bool) -> pd.DataFrame:
    """Return one row per pupil, subject and term: the term mark, or what stands in its place.

    The mean is that of the current marks; where there are none, the one that an export prints.
    """
    own = records[records["slot"].eq("term") & records["term"].ne("")]
    told = _outer(_stated(own), _means(own))
    told = _outer(told, _current(records, cells, weighted=weighted))
    told["mean_mark"] = told["own_mean"].fillna(told["printed_mean"])
    told["marks"] = told["n"].fillna(0).astype("int64")
    told["status"] = told["status"].fillna("")
    columns = list(schema.TABLES["term_marks"])
    order = ["term", "class_label", "subject", "pupil", "cell"]
    return told[columns].sort_values(order, kind="stable").reset_index(drop=True)


def _outer(one: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of both; where a row comes from is said by the first that has it."""
    told = one.merge(other, on=_KEYS, how="outer", validate="1:1", suffixes=("", "_other"))
    for column in _PRINTED:
        told[column] = told[column].fillna(told.pop(f"{column}_other"))
    return told


def _stated(own: pd.DataFrame) -> pd.DataFrame:
    """Return the mark of each pupil, subject and term, or the status in its place."""
    own = own[own["kind"].isin(_STATUS)]
    rank = own["kind"].map(_RANK).astype("int64")
    first = _once(own.assign(rank=rank), ["source", "rank"])
    return first.assign(
        mark=first["value"].astype("float64").where(first["kind"].eq("mark")),
        status=first["kind"].map(_STATUS),
    )[[*_KEYS, "mark", "status", *_PRINTED]]


def _means(own: pd.DataFrame) -> pd.DataFrame:
    """Return the mean that an export prints for each pupil, subject and term."""
    first = _once(own[own["kind"].eq("mean")], ["source"])
    return first.assign(printed_mean=first["value"].astype("float64"))[
        [*_KEYS, "printed_mean", *_PRINTED]
    ]


def _once(rows: pd.DataFrame, order: list[str]) -> pd.DataFrame:
    """Return the first row of each pupil, subject and term, with its whole place as `cell`."""
    first = rows.sort_values(order, kind="stable").drop_duplicates(_KEYS)
    return first.assign(cell=place(first)).pipe(texts)


def _current(records: pd.DataFrame, cells: pd.DataFrame, *, weighted: bool) -> pd.DataFrame:
    """Return the number and the mean of current marks, each with an export that they are from."""
    total, number = ("sum_weighted", "sum_weights") if weighted else ("sum_marks", "n")
    current = records["slot"].eq("current") & records["kind"].eq("mark") & records["term"].ne("")
    dated = records.loc[current, [*_KEYS, "source"]]
    places = texts(dated.drop_duplicates(_KEYS)).assign(cell="")
    sums = cells[[*_KEYS, *dict.fromkeys(("n", total, number))]]
    told = places.merge(sums, on=_KEYS, how="left", validate="1:1")
    own_mean = told[total] / 100 / told[number].where(told[number] > 0, np.nan)
    return told.assign(own_mean=own_mean)[[*_KEYS, "n", "own_mean", *_PRINTED]]


def place(records: pd.DataFrame) -> pd.Series:
    """Return sheet and cell of every record as one text."""
    return joined(
        records["sheet"], records["cell"], lambda sheet, cell: f"{sheet}!{cell}".removeprefix("!")
    )


def term_findings(records: pd.DataFrame) -> list[Problem]:
    """Name what stands for a term and gives no term mark: means alone, signs without a meaning."""
    own = texts(records[records["slot"].eq("term")])
    stated = own[own["kind"].isin(_STATUS)].set_index(_KEYS).index
    lone = own[own["kind"].eq("mean")]
    lone = lone[~lone.set_index(_KEYS).index.isin(stated)]
    other = own[~own["kind"].isin({*_STATUS, "mean"})]
    return [*_named(lone, "fractions"), *_named(other, "no_term_mark")]


def _named(left_out: pd.DataFrame, key: str) -> list[Problem]:
    return [
        Problem(
            "warning",
            file=str(source),
            sheet=str(sheet),
            cell=", ".join(group["cell"].head(_MOST_CELLS)),
            found=say(f"store.{key}", count=len(group), example=group["raw"].iloc[0]),
            expected=say(f"store.{key}_expected"),
            remedy=say(f"store.{key}_remedy"),
        )
        for (source, sheet), group in left_out.groupby(["source", "sheet"])
    ]
