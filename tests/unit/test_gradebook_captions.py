"""Captions as schools write them: the expected class, year and term are those a person reads."""

from __future__ import annotations

import pytest

from posanalytics.gradebook.captions import class_in, in_name, period_of, term_in, year_in
from posanalytics.gradebook.headers import is_footer, is_name_header, is_person, role_of, subject_of


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("Успеваемость 7 «Б» класса", "7Б"),
        ("7б", "7Б"),
        ("Класс 10-А, 2 четверть", "10А"),
        ("Отчёт по 5 классу", "5"),
        ("Ведомость 11 а класса", "11А"),
        ("7B", "7Б"),
        ("2 ч. 2025 г.", None),
        ("за 2 четверть 2025/2026 уч. года", None),
        ("Дата печати 5.12.2025", None),
        ("с 5 в кабинете", None),
        ("Лист1", None),
    ],
)
def test_a_class_is_found_in_a_title(text, label):
    assert class_in(text) == label


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("за II четверть 2025/2026 учебного года", "Q2"),
        ("Первое полугодие", "H1"),
        ("2-е полугодие", "H2"),
        ("3 трим.", "T3"),
        ("четверть 4", "Q4"),
        ("за 1-ю четверть", "Q1"),
        ("Годовые отметки", "Y"),
        ("2025/2026 учебный год", None),
        ("7 «Б» класс", None),
        ("Учебный год: 2025-2026", None),
    ],
)
def test_a_term_is_found_in_a_title(text, term):
    assert term_in(text) == term


@pytest.mark.parametrize(
    ("text", "year"),
    [
        ("2025/2026", "2025-26"),
        ("2025–26 уч. год", "2025-26"),
        ("Период: с 01.09.2025 по 26.10.2025", "2025-26"),
        ("с 12.01.2026 по 27.03.2026", "2025-26"),
        ("2025 год", None),
    ],
)
def test_a_school_year_is_found_in_a_title(text, year):
    assert year_in(text) == year


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("7Б_2_четверть_2025-26.xlsx", ("2025-26", "7Б", "Q2")),
        ("2025_2026 5а 1ч.csv", ("2025-26", "5А", "Q1")),
        ("8В Q3 2024-25.xls", ("2024-25", "8В", "Q3")),
        ("Отчет об успеваемости.xls", (None, None, None)),
    ],
)
def test_a_file_name_tells_what_it_tells(name, expected):
    assert in_name(name)[:3] == expected


@pytest.mark.parametrize(
    ("text", "suffix"),
    [
        ("Год. оценка", "Y"), ("Экз. оценка", "E"), ("Итог. оценка", "F"), ("ОГЭ", "E"),
        ("IV четверть", "Q4"), ("Средняя оценка", None), ("2 п/г", "H2"),
    ],
)  # fmt: skip
def test_a_period_caption_is_understood(text, suffix):
    assert period_of(text) == suffix


@pytest.mark.parametrize(
    "text",
    [
        "Средний балл",
        "Качество знаний, %",
        "СОУ, %",
        "% успеваемости",
        "Успеваемость",
        "«5»",
        "На «4»",
        "Итого",
        "Всего",
        "Отличников: 3",
        "Классный руководитель",
        "Кол-во 5",
    ],
)
def test_totals_are_no_pupils(text):
    assert is_footer(text)


@pytest.mark.parametrize(
    "text", ["Успенский Иван", "Всеволожский Пётр", "Осветов Иван Ильич", "Средин Лев"]
)
def test_pupils_are_no_totals(text):
    assert is_person(text)
    assert not is_footer(text)


@pytest.mark.parametrize(
    "text",
    [
        "ФИО",
        "Ф.И.О.",
        "ФИО ученика",
        "Фамилия, имя",
        "Ученик",
        "Фамилия Имя Отчество",
        "Список учащихся",
        "Фамилия, имя ученика",
    ],
)
def test_headers_over_names_are_known(text):
    assert is_name_header(text)


@pytest.mark.parametrize("text", ["Имидж", "История", "Средний балл", "Ученик месяца — стенгазета"])
def test_other_headers_are_not_over_names(text):
    assert not is_name_header(text)


@pytest.mark.parametrize(
    "text",
    [
        "Алгебра",
        "Вероятность и статистика",
        "Марийский язык",
        "Труд (технология)",
        "Физическая культура",
        "ИЗО",
        "ОБЗР",
        "Английский язык",
        "География",
        "Математика",
        "Родной язык",
        "Основы духовно-нравственной культуры народов России",
    ],
)
def test_subjects_are_subjects(text):
    assert role_of(text) == "subject"


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Алгебра (1 гр.)", "Алгебра"),
        ("английский язык 2 группа", "Английский язык"),
        ("Труд (технология)", "Труд (технология)"),
        ("Физкультура (девочки)", "Физкультура"),
        ("Англ. яз. гр. 1", "Англ. яз."),
    ],
)
def test_a_subgroup_is_taken_off_its_subject(text, subject):
    assert subject_of(text) == subject
