"""Words on the charts of the demo school: whole and apart on every screen."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from posanalytics import figures
from posanalytics.reports.assets import script_text

pytestmark = pytest.mark.browser

PAGES = ["dynamics-2025-26-q2", "data-quality-2025-26-q2", "class-profile-5a-2025-26-q2"]
# Every word outside the bars: where it stands in its chart, in CSS pixels.
WORDS = """() => [...document.querySelectorAll('.plot[data-drawn]')].map(plot => {
    const frame = plot.querySelector('.main-svg').getBoundingClientRect();
    const marked = '.annotation-text, .xtick text, .ytick text, .g-xtitle text, .textpoint text';
    return {width: frame.width, words: [...plot.querySelectorAll(marked)].map(word => {
        const box = word.getBoundingClientRect();
        return [word.textContent, box.left - frame.left, box.right - frame.left,
                box.top - frame.top, box.bottom - frame.top];
    }).filter(word => word[0].trim())};
})"""
# Rounding of glyphs; boxes of lines are a little higher than their letters.
SLACK, LINE = 1.5, 4


def cut(chart):
    """Return the words that reach beyond the chart."""
    return [
        text
        for text, left, right, _, _ in chart["words"]
        if left < -SLACK or right > chart["width"] + SLACK
    ]


def collided(chart):
    """Return pairs of words that stand on one another."""
    words = sorted(chart["words"], key=lambda word: word[1])
    return [
        (one[0], other[0])
        for place, one in enumerate(words)
        for other in words[place + 1 :]
        if min(one[2], other[2]) - max(one[1], other[1]) > SLACK
        and min(one[4], other[4]) - max(one[3], other[3]) > LINE
    ]


@pytest.mark.parametrize("width", [360, 768, 1280, 1600])
@pytest.mark.parametrize("name", PAGES)
def test_no_word_of_a_chart_is_cut_or_written_over_another(opened, school, name, width):
    page = opened(school / f"{name}.html", viewport={"width": width, "height": 900}).drawn().page
    charts = page.evaluate(WORDS)
    assert [cut(chart) for chart in charts] == [[]] * len(charts)
    assert [collided(chart) for chart in charts] == [[]] * len(charts)
    assert sum(len(chart["words"]) for chart in charts) > 20


# --- names longer than the demo school has ---------------------------------------------------

GROUPS = {
    "innovative": "5А, 5Б, 6А, 6В, 7А и 7Б",
    "control": "контрольные 5В, 5Г, 6Б, 6Г, 7В, 7Г, 8А и 8Б",
}
SUBJECTS = [
    "Основы духовно-нравственной культуры народов России", "Иностранный язык (английский)",
    "Основы безопасности и защиты Родины", "Физическая культура", "Вероятность и статистика",
]  # fmt: skip
TERMS = [f"{year}-Q{quarter}" for year in ("2024-25", "2025-26") for quarter in (1, 2, 3, 4)]


def means(*subjects):
    return pd.DataFrame(
        {"group": group, "role": group, "subject": subject, "term": term, "pupils": 1209,
         "mean": 3.9 + 0.02 * when, "conf_low": 3.8, "conf_high": 4.2}
        for subject in subjects or [""] for group in GROUPS for when, term in enumerate(TERMS)
    )  # fmt: skip


def results(**first):
    rows = [
        {"outcome": name, "estimate": -0.1, "conf_low": -0.4, "conf_high": 0.2, "verdict": "D",
         "minimum_detectable": 0.3, "pupils": 1209, "classes_innovative": 12,
         "classes_control": 13, "scale": "5"}
        for name in ["Все предметы вместе (13)", *SUBJECTS]
    ]  # fmt: skip
    return pd.DataFrame(rows).assign(**first)


def choices():
    kinds = ["primary", *["subject"] * len(SUBJECTS)]
    return results(kind=kinds, choice=["two_step", *SUBJECTS])


def moves():
    marks = (2, 3, 4, 5)
    return pd.DataFrame(
        {"group": group, "before_mark": before, "after_mark": after, "pupils": 1111}
        for group in GROUPS for before in marks for after in marks
    )  # fmt: skip


LONG = {
    "baseline": lambda: figures.baseline_figure(
        means().query("term == '2024-25-Q1'"), g=-0.6, names=GROUPS
    ),
    "choices": lambda: figures.choices_figure(choices()),
    "difference": lambda: figures.difference_figure(results()),
    "dynamics": lambda: figures.dynamics_figure(means(), start="2025-26-Q1", names=GROUPS),
    "subjects": lambda: figures.subjects_figure(means(*SUBJECTS), names=GROUPS),
    "transition": lambda: figures.transition_figure(moves(), names=GROUPS),
}


@pytest.mark.parametrize("width", [600, 680])
@pytest.mark.parametrize("name", LONG)
def test_long_names_are_neither_cut_nor_written_over_another(opened, tmp_path, name, width):
    # 600 px is the narrowest that style.css draws a chart, 680 the width of its column.
    file = tmp_path / "page.html"
    body = LONG[name]().to_html(full_html=False, config={"displayModeBar": False})
    plot = f'<div class="plot" data-drawn="yes" style="width:{width}px">{body}</div>'
    file.write_text(f'<meta charset="utf-8"><body style="margin:0">{plot}', encoding="utf-8")
    page = opened(file, viewport={"width": width, "height": 900}).page
    page.locator(".annotation-text").first.wait_for()
    [chart] = page.evaluate(WORDS)
    assert (cut(chart), collided(chart)) == ([], [])
    assert len(chart["words"]) > 5


# --- on a phone: the same chart laid out again --------------------------------------------------

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 720}
# Frames of charts that can be scrolled sideways.
SCROLLED = """() => [...document.querySelectorAll('.frame')]
    .filter(frame => frame.scrollWidth > frame.clientWidth).map(frame => frame.scrollWidth)"""
# The values that each trace draws, in the order of the traces.
DRAWN = """() => [...document.querySelectorAll('.plot[data-drawn]')].map(plot =>
    plot.data.map(trace => [trace.x, trace.orientation === 'h' ? trace.text : trace.hovertext]))"""


def letters(charts):
    """Return the letters of each chart, whatever line they stand in."""
    return [
        sorted(re.findall(r"[^\W\d]", "".join(word[0] for word in chart["words"])))
        for chart in charts
    ]


@pytest.mark.parametrize("name", PAGES)
def test_no_chart_scrolls_sideways_on_a_phone(opened, school, name):
    page = opened(school / f"{name}.html", viewport=PHONE).drawn().page
    assert page.locator(".plot.narrow").count() > 1
    assert page.evaluate(SCROLLED) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_chart_draws_the_values_of_the_wide_one(opened, school, name):
    charts = [
        opened(school / f"{name}.html", viewport=size).drawn().page.evaluate(DRAWN)
        for size in (PHONE, DESK)
    ]
    assert charts[0] == charts[1]
    assert sum(map(len, charts[0])) > 4


@pytest.mark.parametrize("name", PAGES)
def test_a_narrow_chart_says_every_word_of_the_wide_one(opened, school, name):
    charts = [
        opened(school / f"{name}.html", viewport=size).drawn().page.evaluate(WORDS)
        for size in (PHONE, DESK)
    ]
    # digits are left out: numbers under an axis may be thinned for want of room
    assert letters(charts[0]) == letters(charts[1])


def test_a_phone_that_is_turned_gets_the_wide_chart_and_back(opened, school):
    page = opened(school / f"{PAGES[0]}.html", viewport=PHONE).drawn().page
    narrow = page.evaluate(WORDS)
    page.set_viewport_size({"width": 844, "height": 390})
    page.wait_for_function("document.querySelectorAll('.plot.narrow').length === 0")
    page.set_viewport_size(PHONE)
    page.wait_for_function("document.querySelectorAll('.plot.narrow').length > 1")
    page.wait_for_function("document.querySelector('.main-svg').clientWidth < 600")
    assert letters(page.evaluate(WORDS)) == letters(narrow)


@pytest.mark.parametrize("name", LONG)
def test_long_names_are_whole_and_apart_on_a_phone(opened, tmp_path, name):
    figure = LONG[name]()
    file = tmp_path / "page.html"
    library = figure.to_html(full_html=False, config={"displayModeBar": False})
    source = json.dumps(json.loads(figure.to_json())).replace("<", "\\u003c")
    file.write_text(
        f'<meta charset="utf-8"><body style="margin:0">{library}'
        f'<div class="plot" data-drawn="yes" id="narrow" style="width:358px"></div>'
        f"<script>{script_text('narrow.js')}\nconst figure = {source};"
        "posNarrow(figure, 358); Plotly.newPlot('narrow', figure.data, figure.layout);</script>",
        encoding="utf-8",
    )
    page = opened(file, viewport=PHONE).page
    page.locator("#narrow .annotation-text").first.wait_for(state="attached")
    [chart] = page.evaluate(WORDS)
    assert (cut(chart), collided(chart)) == ([], [])
    assert len(chart["words"]) > 5
