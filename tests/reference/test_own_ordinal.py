"""Proportional odds meet ordinal::clm; ordinal.R and ordinal_slip.R in own/ made the numbers."""

from __future__ import annotations

import csv
import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from posanalytics.evaluation.ordinal import proportional_odds
from posanalytics.evaluation.regression import NotEstimable

OWN = Path(__file__).parent / "own"
with (OWN / "ordinal.csv").open(encoding="utf-8") as file:
    ROWS = [(row["quantity"], float(row["expected"])) for row in csv.DictReader(file)]
with (OWN / "ordinal_slip.csv").open(encoding="utf-8") as file:
    SLIPS = [(row["set"], row["quantity"], float(row["expected"])) for row in csv.DictReader(file)]
ASTRAY = {  # marks, marks before, sizes of the classes; the first two are innovative
    "slip": (
        [5, 3, 5, 4, 5, 4, 4, 5, 3, 5, 2, 5, 2, 5, 3, 5],
        [2, 3, 4, 5, 2, 3, 4, 5, 2, 3, 4, 5, 2, 30, 4, 5],
        (4, 4, 4, 4),
    ),
    "rare": (
        [4, 2, 5, 4, 5, 4, 4, 4, 4, 4, 4, 3, 4, 4, 5, 5, 4, 4, 5, 5, 4, 5],
        [3, 3, 2, 2, 4, 4, 30, 30, 2, 30, 4, 5, 2, 2, 2, 2, 4, 2, 30, 3, 3, 4],
        (11, 6, 3, 2),
    ),
    "fall": (
        [2, 3, 5, 3, 4, 4, 3, 3, 4, 3, 4, 4, 4, 4, 4, 4],
        [2, 30, 30, 2, 4, 5, 30, 3, 2, 2, 5, 4, 30, 4, 2, 30],
        (5, 2, 3, 6),
    ),
}


@pytest.fixture(scope="module")
def marks():
    return pd.read_csv(OWN / "marks.csv")


def odds(frame, **options):
    asked = {"outcome": "mark", "innovative": "innovative", "cluster": "class_label"}
    return proportional_odds(frame, **asked, **options)


@pytest.mark.parametrize(("quantity", "expected"), ROWS)
def test_odds_meet_clm(marks, quantity, expected):
    found = odds(marks, regressors=["before"])
    told = {"threshold_1": found.thresholds[0], "threshold_3": found.thresholds[2]}
    value = told.get(quantity, getattr(found, quantity, None))
    assert value == pytest.approx(expected, rel=1e-7)


@pytest.mark.parametrize(("name", "quantity", "expected"), SLIPS)
def test_slips_of_the_pen_and_rare_marks_do_not_lead_the_search_astray(name, quantity, expected):
    mark, before, sizes = ASTRAY[name]
    classes = np.repeat(["5А", "5Б", "5В", "5Г"], sizes)
    frame = pd.DataFrame({"mark": mark, "before": before, "class_label": classes})
    frame["innovative"] = frame["class_label"].isin(["5А", "5Б"]).astype(float)
    found = odds(frame, regressors=["before"])
    assert getattr(found, quantity) == pytest.approx(expected, rel=1e-9)


def test_the_order_of_rows_changes_no_bit(marks):
    assert odds(marks, regressors=["before"]) == odds(marks.iloc[::-1], regressors=["before"])


def test_p_counts_the_choices_of_classes(marks):
    # without other regressors the residual of a pupil is the share below less the share above
    ranks = marks["mark"].rank() - (len(marks) + 1) / 2
    sums, sizes = ranks.groupby(marks["class_label"]).sum(), marks.groupby("class_label").size()
    ours = set(marks.loc[marks["innovative"] == 1, "class_label"])

    def out(chosen):
        return abs(sums[list(chosen)].sum() - sums.sum() * sizes[list(chosen)].sum() / len(marks))

    every = [out(chosen) for chosen in itertools.combinations(sorted(sums.index), 3)]
    expected = sum(value >= out(sorted(ours)) - 1e-9 for value in every) / math.comb(6, 3)
    assert odds(marks).p_value == expected


def test_one_innovative_class_has_no_interval(marks):
    found = odds(marks[~marks["class_label"].isin(["6A", "7A"])])
    assert math.isnan(found.conf_low)
    assert found.p_value >= found.smallest_p == 0.25  # one of four classes


def test_two_different_marks_are_refused(marks):
    with pytest.raises(NotEstimable, match="2 different marks"):
        odds(marks[marks["mark"].isin([3, 4])])


def test_groups_that_do_not_overlap_are_refused(marks):
    apart = marks.assign(mark=marks["mark"].clip(upper=3) + 3 * marks["innovative"])
    with pytest.raises(NotEstimable, match="overlap"):
        odds(apart)


def test_the_unit_of_a_covariate_changes_nothing(marks):
    plain = odds(marks, regressors=["before"])
    tiny = odds(marks.assign(before=marks["before"] / 1e4 + 30), regressors=["before"])
    assert tiny.estimate == pytest.approx(plain.estimate, rel=1e-6)
    assert tiny.p_value == plain.p_value
    assert tiny.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-9)


def test_a_class_in_both_arms_is_refused(marks):
    mixed = marks.assign(innovative=[0, 1] * (len(marks) // 2) + [0] * (len(marks) % 2))
    with pytest.raises(NotEstimable, match="both arms"):
        odds(mixed)


def test_too_many_choices_of_classes_are_drawn_by_seed():
    labels = [f"{number:02}" for number in range(22)]  # C(22, 11) = 705,432
    rows = [(label, at % 2, 2 + (at + 3 * place) % 4) for at, label in enumerate(labels)
            for place in range(at % 3 + 3)]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["class_label", "innovative", "mark"])
    found = odds(frame)
    assert found.p_value * 20_000 == pytest.approx(round(found.p_value * 20_000))
    assert 0 < found.p_value <= 1
    assert found.smallest_p == 1 / 20_000  # (0 + 1)/(19,999 + 1)
    assert odds(frame.iloc[::-1]).p_value == found.p_value
