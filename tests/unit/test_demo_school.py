"""The made-up school: what it is made of, and that its true effect is the one it states."""

import numpy as np
import pandas as pd
import pytest

from posanalytics.demo.enrolment import FEWEST, MOST
from posanalytics.demo.latent import MATHEMATICS, PHYSICAL, SUBJECTS, Model
from posanalytics.demo.school import (
    ASSESSED,
    CONTROL,
    EXEMPT,
    INNOVATIVE,
    NOT_ASSESSED,
    YEAR,
    ImpossibleSchool,
    compared_classes,
    simulate,
)
from posanalytics.demo.school_days import THIS_YEAR

KEYS = ["pupil", "class_label", "subject", "term"]


def term_marks(seed, effect, **options):
    return simulate(seed, effect, **options).term_marks()


def test_the_same_seed_gives_the_same_marks():
    pd.testing.assert_frame_equal(term_marks(5, 0.3), term_marks(5, 0.3))


def test_another_seed_gives_another_school():
    assert not term_marks(5, 0.0).equals(term_marks(6, 0.0))


def test_an_effect_changes_only_innovative_classes_from_the_start_term_on():
    school = simulate(7, 0.4)
    without = term_marks(7, 0.0)
    both = school.term_marks().merge(without, on=KEYS, suffixes=("", "_0"), validate="1:1")
    changed = both[both["mark"].ne(both["mark_0"]) & both["mark"].notna()]
    assert len(both) == len(without)
    assert set(changed["class_label"]) == set(school.truth.innovative)
    assert set(changed["term"]) == {school.truth.start}


@pytest.mark.parametrize("effect", [0.3, 0.1, -0.2])
def test_the_stated_effect_is_the_mean_difference_that_it_makes_in_printed_marks(effect):
    school = simulate(11, effect)
    both = school.term_marks().merge(term_marks(11, 0.0), on=KEYS, suffixes=("", "_0"))
    own = both[both["class_label"].isin(school.truth.innovative)]
    before = own[(own["term"] == "2025-26-Q1") & own["mark"].notna()][KEYS[:3]]
    after = own[(own["term"] == "2025-26-Q2") & own["mark"].notna()]
    counted = after.merge(before, on=KEYS[:3], validate="1:1")
    assert school.truth.effect_realised == pytest.approx(
        (counted["mark"] - counted["mark_0"]).mean(), abs=1e-12
    )


@pytest.mark.parametrize("seed", range(5))
def test_the_realised_effect_is_within_half_a_mark_of_one_pupil_of_the_asked_one(seed):
    truth = simulate(seed, 0.3).truth
    # One mark of one pupil in the smallest class, 12 pupils less н/а and joiners, × 8 subjects.
    assert abs(truth.effect_realised - 0.3) <= 0.5 / (10 * len(SUBJECTS))


def test_without_an_effect_nothing_is_lifted():
    assert simulate(3, 0.0).truth.effect_realised == 0.0


def test_marks_are_whole_and_lie_between_2_and_5():
    assert set(term_marks(1, 0.3)["mark"].dropna()) == {2.0, 3.0, 4.0, 5.0}


@pytest.mark.parametrize("seed", range(20))
def test_classes_have_12_to_28_pupils_in_every_quarter(seed):
    sizes = {
        int(count) for room in simulate(seed).rooms for count in room.enrolment.present.sum(axis=0)
    }
    assert min(sizes) >= FEWEST
    assert max(sizes) <= MOST


def test_some_parallels_have_one_class_and_some_more():
    labels = [room.label for room in simulate(1).of_year(THIS_YEAR)]
    assert labels == ["5А", "5Б", "6А", "6Б", "7А", "7Б", "7В", "8А", "9А"]


def test_a_class_moves_up_with_its_pupils():
    school = simulate(2)
    now, before = school.room("2025-26", "7Б"), school.room("2024-25", "6Б")
    stayed = set(now.pupils) & set(before.pupils)
    assert len(stayed) > 0.8 * len(before.pupils)
    assert set(now.pupils) != set(before.pupils)


def test_one_pupil_changes_class_between_the_quarters():
    marks = term_marks(4, 0.0)
    places = marks[marks["term"].isin(["2025-26-Q1", "2025-26-Q2"])]
    classes = places.groupby("pupil")["class_label"].nunique()
    moved = places[places["pupil"].isin(classes[classes > 1].index)]
    assert len(set(moved["pupil"])) == 1
    assert set(moved[moved["term"] == "2025-26-Q1"]["class_label"]) == {"6А"}
    assert set(moved[moved["term"] == "2025-26-Q2"]["class_label"]) == {"6Б"}


def test_pupils_leave_and_join_between_the_quarters():
    marks = term_marks(4, 0.0)
    first, second = (
        marks[marks["term"] == f"2025-26-{q}"][["pupil", "class_label"]].drop_duplicates()
        for q in ("Q1", "Q2")
    )
    left = first[~first["pupil"].isin(second["pupil"])]
    joined = second[~second["pupil"].isin(first["pupil"])]
    assert sorted(left["class_label"]) == ["7А", "9А"]
    assert sorted(joined["class_label"]) == ["5А", "8А"]


