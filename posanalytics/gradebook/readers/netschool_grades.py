"""Сетевой город, StudentGrades: every work of one pupil in one subject, one row per work.

It has two dates: of the lesson, which is taken, and of the day on which the mark was set
(FORMATS.md 1.3).
"""

from __future__ import annotations

import functools
import re
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook import captions
from posanalytics.gradebook.captions import Context
from posanalytics.gradebook.entries import current_entries
from posanalytics.gradebook.findings import Findings, Where, place
from posanalytics.gradebook.footers import Printed, compared, printed
from posanalytics.gradebook.headers import is_footer, person, subject_of
from posanalytics.gradebook.leftovers import note_columns
from posanalytics.gradebook.reading import Hints, Listed, Reading, Record
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.screening import missing
from posanalytics.gradebook.totals import means_of
from posanalytics.gradebook.walk import walked
from posanalytics.gradebook.work_kinds import work_kind
from posanalytics.periods import school_year_of

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Cell, Sheet

FORMAT = "netschool_grades"

_COLUMNS = {
    "work": re.compile(r"(?:тип|вид)\s+(?:задания|работы)", re.IGNORECASE),
    "topic": re.compile(r"тема(?:\s+(?:задания|работы|урока))?", re.IGNORECASE),
    "lesson": re.compile(r"дата\s+(?:выполнения|урока|задания|работы)", re.IGNORECASE),
    "given": re.compile(r"дата\s+выставления.*", re.IGNORECASE),
    "mark": re.compile(r"оценка|отметка", re.IGNORECASE),
    "subject": re.compile(r"предмет", re.IGNORECASE),
}
_NEEDED = frozenset({"work", "lesson", "mark"})
_TITLE_ROWS = re.compile(r"(?:учебный год|класс|предмет|ученик\w*|период)\s*:", re.IGNORECASE)


class _Header(NamedTuple):
    titles: range
    row: int
    body: range
    columns: dict[str, int]


class _Table(NamedTuple):
    sheet: Sheet
    header: _Header
    context: Context
    subject: str
    findings: Findings

    def cell(self, row: int, name: str) -> Cell:
        """Return the cell under a header, an empty one where there is no such column."""
        return self.sheet.at(row, self.header.columns.get(name, -1))

    def where(self, row: int, name: str) -> Where:
        """Return the place of the cell under a header."""
        return place(self.sheet, row, self.header.columns[name])


def recognise(book: Book) -> Match:
    """Return how surely the book is such a list: a kind of work and two dates stand before it."""
    if any(_headers(sheet) for sheet in book.sheets):
        return seen(0.95, "works_down", "lesson_and_mark_dates")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return every mark and absence with the day of its lesson and its kind of work."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        before, subject = Context(), hints.subject or ""
        headers = _headers(sheet)
        for header in headers:
            before = _context(book, sheet, header, before, hints)
            subject = captions.labelled(sheet, header.titles).get("subject", "") or subject
            _read_table(_Table(sheet, header, before, subject, findings), reading)
        return bool(headers)

    return walked(book, FORMAT, read_sheet, name=name)


def _headers(sheet: Sheet) -> list[_Header]:
    found = [
        (row, columns)
        for row in range(len(sheet.rows))
        if (columns := _columns(sheet, row)).keys() >= _NEEDED
    ]
    headers = []
    titles = 0
    for (row, columns), (end, _) in pairwise([*found, (len(sheet.rows), {})]):
        body = _body(sheet, row + 1, end)
        headers.append(_Header(range(titles, row), row, body, columns))
        titles = body.stop
    return headers


def _columns(sheet: Sheet, row: int) -> dict[str, int]:
    columns: dict[str, int] = {}
    for at, cell in sheet.filled(row):
        name = _column(cell.text)
        if name and not cell.covered:
            columns.setdefault(name, at)
    return columns


@functools.lru_cache(maxsize=4096)
def _column(text: str) -> str | None:
    return next((name for name, pattern in _COLUMNS.items() if pattern.fullmatch(text)), None)


def _body(sheet: Sheet, start: int, end: int) -> range:
    for row in range(start, end):
        if _TITLE_ROWS.match(sheet.first_filled(row)[1].text):
            return range(start, row)
    return range(start, end)


