"""What a reader does with a page: type, colours, filters, tables, keys; the address remembers."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser

CLASS = "class-profile-5a-2025-26-q2.html"
MEETING = "dynamics-2025-26-q2.html"
TABLE = "section:has(h2:text-is('Показатели для справки')) table.tidy >> nth=0"


@pytest.fixture
def profile(opened, school):
    """Return the profile of a class, drawn."""
    return opened(school / CLASS).drawn()


def bodies(visit, column):
    """Return the visible texts of a column of the table of indicators."""
    rows = visit.page.locator(TABLE).locator("tbody tr:visible").all()
    return [" ".join(row.locator("td").nth(column).inner_text().split()) for row in rows]


def test_large_type_makes_words_and_charts_grow_alike(profile):
    before = [
        profile.page.locator(one).first.bounding_box()
        for one in (".filter-name", ".plot .main-svg")
    ]
    profile.page.click("[data-tool=size]")
    after = [
        profile.page.locator(one).first.bounding_box()
        for one in (".filter-name", ".plot .main-svg")
    ]
    # style.css says by how much: --large
    assert [round(b["height"] / a["height"], 2) for a, b in zip(before, after, strict=True)] == [
        pytest.approx(1.45, abs=0.02)
    ] * 2


def test_a_point_answers_to_the_mouse_in_large_type_too(opened, school):
    view = {"width": 1920, "height": 1080}
    visit = opened(school / MEETING, fragment="#size=large", viewport=view).drawn()
    chart = visit.page.locator("figure:has(.ytick)").first
    chart.scroll_into_view_if_needed()
    point = chart.locator(".scatterlayer path.point").last
    box = point.bounding_box()
    visit.page.mouse.move(box["x"] + box["width"] / 2 + 1, box["y"] + box["height"] / 2 + 1)
    assert "учеников" in chart.locator(".hovertext").first.text_content()


def test_a_choice_of_type_and_colours_stays_for_the_next_report(profile, school):
    profile.page.click("[data-tool=size]")
    profile.page.click("[data-tool=theme]")
    profile.page.goto((school / MEETING).as_uri())
    chosen = profile.page.evaluate("({...document.documentElement.dataset})")
    assert (chosen["size"], chosen["theme"]) == ("large", "dark")


def test_the_address_remembers_where_a_browser_keeps_nothing(opened, school):
    visit = opened(school / CLASS)
    visit.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('forbidden') }})"
    )
    visit.page.reload()
    visit.drawn().page.click("[data-tool=theme]")
    visit.page.reload()
    assert visit.page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert visit.said == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_a_choice_the_page_follows_the_system(opened, school, scheme):
    visit = opened(school / CLASS, color_scheme=scheme)
    assert visit.page.evaluate("document.documentElement.dataset.theme") == scheme


def test_words_of_a_chart_can_be_read_in_the_dark(opened, school):
    visit = opened(school / MEETING, fragment="#theme=dark").drawn()
    colours = visit.page.evaluate(
        """() => [...document.querySelectorAll('.plot .annotation-text, .plot .ytick text')]
            .map(text => getComputedStyle(text.querySelector('tspan') || text).fill)
            .map(fill => fill.match(/\\d+/g).map(Number))"""
    )
    # The paper is #14191c; a mean of 120 and more has a contrast of at least 4 with it.
    assert min(sum(colour[:3]) / 3 for colour in colours) >= 120


def test_a_filter_leaves_the_rows_of_one_subject(profile):
    profile.page.select_option("[name=subject]", "Биология")
    assert bodies(profile, 0) == ["Биология", "Биология"]


def test_two_filters_hold_together(profile):
    profile.page.select_option("[name=subject]", "Биология")
    profile.page.select_option("[name=term]", "2 четверть 2025/26")
    assert [bodies(profile, 0), bodies(profile, 1)] == [["Биология"], ["2 четверть"]]


def test_a_filter_lets_the_other_small_charts_step_back(profile):
    profile.page.select_option("[name=subject]", "Биология")
    faded = profile.page.evaluate(
        """[...document.querySelectorAll('.plot')].map(plot => plot.data)
            .find(traces => new Set(traces.map(trace => trace.xaxis)).size === 8)
            .map(trace => trace.opacity ?? 1)"""
    )
    assert sorted(faded) == [0.15] * 7 + [1]


def test_a_filter_survives_in_the_address(profile, opened, school):
    profile.page.select_option("[name=subject]", "Биология")
    fragment = "#" + profile.page.url.split("#")[1]
    again = opened(school / CLASS, fragment=fragment).drawn()
    assert again.page.input_value("[name=subject]") == "Биология"
    assert bodies(again, 0) == ["Биология", "Биология"]


def test_following_the_contents_keeps_the_filter(profile):
    profile.page.select_option("[name=subject]", "Биология")
    profile.page.click("nav.toc summary")
    profile.page.click("nav.toc a >> nth=-1")
    assert profile.page.evaluate("document.activeElement.id") == "s4"
    profile.page.reload()
    assert bodies(profile.drawn(), 0) == ["Биология", "Биология"]


@pytest.mark.parametrize(("width", "stands_open"), [(1280, False), (1920, True)])
def test_the_contents_stand_open_where_they_stand_beside_the_page(
    school, opened, width, stands_open
):
    visit = opened(school / CLASS, viewport={"width": width, "height": 720})
    assert visit.page.locator("nav.toc a").first.is_visible() is stands_open


def test_what_was_left_out_is_said_and_can_be_brought_back(profile):
    every = len(bodies(profile, 0))
    profile.page.select_option("[name=subject]", "Биология")
    assert "предмет – Биология" in profile.page.locator("#page-filter output").inner_text()
    profile.page.click("#page-filter [type=reset]")
    assert len(bodies(profile, 0)) == every


def test_paper_says_what_was_filtered(profile):
    profile.page.select_option("[name=subject]", "Биология")
    profile.page.emulate_media(media="print")
    assert profile.page.locator("#page-filter output").is_visible()
    assert not profile.page.locator("#page-filter select").first.is_visible()


@pytest.mark.parametrize("fragment", ["#subject=Ничего", "#subject=<b>", "#%", "#a=%E0%A4%A"])
def test_a_strange_address_shows_the_whole_page(opened, school, fragment):
    visit = opened(school / CLASS, fragment=fragment).drawn()
    assert len(bodies(visit, 0)) == 16
    assert visit.said == []


def saved(visit, table):
    """Return the text of the CSV that a table is saved as."""
    line = visit.page.locator(table).locator("xpath=ancestor::div[1]/following-sibling::p[1]")
    with visit.page.expect_download() as caught:
        line.locator("button", has_text="CSV").click()
    return caught.value, caught.value.path().read_bytes()


def test_a_table_is_saved_as_a_spreadsheet_reads_it(profile):
    profile.page.select_option("[name=subject]", "Биология")
    download, content = saved(profile, TABLE)
    lines = content.decode("utf-8-sig").split("\r\n")
    assert content.startswith(b"\xef\xbb\xbf")
    assert download.suggested_filename.endswith(".csv")
    assert lines[0].startswith("Предмет;Период;")
    assert len(lines) == 1 + 2 + 1
    shown = profile.page.locator(TABLE).locator("tbody tr:visible >> nth=1").locator("td")
    assert [cell for cell in lines[2].split(";") if {",", "%"} & set(cell)] == [
        text.replace("\u00a0", "") for text in shown.all_inner_texts() if {",", "%"} & set(text)
    ]


def test_a_table_is_copied_with_its_negative_numbers_as_numbers(opened, school):
    visit = opened(school / MEETING).drawn()
    table = "table:has(caption:text('По каждому показателю'))"
    line = visit.page.locator(table).locator("xpath=ancestor::div[1]/following-sibling::p[1]")
    line.locator("button", has_text="Скопировать").click()
    line.locator("button", has_text="Скопировано").wait_for()
    visit.page.evaluate("document.body.prepend(document.createElement('textarea'))")
    visit.page.focus("textarea")
    visit.page.keyboard.press("Control+V")
    pasted = [line.split("\t") for line in visit.page.input_value("textarea").split("\n")]
    shown = visit.page.locator(table).locator("tbody tr").all()
    assert len(pasted) == 1 + len(shown)
    numbers = [cell for row in pasted[1:] for cell in row if cell[:1] in "+-" and cell]
    assert numbers
    assert [cell for cell in numbers if not cell[1:].replace(",", "").isdigit()] == []


def test_a_cell_cannot_become_a_formula(profile):
    profile.page.evaluate(
        """table => ['=1+1', '+7 (900)', '-x', '@SUM(A1)', '\\u22120,46'].forEach((text, at) => {
            table.tBodies[0].rows[0].cells[at].textContent = text })""",
        profile.page.locator(TABLE).element_handle(),
    )
    _, content = saved(profile, TABLE)
    first = content.decode("utf-8-sig").split("\r\n")[1].split(";")[:5]
    assert first == ["'=1+1", "'+7 (900)", "'-x", "'@SUM(A1)", "-0,46"]


def test_a_long_table_is_shown_whole_when_it_is_asked_for(opened, school):
    files = opened(school / "data-quality-2025-26-q2.html")
    frame = files.page.locator("div:has(> table > caption:text-is('Выгрузки'))")
    before = frame.bounding_box()["height"]
    frame.locator("xpath=following-sibling::p[1]").locator("button >> nth=0").click()
    after = frame.bounding_box()["height"]
    assert before < after == pytest.approx(frame.evaluate("f => f.scrollHeight"), abs=2)


def test_the_keyboard_reaches_the_text_first_and_every_tool(profile):
    reached = []
    for _ in range(12):
        profile.page.keyboard.press("Tab")
        reached.append(profile.page.evaluate("document.activeElement.textContent.trim()"))
    assert reached[0] == "К содержанию отчёта"
    assert {"Крупно", "Тёмный фон", "Печать", "Содержание"} <= set(reached)


def test_a_table_too_wide_for_a_phone_scrolls_by_keys(opened, school):
    visit = opened(school / MEETING, viewport={"width": 360, "height": 700}).drawn()
    frame = visit.page.locator(".table-scroll.wide >> visible=true").first
    frame.focus()
    visit.page.keyboard.press("ArrowRight")
    visit.page.wait_for_timeout(500)
    assert visit.page.evaluate("document.activeElement.scrollLeft") > 0
