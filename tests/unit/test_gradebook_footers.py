"""Totals recomputed: expected values are written out from the formulas of DOMAIN.md 1.1."""

from __future__ import annotations

import pytest

from posanalytics.gradebook.cells import Cell
from posanalytics.gradebook.footers import Column, compared, expected, is_share, means, printed

MARKS = Column([5, 4, 4, 3, 2], not_assessed=1, pupils=7)


def test_quality_may_be_divided_by_the_marked_by_those_and_not_assessed_or_by_all():
    assert sorted(expected("Качество знаний, %", MARKS)) == pytest.approx(
        [100 * 3 / 7, 100 * 3 / 6, 100 * 3 / 5]
    )


def test_success_counts_threes():
    assert 100 * 4 / 6 in expected("Успеваемость", MARKS)


def test_sou_weighs_as_simonov_with_seven_for_not_assessed():
    assert (100 + 64 + 64 + 36 + 16 + 7) / 6 in expected("СОУ, %", MARKS)


def test_the_mean_is_over_marks():
    assert expected("Средний балл", MARKS) == [(5 + 4 + 4 + 3 + 2) / 5]


@pytest.mark.parametrize(("caption", "count"), [("«4»", 2), ("На «5»", 1), ("Кол-во 2", 1)])
def test_counts_of_a_mark(caption, count):
    assert expected(caption, MARKS) == [count]


def test_an_unknown_total_is_not_guessed():
    assert expected("Хорошистов", MARKS) == []


@pytest.mark.parametrize(
    ("cell", "value", "step"),
    [
        (Cell("4,33"), 4.33, 0.01),
        (Cell("67%"), 67, 1),
        (Cell("67,3 %"), 67.3, 0.1),
        (Cell("0.6667", "number", 0.6667, "0%"), 66.67, 1),
        (Cell("4.333333", "number", 4.333333, "0.0"), 4.333333, 0.1),
        (Cell("4.333333", "number", 4.333333), 4.333333, 0.01),
        (Cell("4", "number", 4.0), 4, 1),
    ],
)
def test_a_printed_number_knows_its_rounding(cell, value, step):
    shown = printed(cell)
    assert (shown.value, shown.step) == pytest.approx((value, step))


def test_a_printed_number_agrees_with_what_rounds_to_it():
    assert printed(Cell("66,7")).agrees(200 / 3)
    assert not printed(Cell("66,7")).agrees(66.6)


def test_a_word_is_no_number():
    assert printed(Cell("хорошо")) is None


@pytest.mark.parametrize(
    ("caption", "share"), [("Качество", True), ("СОУ", True), ("Средний балл", False)]
)
def test_shares_are_known_by_their_caption(caption, share):
    assert is_share(caption) is share


def test_sou_is_known_with_and_without_those_not_assessed():
    computed = expected("Степень обученности", MARKS)
    assert any(value == pytest.approx((100 + 64 + 64 + 36 + 16) / 5) for value in computed)
    assert any(value == pytest.approx((100 + 64 + 64 + 36 + 16 + 7) / 7) for value in computed)


def test_sou_of_a_one_may_weigh_seven():
    computed = expected("СОУ", Column([5, 1], not_assessed=0, pupils=2))
    assert (100 + 16) / 2 in computed
    assert (100 + 7) / 2 in computed


def test_the_mean_of_weighted_marks_may_be_plain_or_weighted():
    column = Column([5, 2], not_assessed=0, pupils=1, weights=[3, 1])
    assert expected("Средний балл", column) == [(5 + 2) / 2, (5 * 3 + 2) / (3 + 1)]
    assert expected("Средневзвешенный балл", column) == [(5 * 3 + 2) / (3 + 1)]


def test_marks_that_do_not_count_stay_out_of_the_mean_but_may_stand_in_it():
    assert means([(5, 1), (2, 0)]) == [5, (5 + 2) / 2]
    assert means([(2, 0)]) == [2]


@pytest.mark.parametrize(
    ("caption", "number"),
    [
        ("Аттестовано", 5), ("Не аттестовано", 1), ("Кол-во н/а", 1), ("Успевают", 4),
        ("Не успевает", 1), ("Всего учащихся", 7), ("Количество отметок", 5),
    ],
)  # fmt: skip
def test_counts_of_pupils(caption, number):
    assert number in expected(caption, MARKS)


def test_a_number_of_a_number_is_a_count_and_a_share():
    shown = printed(Cell("3 из 5"))
    assert (shown.value, shown.of) == (3, 5)
    assert any(shown.as_percent().agrees(value) for value in expected("Качество знаний", MARKS))
    wrong = printed(Cell("4 из 5")).as_percent()
    assert not any(wrong.agrees(value) for value in expected("Качество знаний", MARKS))


def test_a_mismatch_names_both_numbers():
    assert compared(printed(Cell("4,67")), 4.5) == "4,67 ≠ 4,50"