def test_a_year_mark_is_the_mean_of_the_quarters_rounded_half_up():
    room = simulate(8).room("2024-25", "6А")
    all_four = (room.status[..., :4] == ASSESSED).all(axis=2)
    exact = room.marks[..., :4].mean(axis=2)[all_four]
    assert (room.marks[..., YEAR][all_four] == np.floor(exact + 0.5)).all()
    assert (exact % 1 == 0.5).any()  # or half up would not be seen


def test_the_current_year_has_no_year_marks():
    assert "2025-26-Y" not in set(term_marks(8, 0.0)["term"])


def test_a_new_teacher_changes_the_mathematics_of_one_class_and_nothing_else():
    with_new, without = (
        simulate(9, model=Model(new_teacher=shift)).term_marks() for shift in (-0.6, 0.0)
    )
    changed = with_new[with_new["mark"].ne(without["mark"]) & with_new["mark"].notna()]
    assert set(changed["class_label"] + changed["subject"] + changed["term"]) == {
        f"8А{SUBJECTS[MATHEMATICS]}2025-26-Q2"
    }


def test_exemptions_are_from_physical_education_and_last_all_year():
    found = [
        (subject, (room.status[row, subject, : room.terms] == EXEMPT).sum(), row, room)
        for room in simulate(10).rooms
        for row, subject in {tuple(place[:2]) for place in np.argwhere(room.status == EXEMPT)}
    ]
    assert found
    for subject, quarters, row, room in found:
        assert subject == PHYSICAL
        assert quarters == room.enrolment.present[row].sum()


def test_some_pupils_are_not_assessed():
    assert any((room.status == NOT_ASSESSED).any() for room in simulate(10).rooms)


def test_class_gains_differ_as_the_model_says():
    """Standard deviation of composite class gains without any effect.

    Shocks: two terms × 0.10², half of it shared, half averaged over 8 subjects. Pupils: two terms
    × (0.38² chance + 1/12 rounding) over 8 subjects and about 20 pupils.
    """
    gains = []
    for seed in range(60):
        marks = term_marks(seed, 0.0)
        mean = marks.groupby(["class_label", "term"])["mark"].mean().unstack("term")
        gains.append((mean["2024-25-Q2"] - mean["2024-25-Q1"]).dropna().to_numpy())
    within = np.sqrt(np.mean([gain.var(ddof=1) for gain in gains]))
    shocks = 2 * 0.10**2 * (0.5 + 0.5 / 8)
    pupils = 2 * (0.38**2 + 1 / 12) / (8 * 20)
    # 60 schools × 8 degrees of freedom: relative error of a standard deviation 1/√960 = 3 %.
    assert within == pytest.approx(np.sqrt(shocks + pupils), rel=0.10)


def test_the_difference_of_class_gains_has_no_bias():
    estimates = []
    for seed in range(100):
        school = simulate(seed, 0.3)
        marks = school.term_marks()
        mean = marks.groupby(["class_label", "term"])["mark"].mean().unstack("term")
        gain = mean["2025-26-Q2"] - mean["2025-26-Q1"]
        ours, theirs = (gain[list(group)].mean() for group in school_groups(school))
        estimates.append(ours - theirs)
    # Standard error 0.12 × √(1/2 + 1/3) / √100 = 0.011; three of them.
    assert np.mean(estimates) == pytest.approx(0.3, abs=0.033)


def school_groups(school):
    return school.truth.innovative, school.truth.control


@pytest.mark.parametrize(("innovative", "control"), [(1, 1), (1, 3), (2, 4), (3, 3)])
def test_other_designs_have_their_numbers_of_classes(innovative, control):
    truth = simulate(1, 0.2, innovative_classes=innovative, control_classes=control).truth
    assert (len(truth.innovative), len(truth.control)) == (innovative, control)
    assert not set(truth.innovative) & set(truth.control)


def test_every_innovative_class_has_a_control_of_its_parallel_where_numbers_allow():
    innovative, control = compared_classes(3, 3)
    assert {label[0] for label in innovative} == {label[0] for label in control}


def test_more_classes_than_the_school_has_are_refused():
    with pytest.raises(ImpossibleSchool, match=str(len(CONTROL))):
        compared_classes(1, len(CONTROL) + 1)
    with pytest.raises(ImpossibleSchool, match=str(len(INNOVATIVE))):
        compared_classes(len(INNOVATIVE) + 1, 1)


def test_a_school_without_an_archive_has_only_the_current_year():
    assert {room.year for room in simulate(1, archive_years=0).rooms} == {THIS_YEAR}


def test_the_archive_goes_as_far_back_as_asked():
    years = sorted({room.year for room in simulate(1, archive_years=4).rooms})
    assert years == ["2021-22", "2022-23", "2023-24", "2024-25", "2025-26"]


@pytest.mark.parametrize("effect", [1.2, -3.0])
def test_an_effect_that_marks_cannot_hold_is_refused(effect):
    with pytest.raises(ImpossibleSchool, match="−1,00"):
        simulate(1, effect)
