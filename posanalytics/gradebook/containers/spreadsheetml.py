"""Sheets of an XML spreadsheet of 2003, met under the extension .xls."""

from __future__ import annotations

import functools
from datetime import date
from xml.parsers import expat

from posanalytics.gradebook.cells import EMPTY, Cell, Sheet, number_text
from posanalytics.gradebook.containers.container import Refused
from posanalytics.gradebook.containers.ooxml import MOST_CELLS
from posanalytics.labels import squeezed

_LARGEST_INDEX = 1_048_576
_LARGEST_MERGE = 100_000  # cells; a caption over a whole table covers some hundreds
_ERROR_MARK = "#"


class _Scan:
    """Handlers for one streamed document."""

    def __init__(self) -> None:
        self.sheets: list[Sheet] = []
        self.hidden_rows: set[int] = set()
        self.row = self.column = -1
        self.kind = ""
        self.text: list[str] | None = None
        self.comment: list[str] | None = None
        self.note = ""
        self.spans = (0, 0)
        self.room = MOST_CELLS
        self.formula = False
        self.filled = False

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        match tag:
            case "ss:Worksheet" | "Worksheet":
                self.sheets.append(Sheet(attrs.get("ss:Name", ""), []))
                self.row = -1
                self.hidden_rows = set()
            case "Row" | "ss:Row":
                self._row(attrs)
            case "Cell" | "ss:Cell":
                self._cell(attrs)
            case "Comment" | "ss:Comment":
                self.comment = []
            case "Data" | "ss:Data":
                if self.comment is None:
                    self.kind, self.text = attrs.get("ss:Type", "String"), []

    def end(self, tag: str) -> None:
        match tag:
            case "Data" | "ss:Data":
                if self.comment is None and self.text is not None:
                    self._put("".join(self.text))
                    self.text = None
            case "Comment" | "ss:Comment":
                self.note, self.comment = squeezed("".join(self.comment or [])), None
                self._annotate()
            case "Worksheet" | "ss:Worksheet":
                self.sheets[-1].hidden_rows = frozenset(self.hidden_rows)
            case "Cell" | "ss:Cell":
                if self.formula and not self.filled and self.sheets:
                    self._place(self.row, self.column, Cell("=…", "uncached"))
                self.column += self.spans[0]

    def data(self, text: str) -> None:
        if self.comment is not None:
            self.comment.append(text)
        elif self.text is not None:
            self.text.append(text)

    def _row(self, attrs: dict[str, str]) -> None:
        self.row = _number(attrs.get("ss:Index"), self.row + 2) - 1
        self.column = -1
        if attrs.get("ss:Hidden") == "1":
            self.hidden_rows.add(self.row)

    def _cell(self, attrs: dict[str, str]) -> None:
        self.column = _number(attrs.get("ss:Index"), self.column + 2) - 1
        self.spans = (
            _number(attrs.get("ss:MergeAcross"), 0),
            _number(attrs.get("ss:MergeDown"), 0),
        )
        self.formula, self.filled = "ss:Formula" in attrs, False

    def _put(self, text: str) -> None:
        cell = _cell(self.kind, text)
        if cell.kind == "empty" or not self.sheets:
            return
        self.filled = True
        across, down = self.spans
        if (across + 1) * (down + 1) > min(_LARGEST_MERGE, self.room):
            raise Refused("too_many_cells")
        for row in range(self.row, self.row + down + 1):
            for column in range(self.column, self.column + across + 1):
                covered = (row, column) != (self.row, self.column)
                self._place(row, column, cell._replace(covered=covered))

    def _place(self, row: int, column: int, cell: Cell) -> None:
        rows = self.sheets[-1].rows
        self.room -= max(0, row + 1 - len(rows))
        if self.room < 0:
            raise Refused("too_many_cells")
        while len(rows) <= row:
            rows.append([])
        self.room -= max(0, column + 1 - len(rows[row]))
        if self.room < 0:
            raise Refused("too_many_cells")
        rows[row].extend([EMPTY] * (column + 1 - len(rows[row])))
        rows[row][column] = cell

    def _annotate(self) -> None:
        if self.sheets:
            cell = self.sheets[-1].at(self.row, self.column)
            if cell.kind != "empty":
                self.sheets[-1].rows[self.row][self.column] = cell._replace(comment=self.note)


def read_spreadsheetml(text: str) -> list[Sheet]:
    """Return the sheets of the document."""
    scan = _Scan()
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.StartElementHandler, parser.EndElementHandler = scan.start, scan.end
    parser.CharacterDataHandler = scan.data
    try:
        parser.Parse(text.lstrip("\ufeff \t\r\n").encode("utf-8"), True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise Refused("broken_workbook") from error
    return scan.sheets


def _refuse(*_: object) -> None:
    raise Refused("doctype")


def _number(text: str | None, default: int) -> int:
    return min(int(text), _LARGEST_INDEX) if text and text.isascii() and text.isdigit() else default


@functools.lru_cache(maxsize=65_536)  # a gradebook repeats itself: equal values are one cell
def _cell(kind: str, text: str) -> Cell:
    clean = squeezed(text)
    if not clean:
        return EMPTY
    if kind == "Number":
        try:
            number = float(clean)
        except ValueError:
            return Cell(clean)
        return Cell(number_text(number), "number", number)
    if kind == "DateTime":
        try:
            return Cell(clean[:10], "date", date.fromisoformat(clean[:10]))
        except ValueError:
            return Cell(clean)
    return Cell(clean, "error" if kind == "Error" and clean.startswith(_ERROR_MARK) else "text")
