"""Diagnoses before a result meet R; tests/reference/own/diagnostics.R made the numbers."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from posanalytics.evaluation.composite import composite_weights
from posanalytics.evaluation.design import Design
from posanalytics.evaluation.exchangeability import exchangeability
from posanalytics.evaluation.history import pre_trend
from posanalytics.evaluation.icc import anova_icc
from posanalytics.panel import Periods

with (Path(__file__).parent / "own" / "diagnostics.csv").open(encoding="utf-8") as file:
    EXPECTED = {row["quantity"]: float(row["expected"]) for row in csv.DictReader(file)}


def spread():
    archive = {
        "2023-24": [0.12, -0.05, 0.31, 0.02, -0.2],
        "2024-25": [0.08, 0.15, -0.11, 0.04, 0.22, -0.02],
    }
    found = exchangeability(archive, [0.55, -0.47, 0.09, 0.38], year="2025-26")
    return {
        "levene_statistic": found.by_year.statistic,
        "levene_p": found.by_year.p_value,
        "now_statistic": found.now.statistic,
        "now_p": found.now.p_value,
        "trend": found.trend,
    }


def weights():
    i = np.arange(1, 41)
    gains = np.column_stack([np.sin(i), np.sin(i) + 0.6 * np.cos(3 * i), 2 * np.cos(2 * i)])
    arms = np.repeat(["1", "2", "3", "4"], 10)
    found = composite_weights(gains, arms, ["1", "2", "3"], weighting="inverse_covariance")
    return {f"weight_{name}": weight for name, weight in found.shares.items()}


def share():
    pupil, unit = np.arange(1, 49), np.repeat(np.arange(1, 9), 6)
    gain = np.sin(pupil * 1.7) + np.cos(unit * 2.3) + 2 * (pupil > 24)
    classes = [gain[unit == number] for number in range(1, 9)]
    found = anova_icc(classes, years=["2023-24"] * 4 + ["2024-25"] * 4)
    return {"icc_within_years": found.estimate}


def trend():
    labels, place = np.repeat(np.arange(1, 7), 4), np.arange(1, 25)
    term = np.tile(np.arange(1, 5), 6)
    history = pd.DataFrame(
        {
            "class_label": [f"5{'АБВГДЕ'[number - 1]}" for number in labels],
            "subject": "Алгебра",
            "term": [f"2024-25-Q{number}" for number in term],
            "mean": 3.5 + 0.2 * np.sin(labels * 5) + 0.1 * term + 0.15 * np.sin(place * 2.9),
        }
    )
    design = Design(
        innovative=("5А", "5Б"),
        control=("5В", "5Г", "5Д", "5Е"),
        periods=Periods(("2024-25-Q4",), ("2025-26-Q1",)),
        school_year="2025-26",
    )
    found = pre_trend(history, {"Алгебра": 1.0}, design)
    return {"pre_trend_statistic": found.statistic, "pre_trend_p": found.p_value}


FOUND = {**spread(), **weights(), **share(), **trend()}


@pytest.mark.parametrize("quantity", sorted(EXPECTED))
def test_the_number_meets_r(quantity):
    # lme4 stops at 1e-6 or so; all other numbers are closed forms.
    tolerance = 1e-5 if quantity.startswith("icc") else 1e-9
    assert pytest.approx(EXPECTED[quantity], rel=tolerance) == FOUND[quantity]


def test_a_year_that_was_better_for_all_is_no_difference_between_classes():
    classes = [[3.0, 4.0], [4.0, 5.0], [5.0, 6.0], [6.0, 7.0]]
    years = ["1", "1", "2", "2"]
    raised = [[v + 2 * (year == "2") for v in c] for c, year in zip(classes, years, strict=True)]
    first, second = (anova_icc(group, years=years).estimate for group in (classes, raised))
    assert first == pytest.approx(second, rel=1e-12)


def test_one_class_a_year_says_nothing_about_classes():
    assert math.isnan(anova_icc([[3.0, 4.0]] * 3, years=["1", "2", "3"]).estimate)
