"""Bytes of the workbooks and pages that the layouts are made of."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import openpyxl
import xlwt
from openpyxl.comments import Comment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Rows = "Sequence[Sequence[object]]"

NBSP = "\u00a0"


def workbook(
    sheets: Mapping[str, Rows],
    *,
    merged: Sequence[str] = (),
    comments: Mapping[str, str] | None = None,
) -> bytes:
    """Return an .xlsx; merged ranges and comments are those of the first sheet."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    for cell, text in (comments or {}).items():
        book.worksheets[0][cell].comment = Comment(text, "school")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def old_workbook(
    name: str, rows: Rows, *, merged: Sequence[tuple[int, int, int, int]] = ()
) -> bytes:
    """Return a binary .xls; a merged range is first row, last row, first and last column."""
    book = xlwt.Workbook()
    sheet = book.add_sheet(name)
    over = {(top, left): (top, bottom, left, right) for top, bottom, left, right in merged}
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            if (row, column) in over:
                sheet.write_merge(*over[row, column], value)
            elif value is not None:
                sheet.write(row, column, value)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def page(*parts: str) -> bytes:
    """Return an HTML page in UTF-8, as Сетевой город saves it under the extension .xls."""
    return f'<html><head><meta charset="utf-8"></head><body>{"".join(parts)}</body></html>'.encode()


def captions(**told: str) -> str:
    """Return the block of parameters above a table."""
    labels = {"year": "Учебный год", "label": "Класс", "period": "Период", "pupil": "Ученик"}
    labels |= {"subject": "Предмет", "teacher": "Классный руководитель"}
    lines = (f"<tr><td>{labels[key]}: {value}</td></tr>" for key, value in told.items())
    return f"<table>{''.join(lines)}</table>"


def table(*rows: str, kind: str = "table-print") -> str:
    """Return a table of rows that stand between <tr> and </tr>."""
    return f'<table class="{kind}">{"".join(f"<tr>{row}</tr>" for row in rows)}</table>'


def cells(*texts: object, tag: str = "td") -> str:
    """Return plain cells, blank ones as the system writes them."""
    return "".join(f"<{tag}>{'&nbsp;' if text in {'', None} else text}</{tag}>" for text in texts)
