"""Differences of class gains: values by hand."""

import math

import numpy as np
import pytest

from posanalytics.evaluation.estimators import (
    ancova,
    ancova_two_step,
    t_difference,
    two_step,
    welch,
)


def test_the_difference_is_that_of_the_mean_class_gains():
    assert two_step([0.5, 0.7], [0.1, 0.3]).estimate == pytest.approx((0.5 + 0.7 - 0.1 - 0.3) / 2)


def test_with_one_degree_of_freedom_t_is_cauchy():
    # d = 0.3, s² = 0.02, SE = √(0.02·1.5); p = 1 − 2·atan(t)/π for df = 1.
    found = two_step([0.5], [0.1, 0.3])
    t = 0.3 / math.sqrt(0.02 * 1.5)
    assert found.df == 1
    assert found.p_value == pytest.approx(1 - 2 * math.atan(t) / math.pi, abs=1e-12)


def test_with_two_degrees_of_freedom_t_has_a_closed_form():
    # P(|T| > t) = 1 − t/√(t² + 2) for df = 2.
    found = two_step([0.4, 0.6], [0.1, 0.3])
    t = 0.3 / math.sqrt(0.02)
    assert found.p_value == pytest.approx(1 - t / math.sqrt(t**2 + 2), abs=1e-12)


def test_the_interval_excludes_zero_exactly_when_p_is_below_five_percent():
    # df = 2: the 97.5 % quantile is √(2·0.95²/(1 − 0.95²)).
    critical = math.sqrt(2 * 0.95**2 / (1 - 0.95**2))
    found = two_step([0.4, 0.6], [0.1, 0.3])
    assert found.conf_low == pytest.approx(0.3 - critical * math.sqrt(0.02), abs=1e-12)
    assert (found.conf_low > 0) == (found.p_value < 0.05)


def test_one_class_against_one_has_a_difference_and_no_test():
    found = two_step([0.5], [0.2])
    assert found.estimate == 0.3
    assert math.isnan(found.p_value)


def test_class_gains_without_spread_have_no_test():
    assert math.isnan(two_step([0.5, 0.5], [0.2, 0.2]).p_value)


def test_nobody_has_no_difference():
    assert math.isnan(two_step([], []).estimate)


def test_welch_lets_each_arm_keep_its_spread():
    # Variances 0.02 and 0.08 over 2: SE² = 0.01 + 0.04; df = 0.05²/(0.01² + 0.04²).
    found = welch([0.4, 0.6], [0.0, 0.4])
    assert found.standard_error == pytest.approx(math.sqrt(0.05))
    assert found.df == pytest.approx(0.05**2 / (0.01**2 + 0.04**2))


def test_welch_needs_two_classes_in_each_arm():
    assert math.isnan(welch([0.5], [0.1, 0.3]).p_value)


def test_welch_without_any_spread_has_no_test():
    assert math.isnan(welch([0.5, 0.5], [0.1, 0.1]).p_value)


def test_equal_starts_make_ancova_the_plain_difference():
    before = [3.0, 4.0, 5.0]
    found = ancova((before, [3.5, 4.5, 5.6]), (before, [3.0, 4.0, 5.1]))
    assert found.estimate == pytest.approx(0.5)


def test_ancova_is_ordinary_least_squares():
    rng = np.random.default_rng(5)
    x1, x0 = rng.normal(4, 1, 9), rng.normal(3.5, 1, 11)
    y1, y0 = 1 + 0.7 * x1 + rng.normal(0, 1, 9), 0.5 + 0.7 * x0 + rng.normal(0, 1, 11)
    design = np.column_stack([np.ones(20), np.r_[np.ones(9), np.zeros(11)], np.r_[x1, x0]])
    values, residual, *_ = np.linalg.lstsq(design, np.r_[y1, y0])
    covariance = np.linalg.inv(design.T @ design) * residual[0] / (20 - 3)
    found = ancova((x1, y1), (x0, y0))
    assert found.estimate == pytest.approx(values[1], rel=1e-10)
    assert found.standard_error == pytest.approx(math.sqrt(covariance[1, 1]), rel=1e-10)


def test_two_step_ancova_compares_class_means_of_adjusted_marks():
    # Inside the arms after rises by 1 per mark before, so adjusted marks are after − before.
    before = [3, 4, 3, 5, 4, 2, 3, 3]
    after = [4, 5, 4, 6, 4, 2, 3, 3]
    classes = ["А", "А", "Б", "Б", "В", "В", "Г", "Г"]
    found = ancova_two_step(before, after, classes, ["А", "Б"])
    assert found.estimate == pytest.approx(1.0)
    assert found.method == "ancova_two_step"


def test_when_nobody_differed_before_ancova_compares_the_ends():
    found = ancova_two_step([4, 4, 4, 4], [5, 5, 4, 4], ["А", "А", "Б", "Б"], ["А"])
    assert found.estimate == 1.0


def test_p_never_exceeds_one():
    assert t_difference(0.0, 1.0, 5, confidence=0.95, method="two_step").p_value == 1.0


def test_the_result_is_a_table_of_one_row():
    assert list(two_step([0.5], [0.1, 0.3]).tidy().columns) == [
        "estimate", "standard_error", "df", "conf_low", "conf_high", "p_value", "method",
    ]  # fmt: skip


@pytest.mark.parametrize("test", [two_step, welch])
def test_gains_that_differ_by_rounding_alone_have_no_test(test):
    # .1 + .2 and .3 are one gain: no spread, as in [.3, .3] against [.1, .1].
    assert math.isnan(test([0.1 + 0.2, 0.3], [0.1, 0.1]).p_value)
    assert math.isnan(test([0.1 + 0.2 - 0.3, 0.0], [0.0, 0.0]).p_value)


def test_an_exact_ancova_has_no_test():
    # After = .7 of before, .3 more in the first group: residuals are rounding.
    before = [2.1, 3.35, 4.15]
    found = ancova((before, [0.7 * b + 0.3 for b in before]), (before, [0.7 * b for b in before]))
    assert found.estimate == pytest.approx(0.3)
    assert math.isnan(found.p_value)


@pytest.mark.parametrize("empty", [0, 1])
def test_an_ancova_without_a_group_has_no_answer(empty):
    groups = [([3.1, 3.7], [3.2, 3.9]), ([3.1, 3.7], [3.2, 3.9])]
    groups[empty] = ([], [])
    found = ancova(*groups)
    assert math.isnan(found.estimate)
    assert math.isnan(found.p_value)
