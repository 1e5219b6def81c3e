"""`check` and the report say one thing about one school, each thing once."""

from __future__ import annotations

import math

import pytest
from typer.testing import CliRunner

from posanalytics import briefing, scrutiny
from posanalytics.cli import app
from posanalytics.study import Study
from posanalytics.wording import decimal
from posanalytics.workspace import open_workspace

THIS, LAST = "2025", "2024"
CLASSES = ("7А", "7Б", "7В", "7Г")
SURNAMES = dict(
    zip(
        [f"{grade}{letter}" for grade in (5, 6, 7, 8, 9) for letter in "АБВГД"],
        (
            "Примеров", "Образцов", "Вымыслов", "Сказкин", "Мнимов", "Шаблонов", "Теоремов",
            "Тестов", "Ёлкин", "Грушин", "Дубов", "Клёнов", "Липин", "Осинин", "Берёзов",
            "Вишнёв", "Сливин", "Рябинин", "Тополев", "Ивин", "Соснов", "Кедров", "Ольхин",
            "Ясенев", "Вязов",
        ),
        strict=True,
    )
)  # fmt: skip
# Of twelve pupils of a class so many rise by one mark in the second quarter.
RISING = {"7А": 7, "7Б": 2, "7В": 8, "7Г": 1}


def export(label, year, quarter, marks, subjects):
    """Return the table of one class: one row of marks per pupil, one mark per subject."""
    letters = "АБВГДЕЖЗИКЛМНОПР"
    rows = [
        ";".join([str(n), f"{SURNAMES[label]} {letters[n - 1]}иван", *map(str, own)])
        for n, own in enumerate(marks, 1)
        if own is not None
    ]
    head = [f"Класс: {label}", f"{quarter} четверть {year}/{int(year) + 1}"]
    return "\n".join([*head, ";".join(["№", "ФИО", *subjects]), *rows])


def usual(rising, *, pupils=12, subjects=2, first=3):
    """Return marks before and after: half with 3, half with 4, the first few rise by one."""
    before = [[first + n % 2] * subjects for n in range(pupils)]
    after = [[mark + (n < rising) for mark in own] for n, own in enumerate(before)]
    return before, after


class School:
    """A made-up school on disk: classes of two quarters, a plan, an archive if wanted."""

    def __init__(self, root, plan):
        self.root = root
        self.raw = root / "data" / "raw"
        self.raw.mkdir(parents=True)
        (root / "plan.yml").write_text(plan, "utf-8")

    def add(self, label, marks, *, year=THIS, subjects=("Алгебра", "Физика"), only=(1, 2)):
        for quarter in only:
            text = export(label, year, quarter, marks[quarter - 1], subjects)
            (self.raw / f"{label} {year} {quarter}.csv").write_text(text, "utf-8")

    def study(self):
        workspace = open_workspace(self.root)
        workspace.load()
        return Study(workspace)

    def check(self):
        ran = CliRunner().invoke(app, ["check", "-C", str(self.root)])
        return ran.exit_code, " ".join(ran.output.split())


@pytest.fixture
def built(tmp_path, plan_text):
    """Return a function from the plan's classes to a school without any class yet."""

    def build(innovative=("7А", "7В"), control=("7Б", "7Г"), *, comparison="", primary=""):
        ours = ", ".join(innovative)
        theirs = "\n".join(f"    - {{class: {label}, ladder: K2}}" for label in control)
        text = plan_text.replace("[7А]", f"[{ours}]")
        text = text.replace("    - {class: 7Б, ladder: K2, why: та же параллель}", theirs)
        text = text.replace("  chosen_on:", f"{comparison}  chosen_on:")
        text = text.replace("primary: true", f"primary: true{primary}")
        return School(tmp_path, text)

    return build


def archive(school, *, rising=(0, 1, 2, 0, 1, 2, 0, 1, 2)):
    """Add nine classes of the year before."""
    labels = ("5А", "5Б", "5В", "6А", "6Б", "6В", "8А", "8Б", "8В")
    for label, number in zip(labels, rising, strict=True):
        school.add(label, usual(number), year=LAST)


