"""Sheets of an .xlsx as the usual programs write it, read in one look at each part.

Nearly every workbook spells a cell in one of a few ways: `<c r="B3" s="1" t="s"><v>12</v></c>`.
Cut at `<c r="`, what follows the reference is one of some dozen texts, so each of them is
understood once and a class journal of ten thousand cells is looked up, not parsed. Every byte of
a sheet is either a word of that spelling or goes through the XML parser; whatever is spelled
otherwise is `Unusual`, and the workbook is read the careful way (see `workbook`), to the same
cells. Equal cells of a workbook are one object.
"""

from __future__ import annotations

import functools
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple
from xml.parsers import expat

from posanalytics.gradebook.cells import EMPTY, Cell, column_name, column_number, number_text
from posanalytics.gradebook.containers.ooxml import (
    MOST_CELLS,
    WORKBOOK,
    Traits,
    check_count,
    check_text,
    number_formats,
    read_comments,
    read_sheet,
    shared_strings,
    sheet_parts,
    starts,
    workbook_name,
)
from posanalytics.labels import squeezed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LARGEST_PART = 8 * 2**20  # bytes; twenty times the sheets of a class, still cut up in little memory
_MOST_COLUMNS = 16_384
_USUAL_COLUMNS = 64
_LONGEST_HEAD = 500  # bytes; sheets of a workbook, and workbooks, begin their rows alike
_FIRST_SAFE_DAY = 61  # earlier serials count a 29 February 1900 that never was
_LAST_DAY = 2_958_465
_EPOCH = date(1899, 12, 30)

