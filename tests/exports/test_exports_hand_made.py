"""Tables and journals as teachers make them by hand: what a school analyst found to be misread.

Every expected mark is the one typed into the table a few lines above it.
"""

from __future__ import annotations

import datetime as dt

import pytest

from posanalytics.gradebook import Hints
from posanalytics.gradebook.findings import shown_caption
from posanalytics.gradebook.headers import is_service, role_of
from posanalytics.gradebook.read import read_gradebook
from posanalytics.gradebook.tokens import tokens

ELKIN, GRUSHINA, SLIVKIN = "Ёлкин Пётр", "Грушина Анна", "Сливкин Иван"
PUPILS = (ELKIN, GRUSHINA, SLIVKIN)
TERM = "7Б 1 четверть 2025-26.xlsx"
YEAR = "7Б 2025-26.xlsx"
SEPTEMBER = [dt.date(2025, 9, day) for day in (2, 9, 16)]


def of_first(reading):
    """Return subject and day or term → marks of the first pupil of the table."""
    found = {}
    for r in reading.records:
        if r.pupil == ELKIN:
            told = r.value if r.kind == "mark" else r.kind
            found.setdefault((r.subject, r.date or r.term[8:]), []).append(told)
    return found


def subjects(reading):
    return {record.subject for record in reading.records}


def kinds(reading):
    return {(r.subject, r.term[8:], r.kind, r.value) for r in reading.records}


def severities(reading, text):
    return {problem.severity for problem in reading.problems if text in str(problem)}


# Journals


def test_date_cells_over_marks_are_lessons_of_the_subject_of_the_sheet(xlsx, read):
    rows = [["ФИО", *SEPTEMBER], [ELKIN, 5, 4, 3], [GRUSHINA, 3, 3, 4]]
    reading = read(xlsx({"Физика": rows}), name=TERM)
    assert of_first(reading) == {
        ("Физика", "2025-09-02"): [5],
        ("Физика", "2025-09-09"): [4],
        ("Физика", "2025-09-16"): [3],
    }


def test_marks_of_the_first_pupil_are_no_subjects(xlsx, read):
    rows = [["№", "ФИО", *SEPTEMBER], [1, ELKIN, 5, "4 3", "2/4"], [2, GRUSHINA, 5, "4 3", "2/4"]]
    reading = read(xlsx({"Физика": rows}), name=YEAR)
    assert of_first(reading) == {
        ("Физика", "2025-09-02"): [5],
        ("Физика", "2025-09-09"): [4, 3],
        ("Физика", "2025-09-16"): [2, 4],
    }


@pytest.mark.parametrize("word", ["Тема", "Тема урока", "Вид работы", None])
def test_topics_under_the_days_are_no_subjects(xlsx, read, word):
    rows = [
        ["ФИО", *SEPTEMBER, "1 четв."],
        [word, "Сила", "Масса", "Контр. работа", None],
        [ELKIN, 5, 4, 3, 4],
        [GRUSHINA, 5, 4, 3, 4],
    ]
    reading = read(xlsx({"Физика": rows}), name=YEAR)
    assert subjects(reading) == {"Физика"}
    assert of_first(reading)["Физика", "Q1"] == [4]


def test_days_over_topics_without_a_subject_anywhere_are_asked_about(xlsx, read):
    rows = [["ФИО", *SEPTEMBER], ["Тема", "Сила", "Масса", "Ток"], [ELKIN, 5, 4, 3],
            [GRUSHINA, 5, 4, 3]]  # fmt: skip
    reading = read(xlsx(rows), name=TERM)
    assert reading.records == []
    assert severities(reading, "предмет") == {"error"}


def test_subjects_under_the_days_are_still_subjects(xlsx, read):
    rows = [["Ученик", *SEPTEMBER[:2]], [None, "Алгебра", "История"], [ELKIN, 5, 4],
            [GRUSHINA, 5, 4]]  # fmt: skip
    reading = read(xlsx(rows), name=YEAR)
    assert of_first(reading) == {("Алгебра", "2025-09-02"): [5], ("История", "2025-09-09"): [4]}


