"""The comparison from tables to verdict, on small schools with known numbers."""

import dataclasses
import math
import statistics
import types

import numpy as np
import pandas as pd
import pytest

from posanalytics import panel
from posanalytics.evaluation import archive, class_gains, compare
from posanalytics.evaluation.design import Design, Event, Outcome
from posanalytics.evaluation.power import minimum_detectable
from posanalytics.panel import Periods
from posanalytics.schema import RESULT_COLUMNS

PERIODS = Periods(("2025-26-Q1",), ("2025-26-Q2",))
ALGEBRA = Outcome(id="algebra", title="Алгебра", subjects=("Алгебра",), primary=True)
BOTH = Outcome(id="all", title="все предметы вместе", subjects=("Алгебра", "Физика"), primary=True)
YEARS = ("2023-24", "2024-25", "2025-26")


def rows_of(label, gains, *, year="2025-26", subject="Алгебра", before=3.0, pupils=6):
    """Return one row per pupil: marks spread by 0.2 around `before`, all gaining the same."""
    spread = [0.2 * (i - (pupils - 1) / 2) for i in range(pupils)]
    return [
        {
            "pupil": f"{year} {label} {i}",
            "class_label": label,
            "school_year": year,
            "class_unit": f"{year} {label}",
            "subject": subject,
            "before": before + step,
            "after": before + step + gains,
            "gain": gains,
        }
        for i, step in enumerate(spread)
    ]


def school(gains, *, subject="Алгебра", **others):
    """Return the gains of a school: {label: gain of this year}, and an archive of 2 × 8 classes."""
    rng = np.random.default_rng(8)
    rows = [row for label, gain in gains.items() for row in rows_of(label, gain, subject=subject)]
    if others.get("archive", True):
        rows += [
            row
            for year in YEARS[:2]
            for label in ("5А", "5Б", "5В", "6Б", "7А", "7Б", "8А", "9А")
            for row in rows_of(label, float(rng.normal(0, 0.1)), year=year, subject=subject)
        ]
    return pd.DataFrame(rows)


def design(innovative=("5А", "7А"), control=("5Б", "7Б", "5В"), **changes):
    return Design(
        innovative=innovative,
        control=control,
        periods=PERIODS,
        school_year="2025-26",
        **changes,
    )


def evaluated(gains, plan=None, outcomes=(ALGEBRA,), membership=None):
    plan = plan or design()
    members = pd.DataFrame(
        [(label, "both") for label in (*plan.innovative, *plan.control)],
        columns=["class_label", "membership"],
    )
    table = panel.with_roles(
        gains, innovative=plan.innovative, control=plan.control, year=plan.school_year
    )
    return compare.evaluate(
        table, members if membership is None else membership, outcomes=outcomes, design=plan
    )


CLEAR = {"5А": 0.62, "7А": 0.58, "5Б": 0.02, "7Б": -0.03, "5В": 0.04, "8А": 0.0, "9А": 0.05}
NOTHING = {"5А": 0.02, "7А": -0.12, "5Б": 0.12, "7Б": -0.13, "5В": 0.04, "8А": 0.2, "9А": -0.1}


def test_the_estimate_is_the_difference_of_mean_class_gains():
    found = evaluated(school(CLEAR))[0]
    assert found.estimate == pytest.approx((0.62 + 0.58) / 2 - (0.02 - 0.03 + 0.04) / 3)


def test_a_large_difference_is_above_control():
    found = evaluated(school(CLEAR))[0]
    assert found.method == "archive_placebo"
    assert (found.verdict.code, found.verdict.reliability) == ("A", "medium")


def test_swapping_the_arms_gives_below_control():
    swapped = evaluated(school(CLEAR), design(("5Б", "7Б", "5В"), ("5А", "7А")))[0]
    straight = evaluated(school(CLEAR))[0]
    assert swapped.verdict.code == "E"
    assert swapped.estimate == -straight.estimate


def test_classes_like_the_others_cannot_be_told_apart():
    assert evaluated(school(NOTHING))[0].verdict.code == "D"


def test_a_wide_negligible_difference_makes_no_difference_sayable():
    wide = Outcome(id="a", title="Алгебра", subjects=("Алгебра",), negligible=0.8)
    assert evaluated(school(NOTHING), outcomes=(wide,))[0].verdict.code == "C"


def test_without_an_archive_the_two_step_test_decides():
    found = evaluated(school(CLEAR, archive=False))[0]
    assert found.method == "two_step"
    assert found.placebo is None
    assert found.p_value == found.two_step.p_value


def test_a_t_test_has_no_smallest_p_and_the_permutation_keeps_its_own():
    found = evaluated(school(CLEAR, archive=False))[0]
    assert math.isnan(found.smallest_p)
    # 5А | 5Б 5В and 7А | 7Б: three ways times two
    assert found.permutation.smallest_p == 1 / 6


def test_an_archive_of_one_class_does_not_decide():
    rows = [*school(CLEAR, archive=False).to_dict("records"), *rows_of("5А", 0.1, year="2024-25")]
    assert evaluated(pd.DataFrame(rows))[0].method == "two_step"


