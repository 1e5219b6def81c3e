"""Сетевой город, the older report of a class: dates over subjects, pupils down (FORMATS.md 1.1)."""

from __future__ import annotations

from layouts.books import workbook
from layouts.layout import Layout

_OLD = workbook(
    {
        "Лист1": [
            ["Класс: 7б"],
            ["Период", "с 01.09.2025 по 05.09.2025"],
            [None, "01.09.2025", None, "02.09.2025", None],
            ["Ученик", "Алгебра", "История", "Алгебра", "Средний балл"],
            ["Ёлкин Пётр", 5, "УП", "54", "4,67"],
            ["Примеров Иван", None, 3, "Н", "3,50"],
            ["Средний балл", 5, 3, 4.5, None],
        ]
    },
    merged=("B3:C3",),
)

LAYOUTS = (
    Layout(
        title="Сетевой город, старый отчёт: даты, предметы, строка на ученика",
        file="Отчет об успеваемости.xlsx",
        data=_OLD,
        format="netschool_days",
        marks={
            ("Ёлкин Пётр", "Алгебра", "2025-09-01"): (5.0,),
            ("Ёлкин Пётр", "История", "2025-09-01"): ("absence",),
            ("Ёлкин Пётр", "Алгебра", "2025-09-02"): (5.0, 4.0),
            ("Примеров Иван", "История", "2025-09-01"): (3.0,),
            ("Примеров Иван", "Алгебра", "2025-09-02"): ("absence",),
        },
        # 3.5 is printed for a pupil whose only mark is 3; (5 + 5 + 4) / 3 = 4.67 is right.
        problems=("«3,50 ≠ 3,00»", "Итоговые строки"),
    ),
)
