"""Our own OneRoster export: no name goes out, and everything comes back as it was."""

from __future__ import annotations

import csv
import io
import zipfile

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts.oneroster import FILES_1_2, zipped_files
from typer.testing import CliRunner

from posanalytics import cli, interchange, privacy, schema
from posanalytics.gradebook.read import read_bytes
from posanalytics.plan import parse_plan
from posanalytics.workspace import open_workspace

ANNA, BORIS = "a" * 24, "b" * 24

MARKS = [
    (ANNA, "7А", "Алгебра", "2025-09-10", "2025-26-Q1", 4.0, "5", 1.5, "Контрольная работа"),
    (ANNA, "7А", "Алгебра", "2025-09-10", "2025-26-Q1", 5.0, "5", 1.5, "Контрольная работа"),
    (BORIS, "7А", "Алгебра", "2025-09-10", "2025-26-Q1", 3.5, "5", 1.0, ""),
    (BORIS, "7А", "Физика", "", "2025-26-Q2", 87.0, "100", 0.0, "Экзамен"),
]
TERM_MARKS = [
    (ANNA, "7А", "Алгебра", "2025-26-Q1", 5.0, "assessed"),
    (BORIS, "7А", "Алгебра", "2025-26-Q1", float("nan"), "not_assessed"),
    (ANNA, "7А", "Физика", "2025-26-Q1", float("nan"), "exempt"),
    (BORIS, "7А", "Физика", "2025-26-Q1", float("nan"), "pass"),
    (ANNA, "7А", "Физика", "2025-26-Y", float("nan"), "fail"),
    (BORIS, "7А", "Алгебра", "2025-26-Y", 3.0, "assessed"),
    (BORIS, "7А", "Алгебра", "2025-26-E", 4.0, "assessed"),
]
ENROLMENTS = [
    (ANNA, "7А", "2025-26", "2025-26-Q1", "2025-26-Q1"),
    (BORIS, "7А", "2025-26", "2025-26-Q1", "2025-26-Q2"),
]
KINDS = {"not_assessed": "not_assessed", "exempt": "exempt", "pass": "pass", "fail": "fail"}


def tables_of(marks=(), term_marks=(), enrolments=()):
    return {
        "marks": schema.table("marks", [(*row, "f", "A1") for row in marks]),
        "term_marks": schema.table(
            "term_marks", [(*row, float("nan"), 0, "f", "A1") for row in term_marks]
        ),
        "enrolments": schema.table("enrolments", enrolments),
    }


@pytest.fixture
def plan(plan_text):
    """Return a plan with dates of two quarters."""
    return parse_plan(plan_text)


@pytest.fixture
def content(plan):
    """Return the export of the small school above."""
    return interchange.oneroster(tables_of(MARKS, TERM_MARKS, ENROLMENTS), plan=plan)


def rows_in(content, name):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return list(csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode(), newline="")))


def pseudonym(name):
    return name.split()[0]


def test_current_marks_come_back_with_day_scale_weight_and_work(content):
    told = [
        (pseudonym(r.pupil), r.class_label, r.subject, r.date, r.value, r.scale, r.weight, r.work)
        for r in read_bytes(content, name="o.zip").records
        if r.slot == "current" and r.date
    ]
    assert sorted(told) == sorted((*row[:4], *row[5:]) for row in MARKS if row[3])


def test_a_mark_without_a_day_comes_back_in_its_term(content):
    told = [
        (pseudonym(r.pupil), r.term, r.value, r.scale, r.weight, r.work)
        for r in read_bytes(content, name="o.zip").records
        if r.slot == "current" and not r.date
    ]
    assert told == [(BORIS, "2025-26-Q2", 87.0, "100", 0.0, "Экзамен")]


def test_term_marks_and_what_stands_in_their_place_come_back(content):
    told = {
        (pseudonym(r.pupil), r.subject, r.term): r.value if r.kind == "mark" else r.kind
        for r in read_bytes(content, name="o.zip").records
        if r.slot == "term"
    }
    assert told == {(row[0], row[2], row[3]): KINDS.get(row[5], row[4]) for row in TERM_MARKS}


def test_class_lists_come_back_with_the_day_of_whoever_left(content):
    told = {
        (pseudonym(row.pupil), row.class_label, row.school_year, row.begin, row.end)
        for row in read_bytes(content, name="o.zip").listed
    }
    # the first quarter of the plan ends on 26 October 2025
    assert told == {
        (ANNA, "7А", "2025-26", "", "2025-10-26"),
        (BORIS, "7А", "2025-26", "", ""),
    }


