"""Every rule of DESIGN.md section 7, and the words that go with it."""

import dataclasses
import datetime as dt
import math
import re

import pandas as pd
import pytest

from posanalytics import panel
from posanalytics.evaluation import compare, sentences, verdict
from posanalytics.evaluation.design import Design, Lessons, Outcome
from posanalytics.evaluation.verdict import Findings, Verdict, decide, judge, questions, rate
from posanalytics.panel import Periods
from posanalytics.wording.catalogue import catalogue

RELIABLE = Findings(
    title="все предметы вместе",
    composite=True,
    period="2 четверть 2025/26",
    innovative=("7Б", "5А"),
    control=("5Б", "6А"),
    estimate=0.30,
    conf_low=0.12,
    conf_high=0.48,
    p_value=0.01,
    p_adjusted=0.01,
    negligible=0.10,
    minimum_detectable=0.25,
    spread=0.1,
    confirmations=(0.03, 0.2, 0.04),
    p_unequal_spread=0.04,
    ancova=0.25,
    archive_usable=True,
    fewest_pupils=12,
    fewest_label="5Б",
    pupils=91,
    pupils_innovative=45,
    baseline_g=0.1,
    lost=0.02,
    attrition="cautious",
)


def but(**changes):
    return dataclasses.replace(RELIABLE, **changes)


def had(label, given, planned):
    """Return the new lessons of one class."""
    return (Lessons(class_label=label, given=given, planned=planned),)


def mirrored(findings):
    return dataclasses.replace(
        findings,
        estimate=-findings.estimate,
        conf_low=-findings.conf_high,
        conf_high=-findings.conf_low,
        ancova=-findings.ancova,
    )


def test_above_control_and_confirmed_is_reliable():
    assert decide(RELIABLE) == ("A", False, ("confirmed",))


CAUTIONS = [
    ({"innovative": ("5А",)}, "one_innovative"),
    ({"confirmations": (0.06, math.nan)}, "one_test"),
    ({"confirmations": (0.05,)}, "one_test"),
    ({"confirmations": (0.06, 1.0, 0.05)}, "one_test"),
    ({"confirmations": ()}, "no_second_test"),
    ({"confirmations": (math.nan, math.nan)}, "no_second_test"),
    ({"p_unequal_spread": 0.05}, "equal_spread"),
    ({"p_unequal_spread": math.nan, "control": ("5Б",)}, "equal_spread"),
    ({"baseline_g": 0.2501}, "baseline_gap_caution"),
    ({"baseline_g": -0.5}, "baseline_gap_caution"),
    ({"sign_turned_by": ("Физика",)}, "one_subject"),
    ({"ancova": -0.01}, "signs_differ"),
    ({"ancova": 0.0}, "signs_differ"),
    ({"ancova": math.nan}, "signs_differ"),
    ({"attrition": "unknown"}, "attrition_unknown"),
    ({"chosen_before": False}, "control_after"),
    ({"baseline_g": math.nan}, "baseline_unknown"),
    ({"conf_low": math.nan, "conf_high": math.nan}, "no_interval"),
    ({"events": (("5А", "новый учитель"),)}, "event"),
    ({"other_year_groups": ("9А", "9Б")}, "other_parallel"),
    ({"archive_untested": True}, "archive_untested"),
]


@pytest.mark.parametrize(("changes", "reason"), CAUTIONS)
def test_one_thing_against_it_makes_it_cautious(changes, reason):
    assert decide(but(**changes)) == ("B", True, (reason,))


def test_every_reason_for_caution_is_said():
    found = decide(but(innovative=("5А",), confirmations=(), ancova=-1.0))
    assert found == ("B", True, ("one_innovative", "no_second_test", "signs_differ"))


def test_below_control_mirrors_above():
    assert decide(mirrored(RELIABLE)) == ("E", False, ("confirmed",))


@pytest.mark.parametrize(("changes", "reason"), CAUTIONS)
def test_below_control_is_cautious_for_the_same_reasons(changes, reason):
    assert decide(mirrored(but(**changes))) == ("E", True, (reason,))


def test_one_innovative_class_is_not_reproached_with_its_unknown_spread():
    found = decide(but(innovative=("5А",), p_unequal_spread=math.nan))
    assert found == ("B", True, ("one_innovative",))


