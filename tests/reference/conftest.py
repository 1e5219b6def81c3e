"""The reference folder, and a check of a number against its row of checks.csv."""

from __future__ import annotations

import pandas as pd
import pytest


@pytest.fixture
def reference(shared):
    """Return the folder of reference data sets."""
    return shared / "reference"


@pytest.fixture
def expected(reference):
    """Return a check: whether a number meets the row with this id, to the tolerance it names."""
    rows = pd.read_csv(reference / "checks.csv").set_index("id")

    def check(row, found):
        line = {name: float(rows.loc[row, name]) for name in ("expected", "tol_rel", "tol_abs")}
        allowed = {"rel": line["tol_rel"], "abs": line["tol_abs"]}
        given = {name: value for name, value in allowed.items() if value > 0}
        return found == pytest.approx(line["expected"], **given)

    return check
