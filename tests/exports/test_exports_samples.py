"""The shared sample exports: expected values are those that samples/make.py writes into them."""

from __future__ import annotations

import pytest

from posanalytics.gradebook import Hints, read_gradebook

HINTS = Hints(school_year="2025-26", class_label="7Б", term="2025-26-Q2")

FORMATS = {
    "eljur_pupil_marks_biff.xls": "eljur_pupil",
    "netschool_gradesummary_html.xls": "netschool_summary",
    "netschool_studenttotal_cp1251_nometa.xls": "netschool_total",
    "netschool_studenttotal_html.xls": "netschool_total",
    "pupil_xlsx_types_in_comments.xlsx": "pupil_grid",
    "semicolon_cp1251.csv": "class_matrix",
    "traps.xlsx": "class_matrix",
    "vpr_f1_individual.xlsx": "vpr_f1",
}


@pytest.mark.parametrize("name", FORMATS)
def test_every_sample_is_recognised_by_what_it_holds(samples, name):
    assert read_gradebook(samples / name, hints=HINTS).format == FORMATS[name]


def test_files_that_are_no_exports_are_explained(samples):
    for name in ("SOURCE.txt", "make.py"):
        reading = read_gradebook(samples / name, hints=HINTS)
        assert (reading.format, reading.records, reading.listed) == ("", [], [])
        assert reading.problems[0].severity == "error"
        assert "mapping.yml" in reading.problems[0].remedy


def test_a_comma_average_stays_itself(samples):
    reading = read_gradebook(samples / "netschool_studenttotal_html.xls")
    russian = [r.value for r in reading.records if r.subject == "Русский язык" and r.value]
    # The printed «4,33» of the row is the mean of 4, 5 and 4; had it been read otherwise,
    # the check would have said so.
    assert russian == [4, 5, 4]
    assert not any("≠" in str(problem) for problem in reading.problems)


def test_comma_averages_of_a_csv_stay_themselves(samples):
    reading = read_gradebook(samples / "semicolon_cp1251.csv", hints=HINTS)
    assert [r.value for r in reading.records if r.kind == "mean"] == [4.67, 4.05]


def test_marks_without_a_separator_are_five_and_four_with_their_works(samples):
    reading = read_gradebook(samples / "pupil_xlsx_types_in_comments.xlsx")
    assert [(r.value, r.work) for r in reading.records if r.cell == "B11"] == [
        (5, "Контрольная работа"),
        (4, "Работа на уроке"),
    ]


def test_a_page_without_declared_encoding_is_russian(samples):
    reading = read_gradebook(samples / "netschool_studenttotal_cp1251_nometa.xls")
    assert reading.encoding == "cp1251"
    assert {r.subject for r in reading.records} == {"Алгебра", "Русский язык"}


def test_months_get_their_year_and_codes_their_day(samples):
    reading = read_gradebook(samples / "netschool_studenttotal_html.xls")
    found = [(r.date, r.kind, r.raw) for r in reading.records if r.subject == "Алгебра"]
    assert found == [
        ("2025-09-03", "mark", "5"),
        ("2025-09-03", "mark", "4"),
        ("2025-10-01", "absence", "УП"),
        ("2025-10-06", "mark", "3"),
        ("2025-10-06", "absence", "НП"),
    ]


def test_the_summary_gives_every_period_and_status(samples):
    reading = read_gradebook(samples / "netschool_gradesummary_html.xls")
    second = {
        r.term: r.value if r.kind == "mark" else r.kind
        for r in reading.records
        if r.pupil == "Юнусова Алия" and r.subject == "Алгебра"
    }
    assert second == {
        "2025-26-Q1": 3,
        "2025-26-Q2": "not_assessed",
        "2025-26-Q3": 3,
        "2025-26-Q4": 4,
        "2025-26-Y": 3,
        "2025-26-E": 4,
        "2025-26-F": 3,
    }


def test_weights_and_signs_of_a_binary_workbook_are_kept(samples):
    reading = read_gradebook(samples / "eljur_pupil_marks_biff.xls", hints=HINTS)
    found = {r.cell: (r.value, r.weight, r.raw) for r in reading.records if r.kind == "mark"}
    assert found["C4"] == (4, 2, "4✕2")
    assert found["E5"] == (3, 1, "3-")


def test_a_pupil_without_a_school_year_is_not_guessed(samples):
    reading = read_gradebook(samples / "eljur_pupil_marks_biff.xls")
    assert reading.records == []
    assert [p.severity for p in reading.problems if "учебный год" in p.found] == ["error"]


def test_the_traps_are_all_named(samples):
    reading = read_gradebook(samples / "traps.xlsx", hints=HINTS)
    by_cell = {problem.cell: problem for problem in reading.problems}
    assert "дата" in by_cell["C2"].found
    assert "разные отметки" in by_cell["D2"].found
    assert "скрыты" in by_cell["A4"].found
    assert "без сохранённого результата" in by_cell["F2"].found
    assert "одинаковыми" in by_cell["B2, B3"].found
    assert "Итоговые строки" in by_cell["B5, B6, B7"].found
    assert [(r.cell, r.kind, r.value) for r in reading.records] == [
        ("C4", "mark", 5),
        ("D4", "exempt", None),
    ]


def test_form_f1_gives_points_mark_and_journal_mark(samples):
    reading = read_gradebook(samples / "vpr_f1_individual.xlsx")
    totals = [score for score in reading.scores if score.scale == "total"]
    found = [(s.code, s.class_label, s.raw, s.level, s.journal_mark) for s in totals]
    assert found == [
        ("70001", "7А", 4, "4", 5),
        ("70002", "7А", 1, "2", 3),
        ("70003", "7Б", 0, "2", None),
    ]
    assert {(s.maximum, s.date, s.school_year) for s in totals} == {(5, "2026-04-14", "2025-26")}


def test_no_problem_of_any_sample_names_a_pupil(samples):
    names = {"лкин", "унусов", "Пётр", "Алия"}
    for path in samples.iterdir():
        for problem in read_gradebook(path, hints=HINTS).problems:
            assert not any(name in str(problem) for name in names), problem
