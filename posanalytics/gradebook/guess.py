"""Guess where a table stands that no reader knows: only to propose it, never to read by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.headers import is_footer
from posanalytics.gradebook.tokens import tokens

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Cell, Sheet

_ROWS_LOOKED_AT = 200
_FEWEST_PUPILS = 2


class Guess(NamedTuple):
    """A header row, the column that seems to hold names, and the rows below with marks."""

    header: int
    names: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]


def guessed(sheet: Sheet) -> Guess | None:
    """Return the column of different texts that has the most rows with marks right of it."""
    widest = max((len(row) for row in sheet.rows), default=0)
    found = [guess for column in range(widest) if (guess := _with_names_in(sheet, column))]
    return max(found, key=lambda guess: (len(guess.rows), -guess.names), default=None)


def is_mark(cell: Cell) -> bool:
    """Return whether a cell says nothing but marks, absences and the like, on any scale."""
    return any(
        found and all(token.kind != "unknown" for token in found)
        for scale in ("5", "100")
        for found in [tokens(cell, grid="term", scale=scale)]
    )


def _with_names_in(sheet: Sheet, column: int) -> Guess | None:
    rows = [
        row
        for row in range(min(len(sheet.rows), _ROWS_LOOKED_AT))
        if _is_word(sheet.at(row, column)) and _marks_right(sheet, row, column)
    ]
    words = {sheet.at(row, column).text for row in rows}
    if len(words) < _FEWEST_PUPILS or len(words) < len(rows) // 2:
        return None
    columns = {at for row in rows for at in _marks_right(sheet, row, column)}
    header = max(_header(sheet, rows[0], column), 0)
    return Guess(header, column, tuple(rows), tuple(sorted(columns)))


def _is_word(cell: Cell) -> bool:
    letters = any(letter.isalpha() for letter in cell.text)
    return letters and not cell.covered and not is_footer(cell.text) and not is_mark(cell)


def _marks_right(sheet: Sheet, row: int, column: int) -> list[int]:
    return [at for at, cell in sheet.filled(row) if at > column and is_mark(cell)]


def _header(sheet: Sheet, first: int, column: int) -> int:
    """Return the nearest row above the first pupil that holds texts right of the names."""
    for row in range(first - 1, -1, -1):
        if any(at > column and cell.kind == "text" for at, cell in sheet.filled(row)):
            return row
    return first - 1
