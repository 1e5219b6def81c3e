"""What an .ods hides, and whether its repeated cells fit into memory."""

from __future__ import annotations

from xml.parsers import expat

from posanalytics.gradebook.containers.container import Refused
from posanalytics.gradebook.containers.ooxml import MOST_CELLS

_FOLDED = frozenset({"collapse", "filter"})
_FILLED = frozenset({"office:value-type", "calcext:value-type"})


class _Scan:
    """Handlers for one streamed content.xml: positions, repeats and visibility."""

    def __init__(self) -> None:
        self.hidden: dict[str, tuple[set[int], set[int]]] = {}
        self.rows: set[int] = set()
        self.columns: set[int] = set()
        self.row = self.column = self.header = 0
        self.repeat = 1
        self.cells = 0

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        if tag == "table:table":
            self._table(attrs)
        elif tag == "table:table-column":
            repeat = _repeat(attrs, "table:number-columns-repeated")
            if attrs.get("table:visibility") in _FOLDED:
                self.columns.update(range(self.header, self.header + min(repeat, 16_384)))
            self.header += repeat
        elif tag == "table:table-row":
            self.repeat = _repeat(attrs, "table:number-rows-repeated")
            self.column = 0
            if attrs.get("table:visibility") in _FOLDED:
                self.rows.update(range(self.row, self.row + min(self.repeat, 100_000)))
        elif tag in {"table:table-cell", "table:covered-table-cell"}:
            self._cell(attrs)

    def end(self, tag: str) -> None:
        if tag == "table:table-row":
            self.row += self.repeat

    def _table(self, attrs: dict[str, str]) -> None:
        self.rows, self.columns = set(), set()
        self.hidden[attrs.get("table:name", "")] = (self.rows, self.columns)
        self.row = self.column = self.header = self.cells = 0

    def _cell(self, attrs: dict[str, str]) -> None:
        repeat = _repeat(attrs, "table:number-columns-repeated")
        self.column += repeat
        if _FILLED & attrs.keys():
            self.cells = max(self.cells, (self.row + self.repeat) * self.column)
            if self.cells > MOST_CELLS:
                raise Refused("too_many_cells")


def check_box(content: bytes) -> None:
    """Refuse a document whose filled cells, repeats unrolled, span too large a box."""
    _scanned(content)


def hidden_parts(content: bytes) -> dict[str, tuple[set[int], set[int]]]:
    """Return hidden rows and columns of every sheet, from zero."""
    return _scanned(content).hidden


def _scanned(content: bytes) -> _Scan:
    scan = _Scan()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = scan.start, scan.end
    try:
        parser.Parse(content, True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise Refused("broken_workbook") from error
    return scan


def _repeat(attrs: dict[str, str], name: str) -> int:
    text = attrs.get(name, "1")
    return min(int(text), 2**31) if text.isdigit() else 1