@pytest.mark.parametrize(
    "header", ["ФИО", "Фамилия Имя", "Фамилия, имя", "Ученик", "Список класса", "Ученик (ФИО)"]
)
@pytest.mark.parametrize("tail", [[], ["ср"], ["ср", "1ч"]])
def test_a_journal_is_read_whatever_stands_over_the_names(xlsx, read, header, tail):
    marks = {"ср": 4.25, "1ч": 4}
    rows = [["№", header, "1.10", "2.10", "8.10", "15.10", *tail]]
    rows += [[n, name, 5, 4, "Н", "3/5", *map(marks.get, tail)] for n, name in enumerate(PUPILS, 1)]
    reading = read(xlsx({"Химия": rows}), name=TERM)
    expected = {
        ("Химия", "2025-10-01"): [5],
        ("Химия", "2025-10-02"): [4],
        ("Химия", "2025-10-08"): ["absence"],
        ("Химия", "2025-10-15"): [3, 5],
    }
    assert of_first(reading) == expected | ({("Химия", "Q1"): [4]} if "1ч" in tail else {})
    assert [p for p in reading.problems if p.severity != "note"] == []


def test_a_label_names_a_subject_and_the_period_behind_it(xlsx, read):
    rows = [["Предмет: Химия, 1 четверть"], ["ФИО", "01.10", "02.10", "Итог"], [ELKIN, 5, 4, 4],
            [GRUSHINA, 5, 4, 4]]  # fmt: skip
    reading = read(xlsx(rows), name=YEAR)
    assert subjects(reading) == {"Химия"}
    assert of_first(reading)["Химия", "Q1"] == [4]


@pytest.mark.parametrize("title", ["Итог за 1 чет", "Итог за 1 четверть", "1 чтв"])
def test_a_total_of_a_named_quarter_is_the_mark_of_that_quarter(xlsx, read, title):
    rows = [["ФИО", "К/р", "Тест", title], [ELKIN, 5, 4, 3], [GRUSHINA, 5, 4, 3]]
    reading = read(xlsx({"История": rows}), name=YEAR)
    assert of_first(reading) == {("История", "Q1"): [3]}


def test_a_column_of_marks_that_is_left_out_is_a_warning(xlsx, read):
    rows = [["ФИО", "К/р 1", "Алгебра"], [ELKIN, 5, 4], [GRUSHINA, 3, 4]]
    reading = read(xlsx(rows), name=TERM)
    assert subjects(reading) == {"Алгебра"}
    assert severities(reading, "К/р 1") == {"warning"}


# Columns that are no subjects

SERVICE = [
    "Группа здоровья", "Вариант", "Группа", "Физ. группа", "Мед. группа", "Кружки", "Питание",
    "Уч-ся", "Класс.час", "Баллы ВПР", "ИТОГО баллов", "Кабинет", "Смена", "Уровень", "Проект",
    "Пробник", "Олимпиады", "Тех. чтения", "Доп. занятия", "Класс обуч.", "Год обучения",
]  # fmt: skip


@pytest.mark.parametrize("title", SERVICE)
def test_a_column_that_schools_keep_beside_marks_is_no_subject(xlsx, read, title):
    reading = read(xlsx([["ФИО", "Алгебра", title], [ELKIN, 4, 3], [GRUSHINA, 4, 3]]), name=TERM)
    assert kinds(reading) == {("Алгебра", "Q1", "mark", 4)}
    assert {problem.severity for problem in reading.problems} == {"note"}


@pytest.mark.parametrize(
    "title",
    ["Индивидуальный проект", "Физкультура (1 группа)", "Английский язык 2 группа", "Труд"],
)
def test_a_subject_that_resembles_such_a_column_stays_a_subject(title):
    assert (role_of(title), is_service(title)) == ("subject", False)


