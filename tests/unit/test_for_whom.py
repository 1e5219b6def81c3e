"""Whom we may be losing, and for whom a difference holds: arithmetic on small classes."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from posanalytics import for_whom
from posanalytics.evaluation.estimators import two_step
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


def single_marks(frame):
    """Return a row per mark: one term before, one after."""
    parts = [frame.assign(phase=phase, mark=frame[phase]) for phase in ("before", "after")]
    return pd.concat(parts)[["pupil", "class_label", "innovative", "phase", "mark"]]


def test_the_lower_tail_is_a_change_of_shares_class_by_class():
    found = lower_tail(single_marks(pupils(TAILS)))
    assert found.by_class == {"5А": -0.5, "6А": 0.0, "5Б": 0.0, "6Б": 0.25}
    assert found.difference.estimate == -0.25 - 0.125
    assert found.permutation.smallest_p == 1 / 3


def with_terms(classes):
    """Return a row per mark: {label: (innovative, marks before, marks of each term after)}."""
    rows = [
        (f"{label}{place}", label, ours, phase, mark)
        for label, (ours, before, *after) in classes.items()
        for phase, terms in (("before", [before]), ("after", after))
        for marks in terms
        for place, mark in enumerate(marks)
    ]
    return pd.DataFrame(rows, columns=["pupil", "class_label", "innovative", "phase", "mark"])


def test_more_terms_after_than_before_leave_no_fall_of_the_share_by_themselves():
    # half of all marks are 3 in every term, for other pupils each time: the means over two terms
    # are 3, 3.5, 3.5, 4 and a quarter of them is 3
    found = lower_tail(
        with_terms({"5А": (1, [3, 3, 4, 4], [3, 3, 4, 4], [3, 4, 3, 4]), "5Б": (0, [3], [3], [3])})
    )
    assert found.by_class["5А"] == 0.0


def test_pupils_of_the_lower_tail_are_counted_once():
    found = lower_tail(with_terms({"5А": (1, [3, 4], [3, 4], [4, 4]), "5Б": (0, [3], [3], [3])}))
    assert (found.pupils_innovative, found.pupils_control, found.fewest) == (2, 1, 1)


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


def test_a_class_with_four_others_has_no_value_and_is_named():
    frame = weak_and_strong({"5А": (1, 0.6), "6А": (1, 0.2), "5Б": (0, 0.1), "6Б": (0, 0.3)})
    # 5А keeps five weak and four others; 5Б has five others more, so that weak are the fewer
    found = gap_closing(pd.concat([frame.drop(index=5), frame[frame["class_label"] == "5Б"][5:]]))
    assert found.left_out == ("5А",)
    assert found.by_class == pytest.approx({"6А": 0.2, "5Б": 0.1, "6Б": 0.3})
    assert found.tidy()["left_out"].tolist() == ["5А"]


def test_a_class_with_one_weak_pupil_has_no_value_and_is_named():
    frame = weak_and_strong({"5А": (1, 0.6), "6А": (1, 0.2), "5Б": (0, 0.1), "6Б": (0, 0.3)})
    found = gap_closing(frame.drop(index=[1, 2, 3, 4]))
    assert found.left_out == ("5А",)
    # the weak of 6А are five, those of the control ten; its others are five too
    assert (found.pupils_innovative, found.pupils_control, found.fewest) == (5, 10, 5)


def test_too_few_others_on_one_side_are_no_answer():
    frame = weak_and_strong({"5А": (1, 0.6), "5Б": (0, 0.1)})
    found = gap_closing(pd.concat([frame.drop(index=5), frame[15:]]))
    assert found.reason == "few_weak"
    assert found.left_out == ("5А",)


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
    table = by_parallel(pupils(TAILS)).tidy().set_index("year_group")
    # gains: 5А (1 + 1)/4 against 5Б 0; 6А 0 against 6Б −1/4
    assert table.loc[5, "estimate"] == 0.5
    assert table.loc[6, "estimate"] == 0.25
    assert table["p_value"].isna().all()


def test_a_parallel_with_one_arm_is_not_compared():
    found = by_parallel(pupils({**TAILS, "7А": (1, [4], [5])}))
    assert [own.year_group for own in found.parallels] == [5, 6]


def test_without_both_arms_in_a_parallel_the_table_is_empty():
    table = by_parallel(pupils({"5А": (1, [4], [5]), "6А": (0, [4], [5])})).tidy()
    assert table.empty
    assert "year_group" in table.columns


def listed(rows, **options):
    """Return the residuals as a table."""
    return pupil_residuals(rows, **options).tidy()


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
    found = listed(class_of(), mark_variance=0.5)
    assert list(found.loc[found["flagged"], "pupil"]) == ["00"]


def test_a_fall_in_one_subject_is_not_enough():
    rows = class_of()
    rows.loc[(rows["pupil"] == "00") & (rows["subject"] == "История"), "after"] = 4.1
    assert not listed(rows, mark_variance=0.5)["flagged"].any()


def test_a_fall_that_all_classmates_share_is_no_second_subject():
    rows = class_of()
    first = rows["pupil"] == "00"
    history = rows["subject"] == "История"
    # in history everybody fell by .1, pupil 00 as well; in algebra pupil 00 alone by two
    rows.loc[history, "after"] = 3.9
    found = listed(rows, mark_variance=0.5)
    # algebra: 4.3 − 2 less the class mean of 4 − 2/12; history: nothing
    expected = (2.3 - (4 - 2 / 12)) / 2
    assert found.loc[found["pupil"] == "00", "residual"].item() == pytest.approx(expected)
    assert (rows.loc[first, "after"] < rows.loc[first, "before"]).all()
    assert not found["flagged"].any()
    assert found.loc[found["pupil"] == "00", "fallen"].item() == 1


def test_a_lag_that_may_be_chance_in_each_subject_is_not_clear():
    rows = class_of(lost=99)
    fell = rows["pupil"] == "00"
    # −.5·11/12 = −.46 in both subjects; chance of one is √(.6/6) = .32, and 1.5 of it is .47
    found = listed(rows.assign(after=4.0 - 0.5 * fell), mark_variance=0.6)
    assert found.loc[found["pupil"] == "00", "fallen"].item() == 0
    surer = listed(rows.assign(after=4.0 - 0.5 * fell), mark_variance=0.5)
    assert surer.loc[surer["pupil"] == "00", "fallen"].item() == 2


def test_a_mean_of_two_terms_is_as_certain_as_its_worth():
    found = listed(sloped(worth=3.6, worth_before=2.0), mark_variance=0.1)
    variance, error = 12 * 0.09 / 10, 2 * (0.1 / 3.6 + 0.1 / 2) / 4
    assert found["signal"].to_numpy() == pytest.approx((variance - error) / variance)


def test_residuals_are_drawn_towards_nothing_by_their_reliability():
    found = listed(class_of(), mark_variance=0.5)
    # error of the mean of two subjects, six marks each: 2 · .5/6 / 4
    error = 2 * 0.5 / 6 / 4
    true = found["residual"].var() - error
    assert found["signal"].to_numpy() == pytest.approx(true / (true + error))
    assert (found["shrunken"] == found["signal"] * found["residual"]).all()


def test_marks_that_are_all_chance_notice_nobody():
    found = listed(class_of(), mark_variance=1e3)
    assert (found["shrunken"] == 0).all()
    assert not found["flagged"].any()


def test_a_class_that_all_gained_the_same_has_no_residuals():
    rows = class_of(lost=99).assign(after=4.7)
    assert np.allclose(listed(rows, mark_variance=0.5)["residual"], 0.0)


def test_nine_pupils_are_too_few():
    assert listed(class_of(9), mark_variance=0.5).empty


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
    found = listed(sloped(), mark_variance=0.1)
    # residuals ±.3 of twelve less a mean and a slope of one; both terms have six marks
    variance, error = 12 * 0.09 / 10, 2 * (0.1 / 6 + 0.1 / 6) / 4
    expected = (variance - error) / variance
    assert found["signal"].to_numpy() == pytest.approx(expected)


def test_few_marks_before_make_a_residual_less_reliable():
    found = listed(sloped(marks_before=2), mark_variance=0.1)
    variance, error = 12 * 0.09 / 10, 2 * (0.1 / 6 + 0.1 / 2) / 4
    assert found["signal"].to_numpy() == pytest.approx((variance - error) / variance)


def test_a_fall_of_a_tenth_of_a_mark_notices_nobody():
    rows = class_of(lost=99)
    fell = rows["pupil"] == "00"
    # 1 of 12 is more than 1.5 standard deviations down, whatever the size of the fall
    found = listed(rows.assign(after=4.0 - 0.1 * fell), mark_variance=1e-6)
    assert found["shrunken"].min() < -1.5 * found["shrunken"].std()
    assert not found["flagged"].any()


def test_four_of_twelve_who_fell_alike_are_not_apart():
    rows = class_of(lost=99)
    fell = rows["pupil"].isin(["00", "01", "02", "03"])
    found = listed(rows.assign(after=4.5 - 1.5 * fell), mark_variance=1e-6)
    # four at −1, eight at +.5: the standard deviation is √(6/11) = .74 and −1 is 1.35 of it
    assert found["shrunken"].min() == pytest.approx(-1.0, rel=1e-5)
    assert not found["flagged"].any()


def half_as_far():
    """Return a class of twelve whose distances are halved but for ±.3: slope one half."""
    rows = class_of(lost=99)
    place = rows["pupil"].astype(int)
    return rows.assign(
        before=4 + 0.2 * (place // 2) - 0.5, after=4 + 0.1 * (place // 2) + 0.3 * (-1.0) ** place
    )


def test_what_uncertain_marks_leave_of_the_level_is_chance_in_all_subjects_at_once():
    found = listed(half_as_far(), mark_variance=0.1)
    # x̄ and ȳ of two subjects with six marks have chance .1/6/2 each; nobody changed means
    # e = e₁ + b²e₀ + b(1 − b)e₀ with b = 1/2
    chance = 0.1 / 6 / 2
    variance, error = 12 * 0.09 / 10, chance * (1 + 0.25 + 0.25)
    assert found["signal"].to_numpy() == pytest.approx((variance - error) / variance)


def test_rounding_is_chance_too():
    found = listed(sloped(), mark_variance=0.1, rounding=0.5)
    # a uniform error over a step of .5 has variance 1/48; two terms, two subjects, slope one
    variance, error = 12 * 0.09 / 10, 2 * (0.1 / 6 + 1 / 48) / 2
    assert found["signal"].to_numpy() == pytest.approx((variance - error) / variance)


def unchanged(rng, *, classes=6, pupils=25, subjects=6, number=8):
    """Return a school where nobody's level changes, subjects share much of it, marks are 2 to 5."""
    shape = (classes, pupils, subjects)
    ability = rng.normal(0, 0.5, shape[:2])[..., None] + rng.normal(0, 0.33, shape)
    terms = rng.normal(3.8 + ability[..., None, None], 0.7, (*shape, 2, number))
    marks = np.clip(np.round(terms), 2, 5)
    places = [axis.ravel() for axis in np.indices(shape)]
    means = marks.mean(axis=-1).reshape(-1, 2)
    frame = pd.DataFrame(
        {
            "pupil": [f"{label}-{pupil}" for label, pupil in zip(*places[:2], strict=True)],
            "class_label": [f"{5 + label}А" for label in places[0]],
            "subject": [f"subject {subject}" for subject in places[2]],
            "before": means[:, 0],
            "after": means[:, 1],
            "marks": number,
        }
    )
    return frame, float(marks.var(axis=-1, ddof=1).mean())


