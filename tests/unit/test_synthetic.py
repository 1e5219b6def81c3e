"""A mix of control classes: cases whose weights are known by construction."""

from __future__ import annotations

import math

import pytest

from posanalytics.evaluation.synthetic import NoSynthesis, synthetic_control

TERMS = ["2024-25-Q1", "2024-25-Q2", "2024-25-Q3", "2024-25-Q4", "2025-26-Q1"]
CONTROL = {
    "5Б": [3.0, 3.4, 3.1, 3.3, 3.2],
    "6Б": [4.0, 3.8, 4.2, 4.1, 4.0],
    "7Б": [3.6, 3.5, 3.6, 3.5, 3.6],
    "8Б": [4.4, 4.6, 4.3, 4.6, 4.5],
}


def halves(effect):
    """Return a class that is half 5Б and half 6Б, with an effect in the last term."""
    mixed = [(a + b) / 2 for a, b in zip(CONTROL["5Б"], CONTROL["6Б"], strict=True)]
    return [*mixed[:-1], mixed[-1] + effect]


def test_the_weights_of_a_known_mix_are_found():
    found = synthetic_control(halves(0.0), CONTROL, terms=TERMS, before=4)
    assert found.weights == pytest.approx({"5Б": 0.5, "6Б": 0.5, "7Б": 0.0, "8Б": 0.0}, abs=1e-4)
    assert found.fit_before == pytest.approx(0.0, abs=1e-4)


def test_the_effect_is_the_distance_from_the_mix():
    found = synthetic_control(halves(0.6), CONTROL, terms=TERMS, before=4)
    assert found.estimate == pytest.approx(0.6, abs=1e-3)
    assert found.p_value == found.smallest_p == 1 / 5


def test_without_an_effect_the_class_is_like_the_others():
    assert synthetic_control(halves(0.0), CONTROL, terms=TERMS, before=4).p_value > 1 / 5


def test_the_order_of_classes_changes_nothing():
    turned = dict(reversed(CONTROL.items()))
    asked = {"terms": TERMS, "before": 4}
    assert synthetic_control(halves(0.6), CONTROL, **asked) == synthetic_control(
        halves(0.6), turned, **asked
    )


@pytest.mark.parametrize(
    ("control", "before", "said"),
    [
        (CONTROL, 2, "2 terms"),
        (CONTROL, 5, "none comes after"),
        ({label: CONTROL[label] for label in ("5Б", "6Б")}, 4, "2 control classes"),
    ],
)
def test_too_little_to_mix_is_refused(control, before, said):
    with pytest.raises(NoSynthesis, match=said):
        synthetic_control(halves(0.0), control, terms=TERMS, before=before)


def test_three_terms_before_the_start_and_three_classes_are_enough():
    control = {label: CONTROL[label] for label in ("5Б", "6Б", "7Б")}
    found = synthetic_control(halves(0.0), control, terms=TERMS, before=3)
    assert found.weights == pytest.approx({"5Б": 0.5, "6Б": 0.5, "7Б": 0.0}, abs=1e-3)


def test_two_equal_classes_share_their_weight():
    control = {**CONTROL, "6В": CONTROL["6Б"]}
    found = synthetic_control(halves(0.6), control, terms=TERMS, before=4)
    assert found.weights["6Б"] == pytest.approx(0.25, abs=1e-3)
    assert found.weights["6В"] == pytest.approx(0.25, abs=1e-3)


def test_a_mix_that_goes_another_way_has_no_p():
    # 2.0 lies a mark and more below every control class
    found = synthetic_control([2.0] * 4 + [3.0], CONTROL, terms=TERMS, before=4)
    assert found.fit_before > 1
    assert found.reason == "poor_fit"
    assert math.isnan(found.p_value)


def test_the_answer_is_a_table_of_one_row():
    found = synthetic_control(halves(0.6), CONTROL, terms=TERMS, before=4)
    row = found.tidy().to_dict("records")[0]
    assert (row["p_value"], row["smallest_p"], row["method"]) == (0.2, 0.2, "synthetic_control")


@pytest.mark.parametrize(("below", "reason"), [(0.25, ""), (0.26, "poor_fit")])
def test_a_mix_a_quarter_of_a_mark_away_is_the_last_that_is_like_the_class(below, reason):
    control = {label: [mark] * 5 for label, mark in (("5Б", 4.0), ("6Б", 4.5), ("7Б", 5.0))}
    found = synthetic_control([4.0 - below] * 5, control, terms=TERMS, before=4)
    assert found.fit_before == pytest.approx(below, abs=1e-5)
    assert found.reason == reason


def test_a_fit_closer_than_a_hundredth_of_a_mark_counts_as_a_hundredth():
    # Ours fits exactly, .45 after: ratio .45/.01 = 45. 7Б is .015 away and .45 after: 30.
    # With a floor of .02 both would be 22.5.
    control = {
        "5Б": [4.0] * 5,
        "6Б": [4.0] * 5,
        "7Б": [4.015, 3.985, 4.015, 3.985, 4.45],
    }
    found = synthetic_control([4.0, 4.0, 4.0, 4.0, 4.45], control, terms=TERMS, before=4)
    assert found.p_value == 0.25
