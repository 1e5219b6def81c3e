"""The classic tables of an inspection report, counted by hand."""

from __future__ import annotations

from types import SimpleNamespace

import pandas as pd
import pytest

from posanalytics import blocks
from posanalytics.appendix import appendix_of
from posanalytics.schema import APPENDIX

# pupil → marks of Алгебра in the first and in the second term; "" is no mark.
CLASS = {
    "p1": (3, 5), "p2": (4, 4), "p3": (4, 4), "p4": (5, 5), "p5": (2, 4), "p6": (3, ""),
    "p7": ("", 3),
}  # fmt: skip
SMALL = {"q1": (4, 5), "q2": (4, 4)}


def study(*classes, term="2025-26-Q2"):
    """Return what the appendix asks of a study, over the classes drawn above."""
    rows = [
        (pupil, label, "Алгебра", f"2025-26-Q{number}", float(mark), "assessed")
        for label, pupils in classes
        for pupil, marks in pupils.items()
        for number, mark in enumerate(marks, 1)
        if mark
    ]
    columns = ["pupil", "class_label", "subject", "term", "mark", "status"]
    marks = pd.DataFrame(rows, columns=columns)
    stays = marks.groupby(["pupil", "class_label"], as_index=False).agg(
        begin=("term", "min"), end=("term", "max")
    )
    plan = SimpleNamespace(
        school="Примерная школа", compared_classes=("7А",), audience=SimpleNamespace(team=5)
    )
    return SimpleNamespace(
        tables={"term_marks": marks, "enrolments": stays.assign(school_year="2025-26")},
        plan=plan, term=term, year="2025-26", terms=["2025-26-Q1", "2025-26-Q2"],
    )  # fmt: skip


def rows_of(found, place):
    return found.parts[place].frame.to_dict("records")


def test_pupils_who_came_and_left_are_counted():
    [row] = rows_of(appendix_of(study(("7А", CLASS))), 0)
    # p6 has no mark in the second term, p7 none in the first.
    assert row == {"class_label": "7А", "pupils_before": 6, "joined": 1, "left": 1, "pupils": 6}


def test_quality_and_success_stand_beside_the_term_before():
    [row] = rows_of(appendix_of(study(("7А", CLASS))), 2)
    # First term 3 4 4 5 2 3: three of six without a 3, one 2. Second 5 4 4 5 4 3: five of six.
    assert row["quality_class_before"] == pytest.approx(3 / 6)
    assert row["quality_class"] == pytest.approx(5 / 6)
    # Written 50 % and 83 %, 83 % and 100 %.
    assert row["quality_class_change"] == pytest.approx(0.83 - 0.50)
    assert row["success_class_change"] == pytest.approx(1.00 - 0.83)


def test_a_change_is_the_difference_of_the_numbers_as_they_are_written():
    # 21 of 22 without a 2 are 95 %, 17 of 21 are 81 %: a reader counts −14, not −14,5.
    marks = {"p0": (2, "")} | {f"p{n}": (4, 4 if n < 18 else 2) for n in range(1, 22)}
    about = blocks.appendix(appendix_of(study(("7А", marks)))).attached[APPENDIX]
    [row] = about["parts"][2]["rows"]
    assert row[-3:] == ["95\u00a0%", "81\u00a0%", "\u221214"]


def test_indicators_of_a_subject_follow_the_formulas():
    [row] = rows_of(appendix_of(study(("7А", CLASS))), 3)
    assert (row["count_5"], row["count_4"], row["count_3"], row["count_2"]) == (2, 3, 1, 0)
    assert row["mean"] == pytest.approx((5 * 2 + 4 * 3 + 3) / 6)
    # Written 4,17 and 3,50.
    assert row["mean_change"] == pytest.approx(4.17 - 3.50)
    # СОУ after Simonov: (n5·100 + n4·64 + n3·36) / N.
    assert row["sou"] == pytest.approx((200 + 192 + 36) / 6)


def test_a_small_group_is_named_as_hidden_and_its_numbers_are_nowhere():
    found = appendix_of(study(("7А", CLASS), ("7Б", SMALL)), "7А", "7Б")
    about = blocks.appendix(found).attached[APPENDIX]
    small = [row for part in about["parts"] for row in part["rows"] if row[0] == "7Б"]
    assert len(small) == 4
    told = {cell for row in small for cell in row[1:]} - {"Алгебра"}
    assert told == {"скрыто (мало учеников)"}


def test_the_first_term_of_a_year_is_not_compared():
    found = appendix_of(study(("7А", CLASS), term="2025-26-Q1"))
    assert found.before == ""
    assert pd.isna(rows_of(found, 2)[0]["quality_class_change"])


def test_a_class_outside_the_comparison_stands_in_no_table_of_the_team():
    grown = {f"r{n}": (4, 5) for n in range(6)}
    found = appendix_of(study(("7А", CLASS), ("10А", grown)))
    listed = {row["class_label"] for place in range(4) for row in rows_of(found, place)}
    assert (found.classes, listed) == (("7А",), {"7А"})


def test_exempt_pupils_are_counted_for_the_class_teacher_and_not_for_the_team():
    about = study(("7А", CLASS))
    team, own = appendix_of(about), appendix_of(about, "7А")
    assert "exempt" not in team.parts[3].frame
    assert "exempt" in own.parts[3].frame


def test_who_left_on_a_day_inside_the_term_is_not_counted_in_it():
    about = study(("7А", CLASS))
    stays = about.tables["enrolments"]
    # «выбыл 12.11»: the stay ends in the second term, in which p6 has no mark.
    stays.loc[stays["pupil"].eq("p6"), "end"] = "2025-26-Q2"
    [row] = rows_of(appendix_of(about), 0)
    assert (row["pupils_before"], row["left"], row["pupils"]) == (6, 1, 6)


def test_who_has_no_mark_of_the_term_but_later_ones_is_still_in_the_class():
    about = study(("7А", CLASS))
    stays = about.tables["enrolments"]
    stays.loc[stays["pupil"].eq("p6"), "end"] = "2025-26-Q3"
    [row] = rows_of(appendix_of(about), 0)
    assert (row["pupils_before"], row["joined"], row["left"], row["pupils"]) == (6, 1, 0, 7)


def test_a_group_too_small_in_the_term_before_is_not_told_by_the_change():
    # Four pupils then and six now; the smallest group of the plan is five.
    grown = {"p1": (3, 5), "p2": (4, 4), "p3": (4, 4), "p4": (5, 5), "p5": ("", 4), "p6": ("", 3)}
    found = appendix_of(study(("7А", grown)))
    [by_class], [by_subject] = rows_of(found, 2), rows_of(found, 3)
    told = [by_class["quality_class_before"], by_class["quality_class_change"]]
    told += [by_class["success_class_change"], by_subject["mean_change"]]
    assert (by_class["pupils"], [pd.isna(value) for value in told]) == (6, [True] * 4)
