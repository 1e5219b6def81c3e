"""Pooling over schools meets metafor; tests/reference/own/pooling.R made the numbers."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest

from posanalytics.evaluation.pooling import Summary, TooFewSchools, pooled

SETS = {
    "apart": ((0.31, 0.12, -0.05, 0.44, 0.20, 0.02), (0.10, 0.08, 0.09, 0.15, 0.06, 0.11)),
    "alike": ((0.10, 0.12, 0.11, 0.09), (0.10, 0.08, 0.09, 0.15)),
    "three": ((0.30, -0.10, 0.20), (0.05, 0.06, 0.07)),
    "two": ((0.30, 0.10), (0.10, 0.12)),
    "far": ((-1, 1, 0, 0.1, 0, -0.1), (0.01, 0.01, 5, 5, 5, 5)),
}
with (Path(__file__).parent / "own" / "pooling.csv").open(encoding="utf-8") as file:
    ROWS = [(row["set"], row["quantity"], float(row["expected"])) for row in csv.DictReader(file)]


def schools(name):
    rows = zip(*SETS[name], strict=True)
    return [Summary(f"Школа {place}", *row) for place, row in enumerate(rows)]


@pytest.mark.parametrize(("name", "quantity", "expected"), ROWS)
def test_pooling_meets_metafor(name, quantity, expected):
    # metafor finds τ² by steps of Fisher scoring to 1e-12
    assert getattr(pooled(schools(name)), quantity) == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_the_pooled_effect_is_a_table_of_one_row():
    found = pooled(schools("three"))
    row = found.tidy().to_dict("records")[0]
    assert (row["estimate"], row["method"]) == (found.estimate, "random_effects")


def test_two_schools_have_no_prediction():
    found = pooled(schools("two"))
    assert math.isnan(found.prediction_low)
    assert found.few


def test_fewer_than_five_schools_are_few():
    assert pooled(schools("alike")).few
    assert not pooled(schools("apart")[:5]).few


def test_one_school_is_refused():
    with pytest.raises(TooFewSchools, match="1 schools"):
        pooled([Summary("Школа", 0.1, 0.1), Summary("Без разброса", 0.1, math.nan)])


def test_the_forest_has_a_row_for_each_school_and_one_for_all():
    found = pooled(schools("three"))
    forest = found.forest()
    assert list(forest["school"]) == ["Школа 0", "Школа 1", "Школа 2", ""]
    assert forest["weight"].iloc[:3].sum() == pytest.approx(1.0)
    # 0.30 ± 1.96 · 0.05
    assert forest.loc[0, "conf_low"] == pytest.approx(0.30 - 1.959964 * 0.05, abs=1e-6)


def test_the_order_of_schools_changes_nothing():
    assert pooled(schools("apart")) == pooled(schools("apart")[::-1])


def test_a_school_with_an_infinite_error_says_nothing():
    more = [*schools("alike"), Summary("Школа 9", 0.5, math.inf)]
    assert pooled(more) == pooled(schools("alike"))
