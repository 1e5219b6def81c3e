"""Name rows and columns of a class table that give no mark: nothing is passed over in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.gradebook.findings import place
from posanalytics.gradebook.headers import is_footer, is_service, role_of
from posanalytics.gradebook.tokens import tokens

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from posanalytics.gradebook.cells import Cell, Sheet
    from posanalytics.gradebook.findings import Findings


def note_row(sheet: Sheet, row: int, marks: Iterable[int], findings: Findings) -> None:
    """Note a row without a pupil; it matters where something stands in the columns of marks."""
    column, cell = sheet.first_filled(row)
    where = place(sheet, row, column)
    marks = list(marks)
    if column not in marks and is_footer(cell.text):
        findings.add("note", "footer_unchecked", where)
    elif any(sheet.at(row, at).kind != "empty" for at in marks):
        findings.add("warning", "nameless_row", where)
    elif cell.kind != "empty":
        findings.add("note", "other_row", where)


def number_columns(sheet: Sheet, name: int, body: Iterable[int]) -> set[int]:
    """Return the columns before the names in which nothing but row numbers stands."""
    rows = list(body)
    return {
        column
        for column in range(name)
        if all(
            sheet.at(row, column).text.strip(".").isdecimal()
            for row in rows
            if sheet.at(row, column).text
        )
    }


def note_columns(
    sheet: Sheet, header: int, body: Iterable[int], known: Collection[int], findings: Findings
) -> None:
    """Note the columns that hold something in the body and are not known.

    `header` is the row that names them. A column of means is taken to check the marks of its row.
    """
    body = list(body)
    for column in range(max((len(sheet.rows[row]) for row in (header, *body)), default=0)):
        cells = [sheet.at(row, column) for row in body]
        if column in known or not any(cell.text and not cell.covered for cell in cells):
            continue
        title = sheet.at(header, column).text or sheet.at(header - 1, column).text
        key = "mean_column" if role_of(title) == "mean" else "unused_column"
        key = key if title else "nameless_column"
        marks = key != "mean_column" and not is_service(title) and mostly_marks(cells)
        where = place(sheet, header, column)
        findings.add("warning" if marks else "note", key, where, title=title)


def mostly_marks(cells: Iterable[Cell]) -> bool:
    """Return whether most of the filled cells hold a mark: such a column matters to somebody."""
    filled = [cell for cell in cells if cell.kind != "empty" and not cell.covered]
    marks = sum(any(token.kind == "mark" for token in tokens(c, grid="current")) for c in filled)
    return 2 * marks > len(filled)
