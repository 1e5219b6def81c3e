"""Reports of Сетевой город, edu.tatar.ru, ЭлЖур, Дневник.ру and МЭШ, one mess per test."""

from __future__ import annotations

from posanalytics.gradebook import Hints

GRADES = ["Тип задания", "Тема задания", "Дата выполнения", "Дата выставления оценки", "Оценка"]
TOLD = [["Учебный год: 2025/2026"], ["Класс: 7Б"], ["Ученик: Ёлкин Пётр"], ["Предмет: Алгебра"]]


def test_the_day_of_the_lesson_is_taken_and_the_kind_of_work_kept(xlsx, read):
    rows = [*TOLD, GRADES, ["Контрольная работа", "Дроби", "05.09.25", "12.09.25", 4]]
    reading = read(xlsx(rows), name="оценки.xlsx")
    assert [(r.date, r.value, r.work) for r in reading.records] == [
        ("2025-09-05", 4, "Контрольная работа")
    ]


def test_a_list_of_works_without_a_subject_is_not_guessed(xlsx, read, said):
    rows = [*TOLD[:3], GRADES, ["Тест", "Дроби", "05.09.25", "12.09.25", 4]]
    reading = read(xlsx(rows), name="оценки.xlsx")
    assert reading.records == []
    assert said(reading, "Не указан предмет")[0].severity == "error"


def test_the_subject_of_a_list_may_come_from_its_folder(xlsx, read):
    rows = [*TOLD[:3], GRADES, ["Тест", "Дроби", "05.09.25", "12.09.25", 4]]
    reading = read(xlsx(rows), name="оценки.xlsx", hints=Hints(subject="Физика"))
    assert [r.subject for r in reading.records] == ["Физика"]


def test_a_lesson_outside_the_school_year_is_told_and_not_used(xlsx, read, said):
    rows = [*TOLD, GRADES, ["Тест", "Дроби", "05.09.24", "12.09.25", 4]]
    reading = read(xlsx(rows), name="оценки.xlsx")
    assert reading.records == []
    assert [p.cell for p in said(reading, "не попадает в 2025-26")] == ["C6"]


def test_the_mean_below_a_list_of_works_is_recomputed(xlsx, read, said):
    works = [["Тест", "", "05.09.25", "", 4], ["Тест", "", "08.09.25", "", 5]]
    rows = [*TOLD, GRADES, *works, ["Средняя оценка: 4,20"]]
    reading = read(xlsx(rows), name="оценки.xlsx")
    assert said(reading, "«4,20 ≠ 4,50»")


def test_a_name_in_place_of_a_kind_of_work_is_not_kept(xlsx, read):
    rows = [*TOLD, GRADES, ["Примеров Иван", "", "05.09.25", "", 4]]
    reading = read(xlsx(rows), name="оценки.xlsx")
    assert [r.work for r in reading.records] == [""]


LETTER = ["Предмет", "5", "4", "3", "2", "Ср.балл", "Оценка за период"]


def test_a_letter_to_parents_gives_mean_and_mark_and_says_that_days_are_missing(xlsx, read, said):
    rows = [*TOLD[:3], ["Период: 2 четверть"], LETTER, ["Алгебра", 1, 1, 1, None, "4,00", 4]]
    reading = read(xlsx(rows), name="письмо.xlsx")
    assert [(r.kind, r.value, r.term) for r in reading.records] == [
        ("mean", 4, "2025-26-Q2"),
        ("mark", 4, "2025-26-Q2"),
    ]
    assert said(reading, "не сказано, когда они поставлены")[0].severity == "note"


def test_a_count_that_is_no_number_is_told(xlsx, read, said):
    rows = [*TOLD[:3], ["Период: 2 четверть"], LETTER, ["Алгебра", 1, "два", 1, None, "4,00", 4]]
    reading = read(xlsx(rows), name="письмо.xlsx")
    assert reading.records == []
    assert [p.cell for p in said(reading, "вместо количества")] == ["C6"]


def test_the_totals_of_a_letter_are_recomputed(xlsx, read, said):
    marks = [["Алгебра", 1, 1, None, None, "4,50", 4], ["Физика", 2, None, None, None, "5,00", 5]]
    rows = [*TOLD[:3], ["Период: 2 четверть"], LETTER, *marks]
    reading = read(xlsx([*rows, ["Итого", 4, 1, 0, 0, "4,75", None]]), name="письмо.xlsx")
    # 1 + 2 fives are 3, not 4; (3 * 5 + 4) / 4 = 4.75 is right.
    assert [p.cell for p in said(reading, "Итог под таблицей")] == ["B8"]


