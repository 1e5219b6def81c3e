"""The thirty traps that a reader of school exports must survive, one test (or more) for each.

The numbers are those of the list in the format specification; every expected value is typed into
the export a few lines above it.
"""

from __future__ import annotations

import datetime as dt
import io

import pytest
import xlwt
from openpyxl.comments import Comment

from posanalytics.gradebook import Hints
from posanalytics.schema import Problem

HEADER = ["№", "ФИО", "Алгебра", "История"]
ONE = [1, "Ёлкин Пётр", 5, 4]
PUPIL = [["Учебный год: 2025/2026"], ["Класс: 7б"], ["Ученик: Ёлкин Пётр"]]


def page(*tables, head="<meta charset='utf-8'>"):
    rows = (
        "<table>" + "".join("<tr>" + "".join(row) + "</tr>" for row in table) + "</table>"
        for table in tables
    )
    return f"<html><head>{head}</head><body>{''.join(rows)}</body></html>"


def td(*texts):
    return [f"<td>{text}</td>" for text in texts]


def months_page(*subjects, head="<meta charset='utf-8'>"):
    """Return a StudentTotal page with lessons on 3 September and 1 February."""
    header = [
        "<td rowspan=2>Предмет</td><td>Сентябрь</td><td>Февраль</td><td rowspan=2>Средняя</td>"
    ]
    return page([td(*row) for row in PUPIL], [header, td("3", "1"), *subjects], head=head)


def test_trap_01_the_extension_lies_both_ways(xlsx, read, marks):
    table = [HEADER, ONE]
    html = page([td(*map(str, row)) for row in table]).encode()
    as_xls = read(xlsx(table), name="7Б 2 четверть 2025-26.xls")
    as_xlsx = read(html, name="7Б 2 четверть 2025-26.xlsx")
    assert marks(as_xls) == marks(as_xlsx)
    assert sorted(r.value for r in as_xls.records) == [4, 5]


def test_trap_02_a_page_in_cp1251_that_does_not_say_so(read):
    data = months_page(td("Алгебра", "5", "", "5,00"), head="").encode("cp1251")
    reading = read(data)
    assert reading.encoding == "cp1251"
    assert [(r.subject, r.value) for r in reading.records] == [("Алгебра", 5)]


def test_trap_03_a_comma_average_is_not_a_thousand(read):
    reading = read(page([td("ФИО", "Алгебра"), td("Ёлкин Пётр", "4,33")]).encode())
    assert [(r.kind, r.value) for r in reading.records] == [("mean", 4.33)]


def test_trap_04_text_cells_stay_text(xlsx, read):
    rows = [*PUPIL, ["Предмет", "01.09", "02.09"], ["Алгебра", "54", "5"]]
    dates = [(r.date, r.value) for r in read(xlsx(rows)).records]
    assert dates == [("2025-09-01", 5), ("2025-09-01", 4), ("2025-09-02", 5)]


def test_trap_05_marks_that_became_dates_are_taken_back_in_a_journal(xlsx, read):
    def touch(book):
        book.active["B5"].number_format = "d-mmm"

    rows = [*PUPIL, ["Предмет", "01.09"], ["Алгебра", dt.datetime(2026, 4, 5)]]  # noqa: DTZ001
    reading = read(xlsx(rows, touch))
    assert [r.value for r in reading.records] == [5, 4]
    assert any("B5" in problem.cell for problem in reading.problems)


def test_trap_06_marks_without_a_separator(xlsx, read):
    rows = [*PUPIL, ["Предмет", "01.09"], ["Алгебра", "54"]]
    assert [r.value for r in read(xlsx(rows)).records] == [5, 4]


@pytest.mark.parametrize("cell", ["5\u00a04", "5·4", "5 4", "5;4", "5\n4", "5\u200b 4", "5,4"])
def test_trap_07_separators_of_two_marks(xlsx, read, cell):
    rows = [*PUPIL, ["Предмет", "01.09"], ["Алгебра", cell]]
    assert [r.value for r in read(xlsx(rows)).records] == [5, 4]


def test_trap_07_a_weight_behind_a_cross(xlsx, read):
    rows = [*PUPIL, ["Предмет", "01.09"], ["Алгебра", "4✕2"]]
    assert [(r.value, r.weight) for r in read(xlsx(rows)).records] == [(4, 2)]


