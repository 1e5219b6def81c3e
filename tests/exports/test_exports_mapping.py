"""The mapping file beside an export: says what the table does not, and is refused when wrong."""

from __future__ import annotations

import pytest

from posanalytics.gradebook import read_gradebook
from posanalytics.gradebook.mapping_files import mapping_paths

ROWS = [
    ["Отчёт", None, None, None],
    ["кто", "мат", "рус", "прим"],
    ["Ёлкин Пётр", 5, 4, "да"],
    ["Грушина Анна", 3, 5, ""],
]

MAPPING = """
sheet: Лист1
header_row: 2
name_column: A
class: 7 «б»
school_year: 2025/2026
term: 2 четверть
subjects: {мат: Математика, C: Русский язык}
ignore: [прим]
"""


@pytest.fixture
def mapped(tmp_path, xlsx):
    def run(mapping, rows=ROWS):
        path = tmp_path / "выгрузка.xlsx"
        path.write_bytes(xlsx(rows))
        (tmp_path / "выгрузка.xlsx.mapping.yml").write_text(mapping, "utf-8")
        return read_gradebook(path)

    return run


def test_a_mapping_names_class_term_and_subjects(mapped):
    reading = mapped(MAPPING)
    assert [(r.pupil, r.class_label, r.term, r.subject, r.value) for r in reading.records] == [
        ("Ёлкин Пётр", "7Б", "2025-26-Q2", "Математика", 5),
        ("Ёлкин Пётр", "7Б", "2025-26-Q2", "Русский язык", 4),
        ("Грушина Анна", "7Б", "2025-26-Q2", "Математика", 3),
        ("Грушина Анна", "7Б", "2025-26-Q2", "Русский язык", 5),
    ]


def test_a_term_may_be_written_as_an_id(mapped):
    assert mapped(MAPPING.replace("2 четверть", "H1")).records[0].term == "2025-26-H1"
    assert mapped(MAPPING.replace("2 четверть", "2025-26-Q3")).records[0].term == "2025-26-Q3"


def test_another_scale_is_told_by_the_mapping(mapped):
    rows = [*ROWS[:2], ["Ёлкин Пётр", 10, 9, None]]
    reading = mapped(MAPPING + "scale: 10\n", rows)
    assert [(r.value, r.scale) for r in reading.records] == [(10, "10"), (9, "10")]


def test_a_name_of_one_word_is_taken_where_the_mapping_says_so(mapped):
    reading = mapped(MAPPING, [*ROWS[:2], ["Ёлкин", 5, 4, None]])
    assert [r.pupil for r in reading.records] == ["Ёлкин", "Ёлкин"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("klass: 7Б", "klass"),
        ("class: седьмой", "class"),
        ("term: весна", "term"),
        ("header_row: 0", "header_row"),
        ("sheet: [", "строка"),
        ("просто текст", "непонятно"),
    ],
)
def test_a_wrong_mapping_is_explained_and_nothing_is_read(mapped, line, words):
    reading = mapped(line)
    assert reading.records == []
    assert words in reading.problems[0].found
    assert reading.problems[0].severity == "error"


def test_a_sheet_that_is_not_there_is_told(mapped):
    reading = mapped(MAPPING.replace("Лист1", "Лист9"))
    assert "«Лист9»" in reading.problems[0].found


def test_a_mapping_may_only_name_the_class_and_year_of_another_format(tmp_path, xlsx):
    rows = [["Ученик: Ёлкин Пётр"], ["Предмет", "1 четверть"], ["Алгебра", 5]]
    path = tmp_path / "выгрузка.xlsx"
    path.write_bytes(xlsx(rows))
    mapping = tmp_path / "выгрузка.xlsx.mapping.yml"
    mapping.write_text("class: 7Б\nschool_year: 2025-26\n", "utf-8")
    reading = read_gradebook(path)
    assert reading.format == "netschool_marks"
    assert [(r.class_label, r.term, r.value) for r in reading.records] == [("7Б", "2025-26-Q1", 5)]