DAYS = [[None, "01.09.2025", None], ["Ученик", "Алгебра", "История"]]


def test_a_blank_beside_a_full_date_is_the_same_day(xlsx, read):
    rows = [["Класс: 7Б"], *DAYS, ["Ёлкин Пётр", 5, 4]]
    reading = read(xlsx(rows), name="отчёт.xlsx")
    assert reading.format == "netschool_days"
    assert [(r.subject, r.date) for r in reading.records] == [
        ("Алгебра", "2025-09-01"),
        ("История", "2025-09-01"),
    ]


def test_namesakes_by_days_are_left_out(xlsx, read, said):
    rows = [["Класс: 7Б"], *DAYS, ["Ёлкин Пётр", 5, 4], ["Елкин Петр", 3, 3]]
    reading = read(xlsx(rows), name="отчёт.xlsx")
    assert (reading.records, reading.listed) == ([], [])
    assert said(reading, "одинаковыми")


def test_a_note_before_a_name_is_told(xlsx, read, said):
    days = [[None, None, "01.09.2025", None], [None, "Ученик", "Алгебра", "История"]]
    rows = [["Класс: 7Б"], *days, ["надомник", "Ёлкин Пётр", 5, 4]]
    reading = read(xlsx(rows), name="отчёт.xlsx")
    assert len(reading.records) == 2
    assert [p.cell for p in said(reading, "В столбце без заголовка")] == ["A3"]


STACK = [
    ["7-А"],
    [None, "Алгебра", None],
    [None, "1 четверть", "2 четверть"],
    ["Ёлкин Пётр Примерович", 5, 4],
]


def test_classes_below_each_other_keep_their_pupils_apart(xlsx, read):
    second = [["7-Б"], *STACK[1:3], ["Ёлкин Пётр Примерович", 2, 3]]
    reading = read(xlsx([*STACK, [], *second]), name="итоги 2025-26.xlsx")
    assert {(r.class_label, r.term, r.value) for r in reading.records} == {
        ("7А", "2025-26-Q1", 5),
        ("7А", "2025-26-Q2", 4),
        ("7Б", "2025-26-Q1", 2),
        ("7Б", "2025-26-Q2", 3),
    }


def test_stacked_classes_without_a_school_year_are_not_guessed(xlsx, read, said):
    reading = read(xlsx(STACK), name="итоги.xlsx")
    assert (reading.format, reading.records) == ("finals_stacked", [])
    assert said(reading, "Не указан учебный год")


def test_a_total_below_a_stacked_class_is_recomputed(xlsx, read, said):
    rows = [*STACK, ["Образцова Анна", 3, 4], ["Средний балл", "4,00", "4,50"]]
    reading = read(xlsx(rows), name="итоги 2025-26.xlsx")
    assert [p.cell for p in said(reading, "«4,50 ≠ 4,00»")] == ["C6"]


def test_a_mean_in_a_stacked_class_is_recomputed(xlsx, read, said):
    rows = [
        ["7-А"],
        [None, "Алгебра", None, "Ср. балл"],
        [None, "1 четверть", "2 четверть", None],
        ["Ёлкин Пётр", 5, 4, "4,00"],
    ]
    reading = read(xlsx(rows), name="итоги 2025-26.xlsx")
    assert [r.value for r in reading.records] == [5, 4]
    assert [p.cell for p in said(reading, "«4,00 ≠ 4,50»")] == ["D4"]


def test_rows_of_classes_are_explained_even_without_the_title(xlsx, read, said):
    rows = [["Класс", "Качество"], ["7а", "67,3%"], ["7б", "н/д"], ["итог", "67,3%"]]
    reading = read(xlsx(rows), name="отчёт 2025-26.xlsx")
    assert (reading.format, reading.records, reading.listed) == ("edutatar_school", [], [])
    assert "по каждому классу" in said(reading, "а не ученики")[0].remedy


def test_misses_are_explained_even_without_class_and_pupil(xlsx, read, said):
    rows = [["Предмет", "b", "u", "n"], ["Алгебра", 2, 1, 0], [None, 2, 1, 1]]
    reading = read(xlsx(rows), name="пропуски.xlsx")
    assert (reading.format, reading.records) == ("eljur_misses", [])
    assert said(reading, "дни пропусков не указаны")[0].severity == "error"
    assert [p.cell for p in said(reading, "Итог под таблицей")] == ["D3"]


LIST = ["ФИО", "Предмет", "Средний балл", "Средневзвешенный балл", "Итоговая оценка"]


