"""Lists of participants' codes and protocols of exams: expected values stand in the tables."""

from __future__ import annotations


def owners(reading):
    return {(c.code, c.subject): (c.pupil, c.class_label) for c in reading.codes}


def test_names_in_three_columns_are_put_together(xlsx, read):
    rows = [
        ["Код", "Имя", "Отчество", "Фамилия", "Класс"],
        [70001, "Пётр", "Примерович", "Ёлкин", "7А"],
    ]
    reading = read(xlsx(rows), name="коды 2025-26.xlsx")
    assert owners(reading) == {("70001", ""): ("Ёлкин Пётр Примерович", "7А")}


def test_every_subject_may_have_its_own_column_of_codes(xlsx, read):
    rows = [
        ["ФИО", "Класс", "Код (Математика)", "Русский язык код"],
        ["Ёлкин Пётр", "7А", 70001, 71001],
    ]
    reading = read(xlsx(rows), name="коды 2025-26.xlsx")
    assert owners(reading) == {
        ("70001", "Математика"): ("Ёлкин Пётр", "7А"),
        ("71001", "Русский язык"): ("Ёлкин Пётр", "7А"),
    }


def test_a_subject_may_stand_in_a_column(xlsx, read):
    rows = [
        ["ФИО", "Класс", "Предмет", "Код"],
        ["Ёлкин Пётр", "7А", "физика", 70001],
        ["Примеров Иван", "7А", "химия", 70001],
    ]
    reading = read(xlsx(rows), name="коды 2025-26.xlsx")
    assert owners(reading) == {
        ("70001", "Физика"): ("Ёлкин Пётр", "7А"),
        ("70001", "Химия"): ("Примеров Иван", "7А"),
    }


def test_a_code_of_two_pupils_is_told_and_used_for_neither(xlsx, read, said):
    rows = [
        ["ФИО", "Класс", "Код"],
        ["Ёлкин Пётр", "7А", 70001],
        ["Примеров Иван", "7А", 70001],
        ["Образцова Анна", "7А", 70003],
    ]
    reading = read(xlsx(rows), name="коды 2025-26.xlsx")
    assert set(owners(reading)) == {("70003", "")}
    assert [p.cell for p in said(reading, "Один код")] == ["C2, C3"]


def test_zeros_that_a_spreadsheet_drops_do_not_tell_codes_apart(xlsx, read):
    rows = [["ФИО", "Класс", "Код"], ["Ёлкин Пётр", "7А", "0070001"]]
    assert set(owners(read(xlsx(rows), name="коды 2025-26.xlsx"))) == {("70001", "")}


def test_the_class_of_the_file_name_serves_a_list_without_classes(xlsx, read):
    rows = [["ФИО", "Код"], ["Ёлкин Пётр", 70001]]
    reading = read(xlsx(rows), name="коды 7Б 2025-26.xlsx")
    assert owners(reading) == {("70001", ""): ("Ёлкин Пётр", "7Б")}


def test_a_list_without_class_or_year_is_not_guessed(xlsx, read, said):
    rows = [["ФИО", "Код"], ["Ёлкин Пётр", 70001]]
    assert said(read(xlsx(rows), name="коды 2025-26.xlsx"), "нет класса")
    assert said(read(xlsx(rows), name="коды 7Б.xlsx"), "Не указан учебный год")


def test_what_is_no_code_or_no_name_is_told(xlsx, read, said):
    rows = [
        ["ФИО", "Класс", "Код"],
        ["Ёлкин Пётр", "7А", "не знаю"],
        [None, "7А", 70002],
        ["Примеров Иван", "7А", 70003],
    ]
    reading = read(xlsx(rows), name="коды 2025-26.xlsx")
    assert set(owners(reading)) == {("70003", "")}
    assert [p.cell for p in said(reading, "что-то другое")] == ["C2"]
    assert [p.cell for p in said(reading, "Рядом с кодом нет имени")] == ["A3"]


def test_a_class_table_with_a_column_of_codes_is_no_list(xlsx, read):
    rows = [["Код", "ФИО", "Алгебра"], [1, "Ёлкин Пётр", 5], [2, "Примеров Иван", 4]]
    assert read(xlsx(rows)).format == "class_matrix"


EXAM = ["№", "Класс", "Фамилия", "Имя", "Отчество", "Задания с кратким ответом"]
EXAM += ["Задания с развёрнутым ответом", "Первичный балл", "Оценка"]
TITLES = [["Протокол проверки результатов ЕГЭ"], ["01 - Русский язык 2026.05.28"]]
WHO = ["11А", "Ёлкин", "Пётр", "Примерович"]


def exam(xlsx, *pupils):
    return xlsx([*TITLES, EXAM, *([n, *row] for n, row in enumerate(pupils, 1))])


def test_a_protocol_tells_the_exam_the_day_and_the_mark(xlsx, read):
    score = read(exam(xlsx, [*WHO, "++", "1(2)", 3, 4]), name="п.xlsx").scores[0]
    assert (score.instrument, score.date, score.school_year) == ("ЕГЭ", "2026-05-28", "2025-26")
    assert (score.pupil, score.class_label) == ("Ёлкин Пётр Примерович", "11А")
    assert (score.level, score.level_order) == ("4", 3)


def test_points_that_do_not_add_up_are_told(xlsx, read, said):
    reading = read(exam(xlsx, [*WHO, "++", "1(2)", 5, 4]), name="п.xlsx")
    assert reading.scores[0].raw == 5
    assert [p.cell for p in said(reading, "«5 ≠ 3,0»")] == ["H4"]


def test_answers_that_are_not_understood_leave_the_total_and_the_mark(xlsx, read, said):
    reading = read(exam(xlsx, [*WHO, "+?", "1(2)", 2, 3]), name="п.xlsx")
    assert [(s.scale, s.raw, s.level) for s in reading.scores] == [("total", 2, "3")]
    assert [p.cell for p in said(reading, "«+?»")] == ["F4"]


def test_a_participant_without_a_score_has_none(xlsx, read, said):
    reading = read(exam(xlsx, WHO, [*WHO[:1], "Примеров", "Иван", None, "+", None, 1, 3]))
    assert {s.pupil for s in reading.scores} == {"Примеров Иван"}
    assert [p.cell for p in said(reading, "без результата")] == ["C4"]


def test_an_exam_that_is_not_named_is_the_state_attestation(xlsx, read):
    rows = [["01 - Русский язык 2026.05.28"], EXAM, [1, *WHO, "++", "1(2)", 3, 4]]
    assert read(xlsx(rows), name="п.xlsx").scores[0].instrument == "ГИА"


def test_no_problem_of_a_protocol_names_a_pupil(xlsx, read):
    reading = read(exam(xlsx, [*WHO, "+?", "9(2)", 5, "Ёлкин"]), name="п.xlsx")
    assert reading.problems
    assert not any("лкин" in str(problem) for problem in reading.problems)
