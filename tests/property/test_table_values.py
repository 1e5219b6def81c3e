"""Whatever stands in a table behind a figure looks the same on the page and in the workbook."""

from __future__ import annotations

import io

import nbformat
import openpyxl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from posanalytics.reports.charts import figure_of
from posanalytics.reports.downloads.tables import tables_of
from posanalytics.reports.downloads.workbook import workbook
from posanalytics.reports.outputs import PLOTLY
from posanalytics.reports.values import shown

SPACES = dict.fromkeys(map(ord, " \u00a0\u202f"), " ")
WRITTEN = st.text("0123456789 ,.%+-−–\u00a0\u202fА", max_size=12)
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WRITTEN)


def figure_with(values):
    """Return a figure whose table has these values in its one column."""
    table = {"columns": ["Столбец"], "rows": [[value] for value in values]}
    return {"data": [], "layout": {"meta": {"title": "Т", "table": table}}}


def on_the_page(values):
    """Return what the page writes for every value."""
    return [row[0].text for row in figure_of(1, figure_with(values), []).rows]


def in_the_workbook(values):
    """Return the cells that a spreadsheet gets for the same values."""
    cell = nbformat.v4.new_code_cell("показать")
    cell.outputs = [nbformat.v4.new_output("display_data", {PLOTLY: figure_with(values)})]
    content = workbook(tables_of(nbformat.v4.new_notebook(cells=[cell])), about=[])
    [_, sheet] = openpyxl.load_workbook(io.BytesIO(content)).worksheets
    return [row[0] for row in sheet.iter_rows(min_row=2, max_row=len(values) + 1)]


def as_a_spreadsheet_shows(cell):
    """Return a cell as ECMA-376 part 1, 18.8.31 has its format shown, in Russian."""
    if cell.value is None:
        return "–"
    if cell.data_type == "s":
        return cell.value
    number, code = cell.value, cell.number_format
    parts = code.split(";")
    code = parts[0] if number > 0 or len(parts) == 1 else parts[1 if number < 0 else 2]
    digits = len(code.partition(".")[2].strip("%"))
    number = number * 100 if code.endswith("%") else number
    text = f"{abs(number):{',' if '#,##0' in code else ''}.{digits}f}"
    text = text.replace(",", " ").replace(".", ",") + (" %" if code.endswith("%") else "")
    sign = "−" if number < 0 else "+" if code.startswith("+") else ""
    return sign + text


def alike(text):
    """Return a text without what no reader sees: which space, which minus, a dash or nothing."""
    text = text.translate(SPACES).strip()
    text = text[:-1].rstrip() + " %" if text.endswith("%") and text != "%" else text
    return text.replace("-", "−") or "–"


@settings(deadline=None, max_examples=60)
@given(st.lists(VALUES, min_size=1, max_size=30))
@example(["5 4", "007", "2025", "1 234", "+0,00", "−0,5", "37 %", "12345678901234567", 1e20])
@example([float("nan"), float("inf"), -0.001, 0.005, 12345, None, True])
def test_a_value_looks_the_same_on_the_page_and_in_the_workbook(values):
    there = map(as_a_spreadsheet_shows, in_the_workbook(values))
    assert list(map(alike, there)) == list(map(alike, on_the_page(values)))


@settings(deadline=None)
@given(st.one_of(st.integers(-(10**14), 10**14), st.floats(-(10.0**12), 10.0**12)))
def test_every_number_of_a_figure_is_a_number_in_the_workbook(number):
    [cell] = in_the_workbook([number])
    # The page writes two digits of a fraction, so half of the second is what may be lost.
    assert cell.data_type == "n"
    assert abs(cell.value - number) <= 0.005 + abs(number) * 1e-15


def test_a_dash_stands_where_the_numbers_of_its_column_stand():
    rows = figure_of(1, figure_with([3.5, None, "–"]), []).rows
    assert [row[0].number for row in rows] == [True, True, True]


def test_two_marks_side_by_side_are_no_number():
    assert [cell.value for cell in in_the_workbook(["5 4"])] == ["5 4"]


def test_a_year_stays_a_number_without_a_gap():
    [cell] = in_the_workbook(["2025"])
    assert (cell.value, cell.number_format, shown("2025")) == (2025, "0", "2025")
