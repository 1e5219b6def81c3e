"""Term by term: how far apart the groups stood before the start and after it.

Display and diagnosis. A pre-trend test that finds nothing is no proof that trends were parallel:
with few classes it has little power (Roth 2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posanalytics.evaluation.regression import Covariance, Fit, Wald, fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

FEWEST_TERMS_BEFORE = 3


@dataclass(frozen=True)
class EventStudy:
    """Differences by term against the last term before the start, and the joint pre-trend test.

    `testable` says whether there are terms enough before the start for the test to mean anything.
    """

    terms: tuple[str, ...]
    reference: str
    before: tuple[str, ...]
    regression: Fit
    pre_trend: Wald
    testable: bool

    def tidy(self) -> pd.DataFrame:
        """Return one row per term; the reference term is not among them."""
        found = self.regression.tidy()
        found = found[found["contrast"].isin(self.terms)].reset_index(drop=True)
        return found.rename(columns={"contrast": "term"})


def event_study(  # noqa: PLR0913 - the parts of a regression
    frame: pd.DataFrame,
    *,
    outcome: str,
    unit: str,
    term: str,
    innovative: str,
    terms: Sequence[str],
    reference: str,
    regressors: Sequence[str] = (),
    cluster: str | None = None,
    covariance: Covariance = "CR1S",
) -> EventStudy:
    """Return b_t of y = a_unit + l_term + Σ b_t·innovative·1[term = t], b of `reference` nothing.

    `innovative` names a column of 0 and 1; `terms` are all terms in time; units are pupils, or
    classes with their mean marks. The joint test asks whether every b before the reference is
    nothing; with fewer than three terms before the start `testable` is False.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"label": ["5А"] * 3 + ["5Б"] * 3 + ["5В"] * 3,
    ...     "term": ["Q1", "Q2", "Q3"] * 3, "ours": [1.0] * 3 + [0.0] * 6,
    ...     "mark": [4.0, 4.0, 4.5, 3.0, 3.1, 3.2, 3.0, 3.1, 3.3]})
    >>> found = event_study(rows, outcome="mark", unit="label", term="term", innovative="ours",
    ...     terms=["Q1", "Q2", "Q3"], reference="Q2")
    >>> found.tidy()["estimate"].round(9).tolist()  # 0 less −.1; .5 less (.1 + .2)/2
    [0.1, 0.35]
    """
    shown = [name for name in terms if name != reference]
    before = tuple(terms[: list(terms).index(reference)])
    columns = {
        f"{name}": frame[innovative] * (frame[term].astype(str) == name).astype("float64")
        for name in shown
    }
    table = frame.assign(**{f"b:{name}": values for name, values in columns.items()})
    found = fit(
        table,
        outcome=outcome,
        regressors=[*regressors, *(f"b:{name}" for name in shown)],
        fixed_effects=[unit, term],
        cluster=cluster or unit,
        covariance=covariance,
    )
    named = Fit(**{**found.__dict__, "terms": tuple(t.removeprefix("b:") for t in found.terms)})
    return EventStudy(
        tuple(shown),
        reference,
        before,
        named,
        named.wald(before),
        testable=len(before) + 1 >= FEWEST_TERMS_BEFORE,
    )
