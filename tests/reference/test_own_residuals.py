"""Shrunken pupil residuals meet the BLUPs of lme4; tests/reference/own/residuals.R made them.

The script fits after ~ class × subject + mean of before + (1 | pupil) by REML. With twelve pupils
in every class and every subject, its residual variance as the chance of one mark, and marks before
that are known for sure, that model and the formulas of `pupil_residuals` are the same thing.
"""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from posanalytics.evaluation.residuals import pupil_residuals

OWN = Path(__file__).parent / "own"
with (OWN / "residuals_numbers.csv").open(encoding="utf-8") as file:
    EXPECTED = {row["quantity"]: float(row["expected"]) for row in csv.DictReader(file)}
CERTAIN = 10**15  # so many marks before that chance has no part in them


@pytest.fixture(scope="module")
def found():
    rows = pd.read_csv(OWN / "residuals.csv").assign(marks=1, marks_before=CERTAIN)
    return pupil_residuals(rows, mark_variance=EXPECTED["chance"])


def test_the_slope_meets_lme4(found):
    assert found.slope == pytest.approx(EXPECTED["slope"], rel=1e-9)


def test_the_spread_between_pupils_meets_lme4(found):
    # lme4 stops at six or so digits of a spread
    assert found.spread == pytest.approx(EXPECTED["spread"], rel=1e-5)


def test_every_shrunken_residual_is_the_blup(found):
    blups = {name[5:]: value for name, value in EXPECTED.items() if name.startswith("blup.")}
    assert len(blups) == 48
    told = {row.pupil: row.shrunken for row in found.pupils}
    assert told == pytest.approx(blups, rel=1e-5, abs=1e-7)