APART = but(baseline_g=0.4)


def test_classes_that_began_apart_are_not_told_when_the_two_comparisons_disagree():
    found = decide(dataclasses.replace(APART, ancova=-0.01))
    assert found == ("D", False, ("baseline_gap_caution", "signs_differ"))
    assert decide(mirrored(dataclasses.replace(APART, ancova=-0.01))) == found


def test_classes_that_began_apart_are_not_called_the_same():
    found = decide(
        dataclasses.replace(APART, estimate=0.02, conf_low=-0.06, conf_high=0.09, ancova=0.02)
    )
    assert found == ("D", False, ("baseline_gap_caution",))


def test_a_difference_within_chance_needs_no_other_reason():
    found = decide(dataclasses.replace(APART, p_value=0.4, p_adjusted=0.4, ancova=-0.1))
    assert found == ("D", False, ("within_chance",))


@pytest.mark.parametrize("p", [0.05, 0.2, 1.0, math.nan])
def test_five_percent_or_more_cannot_be_told_apart(p):
    assert decide(but(p_value=p, p_adjusted=p))[0] == "D"


def test_just_below_five_percent_is_a_difference():
    assert decide(but(p_value=0.0499, p_adjusted=0.0499))[0] == "A"


def test_a_difference_that_correction_takes_away_says_so():
    assert decide(but(p_value=0.03, p_adjusted=0.06)) == ("D", False, ("multiplicity",))


SAME = but(estimate=0.02, conf_low=-0.06, conf_high=0.09, ancova=0.03, p_value=0.6, p_adjusted=0.6)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"attrition": "unknown"}, "attrition_unknown"),
        ({"chosen_before": False}, "control_after"),
        ({"baseline_g": math.nan}, "baseline_unknown"),
        ({"events": (("5А", "новый учитель"),)}, "event"),
        ({"other_year_groups": ("5А", "7Б")}, "other_parallel"),
        ({"lessons": had("5А", 8, 8) + had("7Б", 3, 8)}, "low_dose"),
        ({"ancova": 0.11}, "signs_differ"),
        ({"ancova": math.nan}, "signs_differ"),
    ],
)
def test_nothing_is_called_the_same_while_something_may_hide_a_difference(changes, reason):
    found = judge(dataclasses.replace(SAME, **changes))
    assert (found.code, found.reasons) == ("D", (reason,))
    assert "включает и пользу, и вред" not in found.sentence


def test_an_interval_inside_the_negligible_difference_is_no_difference():
    found = decide(dataclasses.replace(SAME, conf_high=0.1))
    assert found == ("C", False, ("within_negligible",))


def test_a_certain_but_negligible_difference_is_no_difference():
    assert decide(but(estimate=0.05, conf_low=0.02, conf_high=0.08, ancova=0.06))[0] == "C"


def test_an_interval_that_leaves_the_negligible_difference_is_not_none():
    assert decide(but(conf_low=-0.1001, conf_high=0.05, p_value=0.5, p_adjusted=0.5))[0] == "D"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fewest_pupils": 4}, "few_pupils"),
        (
            {"innovative": ("5А",), "control": ("5Б",), "archive_usable": False},
            "one_class",
        ),
        ({"lessons": had("5А", 1, 4)}, "no_dose"),
        ({"lessons": had("5А", 9, 10) + had("7Б", 0, 10)}, "no_dose"),
        ({"instruments": "different"}, "diff_instrument"),
        ({"teachers": "different"}, "diff_teacher_scale"),
        ({"vpr_in_gradebook": True}, "vpr_is_mark"),
        ({"marks_behind": 2.9}, "few_marks"),
        ({"parallel_p": 0.049}, "parallel_break"),
        ({"baseline_g": -0.501}, "baseline_gap"),
        ({"baseline_g": math.inf}, "baseline_gap"),
        ({"ceiling_control": 0.51}, "ceiling"),
        ({"ceiling_innovative": 0.8}, "ceiling"),
        ({"attrition": "optimistic"}, "attrition"),
        ({"attrition": "outside"}, "attrition"),
        ({"spread": 0.0}, "no_spread"),
        ({"spread": math.nan}, "no_spread"),
        ({"terms_before": False}, "no_baseline"),
        ({"terms_after": False}, "no_after"),
        ({"missing": ("5Б",)}, "no_data"),
        ({"control": ()}, "no_control"),
        ({"innovative": ()}, "no_control"),
    ],
)
def test_what_cannot_be_compared_is_refused(changes, reason):
    code, _, reasons = decide(but(**changes))
    assert code == "F"
    assert reason in reasons


