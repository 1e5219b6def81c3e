"""Gaps, the lower tail and parallels meet lm; tests/reference/own/gaps.R made the numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import pandas as pd
import pytest

from posanalytics.evaluation.gaps import by_parallel, gap_closing, lower_tail

OWN = Path(__file__).parent / "own"
with (OWN / "gaps_numbers.csv").open(encoding="utf-8") as file:
    EXPECTED = {row["quantity"]: float(row["expected"]) for row in csv.DictReader(file)}


def differences():
    rows = pd.read_csv(OWN / "gaps.csv")
    # a third of twelve is four: R leaves no class out
    gap, parallels = gap_closing(rows, fewest=1), by_parallel(rows)
    before, after, later = (
        rows.assign(phase=phase, mark=rows[term], pupil=rows.index)
        for term, phase in (("before", "before"), ("after", "after"), ("later", "after"))
    )
    tail, terms = (
        lower_tail(pd.concat([before, after])),
        lower_tail(pd.concat([before, after, later])),
    )
    named = {"gap": gap.difference, "tail": tail.difference, "heterogeneity": parallels}
    named["tail_terms"] = terms.difference
    named |= {f"parallel_{own.year_group}": own.difference for own in parallels.parallels}
    tests = {"gap": gap.permutation, "tail": tail.permutation, "tail_terms": terms.permutation}
    return named, tests


DIFFERENCES, TESTS = differences()


@pytest.mark.parametrize("quantity", sorted(EXPECTED))
def test_the_number_meets_r(quantity):
    name, what = quantity.split(".")
    found = TESTS[name].p_value if what == "permutation" else getattr(DIFFERENCES[name], what)
    assert found == pytest.approx(EXPECTED[quantity], rel=1e-9)
