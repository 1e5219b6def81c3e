"""Сетевой город, «Отчет об успеваемости и посещаемости ученика» (FORMATS.md 1.1)."""

from __future__ import annotations

from layouts.books import NBSP, captions, cells, page, table, workbook
from layouts.layout import Layout

_MONTHS = (
    '<th rowspan="2">Предмет</th><th colspan="2">Сентябрь</th><th colspan="2">Январь</th>'
    '<th rowspan="2">Средняя<br>оценка</th>'
)
_DAYS = cells(1, 3, 12, 14, tag="th")


def _pupil(name: str, *rows: str) -> str:
    told = captions(year="2025/2026", label="7б", period="с 01.09.2025 по 31.01.2026", pupil=name)
    return (
        f"<h3>Отчет об успеваемости и посещаемости ученика</h3>{told}{table(_MONTHS, _DAYS, *rows)}"
    )


def _mean(text: str) -> str:
    # The class of the average's cell begins with a Cyrillic «с» in the real page.
    return f'<td class="сell-num-2">{text}</td>'


def _subject(text: str) -> str:
    return f'<td class="cell-text">{text}</td>'


_TWO_PUPILS = page(
    _pupil(
        "Ёлкин Пётр",
        _subject("Алгебра") + cells("", f"5{NBSP}4", "УП", f"3{NBSP}НП") + _mean("4,00"),
        f"{_subject('История')}<td><span>4</span>{NBSP}<b>5</b></td>"
        f"{cells('Б', 'ОП', 'ОСВ')}{_mean('4,50')}",
        f"{_subject('Физика')}{cells('', '', '', '')}{_mean('')}",
        f"{_subject('Н')}{cells('', '', 1, '')}{_mean('')}",
    ),
    _pupil(
        "Примеров Иван",
        f"{_subject('Алгебра')}{cells('2', '', 'ОТ', '3-')}{_mean('2,50')}",
    ),
)

# The twin as a workbook: the same sections below each other, months merged, days as numbers.
_TWIN = workbook(
    {
        "Отчет": [
            ["Отчет об успеваемости и посещаемости ученика"],
            ["Учебный год:", "2025/2026"],
            ["Класс:", "7б"],
            ["Период:", "с 01.09.2025 по 31.10.2025"],
            ["Ученик:", "Ёлкин Пётр"],
            ["Предмет", "Сентябрь", None, "Октябрь", "Средняя оценка"],
            [None, 1, 3, 6, None],
            ["Алгебра", 5, f"4{NBSP}4", "Н", "4,33"],
            ["Ученик:", "Примеров Иван"],
            ["Предмет", "Сентябрь", None, "Октябрь", "Средняя оценка"],
            [None, 1, 3, 6, None],
            ["Алгебра", 3, None, "Б", "3,00"],
        ]
    },
    merged=("A6:A7", "B6:C6", "E6:E7", "A10:A11", "B10:C10", "E10:E11"),
)

LAYOUTS = (
    Layout(
        title="Сетевой город, StudentTotal, два ученика на странице",
        file="Отчет об успеваемости.xls",
        data=_TWO_PUPILS,
        format="netschool_total",
        marks={
            ("Ёлкин Пётр", "Алгебра", "2025-09-03"): (5.0, 4.0),
            ("Ёлкин Пётр", "Алгебра", "2026-01-12"): ("absence",),
            ("Ёлкин Пётр", "Алгебра", "2026-01-14"): (3.0, "absence"),
            ("Ёлкин Пётр", "История", "2025-09-01"): (4.0, 5.0),
            ("Ёлкин Пётр", "История", "2025-09-03"): ("absence",),
            ("Ёлкин Пётр", "История", "2026-01-12"): ("absence",),
            ("Ёлкин Пётр", "История", "2026-01-14"): ("exempt",),
            ("Примеров Иван", "Алгебра", "2025-09-01"): (2.0,),
            ("Примеров Иван", "Алгебра", "2026-01-12"): ("absence",),
            ("Примеров Иван", "Алгебра", "2026-01-14"): (3.0,),
        },
        problems=("условными обозначениями",),
    ),
    Layout(
        title="Сетевой город, StudentTotal, та же таблица в .xlsx",
        file="Отчет об успеваемости.xlsx",
        data=_TWIN,
        format="netschool_total",
        marks={
            ("Ёлкин Пётр", "Алгебра", "2025-09-01"): (5.0,),
            ("Ёлкин Пётр", "Алгебра", "2025-09-03"): (4.0, 4.0),
            ("Ёлкин Пётр", "Алгебра", "2025-10-06"): ("absence",),
            ("Примеров Иван", "Алгебра", "2025-09-01"): (3.0,),
            ("Примеров Иван", "Алгебра", "2025-10-06"): ("absence",),
        },
    ),
)
