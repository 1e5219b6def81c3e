"""Single marks behind a mean: how many there are, and how far they scatter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_KEYS = ["pupil", "class_label", "subject"]
_CELL = ["pupil", "subject", "term"]


def mark_variance(cells: pd.DataFrame) -> float:
    """Return the variance of single marks of one pupil in one subject and term, pooled.

    σ² = Σ(Σx² − (Σx)²/n)/Σ(n − 1) over the cells (`n`, `sum_marks` in hundredths, `sum_squares` in
    ten-thousandths) of two marks or more; NaN where there is none.

    >>> import pandas as pd
    >>> mark_variance(pd.DataFrame({"n": [2], "sum_marks": [800], "sum_squares": [340_000]}))
    2.0
    """
    rows = cells[cells["n"] > 1].sort_values(["n", "sum_marks", "sum_squares"])
    squares = rows["sum_squares"] - rows["sum_marks"] ** 2 / rows["n"]
    df = int((rows["n"] - 1).sum())
    return math.fsum(squares) / 10_000 / df if df else math.nan


def with_marks(gains: pd.DataFrame, values: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """Return gains with the number of marks behind their two means, and what it is worth.

    `values` has a row per pupil, subject and term of each `phase` (`panel.term_values`), `cells`
    the number `n` of single marks. `marks` and `marks_before` count them; a mean of T term means
    has the chance σ²·Σ(1/n_t)/T², so `worth` and `worth_before` are T²/Σ(1/n_t): that many marks
    of one term would be as certain. Means with a term of unknown marks are left out.

    >>> import pandas as pd
    >>> values = pd.DataFrame({"phase": ["before", "after", "after"], "term": ["T1", "T2", "T3"]})
    >>> own = {"pupil": "p", "class_label": "7А", "subject": "Физика"}
    >>> cells = pd.DataFrame({"term": ["T1", "T2", "T3"], "n": [4, 1, 9], **own})
    >>> found = with_marks(pd.DataFrame(own, index=[0]), values.assign(**own), cells)
    >>> found["marks"].item(), round(found["worth"].item(), 1)  # 10 marks, 2²/(1 + 1/9) = 3.6
    (10, 3.6)
    """
    counts = cells.groupby(_CELL, as_index=False)["n"].sum()
    counts = values.merge(counts, on=_CELL, how="left", validate="many_to_one")
    counts = counts.assign(n=counts["n"].where(counts["n"] > 0))
    counts = counts.assign(inverse=1 / counts["n"]).sort_values([*_KEYS, "term"])
    rows = gains
    for phase, ending in (("before", "_before"), ("after", "")):
        own = counts[counts["phase"] == phase].groupby(_KEYS, as_index=False)
        found = own.agg(
            terms=("n", "size"),
            known=("n", "count"),
            marks=("n", "sum"),
            inverse=("inverse", "sum"),
        )
        found = found[found["known"] == found["terms"]]
        told = found[_KEYS].assign(
            **{
                f"marks{ending}": found["marks"].astype("int64"),
                f"worth{ending}": found["terms"] ** 2 / found["inverse"],
            }
        )
        rows = rows.merge(told, on=_KEYS, how="inner", validate="many_to_one")
    return rows
