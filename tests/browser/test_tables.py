"""Tables of a page in a real browser: what a filter does to each, and nothing cut in silence."""

from __future__ import annotations

import nbformat
import pandas as pd
import plotly.graph_objects as go
import pytest

from posanalytics.appendix import Appendix
from posanalytics.blocks import appendix, frame_table, protocol
from posanalytics.reports import outputs, page
from posanalytics.reports.downloads.tables import tables_of
from posanalytics.reports.parameters import Facts
from posanalytics.reports.values import Number

pytestmark = pytest.mark.browser

CLASSES = ["5А", "7Б", "5А", "7Б"]
TERMS = ["1 четверть 2025/26", "1 четверть 2025/26", "2 четверть 2025/26", "2 четверть 2025/26"]
FILES = [
    "2025-26/Ведомость 5А.xls",
    "2025-26/7Б 1 четверть.csv",
    "2024-25/Ведомость 5А.xls",
    "прочее.csv",
]
MAYBE_NUMBERS = [
    12345, -1234.5, None, "+0,27", "−0,27", "37 %", "1 234", "2025", "5 4", "007", "+5 4", "=1+1",
    "+0,00", "12 34", "1234567890123456", "7 (4 %)", "7Б",
]  # fmt: skip


def output(data):
    """Return a cell with one output."""
    made = nbformat.v4.new_output("display_data", data=data)
    return nbformat.v4.new_code_cell("…", outputs=[made])


def shown(frame, caption):
    """Return a cell that shows a table."""
    return output({"text/html": frame_table(frame, caption=caption)._repr_html_()})


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    """Return a page with tables that a filter can follow and one that it cannot."""
    rows = range(20)
    wide = {f"Столбец {at}": ["слово подлиннее"] + ["–"] * 19 for at in range(4)}
    behind = {"columns": ["Учеников", *wide], "rows": [[at, *"абвг"] for at in rows]}
    figure = go.Figure(go.Bar(x=[1], y=[2]))
    figure.update_layout(meta={"title": "График", "help": "Как читать", "table": behind})
    cells = [
        nbformat.v4.new_markdown_cell("## Раздел"),
        shown(pd.DataFrame({"Класс": CLASSES, "Период": TERMS}), "Отметки"),
        shown(pd.DataFrame({"Файл": FILES}), "Выгрузки"),
        shown(pd.DataFrame({"Способ": ["Перестановка", "Модель"]}), "Способы"),
        output({outputs.PLOTLY: figure.to_plotly_json()}),
    ]
    file = tmp_path_factory.mktemp("таблицы") / "page.html"
    page.write(file, page.render(nbformat.v4.new_notebook(cells=cells), facts=Facts(title="Да")))
    return file


def rows(visit, caption):
    """Return the visible rows of a table."""
    return visit.texts(f"table:has(caption:text-is('{caption}')) tbody tr")


def test_a_file_is_chosen_by_the_class_in_its_name(opened, tables):
    visit = opened(tables, fragment="#class=5А")
    assert rows(visit, "Выгрузки") == [FILES[0], FILES[2], FILES[3]]


def test_a_file_is_chosen_by_the_year_and_the_term_in_its_name(opened, tables):
    visit = opened(tables, fragment="#term=2 четверть 2025/26")
    assert rows(visit, "Выгрузки") == [FILES[0], FILES[3]]


def test_a_table_that_a_filter_does_not_concern_stays_whole_and_says_so(opened, tables):
    visit = opened(tables, fragment="#class=5А")
    assert len(rows(visit, "Способы")) == 2
    assert visit.texts("p.not-filtered") == [
        "Эта таблица показана целиком: отбор сюда не относится (класс)."
    ]


def test_without_a_filter_no_table_speaks_of_one(opened, tables):
    assert opened(tables).texts("p.not-filtered") == []


