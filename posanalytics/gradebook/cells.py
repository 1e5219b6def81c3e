"""The one notion of a sheet that every reader shares: cells with text, kind and place."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

CellKind = Literal["empty", "text", "number", "date", "logical", "error", "uncached"]
BookKind = Literal["html", "spreadsheetml", "ole", "xlsx", "ods", "text", "bundle"]


class Cell(NamedTuple):
    """One cell: its text without stray spaces, what it really holds, and how it is shown.

    `covered` marks a cell that a merged neighbour above or to the left lies over: it repeats the
    neighbour's text so that captions can be read down and across, but it is no value of its own.
    """

    text: str
    kind: CellKind = "text"
    value: float | date | None = None
    number_format: str = ""
    comment: str = ""
    covered: bool = False


EMPTY = Cell("", "empty")


@dataclass(slots=True)
class Sheet:
    """Rows of cells from the top left corner of the sheet, and what the export hides."""

    name: str
    rows: list[list[Cell]]
    hidden: bool = False
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()

    def at(self, row: int, column: int) -> Cell:
        """Return the cell, an empty one outside the sheet."""
        if 0 <= row < len(self.rows) and 0 <= column < len(self.rows[row]):
            return self.rows[row][column]
        return EMPTY

    def filled(self, row: int) -> Iterator[tuple[int, Cell]]:
        """Return column and cell of every non-empty cell of the row."""
        if 0 <= row < len(self.rows):
            for column, cell in enumerate(self.rows[row]):
                if cell.kind != "empty":
                    yield column, cell

    def first_filled(self, row: int) -> tuple[int, Cell]:
        """Return column and cell of the first non-empty cell of the row."""
        return next(self.filled(row), (0, EMPTY))


@dataclass(slots=True)
class Book:
    """Everything that a file holds, whatever its container was.

    `layouts` is where a format that has recognised the book keeps what it saw, so that reading
    need not look again.
    """

    kind: BookKind
    name: str
    encoding: str = ""
    sheets: list[Sheet] = field(default_factory=list)
    layouts: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@functools.lru_cache(maxsize=4096)
def column_name(column: int) -> str:
    """Return the letters of a column that is counted from zero.

    >>> [column_name(number) for number in (0, 25, 26, 701, 702)]
    ['A', 'Z', 'AA', 'ZZ', 'AAA']
    """
    letters, rest = "", column + 1
    while rest:
        rest, place = divmod(rest - 1, 26)
        letters = chr(65 + place) + letters
    return letters


def column_number(letters: str) -> int:
    """Return the number, from zero, of a column named by Latin letters."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def cell_name(row: int, column: int) -> str:
    """Return the reference of a cell that is counted from zero.

    >>> cell_name(4, 2)
    'C5'
    """
    return f"{column_name(column)}{row + 1}"


def number_text(number: float) -> str:
    """Return a number as the shortest text, without a fraction where there is none.

    >>> number_text(5.0), number_text(4.33)
    ('5', '4.33')
    """
    return str(int(number)) if float(number).is_integer() else repr(float(number))