def _context(book: Book, sheet: Sheet, header: _Header, before: Context, hints: Hints) -> Context:
    own = captions.described(sheet, header.titles).over(before)
    context = own.over(captions.around(book, sheet, (), hints))
    days = {school_year_of(day) for row in header.body if (day := _day(sheet, row, header))}
    if not context.school_year and len(days) == 1:
        context = context._replace(school_year=days.pop())
    return context


def _day(sheet: Sheet, row: int, header: _Header, name: str = "lesson") -> date | None:
    cell = sheet.at(row, header.columns.get(name, -1))
    if isinstance(cell.value, date):
        return cell.value
    days = captions.days_in(cell.text)
    return days[0] if len(days) == 1 else None


def _read_table(table: _Table, reading: Reading) -> None:
    sheet, findings = table.sheet, table.findings
    lacking = missing(table.context, ("school_year", "class_label", "pupil"), sheet, findings)
    if not table.subject and "subject" not in table.header.columns:
        findings.add("error", "no_list_subject", Where(sheet.name))
        lacking = True
    known = {at for name, at in table.header.columns.items() if name != "topic"}
    note_columns(sheet, table.header.row, table.header.body, known, findings)
    if lacking:
        return
    name, note = person(table.context.pupil or "")
    year, label = table.context.school_year or "", table.context.class_label or ""
    reading.listed.append(Listed(name, label, year, note))
    records = [record for row in table.header.body for record in _records(table, row, name)]
    reading.records.extend(records)
    _check_totals(table, records)


def _records(table: _Table, row: int, pupil: str) -> list[Record]:
    mark, work = table.cell(row, "mark"), table.cell(row, "work")
    if _is_total(table, row):
        return []
    if mark.kind == "empty":
        if table.cell(row, "lesson").kind == "empty":
            _note_other(table, row)
        return []
    day = _day(table.sheet, row, table.header)
    if day is None:
        table.findings.add("warning", "no_lesson_day", table.where(row, "lesson"))
        return []
    if school_year_of(day) != table.context.school_year:
        where = table.where(row, "lesson")
        table.findings.add("warning", "day_outside_year", where, year=table.context.school_year)
        return []
    own = table.cell(row, "subject").text
    return [
        Record(
            pupil=pupil,
            class_label=table.context.class_label or "",
            school_year=table.context.school_year or "",
            subject=subject_of(own or table.subject),
            slot="current",
            kind=token.kind,  # type: ignore[arg-type]
            value=token.value,
            raw=token.raw,
            sheet=table.sheet.name,
            cell=table.where(row, "mark").cell,
            date=day.isoformat(),
            scale=token.scale,
            weight=token.weight,
            work=work_kind(work.text),
        )
        for token in current_entries(table.sheet, row, table.header.columns["mark"], table.findings)
    ]


def _is_total(table: _Table, row: int) -> bool:
    return is_footer(table.sheet.first_filled(row)[1].text)


def _note_other(table: _Table, row: int) -> None:
    column, cell = table.sheet.first_filled(row)
    # The title of the next list stands in the last rows of this one.
    is_title = row == table.header.body.stop - 1 and table.header.body.stop < len(table.sheet.rows)
    if cell.kind != "empty" and not is_title:
        table.findings.add("note", "other_row", place(table.sheet, row, column))


def _number(cell: Cell) -> Printed | None:
    """Return the number of a cell, or the one behind its caption: «Средняя оценка: 4,50»."""
    return printed(cell._replace(text=cell.text.rpartition(":")[2].strip()))


def _check_totals(table: _Table, records: list[Record]) -> None:
    """Compare «Средняя оценка» below the list with its marks; name totals of another kind."""
    computed = means_of(records)
    for row in filter(lambda row: _is_total(table, row), table.header.body):
        column, caption = table.sheet.first_filled(row)
        where = place(table.sheet, row, column)
        shown = next((p for _, c in table.sheet.filled(row) if (p := _number(c))), None)
        if not shown or not computed or not caption.text.casefold().startswith("ср"):
            table.findings.add("note", "footer_unchecked", where)
            continue
        table.findings.add("note", "footer", where)
        if not any(map(shown.agrees, computed)):
            token = compared(shown, computed[0])
            table.findings.add("warning", "row_mean_journal", where, token=token)
