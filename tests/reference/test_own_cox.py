"""The Cox index meets metafor; tests/reference/own/cox.R made the numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from posanalytics.evaluation.effect_size import cox_index

with (Path(__file__).parent / "own" / "cox.csv").open(encoding="utf-8") as file:
    ROWS = list(csv.DictReader(file))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['innovative_good']} {row['quantity']}")
def test_the_cox_index_meets_metafor(row):
    good, ours, theirs_good, theirs = (
        int(row[name]) for name in ("innovative_good", "innovative", "control_good", "control")
    )
    found = cox_index(good / ours, theirs_good / theirs, pupils=(ours, theirs))
    assert getattr(found, row["quantity"]) == pytest.approx(float(row["expected"]), rel=1e-12)
