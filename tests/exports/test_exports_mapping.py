"""The mapping file beside an export: says what the table does not, and is refused when wrong."""

from __future__ import annotations

import pytest

from posanalytics.gradebook import read_gradebook

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
        ("просто текст", "непонятны"),
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
