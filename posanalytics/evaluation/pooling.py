"""Several schools together: one answer from their summaries, no pupil leaves a school.

Random effects, because schools differ: the question is what happens on average, and what the next
school may expect.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.optimize import brentq
from scipy.special import chdtrc, stdtr, stdtrit

from posanalytics.evaluation.effect_size import one_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

FEWEST_FOR_PREDICTION = 3
# With fewer schools the spread between them is hardly known, and the report says so.
FEW_SCHOOLS = 5


class Summary(NamedTuple):
    """What a school may send: its difference in marks and how precise that is."""

    school: str
    estimate: float
    standard_error: float
    pupils: int = 0
    classes_innovative: int = 0
    classes_control: int = 0


@dataclass(frozen=True)
class Pooled:
    """The mean effect over schools, its interval, and where a new school's effect may lie.

    `between` is the standard deviation of true effects between schools, `heterogeneity` the share
    of the variance of estimates that comes from it (I²), `weights` sum to one.
    """

    estimate: float
    standard_error: float
    df: int
    conf_low: float
    conf_high: float
    p_value: float
    prediction_low: float
    prediction_high: float
    between: float
    heterogeneity: float
    heterogeneity_p: float
    schools: tuple[Summary, ...]
    weights: tuple[float, ...]

    method = "random_effects"

    @property
    def few(self) -> bool:
        """Whether the spread between schools is hardly known: fewer than five of them."""
        return len(self.schools) < FEW_SCHOOLS

    def tidy(self) -> pd.DataFrame:
        """Return the pooled effect as a table of one row."""
        names = ("estimate", "standard_error", "df", "conf_low", "conf_high", "p_value", "method")
        return one_row(self, names)

    def forest(self, *, confidence: float = 0.95) -> pd.DataFrame:
        """Return the rows of a forest plot: every school by name, then the pooled effect."""
        import pandas as pd

        reach = float(stdtrit(1e9, 0.5 + confidence / 2))
        rows: list[tuple[str, float, float, float, float]] = [
            (s.school, s.estimate, s.estimate - reach * s.standard_error,
             s.estimate + reach * s.standard_error, weight)
            for s, weight in zip(self.schools, self.weights, strict=True)
        ]  # fmt: skip
        rows.append(("", self.estimate, self.conf_low, self.conf_high, 1.0))
        columns = ["school", "estimate", "conf_low", "conf_high", "weight"]
        return pd.DataFrame(rows, columns=columns)


class TooFewSchools(ValueError):
    """Fewer than two schools gave an effect with a standard error."""


def pooled(summaries: Sequence[Summary], *, confidence: float = 0.95) -> Pooled:
    """Return the mean effect over schools with the interval of Hartung & Knapp (2001).

    τ² by restricted maximum likelihood; w_i = 1/(s_i² + τ²), μ = Σ w_i y_i/Σ w_i,
    SE² = Σ w_i (y_i − μ)²/((k − 1) Σ w_i), t with k − 1 df. The prediction interval is
    μ ± t_{k−2}·√(τ² + SE²) (Higgins, Thompson & Spiegelhalter 2009), from three schools on. The
    factor of Hartung & Knapp may fall below one and narrow the interval; it is then taken as one
    (Röver, Knapp & Friede 2015). Raises TooFewSchools.

    >>> found = pooled([Summary("1", 0.1, 0.1), Summary("2", 0.3, 0.1)])
    >>> round(found.estimate, 6), round(found.between, 6)  # variance of both .02 less .01 of each
    (0.2, 0.1)
    >>> round(found.standard_error, 6), found.df  # √((.1² + .01)/2), the factor is one
    (0.1, 1)
    """
    kept = tuple(
        sorted(
            s
            for s in summaries
            if math.isfinite(s.estimate)
            and math.isfinite(s.standard_error)
            and s.standard_error > 0
        )
    )
    if len(kept) < 2:  # noqa: PLR2004 - one school is its own answer
        raise TooFewSchools(f"{len(kept)} schools can be pooled; at least 2 are needed.")
    y = np.array([s.estimate for s in kept])
    v = np.array([s.standard_error for s in kept]) ** 2
    tau2 = _reml(y, v)
    w = 1 / (v + tau2)
    total = math.fsum(w)
    mean = math.fsum(w * y) / total
    df = len(kept) - 1
    factor = max(1.0, math.fsum(w * (y - mean) ** 2) / df)
    error = math.sqrt(factor / total)
    reach = float(stdtrit(df, 0.5 + confidence / 2)) * error
    ahead = _prediction_reach(len(kept), tau2, error, confidence)
    q, typical = _heterogeneity(y, v)
    return Pooled(
        estimate=mean,
        standard_error=error,
        df=df,
        conf_low=mean - reach,
        conf_high=mean + reach,
        p_value=min(1.0, 2 * float(stdtr(df, -abs(mean) / error))),
        prediction_low=mean - ahead,
        prediction_high=mean + ahead,
        between=math.sqrt(tau2),
        heterogeneity=tau2 / (tau2 + typical),
        heterogeneity_p=float(chdtrc(df, q)),
        schools=kept,
        weights=tuple(float(value) for value in w / total),
    )


def _prediction_reach(schools: int, tau2: float, error: float, confidence: float) -> float:
    if schools < FEWEST_FOR_PREDICTION:
        return math.nan
    return float(stdtrit(schools - 2, 0.5 + confidence / 2)) * math.sqrt(tau2 + error**2)


def _heterogeneity(y: NDArray[np.float64], v: NDArray[np.float64]) -> tuple[float, float]:
    """Return Cochran's Q and the typical sampling variance of Higgins & Thompson 2002."""
    w = 1 / v
    total = math.fsum(w)
    mean = math.fsum(w * y) / total
    typical = (len(y) - 1) * total / (total**2 - math.fsum(w**2))
    return math.fsum(w * (y - mean) ** 2), typical


def _reml(y: NDArray[np.float64], v: NDArray[np.float64]) -> float:
    """Return the τ² at which the derivative of the restricted likelihood is nothing, or zero."""

    def slope(tau2: float) -> float:
        w = 1 / (v + tau2)
        total = math.fsum(w)
        mean = math.fsum(w * y) / total
        return math.fsum(w**2 * (y - mean) ** 2) - total + math.fsum(w**2) / total

    if slope(0.0) <= 0:
        return 0.0
    high = float(np.var(y, ddof=1)) or 1.0
    while slope(high) > 0:
        high *= 2
    return float(brentq(slope, 0.0, high, xtol=1e-14, rtol=1e-13))
