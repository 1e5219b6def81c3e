"""Class matrix: pupils down, subjects across, one term; the layout nobody documents.

Tables of Дневник.ру, ЭлЖур, МЭШ, БАРС, «Моя школа» and sheets made by hand look like this. Where
it cannot be told from the sheet, a mapping file beside the export says it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.captions import Context, described, in_hints, in_name
from posanalytics.gradebook.entries import term_entry
from posanalytics.gradebook.findings import Findings, Where, place
from posanalytics.gradebook.footers import Column as MarkColumn
from posanalytics.gradebook.footers import Printed, compared, expected, is_share, printed
from posanalytics.gradebook.headers import is_footer, person
from posanalytics.gradebook.matrix_layout import Block, Column, blocks_of
from posanalytics.gradebook.reading import Hints, Listed, Reading, Record
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.screening import missing, without_clashes, without_namesakes
from posanalytics.gradebook.sheet_findings import note_oddities
from posanalytics.periods import term_name

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Sheet
    from posanalytics.gradebook.mapping import Mapping
    from posanalytics.gradebook.tokens import Token
    from posanalytics.schema import Severity

FORMAT = "class_matrix"


class _Export(NamedTuple):
    """The file being read, and what is said about it from outside."""

    book: Book
    hints: Hints
    mapping: Mapping | None
    findings: Findings


class _Row(NamedTuple):
    """One pupil's row and what its cells say, by column; None where a cell is in doubt."""

    row: int
    pupil: str
    note: str
    entries: dict[int, Token | None]


class _Place(NamedTuple):
    """The table being read: its sheet, its layout and what its captions say."""

    sheet: Sheet
    block: Block
    context: Context
    findings: Findings
    scale: str = "5"


def recognise(book: Book) -> Match:
    """Return how surely the book holds class matrices: the share of its sheets with one."""
    sheets = [sheet for sheet in book.sheets if any(sheet.rows)]
    held = sum(any(block.pupils for block in blocks_of(sheet)) for sheet in sheets)
    if not held:
        return NO_MATCH
    return seen(0.5 * held / len(sheets), "pupils_down", "subjects_across")


def read(book: Book, *, name: str, hints: Hints, mapping: Mapping | None = None) -> Reading:
    """Return the marks of every class table in the book."""
    findings = Findings(name)
    export = _Export(book, hints, mapping, findings)
    reading = Reading(FORMAT, sheets=len(book.sheets), encoding=book.encoding)
    note_oddities(book, findings)
    wanted = [s for s in book.sheets if not (mapping and mapping.sheet) or s.name == mapping.sheet]
    if mapping and not wanted:
        findings.add("error", "mapping_no_sheet", token=mapping.sheet)
    for sheet in wanted:
        _read_sheet(export, sheet, reading)
    reading.problems.extend(findings.problems())
    return reading


def _read_sheet(export: _Export, sheet: Sheet, reading: Reading) -> None:
    blocks = blocks_of(sheet, export.mapping)
    if not blocks and any(sheet.rows):
        export.findings.add("warning", "no_table", Where(sheet.name))
    context = Context()
    for block in blocks:
        context = _context(export, sheet, block, context)
        scale = export.mapping.scale if export.mapping else "5"
        _read_block(_Place(sheet, block, context, export.findings, scale), reading)


def _context(export: _Export, sheet: Sheet, block: Block, before: Context) -> Context:
    """Return class, year and term: mapping, titles, block above, sheet, file, then hints."""
    book = export.book
    title = described(sheet, block.titles)
    named, filed = in_name(sheet.name), in_name(book.name)
    _note_conflicts(export, sheet, (title, named, filed if len(book.sheets) == 1 else Context()))
    context = export.mapping.context() if export.mapping else Context()
    for weaker in (title, before, named, filed, in_hints(export.hints)):
        context = context.over(weaker)
    return context


def _note_conflicts(export: _Export, sheet: Sheet, sources: tuple[Context, ...]) -> None:
    """Say so where title, sheet name and file name call the class, the year or the term apart."""
    for field in ("school_year", "class_label", "term"):
        told = [value for source in sources if (value := getattr(source, field))]
        if len(set(told)) > 1 and not (export.mapping and getattr(export.mapping, field)):
            used, other = (_spoken(field, value) for value in (told[0], told[-1]))
            where = Where(sheet.name)
            export.findings.add("warning", f"conflict_{field}", where, used=used, other=other)


def _spoken(field: str, value: str) -> str:
    return term_name(f"2000-01-{value}", with_year=False) if field == "term" else value


def _read_block(table: _Place, reading: Reading) -> None:
    block, context = table.block, table.context
    needed = ["school_year", "class_label"]
    if any(column.term is None for column in block.subjects):
        needed.append("term")
    # Cells are looked through even where the captions do not say whose they are: a person who
    # mends the file should hear of everything at once.
    lacking = missing(context, needed, table.sheet, table.findings)
    _note_columns(table)
    rows, footers = _rows(table)
    named = [(row.pupil, row.row, row) for row in rows]
    unique = without_namesakes(named, block.name_columns[0], table.sheet, table.findings)
    _check_row_means(table, rows)
    _check_footers(table, rows, footers)
    if lacking:
        return
    records = [record for row in unique for record in _records(table, row)]
    reading.records.extend(without_clashes(records, table.findings))
    year, label = context.school_year or "", context.class_label or ""
    reading.listed.extend(Listed(row.pupil, label, year, row.note) for row in unique)


