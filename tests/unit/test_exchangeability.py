"""Whether earlier years may stand in for this one."""

import math

import numpy as np
import pytest

from posanalytics.evaluation.exchangeability import brown_forsythe, exchangeability

ARCHIVE = {
    "2023-24": [0.1, -0.1, 0.05, -0.05, 0.12, -0.09],
    "2024-25": [0.08, -0.07, 0.11, -0.12, 0.02, 0.0],
}


def test_the_same_spread_leaves_the_archive_in_its_place():
    assert exchangeability(ARCHIVE, [0.1, -0.08, 0.06, -0.1], year="2025-26").holds


def test_a_wider_spread_this_year_speaks_against_the_archive():
    found = exchangeability(ARCHIVE, [0.6, -0.5, 0.4, -0.6], year="2025-26")
    assert found.now.p_value < 0.05
    assert not found.holds


def test_a_narrower_spread_this_year_speaks_against_it_too():
    archive = {year: [10 * gain for gain in gains] for year, gains in ARCHIVE.items()}
    assert not exchangeability(archive, [0.02, -0.02, 0.01, -0.01, 0.0, 0.03], year="2025-26").holds


@pytest.mark.parametrize("untouched", [[], [0.9], [0.9, -0.9]])
def test_fewer_than_three_untouched_classes_say_nothing(untouched):
    found = exchangeability(ARCHIVE, untouched, year="2025-26")
    assert math.isnan(found.now.p_value)
    assert found.holds


def test_without_an_archive_there_is_nothing_to_compare():
    found = exchangeability({}, [0.1, 0.2, 0.3], year="2025-26")
    assert math.isnan(found.now.p_value)
    assert math.isnan(found.trend)


def test_equal_gains_everywhere_say_nothing():
    found = exchangeability({"2024-25": [0.1] * 4}, [0.2] * 4, year="2025-26")
    assert math.isnan(found.now.p_value)


def test_archived_gains_without_any_spread_cannot_stand_in_for_this_year():
    found = exchangeability({"2024-25": [0.1] * 4}, [0.2, -0.1, 0.3, 0.0], year="2025-26")
    assert not found.holds


def test_an_archive_that_no_test_could_ask_is_untested():
    # Every class lies .1 from the middle of its year: nothing varies, so there is no F.
    found = exchangeability({"2024-25": [0.0, 0.2, 0.0, 0.2]}, [0.3, 0.5, 0.3, 0.5], year="2025-26")
    assert math.isnan(found.now.p_value)
    assert found.untested


def test_gains_that_are_equal_but_for_rounding_say_nothing():
    # .1 + .2 and .3 differ by 6e-17: a test of that would be a test of rounding.
    unlike = [0.1 + 0.2, 0.3, 0.3, 0.1 + 0.2, 0.3]
    assert math.isnan(exchangeability({"2024-25": unlike}, unlike[:4], year="2025-26").now.p_value)


def test_an_archive_that_could_be_asked_is_tested():
    assert not exchangeability(ARCHIVE, [0.1, -0.08, 0.06, -0.1], year="2025-26").untested


def test_a_spread_that_differs_between_the_years_and_never_inside_them_speaks_against_it():
    # Archived classes lie .1 from their middle, this year's .5, each and every one: F is infinite.
    found = exchangeability({"2024-25": [0.0, 0.2, 0.0, 0.2]}, [0.0, 1.0, 0.0, 1.0], year="2025-26")
    assert found.now.p_value == 0.0
    assert not found.holds
    assert not found.untested


def test_a_year_that_was_better_for_all_changes_no_spread():
    untouched = [0.1, -0.08, 0.06, -0.1]
    raised = {year: [gain + 0.5 for gain in gains] for year, gains in ARCHIVE.items()}
    first = exchangeability(ARCHIVE, untouched, year="2025-26")
    second = exchangeability(raised, untouched, year="2025-26")
    assert first.now.p_value == pytest.approx(second.now.p_value, rel=1e-6)


def test_the_trend_is_the_yearly_change_of_the_mean_gain():
    found = exchangeability(
        {"2023-24": [0.0, 0.2], "2024-25": [0.2, 0.4]}, [0.4, 0.6], year="2025-26"
    )
    assert found.trend == pytest.approx(0.2)


def test_each_year_stands_in_the_table():
    table = exchangeability(ARCHIVE, [0.1, 0.3], year="2025-26").tidy()
    assert table["school_year"].tolist() == ["2023-24", "2024-25", "2025-26"]
    assert table["classes"].tolist() == [6, 6, 2]


def test_the_order_of_classes_and_years_changes_no_bit():
    untouched = [0.1, -0.08, 0.06, -0.1]
    mixed = {year: ARCHIVE[year][::-1] for year in sorted(ARCHIVE, reverse=True)}
    first = exchangeability(ARCHIVE, untouched, year="2025-26")
    assert first == exchangeability(mixed, untouched[::-1], year="2025-26")


def test_the_middle_of_a_group_of_three_hides_a_spread_unless_it_is_left_out():
    # z of [-3, 0, 3] is 3, 0, 3 though every value but the median lies 3 away.
    groups = [[[-3.0, 0.0, 3.0]], [[-1.0, -0.9, 0.9, 1.0]]]
    with_zeros, without = brown_forsythe(groups), brown_forsythe(groups, drop_zeros=True)
    # without: z 3 3 and 1 .9 .9 1; between 2·(3 − 1.63)² + 4·(.95 − 1.63)², within 4·.05²/4
    centre = (2 * 3 + 4 * 0.95) / 6
    between = 2 * (3 - centre) ** 2 + 4 * (0.95 - centre) ** 2
    assert without.statistic == pytest.approx(between / (4 * 0.05**2 / 4))
    assert without.p_value < with_zeros.p_value


def test_it_seldom_fires_where_nothing_changed():
    # Known truth: 1,000 schools of 3 untouched and 2 × 8 archived classes with one spread.
    rng = np.random.default_rng(6)
    fired = sum(
        not exchangeability(
            {"2023-24": rng.normal(0, 1, 8), "2024-25": rng.normal(0, 1, 8)},
            rng.normal(0, 1, 3),
            year="2025-26",
        ).holds
        for _ in range(1_000)
    )
    assert fired / 1_000 < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 1_000)


def test_the_test_of_equal_spread_is_a_table_of_one_row():
    found = brown_forsythe([[[1, 2, 3]], [[0, 2, 4]]])
    assert found.tidy().to_dict("records")[0] == {
        "statistic": found.statistic,
        "df": 1,
        "p_value": found.p_value,
        "method": "brown_forsythe",
    }


def test_an_empty_group_has_no_distances_and_no_test():
    assert math.isnan(brown_forsythe([[[]], [[0, 2, 4]]]).p_value)
