"""Сетевой город, ParentInfoLetter: how many marks of each kind a pupil has, and the term's mark.

«Предмет | 5 | 4 | 3 | 2 | Ср. балл | Оценка за период», the last two in either order
(FORMATS.md 1.4).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.gradebook.counted_tables import counted_mean, read_counted
from posanalytics.gradebook.entries import term_entry
from posanalytics.gradebook.findings import Where
from posanalytics.gradebook.footers import compared, printed
from posanalytics.gradebook.pupil_headers import shaped
from posanalytics.gradebook.pupil_marks import listed_pupil, record_of
from posanalytics.gradebook.screening import without_clashes

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book
    from posanalytics.gradebook.counted_tables import Counts
    from posanalytics.gradebook.pupil_tables import PupilTable
    from posanalytics.gradebook.reading import Hints, Listed, Reading, Record
    from posanalytics.gradebook.recognition import Match

FORMAT = "netschool_letter"


def recognise(book: Book) -> Match:
    """Return how surely the book holds such tables: their share among all tables of pupils."""
    return shaped(book, "counts", "counts_of_marks")


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the means and the marks for the term of every pupil in the book."""

    def read_table(table: PupilTable, lines: list[Counts], reading: Reading) -> None:
        pupil = listed_pupil(table)
        reading.listed.append(pupil)
        table.findings.add("note", "counts_without_days", Where(table.sheet.name))
        for line in lines:
            _check_mean(table, line)
        if any(when.kind in {"term", "mean"} and not when.term for when in table.columns.values()):
            table.findings.add("error", "no_term", Where(table.sheet.name))
            return
        found = [told for line in lines for told in _records(table, line, pupil)]
        reading.records.extend(without_clashes(found, table.findings))

    return read_counted(book, FORMAT, "counts", read_table, name=name, hints=hints)


def _records(table: PupilTable, line: Counts, pupil: Listed) -> list[Record]:
    records = []
    for column, when in table.columns.items():
        if when.kind not in {"term", "mean"} or table.sheet.at(line.row, column).kind == "empty":
            continue
        entry = term_entry(table.sheet, line.row, column, table.findings)
        if entry and when.kind == "mean" and entry.kind == "mark":
            entry = entry._replace(kind="mean")  # a mean may be whole: «4»
        if entry:
            records.append(record_of(table, (line.row, column), pupil, line.subject, entry))
    return records


def _check_mean(table: PupilTable, line: Counts) -> None:
    """Compare the mean of the row with the mean of the counted marks."""
    mean = counted_mean(line.counts)
    for column, when in table.columns.items():
        shown = printed(table.sheet.at(line.row, column)) if when.kind == "mean" else None
        if shown and mean is not None and not shown.agrees(mean):
            where = table.where(line.row, column)
            table.findings.add("warning", "row_mean", where, token=compared(shown, mean))
