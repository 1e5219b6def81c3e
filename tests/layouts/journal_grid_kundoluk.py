"""Кундолук, журнал в .xlsx: лист на предмет и на подгруппу (FORMATS.md 4.4)."""

from __future__ import annotations

import io

import openpyxl

from layouts.layout import Layout
from posanalytics.gradebook import Hints

# Row 1: months, merged; row 2: days as text; a blank row; pupils; tail «СР» and «1 ЧТ».
_ALGEBRA_1 = [
    [None, None, "Сентябрь", None, None, "Октябрь", None, "СР", "1 ЧТ"],
    [None, None, "02", "09", "09", "07", "14", None, None],
    [],
    [1, "Ёлкин Пётр", "5·2", "Н", None, 4, "54", 4, 4],
    [2, "Образцова Анна", "2\u00a0·\u00a0Н", None, 3, "4/5", "Б", 3.5, 4],
]
_ALGEBRA_2 = [
    [None, None, "Сентябрь", None, "Январь", "СР", "1 ЧТ"],
    [None, None, "03", "10", "14", None, None],
    [],
    [1, "Примеров Иван", 5, ".", 3, 4, "осв"],
    [2, "Тестов Олег", None, None, None, None, None],
]


def _workbook() -> bytes:
    book = openpyxl.Workbook()
    first = book.active
    first.title = "Алгебра (1 гр.)"
    for row in _ALGEBRA_1:
        first.append(row)
    first.merge_cells("C1:E1")
    first.merge_cells("F1:G1")
    second = book.create_sheet("Алгебра (2 гр.)")
    for row in _ALGEBRA_2:
        second.append(row)
    second.merge_cells("C1:D1")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


LAYOUTS = (
    Layout(
        title="Кундолук, журнал с подгруппами",
        file="8А-1.xlsx",
        data=_workbook(),
        format="journal_grid",
        hints=Hints(school_year="2025-26"),
        marks={
            ("Ёлкин Пётр", "Алгебра", "2025-09-02"): (5.0, 2.0),
            ("Ёлкин Пётр", "Алгебра", "2025-09-09"): ("absence",),
            ("Ёлкин Пётр", "Алгебра", "2025-10-07"): (4.0,),
            ("Ёлкин Пётр", "Алгебра", "2025-10-14"): (5.0, 4.0),
            ("Ёлкин Пётр", "Алгебра", "2025-26-Q1"): (4.0,),
            ("Образцова Анна", "Алгебра", "2025-09-02"): (2.0, "absence"),
            ("Образцова Анна", "Алгебра", "2025-09-09"): (3.0,),
            ("Образцова Анна", "Алгебра", "2025-10-07"): (4.0, 5.0),
            ("Образцова Анна", "Алгебра", "2025-10-14"): ("absence",),
            ("Образцова Анна", "Алгебра", "2025-26-Q1"): (4.0,),
            ("Примеров Иван", "Алгебра", "2025-09-03"): (5.0,),
            ("Примеров Иван", "Алгебра", "2025-09-10"): ("debt",),
            ("Примеров Иван", "Алгебра", "2026-01-14"): (3.0,),
            ("Примеров Иван", "Алгебра", "2025-26-Q1"): ("exempt",),
        },
    ),
)
