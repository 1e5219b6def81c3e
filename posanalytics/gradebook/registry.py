"""The list of readers: one per export format, each recognised by what the file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from posanalytics.gradebook.readers import (
    canvas,
    class_matrix,
    code_list,
    dnevnik_list,
    edutatar_class,
    edutatar_school,
    eljur_misses,
    eljur_pupil,
    finals_stacked,
    google_classroom,
    instrument_table,
    journal_grid,
    moodle,
    netschool_class,
    netschool_days,
    netschool_grades,
    netschool_letter,
    netschool_marks,
    netschool_summary,
    netschool_total,
    oge_protocol,
    oneroster,
    open_edx,
    pupil_grid,
    report_card,
    vpr_f1,
    vpr_protocol,
)
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from posanalytics.gradebook.cells import Book
    from posanalytics.gradebook.reading import Hints, Reading
    from posanalytics.gradebook.recognition import Match


class _Read(Protocol):
    def __call__(self, book: Book, *, name: str, hints: Hints) -> Reading: ...


class Reader(NamedTuple):
    """One format: how surely a book is it, from 0 to 1, and how its marks are read."""

    format: str
    recognise: Callable[[Book], Match]
    read: _Read

    @property
    def title(self) -> str:
        """Return the name of the format as a person knows it."""
        return title_of(self.format)


READERS: tuple[Reader, ...] = tuple(
    Reader(module.FORMAT, module.recognise, module.read)
    for module in (
        netschool_summary,
        netschool_total,
        netschool_marks,
        vpr_f1,
        vpr_protocol,
        oge_protocol,
        code_list,
        instrument_table,
        eljur_pupil,
        pupil_grid,
        journal_grid,
        oneroster,
        moodle,
        canvas,
        open_edx,
        google_classroom,
        netschool_grades,
        netschool_letter,
        netschool_days,
        netschool_class,
        edutatar_class,
        edutatar_school,
        eljur_misses,
        report_card,
        finals_stacked,
        dnevnik_list,
        class_matrix,
    )
)


def title_of(form: str) -> str:
    """Return the name of a format as a person knows it, also of the unknown one («»)."""
    return say(f"gradebook.title_{form or 'unknown'}")


class Candidate(NamedTuple):
    """One format and how well a book matches it."""

    reader: Reader
    match: Match


def candidates(book: Book) -> list[Candidate]:
    """Return the formats that the book could be, the best first, the earlier of equals first."""
    found = [Candidate(reader, reader.recognise(book)) for reader in READERS]
    likely = [candidate for candidate in found if candidate.match.score > 0]
    return sorted(likely, key=lambda candidate: -candidate.match.score)


# A book of nothing but lesson journals is no other format, and it is the largest a school has:
# the other readers, each of which would look through all of it, need not be asked.
_CERTAIN = 0.96
_ASKED_FIRST = Reader(journal_grid.FORMAT, journal_grid.recognise, journal_grid.read)


def best_reader(book: Book) -> Reader | None:
    """Return the reader that knows the book best, None where none knows it."""
    if book.kind == "bundle" and oneroster.recognise(book).score >= _CERTAIN:
        return next(reader for reader in READERS if reader.format == oneroster.FORMAT)
    if _ASKED_FIRST.recognise(book).score >= _CERTAIN:
        return _ASKED_FIRST
    likely = candidates(book)
    return likely[0].reader if likely else None
