"""Words on the charts of the demo school: whole and apart on every screen."""

from __future__ import annotations

import pytest

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
