"""The wild cluster bootstrap and other exact tests against a slow count by hand."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from posanalytics.evaluation.bootstrap import wild_bootstrap
from posanalytics.evaluation.inference import sign_flip, stratified_permutation
from posanalytics.evaluation.regression import NotEstimable


def classes(ours=3, theirs=4):
    """Return pupils of a few classes whose marks follow a fixed wave."""
    labels = [f"5{letter}" for letter in "АБВГДЕЖ"[: ours + theirs]]
    rows = [
        (label, float(place < ours), 3.5 + 0.4 * (place < ours) + np.sin(3 * place + pupil))
        for place, label in enumerate(labels)
        for pupil in range(4 + place % 3)
    ]
    return pd.DataFrame(rows, columns=["class_label", "new", "mark"])


def t_of(frame, y):
    """Return the t of `new` with CR0 by plain least squares."""
    x = np.column_stack([np.ones(len(frame)), frame["new"]])
    inverse = np.linalg.inv(x.T @ x)
    slope = inverse @ x.T @ y
    left = y - x @ slope
    labels = frame["class_label"].to_numpy()
    sums = [x[labels == c].T @ left[labels == c] for c in np.unique(labels)]
    meat = sum(np.outer(part, part) for part in sums)
    return slope[1] / np.sqrt((inverse @ meat @ inverse)[1, 1])


def slow_p(frame):
    """Return the share of all sign changes whose t reaches the observed one, one fit each."""
    y, labels = frame["mark"].to_numpy(), frame["class_label"].to_numpy()
    names = np.unique(labels)
    held = y - y.mean()
    observed = abs(t_of(frame, y))
    reached = 0
    for signs in itertools.product((1, -1), repeat=len(names)):
        sign = dict(zip(names, signs, strict=True))
        drawn = y.mean() + held * np.array([sign[label] for label in labels])
        reached += abs(t_of(frame, drawn)) >= observed - 1e-8
    return reached / 2 ** len(names)


def test_all_sign_changes_count_as_a_slow_refit_of_each_would():
    frame = classes()
    found = wild_bootstrap(
        frame, outcome="mark", regressors=["new"], tested="new", cluster="class_label"
    )
    assert found.exact
    assert found.draws == 2**7
    assert found.p_value == slow_p(frame)


def test_the_smallest_p_of_the_bootstrap_is_a_pair_of_draws():
    found = wild_bootstrap(
        classes(), outcome="mark", regressors=["new"], tested="new", cluster="class_label"
    )
    assert found.smallest_p == 2 / 2**7
    assert found.p_value >= found.smallest_p


def test_rows_without_a_single_complete_one_are_refused_in_words():
    with pytest.raises(NotEstimable, match="No row"):
        wild_bootstrap(
            classes().assign(mark=math.nan), outcome="mark", regressors=["new"], tested="new",
            cluster="class_label",
        )  # fmt: skip


def test_one_innovative_class_is_refused():
    with pytest.raises(NotEstimable, match="two clusters"):
        wild_bootstrap(
            classes(ours=1), outcome="mark", regressors=["new"], tested="new",
            cluster="class_label",
        )  # fmt: skip


def test_a_seeded_sample_agrees_with_the_full_count_within_its_error():
    frame = classes()
    asked = {"outcome": "mark", "regressors": ["new"], "tested": "new", "cluster": "class_label"}
    exact = wild_bootstrap(frame, **asked).p_value
    drawn = wild_bootstrap(frame, **asked, most=0).p_value
    # four standard errors of a share among 19,999 draws
    assert abs(drawn - exact) < 4 * (exact * (1 - exact) / 19_999) ** 0.5


def test_the_order_of_rows_changes_no_bit_of_the_bootstrap():
    frame = classes()
    asked = {"outcome": "mark", "regressors": ["new"], "tested": "new", "cluster": "class_label"}
    assert wild_bootstrap(frame, **asked) == wild_bootstrap(frame.iloc[::-1], **asked)


def test_sign_flips_are_counted_by_hand():
    # sums of ±.3 ±.1: .4, .2, −.2, −.4; the observed .4 is reached by two of four
    assert sign_flip([0.3, 0.1]).p_value == 0.5
    assert sign_flip([0.3, -0.1]).p_value == 1.0


def test_more_pairs_than_can_be_counted_are_drawn_and_agree():
    differences = [np.sin(number) + 0.2 for number in range(16)]
    exact, drawn = sign_flip(differences).p_value, sign_flip(differences, most=4).p_value
    assert abs(drawn - exact) < 4 * (exact * (1 - exact) / 19_999) ** 0.5


def test_strata_multiply_their_ways():
    # C(3, 1) · C(4, 2) = 18; the innovative classes are the highest of each stratum
    found = stratified_permutation([([0.9], [0.1, 0.2]), ([0.8, 0.7], [0.0, 0.3])])
    assert (found.assignments, found.p_value, found.smallest_p) == (18, 1 / 18, 1 / 18)


def test_a_stratum_without_control_says_nothing():
    alone = stratified_permutation([([0.9], []), ([0.8], [0.0, 0.3])])
    assert alone.p_value == stratified_permutation([([0.8], [0.0, 0.3])]).p_value


def test_exact_strata_agree_with_draws():
    strata = [([0.4, 0.3], [0.1, 0.35, 0.2]), ([0.5, 0.1], [0.15, 0.3, 0.25])]
    exact = stratified_permutation(strata).p_value
    drawn = stratified_permutation(strata, most=1).p_value
    assert abs(drawn - exact) < 4 * (exact * (1 - exact) / 19_999) ** 0.5


@pytest.mark.parametrize("mark", [3.7, 4.0])
def test_marks_that_are_all_the_same_have_no_bootstrap(mark):
    # .1 + .2 is not .3: the residuals of equal marks are rounding, and its signs say nothing.
    found = wild_bootstrap(
        classes().assign(mark=mark),
        outcome="mark",
        regressors=["new"],
        tested="new",
        cluster="class_label",
    )
    assert math.isnan(found.p_value)
    assert math.isnan(found.statistic)


def test_a_treatment_of_some_pupils_of_a_class_is_refused():
    frame = classes()
    frame.loc[0, "new"] = 1.0 - frame.loc[0, "new"]
    with pytest.raises(NotEstimable, match="inside a cluster"):
        wild_bootstrap(
            frame, outcome="mark", regressors=["new"], tested="new", cluster="class_label"
        )


def test_regressors_that_explain_one_another_are_refused_in_words():
    frame = classes()
    with pytest.raises(NotEstimable, match="explain"):
        wild_bootstrap(
            frame.assign(copy=2 * frame["new"] + 1),
            outcome="mark",
            regressors=["new", "copy"],
            tested="new",
            cluster="class_label",
        )


def test_a_large_mean_of_a_covariate_changes_nothing():
    # Adding a constant to a covariate only moves the intercept.
    frame = classes().assign(before=lambda f: np.cos(1.3 * np.arange(len(f))))
    plain, moved = (
        wild_bootstrap(
            frame.assign(before=frame["before"] + shift),
            outcome="mark",
            regressors=["new", "before"],
            tested="new",
            cluster="class_label",
        )
        for shift in (0.0, 3e6)
    )
    assert moved.statistic == pytest.approx(plain.statistic, rel=1e-8)
    assert moved.p_value == plain.p_value