def test_nothing_of_our_own_export_needs_a_persons_attention(content):
    assert read_bytes(content, name="o.zip").problems == []


def test_a_pupil_is_called_by_a_pseudonym_and_nothing_else(content):
    users = rows_in(content, "users")
    assert {user["familyName"] for user in users} == {ANNA, BORIS}
    assert {user["givenName"] for user in users} == {"Ученик"}
    empty = ("middleName", "email", "phone", "sms", "identifier", "userMasterIdentifier")
    assert {user[column] for user in users for column in empty} == {""}


def test_the_same_tables_in_another_order_give_the_same_bytes(content, plan):
    again = tables_of(MARKS[:2] + MARKS[:1:-1], TERM_MARKS[::-1], ENROLMENTS[::-1])
    assert interchange.oneroster(again, plan=plan) == content


def test_an_end_date_is_the_first_day_without_the_pupil(content):
    ends = {row["endDate"] for row in rows_in(content, "enrollments")}
    assert ends == {"", "2025-10-27"}


def test_the_manifest_names_every_file_of_the_standard(content):
    told = {row["propertyName"]: row["value"] for row in rows_in(content, "manifest")}
    assert told["oneroster.version"] == "1.2"
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        held = {name.removesuffix(".csv") for name in archive.namelist()} - {"manifest"}
    bulk = {key.removeprefix("file.") for key, value in told.items() if value == "bulk"}
    assert held == bulk
    assert told["file.demographics"] == "absent"


def test_a_kind_of_work_that_looks_like_a_formula_stays_a_text_and_comes_back(plan):
    mark = (ANNA, "7А", "Алгебра", "2025-09-10", "2025-26-Q1", 4.0, "5", 1.0, "=1+1")
    content = interchange.oneroster(tables_of([mark]), plan=plan)
    assert {row["title"] for row in rows_in(content, "categories")} == {
        "'=1+1",
        "Отметка за период",
    }
    assert [record.work for record in read_bytes(content, name="o.zip").records] == ["=1+1"]


def test_a_kind_of_work_called_like_a_term_mark_stays_current(plan):
    mark = (ANNA, "7А", "Алгебра", "2025-09-10", "2025-26-Q1", 4.0, "5", 1.0, "Итоговая отметка")
    content = interchange.oneroster(tables_of([mark]), plan=plan)
    assert [record.slot for record in read_bytes(content, name="o.zip").records] == ["current"]


def test_tables_without_a_row_give_a_whole_archive(plan):
    content = interchange.oneroster(tables_of(), plan=plan)
    assert rows_in(content, "results") == []
    assert rows_in(content, "orgs")[0]["name"] == "Примерская школа"


WORKS = st.text(st.characters(whitelist_categories=("L", "N", "P", "S")), max_size=12)
SUBJECTS = st.sampled_from(["Алгебра", "Русский язык, литература", "Физика"])
CURRENT = st.tuples(
    st.sampled_from([ANNA, BORIS]),
    st.sampled_from(["7А", "10"]),
    SUBJECTS,
    st.dates(pd.Timestamp("2025-09-01").date(), pd.Timestamp("2025-12-30").date()).map(str),
    st.just(""),
    st.sampled_from([2.0, 3.0, 3.7, 4.0, 5.0]),
    st.just("5"),
    st.sampled_from([0.0, 0.5, 1.0, 1.25, 100.0]),
    WORKS,
)


@given(st.lists(CURRENT, max_size=12))
@settings(max_examples=60, deadline=None)
def test_whatever_marks_there_are_the_same_come_back(rows):
    content = interchange.oneroster(tables_of(rows), plan=parse_plan(PLAN))
    told = sorted(
        (pseudonym(r.pupil), r.class_label, r.subject, r.date, r.value, r.scale, r.weight)
        for r in read_bytes(content, name="o.zip").records
    )
    assert told == sorted((*row[:4], *row[5:8]) for row in rows)


PLAN = """
school: Примерская школа
years: {2025-26: {Q1: [2025-09-01, 2025-10-26], Q2: [2025-11-05, 2025-12-30]}}
comparison: {start: 2025-26-Q2, innovative: [7А]}
outcomes: [{id: algebra, subject: Алгебра, primary: true}]
"""


