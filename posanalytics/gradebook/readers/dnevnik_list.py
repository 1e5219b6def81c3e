"""Дневник.ру, means and final marks as a list: one row per pupil, or per pupil and subject.

«Сравнение среднего балла и итоговой оценки» and «Успеваемость группы по предмету»; «-» is no mark
(FORMATS.md 3). Only what their columns mean is known, not their order: headers decide.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook import captions
from posanalytics.gradebook.entries import term_entry
from posanalytics.gradebook.findings import Findings, place
from posanalytics.gradebook.headers import (
    is_footer,
    is_name_header,
    is_number_header,
    is_person,
    person,
    role_of,
    subject_of,
)
from posanalytics.gradebook.leftovers import note_columns, note_row
from posanalytics.gradebook.reading import Hints, Listed, Reading, Record
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.screening import missing, without_clashes
from posanalytics.gradebook.totals import agrees, check_distance, column_of
from posanalytics.gradebook.walk import walked
from posanalytics.labels import class_label

if TYPE_CHECKING:
    from posanalytics.gradebook.captions import Context
    from posanalytics.gradebook.cells import Book, Cell, Sheet

FORMAT = "dnevnik_list"

_LAST_HEADER = 40
_MARK = re.compile(r"итогов\w*\s+(?:оценк\w*|отметк\w*|балл)|итог\w*|оценка|отметка", re.IGNORECASE)
_WEIGHTED = re.compile(r"взв", re.IGNORECASE)
_SUBJECT = re.compile(r"(?:учебный\s+)?предмет|дисциплина", re.IGNORECASE)
_CLASS = re.compile(r"класс|группа", re.IGNORECASE)


class _Header(NamedTuple):
    row: int
    columns: dict[str, int]

    def has(self, *names: str) -> bool:
        """Return whether all these columns are there."""
        return self.columns.keys() >= set(names)


class _Table(NamedTuple):
    sheet: Sheet
    header: _Header
    context: Context
    subject: str
    findings: Findings

    def at(self, name: str) -> tuple[int, int]:
        """Return row and column of a header."""
        return self.header.row, self.header.columns[name]

    def cell(self, row: int, name: str) -> Cell:
        """Return the cell under a header, an empty one where there is no such column."""
        return self.sheet.at(row, self.header.columns.get(name, -1))


def recognise(book: Book) -> Match:
    """Return how surely the book is such a list: a mean stands beside a final mark."""
    if any(_header(sheet) for sheet in book.sheets):
        return seen(0.88, "rows_of_pupil_and_subject", "mean_beside_final")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the mean and the final mark of every row."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        header = _header(sheet)
        if header is None:
            return False
        context = captions.around(book, sheet, range(header.row), hints)
        subject = captions.labelled(sheet, range(header.row)).get("subject", "")
        table = _Table(sheet, header, context, subject or hints.subject or "", findings)
        known = {at for key, at in header.columns.items() if key != "other"}
        note_columns(sheet, header.row, _body(table), known, findings)
        if header.has("weighted"):
            where = place(sheet, header.row, header.columns["weighted"])
            findings.add(
                "note", "second_mean_column", where, title=sheet.at(*table.at("weighted")).text
            )
        if not _lacks(table):
            _read_table(table, reading)
        return True

    return walked(book, FORMAT, read_sheet, name=name)


def _header(sheet: Sheet) -> _Header | None:
    for row in range(min(len(sheet.rows), _LAST_HEADER)):
        header = _Header(row, _columns(sheet, row))
        titled = captions.labelled(sheet, range(row)) if header.has("name", "mean", "mark") else {}
        if titled.get("subject") or header.has("name", "mean", "mark", "subject"):
            return header
    return None


def _columns(sheet: Sheet, row: int) -> dict[str, int]:
    """Return the known columns, none where subjects stand across."""
    columns: dict[str, int] = {}
    for at, cell in sheet.filled(row):
        name = _column(cell.text)
        if cell.covered or name is None:
            return {}
        columns.setdefault(name, at)
    return columns


def _column(text: str) -> str | None:
    if is_name_header(text):
        return "name"
    if is_number_header(text):
        return "number"
    if role_of(text) == "mean":
        return "weighted" if _WEIGHTED.search(text) else "mean"
    for name, pattern in (("subject", _SUBJECT), ("class", _CLASS), ("mark", _MARK)):
        if pattern.fullmatch(text):
            return name
    return "other" if role_of(text) in {"other", "conduct"} else None


def _lacks(table: _Table) -> bool:
    fields = ["school_year", "term"]
    if not table.header.has("class"):
        fields.append("class_label")
    return missing(table.context, fields, table.sheet, table.findings)


def _body(table: _Table) -> range:
    return range(table.header.row + 1, len(table.sheet.rows))


def _read_table(table: _Table, reading: Reading) -> None:
    records: list[Record] = []
    totals: list[int] = []
    last: Listed | None = None
    for row in _body(table):
        cell = table.cell(row, "name")
        if is_footer(_caption(table, row)):
            totals.append(row)
        elif is_person(cell.text) or (last and not cell.text and table.cell(row, "subject").text):
            pupil = _pupil(table, row) if cell.text else last
            if pupil is None:
                continue
            last = pupil
            reading.listed.append(pupil)
            records.extend(_records(table, row, pupil))
        else:
            marks = (table.header.columns[key] for key in ("mean", "mark"))
            note_row(table.sheet, row, marks, table.findings)
    reading.records.extend(without_clashes(records, table.findings))
    for row in totals:
        _check_total(table, row, records)


def _caption(table: _Table, row: int) -> str:
    """Return the first words of a row, past its number."""
    texts = (cell.text for _, cell in table.sheet.filled(row))
    return next((text for text in texts if not text.strip(".").isdecimal()), "")


def _pupil(table: _Table, row: int) -> Listed | None:
    name, note = person(table.cell(row, "name").text)
    where = place(table.sheet, row, table.header.columns["name"])
    label = class_label(table.cell(row, "class").text) or table.context.class_label
    if label is None:
        table.findings.add("error", "no_class_row", where)
        return None
    if note:
        table.findings.add("note", "left_class", where)
    return Listed(name, label, table.context.school_year or "", note)


def _records(table: _Table, row: int, pupil: Listed) -> list[Record]:
    subject = subject_of(table.cell(row, "subject").text or table.subject)
    if not subject:
        column, _ = table.sheet.first_filled(row)
        table.findings.add("warning", "no_list_subject", place(table.sheet, row, column))
        return []
    found = {name: _record(table, row, name, pupil, subject) for name in ("mean", "mark")}
    check_distance(found["mean"], found["mark"], table.findings)
    return [record for record in found.values() if record]


def _record(table: _Table, row: int, name: str, pupil: Listed, subject: str) -> Record | None:
    if table.cell(row, name).kind == "empty":
        return None
    column = table.header.columns[name]
    entry = term_entry(table.sheet, row, column, table.findings)
    if entry is None:
        return None
    # A mean may be whole («4»), and a final mark that is no whole number is a mean.
    kind = "mean" if name == "mean" and entry.kind == "mark" else entry.kind
    return Record(
        pupil=pupil.pupil,
        class_label=pupil.class_label,
        school_year=pupil.school_year,
        subject=subject,
        slot="term",
        kind=kind,  # type: ignore[arg-type]
        value=entry.value,
        raw=entry.raw,
        sheet=table.sheet.name,
        cell=place(table.sheet, row, column).cell,
        term=f"{pupil.school_year}-{table.context.term}",
        scale=entry.scale,
    )


def _check_total(table: _Table, row: int, records: list[Record]) -> None:
    """Compare a line of totals with the final marks above it."""
    caption = _caption(table, row)
    pupils = len({record.pupil for record in records})
    at = (row, table.header.columns["mark"])
    checked = agrees(table.sheet, at, caption, column_of(records, pupils=pupils), table.findings)
    where = place(table.sheet, row, table.sheet.first_filled(row)[0])
    table.findings.add("note", "footer" if checked else "footer_unchecked", where)
