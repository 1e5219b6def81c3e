"""The workbook writer, read back by openpyxl and calamine."""

import datetime as dt
import io
import zipfile

import openpyxl
import pytest
import python_calamine

from posanalytics.demo.xlsx import Page, Written, workbook

ROWS = [
    ["Имя & «кавычки» <5>", 4, 3.75, None, "4,33"],
    [Written(0.5, "percent"), Written(4.5, "two"), Written(dt.date(2025, 4, 15), "date")],
]


@pytest.fixture
def data():
    return workbook([Page("Лист <1>", ROWS, ("A3:E3",)), Page("Второй", [["x"]])])


def test_openpyxl_reads_what_was_written(data):
    book = openpyxl.load_workbook(io.BytesIO(data))
    first = book["Лист <1>"]
    assert [cell.value for cell in first[1]] == ["Имя & «кавычки» <5>", 4, 3.75, None, "4,33"]
    assert [cell.number_format for cell in first[2]][:2] == ["0%", "0.00"]
    assert first["C2"].value == dt.datetime(2025, 4, 15)  # noqa: DTZ001 - a spreadsheet has no zone
    assert [str(cells) for cells in first.merged_cells.ranges] == ["A3:E3"]
    assert book.sheetnames == ["Лист <1>", "Второй"]


def test_calamine_reads_the_same(data):
    sheet = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0)
    assert sheet.to_python()[0] == ["Имя & «кавычки» <5>", 4.0, 3.75, "", "4,33"]
    assert sheet.to_python()[1][:3] == [0.5, 4.5, dt.date(2025, 4, 15)]


def test_nothing_in_the_file_depends_on_hour_or_system(data):
    entries = zipfile.ZipFile(io.BytesIO(data)).infolist()
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.create_system for entry in entries} == {0}
    assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
