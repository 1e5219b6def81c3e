"""Differences of class gains: values by hand."""

import math

import numpy as np
import pytest

from posanalytics.evaluation.estimators import (
    NotPaired,
    ancova,
    ancova_two_step,
    matched_pairs,
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


def test_equal_marks_before_leave_ancova_the_plain_t_test():
    # R: lm(y ~ g + b) of y = 4 5 4.5 | 3 4 with b = 3 throughout drops b:
    # 1, SE .527046276695 = √((.5 + .5)/3·(1/3 + 1/2)), p .15403090300094, 3 degrees of freedom.
    found = ancova(([3.0] * 3, [4.0, 5.0, 4.5]), ([3.0] * 2, [3.0, 4.0]))
    assert (found.estimate, found.df) == (1.0, 3)
    assert found.standard_error == pytest.approx(0.527046276695, rel=1e-11)
    assert found.p_value == pytest.approx(0.15403090300094, rel=1e-11)


def test_arms_that_start_apart_without_any_spread_have_no_ancova():
    # All had 3 in one arm and 4 in the other: the start and the arm are one and the same.
    found = ancova(([3.0] * 3, [4.0, 5.0, 4.5]), ([4.0] * 2, [3.0, 4.0]))
    assert math.isnan(found.estimate)
    assert math.isnan(found.p_value)
    both = ancova_two_step([3, 3, 4, 4], [5, 5, 4, 4], ["А", "А", "Б", "Б"], ["А"])
    assert math.isnan(both.estimate)


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


PAIRS = ([0.3, 0.25, 0.4, 0.1, 0.2, 0.15, 0.5], [0.1, 0.12, 0.1, 0.12, -0.1, 0.0, 0.1])


def test_the_error_of_pairs_is_that_of_their_differences():
    # differences .1 .3 .2 .6: mean .3, squares .04 + 0 + .01 + .09 = .14, SE √(.14/3/4)
    found = matched_pairs([0.2, 0.4, 0.4, 0.6], [0.1, 0.1, 0.2, 0.0]).paired_t
    assert (found.estimate, found.df) == (pytest.approx(0.3), 3)
    assert found.standard_error == pytest.approx(math.sqrt(0.14 / 12))


def test_both_tests_of_pairs_stand_in_the_table_with_their_intervals():
    found = matched_pairs(*PAIRS)
    assert found.pairs == 7
    table = found.tidy()
    assert table["method"].tolist() == ["paired_t", "sign_flip"]
    assert table["estimate"].tolist() == [found.estimate] * 2
    assert table["p_value"].tolist() == [found.paired_t.p_value, found.sign_flip.p_value]
    assert table["conf_low"].tolist() == [found.paired_t.conf_low, found.conf_low]
    assert np.isnan(table.loc[0, "smallest_p"])
    assert table.loc[1, "smallest_p"] == 2 / 2**7


def test_five_pairs_reject_nothing_by_flipping_signs():
    # 2 of 32 ways, .0625 at least
    found = matched_pairs([0.5, 0.6, 0.4, 0.7, 0.5], [0.0] * 5)
    assert found.sign_flip.p_value == found.sign_flip.smallest_p == 0.0625
    assert (found.conf_low, found.conf_high) == (-math.inf, math.inf)


@pytest.mark.parametrize("away", [-1e-6, 1e-6])
def test_an_effect_is_in_the_interval_of_pairs_where_its_test_does_not_reject_it(away):
    found = matched_pairs(*PAIRS)
    for end, inside in ((found.conf_low, away > 0), (found.conf_high, away < 0)):
        moved = matched_pairs([gain - end - away for gain in PAIRS[0]], PAIRS[1])
        assert (moved.sign_flip.p_value >= 0.05) is inside


def test_swapping_the_groups_of_pairs_turns_the_signs():
    there, back = matched_pairs(*PAIRS), matched_pairs(*PAIRS[::-1])
    assert back.estimate == -there.estimate
    assert (back.conf_low, back.conf_high) == (-there.conf_high, -there.conf_low)
    assert back.sign_flip == there.sign_flip


def test_the_order_of_pairs_changes_no_bit():
    assert matched_pairs(PAIRS[0][::-1], PAIRS[1][::-1]) == matched_pairs(*PAIRS)


def test_more_pairs_than_can_be_listed_are_drawn_and_agree():
    ours = [math.sin(number) / 5 + 0.1 for number in range(14)]
    exact, drawn = (matched_pairs(ours, [0.0] * 14, most=most) for most in (14, 4))
    assert not drawn.sign_flip.exact
    # the share of draws outside an end is known to about √(.05·.95/19,999) = .0015
    assert drawn.conf_low == pytest.approx(exact.conf_low, abs=0.005)
    assert drawn.conf_high == pytest.approx(exact.conf_high, abs=0.005)


@pytest.mark.parametrize(("first", "second"), [(1, 2), (2, 1), (3, 1)])
def test_classes_that_do_not_pair_off_are_refused(first, second):
    with pytest.raises(NotPaired, match=f"{first} innovative and {second} control classes"):
        matched_pairs([0.5] * first, [0.1] * second)


@pytest.mark.parametrize("arms", [([], []), ([0.5, math.nan], [0.1, 0.2])])
def test_pairs_without_a_gain_have_no_answer(arms):
    row = matched_pairs(*arms).tidy().drop(columns=["method", "df"])
    assert row.isna().all(axis=None)


def test_nineteen_draws_reject_nothing():
    # (0 + 1)/(19 + 1) is the least p that they can give: .05 is not below .05
    found = matched_pairs([0.5, 0.6, 0.4, 0.7, 0.5, 0.8], [0.0] * 6, most=4, draws=19)
    assert found.sign_flip.smallest_p == 0.05
    assert (found.conf_low, found.conf_high) == (-math.inf, math.inf)


def test_one_pair_has_no_spread_and_a_p_of_one():
    found = matched_pairs([0.5], [0.1])
    assert math.isnan(found.paired_t.p_value)
    assert found.sign_flip.p_value == 1.0
    assert (found.conf_low, found.conf_high) == (-math.inf, math.inf)


def test_equal_differences_leave_the_t_test_without_an_answer():
    assert math.isnan(matched_pairs([0.3, 0.4, 0.5], [0.1, 0.2, 0.3]).paired_t.p_value)


@pytest.mark.parametrize(("error", "known"), [(0.9e-7, False), (1.1e-7, True)])
def test_a_spread_below_the_rounding_of_the_values_is_none(error, known):
    # values near 1,000 are known to about 1e-13; 1e-10 of them is taken for rounding
    found = t_difference(0.1, error, 4, confidence=0.95, method="t", scale=1000.0)
    assert math.isfinite(found.p_value) is known
