"""Tables of one pupil that print numbers instead of marks: how many of each, how many misses."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.findings import Findings, quoted
from posanalytics.gradebook.footers import compared, printed
from posanalytics.gradebook.headers import subject_of
from posanalytics.gradebook.pupil_headers import counted
from posanalytics.gradebook.pupil_marks import subject_rows
from posanalytics.gradebook.pupil_tables import NEEDED, tables_of
from posanalytics.gradebook.reading import Reading
from posanalytics.gradebook.sheet_findings import note_oddities

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from posanalytics.gradebook.cells import Book
    from posanalytics.gradebook.pupil_headers import Shape
    from posanalytics.gradebook.pupil_tables import PupilTable
    from posanalytics.gradebook.reading import Hints


class Counts(NamedTuple):
    """One subject: its row, and the number under each caption (nothing where it is blank)."""

    row: int
    subject: str
    counts: dict[str, int]


def read_counted(  # noqa: PLR0913
    book: Book,
    form: str,
    shape: Shape,
    read_table: Callable[[PupilTable, list[Counts], Reading], None],
    *,
    name: str,
    hints: Hints,
    needed: Sequence[str] = NEEDED,
) -> Reading:
    """Return a reading of all tables of a shape; their sums are compared with their rows."""
    findings = Findings(name)
    reading = Reading(form, sheets=len(book.sheets), encoding=book.encoding)
    note_oddities(book, findings)
    for table in tables_of(book, (shape,), findings, hints, needed=needed):
        subjects, totals = subject_rows(table)
        lines = [line for row in subjects if (line := _line(table, row))]
        for row in totals:
            _check_total(table, row, lines)
        read_table(table, lines, reading)
    reading.problems.extend(findings.problems())
    return reading


def counted_mean(counts: dict[str, int]) -> float | None:
    """Return the mean of marks that are counted by kind, None where there are none.

    >>> counted_mean({"5": 2, "4": 1, "3": 0, "2": 1})
    4.0
    """
    marks = {mark: number for text, number in counts.items() if (mark := counted(text))}
    total = sum(marks.values())
    return sum(mark * number for mark, number in marks.items()) / total if total else None


def _line(table: PupilTable, row: int) -> Counts | None:
    """Return the counts of a row, None where words stand in their place: then it is a signature."""
    counts: dict[str, int] = {}
    for column, when in table.columns.items():
        cell = table.sheet.at(row, column)
        if when.kind != "count" or cell.kind == "empty" or cell.covered:
            continue
        number = _whole(cell.text)
        if number is None and cell.text not in {"-", "–", "—"}:
            where = table.where(row, column)
            if counts:
                table.findings.add("warning", "unknown_count", where, token=quoted(cell))
            else:
                table.findings.add("note", "other_row", where)
            return None
        counts[when.text] = number or 0
    subject = subject_of(table.sheet.at(row, table.header.column).text)
    _check_all(table, row, counts)
    return Counts(row, subject, counts)


def _whole(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= 4 else None  # noqa: PLR2004


def _check_all(table: PupilTable, row: int, counts: dict[str, int]) -> None:
    """Compare «Всего» of a row with the sum of its counts."""
    told = {text: number for text, number in counts.items() if _is_all(text)}
    summed = sum(number for text, number in counts.items() if not _is_all(text))
    for text, number in told.items():
        column = next(at for at, when in table.columns.items() if when.text == text)
        if number != summed:
            token = f"{number} ≠ {summed}"
            table.findings.add("warning", "sum_mismatch", table.where(row, column), token=token)


def _is_all(text: str) -> bool:
    return text.casefold().startswith(("всего", "итого"))


def _check_total(table: PupilTable, row: int, lines: list[Counts]) -> None:
    """Compare the totals below the table: sums of counts, and the mean of all marks."""
    checked = []
    everything: dict[str, int] = {}
    for line in lines:
        for text, number in line.counts.items():
            everything[text] = everything.get(text, 0) + number
    for column, when in table.columns.items():
        cell = table.sheet.at(row, column)
        if cell.kind == "empty" or when.kind == "other":
            continue
        shown = printed(cell)
        computed = (
            everything.get(when.text, 0) if when.kind == "count" else counted_mean(everything)
        )
        checked.append(shown is not None and computed is not None and when.kind != "term")
        if shown and checked[-1] and computed is not None and not shown.agrees(computed):
            where = table.where(row, column)
            token = compared(shown, computed)
            if when.kind == "count":
                token = f"{shown.value:.0f} ≠ {computed}"
            table.findings.add("warning", "footer_mismatch", where, token=token)
    key = "footer" if checked and all(checked) else "footer_unchecked"
    table.findings.add("note", key, table.where(row))
