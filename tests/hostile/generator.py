"""The hostile set: every row of RELIABILITY.md table 1.1 and what schools themselves break.

Nothing is stored: each file is made when it is asked for, the same on every machine. Content
types say nothing here; readers go by content.
"""

from __future__ import annotations

import io
import random
import struct
import warnings
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import xlwt

from hostile.tables import (
    FIRST,
    MAIN,
    MARKS,
    compound,
    csv,
    html,
    ods,
    ods_rows,
    rows_xml,
    sheet_xml,
    spreadsheetml,
    xls,
    xls_book,
    xlsx,
)

if TYPE_CHECKING:
    from collections.abc import Callable

# Places of problems, so that rows below say in words what is refused.
CELLS, LARGE, PARTS = "слишком много ячеек", "слишком велико", "слишком много частей"
BROKEN, DOCTYPE, LOCKED = "повреждён и не читается", "DOCTYPE", "защищён паролем"
NO_TABLE, UNKNOWN, TORN = "не таблица", "не опознано", "обрывается"
SPOILT, QUOTES = "Текст повреждён", "Текстовая таблица нарушена"


@dataclass(frozen=True, kw_only=True)
class Hostile:
    """One file: how it is made, the words of its problem, and the marks that must be read."""

    file: str
    make: Callable[[], bytes] = field(repr=False)
    says: str = ""
    marks: dict[tuple[str, str], float] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether nothing of the file may be read."""
        return not self.marks


def _far(first: str, last: str) -> bytes:
    """Return a workbook with one cell in the corner and one far away."""
    row = int(last.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    cells = f'<row r="1"><c r="{first}"><v>5</v></c></row>'
    return xlsx(cells=f'{cells}<row r="{row}"><c r="{last}"><v>5</v></c></row>')


def _deflated(chunk: bytes, times: int, part: str = FIRST) -> bytes:
    """Return a workbook one part of which inflates to many times one chunk."""
    head, tail = _AROUND[part]
    stream = io.BytesIO(xlsx())
    changed = io.BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        with new.open(part, "w", force_zip64=True) as entry:
            entry.write(head)
            for _ in range(times):
                entry.write(chunk)
            entry.write(tail)
    return changed.getvalue()


_STRINGS = "xl/sharedStrings.xml"
_AROUND = {
    FIRST: (f'<worksheet xmlns="{MAIN}"><sheetData>'.encode(), b"</sheetData></worksheet>"),
    _STRINGS: (f'<sst xmlns="{MAIN}"><si><t>'.encode(), b"</t></si></sst>"),
}


def _many_rows() -> bytes:
    row = b"<row>" + b'<c t="n"><v>5</v></c>' * 50 + b"</row>"
    return _deflated(row * 1000, 200)


def _spaces() -> bytes:
    return _deflated(b" " * 2**20, 1000)


def _shared(strings: str, cells: str) -> bytes:
    return xlsx({"xl/sharedStrings.xml": f'<sst xmlns="{MAIN}" {strings}</sst>'}, cells=cells)


def _long_string() -> bytes:
    return _deflated(b"5" * 2**20, 200, _STRINGS)


def _repeated_string() -> bytes:
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 20_001))
    return _shared(f"><si><t>{'я' * 32_000}</t></si>", rows)


def _lying_sizes() -> bytes:
    """Return a workbook whose zip says 10 bytes of a part that inflates to 100 MB."""
    data = bytearray(_deflated(b" " * 2**20, 100))
    name = FIRST.encode()
    directory = data.rindex(b"PK\x01\x02", 0, data.rindex(name))
    struct.pack_into("<I", data, directory + 24, 10)
    return bytes(data)


def _overlapping() -> bytes:
    """Return a zip of which many entries point at the same compressed bytes."""
    stream = io.BytesIO(xlsx({"xl/one.xml": " " * 5_000_000}))
    archive = zipfile.ZipFile(stream, "a")
    shared = archive.getinfo("xl/one.xml")
    for number in range(1000):
        twin = zipfile.ZipInfo(f"xl/{number}.xml")
        for field_name in ("header_offset", "CRC", "compress_size", "file_size", "compress_type"):
            setattr(twin, field_name, getattr(shared, field_name))
        archive.filelist.append(twin)
    archive._didModify = True
    archive.close()
    return stream.getvalue()


def _entries(number: int) -> bytes:
    stream = io.BytesIO(xlsx())
    with zipfile.ZipFile(stream, "a") as archive:
        for n in range(number):
            archive.writestr(zipfile.ZipInfo(f"x/{n}"), b"")
    return stream.getvalue()


def _twice() -> bytes:
    stream = io.BytesIO(xlsx())
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr(FIRST, sheet_xml(""))
    return stream.getvalue()


def _entities(declared: str, used: str = "&a;") -> bytes:
    cell = f'<row r="1"><c r="A1" t="inlineStr"><is><t>{used}</t></is></c></row>'
    return xlsx({FIRST: f"<!DOCTYPE x [{declared}]>{sheet_xml(cell)}"})


_LAUGHS = '<!ENTITY z "ха">' + "".join(
    f'<!ENTITY {here} "{f"&{before};" * 10}">'
    for here, before in zip("abcdefgh", "zabcdefg", strict=True)
)


def _flipped() -> bytes:
    data = bytearray(xlsx())
    place = data.index(FIRST.encode()) + len(FIRST) + 20
    data[place] ^= 0xFF
    return bytes(data)


def _agile() -> bytes:
    """Return what Excel writes for a book with a password: OLE with the encrypted package."""
    data = bytearray(compound(random.Random(7).randbytes(8_000)))
    name = "EncryptedPackage".encode("utf-16-le") + b"\x00\x00"
    entry = data.index("Workbook".encode("utf-16-le"))
    data[entry : entry + len(name)] = name
    struct.pack_into("<H", data, entry + 64, len(name))
    return bytes(data)


def _filepass() -> bytes:
    """Return a binary workbook whose stream says that what follows is encrypted by RC4."""
    stream = xls_book().get_biff_data()
    start = 4 + struct.unpack_from("<H", stream, 2)[0]
    protection = struct.pack("<HHHHH", 0x2F, 54, 1, 1, 1) + random.Random(7).randbytes(48)
    return compound(stream[:start] + protection + stream[start:])


def _xls_with_errors() -> bytes:
    book = xls_book()
    row = book.get_sheet(0).row(3)
    for column, value in enumerate([3, "Ёжикова Анна"]):
        row.write(column, value)
    row.set_cell_error(2, "#DIV/0!")
    row.write(3, xlwt.Formula("1/0"))
    return xls(book)


_ODD_ROW = (
    '<row r="4"><c r="A4"><v>3</v></c>'
    '<c r="B4" t="inlineStr"><is><t>Ёжикова Анна</t></is></c>{}</row>'
)


def _odd_cells() -> bytes:
    odd = '<c r="C4" t="e"><f>1/0</f><v>#DIV/0!</v></c><c r="D4"><f>SUM(A1)</f></c>'
    return xlsx(cells=rows_xml() + _ODD_ROW.format(odd))


def _ods_with_errors() -> bytes:
    odd = (
        '<table:table-cell office:value-type="string" office:string-value="" '
        'calcext:value-type="error" table:formula="of:=1/0"><text:p>#DIV/0!</text:p>'
        '</table:table-cell><table:table-cell table:formula="of:=SUM([.A1])"/>'
    )
    start = ods_rows([(3, "Ёжикова Анна")])
    return ods(ods_rows() + start.replace("</table:table-row>", f"{odd}</table:table-row>"))


_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _linked() -> bytes:
    """Return a macro workbook that also links to another one and holds a path out of the zip."""
    links = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATION}/externalLinkPath" '
        'Target="file:///C:/secret.xlsx" TargetMode="External"/></Relationships>'
    )
    return xlsx(
        {
            "xl/vbaProject.bin": random.Random(7).randbytes(4000),
            "xl/externalLinks/externalLink1.xml": f'<externalLink xmlns="{MAIN}"/>',
            "xl/externalLinks/_rels/externalLink1.xml.rels": links,
            "../../outside.xml": "<x/>",
        }
    )


def _hidden_sheets() -> bytes:
    book = (
        f'<workbook xmlns="{MAIN}" xmlns:r="{_RELATION}"><sheets>'
        '<sheet name="7Б" sheetId="1" r:id="rId1"/>'
        '<sheet name="Скрытый" sheetId="2" state="veryHidden" r:id="rId3"/></sheets></workbook>'
    )
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{_RELATION}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId3" Type="{_RELATION}/worksheet" Target="worksheets/sheet2.xml"/>'
        "</Relationships>"
    )
    second = sheet_xml('<row r="1"><c r="A1"><v>5</v></c></row>')
    return xlsx(
        {
            "xl/workbook.xml": book,
            "xl/_rels/workbook.xml.rels": relations,
            "xl/worksheets/sheet2.xml": second,
        }
    )


def _xlsb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", random.Random(7).randbytes(500))
    return stream.getvalue()


def _ods_repeats(rows: int, columns: int) -> bytes:
    return ods(
        f'<table:table-row table:number-rows-repeated="{rows}"><table:table-cell '
        f'table:number-columns-repeated="{columns}" office:value-type="float" office:value="5">'
        "<text:p>5</text:p></table:table-cell></table:table-row>"
    )


def _looped_xls() -> bytes:
    """Return a binary workbook in which the chain of sectors of its stream bites its tail."""
    data = bytearray(xls())
    table = 512 + 512 * struct.unpack_from("<I", data, 76)[0]
    struct.pack_into("<I", data, table + 4, 0)
    return bytes(data)


def _docx() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<x/>")
    return stream.getvalue()


def _zlib_bomb_name() -> bytes:
    """Return a zip whose names lie about what they hold: a bomb called like an image."""
    return xlsx({"xl/media/image1.png": zlib.compress(b"\x00" * 50_000_000) + b" " * 70_000_000})


def _text(encoding: str) -> Callable[[], bytes]:
    # «№» is in neither of the two oldest encodings.
    plain = csv().replace("№", "N")
    return lambda: plain.encode(encoding)


def _torn(make: Callable[[], bytes], share: float) -> Callable[[], bytes]:
    def torn() -> bytes:
        data = make()
        return data[: int(len(data) * share)]

    return torn


def _page(text: Callable[[], str]) -> Callable[[], bytes]:
    return lambda: text().encode()


READ = {"marks": MARKS}

# Table 1.1 of RELIABILITY.md from top to bottom, then what issue 3 adds.
HOSTILE: tuple[Hostile, ...] = (
    Hostile(
        file="размер неправда.xlsx",
        make=lambda: xlsx(
            {FIRST: sheet_xml(rows_xml(), before='<dimension ref="A1:XFD1048576"/>')}
        ),
        **READ,
    ),
    Hostile(file="углы листа.xlsx", make=lambda: _far("A1", "XFD1048576"), says=CELLS),
    Hostile(file="200 млн ячеек.xlsx", make=lambda: _far("A1", "BXX100000"), says=CELLS),
    Hostile(file="20 млн ячеек.xlsx", make=lambda: _far("A1", "GR100000"), says=CELLS),
    Hostile(
        file="строк 4 млрд.xlsx",
        make=lambda: _shared('count="1" uniqueCount="4294967295"><si><t>а</t></si>', rows_xml()),
        says=CELLS,
    ),
    Hostile(file="200 МБ строк.xlsx", make=_many_rows, says=LARGE),
    Hostile(file="1 ГБ пробелов.xlsx", make=_spaces, says=LARGE),
    Hostile(file="строка 200 МБ.xlsx", make=_long_string, says=LARGE),
    Hostile(file="строка 20000 раз.xlsx", make=_repeated_string, says=LARGE),
    Hostile(file="размеры в архиве лгут.xlsx", make=_lying_sizes, says=BROKEN),
    Hostile(file="части внахлёст.xlsx", make=_overlapping, says=LARGE),
    Hostile(file="100000 частей.xlsx", make=lambda: _entries(100_000), says=PARTS),
    Hostile(file="часть дважды.xlsx", make=_twice, says=PARTS),
    Hostile(file="миллиард смешков.xlsx", make=lambda: _entities(_LAUGHS, "&h;"), says=DOCTYPE),
    Hostile(
        file="квадратичная сущность.xlsx",
        make=lambda: _entities(f'<!ENTITY a "{"а" * 50_000}">', "&a;" * 20_000),
        says=DOCTYPE,
    ),
    Hostile(
        file="чужой файл.xlsx",
        make=lambda: _entities('<!ENTITY a SYSTEM "file:///etc/hostname">'),
        says=DOCTYPE,
    ),
    Hostile(file="половина.xlsx", make=_torn(xlsx, 0.5), says=BROKEN),
    Hostile(file="без хвоста.xlsx", make=_torn(xlsx, 0.98), says=BROKEN),
    Hostile(file="испорченный байт.xlsx", make=_flipped, says=BROKEN),
    Hostile(file="под паролем.xlsx", make=_agile, says=LOCKED),
    Hostile(file="под паролем.xls", make=_filepass, says=LOCKED),
    Hostile(file="книга xlsx.xls", make=xlsx, **READ),
    Hostile(file="страница.xls", make=_page(html), **READ),
    Hostile(file="таблица 2003.xls", make=_page(spreadsheetml), **READ),
    Hostile(file="пустой.xlsx", make=lambda: b"", says="Файл пуст"),
    Hostile(
        file="случайные байты.xlsx",
        make=lambda: random.Random(7).randbytes(5_000),
        says=NO_TABLE,
    ),
    Hostile(file="текст.xlsx", make=_text("utf-8"), **READ),
    Hostile(file="ошибки и формулы.xlsx", make=_odd_cells, says="#DIV/0!", **READ),
    Hostile(file="ошибки.xls", make=_xls_with_errors, says="#DIV/0!", **READ),
    Hostile(file="ошибки.ods", make=_ods_with_errors, says="#DIV/0!", **READ),
    Hostile(file="скрытый лист.xlsx", make=_hidden_sheets, says="скрыт", **READ),
    Hostile(file="макрос и ссылки.xlsm", make=_linked, **READ),
    Hostile(file="16 млрд повторов.ods", make=lambda: _ods_repeats(1_048_576, 16_384), says=CELLS),
    Hostile(file="20 млн повторов.ods", make=lambda: _ods_repeats(20_000, 1_000), says=CELLS),
    Hostile(
        file="colspan.xls",
        make=_page(lambda: html('<tr><td colspan="1000000" rowspan="65534">5</td>' * 50)),
        says=CELLS,
    ),
    Hostile(
        file="200000 вложенных.xls",
        make=_page(lambda: f"<html>{'<div>' * 200_000}{html()}"),
        **READ,
    ),
    Hostile(
        file="таблица в таблице.xls",
        make=_page(lambda: "<table><tr><td>" * 10_000),
        says="вложены",
    ),
    Hostile(file="windows.csv", make=_text("cp1251"), **READ),
    Hostile(file="dos.csv", make=_text("cp866"), **READ),
    Hostile(file="koi8.csv", make=_text("koi8-r"), **READ),
    Hostile(file="mac.csv", make=_text("mac-cyrillic"), **READ),
    Hostile(file="utf16.csv", make=_text("utf-16"), **READ),
    Hostile(file="utf16 без метки.csv", make=_text("utf-16-le"), **READ),
    Hostile(file="utf16 наоборот.csv", make=_text("utf-16-be"), **READ),
    Hostile(
        file="кавычка.csv",
        make=lambda: csv().replace("Ёлкин", '"Ёлкин').encode("cp1251"),
        says=QUOTES,
    ),
    Hostile(file="миллион столбцов.csv", make=lambda: b";".join([b"5"] * 1_000_000), says=CELLS),
    Hostile(file="поле 50 МБ.csv", make=lambda: b"a;" + b"5" * (49 * 2**20), says=QUOTES),
    Hostile(file="51 МБ.csv", make=lambda: b"5;" * (26 * 2**20), says="слишком велик"),
    Hostile(
        file="нули.csv",
        make=lambda: csv().encode("cp1251") + b"\x00" * 20,
        says=SPOILT,
    ),
    # what issue 3 and the people at schools add
    Hostile(file="двоичная книга.xlsb", make=_xlsb, says=".xlsb"),
    Hostile(file="половина.xls", make=_torn(xls, 0.5), says=BROKEN),
    Hostile(file="петля.xls", make=_looped_xls, says=BROKEN),
    Hostile(file="половина.ods", make=_torn(ods, 0.5), says=BROKEN),
    Hostile(file="половина страницы.xls", make=_torn(_page(html), 0.6), says=TORN),
    Hostile(file="половина 2003.xls", make=_torn(_page(spreadsheetml), 0.7), says=BROKEN),
    Hostile(
        file="испорченный utf8.csv",
        make=lambda: csv().encode().replace("Иван".encode(), b"\xd0\x98\xff\xd0\xb0"),
        says=SPOILT,
    ),
    Hostile(file="картинка-бомба.xlsx", make=_zlib_bomb_name, says=LARGE),
    Hostile(
        file="документ.docx.xlsx",
        make=_docx,
        says=NO_TABLE,
    ),
    Hostile(file="письмо.csv", make="Добрый день!\nВысылаю ведомость.".encode, says=UNKNOWN),
    Hostile(
        file="страница входа.xls",
        make="<html><body>Войдите</body></html>".encode,
        says=UNKNOWN,
    ),
    Hostile(
        file="заявление.xlsx",
        make=lambda: b"%PDF-1.7\n\x01\x02\x03\x04\x05\x06" * 50,
        says=NO_TABLE,
    ),
)