def test_one_against_one_without_an_archive_is_refused():
    found = evaluated(school(CLEAR, archive=False), design(("5А",), ("5Б",)))[0]
    assert (found.verdict.code, found.verdict.reasons) == ("F", ("one_class",))
    assert found.method == "none"
    assert math.isnan(found.p_value)


def test_one_against_one_with_an_archive_is_at_most_cautious():
    plan = design(("5А",), ("5Б",))
    strong = {**dict.fromkeys(CLEAR, 0.0), "5А": 3.0, "5Б": -0.6}
    found = evaluated(school(strong), plan)[0]
    assert found.p_value < 0.05
    assert found.verdict.code == "B"
    assert "one_innovative" in found.verdict.reasons


def test_a_gap_at_the_start_is_refused():
    gains = school(CLEAR)
    ours = gains["class_label"].isin(["5А", "7А"]) & gains["school_year"].eq("2025-26")
    gains.loc[ours, ["before", "after"]] += 1.0
    assert evaluated(gains)[0].verdict.reasons == ("baseline_gap",)


def test_four_pupils_in_a_class_are_refused():
    gains = school(CLEAR)
    few = gains["class_unit"].eq("2025-26 5В") & gains["pupil"].str.endswith(("4", "5"))
    found = evaluated(gains[~few])[0]
    assert found.verdict.reasons == ("few_pupils",)
    assert "5В" in found.verdict.sentence


def test_a_class_without_marks_is_named():
    gains = school(CLEAR)
    found = evaluated(gains[gains["class_unit"] != "2025-26 5В"])[0]
    assert found.verdict.reasons == ("no_data",)
    assert found.verdict.sentence.startswith("Нет отметок и до, и после начала: 5В.")


def test_an_empty_table_is_refused_and_not_an_error():
    nothing = pd.DataFrame({name: [] for name in panel.GAIN_COLUMNS})
    assert evaluated(nothing)[0].verdict.code == "F"


def test_pupils_who_all_have_five_cannot_grow():
    gains = school(CLEAR)
    now = gains["school_year"].eq("2025-26")
    gains.loc[now, ["before", "after"]] = 5.0
    gains.loc[now, "gain"] = 0.0
    assert "ceiling" in evaluated(gains)[0].verdict.reasons


def test_equal_gains_everywhere_have_no_spread_to_judge_by():
    found = evaluated(school(dict.fromkeys(CLEAR, 0.1), archive=False))[0]
    assert found.verdict.reasons == ("no_spread",)


def test_pupils_who_left_unevenly_are_refused():
    lost = pd.DataFrame(
        [("5А", "both")] * 8 + [("5А", "left")] * 4 + [("5Б", "both")] * 12,
        columns=["class_label", "membership"],
    )
    assert "attrition" in evaluated(school(CLEAR), membership=lost)[0].verdict.reasons


def test_unknown_membership_makes_the_verdict_cautious():
    unknown = pd.DataFrame({"class_label": [], "membership": []})
    found = evaluated(school(CLEAR), membership=unknown)[0].verdict
    assert (found.code, found.reasons) == ("B", ("attrition_unknown",))


def two_subjects(second):
    """Return a school where physics gains are `second` times those of algebra."""
    first = school(CLEAR)
    physics = first.assign(
        subject="Физика",
        gain=first["gain"] * second,
        after=first["before"] + first["gain"] * second,
    )
    return pd.concat([first, physics], ignore_index=True)


def test_a_subject_with_twice_the_spread_has_half_the_weight():
    found = evaluated(two_subjects(2.0), outcomes=(BOTH,))[0]
    assert found.weights == pytest.approx({"Алгебра": 2 / 3, "Физика": 1 / 3})
    alone = evaluated(school(CLEAR))[0].estimate
    assert found.estimate == pytest.approx(2 / 3 * alone + 1 / 3 * 2 * alone)


def test_the_composite_is_the_mean_of_z_scores_in_marks():
    # The p-value of the weighted mean equals that of the plain mean of z-scored class gains.
    found = evaluated(two_subjects(3.0), outcomes=(BOTH,))[0]
    alone = evaluated(school(CLEAR))[0]
    assert found.two_step.p_value == pytest.approx(alone.two_step.p_value, rel=1e-9)


def test_weights_are_equal_when_a_spread_cannot_be_estimated():
    few = two_subjects(2.0)
    few = few[few["class_unit"].isin(["2025-26 5А", "2025-26 5Б", "2025-26 7Б"])]
    found = evaluated(few, design(("5А",), ("5Б", "7Б")), outcomes=(BOTH,))[0]
    assert found.weights == {"Алгебра": 0.5, "Физика": 0.5}


def test_weights_are_equal_when_a_subject_does_not_vary():
    constant = two_subjects(0.0)
    assert evaluated(constant, outcomes=(BOTH,))[0].weights == {"Алгебра": 0.5, "Физика": 0.5}


