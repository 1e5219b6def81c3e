"""Сетевой город, «Итоги успеваемости класса за учебный период»: a class table of one term.

The table is a class matrix; its title tells where it comes from (FORMATS.md 1.6).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.gradebook.class_report import class_report, read_class_report
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book
    from posanalytics.gradebook.reading import Hints, Reading

FORMAT = "netschool_class"


def recognise(book: Book) -> Match:
    """Return how surely the book is this report: by its title over a class table."""
    if class_report(book) is None:
        return NO_MATCH
    return seen(0.85, "class_results_title", "pupils_down", "subjects_across")


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the marks of every pupil, subject and exam."""
    return read_class_report(book, FORMAT, name=name, hints=hints)
