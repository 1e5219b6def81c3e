"""Сетевой город, StudentGrades: works of a pupil in one subject, two dates (FORMATS.md 1.3)."""

from __future__ import annotations

from layouts.books import captions, cells, page, table
from layouts.layout import Layout

_HEAD = cells(
    "Тип задания", "Тема задания", "Дата выполнения", "Дата выставления оценки", "Оценка", tag="th"
)
_TOLD = captions(
    year="2025/2026",
    label="7б",
    period="с 01.09.2025 по 26.10.2025",
    subject="Алгебра",
    pupil="Ёлкин Пётр",
)

_PAGE = page(
    "<h3>Отчет об успеваемости ученика по предмету</h3>",
    _TOLD,
    table(
        _HEAD,
        cells("Контрольная работа", "Дроби", "05.09.25", "12.09.25", 4),
        cells("Ответ на уроке", "Дроби", "08.09.2025", "08.09.2025", 5),
        cells("Домашнее задание", "Степени", "10.09.2025", "", ""),
        cells("Ответ на уроке", "Степени", "15.09.2025", "15.09.2025", "УП"),
        cells("Самостоятельная работа", "Степени", "", "19.09.2025", 3),
    ),
    "<p>Средняя оценка: 4,50</p>",
)

_TWO_SUBJECTS = page(
    _TOLD,
    table(_HEAD, cells("Контрольная работа", "Дроби", "05.09.25", "12.09.25", 4)),
    captions(subject="Физика"),
    table(_HEAD, cells("Лабораторная работа", "Весы", "16.09.25", "16.09.25", 5)),
)

LAYOUTS = (
    Layout(
        title="Сетевой город, StudentGrades, дата урока и дата выставления",
        file="Оценки.xls",
        data=_PAGE,
        format="netschool_grades",
        marks={
            ("Ёлкин Пётр", "Алгебра", "2025-09-05"): (4.0,),
            ("Ёлкин Пётр", "Алгебра", "2025-09-08"): (5.0,),
            ("Ёлкин Пётр", "Алгебра", "2025-09-15"): ("absence",),
        },
        problems=("Не указана дата урока", "Столбец «Тема задания»"),
    ),
    Layout(
        title="Сетевой город, StudentGrades, два предмета на странице",
        file="Оценки.xls",
        data=_TWO_SUBJECTS,
        format="netschool_grades",
        marks={
            ("Ёлкин Пётр", "Алгебра", "2025-09-05"): (4.0,),
            ("Ёлкин Пётр", "Физика", "2025-09-16"): (5.0,),
        },
    ),
)
