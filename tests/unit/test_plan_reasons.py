"""What only the plan can tell – lessons given, ВПР marks, a common work – up to the sentence."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from posanalytics import briefing
from posanalytics.cli import app
from posanalytics.plan import PlanError, parse_plan
from posanalytics.study import Study
from posanalytics.workspace import open_workspace

OURS, THEIRS = ("7А", "7Б", "7В", "7Г"), ("7Д", "7Е", "7Ж", "7З")
# Of eight pupils, half with 3 and half with 4 in the first quarter, so many rise by one mark.
RISING = dict(zip((*OURS, *THEIRS), (6, 7, 6, 7, 0, 1, 0, 1), strict=True))
SURNAMES = dict(
    zip(
        RISING,
        ("Примеров", "Образцов", "Вымыслов", "Сказкин", "Мнимов", "Шаблонов", "Теоремов", "Тестов"),
        strict=True,
    )
)
CONTROL = "\n".join(f"    - {{class: {label}, ladder: K2}}" for label in THEIRS)


def planned(text, *, comparison="", outcome="", more=""):
    """Return a plan of four classes against four, with lines of its own."""
    text = text.replace("[7А]", "[" + ", ".join(OURS) + "]")
    text = text.replace("    - {class: 7Б, ladder: K2, why: та же параллель}", CONTROL)
    text = text.replace("  chosen_on:", f"{comparison}  chosen_on:")
    text = text.replace("primary: true", f"primary: true{outcome}")
    return text.replace("outcomes:\n", f"outcomes:\n{more}")


def export(label, quarter):
    """Return the table of one class: the same marks in both subjects."""
    rising = RISING[label] if quarter > 1 else 0
    marks = [3 + number % 2 + (number < rising) for number in range(8)]
    names = [f"{SURNAMES[label]} {letter}иван" for letter in "АБВГДЕЖЗ"]
    rows = [f"{n};{name};{m};{m}" for n, (name, m) in enumerate(zip(names, marks, strict=True), 1)]
    head = [f"Класс: {label}", f"{quarter} четверть 2025/2026", "№;ФИО;Алгебра;Физика"]
    return "\n".join([*head, *rows])


@pytest.fixture(scope="module")
def exports(tmp_path_factory):
    """Return a folder of two quarters of eight classes."""
    raw = tmp_path_factory.mktemp("exports")
    for label in RISING:
        for quarter in (1, 2):
            (raw / f"{label}-{quarter}.csv").write_text(export(label, quarter), "utf-8")
    return raw


@pytest.fixture
def answered(tmp_path, plan_text, exports):
    """Return a function from lines of a plan to the study of the school."""

    def study(**lines):
        (tmp_path / "plan.yml").write_text(planned(plan_text, **lines), "utf-8")
        raw = tmp_path / "data" / "raw"
        raw.parent.mkdir(exist_ok=True)
        if not raw.exists():
            raw.symlink_to(exports, target_is_directory=True)
        workspace = open_workspace(tmp_path)
        workspace.load()
        return Study(workspace)

    return study


def verdict(study):
    return study.evaluations[0].verdict


def test_a_plan_that_says_nothing_more_has_medium_reliability(answered):
    found = verdict(answered())
    assert (found.code, found.reliability) == ("A", "medium")


def test_a_common_work_makes_reliability_high(answered):
    found = verdict(answered(outcome=", common_work: true"))
    assert (found.code, found.reliability) == ("A", "high")
    assert "Надёжность вывода: высокая" in found.sentence


def test_a_common_work_lets_classes_of_different_teachers_be_compared(answered):
    apart = verdict(answered(comparison="  teachers: different\n"))
    assert apart.reasons == ("diff_teacher_scale",)
    assert "общей работы не было" in apart.sentence


def test_different_teachers_with_a_common_work_are_compared(answered):
    found = verdict(answered(comparison="  teachers: different\n", outcome=", common_work: true"))
    assert found.code == "A"


def test_a_common_work_in_one_subject_says_nothing_about_the_others(answered):
    one = "  - {id: physics, subject: Физика, common_work: true}\n"
    reliability = {a.outcome.id: a.verdict.reliability for a in answered(more=one).evaluations}
    assert reliability == {"all": "medium", "algebra": "medium", "physics": "high"}


LESSONS = (
    "  lessons: [{{class: 7а, planned: 12, given: {}}}, {{class: 7Б, planned: 12, given: {}}}]\n"
)


def test_less_than_half_of_the_new_lessons_leave_nothing_to_compare(answered):
    found = verdict(answered(comparison=LESSONS.format(4, 7)))  # 11 of 24
    assert (found.code, found.reasons) == ("F", ("no_dose",))
    assert found.sentence == (
        "Проведено новых уроков: 4 из 12 в 7А и 7 из 12 в 7Б – сравнивать нечего. Что можно "
        "сделать: провести хотя бы половину новых уроков и вернуться к сравнению в следующем "
        "периоде."
    )


def test_half_of_the_new_lessons_are_compared_and_the_class_that_had_few_is_named(answered):
    found = verdict(answered(comparison=LESSONS.format(5, 7)))  # 12 of 24
    assert found.code == "A"
    assert any("проведено 5 из 12 в 7А." in text for text in found.caveats)


def test_half_of_the_lessons_in_every_class_leave_nothing_to_say(answered):
    found = verdict(answered(comparison=LESSONS.format(6, 6)))
    assert found.code == "A"
    assert not any("новых уроков" in text for text in found.caveats)


def test_before_the_start_no_lesson_can_have_been_given(answered):
    study = answered(comparison=LESSONS.format(0, 0))
    now, before = (Study(study.workspace, term) for term in ("2025-26-Q2", "2025-26-Q1"))
    assert now.abilities()[0].reasons == ("no_dose",)
    assert before.abilities()[0].best_verdict == "A"


def test_lessons_that_are_only_planned_say_nothing_yet(answered):
    study = answered(comparison="  lessons: [{class: 7А, planned: 12}]\n")
    assert study.lessons == ()
    assert verdict(study).code == "A"


def test_vpr_marks_in_the_gradebook_refuse_their_own_outcome(answered):
    vpr = "  - {id: physics, subject: Физика, vpr_in_gradebook: true}\n"
    found = {a.outcome.id: a.verdict for a in answered(more=vpr).evaluations}
    assert (found["physics"].code, found["physics"].reasons) == ("F", ("vpr_is_mark",))
    assert "тметка за ВПР выставлена в журнал" in found["physics"].sentence
    assert found["all"].code == "A"


def test_check_names_what_the_plan_says_before_any_result(answered, tmp_path):
    answered(
        comparison=LESSONS.format(4, 7),
        more="  - {id: physics, subject: Физика, vpr_in_gradebook: true}\n",
    )
    ran = CliRunner().invoke(app, ["check", "-C", str(tmp_path)])
    assert ran.exit_code == 0, ran.output
    told = " ".join(ran.output.split())
    assert "Проведено новых уроков: 4 из 12 в 7А и 7 из 12 в 7Б" in told
    assert "Отметка за ВПР выставлена в журнал" in told


def test_check_names_a_class_that_has_had_few_lessons(answered):
    limits = answered(comparison=LESSONS.format(5, 7)).abilities()[0].limits
    assert any("проведено 5 из 12 в 7А." in text for text in limits)


def test_check_says_how_reliable_a_conclusion_can_be(answered, tmp_path):
    answered(outcome=", common_work: true")
    ran = CliRunner().invoke(app, ["check", "-C", str(tmp_path)])
    # the composite rests on a common work, algebra alone does not say so
    assert "Надёжность такого вывода: высокая." in ran.output
    assert "Надёжность такого вывода: средняя." in ran.output


def test_an_instrument_that_stands_first_is_left_out_and_the_primary_outcome_answers(answered):
    first = "  - {id: vpr, subject: Физика, instrument: ВПР, measure: share_of_max}\n"
    study = answered(more=first)
    assert [answer.outcome.id for answer in study.evaluations] == ["all", "algebra"]
    assert study.outcomes_left_out == ("Физика (ВПР)",)
    assert [ability.outcome.id for ability in study.abilities()] == ["all", "algebra"]


# --- what a plan may not say --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ({"comparison": "  lessons: [{class: 7Д, planned: 2}]\n"}, "классу 7Д, а среди"),
        ({"comparison": LESSONS.format(1, 2).replace("7Б", "7А")}, "7А записаны дважды"),
        ({"comparison": "  lessons: [{class: 7А, planned: 0}]\n"}, "«0», ожидалось число не мен"),
        ({"comparison": "  lessons: [{class: 7А, planned: 3, given: -1}]\n"}, "не меньше 0"),
        ({"comparison": "  lessons: [{class: 7А, planned: много}]\n"}, "«много», ожидалось целое"),
        ({"comparison": "  lessons: [{class: 7А, planned: 2.5}]\n"}, "«2.5», ожидалось целое"),
        ({"comparison": "  lessons: [{class: 7А, given: 2}]\n"}, "planned.*не заполнено"),
        ({"outcome": ", common_work: почти"}, "«почти», ожидалось true"),
        ({"outcome": ", vpr_in_gradebook: 4"}, "«4», ожидалось true"),
        ({"outcome": ", common_work: true, instruments: different"}, "исключают друг друга"),
        ({"outcome": ", vpr_in_journal: true"}, "такого поля в плане нет"),
    ],
)  # fmt: skip
def test_a_wrong_word_about_the_comparison_is_explained_with_its_line(plan_text, lines, said):
    with pytest.raises(PlanError, match=f"(?s)строка \\d+, .*{said}"):
        parse_plan(planned(plan_text, **lines))


@pytest.mark.parametrize(
    ("outcome", "found"),
    [
        ("subject: Физика, instrument: ВПР", "instrument: ВПР"),
        ("subject: Физика, instrument: ВПР, measure: share_of_max", "instrument: ВПР"),
        ("subject: Физика, measure: share_of_max", "share_of_max"),
        ("instrument: 4К-тест", "instrument: 4К-тест"),
    ],
)
def test_scores_of_a_test_cannot_be_the_primary_outcome(plan_text, outcome, found):
    alone = (
        plan_text.split("outcomes:")[0] + f"outcomes:\n  - {{id: work, primary: true, {outcome}}}\n"
    )
    line = alone.splitlines().index(f"  - {{id: work, primary: true, {outcome}}}") + 1
    with pytest.raises(PlanError, match=f"строка {line}, .*«work».*{found}.*перенесите primary"):
        parse_plan(alone)


def test_scores_of_a_test_may_stand_beside_the_primary_outcome(plan_text):
    beside = "  - {id: work, subject: Физика, instrument: ВПР}\n"
    plan = parse_plan(planned(plan_text, more=beside))
    assert [outcome.of_marks for outcome in plan.outcomes] == [False, True, True]


@pytest.mark.parametrize(
    ("lines", "changed"),
    [
        ({"outcome": ", common_work: true"}, True),
        ({"outcome": ", common_work: false"}, False),
        # Known only in the course of the year, and able only to refuse.
        ({"comparison": LESSONS.format(4, 7)}, False),
        ({"outcome": ", vpr_in_gradebook: true"}, False),
    ],
)
def test_a_common_work_is_sealed_and_what_the_year_brings_is_not(plan_text, lines, changed):
    plain = parse_plan(planned(plan_text))
    assert (parse_plan(planned(plan_text, **lines)).seal != plain.seal) is changed


def test_the_commented_lines_of_a_new_plan_are_valid(tmp_path):
    from posanalytics.reports.scaffold import new_workspace

    new_workspace(tmp_path / "school")
    text = (tmp_path / "school" / "plan.yml").read_text("utf-8")
    for key in ("lessons:", "- {class: 5А, planned", "- {id: biology", "- {id: physics"):
        text = text.replace(f"# {key}", key)
        text = text.replace(f"#   {key}", f"  {key}")
    plan = parse_plan(text)
    assert [(own.planned, own.given) for own in plan.comparison.lessons] == [(12, 10)]
    told = {outcome.id: outcome for outcome in plan.outcomes}
    assert told["biology"].common_work
    assert told["physics"].vpr_in_gradebook


def test_a_page_without_a_conclusion_promises_none(answered):
    study = answered(comparison=LESSONS.format(4, 7))
    *_, notice = briefing.passport_facts(study)
    assert notice[1:3] == ("не определить", "")
    told = " ".join(briefing.unknowns(study))
    assert "Сравнить их пока нельзя" in told
    assert "Была ли разница меньше" not in told
    assert set(briefing.subject_results(study)["minimum_detectable"]) == {"не определить"}
    assert math.isnan(study.concluded)


def test_a_page_with_a_conclusion_tells_what_it_could_notice(answered):
    study = answered()
    *_, notice = briefing.passport_facts(study)
    assert notice[1].startswith("от ")
    assert "меньшую разницу" in notice[2]
    assert study.concluded == study.evaluations[0].estimate


@pytest.mark.parametrize(
    ("control", "name"), [(("5Б",), "контрольный 5Б"), (("5Б", "5В"), "контрольные 5Б и 5В")]
)
def test_one_control_class_is_named_in_the_singular(control, name):
    plan = SimpleNamespace(comparison=SimpleNamespace(innovative=("5А",)), control_classes=control)
    assert Study.names.fget(SimpleNamespace(plan=plan))["control"] == name


@pytest.mark.parametrize(
    ("reasons", "low", "lines"),
    [(("multiplicity",), 0.1, 1), (("multiplicity",), -0.1, 0), (("within_chance",), -0.1, 0)],
)
def test_a_subject_told_apart_alone_but_not_among_many_is_explained(reasons, low, lines):
    verdict = SimpleNamespace(code="D", reasons=reasons)
    answer = SimpleNamespace(verdict=verdict, conf_low=low, conf_high=0.5)
    school = SimpleNamespace(evaluations=[answer] * 9)
    found = briefing.why_not_told(school)
    assert len(found) == lines
    assert all("предметов сравнивали сразу 8." in said for said in found)
