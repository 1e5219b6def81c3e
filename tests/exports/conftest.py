"""Tiny exports made in memory, and a short way to read them."""

from __future__ import annotations

import io

import openpyxl
import pytest
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from posanalytics.gradebook import Hints
from posanalytics.gradebook.read import read_bytes

NAME = "7Б 2 четверть 2025-26.xlsx"


@pytest.fixture
def samples(shared):
    """Return the folder of shared sample exports."""
    return shared / "samples"


@pytest.fixture
def xlsx():
    """Return a maker of workbooks: sheet name → rows, then a last touch by hand."""

    def make(sheets, touch=None):
        if isinstance(sheets, list):
            sheets = {"Лист1": sheets}
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        if touch:
            touch(book)
        stream = io.BytesIO()
        book.save(stream)
        return stream.getvalue()

    return make


@pytest.fixture
def ods():
    """Return a maker of .ods files with one sheet of text cells."""

    def make(name, rows, hidden=()):
        document = OpenDocumentSpreadsheet()
        table = Table(name=name)
        for number, row in enumerate(rows):
            line = TableRow(visibility="collapse") if number in hidden else TableRow()
            for text in row:
                cell = TableCell(valuetype="string")
                cell.addElement(P(text=str(text)))
                line.addElement(cell)
            table.addElement(line)
        document.spreadsheet.addElement(table)
        stream = io.BytesIO()
        document.write(stream)
        return stream.getvalue()

    return make


@pytest.fixture
def read():
    """Return a reader of bytes; the file name tells class, term and year."""

    def run(data, name=NAME, hints=None, mapping=None):
        return read_bytes(data, name=name, hints=hints or Hints(), mapping=mapping)

    return run


@pytest.fixture
def marks():
    """Return the marks of a reading as (pupil, subject, term or date) → value or kind."""

    def table(reading):
        return {
            (record.pupil, record.subject, record.term or record.date): (
                record.value if record.kind in {"mark", "mean"} else record.kind
            )
            for record in reading.records
        }

    return table


@pytest.fixture
def said():
    """Return the problems of a reading that contain a text."""

    def find(reading, text):
        return [problem for problem in reading.problems if text in str(problem)]

    return find
