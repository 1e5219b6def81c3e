"""What must hold for any class gains at all."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from posanalytics import panel
from posanalytics.evaluation import compare
from posanalytics.evaluation.archive import placebo
from posanalytics.evaluation.attrition import boundary
from posanalytics.evaluation.design import Design, Outcome
from posanalytics.evaluation.effect_size import cliffs_delta, hedges_g
from posanalytics.evaluation.estimators import two_step, welch
from posanalytics.evaluation.inference import (
    benjamini_hochberg,
    permutation,
    sign_flip,
    smallest_p,
    stratified_permutation,
)
from posanalytics.evaluation.verdict import Findings, decide
from posanalytics.panel import Periods

# Gains as schools have them: hundredths of a mark between −1 and 1.
gains = st.integers(-100, 100).map(lambda hundredths: hundredths / 100)
arms = st.tuples(st.lists(gains, min_size=1, max_size=5), st.lists(gains, min_size=2, max_size=6))
wide = st.tuples(st.lists(gains, min_size=2, max_size=5), st.lists(gains, min_size=2, max_size=6))
archives = st.lists(st.lists(gains, min_size=4, max_size=7), min_size=2, max_size=2)


def years(archive):
    return {f"202{i}-2{i + 1}": values for i, values in enumerate(archive)}


@given(wide)
def test_swapping_the_groups_changes_only_the_sign(both):
    first, second = both
    for estimator in (two_step, welch, hedges_g, cliffs_delta):
        assert estimator(first, second).estimate == -estimator(second, first).estimate
    assert two_step(first, second).p_value == pytest.approx(
        two_step(second, first).p_value, nan_ok=True
    )
    assert permutation(first, second).p_value == permutation(second, first).p_value


@given(arms, st.randoms(use_true_random=False))
def test_the_order_of_classes_changes_nothing_to_the_last_bit(both, random):
    first, second = both
    shuffled = [random.sample(arm, len(arm)) for arm in both]
    for estimator in (two_step, welch, hedges_g, cliffs_delta, permutation):
        straight, mixed = estimator(first, second), estimator(*shuffled)
        assert repr(straight) == repr(mixed)


@given(wide, st.integers(1, 20))
def test_a_scale_with_more_points_changes_marks_and_not_chances(both, factor):
    larger = [[value * factor for value in arm] for arm in both]
    plain, scaled = two_step(*both), two_step(*larger)
    assert scaled.estimate == pytest.approx(plain.estimate * factor, abs=1e-9)
    if plain.standard_error > 1e-6:
        assert scaled.p_value == pytest.approx(plain.p_value, rel=1e-6, abs=1e-9)
        assert hedges_g(*larger).estimate == pytest.approx(hedges_g(*both).estimate, rel=1e-6)
    assert cliffs_delta(*larger).estimate == cliffs_delta(*both).estimate


@given(wide, st.integers(-3, 3))
def test_the_same_rise_in_every_class_changes_nothing(both, rise):
    raised = [[value + rise for value in arm] for arm in both]
    assert two_step(*raised).estimate == pytest.approx(two_step(*both).estimate, abs=1e-9)
    assert permutation(*raised).p_value == permutation(*both).p_value


@given(arms)
def test_no_p_is_below_the_smallest_that_the_design_can_give(both):
    found = permutation(*both)
    assert smallest_p(len(both[0]), len(both[1])) <= found.p_value <= 1


@given(arms)
def test_the_interval_holds_zero_exactly_when_p_is_five_percent_or_more(both):
    found = two_step(*both)
    assume(found.standard_error > 1e-6)
    assert (found.conf_low <= 0 <= found.conf_high) == (found.p_value >= 0.05)


@settings(max_examples=25, deadline=None)
@given(wide)
def test_a_sample_of_assignments_agrees_with_all_of_them(both):
    exact, sample = permutation(*both), permutation(*both, most=0)
    slack = 5 * math.sqrt(exact.p_value * (1 - exact.p_value) / 19_999) + 1 / 20_000
    assert sample.p_value == pytest.approx(exact.p_value, abs=slack)


@settings(max_examples=40, deadline=None)
@given(arms, archives)
def test_placebo_interval_and_p_agree_and_hold_the_estimate(both, archive):
    found = placebo(*both, years(archive), most=20_000, draws=999)
    assert found.conf_low <= found.observed + 1e-9
    assert found.conf_high >= found.observed - 1e-9
    assert found.smallest_p <= found.p_value <= 1
    if found.spread > 1e-6:
        assert (found.conf_low <= 0 <= found.conf_high) == (found.p_value >= 0.05)


# Few drawn schools are small enough to list every draw.
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(arms, archives)
def test_a_sample_of_placebo_draws_agrees_with_all_of_them(both, archive):
    assume(math.comb(sum(map(len, (*both, *archive))), len(both[0]) + len(both[1])) < 2_000)
    exact = placebo(*both, years(archive))
    sample = placebo(*both, years(archive), most=0)
    assume(exact.exact and len(exact.differences))
    slack = 5 * math.sqrt(exact.p_value * (1 - exact.p_value) / 19_999) + 1 / 20_000
    assert sample.p_value == pytest.approx(exact.p_value, abs=slack)


@given(st.lists(gains, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_pairs_in_any_order_and_direction_give_one_p(differences, random):
    found = sign_flip(differences)
    assert found == sign_flip(random.sample(differences, len(differences)))
    assert found == sign_flip([-value for value in differences])
    assert found.smallest_p <= found.p_value <= 1


@settings(max_examples=25, deadline=None)
@given(st.lists(gains, min_size=2, max_size=8))
def test_a_sample_of_signs_agrees_with_all_of_them(differences):
    exact, sample = sign_flip(differences), sign_flip(differences, most=0)
    slack = 5 * math.sqrt(exact.p_value * (1 - exact.p_value) / 19_999) + 1 / 20_000
    assert sample.p_value == pytest.approx(exact.p_value, abs=slack)


small = st.tuples(st.lists(gains, min_size=1, max_size=2), st.lists(gains, min_size=1, max_size=3))


@given(st.lists(small, min_size=1, max_size=3), st.randoms(use_true_random=False))
def test_parallels_in_any_order_give_one_p(strata, random):
    found = stratified_permutation(strata)
    assert found == stratified_permutation(random.sample(strata, len(strata)))
    assert found.smallest_p <= found.p_value <= 1


@settings(max_examples=20, deadline=None)
@given(st.lists(small, min_size=1, max_size=3))
def test_a_sample_of_choices_inside_parallels_agrees_with_all_of_them(strata):
    exact, sample = stratified_permutation(strata), stratified_permutation(strata, most=0)
    slack = 5 * math.sqrt(exact.p_value * (1 - exact.p_value) / 19_999) + 1 / 20_000
    assert sample.p_value == pytest.approx(exact.p_value, abs=slack)


@settings(max_examples=40, deadline=None)
@given(arms, archives, st.randoms(use_true_random=False))
def test_the_order_of_classes_and_years_changes_no_placebo(both, archive, random):
    kept = years(archive)
    mixed = {year: random.sample(kept[year], len(kept[year])) for year in reversed(kept)}
    shuffled = [random.sample(arm, len(arm)) for arm in both]
    first = placebo(*both, kept, most=20_000, draws=999)
    second = placebo(*shuffled, mixed, most=20_000, draws=999)
    assert first.tidy().equals(second.tidy())
    assert (first.differences == second.differences).all()


@settings(max_examples=40, deadline=None)
@given(arms, archives, st.integers(-2, 2))
def test_an_effect_moves_the_placebo_interval_by_itself(both, archive, effect):
    first = placebo(*both, years(archive), most=20_000, draws=999)
    assume(math.isfinite(first.conf_low) and math.isfinite(first.conf_high))
    moved = placebo([g + effect for g in both[0]], both[1], years(archive), most=20_000, draws=999)
    # The ends come from draws divided by 1 − b, which may be small.
    assert moved.conf_low - effect == pytest.approx(first.conf_low, abs=1e-6)
    assert moved.conf_high - effect == pytest.approx(first.conf_high, abs=1e-6)


@given(st.lists(st.floats(0, 1), max_size=12))
def test_correction_never_lowers_p_nor_changes_the_order(p_values):
    adjusted = benjamini_hochberg(p_values)
    assert all(p <= corrected <= 1 for p, corrected in zip(p_values, adjusted, strict=True))
    by_raw = [corrected for _, corrected in sorted(zip(p_values, adjusted, strict=True))]
    assert by_raw == sorted(by_raw)


@given(st.floats(0.01, 0.55), st.floats(0.001, 0.02))
def test_a_larger_loss_never_allows_a_much_larger_difference(overall, more):
    # The boundary rises while small losses limit what can differ, and falls from 10 % on.
    if overall >= 0.10:
        assert boundary(overall + more) <= boundary(overall) + 1e-9
    assert boundary(overall) <= boundary(overall, "optimistic") + 1e-9


probabilities = st.sampled_from([0.0, 0.01, 0.049, 0.05, 0.051, 0.4, 1.0, math.nan])
differences = st.sampled_from([-0.6, -0.11, -0.1, -0.02, 0.0, 0.02, 0.1, 0.11, 0.6])


@st.composite
def findings(draw):
    """Draw what a comparison may have found, edges more often than not."""
    estimate = draw(differences)
    reach = draw(st.sampled_from([0.0, 0.05, 0.08, 0.3, 2.0]))
    return Findings(
        title="",
        composite=False,
        period="",
        innovative=("5А", "6А")[: draw(st.integers(1, 2))],
        control=("5Б", "6Б")[: draw(st.integers(1, 2))],
        estimate=estimate,
        conf_low=estimate - reach,
        conf_high=estimate + reach,
        p_value=draw(probabilities),
        p_adjusted=draw(probabilities),
        p_unequal_spread=draw(probabilities),
        confirmations=(draw(probabilities),),
        ancova=draw(differences),
        spread=draw(st.sampled_from([0.0, 0.1, math.nan])),
        archive_usable=draw(st.booleans()),
        fewest_pupils=draw(st.integers(4, 6)),
        baseline_g=draw(st.sampled_from([0.0, 0.25, -0.25, 0.26, 0.5, -0.51, math.nan])),
        attrition=draw(st.sampled_from(["cautious", "unknown", "outside"])),
        lost=0.0,
    )


@given(findings())
def test_better_and_worse_are_judged_by_the_same_rules(found):
    mirrored = dataclasses.replace(
        found,
        estimate=-found.estimate,
        conf_low=-found.conf_high,
        conf_high=-found.conf_low,
        ancova=-found.ancova,
        baseline_g=-found.baseline_g,
    )
    code, cautious, reasons = decide(found)
    if found.estimate and code in {"A", "B", "E"}:
        turned = {"A": "E", "B": "E", "E": "B" if cautious else "A"}
        assert decide(mirrored) == (turned[code], cautious, reasons)
    else:
        assert decide(mirrored)[1:] == (cautious, reasons)


@given(findings())
def test_a_conclusion_without_caution_needs_everything(found):
    code, cautious, _ = decide(found)
    if code == "A" or (code == "E" and not cautious):
        assert found.p_adjusted < 0.05
        assert found.p_unequal_spread < 0.05
        assert len(found.innovative) > 1
        assert abs(found.baseline_g) <= 0.25 or math.isnan(found.baseline_g)
        assert found.ancova * found.estimate > 0


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_no_bit_of_any_result(random):
    marks = _marks()
    order = list(range(len(marks)))
    random.shuffle(order)
    first, second = (_results(table) for table in (marks, marks.iloc[order]))
    pd.testing.assert_frame_equal(first, second, check_exact=True)


@settings(max_examples=5, deadline=None)
@given(st.randoms(use_true_random=False))
def test_the_order_of_files_and_classes_changes_no_bit_of_any_result(random):
    marks = _marks()
    files = [rows for _, rows in marks.groupby(["class_label", "term"])]
    random.shuffle(files)
    ours, theirs = (random.sample(list(arm), len(arm)) for arm in (OURS, THEIRS))
    second = _results(pd.concat(files), tuple(ours), tuple(theirs))
    pd.testing.assert_frame_equal(_results(marks), second, check_exact=True)


def test_swapping_the_groups_flips_the_sign_of_the_whole_comparison():
    # Without this year's ordinary class, which always stands with the control classes.
    marks = _marks()[lambda rows: rows["class_label"] != "6Б"]
    straight, swapped = _results(marks), _results(marks, THEIRS, OURS)
    assert (straight["estimate"] == -swapped["estimate"]).all()
    assert (straight["conf_low"] == -swapped["conf_high"]).all()
    assert (straight["p_value"] == swapped["p_value"]).all()


@pytest.mark.parametrize(("factor", "shift"), [(1, 3), (2, 0), (0.5, 1)])
def test_marks_on_another_scale_give_the_same_chances(factor, shift):
    plain = _results(_marks())
    moved = _results(_marks().assign(mark=lambda rows: rows["mark"] * factor + shift))
    for name in ("estimate", "conf_low", "conf_high"):
        assert moved[name].to_numpy() == pytest.approx(factor * plain[name].to_numpy(), abs=1e-8)
    assert moved["p_value"].to_numpy() == pytest.approx(plain["p_value"].to_numpy(), abs=1e-9)


OURS, THEIRS = ("5А", "7А"), ("5Б", "6А")


def _marks():
    rng = np.random.default_rng(4)
    labels = ("5А", "5Б", "6А", "6Б", "7А")
    rows = [
        (f"{year} {label} {i}", label, subject, f"{year}-{term}", int(rng.integers(2, 6)))
        for year in ("2023-24", "2024-25", "2025-26")
        for label in labels
        for i in range(6)
        for subject in ("Алгебра", "Физика", "История")
        for term in ("Q1", "Q2")
    ]
    return pd.DataFrame(rows, columns=["pupil", "class_label", "subject", "term", "mark"])


def _results(marks, innovative=OURS, control=THEIRS):
    periods = Periods(("2025-26-Q1",), ("2025-26-Q2",))
    design = Design(
        innovative=innovative,
        control=control,
        periods=periods,
        school_year="2025-26",
    )
    table = panel.with_roles(
        panel.pupil_gains(marks, periods=periods, years_back=(0, 1, 2)),
        innovative=design.innovative,
        control=design.control,
        year="2025-26",
    )
    subjects = ("Алгебра", "Физика", "История")
    outcomes = [
        Outcome(id="all", title="все предметы вместе", subjects=subjects, primary=True),
        *(Outcome(id=name, title=name, subjects=(name,)) for name in subjects),
    ]
    members = panel.membership(marks, periods=periods)
    return compare.results_table(compare.evaluate(table, members, outcomes=outcomes, design=design))