def test_a_subject_missing_in_a_compared_class_is_left_out_and_said():
    gains = two_subjects(2.0)
    gone = gains["subject"].eq("Физика") & gains["class_unit"].eq("2025-26 5В")
    found = evaluated(gains[~gone], outcomes=(BOTH,))[0]
    assert found.weights == {"Алгебра": 1.0}
    assert any("Физика" in caveat for caveat in found.verdict.caveats)


def test_an_archived_class_without_every_subject_is_not_in_the_pool():
    gains = two_subjects(2.0)
    gone = gains["subject"].eq("Физика") & gains["class_unit"].eq("2024-25 9А")
    full, less = (evaluated(rows, outcomes=(BOTH,))[0] for rows in (gains, gains[~gone]))
    assert less.placebo.archived == full.placebo.archived - 1


def test_an_archived_class_with_few_pupils_in_one_of_the_subjects_is_not_in_the_pool():
    gains = pd.concat([school(CLEAR), school(CLEAR, subject="Физика")])
    few = gains["class_unit"].eq("2023-24 5А") & gains["subject"].eq("Физика")
    gains = gains[~few | gains["pupil"].str.endswith((" 0", " 1", " 2", " 3"))]
    full = evaluated(pd.concat([school(CLEAR), school(CLEAR, subject="Физика")]), outcomes=(BOTH,))
    found = evaluated(gains, outcomes=(BOTH,))
    # four pupils with physics are fewer than five, however many there are in algebra
    assert found[0].placebo.archived == full[0].placebo.archived - 1


def test_a_class_that_changed_its_teacher_leaves_the_pool_and_is_named():
    plan = design(events=(Event(class_label="8А", term="2024-25-Q2", what="новый учитель"),))
    found = evaluated(school(CLEAR), plan)[0]
    assert found.placebo.archived == 15
    assert any("8А, 2024/25" in caveat for caveat in found.verdict.caveats)


def test_an_event_outside_the_terms_compared_does_not_matter():
    plan = design(events=(Event(class_label="8А", term="2024-25-Q4", what="новый учитель"),))
    assert evaluated(school(CLEAR), plan)[0].placebo.archived == 16


def test_an_event_in_a_compared_class_is_a_caveat():
    plan = design(events=(Event(class_label="5Б", term="2025-26-Q2", what="новый учитель"),))
    found = evaluated(school(CLEAR), plan)[0]
    assert any(caveat.endswith("новый учитель.") for caveat in found.verdict.caveats)


def test_an_event_in_a_compared_class_makes_the_verdict_cautious():
    plan = design(events=(Event(class_label="5Б", term="2025-26-Q2", what="новый учитель"),))
    found = evaluated(school(CLEAR), plan)[0].verdict
    assert (found.code, found.reasons) == ("B", ("event",))
    assert "(5Б)" in found.sentence
    assert abilities(school(CLEAR), plan)[0].best_verdict == "B"


def test_classes_of_different_parallels_are_at_most_cautious():
    gains = {"5А": 0.62, "5Б": 0.58, "5В": 0.6, "9А": 0.02, "9Б": -0.03, "9В": 0.04}
    plan = design(("5А", "5Б", "5В"), ("9А", "9Б", "9В"))
    found = evaluated(school(gains), plan)[0]
    assert (found.verdict.code, found.verdict.reasons) == ("B", ("other_parallel",))
    assert "классы разных параллелей (5А, 5Б, 5В, 9А, 9Б и 9В)" in found.verdict.sentence
    assert found.permutation.assignments == math.comb(6, 3)
    assert abilities(school(gains), plan)[0].reasons == ("other_parallel",)


def test_the_permutation_moves_classes_inside_their_parallel():
    # 5А | 5Б 5В and 7А | 7Б: the observed naming differs most of three times two
    found = evaluated(school(CLEAR))[0].permutation
    assert (found.assignments, found.p_value) == (6, 1 / 6)


def test_a_subject_with_too_few_pupils_in_a_compared_class_is_left_out_and_said():
    gains = two_subjects(2.0)
    one = gains["subject"].eq("Физика") & gains["class_unit"].eq("2025-26 5В")
    found = evaluated(gains[~one | gains["pupil"].str.endswith(" 0")], outcomes=(BOTH,))[0]
    assert found.weights == {"Алгебра": 1.0}
    assert any("Физика" in caveat for caveat in found.verdict.caveats)


def test_subjects_that_all_have_too_few_pupils_are_refused_however_many_pupils_there_are():
    gains = two_subjects(2.0)
    first = gains["pupil"].str.endswith((" 0", " 1", " 2"))
    ours = gains["class_unit"].eq("2025-26 5В")
    gains = gains[~ours | (gains["subject"].eq("Алгебра") == first)]  # three pupils each
    found = evaluated(gains, outcomes=(BOTH,))[0].verdict
    assert (found.code, found.reasons) == ("F", ("few_pupils",))