def test_where_nobody_changed_hardly_anything_is_left_of_residuals():
    # Known truth. df = 150 − 6 − 1 = 143: a variance estimated with it is 1 ± √(2/143) of itself,
    # and what stands above one is √(2/143)·φ(0) = .047 on average.
    rng = np.random.default_rng(7)
    kept = []
    for _ in range(30):
        rows, variance = unchanged(rng)
        kept.append(listed(rows, mark_variance=variance)["signal"].mean())
    assert np.mean(kept) < 0.047 + 3 * 0.07 / math.sqrt(30)


def test_no_more_pupils_than_classes_leave_no_residuals():
    rows = class_of(subjects=("Алгебра",)).assign(after=[3.0, 5.0] * 6)
    alone = rows.assign(
        class_label=[f"{place}А" for place in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11]]
    )
    assert (listed(alone.assign(before=4.0), mark_variance=1e-6)["signal"] > 0).all()
    apart = rows.assign(class_label=[f"7{letter}" for letter in "АБВГДЕЖЗИКЛМ"])
    assert (listed(apart, mark_variance=1e-6)["signal"] == 0).all()


def test_the_order_of_rows_changes_no_bit_of_the_residuals():
    rows, variance = unchanged(np.random.default_rng(1), classes=2)
    mixed = rows.sample(frac=1, random_state=2)
    assert pupil_residuals(mixed, mark_variance=variance) == pupil_residuals(
        rows, mark_variance=variance
    )


