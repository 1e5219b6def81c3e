"""Class matrices as schools really make them, one mess per test.

Every expected mark is the one typed into the table a few lines above it.
"""

from __future__ import annotations

import datetime as dt
import io

import pytest
import xlwt
from openpyxl.styles import Font

from posanalytics.gradebook import Hints

HEADER = ["№", "ФИО", "Алгебра", "История"]


def test_a_plain_table_gives_every_mark_with_its_term(xlsx, read, marks):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", 5, 4], [2, "Грушина Анна", 3, 5]]))
    assert marks(reading) == {
        ("Ёлкин Пётр", "Алгебра", "2025-26-Q2"): 5,
        ("Ёлкин Пётр", "История", "2025-26-Q2"): 4,
        ("Грушина Анна", "Алгебра", "2025-26-Q2"): 3,
        ("Грушина Анна", "История", "2025-26-Q2"): 5,
    }
    assert reading.problems == []


def test_every_record_names_its_cell(xlsx, read):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", 5, 4]]))
    assert [record.cell for record in reading.records] == ["C2", "D2"]


def test_titles_name_class_term_and_year(xlsx, read):
    rows = [
        ["МОУ Примерная школа"],
        ["Успеваемость 6 «а» класса за III четверть 2024/2025 учебного года"],
        HEADER,
        [1, "Ёлкин Пётр", 5, 4],
    ]
    record = read(xlsx(rows), name="файл.xlsx").records[0]
    assert (record.class_label, record.term) == ("6А", "2024-25-Q3")


def test_a_title_is_believed_before_the_file_name_and_the_difference_is_told(xlsx, read, said):
    reading = read(xlsx([["Класс: 8В"], HEADER, [1, "Ёлкин Пётр", 5, 4]]))
    assert reading.records[0].class_label == "8В"
    assert said(reading, "называют разное (класс): 8В и 7Б")


def test_several_sheets_are_several_classes(xlsx, read):
    rows = [HEADER, [1, "Ёлкин Пётр", 5, 4]]
    reading = read(xlsx({"7А": rows, "7Б": rows}), name="1 полугодие 2025-2026.xlsx")
    assert {(r.class_label, r.term) for r in reading.records} == {
        ("7А", "2025-26-H1"),
        ("7Б", "2025-26-H1"),
    }


def test_several_sheets_are_several_terms(xlsx, read):
    rows = [HEADER, [1, "Ёлкин Пётр", 5, 4]]
    reading = read(xlsx({"1 четверть": rows, "2 четверть": rows}), name="7Б 2025-26.xlsx")
    assert {r.term for r in reading.records} == {"2025-26-Q1", "2025-26-Q2"}
    assert len(reading.listed) == 1


def test_hints_fill_only_what_the_file_leaves_out(xlsx, read):
    hints = Hints(school_year="2023-24", class_label="9А", term="2023-24-Q1")
    record = read(xlsx([HEADER, [1, "Ёлкин Пётр", 5, 4]]), name="7Б.xlsx", hints=hints).records[0]
    assert (record.class_label, record.term) == ("7Б", "2023-24-Q1")


@pytest.mark.parametrize(
    ("name", "lacking"),
    [
        ("7Б 2 четверть.xlsx", "Не указан учебный год"),
        ("2 четверть 2025-26.xlsx", "Не указан класс"),
        ("7Б 2025-26.xlsx", "Не указано, за какой период"),
    ],
)
def test_what_is_not_named_is_asked_for_and_never_guessed(xlsx, read, said, name, lacking):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", 5, 4]]), name=name)
    assert reading.records == []
    assert said(reading, lacking)[0].severity == "error"


def test_decimal_averages_of_a_whole_table_are_means(xlsx, read):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", "4,33", 4.67]]))
    assert [(r.kind, r.value) for r in reading.records] == [("mean", 4.33), ("mean", 4.67)]


def test_statuses_are_kept_apart_from_marks(xlsx, read):
    header = ["ФИО", "Алгебра", "История", "Физика", "Химия"]
    reading = read(xlsx([header, ["Ёлкин Пётр", "н/а", "осв", "зач", "НЗ"]]))
    assert [r.kind for r in reading.records] == ["not_assessed", "exempt", "pass", "fail"]
    assert [r.value for r in reading.records] == [None] * 4


