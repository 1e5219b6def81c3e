"""Innovative classes that begin in different terms: compared only with classes not begun yet."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from scipy.special import stdtrit

from posanalytics.evaluation.archive import inverted
from posanalytics.evaluation.history import class_means
from posanalytics.evaluation.staggered import (
    NotComparable,
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

ALPHA = 0.05
# Ways to hand the starts out that are all listed; a sample above.
_MOST_ORDERS = 5_000
_DRAWS = 4_999


class LateStarts(NamedTuple):
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


def late_starts(
    history: pd.DataFrame | None, weights: Mapping[str, float], design: Design
) -> LateStarts | None:
    """Return the comparison of classes that begin in different terms; None where it cannot be made.

    Class means term by term, ATT(g, t) against classes that have not begun (`staggered`), p from
    every way to hand the starts out, the interval all effects that this test does not reject, and
    the minimum detectable difference half that interval times 1 + t.80/t.975. None with marks
    missing, nobody to compare with, or a smallest p of .05 or more: no effect could be seen.
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
        found = staggered(
            table, outcome="mean", unit="class_label", term="term", start="start", terms=terms
        )
    except NotComparable:
        return None
    drawn = _draws(table, terms)
    return _result(found, drawn) if drawn.smallest_p < ALPHA else None


def smallest_p_of_starts(design: Design) -> float:
    """Return the smallest p that the permutation of starts can give, known before any result."""
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
    return start_draws(
        table,
        outcome="mean",
        unit="class_label",
        term="term",
        start="start",
        terms=terms,
        most=_MOST_ORDERS,
        draws=_DRAWS,
    )


def _result(found: Staggered, drawn: StartDraws) -> LateStarts:
    low, high = inverted(drawn.values, drawn.slopes, drawn.observed, ALPHA, exact=drawn.exact)
    df = found.overall.df
    reach = 1 + float(stdtrit(df, 0.80) / stdtrit(df, 1 - ALPHA / 2)) if df >= 1 else math.nan
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
