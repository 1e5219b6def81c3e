"""Rows of an HTML page, the way a spreadsheet lays them out when it opens the page."""

from __future__ import annotations

import functools
import re
from html.parser import HTMLParser
from typing import NamedTuple

from posanalytics.gradebook.cells import EMPTY, Cell, Sheet
from posanalytics.gradebook.containers.container import Refused
from posanalytics.labels import squeezed

LARGEST_SPAN = 1000
MOST_CELLS = 1_000_000
DEEPEST_TABLE = 20

_BREAKS = frozenset({"br", "p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "center", "hr"})
_SILENT = frozenset({"script", "style", "title"})
_ENDS = frozenset({"body", "html"})
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)")


@functools.lru_cache(maxsize=65_536)  # a gradebook repeats itself: equal texts are one cell
def _cell(raw: str) -> Cell:
    text = squeezed(raw)
    return Cell(text) if text else EMPTY


class _Placed(NamedTuple):
    cell: Cell
    across: int
    down: int


class _Row(NamedTuple):
    cells: list[_Placed]
    hidden: bool


class _Table:
    """A table being read; a cell's text gathers in `text` until the cell ends."""

    def __init__(self) -> None:
        self.rows: list[_Row] = []
        self.text: list[str] | None = None
        self.spans = (1, 1)

    def open_row(self, *, hidden: bool) -> None:
        self.close_cell()
        self.rows.append(_Row([], hidden))

    def open_cell(self, across: int, down: int) -> None:
        self.close_cell()
        if not self.rows:
            self.rows.append(_Row([], hidden=False))
        self.text, self.spans = [], (across, down)

    def close_cell(self) -> None:
        if self.text is not None:
            cell = _cell("".join(self.text))
            self.rows[-1].cells.append(_Placed(cell, *self.spans))
        self.text = None


class _Page(HTMLParser):
    """Gathers rows of all tables, and lines of text between them, in the order of the page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[Cell]] = []
        self.hidden: set[int] = set()
        self.tables: list[_Table] = []
        self.line: list[str] = []
        self.silent = 0
        self.ended = False
        self.room = MOST_CELLS

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        table = self.tables[-1] if self.tables else None
        if tag == "table":
            self._open_table()
        elif tag == "tr" and table:
            table.open_row(hidden=_unseen(attrs))
        elif tag in {"td", "th"} and table:
            table.open_cell(*self._spans(attrs))
        elif tag in _BREAKS:
            self._break(table)
        elif tag in _SILENT:
            self.silent += 1

    def handle_endtag(self, tag: str) -> None:
        table = self.tables[-1] if self.tables else None
        if tag == "table" and table:
            self._close_table(table)
        elif tag in {"td", "th", "tr"} and table:
            table.close_cell()
        elif tag in _BREAKS:
            self._break(table)
        elif tag in _SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in _ENDS:
            self.ended = True

    def handle_data(self, data: str) -> None:
        if self.silent:
            return
        if not self.tables:
            self.line.append(data)
        elif self.tables[-1].text is not None:
            self.tables[-1].text.append(data)

    def finish(self) -> None:
        """Take what the page left open; refuse one that was cut off within a table."""
        self.close()
        if self.tables and not self.ended:
            raise Refused("torn_page")
        while self.tables:
            self._close_table(self.tables[-1])
        self._break(None)

    def _break(self, table: _Table | None) -> None:
        if table and table.text is not None:
            table.text.append("\n")
        elif not self.tables:
            text = squeezed("".join(self.line))
            self.line = []
            if text:
                self.rows.append([Cell(text)])

    def _open_table(self) -> None:
        self._break(None)
        if len(self.tables) >= DEEPEST_TABLE:
            raise Refused("too_deep")
        self.tables.append(_Table())

    def _close_table(self, table: _Table) -> None:
        table.close_cell()
        self.tables.pop()
        for row, cells in zip(table.rows, _expanded(table.rows), strict=True):
            if row.hidden:
                self.hidden.add(len(self.rows))
            if row.cells:
                self.rows.append(cells)

    def _spans(self, attrs: list[tuple[str, str | None]]) -> tuple[int, int]:
        wanted = dict(attrs)
        across, down = (_span(wanted.get(name)) for name in ("colspan", "rowspan"))
        self.room -= across * down
        if self.room < 0:
            raise Refused("too_many_cells")
        return across, down


def read_html(text: str) -> list[Sheet]:
    """Return the page as one sheet: its tables under each other, text between them as rows."""
    page = _Page()
    page.feed(text)
    page.finish()
    return [Sheet("", page.rows, hidden_rows=frozenset(page.hidden))]


def _span(text: str | None) -> int:
    digits = re.match(r"\s*(\d{1,9})", text or "")
    return min(max(int(digits[1]), 1), LARGEST_SPAN) if digits else 1


def _unseen(attrs: list[tuple[str, str | None]]) -> bool:
    return any(
        name == "hidden" or (name == "style" and _UNSEEN.search((value or "").lower()))
        for name, value in attrs
    )


def _expanded(rows: list[_Row]) -> list[list[Cell]]:
    """Return the rows with every spanned place filled, so that columns stand under each other."""
    reaching: dict[int, tuple[int, Cell]] = {}
    expanded = []
    for row in rows:
        cells, reaching = _laid(row.cells, reaching)
        expanded.append(cells)
    return expanded


def _laid(
    placed: list[_Placed], above: dict[int, tuple[int, Cell]]
) -> tuple[list[Cell], dict[int, tuple[int, Cell]]]:
    cells: list[Cell] = []
    below: dict[int, tuple[int, Cell]] = {}

    def reach() -> None:
        while len(cells) in above:
            left, cell = above[len(cells)]
            if left > 1:
                below[len(cells)] = (left - 1, cell)
            cells.append(cell)

    for cell, across, down in placed:
        reach()
        under = cell._replace(covered=True) if cell.text else EMPTY
        for step in range(across):
            if down > 1:
                below[len(cells)] = (down - 1, under)
            cells.append(under if step else cell)
    reach()
    return cells, below