@pytest.mark.parametrize("title", ["Алгебра (прогноз)", "Математика пересдача", "Физика долг"])
def test_marks_that_do_not_count_are_named_and_left_out(xlsx, read, title):
    reading = read(xlsx([["ФИО", "Алгебра", title], [ELKIN, 4, 3], [GRUSHINA, 4, 3]]), name=TERM)
    assert kinds(reading) == {("Алгебра", "Q1", "mark", 4)}
    assert severities(reading, title) == {"warning"}


def test_an_unfamiliar_subject_is_loaded_with_one_warning_for_the_file(xlsx, read, said):
    rows = [["ФИО", "Алгебра", "Кактусы", "Макраме"], [ELKIN, 4, 3, 5], [GRUSHINA, 4, 3, 5]]
    reading = read(xlsx({"1": rows, "2": [rows[0], [SLIVKIN, 4, 3, 5]]}), name=TERM)
    assert subjects(reading) == {"Алгебра", "Кактусы", "Макраме"}
    (problem,) = said(reading, "Незнакомое название")
    assert "«Кактусы», «Макраме»" in problem.found
    assert "ignore" in problem.remedy


# Quarters beside each other


@pytest.mark.parametrize(
    ("under", "last"),
    [
        (["I", "II", "III", "IV", "год"], "Y"),
        ([1, 2, 3, 4, "Г"], "Y"),
        (["1", "2", "3", "4", "год"], "Y"),
        (["1ч", "2ч", "3ч", "4ч", "итог"], "F"),
        (["1 чтв", "2 чтв", "3 чтв", "4 чтв", "Год"], "Y"),
    ],
)
def test_terms_under_a_subject_may_be_written_in_many_ways(xlsx, read, under, last):
    rows = [
        ["№", "ФИО", "Русский язык", *[None] * 4, "Математика", *[None] * 4],
        [None, None, *under, *under],
        [1, ELKIN, 2, 3, 4, 5, 4, 5, 4, 3, 2, 3],
        [2, GRUSHINA, 2, 3, 4, 5, 4, 5, 4, 3, 2, 3],
    ]

    def merge(book):
        book.active.merge_cells("C1:G1")
        book.active.merge_cells("H1:L1")

    reading = read(xlsx(rows, merge), name=YEAR)
    terms = ["Q1", "Q2", "Q3", "Q4", last]
    russian = {("Русский язык", t): [m] for t, m in zip(terms, [2, 3, 4, 5, 4], strict=True)}
    maths = {("Математика", t): [m] for t, m in zip(terms, [5, 4, 3, 2, 3], strict=True)}
    assert of_first(reading) == russian | maths


def test_three_roman_numbers_under_a_subject_are_asked_about(xlsx, read):
    rows = [["ФИО", "Алгебра", None, None], [None, "I", "II", "III"], [ELKIN, 5, 4, 3],
            [GRUSHINA, 5, 4, 3]]  # fmt: skip
    reading = read(xlsx(rows, lambda book: book.active.merge_cells("B1:D1")), name=TERM)
    assert subjects(reading) & {"I", "II", "III"} == set()


def test_a_sheet_may_be_called_by_a_roman_quarter_among_others(xlsx, read):
    def rows(mark):
        return [["ФИО", "Алгебра"], [ELKIN, mark], [GRUSHINA, mark]]

    sheets = {"1 четв": rows(5), "2 четв.": rows(4), "III": rows(3)}
    assert of_first(read(xlsx(sheets), name=YEAR)) == {
        ("Алгебра", "Q1"): [5],
        ("Алгебра", "Q2"): [4],
        ("Алгебра", "Q3"): [3],
    }


# Means


