"""Innovative classes that begin in different terms."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from posanalytics.evaluation.design import Design
from posanalytics.evaluation.late_starts import late_starts, smallest_p_of_starts
from posanalytics.panel import Periods
from posanalytics.schema import RESULT_COLUMNS

TERMS = ("2025-26-Q1", "2025-26-Q2", "2025-26-Q3")
ALGEBRA = {"Алгебра": 1.0}
CONTROL = ("6А", "6Б", "6В", "6Г", "6Д")


def design(*, late="7Б", control=CONTROL, after=TERMS[1:]):
    return Design(
        innovative=("5А", "7Б"),
        control=control,
        periods=Periods(TERMS[:1], after),
        school_year="2025-26",
        starts=((late, "2025-26-Q3"),),
    )


def history(means):
    """Return a row per class and term from {label: means of three terms}."""
    rows = [
        (label, "Алгебра", term, value, 20, 5.0)
        for label, values in means.items()
        for term, value in zip(TERMS, values, strict=True)
    ]
    columns = ["class_label", "subject", "term", "mean", "pupils", "marks"]
    return pd.DataFrame(rows, columns=columns)


def school(effect=0.5, seed=1):
    """Return class means that differ by noise, the effect added from each class's start."""
    rng = np.random.default_rng(seed)
    means = {label: 3.5 + rng.normal(0, 0.02, 3) for label in ("5А", "7Б", *CONTROL)}
    means["5А"][1:] += effect
    means["7Б"][2:] += effect
    return history(means)


def test_each_class_is_compared_with_those_that_have_not_begun():
    flat = dict.fromkeys(CONTROL, (3.0, 3.0, 3.0))
    found = late_starts(
        history({"5А": (3.0, 3.6, 3.9), "7Б": (3.0, 3.3, 3.7), **flat}), ALGEBRA, design()
    )
    # 5А in Q2: .6 less the mean of 7Б's .3 and five zeros; in Q3: .9; 7Б in Q3: .4.
    assert found.estimate == pytest.approx((0.6 - 0.3 / 6 + 0.9 + 0.4) / 3)


def test_p_is_the_share_of_ways_to_hand_the_starts_out():
    rows = school()
    found = late_starts(rows, ALGEBRA, design())
    wide = rows.pivot(index="class_label", columns="term", values="mean").to_numpy()

    def effect(early, late):
        rest = [c for c in range(7) if c not in {early, late}]
        change = wide - wide[:, :1]
        first = change[early, 1] - np.mean([change[c, 1] for c in (*rest, late)])
        second = change[early, 2] - np.mean([change[c, 2] for c in rest])
        last = wide[:, 2] - wide[:, 1]
        return (first + second + last[late] - np.mean([last[c] for c in rest])) / 3

    ways = [abs(effect(*pair)) for pair in itertools.permutations(range(7), 2)]
    observed = abs(effect(0, 6))  # 5А and 7Б, sorted by label
    assert found.estimate == pytest.approx(effect(0, 6))
    assert found.p_value == sum(way >= observed - 1e-9 for way in ways) / len(ways)


def test_an_effect_in_every_class_is_found_and_its_interval_holds_it():
    found = late_starts(school(effect=0.5), ALGEBRA, design())
    assert found.p_value == found.smallest_p == 1 / (7 * 6)
    assert found.conf_low <= 0.5 <= found.conf_high
    assert found.conf_low > 0


@pytest.mark.parametrize("effect", [0.0, 0.02, 0.05, -0.3])
def test_interval_and_p_agree(effect):
    for seed in range(5):
        found = late_starts(school(effect, seed), ALGEBRA, design())
        assert (found.p_value < 0.05) == (found.conf_low > 0 or found.conf_high < 0)


def test_the_difference_noticed_is_half_the_interval_at_a_power_of_eighty_percent():
    # seven classes, two groups of starters: df = 4; R: noncentrality 3.76105955, qt(.975, 4)
    found = late_starts(school(), ALGEBRA, design())
    assert found.df == 4
    half = (found.conf_high - found.conf_low) / 2
    assert found.minimum_detectable == pytest.approx(half * 3.76105955 / 2.77644511, rel=1e-8)


def test_an_effect_moves_the_interval_by_itself():
    first, second = (late_starts(school(effect), ALGEBRA, design()) for effect in (0.0, 0.5))
    assert second.conf_low - first.conf_low == pytest.approx(0.5, abs=1e-8)
    assert second.conf_high - first.conf_high == pytest.approx(0.5, abs=1e-8)


def test_the_smallest_p_is_known_before_any_result():
    assert smallest_p_of_starts(design()) == late_starts(school(), ALGEBRA, design()).smallest_p


def test_five_classes_are_too_few_for_it():
    few = design(control=CONTROL[:3])
    assert smallest_p_of_starts(few) == 1 / 20  # 5 · 4 ways: never below .05
    kept = school()[lambda rows: rows["class_label"].isin(["5А", "7Б", *CONTROL[:3]])]
    assert late_starts(kept, ALGEBRA, few) is None


