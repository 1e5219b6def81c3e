"""Innovative classes that begin in different terms: compared only with classes not begun yet."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scipy.special import stdtrit

from posanalytics.evaluation.effect_size import one_row
from posanalytics.evaluation.history import class_means
from posanalytics.evaluation.inference import SIGNIFICANT, inverted
from posanalytics.evaluation.power import noncentrality
from posanalytics.evaluation.staggered import (
    NotComparable,
    PanelNames,
    Staggered,
    StartDraws,
    staggered,
    start_draws,
)
from posanalytics.periods import term_order

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from posanalytics.evaluation.design import Design

NUMBERS = (
    "estimate", "standard_error", "df", "conf_low", "conf_high", "p_value", "smallest_p",
    "minimum_detectable",
)  # fmt: skip
# Ways to hand the starts out that are all listed; a sample above.
_MOST_ORDERS = 5_000
_DRAWS = 4_999


@dataclass(frozen=True)
class LateStarts:
    """The effect over all terms after a start, with the permutation of starts as its test."""

    estimate: float
    standard_error: float
    df: float
    conf_low: float
    conf_high: float
    p_value: float
    smallest_p: float
    minimum_detectable: float
    by_term: Staggered

    method = "staggered"

    def tidy(self) -> pd.DataFrame:
        """Return the effect as a table of one row; `by_term` has a table of its own."""
        return one_row(self, (*NUMBERS, "method"))


def late_starts(
    history: pd.DataFrame | None, weights: Mapping[str, float], design: Design
) -> LateStarts | None:
    """Return the comparison of classes that begin in different terms; None where it cannot be made.

    Class means term by term, ATT(g, t) against classes that have not begun (`staggered`), p from
    every way to hand the starts out, the interval all effects that this test does not reject, and
    the minimum detectable difference half that interval times λ/t.975 (`power.noncentrality`). None
    with marks missing, nobody to compare with, or a smallest p of .05 or more: no effect could be
    seen.

    >>> import pandas as pd
    >>> from posanalytics.evaluation.design import Design
    >>> from posanalytics.panel import Periods
    >>> terms = ("2025-26-Q1", "2025-26-Q2", "2025-26-Q3")
    >>> labels = ("5А", "5Б", "6А", "6Б", "6В", "6Г", "6Д")
    >>> design = Design(innovative=labels[:2], control=labels[2:], school_year="2025-26",
    ...     periods=Periods(terms[:1], terms[1:]), starts=(("5Б", terms[2]),))
    >>> means = [3.0, 3.6, 3.9, 3.0, 3.0, 3.4] + [3.0] * 15
    >>> rows = pd.DataFrame({"class_label": [name for name in labels for _ in terms],
    ...     "term": terms * 7, "subject": "Физика", "mean": means})
    >>> found = late_starts(rows, {"Физика": 1.0}, design)
    >>> round(found.estimate, 6), round(1 / found.p_value)  # (.6 + .9 + .4)/3; 1 of 7·6 ways
    (0.633333, 42)
    """
    if history is None or not weights:
        return None
    wide = class_means(history, weights, design, (*design.periods.before, *design.periods.after))
    terms = tuple(wide.columns)
    if not set(design.periods.after) & set(terms):
        return None
    table = wide.reset_index().melt(id_vars="class_label", var_name="term", value_name="mean")
    table["start"] = table["class_label"].map(_starts(design, terms))
    try:
        found = staggered(table, _names(terms))
    except NotComparable:
        return None
    drawn = _draws(table, terms)
    return _result(found, drawn) if drawn.smallest_p < SIGNIFICANT else None


def smallest_p_of_starts(design: Design) -> float:
    """Return the smallest p that the permutation of starts can give, known before any result.

    >>> from posanalytics.evaluation.design import Design
    >>> from posanalytics.panel import Periods
    >>> design = Design(innovative=("5А", "5Б"), control=("6А", "6Б", "6В"), school_year="2025-26",
    ...     periods=Periods(("2025-26-Q1",), ("2025-26-Q2", "2025-26-Q3")),
    ...     starts=(("5Б", "2025-26-Q3"),))
    >>> smallest_p_of_starts(design)  # two different starts among five classes: 1 of 5·4
    0.05
    """
    import pandas as pd

    terms = (*design.periods.before, *design.periods.after)
    starts = _starts(design, terms)
    rows = [
        (label, term, 0.0, starts.get(label))
        for label in (*design.innovative, *design.control)
        for term in terms
    ]
    table = pd.DataFrame(rows, columns=["class_label", "term", "mean", "start"])
    if not design.periods.before or not set(starts.values()) & set(design.periods.after):
        return math.nan
    return _draws(table, terms).smallest_p


def _starts(design: Design, terms: tuple[str, ...]) -> dict[str, str]:
    """Return the first compared term with the programme of every innovative class."""
    late = dict(design.starts)
    after = [term for term in design.periods.after if term in terms]
    begins = {label: late.get(label, design.periods.after[0]) for label in design.innovative}
    firsts = {
        label: next((term for term in after if term_order(term) >= term_order(begin)), "")
        for label, begin in begins.items()
    }
    return {label: term for label, term in firsts.items() if term}


def _draws(table: pd.DataFrame, terms: tuple[str, ...]) -> StartDraws:
    return start_draws(table, _names(terms), most=_MOST_ORDERS, draws=_DRAWS)


def _names(terms: tuple[str, ...]) -> PanelNames:
    return PanelNames(outcome="mean", unit="class_label", term="term", start="start", terms=terms)


def _result(found: Staggered, drawn: StartDraws) -> LateStarts:
    low, high = inverted(drawn.values, drawn.slopes, drawn.observed, SIGNIFICANT, exact=drawn.exact)
    df = found.overall.df
    reach = noncentrality(df) / float(stdtrit(df, 1 - SIGNIFICANT / 2)) if df >= 1 else math.nan
    return LateStarts(
        drawn.observed,
        found.overall.standard_error,
        df,
        low,
        high,
        drawn.p_value,
        drawn.smallest_p,
        (high - low) / 2 * reach,
        found,
    )
