"""Read one gradebook export, whatever program made it; a bad file becomes a problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.cells import Book
from posanalytics.gradebook.class_letters import own_hints, settle_classes
from posanalytics.gradebook.containers.bundle import read_bundle
from posanalytics.gradebook.containers.container import LARGEST_FILE, Refused, opened
from posanalytics.gradebook.containers.delimited import read_delimited
from posanalytics.gradebook.containers.file_sets import packed, roster_files
from posanalytics.gradebook.containers.html_tables import read_html
from posanalytics.gradebook.containers.spreadsheetml import read_spreadsheetml
from posanalytics.gradebook.containers.workbook import read_ods, read_ole, read_xlsx
from posanalytics.gradebook.findings import Findings, Where
from posanalytics.gradebook.hiding import hide_names
from posanalytics.gradebook.mapping_files import MAPPING_SUFFIX, mapping_paths
from posanalytics.gradebook.matrix_layout import has_only_numbers
from posanalytics.gradebook.readers import class_matrix, instrument_table
from posanalytics.gradebook.reading import Hints, Reading
from posanalytics.gradebook.registry import READERS, best_reader
from posanalytics.gradebook.sheet_findings import note_oddities

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from posanalytics.gradebook.containers.container import Container
    from posanalytics.gradebook.instrument_dictionary import Instrument
    from posanalytics.gradebook.mapping import Mapping
    from posanalytics.gradebook.registry import Reader

NO_HINTS = Hints()


class Opened(NamedTuple):
    """A file as sheets, what mapping files say of it, and the reader that it is read with."""

    book: Book
    mapping: Mapping | None
    reader: Reader | None
    size: int = 0


def read_gradebook(
    path: Path,
    *,
    hints: Hints = NO_HINTS,
    name: str | None = None,
    mappings: Sequence[Path] | None = None,
    called: str = "",
) -> Reading:
    """Return what an export says: its marks, its pupils, and a problem for all that is neither.

    `name` is how problems call the file, `called` its real name, which may say whose marks it
    holds and is shown nowhere; `name` where it is not told. Mapping files, the export's own before
    its folder's, may say how the table is laid out; without `mappings` they are looked for beside
    the export. Bad input never raises.
    """
    shown = name or path.name
    try:
        data = content(path)
        mapping = mapping_from(mapping_paths(path) if mappings is None else mappings)
        return read_bytes(data, name=shown, hints=hints, mapping=mapping, called=called)
    except Refused as error:
        return refusal(shown, error)
    except OSError as error:
        return refusal(shown, Refused("unreadable", why=error.strerror or type(error).__name__))


def read_bytes(
    data: bytes,
    *,
    name: str,
    hints: Hints = NO_HINTS,
    mapping: Mapping | None = None,
    called: str = "",
) -> Reading:
    """Return what the bytes of an export say, see `read_gradebook`."""
    try:
        file = opened_export(data, name=called or name, mapping=mapping)
    except Refused as error:
        return refusal(name, error)
    reading = read_opened(file, name=name, hints=hints)
    _note_nothing(reading, name)
    return reading


def opened_export(data: bytes, *, name: str, mapping: Mapping | None = None) -> Opened:
    """Return the bytes as sheets with the reader that knows them; refuse what is no table."""
    book = _book(opened(data), data, name)
    return Opened(book, mapping, _reader(book, mapping), len(data))


def read_opened(file: Opened, *, name: str, hints: Hints = NO_HINTS) -> Reading:
    """Return what the sheets say, read with the reader that was chosen for them."""
    book, mapping, reader, _ = file
    hints = own_hints(hints, book.name)
    if mapping and reader and reader.format == instrument_table.FORMAT:
        told, weaker = mapping.instrument, mapping.hints(hints)
        reading = instrument_table.read(book, name=name, hints=weaker, instrument=told)
    elif mapping and (reader is None or reader.format == class_matrix.FORMAT):
        reading = class_matrix.read(book, name=name, hints=hints, mapping=mapping)
        if reader is None and not (reading.records or reading.listed):
            return _unknown_layout(book, name)
    elif reader is None:
        return _unknown_layout(book, name)
    else:
        reading = reader.read(book, name=name, hints=mapping.hints(hints) if mapping else hints)
        _note_unused(reading, mapping, name)
    settle_classes(reading, name)
    reading.listed[:] = dict.fromkeys(reading.listed)
    named = mapping.told_subjects if mapping else frozenset()
    hide_names(reading, [sheet.name for sheet in book.sheets], name=name, told=named)
    return reading


def _reader(book: Book, mapping: Mapping | None) -> Reader | None:
    """Return the reader that the mapping asks for or, without one, that knows the book best."""
    wanted = mapping.format if mapping else None
    if (
        mapping
        and mapping.instrument
        and (mapping.forces_instrument or _fits_dictionary(book, mapping.instrument))
    ):
        wanted = wanted or instrument_table.FORMAT
    if mapping and mapping.forces_matrix:
        wanted = wanted or class_matrix.FORMAT
    if wanted is None:
        return best_reader(book)
    found = next((reader for reader in READERS if reader.format == wanted), None)
    if found is None:
        known = ", ".join(reader.format for reader in READERS)
        raise Refused("mapping_format", wanted=wanted, known=known)
    return found


def _fits_dictionary(book: Book, instrument: Instrument) -> bool:
    """Return whether a folder's dictionary speaks of the book, and no gradebook has made it."""
    best = best_reader(book)
    own = best is None or best.format == class_matrix.FORMAT
    return own and instrument_table.fits(book, instrument)


