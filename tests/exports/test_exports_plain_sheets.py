"""The quick way to open an .xlsx gives the very cells that the careful way gives.

The careful way (expat and calamine) is the origin of every expected value here.
"""

from __future__ import annotations

import io
import random
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import all_layouts
from openpyxl.comments import Comment

from posanalytics.gradebook.containers.container import Refused
from posanalytics.gradebook.containers.ooxml import checked_parts
from posanalytics.gradebook.containers.plain_sheets import Unusual, plain_sheets
from posanalytics.gradebook.containers.workbook import read_carefully, read_xlsx

DEMO = sorted((Path(__file__).parents[2] / "data" / "raw").rglob("*.xlsx"))
LAYOUTS = [layout for layout in all_layouts() if layout.data.startswith(b"PK\x03\x04")]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
FIRST = "xl/worksheets/sheet1.xml"


def outcome(read, *given):
    """Return the sheets, or the reason why there are none."""
    try:
        return read(*given)
    except Refused as error:
        return error.reason


def carefully(data):
    return read_carefully(data, checked_parts(data))


def is_plain(data):
    try:
        plain_sheets(checked_parts(data))
    except (Unusual, Refused):
        return False
    return True


def assert_same(data):
    assert outcome(read_xlsx, data) == outcome(carefully, data)


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.title)
def test_a_layout_opens_to_the_same_cells_both_ways(layout):
    assert_same(layout.data)


@pytest.mark.parametrize("path", DEMO, ids=lambda path: path.name)
def test_a_demo_export_opens_the_quick_way_to_the_same_cells(path):
    assert is_plain(path.read_bytes())
    assert_same(path.read_bytes())


def test_the_samples_open_to_the_same_cells_both_ways(samples):
    for path in samples.glob("*.xlsx"):
        assert_same(path.read_bytes())


# --- one cell at a time, spelled by hand

STYLES = [
    "General",
    "@",
    "0.00",
    "0%",
    "dd.mm.yyyy",
    "d-mmm",
    "[$-419]d\\ mmm;@",
    "h:mm",
    "0.0%;[Red]-0",
]


def package(sheet, strings="", *, state="visible", workbook=""):
    """Return a workbook of one sheet whose XML is given, with a style for each of STYLES."""
    codes = "".join(f'<numFmt numFmtId="{n}" formatCode="{c}"/>' for n, c in enumerate(STYLES, 170))
    styles = "".join(f'<xf numFmtId="{n}"/>' for n in range(170, 170 + len(STYLES)))
    kind = f'Type="{RELATIONS}'
    rooted = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    parts = {
        "_rels/.rels": f'{rooted}<Relationship Id="rId1" {kind}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{RELATIONS}">{workbook}<sheets>'
        f'<sheet name="Алгебра" sheetId="1" state="{state}" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": rooted
        + f'<Relationship Id="rId1" {kind}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" {kind}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId3" {kind}/sharedStrings" Target="sharedStrings.xml"/>'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><numFmts count="9">{codes}</numFmts>'
        f'<cellXfs count="9">{styles}</cellXfs></styleSheet>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}" count="9" uniqueCount="9">{strings}</sst>',
        FIRST: sheet,
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text if isinstance(text, bytes) else text.encode())
    return stream.getvalue()


def sheet_of(data, head="", tail=""):
    return f'<worksheet xmlns="{MAIN}">{head}<sheetData>{data}</sheetData>{tail}</worksheet>'


