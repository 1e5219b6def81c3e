"""Labels that people type, and periods."""

from __future__ import annotations

import datetime as dt
import unicodedata

import pytest

from posanalytics import labels, periods, scales


@pytest.mark.parametrize(
    "typed", ["7Б", "7б", "7 Б", "7-Б", "7«Б»", '7 "Б"', "7B", "7 «б» класс", "7\u00a0б"]
)
def test_a_class_has_one_form_however_it_is_typed(typed):
    assert labels.class_label(typed) == "7Б"


@pytest.mark.parametrize("typed", ["Алгебра", "12А", "0Б", "", "77", "7БВГ"])
def test_what_is_not_a_class_is_not_made_one(typed):
    assert labels.class_label(typed) is None


def test_latin_letters_that_look_cyrillic_are_the_same_class():
    assert labels.class_label("5A") == labels.class_label("5А") == "5А"


def test_names_are_equal_across_yo_case_spaces_and_unicode_form():
    plain = labels.pupil_words("Ёлкин Пётр")
    assert labels.pupil_words("ЕЛКИН\u00a0\u00a0ПЕТР") == plain
    assert labels.pupil_words(unicodedata.normalize("NFD", "Ёлкин Пётр")) == plain
    assert labels.pupil_words("Ёлкин Пётр (выбыл 12.10)") == plain
    assert labels.pupil_words("Ёлкин Пётр ТБ ПР") == plain


@pytest.mark.parametrize(
    ("caption", "suffix"),
    [
        ("1 четверть", "Q1"), ("III четверть", "Q3"), ("Первая четверть", "Q1"),
        ("4 чт", "Q4"), ("2 триместр", "T2"), ("Первое полугодие", "H1"), ("II полугодие", "H2"),
        ("Год. оценка", "Y"), ("Годовая оценка", "Y"), ("Экз. оценка", "E"),
        ("Итоговая оценка", "F"), ("3 модуль", "M3"), ("Алгебра", None), ("5 четверть", None),
    ],
)  # fmt: skip
def test_captions_of_periods_are_understood(caption, suffix):
    assert periods.period_suffix(caption) == suffix


def test_the_school_year_turns_over_in_august():
    assert periods.school_year_of(dt.date(2025, 9, 1)) == "2025-26"
    assert periods.school_year_of(dt.date(2026, 5, 31)) == "2025-26"


def test_terms_sort_in_time_and_the_year_mark_comes_last():
    terms = ["2025-26-Y", "2025-26-Q2", "2024-25-Q4", "2025-26-Q1"]
    assert sorted(terms, key=periods.term_order) == [
        "2024-25-Q4", "2025-26-Q1", "2025-26-Q2", "2025-26-Y",
    ]  # fmt: skip


def test_bands_of_longer_scales_follow_the_published_rule():
    # Сетевой город, help page: on ten points «отл» 10, 9; «хор» 8, 7; «уд» 6, 5.
    assert [scales.band(mark, "10") for mark in (10, 9, 8, 7, 6, 5, 4)] == [5, 5, 4, 4, 3, 3, 2]