def test_a_tied_parallel_is_left_out_and_named():
    gains = {"5А": (1, 0.6), "5Б": (0, 0.1), "6А": (1, 0.4), "6Б": (0, 0.3)}
    frame = weak_and_strong(gains)
    tied = frame["class_label"].str.startswith("6")
    found = gap_closing(frame.assign(earlier=frame["earlier"].where(~tied, 4.0)))
    assert found.reason == ""
    assert found.tied == (6,)
    assert found.by_class == pytest.approx({"5А": 0.6, "5Б": 0.1})
    assert found.difference.estimate == pytest.approx(0.6 - 0.1)
    assert found.tidy()["tied"].tolist() == ["6"]


def test_pupils_of_a_tied_parallel_are_not_counted_as_weak():
    frame = weak_and_strong({"5А": (1, 0.6), "6А": (1, 0.4), "6Б": (0, 0.3)})
    tied = frame["class_label"].str.startswith("6")
    found = gap_closing(frame.assign(earlier=frame["earlier"].where(~tied, 4.0)))
    assert found.reason == "few_weak"
    assert (found.pupils_innovative, found.pupils_control) == (5, 0)


def test_every_parallel_tied_leaves_the_reason_and_their_names():
    frame = weak_and_strong({"5А": (1, 0.6), "5Б": (0, 0.1), "6А": (1, 0.4), "6Б": (0, 0.3)})
    found = gap_closing(frame.assign(earlier=4.0))
    assert (found.reason, found.tied) == ("ties", (5, 6))


