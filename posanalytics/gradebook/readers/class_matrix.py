"""Class matrix: pupils down, subjects across, one term; the layout nobody documents.

Tables of Дневник.ру, ЭлЖур, МЭШ, БАРС, «Моя школа» and sheets made by hand look like this. Where
it cannot be told from the sheet, a mapping file beside the export says it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.captions import (
    Context,
    classes_in,
    described,
    in_hints,
    in_name,
    in_texts,
)
from posanalytics.gradebook.cells import cell_name, column_number
from posanalytics.gradebook.entries import term_entry
from posanalytics.gradebook.findings import Findings, Where, place, quoted, shown_caption
from posanalytics.gradebook.footers import Column as MarkColumn
from posanalytics.gradebook.footers import Printed, compared, expected, is_share, printed
from posanalytics.gradebook.headers import is_footer, is_service, person
from posanalytics.gradebook.leftovers import mostly_marks
from posanalytics.gradebook.matrix_layout import (
    Block,
    blocks_of,
    counts_columns,
    grids_of,
    is_turned,
)
from posanalytics.gradebook.reading import Hints, Listed, Reading, Record
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.screening import without_clashes, without_namesakes
from posanalytics.gradebook.sheet_findings import note_oddities
from posanalytics.labels import is_school_subject, settled_class, typed_class
from posanalytics.periods import term_name

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Sheet
    from posanalytics.gradebook.mapping import Layout, Mapping
    from posanalytics.gradebook.matrix_columns import Column
    from posanalytics.gradebook.tokens import Token
    from posanalytics.schema import Severity

FORMAT = "class_matrix"

_QUARTERS = ("Q1", "Q2", "Q3", "Q4")
_ROMAN_QUARTERS = dict(zip(("I", "II", "III", "IV"), _QUARTERS, strict=True))
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d+)")


class _Row(NamedTuple):
    """One pupil's row and what its cells say, by column; None where a cell is in doubt."""

    row: int
    pupil: str
    note: str
    class_label: str
    entries: dict[int, Token | None]


class Table(NamedTuple):
    """One table of the book: its place, its layout, and whose it is."""

    sheet: Sheet
    block: Block
    context: Context
    layout: Layout | None = None
    turned: bool = False

    @property
    def lacking(self) -> list[str]:
        """Return what nothing says of the class, the year and the term of the marks."""
        context = self.context
        needed = {"school_year": context.school_year, "class_label": context.class_label}
        if self.block.class_column is not None:
            del needed["class_label"]
        marks = [c for c in self.block.subjects if c.role == "subject"] or self.block.subjects
        if any(column.term is None for column in marks):
            needed["term"] = context.term
        return [name for name, value in needed.items() if not value]


class _Place(NamedTuple):
    """The table being read, and where its findings go."""

    sheet: Sheet
    block: Block
    context: Context
    findings: Findings
    scale: str = "5"
    skipped: frozenset[int] = frozenset()
    layout: Layout | None = None


def recognise(book: Book) -> Match:
    """Return how surely the book holds class matrices: the share of its sheets with one."""
    sheets = [sheet for sheet in book.sheets if any(sheet.rows)]
    turned = sum(is_turned(sheet) for sheet in sheets)
    if turned:
        return seen(0.95 * turned / len(sheets), "subjects_down", "pupils_across")
    held = sum(any(block.pupils for block in blocks_of(sheet)) for sheet in sheets)
    if not held:
        return NO_MATCH
    return seen(0.5 * held / len(sheets), "pupils_down", "subjects_across")


def read(book: Book, *, name: str, hints: Hints, mapping: Mapping | None = None) -> Reading:
    """Return the marks of every class table in the book."""
    findings = Findings(name)
    reading = Reading(FORMAT, sheets=len(book.sheets), encoding=book.encoding)
    note_oddities(book, findings)
    for missed in mapping.missing_sheets(book.sheets) if mapping else []:
        findings.add("error", "mapping_no_sheet", token=missed)
    for table in tables(book, hints=hints, mapping=mapping, findings=findings):
        _read_table(table, reading, findings, name)
    reading.records[:] = without_clashes(reading.records, findings)
    reading.problems[:0] = findings.problems()
    return reading


def tables(
    book: Book, *, hints: Hints, mapping: Mapping | None, findings: Findings | None = None
) -> list[Table]:
    """Return the class tables of the book.

    Notes the sheets without one, and where titles and names contradict each other.
    """
    found: list[Table] = []
    titled: list[tuple[Sheet, Context, Layout | None]] = []
    for sheet, layout in _sheets(book, mapping):
        before = Context()
        end = _end(book, mapping, sheet, layout)
        grids = grids_of(sheet, layout, end)
        if findings and not grids and any(sheet.rows):
            findings.add("warning", "no_table", Where(sheet.name))
        for grid in grids:
            titled.append((sheet, described(grid.titled, grid.titles), layout))
            over = in_texts([grid.block.over_names(grid.sheet)])._replace(term=None)
            told = around(book, grid.titled, grid.titles, hints=hints, before=over.over(before))
            context = before = layout.context().over(told) if layout else told
            found.append(Table(grid.sheet, grid.block, context, layout, grid.turned))
    if findings:
        filed = _filed_class(book, found)
        for where in titled:
            _note_conflicts(book, where, filed, findings)
    return found


