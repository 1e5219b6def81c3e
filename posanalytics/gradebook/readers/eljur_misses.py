"""ЭлЖур, missed lessons of one pupil by reason: counts per subject, which have no days."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.gradebook.counted_tables import read_counted
from posanalytics.gradebook.findings import Where
from posanalytics.gradebook.pupil_headers import shaped

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book
    from posanalytics.gradebook.counted_tables import Counts
    from posanalytics.gradebook.pupil_tables import PupilTable
    from posanalytics.gradebook.reading import Hints, Reading
    from posanalytics.gradebook.recognition import Match

FORMAT = "eljur_misses"


def recognise(book: Book) -> Match:
    """Return how surely the book holds such tables: their share among all tables of pupils."""
    return shaped(book, "misses", "misses_by_reason")


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return no marks, and the advice to take the journal, where every absence has its day."""

    def read_table(table: PupilTable, lines: list[Counts], reading: Reading) -> None:  # noqa: ARG001
        where = Where(table.sheet.name)
        table.findings.add("error", "misses_without_days", where, subjects=len(lines))

    return read_counted(book, FORMAT, "misses", read_table, name=name, hints=hints, needed=())
