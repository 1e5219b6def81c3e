"""The share between classes meets psych::ICC; tests/reference/own/icc.R made the numbers."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from posanalytics.evaluation.icc import anova_icc

CLASSES = [[3, 4, 4, 5], [4, 5, 5, 5], [2, 3, 3, 4], [3, 3, 4, 4], [4, 4, 5, 5]]
with (Path(__file__).parent / "own" / "icc.csv").open(encoding="utf-8") as file:
    ROWS = [(row["quantity"], float(row["expected"])) for row in csv.DictReader(file)]


@pytest.mark.parametrize(("quantity", "expected"), ROWS)
def test_the_share_between_classes_meets_psych(quantity, expected):
    assert getattr(anova_icc(CLASSES), quantity) == pytest.approx(expected, rel=1e-9)


def test_two_classes_say_nothing_about_the_spread_of_classes():
    assert math.isnan(anova_icc(CLASSES[:2]).estimate)


def test_classes_alike_inside_have_no_share():
    assert math.isnan(anova_icc([[4.0, 4.0], [3.0, 3.0], [5.0, 5.0]]).estimate)


def test_the_order_of_classes_and_pupils_changes_nothing():
    assert anova_icc(CLASSES) == anova_icc([group[::-1] for group in CLASSES[::-1]])
