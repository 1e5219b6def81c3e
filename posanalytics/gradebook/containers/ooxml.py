"""What an .xlsx says beside its values, and whether it is safe to hand to the workbook reader.

The workbook reader (calamine) loses hidden rows, comments, number formats, error values and
formulas without a saved result, and a 1.9 kB file can make it abort the whole interpreter
(RELIABILITY.md 1.1): so the parts are looked through here first, streamed and with limits.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from posanalytics.gradebook.cells import column_number
from posanalytics.gradebook.containers.container import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_PARTS = 5_000
LARGEST_INFLATED = 64 * 2**20  # bytes, all parts together
MOST_SHARED_STRINGS = 2_000_000
LONGEST_CELL = 32_767  # characters, Excel's own limit
MOST_CELLS = 5_000_000  # of the box around all filled cells
LARGEST_TEXT = 256 * 2**20  # bytes that shared strings may grow to in memory

WORKBOOK = "xl/workbook.xml"

_REFERENCE = re.compile(r"\$?([A-Za-z]{1,3})\$?(\d{1,7})$")
_SHEETS = frozenset({"worksheet", "chartsheet", "dialogsheet", "macrosheet"})
_TRUE = frozenset({"1", "true"})
# Number formats that every workbook has without declaring them (ECMA-376 part 1, 18.8.30),
# as far as they change how a mark or a share is read.
_BUILT_IN = {
    1: "0", 2: "0.00", 9: "0%", 10: "0.00%", 14: "dd.mm.yyyy", 15: "d-mmm-yy", 16: "d-mmm",
    17: "mmm-yy", 18: "h:mm", 19: "h:mm:ss", 20: "h:mm", 21: "h:mm:ss", 22: "dd.mm.yyyy h:mm",
    45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0",
}  # fmt: skip

Position = tuple[int, int]


@dataclass(slots=True)
class Traits:
    """What one sheet says beside its values, by row and column from zero."""

    name: str = ""
    hidden: bool = False
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    formats: dict[Position, str] = field(default_factory=dict)
    errors: dict[Position, str] = field(default_factory=dict)
    uncached: set[Position] = field(default_factory=set)
    comments: dict[Position, str] = field(default_factory=dict)
    merged: list[tuple[Position, Position]] = field(default_factory=list)
    last: Position = (-1, -1)
    shared: int = 0


def position(reference: str) -> Position | None:
    """Return row and column of a cell name, both from zero, or None.

    >>> position("C5")
    (4, 2)
    """
    match = _REFERENCE.match(reference)
    return (int(match[2]) - 1, column_number(match[1])) if match else None


def inspected(parts: Mapping[str, bytes]) -> list[Traits]:
    """Return the traits of every sheet in order; refuse a workbook that is not safe to open."""
    try:
        return _sheets(parts)
    except (expat.ExpatError, KeyError, ValueError) as error:
        raise Refused("broken_workbook") from error


def checked_parts(data: bytes) -> dict[str, bytes]:
    """Return the XML parts of a zip container after the checks that any such file must pass."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _parts(archive)
    except (zipfile.BadZipFile, zlib.error, KeyError, ValueError, OSError, EOFError) as error:
        raise Refused("broken_workbook") from error
    except (NotImplementedError, RuntimeError, zipfile.LargeZipFile) as error:
        raise Refused("encrypted" if "password" in str(error) else "broken_workbook") from error


