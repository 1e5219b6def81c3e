"""Whom we may be losing, and for whom a difference holds: arithmetic on small classes."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from posanalytics.evaluation.gaps import by_parallel, gap_closing, lower_tail
from posanalytics.evaluation.residuals import pupil_residuals


def pupils(classes, **columns):
    """Return a row per pupil: {label: (innovative, before, after)} with lists of marks."""
    rows = [
        (f"{label}{place}", label, ours, float(was), float(now))
        for label, (ours, before, after) in classes.items()
        for place, (was, now) in enumerate(zip(before, after, strict=True))
    ]
    frame = pd.DataFrame(rows, columns=["pupil", "class_label", "innovative", "before", "after"])
    return frame.assign(**columns)


TAILS = {
    "5А": (1, [3, 3, 4, 5], [4, 4, 4, 5]),  # half at 3 before, none after: −.50
    "6А": (1, [3, 4, 4, 5], [3, 4, 4, 5]),  # 0
    "5Б": (0, [3, 3, 4, 5], [3, 3, 4, 5]),  # 0
    "6Б": (0, [4, 4, 4, 5], [3, 4, 4, 5]),  # +.25
}


def test_the_lower_tail_is_a_change_of_shares_class_by_class():
    found = lower_tail(pupils(TAILS))
    assert found.by_class == {"5А": -0.5, "6А": 0.0, "5Б": 0.0, "6Б": 0.25}
    assert found.difference.estimate == -0.25 - 0.125
    assert found.permutation.smallest_p == 1 / 3


def weak_and_strong(gains):
    """Return classes of ten whose weak five gain what is given and whose others gain nothing."""
    frame = pupils(
        {
            label: (ours, [3] * 5 + [4] * 5, [3 + gain] * 5 + [4] * 5)
            for label, (ours, gain) in gains.items()
        }
    )
    return frame.assign(earlier=([3.0] * 5 + [4.0] * 5) * len(gains))


def test_the_gap_closes_by_what_the_weak_gained_more():
    found = gap_closing(
        weak_and_strong({"5А": (1, 0.6), "5Б": (0, 0.1), "6А": (1, 0.4), "6Б": (0, 0.3)})
    )
    assert found.by_class == pytest.approx({"5А": 0.6, "5Б": 0.1, "6А": 0.4, "6Б": 0.3})
    assert found.difference.estimate == pytest.approx(0.5 - 0.2)


def test_who_is_weak_is_decided_by_the_earlier_term():
    frame = weak_and_strong({"5А": (1, 0.6), "5Б": (0, 0.1), "6А": (1, 0.4), "6Б": (0, 0.3)})
    turned = frame.assign(earlier=7 - frame["earlier"])
    # those called weak now are the others, who gained nothing
    assert gap_closing(turned).difference.estimate == pytest.approx(-(0.5 - 0.2))


def test_four_weak_pupils_in_an_arm_are_too_few():
    frame = weak_and_strong({"5А": (1, 0.6), "5Б": (0, 0.1)})
    found = gap_closing(frame.drop(index=0))
    assert found.reason == "few_weak"
    assert math.isnan(found.difference.estimate)


def test_each_parallel_has_its_own_difference():
    table = by_parallel(pupils(TAILS)).set_index("year_group")
    # gains: 5А (1 + 1)/4 against 5Б 0; 6А 0 against 6Б −1/4
    assert table.loc[5, "estimate"] == 0.5
    assert table.loc[6, "estimate"] == 0.25
    assert table["p_value"].isna().all()


def test_a_parallel_with_one_arm_is_not_compared():
    assert list(by_parallel(pupils({**TAILS, "7А": (1, [4], [5])}))["year_group"]) == [5, 6]


def class_of(number=12, subjects=("Алгебра", "История"), lost=0):
    """Return a class in which everybody keeps the mark and pupil `lost` falls by two."""
    rows = [
        (f"{place:02}", "7А", subject, 4.0, 4.0 + 0.3 * (-1) ** place - 2.0 * (place == lost), 6)
        for subject in subjects
        for place in range(number)
    ]
    columns = ["pupil", "class_label", "subject", "before", "after", "marks"]
    return pd.DataFrame(rows, columns=columns)


def test_a_pupil_who_fell_in_two_subjects_is_noticed():
    found = pupil_residuals(class_of(), mark_variance=0.5)
    assert list(found.loc[found["flagged"], "pupil"]) == ["00"]


def test_a_fall_in_one_subject_is_not_enough():
    rows = class_of()
    rows.loc[(rows["pupil"] == "00") & (rows["subject"] == "История"), "after"] = 4.1
    assert not pupil_residuals(rows, mark_variance=0.5)["flagged"].any()


def test_residuals_are_drawn_towards_nothing_by_their_reliability():
    found = pupil_residuals(class_of(), mark_variance=0.5)
    # error of the mean of two subjects, six marks each: 2 · .5/6 / 4
    error = 2 * 0.5 / 6 / 4
    true = found["residual"].var() - error
    assert found["reliability"].to_numpy() == pytest.approx(true / (true + error))
    assert (found["shrunken"] == found["reliability"] * found["residual"]).all()


def test_marks_that_are_all_chance_notice_nobody():
    found = pupil_residuals(class_of(), mark_variance=1e3)
    assert (found["shrunken"] == 0).all()
    assert not found["flagged"].any()


def test_a_class_that_all_gained_the_same_has_no_residuals():
    rows = class_of(lost=99).assign(after=4.7)
    assert np.allclose(pupil_residuals(rows, mark_variance=0.5)["residual"], 0.0)


def test_nine_pupils_are_too_few():
    assert pupil_residuals(class_of(9), mark_variance=0.5).empty


def test_a_lowest_third_made_of_ties_is_refused():
    frame = weak_and_strong({"5А": (1, 0.6), "5Б": (0, 0.1), "6А": (1, 0.4), "6Б": (0, 0.3)})
    found = gap_closing(frame.assign(earlier=4.0))
    assert found.reason == "ties"
    assert math.isnan(found.difference.estimate)


def test_a_third_that_is_six_tenths_of_a_parallel_is_refused():
    frame = weak_and_strong({"5А": (1, 0.6), "5Б": (0, 0.1)})
    assert gap_closing(frame.assign(earlier=([3.0] * 6 + [4.0] * 4) * 2)).reason == "ties"


def sloped(**columns):
    """Return a class of twelve whose marks keep their distances but for ±.3: slope one."""
    rows = class_of(lost=99)
    place = rows["pupil"].astype(int)
    before = 4 + 0.2 * (place // 2) - 0.5
    return rows.assign(before=before, after=before + 0.3 * (-1.0) ** place, **columns)


def test_the_chance_of_the_marks_before_is_part_of_the_error():
    found = pupil_residuals(sloped(), mark_variance=0.1)
    # residuals ±.3 of twelve; both terms have six marks and the slope is one
    variance, error = 12 * 0.09 / 11, 2 * (0.1 / 6 + 0.1 / 6) / 4
    expected = (variance - error) / variance
    assert found["reliability"].to_numpy() == pytest.approx(expected)


def test_few_marks_before_make_a_residual_less_reliable():
    found = pupil_residuals(sloped(marks_before=2), mark_variance=0.1)
    variance, error = 12 * 0.09 / 11, 2 * (0.1 / 6 + 0.1 / 2) / 4
    assert found["reliability"].to_numpy() == pytest.approx((variance - error) / variance)


def test_a_fall_of_a_tenth_of_a_mark_notices_nobody():
    rows = class_of(lost=99)
    fell = rows["pupil"] == "00"
    # 1 of 12 is more than 1.5 standard deviations down, whatever the size of the fall
    found = pupil_residuals(rows.assign(after=4.0 - 0.1 * fell), mark_variance=1e-6)
    assert found["shrunken"].min() < -1.5 * found["shrunken"].std()
    assert not found["flagged"].any()


def test_four_of_twelve_who_fell_alike_are_not_apart():
    rows = class_of(lost=99)
    fell = rows["pupil"].isin(["00", "01", "02", "03"])
    found = pupil_residuals(rows.assign(after=4.5 - 1.5 * fell), mark_variance=1e-6)
    # four at −1, eight at +.5: the standard deviation is √(6/11) = .74 and −1 is 1.35 of it
    assert found["shrunken"].min() == pytest.approx(-1.0, rel=1e-5)
    assert not found["flagged"].any()
