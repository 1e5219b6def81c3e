"""Read one gradebook export, whatever program made it; a bad file becomes a problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.gradebook.cells import Book
from posanalytics.gradebook.containers.container import LARGEST_FILE, Refused, opened
from posanalytics.gradebook.containers.delimited import read_delimited
from posanalytics.gradebook.containers.html_tables import read_html
from posanalytics.gradebook.containers.spreadsheetml import read_spreadsheetml
from posanalytics.gradebook.containers.workbook import read_ods, read_ole, read_xlsx
from posanalytics.gradebook.findings import Findings
from posanalytics.gradebook.hiding import hide_names
from posanalytics.gradebook.readers import class_matrix
from posanalytics.gradebook.reading import Hints, Reading
from posanalytics.gradebook.registry import best_reader
from posanalytics.gradebook.sheet_findings import note_oddities

if TYPE_CHECKING:
    from pathlib import Path

    from posanalytics.gradebook.containers.container import Container
    from posanalytics.gradebook.mapping import Mapping

MAPPING_SUFFIX = ".mapping.yml"

NO_HINTS = Hints()


def read_gradebook(path: Path, *, hints: Hints = NO_HINTS, name: str | None = None) -> Reading:
    """Return what an export says: its marks, its pupils, and a problem for all that is neither.

    `name` is how problems call the file. A file named like the export with «.mapping.yml» behind
    it may say how the table is laid out. Bad input never raises.
    """
    shown = name or path.name
    try:
        data, mapping = _content(path), _mapping(path)
        return read_bytes(data, name=shown, hints=hints, mapping=mapping)
    except Refused as error:
        return _refusal(shown, error)
    except OSError as error:
        return _refusal(shown, Refused("unreadable", why=error.strerror or type(error).__name__))


def read_bytes(
    data: bytes, *, name: str, hints: Hints = NO_HINTS, mapping: Mapping | None = None
) -> Reading:
    """Return what the bytes of an export say, see `read_gradebook`."""
    try:
        container = opened(data)
        book = _book(container, data, name)
    except Refused as error:
        return _refusal(name, error)
    reader = best_reader(book)
    if mapping and (mapping.lays_out or not reader or reader.format == class_matrix.FORMAT):
        reading = class_matrix.read(book, name=name, hints=hints, mapping=mapping)
    elif reader is None:
        return _unknown_layout(book, name)
    else:
        hints = mapping.hints(hints) if mapping else hints
        reading = reader.read(book, name=name, hints=hints)
    reading.listed[:] = dict.fromkeys(reading.listed)
    hide_names(reading, [sheet.name for sheet in book.sheets])
    _note_nothing(reading, name)
    return reading


def _content(path: Path) -> bytes:
    if path.stat().st_size > LARGEST_FILE:
        raise Refused("too_large", limit=LARGEST_FILE // 2**20)
    return path.read_bytes()


def mapping_path(path: Path) -> Path:
    """Return where the mapping file of an export stands, whether it exists or not."""
    return path.with_name(path.name + MAPPING_SUFFIX)


def _mapping(path: Path) -> Mapping | None:
    beside = mapping_path(path)
    if not beside.is_file():
        return None
    from posanalytics.gradebook.mapping import read_mapping

    return read_mapping(beside)


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
        case "empty" | "encrypted":
            raise Refused(container.kind)
        case _:
            raise Refused("unknown_container")
    return Book(container.kind, name, container.encoding, sheets)


def _refusal(name: str, error: Refused) -> Reading:
    findings = Findings(name)
    findings.add("error", error.reason, **error.slots)
    return Reading("", problems=findings.problems())


def _unknown_layout(book: Book, name: str) -> Reading:
    findings = Findings(name)
    findings.add("error", "unknown_layout", mapping=name.rpartition("/")[2] + MAPPING_SUFFIX)
    note_oddities(book, findings)
    reading = Reading("", len(book.sheets), book.encoding, problems=findings.problems())
    hide_names(reading, [sheet.name for sheet in book.sheets])
    return reading


def _note_nothing(reading: Reading, name: str) -> None:
    """Say so where nothing of a file could be used: it would look like a file that was read."""
    told = any(problem.severity == "error" for problem in reading.problems)
    if reading.records or reading.scores or told:
        return
    findings = Findings(name)
    if reading.listed:
        findings.add("warning", "only_names", pupils=len(reading.listed))
    else:
        findings.add("error", "nothing_read")
    reading.problems.extend(findings.problems())
