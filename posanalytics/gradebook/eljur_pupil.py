"""ЭлЖур, «Оценки» of one pupil: months over days, weights as «4✕2»."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.gradebook.pupil_tables import read_pupils, shapes

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book
    from posanalytics.gradebook.reading import Hints, Reading

FORMAT = "eljur_pupil"


def score(book: Book) -> float:
    """Return how surely the book holds such tables: their share among all tables of pupils."""
    found = shapes(book)
    return 0.9 * found["months_above"] / found.total() if found else 0.0


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the marks of every pupil in the book."""
    return read_pupils(book, FORMAT, name=name, hints=hints)