def test_a_name_written_once_for_its_subjects_holds_for_all_of_them(xlsx, read, marks):
    rows = [LIST, ["Ёлкин Пётр", "Алгебра", None, None, 4], [None, "Физика", None, None, 5]]
    reading = read(xlsx(rows), name="7Б 1 четверть 2025-26.xlsx")
    assert marks(reading) == {
        ("Ёлкин Пётр", "Алгебра", "2025-26-Q1"): 4,
        ("Ёлкин Пётр", "Физика", "2025-26-Q1"): 5,
    }


def test_a_list_with_a_column_of_classes_needs_no_class_in_its_title(xlsx, read):
    rows = [["ФИО", "Класс", "Предмет", "Средний балл", "Итоговая оценка"]]
    rows += [
        ["Ёлкин Пётр", "7-А", "Алгебра", "4,50", 5],
        ["Примеров Иван", "", "Алгебра", "3,1", 3],
    ]
    reading = read(xlsx(rows), name="1 четверть 2025-26.xlsx")
    assert [(r.pupil, r.class_label) for r in reading.records] == [("Ёлкин Пётр", "7А")] * 2


def test_no_problem_of_these_reports_names_a_pupil(xlsx, read):
    files = {
        "дни 7Б.xlsx": [*DAYS, ["Ёлкин Пётр", "Примеров", 4], ["Елкин Петр", 3, "Иван"]],
        "стопка 2025-26.xlsx": [*STACK, ["Примеров", "Ёлкин", 3]],
        "список 7Б 1 четверть 2025-26.xlsx": [LIST, ["Ёлкин Пётр", "Алгебра", "Пётр", "", "Ёлкин"]],
    }
    for name, rows in files.items():
        told = "\n".join(map(str, read(xlsx(rows), name=name).problems))
        assert told
        assert not any(word in told for word in ("лкин", "Пётр", "Примеров", "Иван"))


def test_the_school_year_of_a_list_of_works_is_that_of_its_lessons(xlsx, read):
    from datetime import date

    rows = [*TOLD[1:], GRADES, ["Тест", "Дроби", date(2025, 9, 5), "", 4]]
    reading = read(xlsx(rows), name="оценки.xlsx")
    assert [(r.school_year, r.date) for r in reading.records] == [("2025-26", "2025-09-05")]


def test_a_signature_below_a_letter_is_no_subject(xlsx, read, said):
    rows = [*TOLD[:3], ["Период: 2 четверть"], LETTER, ["Алгебра", 1, None, None, None, "5,00", 5]]
    reading = read(xlsx([*rows, ["Ознакомлен", "____"]]), name="письмо.xlsx")
    assert {r.subject for r in reading.records} == {"Алгебра"}
    assert [p.cell for p in said(reading, "ни ученика, ни предмета")] == ["B7"]


def test_a_day_of_another_school_year_over_a_class_is_told(xlsx, read, said):
    rows = [["Класс: 7Б"], ["Учебный год: 2025/2026"], [None, "01.09.2025", "01.09.2024"]]
    rows += [["Ученик", "Алгебра", "История"], ["Ёлкин Пётр (выбыл 02.09)", 5, 4]]
    reading = read(xlsx(rows), name="отчёт.xlsx")
    assert [r.subject for r in reading.records] == ["Алгебра"]
    assert [p.cell for p in said(reading, "не попадает в 2025-26")] == ["C5"]
    assert said(reading, "с пометкой о выбытии")


def test_rows_without_a_name_are_told_wherever_classes_stand(xlsx, read, said):
    days = read(xlsx([["Класс: 7Б"], *DAYS, ["Ёлкин Пётр", 5, 4], ["", 3, 3]]), name="отчёт.xlsx")
    stack = read(xlsx([*STACK, [None, 3, 3], ["по приказу директора"]]), name="итоги 2025-26.xlsx")
    assert [p.cell for p in said(days, "не понятно, чьи")] == ["B5"]
    assert [p.cell for p in said(stack, "не понятно, чьи")] == ["B5"]
    assert [p.cell for p in said(stack, "ни ученика, ни предмета")] == ["A6"]


def test_a_list_without_a_subject_in_a_row_is_told(xlsx, read, said):
    rows = [LIST, ["Ёлкин Пётр", None, "4,50", None, 5], ["Примеров Иван", "Алгебра", "3", None, 3]]
    reading = read(xlsx(rows), name="7Б 1 четверть 2025-26.xlsx")
    assert {r.pupil for r in reading.records} == {"Примеров Иван"}
    assert said(reading, "Не указан предмет")


