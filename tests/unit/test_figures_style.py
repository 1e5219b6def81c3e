"""The canvas, the placing of labels and what stands beside a plot."""

from __future__ import annotations

import itertools
import json
import re
from pathlib import Path

import plotly.io as pio
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import posanalytics
from posanalytics.figures import style

PACKAGE = Path(posanalytics.__file__).parent
SHEET = (PACKAGE / "reports" / "templates" / "style.css").read_text("utf-8")
heights = st.lists(st.floats(-1000, 1000), min_size=1, max_size=12)


@given(heights, st.floats(0.1, 50))
def test_spread_places_are_at_least_the_gap_apart(wanted, gap):
    places = sorted(style.spread(wanted, gap=gap))
    assert all(b - a >= gap - 1e-6 for a, b in itertools.pairwise(places))


@given(heights, st.floats(0.1, 50))
def test_spread_keeps_the_order_of_the_wanted_places(wanted, gap):
    places = style.spread(wanted, gap=gap)
    assert all(
        places[i] < places[j]
        for i in range(len(wanted))
        for j in range(len(wanted))
        if wanted[i] < wanted[j]
    )


def test_spread_leaves_places_alone_that_are_far_enough_apart():
    assert style.spread([10.0, 0.0, 5.0], gap=5.0) == [10.0, 0.0, 5.0]


def test_spread_moves_two_equal_places_by_half_the_gap_each():
    assert style.spread([7.0, 7.0], gap=4.0) == [7.0 - 4.0 / 2, 7.0 + 4.0 / 2]


def test_spread_shrinks_the_gap_where_the_room_is_too_small():
    # Three labels in a room of 10: the gap of 20 can be no more than 10 / 2.
    assert style.spread([5.0, 5.0, 5.0], gap=20.0, low=0.0, high=10.0) == [0.0, 5.0, 10.0]


def test_spread_of_nothing_is_nothing():
    assert style.spread([], gap=1.0) == []


@pytest.mark.parametrize(("span", "step"), [(1.0, 0.2), (0.5, 0.1), (2.5, 0.5), (10.0, 2.0)])
def test_a_step_is_one_two_or_five_times_a_power_of_ten(span, step):
    # span / 5 is in each case already round.
    assert style.nice_step(span) == step


def test_rounding_keeps_gaps_as_none():
    assert style.rounded([1 / 3, float("nan"), None, float("inf")], 2) == [0.33, None, None, None]


def test_wrapped_lines_keep_every_word():
    text = "Основы духовно-нравственной культуры народов России"
    assert style.wrapped(text, width=140).replace("<br>", " ") == text


def test_an_empty_figure_says_that_there_are_no_data():
    figure = style.empty_figure("dynamics")
    assert "нет данных" in figure.layout.annotations[0].text
    assert figure.layout.meta["alt"].startswith("Нет данных")


def test_the_share_button_of_plotly_is_off_as_soon_as_figures_are_imported():
    assert pio.renderers["plotly_mimetype"].config["showSendToCloud"] is False


def test_numbers_on_figures_are_written_with_a_comma_and_a_hard_space():
    assert style.TEMPLATE.layout.separators == ",\u00a0"


def test_the_template_is_lighter_than_the_one_of_plotly():
    ours = len(json.dumps(style.TEMPLATE.to_plotly_json()))
    theirs = len(json.dumps(pio.templates["plotly"].to_plotly_json()))
    assert ours * 3 < theirs


def _rgb(colour: str) -> str:
    return "rgb({}, {}, {})".format(*(int(colour[i : i + 2], 16) for i in (1, 3, 5)))


@pytest.mark.parametrize("name", ["INK", "MUTED", "RULE", "INNOVATIVE", "CONTROL", "FALL"])
def test_the_dark_sheet_knows_every_colour_of_lines_and_words(name):
    assert f"fill: {_rgb(getattr(style, name))}" in SHEET


@pytest.mark.parametrize("colour", [sign.colour for sign in style.CLASS_SIGNS])
def test_the_dark_sheet_knows_every_colour_of_classes(colour):
    assert f"stroke: {_rgb(colour)}" in SHEET
    assert f"fill:{colour}" in SHEET


@pytest.mark.parametrize("colour", style.MARK_COLOURS.values())
def test_the_dark_sheet_leaves_the_bars_of_marks_alone(colour):
    assert _rgb(colour) not in SHEET
    assert colour not in SHEET


def test_the_sheet_has_no_address_and_no_font_from_elsewhere():
    assert not re.search(r"https?:|//\w|@import|@font-face|url\(", SHEET)


def test_the_chart_column_of_the_sheet_is_as_wide_as_the_figures_think():
    assert f"--chart: {style.CHART_WIDTH}px" in SHEET


def test_a_chart_fits_the_printable_width_of_a4():
    # A4 is 210 mm wide, margins are 14 mm each, a CSS pixel is 25.4 / 96 mm.
    assert style.CHART_WIDTH <= (210 - 2 * 14) / 25.4 * 96


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2, section 1.4.3."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(
    "colour",
    [style.INK, style.MUTED, style.INNOVATIVE, style.CONTROL, style.FALL]
    + [sign.colour for sign in style.CLASS_SIGNS],
)
def test_every_colour_that_writes_words_has_the_contrast_of_wcag_aa_for_large_text(colour):
    # Large text (from 14 pt bold) needs 3 : 1 on the paper of the page; WCAG 2.2, 1.4.3.
    light, dark = _luminance("#fcfcfa") + 0.05, _luminance(colour) + 0.05
    assert light / dark >= 4.0


def test_groups_differ_in_shape_and_dash_and_not_only_in_colour():
    signs = [style.SIGNS["innovative"], style.SIGNS["control"]]
    assert signs[0].symbol != signs[1].symbol
    assert signs[0].dash != signs[1].dash


@pytest.mark.parametrize("room", ["figures", "blocks"])
def test_every_sentence_stands_in_both_languages_with_the_same_slots(room):
    sentences = yaml.safe_load((PACKAGE / "wording" / f"{room}.yml").read_text("utf-8"))
    for key, said in sentences.items():
        slots = [set(re.findall(r"{(\w+)}", said[lang])) for lang in ("ru", "en")]
        assert slots[0] == slots[1], key


@pytest.mark.parametrize("room", ["figures", "blocks"])
def test_russian_sentences_have_hard_spaces_before_percent_and_no_straight_quotes(room):
    sentences = yaml.safe_load((PACKAGE / "wording" / f"{room}.yml").read_text("utf-8"))
    for key, said in sentences.items():
        assert not re.search(r'\d %|"|--|—', said["ru"]), key


@pytest.mark.parametrize("room", ["figures", "blocks"])
def test_no_sentence_speaks_of_proof_or_of_p_values(room):
    text = (PACKAGE / "wording" / f"{room}.yml").read_text("utf-8").casefold()
    assert not re.search(r"доказан|p-value|статистически значим|программа работает", text)
