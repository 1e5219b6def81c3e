"""The archive placebo against a slow listing of every draw."""

import math
from itertools import combinations

import numpy as np
import pytest

from posanalytics.evaluation import archive
from posanalytics.evaluation.archive import EmptyArm, Shape, placebo


def listed(innovative, control, ordinary, years):
    """Return |d*| of every draw and |d|: the definition, one draw after another."""
    strata = [[*innovative, *control, *ordinary], *years]
    places = [(s, value - sum(part) / len(part)) for s, part in enumerate(strata) for value in part]
    g1, g0 = len(innovative), len(control)
    ours = 1 / g1 + 1 / g0
    found = []
    for first in combinations(range(len(places)), g1):
        rest = [place for place in range(len(places)) if place not in first]
        for second in combinations(rest, g0):
            weight = dict.fromkeys(first, 1 / g1) | dict.fromkeys(second, -1 / g0)
            left = sum(w**2 for w in weight.values()) - sum(
                sum(w for p, w in weight.items() if places[p][0] == s) ** 2 / len(part)
                for s, part in enumerate(strata)
            )
            if left > 1e-9:
                d = sum(w * places[p][1] for p, w in weight.items())
                found.append(abs(d) * math.sqrt(ours / left))
    return found, abs(sum(innovative) / g1 - sum(control) / g0)


def gains(seed, *sizes):
    rng = np.random.default_rng(seed)
    return [rng.normal(0, 0.15, size).tolist() for size in sizes]


@pytest.mark.parametrize("sizes", [(1, 1, 2), (1, 2, 0), (2, 2, 1)])
def test_p_is_the_share_of_draws_that_reach_the_observed_one(sizes):
    ours, theirs, other, *years = gains(11, *sizes, 4, 5)
    every, observed = listed(ours, theirs, other, years)
    found = placebo(ours, theirs, {"2023-24": years[0], "2024-25": years[1]}, ordinary=other)
    assert found.exact
    assert found.draws == len(every)
    assert found.p_value == sum(d >= observed - 1e-9 for d in every) / len(every)


def test_the_observed_draw_itself_counts():
    ours, theirs, other, years = [9.0], [0.0], [0.1, -0.1], [0.0, 0.1, -0.1, 0.05]
    found = placebo(ours, theirs, {"2024-25": years}, ordinary=other)
    assert found.p_value >= found.smallest_p == 2 / (8 * 7)


def test_a_year_that_was_better_for_everybody_changes_nothing():
    ours, theirs, other, *years = gains(5, 2, 3, 1, 6, 6)
    before = placebo(ours, theirs, {"1": years[0], "2": years[1]}, ordinary=other)
    moved = {"1": [g + 0.4 for g in years[0]], "2": [g - 0.2 for g in years[1]]}
    after = placebo(ours, theirs, moved, ordinary=other)
    assert after.p_value == before.p_value
    assert after.conf_low == pytest.approx(before.conf_low, abs=1e-8)


@pytest.mark.parametrize("effect", [0.0, 0.2, 0.5, -0.4])
@pytest.mark.parametrize("sizes", [(1, 1, 0), (1, 3, 2), (2, 3, 0), (3, 3, 1)])
def test_interval_and_p_always_agree(sizes, effect):
    for seed in range(12):
        ours, theirs, other, *years = gains(seed, *sizes, 8, 8)
        ours = [g + effect for g in ours]
        found = placebo(ours, theirs, {"1": years[0], "2": years[1]}, ordinary=other)
        assert (found.p_value < 0.05) == (found.conf_low > 0 or found.conf_high < 0)


def test_the_ends_of_the_interval_are_where_p_turns():
    ours, theirs, other, *years = gains(3, 2, 2, 1, 5, 5)
    kept = {"1": years[0], "2": years[1]}
    found = placebo(ours, theirs, kept, ordinary=other)

    def p_without(effect):
        return placebo([g - effect for g in ours], theirs, kept, ordinary=other).p_value

    assert p_without(found.conf_low + 1e-6) >= 0.05 > p_without(found.conf_low - 1e-6)
    assert p_without(found.conf_high - 1e-6) >= 0.05 > p_without(found.conf_high + 1e-6)