def test_a_mean_behind_the_summary_is_recomputed(xlsx, read, said):
    rows = [
        ["Учебный год: 2025/2026"],
        ["Класс: 7б"],
        ["№", "ФИО ученика", None, "Алгебра", "История", "Ср. балл"],
        [1, "Ёлкин Пётр", "1 четверть", 5, 4, "4,50"],
        [None, None, "2 четверть", 4, 3, "4,00"],
    ]
    reading = read(xlsx(rows), name="отчёт.xlsx")
    assert [p.cell for p in said(reading, "«4,00 ≠ 3,50»")] == ["F5"]


def test_a_summary_that_repeats_its_header_and_names_is_read_once(xlsx, read, said):
    head = ["№", "ФИО ученика", "Период", "Алгебра"]
    rows = [["Учебный год: 2025/2026"], ["Класс: 7б"], head]
    rows += [[1, "Ёлкин Пётр", "1 четверть", 5], [1, "Ёлкин Пётр", "2 четверть", 4]]
    rows += [head, [2, "Примеров Иван", "1 четверть", 3], [2, "Примеров Иван", "2 четверть", 3]]
    reading = read(xlsx([*rows, [None, "Секретарь", None, None]]), name="отчёт.xlsx")
    assert [x.pupil for x in reading.listed] == ["Ёлкин Пётр", "Примеров Иван"]
    assert [r.value for r in reading.records] == [5, 4, 3, 3]
    assert [p.cell for p in said(reading, "ни ученика, ни предмета")] == ["B9"]


def test_what_stands_below_a_list_of_works_is_told(xlsx, read, said):
    works = [["Тест", "", "05.09.25", "", 4], ["Всего работ: 1"], ["по приказу директора"]]
    reading = read(xlsx([*TOLD, GRADES, *works]), name="оценки.xlsx")
    assert [r.value for r in reading.records] == [4]
    assert [p.cell for p in said(reading, "пропущены без проверки")] == ["A7"]
    assert [p.cell for p in said(reading, "ни ученика, ни предмета")] == ["A8"]


def test_a_pupil_of_a_stacked_class_who_left_is_read_and_told(xlsx, read, said):
    rows = [*STACK[:3], ["Ёлкин Пётр (выбыл 12.10)", 5, 4]]
    reading = read(xlsx(rows), name="итоги 2025-26.xlsx")
    assert [(x.pupil, x.note) for x in reading.listed] == [("Ёлкин Пётр", "выбыл 12.10")]
    assert said(reading, "с пометкой о выбытии")


def test_a_mark_that_is_not_understood_leaves_the_others(xlsx, read, said):
    rows = [*STACK[:3], ["Ёлкин Пётр", 5, "ЪЪЪЪ"]]
    reading = read(xlsx(rows), name="итоги 2025-26.xlsx")
    assert [r.value for r in reading.records] == [5]
    assert [p.cell for p in said(reading, "Непонятная запись")] == ["C4"]


def test_sheets_without_their_table_are_told_beside_those_with_it(xlsx, read, said):
    letter = [["Приказ о переводе"]]
    for table, name in (
        ([["Класс: 7Б"], *DAYS, ["Ёлкин Пётр", 5, 4]], "отчёт.xlsx"),
        ([LIST, ["Ёлкин Пётр", "Алгебра", "4,50", "", 5]], "7Б 1 четверть 2025-26.xlsx"),
        (STACK, "итоги 2025-26.xlsx"),
    ):
        reading = read(xlsx({"Отчёт": table, "Письмо": letter}), name=name)
        assert reading.records
        assert [p.sheet for p in said(reading, "не найдена таблица")] == ["Письмо"]


def test_a_list_whose_term_is_not_named_is_not_guessed(xlsx, read, said):
    rows = [LIST, ["Ёлкин Пётр", "Алгебра", "4,50", "", 5]]
    reading = read(xlsx(rows), name="7Б 2025-26.xlsx")
    assert (reading.format, reading.records) == ("dnevnik_list", [])
    assert said(reading, "за какой период")[0].severity == "error"


def test_rows_of_a_list_without_a_name_are_told(xlsx, read, said):
    rows = [LIST, [None, None, "4,50", None, 5], ["Ёлкин Пётр", "Алгебра", "4,50", None, 5]]
    reading = read(xlsx(rows), name="7Б 1 четверть 2025-26.xlsx")
    assert [r.value for r in reading.records] == [4.5, 5]
    assert [p.cell for p in said(reading, "не понятно, чьи")] == ["C2"]