def test_an_archive_that_fewer_than_three_untouched_classes_test_is_cautious():
    gains = {label: CLEAR[label] for label in ("5А", "7А", "5Б", "7Б")}
    plan = design(control=("5Б", "7Б"))
    found = evaluated(school(gains), plan)[0]
    assert found.method == "archive_placebo"
    assert "archive_untested" in found.verdict.reasons
    assert any("проверить нельзя: классов без новых уроков" in c for c in found.verdict.caveats)
    assert "archive_untested" in abilities(school(gains), plan)[0].reasons


def test_an_archive_of_equal_gains_is_not_used_and_is_said_to_be_equal():
    gains = school(CLEAR)
    gains.loc[gains["school_year"] != "2025-26", "gain"] = 0.1
    assert evaluated(gains)[0].method == "two_step"
    for told in (evaluated(gains)[0].verdict.caveats, abilities(gains)[0].limits):
        assert any("в архиве школы одинаковы" in text for text in told)
        assert not any("разбросаны не так" in text for text in told)


def subject_outcomes(*names):
    return tuple(Outcome(id=name, title=name, subjects=(name,)) for name in names)


def test_subjects_are_one_family_when_p_values_are_corrected():
    outcomes = (BOTH, *subject_outcomes("Алгебра", "Физика"))
    whole, first, second = evaluated(two_subjects(2.0), outcomes=outcomes)
    assert whole.p_adjusted == whole.p_value
    # Both subjects have the same ranks, so Benjamini–Hochberg leaves equal p-values equal.
    assert first.p_adjusted == max(first.p_value, second.p_value) == second.p_adjusted


def test_a_refused_outcome_is_not_one_of_the_family():
    gains = two_subjects(2.0)
    gone = gains["subject"].eq("Физика") & gains["class_unit"].eq("2025-26 5В")
    first, second = evaluated(gains[~gone], outcomes=subject_outcomes("Алгебра", "Физика"))
    assert first.p_adjusted == first.p_value
    assert math.isnan(second.p_adjusted)


def test_measures_in_one_table_stay_apart():
    marks = school(CLEAR).assign(measure="term_mark")
    means = school(NOTHING).assign(measure="mean_mark")
    other = Outcome(id="m", title="Алгебра", subjects=("Алгебра",), measure="mean_mark")
    first, second = evaluated(pd.concat([marks, means]), outcomes=(ALGEBRA, other))
    assert first.estimate == evaluated(school(CLEAR))[0].estimate
    assert second.estimate == evaluated(school(NOTHING))[0].estimate


def test_the_result_has_exactly_the_columns_of_the_glossary():
    found = evaluated(school(CLEAR), outcomes=(ALGEBRA, *subject_outcomes("Алгебра")))
    table = compare.results_table(found)
    assert tuple(table.columns) == RESULT_COLUMNS
    assert table["outcome"].tolist() == ["algebra", "Алгебра"]
    assert table.loc[0, "contrast"] == "5А, 7А – 5Б, 5В, 7Б"
    assert table.loc[0, "reasons"] == "confirmed"


def test_no_results_are_an_empty_table():
    assert compare.results_table([]).shape == (0, len(RESULT_COLUMNS))


def test_every_test_that_was_made_shows_its_p():
    assert evaluated(school(CLEAR))[0].tests.keys() == {
        "archive_placebo", "two_step", "welch", "permutation",
    }  # fmt: skip


def test_each_class_stands_in_the_table_by_label():
    table = evaluated(school(CLEAR))[0].classes
    assert table["class_label"].tolist() == ["5А", "5Б", "5В", "7А", "7Б"]
    assert table["gain"].tolist() == pytest.approx([0.62, 0.02, 0.04, 0.58, -0.03])
    assert table["pupils"].tolist() == [6] * 5


def test_the_effect_is_the_difference_in_spreads_between_pupils():
    found = evaluated(school(CLEAR))[0]
    # after: two classes 3.62 and 3.58 + steps; three of 3.02, 2.97, 3.04 + steps of 0.2.
    steps = sum((0.2 * (i - 2.5)) ** 2 for i in range(6))
    between = 6 * 2 * 0.02**2 + 6 * sum((x - 0.01) ** 2 for x in (0.02, -0.03, 0.04))
    sd = math.sqrt((5 * steps + between) / 28)
    assert found.effect.estimate == pytest.approx((1 - 3 / (4 * 28 - 1)) * found.estimate / sd)


def test_results_that_drew_apart_are_noticed():
    gains = school(NOTHING)
    ours = gains["class_unit"].isin(["2025-26 5А", "2025-26 7А"])
    gains.loc[ours, "after"] = 3 + (gains.loc[ours, "before"] - 3) * 2
    gains["gain"] = gains["after"] - gains["before"]
    assert evaluated(gains)[0].drew_apart
    assert not evaluated(school(NOTHING))[0].drew_apart