def of(study, name):
    """Return ability and answer of one outcome."""
    able = next(one for one in study.abilities() if one.outcome.id == name)
    return able, next(one for one in study.evaluations if one.outcome.id == name)


# --- what stops a comparison is foreseen --------------------------------------------------------


@pytest.fixture
def small(built):
    school = built()
    for label in CLASSES:
        school.add(label, usual(RISING[label], pupils=3 if label == "7Б" else 12))
    return school


@pytest.mark.parametrize("outcome", ["all", "algebra"])
def test_a_class_of_three_is_refused_by_check_and_report_alike(small, outcome):
    able, answer = of(small.study(), outcome)
    assert (able.best_verdict, answer.verdict.code) == ("F", "F")
    assert able.reasons == answer.verdict.reasons == ("few_pupils",)


def test_check_names_the_class_of_three(small):
    _, told = small.check()
    assert "В классе 7Б 3 ученика" in told
    assert "вывода не будет" in told
    assert "прирост больше" not in told


def test_the_mean_of_a_class_of_three_is_not_shown(small):
    rows = briefing.passport_classes(small.study()).set_index("class_label")["baseline"]
    assert rows["7Б"] == "скрыто (мало учеников)"
    assert rows["7Г"] == 3.5  # six with 3, six with 4


def test_too_few_pupils_are_foreseen_before_the_start(built):
    school = built()
    for label in CLASSES:
        school.add(label, usual(0, pupils=3 if label == "7Б" else 12), only=(1,))
    assert of_first(school).reasons == ("few_pupils",)


def of_first(school):
    return school.study().abilities()[0]


def test_a_ceiling_is_foreseen_before_the_start(built):
    school = built()
    for label in CLASSES:
        # eight of twelve pupils have the highest mark: more than half
        school.add(label, ([[5, 5] if n < 8 else [4, 4] for n in range(12)], None), only=(1,))
    assert of_first(school).reasons == ("ceiling",)


def test_losses_are_those_of_the_outcome_in_check_and_report(built):
    school = built()
    for label in CLASSES:
        before, after = usual(RISING[label])
        # seven pupils of one class have no later mark in physics, though they have one in algebra
        lost = [[own[0], "" if label == "7А" and n < 7 else own[1]] for n, own in enumerate(after)]
        school.add(label, (before, lost))
    (school.root / "plan.yml").write_text(
        (school.root / "plan.yml")
        .read_text("utf-8")
        .replace("subjects: {", "  - {id: physics, subject: Физика}\nsubjects: {"),
        "utf-8",
    )
    able, answer = of(school.study(), "physics")
    assert able.reasons == answer.verdict.reasons == ("attrition",)


# --- a subject that one class alone has ---------------------------------------------------------


@pytest.fixture
def chemistry(built):
    school = built()
    plan = school.root / "plan.yml"
    text = plan.read_text("utf-8").replace("[Алгебра, Физика]", "[Алгебра, Физика, Химия]")
    text = text.replace("subjects: {", "  - {id: chemistry, subject: Химия}\nsubjects: {")
    text = text.replace("id: all,", "id: all,")
    plan.write_text(text, "utf-8")
    for label in CLASSES:
        names = ("Алгебра", "Физика", "Химия") if label == "7А" else ("Алгебра", "Физика")
        school.add(label, usual(RISING[label], subjects=len(names)), subjects=names)
    return school


def test_a_subject_of_one_class_is_said_to_have_nobody_beside_it(chemistry):
    code, told = chemistry.check()
    assert code == 0
    assert "Предмет «Химия» есть только в 7А: сравнить не с кем" in told
    assert "У класса" not in told
    able, answer = of(chemistry.study(), "chemistry")
    assert able.reasons == answer.verdict.reasons == ("no_data",)
    assert (able.classes_innovative, able.classes_control) == (1, 0)


def test_the_report_says_so_too(chemistry):
    answer = of(chemistry.study(), "chemistry")[1]
    assert "только в 7А: сравнить не с кем" in answer.verdict.sentence