@pytest.mark.parametrize(
    "changes",
    [
        {"baseline_g": 0.25},
        {"baseline_g": -0.25},
        {"teachers": "different", "common_work": True},
        {"teachers": "unknown", "instruments": "same"},
        {"marks_behind": 3.0},
        {"parallel_p": 0.05},
        {"ceiling_control": 0.5},
        {"fewest_pupils": 5},
        {"lessons": had("5А", 2, 4)},
        {"lessons": had("5А", 10, 10) + had("7Б", 0, 10)},
    ],
)
def test_on_the_limit_is_not_over_it(changes):
    assert decide(but(**changes))[0] == "A"


def test_a_refusal_comes_before_no_difference():
    assert decide(but(conf_low=-0.01, conf_high=0.01, baseline_g=0.6))[0] == "F"


def test_without_data_nothing_else_is_said():
    found = decide(but(terms_before=False, fewest_pupils=0, baseline_g=math.nan))
    assert found == ("F", False, ("no_baseline",))


def test_all_other_refusals_are_said_together():
    assert decide(but(baseline_g=0.6, ceiling_control=0.6))[2] == ("baseline_gap", "ceiling")


def test_one_against_one_with_an_archive_is_at_most_cautious():
    found = decide(but(innovative=("5А",), control=("5Б",)))
    assert found == ("B", True, ("one_innovative",))


def test_one_against_one_without_an_archive_has_no_spread_to_complain_about():
    found = decide(but(innovative=("5А",), control=("5Б",), archive_usable=False, spread=math.nan))
    assert found == ("F", False, ("one_class",))


FOUR = {"innovative": ("5А", "5Б", "6А", "6Б"), "control": ("7А", "7Б", "8А", "8Б")}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"innovative": ("5А",), "control": ("5Б",)}, "low"),
        ({"innovative": ("5А",), "control": ("5Б", "6А", "6Б")}, "low"),
        ({}, "medium"),
        (FOUR, "medium"),  # marks alone give at most medium
        (FOUR | {"common_work": True}, "high"),
        (FOUR | {"common_work": True, "lost": 0.11}, "medium"),
        (FOUR | {"common_work": True, "lost": math.nan}, "medium"),
        (FOUR | {"common_work": True, "baseline_g": 0.3}, "medium"),
    ],
)
def test_reliability_says_how_the_comparison_is_built(changes, expected):
    assert rate(but(**changes)) == expected


def test_a_refusal_has_no_reliability():
    assert judge(but(baseline_g=0.6)).reliability == "none"


# --- words -----------------------------------------------------------------------------------

EVERY = {
    "A": RELIABLE,
    "B": but(innovative=("5А",)),
    "C": but(conf_low=-0.05, conf_high=0.08, estimate=0.02, ancova=0.03),
    "D": but(p_value=0.4, p_adjusted=0.4, conf_low=-0.1, conf_high=0.7),
    "D after correction": but(p_adjusted=0.06),
    "E": mirrored(RELIABLE),
    "E with caution": mirrored(but(innovative=("5А",))),
    "B began apart": APART,
    "D began apart": dataclasses.replace(APART, ancova=-0.1),
    "F": but(baseline_g=0.51),
}


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("name", EVERY)
def test_no_verdict_says_that_anything_is_proven(name, language):
    found = judge(EVERY[name], lang=language)
    assert found.code == name[0]
    words = " ".join((found.headline, found.sentence, *found.caveats)).lower()
    assert not re.search(
        r"(?<!не )доказ(?:ан|ывает)|программа работает|proven|programme works|nan|\bp =|{", words
    )


@pytest.mark.parametrize("name", [name for name in EVERY if name != "F"])
def test_every_verdict_says_that_classes_were_not_drawn_by_lot(name):
    found = judge(EVERY[name])
    assert "жребием" in " ".join((found.sentence, *found.caveats))


