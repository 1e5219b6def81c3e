"""Read the marks of tables of one pupil, and compare the means that they print."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.entries import current_entries, term_entry
from posanalytics.gradebook.findings import Findings
from posanalytics.gradebook.headers import is_footer, person, role_of, subject_of
from posanalytics.gradebook.pupil_tables import MARKS, tables_of
from posanalytics.gradebook.reading import Hints, Listed, Reading, Record
from posanalytics.gradebook.screening import without_clashes
from posanalytics.gradebook.sheet_findings import note_oddities
from posanalytics.gradebook.tokens import Token, tokens
from posanalytics.gradebook.totals import agrees, check_distance, check_mean, column_of, means_of
from posanalytics.gradebook.work_kinds import work_kind
from posanalytics.periods import is_taught

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posanalytics.gradebook.cells import Book, Cell
    from posanalytics.gradebook.pupil_columns import When
    from posanalytics.gradebook.pupil_tables import PupilTable

_WORK = re.compile(r"\s*(\d)\s*[-–—:]\s*([^;\n]+)")


class _Line(NamedTuple):
    """What a row of one subject gives; `whole` where no cell of it was in doubt."""

    row: int
    records: list[Record]
    whole: bool


def read_pupils(book: Book, form: str, *, name: str, hints: Hints) -> Reading:
    """Return the marks of every pupil's table in the book."""
    findings = Findings(name)
    reading = Reading(form, sheets=len(book.sheets), encoding=book.encoding)
    note_oddities(book, findings)
    for table in tables_of(book, MARKS, findings, hints):
        _read_table(table, reading)
    reading.problems.extend(findings.problems())
    return reading


def listed_pupil(table: PupilTable) -> Listed:
    """Return the pupil of the table; a note such as «выбыл» behind the name is named."""
    name, note = person(table.context.pupil or "")
    if note:
        table.findings.add("note", "left_class", table.where(table.header.rows[0]))
    return Listed(name, table.context.class_label or "", table.context.school_year or "", note)


def subject_rows(table: PupilTable) -> tuple[list[int], list[int]]:
    """Return the rows that hold subjects and those of totals; name rows of something else."""
    subjects: list[int] = []
    totals: list[int] = []
    others: list[int] = []
    for row in table.header.body:
        kind = _row_kind(table, row)
        {"subject": subjects, "total": totals, "other": others}.get(kind, []).append(row)
    last = max((*subjects, *totals), default=table.header.rows.stop)
    for row in others:
        # The title of the next table stands below the last row of this one.
        if row < last or table.header.body.stop >= len(table.sheet.rows):
            column, _ = table.sheet.first_filled(row)
            table.findings.add("note", "other_row", table.where(row, column))
    return subjects, totals


def _row_kind(table: PupilTable, row: int) -> str:
    sheet = table.sheet
    cell = sheet.at(row, table.header.column)
    marks = any(at in table.columns and not c.covered for at, c in sheet.filled(row))
    if not marks:
        lone = cell.kind != "empty" and role_of(cell.text) == "subject" and not is_footer(cell.text)
        return "" if lone and _is_listed(table, row) else "other" * any(sheet.filled(row))
    if not cell.text:
        if table.header.shape in {"counts", "misses"}:
            return "total"
        table.findings.add("warning", "nameless_row", table.where(row))
        return ""
    role = role_of(cell.text)
    if is_footer(cell.text) or role in {"mean", "other"}:
        return "total"
    legend = all(token.kind == "absence" for token in tokens(cell.text, grid="current"))
    if legend or role == "conduct":
        key = "legend_row" if legend else "conduct_row"
        table.findings.add("note", key, table.where(row))
        return ""
    return "subject"


def _is_listed(table: PupilTable, row: int) -> bool:
    """Return whether a row without marks stands among the subjects, not below the table."""
    sheet, column = table.sheet, table.header.column
    attached = row == table.header.rows.stop or sheet.at(row - 1, column).kind != "empty"
    return attached and len(sheet.rows[row]) > column + 1


def _read_table(table: PupilTable, reading: Reading) -> None:
    pupil = listed_pupil(table)
    if pupil not in reading.listed:
        reading.listed.append(pupil)
    subjects, totals = subject_rows(table)
    lines = [_line(table, row, pupil) for row in subjects]
    records = [record for line in lines for record in line.records]
    reading.records.extend(record for record in records if record.slot == "current")
    finals = [record for record in records if record.slot == "term"]
    reading.records.extend(without_clashes(finals, table.findings))
    for line in lines:
        _check_means(table, line)
    for row in totals:
        _check_total(table, row, lines)


