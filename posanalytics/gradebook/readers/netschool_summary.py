"""Сетевой город (АСУ РСО), «Сводная ведомость учёта успеваемости»: a class, the whole year.

Every pupil has a block of rows, one per period; subjects stand across (FORMATS.md 1.5).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook import captions
from posanalytics.gradebook.entries import term_entry
from posanalytics.gradebook.findings import Findings, place
from posanalytics.gradebook.headers import (
    is_footer,
    is_name_header,
    is_person,
    person,
    role_of,
    subject_of,
)
from posanalytics.gradebook.reading import Hints, Listed, Reading, Record
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.screening import missing, without_clashes, without_namesakes
from posanalytics.gradebook.totals import check_mean
from posanalytics.gradebook.walk import walked
from posanalytics.labels import pupil_words

if TYPE_CHECKING:
    from posanalytics.gradebook.captions import Context
    from posanalytics.gradebook.cells import Book, Sheet

FORMAT = "netschool_summary"

_LAST_HEADER_START = 40
_ROWS_LOOKED_AT = 12


class _Header(NamedTuple):
    row: int
    name: int
    period: int


class _Table(NamedTuple):
    sheet: Sheet
    header: _Header
    subjects: dict[int, str]
    context: Context
    findings: Findings


class _Block(NamedTuple):
    """Rows of one pupil with the period that each is for."""

    row: int
    pupil: str
    note: str
    periods: dict[int, str]


def recognise(book: Book) -> Match:
    """Return how surely the book is such a report: it has a column of periods beside the names."""
    if any(_header(sheet) for sheet in book.sheets):
        return seen(0.95, "pupils_down", "periods_down")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the marks of every pupil, subject and period in the report."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        header = _header(sheet)
        if header is None:
            return False
        context = captions.around(book, sheet, range(header.row), hints)
        if not missing(context, ("school_year", "class_label"), sheet, findings):
            subjects = _subjects(sheet, header, findings)
            _read_table(_Table(sheet, header, subjects, context, findings), reading)
        return True

    return walked(book, FORMAT, read_sheet, name=name)


def _header(sheet: Sheet) -> _Header | None:
    for row in range(min(len(sheet.rows), _LAST_HEADER_START)):
        for column, cell in sheet.filled(row):
            if not cell.covered and is_name_header(cell.text):
                period = _period_column(sheet, row, column)
                if period is not None:
                    return _Header(row, column, period)
    return None


def _period_column(sheet: Sheet, row: int, name: int) -> int | None:
    """Return the column right of the names in which periods repeat down."""
    for column in (name + 1, name + 2):
        below = range(row + 1, min(row + 1 + _ROWS_LOOKED_AT, len(sheet.rows)))
        texts = [sheet.at(r, column).text for r in below]
        if sum(bool(text and captions.period_of(text)) for text in texts) >= 2:  # noqa: PLR2004
            return column
    return None


def _subjects(sheet: Sheet, header: _Header, findings: Findings) -> dict[int, str]:
    """Return subject by column; name the columns that hold something else."""
    subjects = {}
    widest = max(len(row) for row in sheet.rows)
    for column in range(header.period + 1, widest):
        title = sheet.at(header.row, column).text
        role = role_of(title)
        if role == "subject":
            subjects[column] = subject_of(title)
        elif _used(sheet, header, column):
            key = {"conduct": "conduct_column", "mean": "mean_column"}.get(role, "other_column")
            key = key if title else "nameless_column"
            findings.add("note", key, place(sheet, header.row, column), title=title)
    return subjects


def _used(sheet: Sheet, header: _Header, column: int) -> bool:
    return any(
        sheet.at(row, column).kind != "empty" for row in range(header.row + 1, len(sheet.rows))
    )


def _read_table(table: _Table, reading: Reading) -> None:
    blocks = _unique(table, _blocks(table))
    year, label = table.context.school_year or "", table.context.class_label or ""
    reading.listed.extend(Listed(block.pupil, label, year, block.note) for block in blocks)
    records = [record for block in blocks for record in _records(table, block)]
    _check_means(table, records)
    reading.records.extend(without_clashes(records, table.findings))


def _check_means(table: _Table, records: list[Record]) -> None:
    """Compare the means behind the rows with the marks of their subjects."""
    sheet, head = table.sheet, table.header
    means = [at for at, cell in sheet.filled(head.row) if role_of(cell.text) == "mean"]
    if not means:
        return
    by_cell = {record.cell: record.value for record in records if record.kind == "mark"}
    for row in range(head.row + 1, len(sheet.rows)):
        told = (by_cell.get(place(sheet, row, column).cell) for column in table.subjects)
        marks = [mark for mark in told if mark is not None]
        for column in means if marks else ():
            mean = sum(marks) / len(marks)
            check_mean(sheet, (row, column), [mean], table.findings, key="row_mean")


def _blocks(table: _Table) -> list[_Block]:
    """Return the pupils; a new one starts where the name is written anew."""
    sheet, header = table.sheet, table.header
    blocks: list[_Block] = []
    for row in range(header.row + 1, len(sheet.rows)):
        cell = sheet.at(row, header.name)
        caption = sheet.at(row, header.period).text
        period = captions.period_of(caption) if caption else None
        name, note = person(cell.text)
        if is_person(cell.text) and not is_footer(cell.text) and not cell.covered:
            if _starts(blocks, name, period):
                blocks.append(_Block(row, name, note, {}))
        elif cell.kind != "empty" and not cell.covered:
            _note_other(table, row)
            continue
        if period and blocks:
            blocks[-1].periods[row] = period
        elif any(sheet.at(row, column).kind != "empty" for column in table.subjects):
            key = "unknown_period" if caption else "nameless_row"
            table.findings.add("warning", key, place(sheet, row, header.period), title=caption)
    return blocks


def _starts(blocks: list[_Block], name: str, period: str | None) -> bool:
    """Return whether the row starts another pupil, where every row repeats the name."""
    if not blocks or pupil_words(blocks[-1].pupil) != pupil_words(name):
        return True
    return period in blocks[-1].periods.values()


def _note_other(table: _Table, row: int) -> None:
    column, cell = table.sheet.first_filled(row)
    if is_name_header(table.sheet.at(row, table.header.name).text):
        return  # the header again, on the next printed page
    key = "footer_unchecked" if is_footer(cell.text) else "other_row"
    table.findings.add("note", key, place(table.sheet, row, column))


def _unique(table: _Table, blocks: list[_Block]) -> list[_Block]:
    named = [(block.pupil, block.row, block) for block in blocks]
    unique = without_namesakes(named, table.header.name, table.sheet, table.findings)
    for block in unique:
        if block.note:
            where = place(table.sheet, block.row, table.header.name)
            table.findings.add("note", "left_class", where)
    return unique


def _records(table: _Table, block: _Block) -> list[Record]:
    year = table.context.school_year or ""
    records = []
    for row, period in block.periods.items():
        for column, subject in table.subjects.items():
            if table.sheet.at(row, column).kind == "empty":
                continue
            entry = term_entry(table.sheet, row, column, table.findings)
            if entry is None:
                continue
            where = place(table.sheet, row, column)
            records.append(
                Record(
                    pupil=block.pupil,
                    class_label=table.context.class_label or "",
                    school_year=year,
                    subject=subject,
                    slot="term",
                    kind=entry.kind,  # type: ignore[arg-type]
                    value=entry.value,
                    raw=entry.raw,
                    sheet=where.sheet,
                    cell=where.cell,
                    term=f"{year}-{period}",
                    scale=entry.scale,
                )
            )
    return records
