"""Gains of pupils: which terms, which pupils, which class."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posanalytics import panel
from posanalytics.panel import Periods
from posanalytics.schema import GLOSSARY

TERMS = [f"{year}-Q{n}" for year in ("2024-25", "2025-26") for n in (1, 2, 3, 4)]
Q1_Q2 = Periods(("2025-26-Q1",), ("2025-26-Q2",))


def term_marks(*rows):
    """Return term marks from (pupil, class, subject, term, mark)."""
    table = pd.DataFrame(rows, columns=["pupil", "class_label", "subject", "term", "mark"])
    return table.assign(mean_mark=table["mark"])


def test_before_are_the_earlier_terms_of_the_year_of_the_start():
    found = panel.periods_compared("2025-26-Q4", "2025-26-Q3", TERMS)
    assert found == (("2025-26-Q1", "2025-26-Q2"), ("2025-26-Q3", "2025-26-Q4"))


def test_a_start_in_september_is_compared_with_the_last_term_before_summer():
    found = panel.periods_compared("2025-26-Q2", "2025-26-Q1", TERMS)
    assert found == (("2024-25-Q4",), ("2025-26-Q1", "2025-26-Q2"))


def test_terms_after_the_reported_one_do_not_count():
    found = panel.periods_compared("2025-26-Q2", "2025-26-Q2", TERMS)
    assert found.after == ("2025-26-Q2",)


def test_terms_that_are_not_there_are_not_compared():
    found = panel.periods_compared("2025-26-Q3", "2025-26-Q2", ["2025-26-Q3", "2024-25-Q4"])
    assert found == ((), ("2025-26-Q3",))


def test_a_report_from_before_the_start_has_nothing_after():
    assert panel.periods_compared("2025-26-Q1", "2025-26-Q2", TERMS).after == ()


def test_halves_and_year_marks_do_not_mix_with_quarters():
    mixed = [*TERMS, "2025-26-H1", "2025-26-Y"]
    found = panel.periods_compared("2025-26-Q2", "2025-26-Q2", mixed)
    assert found == Q1_Q2


def test_the_gain_is_the_change_of_the_means_over_terms():
    marks = term_marks(
        ("p1", "7А", "Алгебра", "2025-26-Q1", 3),
        ("p1", "7А", "Алгебра", "2025-26-Q2", 4),
        ("p1", "7А", "Алгебра", "2025-26-Q3", 5),
        ("p1", "7А", "Алгебра", "2025-26-Q4", 4),
    )
    periods = Periods(("2025-26-Q1", "2025-26-Q2"), ("2025-26-Q3", "2025-26-Q4"))
    gains = panel.pupil_gains(marks, periods=periods)
    assert gains[["before", "after", "gain"]].to_numpy().tolist() == [
        [(3 + 4) / 2, (5 + 4) / 2, (5 + 4) / 2 - (3 + 4) / 2]
    ]


def test_a_pupil_without_a_mark_in_one_part_has_no_gain():
    marks = term_marks(
        ("p1", "7А", "Алгебра", "2025-26-Q1", 3),
        ("p2", "7А", "Алгебра", "2025-26-Q2", 4),
        ("p3", "7А", "Алгебра", "2025-26-Q1", 4),
        ("p3", "7А", "Алгебра", "2025-26-Q2", 4),
    )
    assert panel.pupil_gains(marks, periods=Q1_Q2)["pupil"].tolist() == ["p3"]


def test_not_assessed_is_not_a_mark():
    marks = term_marks(
        ("p1", "7А", "Алгебра", "2025-26-Q1", None),
        ("p1", "7А", "Алгебра", "2025-26-Q2", 4),
    )
    assert panel.pupil_gains(marks, periods=Q1_Q2).empty


def test_a_pupil_who_moved_has_no_gain_in_either_class():
    marks = term_marks(
        ("p1", "7А", "Алгебра", "2025-26-Q1", 3),
        ("p1", "7Б", "Алгебра", "2025-26-Q2", 5),
    )
    assert panel.pupil_gains(marks, periods=Q1_Q2).empty


def test_a_pupil_who_moved_has_left_one_class_and_joined_the_other():
    marks = term_marks(
        ("p1", "7А", "Алгебра", "2025-26-Q1", 3),
        ("p1", "7Б", "Алгебра", "2025-26-Q2", 5),
        ("p2", "7Б", "Алгебра", "2025-26-Q1", 4),
        ("p2", "7Б", "Алгебра", "2025-26-Q2", 4),
    )
    found = panel.membership(marks, periods=Q1_Q2)
    assert found[["pupil", "class_unit", "membership"]].to_numpy().tolist() == [
        ["p1", "2025-26 7А", "left"],
        ["p1", "2025-26 7Б", "joined"],
        ["p2", "2025-26 7Б", "both"],
    ]


def test_single_values_stand_under_the_class_and_the_phase_that_their_mean_has():
    marks = term_marks(
        ("p1", "6А", "Алгебра", "2024-25-Q4", 3),
        ("p1", "7А", "Алгебра", "2025-26-Q1", 5),
        ("p1", "7А", "Алгебра", "2025-26-Q2", 4),
    )
    found = panel.term_values(
        marks, periods=panel.Periods(("2024-25-Q4",), ("2025-26-Q1", "2025-26-Q2"))
    )
    assert found[["class_label", "phase", "value"]].to_numpy().tolist() == [
        ["7А", "before", 3],
        ["7А", "after", 5],
        ["7А", "after", 4],
    ]


def test_a_pupil_with_one_subject_before_and_another_after_is_lost():
    # Neither subject has a gain, so this pupil enters no comparison.
    marks = term_marks(
        ("p1", "7А", "Алгебра", "2025-26-Q1", 3),
        ("p1", "7А", "Физика", "2025-26-Q2", 5),
    )
    assert panel.membership(marks, periods=Q1_Q2)["membership"].tolist() == ["left"]


def test_a_gain_in_one_subject_is_enough_to_be_there_before_and_after():
    marks = term_marks(
        ("p1", "7А", "Алгебра", "2025-26-Q1", 3),
        ("p1", "7А", "Физика", "2025-26-Q1", 3),
        ("p1", "7А", "Физика", "2025-26-Q2", 5),
        ("p1", "7А", "Химия", "2025-26-Q2", 5),
    )
    assert panel.membership(marks, periods=Q1_Q2)["membership"].tolist() == ["both"]


def test_who_is_lost_follows_from_the_measure_that_is_compared():
    # A mean of current marks needs no term mark.
    marks = term_marks(
        ("p1", "7А", "Алгебра", "2025-26-Q1", None),
        ("p1", "7А", "Алгебра", "2025-26-Q2", None),
    ).assign(mean_mark=[3.4, 4.1])
    assert panel.membership(marks, periods=Q1_Q2).empty
    found = panel.membership(marks, periods=Q1_Q2, measure="mean_mark")
    assert found["membership"].tolist() == ["both"]


def test_the_archive_takes_the_same_terms_of_earlier_years():
    marks = term_marks(
        ("old", "7А", "Алгебра", "2024-25-Q1", 4),
        ("old", "7А", "Алгебра", "2024-25-Q2", 3),
        ("old", "7А", "Алгебра", "2024-25-Q3", 5),
        ("new", "7А", "Алгебра", "2025-26-Q1", 3),
        ("new", "7А", "Алгебра", "2025-26-Q2", 5),
    )
    gains = panel.pupil_gains(marks, periods=Q1_Q2, years_back=(0, 1))
    assert gains[["class_unit", "gain"]].to_numpy().tolist() == [
        ["2024-25 7А", 3 - 4],
        ["2025-26 7А", 5 - 3],
    ]


def test_a_class_that_moved_up_in_summer_is_the_same_class():
    marks = term_marks(
        ("p1", "6А", "Алгебра", "2024-25-Q4", 3),
        ("p1", "7А", "Алгебра", "2025-26-Q1", 4),
    )
    periods = Periods(("2024-25-Q4",), ("2025-26-Q1",))
    gains = panel.pupil_gains(marks, periods=periods)
    assert gains[["class_unit", "class_label", "gain"]].to_numpy().tolist() == [
        ["2025-26 7А", "7А", 1.0]
    ]
    assert panel.membership(marks, periods=periods)["membership"].tolist() == ["both"]


@pytest.mark.parametrize(("label", "years", "expected"), [("9А", 1, "10А"), ("5", 2, "7")])
def test_a_class_keeps_its_letter_when_it_moves_up(label, years, expected):
    assert panel.promoted(label, years) == expected


def test_mean_marks_can_be_compared_instead_of_term_marks():
    marks = term_marks(
        ("p1", "7А", "Алгебра", "2025-26-Q1", 4), ("p1", "7А", "Алгебра", "2025-26-Q2", 4)
    ).assign(mean_mark=[3.6, 4.4])
    gains = panel.pupil_gains(marks, periods=Q1_Q2, measure="mean_mark")
    assert gains["gain"].tolist() == [4.4 - 3.6]


def test_roles_are_of_the_current_year_only():
    marks = term_marks(
        *(
            ("p" + label + year, label, "Алгебра", f"{year}-{term}", 4)
            for year in ("2024-25", "2025-26")
            for label in ("7А", "7Б", "8А")
            for term in ("Q1", "Q2")
        )
    )
    gains = panel.pupil_gains(marks, periods=Q1_Q2, years_back=(0, 1))
    found = panel.with_roles(gains, innovative=("7А",), control=("7Б",), year="2025-26")
    assert dict(zip(found["class_unit"], found["role"], strict=True)) == {
        "2024-25 7А": "archive",
        "2024-25 7Б": "archive",
        "2024-25 8А": "archive",
        "2025-26 7А": "innovative",
        "2025-26 7Б": "control",
        "2025-26 8А": "ordinary",
    }


def test_what_stood_before_the_start_is_known_without_any_result():
    marks = term_marks(
        ("p1", "7А", "Алгебра", "2025-26-Q1", 3), ("p2", "7А", "Алгебра", "2025-26-Q1", 5)
    )
    found = panel.baseline_marks(marks, periods=Q1_Q2)
    assert found["before"].tolist() == [3.0, 5.0]
    assert found["class_unit"].tolist() == ["2025-26 7А"] * 2


def test_without_terms_there_are_no_gains_and_no_members():
    marks = term_marks(("p1", "7А", "Алгебра", "2025-26-Q1", 3))
    nothing = Periods((), ("2025-26-Q2",))
    assert panel.pupil_gains(marks, periods=nothing).empty
    assert panel.membership(marks, periods=nothing).empty


def test_every_column_of_the_panel_stands_in_the_glossary():
    assert {*panel.GAIN_COLUMNS, "role", "membership"} <= GLOSSARY.keys()


@given(st.permutations(range(12)))
def test_the_order_of_rows_changes_nothing(order):
    rows = [
        (f"p{i % 3}", "7А", "Алгебра", f"2025-26-Q{1 + i // 3}", 2 + (i * 7) % 4 + 0.1 * i)
        for i in range(12)
    ]
    periods = Periods(("2025-26-Q1", "2025-26-Q2"), ("2025-26-Q3", "2025-26-Q4"))
    straight = panel.pupil_gains(term_marks(*rows), periods=periods)
    shuffled = panel.pupil_gains(term_marks(*(rows[i] for i in order)), periods=periods)
    assert straight.equals(shuffled)
