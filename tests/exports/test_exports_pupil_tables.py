"""Tables of one pupil in every shape: what is read, what is compared, what is told."""

from __future__ import annotations

import pytest

TOLD = [["Учебный год: 2025/2026"], ["Класс: 7Б"], ["Ученик: Ёлкин Пётр"]]


@pytest.fixture
def table(xlsx, read):
    """Return a reader of one pupil's table below the usual captions."""

    def run(*rows, told=(), **options):
        return read(xlsx([*TOLD, *told, *rows]), name="отчёт.xlsx", **options)

    return run


def test_the_same_subject_and_day_in_two_columns_are_two_marks(table):
    reading = table(["Предмет", "01.09", "01.09"], ["Алгебра", 5, 3])
    assert [(r.date, r.value) for r in reading.records] == [("2025-09-01", 5), ("2025-09-01", 3)]


def test_a_row_of_marks_without_a_subject_is_told_and_not_taken_for_a_header(table, said):
    reading = table(["Предмет", "01.09", "02.09"], [None, 5, "осв"], ["Алгебра", 4, None])
    assert [r.value for r in reading.records] == [4]
    assert [p.cell for p in said(reading, "не понятно, чьи")] == ["A5"]


def test_a_mean_without_marks_is_told(table, said):
    reading = table(["Предмет", "01.09", "Средняя оценка"], ["Алгебра", None, "4,50"])
    assert [p.cell for p in said(reading, "отметок в строке нет: «4,50»")] == ["C5"]


def test_a_mean_that_is_no_number_is_told(table, said):
    reading = table(["Предмет", "01.09", "Средняя оценка"], ["Алгебра", 5, "пять"])
    assert [p.cell for p in said(reading, "вместо среднего балла")] == ["C5"]


def test_plain_and_weighted_means_both_agree_with_weighted_marks(table, said):
    # 5 with weight 1 and 3 with weight 3: plain (5 + 3) / 2, weighted (5 + 3 * 3) / 4.
    reading = table(
        ["Предмет", "01.09", "02.09", "Ср. балл", "Средневзв. балл"],
        ["Алгебра", 5, "3✕3", "4,00", "3,50"],
    )
    assert [(r.value, r.weight) for r in reading.records] == [(5, 1), (3, 3)]
    assert said(reading, "≠") == []


def test_marks_that_do_not_count_may_be_left_out_of_the_mean(table, said):
    reading = table(
        ["Предмет", "01.09", "02.09", "Ср. балл"],
        ["Алгебра", 5, "2✕0", "5,00"],
        ["Физика", "2✕0", None, "2,00"],
    )
    assert [(r.value, r.weight) for r in reading.records] == [(5, 1), (2, 0), (2, 0)]
    assert said(reading, "≠") == []


def test_a_count_under_a_term_is_no_mark_for_it(table, said):
    reading = table(
        ["Предмет", "1 четверть", None],
        [None, "Отметка", "Пропуски"],
        ["Алгебра", 4, 5],
    )
    assert [(r.term, r.value) for r in reading.records] == [("2025-26-Q1", 4)]
    assert said(reading, "Столбец «1 четверть Пропуски»")


def test_half_years_are_no_years(table, marks):
    reading = table(
        ["Предмет", "I полугодие", "II полугодие", "Год"],
        ["Алгебра", 3, 4, 5],
    )
    assert marks(reading) == {
        ("Ёлкин Пётр", "Алгебра", "2025-26-H1"): 3,
        ("Ёлкин Пётр", "Алгебра", "2025-26-H2"): 4,
        ("Ёлкин Пётр", "Алгебра", "2025-26-Y"): 5,
    }


def test_a_final_mark_behind_terms_is_none_of_them_whatever_the_folder_says(xlsx, read, marks):
    from posanalytics.gradebook import Hints

    rows = [*TOLD, ["Предмет", "1 четверть", "2 четверть", "Итог"], ["Алгебра", 3, 4, 5]]
    reading = read(xlsx(rows), name="отчёт.xlsx", hints=Hints(term="2025-26-Q2"))
    assert marks(reading) == {
        ("Ёлкин Пётр", "Алгебра", "2025-26-Q1"): 3,
        ("Ёлкин Пётр", "Алгебра", "2025-26-Q2"): 4,
        ("Ёлкин Пётр", "Алгебра", "2025-26-F"): 5,
    }


def test_a_lone_column_of_marks_is_for_the_term_of_the_captions(table, marks):
    reading = table(
        ["Предмет", "Средний балл", "Отметка"],
        ["Алгебра", "4,20", 4],
        told=[["Период: 3 четверть"]],
    )
    assert marks(reading) == {("Ёлкин Пётр", "Алгебра", "2025-26-Q3"): 4}


def test_two_different_marks_for_one_term_are_not_chosen_between(table, said):
    reading = table(["Предмет", "1 четверть"], ["Алгебра", 4], ["Алгебра (2 гр.)", 5])
    assert reading.records == []
    assert [p.cell for p in said(reading, "Разные отметки")] == ["B5, B6"]