CELLS = [
    '<c r="A1"><v>5</v></c>',
    '<c r="A1" s="2"><v>4.33</v></c>',
    '<c r="A1" t="n"><v>-1.5E-3</v></c>',
    '<c r="A1" s="3"><v>0.78</v></c>',
    '<c r="A1" s="4"><v>45905</v></c>',
    '<c r="A1" s="6"><v>45905</v></c>',
    '<c r="A1" t="s"><v>0</v></c>',
    '<c r="A1" t="str"><f>B1&amp;"x"</f><v>5 &lt; 6</v></c>',
    '<c r="A1" t="inlineStr"><is><t xml:space="preserve"> Ёлкин  Пётр </t></is></c>',
    '<c r="A1" t="inlineStr"><is><t>&#1041;&#x20;5</t></is></c>',
    '<c r="A1" t="inlineStr"><is><t xml:space="preserve"> </t></is></c><c r="B1" s="1"/>',
    '<c r="A1" t="b"><v>1</v></c>',
    '<c r="A1" t="e"><v>#DIV/0!</v></c>',
    '<c r="B1"><v>5</v></c><c r="D1"><v>4</v></c>',
    '<c r="A1" s="1"></c><c r="B1" s="99"><v>4</v></c>',
    '<c r="A1"><f t="shared" ref="A1:A2" si="0">B1+1</f><v>5</v></c>',
    '<c r="BM1"><v>5</v></c>',
]  # fmt: skip
STRINGS = (
    "<si><t>н/а</t></si>"
    '<si><r><rPr><b/></rPr><t>5</t></r><r><t xml:space="preserve"> 4</t></r></si>'
)


@pytest.mark.parametrize("cells", CELLS)
def test_a_usual_cell_opens_the_quick_way_to_the_same(cells):
    data = package(sheet_of(f'<row r="1" spans="1:9">{cells}</row>'), STRINGS)
    assert is_plain(data)
    assert_same(data)


ODD_CELLS = [
    "<c><v>5</v></c>",
    "<c t='n' r='A1'><v>5</v></c>",
    '<c r="A1"><v> 5</v></c>',
    '<c r="A1"><v>0x5</v></c>',
    '<c r="A1"><v>1e999</v></c>',
    '<c r="A1"><f>B1</f></c>',
    '<c r="A1"><f>B1</f><v></v></c>',
    '<c r="A1"><v/></c>',
    '<c r="A1" s="7"><v>0.5</v></c>',
    '<c r="A1" s="8"><v>5</v></c>',
    '<c r="A1" s="4"><v>45905.25</v></c>',
    '<c r="A1" s="4"><v>12</v></c>',
    '<c r="A1" t="s"><v>7</v></c>',
    '<c r="A1" t="d"><v>2025-09-05</v></c>',
    '<c r="A1" t="inlineStr"><is><r><t>5</t></r><r><t>4</t></r></is></c>',
    '<c r="A1" t="str"><v>_x0035_</v></c>',
    '<c r="A1" t="str"><v>&#xD83D;</v></c>',
    '<c r="A1" t="str"><v>5]]></v></c>',
    '<c r="A1" s="1" s="2"><v>5</v></c>',
    '<c r="a1"><v>5</v></c>',
    '<c r="A2"><v>5</v></c>',
    '<c r="B1"><v>5</v></c><c r="A1"><v>4</v></c>',
    '<c r="A1"><v>5</v></c><c r="A1"><v>4</v></c>',
    '<c r="A1"><v>5</v></c><!-- 4 -->',
    '<c r="A1"><!--<c r="B1">--><v>5</v></c>',
    '<c r="A1" t="str"><v><![CDATA[5]]></v></c>',
    '<c r="A1"><v>5</v>',
    '<c r="A1"><v>5</v></c>&nbsp;',
    '<c r="A1" t="str"><v>\x01</v></c>',
    '<c r="A1" t="e"><v>беда</v></c>',
    '<c r="ABCD1"><v>5</v></c>',
]  # fmt: skip


@pytest.mark.parametrize("cells", ODD_CELLS)
def test_an_odd_cell_is_left_to_the_careful_way(cells):
    data = package(sheet_of(f'<row r="1">{cells}</row>'), STRINGS)
    assert not is_plain(data)
    assert_same(data)


ONE = sheet_of('<row r="1"><c r="A1"><v>5</v></c></row>')
ODD_SHEETS = [
    sheet_of('<row r="2"><c r="A2"><v>5</v></c></row><row r="1"><c r="A1"><v>5</v></c></row>'),
    sheet_of('<row><c r="A1"><v>5</v></c></row>'),
    sheet_of('<row r="1" r="1"><c r="A1"><v>5</v></c></row>'),
    sheet_of('<row r="1"><c r="A1"><v>5</v></c></row>x'),
    sheet_of('<row r="01"><c r="A01"><v>5</v></c></row>'),
    sheet_of('<row r="1"><c r="A1"><v>5</v></c></row>', tail="<sheetData></sheetData>"),
    sheet_of('<row r="1"><c r="A1"><v>5</v></c></row>', tail="<broken>"),
    ONE.replace("<", "<x:").replace("<x:/", "</x:"),
    '<?xml version="1.0" encoding="windows-1251"?>' + ONE,
    ONE.encode("utf-16"),
    sheet_of('<row r="1048576"><c r="XFD1048576"><v>5</v></c></row>'),
]  # fmt: skip


