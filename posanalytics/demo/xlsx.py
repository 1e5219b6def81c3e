"""Write a workbook in which nothing depends on the hour, the computer or the version of zlib."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from posanalytics.gradebook.cells import cell_name

if TYPE_CHECKING:
    from collections.abc import Sequence

Style = Literal["plain", "bold", "two", "percent", "date"]
Value = str | int | float | date | None

_STYLES: tuple[Style, ...] = ("plain", "bold", "two", "percent", "date")
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_EPOCH = date(1899, 12, 30)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"


class Written(NamedTuple):
    """A value and how the workbook shows it."""

    value: Value
    style: Style


class Page(NamedTuple):
    """One sheet: its name, its rows from A1 on, and which cells are merged."""

    name: str
    rows: Sequence[Sequence[Value | Written]]
    merged: Sequence[str] = ()


def workbook(pages: Sequence[Page]) -> bytes:
    """Return the pages as an xlsx file, equal for equal pages."""
    parts = {
        "[Content_Types].xml": _content_types(len(pages)),
        "_rels/.rels": _relations([("officeDocument", "xl/workbook.xml")]),
        "xl/workbook.xml": _book(pages),
        "xl/_rels/workbook.xml.rels": _relations(
            [("worksheet", f"worksheets/sheet{n}.xml") for n in range(1, len(pages) + 1)]
            + [("styles", "styles.xml")]
        ),
        "xl/styles.xml": _styles(),
    }
    parts |= {f"xl/worksheets/sheet{n}.xml": _sheet(page) for n, page in enumerate(pages, 1)}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            # Stored, not deflated: different builds of zlib pack the same text differently.
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.create_system = 0
            archive.writestr(entry, (_HEAD + text).encode())
    return buffer.getvalue()


def _sheet(page: Page) -> str:
    rows = "".join(_row(number, row) for number, row in enumerate(page.rows, 1))
    cells = "".join(f"<mergeCell ref={quoteattr(cells)}/>" for cells in page.merged)
    merged = f'<mergeCells count="{len(page.merged)}">{cells}</mergeCells>' if cells else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData>{merged}</worksheet>'


def _row(number: int, row: Sequence[Value | Written]) -> str:
    cells = "".join(_cell(cell_name(number - 1, column), item) for column, item in enumerate(row))
    return f'<row r="{number}">{cells}</row>'


def _cell(place: str, item: Value | Written) -> str:
    value, style = item if isinstance(item, Written) else (item, "plain")
    if value is None:
        return ""
    start = f'<c r="{place}"' + (f' s="{_STYLES.index(style)}"' if style != "plain" else "")
    if isinstance(value, str):
        return f'{start} t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    number = (value - _EPOCH).days if isinstance(value, date) else value
    return f"{start}><v>{number!r}</v></c>"


def _book(pages: Sequence[Page]) -> str:
    sheets = "".join(
        f'<sheet name={quoteattr(page.name)} sheetId="{number}" r:id="rId{number}"/>'
        for number, page in enumerate(pages, 1)
    )
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>{sheets}</sheets></workbook>'


def _relations(targets: Sequence[tuple[str, str]]) -> str:
    items = "".join(
        f'<Relationship Id="rId{number}" Type="{_DOCUMENT}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}/relationships">{items}</Relationships>'


def _content_types(sheets: int) -> str:
    overrides = [("workbook.xml", "sheet.main"), ("styles.xml", "styles")]
    overrides += [(f"worksheets/sheet{n}.xml", "worksheet") for n in range(1, sheets + 1)]
    items = "".join(
        f'<Override PartName="/xl/{name}" ContentType="{_KIND}.{kind}+xml"/>'
        for name, kind in overrides
    )
    return (
        f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{items}</Types>'
    )


def _styles() -> str:
    # Built-in number formats: 0 general, 2 «0.00», 9 «0%», 14 a date in the reader's own order.
    formats = ((0, 0), (0, 1), (2, 0), (9, 0), (14, 0))
    cells = "".join(
        f'<xf numFmtId="{number}" fontId="{font}" fillId="0" borderId="0" xfId="0" '
        'applyNumberFormat="1" applyFont="1"/>'
        for number, font in formats
    )
    font = '<sz val="11"/><name val="Calibri"/>'
    return (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font>{font}</font>'
        f'<font><b/>{font}</font></fonts><fills count="2"><fill><patternFill patternType="none"/>'
        '</fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1">'
        "<border><left/><right/><top/><bottom/><diagonal/></border></borders>"
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/>'
        f'</cellStyleXfs><cellXfs count="{len(formats)}">{cells}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    )