def test_trap_08_comments_carry_the_kind_of_work(xlsx, read):
    def touch(book):
        note = "5 - Контрольная работа - тема; 4 - Работа на уроке - тема"
        book.active["B5"].comment = Comment(note, "школа")

    rows = [*PUPIL, ["Предмет", "01.09"], ["Алгебра", "54"]]
    works = [(r.value, r.work) for r in read(xlsx(rows, touch)).records]
    assert works == [(5, "Контрольная работа"), (4, "Работа на уроке")]


def test_trap_09_headers_of_several_merged_rows(xlsx, read, marks):
    def touch(book):
        for cells in ("A1:A2", "B1:B2", "C1:D1"):
            book.active.merge_cells(cells)

    rows = [
        ["№", "ФИО", "Алгебра", None],
        [None, None, "1 четверть", "2 четверть"],
        [1, "Ёлкин Пётр", 5, 4],
    ]
    assert marks(read(xlsx(rows, touch), name="7Б 2025-26.xlsx")) == {
        ("Ёлкин Пётр", "Алгебра", "2025-26-Q1"): 5,
        ("Ёлкин Пётр", "Алгебра", "2025-26-Q2"): 4,
    }


def test_trap_10_months_without_a_year_belong_to_the_school_year(read):
    reading = read(months_page(td("Алгебра", "5", "3", "4,00")).encode())
    assert [(r.date, r.value) for r in reading.records] == [("2025-09-03", 5), ("2026-02-01", 3)]


def test_trap_11_several_classes_stand_below_each_other(xlsx, read):
    rows = [
        ["Класс: 7А"], HEADER, ONE, [], ["Класс: 7Б"], HEADER, [1, "Грушина Анна", 3, 3],
    ]  # fmt: skip
    reading = read(xlsx(rows), name="2 четверть 2025-26.xlsx")
    assert {(r.pupil, r.class_label) for r in reading.records} == {
        ("Ёлкин Пётр", "7А"),
        ("Грушина Анна", "7Б"),
    }


def test_trap_11_rows_of_a_legend_are_no_subjects(read, said):
    data = months_page(td("Алгебра", "5", "3", "4,00"), td("Н", "Н", "", ""))
    reading = read(data.encode())
    assert {r.subject for r in reading.records} == {"Алгебра"}
    assert said(reading, "условны") or said(reading, "легенд") or said(reading, "обозначен")


@pytest.mark.parametrize(
    "footer",
    ["Средний балл", "Качество знаний", "СОУ", "% успеваемости", "Итого", "Средние", "Всего"],
)
def test_trap_12_footers_are_no_pupils(xlsx, read, footer):
    reading = read(xlsx([HEADER, ONE, [None, footer, 5, 4]]))
    assert {r.pupil for r in reading.records} == {"Ёлкин Пётр"}
    assert [listed.pupil for listed in reading.listed] == ["Ёлкин Пётр"]


@pytest.mark.parametrize("title", ["Средняя", "СР", "Решение педсовета", "Ср. балл"])
def test_trap_13_trailing_columns_are_no_subjects(xlsx, read, title):
    reading = read(xlsx([[*HEADER, title], [*ONE, "4,50"]]))
    assert {r.subject for r in reading.records} == {"Алгебра", "История"}


def test_trap_14_one_pupil_under_two_spellings_in_two_exports(xlsx, read):
    first = read(xlsx([HEADER, [1, "Ёлкин\u00a0Пётр (выбыл 12.10)", 5, 4]]))
    assert [listed.pupil for listed in first.listed] == ["Ёлкин Пётр"]
    second = read(xlsx([HEADER, [1, "Ёлкин Пётр ТБ ПР", 5, 4]]))
    assert [listed.pupil for listed in second.listed] == ["Ёлкин Пётр"]


def test_trap_14_namesakes_are_not_mixed(xlsx, read):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", 5, 4], [2, "Елкин Петр", 3, 3]]))
    assert reading.records == []
    assert {p.cell for p in reading.problems if p.severity == "error"} == {"B2, B3"}


def test_trap_15_a_pupil_who_left_is_kept_with_the_marks(xlsx, read):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр (выбыл 12.11.2025)", 5, 4]]))
    assert [r.value for r in reading.records] == [5, 4]
    assert reading.listed[0].note == "выбыл 12.11.2025"