def test_a_table_of_twenty_rows_under_a_chart_is_not_cut(opened, tables):
    visit = opened(tables).drawn()
    visit.page.click("details.data summary")
    frame = visit.page.locator("details.data .table-scroll")
    assert frame.evaluate(
        "f => [f.scrollHeight - f.clientHeight, f.scrollWidth - f.clientWidth]"
    ) == [0, 0]


def test_a_head_stands_over_its_numbers(opened, tables):
    visit = opened(tables)
    visit.page.click("details.data summary")
    ends = visit.page.eval_on_selector_all(
        "details.data tr:first-child > :first-child",
        "cells => cells.map(cell => getComputedStyle(cell).textAlign)",
    )
    assert ends == ["right", "right"]


@pytest.mark.parametrize(("width", "said"), [(390, 1), (1280, 0)])
def test_a_chart_wider_than_the_screen_says_that_it_scrolls(opened, tables, width, said):
    visit = opened(tables, viewport={"width": width, "height": 700}).drawn()
    assert len(visit.texts(".scroll-hint")) == said


@pytest.fixture(scope="module")
def printed(opened, tmp_path_factory):
    """Return a page with what is for the screen alone and with what must not fall apart."""
    cells = [
        nbformat.v4.new_markdown_cell("## Раздел"),
        output({"text/html": appendix(Appendix("", "", "", (), ()))._repr_html_()}),
        shown(pd.DataFrame({"Отметка": ["н/а"]}), "Отметки"),
        output({"text/html": protocol()._repr_html_()}),
    ]
    file = tmp_path_factory.mktemp("печать") / "page.html"
    page.write(file, page.render(nbformat.v4.new_notebook(cells=cells), facts=Facts(title="Да")))
    visit = opened(file)
    visit.page.emulate_media(media="print")
    return visit


def test_paper_does_not_speak_of_files_beside_the_page(printed):
    assert [printed.count("aside.help"), *printed.texts("aside.help")] == [1]


def test_a_mark_that_is_missing_stays_on_one_line(printed):
    cell = printed.page.locator("table.tidy td")
    cell.evaluate("c => { c.style.cssText = 'display: block; width: 1px; overflow-wrap: normal' }")
    line = cell.evaluate("c => parseFloat(getComputedStyle(c).lineHeight)")
    assert cell.evaluate("c => c.clientHeight") < 2 * line


def test_a_wide_field_of_the_protocol_has_no_shadow(printed):
    painted = printed.page.eval_on_selector_all(
        ".protocol .field.wide", "all => all.map(one => getComputedStyle(one).backgroundImage)"
    )
    assert set(painted) == {"none"}


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return a notebook with one table of what may be a number, and its page."""
    values = [*MAYBE_NUMBERS, "скрыто (мало учеников)"]
    figure = go.Figure(go.Bar(x=[1], y=[2]))
    table = {"columns": ["Столбец"], "rows": [[value] for value in values]}
    figure.update_layout(meta={"title": "График", "table": table})
    notebook = nbformat.v4.new_notebook(cells=[output({outputs.PLOTLY: figure.to_plotly_json()})])
    file = tmp_path_factory.mktemp("числа") / "page.html"
    page.write(file, page.render(notebook, facts=Facts(title="Да")))
    return notebook, file


def test_a_saved_table_holds_the_numbers_of_the_workbook(opened, written, tmp_path):
    notebook, file = written
    visit = opened(file, accept_downloads=True)
    visit.page.click("details.data summary")
    with visit.page.expect_download() as saving:
        visit.page.click("details.data button:has-text('CSV')")
    saving.value.save_as(tmp_path / "saved.csv")
    saved = (tmp_path / "saved.csv").read_text("utf-8-sig").splitlines()[1:]
    [table] = tables_of(notebook)
    for text, [value] in zip(saved, table.rows, strict=True):
        if isinstance(value, Number):
            number = float(text.rstrip("%").replace(",", "."))
            assert number == pytest.approx(value.value * (100 if value.percent else 1), rel=1e-12)
        else:
            assert text.removeprefix("'") == (value or "–")