@pytest.mark.parametrize("order", [("ср. балл", "1 четверть"), ("1 четверть", "ср. балл")])
def test_a_mean_without_a_period_takes_that_of_the_mark_beside_it(xlsx, read, order):
    values = [3.2 if word == "ср. балл" else 3 for word in order]
    rows = [["ФИО", "Алгебра", None, "Физика", None], [None, *order, *order],
            [ELKIN, *values, *values], [GRUSHINA, *values, *values]]  # fmt: skip

    def merge(book):
        book.active.merge_cells("B1:C1")
        book.active.merge_cells("D1:E1")

    assert kinds(read(xlsx(rows, merge), name=YEAR)) == {
        ("Алгебра", "Q1", "mark", 3),
        ("Алгебра", "Q1", "mean", 3.2),
        ("Физика", "Q1", "mark", 3),
        ("Физика", "Q1", "mean", 3.2),
    }


def test_the_columns_whose_period_nobody_names_are_named(xlsx, read, said):
    rows = [["ФИО", "Алгебра 1 четверть", "История"], [ELKIN, 5, 4], [GRUSHINA, 5, 4]]
    reading = read(xlsx(rows), name=YEAR)
    assert [p.cell for p in said(reading, "за какой период")] == ["C1"]


def test_a_mean_may_stand_before_its_subject(xlsx, read, said):
    rows = [["ФИО", "ср. балл", "Алгебра", "ср. балл", "Физика"], [ELKIN, 4.4, 4, 3.4, 3],
            [GRUSHINA, 4.4, 4, 3.4, 3]]  # fmt: skip
    reading = read(xlsx(rows), name=TERM)
    assert kinds(reading) == {
        ("Алгебра", "Q1", "mark", 4),
        ("Алгебра", "Q1", "mean", 4.4),
        ("Физика", "Q1", "mark", 3),
        ("Физика", "Q1", "mean", 3.4),
    }
    assert said(reading, "≠") == []


def test_a_whole_number_among_means_is_a_mean_and_is_told(xlsx, read, said):
    rows = [["ФИО", "Алгебра"], [ELKIN, 4.25], [GRUSHINA, 4], [SLIVKIN, 3.5]]
    reading = read(xlsx(rows), name=TERM)
    assert kinds(reading) == {
        ("Алгебра", "Q1", "mean", 4.25),
        ("Алгебра", "Q1", "mean", 4),
        ("Алгебра", "Q1", "mean", 3.5),
    }
    assert [p.cell for p in said(reading, "Среди средних баллов")] == ["B3"]


def test_a_column_of_whole_numbers_in_a_table_of_means_holds_means(xlsx, read):
    rows = [["ФИО", "Алгебра", "Физика", "Труд"], [ELKIN, 4.2, 3.4, 5], [GRUSHINA, 3.1, 4.5, 5]]
    assert {k for s, _, k, _ in kinds(read(xlsx(rows), name=TERM)) if s == "Труд"} == {"mean"}


def test_a_column_called_mean_holds_no_mark(xlsx, read):
    rows = [["ФИО", "Алгебра", "Ср. балл"], [ELKIN, 5, 4], [GRUSHINA, 4, 4.2]]
    reading = read(xlsx(rows), name=TERM)
    assert {(r.pupil, r.kind, r.value) for r in reading.records} == {
        (ELKIN, "mark", 5),
        (ELKIN, "mean", 4),
        (GRUSHINA, "mark", 4),
        (GRUSHINA, "mean", 4.2),
    }


@pytest.mark.parametrize("text", ["5.0", "5,0", "5.00"])
def test_a_mark_may_be_written_with_a_nought_behind_the_point(xlsx, read, text):
    rows = [["ФИО", "Алгебра"], [ELKIN, text], [GRUSHINA, "4"], [SLIVKIN, "3"]]
    assert of_first(read(xlsx(rows), name=TERM)) == {("Алгебра", "Q1"): [5]}


# Marks in words


@pytest.mark.parametrize(
    ("text", "mark"),
    [("отлично", 5), ("Хорошо", 4), ("удовлетворительно", 3), ("неудовлетворительно", 2),
     ("удовл.", 3), ("неуд", 2), ("5 (отл.)", 5), ("4 (хор)", 4), ("(4)", 4)],
)  # fmt: skip
def test_a_mark_may_be_written_as_a_word(text, mark):
    assert [(t.kind, t.value) for t in tokens(text, grid="term")] == [("mark", mark)]


