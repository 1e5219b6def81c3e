"""Сетевой город (АСУ РСО), «Итоговые отметки»: one pupil, subjects by terms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.gradebook.pupil_headers import shaped
from posanalytics.gradebook.pupil_marks import read_pupils

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book
    from posanalytics.gradebook.reading import Hints, Reading
    from posanalytics.gradebook.recognition import Match

FORMAT = "netschool_marks"


def recognise(book: Book) -> Match:
    """Return how surely the book holds such tables: their share among all tables of pupils."""
    return shaped(book, "terms", "terms_across")


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the marks of every pupil in the book."""
    return read_pupils(book, FORMAT, name=name, hints=hints)
