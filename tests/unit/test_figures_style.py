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
TWINS = set(
    re.findall(
        r'"(#[0-9a-f]{6})": "', (PACKAGE / "reports" / "templates" / "dark.js").read_text("utf-8")
    )
)
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


NAMED = ["INK", "MUTED", "RULE", "INNOVATIVE", "CONTROL", "ARCHIVE", "FALL", "RISE", "PAPER"]


@pytest.mark.parametrize("name", NAMED)
def test_every_colour_of_lines_and_words_has_a_twin_for_the_dark(name):
    assert getattr(style, name) in TWINS


@pytest.mark.parametrize("colour", style.MARK_COLOURS.values())
def test_the_bars_of_marks_keep_their_colours_in_the_dark(colour):
    assert colour not in TWINS


def test_no_two_meanings_share_a_colour():
    named = [getattr(style, name) for name in NAMED] + list(style.MARK_COLOURS.values())
    assert len(set(named)) == len(named)


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
    [style.INK, style.MUTED, style.INNOVATIVE, style.CONTROL, style.FALL, style.RISE]
    + [sign.colour for sign in style.CLASS_SIGNS],
)
def test_every_colour_that_writes_words_has_the_contrast_of_wcag_aa_for_large_text(colour):
    # Large text (from 14 pt bold) needs 3 : 1 on the paper of the page; WCAG 2.2, 1.4.3.
    light, dark = _luminance("#fcfcfa") + 0.05, _luminance(colour) + 0.05
    assert light / dark >= 4.0


@pytest.mark.parametrize("colour", [style.MARK_COLOURS[5], style.INNOVATIVE, style.CONTROL])
@pytest.mark.parametrize("paper", ["#fcfcfa", "#14191c"])
def test_what_carries_meaning_stands_out_on_both_papers_or_has_a_twin(colour, paper):
    # Graphical objects need 3 : 1; WCAG 2.2, 1.4.11.
    light, dark = sorted((_luminance(colour) + 0.05, _luminance(paper) + 0.05), reverse=True)
    assert light / dark >= 3.0 or colour in TWINS


def _as_seen_by_deuteranopes(colour: str) -> tuple[float, ...]:
    """Machado, Oliveira and Fernandes 2009, severity 1.0, in linear RGB."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    matrix = [
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ]
    return tuple(sum(a * b for a, b in zip(row, linear, strict=True)) for row in matrix)


@pytest.mark.parametrize(
    ("one", "other"),
    [(style.INNOVATIVE, style.CONTROL), (style.RISE, style.FALL)],
)
def test_opposite_meanings_differ_for_those_who_confuse_red_and_green(one, other):
    apart = [
        abs(a - b)
        for a, b in zip(_as_seen_by_deuteranopes(one), _as_seen_by_deuteranopes(other), strict=True)
    ]
    assert max(apart) > 0.1


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