@pytest.mark.parametrize("sheet", ODD_SHEETS)
def test_an_odd_sheet_is_left_to_the_careful_way(sheet):
    data = package(sheet)
    assert not is_plain(data)
    assert_same(data)


def test_days_counted_from_1904_are_left_to_the_careful_way():
    sheet = sheet_of('<row r="1"><c r="A1" s="4"><v>45905</v></c></row>')
    data = package(sheet, workbook='<workbookPr date1904="1"/>')
    assert not is_plain(data)
    assert_same(data)


def test_hidden_rows_columns_and_sheets_are_the_same_both_ways():
    data = package(
        sheet_of(
            '<row r="1" hidden="1"/><row r="3" ht="12" hidden="true"><c r="A3"><v>5</v></c></row>\n'
            '<row r="4"/><row r="9" hidden="1"/>',
            head='<cols><col min="2" max="3" hidden="1"/></cols>',
            tail='<mergeCells count="1"><mergeCell ref="A3:C3"/></mergeCells>',
        ),
        state="veryHidden",
    )
    assert is_plain(data)
    assert_same(data)
    sheet = read_xlsx(data)[0]
    assert (sheet.hidden, sheet.hidden_rows, sheet.hidden_columns) == (True, {0, 2, 8}, {1, 2})


def test_equal_cells_of_a_workbook_are_one_object():
    row = "".join(f'<c r="{column}{{0}}" t="s"><v>0</v></c>' for column in "ABC")
    data = package(
        sheet_of("".join(f'<row r="{n}">{row.format(n)}</row>' for n in (1, 2))),
        "<si><t>Ёлкин Пётр</t></si>",
    )
    cells = [cell for row in read_xlsx(data)[0].rows for cell in row]
    assert (len(cells), len(set(map(id, cells)))) == (6, 1)


# --- whole workbooks, made by chance

TEXTS = st.one_of(
    st.sampled_from(
        ["5", "5·2", "н/а", "Ёлкин\u00a0Пётр", " ", "<&>\"'", "а\nб", "5\u20044", "_x0041_"]
    ),
    st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cn")), min_size=1, max_size=12),
)
VALUES = st.one_of(
    st.none(),
    st.none(),
    TEXTS,
    st.integers(-5, 100),
    st.floats(-1e6, 1e6).map(lambda number: round(number, 4)),
    st.booleans(),
    st.dates(date(1950, 1, 1), date(2099, 1, 1)),
    st.dates(date(1950, 1, 1), date(2099, 1, 1)).map(lambda day: datetime(*day.timetuple()[:6])),  # noqa: DTZ001
    st.sampled_from(["#DIV/0!", "=1+1"]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(VALUES, max_size=8), max_size=8),
    st.lists(
        st.sampled_from(["General", "0.00", "0%", "dd.mm.yyyy", "d-mmm", "# ##0"]), max_size=6
    ),
    st.sampled_from([None, "A1:B2", "B2:H9"]),
    st.integers(1, 9),
)
def test_whatever_openpyxl_writes_opens_to_the_same_cells(rows, formats, merged, place):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for column, shown in enumerate(formats, 1):
        book.active.cell(place, column).number_format = shown
    book.active.cell(place, 1).comment = Comment("пересдача", "учитель")
    book.active.row_dimensions[place].hidden = True
    if merged:
        book.active.merge_cells(merged)
    stream = io.BytesIO()
    book.save(stream)
    assert_same(stream.getvalue())


PIECES = (
    '"', "<", ">", "/", " ", "&", "&amp;", "&#65;", "<v>", "</v>", "</c>", "</row>", ' s="1"',
    ' s="4"', ' t="str"', ' t="s"', ' t="b"', ' t="e"', "0", "1", "5", "A", "-", ".", "E5", "Ж",
    "<f>A1</f>", "<t>", "</si>", "<!-- x -->", "<![CDATA[5]]>", "_x000D_", ' hidden="1"', "<v/>",
    "x:", "\x01", "]]>",
)  # fmt: skip


