"""Alike before the start, and room to grow."""

import math

import pytest

from posanalytics.evaluation.equivalence import baseline, ceiling_floor, determination


@pytest.mark.parametrize(
    ("gap", "expected"),
    [
        (0.0, "equivalent"),
        (-0.05, "equivalent"),
        (0.0501, "equivalent after adjustment"),
        (0.25, "equivalent after adjustment"),
        (-0.2501, "not equivalent"),
        (math.inf, "not equivalent"),
        (math.nan, "unknown"),
    ],
)
def test_the_limits_are_those_of_the_wwc(gap, expected):
    assert determination(gap) == expected


def test_a_gap_on_the_limit_but_for_float_noise_is_on_the_limit():
    assert determination(0.25 + 1e-15) == "equivalent after adjustment"


def test_one_pupil_on_each_side_is_not_enough():
    assert baseline([4], [5]).determination == "unknown"


def test_nobody_is_unknown():
    assert baseline([], []).determination == "unknown"


def test_the_means_and_numbers_stand_beside_the_gap():
    found = baseline([4, 5], [3, 3, 3])
    assert (found.mean_innovative, found.mean_control) == (4.5, 3.0)
    assert (found.pupils_innovative, found.pupils_control) == (2, 3)


def test_the_baseline_is_a_table_with_a_row_per_group():
    assert baseline([4, 5], [3, 3, 3]).tidy()["mean"].tolist() == [4.5, 3.0]


def test_shares_at_the_ends_of_the_scale_are_counted():
    found = ceiling_floor([5, 5, 2, 3], [4, 2, 2, 2])
    assert (found.ceiling_innovative, found.ceiling_control) == (2 / 4, 0)
    assert (found.floor_innovative, found.floor_control) == (1 / 4, 3 / 4)
    assert found.ceiling == 2 / 4


def test_shares_are_a_table_of_one_row():
    assert ceiling_floor([5], [2]).tidy().shape == (1, 4)
