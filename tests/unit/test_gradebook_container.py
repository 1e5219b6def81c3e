"""What a file is, in which encoding, and that hostile ones stop before the workbook reader."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from posanalytics.gradebook.containers.container import Refused, opened
from posanalytics.gradebook.containers.delimited import read_delimited
from posanalytics.gradebook.containers.encoding import decoded
from posanalytics.gradebook.containers.html_tables import read_html
from posanalytics.gradebook.containers.spreadsheetml import read_spreadsheetml
from posanalytics.gradebook.containers.workbook import read_ods, read_xlsx

RUSSIAN = "№;ФИО;Алгебра\n1;Ёлкин Пётр;5\n2;Грушина Анна;н/а\n"


@pytest.mark.parametrize("encoding", ["cp1251", "cp866", "koi8-r", "utf-8", "utf-8-sig", "utf-16"])
def test_russian_text_is_read_in_any_encoding(encoding):
    text = RUSSIAN.replace("№", "N") if encoding in {"cp866", "koi8-r"} else RUSSIAN
    assert decoded(text.encode(encoding))[0] == text


def test_upper_case_text_is_not_taken_for_another_encoding():
    text = "КЛАСС;УЧЕНИК\n7Б;ЁЛКИН ПЁТР\n"
    assert decoded(text.encode("cp1251")) == (text, "cp1251")


def test_the_declared_encoding_of_a_page_is_used():
    text = '<html><meta charset="windows-1251"><table><tr><td>Ё</td></tr></table></html>'
    assert decoded(text.encode("cp1251")) == (text, "windows-1251")


def test_a_page_that_wrongly_says_utf_8_is_still_russian():
    text = '<html><meta charset="utf-8"><p>Учебный год</p></html>'
    assert decoded(text.encode("cp1251"))[1] == "cp1251"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"\x00" * 100, "empty"),
        (b" \r\n", "empty"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"\xd0\xcf\x11\xe0rest", "ole"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "unknown"),
        (b"%PDF-1.7\n\x01\x02\x03\x04\x05\x06", "unknown"),
        (b"<Workbook xmlns='urn:schemas-microsoft-com:office:spreadsheet'/>", "spreadsheetml"),
        (b"\xef\xbb\xbf<html><table></table></html>", "html"),
        ("ФИО;5".encode(), "text"),
    ],
)  # fmt: skip
def test_the_first_bytes_decide(data, kind):
    assert opened(data).kind == kind


def workbook(**parts):
    """Return a workbook of one cell whose parts are replaced or added."""
    stream = io.BytesIO()
    book = openpyxl.Workbook()
    book.active["A1"] = "ФИО"
    book.save(stream)
    changed = io.BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, part in parts.items():
            new.writestr(name, part)
    return changed.getvalue()


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    "<sheetData>{}</sheetData></worksheet>"
)
FIRST = "xl/worksheets/sheet1.xml"


def refusal(data):
    with pytest.raises(Refused) as caught:
        read_xlsx(data)
    return caught.value.reason


# RELIABILITY.md 1.1: each of these aborts or exhausts the interpreter when calamine meets it.
def test_two_cells_far_apart_are_refused():
    cells = '<row r="{0}"><c r="{1}{0}"><v>1</v></c></row>'
    rows = cells.format(1, "A") + cells.format(1_048_576, "XFD")
    assert refusal(workbook(**{FIRST: SHEET.format(rows)})) == "too_many_cells"


def test_a_false_count_of_shared_strings_is_refused():
    strings = '<sst xmlns="x" count="1" uniqueCount="4294967295"><si><t>a</t></si></sst>'
    assert refusal(workbook(**{"xl/sharedStrings.xml": strings})) == "too_many_cells"


def test_a_workbook_that_inflates_too_far_is_refused():
    assert refusal(workbook(**{"xl/big.xml": b" " * (65 * 2**20)})) == "too_large_inside"


def test_one_long_string_repeated_is_refused():
    strings = f'<sst xmlns="x" count="1" uniqueCount="1"><si><t>{"я" * 32_000}</t></si></sst>'
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 20_001))
    data = workbook(**{"xl/sharedStrings.xml": strings, FIRST: SHEET.format(cells)})
    assert refusal(data) == "too_large_inside"


@pytest.mark.parametrize("part", [FIRST, "xl/styles.xml", "docProps/extra.xml"])
def test_a_document_type_in_any_part_is_refused(part):
    text = '<!DOCTYPE x [<!ENTITY a "aaaa">]>' + SHEET.format("")
    assert refusal(workbook(**{part: text})) == "doctype"


def test_the_same_part_twice_is_refused():
    stream = io.BytesIO(workbook())
    with (
        pytest.warns(UserWarning, match="Duplicate name"),
        zipfile.ZipFile(stream, "a") as archive,
    ):
        archive.writestr(FIRST, SHEET.format(""))
    assert refusal(stream.getvalue()) == "too_many_parts"


def test_a_torn_workbook_is_refused():
    data = workbook()
    assert refusal(data[: len(data) // 2]) == "broken_workbook"


def test_an_ods_whose_repeats_unroll_too_far_is_refused():
    content = (
        '<office:document-content xmlns:office="o" xmlns:table="t"><table:table table:name="A">'
        '<table:table-row table:number-rows-repeated="20000">'
        '<table:table-cell table:number-columns-repeated="1000" office:value-type="float" '
        'office:value="5"/></table:table-row></table:table></office:document-content>'
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
    with pytest.raises(Refused, match="too_many_cells"):
        read_ods(stream.getvalue())


def test_html_spans_cannot_grow_without_limit():
    with pytest.raises(Refused, match="too_many_cells"):
        read_html(
            "<table><tr>" + '<td colspan="1000000" rowspan="65534">5</td>' * 2 + "</tr></table>"
        )


def test_html_tables_cannot_nest_without_limit():
    with pytest.raises(Refused, match="too_deep"):
        read_html("<table><tr><td>" * 100)


def test_rowspan_and_colspan_put_columns_under_each_other():
    first = "<tr><td rowspan=2>a</td><td colspan=2>b</td></tr>"
    sheet = read_html(f"<table>{first}<tr><td>c</td><td>d</td></tr></table>")[0]
    assert [[cell.text for cell in row] for row in sheet.rows] == [["a", "b", "b"], ["a", "c", "d"]]
    assert [cell.covered for cell in sheet.rows[1]] == [True, False, False]


def test_a_hidden_table_row_is_known():
    rows = '<tr><td>a</td></tr><tr style="display:none"><td>b</td></tr>'
    sheet = read_html(f"<table>{rows}</table>")[0]
    assert sheet.hidden_rows == {1}


def test_an_unclosed_quote_is_refused_with_its_line():
    with pytest.raises(Refused) as caught:
        read_delimited('ФИО;Алгебра\n"Ёлкин Пётр;5\n')
    assert caught.value.reason == "broken_text"


def test_a_comma_inside_a_field_is_no_delimiter():
    rows = read_delimited("ФИО;Алгебра;Ср. балл\nЁлкин Пётр;5;4,67\nГрушина Анна;4;4,05\n")[0].rows
    assert [cell.text for cell in rows[1]] == ["Ёлкин Пётр", "5", "4,67"]


def test_the_line_that_names_the_delimiter_is_believed():
    rows = read_delimited("sep=,\nФИО;класс,5\n")[0].rows
    assert [cell.text for cell in rows[1]] == ["ФИО;класс", "5"]


def test_an_xml_spreadsheet_keeps_numbers_dates_merges_and_hidden_rows():
    text = (
        '<?xml version="1.0" encoding="windows-1251"?>'
        '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" '
        'xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><Worksheet ss:Name="7Б"><Table>'
        '<Row><Cell ss:MergeAcross="1"><Data ss:Type="String">Ёлкин</Data></Cell>'
        '<Cell><Data ss:Type="Number">4.33</Data></Cell></Row>'
        '<Row ss:Index="3" ss:Hidden="1"><Cell ss:Index="2"><Data ss:Type="DateTime">'
        "2026-04-05T00:00:00.000</Data><Comment><Data>да</Data></Comment></Cell>"
        '<Cell ss:Formula="=A1"/><Cell><Data ss:Type="Error">#DIV/0!</Data></Cell></Row>'
        "</Table></Worksheet></Workbook>"
    )
    sheet = read_spreadsheetml(text)[0]
    assert sheet.hidden_rows == {2}
    assert [(c.text, c.covered) for c in sheet.rows[0]] == [
        ("Ёлкин", False),
        ("Ёлкин", True),
        ("4.33", False),
    ]
    assert [c.kind for c in sheet.rows[2]] == ["empty", "date", "uncached", "error"]
    assert sheet.at(2, 1).comment == "да"


WIDE = (
    '<Workbook xmlns:ss="s"><Worksheet><Table><Row><Cell ss:MergeDown="9999" '
    'ss:MergeAcross="9999"><Data>5</Data></Cell></Row></Table></Worksheet></Workbook>'
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<Workbook><Worksheet>", "broken_workbook"),
        ('<!DOCTYPE x [<!ENTITY a "b">]><Workbook/>', "doctype"),
        (WIDE, "too_many_cells"),
    ],
)
def test_a_hostile_xml_spreadsheet_is_refused(text, reason):
    with pytest.raises(Refused, match=reason):
        read_spreadsheetml(text)