@pytest.mark.parametrize(("factor", "apart"), [(1.19, False), (1.21, True)])
def test_results_drew_apart_when_their_spread_grew_by_more_than_a_fifth(factor, apart):
    gains = school(NOTHING)
    ours = gains["class_unit"].isin(["2025-26 5А", "2025-26 7А"])
    gains.loc[ours, "after"] = 3 + (gains.loc[ours, "before"] - 3) * factor
    gains["gain"] = gains["after"] - gains["before"]
    assert evaluated(gains)[0].drew_apart is apart


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ((), ""),
        (("2025-26-Q2",), "2\xa0четверть 2025/26"),
        (("2025-26-Q2", "2025-26-Q3"), "2\xa0четверть и 3\xa0четверть 2025/26"),
    ],
)
def test_terms_are_written_in_words(terms, expected):
    assert compare.period_text(terms) == expected


# --- before any result ---------------------------------------------------------------------


def abilities(gains, plan=None, outcomes=(ALGEBRA,), **more):
    plan = plan or design()
    table = panel.with_roles(
        gains, innovative=plan.innovative, control=plan.control, year=plan.school_year
    )
    return compare.design_abilities(table, plan, outcomes, **more)


def test_abilities_do_not_depend_on_what_the_compared_classes_gained():
    first, second = (abilities(school({**CLEAR, "5А": gain}))[0] for gain in (0.6, -2.0))
    assert first.minimum_detectable == second.minimum_detectable
    assert first.spread == second.spread


def test_an_archive_makes_the_placebo_the_primary_test():
    found = abilities(school(CLEAR))[0]
    assert found.method == "archive_placebo"
    assert (found.archived, found.ordinary) == (16, 2)
    assert found.best_verdict == "A"
    factor = archive.detectable_factor(archive.Shape(2, 3, 2, (8, 8)))
    assert found.minimum_detectable == pytest.approx(factor * found.spread)


def test_without_an_archive_the_control_classes_tell_the_spread_and_the_test_is_two_step():
    small = {label: gain for label, gain in CLEAR.items() if label not in {"8А", "9А"}}
    found = abilities(school(small, archive=False))[0]
    assert found.method == "two_step"
    # 5Б, 7Б and 5В: .02, −.03 and .04
    assert found.spread == pytest.approx(statistics.stdev([0.02, -0.03, 0.04]))
    expected = minimum_detectable(found.spread, 2, 3).minimum_detectable
    assert found.minimum_detectable == pytest.approx(expected)
    # A t test has no smallest p; 5А | 5Б 5В and 7А | 7Б change places in three ways times two.
    assert math.isnan(found.smallest_p)
    assert found.smallest_p_permutation == 1 / 6


def test_one_against_one_without_an_archive_is_known_to_be_refused():
    found = abilities(school(CLEAR, archive=False), design(("5А",), ("5Б",)))[0]
    assert (found.best_verdict, found.reasons) == ("F", ("one_class",))
    assert found.limits[0].startswith("по одному классу с каждой стороны")


def test_one_innovative_class_can_reach_caution_at_most():
    found = abilities(school(CLEAR), design(("5А",), ("5Б", "5В")))[0]
    assert (found.best_verdict, found.reasons) == ("B", ("one_innovative",))


def test_a_gap_at_the_start_is_known_before_any_result():
    rows = [
        {
            "pupil": f"{label}{i}",
            "class_label": label,
            "class_unit": f"2025-26 {label}",
            "school_year": "2025-26",
            "subject": "Алгебра",
            "before": mark + 0.1 * i,
        }
        for label, mark in {"5А": 4, "7А": 4, "5Б": 3, "7Б": 3, "5В": 3}.items()
        for i in range(6)
    ]
    archived = school(CLEAR).query("school_year != '2025-26'")
    found = abilities(archived, before=pd.DataFrame(rows))[0]
    assert (found.best_verdict, found.reasons) == ("F", ("baseline_gap",))


def test_losses_are_known_before_any_result():
    lost = pd.DataFrame(
        [("5А", "both")] * 8 + [("5А", "left")] * 4 + [("5Б", "both")] * 12,
        columns=["class_label", "membership"],
    )
    found = abilities(school(CLEAR), membership=lost)[0]
    assert found.reasons == ("attrition",)


def test_without_named_classes_nothing_is_possible():
    found = abilities(school(CLEAR), design((), ()))[0]
    assert (found.method, found.tests, found.best_verdict) == ("none", (), "F")


def test_a_panel_without_a_known_subject_names_every_class():
    table = panel.with_roles(
        school(CLEAR), innovative=("5А", "7А"), control=("5Б",), year="2025-26"
    )
    unknown = Outcome(id="x", title="Химия", subjects=("Химия",))
    sides = class_gains.sides_of(class_gains.Panel.of(table, "term_mark"), unknown, design())
    assert sides.missing == ("5А", "7А", "5Б", "7Б", "5В")


