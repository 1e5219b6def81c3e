"""Tables of one pupil: subjects down, lesson days or terms across, several pupils in a file.

Сетевой город (StudentTotal, StudentTotalMarks), ЭлЖур and one more journal print this; their
modules differ only in how they are recognised.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from posanalytics.gradebook import captions
from posanalytics.gradebook.captions import Context
from posanalytics.gradebook.entries import current_entries, term_entry
from posanalytics.gradebook.findings import Findings, Where, place
from posanalytics.gradebook.footers import compared, printed
from posanalytics.gradebook.headers import is_footer, is_person, person, role_of, subject_of
from posanalytics.gradebook.reading import Hints, Listed, Reading, Record
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.screening import missing
from posanalytics.gradebook.sheet_findings import note_oddities
from posanalytics.gradebook.tokens import Token, tokens
from posanalytics.labels import pupil_words

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Cell, Sheet

Shape = Literal["months", "months_above", "dates", "terms"]

_SUBJECT_HEADER = re.compile(r"(?:учебный\s+)?предмет\w*|наименование\s+предмета", re.IGNORECASE)
_DAY_MONTH = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{2}|\d{4}))?")
_LABEL_ROW = re.compile(
    r"^[^:]{2,40}:\s*$|^(?:учебный год|класс|период|ученик\w*|уч-ся)\s*:", re.IGNORECASE
)
_WORK = re.compile(r"\s*(\d)\s*[-–—:]\s*([^;\n]+)")
_LONGEST_WORK = 60
_SUBJECT_WITHIN = 3  # columns: before the subjects stands at most a number and a name


class When(NamedTuple):
    """What stands in a column: marks of a day, of a term, the mean, or something else."""

    kind: Literal["day", "term", "mean", "other"]
    text: str = ""
    day: str | None = None
    term: str | None = None


class Header(NamedTuple):
    """Where a table starts: its subject column, its header rows, and how it names its days."""

    titles: range
    rows: range
    body: range
    column: int
    shape: Shape


class _Table(NamedTuple):
    sheet: Sheet
    header: Header
    columns: dict[int, When]
    context: Context
    findings: Findings


def headers_of(sheet: Sheet) -> list[Header]:
    """Return the tables of the sheet from top to bottom."""
    starts = [
        (row, column)
        for row in range(len(sheet.rows))
        for column, cell in sheet.filled(row)
        if column < _SUBJECT_WITHIN
        and not cell.covered
        and _SUBJECT_HEADER.fullmatch(cell.text)
        and any(at > column for at, _ in sheet.filled(row))
    ]
    headers: list[Header] = []
    titles = 0
    for (row, column), after in pairwise([*starts, (len(sheet.rows), 0)]):
        header = _header(sheet, row, column, after[0])
        if header:
            body = _body(sheet, header.stop, after[0])
            shape = _shape(sheet, header, row, column)
            headers.append(Header(range(titles, header.start), header, body, column, shape))
            titles = body.stop
    return headers


def _header(sheet: Sheet, row: int, column: int, end: int) -> range | None:
    """Return the rows of the header: months may stand a row above it, days a row below."""
    first = row - 1 if _has_months(sheet, row - 1, column) else row
    last = row + 1
    while last < min(row + 4, end) and _continues(sheet, last, column):
        last += 1
    return range(first, last)


def _continues(sheet: Sheet, row: int, column: int) -> bool:
    cell = sheet.at(row, column)
    return cell.covered or cell.kind == "empty"


def _has_months(sheet: Sheet, row: int, column: int) -> bool:
    return any(captions.month_number(c.text) for at, c in sheet.filled(row) if at > column)


def _body(sheet: Sheet, start: int, end: int) -> range:
    for row in range(start, end):
        _, cell = sheet.first_filled(row)
        if _LABEL_ROW.match(cell.text):
            return range(start, row)
    return range(start, end)


def _shape(sheet: Sheet, header: range, row: int, column: int) -> Shape:
    if header.start < row:
        return "months_above"
    if _has_months(sheet, row, column):
        return "months"
    dated = any(_calendar_day(c, None) for r in header for at, c in sheet.filled(r) if at > column)
    return "dates" if dated else "terms"


def shaped(book: Book, shape: Shape, sign: str) -> Match:
    """Return how surely a book holds tables of this shape: their share among tables of pupils."""
    found = Counter(header.shape for sheet in book.sheets for header in headers_of(sheet))
    if not found[shape]:
        return NO_MATCH
    return seen(0.9 * found[shape] / found.total(), "subjects_down", sign)


def read_pupils(book: Book, form: str, *, name: str, hints: Hints) -> Reading:
    """Return the marks of every pupil's table in the book."""
    findings = Findings(name)
    reading = Reading(form, sheets=len(book.sheets), encoding=book.encoding)
    note_oddities(book, findings)
    tables = [table for sheet in book.sheets for table in _tables(book, sheet, findings, hints)]
    for table in _without_namesakes(tables):
        _read_table(table, reading)
    reading.problems.extend(findings.problems())
    return reading


