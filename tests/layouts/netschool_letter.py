"""Сетевой город, ParentInfoLetter: counts of marks, mean, mark for the term (FORMATS.md 1.4)."""

from __future__ import annotations

from layouts.books import captions, cells, page, table, workbook
from layouts.layout import Layout

_TOLD = captions(year="2025/2026", label="7б", period="1 четверть", pupil="Ёлкин Пётр")
_TAIL = (
    cells("Пропущено уроков: 4"),
    cells("&nbsp;"),
    cells("Замечания:"),
    '<td colspan="7">Уважаемые родители!</td>',
    cells("&nbsp;"),
    cells("Классный руководитель", "__________"),
    cells("Директор", "__________"),
    cells("&nbsp;"),
    cells("Ознакомлен(а)", "__________"),
    cells("Дата", "__________"),
)

# Three header rows; the mean before the mark.
_SEVEN = page(
    "<h3>Информационное письмо для родителей</h3>",
    _TOLD,
    table(
        '<th rowspan="3">Предмет</th><th colspan="6">Успеваемость</th>',
        '<th colspan="4">Количество оценок</th><th rowspan="2">Ср.балл</th>'
        '<th rowspan="2">Оценка за период</th>',
        cells(5, 4, 3, 2, tag="th"),
        cells("Алгебра", 2, 1, 1, "", "4,25", 4),
        cells("История", "", 3, 2, "", "3,60", 4),
        cells("ИЗО", "", "", "", "", "", "зач"),
        f'<td class="totals">Итого</td>{cells(2, 4, 3, 0, "3,89", "")}',
        *_TAIL,
    ),
)

# Eight columns with a number, the mark before the mean; one mean does not agree.
_EIGHT = workbook(
    {
        "Письмо": [
            ["Учебный год:", "2025/2026"],
            ["Класс:", "7б"],
            ["Ученик:", "Ёлкин Пётр"],
            ["Период:", "1 четверть"],
            ["№", "Предмет", "5", "4", "3", "2", "Оценка за период", "Ср.балл"],
            [1, "Алгебра", 1, 1, None, None, 5, "4,50"],
            [2, "История", None, 1, 1, None, 4, "3,80"],
        ]
    }
)

_YEAR_ONLY = page(
    captions(year="2025/2026", label="7б", period="с 01.09.2025 по 20.10.2025", pupil="Ёлкин Пётр"),
    table(
        cells("Предмет", 5, 4, 3, 2, "Ср.балл", "Оценка за период", tag="th"),
        cells("Алгебра", 1, "", "", "", "5,00", 5),
    ),
)

LAYOUTS = (
    Layout(
        title="Сетевой город, письмо родителям, семь столбцов",
        file="Письмо.xls",
        data=_SEVEN,
        format="netschool_letter",
        marks={
            ("Ёлкин Пётр", "Алгебра", "2025-26-Q1"): (4.25, 4.0),
            ("Ёлкин Пётр", "История", "2025-26-Q1"): (3.6, 4.0),
            ("Ёлкин Пётр", "ИЗО", "2025-26-Q1"): ("pass",),
        },
        problems=("не сказано, когда они поставлены", "использованы для проверки"),
    ),
    Layout(
        title="Сетевой город, письмо родителям, восемь столбцов, средний балл последним",
        file="Письмо.xlsx",
        data=_EIGHT,
        format="netschool_letter",
        marks={
            ("Ёлкин Пётр", "Алгебра", "2025-26-Q1"): (5.0, 4.5),
            ("Ёлкин Пётр", "История", "2025-26-Q1"): (4.0, 3.8),
        },
        # One 4 and one 3 make 3.50.
        problems=("«3,80 ≠ 3,50»",),
    ),
    Layout(
        title="Сетевой город, письмо родителям без названия четверти",
        file="Письмо.xls",
        data=_YEAR_ONLY,
        format="netschool_letter",
        problems=("Не указано, за какой период",),
    ),
)