def call(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


@pytest.fixture
def loaded(tmp_path, plan_text):
    """Return a workspace with one small class table loaded."""
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    text = "Ученик;Алгебра;Физика\nЁлкин Пётр;4;5\nПримеров Иван;н/а;3\n"
    (raw / "7А 1 четверть 2025-2026.csv").write_text(text, "utf-8")
    assert call("load", "-C", tmp_path).exit_code == 0
    return tmp_path


def test_the_command_writes_an_archive_without_names(loaded):
    ran = call("export", "--format", "oneroster", "-C", loaded, loaded / "вышло.zip")
    assert ran.exit_code == 0
    with zipfile.ZipFile(loaded / "вышло.zip") as archive:
        text = "".join(archive.read(name).decode() for name in archive.namelist())
    pupils = set(open_workspace(loaded).tables["enrolments"]["pupil"])
    assert len(pupils) == 2
    assert all(pupil in text for pupil in pupils)
    assert [name for name in ("Ёлкин", "Пётр", "Примеров", "Иван") if name in text] == []


def test_the_command_says_what_has_no_place_in_the_archive(loaded):
    text = "Код участника;Класс;Вариант;1 (1б);Первичный балл;Отметка\n50001;7А;1;1;1;3\n"
    title = "ВПР 2026 Математика 7 класс\nДата: 15.04.2026\n"
    (loaded / "data" / "raw" / "ВПР.csv").write_text(title + text, "utf-8")
    assert call("load", "-C", loaded).exit_code == 0
    scores = len(open_workspace(loaded).tables["scores"])
    assert scores > 0
    assert f"баллы тестов ({scores})" in call("export", "-C", loaded).output


def test_a_file_that_stands_is_not_replaced_unless_told(loaded):
    target = loaded / "вышло.zip"
    target.write_text("моё", "utf-8")
    ran = call("export", "-C", loaded, target)
    assert ran.exit_code == 73
    assert "--force" in ran.output
    assert target.read_text("utf-8") == "моё"
    assert call("export", "-C", loaded, target, "--force").exit_code == 0
    assert zipfile.is_zipfile(target)


def test_the_archive_is_not_written_among_the_exports(loaded):
    ran = call("export", "-C", loaded, loaded / "data" / "raw" / "вышло.zip")
    assert ran.exit_code == 2
    assert not (loaded / "data" / "raw" / "вышло.zip").exists()


def test_an_unknown_format_is_named_with_the_one_that_is_known(loaded):
    ran = call("export", "--format", "csv", "-C", loaded)
    assert ran.exit_code == 2
    assert "oneroster" in ran.output


def workspace_with(folder, plan_text, **exports):
    raw = folder / "data" / "raw"
    raw.mkdir(parents=True)
    (folder / "plan.yml").write_text(plan_text, "utf-8")
    for name, content in exports.items():
        (raw / f"{name}.zip").write_bytes(content)
    assert call("load", "-C", folder).exit_code == 0
    return open_workspace(folder).tables


def compared(tables, name, columns, pupils):
    frame = tables[name][columns].assign(pupil=tables[name]["pupil"].map(pupils))
    return frame.sort_values(columns).reset_index(drop=True)


def test_a_school_that_is_written_and_loaded_again_has_the_same_tables(tmp_path, plan_text, plan):
    first = workspace_with(tmp_path / "one", plan_text, roster=zipped_files(FILES_1_2))
    content = interchange.oneroster({n: first[n] for n in interchange.TABLES}, plan=plan)
    second = workspace_with(tmp_path / "two", plan_text, again=content)
    same = {pupil: pupil for pupil in first["enrolments"]["pupil"]}
    back = {pseudonym_of(pupil): pupil for pupil in same}
    columns = {name: list(schema.TABLES[name]) for name in interchange.TABLES}
    for name, wanted in columns.items():
        told = [column for column in wanted if column not in {"source", "cell"}]
        pd.testing.assert_frame_equal(
            compared(second, name, told, back), compared(first, name, told, same)
        )
    assert len(first["marks"]) == 2
    assert set(first["enrolments"]["end"]) == {"2025-26-Q1", "2025-26-Q2"}


def pseudonym_of(pupil):
    """Return what the store calls a pupil whose name is a pseudonym of before; class 7 in 2025."""
    return privacy.identity(privacy.read_key(), f"{pupil} Ученик", entered=2019).short
