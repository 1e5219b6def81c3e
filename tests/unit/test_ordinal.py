"""Proportional odds by hand: where the odds are plain fractions, and where there are none."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from posanalytics.evaluation.ordinal import proportional_odds
from posanalytics.evaluation.regression import NotEstimable

# Above 3: 3 to 1 against 1 to 1; above 4: 1 to 1 against 1 to 3; the odds are threefold.
THREEFOLD = ([3, 4, 5, 5], [3, 3, 4, 5])


def school(innovative, control, *, classes=2):
    """Return the same marks in every class of an arm."""
    rows = [
        (f"{number}{arm}", mark, float(arm == "А"))
        for arm, marks in (("А", innovative), ("Б", control))
        for number in range(classes)
        for mark in marks
    ]
    return pd.DataFrame(rows, columns=["class_label", "mark", "new"])


def odds(frame, **options):
    return proportional_odds(
        frame, outcome="mark", innovative="new", cluster="class_label", **options
    )


def test_odds_that_are_the_same_at_every_mark_are_found_exactly():
    found = odds(school(*THREEFOLD))
    assert found.estimate == pytest.approx(math.log(3), abs=1e-9)
    # a control pupil stands at 3 or below in half of the cases, at 4 or below in three of four
    assert found.thresholds == pytest.approx((math.log(1), math.log(3)), abs=1e-9)
    # ln of the shares 1/4 1/4 1/2 1/2 in one arm, 1/2 1/2 1/4 1/4 in the other, two classes each
    assert found.log_likelihood == pytest.approx(2 * (6 * -math.log(2) * 2), abs=1e-9)
    assert found.proportional_statistic == pytest.approx(0.0, abs=1e-9)


def test_the_odds_are_a_table_of_one_row():
    row = odds(school(*THREEFOLD)).tidy().to_dict("records")[0]
    assert (row["df"], row["method"]) == (2, "proportional_odds")


def test_classes_of_equal_marks_leave_no_spread_and_no_interval():
    found = odds(school(*THREEFOLD))
    assert found.standard_error == pytest.approx(0.0, abs=1e-9)
    assert math.isnan(found.conf_low)
    assert math.isnan(found.conf_high)


def test_an_arm_that_one_class_alone_holds_together_has_a_p_and_no_interval():
    # Without the first class of А its arm has 5 only, the other 4 at most: no odds without it.
    frame = school([5, 5, 5, 5], [3, 3, 4, 4])
    frame.loc[frame["class_label"].eq("0А"), "mark"] = [3, 4, 5, 5]
    found = odds(frame)
    assert math.isfinite(found.estimate)
    assert math.isnan(found.conf_low)
    # Two classes of four: only the arms as they are and the arms exchanged reach it, 2 of 6 ways.
    assert found.p_value == pytest.approx(2 / 6)


@pytest.mark.parametrize("arm", [0.0, 1.0])
def test_one_arm_alone_has_no_odds(arm):
    with pytest.raises(NotEstimable, match="one arm"):
        odds(school(*THREEFOLD).assign(new=arm))


def test_a_covariate_that_tells_every_mark_leaves_no_maximum():
    frame = school(*THREEFOLD)
    with pytest.raises(NotEstimable, match="a covariate alone tells the marks"):
        odds(frame.assign(before=frame["mark"]), regressors=["before"])


def test_an_arm_without_the_middle_mark_has_odds_but_no_test_of_proportionality():
    # nobody of the innovative arm has a 4: its own coefficients for 3 and 4 run apart
    found = odds(school([3, 3, 5, 5], [3, 4, 4, 5]))
    assert math.isfinite(found.estimate)
    assert math.isnan(found.proportional_p)


def test_thresholds_that_would_cross_leave_no_test_of_proportionality():
    # R's clm of the nominal model: "not all thresholds are increasing: fit is invalid"
    frame = pd.DataFrame(
        {
            "mark": [4, 2, 2, 5, 3, 4, 3, 5, 5, 4, 5, 2],
            "before": [5, 2, 2, 4, 2, 4, 4, 30, 4, 4, 5, 3],
            "class_label": [*"AAAABBB", *"CCCDD"],
            "new": [1.0] * 7 + [0.0] * 5,
        }
    )
    found = odds(frame, regressors=["before"])
    # the plain model by clm: −10.80602, −0.6128109
    assert found.log_likelihood == pytest.approx(-10.80602, abs=1e-5)
    assert found.estimate == pytest.approx(-0.6128109, abs=1e-7)
    assert math.isnan(found.proportional_p)
