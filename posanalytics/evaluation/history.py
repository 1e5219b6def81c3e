"""What the compared classes did before the start: known before any result, and able to stop it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from posanalytics.evaluation.effect_size import mean
from posanalytics.evaluation.event_study import FEWEST_TERMS_BEFORE, event_study
from posanalytics.evaluation.regression import NotEstimable
from posanalytics.periods import term_order

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from posanalytics.evaluation.design import Design

FEWEST_CLASSES = 3


@dataclass(frozen=True)
class PreTrend:
    """Whether the classes already changed differently before the start; NaN where untestable."""

    terms: tuple[str, ...] = ()
    statistic: float = math.nan
    p_value: float = math.nan
    testable: bool = False

    method = "pre_trend"

    def tidy(self) -> pd.DataFrame:
        """Return the test as a table of one row, `term` the first and the last of its terms."""
        import pandas as pd

        span = " … ".join(dict.fromkeys((*self.terms[:1], *self.terms[-1:])))
        columns = {"term": span, "statistic": self.statistic, "p_value": self.p_value}
        return pd.DataFrame(
            {**columns, "testable": self.testable, "method": self.method}, index=[0]
        )


def pre_trend(
    history: pd.DataFrame | None, weights: Mapping[str, float], design: Design
) -> PreTrend:
    """Return the joint test that innovative and control classes moved alike before the start.

    `history` comes from `panel.class_terms`. One value per class and earlier term, the weighted
    mean over subjects; only terms count in which every compared class has every subject. Needs
    three such terms and three classes; a test that finds nothing proves nothing (Roth 2022).

    Class means are taken as independent after class and term are taken out (F with
    (G − 2)(T − 1) degrees of freedom). Standard errors clustered by so few classes would refuse
    honest designs: simulated with 3 and 5 terms, 4,000 runs, CR1S rejects 12–66 % of 2 v 4 to
    3 v 3 classes (nominal 5 %), this F 4.5–5.3 %, and 5–7 % with shocks correlated .5 in time.

    >>> import pandas as pd
    >>> from posanalytics.evaluation.design import Design
    >>> from posanalytics.panel import Periods
    >>> terms = ("2025-26-Q1", "2025-26-Q2", "2025-26-Q3")
    >>> design = Design(innovative=("5А",), control=("5Б", "5В"), school_year="2025-26",
    ...     periods=Periods(terms[2:], ("2025-26-Q4",)))
    >>> rows = pd.DataFrame({"class_label": ["5А"] * 3 + ["5Б"] * 3 + ["5В"] * 3,
    ...     "subject": "Физика", "term": terms * 3,
    ...     "mean": [3.0, 3.0, 3.3, 3.0, 3.1, 3.0, 3.1, 3.0, 3.1]})
    >>> found = pre_trend(rows, {"Физика": 1.0}, design)
    >>> round(found.statistic, 6), round(found.p_value, 6)  # (.04/2)/(.04/6); F(2, 2): 1/(1 + F)
    (3.0, 0.25)
    """
    if history is None:
        return PreTrend()
    wide = _complete(history, weights, design)
    terms = tuple(wide.columns)
    if len(terms) < FEWEST_TERMS_BEFORE or len(wide) < FEWEST_CLASSES:
        return PreTrend(terms)
    table = wide.reset_index().melt(id_vars="class_label", var_name="term", value_name="mean")
    table["ours"] = table["class_label"].isin(design.innovative).astype("float64")
    try:
        study = event_study(
            table,
            outcome="mean",
            unit="class_label",
            term="term",
            innovative="ours",
            terms=terms,
            reference=terms[-1],
            covariance="iid",
        )
    except NotEstimable:
        return PreTrend(terms)
    found = study.pre_trend
    known = not math.isnan(found.p_value)
    return PreTrend(terms, found.statistic, found.p_value, testable=known)


def _complete(history: pd.DataFrame, weights: Mapping[str, float], design: Design) -> pd.DataFrame:
    """Return class means of the earlier terms in which every class has every subject."""
    after = design.periods.after
    begin = term_order(after[0]) if after else None
    earlier = [t for t in sorted(set(history["term"])) if begin and term_order(t) < begin]
    if not design.innovative or not design.control:
        earlier = []
    return class_means(history, weights, design, earlier)


def class_means(
    history: pd.DataFrame, weights: Mapping[str, float], design: Design, terms: Sequence[str]
) -> pd.DataFrame:
    """Return compared classes × those terms in which all of them have every subject that weighs.

    The value is the weighted mean over subjects of class means.

    >>> import pandas as pd
    >>> from posanalytics.evaluation.design import Design
    >>> from posanalytics.panel import Periods
    >>> design = Design(innovative=("5А",), control=("5Б",), school_year="2025-26",
    ...     periods=Periods(("2025-26-Q1",), ("2025-26-Q2",)))
    >>> rows = pd.DataFrame({"class_label": ["5А", "5Б"] * 2, "term": "2025-26-Q1",
    ...     "subject": ["Физика"] * 2 + ["Химия"] * 2, "mean": [4.0, 3.0, 5.0, 4.0]})
    >>> halves = {"Физика": 0.5, "Химия": 0.5}
    >>> class_means(rows, halves, design, ["2025-26-Q1"])["2025-26-Q1"].to_dict()
    {'5А': 4.5, '5Б': 3.5}
    """
    import pandas as pd

    labels = sorted((*design.innovative, *design.control))
    subjects = sorted(name for name, weight in weights.items() if weight > 0)
    asked = sorted(set(terms), key=term_order)
    total = pd.DataFrame(0.0, index=labels, columns=asked if subjects else [])
    for name in subjects:
        own = history[(history["subject"] == name) & history["class_label"].isin(labels)]
        means = own.pivot(index="class_label", columns="term", values="mean")
        total += means.reindex(index=labels, columns=asked) * weights[name]
    return total.dropna(axis="columns").rename_axis(index="class_label", columns="term")


def marks_behind(history: pd.DataFrame, weights: Mapping[str, float], design: Design) -> float:
    """Return how many current marks stand behind a pupil's mean in the terms compared; NaN unknown.

    The mean over compared classes, subjects and terms, pupils weighing alike.

    >>> import pandas as pd
    >>> from posanalytics.evaluation.design import Design
    >>> from posanalytics.panel import Periods
    >>> design = Design(innovative=("5А",), control=("5Б",), school_year="2025-26",
    ...     periods=Periods(("2025-26-Q1",), ("2025-26-Q2",)))
    >>> rows = pd.DataFrame({"class_label": ["5А", "5Б"], "term": "2025-26-Q1",
    ...     "subject": "Физика", "pupils": [10, 30], "marks": [2.0, 6.0]})
    >>> marks_behind(rows, {"Физика": 1.0}, design)  # (10·2 + 30·6)/40
    5.0
    """
    terms = (*design.periods.before, *design.periods.after)
    labels = (*design.innovative, *design.control)
    rows = history[
        history["term"].isin(terms)
        & history["class_label"].isin(labels)
        & history["subject"].isin(list(weights))
        & history["marks"].notna()
    ]
    pupils = float(rows["pupils"].sum())
    if not pupils:
        return math.nan
    return mean(rows["marks"] * rows["pupils"]) * len(rows) / pupils