def test_the_reliable_sentence_is_the_one_of_the_domain_guide():
    assert judge(RELIABLE).sentence == (
        "За 2 четверть 2025/26 по показателю «все предметы вместе» классы 5А и 7Б прибавили в "
        "среднем на 0,30 балла отметки больше, чем контрольные классы 5Б и 6А. С учётом случайных "
        "колебаний разница лежит от 0,12 до 0,48 балла; это примерно 14\xa0учеников из 45, "
        "перешедших на отметку выше. Надёжность вывода: средняя. Это не доказывает, что причина "
        "именно в новых уроках: классы не выбирались жребием."
    )


def test_one_class_is_written_in_the_singular():
    found = judge(but(innovative=("5А",), composite=False, title="Алгебра"))
    assert found.sentence.startswith("Разница в пользу класса 5А видна (0,30 балла")


def test_the_pupils_phrase_is_left_out_when_it_is_less_than_one():
    small = but(estimate=0.01, conf_low=0.005, negligible=0.001, pupils_innovative=20)
    assert "перешедших" not in judge(small).sentence


def test_a_loss_is_written_without_minus_signs():
    sentence = judge(EVERY["E"]).sentence
    assert "на 0,30 балла меньше, чем контрольные классы 5Б и 6А (от 0,12 до 0,48)" in sentence


def test_no_difference_found_names_what_could_have_been_seen():
    sentence = judge(EVERY["D"]).sentence
    assert "при 91\xa0ученике и 4\xa0классах" in sentence
    assert "от −0,10 до +0,70" in sentence
    assert "только разницу от 0,25 балла" in sentence


def test_classes_that_began_apart_are_said_to_have():
    assert "(на 0,40 обычного разброса между учениками, сопоставимы классы до 0,25)" in (
        judge(EVERY["B began apart"]).sentence
    )
    told = judge(EVERY["D began apart"]).sentence
    assert "вывод зависит от способа сравнения" in told
    assert "и пользу, и вред" not in told


def test_a_difference_lost_to_correction_does_not_claim_that_the_interval_holds_zero():
    assert "и пользу, и вред" not in judge(EVERY["D after correction"]).sentence


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"fewest_pupils": 3}, "в классе 5Б 3\xa0ученика с отметками до и после начала"),
        ({"baseline_g": -0.61}, "(0,61 при допустимых 0,50)"),
        ({"marks_behind": 2.5}, "у учеников в среднем 2,50 отметки за период – меньше 3"),
        (
            {"attrition": "outside", "lost": 0.4},
            "выбыло 40\xa0% учеников, в инновационных и контрольных классах по-разному",
        ),
        (
            {"attrition": "outside", "lost": 0.7, "lost_too_many": True},
            "выбыло 70\xa0% учеников – так много, что",
        ),
        ({"ceiling_control": 0.6}, "у 60\xa0% учеников уже высший балл"),
        (
            {"lessons": had("7Б", 3, 8) + had("5А", 1, 4)},
            "проведено новых уроков: 1 из 4 в 5А и 3 из 8 в 7Б – сравнивать нечего",
        ),
        ({"vpr_in_gradebook": True}, "отметка за ВПР выставлена в журнал"),
        ({"missing": ("5Б", "6А")}, "нет отметок и до, и после начала: 5Б и 6А"),
    ],
)
def test_a_refusal_says_why(changes, words):
    assert words[1:] in judge(but(**changes)).sentence  # a sentence of its own begins with it


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"ceiling_control": 0.3}, "некуда расти, в группах разная: 0\xa0% и 30\xa0%"),
        ({"events": (("5А", "новый учитель"),)}, "В классе 5А"),
        ({"archive_excluded": ("2024-25 6Б",)}, "перемены: 6Б, 2024/25."),
        ({"other_year_groups": ("6А",)}, "разных параллелей: 6А"),
        ({"subjects_dropped": ("Физика",)}, "Физика"),
        ({"baseline_g": 0.2}, "0,20 обычного разброса"),
        ({"archive_flat": True}, "в архиве школы одинаковы"),
        (
            {"lessons": had("5А", 8, 8) + had("7Б", 3, 8)},
            "хотя бы половину новых уроков: проведено 3 из 8 в 7Б",
        ),
    ],
)
def test_what_is_not_known_is_said(changes, words):
    assert words in " ".join(judge(but(**changes)).caveats)


