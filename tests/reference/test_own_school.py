"""One school of ten classes judged by R and by us; tests/reference/own/school.R made the numbers.

school.csv is made by school.py beside it and ships with the project, so this proof needs no other
data: lm, t.test, lme4, clubSandwich and sandwich in R 4.2.2.
"""

from __future__ import annotations

import csv
import runpy
from pathlib import Path

import pandas as pd
import pytest

from posanalytics.evaluation.bootstrap import wild_bootstrap
from posanalytics.evaluation.estimators import ancova_two_step, two_step, welch
from posanalytics.evaluation.inference import permutation
from posanalytics.evaluation.mixed import mixed_model
from posanalytics.evaluation.regression import fit

OWN = Path(__file__).parent / "own"
with (OWN / "school_numbers.csv").open(encoding="utf-8") as file:
    EXPECTED = {row["quantity"]: float(row["expected"]) for row in csv.DictReader(file)}
NUMBERS = ("estimate", "standard_error", "df", "p_value", "conf_low", "conf_high")


@pytest.fixture(scope="module")
def marks():
    rows = pd.read_csv(OWN / "school.csv")
    late = (rows["term"] >= 3).astype(int)
    return rows.assign(late=late, started=late * rows["innovative"])


@pytest.fixture(scope="module")
def pupils(marks):
    keys = ["pupil", "class_label", "innovative"]
    means = marks.groupby([*keys, "late"])["mark"].mean().unstack("late").reset_index()
    rows = means.rename(columns={0: "before", 1: "after"})
    return rows.assign(gain=rows["after"] - rows["before"])


@pytest.fixture(scope="module")
def class_gains(pupils):
    means = pupils.groupby(["innovative", "class_label"])["gain"].mean()
    return means[1].to_list(), means[0].to_list()


@pytest.fixture(scope="module")
def schools(pupils):
    def fitted(covariance):
        return fit(
            pupils,
            outcome="after",
            regressors=["innovative", "before"],
            cluster="class_label",
            covariance=covariance,
        )

    return fitted


@pytest.fixture(scope="module")
def mixed(pupils):
    return mixed_model(pupils, outcome="gain", regressors=["innovative"], group="class_label")


def test_the_marks_are_those_of_the_script():
    made = runpy.run_path(str(OWN / "school.py"))["rows"]()
    kept = pd.read_csv(OWN / "school.csv")
    assert list(kept.itertuples(index=False, name=None)) == made


@pytest.mark.parametrize("quantity", NUMBERS)
def test_the_two_step_test_meets_lm_on_class_gains(class_gains, quantity):
    found = getattr(two_step(*class_gains), quantity)
    assert found == pytest.approx(EXPECTED[f"two_step.{quantity}"], rel=1e-10)


@pytest.mark.parametrize("quantity", ["standard_error", "df", "p_value"])
def test_the_welch_test_meets_t_test(class_gains, quantity):
    found = getattr(welch(*class_gains), quantity)
    assert found == pytest.approx(EXPECTED[f"welch.{quantity}"], rel=1e-10)


@pytest.mark.parametrize("quantity", NUMBERS)
def test_two_step_ancova_meets_lm_in_two_steps(pupils, quantity):
    ours = pupils.loc[pupils["innovative"] == 1, "class_label"].unique()
    found = ancova_two_step(pupils["before"], pupils["after"], pupils["class_label"], list(ours))
    value = getattr(found, quantity)
    assert value == pytest.approx(EXPECTED[f"ancova_two_step.{quantity}"], rel=1e-10)


def test_exact_permutation_meets_all_combinations_in_r(class_gains):
    expected = EXPECTED["permutation.p_value"]
    assert permutation(*class_gains).p_value == pytest.approx(expected, rel=1e-12)


def test_the_coefficient_meets_lm(schools):
    assert schools("CR2").estimates[1] == pytest.approx(EXPECTED["fit.estimate"], rel=1e-10)


@pytest.mark.parametrize("covariance", ["CR0", "CR1S", "CR2", "CR3"])
def test_standard_errors_over_classes_meet_clubsandwich(schools, covariance):
    expected = EXPECTED[f"fit.standard_error.{covariance}"]
    assert schools(covariance).standard_errors[1] == pytest.approx(expected, rel=1e-9)


def test_cr1s_meets_sandwich(schools):
    expected = EXPECTED["fit.standard_error.sandwich"]
    assert schools("CR1S").standard_errors[1] == pytest.approx(expected, rel=1e-10)


def test_satterthwaite_meets_clubsandwich(schools):
    found = schools("CR2")
    assert found.df[1] == pytest.approx(EXPECTED["fit.df.CR2"], rel=1e-8)
    assert found.tidy()["p_value"][1] == pytest.approx(EXPECTED["fit.p_value.CR2"], rel=1e-8)


def test_fixed_effects_of_pupils_and_terms_meet_dummies_in_r(marks):
    found = fit(
        marks.assign(row=marks["pupil"] + " " + marks["subject"]),
        outcome="mark",
        regressors=["started"],
        fixed_effects=["row", "term"],
        cluster="class_label",
        covariance="CR0",
    )
    assert found.estimates[0] == pytest.approx(EXPECTED["panel.estimate"], rel=1e-9)
    assert found.standard_errors[0] == pytest.approx(EXPECTED["panel.standard_error.CR0"], rel=1e-9)


def test_the_mixed_model_meets_lme4(mixed):
    found = {
        "mixed.estimate": mixed.estimates[1],
        "mixed.standard_error": mixed.standard_errors[1],
        "mixed.spread": mixed.spreads[0],
        "mixed.residual_sd": mixed.residual_sd,
        "mixed.criterion": mixed.criterion,
    }
    # lme4 stops where its criterion changes by less than it can tell: six digits of a spread
    assert found == pytest.approx({name: EXPECTED[name] for name in found}, rel=1e-6)


def test_the_wild_bootstrap_meets_every_sign_change_in_r(pupils):
    found = wild_bootstrap(
        pupils,
        outcome="gain",
        regressors=["innovative"],
        tested="innovative",
        cluster="class_label",
    )
    assert found.statistic == pytest.approx(EXPECTED["wild.statistic"], rel=1e-10)
    assert found.p_value == EXPECTED["wild.p_value"]