def around(
    book: Book, sheet: Sheet, titles: range, *, hints: Hints, before: Context | None = None
) -> Context:
    """Return what titles, the table above, the sheet, the file and then hints say of a table."""
    context = described(sheet, titles).over(before or Context())
    named = in_name(sheet.name)
    numbered = named._replace(term=named.term or _roman_quarter(book, sheet))
    for weaker in (numbered, in_name(book.name), in_hints(hints)):
        context = context.over(weaker)
    return context


def _roman_quarter(book: Book, sheet: Sheet) -> str | None:
    """Return the quarter of a sheet called «III», where other sheets are called by quarters."""
    names = [other.name.strip(" .") for other in book.sheets]
    beside = sum(name in _ROMAN_QUARTERS or in_name(name).term in _QUARTERS for name in names)
    term = _ROMAN_QUARTERS.get(sheet.name.strip(" ."))
    return term if beside > 1 else None


def _sheets(book: Book, mapping: Mapping | None) -> list[tuple[Sheet, Layout | None]]:
    if mapping is None:
        return [(sheet, None) for sheet in book.sheets]
    return list(mapping.tables(book.sheets))


def _end(book: Book, mapping: Mapping | None, sheet: Sheet, layout: Layout | None) -> int | None:
    """Return the row of the next table that the mapping tells of on the sheet."""
    own = layout.header_row if layout else None
    others = [
        other.header_row
        for where, other in _sheets(book, mapping)
        if own and other and where is sheet and other.header_row and other.header_row > own
    ]
    return min(others) - 1 if others else None


def _note_conflicts(
    book: Book,
    titled: tuple[Sheet, Context, Layout | None],
    filed_class: str | None,
    findings: Findings,
) -> None:
    """Say so where title, sheet name and file name call the class, the year or the term apart."""
    sheet, title, layout = titled
    filed = in_name(book.name) if len(book.sheets) == 1 else Context()
    filed = filed._replace(class_label=filed_class)
    for field in ("school_year", "class_label", "term"):
        sources = (title, in_name(sheet.name), filed)
        told = [value for source in sources if (value := getattr(source, field))]
        if field == "class_label":
            told = [settled_class(value) for value in told]
        if len(set(told)) > 1 and not (layout and getattr(layout, field)):
            used, other = (_spoken(field, value) for value in (told[0], told[-1]))
            findings.add("warning", f"conflict_{field}", Where(sheet.name), used=used, other=other)


def _filed_class(book: Book, found: list[Table]) -> str | None:
    """Return the class of the file's name, None where it names several or one of several tables."""
    named = classes_in(book.name.rpartition("/")[2]) or classes_in(book.name)
    held = {settled_class(table.context.class_label or "") for table in found}
    several = len(named) > 1 or (len(held) > 1 and named & held)
    return None if several else next(iter(named), None)


def _spoken(field: str, value: str) -> str:
    return term_name(f"2000-01-{value}", with_year=False) if field == "term" else value


def _read_table(table: Table, reading: Reading, findings: Findings, name: str) -> None:
    """Add what one table says; the cells of a turned table are named as the file has them."""
    layout = table.layout
    scale, skipped = (layout.scale, layout.skip_rows) if layout else ("5", frozenset())
    own = Findings(name) if table.turned else findings
    lacking = table.lacking if table.block.pupils else []
    here = _Place(table.sheet, table.block, table.context, own, scale, skipped, layout)
    if not table.turned:
        _read_block(here, lacking, reading)
        return
    part = Reading(FORMAT)
    _read_block(here, lacking, part)
    reading.listed.extend(part.listed)
    reading.records.extend(r._replace(cell=_turned_back(r.cell)) for r in part.records)
    told = (replace(problem, cell=_turned_back(problem.cell)) for problem in own.problems())
    reading.problems.extend(told)


def _turned_back(cells: str) -> str:
    """Return references with row and column changed over.

    >>> _turned_back("C5, AA1")
    'E3, A27'
    """
    return _REFERENCE.sub(lambda m: cell_name(column_number(m[1]), int(m[2]) - 1), cells)