def test_a_mark_missing_in_the_outcome_counts_as_lost_whatever_other_marks_there_are(plan_text):
    import pandas as pd

    from posanalytics.plan import parse_plan
    from posanalytics.study import Study

    marks = pd.DataFrame(
        [
            (f"{label}{n}", label, subject, f"2025-26-{term}", 4.0)
            for label in ("7А", "7Б")
            for n in range(10)
            for subject in ("Алгебра", "Физика")
            for term in ("Q1", "Q2")
            # Four of ten pupils of 7А lose the second mark of one subject only.
            if not (label == "7А" and n < 4 and subject == "Алгебра" and term == "Q2")
        ],
        columns=["pupil", "class_label", "subject", "term", "mark"],
    )
    study = Study.__new__(Study)
    study.plan, study.term = parse_plan(plan_text), "2025-26-Q2"
    study.year, study.tables = "2025-26", {"term_marks": marks.assign(mean_mark=marks["mark"])}
    ledger = types.SimpleNamespace(seals=list)
    study.workspace = types.SimpleNamespace(ledger=ledger)
    algebra = next(outcome for outcome in study.outcomes if outcome.id == "algebra")
    rows = study._membership(algebra)
    assert (rows["membership"] == "left").sum() == 4
    foreseen = next(one for one in study.abilities() if one.outcome.id == "algebra")
    assert foreseen.attrition.left_innovative == 4


# --- what untouched and earlier data say -------------------------------------------------------


def restless(factor):
    """Return a school whose untouched classes spread `factor` times as far as the archive."""
    steady = {**CLEAR, "5Б": 0.1, "7Б": -0.1, "5В": 0.12, "8А": -0.08, "9А": 0.02}
    return school({k: v * factor if k not in {"5А", "7А"} else v for k, v in steady.items()})


def test_a_restless_year_takes_the_archive_its_place_and_says_so():
    calm, wild = (evaluated(restless(factor))[0] for factor in (1, 8))
    assert calm.method == "archive_placebo"
    assert wild.method == "two_step"
    assert wild.placebo is None
    assert not wild.findings.archive_usable
    assert any("архив школы здесь не главная проверка" in text for text in wild.verdict.caveats)


def test_the_choice_of_the_test_does_not_depend_on_the_innovative_classes():
    for factor in (1, 8):
        gains = restless(factor)
        other = gains.copy()
        ours = other["class_unit"].isin(["2025-26 5А", "2025-26 7А"])
        other.loc[ours, "gain"] *= -5
        first, second = (evaluated(table)[0].beforehand for table in (gains, other))
        assert first.exchangeability == second.exchangeability


def test_abilities_choose_the_test_as_the_comparison_does_and_in_the_same_words():
    for factor in (1, 8):
        before, after = abilities(restless(factor))[0], evaluated(restless(factor))[0]
        assert before.beforehand.exchangeability == after.beforehand.exchangeability
        assert before.method == after.method
        assert set(before.limits) <= {*after.verdict.caveats, *before.limits[: len(before.reasons)]}


def test_a_control_class_with_an_event_is_not_asked_about_the_spread():
    gains = restless(1)
    gains.loc[gains["class_unit"] == "2025-26 5Б", "gain"] = 3.0
    event = Event(class_label="5Б", term="2025-26-Q2", what="новый учитель")
    assert evaluated(gains)[0].method == "two_step"
    assert evaluated(gains, design(events=(event,)))[0].method == "archive_placebo"


def three_subjects(third):
    """Return a school with two alike subjects and a third whose gains are given."""
    return pd.concat(
        [school(CLEAR), school(CLEAR, subject="Физика"), school(third, subject="История")]
    )


THREE = Outcome(
    id="all",
    title="все предметы вместе",
    subjects=("Алгебра", "История", "Физика"),
    primary=True,
)


def test_the_composite_is_shown_without_each_of_its_subjects():
    found = evaluated(three_subjects(CLEAR), outcomes=(THREE,))[0]
    assert found.sensitivity["subject"].tolist() == ["Алгебра", "История", "Физика"]
    without = Outcome(id="x", title="", subjects=("Алгебра", "Физика"), primary=True)
    alone = evaluated(three_subjects(CLEAR), outcomes=(without,))[0]
    row = found.sensitivity.set_index("subject").loc["История"]
    assert row["estimate"] == pytest.approx(alone.estimate)
    assert row["p_value"] == alone.p_value
    assert row["same_sign"]


def test_leaving_a_subject_out_is_the_same_comparison_wherever_it_is_shown():
    # An archived class without history of its own would join a pool that no longer asks for it.
    gains = three_subjects(CLEAR)
    alone = gains["class_unit"].eq("2024-25 5А") & gains["subject"].eq("История")
    gains = gains[~alone]
    plan = design()
    whole = evaluated(gains, outcomes=(THREE,))[0]
    table = panel.with_roles(
        gains, innovative=plan.innovative, control=plan.control, year=plan.school_year
    )
    members = pd.DataFrame({"class_label": [*plan.innovative, *plan.control], "membership": "both"})
    parts = compare.evaluate_without_each(whole, table, dict.fromkeys(THREE.subjects, members))
    shown = whole.sensitivity.set_index("subject")
    assert {name: part.estimate for name, part in parts.items()} == shown["estimate"].to_dict()
    assert {name: part.p_value for name, part in parts.items()} == shown["p_value"].to_dict()
    assert {part.placebo.pool for part in parts.values()} == {whole.placebo.pool}