def test_a_wrong_field_is_named_with_its_line(mapped):
    told = "class: 7Б\nschool_year: 2025-26\nterm: весна\nsubjects:\n  B: {kind: оценка}\n"
    reading = mapped(told)
    found = reading.problems[0].found
    assert "строка 3, поле term: «весна» не похоже на период" in found
    assert "строка 5, поле subjects.B.subject: поле не заполнено" in found
    assert "строка 5, поле subjects.B.kind: возможны только" in found


def test_columns_may_have_their_own_term_kind_and_scale(mapped):
    rows = [*ROWS[:2], ["Ёлкин Пётр", 5, 4.5, 90]]
    mapping = """
header_row: 2
name_column: A
class: 7Б
school_year: 2025-26
term: Q2
subjects:
  B: {subject: Математика, term: Q1}
  C: {subject: Математика, kind: mean}
  D: {subject: Информатика, scale: 100, term: год}
"""
    reading = mapped(mapping, rows)
    assert [(r.subject, r.term, r.kind, r.value, r.scale) for r in reading.records] == [
        ("Математика", "2025-26-Q1", "mark", 5, "5"),
        ("Математика", "2025-26-Q2", "mean", 4.5, "5"),
        ("Информатика", "2025-26-Y", "mark", 90, "100"),
    ]


def test_rows_can_be_skipped_and_the_totals_told(mapped, said):
    rows = [*ROWS[:2], ["Образец", 2, 2, None], *ROWS[2:], ["Сумма", 8, 9, None]]
    reading = mapped(MAPPING + "skip_rows: [3]\nfooter: 6\n", rows)
    assert {r.pupil for r in reading.records} == {"Ёлкин Пётр", "Грушина Анна"}
    assert [p.cell for p in said(reading, "пропущены, потому что")] == ["A3"]
    assert said(reading, "Итоговые строки")


def test_a_span_of_rows_can_be_skipped(mapped):
    reading = mapped(MAPPING + "skip_rows: 3-4\n")
    assert reading.records == []


def test_several_tables_are_described_one_by_one(mapped):
    rows = [
        ["кто", "мат"],
        ["Ёлкин", 5],
        ["кто", "мат"],
        ["Грушина", 3],
    ]
    mapping = """
school_year: 2025-26
term: Q2
name_column: A
subjects: {B: Математика}
sheets:
  - {header_row: 1, class: 7А}
  - {header_row: 3, class: 7Б, term: Q1}
"""
    reading = mapped(mapping, rows)
    assert [(r.pupil, r.class_label, r.term, r.value) for r in reading.records] == [
        ("Ёлкин", "7А", "2025-26-Q2", 5),
        ("Грушина", "7Б", "2025-26-Q1", 3),
    ]


def test_a_sheet_may_be_named_by_its_number(mapped):
    assert len(mapped(MAPPING.replace("Лист1", "1")).records) == 4
    assert mapped(MAPPING.replace("Лист1", "2")).records == []


def test_a_format_can_be_forced_and_an_unknown_one_is_refused(mapped):
    rows = [["Предмет", "Ёлкин Пётр", "Грушина Анна"], ["Алгебра", 5, 4], ["История", 3, 4]]
    forced = mapped("format: netschool_marks\nclass: 7Б\nschool_year: 2025-26\n", rows)
    assert forced.format == "netschool_marks"
    refused = mapped("format: excel\n", rows)
    assert "«excel»" in refused.problems[0].found
    assert "class_matrix" in refused.problems[0].expected


def test_a_layout_that_a_forced_format_cannot_use_is_told(mapped, said):
    rows = [["Ученик: Ёлкин Пётр"], ["Предмет", "1 четверть"], ["Алгебра", 5]]
    reading = mapped(
        "format: netschool_marks\nclass: 7Б\nschool_year: 2025-26\nheader_row: 2\n", rows
    )
    assert [r.value for r in reading.records] == [5]
    assert said(reading, "читается по своим правилам")


def test_an_empty_field_is_as_if_it_were_not_there(mapped):
    assert len(mapped(MAPPING + "ignore:\nskip_rows:\n").records) == 4