def _note_unused(reading: Reading, mapping: Mapping | None, name: str) -> None:
    """Say so where a mapping lays out a table whose format has a layout of its own."""
    if mapping and mapping.forces_matrix:
        findings = Findings(name)
        findings.add("warning", "mapping_unused", wanted=reading.format)
        reading.problems.extend(findings.problems())


def content(path: Path) -> bytes:
    """Return the bytes of an export; refuse one that is larger than any gradebook."""
    parts = roster_files(path) if path.is_dir() else [path]
    if sum(part.stat().st_size for part in parts) > LARGEST_FILE:
        raise Refused("too_large", limit=LARGEST_FILE // 2**20)
    return packed(path) if path.is_dir() else path.read_bytes()


def mapping_from(paths: Sequence[Path]) -> Mapping | None:
    """Return what the mapping files say together; refuse those that cannot be understood."""
    if not paths:
        return None
    # pydantic is needed only where there is a mapping file.
    from posanalytics.gradebook.mapping import mapping_of

    return mapping_of(paths)


def _book(container: Container, data: bytes, name: str) -> Book:
    match container.kind:
        case "xlsx":
            sheets = read_xlsx(data)
        case "ods":
            sheets = read_ods(data)
        case "ole":
            sheets = read_ole(data)
        case "html":
            sheets = read_html(container.text)
        case "spreadsheetml":
            sheets = read_spreadsheetml(container.text)
        case "text":
            sheets = read_delimited(container.text)
        case "bundle":
            sheets, encoding = read_bundle(data)
            return Book(container.kind, name, encoding, sheets)
        case "empty" | "encrypted" | "xlsb" | "damaged_text":
            raise Refused(container.kind)
        case _:
            raise Refused("unknown_container")
    return Book(container.kind, name, container.encoding, sheets)


def refusal(name: str, error: Refused) -> Reading:
    """Return the reading of a file that was not opened: no marks, and the reason."""
    findings = Findings(name)
    findings.add("error", error.reason, **error.slots)
    return Reading("", problems=findings.problems())


def _unknown_layout(book: Book, name: str) -> Reading:
    findings = Findings(name)
    findings.add("error", "unknown_layout", mapping=name.rpartition("/")[2] + MAPPING_SUFFIX)
    for sheet in filter(has_only_numbers, book.sheets):
        findings.add("error", "no_names", Where(sheet.name))
    note_oddities(book, findings)
    reading = Reading("", len(book.sheets), book.encoding, problems=findings.problems())
    hide_names(reading, [sheet.name for sheet in book.sheets], name=name)
    return reading


def _note_nothing(reading: Reading, name: str) -> None:
    """Say so where nothing of a file could be used: it would look like a file that was read."""
    told = any(problem.severity == "error" for problem in reading.problems)
    if reading.has_marks or reading.scores or reading.codes or told:
        return
    findings = Findings(name)
    if reading.listed:
        findings.add("warning", "only_names", pupils=len(reading.listed))
    else:
        findings.add("error", "nothing_read")
    reading.problems.extend(findings.problems())