def test_a_dash_is_no_mark_and_is_told(xlsx, read, said):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", "-", 4]]))
    assert [r.subject for r in reading.records] == ["История"]
    assert [p.cell for p in said(reading, "Прочерк")] == ["C2"]


def test_what_is_no_mark_is_named_with_its_cell_and_not_used(xlsx, read, said):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", 6, 4]]))
    problem = said(reading, "«6»")[0]
    assert (problem.severity, problem.sheet, problem.cell) == ("warning", "Лист1", "C2")
    assert [r.value for r in reading.records] == [4]


def test_text_that_could_be_a_name_is_not_quoted(xlsx, read):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", "Канарейкин", 4]]))
    assert not any("Канарейкин" in str(problem) for problem in reading.problems)
    assert any(problem.cell == "C2" for problem in reading.problems)


def test_concatenated_marks_are_not_guessed_in_a_table_of_term_marks(xlsx, read, said):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", 54, 4]]))
    assert [r.value for r in reading.records] == [4]
    assert said(reading, "«54»")


def test_two_different_marks_in_a_cell_are_not_guessed(xlsx, read, said):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", "5/4", "4 4"]]))
    assert [(r.subject, r.value) for r in reading.records] == [("История", 4)]
    assert [p.cell for p in said(reading, "«5/4»")] == ["C2"]


def test_a_mark_that_became_a_date_is_flagged(xlsx, read, said):
    def touch(book):
        book.active["C2"].number_format = "d-mmm"

    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", dt.datetime(2026, 4, 5), 4]], touch))  # noqa: DTZ001
    assert [p.cell for p in said(reading, "«5-апр»")] == ["C2"]
    assert [r.subject for r in reading.records] == ["История"]


def test_a_doubled_mark_that_became_a_date_is_restored(xlsx, read, said):
    def touch(book):
        book.active["C2"].number_format = "d-mmm"

    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", dt.datetime(2026, 5, 5), 4]], touch))  # noqa: DTZ001
    assert reading.records[0].value == 5
    assert said(reading, "восстановлены")


def test_conduct_is_no_subject(xlsx, read, said):
    reading = read(xlsx([[*HEADER, "Поведение"], [1, "Ёлкин Пётр", 5, 4, 5]]))
    assert {r.subject for r in reading.records} == {"Алгебра", "История"}
    assert said(reading, "Поведение")[0].severity == "note"


def test_hidden_rows_columns_and_sheets_are_read_and_reported(xlsx, read, said):
    def touch(book):
        book["7А"].row_dimensions[2].hidden = True
        book["7А"].column_dimensions["D"].hidden = True
        book["7Б"].sheet_state = "hidden"

    rows = [HEADER, [1, "Ёлкин Пётр", 5, 4]]
    reading = read(xlsx({"7А": rows, "7Б": rows}, touch), name="2 четверть 2025-26.xlsx")
    assert len(reading.records) == 4
    assert [(p.sheet, p.cell) for p in said(reading, "Строки скрыты")] == [("7А", "A2")]
    assert [(p.sheet, p.cell) for p in said(reading, "Столбцы скрыты")] == [("7А", "D1")]
    assert [p.sheet for p in said(reading, "Лист скрыт")] == ["7Б"]


def test_a_formula_without_a_result_and_an_error_are_reported(xlsx, read, said):
    def touch(book):
        book.active["C2"] = "=SUM(A1:A2)"
        book.active["D2"] = "#DIV/0!"
        book.active["D2"].data_type = "e"

    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", 5, 4]], touch))
    assert [p.cell for p in said(reading, "без сохранённого результата")] == ["C2"]
    assert [p.cell for p in said(reading, "#DIV/0!")] == ["D2"]
    assert reading.records == []


