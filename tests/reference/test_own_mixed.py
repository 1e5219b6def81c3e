"""Mixed models meet lmerTest and pbkrtest, at the edge too; tests/reference/own/mixed.R.

`alike` and `nothing` are classes that differ less than chance would make them, `together` is a fit
whose levels and slopes are one thing (a correlation of one): variances at the edge of what is
possible, where degrees of freedom used to be NaN.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from posanalytics.evaluation.mixed import mixed_model

with (Path(__file__).parent / "own" / "mixed.csv").open(encoding="utf-8") as file:
    EXPECTED = {(r["case"], r["quantity"]): float(r["expected"]) for r in csv.DictReader(file)}
CASES = ("apart", "alike", "slopes", "together", "nothing")


def classes():
    """Return the rows of the script: 30 pupils in six classes."""
    place, label = np.arange(1, 31), np.repeat(np.arange(1, 7), [4, 6, 5, 4, 6, 5])
    time, noise = np.cos(place * 1.3), np.sin(place * 2.1)
    frame = pd.DataFrame({"class_label": label, "ours": label % 2, "time": time})
    of_class = pd.Series(noise).groupby(label).transform("mean").to_numpy()
    alike = noise - 0.9 * of_class
    return frame.assign(
        apart=noise + np.sin(label * 2) + 0.5 * time,
        slopes=noise + np.sin(label * 2) + np.cos(label * 5) * time,
        alike=alike,
        nothing=alike,
        together=noise + (np.sin(label * 2) - 0.4) * (time - 1.2),
    )


def fitted(case, degrees):
    return mixed_model(
        classes(),
        outcome=case,
        regressors=["ours", "time"],
        group="class_label",
        slope=None if case in {"apart", "alike"} else "time",
        degrees=degrees,
    )


def expected(case, quantity):
    return [EXPECTED[case, f"{quantity}_{number}"] for number in (1, 2, 3)]


@pytest.fixture(scope="module")
def models():
    degrees = ("satterthwaite", "kenward_roger")
    return {(case, kind): fitted(case, kind) for case in CASES for kind in degrees}


@pytest.mark.parametrize("case", CASES)
def test_coefficients_and_their_errors_meet_lme4(models, case):
    found = models[case, "satterthwaite"]
    # lme4 stops at six or so digits of a spread
    assert found.estimates == pytest.approx(expected(case, "estimate"), rel=1e-4, abs=1e-6)
    assert found.standard_errors == pytest.approx(expected(case, "standard_error"), rel=1e-5)
    assert found.boundary == bool(EXPECTED[case, "singular"])


@pytest.mark.parametrize("case", CASES)
def test_satterthwaite_meets_lmertest_also_where_a_spread_is_nothing(models, case):
    found = models[case, "satterthwaite"].df
    # lmerTest takes its derivatives numerically
    assert found == pytest.approx(expected(case, "satterthwaite"), rel=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_kenward_roger_meets_pbkrtest(models, case):
    found = models[case, "kenward_roger"]
    assert found.standard_errors == pytest.approx(expected(case, "adjusted"), rel=1e-4)
    assert found.df == pytest.approx(expected(case, "kenward_roger"), rel=1e-4)


def test_without_a_spread_of_levels_degrees_are_those_of_plain_rows():
    # σ² alone is left: 30 rows less three coefficients
    assert fitted("alike", "satterthwaite").df == pytest.approx([27.0] * 3, rel=1e-6)