# Possessive everywhere: what matches once is never tried another way, however long it is.
_ATTRIBUTES = rb'(?: [A-Za-z_:][\w:.-]*+="[^"<>&]*+")*+'
_TEXT = rb"(?:[^<&]++|&(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)*+"
_OPEN_TEXT = rb'<t(?: xml:space="preserve")?>'
_DECLARED = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:<\?xml version=[\"']1\.0[\"'](?: encoding=[\"'](?i:utf-8)[\"'])?"
    rb"(?: standalone=[\"'](?:yes|no)[\"'])? ?\?>[ \t\r\n]*+)?"
)
_FORMULA = rb"<f(%b)(?: ?/>|>%b</f>)" % (_ATTRIBUTES, _TEXT)
_VALUE = rb"(?:%b)?<v>(%b)</v>" % (_FORMULA, _TEXT)
_INLINE = rb"<is>%b(%b)</t></is>" % (_OPEN_TEXT, _TEXT)
_TAIL = re.compile(
    rb'(?: s="(\d{1,5})")?(?: t="([A-Za-z]{1,9})")? ?(?:/>|></c>|>(?:%b|%b)</c>)[ \t\r\n]*+'
    % (_VALUE, _INLINE)
)
_ROW = re.compile(rb'[ \t\r\n]*+<row r="([1-9]\d{0,6})"(%b) ?(/?)>[ \t\r\n]*+' % _ATTRIBUTES)
_MERGED = re.compile(rb'<mergeCell ref="[A-Z]{1,3}[1-9]\d{0,6}:[A-Z]{1,3}[1-9]\d{0,6}" ?/>')
_DIMENSION = re.compile(rb'<dimension ref="[A-Z]{1,3}[1-9]\d{0,6}(?::[A-Z]{1,3}[1-9]\d{0,6})?" ?/>')
_NAMED = re.compile(rb' ([^\s="]+)="([^"]*)"')
_STRINGS = re.compile(rb"<sst(%b)>[ \t\r\n]*+" % _ATTRIBUTES)
_FONT = rb"(?:<rPr>(?:<[A-Za-z]++%b ?/>)*+</rPr>)?" % _ATTRIBUTES
_RUNS = rb"(?:<r>%b%b%b</t></r>)++" % (_FONT, _OPEN_TEXT, _TEXT)
_RUN_TEXT = re.compile(rb"%b([^<]*+)</t>" % _OPEN_TEXT)
_STRING = re.compile(rb"<si>(%b%b</t>|%b)</si>[ \t\r\n]*+" % (_OPEN_TEXT, _TEXT, _RUNS))
_NUMBER = re.compile(rb"-?\d{1,20}(?:\.\d{1,25})?(?:[Ee][+-]?\d{1,2})?")
_ERRORS = frozenset({"#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"})
# Escapes of Excel's own, and letters that XML does not allow: the careful way decides.
_ODD = re.compile("_x[0-9A-Fa-f]{4}_|[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_PLAIN_FORMAT = re.compile(r"General|@|[#0?., %]*")
_DATE_FORMAT = re.compile(
    r"(?:\[\$-[0-9A-Fa-f]{2,8}\])?[dmy]+(?:(?:\\?[ ./-])+[dmy]+)*(?: h+:mm(?::ss)?)?(?:;@)?"
)
_SPACES = b" \t\r\n"
_LOGICAL = {b"0": "ЛОЖЬ", b"1": "ИСТИНА"}
_ENTITY = re.compile(r"&(?:#(\d+)|#x([0-9A-Fa-f]+)|(\w+));")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}

# Filled with a text of nothing but spaces: it counts for the size of the sheet, but is empty.
_BLANK = Cell("", "empty")


class Unusual(Exception):
    """The workbook is not spelled in the usual way: it must be read the careful way."""


def plain_sheets(parts: Mapping[str, bytes]) -> list[tuple[Traits, list[list[Cell]]]]:
    """Return what every sheet hides and merges, and its cells; raise Unusual where in doubt."""
    try:
        if WORKBOOK not in parts or "_rels/.rels" not in parts or workbook_name(parts) != WORKBOOK:
            raise Unusual
        tails = _Tails(_strings(parts), number_formats(parts), since_1904=_since_1904(parts))
        listed = _worksheets(parts)
        sheets = [_sheet(parts, traits, target, tails) for traits, target in listed]
        check_text(parts, (parts[target].count(b't="s"') for _, target in listed))
    except (expat.ExpatError, KeyError, ValueError, OverflowError) as error:
        raise Unusual from error
    return sheets


def _worksheets(parts: Mapping[str, bytes]) -> list[tuple[Traits, str]]:
    listed = sheet_parts(parts)
    names = {traits.name for traits, *_ in listed}
    if len(names) < len(listed) or any(
        kind != "worksheet" or target not in parts for _, kind, target in listed
    ):
        raise Unusual
    return [(traits, target) for traits, _, target in listed]


def _since_1904(parts: Mapping[str, bytes]) -> bool:
    told = starts(parts[WORKBOOK], "workbookPr")
    return any(attrs.get("date1904", "0") not in {"0", "false"} for attrs in told)


def _sheet(
    parts: Mapping[str, bytes], traits: Traits, target: str, tails: _Tails
) -> tuple[Traits, list[list[Cell]]]:
    part = parts[target]
    head, begin, rest = part.partition(b"<sheetData>")
    data, end, tail = rest.partition(b"</sheetData>")
    if not begin or not end or b"<sheetData" in tail or len(part) > LARGEST_PART:
        raise Unusual
    _beginning(part)
    # All that is not a row goes through the parser: columns, merged cells, comments.
    read_sheet(head + b"<sheetData/>" + tail, [], traits)
    if not _refers_well(head, tail):
        raise Unusual
    read_comments(parts, target, traits)
    return traits, _rows(data, tails, traits)


def _refers_well(head: bytes, tail: bytes) -> bool:
    """Return whether merged cells and the size of the sheet are told by names of cells."""
    merges = tail.count(b"mergeCell") - tail.count(b"mergeCells")
    sizes = head.count(b"dimension")
    return (
        b"mergeCell" not in head
        and len(_MERGED.findall(tail)) == merges
        and len(_DIMENSION.findall(head)) == sizes
    )


def _beginning(part: bytes) -> int:
    """Return where the document begins behind its declaration, which must be of UTF-8."""
    match = _DECLARED.match(part)
    begin = match.end() if match else 0
    if part[begin : begin + 2] == b"<?":
        raise Unusual
    return begin


def _rows(data: bytes, tails: _Tails, traits: Traits) -> list[list[Cell]]:
    """Return the rows from the top of the sheet, all as wide as the widest."""
    *texts, last = data.split(b"</row>")
    lines: dict[int, list[Cell]] = {}
    above = 0
    for text in texts:
        head, *chunks = text.split(b'<c r="', _MOST_COLUMNS + 1)
        numbers, hidden, is_open = _head(head)
        if not is_open or numbers[0] <= above:
            raise Unusual
        above = numbers[-1]
        traits.hidden_rows |= hidden
        line = _line(chunks, b"%d" % above, tails)
        if line:
            lines[above - 1] = line
    numbers, hidden, is_open = _head(last)
    if is_open or (numbers and numbers[0] <= above):
        raise Unusual
    traits.hidden_rows |= hidden
    return _box(lines)


def _box(lines: dict[int, list[Cell]]) -> list[list[Cell]]:
    if not lines:
        return []
    bottom, width = max(lines), max(map(len, lines.values()))
    if (bottom + 1) * width > MOST_CELLS:
        raise Unusual
    rows = [lines.get(number) or [] for number in range(bottom + 1)]
    for row in rows:
        row.extend([EMPTY] * (width - len(row)))
    return rows


def _line(chunks: list[bytes], number: bytes, tails: _Tails) -> list[Cell]:
    """Return the cells of a row up to its last filled one."""
    names = _usual_names(number)
    # A cell without a name would be taken for what stands behind a name.
    if chunks and min(chunks) < b"A":
        raise Unusual
    try:
        # In C from end to end: cells in the order A, B, C … as programs write bordered tables.
        line = list(map(tails.__getitem__, map(bytes.removeprefix, chunks, names)))
    except Unusual:
        line = []
    if len(line) < len(chunks):
        line = _line_with_gaps(chunks, number, tails)
    while line and line[-1] is EMPTY:
        line.pop()
    return line


def _line_with_gaps(chunks: list[bytes], number: bytes, tails: _Tails) -> list[Cell]:
    line: list[Cell] = []
    for chunk in chunks:
        name, _, tail = chunk.partition(b'"')
        column = _column(name.removesuffix(number))
        if column < len(line) or not name.endswith(number):
            raise Unusual
        line.extend([EMPTY] * (column - len(line)))
        line.append(tails[tail])
    return line


@functools.lru_cache(maxsize=512)
def _usual_names(number: bytes) -> tuple[bytes, ...]:
    """Return how the first cells of a row are named, each with the quote behind it."""
    end = number + b'"'
    return tuple(column_name(column).encode() + end for column in range(_USUAL_COLUMNS))


@functools.lru_cache(maxsize=1024)
def _column(letters: bytes) -> int:
    if not re.fullmatch(rb"[A-Z]{1,3}", letters):
        raise Unusual
    column = column_number(letters.decode())
    if column >= _MOST_COLUMNS:
        raise Unusual
    return column


class _Head(NamedTuple):
    """What stands before the cells of a row: its number, after rows that have no cells."""

    numbers: tuple[int, ...]
    hidden: frozenset[int]
    open: bool


def _head(text: bytes) -> _Head:
    """Return the rows that begin in the text; only the last of them may have cells."""
    return _usual_head(text) if len(text) <= _LONGEST_HEAD else _rows_begun(text)


@functools.lru_cache(maxsize=2048)
def _usual_head(text: bytes) -> _Head:
    return _rows_begun(text)


def _rows_begun(text: bytes) -> _Head:
    numbers: list[int] = []
    hidden = set()
    is_open, place = False, 0
    while not is_open and (match := _ROW.match(text, place)):
        numbers.append(int(match[1]))
        if _hidden(match[2]):
            hidden.add(numbers[-1] - 1)
        is_open, place = not match[3], match.end()
    if text[place:].strip(_SPACES) or numbers != sorted(set(numbers)):
        raise Unusual
    return _Head(tuple(numbers), frozenset(hidden), is_open)


def _hidden(attributes: bytes) -> bool:
    found = _attributes(attributes)
    if b"r" in found:
        raise Unusual
    return found.get(b"hidden") in {b"1", b"true"}


def _attributes(text: bytes) -> dict[bytes, bytes]:
    """Return attributes by their names, each of which may be there once."""
    named = _NAMED.findall(text)
    found = dict(named)
    if len(found) < len(named):
        raise Unusual
    _text(text)
    return found


class _Tails(dict[bytes, Cell]):
    """What may stand behind the reference of a cell, and the cell that it means."""

    def __init__(
        self, strings: Sequence[Cell], formats: Sequence[str], *, since_1904: bool
    ) -> None:
        super().__init__()
        self.strings, self.formats, self.since_1904 = strings, formats, since_1904
        self.cells: dict[Cell, Cell] = {}

    def __missing__(self, tail: bytes) -> Cell:
        """Understand a tail that was not met before."""
        match = _TAIL.fullmatch(tail)
        if not match:
            raise Unusual
        _text(tail)
        style, kind, formula, value, inline = match.groups()
        _attributes(formula or b"")
        cell = self._cell(int(style or 0), (kind or b"n").decode(), value, inline)
        # Not equality: a blank cell equals an empty one, and only the latter is not there.
        cell = cell if cell.kind == "empty" else self.cells.setdefault(cell, cell)
        self[tail] = cell
        return cell

    def _cell(self, style: int, kind: str, value: bytes | None, inline: bytes | None) -> Cell:
        if inline is not None and kind == "inlineStr":
            return _text_cell(inline)
        if value is None and inline is None:
            return EMPTY
        if value and kind == "str":
            return _text_cell(value)
        if value and kind == "n":
            return self._number(style, value)
        if value and kind == "s":
            return self._shared(value)
        return _named(kind, value)

    def _shared(self, value: bytes) -> Cell:
        if not value.isdigit() or int(value) >= len(self.strings):
            raise Unusual
        return self.strings[int(value)]

    def _number(self, style: int, value: bytes) -> Cell:
        if not _NUMBER.fullmatch(value):
            raise Unusual
        number = float(value)
        shown = self.formats[style] if style and style < len(self.formats) else ""
        if _PLAIN_FORMAT.fullmatch(shown):
            return Cell(number_text(number), "number", number, shown)
        day = number.is_integer() and _FIRST_SAFE_DAY <= number <= _LAST_DAY
        if not day or self.since_1904 or not _DATE_FORMAT.fullmatch(shown):
            raise Unusual
        told = _EPOCH + timedelta(days=int(number))
        return Cell(told.isoformat(), "date", told, shown)


def _named(kind: str, value: bytes | None) -> Cell:
    """Return a cell that holds a truth value or an error, both written as words."""
    if kind == "b" and value in _LOGICAL:
        return Cell(_LOGICAL[value], "logical")
    if kind == "e" and value and _text(value) in _ERRORS:
        return Cell(_text(value), "error")
    raise Unusual


def _text(raw: bytes) -> str:
    """Return what XML text says, `raw` being free of tags."""
    text = raw.decode()
    if "]]>" in text:
        raise Unusual
    text = _ENTITY.sub(_letter, text) if "&" in text else text
    if _ODD.search(text):
        raise Unusual
    return text


def _letter(entity: re.Match[str]) -> str:
    decimal, hexadecimal, name = entity.groups()
    if name:
        return _ENTITIES[name]
    letter = chr(int(decimal) if decimal else int(hexadecimal, 16))
    letter.encode()  # half of a surrogate pair is no letter
    return letter


def _text_cell(raw: bytes) -> Cell:
    text = squeezed(_text(raw))
    return Cell(text) if text else _BLANK


def _strings(parts: Mapping[str, bytes]) -> list[Cell]:
    """Return the cells that the shared strings make, by their number."""
    part = shared_strings(parts)
    if not part:
        return []
    opening = _STRINGS.match(part, _beginning(part))
    if not opening or len(part) > LARGEST_PART:
        raise Unusual
    counts = _attributes(opening[1])
    check_count(*(counts.get(name, b"0").decode() for name in (b"count", b"uniqueCount")))
    _text(part)
    cells, place = [], opening.end()
    while match := _STRING.match(part, place):
        cells.append(_text_cell(b"".join(_RUN_TEXT.findall(match[1]))))
        place = match.end()
    if part[place:].strip(_SPACES) != b"</sst>":
        raise Unusual
    return cells
