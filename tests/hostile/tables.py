"""One small class table, written in every container that the hostile files start from."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import xlwt
from xlwt import CompoundDoc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Two pupils, two subjects; `MARKS` is what a reader must find in it.
ROWS: tuple[tuple[object, ...], ...] = (
    ("№", "ФИО", "Алгебра", "Физика"),
    (1, "Ёлкин Пётр", 5, 4),
    (2, "Примеров Иван", 3, 2),
)
MARKS = {
    ("Ёлкин Пётр", "Алгебра"): 5.0,
    ("Ёлкин Пётр", "Физика"): 4.0,
    ("Примеров Иван", "Алгебра"): 3.0,
    ("Примеров Иван", "Физика"): 2.0,
}
FIRST = "xl/worksheets/sheet1.xml"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_WORKBOOK = (
    f'<workbook xmlns="{MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="7Б" sheetId="1" r:id="rId1"/></sheets></workbook>'
)
_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": _WORKBOOK,
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_RELATIONS}">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>"
    ),
}


def sheet_xml(cells: str, *, before: str = "") -> str:
    """Return a worksheet part around the rows of its data."""
    return f'<worksheet xmlns="{MAIN}">{before}<sheetData>{cells}</sheetData></worksheet>'


def rows_xml(rows: Sequence[Sequence[object]] = ROWS) -> str:
    """Return rows of a worksheet part, texts inline."""
    return "".join(
        f'<row r="{r}">{"".join(_cell_xml(value, r, c) for c, value in enumerate(row))}</row>'
        for r, row in enumerate(rows, 1)
    )


def _cell_xml(value: object, row: int, column: int) -> str:
    place = f'r="{chr(ord("A") + column)}{row}"'
    if isinstance(value, str):
        return f'<c {place} t="inlineStr"><is><t>{value}</t></is></c>'
    return f"<c {place}><v>{value}</v></c>"


def xlsx(
    parts: Mapping[str, str | bytes] | None = None,
    *,
    cells: str | None = None,
    level: int = 9,
) -> bytes:
    """Return a workbook of the class table; parts are replaced or added."""
    first = sheet_xml(rows_xml() if cells is None else cells)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, part in {**_PARTS, FIRST: first, **(parts or {})}.items():
            archive.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


_ODS = "application/vnd.oasis.opendocument.spreadsheet"
_ODS_NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"))
)


def ods(table: str | None = None) -> bytes:
    """Return an .ods whose one sheet holds the given rows of XML, the class table where none."""
    body = ods_rows() if table is None else table
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_ODS_NAMES} '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0" '
        f'office:version="1.2"><office:body><office:spreadsheet><table:table table:name="7Б">{body}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_ODS}"/>'
        "</manifest:manifest>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("mimetype"), _ODS, zipfile.ZIP_STORED)
        archive.writestr(zipfile.ZipInfo("content.xml"), content, zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo("META-INF/manifest.xml"), manifest)
    return stream.getvalue()


def ods_rows(rows: Sequence[Sequence[object]] = ROWS) -> str:
    """Return rows of an .ods sheet."""
    return "".join(
        f"<table:table-row>{''.join(map(_ods_cell, row))}</table:table-row>" for row in rows
    )


def _ods_cell(value: object) -> str:
    kind = "string" if isinstance(value, str) else "float"
    number = "" if isinstance(value, str) else f' office:value="{value}"'
    return (
        f'<table:table-cell office:value-type="{kind}"{number}><text:p>{value}</text:p>'
        "</table:table-cell>"
    )


def html(cells: str | None = None) -> str:
    """Return an HTML page around rows of a table."""
    lines = "".join(f"<tr>{''.join(f'<td>{value}</td>' for value in row)}</tr>" for row in ROWS)
    return f"<html><body><table>{lines if cells is None else cells}</table></body></html>"


def spreadsheetml() -> str:
    """Return the class table as an XML spreadsheet of 2003."""
    lines = "".join(f"<Row>{''.join(_old_xml_cell(value) for value in row)}</Row>" for row in ROWS)
    return (
        '<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">'
        f'<Worksheet ss:Name="7Б"><Table>{lines}</Table></Worksheet></Workbook>'
    )


def _old_xml_cell(value: object) -> str:
    kind = "String" if isinstance(value, str) else "Number"
    return f'<Cell><Data ss:Type="{kind}">{value}</Data></Cell>'


def csv(rows: Sequence[Sequence[object]] = ROWS, *, end: str = "\r\n") -> str:
    """Return the class table as text with semicolons."""
    return "".join(";".join(map(str, row)) + end for row in rows)


def xls_book(rows: Sequence[Sequence[object]] = ROWS) -> xlwt.Workbook:
    """Return the class table as a binary workbook that can still be changed."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("7Б")
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    return book


def xls(book: xlwt.Workbook | None = None) -> bytes:
    """Return a binary workbook as bytes, the class table where none is given."""
    stream = io.BytesIO()
    (book or xls_book()).save(stream)
    return stream.getvalue()


def compound(stream: bytes) -> bytes:
    """Return an OLE file with one stream, named «Workbook»."""
    file = io.BytesIO()
    CompoundDoc.XlsDoc().save(file, stream)
    return file.getvalue()
