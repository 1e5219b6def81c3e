"""Mapping files in data/raw: no exports, and a change of one is a change of its exports."""

from __future__ import annotations

import pytest

from posanalytics.store.sources import exports_below, looks_of, sources_of
from posanalytics.workspace import open_workspace

ROWS = "№;ФИО;Алгебра\r\n1;Ёлкин Пётр;5\r\n2;Грушина Анна;4\r\n"


@pytest.fixture
def school(tmp_path, plan_text):
    """Return a workspace whose one export is told its class and term by its folder's mapping."""
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    folder = tmp_path / "data" / "raw" / "2025-26"
    folder.mkdir(parents=True)
    (folder / "оценки.csv").write_text(ROWS, "utf-8")
    (folder / "mapping.yml").write_text("class: 7А\nterm: Q1\n", "utf-8")
    return open_workspace(tmp_path)


def test_mapping_files_are_no_exports(school):
    (school.raw / "2025-26" / "оценки.csv.mapping.yml").write_text("class: 7Б\n", "utf-8")
    assert [path.name for path in exports_below(school.raw)] == ["оценки.csv"]


def test_a_folders_mapping_speaks_of_the_exports_in_it(school):
    school.load()
    marks = school.tables["term_marks"]
    assert set(zip(marks["class_label"], marks["term"], strict=True)) == {("7А", "2025-26-Q1")}


@pytest.mark.parametrize("name", ["2025-26/mapping.yml", "2025-26/оценки.csv.mapping.yml"])
def test_a_changed_mapping_makes_its_exports_be_read_anew(school, name):
    school.load()
    (school.raw / name).write_text("class: 7В\nterm: Q2\n", "utf-8")
    assert school.load().changed
    marks = school.tables["term_marks"]
    assert set(zip(marks["class_label"], marks["term"], strict=True)) == {("7В", "2025-26-Q2")}


def test_a_mapping_that_cannot_be_understood_costs_its_file_and_names_the_line(school):
    (school.raw / "2025-26" / "7Б 1 четверть.csv").write_text(ROWS, "utf-8")
    own = school.raw / "2025-26" / "оценки.csv.mapping.yml"
    own.write_text("class: 7А\nterm: весна\n", "utf-8")
    report = school.load()
    assert report.quarantined == 1
    assert "строка 2, поле term" in report.problems[0].found


def test_a_look_takes_hints_and_mappings_as_a_load_does(school):
    path = school.raw / "2025-26" / "оценки.csv"
    look, source = looks_of([path], school.raw)[0], sources_of([path], school.raw)[0]
    assert (look.name, look.hints, look.mappings) == (source.name, source.hints, source.mappings)


def test_a_look_outside_a_workspace_takes_the_mapping_beside_the_file(tmp_path):
    (tmp_path / "mapping.yml").write_text("class: 7А\n", "utf-8")
    (tmp_path / "7Б.csv").write_text(ROWS, "utf-8")
    look = looks_of([tmp_path / "7Б.csv"], None)[0]
    assert look.name == "7Б.csv"
    assert look.mappings == ((tmp_path / "mapping.yml").resolve(),)


def test_a_mapping_changes_how_an_export_is_read_and_not_when_it_came(school):
    # A list that could not be read before it was mapped is no correction of what came since.
    mapping = school.raw / "2025-26" / "mapping.yml"
    mapping.unlink()
    school.load()
    official = "Класс: 7А\n1 четверть 2025/2026\n" + ROWS.replace(";5", ";3").replace(";4", ";3")
    (school.raw / "ведомость.csv").write_text(official, "utf-8")
    school.load()
    mapping.with_name("оценки.csv.mapping.yml").write_text("class: 7А\nterm: Q1\n", "utf-8")
    report = school.load()
    assert list(school.tables["term_marks"]["mark"]) == [3, 3]
    displaced = {source.file: source.displaced for source in report.sources}
    assert displaced == {"2025-26/оценки.csv": 2, "ведомость.csv": 0}