def test_nineteen_draws_can_exclude_no_effect():
    # The smallest p is 1/20, so every effect stays possible.
    found = placebo([9.0], [0.0, 0.1], {"1": [0.0, 0.1, 0.2]}, most=0, draws=19)
    assert (found.conf_low, found.conf_high) == (-math.inf, math.inf)
    assert found.p_value >= 0.05


def test_many_draws_are_sampled_and_agree_with_all_of_them():
    ours, theirs, _, *years = gains(2, 2, 3, 0, 6, 6)
    kept = {"1": years[0], "2": years[1]}
    exact = placebo(ours, theirs, kept)
    sample = placebo(ours, theirs, kept, most=0)
    assert (exact.exact, sample.exact) == (True, False)
    # Four standard errors of a share of 19,999 draws.
    slack = 4 * math.sqrt(exact.p_value * (1 - exact.p_value) / 19_999)
    assert sample.p_value == pytest.approx(exact.p_value, abs=slack)


def test_the_smallest_p_of_one_against_one_counts_pairs_of_classes():
    # STATISTICS.md section 2: K = 7 classes in the pool → 1/C(7, 2) = .048
    assert archive.smallest_p(Shape(1, 1, 0, (5,))) == 1 / math.comb(7, 2)


@pytest.mark.parametrize(
    "shape",
    [Shape(1, 3, 6, (3, 3)), Shape(1, 2, 4, (4,)), Shape(2, 3, 0, (7,)), Shape(3, 3, 0, (6,))],
)
def test_no_effect_however_large_goes_below_the_smallest_p_and_some_attain_it(shape):
    # a draw that the effect moves more than our own always counts: it is part of the smallest p
    found = []
    for seed in range(20):
        ours, theirs, other, *years = gains(
            seed, shape.innovative, shape.control, shape.ordinary, *shape.years
        )
        kept = {str(number): year for number, year in enumerate(years)}
        huge = [gain + 1e6 * (-1) ** seed for gain in ours]
        found.append(placebo(huge, theirs, kept, ordinary=other).p_value)
    assert min(found) == pytest.approx(archive.smallest_p(shape), abs=1e-12)


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (Shape(2, 3, 0, ()), False),  # no archive
        (Shape(2, 3, 0, (1,)), False),  # an archive of one class
        (Shape(2, 3, 4, (7,)), False),  # seven gains
        (Shape(2, 3, 4, (8,)), True),
        (Shape(0, 3, 4, (8, 8)), False),  # nobody to compare
    ],
)
def test_whether_the_archive_may_decide_depends_on_numbers_of_classes_alone(shape, expected):
    assert archive.usable(shape) is expected


def test_a_year_with_one_class_is_left_out():
    ours, theirs, _, years = gains(1, 1, 2, 0, 8)
    assert placebo(ours, theirs, {"1": years, "2": [0.5]}).pool == 3 + 8


def test_the_spread_is_that_inside_years_with_an_effect_taken_out():
    found = placebo([1.0, 1.2], [0.0, 0.2], {"1": [0.0, 0.4]}, ordinary=[0.1])
    squares = 0.02 + 0.02 + 0.08  # innovative; control and ordinary; archive
    assert found.df == 1 + 2 + 1
    assert found.spread == pytest.approx(math.sqrt(squares / 4))


def test_years_show_their_own_mean_and_spread():
    found = placebo([1.0], [0.0, 0.2], {"2024-25": [0.0, 0.4, 0.2]})
    year = found.years[0]
    assert (year.school_year, year.classes, round(year.mean, 12)) == ("2024-25", 3, 0.2)
    assert year.spread == pytest.approx(0.2)


