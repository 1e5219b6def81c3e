"""Matched pairs of classes meet R; tests/reference/own/pairs.R made the numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from posanalytics.evaluation.estimators import matched_pairs

SETS = {
    "eight": ((31, 12, -5, 44, 20, 2, 27, 18), (10, 8, -9, 15, 16, 11, 3, 20)),
    "ten": (
        (5, 41, 22, -13, 30, 8, 19, 27, 14, 33),
        (12, 9, 25, -20, 1, 10, -4, 16, 3, 40),
    ),
    "six": ((30, 25, 41, 12, 22, 19), (10, 12, 9, 8, -3, 1)),
}
QUANTITIES = {
    "estimate": lambda found: found.estimate,
    "standard_error": lambda found: found.paired_t.standard_error,
    "df": lambda found: found.paired_t.df,
    "t.p_value": lambda found: found.paired_t.p_value,
    "t.conf_low": lambda found: found.paired_t.conf_low,
    "t.conf_high": lambda found: found.paired_t.conf_high,
    "flip.p_value.exactRankTests": lambda found: found.sign_flip.p_value,
    "flip.p_value.coin": lambda found: found.sign_flip.p_value,
    "flip.conf_low": lambda found: found.conf_low,
    "flip.conf_high": lambda found: found.conf_high,
}
with (Path(__file__).parent / "own" / "pairs.csv").open(encoding="utf-8") as file:
    ROWS = [(row["set"], row["quantity"], float(row["expected"])) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("name", "quantity", "expected"), ROWS)
def test_matched_pairs_meet_r(name, quantity, expected):
    ours, theirs = ([gain / 100 for gain in arm] for arm in SETS[name])
    found = QUANTITIES[quantity](matched_pairs(ours, theirs))
    # ties within 1e-9 count as reached: the ends of the interval move by that
    assert found == pytest.approx(expected, rel=1e-9, abs=5e-9)