def test_two_classes_a_parallel_do_not_tell_whether_parallels_differ():
    found = by_parallel(pupils(TAILS))
    assert math.isnan(found.p_value)


def test_the_table_of_parallels_says_whether_they_differ():
    gains = {"5А": 2.0, "5Б": 0.1, "5В": -0.1, "6А": 0.0, "6Б": 0.1, "6В": -0.1}
    found = by_parallel(
        pupils({label: (label[1] == "А", [3], [3 + gain]) for label, gain in gains.items()})
    )
    # d = 2 and 0, w = 2/3 each: Σw(d − 1)² = 4/3; inside .02 + .02 with two degrees of freedom
    table = found.tidy()
    assert table["heterogeneity_statistic"].to_numpy() == pytest.approx((4 / 3) / 0.02)
    assert table["heterogeneity_df"].tolist() == [2, 2]
    # F with 1 and 2 degrees of freedom is t²: p = 1 − t/√(t² + 2)
    squared = (4 / 3) / 0.02
    expected = 1 - math.sqrt(squared / (squared + 2))
    assert table["heterogeneity_p"].to_numpy() == pytest.approx(expected)


def test_one_parallel_differs_from_nothing():
    classes = {"5А": (1, [3], [5]), "5Б": (0, [3], [3]), "5В": (0, [3], [4])}
    assert math.isnan(by_parallel(pupils(classes)).p_value)