def test_trap_16_a_subgroup_is_the_subject(xlsx, read):
    header = ["ФИО", "Английский язык (1 гр.)"]
    reading = read(xlsx([header, ["Ёлкин Пётр", 5]]))
    assert [r.subject for r in reading.records] == ["Английский язык"]


@pytest.mark.parametrize("label", ["7б", "7 Б", "7-Б", "7«Б»", "7 «б»", "7B"])
def test_trap_17_spellings_of_a_class(xlsx, read, label):
    reading = read(xlsx([[f"Класс: {label}"], HEADER, ONE]), name="2 четверть 2025-26.xlsx")
    assert {r.class_label for r in reading.records} == {"7Б"}


def test_trap_18_absent_exempt_and_blank_are_no_zero(xlsx, read):
    rows = [*PUPIL, ["Предмет", "01.09", "02.09", "03.09"], ["Алгебра", "Н", "осв", None]]
    reading = read(xlsx(rows))
    assert [(r.kind, r.value) for r in reading.records] == [("absence", None), ("exempt", None)]


@pytest.mark.parametrize("nothing", ["X", "Х", "x", "х"])
def test_trap_18_a_task_not_tried_is_no_zero(xlsx, read, nothing):
    rows = [
        ["ВПР 2026 Математика 5 класс"],
        ["Код участника", "Класс", "Вариант", "1 (1б)", "2 (2б)", "Первичный балл", "Отметка"],
        ["50001", "5А", "1", 1, nothing, 1, "3"],
    ]
    reading = read(xlsx(rows), name="впр.xlsx")
    tried = {score.scale: score.raw for score in reading.scores if score.raw is not None}
    assert tried["total"] == 1
    assert 0 not in tried.values()


def test_trap_19_a_point_is_a_debt_and_no_mark(xlsx, read):
    rows = [*PUPIL, ["Предмет", "01.09"], ["Алгебра", "•"]]
    assert [(r.kind, r.value) for r in read(xlsx(rows)).records] == [("debt", None)]


def test_trap_20_different_scales_in_one_table(xlsx, read, said):
    reading = read(xlsx([["ФИО", "Алгебра", "ЕГЭ база", "ОБЖ"], ["Ёлкин Пётр", 5, 78, "зач"]]))
    told = {r.subject: (r.kind, r.value) for r in reading.records}
    assert told["Алгебра"] == ("mark", 5)
    assert told["ОБЖ"] == ("pass", None)
    # 78 is no mark of five: either its scale says so or a person is asked.
    assert all(r.scale != "5" for r in reading.records if r.value == 78)
    assert any(r.value == 78 for r in reading.records) or said(reading, "78")


def test_trap_21_the_day_of_the_lesson_counts_not_the_day_of_the_mark(read):
    header = ["Тип задания", "Тема задания", "Дата выполнения", "Дата выставления оценки", "Оценка"]
    row = ["Контрольная работа", "Дроби", "03.09.25", "10.09.25", "4"]
    titles = [td(*line) for line in [*PUPIL, ["Предмет: Алгебра"]]]
    reading = read(page(titles, [td(*header), td(*row)]).encode())
    assert [(r.date, r.value, r.work) for r in reading.records] == [
        ("2025-09-03", 4, "Контрольная работа")
    ]


def test_trap_22_quarters_and_half_years_in_one_school(xlsx, read):
    younger = read(xlsx([HEADER, ONE]), name="7Б 2 четверть 2025-26.xlsx")
    older = read(xlsx([HEADER, ONE]), name="10А 1 полугодие 2025-26.xlsx")
    assert {r.term for r in [*younger.records, *older.records]} == {"2025-26-Q2", "2025-26-H1"}


def test_trap_23_hidden_rows_are_read_and_told(xlsx, read, said):
    def touch(book):
        book.active.row_dimensions[2].hidden = True

    reading = read(xlsx([HEADER, ONE], touch))
    assert [r.value for r in reading.records] == [5, 4]
    assert said(reading, "скрыты")[0].severity == "warning"


def test_trap_24_a_formula_without_a_result_is_no_blank(xlsx, read, said):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", "=2+3", 4]]))
    assert [r.value for r in reading.records] == [4]
    assert [p.cell for p in said(reading, "без сохранённого результата")] == ["C2"]


