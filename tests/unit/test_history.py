"""What the compared classes did before the start."""

import math

import numpy as np
import pandas as pd
import pytest

from posanalytics.evaluation.design import Design
from posanalytics.evaluation.history import marks_behind, pre_trend
from posanalytics.panel import Periods, class_terms

TERMS = ("2024-25-Q3", "2024-25-Q4", "2025-26-Q1", "2025-26-Q2")
OURS, THEIRS = ("5А", "5Б"), ("6А", "6Б", "6В")


def design(**changes):
    return Design(
        innovative=changes.pop("innovative", OURS),
        control=changes.pop("control", THEIRS),
        periods=Periods(("2025-26-Q1",), ("2025-26-Q2",)),
        school_year="2025-26",
        **changes,
    )


def history(value, *, terms=TERMS, labels=(*OURS, *THEIRS), subject="Алгебра", marks=5.0):
    """Return one row per class and term, `value(place of class, place of term)` its mean."""
    rows = [
        (label, subject, term, value(c, t), 20, marks)
        for c, label in enumerate(labels)
        for t, term in enumerate(terms)
    ]
    columns = ["class_label", "subject", "term", "mean", "pupils", "marks"]
    return pd.DataFrame(rows, columns=columns)


def bumpy(c, t):
    return 3.5 + 0.1 * c + 0.05 * math.sin(7 * c + 3 * t)


ALGEBRA = {"Алгебра": 1.0}


def test_classes_that_drifted_apart_before_the_start_are_noticed():
    drifting = history(lambda c, t: bumpy(c, t) + (0.3 * t if c < 2 else 0.0))
    found = pre_trend(drifting, ALGEBRA, design())
    assert found.testable
    assert found.p_value < 0.01


def test_classes_that_moved_alike_are_not():
    assert pre_trend(history(bumpy), ALGEBRA, design()).p_value > 0.05


def test_the_results_after_the_start_are_not_looked_at():
    after = history(lambda c, t: bumpy(c, t) + (9.0 if c < 2 and t == 3 else 0.0))
    assert pre_trend(after, ALGEBRA, design()) == pre_trend(history(bumpy), ALGEBRA, design())


def test_two_terms_before_the_start_cannot_be_tested():
    found = pre_trend(history(bumpy, terms=TERMS[1:]), ALGEBRA, design())
    assert found.terms == TERMS[1:3]
    assert not found.testable
    assert math.isnan(found.p_value)


def test_a_term_without_one_of_the_classes_does_not_count():
    rows = history(bumpy)
    gone = rows["class_label"].eq("6В") & rows["term"].eq("2024-25-Q3")
    assert not pre_trend(rows[~gone], ALGEBRA, design()).testable


def test_a_term_without_one_of_the_subjects_does_not_count():
    both = pd.concat([history(bumpy), history(bumpy, terms=TERMS[1:], subject="Физика")])
    weights = {"Алгебра": 0.5, "Физика": 0.5}
    assert pre_trend(both, weights, design()).terms == TERMS[1:3]
    # a subject without weight asks for nothing
    assert pre_trend(both, {"Алгебра": 1.0, "Физика": 0.0}, design()).terms == TERMS[:3]


def test_two_classes_cannot_be_tested():
    pair = design(innovative=("5А",), control=("6А",))
    assert not pre_trend(history(bumpy), ALGEBRA, pair).testable


def test_two_classes_are_refused_before_anything_is_fitted(monkeypatch):
    # (2 − 2) classes × (3 − 1) terms: a fit would leave nothing but rounding
    monkeypatch.setattr("posanalytics.evaluation.history.event_study", pytest.fail)
    pair = design(innovative=("5А",), control=("6А",))
    assert not pre_trend(history(bumpy), ALGEBRA, pair).testable


def test_classes_that_never_differ_give_no_number():
    assert not pre_trend(history(lambda c, _: 3.0 + c), ALGEBRA, design()).testable


@pytest.mark.parametrize("control", [(), THEIRS])
def test_without_history_nothing_can_be_said(control):
    assert not pre_trend(None, ALGEBRA, design(control=control)).testable
    assert not pre_trend(history(bumpy), {}, design(control=control)).testable


def test_honest_designs_are_seldom_stopped():
    # Known truth: 400 schools of 2 v 3 classes, three terms, independent shocks of classes.
    rng = np.random.default_rng(3)
    stopped = 0
    for _ in range(400):
        shocks = rng.normal(0, 0.15, (5, 4))
        rows = history(lambda c, t, shocks=shocks: 3.5 + shocks[c, t])
        stopped += pre_trend(rows, ALGEBRA, design()).p_value < 0.05
    assert stopped / 400 < 0.05 + 4 * math.sqrt(0.05 * 0.95 / 400)


