"""Pages in a real browser: drawn, quiet, and harmless whatever a pupil is called."""

from __future__ import annotations

import nbformat
import pytest

from posanalytics.reports import runner
from posanalytics.reports.parameters import Facts

pytestmark = pytest.mark.browser

ATTACK = "<script>alert(1)</script>"
PARAMETERS = f'pupil: str = "{ATTACK}"'
FIGURE = """
import plotly.graph_objects as go
from datetime import date
figure = go.Figure([
    go.Scatter(x=[date(2025, 9, 1), date(2025, 12, 1)], y=[0.2, 0.8], name=pupil,
               text=[pupil] * 2, mode="lines+markers+text"),
    go.Bar(x=[date(2025, 10, 1)], y=[0.5], name="<img src=x onerror=alert(1)>"),
])
figure.update_layout(title=f'{pupil} <a href="javascript:alert(1)">x</a>',
    meta={"title": pupil, "alt": pupil, "note": "N = 24", "help": pupil,
          "table": {"columns": [pupil], "rows": [[pupil], [3.25]]}})
"""
SINKS = """
import pandas as pd
from IPython.display import HTML, Markdown, display
display(HTML(f"<b onclick='alert(1)'>{pupil}</b><img src=x onerror=alert(1)>"))
display(Markdown(f"{pupil} <img src=x onerror=alert(1)> [x](javascript:alert(1))"))
display(pd.DataFrame({pupil: [pupil]}))
print(pupil)
from posanalytics.blocks import frame_table
subjects = ["javascript:alert(1)", pupil]
display(frame_table(pd.DataFrame({"subject": subjects, "class_label": ["5А", "=1+1"]})))
"""
PROSE = "# Проверка\n\n<img src=x onerror=alert(1)> [щёлкни](javascript:alert(1))\n\n## Раздел"


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Return the page of a notebook that tries to run a pupil's name in every way."""
    root = tmp_path_factory.mktemp("школа")
    new = nbformat.v4.new_code_cell
    cells = [nbformat.v4.new_markdown_cell(PROSE), new(PARAMETERS), new(FIGURE)]
    cells[1].metadata["tags"] = ["parameters"]
    cells += [new("figure"), new("figure.update_layout(title=None)"), new(SINKS)]
    notebook = root / "attack.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
    output = root / "attack.html"
    runner.run_report(
        notebook,
        {},
        workspace=root,
        output=output,
        executed=root / "executed.ipynb",
        facts=Facts(school=ATTACK, subtitle=ATTACK, sources=ATTACK),
    )
    return output


@pytest.fixture(scope="module")
def visit(opened, report):
    return opened(report).drawn()


def test_every_figure_is_drawn(visit):
    plots = visit.page.locator(".plot").all()
    assert [plot.locator(".main-svg").count() > 0 for plot in plots] == [True, True, True]


def test_nothing_runs_and_nothing_is_asked_for(visit):
    for link in visit.page.locator("a", has_text="щёлкни").all():
        link.click()
    for subject in ("javascript:alert(1)", ATTACK):
        visit.page.select_option("[name=subject]", subject)
        assert visit.texts("main tr:has(td:first-child:text-matches('alert')) td:first-child") == [
            subject
        ]
    visit.page.click("#page-filter [type=reset]")
    assert (visit.dialogs, visit.asked, visit.said) == ([], [], [])


def test_the_name_is_shown_as_it_is_written(visit):
    shown = visit.page.locator("main").inner_text()
    assert shown.count(ATTACK) >= 6


def test_the_buttons_of_a_plot_are_russian_and_none_of_them_uploads(visit):
    titles = visit.page.eval_on_selector_all(
        ".plot:first-child .modebar-btn, #figure-1 .modebar-btn",
        "all => all.map(b => b.getAttribute('data-title') || b.getAttribute('aria-label'))",
    )
    assert "Скачать график (PNG)" in titles
    assert [title for title in titles if not set(title) & set("абвгдежзийклмнопрстуфхцчшщ")] == []


def test_numbers_and_months_are_russian(visit):
    axes = visit.page.locator("#figure-1 .xtick, #figure-1 .ytick").all_text_contents()
    text = " ".join(axes)
    assert "сент." in text
    assert "0,4" in text


def test_an_old_browser_says_why_and_opens_the_table(browser, report):
    page = browser.new_page()
    page.add_init_script("delete window.DecompressionStream")
    page.goto(report.as_uri())
    page.wait_for_selector("details.data[open]")
    assert "слишком старый" in page.locator("#figure-1 .plot").inner_text()


def test_without_scripts_the_text_and_the_tables_are_there(browser, report):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(report.as_uri())
    assert "сценарии в браузере отключены" in page.locator("main").inner_text()
