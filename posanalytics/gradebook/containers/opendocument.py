"""What an .ods says beside its values, and whether its repeated cells fit into memory."""

from __future__ import annotations

from xml.parsers import expat

from posanalytics.gradebook.containers.container import Refused
from posanalytics.gradebook.containers.ooxml import MOST_CELLS, Traits

_FOLDED = frozenset({"collapse", "filter"})
_CELLS = frozenset({"table:table-cell", "table:covered-table-cell"})
_FILLED = frozenset({"office:value-type", "calcext:value-type"})


class _Scan:
    """Handlers for one streamed content.xml: positions, repeats, visibility, errors."""

    def __init__(self) -> None:
        self.sheets: dict[str, Traits] = {}
        self.traits = Traits()
        self.error: list[str] | None = None
        self.formula = False
        self.row = self.column = self.header = 0
        self.repeat = 1
        self.cells = 0

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        if tag == "table:table":
            self._table(attrs)
        elif tag == "table:table-column":
            repeat = _repeat(attrs, "table:number-columns-repeated")
            if attrs.get("table:visibility") in _FOLDED:
                self.traits.hidden_columns.update(
                    range(self.header, self.header + min(repeat, 16_384))
                )
            self.header += repeat
        elif tag == "table:table-row":
            self.repeat = _repeat(attrs, "table:number-rows-repeated")
            self.column = 0
            if attrs.get("table:visibility") in _FOLDED:
                self.traits.hidden_rows.update(
                    range(self.row, self.row + min(self.repeat, 100_000))
                )
        elif tag in _CELLS:
            self._cell(attrs)

    def end(self, tag: str) -> None:
        if tag == "table:table-row":
            self.row += self.repeat
        elif tag in _CELLS:
            self._finish()

    def data(self, text: str) -> None:
        if self.error is not None:
            self.error.append(text)
            self.formula = False
        elif text.strip():
            self.formula = False

    def _table(self, attrs: dict[str, str]) -> None:
        name = attrs.get("table:name", "")
        self.traits = self.sheets[name] = Traits(name)
        self.row = self.column = self.header = self.cells = 0

    def _cell(self, attrs: dict[str, str]) -> None:
        repeat = _repeat(attrs, "table:number-columns-repeated")
        self.column += repeat
        filled = bool(_FILLED & attrs.keys())
        self.error = [] if attrs.get("calcext:value-type") == "error" else None
        self.formula = "table:formula" in attrs and not filled
        if filled:
            self.cells = max(self.cells, (self.row + self.repeat) * self.column)
            if self.cells > MOST_CELLS:
                raise Refused("too_many_cells")

    def _finish(self) -> None:
        here = (self.row, self.column - 1)
        if self.error is not None:
            self.traits.errors[here] = "".join(self.error).strip() or "#?"
        if self.formula:
            self.traits.uncached.add(here)
        self.error, self.formula = None, False


def traits_of(content: bytes) -> dict[str, Traits]:
    """Return the traits of every sheet by name.

    A document whose filled cells, repeats unrolled, span too large a box is refused.
    """
    return _scanned(content).sheets


def _scanned(content: bytes) -> _Scan:
    scan = _Scan()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = scan.start, scan.end
    parser.CharacterDataHandler = scan.data
    try:
        parser.Parse(content, True)  # noqa: FBT003
    except expat.ExpatError as error:
        raise Refused("broken_workbook") from error
    return scan


def _repeat(attrs: dict[str, str], name: str) -> int:
    text = attrs.get(name, "1")
    return min(int(text), 2**31) if text.isdigit() else 1