def test_footers_are_no_pupils_and_agree_with_the_marks(xlsx, read, said):
    rows = [
        HEADER,
        [1, "Ёлкин Пётр", 5, 4],
        [2, "Грушина Анна", 3, 4],
        [3, "Образцов Иван", 4, 2],
        [None, "Средний балл", "4,00", (4 + 4 + 2) / 3],
        [None, "Качество знаний, %", "66,7", round(200 / 3)],
        [None, "Успеваемость, %", "100%", "66,7 %"],
        # Simonov: (100 + 36 + 64) / 3 and (64 + 64 + 16) / 3, DOMAIN.md 1.1
        [None, "СОУ, %", round((100 + 36 + 64) / 3, 1), 48],
    ]
    reading = read(xlsx(rows))
    assert len(reading.listed) == 3
    assert [p.severity for p in reading.problems] == ["note"]
    assert [p.cell for p in said(reading, "использованы для проверки")] == ["B5, B6, B7, B8"]


def test_a_footer_that_does_not_agree_tells_both_numbers(xlsx, read, said):
    rows = [
        HEADER,
        [1, "Ёлкин Пётр", 5, 4],
        [2, "Грушина Анна", 3, 4],
        [None, "Средний балл", 4.5, 4],
    ]
    problem = said(read(xlsx(rows)), "«4,5 ≠ 4,0»")[0]
    assert (problem.severity, problem.cell) == ("warning", "C4")


def test_a_share_shown_as_percent_is_read_by_its_format(xlsx, read, said):
    def touch(book):
        book.active["C4"].number_format = "0%"

    rows = [HEADER, [1, "Ёлкин Пётр", 5, 4], [2, "Грушина Анна", 3, 4], [None, "Качество", 0.5, 1]]
    assert not said(read(xlsx(rows, touch)), "≠")


def test_the_mean_of_a_row_is_a_check(xlsx, read, said):
    header = [*HEADER, "Ср. балл"]
    rows = [header, [1, "Ёлкин Пётр", 5, 4, 4.5], [2, "Грушина Анна", 3, 4, "4,5"]]
    reading = read(xlsx(rows))
    assert [p.cell for p in said(reading, "≠")] == ["E3"]
    assert len(reading.records) == 4


def test_a_mean_beside_every_subject_is_the_mean_of_that_subject(xlsx, read):
    header = ["ФИО", "Алгебра", "Ср. балл", "История", "Ср. балл"]
    reading = read(xlsx([header, ["Ёлкин Пётр", 5, 4.67, 4, "3,90"]]))
    found = {(r.subject, r.kind): r.value for r in reading.records}
    assert found == {
        ("Алгебра", "mark"): 5,
        ("Алгебра", "mean"): 4.67,
        ("История", "mark"): 4,
        ("История", "mean"): 3.9,
    }


def test_a_leaver_is_listed_with_the_note(xlsx, read):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр (выбыл 12.10)", 5, 4]]))
    assert (reading.listed[0].pupil, reading.listed[0].note) == ("Ёлкин Пётр", "выбыл 12.10")


def test_namesakes_are_left_out_and_their_cells_named_without_the_name(xlsx, read, said):
    rows = [
        HEADER,
        [1, "Ёлкин Пётр", 5, 4],
        [2, "елкин\u00a0Петр".title(), 3, 3],
        [3, "Грушина Анна", 4, 4],
    ]
    reading = read(xlsx(rows))
    problem = said(reading, "одинаковыми")[0]
    assert (problem.severity, problem.cell) == ("error", "B2, B3")
    assert {r.pupil for r in reading.records} == {"Грушина Анна"}
    assert not any("лкин" in str(p) for p in reading.problems)


def test_a_patronymic_tells_namesakes_apart(xlsx, read):
    rows = [HEADER, [1, "Ёлкин Пётр Ильич", 5, 4], [2, "Ёлкин Пётр Львович", 3, 3]]
    assert len(read(xlsx(rows)).listed) == 2


def test_subgroups_belong_to_one_subject(xlsx, read, marks):
    header = ["ФИО", "Английский язык (1 гр.)", "Английский язык (2 гр.)"]
    reading = read(xlsx([header, ["Ёлкин Пётр", 5, None], ["Грушина Анна", None, 4]]))
    assert marks(reading) == {
        ("Ёлкин Пётр", "Английский язык", "2025-26-Q2"): 5,
        ("Грушина Анна", "Английский язык", "2025-26-Q2"): 4,
    }


