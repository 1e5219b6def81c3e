"""Single marks behind a mean: how many there are, and how far they scatter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from posanalytics.panel import Periods

_KEYS = ["pupil", "subject"]


def mark_variance(cells: pd.DataFrame) -> float:
    """Return the variance of single marks of one pupil in one subject and term, pooled.

    σ² = Σ(Σx² − (Σx)²/n)/Σ(n − 1) over the cells (`n`, `sum_marks` in hundredths, `sum_squares` in
    ten-thousandths); NaN where no cell has two marks.

    >>> import pandas as pd
    >>> mark_variance(pd.DataFrame({"n": [2], "sum_marks": [800], "sum_squares": [340_000]}))
    2.0
    """
    rows = cells.sort_values(["n", "sum_marks", "sum_squares"])
    squares = rows["sum_squares"] - rows["sum_marks"] ** 2 / rows["n"]
    df = int((rows["n"] - 1).sum())
    return math.fsum(squares) / 10_000 / df if df else math.nan


def with_marks(gains: pd.DataFrame, cells: pd.DataFrame, periods: Periods) -> pd.DataFrame:
    """Return gains with `marks` and `marks_before`: how many marks stand behind their two means.

    Rows without a mark behind either of them are left out.
    """
    rows = gains
    for name, terms in (("marks_before", periods.before), ("marks", periods.after)):
        counts = cells[cells["term"].isin(terms)].groupby(_KEYS, as_index=False)["n"].sum()
        rows = rows.merge(
            counts.rename(columns={"n": name}), on=_KEYS, how="inner", validate="many_to_one"
        )
    return rows[(rows["marks"] > 0) & (rows["marks_before"] > 0)].reset_index(drop=True)
