"""«Табель» of one pupil: subjects down, terms across under up to four rows of captions.

Means and exams may stand beside the marks of a term (FORMATS.md 4.6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.gradebook.pupil_headers import shaped
from posanalytics.gradebook.pupil_marks import read_pupils

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book
    from posanalytics.gradebook.reading import Hints, Reading
    from posanalytics.gradebook.recognition import Match

FORMAT = "report_card"


def recognise(book: Book) -> Match:
    """Return how surely the book holds such tables: their share among all tables of pupils."""
    return shaped(book, "report", "terms_across", "means_beside_terms")


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the marks and means of every pupil in the book."""
    return read_pupils(book, FORMAT, name=name, hints=hints)
