"""Mixes of control classes meet quadprog; tests/reference/own/synthetic.R made the numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from posanalytics.evaluation.synthetic import synthetic_control

OWN = Path(__file__).parent / "own"
with (OWN / "synthetic_marks.csv").open(encoding="utf-8") as file:
    TERMS = next(csv.reader(file))[1:]
    MARKS = {label: [float(mark) for mark in marks] for label, *marks in csv.reader(file)}
with (OWN / "synthetic.csv").open(encoding="utf-8") as file:
    ROWS = [(row["quantity"], float(row["expected"])) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def found():
    control = {label: marks for label, marks in MARKS.items() if label != "5A"}
    return synthetic_control(MARKS["5A"], control, terms=TERMS, before=7)


@pytest.mark.parametrize(("quantity", "expected"), ROWS)
def test_the_mix_of_classes_meets_quadprog(found, quantity, expected):
    name, _, label = quantity.partition(".")
    value = found.weights[label] if name == "weight" else getattr(found, name)
    # a weight of less than a millionth is nothing here
    assert value == pytest.approx(expected, abs=1e-9)