def _line(table: PupilTable, row: int, pupil: Listed) -> _Line:
    records: list[Record] = []
    whole = True
    subject = subject_of(table.sheet.at(row, table.header.column).text)
    for column, when in table.columns.items():
        cell = table.sheet.at(row, column)
        if cell.kind == "empty" or when.kind == "other":
            continue
        if when.kind == "mean" and not (when.term and _is_of_terms(table)):
            continue  # it sums up marks that stand here: compared below
        found, works = _entries(table, row, column, when)
        whole = whole and bool(found)
        records.extend(
            record_of(table, (row, column), pupil, subject, token, work)
            for token, work in zip(found, works, strict=False)
        )
    return _Line(row, records, whole)


def _is_of_terms(table: PupilTable) -> bool:
    return table.header.shape in {"terms", "report"}


def _entries(
    table: PupilTable, row: int, column: int, when: When
) -> tuple[list[Token], Sequence[str]]:
    if when.kind == "day":
        found = current_entries(table.sheet, row, column, table.findings)
        return found, _works(table.sheet.at(row, column), found)
    entry = term_entry(table.sheet, row, column, table.findings)
    if entry and when.kind == "mean" and entry.kind == "mark":
        entry = entry._replace(kind="mean")  # a mean may be whole: «4»
    return ([entry] if entry else []), [""]


def record_of(  # noqa: PLR0913, PLR0917
    table: PupilTable,
    at: tuple[int, int],
    pupil: Listed,
    subject: str,
    token: Token,
    work: str = "",
) -> Record:
    """Return what one token of a cell says about the pupil."""
    when, where = table.columns[at[1]], table.where(*at)
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
        works.append(work_kind(re.split(r"\s[-–—]\s", text)[0].strip()))
    return works


def _check_means(table: PupilTable, line: _Line) -> None:
    """Compare the means that a row prints with its marks, as far as they stand in the row."""
    if not line.whole:
        return
    if _is_of_terms(table):
        _check_term_means(table, line)
    marks = [r for r in line.records if r.kind == "mark" and _is_summed(table, r)]
    computed = means_of(marks)
    key = "row_mean" if _is_of_terms(table) else "row_mean_journal"
    for column, when in table.columns.items():
        if when.kind == "mean" and not (when.term and _is_of_terms(table)):
            check_mean(table.sheet, (line.row, column), computed, table.findings, key=key)


def _is_summed(table: PupilTable, record: Record) -> bool:
    """Return whether a mean sums up this mark: of a day, or of a taught term where no days are."""
    if not _is_of_terms(table):
        return record.slot == "current"
    return is_taught(record.term or "")


def _check_term_means(table: PupilTable, line: _Line) -> None:
    """Name a mark for a term that is more than a whole mark away from the mean beside it."""
    by_term: dict[str | None, list[Record]] = defaultdict(list)
    for record in line.records:
        by_term[record.term].append(record)
    for records in by_term.values():
        mean = next((record for record in records if record.kind == "mean"), None)
        for mark in records:
            check_distance(mean, mark, table.findings)


def _check_total(table: PupilTable, row: int, lines: list[_Line]) -> None:
    """Compare a row of totals below a table of terms with the marks above it."""
    checked = [
        _check_total_cell(table, row, column, lines)
        for column, when in table.columns.items()
        if table.sheet.at(row, column).kind != "empty" and when.kind != "other"
    ]
    key = "footer" if checked and all(checked) else "footer_unchecked"
    table.findings.add("note", key, table.where(row))


def _check_total_cell(table: PupilTable, row: int, column: int, lines: list[_Line]) -> bool:
    """Return whether the total could be checked; note it where it does not agree."""
    if not _is_of_terms(table) or not all(line.whole for line in lines):
        return False
    caption = table.sheet.at(row, table.header.column).text
    places = {table.where(line.row, column).cell for line in lines}
    kept = [record for line in lines for record in line.records if record.cell in places]
    summed = column_of(kept, pupils=len(lines))
    return agrees(table.sheet, (row, column), caption, summed, table.findings)