def test_a_difference_of_nothing_between_two_signs_is_turned_by_every_subject_that_has_one():
    assert class_gains.turned_by(0.0, {"а": -0.1, "б": 0.2, "в": 0.0}) == ("а", "б")
    assert class_gains.turned_by(0.0, {"а": 0.1, "б": 0.2}) == ()
    assert class_gains.turned_by(-0.1, {"а": -0.2, "б": math.nan}) == ()


def test_a_sign_that_one_subject_makes_is_a_reason_for_caution():
    turned = {label: -0.4 * gain for label, gain in CLEAR.items()}
    far = {**CLEAR, "5А": 2.62, "7А": 2.58}
    gains = pd.concat(
        [school(turned), school(turned, subject="Физика"), school(far, subject="История")]
    )
    found = evaluated(gains, outcomes=(THREE,))[0]
    kept = found.sensitivity.set_index("subject")["same_sign"]
    assert kept.to_dict() == {"Алгебра": True, "История": False, "Физика": True}
    assert found.verdict.code == "B"
    assert "one_subject" in found.verdict.reasons
    assert "История" in found.verdict.sentence


@pytest.mark.parametrize("outcome", [ALGEBRA, Outcome(id="s", title="", subjects=THREE.subjects)])
def test_one_subject_and_secondary_outcomes_have_no_such_table(outcome):
    assert evaluated(three_subjects(CLEAR), outcomes=(outcome,))[0].sensitivity.empty


def test_weights_of_the_plan_that_cannot_be_found_are_said():
    asked = Outcome(
        id="all", title="все", subjects=BOTH.subjects, primary=True, weights="inverse_covariance"
    )
    found = evaluated(two_subjects(1.0), outcomes=(asked,))[0]
    # Physics repeats algebra: no inverse.
    assert found.findings.weights_refused
    assert any("Веса предметов" in text for text in found.verdict.caveats)


def terms_of(value, *, terms=("2024-25-Q3", "2024-25-Q4", "2025-26-Q1"), measure="term_mark"):
    """Return what the compared classes had term by term."""
    labels = ("5А", "7А", "5Б", "7Б", "5В")
    rows = [
        (label, "Алгебра", term, value(c, t), 6, 2.0, measure)
        for c, label in enumerate(labels)
        for t, term in enumerate(terms)
    ]
    columns = ["class_label", "subject", "term", "mean", "pupils", "marks", "measure"]
    return pd.DataFrame(rows, columns=columns)


def with_history(history, plan=None, outcome=ALGEBRA):
    plan = plan or design()
    members = pd.DataFrame(
        [(label, "both") for label in (*plan.innovative, *plan.control)],
        columns=["class_label", "membership"],
    )
    table = panel.with_roles(
        school(CLEAR), innovative=plan.innovative, control=plan.control, year="2025-26"
    )
    return compare.evaluate(table, members, outcomes=(outcome,), design=plan, history=history)[0]


def wobbly(c, t):
    return 3.5 + 0.1 * c + 0.05 * math.sin(7 * c + 3 * t)


def test_classes_that_already_drifted_apart_are_refused():
    drifting = terms_of(lambda c, t: wobbly(c, t) + (0.4 * t if c < 2 else 0.0))
    assert with_history(drifting).verdict.reasons == ("parallel_break",)
    assert with_history(terms_of(wobbly)).verdict.code == "A"


def test_too_few_terms_before_the_start_are_said():
    untested = "Росли ли эти классы одинаково и раньше, проверить нельзя"
    few = terms_of(wobbly, terms=("2024-25-Q4", "2025-26-Q1"))
    for history, said in ((None, True), (few, True), (terms_of(wobbly), False)):
        caveats = with_history(history).verdict.caveats
        assert any(untested in text for text in caveats) is said


def test_means_of_two_marks_are_refused_and_term_marks_are_not():
    means = Outcome(id="m", title="Алгебра", subjects=("Алгебра",), measure="mean_mark")
    found = with_history(terms_of(wobbly, measure="mean_mark"), outcome=means)
    assert found.verdict.reasons == ("few_marks",)
    assert with_history(terms_of(wobbly)).verdict.code == "A"


def test_other_teachers_or_other_work_are_refused_as_the_plan_says():
    assert evaluated(school(CLEAR), design(teachers="different"))[0].verdict.reasons == (
        "diff_teacher_scale",
    )
    same_work = dataclasses.replace(ALGEBRA, common_work=True)
    found = evaluated(school(CLEAR), design(teachers="different"), (same_work,))[0]
    assert found.verdict.code == "A"
    other = Outcome(
        id="a", title="Алгебра", subjects=("Алгебра",), primary=True, instruments="different"
    )
    assert evaluated(school(CLEAR), outcomes=(other,))[0].verdict.reasons == ("diff_instrument",)


# --- classes that begin in different terms ------------------------------------------------------

STAGGERED = Periods(("2025-26-Q1",), ("2025-26-Q2", "2025-26-Q3"))
SEVEN = ("5А", "7А", "5Б", "7Б", "5В", "8А", "9А")


def late_design(control=SEVEN[2:]):
    return Design(
        innovative=("5А", "7А"),
        control=control,
        periods=STAGGERED,
        school_year="2025-26",
        starts=(("7А", "2025-26-Q3"),),
    )


