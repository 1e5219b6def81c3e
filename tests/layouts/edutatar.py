"""edu.tatar.ru: results of a class, results of the school (FORMATS.md 1.7)."""

from __future__ import annotations

from layouts.books import captions, cells, page, table
from layouts.layout import Layout

_LINKS = " <a>ТБ</a> <a>ПР</a>"

_CLASS = page(
    "<h1>Итоги успеваемости класса за учебный период</h1>",
    captions(year="2025/2026", label="7б", period="2 четверть"),
    table(
        cells("№", "ФИО", "Алгебра", "Татарский язык", "ср.балл", tag="th"),
        cells(1, f"Ёлкин Пётр{_LINKS}", 5, 4, "4,50"),
        cells(2, f"Примеров Иван{_LINKS}", 3, "н/а", "3,50"),
    ),
)

_SCHOOL = page(
    "<h1>Результативность работы школы за 2025/2026 учебный год</h1>",
    table(
        cells("Класс", "Классный руководитель", "1 четверть", "2 четверть", "Качество", tag="th"),
        cells("6а", "Тестова Мария Ивановна", "67,3%", "70%", "н/д"),
        cells("7б", "Пробин Олег Олегович", "55%", "н/д", "н/д"),
        cells("5-9", "", "61%", "70%", ""),
    ),
    table(
        cells("Класс", "Классный руководитель", "1 полугодие", tag="th"),
        cells("10а", "Тестова Мария Ивановна", "80,5%"),
        cells("итог", "", "63%"),
    ),
)

LAYOUTS = (
    Layout(
        title="edu.tatar.ru, итоги класса, слова ссылок за именами",
        file="Итоги.xls",
        data=_CLASS,
        format="edutatar_class",
        marks={
            ("Ёлкин Пётр", "Алгебра", "2025-26-Q2"): (5.0,),
            ("Ёлкин Пётр", "Татарский язык", "2025-26-Q2"): (4.0,),
            ("Примеров Иван", "Алгебра", "2025-26-Q2"): (3.0,),
            ("Примеров Иван", "Татарский язык", "2025-26-Q2"): ("not_assessed",),
        },
        # The mean of a lone 3 is 3.
        problems=("«3,50 ≠ 3,00»",),
    ),
    Layout(
        title="edu.tatar.ru, результативность школы: классы, а не ученики",
        file="Результативность.xls",
        data=_SCHOOL,
        format="edutatar_school",
        problems=("В строках классы (их 3), а не ученики", "Итоги успеваемости класса"),
    ),
)
