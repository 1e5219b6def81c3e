"""Open edX, grade report of a course: shares of 1 under platform numbers (FORMATS.md 6.4).

The report knows people by number, login and address only: they stand here under codes, and the
school's own list of codes tells who they are.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.course_points import (
    LAST_HEADER,
    Participant,
    Table,
    Work,
    note_columns,
    read_table,
    table_of,
)
from posanalytics.gradebook.findings import Findings, place
from posanalytics.gradebook.participants import TOTAL
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.walk import walked

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Sheet
    from posanalytics.gradebook.reading import Hints, Reading

FORMAT = "open_edx"
INSTRUMENT = "Open edX"

_COLUMN_WORDS = {
    "id": r"student\s+id|id",
    "email": r"e-?mail",
    "username": r"username",
    "last": r"last\s+name",
    "first": r"first\s+name",
    "grade": r"grade",
    "cohort": r"cohort\s+name",
    "team": r"team\s+name",
    "group": r"experiment\s+group\s*\(.*\)",
    "track": r"enrollment\s+track",
    "verification": r"verification\s+status",
    "eligible": r"certificate\s+eligible",
    "delivered": r"certificate\s+delivered",
    "certificate": r"certificate\s+type",
    "status": r"enrollment\s+status",
}
_COLUMNS = {name: re.compile(words, re.IGNORECASE) for name, words in _COLUMN_WORDS.items()}
_NEEDED = {"id", "email", "username", "grade"}
_AVERAGE = re.compile(r".+\(avg\)", re.IGNORECASE)
_SILENT = {"not attempted": "not_attempted", "not available": "not_attempted", "-": "no_points"}
_GONE = frozenset({"unenrolled", "not enrolled"})
_WHOLE = 1.0


class _Header(NamedTuple):
    row: int
    columns: dict[str, int]
    works: tuple[Work, ...]
    averages: frozenset[int]


def recognise(book: Book) -> Match:
    """Return how surely the book is a grade report, by its four fixed columns."""
    if any(_header(sheet) for sheet in book.sheets):
        return seen(0.95, "edx_columns")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the share that every enrolled participant reached in every work."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        header = _header(sheet)
        if header is None:
            return False
        table = table_of(book, sheet, hints, findings, instrument=INSTRUMENT, silent=_SILENT)
        for column in sorted(header.averages):
            findings.add("note", "computed_columns", place(sheet, header.row, column))
        known = {*header.columns.values(), *header.averages, *(w.column for w in header.works)}
        note_columns(table, header.row, range(header.row + 1, len(sheet.rows)), known)
        read_table(table, _participants(table, header), header.works, reading)
        return True

    return walked(book, FORMAT, read_sheet, name=name)


def _header(sheet: Sheet) -> _Header | None:
    for row in range(min(len(sheet.rows), LAST_HEADER)):
        columns: dict[str, int] = {}
        free: dict[int, str] = {}
        for at, cell in sheet.filled(row):
            names = (name for name, pattern in _COLUMNS.items() if pattern.fullmatch(cell.text))
            name = next(names, None)
            if name and name not in columns:
                columns[name] = at
            else:
                free[at] = cell.text
        if columns.keys() >= _NEEDED:
            return _laid_out(row, columns, free)
    return None


def _laid_out(row: int, columns: dict[str, int], free: dict[int, str]) -> _Header:
    """Return the header: works stand between the course's grade and the columns about people."""
    last = min(
        (at for at in columns.values() if at > columns["grade"]), default=max(free, default=0) + 1
    )
    between = {at: text for at, text in free.items() if columns["grade"] < at < last}
    averages = frozenset(at for at, text in between.items() if _AVERAGE.fullmatch(text))
    works = [Work(columns["grade"], TOTAL, _WHOLE)]
    works += [Work(at, text, _WHOLE) for at, text in between.items() if at not in averages]
    return _Header(row, columns, tuple(works), averages)


def _participants(table: Table, header: _Header) -> list[Participant]:
    found = []
    sheet, columns = table.sheet, header.columns
    for row in range(header.row + 1, len(sheet.rows)):

        def text(name: str, row: int = row) -> str:
            return sheet.at(row, columns[name]).text if name in columns else ""

        where = place(sheet, row, columns["id"])
        if text("status").casefold() in _GONE:
            table.findings.add("note", "unenrolled", where)
        elif text("id"):
            name = f"{text('last')} {text('first')}".strip() if text("last") else ""
            code = "" if name else text("id")
            found.append(Participant(row, columns["id"], name, (text("cohort"),), code))
        elif any(sheet.filled(row)):
            table.findings.add("warning", "nameless_row", where)
    return found
