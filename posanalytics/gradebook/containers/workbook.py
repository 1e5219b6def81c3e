"""Sheets of a binary or zipped workbook: values from calamine, the rest from its parts.

An .xlsx spelled in the usual way needs no calamine (see `plain_sheets`); both ways give the same.
"""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from posanalytics.gradebook.cells import EMPTY, Cell, Sheet, number_text
from posanalytics.gradebook.containers import biff
from posanalytics.gradebook.containers.container import Refused
from posanalytics.gradebook.containers.ooxml import MOST_CELLS, Traits, checked_parts, inspected
from posanalytics.gradebook.containers.opendocument import traits_of
from posanalytics.gradebook.containers.plain_sheets import Unusual, plain_sheets
from posanalytics.labels import squeezed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def read_xlsx(data: bytes) -> list[Sheet]:
    """Return the sheets of an .xlsx with comments, number formats and what it hides."""
    parts = checked_parts(data)
    try:
        return [_finished(rows, traits) for traits, rows in plain_sheets(parts)]
    except Unusual:
        return read_carefully(data, parts)


def read_carefully(data: bytes, parts: Mapping[str, bytes]) -> list[Sheet]:
    """Return the sheets of any .xlsx: its parts parsed as XML, its values as calamine has them."""
    traits = {sheet.name: sheet for sheet in inspected(parts)}
    return [
        _sheet(name, rows, traits.get(name, Traits(name, hidden)))
        for name, rows, hidden, _ in _calamine(data)
    ]


def read_ods(data: bytes) -> list[Sheet]:
    """Return the sheets of an .ods with the rows and columns that it hides."""
    content = checked_parts(data).get("content.xml", b"")
    known = traits_of(content)
    sheets = []
    for name, rows, unseen, merged in _calamine(data):
        traits = known.get(name) or Traits(name)
        traits.hidden, traits.merged = unseen, merged
        sheets.append(_sheet(name, rows, traits))
    return sheets


def read_ole(data: bytes) -> list[Sheet]:
    """Return the sheets of a binary .xls with its errors and what it hides."""
    known = biff.inspected(data)
    sheets = []
    for name, rows, hidden, merged in _calamine(data):
        traits = known.get(name) or Traits(name)
        traits.hidden, traits.merged = hidden, merged
        sheets.append(_sheet(name, rows, traits))
    return sheets


def _calamine(data: bytes) -> list[tuple[str, list[list[Any]], bool, list[Any]]]:
    import python_calamine

    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        return [
            _values(book, meta, python_calamine)
            for meta in book.sheets_metadata
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
    except python_calamine.PasswordError as error:
        raise Refused("encrypted") from error
    except (KeyboardInterrupt, SystemExit, MemoryError, Refused):
        raise
    except BaseException as error:
        # A panic of the Rust library is no Exception: it would end the whole load.
        raise Refused("broken_workbook") from error


def _values(book: Any, meta: Any, calamine: Any) -> tuple[str, list[list[Any]], bool, list[Any]]:
    sheet = book.get_sheet_by_name(meta.name)
    if sheet.end and (sheet.end[0] + 1) * (sheet.end[1] + 1) > MOST_CELLS:
        raise Refused("too_many_cells")
    hidden = meta.visible != calamine.SheetVisibleEnum.Visible
    rows = sheet.to_python(skip_empty_area=False) if sheet.end else []
    return meta.name, rows, hidden, sheet.merged_cell_ranges or []


def _sheet(name: str, values: Sequence[Sequence[Any]], traits: Traits) -> Sheet:
    known: dict[tuple[type, Any], Cell] = {(str, ""): EMPTY}

    def cell(value: Any) -> Cell:
        # Equal cells are one object: a journal has thousands of cells and some dozen values.
        key = (type(value), value)
        if key not in known:
            known[key] = _cell(value)
        return known[key]

    traits.name = name
    return _finished([list(map(cell, row)) for row in values], traits)


def _finished(rows: list[list[Cell]], traits: Traits) -> Sheet:
    sheet = Sheet(
        traits.name,
        rows,
        traits.hidden,
        frozenset(traits.hidden_rows),
        frozenset(traits.hidden_columns),
    )
    _describe(sheet, traits)
    _cover(sheet, traits)
    return sheet


def _describe(sheet: Sheet, traits: Traits) -> None:
    """Give cells the format, comment, error or missing result that their parts tell of."""
    for (row, column), error in traits.errors.items():
        _put(sheet, row, column, Cell(error or "#?", "error"))
    for row, column in traits.uncached:
        _put(sheet, row, column, Cell("=…", "uncached"))
    for (row, column), shown in traits.formats.items():
        cell = sheet.at(row, column)
        if cell.kind in {"number", "date"}:
            _put(sheet, row, column, cell._replace(number_format=shown))
    for (row, column), comment in traits.comments.items():
        cell = sheet.at(row, column)
        if cell.kind != "empty":
            _put(sheet, row, column, cell._replace(comment=comment))


def _cover(sheet: Sheet, traits: Traits) -> None:
    """Repeat the text of a merged cell in the places that it covers."""
    widest = max(map(len, sheet.rows), default=0)
    for (top, left), (bottom, right) in traits.merged:
        cell = sheet.at(top, left)
        if cell.kind == "empty":
            continue
        under, end = cell._replace(covered=True, comment=""), min(right + 1, widest)
        for line in sheet.rows[top : bottom + 1]:
            line.extend([EMPTY] * (end - len(line)))
            line[left:end] = [under] * (end - left)
        sheet.rows[top][left] = cell


def _put(sheet: Sheet, row: int, column: int, cell: Cell) -> None:
    while len(sheet.rows) <= row:
        sheet.rows.append([])
    line = sheet.rows[row]
    line.extend([EMPTY] * (column + 1 - len(line)))
    line[column] = cell


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        text = squeezed(value)
        return Cell(text) if text else EMPTY
    if isinstance(value, bool):
        return Cell("ИСТИНА" if value else "ЛОЖЬ", "logical")
    if isinstance(value, int | float):
        return Cell(number_text(value), "number", float(value))
    if isinstance(value, datetime):
        return Cell(value.date().isoformat(), "date", value.date())
    if isinstance(value, date):
        return Cell(value.isoformat(), "date", value)
    return Cell(str(value), "logical" if isinstance(value, time | timedelta) else "text")
