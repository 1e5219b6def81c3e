"""«Итоги успеваемости класса за учебный период», which two systems print as a class matrix."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.matrix_layout import blocks_of
from posanalytics.gradebook.readers import class_matrix

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Sheet
    from posanalytics.gradebook.reading import Hints, Reading

_TITLE = re.compile(r"итоги\s+успеваемости\s+класса", re.IGNORECASE)
_LAST_TITLE = 15  # rows
_LINKS = re.compile(r"\s(?:ТБ\s+ПР|ТБ|ПР)$")


class ClassReport(NamedTuple):
    """A book with such a title over a table; whether words of links stand behind the names."""

    links: bool


def class_report(book: Book) -> ClassReport | None:
    """Return what tells the two systems apart, None where the book is no such report."""
    for sheet in filter(_is_titled, book.sheets):
        for block in blocks_of(sheet):
            if block.pupils:
                names = [block.name(sheet, row) for row in block.pupils]
                return ClassReport(links=all(map(_LINKS.search, names)))
    return None


def _is_titled(sheet: Sheet) -> bool:
    return any(_TITLE.search(cell.text) for row in sheet.rows[:_LAST_TITLE] for cell in row)


def read_class_report(book: Book, form: str, *, name: str, hints: Hints) -> Reading:
    """Return the reading of the matrix under the name of its format."""
    reading = class_matrix.read(book, name=name, hints=hints)
    reading.format = form
    return reading