def _read_block(table: _Place, lacking: list[str], reading: Reading) -> None:
    block, context = table.block, table.context
    # Cells are looked through even where the captions do not say whose they are: a person who
    # mends the file should hear of everything at once.
    for field in lacking:
        _note_lacking(table, field)
    _note_columns(table)
    _note_unfamiliar(table)
    rows, footers = _rows(table)
    rows = _with_means_apart(table, rows)
    _check_row_means(table, rows)
    _check_footers(table, rows, footers)
    unique = _told_apart(table, rows)
    if lacking:
        return
    reading.records.extend(record for row in unique for record in _records(table, row))
    year = context.school_year or ""
    reading.listed.extend(Listed(row.pupil, row.class_label, year, row.note) for row in unique)
    if block.named_by_sheet:
        where = Where(table.sheet.name)
        table.findings.add("note", "subject_by_sheet", where, title=block.one_subject)


def _note_lacking(table: _Place, field: str) -> None:
    """Say what the captions leave out, of which columns where others tell it."""
    untold = [c for c in table.block.subjects if c.role == "subject" and not c.term]
    if field == "term" and len(untold) < len(table.block.subjects):
        for column in untold:
            where = place(table.sheet, table.block.header.start, column.at)
            table.findings.add("error", "no_term", where)
    else:
        table.findings.add("error", f"no_{field}", Where(table.sheet.name))


def _note_unfamiliar(table: _Place) -> None:
    """Name, once for the file, what was taken for a subject though no school subject is so called.

    A subject that the mapping names is one; and so is what the name of the sheet or a title says.
    """
    told = table.block.one_subject or (table.layout and table.layout.subjects)
    for column in () if told else table.block.subjects:
        if not is_school_subject(column.subject) and _filled(table, column):
            title = shown_caption(column.subject)
            table.findings.add("warning", "unfamiliar_subject", Where(), token=title)


def _told_apart(table: _Place, rows: list[_Row]) -> list[_Row]:
    """Return the rows of pupils whose class is known and who can be told apart within it."""
    name = table.block.name_columns[0]
    classes: dict[str, list[_Row]] = {}
    for row in rows:
        classes.setdefault(row.class_label, []).append(row)
    if table.block.class_column is not None:
        for row in classes.pop("", []):
            table.findings.add("warning", "no_class_row", place(table.sheet, row.row, name))
    return [
        row
        for same in classes.values()
        for row in without_namesakes(
            [(row.pupil, row.row, row) for row in same], name, table.sheet, table.findings
        )
    ]


def _note_columns(table: _Place) -> None:
    """Name every column that holds something and is no subject."""
    for column in table.block.columns:
        where = place(table.sheet, table.block.header.start, column.at)
        if column.grouped:
            table.findings.add("note", "grouped_column", where, title=column.title)
        told = column.role in {"subject", "name", "number"} or column.subject
        if column.at == table.block.class_column or not _filled(table, column):
            continue
        if column.role == "mean" and column.subject and not (column.term or table.context.term):
            table.findings.add("warning", "mean_without_term", where, title=column.title)
        if told:
            continue
        key = {"mean": "mean_column", "conduct": "conduct_column"}.get(column.role)
        key = key or ("other_column" if column.title else "nameless_column")
        if column.role == "period":
            _note_no_subject(table, column)
        elif _leaves_marks_out(table, column):
            key = "marks_column" if column.title else key
            table.findings.add("warning", key, where, title=column.title)
        else:
            table.findings.add("note", key, where, title=column.title)


def _leaves_marks_out(table: _Place, column: Column) -> bool:
    """Return whether a column that is not used holds marks, and nobody said that it may go."""
    layout = table.layout
    if layout and (layout.subjects or layout.ignores(column.at, column.title)):
        return False
    if column.role != "other" or is_service(column.title):
        return False
    return mostly_marks(table.sheet.at(row, column.at) for row in table.block.pupils)


def _note_no_subject(table: _Place, column: Column) -> None:
    """Name a column that says which term its marks are for and not of which subject."""
    where = place(table.sheet, table.block.header.start, column.at)
    for row in sorted(table.block.pupils):
        cell = table.sheet.at(row, column.at)
        if cell.kind != "empty":
            slots = {"title": column.title, "token": quoted(cell)}
            table.findings.add("warning", "no_subject_column", where, **slots)


def _filled(table: _Place, column: Column) -> bool:
    return any(
        table.sheet.at(row, column.at).kind not in {"empty", "uncached", "error"}
        for row in table.block.body
    )


def _rows(table: _Place) -> tuple[list[_Row], list[int]]:
    """Return the pupils' rows with their entries, and the numbers of the footer rows."""
    rows: list[_Row] = []
    footers: list[int] = []
    classes = _classes(table)
    for row in table.block.body:
        if row in table.block.pupils:
            rows.append(_row(table, row, classes.get(row)))
        elif row + 1 in table.skipped:
            column, cell = table.sheet.first_filled(row)
            if cell.kind != "empty":
                table.findings.add("note", "skipped_row", place(table.sheet, row, column))
        elif any(True for _ in table.sheet.filled(row)):
            footers.append(row)
    return rows, footers


