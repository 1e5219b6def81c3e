"""HTML of an output made to look like a part of the page: no chart stops, none is forged."""

from __future__ import annotations

import json

import nbformat
import plotly.graph_objects as go
import pytest

from posanalytics.reports import page
from posanalytics.reports.parameters import Facts

pytestmark = pytest.mark.browser

PLOTLY = "application/vnd.plotly.v1+json"
FORGED = '{"data":[{"x":[1],"y":[999]}],"layout":{"title":{"text":"ПОДДЕЛКА"}},"template":0}'
PARTS = {
    "a plot without a figure": '<div class="plot" data-figure="99">Имя</div>',
    "a whole chart": (
        '<figure class="chart"><div class="frame"><div class="plot" data-figure="1">Имя</div></div>'
        "</figure>"
    ),
    "a chart said to be drawn": '<div class="plot" data-drawn="yes">Имя</div>',
    "plotly": '<p id="plotly-packed" data-size="3">Имя</p>',
    "the numbers of a chart": f'<p id="figure-1-data">{FORGED}</p>',
    "the words of the page": '<p id="page-words">Имя</p>',
    "the templates": '<p id="plot-templates">Имя</p>',
    "the filter": '<p id="page-filter" class="page-filter">Имя</p>',
}


def chart():
    figure = go.Figure(go.Scatter(x=[1, 2], y=[3, 4], name="Алгебра"))
    table = {"columns": ["Предмет"], "rows": [["Алгебра"], ["Физика"]]}
    figure.update_layout(template="plotly_white", meta={"title": "Растёт?", "table": table})
    return {PLOTLY: json.loads(figure.to_json())}


def written(place, *outputs):
    cell = nbformat.v4.new_code_cell("показать")
    cell.outputs = [nbformat.v4.new_output("display_data", data) for data in outputs]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    file = place / "page.html"
    file.write_text(page.render(notebook, facts=Facts(title="Проба")), "utf-8")
    return file


@pytest.mark.parametrize("part", PARTS)
def test_a_forged_part_stops_no_chart_and_no_tool(opened, tmp_path, part):
    visit = opened(written(tmp_path, {"text/html": PARTS[part]}, chart())).drawn()
    visit.page.select_option("[name=subject]", "Физика")
    assert (visit.count(".main-svg") > 0, visit.count(".table-tools"), visit.said) == (True, 1, [])
    assert "ПОДДЕЛКА" not in visit.page.locator(".plot .main-svg").first.text_content()


def test_a_forged_button_is_none_of_the_tools(opened, tmp_path):
    button = '<div data-tool="theme" style="width:200px;height:90px">Тёмный</div>'
    visit = opened(written(tmp_path, {"text/html": button}, chart())).drawn()
    before = visit.page.locator("html").get_attribute("data-theme")
    visit.page.locator("main section div", has_text="Тёмный").last.click()
    assert visit.page.locator("html").get_attribute("data-theme") == before


def test_a_chart_that_cannot_be_drawn_takes_no_other_with_it(opened, tmp_path):
    file = written(tmp_path, chart(), chart())
    # The first figure comes without its layout.
    file.write_text(file.read_text("utf-8").replace('"layout":{', '"lost":{', 1), "utf-8")
    visit = opened(file).drawn()
    drawn = [visit.count(f"#figure-{number} .main-svg") > 0 for number in (1, 2)]
    assert drawn == [False, True]
    assert visit.count("#figure-1 details[open]") == 1