def test_a_class_whose_start_is_still_to_come_is_one_that_has_not_begun():
    now = design(after=TERMS[1:2])
    flat = dict.fromkeys(CONTROL, (3.0, 3.0, 3.0))
    # one class of seven has begun: 7 ways, no p below .05
    assert smallest_p_of_starts(now) == 1 / 7
    assert late_starts(history({"5А": (3, 4, 4), "7Б": (3, 3, 3), **flat}), ALGEBRA, now) is None


@pytest.mark.parametrize("weights", [ALGEBRA, {}])
def test_without_marks_term_by_term_it_is_not_made(weights):
    assert late_starts(None, weights, design()) is None


def test_a_class_without_marks_in_a_term_takes_the_term_out():
    rows = school()
    gone = rows["class_label"].eq("6Д") & rows["term"].eq("2025-26-Q2")
    found = late_starts(rows[~gone], ALGEBRA, design())
    # What began in Q2 shows from Q3 on: both classes begin there, 7 · 6 / 2 ways.
    assert found.smallest_p == pytest.approx(1 / math.comb(7, 2))


def test_the_order_of_rows_changes_no_bit():
    rows = school()
    first = late_starts(rows, ALGEBRA, design())
    second = late_starts(rows.sample(frac=1, random_state=3), ALGEBRA, design())
    assert first.tidy().equals(second.tidy())
    assert first.by_term.tidy().equals(second.by_term.tidy())


def study_of(plan_text, marks):
    from posanalytics.plan import parse_plan
    from posanalytics.study import Study

    study = Study.__new__(Study)
    study.plan, study.term, study.year = parse_plan(plan_text), "2025-26-Q2", "2025-26"
    columns = ["pupil", "class_label", "subject", "term", "mark", "mean_mark", "marks"]
    study.tables = {"term_marks": pd.DataFrame(marks, columns=columns)}
    return study


def two_pupils():
    """Return marks of two pupils of 7А, of whom the second has none in Q1, and of one of 7Б."""
    rows = [("p1", "7А", "Q1", 3.0), ("p1", "7А", "Q2", 4.0), ("p2", "7А", "Q2", 5.0)]
    rows += [("p3", "7Б", "Q1", 3.0), ("p3", "7Б", "Q2", 3.0)]
    return [
        (pupil, label, "Алгебра", f"2025-26-{term}", mark, mark + 0.2, 2)
        for pupil, label, term, mark in rows
    ]


def test_a_plan_with_late_starters_compares_only_pupils_who_were_there_all_the_time(plan_text):
    late = plan_text.replace("[7А]", "[7А, {class: 8А, start: 2025-26-Q2}]")
    late = late.replace("start: 2025-26-Q2", "start: 2025-26-Q1", 1)
    periods = Periods(("2025-26-Q1",), ("2025-26-Q2",))
    for text, expected in ((plan_text, 4.5), (late, 4.0)):
        found = study_of(text, two_pupils())._history(periods, "2025-26")
        rows = found[found["class_label"].eq("7А") & found["term"].eq("2025-26-Q2")]
        assert rows["mean"].tolist() == [expected]


def test_a_plan_with_means_of_marks_knows_how_many_marks_stand_behind_them(plan_text):
    means = plan_text.replace("subject: Алгебра}", "subject: Алгебра, measure: mean_mark}")
    periods = Periods(("2025-26-Q1",), ("2025-26-Q2",))
    found = study_of(means, two_pupils())._history(periods, "2025-26")
    assert sorted(set(found["measure"])) == ["mean_mark", "term_mark"]
    rows = found[found["measure"] == "mean_mark"]
    assert set(rows["marks"]) == {2.0}
    assert rows["mean"].max() == pytest.approx(4.7)


def test_more_ways_than_can_be_counted_are_drawn_and_agree(monkeypatch):
    # 7 · 6 = 42 ways; the standard error of a share in 4,999 draws is at most .0071
    rows = school(effect=0.02, seed=2)
    counted = late_starts(rows, ALGEBRA, design())
    monkeypatch.setattr("posanalytics.evaluation.late_starts._MOST_ORDERS", 41)
    drawn = late_starts(rows, ALGEBRA, design())
    assert drawn.p_value != counted.p_value
    assert drawn.p_value == pytest.approx(counted.p_value, abs=4 * 0.0071)
    assert drawn.estimate == counted.estimate


def test_late_starts_are_a_table_of_one_row_in_the_words_of_results():
    found = late_starts(school(), ALGEBRA, design())
    table = found.tidy()
    assert len(table) == 1
    assert set(table.columns) <= set(RESULT_COLUMNS)
    assert table["p_value"].item() == found.p_value
    assert table["method"].item() == "staggered"