@pytest.mark.parametrize("text", ["5 (хор.)", "3 (4)", "отличник"])
def test_what_contradicts_itself_is_no_mark(text):
    found = tokens(text, grid="term")
    assert [t.value for t in found if t.kind == "mark"] != [5]
    assert "unknown" in {t.kind for t in found}


def test_a_stop_behind_a_mark_of_a_term_is_told_and_left_out(xlsx, read):
    rows = [["ФИО", "Алгебра"], [ELKIN, "5."], [GRUSHINA, 4]]
    reading = read(xlsx(rows), name=TERM)
    assert of_first(reading) == {("Алгебра", "Q1"): [5]}
    assert severities(reading, "стоит точка") == {"note"}


def test_a_point_in_a_journal_is_a_debt_still():
    assert [t.kind for t in tokens("5 .", grid="current")] == ["mark", "debt"]


def test_pupils_may_be_numbered_in_the_cell_of_their_name(xlsx, read):
    rows = [["Список класса", "Алгебра"], [f"1. {ELKIN}", 5], [f"2) {GRUSHINA}", 4],
            [f"3. {SLIVKIN} (дом. обуч.)", 3]]  # fmt: skip
    reading = read(xlsx(rows), name=TERM)
    assert of_first(reading) == {("Алгебра", "Q1"): [5]}
    assert [r.value for r in reading.records] == [5, 4, 3]


# Classes


def classes(reading):
    return {record.class_label for record in reading.records}


SIMPLE = [["ФИО", "Алгебра"], [ELKIN, 4], [GRUSHINA, 5]]


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("Успеваемость 7 класс Ж за 1 четверть", "7Ж"),
        ("Класс 7 литера З, 1 четверть", "7З"),
        ("Успеваемость VII Е класса за 1 четверть", "7Е"),
        ("Успеваемость 7-ый З класса за 1 четверть", "7З"),
        ("Успеваемость 7 H класса за 1 четверть", "7Н"),
    ],
)
def test_a_class_may_be_written_in_many_ways(xlsx, read, title, label):
    assert classes(read(xlsx([[title], *SIMPLE]), name="2025-26.xlsx")) == {label}


def test_a_latin_letter_that_may_be_two_is_told(xlsx, read, said):
    reading = read(xlsx([['8 "B" класс'], *SIMPLE]), name="1 четверть 2025-26.xlsx")
    assert classes(reading) == {"8Б"}
    assert [p.severity for p in said(reading, "«8Б», и «8В»")] == ["warning"]


@pytest.mark.parametrize("russian", ["8Б", "8В"])
def test_a_latin_letter_is_settled_by_a_name_in_russian(xlsx, read, said, russian):
    rows = [['8 "B" класс'], *SIMPLE]
    reading = read(xlsx(rows), name=f"{russian} 1 четверть 2025-26.xlsx")
    assert classes(reading) == {russian}
    assert said(reading, "латинская") == []


def test_a_hint_that_only_repeats_the_latin_letter_of_the_name_settles_nothing(xlsx, read, said):
    hints = Hints(class_label="8Б")
    reading = read(xlsx(SIMPLE), name="8B 1 четверть 2025-26.xlsx", hints=hints)
    assert classes(reading) == {"8Б"}
    assert [p.severity for p in said(reading, "латинская")] == ["warning"]


def test_a_whole_year_group_is_no_class(xlsx, read):
    rows = [["Параллель 7-х, 1 четверть"], *SIMPLE]
    reading = read(xlsx(rows), name="2025-26.xlsx")
    assert (reading.records, severities(reading, "Не указан класс")) == ([], {"error"})


