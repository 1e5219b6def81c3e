"""Mixed models where they may not speak, and where their formulas are at an edge."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from posanalytics.evaluation.mixed import mixed_model
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