def _classes(table: _Place) -> dict[int, str]:
    """Return the class of every pupil's row from the column «Класс», empty where it is no class.

    A class that is written only in the first row of its pupils is carried down to the others.
    """
    at = table.block.class_column
    if at is None:
        return {}
    rows = sorted(table.block.pupils)
    texts = {row: table.sheet.at(row, at).text for row in rows}
    written = [text for text in texts.values() if text]
    grouped = len({*written}) == len(written) and bool(rows and texts[rows[0]])
    found: dict[int, str] = {}
    above = ""
    for row, text in texts.items():
        if text:
            above = found[row] = typed_class(text) or ""
        elif grouped:
            found[row] = above
            table.findings.add("note", "class_carried", place(table.sheet, row, at))
    return found


def _row(table: _Place, row: int, label: str | None) -> _Row:
    sheet, block = table.sheet, table.block
    name, note = person(block.name(sheet, row))
    if note:
        table.findings.add("note", "left_class", place(sheet, row, block.name_columns[0]))
    for column in block.subjects:
        if sheet.at(row, column.at).comment:
            table.findings.add("note", "cell_comment", place(sheet, row, column.at))
    entries = {
        column.at: term_entry(
            sheet, row, column.at, table.findings, scale=column.scale or table.scale
        )
        for column in block.columns
        if column.subject and sheet.at(row, column.at).kind != "empty"
    }
    own = table.context.class_label or "" if label is None else label
    return _Row(row, name, note, own, entries)


def _with_means_apart(table: _Place, rows: list[_Row]) -> list[_Row]:
    """Return the rows with «4» among means as a mean, and «4,0» among marks as a mark."""
    columns = [c for c in table.block.subjects if (c.scale or table.scale) == "5"]
    counts = {c.at: _counts([row.entries.get(c.at) for row in rows]) for c in columns}
    marks = [c.at for c in columns if c.role == "subject"]
    fractions = sum(counts[at].fractions for at in marks)
    wholes = sum(counts[at].wholes for at in marks)
    means = {
        c.at
        for c in columns
        if c.role == "mean"
        or (fractions > wholes and not counts[c.at].spelled)
        or (0 < counts[c.at].wholes <= 3 * counts[c.at].fractions and not counts[c.at].spelled)
    }
    return [
        row._replace(
            entries=row.entries
            | {
                c.at: _settled(table, (row.row, c), entry, among_means=c.at in means)
                for c in columns
                if (entry := row.entries.get(c.at))
            }
        )
        for row in rows
    ]


class _Counts(NamedTuple):
    """How many entries of a column are fractions, whole numbers, and marks that no mean could be.

    «4,0» may be either a mean or a mark; «5-» and «хорошо» are marks.
    """

    fractions: int
    wholes: int
    spelled: int


def _counts(entries: list[Token | None]) -> _Counts:
    told = [entry for entry in entries if entry and entry.value is not None]
    fractions = [e for e in told if e.kind == "mean" and not (e.value or 0.0).is_integer()]
    marks = [entry for entry in told if entry.kind == "mark"]
    return _Counts(len(fractions), len(marks), sum(not mark.raw.isdigit() for mark in marks))


def _settled(table: _Place, at: tuple[int, Column], entry: Token, *, among_means: bool) -> Token:
    row, column = at
    if entry.value is None or not entry.value.is_integer():
        return entry
    if entry.kind == "mean" and not among_means:
        return entry._replace(kind="mark")
    if entry.kind != "mark" or not among_means or not entry.raw.isdigit():
        return entry
    if column.role != "mean":
        where = place(table.sheet, row, column.at)
        table.findings.add("warning", "whole_mean", where, token=entry.raw)
    return entry._replace(kind="mean")


def _records(table: _Place, row: _Row) -> list[Record]:
    columns = {column.at: column for column in table.block.columns}
    return [
        _record(table, row, columns[index], entry)
        for index, entry in row.entries.items()
        if entry is not None and (columns[index].term or table.context.term)
    ]


def _record(table: _Place, row: _Row, column: Column, entry: Token) -> Record:
    year = table.context.school_year or ""
    where = place(table.sheet, row.row, column.at)
    return Record(
        pupil=row.pupil,
        class_label=row.class_label,
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
    holds = not counts_columns(table.sheet, row) and any(
        table.sheet.at(row, column.at).kind != "empty" for column in table.block.subjects
    )
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
    own = next((column.scale for column in table.block.columns if column.at == index), None)
    scale = own or table.scale
    computed = expected(caption, MarkColumn(marks, absent, len(rows), scale))
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