LATE = {"chosen_before": False, "chosen_late": dt.date(2025, 12, 20)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (LATE, "контрольные классы выбраны после начала новых уроков (20.12.2025)"),
        (
            {**LATE, "control": ("5Б",), "innovative": ("5А",)},
            "контрольный класс выбран после начала новых уроков (20.12.2025)",
        ),
        ({"chosen_before": False}, "план сравнения изменён после первых результатов"),
    ],
)
def test_a_late_choice_of_control_is_told_with_its_day_and_once(changes, words):
    cautious = judge(but(**changes))
    assert words in cautious.sentence
    assert words not in " ".join(cautious.caveats).casefold()
    within_chance = judge(but(**changes, p_value=0.4, p_adjusted=0.4))
    assert words in " ".join(within_chance.caveats).casefold()


def test_no_second_test_is_not_a_second_test_that_did_not_confirm():
    none, failed = but(confirmations=(math.nan,)), but(confirmations=(0.2,))
    assert "другой проверки для такого набора классов нет" in judge(none).sentence
    assert "не подтвердила" not in judge(none).sentence
    assert "не подтвердила" in judge(failed).sentence


@pytest.mark.parametrize("name", [name for name in EVERY if name != "F"])
def test_that_classes_were_not_drawn_by_lot_is_said_once(name):
    found = judge(EVERY[name])
    assert " ".join((found.sentence, *found.caveats)).count("жребием") == 1


@pytest.mark.parametrize("language", ["ru", "en"])
@pytest.mark.parametrize("code", [c for c, _ in verdict._NOTHING_TO_COMPARE + verdict._REFUSALS])
def test_every_refusal_says_what_can_be_done(code, language):
    refused = Verdict("F", cautious=False, reliability="none", reasons=(code,))
    words = sentences.sentence(refused, but(missing=("5Б",)), lang=language)
    todo = {"ru": "Что можно сделать: ", "en": "What can be done: "}[language]
    assert len(words.split(todo)[1]) > len(todo)


def test_a_refusal_names_what_is_wrong_and_what_to_do_without_repeating_its_headline():
    found = judge(but(fewest_pupils=3))
    assert found.sentence == (
        "В классе 5Б 3\xa0ученика с отметками до и после начала – меньше 5. Что можно сделать: "
        "дождаться отметок остальных учеников класса 5Б или убрать его из плана."
    )
    assert found.headline not in found.sentence


def test_a_refusal_speaks_of_no_comparison():
    doubts = {"baseline_g": 0.2, "archive_untested": True, "parallel_testable": False, **LATE}
    assert judge(but(fewest_pupils=3, **doubts)).caveats == ()
    changed = judge(but(fewest_pupils=3, events=(("5А", "новый учитель"),)))
    assert changed.caveats == ("В классе 5А за это время изменилось не только это: новый учитель.",)


def test_one_of_several_subjects_is_named_with_or():
    found = judge(but(sign_turned_by=("История", "Биология")))
    assert "если убрать всего один предмет (История или Биология)" in found.sentence


def test_an_unproven_spread_is_told_in_words_of_a_teacher():
    found = judge(but(p_unequal_spread=0.2))
    assert "классов с новыми уроками мало (2): если они растут неровнее обычных" in found.sentence
    assert "разбросан" not in found.sentence


def test_lessons_that_were_not_given_in_one_class_do_not_weaken_a_difference_that_is_seen():
    few = had("5А", 8, 8) + had("7Б", 3, 8)
    assert decide(but(lessons=few)) == ("A", False, ("confirmed",))


def test_too_few_lessons_are_told_once():
    refused = judge(but(lessons=had("5А", 1, 4)))
    assert "новых уроков" in refused.sentence
    assert "новых уроков" not in " ".join(refused.caveats)


def test_a_common_work_takes_back_that_only_marks_are_compared():
    alone, together = judge(RELIABLE), judge(but(common_work=True))
    assert "общей работы не было" in " ".join(alone.caveats)
    assert "общей работы не было" not in " ".join(together.caveats)


