"""Canvas, export of the gradebook: points below a row of most points (FORMATS.md 6.2)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.course_points import (
    LAST_HEADER,
    PERCENT,
    Participant,
    Table,
    Work,
    note_columns,
    points_in,
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

FORMAT = "canvas"
INSTRUMENT = "Canvas"

_COLUMN_WORDS = {
    "student": r"student|студент|учащийся|ученик",
    "last": r"last\s*name|фамилия",
    "first": r"first\s*name|имя",
    "id": r"id|ид",
    "sis_id": r"sis\s+(?:user\s+)?id|(?:sis\s+)?ид\w*\s+пользователя(?:\s+sis)?",
    "login": r"sis\s+login\s+id|integration\s+id|root\s+account|логин\s+sis|"
    r"корневая\s+уч[её]тная\s+запись",
    "section": r"section|секция|раздел",
}
_COLUMNS = {name: re.compile(words, re.IGNORECASE) for name, words in _COLUMN_WORDS.items()}
_WORK = re.compile(r"(?P<title>.+?)\s*\((?P<id>\d{1,20})\)")
_FINAL = re.compile(r"final\s+score|итоговый\s+балл", re.IGNORECASE)
_TEST_STUDENT = frozenset(
    {"student, test", "test student", "student test", "студент, тестовый", "учащийся, тестовый"}
)
_MOST_SERVICE_ROWS = 3
_SILENT = {
    "ex": "excused_work", "excused": "excused_work", "n/a": "not_assigned",
    "-": "no_points", "–": "no_points", "—": "no_points",
}  # fmt: skip


class _Header(NamedTuple):
    """Where the table stands: `service` rows follow the header, `points` is one of them."""

    row: int
    columns: dict[str, int]
    service: range
    points: int | None
    works: tuple[Work, ...]

    @property
    def body(self) -> int:
        return self.service.stop


def recognise(book: Book) -> Match:
    """Return how surely the book is a Canvas gradebook: works with numbers under a section."""
    headers = [header for sheet in book.sheets if (header := _header(sheet))]
    if not headers:
        return NO_MATCH
    if any(header.points is not None for header in headers):
        return seen(0.95, "canvas_works", "most_points_row")
    return seen(0.8, "canvas_works")


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the points of every pupil in every work, and the final score of the course."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        header = _header(sheet)
        if header is None:
            return False
        table = table_of(book, sheet, hints, findings, instrument=INSTRUMENT, silent=_SILENT)
        _note_columns(table, header)
        read_table(table, _participants(table, header), header.works, reading)
        return True

    return walked(book, FORMAT, read_sheet, name=name)


def _header(sheet: Sheet) -> _Header | None:
    for row in range(min(len(sheet.rows), LAST_HEADER)):
        texts = {at: cell.text for at, cell in sheet.filled(row)}
        columns: dict[str, int] = {}
        for at, text in texts.items():
            for name, pattern in _COLUMNS.items():
                if pattern.fullmatch(text):
                    columns.setdefault(name, at)
        named = "student" in columns or {"last", "first"} <= columns.keys()
        if named and {"id", "section"} <= columns.keys():
            return _laid_out(sheet, row, texts, columns)
    return None


def _laid_out(sheet: Sheet, row: int, texts: dict[int, str], columns: dict[str, int]) -> _Header:
    service = _service_rows(sheet, row, columns)
    matches = {at: match for at, text in texts.items() if (match := _WORK.fullmatch(text))}
    points = next((r for r in service if any(points_in(sheet.at(r, at)) for at in matches)), None)
    works = [Work(at, match["title"], _most(sheet, points, at)) for at, match in matches.items()]
    works += [Work(at, TOTAL, PERCENT) for at, text in texts.items() if _FINAL.fullmatch(text)]
    return _Header(row, columns, service, points, tuple(works))


def _service_rows(sheet: Sheet, row: int, columns: dict[str, int]) -> range:
    """Return the rows right below the header that are no pupil's: they have no number."""
    stop = row + 1
    while stop <= row + _MOST_SERVICE_ROWS and stop < len(sheet.rows):
        if sheet.at(stop, columns["id"]).text:
            break
        stop += 1
    return range(row + 1, stop)


def _most(sheet: Sheet, row: int | None, column: int) -> float | None:
    points = points_in(sheet.at(row, column)) if row is not None else None
    return points.value if points else None


def _participants(table: Table, header: _Header) -> list[Participant]:
    found = []
    sheet, columns = table.sheet, header.columns
    at = columns.get("student", columns.get("last", 0))
    for row in range(header.body, len(sheet.rows)):
        name = _name(sheet, row, columns)
        where = place(sheet, row, at)
        if sheet.at(row, at).text.casefold() in _TEST_STUDENT:
            table.findings.add("note", "test_student", where)
        elif name and sheet.at(row, columns["id"]).text:
            section = sheet.at(row, columns["section"]).text
            found.append(Participant(row, at, name, (section,)))
        elif any(sheet.filled(row)):
            table.findings.add("warning", "nameless_row", where)
    return found


def _name(sheet: Sheet, row: int, columns: dict[str, int]) -> str:
    """Return the name with the surname first: «Ёлкин, Пётр» becomes «Ёлкин Пётр»."""
    if "student" not in columns:
        return (
            f"{sheet.at(row, columns['last']).text} {sheet.at(row, columns['first']).text}".strip()
        )
    last, _, first = sheet.at(row, columns["student"]).text.partition(",")
    return f"{last.strip()} {first.strip()}".strip()


def _note_columns(table: Table, header: _Header) -> None:
    """Name columns that Canvas computes («read only»), and columns of other things."""
    sheet = table.sheet
    works = {work.column for work in header.works}
    known = {*header.columns.values(), *works}
    computed = {
        at
        for row in header.service
        for at, cell in sheet.filled(row)
        if at not in known and cell.text.startswith("(")
    }
    for column in sorted(computed):
        table.findings.add("note", "computed_columns", place(sheet, header.row, column))
    rows = range(header.body, len(sheet.rows))
    note_columns(table, header.row, rows, known | computed)
    for row in (*range(header.row), *header.service):
        for at, _ in sheet.filled(row):
            if row != header.points and at not in computed:
                key = "posting_row" if row > header.row else "other_row"
                table.findings.add("note", key, place(sheet, row, at))
