"""Google Classroom, table of marks of a course; its layout is believed, not seen (FORMATS.md 6.5).

Surname, name and address stand in the first columns, works in the others, with a row of dates and
a row of most points below the header. Where a table differs, a mapping file says how.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.captions import days_in
from posanalytics.gradebook.course_points import (
    LAST_HEADER,
    Participant,
    Table,
    Work,
    note_columns,
    read_table,
    table_of,
)
from posanalytics.gradebook.findings import Findings, Where, place
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.walk import walked

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Cell, Sheet
    from posanalytics.gradebook.reading import Hints, Reading

FORMAT = "google_classroom"
INSTRUMENT = "Google Класс"

_COLUMN_WORDS = {
    "last": r"last\s*name|фамилия",
    "first": r"first\s*name|имя",
    "email": r"e-?mail(?:\s+address)?|адрес\s+(?:эл\.|электронной)\s*почты|электронная\s+почта",
    "section": r"section|class|раздел|класс",
}
_COLUMNS = {name: re.compile(words, re.IGNORECASE) for name, words in _COLUMN_WORDS.items()}
_SHORTEST = 3  # letters of «Имя»; a journal has thousands of cells with fewer
_MOST = re.compile(
    r"(?:points?|out\s+of|баллы?|макс\w*\.?(?:\s+балл\w*)?|из)?\s*:?\s*(\d{1,6}(?:[.,]\d+)?)"
    r"\s*(?:points?|балл\w*)?",
    re.IGNORECASE,
)
_ISO = re.compile(r"(20\d{2})-(\d{2})-(\d{2})")
_SILENT = {
    "excused": "excused_work", "освобожден": "excused_work", "освобождён": "excused_work",
    "missing": "not_handed_in", "не сдано": "not_handed_in",
    "-": "no_points", "–": "no_points", "—": "no_points",
}  # fmt: skip
_MOST_SERVICE_ROWS = 3


class _Header(NamedTuple):
    row: int
    columns: dict[str, int]
    works: tuple[Work, ...]
    body: int
    dated: bool
    pointed: bool


def recognise(book: Book) -> Match:
    """Return how likely the book is such a table: two rows below the header tell it, one hardly.

    No file has been seen, but a journal with days across has no row of most points without a name.
    """
    headers = [header for sheet in book.sheets if (header := _header(sheet))]
    if any(header.dated and header.pointed for header in headers):
        return seen(0.97, "surname_and_name", "dates_across", "most_points_row")
    if any(header.dated or header.pointed for header in headers):
        return seen(0.3, "surname_and_name")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the points of every pupil in every work."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        header = _header(sheet)
        if header is None:
            return False
        findings.add("warning", "believed_layout", Where(sheet.name))
        table = table_of(book, sheet, hints, findings, instrument=INSTRUMENT, silent=_SILENT)
        _note_service(table, header)
        known = {*header.columns.values(), *(work.column for work in header.works)}
        note_columns(table, header.row, range(header.body, len(sheet.rows)), known)
        read_table(table, _participants(table, header), header.works, reading)
        return True

    return walked(book, FORMAT, read_sheet, name=name)


def _header(sheet: Sheet) -> _Header | None:
    for row in range(min(len(sheet.rows), LAST_HEADER)):
        columns: dict[str, int] = {}
        for at, cell in sheet.filled(row):
            if len(cell.text) < _SHORTEST:
                continue
            for name, pattern in _COLUMNS.items():
                if pattern.fullmatch(cell.text):
                    columns.setdefault(name, at)
        if {"last", "first", "email"} <= columns.keys():
            return _laid_out(sheet, row, columns)
    return None


def _laid_out(sheet: Sheet, row: int, columns: dict[str, int]) -> _Header:
    service = _service_rows(sheet, row, columns)
    works = []
    for at, cell in sheet.filled(row):
        if at not in columns.values():
            below = [sheet.at(r, at) for r in service]
            day = next((found for c in below if (found := _day(c))), None)
            most = next((told for c in below if (told := _most(c)) is not None), None)
            works.append(Work(at, cell.text, most, date=day))
    return _Header(
        row,
        columns,
        tuple(works),
        service.stop,
        any(work.date for work in works),
        any(work.maximum is not None for work in works),
    )


def _service_rows(sheet: Sheet, row: int, columns: dict[str, int]) -> range:
    about = [columns[name] for name in ("last", "first", "email")]
    stop = row + 1
    while stop <= row + _MOST_SERVICE_ROWS and stop < len(sheet.rows):
        if any(sheet.at(stop, at).text for at in about):
            break
        stop += 1
    return range(row + 1, stop)


def _day(cell: Cell) -> str | None:
    if isinstance(cell.value, date):
        return cell.value.isoformat()
    match = _ISO.match(cell.text)
    if match:
        try:
            return date.fromisoformat(match[0]).isoformat()
        except ValueError:
            return None
    days = days_in(cell.text)
    return days[0].isoformat() if days else None


def _most(cell: Cell) -> float | None:
    match = _MOST.fullmatch(cell.text)
    return float(match[1].replace(",", ".")) or None if match else None


def _note_service(table: Table, header: _Header) -> None:
    """Name cells below the header that say neither a day nor the most points of a work."""
    works = {work.column for work in header.works}
    for row in (*range(header.row), *range(header.row + 1, header.body)):
        for at, cell in table.sheet.filled(row):
            if row < header.row or at not in works or not (_day(cell) or _most(cell)):
                table.findings.add("note", "other_row", place(table.sheet, row, at))


def _participants(table: Table, header: _Header) -> list[Participant]:
    found = []
    sheet, columns = table.sheet, header.columns
    for row in range(header.body, len(sheet.rows)):
        last, first = sheet.at(row, columns["last"]).text, sheet.at(row, columns["first"]).text
        if last and first:
            section = sheet.at(row, columns["section"]).text if "section" in columns else ""
            found.append(Participant(row, columns["last"], f"{last} {first}", (section,)))
        elif any(sheet.filled(row)):
            table.findings.add("warning", "nameless_row", place(sheet, row, columns["last"]))
    return found
