"""Who was lost between the start and the end, and whether the loss can bias the answer."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from scipy.optimize import brentq
from scipy.special import ndtri

from posanalytics.evaluation.effect_size import one_row

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

Assumptions = Literal["cautious", "optimistic"]

# Correlation of a pupil's result with the inclination to stay, in the two groups.
# Deke & Chiang 2017, Evaluation Review 41(2), and the WWC white paper on attrition.
_CORRELATIONS: dict[str, tuple[float, float]] = {
    "cautious": (0.45, 0.39),
    "optimistic": (0.27, 0.22),
}
# The WWC tolerates a bias of 0.05 standard deviations. Its printed table (v4.0, II.1) is met when
# everything that rounds to 0.05 is tolerated, and is not met with 0.05 itself.
_TOLERATED_BIAS = 0.055


@dataclass(frozen=True)
class Attrition:
    """Pupils lost from the compared classes, overall and apart."""

    overall: float
    differential: float
    boundary: float
    determination: Literal["cautious", "optimistic", "outside", "unknown"]
    left_innovative: int
    left_control: int
    joined_innovative: int
    joined_control: int
    began_innovative: int
    began_control: int

    @property
    def acceptable(self) -> bool:
        """Whether the loss lies within the cautious boundary."""
        return self.determination == "cautious"

    @property
    def too_many(self) -> bool:
        """Whether so large a loss would be outside the boundary even if it were equal."""
        judged = self.determination in {"optimistic", "outside"}
        return judged and not _bearable(self.overall, "cautious")

    def tidy(self) -> pd.DataFrame:
        """Return the attrition as a table of one row."""
        return one_row(self, tuple(self.__dataclass_fields__))


def bias(lost_more: float, lost_less: float, *, assumptions: Assumptions = "cautious") -> float:
    """Return the bias in standard deviations when these shares of the two groups are lost.

    Those stay whose inclination z exceeds its quantile; results correlate with z by α, so a group's
    mean moves by α·E[z | stays] = α·φ(Φ⁻¹(P))/(1 − P), and the bias is the difference of the two.
    NaN where a group loses everybody.

    >>> round(bias(0.5, 0.5), 3)  # (.45 − .39)·φ(0)/.5
    0.048
    """
    higher, lower = _CORRELATIONS[assumptions]
    return higher * _mean_of_stayers(lost_more) - lower * _mean_of_stayers(lost_less)


def _mean_of_stayers(lost: float) -> float:
    if lost <= 0:
        return 0.0
    if not lost < 1:
        return math.nan
    return math.exp(-(float(ndtri(lost)) ** 2) / 2) / math.sqrt(2 * math.pi) / (1 - lost)


@functools.lru_cache(maxsize=512)
def boundary(overall: float, assumptions: Assumptions = "cautious") -> float:
    """Return the largest difference of losses that an overall loss may go with (fractions).

    Computed from the attrition model of the WWC; its printed table is met to 0.1 (cautious) and
    0.3 percentage points (optimistic). Where every possible difference is tolerable, the largest
    possible one comes back; where none is, 0; NaN of NaN.

    >>> round(boundary(0.10), 3)  # the printed table: 6.3 percentage points
    0.063
    """
    if math.isnan(overall):
        return math.nan
    possible = 2 * min(overall, 1 - overall)
    if possible <= 0:
        return 0.0

    def excess(gap: float) -> float:
        worse, better = overall + gap / 2, max(0.0, overall - gap / 2)
        return bias(worse, better, assumptions=assumptions) - _TOLERATED_BIAS

    if excess(0.0) >= 0:
        return 0.0
    widest = possible * (1 - 1e-9)
    if excess(widest) <= 0:
        return possible
    return float(brentq(excess, 0.0, widest, xtol=1e-12))


def attrition(
    membership: pd.DataFrame, *, innovative: Iterable[str], control: Iterable[str]
) -> Attrition:
    """Return the loss of pupils from the compared classes, judged by the boundary of the WWC.

    Lost is who has marks before the start and none after it in the same class. Joiners are counted
    and never enter the comparison. Overall is the share of all pupils, as the WWC computes it.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"class_label": ["7А", "7А", "7Б", "7Б"],
    ...     "membership": ["both", "left", "both", "both"]})
    >>> found = attrition(rows, innovative=["7А"], control=["7Б"])
    >>> found.overall, found.differential  # one of four; a half against nobody
    (0.25, 0.5)
    """
    arms = [set(innovative), set(control)]
    counts = [_counts(membership, labels) for labels in arms]
    (stayed1, left1, joined1), (stayed0, left0, joined0) = counts
    began1, began0 = stayed1 + left1, stayed0 + left0
    if not began1 or not began0:
        overall = gap = limit = math.nan
        found: Literal["cautious", "optimistic", "outside", "unknown"] = "unknown"
    else:
        overall = (left1 + left0) / (began1 + began0)
        gap = abs(left1 / began1 - left0 / began0)
        limit = boundary(overall)
        found = _determination(overall, gap)
    return Attrition(overall, gap, limit, found, left1, left0, joined1, joined0, began1, began0)


def _counts(membership: pd.DataFrame, labels: set[str]) -> tuple[int, int, int]:
    rows = membership["membership"][membership["class_label"].isin(labels)]
    return tuple(int((rows == kind).sum()) for kind in ("both", "left", "joined"))  # type: ignore[return-value]


def _determination(
    overall: float, gap: float
) -> Literal["cautious", "optimistic", "outside", "unknown"]:
    kinds: tuple[Assumptions, ...] = ("cautious", "optimistic")
    for kind in kinds:
        if _tolerable(overall, gap, kind):
            return kind
    return "outside"


def _tolerable(overall: float, gap: float, assumptions: Assumptions) -> bool:
    return _bearable(overall, assumptions) and gap <= boundary(overall, assumptions) + 1e-9


def _bearable(overall: float, assumptions: Assumptions) -> bool:
    """Return whether so large a loss can be tolerated where it is equal in both groups."""
    return bias(overall, overall, assumptions=assumptions) < _TOLERATED_BIAS