def test_trap_25_a_share_is_compared_as_per_cent_and_as_a_fraction(xlsx, read, said):
    # Two pupils, marks 5 and 3: quality is one of two.
    body = [HEADER, [1, "Ёлкин Пётр", 5, 5], [2, "Грушина Анна", 3, 3]]
    assert not said(read(xlsx([*body, [None, "Качество, %", "50%", 0.5]])), "≠")
    assert said(read(xlsx([*body, [None, "Качество, %", "78%", 0.5]])), "≠")


def test_trap_26_rows_that_are_no_pupils_in_international_exports(read):
    text = (
        "Student,ID,SIS Login ID,Section,Дроби (101),Final Score\n"
        "    Points Possible,,,,10,(read only)\n"
        '"Ёлкин, Пётр",1,e1,7Б,8,80\n'
        '"Грушина, Анна",2,g1,7Б,EX,\n'
        '"Student, Test",3,t1,7Б,9,90\n'
    )
    hints = Hints(school_year="2025-26", subject="Алгебра")
    reading = read(text.encode(), name="canvas.csv", hints=hints)
    told = {(s.pupil, s.scale): s.raw for s in reading.scores if s.raw is not None}
    assert told[("Ёлкин Пётр", "Дроби")] == 8
    assert {pupil for pupil, _ in told} == {"Ёлкин Пётр"}


def test_trap_27_localised_headers(read):
    english = "First name,Last name,ID number,Quiz: Дроби (Real)\nПётр,Ёлкин,1,8.00\n"
    russian = 'Имя,Фамилия,Индивидуальный номер,Тест: Дроби (Значение)\nПётр,Ёлкин,1,"8,00"\n'
    hints = Hints(school_year="2025-26", class_label="7Б", subject="Алгебра")
    for text in (english, russian):
        reading = read(text.encode(), name="оценки.csv", hints=hints)
        assert [(s.pupil, s.raw) for s in reading.scores] == [("Ёлкин Пётр", 8)]


def test_trap_28_a_declared_number_of_participants_that_is_not_there(xlsx, read, said):
    rows = [
        ["ВПР 2026 Математика 5 класс"],
        ["МБОУ «СОШ №0» (edu000000) | Кол-во участников: 3"],
        ["Код участника", "Класс", "Вариант", "1 (1б)", "Первичный балл", "Отметка"],
        ["50001", "5А", "1", 1, 1, "3"],
    ]
    assert said(read(xlsx(rows), name="впр.xlsx"), "3")[0].severity == "warning"


def test_trap_29_an_empty_form_instead_of_results(xlsx, read, said):
    rows = [
        ["Код", "Вариант (часть 1)", "1 (1б)", "2 (1б)", "Пол", "Итого баллов"],
        ["40001", None, None, None, None, '=IF(LEN(C2)>0,SUM(C2:D2),"")'],
        ["40002", None, None, None, None, '=IF(LEN(C3)>0,SUM(C3:D3),"")'],
    ]
    reading = read(xlsx({"Протокол": rows}), name="Протокол 5 класс математика.xlsx")
    assert reading.scores == []
    assert said(reading, "пуст")[0].severity == "error"


def test_trap_30_no_problem_quotes_a_name(xlsx, read):
    rows = [
        ["Классный руководитель: Крабова Инна Олеговна"],
        HEADER,
        [1, "Ёлкин Пётр", "Канарейкин", 7],
        [2, "Ёлкин Петр", 5, 5],
        [None, "Подпись: Крабова Инна Олеговна", None, None],
    ]
    reading = read(xlsx({"Ёлкин Пётр": rows}))
    said = "\n".join(map(str, reading.problems))
    assert reading.problems
    assert all(isinstance(problem, Problem) for problem in reading.problems)
    assert not [name for name in ("Ёлкин", "Елкин", "Крабова", "Канарейкин") if name in said]


def test_trap_01_a_binary_workbook_under_any_name(read):
    book = xlwt.Workbook()
    sheet = book.add_sheet("Лист1")
    for row, line in enumerate([HEADER, ONE]):
        for column, value in enumerate(line):
            sheet.write(row, column, value)
    stream = io.BytesIO()
    book.save(stream)
    reading = read(stream.getvalue(), name="7Б 2 четверть 2025-26.csv")
    assert [r.value for r in reading.records] == [5, 4]