def test_two_columns_that_disagree_on_a_subject_are_both_left_out(xlsx, read, said):
    reading = read(xlsx([["ФИО", "Алгебра", "Алгебра"], ["Ёлкин Пётр", 5, 4]]))
    assert reading.records == []
    assert [p.cell for p in said(reading, "«Алгебра» за один период")] == ["B2, C2"]


def test_name_in_separate_columns_is_put_together(xlsx, read):
    header = ["№", "Фамилия", "Имя", "Отчество", "Алгебра"]
    reading = read(xlsx([header, [1, "Ёлкин", "Пётр", "Ильич", 5]]))
    assert reading.listed[0].pupil == "Ёлкин Пётр Ильич"


def test_terms_in_a_second_header_row_belong_to_their_columns(xlsx, read, marks):
    def touch(book):
        book.active.merge_cells("B1:C1")
        book.active.merge_cells("A1:A2")

    rows = [["ФИО", "Алгебра", None], [None, "1 ч", "2 ч"], ["Ёлкин Пётр", 5, 4]]
    assert marks(read(xlsx(rows, touch), name="7Б 2025-26.xlsx")) == {
        ("Ёлкин Пётр", "Алгебра", "2025-26-Q1"): 5,
        ("Ёлкин Пётр", "Алгебра", "2025-26-Q2"): 4,
    }


def test_a_mark_in_merged_cells_counts_once_and_is_told(xlsx, read, said):
    def touch(book):
        book.active.merge_cells("C2:D2")

    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", 5, None]], touch))
    assert [(r.subject, r.value) for r in reading.records] == [("Алгебра", 5)]
    assert [p.cell for p in said(reading, "объединённой")] == ["D2"]


def test_a_table_without_a_word_over_the_names_is_found(xlsx, read):
    rows = [
        ["Средний балл"],
        [],
        [None, "Алгебра", "История"],
        ["Ёлкин Пётр", 4.67, 4.2],
        ["Грушина Анна", 3.5, 4.0],
    ]
    reading = read(xlsx(rows))
    assert [(r.subject, r.value) for r in reading.records][:2] == [
        ("Алгебра", 4.67),
        ("История", 4.2),
    ]


def test_classes_stacked_on_a_sheet_are_kept_apart(xlsx, read):
    rows = [
        ["7А"],
        HEADER,
        [1, "Ёлкин Пётр", 5, 4],
        [],
        ["Класс: 7Б"],
        HEADER,
        [1, "Грушина Анна", 3, 3],
    ]
    reading = read(xlsx(rows), name="2 четверть 2025-26.xlsx")
    assert {(r.pupil, r.class_label) for r in reading.records} == {
        ("Ёлкин Пётр", "7А"),
        ("Грушина Анна", "7Б"),
    }


def test_marks_in_a_row_without_a_name_are_told(xlsx, read, said):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", 5, 4], [2, None, 5, 5]]))
    assert [p.cell for p in said(reading, "чьи они")] == ["A3"]


def test_a_column_without_a_header_is_told(xlsx, read, said):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", 5, 4, 5]]))
    assert [p.cell for p in said(reading, "без заголовка")] == ["E1"]


def test_every_filled_cell_of_the_mark_area_is_used_or_explained(xlsx, read):
    odd = [5, "4-", "н/а", "осв", "-", 6, "5/4", "54", "???", "4,33", "н", "зач", "Текст", "5 5"]
    header = ["ФИО", *(f"Предмет {chr(1040 + n)}" for n in range(len(odd)))]
    reading = read(xlsx([header, ["Ёлкин Пётр", *odd]]))
    used = {record.cell for record in reading.records}
    explained = {cell for problem in reading.problems for cell in problem.cell.split(", ")}
    assert used | explained >= {f"{chr(66 + n)}2" for n in range(len(odd))}
    assert not used & explained


def _tagged(rows, tag, cell):
    return "".join(f"<{tag}>{''.join(map(cell.format, row))}</{tag}>" for row in rows)


