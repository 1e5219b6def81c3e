"""The command line: what is said and with which exit code."""

from __future__ import annotations

import errno

import pytest
from typer.testing import CliRunner

from posanalytics import cli
from posanalytics.cli import errors


def call(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def test_a_folder_without_a_plan_is_a_plan_problem_and_says_what_to_do(tmp_path):
    ran = call("run", "-C", tmp_path)
    assert ran.exit_code == 78
    assert "posanalytics init" in ran.output
    assert "Traceback" not in ran.output


def test_a_broken_plan_names_the_line(tmp_path, plan_text):
    (tmp_path / "plan.yml").write_text(plan_text.replace("ladder: K2", "ladder: K9"), "utf-8")
    ran = call("check", "-C", tmp_path)
    assert ran.exit_code == 78
    assert "строка 15" in ran.output


def test_no_exports_are_said_to_be_no_exports(tmp_path, plan_text):
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    assert "нет выгрузок" in call("load", "-C", tmp_path).output


def test_no_marks_of_the_plans_classes_is_bad_data(tmp_path, plan_text):
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / "9А.csv").write_text(class_table("9А", 1, 4), "utf-8")
    ran = call("run", "-C", tmp_path)
    assert ran.exit_code == 65
    assert "7А" in ran.output


def test_an_unreadable_export_is_quarantined_with_exit_code_three(tmp_path, plan_text):
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (raw / "7А.xlsx").write_bytes(b"PK\x03\x04 half a zip")
    ran = call("load", "-C", tmp_path)
    assert ran.exit_code == 3
    assert "7А.xlsx" in ran.output


def test_two_runs_at_once_are_refused(tmp_path, plan_text):
    import filelock

    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    (tmp_path / "data" / "processed").mkdir(parents=True)
    with filelock.FileLock(tmp_path / "data" / "processed" / "run.lock"):
        ran = call("load", "-C", tmp_path)
    assert ran.exit_code == 75


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, 74), (errno.EROFS, 73)])
def test_a_disk_that_cannot_take_more_has_its_own_code(number, code):
    assert errors.explained(OSError(number, "no", "data/x.parquet"))[1] == code


def test_papermills_form_of_parameters_is_understood():
    given = ["report", "class_profile", "-p", "class_label", "7Б", "-p", "term=2025-26-Q2"]
    assert cli.pairs_joined(given) == [
        "report", "class_profile", "-p", "class_label=7Б", "-p", "term=2025-26-Q2",
    ]  # fmt: skip


def test_check_speaks_before_the_start_and_without_any_archive(tmp_path, plan_text):
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    for label in ("7А", "7Б"):
        rows = [f"{n};Примеров {letter}иван;4;{3 + n % 3}" for n, letter in enumerate("АБВГДЕ", 1)]
        head = [f"Класс: {label}", "1 четверть 2025/2026", "№;ФИО;Алгебра;Физика"]
        (raw / f"{label}.csv").write_text("\n".join([*head, *rows]), "utf-8")
    ran = call("check", "-C", tmp_path)
    assert ran.exit_code == 0, ran.output
    # One class against one without an archive: nothing can be concluded (DESIGN section 7).
    assert "вывода не будет" in ran.output


def two_against_two(folder, plan_text, *, outcomes=""):
    """Write a plan of two classes on each side and a term of marks before the start."""
    more = "  control:\n    - {class: 7Г, ladder: K2, why: та же параллель}"
    plan = plan_text.replace("[7А]", "[7А, 7В]").replace("  control:", more)
    plan = plan.replace("subjects: {", outcomes + "subjects: {")
    (folder / "plan.yml").write_text(plan, "utf-8")
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    for label in ("7А", "7Б", "7В", "7Г"):
        rows = [f"{n};Примеров {letter}иван;4;{3 + n % 3}" for n, letter in enumerate("АБВГДЕ", 1)]
        head = [f"Класс: {label}", "1 четверть 2025/2026", "№;ФИО;Алгебра;Физика"]
        (raw / f"{label}.csv").write_text("\n".join([*head, *rows]), "utf-8")


def test_check_asks_nothing_of_the_smallest_p_of_a_permutation_beside_a_t_test(tmp_path, plan_text):
    two_against_two(tmp_path, plan_text)
    ran = call("check", "-C", tmp_path)
    assert ran.exit_code == 0, ran.output
    assert "не может дать меньше 0,33" in ran.output  # 2 of C(4, 2) ways
    assert "нужно меньше 0,05" not in ran.output


def test_check_names_an_outcome_that_is_not_compared(tmp_path, plan_text):
    more = "  - {id: work, subject: Физика, instrument: контрольная, measure: share_of_max}\n"
    two_against_two(tmp_path, plan_text, outcomes=more)
    ran = call("check", "-C", tmp_path)
    assert "«Физика (контрольная)» в сравнение не вошёл" in " ".join(ran.output.split())


ROWS = "№;ФИО;Алгебра\r\n1;Ёлкин Пётр;5\r\n2;Грушина Анна;4\r\n"


@pytest.fixture
def school(tmp_path, plan_text):
    """Return a workspace with one export whose name tells neither the class nor the term."""
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    raw = tmp_path / "data" / "raw" / "2025-26"
    raw.mkdir(parents=True)
    (raw / "оценки.csv").write_text(ROWS, "utf-8")
    return tmp_path


def test_explain_says_why_a_file_is_read_so_and_loads_nothing(school):
    ran = call("load", "-C", school, "--explain", school / "data" / "raw")
    assert ran.exit_code == 0, ran.output
    for words in (
        "CSV",
        "utf-8",
        "подсказывают: 2025-26",
        "0,50",
        "Читается как",
        "Не указан класс",
    ):
        assert words in ran.output
    assert "лкин" not in ran.output
    assert not (school / "data" / "processed").exists()


