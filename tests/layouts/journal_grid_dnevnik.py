"""Дневник.ру, офлайн-журнал: двоичный .xls, один предмет, полные даты (FORMATS.md 3)."""

from __future__ import annotations

import datetime as dt
import io

import xlwt

from layouts.layout import Layout

_ROWS = [
    ["Офлайн-журнал. Не изменяйте структуру файла"],
    ["Класс: 9А"],
    ["Предмет: Геометрия"],
    ["Учебный год: 2025/2026, 1 четверть"],
    [],
    ["№", "Ученик", "03.09.2025", dt.date(2025, 9, 5), "12.09.2025", "Средний балл", "1 четверть"],
    [None, None, "Контрольная работа", "Ответ на уроке", None, None, None],
    [1, "Ёлкин Пётр Примерович", 5, "4 4", "Н", 4.33, 4],
    [2, "Примеров Иван Образцович", "4·НП", None, "ОП", 4, "ЗЧ"],
    [None, "Учитель: Тестова А.А."],
]


def _workbook() -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Журнал")
    day = xlwt.easyxf(num_format_str="DD.MM.YYYY")
    for number, row in enumerate(_ROWS):
        for column, value in enumerate(row):
            if isinstance(value, dt.date):
                sheet.write(number, column, value, day)
            elif value is not None:
                sheet.write(number, column, value)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


LAYOUTS = (
    Layout(
        title="Дневник.ру, офлайн-журнал",
        file="offline.xls",
        data=_workbook(),
        format="journal_grid",
        marks={
            ("Ёлкин Пётр Примерович", "Геометрия", "2025-09-03"): (5.0,),
            ("Ёлкин Пётр Примерович", "Геометрия", "2025-09-05"): (4.0, 4.0),
            ("Ёлкин Пётр Примерович", "Геометрия", "2025-09-12"): ("absence",),
            ("Ёлкин Пётр Примерович", "Геометрия", "2025-26-Q1"): (4.0,),
            ("Примеров Иван Образцович", "Геометрия", "2025-09-03"): (4.0, "absence"),
            ("Примеров Иван Образцович", "Геометрия", "2025-09-12"): ("absence",),
            ("Примеров Иван Образцович", "Геометрия", "2025-26-Q1"): ("pass",),
        },
        problems=("Не загружайте изменённый файл обратно на сайт",),
    ),
)