@pytest.mark.parametrize(
    ("code", "russian", "english"),
    [
        ("ties", "в слабейшую треть параллели попадает больше половины", "weakest third"),
        ("few_weak", "и слабых, и остальных учеников не меньше 5", "at least 5 weak and 5 other"),
        ("poor_fit", "(расхождение больше 0,25 балла)", "(more than 0.25 of a mark apart)"),
    ],
)
def test_a_question_beside_the_verdict_says_why_it_has_no_answer(code, russian, english):
    assert russian in sentences.why_not(code)
    assert english in sentences.why_not(code, lang="en")


def test_a_wide_gap_is_told_once():
    within_chance = judge(but(baseline_g=0.4, p_value=0.4, p_adjusted=0.4))
    assert "заметно различались (на 0,40" in " ".join(within_chance.caveats)
    assert "заметно различались" not in " ".join(judge(APART).caveats)


def test_alike_classes_need_no_caveat_about_the_start():
    assert "обычного разброса" not in " ".join(judge(but(baseline_g=0.05)).caveats)


def test_every_sentence_exists_in_both_languages():
    assert all(entry.keys() == {"ru", "en"} for entry in catalogue("verdict").values())


def test_every_reason_code_has_words():
    rules = verdict._NOTHING_TO_COMPARE + verdict._REFUSALS + verdict._CAUTIONS
    codes = {code for code, _ in rules} | {
        "confirmed", "within_negligible", "within_chance", "multiplicity", "low_dose",
    }  # fmt: skip
    assert codes <= {key.removeprefix("reason_") for key in catalogue("verdict")}


# --- edges, from the marks on ------------------------------------------------------------------

HALF_A_MARK = {"5А": 0.6, "6А": 0.5, "5Б": 0.0, "6Б": 0.1, "6В": 0.05}


def school(gains, *, pupils=6, years=()):
    """Return pupils' gains: six starting levels around 4 in a class, all rising alike."""
    units = [("2025-26", label, gain) for label, gain in gains.items()]
    units += [(year, label, gain) for year, labels in years for label, gain in labels.items()]
    return pd.DataFrame(
        [
            {
                "pupil": f"{year} {label} {number}",
                "class_label": label,
                "school_year": year,
                "class_unit": f"{year} {label}",
                "subject": "Алгебра",
                "before": 4 + 0.1 * (number - (pupils - 1) / 2),
                "after": 4 + 0.1 * (number - (pupils - 1) / 2) + gain,
                "gain": gain,
            }
            for year, label, gain in units
            for number in range(pupils)
        ]
    )


def answered(gains, *, innovative=("5А", "6А"), control=("5Б", "6Б", "6В")):
    design = Design(
        innovative=innovative,
        control=control,
        periods=Periods(("2025-26-Q1",), ("2025-26-Q2",)),
        school_year="2025-26",
    )
    members = pd.DataFrame({"class_label": [*innovative, *control], "membership": "both"})
    table = panel.with_roles(gains, innovative=innovative, control=control, year="2025-26")
    outcome = Outcome(id="a", title="Алгебра", subjects=("Алгебра",), primary=True)
    return compare.evaluate(table, members, outcomes=[outcome], design=design)[0]


ONE_YEAR = tuple((f"{grade}А", 0.02 * grade) for grade in range(5, 10))
TWO_YEARS = (("2024-25", dict(ONE_YEAR)), ("2023-24", dict(ONE_YEAR)))
LEVEL = school(dict.fromkeys(HALF_A_MARK, 0.0)).assign(before=4.0, after=4.0)


