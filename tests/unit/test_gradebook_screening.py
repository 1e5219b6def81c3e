"""Whose a mark is on one list: what cannot be told apart is left out and named."""

from __future__ import annotations

import pytest

from posanalytics.gradebook.cells import Cell, Sheet
from posanalytics.gradebook.findings import Findings
from posanalytics.gradebook.screening import without_namesakes


def told_apart(*names):
    sheet = Sheet("7А", [[Cell(name)] for name in names])
    findings = Findings("7А.xlsx")
    rows = [(name, row, name) for row, name in enumerate(names)]
    return without_namesakes(rows, 0, sheet, findings), findings.problems()


def test_namesakes_with_different_patronymics_are_told_apart():
    names = ("Ёлкин Пётр Примерович", "Ёлкин Пётр Образцович")
    assert told_apart(*names) == (list(names), [])


@pytest.mark.parametrize(
    "other",
    ["Елкин Петр", "Пётр Ёлкин", "Ёлкин Пётр Примерович", "ЁЛКИН\u00a0ПЁТР", "Eлкин Пётр"],
)
def test_two_rows_that_may_be_one_name_belong_to_nobody(other):
    kept, problems = told_apart("Ёлкин Пётр", other, "Примеров Иван")
    assert kept == ["Примеров Иван"]
    assert [(p.severity, p.cell) for p in problems] == [("error", "A1, A2")]
    assert "лкин" not in str(problems)


def test_numbers_in_brackets_tell_namesakes_apart():
    names = ("Ёлкин Пётр (1)", "Ёлкин Пётр (2)")
    assert told_apart(*names) == (list(names), [])
