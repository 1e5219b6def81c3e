"""What a binary .xls says beside its values: errors, hidden rows and columns, protection.

The workbook reader gives an empty cell where an .xls has an error or a formula without a result,
and says of a protected book only that it cannot be read.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.containers.container import Refused
from posanalytics.gradebook.containers.ooxml import Traits

if TYPE_CHECKING:
    from collections.abc import Iterator

_END = 0xFFFFFFFA  # this sector number and those above it are signs, not sectors
_HEADER = 512
_STREAMS = ("workbook", "book")
_BOF, _EOF, _FILEPASS, _BOUNDSHEET = 0x0809, 0x000A, 0x002F, 0x0085
_FORMULA, _ERROR, _ROW, _COLUMNS = 0x0006, 0x0205, 0x0208, 0x007D
_BIFF8 = 0x0600
_ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?",
    0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip


class _Compound:
    """The streams of an OLE file: a small file system of sectors in chains."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = 1 << _short(data, 30)
        self.small = 1 << _short(data, 32)
        if not (128 <= self.size <= 65_536 and 8 <= self.small <= self.size):  # noqa: PLR2004
            raise Refused("broken_workbook")
        self.cutoff = _long(data, 56)
        self.table = self._table()
        self.entries = self._entries(self._chain(_long(data, 48)))
        root = next((entry for entry in self.entries if entry.kind == _ROOT), None)
        self.small_table = _longs(self._chain(_long(data, 60)))
        self.small_data = self._chain(root.first) if root else b""

    def stream(self, *names: str) -> bytes | None:
        """Return the content of the first stream that has one of the names."""
        for name in names:
            for entry in self.entries:
                if entry.name == name and entry.kind == _STREAM:
                    return self._content(entry)
        return None

    def _content(self, entry: _Entry) -> bytes:
        if entry.size >= self.cutoff:
            content = self._chain(entry.first)
        else:
            numbers = _followed(entry.first, self.small_table)
            parts = (self.small_data[n * self.small : (n + 1) * self.small] for n in numbers)
            content = b"".join(parts)
        if len(content) < entry.size:
            raise Refused("broken_workbook")
        return content[: entry.size]

    def _sector(self, number: int) -> bytes:
        start = _HEADER + number * self.size
        # The last sector of a file may be short: Excel reads such files.
        if start >= len(self.data):
            raise Refused("broken_workbook")
        return self.data[start : start + self.size]

    def _chain(self, first: int) -> bytes:
        return b"".join(self._sector(number) for number in _followed(first, self.table))

    def _table(self) -> list[int]:
        """Return the next sector of every sector."""
        numbers = list(_longs(self.data[76:_HEADER]))
        more, met = _long(self.data, 68), 0
        while more < _END and met * self.size <= len(self.data):
            block = _longs(self._sector(more))
            numbers += block[:-1]
            more, met = block[-1], met + 1
        sectors = [number for number in numbers if number < _END]
        return [entry for number in sectors for entry in _longs(self._sector(number))]

    def _entries(self, folder: bytes) -> list[_Entry]:
        return [_entry(folder[at : at + 128]) for at in range(0, len(folder) - 127, 128)]


class _Entry(NamedTuple):
    name: str
    kind: int
    first: int
    size: int


_STREAM, _ROOT = 2, 5


def _entry(raw: bytes) -> _Entry:
    length = min(_short(raw, 64), 64)
    name = raw[: max(0, length - 2)].decode("utf-16-le", errors="replace").lower()
    return _Entry(name, raw[66], _long(raw, 116), _long(raw, 120))


def _followed(first: int, table: list[int]) -> Iterator[int]:
    number = first
    for _ in range(len(table) + 1):
        if number >= _END:
            return
        if number >= len(table):
            break
        yield number
        number = table[number]
    raise Refused("broken_workbook")  # a chain that bites its tail, or leads out of the file


def _short(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 2], "little")


def _long(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "little")


def _longs(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))


def inspected(data: bytes) -> dict[str, Traits]:
    """Return the traits of every sheet by name; refuse a book that is protected or torn."""
    book = _Compound(data).stream(*_STREAMS)
    if book is None:
        raise Refused("unknown_container")  # a Word document has the same first bytes
    sheets: list[tuple[str, int]] = []
    wide = True
    for kind, record in _records(book, 0):
        if kind == _BOF:
            wide = _short(record, 0) >= _BIFF8
        elif kind == _FILEPASS:
            raise Refused("encrypted")
        elif kind == _BOUNDSHEET and len(record) > 8:  # noqa: PLR2004
            sheets.append((_name(record[6:], wide=wide), _long(record, 0)))
    return {name: _sheet(book, start, name) for name, start in sheets}


def _name(record: bytes, *, wide: bool) -> str:
    length = record[0]
    if not wide:
        return record[1 : 1 + length].decode("cp1251", errors="replace")
    if record[1] & 1:
        return record[2 : 2 + 2 * length].decode("utf-16-le", errors="replace")
    return record[2 : 2 + length].decode("latin-1")


def _records(book: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """Yield the records of one part of the book; a part that has no end was cut off."""
    at, depth = start, 0
    while at + 4 <= len(book):
        kind, length = _short(book, at), _short(book, at + 2)
        record = book[at + 4 : at + 4 + length]
        if len(record) < length:
            break
        at += 4 + length
        depth += (kind == _BOF) - (kind == _EOF)
        yield kind, record
        if depth <= 0:
            return
    raise Refused("broken_workbook")


def _sheet(book: bytes, start: int, name: str) -> Traits:
    traits = Traits(name)
    for kind, record in _records(book, start):
        if kind == _ERROR and len(record) >= 8 and record[7]:  # noqa: PLR2004
            traits.errors[_position(record)] = _ERRORS.get(record[6], "#?")
        elif kind == _FORMULA and record[12:14] == b"\xff\xff":
            _read_result(record, traits)
        elif kind == _ROW and _short(record, 12) & 0x20:
            traits.hidden_rows.add(_short(record, 0))
        elif kind == _COLUMNS and _short(record, 8) & 1:
            last = min(_short(record, 2), 255)
            traits.hidden_columns.update(range(_short(record, 0), last + 1))
    return traits


def _read_result(record: bytes, traits: Traits) -> None:
    """Note an error, or the lack of a result, where a formula has no number."""
    match record[6]:
        case 2:
            traits.errors[_position(record)] = _ERRORS.get(record[8], "#?")
        case 3:
            traits.uncached.add(_position(record))


def _position(record: bytes) -> tuple[int, int]:
    return _short(record, 0), _short(record, 2)