def test_preview_writes_a_mapping_and_loads_nothing(school):
    ran = call("load", "-C", school, "--preview", school / "data" / "raw")
    assert ran.exit_code == 0, ran.output
    assert "Ученик 2" in ran.output
    assert "лкин" not in ran.output
    assert (school / "data" / "raw" / "2025-26" / "оценки.csv.mapping.yml").is_file()
    assert not (school / "data" / "processed").exists()


def test_preview_answers_load(school):
    call("load", "-C", school, "--preview", school / "data" / "raw")
    mapping = school / "data" / "raw" / "2025-26" / "оценки.csv.mapping.yml"
    text = mapping.read_text("utf-8")
    text = text.replace("#class: 7Б", "class: 7А").replace("#term: Q2", "term: Q1")
    mapping.write_text(text, "utf-8")
    ran = call("load", "-C", school)
    assert ran.exit_code == 0, ran.output
    assert "7А" in ran.output


def test_a_mapping_that_stands_is_never_overwritten_without_force(school):
    mapping = school / "data" / "raw" / "2025-26" / "оценки.csv.mapping.yml"
    mapping.write_text("class: 7В\n", "utf-8")
    refused = call(
        "load", "-C", school, "--preview", school / "data" / "raw" / "2025-26" / "оценки.csv"
    )
    assert refused.exit_code == 73
    assert mapping.read_text("utf-8") == "class: 7В\n"
    forced = call(
        "load",
        "-C",
        school,
        "--preview",
        "--force",
        school / "data" / "raw" / "2025-26" / "оценки.csv",
    )
    assert forced.exit_code == 0
    assert "header_row: 1" in mapping.read_text("utf-8")


def test_looking_needs_no_workspace_and_a_broken_file_is_explained(tmp_path):
    (tmp_path / "x.xlsx").write_bytes(b"PK\x03\x04 half a zip")
    ran = call("load", "-C", tmp_path, "--preview", tmp_path / "x.xlsx")
    assert ran.exit_code == 3
    assert "повреждён" in ran.output
    assert not (tmp_path / "x.xlsx.mapping.yml").exists()


def test_looking_at_nothing_is_a_mistake_of_use(school):
    assert call("load", "-C", school, "--explain").exit_code == 2


def test_many_files_without_problems_share_a_row(school):
    raw = school / "data" / "raw" / "2025-26"
    (raw / "оценки.csv").rename(raw / "7А 1 четверть.csv")
    for number in range(1, 5):
        for letter in "БВГДЕЖЗИКЛМ":
            (raw / f"7{letter} {number} четверть.csv").write_text(ROWS, "utf-8")
    (raw / "без класса 1 четверть.csv").write_text(ROWS, "utf-8")
    ran = call("load", "-C", school)
    # 44 classes and terms and the first one, two marks each
    assert "ещё файлов 45" in ran.output
    assert " 90" in ran.output
    assert "без класса 1 четверть.csv" in ran.output
    assert len(ran.output.splitlines()) < 20


def class_table(label, term, mark):
    head = [f"Класс: {label}", f"{term} четверть 2025/2026", "№;ФИО;Алгебра;Физика"]
    names = ("Ёлкин Пётр", "Примеров Иван", "Грушина Вера")
    rows = [f"{n};{name};{mark};{mark}" for n, name in enumerate(names, 1)]
    return "\n".join([*head, *rows])


@pytest.fixture
def raw(tmp_path, plan_text):
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    folder = tmp_path / "data" / "raw"
    folder.mkdir(parents=True)
    return folder


def test_check_says_first_that_a_class_of_the_plan_has_no_marks(tmp_path, raw):
    (raw / "7Б.csv").write_text(class_table("7Б", 1, 4), "utf-8")
    ran = call("check", "-C", tmp_path)
    assert ran.exit_code == 65
    lines = ran.output.replace("\u00a0", " ").splitlines()
    assert "У класса 7А нет отметок до начала (1 четверть 2025/26): Алгебра, Физика" in lines[0]
    assert "вывод по этим предметам невозможен" in lines[0]


def test_check_says_that_a_class_has_no_marks_since_the_start(tmp_path, raw):
    for label, term in (("7А", 1), ("7Б", 1), ("7Б", 2)):
        (raw / f"{label} {term}.csv").write_text(class_table(label, term, 4), "utf-8")
    ran = call("check", "-C", tmp_path)
    assert ran.exit_code == 65
    assert "У класса 7А нет отметок после начала" in ran.output
    assert "У класса 7Б" not in ran.output


def test_the_table_of_a_load_shows_marks_that_a_correction_displaces(tmp_path, raw):
    (raw / "7А.csv").write_text(class_table("7А", 1, 4), "utf-8")
    (raw / "7А исправлено.csv").write_text(class_table("7А", 1, 5), "utf-8")
    ran = call("load", "-C", tmp_path)
    # three pupils, two subjects
    assert "6 → 0" in ran.output


def test_a_list_of_codes_is_answered_with_what_concerns_codes(tmp_path, raw):
    (raw / "7А.csv").write_text(class_table("7А", 1, "4,5"), "utf-8")
    codes = tmp_path / "коды 2025-26.csv"
    codes.write_text("Код;ФИО;Класс\n70001;Ёлкин Пётр;7А\n70002;Грушина Вера;7А\n", "utf-8")
    ran = call("load", "-C", tmp_path, "--codes", codes)
    assert "запомнено: 2" in ran.output
    assert "4,5" not in ran.output
    assert "4,5" in call("load", "-C", tmp_path).output
