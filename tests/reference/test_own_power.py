"""The smallest difference that is noticed meets R; tests/reference/own/power.R made the numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from posanalytics.evaluation.power import minimum_detectable

with (Path(__file__).parent / "own" / "power.csv").open(encoding="utf-8") as file:
    ROWS = [
        (int(row["innovative"]), int(row["control"]), float(row["power"]), float(row["expected"]))
        for row in csv.DictReader(file)
    ]


@pytest.mark.parametrize(("innovative", "control", "power", "expected"), ROWS)
def test_the_difference_noticed_meets_r(innovative, control, power, expected):
    # R finds its root to 1e-12 and its noncentral t (AS 243) is good to 1e-11 here.
    found = minimum_detectable(1.0, innovative, control, power=power)
    assert found.minimum_detectable == pytest.approx(expected, rel=1e-9)
