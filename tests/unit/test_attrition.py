"""Who was lost, and whether that can bias the answer."""

import math

import pandas as pd
import pytest
from scipy.special import ndtri

from posanalytics.evaluation.attrition import attrition, bias, boundary


def membership(**counts):
    """Return members: label=(both, left, joined)."""
    rows = [
        (label, kind)
        for label, numbers in counts.items()
        for kind, number in zip(("both", "left", "joined"), numbers, strict=True)
        for _ in range(number)
    ]
    return pd.DataFrame(rows, columns=["class_label", "membership"])


def judged(**counts):
    return attrition(membership(**counts), innovative=["А"], control=["Б"])


def test_losses_are_shares_of_those_who_began():
    found = judged(А=(18, 2, 5), Б=(24, 1, 0))
    assert found.overall == 3 / 45
    assert found.differential == 2 / 20 - 1 / 25
    assert (found.began_innovative, found.began_control) == (20, 25)


def test_joiners_are_counted_and_change_no_share():
    assert judged(А=(18, 2, 5), Б=(24, 1, 0)).joined_innovative == 5


def test_no_loss_is_within_the_cautious_boundary():
    found = judged(А=(20, 0, 0), Б=(20, 0, 0))
    assert found.acceptable
    assert found.overall == 0


def test_equal_losses_of_a_tenth_are_acceptable():
    assert judged(А=(18, 2, 0), Б=(18, 2, 0)).determination == "cautious"


def test_a_gap_between_the_boundaries_is_only_optimistically_acceptable():
    # Overall 10 %, differential 8 points: WWC table 6.3 cautious, 10.9 optimistic.
    found = judged(А=(86, 14, 0), Б=(94, 6, 0))
    assert found.determination == "optimistic"


def test_a_wide_gap_is_outside():
    # Overall 10 %, differential 12 points: beyond 10.9.
    assert judged(А=(84, 16, 0), Б=(96, 4, 0)).determination == "outside"


def test_losing_seven_in_ten_is_outside_even_when_equal():
    # (0.27 − 0.22)·φ(Φ⁻¹(0.7))/0.3 = 0.058, more than rounds to 0.05.
    assert judged(А=(3, 7, 0), Б=(3, 7, 0)).determination == "outside"


def test_equal_losses_that_are_too_many_are_told_from_uneven_ones():
    # Seven of ten on both sides: (.45 − .39)·φ(.524)/.3 = .0695 > .055 without any difference.
    even = judged(А=(30, 70, 0), Б=(30, 70, 0))
    assert even.too_many
    # A half of one side and nobody of the other: a quarter in all would do if it were even.
    uneven = judged(А=(50, 50, 0), Б=(100, 0, 0))
    assert uneven.determination == "outside"
    assert not uneven.too_many


def test_other_classes_do_not_count():
    assert judged(А=(18, 2, 0), Б=(18, 2, 0), В=(0, 20, 0)).overall == 4 / 40


def test_an_empty_group_is_unknown():
    found = judged(А=(20, 0, 0))
    assert found.determination == "unknown"
    assert math.isnan(found.overall)


def test_bias_is_the_difference_of_the_means_of_those_who_stay():
    # Mean of a normal variable above its quantile P: φ(Φ⁻¹(P))/(1 − P); at P = 1/2 it is 2φ(0).
    half = 2 / math.sqrt(2 * math.pi)
    assert bias(0.5, 0.5) == pytest.approx((0.45 - 0.39) * half)
    assert float(ndtri(0.5)) == 0


def test_no_loss_makes_no_bias():
    assert bias(0, 0) == 0


@pytest.mark.parametrize(("overall", "expected"), [(0.0, 0.0), (0.01, 0.02), (0.7, 0.0)])
def test_the_boundary_at_its_ends(overall, expected):
    # 1 % lost in all cannot differ by more than 2 points; 70 % is beyond any tolerance.
    assert boundary(overall) == pytest.approx(expected, abs=1e-9)


def test_the_result_is_a_table_of_one_row():
    assert judged(А=(18, 2, 0), Б=(18, 2, 0)).tidy().shape[0] == 1


def test_losing_everybody_on_both_sides_is_outside():
    found = judged(А=(0, 5, 0), Б=(0, 5, 0))
    assert (found.overall, found.differential) == (1.0, 0.0)
    assert found.determination == "outside"


def test_the_bias_of_a_group_of_whom_nobody_stayed_is_unknown():
    assert math.isnan(bias(1.0, 0.0))


def test_an_unknown_loss_has_no_boundary():
    assert math.isnan(boundary(math.nan))
