"""Pages in a real browser: drawn, quiet, and harmless whatever a pupil is called."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest

from posanalytics.reports import runner
from posanalytics.reports.index import IndexEntry, write_index
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
"""
PROSE = "# Проверка\n\n<img src=x onerror=alert(1)> [щёлкни](javascript:alert(1))\n\n## Раздел"


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        pytest.skip("Chromium is not installed")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=found, args=quiet)
        yield chromium
        chromium.close()


class Visit:
    """A page opened from disk, and everything it did."""

    def __init__(self, browser, path, *, fragment=""):
        self.page = browser.new_page(viewport={"width": 1280, "height": 900})
        self.requests, self.said, self.dialogs = [], [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", self._dismiss)
        self.address = path.as_uri()
        self.page.goto(self.address + fragment)

    def _dismiss(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def drawn(self):
        self.page.wait_for_function("document.documentElement.dataset.drawn", timeout=20000)
        return self

    def count(self, selector):
        return self.page.locator(selector).count()


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
def visit(browser, report):
    return Visit(browser, report).drawn()


def test_every_figure_is_drawn(visit):
    plots = visit.page.locator(".plot").all()
    assert [plot.locator(".main-svg").count() > 0 for plot in plots] == [True, True, True]


def test_nothing_runs_and_nothing_is_asked_for(visit):
    for link in visit.page.locator("a", has_text="щёлкни").all():
        link.click()
    assert (visit.dialogs, visit.requests, visit.said) == ([], [visit.address], [])


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


def test_the_page_prints_every_section(visit, tmp_path):
    printed = tmp_path / "page.pdf"
    visit.page.pdf(path=printed, format="A4")
    assert printed.read_bytes().startswith(b"%PDF")


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


@pytest.fixture
def index(tmp_path):
    entries = [
        IndexEntry(question="Растут ли классы?", href="a.html", classes=("5А", "7Б"), term="2 ч."),
        IndexEntry(question="Профиль 5Б", href="b.html", classes=("5Б",), term="1 ч."),
        IndexEntry(question=f"{ATTACK} ёлка", href="c.html", classes=("5А",), term="1 ч."),
    ]
    return write_index(tmp_path, entries, school="Примерная школа", term_title="2 четверть")


@pytest.mark.parametrize(
    ("fragment", "shown"),
    [("", 3), ("#q=профиль", 1), ("#class=5А", 2), ("#class=5А&term=1 ч.", 1), ("#q=ничего", 0)],
)
def test_the_choice_in_the_address_filters_the_list(browser, index, fragment, shown):
    visit = Visit(browser, index, fragment=fragment)
    assert visit.count("tr[data-search]:visible") == shown


def test_typing_filters_and_is_remembered_in_the_address(browser, index):
    visit = Visit(browser, index)
    visit.page.fill("[name=q]", "елка")
    assert visit.count("tr[data-search]:visible") == 1
    assert "#q=" in visit.page.url
    assert (visit.dialogs, visit.said, visit.requests) == ([], [], [visit.address])


def test_a_search_without_a_find_says_so(browser, index):
    visit = Visit(browser, index)
    visit.page.fill("[name=q]", "нет такого")
    assert visit.page.locator("#index-nothing").inner_text().startswith("Ничего не нашлось")


def test_the_index_opens_from_a_folder_with_spaces_and_cyrillic(browser, index, tmp_path):
    folder = tmp_path / "флешка № 1"
    shutil.copytree(index.parent, folder)
    assert Visit(browser, Path(folder) / "index.html").count("tr[data-search]") == 3
