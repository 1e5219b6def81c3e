"""Marks for terms of a whole parallel on one sheet: classes below each other (FORMATS.md 4.1).

A class is named by a label of its own above its table; a subject stands only over the first of
its terms. МЭШ is believed to print this; a file of means per class goes with it.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook import captions
from posanalytics.gradebook.entries import term_entry
from posanalytics.gradebook.findings import Findings, place
from posanalytics.gradebook.headers import is_footer, is_person, person, role_of, subject_of
from posanalytics.gradebook.leftovers import note_columns, note_row, number_columns
from posanalytics.gradebook.reading import Hints, Listed, Reading, Record
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.screening import missing, without_clashes, without_namesakes
from posanalytics.gradebook.totals import agrees, check_mean, column_of, means_of
from posanalytics.gradebook.walk import walked
from posanalytics.labels import class_label
from posanalytics.periods import is_taught

if TYPE_CHECKING:
    from posanalytics.gradebook.captions import Context
    from posanalytics.gradebook.cells import Book, Sheet

FORMAT = "finals_stacked"

_LABEL_WITHIN = 4  # columns: the label stands over the names
_SUBJECTS_WITHIN = 5  # rows below the label
_MOST_BESIDE = 2  # cells beside a label in its row


class _Column(NamedTuple):
    subject: str
    term: str


class _Block(NamedTuple):
    """One class: its label, the row of its terms, its names and what its columns are for."""

    label: str
    row: int
    terms: int
    name: int
    body: range
    columns: dict[int, _Column]

    @property
    def captions(self) -> range:
        """Return the rows of subjects and of terms."""
        return range(self.terms - 1, self.terms + 1)


class _Table(NamedTuple):
    sheet: Sheet
    block: _Block
    context: Context
    findings: Findings


def recognise(book: Book) -> Match:
    """Return how surely the book is such a workbook: class labels stand over tables of terms."""
    if any(_blocks(sheet) for sheet in book.sheets):
        return seen(0.92, "class_label_over_table", "subjects_over_terms", "pupils_down")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the marks of every class, subject and term."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        blocks = _blocks(sheet)
        for block in blocks:
            context = _context(book, sheet, block, hints)
            table = _Table(sheet, block, context, findings)
            rows = _pupil_rows(table)
            known = {block.name, *number_columns(sheet, block.name, rows), *block.columns}
            note_columns(sheet, block.terms, rows, known, findings)
            if not missing(context, ("school_year",), sheet, findings):
                _read_table(table, reading)
        return bool(blocks)

    return walked(book, FORMAT, read_sheet, name=name)


def _blocks(sheet: Sheet) -> list[_Block]:
    labels = [(row, label) for row in range(len(sheet.rows)) if (label := _label(sheet, row))]
    found = [
        _block(sheet, row, label, end)
        for (row, label), (end, _) in pairwise([*labels, (len(sheet.rows), "")])
    ]
    return [block for block in found if block]


def _label(sheet: Sheet, row: int) -> str | None:
    """Return the class that a row names all by itself."""
    cells = [(at, cell) for at, cell in sheet.filled(row) if not cell.covered]
    if not cells or len(cells) > _MOST_BESIDE or cells[0][0] >= _LABEL_WITHIN:
        return None
    label = class_label(cells[0][1].text)
    return label if label and not label.isdecimal() else None


def _block(sheet: Sheet, row: int, label: str, end: int) -> _Block | None:
    for terms in range(row + 2, min(row + 1 + _SUBJECTS_WITHIN, end)):
        name = next((at for at, c in sheet.filled(terms + 1) if is_person(c.text)), None)
        if name is None or any(sheet.at(above, name).text for above in (terms - 1, terms)):
            continue  # a table with a header over its names is a class matrix
        columns = _columns(sheet, terms, name)
        if columns:
            return _Block(label, row, terms, name, range(terms + 1, end), columns)
    return None


def _columns(sheet: Sheet, terms: int, name: int) -> dict[int, _Column]:
    """Return what the columns are for; a blank over a term has the subject left of it."""
    columns: dict[int, _Column] = {}
    subject = ""
    for at in range(name + 1, max(len(sheet.rows[terms]), len(sheet.rows[terms - 1]))):
        over, term = sheet.at(terms - 1, at).text, sheet.at(terms, at).text
        if over:
            subject = subject_of(over) if role_of(over) == "subject" else ""
        suffix = captions.period_of(term) if term else None
        if subject and suffix:
            columns[at] = _Column(subject, suffix)
    return columns


def _check_means(table: _Table, row: int, records: list[Record]) -> None:
    """Compare a mean behind the marks of a row with those of its terms."""
    means = means_of([record for record in records if is_taught(record.term or "")])
    for column, _ in table.sheet.filled(row):
        titles = (table.sheet.at(above, column).text for above in table.block.captions)
        if column not in table.block.columns and any(role_of(title) == "mean" for title in titles):
            check_mean(table.sheet, (row, column), means, table.findings, key="row_mean")


def _check_total(table: _Table, row: int, records: list[Record], pupils: int) -> None:
    """Compare a line of totals with the marks of its columns."""
    caption = table.sheet.at(row, table.block.name).text
    checked = []
    for column in table.block.columns:
        if table.sheet.at(row, column).kind == "empty":
            continue
        cells = {place(table.sheet, line, column).cell for line in table.block.body}
        summed = column_of([r for r in records if r.cell in cells], pupils=pupils)
        checked.append(agrees(table.sheet, (row, column), caption, summed, table.findings))
    key = "footer" if checked and all(checked) else "footer_unchecked"
    table.findings.add("note", key, place(table.sheet, row, table.block.name))


def _context(book: Book, sheet: Sheet, block: _Block, hints: Hints) -> Context:
    context = captions.around(book, sheet, range(block.row), hints)
    return context._replace(class_label=block.label)


def _pupil_rows(table: _Table) -> list[int]:
    name = table.block.name
    texts = ((row, table.sheet.at(row, name).text) for row in table.block.body)
    return [row for row, text in texts if is_person(text) and not is_footer(text)]


def _read_table(table: _Table, reading: Reading) -> None:
    sheet, name = table.sheet, table.block.name
    rows = _pupil_rows(table)
    totals = [row for row in table.block.body if is_footer(sheet.at(row, name).text)]
    for row in table.block.body:
        if row not in rows and row not in totals:
            note_row(sheet, row, table.block.columns, table.findings)
    named = [(sheet.at(row, name).text, row, row) for row in rows]
    records: list[Record] = []
    for row in without_namesakes(named, name, sheet, table.findings):
        pupil = _listed(table, row)
        reading.listed.append(pupil)
        found = _records(table, row, pupil)
        records.extend(found)
        _check_means(table, row, found)
    reading.records.extend(without_clashes(records, table.findings))
    for row in totals:
        _check_total(table, row, records, len(named))


def _listed(table: _Table, row: int) -> Listed:
    name, note = person(table.sheet.at(row, table.block.name).text)
    if note:
        table.findings.add("note", "left_class", place(table.sheet, row, table.block.name))
    return Listed(name, table.block.label, table.context.school_year or "", note)


def _records(table: _Table, row: int, pupil: Listed) -> list[Record]:
    records = []
    for at, column in table.block.columns.items():
        if table.sheet.at(row, at).kind == "empty":
            continue
        entry = term_entry(table.sheet, row, at, table.findings)
        if entry is None:
            continue
        records.append(
            Record(
                pupil=pupil.pupil,
                class_label=pupil.class_label,
                school_year=pupil.school_year,
                subject=column.subject,
                slot="term",
                kind=entry.kind,  # type: ignore[arg-type]
                value=entry.value,
                raw=entry.raw,
                sheet=table.sheet.name,
                cell=place(table.sheet, row, at).cell,
                term=f"{pupil.school_year}-{column.term}",
                scale=entry.scale,
            )
        )
    return records
