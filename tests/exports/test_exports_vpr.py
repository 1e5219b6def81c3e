"""Forms of ВПР: expected points are those written into the rows."""

from __future__ import annotations

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
TITLE = ["ВПР 2026 Математика 7 класс"]


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
    assert [s.pupil for s in reading.scores] == ["70002"]
    assert [p.cell for p in said(reading, "без результата")] == ["A3"]


def test_a_declared_count_that_is_not_reached_is_told(xlsx, read, said):
    rows = [TITLE, ["Школа | Кол-во участников: 3"], HEADER, [70002, "7А", 1, 1, 2, 3, 5, 4]]
    assert said(read(xlsx(rows)), "Прочитано результатов: 1, в файле объявлено участников: 3")


def test_the_form_for_collecting_is_explained(xlsx, read):
    rows = [
        ["Код", "Вариант (часть 1)", "1 (1б)", "Класс №", "Пол", "Итого баллов"],
        [40001, 1, 1, 1, "м", 1],
    ]
    reading = read(xlsx({"Протокол": rows}))
    assert reading.format == "vpr_protocol"
    assert "Ф1" in reading.problems[0].expected


def test_a_row_without_a_class_is_told_and_not_used(xlsx, read, said):
    rows = [TITLE, HEADER, [70001, "", 1, 1, 2, 3, 5, 4], [70002, "7А", 1, 1, 2, 3, 5, 4]]
    reading = read(xlsx(rows))
    assert [s.pupil for s in reading.scores] == ["70002"]
    assert [p.cell for p in said(reading, "нет класса")] == ["A3"]


def test_a_mark_that_is_none_is_told_and_the_points_kept(xlsx, read, said):
    reading = read(xlsx([TITLE, HEADER, [70001, "7А", 1, 1, 2, 3, 7, "ЪЪ"]]))
    assert [(s.raw, s.level, s.journal_mark) for s in reading.scores] == [(3, "", None)]
    assert said(reading, "«7», «ЪЪ»")


def test_a_form_without_subject_or_year_is_not_guessed(xlsx, read, said):
    row = [70001, "7А", 1, 1, 2, 3, 5, 4]
    assert said(read(xlsx([HEADER, row])), "Не указан предмет")
    assert said(read(xlsx([["Предмет:", "Математика"], HEADER, row])), "Не указан учебный год")
