"""Class journals: pupils down, lesson days across, a subject per sheet."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from layouts import all_layouts
from layouts.layout import marks_of

from posanalytics.gradebook.read import opened_export, read_bytes
from posanalytics.gradebook.registry import best_reader, candidates

DAYS = [None, None, "Сентябрь", None, None]
FILE = "7Б 2025-26.xlsx"


def journal(*rows, days=("02", "09", "16"), months=DAYS):
    return {"Алгебра": [months, [None, None, *days], [], *rows]}


@pytest.fixture
def journal_of(xlsx, read):
    """Return the reading of one sheet of algebra with these rows of pupils."""

    def run(*rows, name=FILE, **header):
        return read(xlsx(journal(*rows, **header)), name=name)

    return run


PETER, ANNA = [1, "Ёлкин Пётр"], [2, "Образцова Анна"]


def test_a_journal_is_recognised_by_its_lesson_days(journal_of):
    assert journal_of([*PETER, 5]).format == "journal_grid"


def test_a_day_before_the_new_year_and_one_after_it_are_in_one_school_year(journal_of):
    reading = journal_of(
        [*PETER, 5, 4], days=("25", "15"), months=[None, None, "Декабрь", "Январь"]
    )
    assert [r.date for r in reading.records] == ["2025-12-25", "2026-01-15"]


def test_marks_without_a_separator_are_two_marks(journal_of):
    assert [r.value for r in journal_of([*PETER, "54"]).records] == [5, 4]


@pytest.mark.parametrize("text", ["5·2", "5/2", "5\u00a02", "5, 2", "5;2"])
def test_two_marks_of_one_cell_may_have_any_separator_between(journal_of, text):
    assert [r.value for r in journal_of([*PETER, text]).records] == [5, 2]


def test_a_point_is_a_debt_and_no_mark(journal_of):
    assert [(r.kind, r.value) for r in journal_of([*PETER, "."]).records] == [("debt", None)]


def test_the_row_under_the_days_says_what_the_marks_are_for(xlsx, read):
    rows = [DAYS, [None, None, "02", "09", "16"], [None, None, "КР", None, "СР"], [*PETER, 5, 4, 3]]
    reading = read(xlsx({"Алгебра": rows}), name=FILE)
    assert [(r.value, r.work) for r in reading.records] == [(5, "КР"), (4, ""), (3, "СР")]


def test_a_kind_of_work_may_stand_behind_the_day(journal_of):
    reading = journal_of([*PETER, 5, 4], days=("02 КР", "09"))
    assert [(r.date, r.work) for r in reading.records] == [("2025-09-02", "КР"), ("2025-09-09", "")]


def test_weekdays_under_the_days_are_no_kind_of_work(xlsx, read):
    rows = [DAYS, [None, None, "02", "03", "04"], [None, None, "ВТ", "СР", "ЧТ"], [*PETER, 5, 4, 3]]
    reading = read(xlsx({"Алгебра": rows}), name=FILE)
    assert [r.work for r in reading.records] == ["", "", ""]


def test_a_row_of_marks_written_like_days_starts_no_table(journal_of, marks):
    reading = journal_of([*PETER, "4/5", "5/4"], [*ANNA, 3])
    assert marks(reading)["Образцова Анна", "Алгебра", "2025-09-02"] == 3


def test_marks_that_a_spreadsheet_made_a_date_are_restored_and_named(xlsx, read, said):
    def touch(book):
        cell = book["Алгебра"]["C4"]
        cell.value, cell.number_format = dt.datetime(2026, 4, 5), "d-mmm"  # noqa: DTZ001

    reading = read(xlsx(journal([*PETER, None, 3]), touch), name=FILE)
    assert [r.value for r in reading.records] == [5, 4, 3]
    assert [problem.cell for problem in said(reading, "восстановлены")] == ["C4"]


def test_what_is_no_mark_is_named_with_its_cell_and_the_mark_beside_it_stays(journal_of, said):
    reading = journal_of([*PETER, "щ", "5 ы", 4])
    assert [(r.cell, r.value) for r in reading.records] == [("D4", 5), ("E4", 4)]
    assert [problem.cell for problem in said(reading, "Непонятная запись")] == ["C4, D4"]


def test_a_decimal_number_under_a_day_is_named_and_not_used(journal_of, said):
    reading = journal_of([*PETER, "4,33", 4])
    assert [r.cell for r in reading.records] == ["D4"]
    assert [problem.cell for problem in said(reading, "Дробное число")] == ["C4"]


def test_a_merged_mark_counts_once(xlsx, read, said):
    def touch(book):
        book["Алгебра"].merge_cells("C4:D4")

    reading = read(xlsx(journal([*PETER, 5]), touch), name=FILE)
    assert [r.cell for r in reading.records] == ["C4"]
    assert [problem.cell for problem in said(reading, "объединённой")] == ["D4"]


def test_a_day_that_is_not_clear_leaves_its_column_out(journal_of, said):
    # «01.10» typed as a number is 1.1, which may as well be the first of January.
    reading = journal_of([*PETER, 5, 4], days=(1.1, "09"))
    assert [r.cell for r in reading.records] == ["D4"]
    assert [problem.cell for problem in said(reading, "за какой день")] == ["C1"]


def test_the_term_and_the_mean_stand_behind_the_lessons(journal_of):
    reading = journal_of([*PETER, 5, 4, 4.5, 5], days=("02", "09", "СР", "1 ЧТ"))
    found = [(r.slot, r.date or r.term, r.value) for r in reading.records]
    assert found == [
        ("current", "2025-09-02", 5),
        ("current", "2025-09-09", 4),
        ("term", "2025-26-Q1", 5),
    ]
    assert reading.problems == []


def test_a_printed_mean_that_is_not_the_mean_is_named_with_both_numbers(journal_of, said):
    # (5 + 4) / 2 = 4,5
    reading = journal_of([*PETER, 5, 4, 4.1], days=("02", "09", "Ср. балл"))
    assert [problem.cell for problem in said(reading, "4,1 ≠ 4,5")] == ["E4"]


def test_a_mean_may_count_from_the_mean_before_it(journal_of):
    # first mean (5 + 5) / 2 = 5, second only of the 3 behind it
    days = ("02", "09", "Ср. балл", "16", "Ср. балл")
    assert journal_of([*PETER, 5, 5, 5, 3, 3], days=days, months=[*DAYS, None, None]).problems == []


def test_a_total_without_a_term_takes_the_term_of_the_title(xlsx, read):
    rows = [["Предмет: Физика"], ["2 четверть"], ["№", "ФИО", "12.11", "Итог"], [*PETER, 5, 4]]
    reading = read(xlsx({"Лист1": rows}), name=FILE)
    assert [(r.subject, r.term, r.value) for r in reading.records if r.term] == [
        ("Физика", "2025-26-Q2", 4)
    ]


def test_full_dates_tell_the_school_year(xlsx, read):
    rows = [["№", "ФИО", "12.11.2024", "15.01.2025"], [*PETER, 5, 4]]
    reading = read(xlsx({"Физика": rows}), name="7Б.xlsx")
    assert [(r.school_year, r.date) for r in reading.records] == [
        ("2024-25", "2024-11-12"),
        ("2024-25", "2025-01-15"),
    ]


def test_names_may_stand_in_two_columns(xlsx, read):
    rows = [["№", "Фамилия", "Имя", "02.09"], [1, "Ёлкин", "Пётр", 5]]
    reading = read(xlsx({"Физика": rows}), name=FILE)
    assert [(r.pupil, r.value) for r in reading.records] == [("Ёлкин Пётр", 5)]


def test_a_lone_surname_counts_beside_a_number(xlsx, read):
    rows = [["№", "ФИО", "02.09"], [1, "Ёлкин", 5], [None, "Замечание", 4]]
    reading = read(xlsx({"Физика": rows}), name=FILE)
    assert [r.pupil for r in reading.records] == ["Ёлкин"]


def test_two_subjects_under_each_other_on_one_sheet(xlsx, read, marks):
    rows = [
        ["Предмет: Физика"],
        ["№", "ФИО", "02.09"],
        [*PETER, 5],
        ["Предмет: Химия"],
        ["№", "ФИО", "03.09"],
        [*PETER, 4],
    ]
    assert marks(read(xlsx({"Лист1": rows}), name=FILE)) == {
        ("Ёлкин Пётр", "Физика", "2025-09-02"): 5,
        ("Ёлкин Пётр", "Химия", "2025-09-03"): 4,
    }


def test_groups_of_a_subject_are_one_subject_and_the_sheet_tells_the_group(xlsx, read):
    one, two = journal([*PETER, 5])["Алгебра"], journal([*ANNA, 4])["Алгебра"]
    reading = read(xlsx({"Алгебра (1 гр.)": one, "Алгебра (2 гр.)": two}), name=FILE)
    assert [(r.pupil, r.subject, r.sheet) for r in reading.records] == [
        ("Ёлкин Пётр", "Алгебра", "Алгебра (1 гр.)"),
        ("Образцова Анна", "Алгебра", "Алгебра (2 гр.)"),
    ]
    assert reading.problems == []


def test_a_pupil_with_marks_in_two_groups_is_named(xlsx, read, said):
    sheets = {f"Алгебра ({n} гр.)": journal([*PETER, 5])["Алгебра"] for n in (1, 2)}
    reading = read(xlsx(sheets), name=FILE)
    assert [problem.cell for problem in said(reading, "в двух подгруппах")] == ["B4"]


@pytest.mark.parametrize("sheet", ["Лист1", "7Б", "Тестова Мария"])
def test_a_sheet_that_names_no_subject_is_not_guessed(xlsx, read, said, sheet):
    reading = read(xlsx({sheet: journal([*PETER, 5])["Алгебра"]}), name=FILE)
    assert reading.records == []
    assert len(said(reading, "Не указан предмет журнала")) == 1


def test_a_sheet_may_name_the_class_beside_the_subject(xlsx, read):
    reading = read(xlsx({"Алгебра 7Б": journal([*PETER, 5])["Алгебра"]}), name="2025-26.xlsx")
    assert [(r.subject, r.class_label) for r in reading.records] == [("Алгебра", "7Б")]


def test_a_journal_without_a_class_is_refused_in_words(journal_of, said):
    reading = journal_of([*PETER, 5], name="2025-26.xlsx")
    assert reading.records == []
    assert len(said(reading, "Не указан класс")) == 1


def test_namesakes_are_left_out_and_named(journal_of, said):
    reading = journal_of([*PETER, 5], [2, "Елкин Петр", 4], [3, "Образцова Анна", 3])
    assert [r.pupil for r in reading.records] == ["Образцова Анна"]
    assert [problem.cell for problem in said(reading, "с одинаковыми")] == ["B4, B5"]


def test_marks_without_a_name_are_named(journal_of, said):
    reading = journal_of([*PETER, 5], [2, None, 4])
    assert [r.cell for r in reading.records] == ["C4"]
    assert [problem.cell for problem in said(reading, "не понятно, чьи")] == ["A5"]


def test_a_pupil_without_marks_is_on_the_list(journal_of):
    reading = journal_of([*PETER, 5], [*ANNA])
    assert [listed.pupil for listed in reading.listed] == ["Ёлкин Пётр", "Образцова Анна"]


def test_the_note_behind_a_name_is_kept_and_named(journal_of, said):
    reading = journal_of([1, "Ёлкин Пётр (выбыл 01.10)", 5])
    assert [(listed.pupil, listed.note) for listed in reading.listed] == [
        ("Ёлкин Пётр", "выбыл 01.10")
    ]
    assert len(said(reading, "о выбытии")) == 1


def test_every_filled_cell_of_a_journal_is_used_or_named(journal_of):
    reading = journal_of([*PETER, 5, "щ", "-"], [*ANNA, "4,5", "Н", "54"])
    used = {record.cell for record in reading.records}
    named = {cell for p in reading.problems for cell in p.cell.split(", ")}
    assert {f"{column}{row}" for column in "CDE" for row in (4, 5)} <= used | named


def test_the_first_mark_of_a_file_may_be_looked_at_without_losing_the_others(journal_of):
    reading = journal_of([*PETER, 5, 4])
    assert len(reading.records) == 2
    assert reading.grids == []
    assert len(reading.records) == 2


@pytest.mark.parametrize("layout", all_layouts(), ids=lambda layout: layout.title)
def test_asking_the_journal_first_changes_no_answer(layout):
    book = opened_export(layout.data, name=layout.file).book
    likely = candidates(book)
    best = best_reader(book)
    assert (best and best.format) == (likely[0].reader.format if likely else None)


# What stands in a cell, and what it says.
SAYS = {
    "": (),
    "5": (5.0,),
    "4": (4.0,),
    "2": (2.0,),
    "5·2": (5.0, 2.0),
    "3/4": (3.0, 4.0),
    "54": (5.0, 4.0),
    "Н": ("absence",),
    "3·НП": (3.0, "absence"),
    "осв": ("exempt",),
    ".": ("debt",),
    "4✕2": (4.0,),
}


@given(
    table=st.lists(
        st.lists(st.sampled_from(sorted(SAYS)), min_size=3, max_size=3), min_size=1, max_size=5
    )
)
def test_what_is_written_into_a_journal_is_read_from_it(table):
    pupils = ["Ёлкин Пётр", "Образцова Анна", "Примеров Иван", "Тестов Олег", "Выдумов Лев"]
    days = ("2025-12-25", "2026-01-12", "2026-01-15")
    lines = ["Предмет: Физика", "№;ФИО;Декабрь;Январь;", ";;25;12;15"]
    lines += [f"{n};{pupils[n]};{';'.join(row)}" for n, row in enumerate(table)]
    text = "\n".join(lines)
    expected = {
        (pupils[n], "Физика", day): SAYS[told]
        for n, row in enumerate(table)
        for day, told in zip(days, row, strict=True)
        if SAYS[told]
    }
    reading = read_bytes(text.encode(), name="7Б 2025-26.csv")
    assert marks_of(reading) == expected


def written(*lines):
    return read_bytes("\n".join(["Предмет: Физика", *lines]).encode(), name="7Б 2025-26.csv")


def test_a_number_before_a_name_is_no_part_of_it():
    reading = written(";Сентябрь;", "ФИО;02;09", "1. Ёлкин Пётр;5;4", "2. Образцова Анна;3;2")
    assert [r.pupil for r in reading.records] == ["Ёлкин Пётр"] * 2 + ["Образцова Анна"] * 2


def test_a_month_may_stand_with_its_year():
    reading = written("№;Ученик;Сентябрь 2025 г.;Октябрь 2025", ";;2;7", "1;Ёлкин Пётр;5;4")
    assert [r.date for r in reading.records] == ["2025-09-02", "2025-10-07"]


def test_topics_under_the_days_are_no_subjects_where_the_subject_is_named():
    header = ("№;Ученик;02.09;09.09", ";;Работа и энергия;Импульс")
    reading = written(*header, "1;Ёлкин Пётр;5;4")
    assert [(r.subject, r.value) for r in reading.records] == [("Физика", 5), ("Физика", 4)]


def test_the_dates_of_the_period_above_the_table_are_no_lessons():
    reading = written(
        "Период:;01.09.2025;26.10.2025;;", ";;Сентябрь;;СР", "№;ФИО;02;09;", "1;Ёлкин Пётр;5;4;4,5"
    )
    assert [r.date for r in reading.records] == ["2025-09-02", "2025-09-09"]
    assert reading.problems == []


def test_a_total_without_a_known_term_is_named_and_not_used(said):
    reading = written("№;ФИО;02.09;Итог", "1;Ёлкин Пётр;5;4")
    assert [r.slot for r in reading.records] == ["current"]
    assert [problem.cell for problem in said(reading, "«Итог»")] == ["D2"]


def test_means_below_a_journal_are_recomputed(said):
    # (5 + 3) / 2 = 4 and (4 + 2) / 2 = 3
    rows = ("№;ФИО;02.09;09.09", "1;Ёлкин Пётр;5;4", "2;Образцова Анна;3;2")
    right = written(*rows, ";Средний балл;4;3")
    assert len(said(right, "использованы для проверки")) == len(right.problems) == 1
    wrong = written(*rows, ";Средний балл;4;3,5")
    assert [problem.cell for problem in said(wrong, "3,5 ≠ 3,0")] == ["D5"]


def test_weights_in_the_header_are_named(said):
    reading = written("№;ФИО;02.09;09.09", ";Вес;2;1", "1;Ёлкин Пётр;5;4")
    assert [r.weight for r in reading.records] == [1, 1]
    assert [problem.cell for problem in said(reading, "с весами")] == ["B3"]
