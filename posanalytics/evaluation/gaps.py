"""For whom: the weakest pupils, the gap between weak and strong, and one parallel beside another.

Every answer is again a difference between classes: a value per class, then the two-step t and the
exact permutation, so that 25 pupils of one class are never taken for 25 witnesses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from posanalytics.evaluation.effect_size import mean
from posanalytics.evaluation.estimators import Difference, two_step
from posanalytics.evaluation.inference import PermutationTest, permutation
from posanalytics.labels import year_group

if TYPE_CHECKING:
    from collections.abc import Callable

LOW_MARK = 3.0
FEWEST_WEAK = 5  # pupils in each arm
_WEAKEST = 1 / 3
_MOST_WEAK = 1 / 2  # a "third" that ties made larger than this is no lowest third


@dataclass(frozen=True)
class ClassContrast:
    """A value of every class compared between the arms; `reason` says why there is no answer."""

    difference: Difference
    permutation: PermutationTest | None
    by_class: dict[str, float]
    pupils_innovative: int
    pupils_control: int
    reason: str = ""

    def tidy(self) -> pd.DataFrame:
        """Return the contrast as a table of one row."""
        found = self.difference.tidy()
        smallest = self.permutation.smallest_p if self.permutation else math.nan
        return found.assign(smallest_p=smallest, reasons=self.reason)


def lower_tail(rows: pd.DataFrame, *, low: float = LOW_MARK) -> ClassContrast:
    """Return how the share of pupils with a mark of `low` or less changed, innovative − control.

    `rows` has a row per pupil with `class_label`, `innovative` (0 or 1), `before` and `after`. A
    value below nothing says that fewer pupils are left at the bottom than in control classes.
    """

    def change(own: pd.DataFrame) -> float:
        return mean((own["after"] <= low).to_numpy(float)) - mean(
            (own["before"] <= low).to_numpy(float)
        )

    return _contrast(rows.dropna(subset=["before", "after"]), change)


def gap_closing(rows: pd.DataFrame) -> ClassContrast:
    """Return how much more the weak gained on the others in innovative classes than in control.

    Weak are the lowest third of each parallel by `earlier`, a mark of a term that is neither
    `before` nor `after`: chosen by `before` itself they would gain by regression to the mean
    alone. A class's value is mean gain of its weak minus mean gain of its others. Reason
    "few_weak" with fewer than five weak pupils in an arm, "ties" where equal marks make the lowest
    third of a parallel more than half of it (four whole marks often do); classes
    without weak or without others have no value.
    """
    kept = rows.dropna(subset=["earlier", "before", "after"])
    kept = kept.assign(weak=_weakest(kept))
    weak = kept[kept["weak"]]
    counts = [int((weak["innovative"] == arm).sum()) for arm in (1, 0)]
    shares = kept.groupby(kept["class_label"].map(year_group))["weak"].mean()
    tied = bool((shares > _MOST_WEAK).any())
    if tied or min(counts) < FEWEST_WEAK:
        reason = "ties" if tied else "few_weak"
        return ClassContrast(two_step([], []), None, {}, counts[0], counts[1], reason=reason)

    def gap(own: pd.DataFrame) -> float:
        gain = (own["after"] - own["before"]).to_numpy(float)
        chosen = own["weak"].to_numpy(bool)
        return mean(gain[chosen]) - mean(gain[~chosen])

    return _contrast(kept, gap, counts=(counts[0], counts[1]))


def by_parallel(rows: pd.DataFrame) -> pd.DataFrame:
    """Return a row per parallel that has both arms: its difference of mean class gains.

    Columns: year_group, estimate, standard_error, df, conf_low, conf_high, p_value, method,
    classes_innovative, classes_control. A parallel with one class in each arm has an estimate and
    no interval: its difference cannot be told from that between two ordinary classes.
    """
    kept = rows.dropna(subset=["before", "after"])
    kept = kept.assign(year_group=kept["class_label"].map(year_group))
    found = []
    for grade, own in kept.groupby("year_group", sort=True):
        gains = own.assign(gain=own["after"] - own["before"]).groupby("class_label", sort=True)
        means = gains["gain"].agg(lambda values: mean(np.sort(values.to_numpy(float))))
        arms = own.groupby("class_label", sort=True)["innovative"].first()
        first, second = (means[arms == arm].tolist() for arm in (1, 0))
        if first and second:
            row = two_step(first, second).tidy()
            found.append(
                row.assign(
                    year_group=grade, classes_innovative=len(first), classes_control=len(second)
                )
            )
    columns = [
        "year_group", "estimate", "standard_error", "df", "conf_low", "conf_high", "p_value",
        "method", "classes_innovative", "classes_control",
    ]  # fmt: skip
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


def _weakest(rows: pd.DataFrame) -> pd.Series:
    """Return who stands in the lowest third of the parallel; ties at the border are all weak."""
    grades = rows["class_label"].map(year_group)
    border = rows.groupby(grades)["earlier"].transform(
        lambda values: np.quantile(values.to_numpy(float), _WEAKEST, method="inverted_cdf")
    )
    return rows["earlier"] <= border


def _contrast(
    rows: pd.DataFrame,
    value: Callable[[pd.DataFrame], float],
    *,
    counts: tuple[int, int] | None = None,
) -> ClassContrast:
    ordered = rows.sort_values(["class_label", "before", "after"], kind="stable")
    groups = [(str(label), own) for label, own in ordered.groupby("class_label", sort=True)]
    values = {label: value(own) for label, own in groups}
    values = {label: number for label, number in values.items() if not math.isnan(number)}
    ours = {label for label, own in groups if own["innovative"].iloc[0] == 1}
    first = [number for label, number in values.items() if label in ours]
    second = [number for label, number in values.items() if label not in ours]
    pupils = counts or (
        int((rows["innovative"] == 1).sum()),
        int((rows["innovative"] == 0).sum()),
    )
    test = permutation(first, second) if first and second else None
    return ClassContrast(two_step(first, second), test, values, *pupils)