def test_the_same_table_is_read_alike_from_every_container(xlsx, ods, read, marks):
    rows = [["№", "ФИО", "Алгебра"], ["1", "Ёлкин Пётр", "4,33"], ["2", "Грушина Анна", "5"]]
    book = xlwt.Workbook()
    sheet = book.add_sheet("Лист1")
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            sheet.write(r, c, text)
    stream = io.BytesIO()
    book.save(stream)
    html = _tagged(rows, "tr", "<td>{}</td>")
    spreadsheetml = _tagged(rows, "Row", '<Cell><Data ss:Type="String">{}</Data></Cell>')
    containers = {
        "xlsx": xlsx(rows),
        "ods": ods("Лист1", rows),
        "xls": stream.getvalue(),
        "csv cp1251": "\r\n".join(";".join(row) for row in rows).encode("cp1251"),
        "csv utf-8": "\ufeff".encode() + "\n".join("\t".join(row) for row in rows).encode(),
        "csv commas": "\n".join(",".join(f'"{t}"' for t in row) for row in rows).encode(),
        "html": f"<table>{html}</table>".encode("cp1251"),
        "xml 2003": (
            '<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
            'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
            f'<Worksheet ss:Name="Лист1"><Table>{spreadsheetml}</Table></Worksheet></Workbook>'
        ).encode(),
    }
    expected = {
        ("Ёлкин Пётр", "Алгебра", "2025-26-Q2"): 4.33,
        ("Грушина Анна", "Алгебра", "2025-26-Q2"): 5,
    }
    assert {kind: marks(read(data)) for kind, data in containers.items()} == dict.fromkeys(
        containers, expected
    )


def test_a_hidden_row_of_an_ods_is_reported(ods, read, said):
    reading = read(ods("Лист1", [["ФИО", "Алгебра"], ["Ёлкин Пётр", "5"]], hidden={1}))
    assert [p.cell for p in said(reading, "Строки скрыты")] == ["A2"]


def test_bold_and_styles_do_not_matter(xlsx, read):
    def touch(book):
        for row in book.active.iter_rows():
            for cell in row:
                cell.font = Font(bold=True)
                cell.number_format = "@"

    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", "4,33", "01.09"]], touch))
    assert [r.value for r in reading.records] == [4.33]
    assert [p.cell for p in reading.problems] == ["D2"]


def test_a_table_of_one_subject_takes_it_from_its_title(xlsx, read, marks):
    rows = [
        ["Предмет: Алгебра"],
        ["ФИО", "1 четверть", "2 четверть", "Год"],
        ["Ёлкин Пётр", 5, 4, 5],
    ]
    assert marks(read(xlsx(rows), name="7Б 2025-26.xlsx")) == {
        ("Ёлкин Пётр", "Алгебра", "2025-26-Q1"): 5,
        ("Ёлкин Пётр", "Алгебра", "2025-26-Q2"): 4,
        ("Ёлкин Пётр", "Алгебра", "2025-26-Y"): 5,
    }


def test_a_second_row_under_a_merged_name_is_told_and_no_namesake(xlsx, read, said):
    def touch(book):
        book.active.merge_cells("B2:B3")

    rows = [HEADER, [1, "Ёлкин Пётр", 5, 4], [None, None, 3, 3], [2, "Грушина Анна", 4, 4]]
    reading = read(xlsx(rows, touch))
    assert [r.value for r in reading.records] == [5, 4, 4, 4]
    assert said(reading, "чьи они")
    assert not said(reading, "одинаковыми")


def test_a_name_merged_over_two_columns_is_read_once(xlsx, read):
    def touch(book):
        book.active.merge_cells("B1:C1")
        book.active.merge_cells("B2:C2")

    rows = [["№", "ФИО", None, "Алгебра"], [1, "Ёлкин Пётр", None, 5]]
    assert [r.pupil for r in read(xlsx(rows, touch)).records] == ["Ёлкин Пётр"]


def test_a_sheet_without_a_table_is_told(xlsx, read, said):
    rows = [HEADER, [1, "Ёлкин Пётр", 5, 4]]
    reading = read(xlsx({"7Б": rows, "Памятка": [["Сдать до пятницы"]]}))
    assert [p.sheet for p in said(reading, "не найдена таблица")] == ["Памятка"]


def test_cells_are_explained_even_where_the_term_is_not_named(xlsx, read, said):
    reading = read(xlsx([HEADER, [1, "Ёлкин Пётр", 6, 4]]), name="7Б.xlsx")
    assert (reading.records, reading.listed) == ([], [])
    assert [p.cell for p in said(reading, "«6»")] == ["C2"]
