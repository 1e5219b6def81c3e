"""Indicators by the rules of the help page of Сетевой город (DOMAIN notes, 1.1)."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from posanalytics import indicators


def marks(*rows):
    """Return term marks: (pupil, subject, mark or status)."""
    statuses = {"н/а": "not_assessed", "осв": "exempt", "": ""}
    return pd.DataFrame(
        [
            (pupil, "7А", subject, "2025-26-Q1",
             float("nan") if isinstance(value, str) else float(value),
             statuses[value] if isinstance(value, str) else "assessed")
            for pupil, subject, value in rows
        ],
        columns=["pupil", "class_label", "subject", "term", "mark", "status"],
    )  # fmt: skip


def one_subject(*values):
    return marks(*((f"p{n}", "Алгебра", value) for n, value in enumerate(values)))


def test_sou_of_the_published_example():
    # DOMAIN 0.2: 6×5, 14×4, 5×3 → mean 4.04, СОУ 67.04 (and 4·(M² + σ²) gives the same).
    row = indicators.class_indicators(one_subject(*[5] * 6, *[4] * 14, *[3] * 5)).iloc[0]
    assert row["sou"] == pytest.approx((6 * 100 + 14 * 64 + 5 * 36) / 25)
    assert row["mean"] == pytest.approx(4.04)


def test_not_assessed_stays_in_n_and_weighs_seven_and_exempt_leaves_n():
    row = indicators.class_indicators(one_subject(5, 4, "н/а", "осв", "")).iloc[0]
    assert row["pupils"] == 3
    assert row["exempt"] == 1
    assert row["sou"] == pytest.approx((100 + 64 + 7) / 3)
    assert row["success"] == pytest.approx(2 / 3)
    assert row["quality_subject"] == pytest.approx(2 / 3)
    assert row["mean"] == pytest.approx(4.5)


def test_quality_by_class_is_not_quality_by_subject():
    # Both subjects have 1 of 2 marks at 4 or 5; no pupil is free of threes.
    table = marks(("a", "Алгебра", 5), ("a", "Физика", 3), ("b", "Алгебра", 3), ("b", "Физика", 4))
    by_subject = indicators.class_indicators(table)["quality_subject"]
    assert by_subject.tolist() == [1 / 2, 1 / 2]
    assert indicators.class_categories(table)["quality_class"].tolist() == [0.0]


def test_pupils_one_mark_short_are_part_of_their_category():
    table = marks(
        ("a", "Алгебра", 5), ("a", "Физика", 5),
        ("b", "Алгебра", 5), ("b", "Физика", 4),
        ("c", "Алгебра", 4), ("c", "Физика", 4),
        ("d", "Алгебра", 3), ("d", "Физика", 4),
        ("e", "Алгебра", 2), ("e", "Физика", 5),
    )  # fmt: skip
    row = indicators.class_categories(table).iloc[0]
    names = ["pupils", "excellent", "good", "one_four", "satisfactory", "one_three", "failing"]
    assert row[names].tolist() == [5, 1, 2, 1, 1, 1, 1]
    assert row["success_class"] == pytest.approx(4 / 5)


def test_a_group_mean_counts_every_pupil_once():
    table = marks(("a", "Алгебра", 5), ("a", "Физика", 5), ("b", "Алгебра", 2))
    row = indicators.term_means(table, groups={"7А": "innovative"}).iloc[0]
    assert (row["mean"], row["pupils"]) == ((5 + 2) / 2, 2)


def test_shares_are_shares_of_marks_and_name_the_pupils():
    table = marks(("a", "Алгебра", 5), ("a", "Физика", 4), ("b", "Алгебра", 4), ("b", "Физика", 2))
    shares = indicators.mark_shares(table, groups={"7А": "7А"}).set_index("mark")
    assert shares["share"].to_dict() == {2: 1 / 4, 3: 0.0, 4: 2 / 4, 5: 1 / 4}
    assert set(shares["pupils"]) == {2}


def test_transitions_count_every_pair_of_bands():
    gains = pd.DataFrame({"before": [3.0, 3.0, 5.0], "after": [4.0, 3.0, 4.0]})
    counts = indicators.transitions(gains).set_index(["before_mark", "after_mark"])["pupils"]
    assert counts[3, 4] == counts[3, 3] == counts[5, 4] == 1
    assert counts.sum() == 3
    assert len(counts) == 16


def test_the_reserve_names_the_subject_of_the_only_low_mark():
    table = indicators.quality_reserve(
        marks(
            ("a", "Алгебра", 3), ("a", "Физика", 5),  # an only 3, in algebra
            ("b", "Алгебра", 3), ("b", "Физика", 3),  # two of them: no reserve
            ("c", "Алгебра", 5), ("c", "Физика", 4),  # an only 4, in physics
            ("d", "Алгебра", 2), ("d", "Физика", 3),  # fails: no reserve
            ("e", "Алгебра", 3), ("e", "Физика", "н/а"),  # not assessed: no reserve
        )
    ).set_index("subject")  # fmt: skip
    assert table["one_three"].to_dict() == {"Алгебра": 1, "Физика": 0}
    assert table["one_four"].to_dict() == {"Алгебра": 0, "Физика": 1}
    # Of five pupils only c has no mark below 4.
    assert table["quality_class"].to_dict() == {"Алгебра": 1 / 5, "Физика": 1 / 5}


def test_the_reserve_by_subject_adds_up_to_the_reserve_of_the_class():
    table = marks(
        *((f"p{n}", subject, 3 + (n * k) % 3) for n in range(20) for k, subject in
          enumerate(("Алгебра", "Физика", "История"), start=1))
    )  # fmt: skip
    parts = indicators.quality_reserve(table)[["one_three", "one_four"]].sum()
    whole = indicators.class_categories(table).iloc[0]
    assert (parts["one_three"], parts["one_four"]) == (whole["one_three"], whole["one_four"])
    assert parts.sum() > 0


DAYS = {"2025-26-Q1": (date(2025, 9, 1), date(2025, 10, 26))}


def journal(*rows):
    """Return absences or marks: (class, pupil, day, code)."""
    return pd.DataFrame(
        [(pupil, label, day, "Алгебра", code) for label, pupil, day, code in rows],
        columns=["pupil", "class_label", "date", "subject", "reason"],
    )


def test_absences_are_counted_by_reason_and_lateness_is_none_of_them():
    absent = journal(
        ("7А", "a", "2025-09-01", "Б"), ("7А", "a", "2025-09-02", "УП"),
        ("7А", "b", "2025-10-26", "НП"), ("7А", "b", "2025-10-01", "н"),
        ("7А", "b", "2025-10-02", "ОП"), ("7А", "b", "2025-10-30", "Б"),  # in the holidays
    )  # fmt: skip
    [row] = indicators.attendance(absent, journal(), terms=DAYS).to_dict("records")
    counted = {reason: row[reason] for reason in (*indicators.ABSENCES, "late")}
    assert counted == {"ill": 1, "excused": 1, "unexcused": 1, "unnamed": 1, "late": 1}
    assert row["pupils"] == 2


def test_a_class_with_dated_marks_and_no_absence_missed_nothing():
    marked = journal(("7Б", "c", "2025-09-01", ""), ("7Б", "d", "2025-09-01", ""))
    [row] = indicators.attendance(journal(), marked, terms=DAYS).to_dict("records")
    assert (row["pupils"], sum(row[reason] for reason in indicators.ABSENCES)) == (2, 0)


def test_a_class_without_a_daily_gradebook_has_no_row_of_attendance():
    undated = journal(("7В", "e", "", ""))
    assert indicators.attendance(journal(), undated, terms=DAYS).empty


def complete(*enrolled, marked):
    rows = pd.DataFrame(
        [(pupil, "7А", term, "Алгебра", 4.0, "assessed") for pupil, term in marked],
        columns=["pupil", "class_label", "term", "subject", "mark", "status"],
    )
    columns = ["pupil", "begin", "end"]
    stays = pd.DataFrame(enrolled, columns=columns).assign(class_label="7А", school_year="2025-26")
    found = indicators.completeness(rows, stays)
    return dict(zip(found["term"].str[-2:], found["share"], strict=True))


STAYED = ("a", "2025-26-Q1", "2025-26-Q2")
BOTH_TERMS = [("a", "2025-26-Q1"), ("a", "2025-26-Q2")]


def test_a_pupil_who_left_during_the_term_is_not_missing_from_it():
    # «выбыл 12.11»: the last term is the second, and it has no mark of his.
    left = ("b", "2025-26-Q1", "2025-26-Q2")
    shares = complete(STAYED, left, marked=[*BOTH_TERMS, ("b", "2025-26-Q1")])
    assert shares == {"Q1": 1.0, "Q2": 1.0}


def test_a_pupil_who_came_later_is_not_missing_before():
    came = ("b", "2025-26-Q2", "2025-26-Q2")
    shares = complete(STAYED, came, marked=[*BOTH_TERMS, ("b", "2025-26-Q2")])
    assert shares == {"Q1": 1.0, "Q2": 1.0}


def test_a_pupil_without_marks_of_whom_nobody_says_that_he_left_is_missing():
    # Without a told day the last term is the last one with a mark.
    silent = ("b", "2025-26-Q1", "2025-26-Q1")
    shares = complete(STAYED, silent, marked=[*BOTH_TERMS, ("b", "2025-26-Q1")])
    assert shares == {"Q1": 1.0, "Q2": 0.5}