def _parts(archive: zipfile.ZipFile) -> dict[str, bytes]:
    infos = archive.infolist()
    # The workbook reader takes «SHEET1.XML» and «xl\\sheet1.xml» for the same part as we do.
    names = {info.filename.replace("\\", "/").lower() for info in infos}
    if len(infos) > MOST_PARTS or len(names) < len(infos):
        raise Refused("too_many_parts")
    if sum(info.file_size for info in infos) > LARGEST_INFLATED:
        raise Refused("too_large_inside", limit=LARGEST_INFLATED // 2**20)
    parts = {
        info.filename.replace("\\", "/"): archive.read(info)
        for info in infos
        if info.filename.lower().endswith((".xml", ".rels", ".vml"))
    }
    for name, part in parts.items():
        if not name.lower().endswith(".vml") and _declares_entities(part):
            raise Refused("doctype")
    return parts


def _declares_entities(part: bytes) -> bool:
    head = part[:4]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\x00" in head:
        return True  # no spreadsheet program writes its parts in UTF-16; an attack does
    return b"<!" in part and (b"<!DOCTYPE" in part or b"<!ENTITY" in part)


def _sheets(parts: Mapping[str, bytes]) -> list[Traits]:
    _check_strings(parts)
    formats = number_formats(parts)
    sheets = []
    for traits, _, target in sheet_parts(parts):
        part = part_named(parts, target)
        if not part:
            # The workbook reader may still find one, under a name that no check has seen.
            raise Refused("broken_workbook")
        read_sheet(part, formats, traits)
        read_comments(parts, target, traits)
        sheets.append(traits)
    check_text(parts, (sheet.shared for sheet in sheets))
    return sheets


def sheet_parts(parts: Mapping[str, bytes]) -> list[tuple[Traits, str, str]]:
    """Return every sheet in order: its name and visibility, its kind, and the part it is in."""
    book = workbook_name(parts)
    targets = _relations(parts, book)
    sheets = []
    for attrs in starts(part_named(parts, book), "sheet"):
        relation = next((value for key, value in attrs.items() if _local(key) == "id"), "")
        traits = Traits(attrs.get("name", ""), attrs.get("state", "visible") != "visible")
        sheets.append((traits, *targets.get(relation, ("", ""))))
    return sheets


def workbook_name(parts: Mapping[str, bytes]) -> str:
    """Return the name of the part that lists the sheets, by default the usual one."""
    told = (target for kind, target in _relations(parts, "").values() if kind == "officeDocument")
    return next(told, WORKBOOK)


def _beside_workbook(parts: Mapping[str, bytes], name: str) -> bytes:
    return part_named(parts, posixpath.join(posixpath.dirname(workbook_name(parts)), name))


def part_named(parts: Mapping[str, bytes], name: str) -> bytes:
    """Return a part whose name may be written in another case."""
    if name in parts:
        return parts[name]
    return next((part for key, part in parts.items() if key.lower() == name.lower()), b"")


def _parser() -> expat.XMLParserType:
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise Refused("doctype")

    parser.StartDoctypeDeclHandler = refuse
    parser.buffer_text = True
    return parser


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def starts(part: bytes, *tags: str) -> list[dict[str, str]]:
    """Return the attributes of every element with one of the names."""
    found: list[dict[str, str]] = []

    def start(tag: str, attrs: dict[str, str]) -> None:
        if _local(tag) in tags:
            found.append(attrs)

    if part:
        parser = _parser()
        parser.StartElementHandler = start
        parser.Parse(part, True)  # noqa: FBT003
    return found


def shared_strings(parts: Mapping[str, bytes]) -> bytes:
    """Return the part with the texts that cells share, empty where there is none."""
    return _beside_workbook(parts, "sharedStrings.xml")


def _relations(parts: Mapping[str, bytes], owner: str) -> dict[str, tuple[str, str]]:
    """Return type and target of every relation of a part, by its id."""
    folder, name = posixpath.split(owner)
    found = {}
    beside = posixpath.join(folder, "_rels", f"{name}.rels")
    for attrs in starts(part_named(parts, beside), "Relationship"):
        target = attrs.get("Target", "")
        path = target[1:] if target.startswith("/") else posixpath.join(folder, target)
        kind = attrs.get("Type", "").rpartition("/")[2]
        found[attrs.get("Id", "")] = (kind, posixpath.normpath(path))
    return found


def number_formats(parts: Mapping[str, bytes]) -> list[str]:
    """Return the number format of every cell style, in the order of the style numbers."""
    styles = _beside_workbook(parts, "styles.xml")
    codes = dict(_BUILT_IN)
    numbers: list[int] = []
    inside = False

    def start(tag: str, attrs: dict[str, str]) -> None:
        nonlocal inside
        local = _local(tag)
        if local == "numFmt":
            codes[int(attrs["numFmtId"])] = attrs.get("formatCode", "")
        elif local == "cellXfs":
            inside = True
        elif local == "xf" and inside:
            numbers.append(int(attrs.get("numFmtId", "0")))

    def end(tag: str) -> None:
        nonlocal inside
        inside = inside and _local(tag) != "cellXfs"

    if styles:
        parser = _parser()
        parser.StartElementHandler, parser.EndElementHandler = start, end
        parser.Parse(styles, True)  # noqa: FBT003
    return [codes.get(number, "") for number in numbers]


class _SheetScan:
    """Handlers for one streamed sheet; rows and columns are counted where they are not named."""

    def __init__(self, formats: list[str], traits: Traits) -> None:
        self.formats, self.traits = formats, traits
        self.row = self.column = -1
        self.kind = ""
        self.formula = self.filled = False
        self.text: list[str] | None = None
        self.error = ""
        self.bottom = self.right = -1
        self.top = self.left = 1 << 30

    def start(self, tag: str, attrs: dict[str, str]) -> None:
        local = tag if ":" not in tag else _local(tag)
        if local == "c":
            self._cell(attrs)
        elif local in {"v", "t"}:
            self.text = []
        elif local == "f":
            self.formula = True
        elif local == "row":
            self._row(attrs)
        elif local == "col":
            self._columns(attrs)
        elif local == "mergeCell":
            self._merge(attrs)

    def end(self, tag: str) -> None:
        local = tag if ":" not in tag else _local(tag)
        if local in {"v", "t"} and self.text is not None:
            text = "".join(self.text)
            self.filled = self.filled or bool(text)
            if local == "v" and self.kind == "e":
                self.error = text
            self.text = None
        elif local == "c":
            self._finish()

    def data(self, text: str) -> None:
        if self.text is not None:
            self.text.append(text)

    def _row(self, attrs: dict[str, str]) -> None:
        self.row = int(attrs["r"]) - 1 if "r" in attrs else self.row + 1
        self.column = -1
        if attrs.get("hidden") in _TRUE:
            self.traits.hidden_rows.add(self.row)

    def _columns(self, attrs: dict[str, str]) -> None:
        if attrs.get("hidden") in _TRUE:
            first, last = int(attrs.get("min", 1)), min(int(attrs.get("max", 1)), 16_384)
            self.traits.hidden_columns.update(range(max(first, 1) - 1, last))

    def _merge(self, attrs: dict[str, str]) -> None:
        first, _, last = attrs.get("ref", "").partition(":")
        start, end = position(first), position(last or first)
        if start and end:
            self.traits.merged.append((start, end))

    def _cell(self, attrs: dict[str, str]) -> None:
        here = position(attrs.get("r", "")) or (self.row, self.column + 1)
        self.row, self.column = here
        self.kind, self.formula, self.filled, self.error = attrs.get("t", ""), False, False, ""
        style = int(attrs.get("s", 0))
        if 0 < style < len(self.formats) and self.formats[style]:
            self.traits.formats[here] = self.formats[style]
        if self.kind == "s":
            self.traits.shared += 1

    def _finish(self) -> None:
        here = (self.row, self.column)
        if self.error:
            self.traits.errors[here] = self.error
        if self.formula and not self.filled:
            self.traits.uncached.add(here)
        if self.filled:
            self.top, self.bottom = min(self.top, here[0]), max(self.bottom, here[0])
            self.left, self.right = min(self.left, here[1]), max(self.right, here[1])
            # From the first cell of the sheet, not of the box: readers count rows from the top.
            if (self.bottom + 1) * (self.right + 1) > MOST_CELLS:
                raise Refused("too_many_cells")


def read_sheet(part: bytes, formats: list[str], traits: Traits) -> None:
    """Add to the traits what the part of the sheet says; refuse one that spans too far."""
    scan = _SheetScan(formats, traits)
    parser = _parser()

    def root(tag: str, _: dict[str, str]) -> None:
        # A part that holds something else would be read as a sheet without cells.
        if _local(tag) not in _SHEETS:
            raise Refused("broken_workbook")
        parser.StartElementHandler = scan.start

    parser.StartElementHandler, parser.EndElementHandler = root, scan.end
    parser.CharacterDataHandler = scan.data
    parser.Parse(part, True)  # noqa: FBT003
    traits.last = (scan.bottom, scan.right)


def read_comments(parts: Mapping[str, bytes], sheet: str, traits: Traits) -> None:
    """Add to the traits the comments that belong to the part of the sheet."""
    for kind, target in _relations(parts, sheet).values():
        if kind == "comments" and (part := part_named(parts, target)):
            traits.comments.update(_comments(part))


def _comments(part: bytes) -> dict[Position, str]:
    found: dict[Position, str] = {}
    where: Position | None = None
    reading = False

    def start(tag: str, attrs: dict[str, str]) -> None:
        nonlocal where, reading
        local = _local(tag)
        if local == "comment":
            where = position(attrs.get("ref", ""))
        reading = local == "t"

    def end(_: str) -> None:
        nonlocal reading
        reading = False

    def data(text: str) -> None:
        if reading and where:
            found[where] = found.get(where, "") + text

    parser = _parser()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = data
    parser.Parse(part, True)  # noqa: FBT003
    return found


def _check_strings(parts: Mapping[str, bytes]) -> None:
    """Refuse a count of shared strings that the workbook reader would make room for."""
    for attrs in starts(shared_strings(parts), "sst"):
        check_count(attrs.get("uniqueCount", "0"), attrs.get("count", "0"))


def check_count(*counts: str) -> None:
    """Refuse a number of shared strings for which there can be no room."""
    if any(int(count) > MOST_SHARED_STRINGS for count in counts):
        raise Refused("too_many_cells")


def check_text(parts: Mapping[str, bytes], references: Iterable[int]) -> None:
    """Refuse shared strings that grow too large where cells repeat them."""
    strings = shared_strings(parts)
    if len(strings) <= LONGEST_CELL:
        return
    longest = max(map(len, strings.split(b"<si")), default=0)
    # Rich text repeats its fonts: bytes may exceed what Excel counts in characters by far.
    if longest > LONGEST_CELL * 16 or longest * sum(references) > LARGEST_TEXT:
        raise Refused("too_large_inside", limit=LARGEST_TEXT // 2**20)
