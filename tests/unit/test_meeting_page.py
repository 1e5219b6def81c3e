"""The page for a meeting: what was found waits behind a cover, everything else is in its place."""

from __future__ import annotations

import json
import re
from types import SimpleNamespace

import nbformat
import pytest

from posanalytics import blocks
from posanalytics.reports import batch, page
from posanalytics.reports.parameters import Facts
from posanalytics.schema import COVER
from posanalytics.store.ledger import Made

ASKED = "Растут ли наши классы?"


def prose(source, *tags):
    cell = nbformat.v4.new_markdown_cell(source)
    cell.metadata["tags"] = list(tags)
    return cell


def shown(block):
    data = {"text/html": block.html, **block.attached}
    output = nbformat.v4.new_output("display_data", data=data)
    return nbformat.v4.new_code_cell("1", outputs=[output])


def report(*, meeting=True, tag="finding"):
    """Return the page of a notebook with findings before, between and after the charts."""
    cells = [
        prose("## О чём"),
        prose("## Коротко\nПрирост больше.", tag),
        *([shown(blocks.opening(ASKED))] if meeting else []),
        prose("## Как менялись"),
        prose("## Разница\n+0,30", tag),
        prose("## Решения"),
    ]
    return page.render(nbformat.v4.new_notebook(cells=cells), facts=Facts())


def body(html):
    return html[html.index("</header>") : html.index("<footer")]


def order(html):
    """Return headings and the bounds of the cover in the order in which they stand."""
    contents = re.sub(r"<nav.*?</nav>", "", body(html), flags=re.DOTALL)
    found = re.findall(r"<h2>(.*?)</h2>|(<details class=\"cover\")|(</details>)", contents)
    return ["".join(one) for one in found]


def test_what_was_found_stands_together_behind_the_cover():
    cover = ['<details class="cover"', "Коротко", "Разница", "</details>"]
    assert order(report()) == ["О чём", "Как менялись", *cover, "Решения"]


def test_the_opening_ends_the_section_before_the_first_finding():
    html = body(report())
    assert html.index("<h2>О чём") < html.index("Чего ожидаю") < html.index("<h2>Как менялись")


def test_the_contents_lead_to_the_cover_and_name_nothing_behind_it():
    contents = re.search(r"<nav.*?</nav>", report(), re.DOTALL)[0]
    links = re.findall(r'href="#([\w-]+)">(.*?)<', contents)
    assert [name for name, _ in links] == ["s1", "s3", "page-cover", "s5"]
    assert "Коротко" not in contents
    assert "Разница" not in contents


def test_without_the_opening_a_page_is_the_one_of_a_notebook_without_tags():
    assert report(meeting=False) == report(meeting=False, tag="other")


def test_the_opening_is_shown_although_nothing_is_tagged():
    html = report(tag="other")
    assert ASKED in html
    assert '<details class="cover"' not in html


def test_the_opening_leaves_lines_to_write_on_under_the_question():
    html = blocks.opening(ASKED).html
    assert html.index(ASKED) < html.index("Чего ожидаю") < html.index('class="write"')


def test_the_opening_says_when_the_cover_is_opened():
    # With a hyphen and a space at which no line ends.
    assert "40\u2011й\u00a0минуте" in blocks.opening(ASKED).attached[COVER]["note"]


def test_a_question_that_somebody_typed_never_runs_on_the_page():
    cells = [prose("## О чём"), shown(blocks.opening("<script>alert(1)</script>"))]
    html = page.render(nbformat.v4.new_notebook(cells=cells), facts=Facts())
    assert "&lt;script&gt;alert(1)" in body(html)
    assert "<script>alert" not in html


# --- its name, and its place beside the other report of the term ----------------------------


@pytest.fixture
def school(tmp_path, plan_text):
    """Return a workspace of one class with marks of two terms."""
    from posanalytics.reports import scaffold
    from posanalytics.workspace import open_workspace

    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    for term in (1, 2):
        rows = [f"{n};Примеров {letter}иван;4" for n, letter in enumerate("АБВГДЕ", 1)]
        head = ["Класс: 7А", f"{term} четверть 2025/2026", "№;ФИО;Алгебра"]
        (raw / f"7А {term}.csv").write_text("\n".join([*head, *rows]), "utf-8")
    scaffold.furnish(tmp_path)
    workspace = open_workspace(tmp_path)
    workspace.load()
    return workspace


def test_a_page_for_a_meeting_has_a_name_of_its_own(school):
    job = batch.job_for(school, "dynamics", {"meeting": "да"})
    assert job.output.name == "dynamics-meeting-2025-26-q2.html"


def test_a_page_without_a_meeting_is_the_report_as_ever(school):
    asked = batch.job_for(school, "dynamics", {"meeting": "false"})
    assert asked == batch.job_for(school, "dynamics", {})


def test_the_index_tells_the_page_for_a_meeting_from_the_other(school):
    notebook = school.notebooks / "dynamics.ipynb"
    titles = [batch.title(notebook, given) for given in ({"meeting": True}, {})]
    assert titles == [
        "Растут ли наши классы больше контрольных? (для встречи)",
        "Растут ли наши классы больше контрольных?",
    ]


def made(school, **given):
    """Put a page on record as if it had been made."""
    job = batch.job_for(school, "dynamics", given)
    job.output.parent.mkdir(exist_ok=True)
    job.output.write_text("<p>", "utf-8")
    parameters = json.dumps(dict(job.parameters))
    item = Made(job.output.name, "key", "sha", "dynamics", parameters, "2026-01-12T00:00:00+00:00")
    school.ledger.record(item)
    return item


def test_a_run_makes_both_pages_once_the_one_for_a_meeting_stands(school):
    made(school, meeting=True)
    names = [job.output.name for job in batch.program(school)]
    assert [name for name in names if name.startswith("dynamics")] == [
        "dynamics-2025-26-q2.html",
        "dynamics-meeting-2025-26-q2.html",
    ]


def test_the_history_of_verdicts_leads_to_no_covered_page(school):
    study = SimpleNamespace(workspace=school, term="2025-26-Q2")
    assert batch._on_record(study, [made(school, meeting=True)]) == {}