def test_the_marks_behind_a_mean_are_counted_over_pupils():
    rows = pd.concat([history(bumpy, labels=("5А",), marks=2.0), history(bumpy, labels=("6А",))])
    rows.loc[rows["class_label"] == "6А", "pupils"] = 60
    rows.loc[rows["term"] == "2024-25-Q3", "marks"] = 99.0  # not a term that is compared
    # 20 pupils with 2 marks, 60 with 5
    assert marks_behind(rows, ALGEBRA, design()) == (20 * 2 + 60 * 5) / 80


def test_marks_that_no_export_counts_are_unknown():
    assert math.isnan(marks_behind(history(bumpy, marks=math.nan), ALGEBRA, design()))


# --- the table behind it ----------------------------------------------------------------------


def term_marks():
    rows = [
        ("p1", "6А", "Алгебра", "2024-25-Q4", 4.0, 3.9, 7),
        ("p2", "6А", "Алгебра", "2024-25-Q4", 5.0, 4.7, 5),
        ("p1", "7А", "Алгебра", "2025-26-Q1", 3.0, 3.2, 6),
        ("p9", "7А", "Алгебра", "2024-25-Q4", 2.0, 2.2, 6),
        ("p1", "7А", "Алгебра", "2025-26-Y", 3.0, 3.2, 6),
        ("p2", "7А", "Алгебра", "2025-26-Q1", math.nan, math.nan, 0),
    ]
    columns = ["pupil", "class_label", "subject", "term", "mark", "mean_mark", "marks"]
    return pd.DataFrame(rows, columns=columns)


def test_last_year_s_terms_of_a_class_stand_under_its_label_of_this_year():
    found = class_terms(term_marks(), classes=["7А"], year="2025-26")
    assert found["term"].tolist() == ["2024-25-Q4", "2025-26-Q1"]
    assert found["class_label"].tolist() == ["7А", "7А"]
    assert found["mean"].tolist() == [4.5, 3.0]
    assert found["pupils"].tolist() == [2, 1]


def test_means_of_current_marks_bring_how_many_there_were():
    found = class_terms(term_marks(), classes=["7А"], year="2025-26", measure="mean_mark")
    assert found["mean"].tolist() == pytest.approx([(3.9 + 4.7) / 2, 3.2])
    assert found["marks"].tolist() == [6.0, 6.0]


def test_a_table_without_numbers_of_marks_has_none():
    found = class_terms(term_marks().drop(columns="marks"), classes=["7А"], year="2025-26")
    assert found["marks"].isna().all()


def test_of_terms_that_are_compared_together_only_pupils_with_all_of_them_count():
    terms = ("2024-25-Q4", "2025-26-Q1")
    found = class_terms(term_marks(), classes=["7А"], year="2025-26", together=terms)
    # p2 has no mark in Q1, so only p1 counts: 4 as a pupil of 6А, then 3
    assert found["mean"].tolist() == [4.0, 3.0]
    assert found["pupils"].tolist() == [1, 1]
    one = class_terms(term_marks(), classes=["7А"], year="2025-26", together=terms[1:])
    assert one["mean"].tolist() == [4.5, 3.0]


def test_classes_that_moved_exactly_alike_have_no_spread_to_test_with():
    # Class + term and nothing else: what is left of the fit is rounding.
    alike = history(lambda c, t: 3.5 + 0.1 * c + 0.07 * t + 0.1 * (t == 2))
    found = pre_trend(alike, ALGEBRA, design())
    assert math.isnan(found.p_value)
    assert not found.testable


def test_three_classes_are_enough_for_a_test():
    # (3 − 2) classes × (3 − 1) terms leave two degrees of freedom
    three = design(innovative=("5А",), control=("6А", "6Б"))
    found = pre_trend(history(bumpy), ALGEBRA, three)
    assert found.testable
    assert 0 < found.p_value < 1


def test_the_test_of_earlier_trends_is_a_table_of_one_row():
    found = pre_trend(history(bumpy), ALGEBRA, design())
    (row,) = found.tidy().to_dict("records")
    assert row["term"] == "2024-25-Q3 … 2025-26-Q1"
    assert row["p_value"] == found.p_value
    assert row["testable"]


def test_a_test_that_was_not_made_is_a_row_without_numbers():
    (row,) = pre_trend(None, ALGEBRA, design()).tidy().to_dict("records")
    assert row["term"] == ""
    assert math.isnan(row["p_value"])
