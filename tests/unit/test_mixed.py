"""Mixed models where they may not speak, and where their formulas are at an edge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from posanalytics.evaluation.mixed import _inverse_where_positive, mixed_model
from posanalytics.evaluation.regression import NotEstimable

DEGREES = ("satterthwaite", "kenward_roger")


def four_classes(levels=(0.0, 0.0, 0.0, 0.0)):
    """Return two classes in each arm with marks 3, 4, 5, 4 and a level each."""
    return pd.DataFrame(
        {
            "class_label": np.repeat(["5А", "5Б", "6А", "6Б"], 4),
            "innovative": np.repeat([0.0, 1.0, 0.0, 1.0], 4),
            "mark": np.tile([3.0, 4.0, 5.0, 4.0], 4) + np.repeat(levels, 4),
        }
    )


def fit(frame, **options):
    asked = {"outcome": "mark", "regressors": ["innovative"], "group": "class_label", **options}
    return mixed_model(frame, **asked)


@pytest.mark.parametrize("degrees", DEGREES)
def test_two_classes_say_nothing_about_the_spread_of_classes(degrees):
    with pytest.raises(NotEstimable, match="2 groups"):
        fit(four_classes().iloc[:8], degrees=degrees)


@pytest.mark.parametrize("degrees", DEGREES)
def test_one_row_per_class_is_refused(degrees):
    with pytest.raises(NotEstimable, match="4 rows"):
        fit(four_classes((0.0, 0.5, 0.2, 0.1)).iloc[::4], degrees=degrees)


@pytest.mark.parametrize("degrees", DEGREES)
def test_constant_marks_are_refused(degrees):
    with pytest.raises(NotEstimable, match="not vary inside"):
        fit(four_classes().assign(mark=3.7), degrees=degrees)


def test_classes_without_a_spread_inside_are_refused():
    frame = four_classes()
    with pytest.raises(NotEstimable, match="not vary inside"):
        fit(frame.assign(mark=np.repeat([3.1, 4.2, 3.3, 4.6], 4)))


def test_regressors_that_repeat_each_other_are_refused():
    frame = four_classes((0.0, 0.5, 0.2, 0.1))
    twice = frame.assign(again=1 - frame["innovative"])
    with pytest.raises(NotEstimable, match="repeat each other"):
        fit(twice, regressors=["innovative", "again"])


@pytest.mark.parametrize("levels", [(0.0,) * 4, (0.0, 0.6, 0.2, 0.9)])
def test_a_difference_of_balanced_classes_has_classes_less_two_degrees(levels):
    # Kenward & Roger 1997, section 4: in balanced designs their test is the exact F of ANOVA
    assert fit(four_classes(levels), degrees="kenward_roger").df == pytest.approx([2.0, 2.0])


def test_classes_that_do_not_differ_leave_the_degrees_of_plain_rows():
    found = fit(four_classes())
    assert found.boundary
    # as lmerTest (tests/reference/own/mixed.R): 16 rows less two coefficients
    assert found.df == pytest.approx([14.0, 14.0])


def test_a_slope_in_other_units_leaves_the_degrees_as_they_are():
    time = [-1.0, 0.2, 1.4, 0.3]
    frame = four_classes((0.0, 0.6, 0.2, 0.9)).assign(time=time * 4)
    frame["mark"] += [0.4, 0.1, -0.3, 0.2] * 4 * np.repeat([1, 2, -1, 0], 4) * frame["time"]
    first, second = (
        fit(
            frame.assign(time=frame["time"] * unit), regressors=["innovative", "time"], slope="time"
        )
        for unit in (1.0, 1e4)
    )
    assert second.df == pytest.approx(first.df, rel=1e-4)


def test_a_direction_that_nothing_is_known_of_drops_out_of_the_inverse():
    # scaled by 2 and 1 it is all ones: eigenvalues 2 and 0, inverse 1/4 everywhere
    found = _inverse_where_positive(np.array([[4.0, 2.0], [2.0, 1.0]]))
    assert found == pytest.approx(np.array([[1 / 16, 1 / 8], [1 / 8, 1 / 4]]))


def test_a_direction_that_little_is_known_of_stays_in_the_inverse():
    # (1 − .999²)⁻¹·[[1, −.999], [−.999, 1]]
    found = _inverse_where_positive(np.array([[1.0, 0.999], [0.999, 1.0]]))
    assert found == pytest.approx(np.array([[1, -0.999], [-0.999, 1]]) / (1 - 0.999**2))
