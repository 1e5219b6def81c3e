"""What is odd about a sheet whatever its format: hidden parts, errors, missing results."""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING

from posanalytics.gradebook.findings import Where, place, quotable

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Sheet
    from posanalytics.gradebook.findings import Findings

_KIND = operator.attrgetter("kind")
_LOST = frozenset({"error", "uncached"})


def note_oddities(book: Book, findings: Findings) -> None:
    """Note hidden sheets, rows and columns, error values and formulas without a result."""
    for sheet in book.sheets:
        if sheet.hidden and any(sheet.rows):
            findings.add("warning", "hidden_sheet", Where(sheet.name))
        _note_hidden(sheet, findings)
        _note_lost(sheet, findings)


def _note_hidden(sheet: Sheet, findings: Findings) -> None:
    for row in sorted(sheet.hidden_rows):
        column, cell = sheet.first_filled(row)
        if cell.kind != "empty":
            findings.add("warning", "hidden_row", place(sheet, row, column))
    for column in sorted(sheet.hidden_columns):
        filled = [row for row in range(len(sheet.rows)) if sheet.at(row, column).text]
        if filled:
            findings.add("warning", "hidden_column", place(sheet, filled[0], column))


def _note_lost(sheet: Sheet, findings: Findings) -> None:
    for row, cells in enumerate(sheet.rows):
        if _LOST.isdisjoint(map(_KIND, cells)):
            continue
        for column, cell in enumerate(cells):
            if cell.kind == "error":
                findings.add(
                    "warning", "error_cell", place(sheet, row, column), token=quotable(cell.text)
                )
            elif cell.kind == "uncached":
                findings.add("warning", "uncached_cell", place(sheet, row, column))
