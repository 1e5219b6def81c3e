"""Forms of ВПР: expected points are those written into the rows."""

from __future__ import annotations

from posanalytics.gradebook.mapping import Mapping

HEADER = [
    "Код участника",
    "Класс",
    "Вариант",
    "1 (1б)",
    "2К1 (2б)",
    "Первичный балл",
    "Отметка",
    "Отметка по журналу",
]
PROTOCOL = ["Код", "Вариант", "1 (1б)", "2 (3б)", "Класс №", "Итого баллов"]
TITLE = ["ВПР 2026 Математика 7 класс"]


def totals(reading):
    """Return the scores of whole tests."""
    return [score for score in reading.scores if score.scale == "total"]


def test_the_year_of_the_title_is_the_spring(xlsx, read):
    score = read(xlsx([TITLE, HEADER, [70001, "7А", 1, 1, 2, 3, 5, 4]])).scores[0]
    assert (score.school_year, score.subject, score.maximum) == ("2025-26", "Математика", 1 + 2)


def test_a_total_that_is_not_the_sum_of_tasks_is_told(xlsx, read, said):
    reading = read(xlsx([TITLE, HEADER, [70001, "7А", 1, 1, "Х", 3, 5, 4]]))
    assert [p.cell for p in said(reading, "«3 ≠ 1,0»")] == ["F3"]
    assert reading.scores[0].raw == 3


def test_more_points_than_the_task_gives_are_told(xlsx, read, said):
    reading = read(xlsx([TITLE, HEADER, [70001, "7А", 1, 4, 2, 6, 5, 4]]))
    assert [p.cell for p in said(reading, "«4»")] == ["D3"]


def test_absent_participants_are_no_zero(xlsx, read, said):
    rows = [TITLE, HEADER, [70001, "7А", "не присутствовал"], [70002, "7А", 1, 1, 2, 3, 5, 4]]
    reading = read(xlsx(rows))
    assert [s.code for s in totals(reading)] == ["70002"]
    assert [p.cell for p in said(reading, "без результата")] == ["A3"]


def test_a_declared_count_that_is_not_reached_is_told(xlsx, read, said):
    rows = [TITLE, ["Школа | Кол-во участников: 3"], HEADER, [70002, "7А", 1, 1, 2, 3, 5, 4]]
    assert said(read(xlsx(rows)), "Прочитано результатов: 1, в файле объявлено участников: 3")


def test_a_row_without_a_class_is_told_and_not_used(xlsx, read, said):
    rows = [TITLE, HEADER, [70001, "", 1, 1, 2, 3, 5, 4], [70002, "7А", 1, 1, 2, 3, 5, 4]]
    reading = read(xlsx(rows))
    assert [s.code for s in totals(reading)] == ["70002"]
    assert [p.cell for p in said(reading, "нет класса")] == ["A3"]


def test_a_mark_that_is_none_is_told_and_the_points_kept(xlsx, read, said):
    reading = read(xlsx([TITLE, HEADER, [70001, "7А", 1, 1, 2, 3, 7, "ЪЪ"]]))
    assert [(s.raw, s.level, s.journal_mark) for s in totals(reading)] == [(3, "", None)]
    assert said(reading, "«7», «ЪЪ»")


def test_a_form_without_subject_or_year_is_not_guessed(xlsx, read, said):
    row = [70001, "7А", 1, 1, 2, 3, 5, 4]
    assert said(read(xlsx([HEADER, row]), name="Ф1.xlsx"), "Не указан предмет")
    titled = xlsx([["Предмет:", "Математика"], HEADER, row])
    assert said(read(titled, name="Ф1.xlsx"), "Не указан учебный год")


def test_a_form_without_a_column_of_classes_is_of_the_class_in_the_file_name(xlsx, read):
    rows = [TITLE, ["Код участника", "1 (1б)", "Первичный балл"], [70001, 1, 1]]
    assert totals(read(xlsx(rows), name="Ф1 7Б.xlsx"))[0].class_label == "7Б"


def test_a_form_that_names_only_the_parallel_is_of_the_parallel(xlsx, read):
    rows = [TITLE, ["Код участника", "1 (1б)", "Первичный балл"], [70001, 1, 1]]
    assert totals(read(xlsx(rows), name="Ф1.xlsx"))[0].class_label == "7"


def test_a_letter_is_a_class_of_the_parallel_in_the_title(xlsx, read):
    reading = read(xlsx([TITLE, HEADER, [70001, "«б»", 1, 1, 2, 3, 5, 4]]))
    assert totals(reading)[0].class_label == "7Б"


def test_a_mark_of_the_test_is_a_level_with_its_rank(xlsx, read):
    rows = [[70001 + n, "7А", 1, 1, 2, 3, mark, 4] for n, mark in enumerate((2, 5))]
    found = [(s.level, s.level_order) for s in totals(read(xlsx([TITLE, HEADER, *rows])))]
    assert found == [("2", 1), ("5", 4)]