@pytest.fixture
def placed(tmp_path, xlsx):
    """Write an export into a folder below data/raw, with mapping files; return how to read it."""

    def run(files, rows=ROWS):
        path = tmp_path / "2025-26" / "7 классы" / "выгрузка.xlsx"
        path.parent.mkdir(parents=True)
        path.write_bytes(xlsx(rows))
        for name, text in files.items():
            (tmp_path / name).write_text(text, "utf-8")
        return read_gradebook(path, mappings=mapping_paths(path, tmp_path))

    return run


PLAIN = [["ФИО", "мат"], ["Ёлкин Пётр", 5]]


def test_the_nearest_folder_with_a_mapping_speaks(placed):
    reading = placed(
        {
            "mapping.yml": "class: 9А\nterm: Q1\nschool_year: 2020-21\n",
            "2025-26/mapping.yml": "class: 7Б\nterm: Q2\nschool_year: 2025-26\n",
        },
        PLAIN,
    )
    assert [(r.class_label, r.term) for r in reading.records] == [("7Б", "2025-26-Q2")]


def test_the_files_own_mapping_stands_over_its_folders(placed):
    reading = placed(
        {
            "2025-26/mapping.yml": "term: Q2\nschool_year: 2025-26\nsubjects: {мат: Математика}\n",
            "2025-26/7 классы/выгрузка.xlsx.mapping.yml": "class: 7В\nterm: Q3\n",
        },
        PLAIN,
    )
    assert [(r.class_label, r.term, r.subject) for r in reading.records] == [
        ("7В", "2025-26-Q3", "Математика")
    ]


def test_a_folders_mapping_forces_no_layout_on_a_known_format(placed):
    rows = [["Ученик: Ёлкин Пётр"], ["Предмет", "1 четверть"], ["Алгебра", 5]]
    told = {"mapping.yml": "class: 7Б\nschool_year: 2025-26\nheader_row: 5\nname_column: C\n"}
    reading = placed(told, rows)
    assert reading.format == "netschool_marks"
    assert [r.value for r in reading.records] == [5]


def test_a_folder_above_data_raw_does_not_speak(tmp_path):
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (tmp_path / "data" / "mapping.yml").write_text("class: 7Б\n", "utf-8")
    assert mapping_paths(raw / "а.xlsx", raw) == ()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("header_row: третья", "нужно число"),
        ("skip_rows: [сверху]", "«сверху» не похоже на номера строк"),
        ("skip_rows: 8-5", "«8-5» не похоже на номера строк"),
        ("school_year: 2025", "«2025» не похоже на учебный год"),
        ("subjects: [A, B]", "другого вида"),
        ("class: 2025-99-99", "строка 1"),
    ],
)
def test_every_mistake_is_said_in_words_of_its_own(mapped, line, words):
    problem = mapped(line).problems[0]
    assert words in problem.found
    assert "Traceback" not in str(problem)


def test_a_mapping_that_is_not_utf8_is_told(tmp_path, xlsx):
    path = tmp_path / "выгрузка.xlsx"
    path.write_bytes(xlsx(ROWS))
    (tmp_path / "выгрузка.xlsx.mapping.yml").write_bytes("class: 7Б".encode("cp1251"))
    assert "UTF-8" in read_gradebook(path).problems[0].found


def test_a_column_of_names_may_be_told_by_its_header_without_the_row(mapped):
    rows = [["Отчёт"], ["кто", "Алгебра"], ["Ёлкин", 5], ["Грушина", 3]]
    reading = mapped("name_column: кто\nclass: 7Б\nschool_year: 2025-26\nterm: Q2\n", rows)
    assert [(r.pupil, r.value) for r in reading.records] == [("Ёлкин", 5), ("Грушина", 3)]


def test_a_mapping_without_a_layout_leaves_an_unknown_one_unknown(mapped, said):
    rows = [["что-то", "другое"], ["сдать", "до пятницы"]]
    reading = mapped("class: 7Б\nschool_year: 2025-26\nterm: Q2\n", rows)
    assert said(reading, "не опознано")