@pytest.mark.parametrize(
    ("gains", "arms", "expected"),
    [
        # t of (.55 − .05) with s² = (.005 + .005)/3: far beyond 3.18, and Welch agrees
        (school(HALF_A_MARK), {}, ("A", ("confirmed",))),
        (school(HALF_A_MARK, pupils=4), {}, ("F", ("few_pupils",))),
        (school(HALF_A_MARK, pupils=1), {}, ("F", ("few_pupils",))),
        (school(dict.fromkeys(HALF_A_MARK, 0.2)), {}, ("F", ("no_spread",))),
        (LEVEL, {}, ("F", ("no_spread",))),
        (LEVEL.assign(before=5.0, after=5.0), {}, ("F", ("ceiling", "no_spread"))),
        (school({**HALF_A_MARK, "5А": 0.0, "6А": 0.1}), {}, ("D", ("within_chance",))),
        (
            school(HALF_A_MARK),
            {"innovative": ("5А",), "control": ("5Б",)},
            ("F", ("one_class",)),
        ),
        (
            school(HALF_A_MARK, years=[("2024-25", {"5А": 0.1})]),
            {"innovative": ("5А",), "control": ("5Б",)},
            ("F", ("one_class",)),
        ),
        (
            school(HALF_A_MARK, years=TWO_YEARS),
            {"innovative": ("5А",), "control": ("5Б",)},
            ("B", ("one_innovative", "no_second_test")),
        ),
        (school(HALF_A_MARK), {"control": ()}, ("F", ("no_control",))),
        (school(HALF_A_MARK), {"control": ("9Г",)}, ("F", ("no_data",))),
    ],
    ids=[
        "clear", "four pupils", "one pupil", "equal class gains", "all marks equal", "all fives",
        "ties", "one against one", "an archive of one", "one against one with an archive",
        "nobody to compare with", "a class that is not there",
    ],
)  # fmt: skip
def test_an_edge_of_the_data_has_its_verdict(gains, arms, expected):
    found = answered(gains, **arms).verdict
    assert (found.code, found.reasons) == expected


def test_every_reason_of_the_domain_guide_has_a_rule():
    # DOMAIN.md 6.2, under F; control_after makes a verdict cautious
    guide = {
        "few_pupils", "one_class", "no_baseline", "baseline_gap", "diff_instrument",
        "diff_teacher_scale", "attrition", "ceiling", "no_dose", "parallel_break", "vpr_is_mark",
        "control_after", "few_marks",
    }  # fmt: skip
    rules = verdict._NOTHING_TO_COMPARE + verdict._REFUSALS + verdict._CAUTIONS
    assert guide <= {code for code, _ in rules}


# --- questions -----------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Judged:
    verdict: Verdict
    drew_apart: bool = False


def with_code(code, **more):
    return Judged(Verdict(code, cautious=False, reliability="medium", reasons=()), **more)


@pytest.mark.parametrize("code", list("ABCDEF"))
def test_five_or_six_questions_begin_with_seeing_and_end_with_doing(code):
    found = questions([with_code(code)])
    assert 5 <= len(found) <= 6
    assert len(set(found)) == len(found)
    assert found[0].startswith("Что вы видите на графике")
    assert found[-1].startswith("Что мы попробуем на ближайшем уроке")


def test_a_subject_that_fell_behind_adds_a_question():
    found = questions([with_code("A"), with_code("E")])
    assert any("просели" in question for question in found)
    assert len(found) == 6


def test_results_that_drew_apart_add_a_question():
    found = questions([with_code("C", drew_apart=True)])
    assert any("помогало сильным" in question for question in found)


def test_without_evaluations_there_are_still_questions():
    assert len(questions([])) == 5


def test_the_glossary_explains_every_term():
    found = verdict.glossary()
    assert len(found) == len(sentences.GLOSSARY_TERMS)
    assert dict(found)["Контрольный класс"].startswith("Похожий класс")


def test_english_numbers_have_a_point():
    words = judge(EVERY["D"], lang="en").sentence
    assert "from -0.10 to +0.70" in words
    assert "with 91\xa0pupils and 4\xa0classes" in words


def test_an_open_interval_is_written_as_a_dash():
    endless = but(p_value=0.4, p_adjusted=0.4, conf_low=-math.inf, conf_high=math.inf)
    assert "от – до –" in judge(endless).sentence
    assert "from – to –" in judge(endless, lang="en").sentence


def test_a_report_is_russian_whatever_the_machine_speaks(monkeypatch):
    monkeypatch.setenv("POSANALYTICS_LANG", "en")
    assert judge(RELIABLE).headline == "Прирост больше, чем в контрольных классах"
    assert judge(RELIABLE, lang=None).headline == "Gains are larger than in the control classes"