def _tables(book: Book, sheet: Sheet, findings: Findings, hints: Hints) -> list[_Table]:
    tables = []
    before = Context()
    headers = headers_of(sheet)
    if not headers and any(sheet.rows):
        findings.add("warning", "no_table", Where(sheet.name))
    for header in headers:
        title = captions.described(sheet, header.titles)
        context = title
        for weaker in (
            Context(pupil=_titled_pupil(sheet, header.titles)),
            before._replace(pupil=None),
            captions.in_name(sheet.name),
            captions.in_name(book.name),
            captions.in_hints(hints),
        ):
            context = context.over(weaker)
        if not context.school_year and context.days:
            context = context._replace(school_year=captions.year_in(_days_text(context)))
        before = context
        if not missing(context, ("school_year", "class_label", "pupil"), sheet, findings):
            columns = _columns(sheet, header, context, findings)
            tables.append(_Table(sheet, header, columns, context, findings))
    return tables


def _days_text(context: Context) -> str:
    return " ".join(day.strftime("%d.%m.%Y") for day in context.days)


def _titled_pupil(sheet: Sheet, titles: range) -> str | None:
    """Return the name in a title such as «Ёлкин Пётр, 7Б»."""
    for row in titles:
        for _, cell in sheet.filled(row):
            name = cell.text.partition(",")[0].partition("(")[0].strip()
            if is_person(name) and not is_footer(name) and name[0].isupper():
                words = name.split()
                if all(word[:1].isupper() for word in words):
                    return name
    return None


def _columns(sheet: Sheet, header: Header, context: Context, findings: Findings) -> dict[int, When]:
    """Return what each column right of the subjects holds."""
    widest = max(len(sheet.rows[row]) for row in header.rows)
    columns = {}
    month: int | None = None
    for index in range(header.column + 1, widest):
        cells = [sheet.at(row, index) for row in header.rows]
        month = next((m for c in cells if (m := captions.month_number(c.text))), month)
        when = _when(cells, month, context)
        columns[index] = when
        if when.kind == "other" and when.text and _used(sheet, header, index):
            where = place(sheet, header.rows[0], index)
            findings.add("warning", "unknown_column", where, title=when.text)
    return columns


def _used(sheet: Sheet, header: Header, index: int) -> bool:
    return any(sheet.at(row, index).kind != "empty" for row in header.body)


def _when(cells: list[Cell], month: int | None, context: Context) -> When:
    parts = list(dict.fromkeys(cell.text for cell in cells if cell.text))
    text = " ".join(parts)
    for cell in cells:
        day = _calendar_day(cell, context.school_year)
        if day:
            return When("day", text, day=day)
    number = next((part for part in reversed(parts) if part.isdigit() and len(part) <= 2), None)  # noqa: PLR2004
    if number and month and context.school_year:
        day = captions.lesson_day(int(number), month, context.school_year)
        return When("day", text, day=day) if day else When("other", text)
    if any(role_of(part) == "mean" for part in parts):
        return When("mean", text)
    return _term_column(parts, text, context)


def _term_column(parts: list[str], text: str, context: Context) -> When:
    suffix = next((found for part in reversed(parts) if (found := captions.period_of(part))), None)
    if suffix == "F" and context.term and text.casefold().strip(" :") in {"итог", "итого"}:
        suffix = context.term
    if suffix:
        return When("term", text, term=f"{context.school_year}-{suffix}")
    return When("other", text)


def _calendar_day(cell: Cell, school_year: str | None) -> str | None:
    """Return the day of a header such as «01.09», «01.09.2025» or a date cell."""
    if isinstance(cell.value, date):
        return cell.value.isoformat()
    match = _DAY_MONTH.fullmatch(cell.text)
    if not match:
        return None
    if match[3]:
        days = captions.days_in(cell.text.replace("/", "."))
        return days[0].isoformat() if days else None
    return captions.lesson_day(int(match[1]), int(match[2]), school_year or "2000-01")


def _without_namesakes(tables: list[_Table]) -> list[_Table]:
    """Return the tables of pupils that can be told apart; name the cells of those who cannot.

    The same name again with other days is the same pupil in another period.
    """
    groups: dict[tuple[object, ...], list[_Table]] = defaultdict(list)
    for table in tables:
        words = pupil_words(table.context.pupil or "")
        groups[table.context.class_label, table.context.school_year, words].append(table)
    doubtful: list[_Table] = []
    for pair, same in enumerate(groups.values(), 1):
        counts = Counter(key for table in same for key in _times(table))
        clashing = [t for t in same if any(counts[key] > 1 for key in _times(t))]
        for table in clashing:
            where = place(table.sheet, table.header.rows[0], table.header.column)
            table.findings.add("error", "namesakes", where, pair=pair)
        doubtful.extend(clashing)
    return [table for table in tables if not any(table is other for other in doubtful)]


