"""The cell grammar of FORMATS.md section 8: expected values are what a teacher wrote down."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posanalytics.gradebook.cells import Cell
from posanalytics.gradebook.tokens import tokens


def seen(cell, grid="current", scale="5"):
    return [(token.kind, token.value) for token in tokens(cell, grid=grid, scale=scale)]


@pytest.mark.parametrize(
    "text",
    ["5 4", "5\u00a04", "5·4", "5,4", "5;4", "5/4", "5\n4", "54", "5 / 4", "5, 4", "5\u200b 4"],
)
def test_two_marks_are_two_marks_with_any_separator(text):
    assert seen(text) == [("mark", 5), ("mark", 4)]


def test_marks_without_separator_are_taken_apart_only_in_a_five_point_journal():
    assert seen("54", grid="term") == [("unknown", None)]
    assert seen("54", scale="100") == [("mark", 54)]
    assert seen("57") == [("unknown", None)]


@pytest.mark.parametrize(("text", "value"), [("4-", 4), ("5+", 5), ("3−", 3), ("4–", 4)])
def test_a_sign_keeps_the_mark_and_stays_in_the_raw_text(text, value):
    token = tokens(text, grid="current")[0]
    assert (token.kind, token.value, token.raw) == ("mark", value, text)


@pytest.mark.parametrize("text", ["4✕2", "4×2", "4x2", "4х2", "4 ✕ 2", "4*2"])
def test_a_weight_is_read_with_any_cross(text):
    token = tokens(text, grid="current")[0]
    assert (token.value, token.weight) == (4, 2)


def test_a_weight_may_have_a_comma():
    assert tokens("5✕1,5", grid="current")[0].weight == 1.5


@pytest.mark.parametrize(
    "text", ["н", "Н", "H", "нб", "Н/Б", "б", "УП", "нп", "ОТ", "оп", "О", "П", "у"]
)
def test_absences_are_absences(text):
    assert seen(text) == [("absence", None)]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("осв", "exempt"), ("ОСВ.", "exempt"), ("освобождена", "exempt"), ("Осв", "exempt"),
        ("н/а", "not_assessed"), ("НА", "not_assessed"), ("Н/А", "not_assessed"),
        ("н / а", "not_assessed"), ("не аттестован", "not_assessed"), ("н.а.", "not_assessed"),
        ("зач", "pass"), ("ЗЧ", "pass"), ("зачёт", "pass"), ("Зачтено", "pass"),
        ("незач", "fail"), ("НЗ", "fail"), ("незачёт", "fail"), ("не зачтено", "fail"),
        (".", "debt"), ("•", "debt"), ("-", "none"), ("—", "none"), ("–", "none"),
    ],
)  # fmt: skip
def test_statuses_are_told_apart(text, kind):
    assert seen(text, grid="term") == [(kind, None)]


@pytest.mark.parametrize(
    ("text", "value"), [("4,33", 4.33), ("4.33", 4.33), ("3,5", 3.5), ("4,05", 4.05)]
)
def test_a_decimal_among_term_marks_is_a_mean(text, value):
    assert seen(text, grid="term") == [("mean", value)]


def test_a_typed_number_is_never_two_marks_because_of_its_point():
    assert seen(Cell("4.5", "number", 4.5)) == [("mean", 4.5)]


@pytest.mark.parametrize(
    "text", ["0", "6", "10", "01.09", "12.09", "5.7", "7,33", "5-4", "Иванов", "4 урока", "A 6/8"]
)
def test_what_is_no_mark_is_unknown_and_whole(text):
    assert seen(text, grid="term") == [("unknown", None)]


def test_a_stray_short_code_leaves_the_mark_beside_it():
    assert seen("5 ЪЪ") == [("mark", 5), ("unknown", None)]


def test_a_word_beside_a_mark_makes_the_whole_cell_doubtful():
    assert tokens("4 урока", grid="current")[0].raw == "4 урока"


@pytest.mark.parametrize("shown", ["d-mmm", "DD\\-mmm", "[$-419]d mmm;@", "d.m", "dd/mm"])
def test_a_day_and_month_of_mark_size_are_restored(shown):
    found = tokens(Cell("2026-04-05", "date", date(2026, 4, 5), shown), grid="current")
    assert [(t.value, t.raw, t.restored) for t in found] == [(5, "5-апр", True), (4, "5-апр", True)]


@pytest.mark.parametrize(
    ("day", "shown"),
    [(date(2026, 4, 5), "dd.mm.yyyy"), (date(2026, 9, 5), "d-mmm"), (date(2026, 4, 5), "")],
)
def test_any_other_date_is_unknown(day, shown):
    assert seen(Cell(day.isoformat(), "date", day, shown)) == [("unknown", None)]


def test_an_error_cell_is_unknown():
    assert seen(Cell("#DIV/0!", "error")) == [("unknown", None)]


def test_longer_scales_take_their_own_marks():
    assert seen("10", scale="10") == [("mark", 10)]
    assert seen("11", scale="10") == [("unknown", None)]
    assert seen("87", scale="100") == [("mark", 87)]


@pytest.mark.parametrize(
    "text",
    ["\u200b5\u200d", "\ufeff5", "5\u00ad", "\u200e5\u200f", "\u20605", "\u202a5\u202c"],
)
def test_characters_without_width_do_not_count(text):
    assert seen(text) == [("mark", 5)]


@pytest.mark.parametrize(
    "text", ["\uff15", "\u0665", "4\u00b2", "\u2464", "\u06f4", "5 \uff14", "\u2163"]
)
@pytest.mark.parametrize("grid", ["current", "term"])
def test_digits_of_other_scripts_are_unknown_and_whole(text, grid):
    (token,) = tokens(text, grid=grid)
    assert (token.kind, token.raw) == ("unknown", text)


@pytest.mark.parametrize("text", ["A 6/8", "А 4/5", "B3/4", "С 5/5", "D 2/4"])
def test_points_for_a_criterion_are_no_marks(text):
    assert seen(text) == [("unknown", None)]


@pytest.mark.parametrize("text", ["A", "C", "F", "E", "В"])
def test_letter_marks_are_unknown(text):
    assert [token.kind for token in tokens(text, grid="term")] == ["unknown"]


def test_a_double_mark_is_two_marks_that_remember_each_other():
    assert [(t.value, t.raw) for t in tokens("5/4", grid="current")] == [(5, "5/4"), (4, "5/4")]


@pytest.mark.parametrize("text", ["5 / 4", "5/4/3", "54", "5·4", "5-/4", "5/4✕2"])
def test_marks_beside_each_other_are_no_double_mark(text):
    assert not any(
        len(t.raw) == len("5/4") and t.raw[1] == "/" for t in tokens(text, grid="current")
    )


def test_an_absence_before_a_double_mark_stays_an_absence():
    assert seen("Н 5/4") == [("absence", None), ("mark", 5), ("mark", 4)]


def test_a_weight_of_nothing_is_a_mark_that_does_not_count():
    (token,) = tokens("4✕0", grid="current")
    assert (token.kind, token.value, token.weight) == ("mark", 4, 0)


@pytest.mark.parametrize("sign", [".", "•", "●"])
def test_a_point_is_a_debt_alone_and_beside_a_mark(sign):
    assert seen(sign) == [("debt", None)]
    assert seen(f"4 {sign}") == [("mark", 4), ("debt", None)]


@pytest.mark.parametrize(
    "text",
    [
        "Н",
        "НБ",
        "Н/Б",
        "Б",
        "УП",
        "НП",
        "ОТ",
        "ОП",
        "О",
        "У",
        "П",
        "н",
        "нб",
        "б",
        "уп",
        "нп",
        "от",
    ],
)
def test_absences_of_every_system_are_read_beside_a_mark(text):
    assert seen(f"5\u00b7{text}") == [("mark", 5), ("absence", None)]


@pytest.mark.parametrize(
    ("text", "value"), [("0", 0), ("54", 54), ("100", 100), ("72,5", 72.5)]
)  # fmt: skip
def test_a_scale_of_a_hundred_keeps_its_numbers_whole(text, value):
    assert [token.value for token in tokens(text, grid="current", scale="100")] == [value]


PIECES = st.sampled_from(
    [
        ("5", "mark"),
        ("4-", "mark"),
        ("3✕2", "mark"),
        ("2+", "mark"),
        ("УП", "absence"),
        ("н", "absence"),
        ("осв", "exempt"),
        ("н/а", "not_assessed"),
        ("зач", "pass"),
    ]
)


@given(
    st.lists(PIECES, min_size=1, max_size=6),
    st.sampled_from([" ", "\u00a0", "·", "; ", "\n", ", ", " / "]),
)
def test_whatever_is_written_comes_back_in_order(pieces, separator):
    found = tokens(separator.join(text for text, _ in pieces), grid="current")
    assert [(token.raw, token.kind) for token in found] == pieces


@given(st.text(max_size=20), st.sampled_from(["current", "term"]))
def test_no_text_that_holds_something_comes_back_as_nothing(text, grid):
    found = tokens(text, grid=grid)
    kept = "".join(token.raw for token in found)
    held = [letter for letter in text if letter.isalnum()]
    assert bool(held) <= bool(kept)


@given(st.text(max_size=30), st.sampled_from(["current", "term"]))
def test_a_mark_of_five_points_is_always_from_one_to_five(text, grid):
    found = tokens(text, grid=grid)
    assert all(1 <= token.value <= 5 for token in found if token.value is not None)
