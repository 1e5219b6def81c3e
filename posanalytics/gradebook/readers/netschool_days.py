"""Сетевой город, older «Отчет об успеваемости» of a class: dates over subjects, pupils down.

One table: a row «Период», a row of full dates, a row of subjects, then one row per pupil
(FORMATS.md 1.1, the xlsx twin).
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook import captions
from posanalytics.gradebook.entries import current_entries
from posanalytics.gradebook.findings import Findings, place
from posanalytics.gradebook.headers import is_footer, is_person, person, role_of, subject_of
from posanalytics.gradebook.leftovers import note_columns, note_row, number_columns
from posanalytics.gradebook.reading import Hints, Listed, Reading, Record
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.screening import missing, without_namesakes
from posanalytics.gradebook.totals import agrees, check_mean, column_of, means_of
from posanalytics.gradebook.walk import walked
from posanalytics.labels import known_subject
from posanalytics.periods import school_year_of

if TYPE_CHECKING:
    from posanalytics.gradebook.captions import Context
    from posanalytics.gradebook.cells import Book, Cell, Sheet

FORMAT = "netschool_days"

_LAST_HEADER = 30
_NAME_WITHIN = 3  # columns: before the marks stand at most a number and the name


class _Lesson(NamedTuple):
    """A column of marks: the day and the subject that they are for."""

    day: date
    subject: str


class _Header(NamedTuple):
    row: int
    name: int
    lessons: dict[int, _Lesson]


class _Table(NamedTuple):
    sheet: Sheet
    header: _Header
    context: Context
    findings: Findings


def recognise(book: Book) -> Match:
    """Return how surely the book is such a report: full dates stand right over subjects."""
    if any(_header(sheet) for sheet in book.sheets):
        return seen(0.93, "pupils_down", "dates_over_subjects")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the marks of every pupil, day and subject."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        header = _header(sheet)
        if header is None:
            return False
        context = _context(book, sheet, header, hints)
        table = _Table(sheet, header, context, findings)
        known = {header.name, *number_columns(sheet, header.name, _body(table)), *header.lessons}
        note_columns(sheet, header.row + 1, _body(table), known, findings)
        if not missing(context, ("school_year", "class_label"), sheet, findings):
            _read_table(table, reading)
        return True

    return walked(book, FORMAT, read_sheet, name=name)


def _header(sheet: Sheet) -> _Header | None:
    for row in range(min(len(sheet.rows), _LAST_HEADER)):
        lessons = _lessons(sheet, row)
        if len(lessons) < 2:  # noqa: PLR2004
            continue
        first = min(lessons)
        for name in range(min(first, _NAME_WITHIN)):
            if is_person(sheet.at(row + 2, name).text):
                return _Header(row, name, lessons)
    return None


def _lessons(sheet: Sheet, row: int) -> dict[int, _Lesson]:
    """Return the columns in which a subject stands under a full date; a blank has the date left."""
    lessons: dict[int, _Lesson] = {}
    last: date | None = None
    for column, below in sheet.filled(row + 1):
        cell = sheet.at(row, column)
        last = _full_day(cell) if cell.text else last
        if last and below.kind == "text" and role_of(below.text) == "subject":
            lessons[column] = _Lesson(last, subject_of(below.text))
    # Marks of the first pupil and the topics of a journal stand under dates as well.
    subjects = {lesson.subject for lesson in lessons.values()}
    known = sum(known_subject(subject) is not None for subject in subjects)
    return lessons if known * 2 >= len(subjects) else {}


def _full_day(cell: Cell) -> date | None:
    if isinstance(cell.value, date):
        return cell.value
    days = captions.days_in(cell.text)
    return days[0] if len(days) == 1 else None


def _context(book: Book, sheet: Sheet, header: _Header, hints: Hints) -> Context:
    context = captions.around(book, sheet, range(header.row), hints)
    years = {school_year_of(lesson.day) for lesson in header.lessons.values()}
    if not context.school_year and len(years) == 1:
        context = context._replace(school_year=years.pop())
    return context


def _body(table: _Table) -> range:
    return range(table.header.row + 2, len(table.sheet.rows))


def _read_table(table: _Table, reading: Reading) -> None:
    sheet, name = table.sheet, table.header.name
    named, totals = [], []
    for row in _body(table):
        text = sheet.at(row, name).text
        if is_footer(text):
            totals.append(row)
        elif is_person(text):
            named.append((text, row, row))
        else:
            note_row(sheet, row, table.header.lessons, table.findings)
    unique = without_namesakes(named, name, sheet, table.findings)
    records = [record for row in unique for record in _row_records(table, row, reading)]
    reading.records.extend(records)
    for row in totals:
        _check_total(table, row, records, len(unique))


def _row_records(table: _Table, row: int, reading: Reading) -> list[Record]:
    """Return the records of a pupil's row; list the pupil."""
    name, note = person(table.sheet.at(row, table.header.name).text)
    if note:
        table.findings.add("note", "left_class", place(table.sheet, row, table.header.name))
    year, label = table.context.school_year or "", table.context.class_label or ""
    pupil = Listed(name, label, year, note)
    reading.listed.append(pupil)
    records = [r for column in table.header.lessons for r in _records(table, row, column, pupil)]
    _check_mean(table, row, records)
    return records


def _records(table: _Table, row: int, column: int, pupil: Listed) -> list[Record]:
    lesson = table.header.lessons[column]
    if table.sheet.at(row, column).kind == "empty":
        return []
    where = place(table.sheet, row, column)
    if school_year_of(lesson.day) != pupil.school_year:
        table.findings.add("warning", "day_outside_year", where, year=pupil.school_year)
        return []
    return [
        Record(
            pupil=pupil.pupil,
            class_label=pupil.class_label,
            school_year=pupil.school_year,
            subject=lesson.subject,
            slot="current",
            kind=token.kind,  # type: ignore[arg-type]
            value=token.value,
            raw=token.raw,
            sheet=where.sheet,
            cell=where.cell,
            date=lesson.day.isoformat(),
            scale=token.scale,
            weight=token.weight,
        )
        for token in current_entries(table.sheet, row, column, table.findings)
    ]


def _check_mean(table: _Table, row: int, records: list[Record]) -> None:
    """Compare «Средний балл» of a row with its marks."""
    means = means_of(records)
    for column, _ in table.sheet.filled(row):
        title = table.sheet.at(table.header.row + 1, column).text
        title = title or table.sheet.at(table.header.row, column).text
        if column not in table.header.lessons and role_of(title) == "mean":
            at = (row, column)
            check_mean(table.sheet, at, means, table.findings, key="row_mean_journal")


def _check_total(table: _Table, row: int, records: list[Record], pupils: int) -> None:
    """Compare a line of totals with the marks of its columns."""
    caption = table.sheet.at(row, table.header.name).text
    checked = []
    for column in table.header.lessons:
        if table.sheet.at(row, column).kind == "empty":
            continue
        cells = {place(table.sheet, line, column).cell for line in _body(table)}
        summed = column_of([r for r in records if r.cell in cells], pupils=pupils)
        checked.append(agrees(table.sheet, (row, column), caption, summed, table.findings))
    key = "footer" if checked and all(checked) else "footer_unchecked"
    table.findings.add("note", key, place(table.sheet, row, table.header.name))
