"""edu.tatar.ru, «Итоги успеваемости класса за учебный период»: a class table of one term.

Behind every name stand the words of two links, «ТБ» and «ПР», which are no part of it
(FORMATS.md 1.7).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.gradebook.class_report import class_report, read_class_report
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book
    from posanalytics.gradebook.reading import Hints, Reading

FORMAT = "edutatar_class"


def recognise(book: Book) -> Match:
    """Return how surely the book is this report: by the link words behind the names."""
    found = class_report(book)
    if found is None or not found.links:
        return NO_MATCH
    return seen(0.9, "link_words", "class_results_title", "subjects_across")


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the marks of every pupil and subject."""
    return read_class_report(book, FORMAT, name=name, hints=hints)