def test_the_title_counts_the_subjects_that_are_used(chemistry):
    study = chemistry.study()
    able, answer = of(study, "all")
    assert able.outcome.title == answer.outcome.title == "Все предметы вместе (2)"
    assert study.outcome_names["all"] == "Все предметы вместе (2)"


def test_check_says_that_a_subject_is_left_out(chemistry):
    assert (
        "Не вошли предметы, по которым отметки есть не во всех классах: Химия."
        in (chemistry.check()[1])
    )


# --- nothing but equal marks --------------------------------------------------------------------


@pytest.fixture
def level(built):
    school = built()
    for label in CLASSES:
        school.add(label, ([[4, 4]] * 12, [[4, 4]] * 12))
    return school


def test_equal_marks_let_no_difference_be_named(level):
    able, answer = of(level.study(), "all")
    assert math.isnan(able.minimum_detectable)
    assert math.isnan(answer.minimum_detectable)
    assert set(briefing.subject_results(level.study())["minimum_detectable"]) == {"не определить"}


def test_check_warns_of_a_year_without_spread(level):
    told = level.check()[1]
    assert of_first(level).flat_now
    assert "заметили бы, не определить: приросты классов без новых уроков одинаковы" in told
    assert "Если они совпадут и у инновационных, вывода не будет" in told


def test_a_year_without_spread_does_not_borrow_that_of_an_archive_that_spreads(level):
    archive(level)
    for label in ("5Г", "5Д"):
        level.add(label, ([[4, 4]] * 12, [[4, 4]] * 12))
    able, answer = of(level.study(), "all")
    assert able.method == answer.method == "two_step"
    assert math.isnan(able.minimum_detectable)


def test_an_archive_without_spread_lets_no_difference_be_named(built):
    school = built()
    for label in CLASSES:
        school.add(label, usual(0), only=(1,))
    archive(school, rising=(0,) * 9)
    assert math.isnan(of_first(school).minimum_detectable)
    told = school.check()[1]
    assert "Приросты классов в архиве школы одинаковы" in told
    assert "заметили бы, не определить" in told


# --- one number for one thing -------------------------------------------------------------------


@pytest.fixture
def leaving(built):
    """Return a school in which a strong pupil of 7А leaves after the first quarter."""
    school = built()
    for label in CLASSES:
        before, after = usual(RISING[label])
        if label == "7А":
            before = [[5, 5], *before[1:]]
            after = [None, *after[1:]]
        school.add(label, (before, after))
    return school


def test_the_gap_is_that_of_the_pupils_who_are_compared_in_check_and_report(leaving):
    for able, answer in zip(leaving.study().abilities(), leaving.study().evaluations, strict=True):
        assert able.baseline == answer.baseline
    # eleven pupils of 7А and twelve of 7В against twice twelve, the leaver not counted
    assert (able.baseline.pupils_innovative, able.baseline.pupils_control) == (23, 24)


def test_the_report_names_one_gap_and_one_noticeable_difference(leaving):
    study = leaving.study()
    answer = study.evaluations[0]
    told = " ".join(scrutiny.design_lines(study))
    assert f"Исходный разрыв: {decimal(abs(answer.baseline.g))}" in told
    assert f"от {decimal(answer.minimum_detectable)} балла." in told


def test_one_class_against_several_has_one_number_before_and_after(built):
    school = built(("7А",), ("7Б", "7В", "7Г"))
    for label in CLASSES:
        school.add(label, usual(RISING[label]))
    able, answer = of(school.study(), "all")
    # One innovative class adds nothing to the spread of the two-step test.
    assert able.method == answer.method == "two_step"
    assert able.minimum_detectable == pytest.approx(answer.minimum_detectable)
    number = decimal(answer.minimum_detectable)
    assert f"Уверенно заметили бы разницу от {number} балла." in school.check()[1]


def test_before_the_start_without_an_archive_check_says_why_there_is_no_number(built):
    school = built()
    for label in CLASSES:
        school.add(label, usual(0), only=(1,))
    told = school.check()[1]
    assert "заранее не определить: для разброса между классами нужен архив" in told


# --- classes that begin at different times ------------------------------------------------------


