"""Permutation and correction for many outcomes: values by counting."""

import math
from itertools import combinations

import numpy as np
import pytest

from posanalytics.evaluation.archive import placebo
from posanalytics.evaluation.inference import (
    benjamini_hochberg,
    permutation,
    shuffled,
    sign_flip,
    smallest_p,
    stratified_permutation,
)


def counted(values, size):
    """Return the share of assignments that reach the first one, listed one by one."""
    total, n = sum(values), len(values)
    every = [abs(sum(c) / size - (total - sum(c)) / (n - size)) for c in combinations(values, size)]
    first = abs(sum(values[:size]) / size - sum(values[size:]) / (n - size))
    return sum(d >= first - 1e-9 for d in every) / len(every)


@pytest.mark.parametrize("sizes", [(1, 3), (2, 4), (3, 3), (4, 5), (6, 2)])
def test_every_assignment_is_counted(sizes):
    values = np.random.default_rng(7).normal(0, 1, sum(sizes)).round(1).tolist()
    found = permutation(values[: sizes[0]], values[sizes[0] :])
    assert found.p_value == counted(values, sizes[0])
    assert found.assignments == math.comb(sum(sizes), sizes[0])


def test_equal_gains_reach_each_other_in_every_assignment():
    assert permutation([0.1, 0.1], [0.1, 0.1, 0.1]).p_value == 1.0


def test_ties_that_differ_by_float_noise_count_as_ties():
    # 0.1 + 0.2 against 0.3, the same gain. From the mean 0.23: 0.07, 0.07, 0.02, −0.03, −0.13.
    assert permutation([0.1 + 0.2], [0.3, 0.25, 0.2, 0.1]).p_value == 3 / 5


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e12])
def test_no_p_depends_on_the_unit_of_marks(unit):
    ours, theirs = np.array([0.5, 0.6]) * unit, np.array([0.1, 0.2, 0.3, 0.4]) * unit
    assert permutation(ours, theirs).p_value == 2 / 15  # and the two lowest
    assert (
        stratified_permutation([(ours[:1], theirs[:2]), (ours[1:], theirs[2:3])]).p_value == 1 / 6
    )
    assert sign_flip(np.array([0.3, 0.1, 0.2]) * unit).p_value == 2 / 8  # all + and all −
    assert placebo(ours[:1], theirs[:1], {"2024-25": theirs}).p_value == pytest.approx(
        placebo([0.5], [0.1], {"2024-25": [0.1, 0.2, 0.3, 0.4]}).p_value
    )


@pytest.mark.parametrize(
    ("innovative", "control", "expected"),
    [(1, 1, 1.0), (1, 3, 1 / 4), (2, 2, 2 / 6), (2, 4, 1 / 15), (3, 3, 2 / 20), (4, 4, 2 / 70)],
)
def test_the_smallest_p_counts_the_ways_to_name_the_classes(innovative, control, expected):
    assert smallest_p(innovative, control) == expected


def test_a_sample_of_assignments_counts_itself():
    found = permutation([9.0, 9.1], [0.1, 0.2, 0.3, 0.4, 0.5], most=10, draws=99)
    assert not found.exact
    # 2 of 21 assignments would be drawn only if they are the observed one: b ≥ 0.
    assert found.p_value * 100 == pytest.approx(round(found.p_value * 100))
    assert found.p_value >= found.smallest_p == 1 / math.comb(7, 2)


def test_a_sample_of_assignments_is_the_same_every_time():
    values = np.random.default_rng(3).normal(0, 1, 30)
    first, second = (permutation(values[:15], values[15:], draws=999) for _ in range(2))
    assert first == second
    assert first.smallest_p == 1 / 1000


def test_random_orders_are_orders():
    orders = shuffled(50, 6, 1)
    assert (np.sort(orders, axis=1) == np.arange(6)).all()


def test_random_orders_never_change_between_versions():
    # Ranks of the first PCG64(2025) words: NumPy keeps this stream for ever.
    words = np.random.PCG64(2025).random_raw(4)
    assert shuffled(1, 4, 2025)[0].tolist() == np.argsort(words).tolist()


def test_adjusted_p_values_follow_the_definition():
    # Sorted .01, .02, .03, .5 of 4: 4·.01/1, 4·.02/2, 4·.03/3 = .04 each, then .5.
    assert benjamini_hochberg([0.5, 0.03, 0.01, 0.02]) == pytest.approx([0.5, 0.04, 0.04, 0.04])


def test_an_outcome_without_a_test_is_not_one_of_the_family():
    found = benjamini_hochberg([0.02, math.nan, 0.04])
    assert found[0] == 0.04
    assert math.isnan(found[1])
    assert found[2] == 0.04


def test_no_family_no_p_values():
    assert benjamini_hochberg([]) == []


def test_the_result_is_a_table_of_one_row():
    assert permutation([0.5], [0.1, 0.3]).tidy().loc[0, "method"] == "permutation"


@pytest.mark.parametrize(
    ("method", "gains"),
    [
        (permutation, ([0.5, math.nan], [0.1, 0.2, 0.3])),
        (permutation, ([], [0.1, 0.2, 0.3])),
        (permutation, ([0.5], [])),
        (sign_flip, ([0.1, math.nan, 0.2],)),
        (stratified_permutation, ([([0.5], [0.1, math.nan])],)),
    ],
)
def test_a_gain_that_is_missing_leaves_nothing_to_count(method, gains):
    found = method(*gains)
    # Not 0, which is below 1/ways, the least that counting with the observed way can give.
    assert math.isnan(found.p_value)
    assert math.isnan(found.smallest_p)