def test_differences_for_the_figure_hold_no_innovative_class():
    # One innovative class far away: differences between ordinary classes stay small.
    found = placebo([50.0], [0.0, 0.1], {"1": [0.0, 0.1, 0.2, 0.1]}, ordinary=[0.2])
    with_ours, _ = listed([50.0], [0.0, 0.1], [0.2], [[0.0, 0.1, 0.2, 0.1]])
    assert len(found.differences) == math.comb(7, 3) * 3
    assert len(with_ours) > len(found.differences)
    assert found.smaller <= len(found.differences)


@pytest.mark.parametrize("draws", [199, 100_000])
def test_p_is_the_count_of_the_draws_that_the_figure_shows(draws):
    # (b + 1) / (B + 1) of a sample, b / B of a list of all.
    years = {"1": [0.0, 0.1, 0.2, 0.1], "2": [0.3, 0.1, 0.2, 0.5]}
    found = placebo([0.6, 0.4], [0.0, 0.1], years, most=draws, draws=199)
    one = 0 if found.exact else 1
    assert found.exact == (draws > 199)
    assert found.p_value == (found.reached + one) / (len(found.drawn) + one)
    assert found.reached == sum(abs(found.drawn) >= abs(found.observed) - 1e-9)


def test_a_far_effect_is_noticed_four_times_in_five():
    # Known truth: 2,000 schools of 2 against 3 with an effect of that size.
    shape = Shape(2, 3, 2, (8, 8))
    effect = archive.detectable_factor(shape)
    rng = np.random.default_rng(20)
    noticed = 0
    for _ in range(300):
        all_gains = rng.normal(0, 1, shape.pool)
        ours = all_gains[:2] + effect
        found = placebo(
            ours,
            all_gains[2:5],
            {"1": all_gains[7:15], "2": all_gains[15:]},
            ordinary=all_gains[5:7],
            most=0,
            draws=999,
        )
        noticed += found.p_value < 0.05
    # Four standard errors of a share of 300, and as much again for the 400 schools of the factor.
    assert noticed / 300 == pytest.approx(0.80, abs=4 * math.sqrt(0.8 * 0.2 / 300))


def test_without_a_second_class_nothing_is_ever_noticed():
    assert archive.detectable_factor(Shape(1, 1, 0, ())) == math.inf


def test_the_result_is_a_table_of_one_row():
    found = placebo([1.0], [0.0, 0.2], {"1": [0.0, 0.4, 0.2]})
    assert found.tidy().loc[0, "method"] == "archive_placebo"


@pytest.mark.parametrize("gap", ["arm", "archive"])
def test_a_gain_that_is_missing_leaves_the_placebo_without_an_answer(gap):
    ours = [0.5, math.nan] if gap == "arm" else [0.5, 0.4]
    earlier = {"2023-24": [0.1, 0.2, math.nan if gap == "archive" else 0.3, 0.0, 0.1, 0.2]}
    earlier["2022-23"] = [0.0, 0.1, 0.1, 0.2, 0.3, 0.2]
    found = placebo(ours, [0.1, 0.2, 0.0], earlier)
    assert math.isnan(found.p_value)
    assert math.isnan(found.conf_low)
    assert math.isnan(found.conf_high)
    assert not found.usable
    assert math.isnan(archive.placebo_p(ours, [0.1, 0.2, 0.0], earlier))


@pytest.mark.parametrize(("ours", "theirs"), [([], [0.1, 0.2]), ([0.5], []), ([], [])])
def test_a_group_without_classes_cannot_be_placed(ours, theirs):
    earlier = {"2024-25": [0.1, 0.3, 0.2, 0.0]}
    said = f"{len(ours)} innovative and {len(theirs)} control classes"
    for method in (placebo, archive.placebo_p):
        with pytest.raises(EmptyArm, match=said):
            method(ours, theirs, earlier)


def test_a_design_with_an_empty_group_is_refused_before_any_result():
    shape = Shape(0, 2, 0, (8,))
    assert not archive.usable(shape)
    with pytest.raises(EmptyArm, match="Put classes into both groups"):
        archive.smallest_p(shape)
