"""How much each subject of a composite weighs."""

import math

import numpy as np
import pytest

from posanalytics.evaluation.composite import composite_weights

rng = np.random.default_rng(12)
NOISE = rng.normal(0, 1, (26, 3))
ONE_ARM = np.array(["2025-26"] * 26)
NAMES = ["a", "b", "c"]


def orthogonal(columns=3):
    """Return class gains whose columns are centred and exactly uncorrelated, variance one."""
    q, _ = np.linalg.qr(np.column_stack([np.ones(26), rng.normal(0, 1, (26, columns))]))
    return q[:, 1:] * math.sqrt(25)


def test_uncorrelated_subjects_weigh_as_equal_ones_do():
    gains = orthogonal() * [1.0, 2.0, 4.0]
    inverse = composite_weights(gains, ONE_ARM, NAMES, weighting="inverse_covariance")
    # 1/sd: 1, 1/2, 1/4 of 7/4
    assert inverse.shares == pytest.approx({"a": 4 / 7, "b": 2 / 7, "c": 1 / 7})
    assert inverse.shares == pytest.approx(composite_weights(gains, ONE_ARM, NAMES).shares)


def test_two_subjects_that_say_the_same_share_one_voice():
    base = orthogonal(4)
    # a and b correlate .8, c stands alone: R⁻¹1 = (1/1.8, 1/1.8, 1).
    gains = np.column_stack([
        math.sqrt(0.8) * base[:, 0] + math.sqrt(0.2) * base[:, 1],
        math.sqrt(0.8) * base[:, 0] + math.sqrt(0.2) * base[:, 2],
        base[:, 3],
    ])  # fmt: skip
    found = composite_weights(gains, ONE_ARM, NAMES, weighting="inverse_covariance")
    total = 2 / 1.8 + 1
    assert found.shares == pytest.approx(
        {"a": 1 / 1.8 / total, "b": 1 / 1.8 / total, "c": 1 / total}
    )


def test_the_mean_weighed_so_has_the_least_spread_of_all_z_score_means():
    gains = NOISE @ np.array([[1, 0.6, 0.2], [0, 1, 0.5], [0, 0, 1.0]])
    gains /= gains.std(axis=0, ddof=1)
    found = composite_weights(gains, ONE_ARM, NAMES, weighting="inverse_covariance")
    best = (gains @ list(found.shares.values())).std()
    for other in ([1, 0, 0], [0, 1, 0], [0, 0, 1], [1 / 3] * 3, [0.5, 0.3, 0.2]):
        assert best <= (gains @ other).std() + 1e-9


def test_a_negative_weight_becomes_nothing_and_is_named():
    base = orthogonal(2)
    # c = the sum of a and noise on a wide scale: its z repeats a and b, R⁻¹1 is negative for it.
    mixed = (base[:, 0] + base[:, 1]) / math.sqrt(2)
    small = orthogonal(1)[:, 0] * 0.3
    gains = np.column_stack([base[:, 0], base[:, 1], mixed + small])
    found = composite_weights(gains, ONE_ARM, NAMES, weighting="inverse_covariance")
    assert found.nothing == ("c",)
    assert found.shares["c"] == 0.0
    assert math.fsum(found.shares.values()) == pytest.approx(1)


def test_fewer_than_eight_degrees_of_freedom_a_subject_are_refused():
    enough, few = NOISE[:25], NOISE[:24]  # 25 − 1 = 3 · 8
    arms = ONE_ARM[:25]
    assert not composite_weights(enough, arms, NAMES, weighting="inverse_covariance").refused
    found = composite_weights(few, arms[:24], NAMES, weighting="inverse_covariance")
    assert found.refused
    assert found.weighting == "equal"
    assert found.shares == composite_weights(few, arms[:24], NAMES).shares


def test_two_subjects_need_eighteen_degrees_of_freedom_in_all():
    for classes, refused in ((19, False), (18, True)):
        found = composite_weights(
            NOISE[:classes, :2], ONE_ARM[:classes], NAMES[:2], weighting="inverse_covariance"
        )
        assert found.refused is refused


def test_a_subject_that_repeats_another_is_refused():
    gains = np.column_stack([NOISE[:, 0], NOISE[:, 0], NOISE[:, 1]])
    assert composite_weights(gains, ONE_ARM, NAMES, weighting="inverse_covariance").refused


def test_a_subject_that_does_not_vary_is_refused():
    gains = np.column_stack([NOISE[:, :2], np.zeros(26)])
    assert composite_weights(gains, ONE_ARM, NAMES, weighting="inverse_covariance").refused


def test_classes_without_every_subject_do_not_enter_the_covariance():
    lacking = np.vstack([NOISE, [[5.0, -5.0, math.nan]]])
    arms = np.append(ONE_ARM, "2025-26")
    whole = composite_weights(NOISE, ONE_ARM, NAMES, weighting="inverse_covariance")
    assert composite_weights(lacking, arms, NAMES, weighting="inverse_covariance") == whole


def test_an_effect_in_one_arm_changes_no_weight():
    arms = np.array(["ours"] * 13 + ["theirs"] * 13)
    moved = NOISE + np.where(arms == "ours", 1.0, 0.0)[:, None] * [2.0, 0.0, 0.0]
    for weighting in ("equal", "inverse_covariance"):
        first, second = (
            composite_weights(gains, arms, NAMES, weighting=weighting).shares
            for gains in (NOISE, moved)
        )
        assert first == pytest.approx(second)


def test_the_order_of_classes_changes_no_bit():
    order = rng.permutation(26)
    first = composite_weights(NOISE, ONE_ARM, NAMES, weighting="inverse_covariance")
    assert first == composite_weights(NOISE[order], ONE_ARM, NAMES, weighting="inverse_covariance")


def test_one_subject_has_all_the_weight():
    assert composite_weights(NOISE[:, :1], ONE_ARM, ["a"]).shares == {"a": 1.0}


def test_equal_weights_follow_the_spread_of_subjects_from_eighteen_degrees_of_freedom_on():
    gains = np.array([[-1.0, -2.0], [1.0, 2.0]] * 10)  # the second varies twice as much
    for classes, first in ((19, 2 / 3), (18, 1 / 2)):  # one arm: a degree less than classes
        found = composite_weights(gains[:classes], ONE_ARM[:classes], NAMES[:2])
        assert found.shares["a"] == pytest.approx(first)
