"""Sheets of a binary or zipped workbook: values from calamine, the rest from its parts."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from posanalytics.gradebook.cells import EMPTY, Cell, Sheet, number_text
from posanalytics.gradebook.containers.container import Refused
from posanalytics.gradebook.containers.ooxml import MOST_CELLS, Traits, checked_parts, inspected
from posanalytics.gradebook.containers.opendocument import check_box, hidden_parts
from posanalytics.labels import squeezed

if TYPE_CHECKING:
    from collections.abc import Sequence


def read_xlsx(data: bytes) -> list[Sheet]:
    """Return the sheets of an .xlsx with comments, number formats and what it hides."""
    traits = {sheet.name: sheet for sheet in inspected(data)}
    return [
        _sheet(name, rows, traits.get(name, Traits(name, hidden)))
        for name, rows, hidden, _ in _calamine(data)
    ]


def read_ods(data: bytes) -> list[Sheet]:
    """Return the sheets of an .ods with the rows and columns that it hides."""
    content = checked_parts(data).get("content.xml", b"")
    check_box(content)
    hidden = hidden_parts(content)
    sheets = []
    for name, rows, unseen, merged in _calamine(data):
        traits = Traits(name, unseen, merged=merged)
        traits.hidden_rows, traits.hidden_columns = hidden.get(name, (set(), set()))
        sheets.append(_sheet(name, rows, traits))
    return sheets


def read_ole(data: bytes) -> list[Sheet]:
    """Return the sheets of a binary .xls; which of its rows are hidden is not known."""
    return [
        _sheet(name, rows, Traits(name, hidden, merged=merged))
        for name, rows, hidden, merged in _calamine(data)
    ]


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
    except (KeyboardInterrupt, SystemExit, Refused):
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
    rows = [[_cell(value) if value != "" else EMPTY for value in row] for row in values]
    sheet = Sheet(
        name,
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
    for (top, left), (bottom, right) in traits.merged:
        cell = sheet.at(top, left)
        if cell.kind == "empty" or top >= len(sheet.rows):
            continue
        widest = max(len(row) for row in sheet.rows)
        for row in range(top, min(bottom + 1, len(sheet.rows))):
            for column in range(left, min(right + 1, widest)):
                if (row, column) != (top, left):
                    _put(sheet, row, column, cell._replace(covered=True, comment=""))


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