def _note_columns(table: _Place) -> None:
    """Name every column that holds something and is no subject."""
    for column in table.block.columns:
        if column.role in {"subject", "name", "number"} or column.subject:
            continue
        where = place(table.sheet, table.block.header.start, column.at)
        filled = any(
            table.sheet.at(row, column.at).kind not in {"empty", "uncached", "error"}
            for row in table.block.body
        )
        if filled:
            key = {"mean": "mean_column", "conduct": "conduct_column"}.get(column.role)
            key = key or ("other_column" if column.title else "nameless_column")
            table.findings.add("note", key, where, title=column.title)


def _rows(table: _Place) -> tuple[list[_Row], list[int]]:
    """Return the pupils' rows with their entries, and the numbers of the footer rows."""
    sheet, block = table.sheet, table.block
    rows: list[_Row] = []
    footers: list[int] = []
    for row in block.body:
        if row in block.pupils:
            name, note = person(block.name(sheet, row))
            if note:
                table.findings.add("note", "left_class", place(sheet, row, block.name_columns[0]))
            entries = {
                column.at: term_entry(sheet, row, column.at, table.findings, scale=table.scale)
                for column in block.columns
                if column.subject and sheet.at(row, column.at).kind != "empty"
            }
            rows.append(_Row(row, name, note, entries))
        elif any(True for _ in sheet.filled(row)):
            footers.append(row)
    return rows, footers


def _records(table: _Place, row: _Row) -> list[Record]:
    columns = {column.at: column for column in table.block.columns}
    return [
        _record(table, row, columns[index], entry)
        for index, entry in row.entries.items()
        if entry is not None
    ]


def _record(table: _Place, row: _Row, column: Column, entry: Token) -> Record:
    year = table.context.school_year or ""
    where = place(table.sheet, row.row, column.at)
    return Record(
        pupil=row.pupil,
        class_label=table.context.class_label or "",
        school_year=year,
        subject=column.subject,
        slot="term",
        kind=entry.kind,  # type: ignore[arg-type]
        value=entry.value,
        raw=entry.raw,
        sheet=where.sheet,
        cell=where.cell,
        term=f"{year}-{column.term or table.context.term}",
        scale=entry.scale,
    )


def _check_row_means(table: _Place, rows: list[_Row]) -> None:
    """Compare «Ср. балл» of a row with the mean of its marks."""
    means = [c.at for c in table.block.columns if c.role == "mean" and not c.subject]
    for row in rows:
        marks = [entry.value for entry in row.entries.values() if entry and entry.kind == "mark"]
        if not marks or None in row.entries.values():
            continue
        mean = sum(mark for mark in marks if mark is not None) / len(marks)
        for column in means:
            shown = printed(table.sheet.at(row.row, column))
            if shown and not shown.agrees(mean):
                _note_mismatch(table, (row.row, column), "row_mean", shown, [mean])


def _check_footers(table: _Place, rows: list[_Row], footers: list[int]) -> None:
    """Compare what the rows below the pupils print with what the marks give."""
    for row in footers:
        caption = table.block.caption(table.sheet, row)
        if not is_footer(caption):
            _note_row(table, row)
            continue
        checked = [
            _check_footer(table, rows, (row, column.at), caption)
            for column in table.block.columns
            if column.role == "subject" and table.sheet.at(row, column.at).kind != "empty"
        ]
        where = place(table.sheet, row, table.sheet.first_filled(row)[0])
        table.findings.add(
            "note", "footer" if all(checked) and checked else "footer_unchecked", where
        )


def _note_row(table: _Place, row: int) -> None:
    """Name a row that is neither a pupil nor a total; it matters where it holds marks."""
    column, _ = table.sheet.first_filled(row)
    holds = any(table.sheet.at(row, column.at).kind != "empty" for column in table.block.subjects)
    key: tuple[Severity, str] = ("warning", "nameless_row") if holds else ("note", "other_row")
    table.findings.add(*key, place(table.sheet, row, column))


def _check_footer(table: _Place, rows: list[_Row], at: tuple[int, int], caption: str) -> bool:
    """Return whether the footer could be checked; note it where it does not agree."""
    row, index = at
    entries = [line.entries[index] for line in rows if index in line.entries]
    shown = printed(table.sheet.at(row, index))
    if shown is None or None in entries:
        return False
    marks = [e.value for e in entries if e and e.kind == "mark" and e.value is not None]
    absent = sum(entry is not None and entry.kind == "not_assessed" for entry in entries)
    computed = expected(caption, MarkColumn(marks, absent, len(rows), table.scale))
    if is_share(caption):
        shown = shown.as_percent()
    if computed and not any(shown.agrees(value) for value in computed):
        _note_mismatch(table, at, "footer_mismatch", shown, computed)
    return bool(computed)


def _note_mismatch(
    table: _Place, at: tuple[int, int], key: str, shown: Printed, computed: list[float]
) -> None:
    where = place(table.sheet, *at)
    table.findings.add("warning", key, where, token=compared(shown, computed[0]))