def _times(table: _Table) -> set[str]:
    times = (when.day or when.term for when in table.columns.values())
    return {time for time in times if time}


def _read_table(table: _Table, reading: Reading) -> None:
    name, note = person(table.context.pupil or "")
    year, label = table.context.school_year or "", table.context.class_label or ""
    listed = Listed(name, label, year, note)
    if listed not in reading.listed:
        reading.listed.append(listed)
    if note:
        where = place(table.sheet, table.header.rows[0], table.header.column)
        table.findings.add("note", "left_class", where)
    for row in table.header.body:
        if _is_subject(table, row):
            reading.records.extend(_row_records(table, row, listed))


def _is_subject(table: _Table, row: int) -> bool:
    """Return whether the row holds a subject; name rows that hold something else."""
    sheet = table.sheet
    cell = sheet.at(row, table.header.column)
    marks = any(
        at in table.columns and table.columns[at].kind != "other" for at, _ in sheet.filled(row)
    )
    if not marks:
        return False
    where = place(sheet, row, table.header.column)
    if is_footer(cell.text) or role_of(cell.text) in {"mean", "other"}:
        table.findings.add("note", "footer_unchecked" if cell.text else "nameless_row", where)
        return False
    if cell.text and all(t.kind == "absence" for t in tokens(cell.text, grid="current")):
        table.findings.add("note", "legend_row", where)
        return False
    if role_of(cell.text) == "conduct":
        table.findings.add("note", "conduct_row", where)
        return False
    return True


def _row_records(table: _Table, row: int, pupil: Listed) -> list[Record]:
    records: list[Record] = []
    marks: list[Token] = []
    doubtful = False
    subject = subject_of(table.sheet.at(row, table.header.column).text)
    for column, when in table.columns.items():
        cell = table.sheet.at(row, column)
        if cell.kind == "empty":
            continue
        if when.kind == "day":
            found = current_entries(table.sheet, row, column, table.findings)
            doubtful = doubtful or not found
            marks.extend(token for token in found if token.kind == "mark")
            works = _works(cell, found)
        elif when.kind == "term":
            entry = term_entry(table.sheet, row, column, table.findings)
            found, works = [entry] if entry else [], [""]
        else:
            continue
        records.extend(
            _record(table, (row, column), pupil, subject, token, work)
            for token, work in zip(found, works, strict=False)
        )
    if not doubtful:
        _check_mean(table, row, marks)
    return records


def _record(  # noqa: PLR0913, PLR0917
    table: _Table, at: tuple[int, int], pupil: Listed, subject: str, token: Token, work: str
) -> Record:
    when, where = table.columns[at[1]], place(table.sheet, *at)
    return Record(
        pupil=pupil.pupil,
        class_label=pupil.class_label,
        school_year=pupil.school_year,
        subject=subject,
        slot="current" if when.kind == "day" else "term",
        kind=token.kind,  # type: ignore[arg-type]
        value=token.value,
        raw=token.raw,
        sheet=where.sheet,
        cell=where.cell,
        date=when.day,
        term=when.term,
        scale=token.scale,
        weight=token.weight,
        work=work,
    )


def _works(cell: Cell, found: list[Token]) -> list[str]:
    """Return the kind of work of every token, from a comment «5 - Контрольная работа - …»."""
    told = [(match[1], match[2]) for match in _WORK.finditer(cell.comment)]
    works = []
    for token in found:
        wanted = "" if token.value is None else f"{token.value:.0f}"
        at = next((n for n, (digit, _) in enumerate(told) if digit == wanted), None)
        text = told.pop(at)[1] if at is not None else ""
        work = re.split(r"\s[-–—]\s", text)[0].strip()[:_LONGEST_WORK]
        works.append("" if is_person(work) else work)
    return works


def _check_mean(table: _Table, row: int, marks: list[Token]) -> None:
    """Compare «Средняя оценка» with the plain and the weighted mean of the row."""
    values = [(token.value or 0.0, token.weight) for token in marks]
    if not values:
        return
    plain = sum(value for value, _ in values) / len(values)
    weighted = sum(v * w for v, w in values) / sum(w for _, w in values)
    for column, when in table.columns.items():
        shown = printed(table.sheet.at(row, column)) if when.kind == "mean" else None
        if shown and not (shown.agrees(plain) or shown.agrees(weighted)):
            where = place(table.sheet, row, column)
            table.findings.add("warning", "row_mean_journal", where, token=compared(shown, plain))