def test_a_class_beside_the_first_pupil_of_a_group_is_carried_down(xlsx, read, said):
    rows = [["Класс", "ФИО", "Алгебра"], ["9А", ELKIN, 5], [None, GRUSHINA, 4], ["9Б", SLIVKIN, 3]]
    reading = read(xlsx(rows), name="параллель 1 четверть 2025-26.xlsx")
    assert [(r.pupil, r.class_label) for r in reading.records] == [
        (ELKIN, "9А"),
        (GRUSHINA, "9А"),
        (SLIVKIN, "9Б"),
    ]
    assert [p.cell for p in said(reading, "у первого ученика группы")] == ["A3"]


def test_a_class_that_is_missing_among_repeated_ones_is_not_guessed(xlsx, read, said):
    rows = [["Класс", "ФИО", "Алгебра"], ["9А", ELKIN, 5], ["9А", GRUSHINA, 4], [None, SLIVKIN, 3]]
    reading = read(xlsx(rows), name="параллель 1 четверть 2025-26.xlsx")
    assert {r.pupil for r in reading.records} == {ELKIN, GRUSHINA}
    assert [p.severity for p in said(reading, "нет класса")] == ["warning"]


@pytest.mark.parametrize("name", ["5Б и 5В 1 четверть 2025-26.xlsx", "5Б 1 четверть 2025-26.xlsx"])
def test_several_classes_in_one_file_contradict_nothing(xlsx, read, said, name):
    rows = [["5Б"], *SIMPLE, ["5В"], ["ФИО", "Алгебра"], [SLIVKIN, 3]]
    reading = read(xlsx(rows), name=name)
    assert classes(reading) == {"5Б", "5В"}
    assert said(reading, "называют разное") == []


def test_a_sheet_and_a_file_of_different_classes_are_told(xlsx, read, said):
    reading = read(xlsx({"9В": SIMPLE}), name="9Б 1 четверть 2025-26.xlsx")
    assert [p.severity for p in said(reading, "называют разное")] == ["warning"]


def test_a_folder_before_the_name_of_the_file_hides_no_contradiction(xlsx, read, said):
    name = "2025-26/9Б 1 четверть.xlsx"
    reading = read(xlsx({"9В": SIMPLE}), name=name, hints=Hints("2025-26", "9Б"))
    assert [p.severity for p in said(reading, "называют разное")] == ["warning"]


def test_a_program_in_the_name_of_a_file_is_no_class(xlsx, read):
    name = "из 1С 1 четверть 2025-26.xlsx"
    assert severities(read(xlsx(SIMPLE), name=name), "Не указан класс") == {"error"}


# What may be shown


@pytest.mark.parametrize("title", ["Математика II", "Кол-во 5", "Баллы ВПР", "Фамилия Имя"])
def test_a_caption_of_school_words_is_shown(title):
    assert shown_caption(title) == title


@pytest.mark.parametrize("name", ["Ёлкин Пётр", "Примеров И", "Канарейкин", "Грушина 12"])
def test_a_caption_that_could_be_a_name_is_hidden(name):
    assert name not in shown_caption(name)


def test_a_word_that_schools_write_beside_marks_is_quoted(xlsx, read, said):
    rows = [["ФИО", "Алгебра"], [ELKIN, "4 исправлено"], [GRUSHINA, 4], [SLIVKIN, "к Пете"]]
    reading = read(xlsx(rows), name=TERM)
    (problem,) = said(reading, "Непонятная запись")
    assert "«4 исправлено»" in problem.found
    assert "Пете" not in str(problem)


def test_a_latin_letter_in_a_mapping_is_told_too(xlsx, tmp_path):
    path = tmp_path / "выгрузка.xlsx"
    path.write_bytes(xlsx(SIMPLE))
    text = "class: 8B\nschool_year: 2025-26\nterm: Q1\n"
    (tmp_path / "выгрузка.xlsx.mapping.yml").write_text(text, "utf-8")
    reading = read_gradebook(path)
    assert classes(reading) == {"8Б"}
    assert severities(reading, "латинская") == {"warning"}
