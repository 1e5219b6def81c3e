"""Regressions by hand: small tables whose answers are arithmetic."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import f as f_dist

from posanalytics.evaluation.event_study import event_study
from posanalytics.evaluation.regression import NotEstimable, fit
from posanalytics.evaluation.staggered import (
    NotComparable,
    PanelNames,
    staggered,
    staggered_permutation,
    start_draws,
)
from posanalytics.schema import GLOSSARY

TERMS = ["2025-26-Q1", "2025-26-Q2", "2025-26-Q3"]
NAMES = PanelNames(outcome="mark", unit="class_label", term="term", start="start", terms=TERMS)


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


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("kind", ["int64", "str", "float64"])
def test_a_panel_gives_the_same_bits_however_its_rows_and_labels_come(kind, twice):
    """One row per pupil and term takes another way to its order than rows that share both."""
    pupils, terms = np.divmod(np.arange(60), 4)
    table = pd.DataFrame({
        "pupil": pupils, "term": terms, "class_label": pupils // 5,
        "new": ((pupils < 5) & (terms > 1)).astype(float), "mark": np.sin(np.arange(60.0)),
    })  # fmt: skip
    table = pd.concat([table, table.assign(mark=table["mark"] ** 2)]) if twice else table
    options = {
        "outcome": "mark", "regressors": ["new"], "fixed_effects": ["pupil", "term"],
        "cluster": "class_label",
    }  # fmt: skip
    first = fit(table, **options)
    shuffled = table.sample(frac=1, random_state=3).astype({"term": kind, "class_label": kind})
    second = fit(shuffled, **options)
    assert np.array_equal(first.estimates, second.estimates)
    assert np.array_equal(first.covariance, second.covariance)


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
    found = staggered(frame, NAMES)
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
    found = staggered(frame, NAMES)
    assert math.isnan(found.overall.standard_error)


def test_starts_are_handed_out_in_every_way():
    frame = starts(
        classes({"5А": [4.0, 4.5, 4.5], "5Б": [4.0, 4.1, 4.1], "5В": [4.0, 4.1, 4.2],
                 "5Г": [4.0, 4.0, 4.1]}),
        {"5А": TERMS[1]},
    )  # fmt: skip
    found = staggered_permutation(frame, NAMES)
    # one start among four classes: four ways, and 5А differs most
    assert (found.assignments, found.p_value, found.smallest_p) == (4, 0.25, 0.25)


def test_without_anybody_left_to_compare_with_there_is_no_answer():
    frame = starts(classes({"5А": [4.0, 4.5, 4.5], "5Б": [4.0, 4.1, 4.1]}), {})
    with pytest.raises(NotComparable):
        staggered(frame, NAMES)


def shifted(by, *, scale=1.0):
    """Return 48 pupils of eight classes, a covariate of standard deviation near 1 moved by that."""
    x = np.sin(2.3 * np.arange(48)) * math.sqrt(2)
    place = np.repeat(np.arange(8), 6)
    mark = 3.5 + 0.3 * x + 0.5 * np.cos(5 * place) + np.sin(7.7 * np.arange(48))
    return pd.DataFrame(
        {
            "class_label": place.astype(str),
            "new": (place < 4).astype("float64"),
            "x": x * scale + by,
            "mark": mark,
        }
    )


@pytest.mark.parametrize("shift", [1e3, 3e4, 1e6])
@pytest.mark.parametrize("covariance", ["CR1S", "CR2", "CR3"])
def test_a_large_mean_of_a_covariate_costs_no_digits(shift, covariance):
    # y on x + c has the slopes, standard errors and df of y on x (clubSandwich too).
    plain, moved = (
        fit(shifted(by), outcome="mark", regressors=["new", "x"], cluster="class_label",
            covariance=covariance)
        for by in (0.0, shift)
    )  # fmt: skip
    assert moved.estimates[1:] == pytest.approx(plain.estimates[1:], rel=1e-8)
    assert moved.standard_errors[1:] == pytest.approx(plain.standard_errors[1:], rel=1e-8)
    assert moved.df[1:] == pytest.approx(plain.df[1:], rel=1e-7)
    assert moved.estimates[0] == pytest.approx(
        plain.estimates[0] - shift * plain.estimates[2], rel=1e-8
    )


def test_the_intercept_of_moved_columns_has_the_error_of_least_squares():
    frame = shifted(5.0)
    x = np.column_stack([np.ones(48), frame["new"], frame["x"]])
    left = frame["mark"] - x @ np.linalg.lstsq(x, frame["mark"], rcond=None)[0]
    expected = np.linalg.inv(x.T @ x) * float(left @ left) / 45
    found = fit(frame, outcome="mark", regressors=["new", "x"], covariance="iid")
    assert found.covariance == pytest.approx(expected, rel=1e-9)


def test_the_units_of_a_covariate_cost_no_digits():
    plain, small = (
        fit(shifted(0.0, scale=scale), outcome="mark", regressors=["new", "x"],
            cluster="class_label", covariance="CR2")
        for scale in (1.0, 1e-10)
    )  # fmt: skip
    assert small.standard_errors[1] == pytest.approx(plain.standard_errors[1], rel=1e-9)
    assert small.standard_errors[2] * 1e-10 == pytest.approx(plain.standard_errors[2], rel=1e-9)
    assert small.df[1:] == pytest.approx(plain.df[1:], rel=1e-9)


def test_the_joint_test_does_not_depend_on_units():
    plain, small = (
        fit(shifted(0.0, scale=scale), outcome="mark", regressors=["new", "x"],
            cluster="class_label").wald(["new", "x"])
        for scale in (1.0, 1e-10)
    )  # fmt: skip
    assert small.p_value == pytest.approx(plain.p_value, rel=1e-9)


def test_the_joint_test_is_a_row_with_its_f_and_both_degrees_of_freedom():
    fitted = fit(shifted(0.0), outcome="mark", regressors=["new", "x"], cluster="class_label")
    found = fitted.wald(["new", "x"])
    row = found.tidy().to_dict("records")[0]
    assert row["df_numerator"] == 2  # two coefficients
    # p is what is right of F with both degrees of freedom (SciPy)
    assert row["p_value"] == pytest.approx(f_dist.sf(row["statistic"], 2, row["df"]), rel=1e-9)
    assert set(row) <= GLOSSARY.keys()


@pytest.mark.parametrize("covariance", ["iid", "HC1", "CR1S", "CR2", "CR3"])
def test_an_exact_fit_has_no_test(covariance):
    frame = shifted(0.0)
    frame = frame.assign(mark=3.7 + 0.1 * frame["new"] + 0.3 * frame["x"])
    found = fit(
        frame, outcome="mark", regressors=["new", "x"], cluster="class_label",
        covariance=covariance,
    )  # fmt: skip
    assert found.tidy()[["conf_low", "conf_high", "p_value"]].isna().all(axis=None)
    assert math.isnan(found.wald(["new", "x"]).p_value)


def test_fewer_rows_than_columns_are_refused_in_words():
    with pytest.raises(NotEstimable, match="too few"):
        fit(shifted(0.0).head(2), outcome="mark", regressors=["new", "x"], covariance="iid")


def test_a_nested_effect_uses_up_no_degree_of_freedom():
    # 4 classes of 3 pupils in 3 terms: 36 rows − 12 pupils − 2 terms − 1 slope; the class of a
    # pupil is known with the pupil.
    frame = with_start(panel({"5А": 0.5, "5Б": 0.3, "5В": 0.1, "5Г": 0.2}), ["5А", "5Б"])
    frame = frame.assign(mark=frame["mark"] + np.sin(np.arange(len(frame)) * 1.7))
    found = fit(
        frame, outcome="mark", regressors=["new"], covariance="iid",
        fixed_effects=["pupil", "class_label", "term"],
    )  # fmt: skip
    assert found.df[0] == 36 - 12 - 2 - 1


@pytest.mark.parametrize("third", [[], ["other"]])
def test_effects_that_never_meet_use_up_one_less(third):
    # Two schools with their own pupils and terms: the rank of the dummies is the count.
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        [(f"{s}{p}", f"{s}-Q{t}") for s in "AB" for p in range(4) for t in range(3)],
        columns=["pupil", "term"],
    )
    frame = frame.assign(
        x=rng.normal(size=24), mark=rng.normal(size=24), other=rng.integers(0, 3, 24).astype(str)
    )
    names = ["pupil", "term", *third]
    dummies = np.column_stack([pd.get_dummies(frame[n]).to_numpy(float) for n in names])
    found = fit(frame, outcome="mark", regressors=["x"], fixed_effects=names, covariance="iid")
    assert found.df[0] == 24 - np.linalg.matrix_rank(dummies) - 1


def asked(method, frame, **names):
    return method(frame, replace(NAMES, **names))


LATER = {"5А": [4.0, 4.5, 4.5], "5Б": [4.0, 4.1, 4.6], "5В": [4.0, 4.1, 4.2]}


@pytest.mark.parametrize("method", [staggered, staggered_permutation])
def test_a_class_that_began_before_the_terms_is_no_control(method):
    frame = starts(classes(LATER), {"5А": TERMS[1], "5Б": "2024-25-Q4"})
    with pytest.raises(NotComparable, match="2024-25-Q4"):
        asked(method, frame, terms=TERMS)


def test_classes_named_as_begun_earlier_are_left_out():
    frame = starts(classes(LATER), {"5А": TERMS[1], "5Б": "2024-25-Q4"})
    found = asked(staggered, frame, terms=TERMS, earlier=["2024-25-Q4"])
    # Q2: .5 against .1 of 5В alone, Q3: .5 against .2.
    assert found.overall.estimate == pytest.approx((0.4 + 0.3) / 2)
    # 5А and 5В are left: two ways to name the one that begins
    test = asked(staggered_permutation, frame, terms=TERMS, earlier=["2024-25-Q4"])
    assert test.assignments == 2


def test_years_turned_into_decimals_by_a_gap_are_still_years():
    years = dict(zip(TERMS, ("2021", "2022", "2023"), strict=True))
    frame = classes(LATER).assign(term=lambda f: f["term"].map(years))
    frame = starts(frame, {"5А": 2022})
    assert frame["start"].dtype == "float64"
    found = asked(staggered, frame, terms=["2021", "2022", "2023"])
    # .5 against the mean of .1 and .1; .5 against that of .6 and .2
    assert found.overall.estimate == pytest.approx((0.4 + 0.1) / 2)


@pytest.mark.parametrize("when", [{}, dict.fromkeys(LATER, TERMS[1])])
def test_starts_that_leave_nobody_to_compare_have_no_permutation(when):
    with pytest.raises(NotComparable):
        asked(staggered_permutation, starts(classes(LATER), when), terms=TERMS)


def test_an_infinite_value_is_refused_in_words():
    frame = shifted(0.0)
    frame.loc[0, "mark"] = math.inf
    with pytest.raises(NotEstimable, match="infinite"):
        fit(frame, outcome="mark", regressors=["new", "x"], covariance="iid")


EIGHT = {f"{number}А": [4.0, 4.0 + math.sin(number) / 5, 4.2] for number in range(8)}


def test_more_ways_to_begin_than_can_be_listed_are_drawn_and_agree():
    frame = starts(classes(EIGHT), {"1А": TERMS[1], "2А": TERMS[1], "7А": TERMS[2]})
    exact, drawn = (staggered_permutation(frame, NAMES, most=most) for most in (50_000, 10))
    assert (exact.exact, drawn.exact) == (True, False)
    # C(8, 2)·6 = 168 ways; four standard errors of a share among 19,999 draws
    assert exact.assignments == 168
    assert staggered_permutation(frame, NAMES, most=168).exact
    assert abs(drawn.p_value - exact.p_value) < 4 * math.sqrt(
        exact.p_value * (1 - exact.p_value) / 19_999
    )


def test_drawn_starts_have_the_test_of_the_permutation():
    frame = starts(classes(EIGHT), {"1А": TERMS[1], "2А": TERMS[1], "7А": TERMS[2]})
    for most in (50_000, 10):
        drawn = start_draws(frame, NAMES, most=most, draws=99)
        assert drawn.p_value == staggered_permutation(frame, NAMES, most=most, draws=99).p_value


def test_starts_that_nobody_has_leave_draws_without_a_test():
    drawn = start_draws(starts(classes(LATER), {}), NAMES)
    assert math.isnan(drawn.p_value)
    assert math.isnan(drawn.smallest_p)


def test_an_empty_start_is_none():
    frame = starts(classes(LATER), {"5А": TERMS[1], "5Б": "", "5В": ""})
    # Q2: .5 against .1 and .1; Q3: .5 against .6 and .2
    assert staggered(frame, NAMES).overall.estimate == pytest.approx((0.4 + 0.1) / 2)


def test_effects_are_told_by_the_terms_since_the_start():
    found = staggered(starts(classes(LATER), {"5А": TERMS[1], "5Б": TERMS[2]}), NAMES)
    told = {row.terms: row.estimate for row in found.by_distance}
    # at the start .4 (5А) and .5 − .1 (5Б), a term later .5 − .2; two terms before it, against the
    # term before it, 5Б was like 5В
    assert told == {-2: pytest.approx(0.0), 0: pytest.approx(0.4), 1: pytest.approx(0.3)}


def test_two_classes_in_each_group_have_a_standard_error():
    gains = {"5А": 0.5, "6А": 0.3, "5Б": 0.2, "6Б": 0.0}
    frame = classes({label: [4.0, 4.0 + gain, 4.0 + gain] for label, gain in gains.items()})
    found = staggered(starts(frame, {"5А": TERMS[1], "6А": TERMS[1]}), NAMES)
    # Σ(y − ȳ)²/n² of either group: .02/4 + .02/4
    assert found.cells[0].standard_error == pytest.approx(0.1)
