"""Google Classroom, the layout that is believed (FORMATS.md 6.5)."""

from __future__ import annotations

from layouts.layout import Layout
from posanalytics.gradebook import Hints

_TABLE = """\
Last Name,First Name,Email Address,Дроби,Степени
,,,2025-11-20,2025-12-04
,,,10,из 20
Ёлкин,Пётр,e@school.example,7,Missing
Примеров,Иван,p@school.example,,18.5
"""

LAYOUTS = (
    Layout(
        title="Google Класс, таблица с датами и наибольшими баллами под заголовком",
        file="Алгебра.csv",
        data=_TABLE.encode(),
        format="google_classroom",
        hints=Hints(school_year="2025-26", class_label="7Б"),
        scores={
            ("Ёлкин Пётр", "Алгебра", "Дроби"): 7.0,
            ("Примеров Иван", "Алгебра", "Степени"): 18.5,
        },
        problems=("Похоже на таблицу Google Класса", "Работа без результата"),
    ),
)
