"""The page for a meeting in a real browser: nothing of the verdict before somebody opens it."""

from __future__ import annotations

import dataclasses
import html
import re

import pytest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def meeting(school, tmp_path_factory):
    """Return the page for the meeting of the demo school, in a folder of its own."""
    from posanalytics.reports import batch, runner
    from posanalytics.workspace import open_workspace

    folder = tmp_path_factory.mktemp("meeting")
    job = batch.job_for(open_workspace(school.parent), "dynamics", {"meeting": True})
    job = dataclasses.replace(
        job, output=folder / job.output.name, executed=folder / "executed.ipynb"
    )
    (made,) = runner.run_reports([job], processes=1)
    assert made.failure == ""
    return job.output


@pytest.fixture(scope="module")
def told(school):
    """Return what the open report of the same term says as its verdict: whole sentences."""
    page = (school / "dynamics-2025-26-q2.html").read_text("utf-8")
    card = re.search(r'<div class="verdict".*?</ul>\s*</div>\s*</div>', page, re.DOTALL)[0]
    found = re.findall(r"<(?:h3|p|li|b)\b[^>]*>(.*?)</(?:h3|p|li|b)>", card, re.DOTALL)
    lines = [" ".join(html.unescape(line).split()) for line in found]
    # The title of the outcome stands in the passport as well, and tells nothing.
    said = [line for line in lines if line and not line.startswith("Все предметы")]
    assert len(said) >= 4
    return said


def seen(visit):
    """Return everything that can be read or heard on the page now, in one line."""
    return visit.page.evaluate(
        """() => {
            const names = ['aria-label', 'title', 'alt'];
            const heard = [...document.querySelectorAll('[aria-label], [title], [alt]')]
                .filter(one => one.checkVisibility())
                .flatMap(one => names.map(name => one.getAttribute(name) || ''));
            const read = [document.title, document.body.innerText, ...heard];
            return read.join(' ').replace(/\\s+/g, ' ');
        }"""
    )


def test_nothing_of_the_verdict_is_seen_before_it_is_opened(opened, meeting, told):
    text = seen(opened(meeting).drawn())
    assert [line for line in told if line in text] == []


def test_the_verdict_is_opened_from_the_keyboard(opened, meeting, told):
    visit = opened(meeting).drawn()
    visit.page.locator("#page-cover > summary").focus()
    visit.page.keyboard.press("Enter")
    text = seen(visit)
    assert [line for line in told if line not in text] == []


def test_the_verdict_is_opened_without_scripts(opened, meeting, told):
    visit = opened(meeting, java_script_enabled=False)
    verdict = visit.page.locator(".verdict h3")
    assert not verdict.is_visible()
    visit.page.locator("#page-cover > summary").click()
    assert " ".join(verdict.inner_text().split()) == told[0]


def test_the_link_of_the_contents_does_not_open_the_cover(opened, meeting):
    visit = opened(meeting).drawn()
    visit.page.locator("nav.toc summary").click()
    visit.page.locator('nav.toc a[href="#page-cover"]').click()
    assert visit.page.locator("#page-cover").get_attribute("open") is None


def test_charts_behind_the_cover_are_as_wide_as_their_frames_once_it_is_open(opened, meeting):
    visit = opened(meeting).drawn()
    visit.page.locator("#page-cover > summary").click()
    visit.page.wait_for_function(
        """() => [...document.querySelectorAll('#page-cover .plot')].every(box =>
              Math.abs(box.querySelector('.main-svg').getBoundingClientRect().width
                       - box.getBoundingClientRect().width) < 2)"""
    )
    assert visit.count("#page-cover .plot .main-svg") > 0


def test_the_page_is_quiet_and_open_to_everybody(opened, meeting, axe):
    visit = opened(meeting).drawn()
    assert (visit.said, visit.asked, visit.findings(axe)) == ([], [], [])


@pytest.mark.parametrize("width", [360, 1280, 1920])
def test_the_page_never_scrolls_sideways(opened, meeting, width):
    visit = opened(meeting, viewport={"width": width, "height": 800}).drawn()
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width


def unspaced(text):
    """Return a text without spaces: an outline has none where a line of a heading ended."""
    return "".join(text.split())


def printed(visit):
    """Return the headings of the PDF of a page, each with the number of its sheet."""
    pdf = visit.page.pdf(prefer_css_page_size=True, outline=True, tagged=True)
    kids = b" ".join(re.findall(rb"/Type /Pages\s+/Count \d+\s+/Kids \[([^]]*)\]", pdf))
    sheets = re.findall(rb"(\d+) 0 R", kids)
    entries = re.findall(rb"/Title <FEFF([0-9A-F]*)>\s*/Dest \[(\d+) 0 R", pdf)
    return [
        (unspaced(bytes.fromhex(title.decode()).decode("utf-16-be")), sheets.index(sheet))
        for title, sheet in entries
    ]


def test_on_paper_the_verdict_has_a_later_sheet_to_itself(opened, meeting, told):
    headings = printed(opened(meeting).drawn())
    verdict, charts = unspaced(told[0]), unspaced("Как менялись результаты")
    ((_, at),) = [one for one in headings if one[0] == verdict]
    sheet = {title for title, number in headings if number == at}
    assert sheet == {verdict, unspaced("Коротко: что видно и насколько этому можно верить")}
    assert at > max(number for title, number in headings if title == charts)