def damaged(text, dice):
    """Return the text with one or two places changed."""
    for _ in range(dice.choice((1, 2))):
        at = dice.randrange(len(text))
        cut = dice.choice((0, 0, 1, 3))
        text = text[:at] + dice.choice(("", *PIECES)) + text[at + cut :]
    return text


def test_whatever_is_changed_in_a_sheet_opens_to_the_same_cells_or_the_same_refusal():
    dice = random.Random(1)
    plain = 0
    for _ in range(400):
        row = "".join(dice.sample(CELLS, 1))
        strings = STRINGS
        if dice.random() < 0.3:
            strings = damaged(strings, dice)
        data = package(sheet_of(damaged(f'<row r="1" spans="1:9">{row}</row>', dice)), strings)
        plain += is_plain(data)
        assert_same(data)
    assert 10 < plain < 390  # both ways were compared with something to compare


# --- nothing reaches the workbook reader that the checks have not seen

# It aborts the interpreter over this sheet: any of these tests would end the whole run.
FAR = sheet_of(
    '<row r="1"><c r="A1"><v>5</v></c></row><row r="1048576"><c r="XFD1048576"><v>5</v></c></row>'
)


def repacked(data, names=None, words=None):
    """Return the workbook with parts under other names and words of its XML replaced."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            for word, other in (words or {}).items():
                part = part.replace(word.encode(), other.encode())
            entry = zipfile.ZipInfo("part")
            entry.filename = (names or {}).get(name, name)
            new.writestr(entry, part)
    return stream.getvalue()


ELSEWHERE = [
    ({}, {}),
    ({}, {"worksheets/sheet1.xml": "worksheets/SHEET1.xml"}),
    ({FIRST: "xl/Worksheets/Sheet1.XML"}, {}),
    ({FIRST: "xl\\worksheets\\sheet1.xml"}, {}),
    ({FIRST: "xl/worksheets/sheet1.dat"}, {"sheet1.xml": "sheet1.dat"}),
    ({}, {"r:id": "id"}),
    ({}, {"r:id": "other:id", "xmlns:r": "xmlns:other"}),
    ({"xl/workbook.xml": "xl/WORKBOOK.xml"}, {}),
    (
        {
            "xl/workbook.xml": "data/workbook.xml",
            "xl/_rels/workbook.xml.rels": "data/_rels/workbook.xml.rels",
            FIRST: "data/worksheets/sheet1.xml",
        },
        {"xl/workbook.xml": "data/workbook.xml"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("names", "words"), ELSEWHERE)
def test_a_sheet_is_checked_under_whatever_name_the_reader_finds_it(names, words):
    refused = outcome(read_xlsx, repacked(package(FAR), names, words))
    assert refused in {"too_many_cells", "broken_workbook"}


def test_a_false_count_of_strings_is_found_behind_a_long_comment():
    usual = f'<sst xmlns="{MAIN}" count="9" uniqueCount="9">'
    false = f'<!--{" " * 3000}--><sst xmlns="{MAIN}" uniqueCount="4294967295">'
    data = repacked(package(sheet_of("")), words={usual: false})
    assert outcome(read_xlsx, data) == "too_many_cells"


def test_columns_hidden_from_far_before_the_first_take_no_memory():
    hidden = '<cols><col min="-2000000000" max="2" hidden="1"/></cols>'
    sheet = read_xlsx(package(sheet_of('<row r="1"><c r="A1"><v>5</v></c></row>', head=hidden)))[0]
    assert sheet.hidden_columns == {0, 1}


def test_a_merged_cell_lies_over_its_neighbours_but_is_no_value_there():
    data = package(
        sheet_of(
            '<row r="1"><c r="A1" t="inlineStr"><is><t>Сентябрь</t></is></c></row>'
            '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>2</v></c><c r="C2"><v>3</v></c></row>',
            tail='<mergeCells count="1"><mergeCell ref="A1:B1"/></mergeCells>',
        )
    )
    told = [(cell.text, cell.covered) for cell in read_xlsx(data)[0].rows[0]]
    assert told == [("Сентябрь", False), ("Сентябрь", True), ("", False)]
    assert_same(data)