@pytest.fixture
def late(built):
    controls = ("7Б", "7Г", "5А", "5Б", "5В", "5Г")
    school = built(("7А", "{class: 7В, start: 2025-26-Q3}"), controls)
    plan = school.root / "plan.yml"
    more = "Q2: [2025-11-05, 2025-12-30]"
    plan.write_text(
        plan.read_text("utf-8").replace(more, f"{more}\n    Q3: [2026-01-12, 2026-03-29]"), "utf-8"
    )
    for place, label in enumerate(("7А", "7В", *controls)):
        before, after = usual(RISING.get(label, place))
        school.add(label, (before, after, after), only=(1, 2, 3))
    # an archive that spreads much less than this year
    archive(school, rising=(0,) * 8 + (1,))
    return school


def test_late_starts_are_told_with_the_reason_that_decides_alone(late):
    code, told = late.check()
    assert code == 0, told
    assert "классы начали в разное время" in told
    assert "архив школы здесь не главная проверка" not in told


def test_check_says_why_late_starts_have_no_number_yet(late):
    assert "заранее не определить: классы начинают в разное время" in late.check()[1]


# --- what is still missing ----------------------------------------------------------------------


def test_check_and_card_say_what_high_reliability_still_needs(built):
    school = built(primary=", common_work: true")
    for label in CLASSES:
        school.add(label, usual(RISING[label]))
    needed = "Для высокой надёжности нужно ещё: по четыре класса с каждой стороны (сейчас 2 и 2)."
    assert needed in school.check()[1]
    assert of(school.study(), "all")[1].verdict.for_high == needed


def test_few_lessons_in_one_class_rule_out_no_difference_in_check(built):
    lessons = (
        "  lessons: [{class: 7А, planned: 12, given: 4}, {class: 7В, planned: 12, given: 12}]\n"
    )
    school = built(comparison=lessons)
    for label in CLASSES:
        school.add(label, usual(RISING[label]))
    told = school.check()[1]
    assert "Вывод «заметного различия нет» невозможен" in told
    assert "проведено 4 из 12 в 7А" in told


def test_an_empty_workspace_is_told_to_load_exports(tmp_path):
    place = tmp_path / "new"
    assert CliRunner().invoke(app, ["init", str(place)]).exit_code == 0
    ran = CliRunner().invoke(app, ["check", "-C", str(place)])
    assert ran.exit_code == 65
    assert "data/raw" in ran.output
    assert "posanalytics load" in ran.output
    assert "названия классов" not in ran.output


def test_a_workspace_without_notebooks_is_told_what_to_do(small):
    ran = CliRunner().invoke(app, ["report", "data_quality", "-C", str(small.root)])
    assert ran.exit_code == 2
    assert "posanalytics init" in ran.output
    assert "есть: ." not in ran.output


# --- the gap at the start knows no result -------------------------------------------------------


def test_no_gain_of_an_innovative_class_moves_the_gap_at_the_start(built):
    school = built()
    for label in CLASSES:
        before, after = usual(RISING[label])
        # one class is ahead in physics alone, so the weights of subjects matter
        ahead = [[own[0], own[1] + (label == "7А")] for own in before]
        school.add(label, (ahead, after))
    others = [f"{grade}{letter}" for grade in (5, 6, 8, 9) for letter in "АБВГД"]
    for place, label in enumerate(others):
        before, after = usual(place % 5)
        # twenty archived classes, algebra spreads and physics hardly does
        level = [
            [own[0], was[1] + (place == n == 0)]
            for n, (own, was) in enumerate(zip(after, before, strict=True))
        ]
        school.add(label, (before, level), year=LAST)
    able, answer = of(school.study(), "all")
    assert able.baseline == answer.baseline
    other = school.study()
    rows = other.tables["term_marks"].copy()
    ours = rows["class_label"].eq("7А") & rows["term"].eq("2025-26-Q2")
    rows.loc[ours & rows["subject"].eq("Физика"), "mark"] = 5
    other.tables = {"term_marks": rows}
    again = of(other, "all")[1]
    assert again.estimate != answer.estimate
    assert again.baseline == answer.baseline