def test_a_column_behind_the_header_is_told(table, said):
    reading = table(["Предмет", "1 четверть"], ["Алгебра", 4, "дополнительно"])
    assert [r.value for r in reading.records] == [4]
    assert [p.cell for p in said(reading, "В столбце без заголовка")] == ["C4"]


def test_a_line_of_text_below_the_table_is_told(table, said):
    reading = table(["Предмет", "1 четверть"], ["Алгебра", 4], [], ["Родители ознакомлены"])
    assert [p.cell for p in said(reading, "ни ученика, ни предмета")] == ["A7"]


def test_totals_below_a_report_card_are_recomputed(table, said):
    reading = table(
        ["Предмет", "1 четверть", "2 четверть"],
        ["Алгебра", 5, 4],
        ["Физика", 3, 2],
        ["Средний балл", "4,00", "3,50"],
    )
    # (4 + 2) / 2 is 3, not 3.5.
    assert [p.cell for p in said(reading, "«3,50 ≠ 3,00»")] == ["C7"]


def test_a_pupil_named_once_over_two_tables_is_not_guessed_for_the_second(xlsx, read, said):
    rows = [*TOLD, ["Предмет", "1 четверть"], ["Алгебра", 4], ["Класс: 7Б"]]
    reading = read(xlsx([*rows, ["Предмет", "1 четверть"], ["Алгебра", 2]]), name="отчёт.xlsx")
    assert [r.value for r in reading.records] == [4]
    assert said(reading, "Не указан ученик")


def test_a_table_with_a_column_of_names_is_no_table_of_one_pupil(xlsx, read):
    rows = [["ФИО", "Предмет", "1 четверть"], ["Ёлкин Пётр", "Алгебра", 4]]
    reading = read(xlsx(rows), name="7Б 2025-26.xlsx")
    assert reading.format != "netschool_marks"


def test_counts_of_marks_among_journals_are_no_marks(xlsx, read, said):
    letter = ["Предмет", "5", "4", "3", "2", "Ср.балл"]
    journal = ["Предмет", "01.09", "02.09"]
    sheets = {
        "Журнал": [*TOLD, journal, ["Алгебра", 4, 5]],
        "Журнал 2": [*TOLD, ["Предмет", "03.09"], ["Алгебра", 3]],
        "Письмо": [*TOLD, letter, ["Алгебра", 1, 2, None, None, "4,33"]],
    }
    reading = read(xlsx(sheets), name="отчёт.xlsx")
    assert [r.value for r in reading.records] == [4, 5, 3]
    assert [p.sheet for p in said(reading, "устроена иначе")] == ["Письмо"]


def test_a_pupil_who_left_is_read_and_told(xlsx, read, said):
    rows = [
        *TOLD[:2],
        ["Ученик: Ёлкин Пётр (выбыл 12.10)"],
        ["Предмет", "1 четверть"],
        ["Алгебра", 4],
    ]
    reading = read(xlsx(rows), name="отчёт.xlsx")
    assert [(x.pupil, x.note) for x in reading.listed] == [("Ёлкин Пётр", "выбыл 12.10")]
    assert said(reading, "с пометкой о выбытии")


def test_a_whole_mean_of_a_term_is_a_mean(table):
    reading = table(
        ["Предмет", "1 четверть", None], [None, "Ср. балл", "Отметка"], ["Алгебра", 4, 5]
    )
    assert [(r.kind, r.value) for r in reading.records] == [("mean", 4), ("mark", 5)]


def test_the_school_year_is_that_of_the_days_of_the_period(xlsx, read):
    told = [["Класс: 7Б"], ["Ученик: Ёлкин Пётр"], ["Период: с 01.09.2025 по 26.10.2025"]]
    reading = read(xlsx([*told, ["Предмет", "05.09"], ["Алгебра", 4]]), name="отчёт.xlsx")
    assert [r.date for r in reading.records] == ["2025-09-05"]


def test_dates_that_a_spreadsheet_made_are_days(table):
    from datetime import date

    reading = table(["Предмет", date(2025, 9, 5), date(2026, 1, 14)], ["Алгебра", 4, 5])
    assert [r.date for r in reading.records] == ["2025-09-05", "2026-01-14"]


def test_more_than_numbers_before_the_subjects_is_told(table, said):
    reading = table(["Область", "Предмет", "1 четверть"], ["Математика", "Алгебра", 4])
    assert [(r.subject, r.value) for r in reading.records] == [("Алгебра", 4)]
    assert said(reading, "Столбец «Область»")


def test_a_sheet_without_a_table_is_told(xlsx, read, said):
    sheets = {"1": [*TOLD, ["Предмет", "1 четверть"], ["Алгебра", 4]], "2": [["Приказ"]]}
    reading = read(xlsx(sheets), name="отчёт.xlsx")
    assert [p.sheet for p in said(reading, "не найдена таблица")] == ["2"]
