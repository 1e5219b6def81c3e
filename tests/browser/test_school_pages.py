"""Every page of the demo school in a real browser: quiet, drawn, printable, open to everybody."""

from __future__ import annotations

import html
import re

import pytest

pytestmark = pytest.mark.browser

CLASSES = [f"class-profile-{label}-2025-26-q2" for label in ("5a", "5b", "7a", "7b", "7v")]
REPORTS = ["dynamics-2025-26-q2", "data-quality-2025-26-q2", *CLASSES]
# One of a kind is enough where the whole page is walked through.
KINDS = ["dynamics-2025-26-q2", "data-quality-2025-26-q2", "class-profile-5a-2025-26-q2", "index"]
# What a letter after a backslash means in a string of a PDF; three digits are a byte.
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"(": b"(", b")": b")", b"\\": b"\\"}
A4 = {"width": 688, "height": 998}  # CSS pixels between the margins of style.css


@pytest.fixture(scope="module")
def visit(opened, school):
    """Return the function that opens a page of the demo school, with its charts drawn."""

    def visit(name, **given):
        found = opened(school / f"{name}.html", **given)
        return found if name == "index" else found.drawn()

    return visit


def headings(school, name):
    """Return the sections of a page as its file says them."""
    source = (school / f"{name}.html").read_text("utf-8")
    found = re.findall(r"<h2[^>]*>(.*?)</h2>", source, re.DOTALL)
    return [" ".join(html.unescape(re.sub(r"<[^>]*>", "", text)).split()) for text in found]


def printed(visit):
    """Return the titles of the outline that the browser wrote into the PDF of a page."""
    pdf = visit.page.pdf(prefer_css_page_size=True, outline=True, tagged=True)
    titles = re.findall(rb"/Title\s*(\((?:\\.|[^)\\])*\)|<[0-9A-Fa-f]*>)", pdf)
    return [" ".join(decoded(title).split()) for title in titles]


def decoded(title):
    """Return the text of a PDF string: hexadecimal, or letters with escapes."""
    if title.startswith(b"<"):
        raw = bytes.fromhex(title[1:-1].decode())
    else:
        raw = re.sub(
            rb"\\([0-7]{3}|.)",
            lambda found: ESCAPES.get(found[1]) or bytes([int(found[1], 8)]),
            title[1:-1],
        )
    return raw[2:].decode("utf-16-be") if raw.startswith(b"\xfe\xff") else raw.decode("latin-1")


def test_the_list_of_reports_here_is_the_list_that_the_school_has(school):
    assert sorted(path.stem for path in school.glob("*.html")) == sorted([*REPORTS, "index"])


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_draws_every_chart_and_asks_for_nothing(visit, name):
    one = visit(name)
    drawn = [plot.locator(".main-svg").count() > 0 for plot in one.page.locator(".plot").all()]
    assert (one.said, one.asked, drawn) == ([], [], [True] * one.count("figure.chart"))
    assert drawn


@pytest.mark.parametrize("name", REPORTS)
def test_every_chart_is_told_in_words_and_in_a_table(visit, name):
    one = visit(name)
    told = one.page.evaluate(
        """() => [...document.querySelectorAll('figure.chart')].map(figure =>
            [figure.querySelector('.plot').getAttribute('aria-label').length > 20,
             figure.querySelectorAll('details.data tbody tr').length > 0])"""
    )
    assert told == [[True, True]] * one.count("figure.chart")


def test_the_index_opens_quietly_and_leads_to_every_report(visit):
    one = visit("index")
    led = one.page.eval_on_selector_all(
        ".index-table th a", "all => all.map(a => a.getAttribute('href'))"
    )
    assert (one.said, one.asked) == ([], [])
    assert sorted(led) == sorted(f"{name}.html" for name in REPORTS)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", KINDS)
def test_a_page_is_open_to_everybody(visit, axe, name, scheme):
    one = visit(name, color_scheme=scheme)
    one.page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    assert one.findings(axe) == []


@pytest.mark.parametrize("width", [360, 768, 1280, 1920])
@pytest.mark.parametrize("name", KINDS)
def test_a_page_never_scrolls_sideways(visit, name, width):
    one = visit(name, viewport={"width": width, "height": 800})
    for size in ("usual", "large"):
        one.page.evaluate(
            "size => { posView.set({size}); dispatchEvent(new Event('hashchange')) }", size
        )
        assert one.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("name", KINDS)
def test_a_printed_page_has_every_section(visit, school, name):
    outline = printed(visit(name))
    assert [said for said in headings(school, name) if said not in outline] == []


@pytest.mark.parametrize("fragment", ["", "#size=large", "#theme=dark"])
@pytest.mark.parametrize("name", ["dynamics-2025-26-q2", "class-profile-5a-2025-26-q2"])
def test_a_printed_chart_is_whole_however_large_it_was_on_the_screen(visit, name, fragment):
    one = visit(name, fragment=fragment)
    one.page.emulate_media(media="print")
    one.page.set_viewport_size(A4)
    plots = [plot.bounding_box() for plot in one.page.locator(".plot .main-svg:first-child").all()]
    helps = [aside.bounding_box() for aside in one.page.locator("figure.chart .help").all()]
    beside = min(box["x"] for box in helps)
    assert max(box["x"] + box["width"] for box in helps) <= A4["width"]
    assert max(box["height"] for box in plots) <= A4["height"]
    assert max(box["x"] + box["width"] for box in plots) <= beside + 1


@pytest.mark.parametrize("unfolded", [True, False])
def test_a_fold_is_printed_where_the_reader_has_opened_it(visit, unfolded):
    one = visit("data-quality-2025-26-q2")
    one.page.evaluate(
        """opened => { const fold = document.createElement('details');
            fold.className = 'fold'; fold.open = opened;
            fold.innerHTML = '<summary>x</summary><h3>Внутри складки</h3>';
            document.querySelector('section').append(fold) }""",
        unfolded,
    )
    assert ("Внутри складки" in printed(one)) is unfolded


def test_paper_is_white_and_its_words_are_dark_whatever_the_screen_is(visit):
    one = visit("dynamics-2025-26-q2", fragment="#theme=dark")
    one.page.emulate_media(media="print")
    seen = one.page.evaluate(
        """() => [getComputedStyle(document.body).backgroundColor,
                  getComputedStyle(document.querySelector('h1')).color,
                  getComputedStyle(document.querySelector('.ytick text')).fill]"""
    )
    assert seen == ["rgb(255, 255, 255)", "rgb(28, 34, 38)", "rgb(91, 101, 109)"]
