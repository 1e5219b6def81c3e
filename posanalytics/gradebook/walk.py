"""Go through a book sheet by sheet: what every reader does around its own tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.gradebook.findings import Findings, Where
from posanalytics.gradebook.reading import Reading
from posanalytics.gradebook.sheet_findings import note_oddities

if TYPE_CHECKING:
    from collections.abc import Callable

    from posanalytics.gradebook.cells import Book, Sheet
    from posanalytics.schema import Severity


def walked(
    book: Book,
    form: str,
    read_sheet: Callable[[Sheet, Findings, Reading], bool],
    *,
    name: str,
    without_table: Severity = "warning",
) -> Reading:
    """Return a reading of all sheets.

    `read_sheet` adds what one sheet says and returns whether it holds a table of the format; a
    filled sheet without one is named with the severity `without_table`.
    """
    findings = Findings(name)
    reading = Reading(form, sheets=len(book.sheets), encoding=book.encoding)
    note_oddities(book, findings)
    for sheet in book.sheets:
        if not read_sheet(sheet, findings, reading) and any(sheet.rows):
            findings.add(without_table, "no_table", Where(sheet.name))
    reading.problems.extend(findings.problems())
    return reading