def test_tasks_with_one_number_count_in_the_total_only(xlsx, read, said):
    header = ["Код участника", "Класс", "1 (1б)", "1 (2б)", "Первичный балл"]
    reading = read(xlsx([TITLE, header, [70001, "7А", 1, 2, 3]]))
    assert [(s.scale, s.raw) for s in reading.scores] == [("total", 3)]
    assert [p.cell for p in said(reading, "одинаковым номером")] == ["C2, D2"]


def test_a_protocol_with_class_numbers_and_no_list_of_classes_is_not_guessed(xlsx, read, said):
    rows = [PROTOCOL, [40001, 1, 1, 2, 1, 3], [40002, 1, 1, 2, 2, 3]]
    reading = read(xlsx({"Протокол": rows}), name="ВПР 2026 Химия.xlsx")
    assert reading.scores == []
    assert [p.cell for p in said(reading, "порядковым номером")] == ["E2, E3"]


def test_the_only_class_number_of_a_protocol_is_the_class_of_the_file_name(xlsx, read):
    data = xlsx({"Протокол": [PROTOCOL, [40001, 1, 1, 2, 1, 3]]})
    assert totals(read(data, name="ВПР 2026 Химия 8А.xlsx"))[0].class_label == "8А"


def test_classes_without_numbers_are_numbered_in_their_order(xlsx, read):
    rows = [PROTOCOL, [40001, 1, 1, 2, 2, 3]]
    data = xlsx({"Протокол": rows, "Классы": [["Список классов"], ["8А"], ["8Б"]]})
    assert totals(read(data, name="ВПР 2026 Химия.xlsx"))[0].class_label == "8Б"


def test_a_total_that_the_protocol_prints_is_checked(xlsx, read, said):
    data = xlsx({"Протокол": [PROTOCOL, [40001, 1, 1, 2, "8А", 4]]})
    reading = read(data, name="ВПР 2026 Химия.xlsx")
    assert totals(reading)[0].raw == 4
    assert [p.cell for p in said(reading, "«4 ≠ 3,0»")] == ["F2"]


def test_an_absent_participant_of_a_protocol_has_no_result_whatever_is_written(xlsx, read, said):
    rows = [PROTOCOL, [40001, "отсутствовал", 1, 2, "8А", 3], [40002, 1, 0, 0, "8А", 0]]
    reading = read(xlsx({"Протокол": rows}), name="ВПР 2026 Химия.xlsx")
    assert {(s.code, s.scale, s.raw) for s in reading.scores} == {
        ("40002", "total", 0),
        ("40002", "1", 0),
        ("40002", "2", 0),
    }
    assert [p.cell for p in said(reading, "без результата")] == ["A2"]


def test_a_sum_over_a_cell_that_is_not_understood_is_not_computed(xlsx, read, said):
    rows = [PROTOCOL, [40001, 1, 1, "два", "8А", "=SUM(C2:D2)"]]
    reading = read(xlsx({"Протокол": rows}), name="ВПР 2026 Химия.xlsx")
    assert [(s.scale, s.raw) for s in reading.scores] == [("1", 1)]
    assert [p.cell for p in said(reading, "«два»")] == ["D2"]


def test_a_protocol_without_a_subject_is_not_guessed(xlsx, read, said):
    data = xlsx({"Протокол": [PROTOCOL, [40001, 1, 1, 2, "8А", 3]]})
    reading = read(data, name="Протокол 2026.xlsx")
    assert reading.scores == []
    assert said(reading, "Не указан предмет")


def test_a_mapping_file_may_tell_subject_class_and_year_of_a_protocol(xlsx, read):
    data = xlsx({"Протокол": [["Код", "Вариант", "1 (1б)"], [40001, 1, 1]]})
    mapping = Mapping.model_validate(
        {"subject": "химия", "class": "8 «А»", "school_year": "2025/26"}
    )
    [score] = totals(read(data, name="протокол.xlsx", mapping=mapping))
    assert (score.subject, score.class_label, score.school_year) == ("Химия", "8А", "2025-26")


def test_points_without_a_code_are_told(xlsx, read, said):
    rows = [TITLE, HEADER, [None, "7А", 1, 1, 2, 3, 5, 4], [70002, "7А", 1, 1, 2, 3, 5, 4]]
    reading = read(xlsx(rows))
    assert {s.code for s in reading.scores} == {"70002"}
    assert [p.severity for p in said(reading, "нет кода участника")] == ["warning"]


def test_a_header_repeated_on_the_next_page_is_the_same_test(xlsx, read):
    first, second = [70001, "7А", 1, 1, 2, 3, 5, 4], [70002, "7А", 1, 0, 1, 1, 2, 3]
    reading = read(xlsx([TITLE, HEADER, first, HEADER, second]))
    assert [(s.code, s.subject) for s in totals(reading)] == [
        ("70001", "Математика"),
        ("70002", "Математика"),
    ]
