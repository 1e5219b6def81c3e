"""Regressions by hand: small tables whose answers are arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from posanalytics.evaluation.event_study import event_study
from posanalytics.evaluation.regression import NotEstimable, fit
from posanalytics.evaluation.staggered import NotComparable, staggered, staggered_permutation

TERMS = ["2025-26-Q1", "2025-26-Q2", "2025-26-Q3"]


def panel(gains):
    """Return three pupils of every class, Q1 all at 4, later the class's gain more."""
    rows = [
        (f"{label}{pupil}", label, term, 4.0 + pupil / 10 + (gain if place else 0.0), place)
        for label, gain in gains.items()
        for pupil in range(3)
        for place, term in enumerate(TERMS)
    ]
    return pd.DataFrame(rows, columns=["pupil", "class_label", "term", "mark", "place"])


def with_start(frame, ours):
    new = frame["class_label"].isin(ours) & (frame["place"] > 0)
    return frame.assign(
        new=new.astype("float64"), ours=frame["class_label"].isin(ours).astype("float64")
    )


def test_two_way_fixed_effects_are_the_difference_of_class_gains():
    # gains .5 and .3 against .1: mean .4 − .1
    frame = with_start(panel({"5А": 0.5, "5Б": 0.3, "5В": 0.1, "5Г": 0.1}), ["5А", "5Б"])
    found = fit(
        frame, outcome="mark", regressors=["new"], fixed_effects=["pupil", "term"],
        cluster="class_label",
    )  # fmt: skip
    assert found.estimates[0] == pytest.approx(0.3, abs=1e-12)


def test_the_order_of_rows_changes_nothing_to_the_last_bit():
    frame = with_start(panel({"5А": 0.5, "5Б": 0.3, "5В": 0.1, "5Г": 0.2}), ["5А", "5Б"])
    noise = np.sin(np.arange(len(frame)) * 1.7)
    frame = frame.assign(mark=frame["mark"] + noise)
    mixed = frame.iloc[np.argsort(np.cos(np.arange(len(frame)) * 3.1))]
    for covariance in ("CR1S", "CR2", "CR3"):
        tables = [
            fit(
                rows, outcome="mark", regressors=["new"], fixed_effects=["pupil", "term"],
                cluster="class_label", covariance=covariance,
            ).tidy()
            for rows in (frame, mixed)
        ]  # fmt: skip
        pd.testing.assert_frame_equal(*tables, check_exact=True)


def test_rows_with_a_missing_value_are_left_out_and_counted():
    frame = pd.DataFrame({"mark": [3.0, 5.0, None, 4.0], "new": [0.0, 1.0, 1.0, None]})
    frame = pd.concat([frame, frame.iloc[:2]])
    found = fit(frame, outcome="mark", regressors=["new"], covariance="iid")
    assert (found.rows, found.left_out) == (4, 2)


def test_a_coefficient_that_rests_on_one_class_has_no_cr2_error():
    frame = with_start(panel({"5А": 0.5, "5Б": 0.3, "5В": 0.1}), ["5А"])
    frame = frame.assign(mark=frame["mark"] + np.sin(np.arange(len(frame))))
    found = fit(
        frame[frame["place"] == 1], outcome="mark", regressors=["ours"], cluster="class_label",
        covariance="CR2",
    )  # fmt: skip
    assert math.isnan(found.standard_errors[1])
    assert math.isnan(found.df[1])


def test_a_regressor_that_the_fixed_effects_explain_is_refused():
    frame = with_start(panel({"5А": 0.5, "5Б": 0.3}), ["5А"])
    with pytest.raises(NotEstimable, match="ours"):
        fit(
            frame, outcome="mark", regressors=["ours"], fixed_effects=["pupil"],
            cluster="class_label",
        )  # fmt: skip


def test_one_cluster_is_refused():
    frame = with_start(panel({"5А": 0.5}), ["5А"]).assign(x=np.arange(9.0) % 4)
    with pytest.raises(NotEstimable, match="one cluster"):
        fit(frame, outcome="mark", regressors=["x"], cluster="class_label")


def test_a_pre_trend_needs_three_terms_before_the_start():
    frame = with_start(panel({"5А": 0.5, "5Б": 0.3, "5В": 0.1, "5Г": 0.2}), ["5А", "5Б"])
    frame = frame.assign(mark=frame["mark"] + np.sin(np.arange(len(frame))))
    study = event_study(
        frame, outcome="mark", unit="pupil", term="term", innovative="ours", terms=TERMS,
        reference=TERMS[1], cluster="class_label",
    )  # fmt: skip
    assert study.before == (TERMS[0],)
    assert not study.testable


def starts(frame, when):
    return frame.assign(start=frame["class_label"].map(when))


def classes(gains):
    """Return class means: a row per class and term, given as lists over the terms."""
    rows = [
        (label, term, mark)
        for label, marks in gains.items()
        for term, mark in zip(TERMS, marks, strict=True)
    ]
    return pd.DataFrame(rows, columns=["class_label", "term", "mark"])


def test_each_group_of_starters_is_compared_with_who_has_not_begun():
    frame = starts(
        classes({"5А": [4.0, 4.5, 4.5], "5Б": [4.0, 4.1, 4.6], "5В": [4.0, 4.1, 4.2]}),
        {"5А": TERMS[1], "5Б": TERMS[2]},
    )
    found = staggered(
        frame, outcome="mark", unit="class_label", term="term", start="start", terms=TERMS
    )
    told = {(cell.start, cell.term): cell.estimate for cell in found.cells if cell.after}
    # Q2: .5 against .1 of both others; Q3: .5 against .2 of 5В alone; 5Б: .5 against .1 of 5В
    assert told == {
        (TERMS[1], TERMS[1]): pytest.approx(0.4),
        (TERMS[1], TERMS[2]): pytest.approx(0.3),
        (TERMS[2], TERMS[2]): pytest.approx(0.4),
    }
    assert found.overall.estimate == pytest.approx((0.4 + 0.3 + 0.4) / 3)


def test_a_group_of_one_class_has_no_standard_error():
    frame = starts(
        classes({"5А": [4.0, 4.5, 4.5], "5Б": [4.0, 4.1, 4.6], "5В": [4.0, 4.1, 4.2]}),
        {"5А": TERMS[1]},
    )
    found = staggered(
        frame, outcome="mark", unit="class_label", term="term", start="start", terms=TERMS
    )
    assert math.isnan(found.overall.standard_error)


def test_starts_are_handed_out_in_every_way():
    frame = starts(
        classes({"5А": [4.0, 4.5, 4.5], "5Б": [4.0, 4.1, 4.1], "5В": [4.0, 4.1, 4.2],
                 "5Г": [4.0, 4.0, 4.1]}),
        {"5А": TERMS[1]},
    )  # fmt: skip
    found = staggered_permutation(
        frame, outcome="mark", unit="class_label", term="term", start="start", terms=TERMS
    )
    # one start among four classes: four ways, and 5А differs most
    assert (found.assignments, found.p_value, found.smallest_p) == (4, 0.25, 0.25)


def test_without_anybody_left_to_compare_with_there_is_no_answer():
    frame = starts(classes({"5А": [4.0, 4.5, 4.5], "5Б": [4.0, 4.1, 4.1]}), {})
    with pytest.raises(NotComparable):
        staggered(
            frame, outcome="mark", unit="class_label", term="term", start="start", terms=TERMS
        )
