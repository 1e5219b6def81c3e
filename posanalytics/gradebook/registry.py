"""The list of readers: one per export format, each recognised by what the file holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from posanalytics.gradebook.readers import (
    class_matrix,
    eljur_pupil,
    netschool_marks,
    netschool_summary,
    netschool_total,
    pupil_grid,
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
        eljur_pupil,
        pupil_grid,
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


def best_reader(book: Book) -> Reader | None:
    """Return the reader that knows the book best, None where none knows it."""
    likely = candidates(book)
    return likely[0].reader if likely else None