def late_history(effect=0.6):
    rows = [
        (label, "Алгебра", term, wobbly(c, t) + effect * (c < 2 and t > c), 6, 9.0, "term_mark")
        for c, label in enumerate(SEVEN)
        for t, term in enumerate(("2025-26-Q1", "2025-26-Q2", "2025-26-Q3"))
    ]
    columns = ["class_label", "subject", "term", "mean", "pupils", "marks", "measure"]
    return pd.DataFrame(rows, columns=columns)


def test_late_starters_are_compared_with_those_not_begun_and_never_statically():
    found = with_history(late_history(), late_design())
    assert found.method == "staggered"
    assert found.estimate == pytest.approx(0.6, abs=0.1)
    assert found.tests.keys() == {"staggered"}
    assert found.placebo is None
    assert found.permutation is None
    # No second test stands beside the permutation of starts; 8А and 9А have no counterpart.
    reasons = ("no_second_test", "other_parallel")
    assert (found.verdict.code, found.verdict.reasons) == ("B", reasons)


def test_no_effect_of_late_starters_cannot_be_told_apart():
    found = with_history(late_history(0.0), late_design())
    assert found.verdict.code == "D"
    assert found.minimum_detectable > 0


@pytest.mark.parametrize("history", [None, "few classes"])
def test_late_starters_that_cannot_be_compared_rightly_are_refused(history):
    plan = late_design() if history is None else late_design(control=("5Б", "7Б"))
    found = with_history(late_history() if history else None, plan)
    assert (found.verdict.code, found.verdict.reasons) == ("F", ("staggered",))
    assert found.method == "none"
    assert found.sensitivity.empty
    assert "7А" in found.verdict.sentence


def test_abilities_know_whether_late_starters_can_be_compared():
    able, unable = (
        abilities(school(CLEAR), plan)[0]
        for plan in (late_design(), late_design(control=("5Б", "7Б")))
    )
    assert (able.method, able.smallest_p) == ("staggered", 1 / 42)
    assert able.best_verdict == "B"
    assert (unable.best_verdict, unable.reasons) == ("F", ("staggered",))


# --- how alike pupils of one class grow ---------------------------------------------------------


def test_the_share_between_classes_comes_from_untouched_classes_alone():
    gains = school(NOTHING)
    gains["gain"] += gains.groupby("class_unit").cumcount() * 0.01
    other = gains.copy()
    compared = other["class_unit"].isin([f"2025-26 {label}" for label in ("5А", "7А", "5Б")])
    other.loc[compared, "gain"] += 5.0
    first, second = (abilities(table)[0].between for table in (gains, other))
    assert first == second
    # 16 archived and two ordinary classes of six pupils
    assert (first.icc.classes, first.icc.pupils) == (18, 108)
    assert first.mdes > 0
    row = first.tidy().to_dict("records")[0]
    assert row["estimate"] == first.icc.estimate
    # PowerUpR speaks of standard deviations of pupils' gains, the table of marks
    assert row["minimum_detectable"] == first.mdes * first.spread


def test_pupils_who_all_gain_what_their_class_gains_leave_nothing_between_pupils():
    assert math.isnan(abilities(school(NOTHING))[0].between.mdes)


def test_what_stops_a_comparison_is_known_before_any_result():
    drifting = terms_of(lambda c, t: wobbly(c, t) + (0.4 * t if c < 2 else 0.0))
    assert abilities(school(CLEAR), history=drifting)[0].reasons == ("parallel_break",)
    means = Outcome(id="m", title="Алгебра", subjects=("Алгебра",), measure="mean_mark")
    few = abilities(
        school(CLEAR), outcomes=(means,), history=terms_of(wobbly, measure="mean_mark")
    )[0]
    assert (few.best_verdict, few.reasons) == ("F", ("few_marks",))
    assert "в среднем 2,00 отметки" in few.limits[0]


def test_a_check_tells_the_years_the_share_between_classes_and_what_it_lets_be_seen():
    from posanalytics.briefing import ability_text

    gains = school(NOTHING)
    gains["gain"] += gains.groupby("class_unit").cumcount() * 0.01
    event = Event(class_label="8А", term="2024-25-Q2", what="новый учитель")
    found = abilities(gains, design(events=(event,)))[0]
    told = ability_text(found)
    assert "2023/24 – 8\xa0классов" in told
    assert "изменилось: 8А, 2024/25" in told
    assert f"кроме сравниваемых: {found.between.icc.classes}" in told
    assert "PowerUpR (cra2)" in told


def test_a_permutation_that_cannot_reach_five_percent_is_no_second_test():
    gains = school(CLEAR, archive=False)
    found = evaluated(gains, design(innovative=("5А",), control=("5Б", "5В", "7Б")))[0]
    assert found.method == "two_step"
    assert found.permutation.smallest_p == 1 / 4
    assert all(math.isnan(p) for p in found.findings.confirmations)
    assert "one_test" not in found.verdict.reasons
