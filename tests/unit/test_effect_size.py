"""How big a difference is: values by hand."""

import math

import pytest

from posanalytics.evaluation.effect_size import (
    adjusted_g,
    cliffs_delta,
    cox_index,
    hedges_g,
    mean,
    pooled_sd,
    small_sample_correction,
    standardised,
)


def test_the_pooled_spread_is_that_inside_the_groups():
    # Sums of squares 2 and 8, degrees of freedom 2 + 1.
    assert pooled_sd([1, 2, 3], [0, 4]) == math.sqrt((2 + 8) / 3)


def test_the_correction_is_the_published_approximation():
    assert small_sample_correction(10) == 1 - 3 / (4 * 12 - 9)


def test_the_exact_correction_for_four_degrees_of_freedom_is_known():
    # Γ(2)/(√2·Γ(3/2)) = 1/(√2·√π/2)
    expected = 1 / (math.sqrt(2) * math.sqrt(math.pi) / 2)
    assert small_sample_correction(4, correction="exact") == pytest.approx(expected, rel=1e-14)


def test_one_degree_of_freedom_cannot_be_corrected():
    assert math.isnan(small_sample_correction(1))


def test_the_error_of_g_follows_its_formula():
    found = hedges_g([4.0, 5.0, 5.0], [3.0, 3.0, 4.0])
    factor = 1 - 3 / (4 * 6 - 9)
    g = factor * (4 / 3) / math.sqrt(1 / 3)
    assert found.estimate == pytest.approx(g, rel=1e-14)
    expected = factor * math.sqrt(2 / 3 + (g / factor) ** 2 / (2 * 6))  # J·SE of d, Borenstein 4.24
    assert found.standard_error == pytest.approx(expected, rel=1e-14)
    assert found.conf_high - found.estimate == pytest.approx(1.959963984540054 * expected)


def test_equal_marks_everywhere_differ_by_nothing():
    assert hedges_g([4, 4, 4], [4, 4, 4]).estimate == 0


def test_groups_without_spread_that_differ_are_infinitely_far_apart():
    assert hedges_g([4, 4, 4], [5, 5, 5]).estimate == -math.inf


def test_an_unknown_difference_stays_unknown():
    assert math.isnan(standardised(math.nan, 1.0))


def test_cliffs_delta_counts_pairs():
    # Pairs: 5>3, 5>4; 2<3, 2<4 → 0.
    assert cliffs_delta([5, 2], [3, 4]).estimate == 0


def test_cliffs_delta_of_separated_groups_is_one_and_has_no_interval():
    found = cliffs_delta([4, 5], [2, 3])
    assert found.estimate == 1
    assert math.isnan(found.conf_low)


def test_the_error_of_cliffs_delta_follows_its_formula():
    # Rows of dominance of [3, 5] over [2, 4]: 0 and 1; columns: −1 → against 2: 1, against 4: 0.
    found = cliffs_delta([3, 5], [2, 4])
    delta = 0.5
    by_row = ((0 - delta) ** 2 + (1 - delta) ** 2) / 1
    by_column = ((1 - delta) ** 2 + (0 - delta) ** 2) / 1
    assert found.estimate == delta
    assert found.standard_error == pytest.approx(math.sqrt(by_row / 2 + by_column / 2))


def test_a_missing_mark_is_not_the_highest():
    assert cliffs_delta([3, 4, 5, math.nan], [3, 3, 4]) == cliffs_delta([3, 4, 5], [3, 3, 4])
    assert math.isnan(cliffs_delta([math.nan], [3, 4]).estimate)


def test_dominance_that_does_not_vary_has_no_interval():
    found = cliffs_delta([4, 4, 4], [4, 4])
    assert found.estimate == 0
    assert math.isnan(found.conf_low)
    assert math.isnan(found.conf_high)


def test_pupils_of_classes_have_a_delta_without_an_interval():
    found = cliffs_delta([3, 4, 5], [3, 3, 4], pupils_independent=False)
    assert found.estimate == 4 / 9
    assert all(math.isnan(value) for value in found.tidy().iloc[0, 1:4])


def test_nobody_has_no_delta_and_no_mean():
    assert math.isnan(cliffs_delta([], [1]).estimate)
    assert math.isnan(mean([]))


def test_the_result_is_a_table_of_one_row():
    table = hedges_g([4.0, 5.0, 5.0], [3.0, 3.0, 4.0]).tidy()
    assert table.shape == (1, 5)
    assert table.loc[0, "method"] == "hedges_g_approximate"


def test_the_cox_index_without_pupils_has_no_error():
    found = cox_index(0.8, 0.5)
    assert found.estimate == pytest.approx(math.log(4) / 1.65)
    assert math.isnan(found.standard_error)
    assert found.tidy().loc[0, "method"] == "cox_index"


def test_the_cox_index_can_be_corrected_for_small_samples():
    # WWC 4.0: times 1 − 3/(4·100 − 9), estimate and error alike
    plain, small = (cox_index(0.8, 0.5, pupils=(60, 40), small_sample=s) for s in (False, True))
    assert small.estimate == pytest.approx(plain.estimate * (1 - 3 / 391))
    assert small.standard_error == pytest.approx(plain.standard_error * (1 - 3 / 391))
    assert math.isnan(cox_index(0.8, 0.5, small_sample=True).estimate)


@pytest.mark.parametrize("shares", [(0.0, 0.5), (0.5, 1.0)])
def test_a_share_of_nobody_or_everybody_has_no_odds(shares):
    assert math.isnan(cox_index(*shares, pupils=(20, 20)).estimate)


def test_a_group_without_pupils_has_no_error_and_no_adjusted_g():
    assert math.isnan(cox_index(0.8, 0.5, pupils=(0, 20)).standard_error)
    assert math.isnan(adjusted_g(0.3, 0.5, (0, 20)).estimate)


def test_one_pupil_in_a_group_has_a_delta_without_an_error():
    found = cliffs_delta([4], [3, 3, 5])
    assert found.estimate == pytest.approx(1 / 3)  # above two, below one, of three
    assert math.isnan(found.standard_error)