def test_parallels_of_equal_gains_have_no_spread_to_differ_by():
    classes = {
        f"{grade}{letter}": (letter == "А", [3], [4]) for grade in (5, 6) for letter in "АБВ"
    }
    assert math.isnan(by_parallel(pupils(classes)).p_value)


def test_marks_whose_chance_is_unknown_leave_nobody_to_name():
    assert pupil_residuals(class_of(), mark_variance=math.nan).pupils == ()


def test_a_value_with_an_unknown_number_of_marks_does_not_count():
    rows = class_of(subjects=("Алгебра",))
    gone = rows.assign(marks=rows["marks"].where(rows["pupil"] != "03"))
    assert len(pupil_residuals(gone, mark_variance=0.5).pupils) == 11


def four_classes():
    return weak_and_strong({"5А": (1, 0.6), "5Б": (0, 0.1), "6А": (1, 0.4), "6Б": (0, 0.3)})


def lower_tail_of(frame):
    return lower_tail(single_marks(frame))


@pytest.mark.parametrize("compared", [lower_tail_of, gap_closing, by_parallel])
def test_the_order_of_rows_changes_no_bit(compared):
    frame = four_classes()
    mixed = frame.sample(frac=1, random_state=5)
    assert compared(mixed).tidy().equals(compared(frame).tidy())


@pytest.mark.parametrize("compared", [lower_tail_of, gap_closing, by_parallel])
def test_swapping_the_arms_turns_the_sign(compared):
    frame = four_classes().assign(after=lambda rows: rows["after"] - 0.5 * (rows["before"] > 3.5))
    first, second = (
        compared(rows).tidy()["estimate"].to_numpy()
        for rows in (frame, frame.assign(innovative=1 - frame["innovative"]))
    )
    assert second == pytest.approx(-first)


def test_ten_pupils_are_enough():
    assert len(pupil_residuals(class_of(10), mark_variance=0.5).pupils) == 10


def test_a_fall_of_a_third_of_a_mark_is_noticed():
    rows = class_of(lost=99)
    fell = rows["pupil"] == "00"
    # −.38 less the class mean of −.38/12 is −.35, three standard deviations down
    found = listed(rows.assign(after=4.0 - 0.38 * fell), mark_variance=1e-6)
    assert list(found.loc[found["flagged"], "pupil"]) == ["00"]


def limits_of_ordinary_classes(ours, theirs, *, times=4_000):
    """Return width and whether 0 is missed, for schools in which nothing happened."""
    rng = np.random.default_rng(20261124)
    found = [two_step(rng.normal(size=ours), rng.normal(size=theirs)) for _ in range(times)]
    widths = np.array([one.conf_high - one.conf_low for one in found])
    return widths, np.array([not one.conf_low <= 0 <= one.conf_high for one in found])


def test_limits_from_three_classes_hold_over_all_but_not_where_they_look_exact():
    widths, missed = limits_of_ordinary_classes(1, 2)
    # three binomial standard errors of 4,000 schools about 5 %
    assert missed.mean() == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / 4_000))
    exact = widths <= np.quantile(widths, 0.1)
    assert missed[exact].mean() > 0.4


def test_three_classes_have_no_limits_to_show():
    three, four = two_step([0.3], [0.1, 0.12]), two_step([0.3], [0.1, 0.12, 0.4])
    assert for_whom._between(three) == "границ нет: классов слишком мало"
    assert for_whom._between(four).startswith("от −")


def test_limits_beside_a_signed_difference_carry_their_signs():
    # ±4.303·s·√(1/2 + 1/2) of df = 2 about 0.42; s² = (0.02 + 0)/2, so s = 0.1
    assert for_whom._between(two_step([0.52, 0.32], [0.0, 0.0])) == "от −0,01 до +0,85"
