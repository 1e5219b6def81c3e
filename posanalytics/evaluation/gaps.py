"""For whom: the weakest pupils, the gap between weak and strong, and one parallel beside another.

Every answer is again a difference between classes: a value per class, then the two-step t and the
exact permutation, so that 25 pupils of one class are never taken for 25 witnesses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import fdtrc

from posanalytics.evaluation.effect_size import mean
from posanalytics.evaluation.estimators import Difference, two_step
from posanalytics.evaluation.inference import PermutationTest, permutation
from posanalytics.labels import year_group

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

LOW_MARK = 3.0
FEWEST_WEAK = 5  # pupils of a class, and as many others
_WEAKEST = 1 / 3
_MOST_WEAK = 1 / 2  # a "third" that ties made larger than this is no lowest third
_COLUMNS = [
    "year_group", "estimate", "standard_error", "df", "conf_low", "conf_high", "p_value",
    "method", "classes_innovative", "classes_control", "heterogeneity_statistic",
    "heterogeneity_df", "heterogeneity_p",
]  # fmt: skip


@dataclass(frozen=True)
class ClassContrast:
    """A value of every class compared between the arms; `reason` says why there is no answer.

    `tied` names parallels that were left out because equal marks hide who is weak there,
    `left_out` classes whose value would rest on too few. `fewest` is the size of the smallest
    group of pupils in an arm that the difference speaks of.
    """

    difference: Difference
    permutation: PermutationTest | None
    by_class: dict[str, float]
    pupils_innovative: int
    pupils_control: int
    reason: str = ""
    tied: tuple[int, ...] = ()
    left_out: tuple[str, ...] = ()
    fewest: int = 0

    def tidy(self) -> pd.DataFrame:
        """Return the contrast as a table of one row."""
        found = self.difference.tidy()
        smallest = self.permutation.smallest_p if self.permutation else math.nan
        return found.assign(
            smallest_p=smallest,
            pupils_innovative=self.pupils_innovative,
            pupils_control=self.pupils_control,
            tied=" ".join(str(grade) for grade in self.tied),
            left_out=" ".join(self.left_out),
            reasons=self.reason,
        )


@dataclass(frozen=True)
class ParallelDifference:
    """The difference of mean class gains inside one parallel."""

    year_group: int
    difference: Difference
    classes_innovative: int
    classes_control: int

    @property
    def weight(self) -> float:
        """Return 1/(1/g₁ + 1/g₀), the inverse of the difference's variance in class variances."""
        return 1 / (1 / self.classes_innovative + 1 / self.classes_control)

    @property
    def squares_inside(self) -> float:
        """Return the squares of class gains about the means of their arms; 0 of two classes."""
        found = self.difference
        return found.df * self.weight * found.standard_error**2 if found.df >= 1 else 0.0


@dataclass(frozen=True)
class ByParallel:
    """The differences of all parallels that have both arms, lowest first, and whether they differ.

    `p_value` belongs to F = `statistic` with parallels − 1 and `df` degrees of freedom; NaN where
    it cannot be told.
    """

    parallels: tuple[ParallelDifference, ...]
    statistic: float = math.nan
    df: float = math.nan
    p_value: float = math.nan

    def tidy(self) -> pd.DataFrame:
        """Return one row per parallel; whether they differ stands in each."""
        import pandas as pd

        rows = [
            own.difference.tidy().assign(
                year_group=own.year_group,
                classes_innovative=own.classes_innovative,
                classes_control=own.classes_control,
                heterogeneity_statistic=self.statistic,
                heterogeneity_df=self.df,
                heterogeneity_p=self.p_value,
            )
            for own in self.parallels
        ]
        if not rows:
            return pd.DataFrame(columns=_COLUMNS)
        return pd.concat(rows, ignore_index=True)[_COLUMNS]


def lower_tail(rows: pd.DataFrame, *, low: float = LOW_MARK) -> ClassContrast:
    """Return how the share of marks of `low` or less changed, innovative − control.

    `rows` has a row per single term mark with `pupil`, `class_label`, `innovative` (0 or 1),
    `phase` (before or after) and `mark`. Shares are of marks, never of means over terms: of two
    terms' marks 3 and 4 one is low, their mean is not. A value below nothing says that fewer marks
    are left at the bottom than in control classes.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"pupil": list("abcd") * 2, "class_label": ["5А", "5А", "5Б", "5Б"] * 2,
    ...     "innovative": [1, 1, 0, 0] * 2, "phase": ["before"] * 4 + ["after"] * 4,
    ...     "mark": [3, 4, 3, 4, 4, 4, 3, 4]})
    >>> lower_tail(rows).difference.estimate  # 5А from half to nothing, 5Б half as before
    -0.5
    """
    kept = rows.dropna(subset=["mark"])

    def change(own: pd.DataFrame) -> float:
        after, before = (own.loc[own["phase"] == phase, "mark"] for phase in ("after", "before"))
        return mean((after <= low).to_numpy(float)) - mean((before <= low).to_numpy(float))

    found = _contrast(kept, change)
    pupils = kept[kept["class_label"].isin(list(found.by_class))].groupby("innovative")["pupil"]
    ours, theirs = (int(pupils.nunique().get(arm, 0)) for arm in (1, 0))
    return replace(found, pupils_innovative=ours, pupils_control=theirs, fewest=min(ours, theirs))


def gap_closing(rows: pd.DataFrame, *, fewest: int = FEWEST_WEAK) -> ClassContrast:
    """Return how much more the weak gained on the others in innovative classes than in control.

    Weak are the lowest third of each parallel by `earlier`, a mark of a term that is neither
    `before` nor `after`: chosen by `before` itself they would gain by regression to the mean
    alone. A class's value is mean gain of its weak minus mean gain of its others; a class with
    less than `fewest` weak or less than `fewest` others has no value and is named in `left_out`.
    A parallel where equal marks make the lowest third more than half of it (four whole marks often
    do) is left out and named in `tied`; reason "ties" where every one is. Reason "few_weak" where
    no class of an arm has a value. Pupils are counted that are weak.

    >>> import pandas as pd
    >>> own = {"earlier": [3.0] * 5 + [4.0] * 6, "before": [3.0] * 5 + [4.0] * 6}
    >>> ours = pd.DataFrame({**own, "class_label": "5А", "innovative": 1,
    ...     "after": [4.0] * 5 + [4.0] * 6})
    >>> theirs = pd.DataFrame({**own, "class_label": "5Б", "innovative": 0, "after": own["before"]})
    >>> found = gap_closing(pd.concat([ours, theirs]))
    >>> found.difference.estimate, found.pupils_innovative  # the weak of 5А: +1, all others: 0
    (1.0, 5)
    """
    kept = rows.dropna(subset=["earlier", "before", "after"])
    kept = kept.assign(grade=kept["class_label"].map(year_group), weak=_weakest(kept))
    shares = kept.groupby("grade")["weak"].mean()
    tied = tuple(sorted(int(grade) for grade in shares.index[shares > _MOST_WEAK]))
    kept = kept[~kept["grade"].isin(tied)]
    few = _too_few(kept, fewest)
    large = kept[~kept["class_label"].isin(few)]

    def gap(own: pd.DataFrame) -> float:
        gain = (own["after"] - own["before"]).to_numpy(float)
        chosen = own["weak"].to_numpy(bool)
        return mean(gain[chosen]) - mean(gain[~chosen])

    weak, others = _in_arms(large[large["weak"]]), _in_arms(large[~large["weak"]])
    if not min(weak):
        found = ClassContrast(
            two_step([], []), None, {}, *weak, reason="ties" if tied and kept.empty else "few_weak"
        )
    else:
        found = replace(_contrast(large, gap), pupils_innovative=weak[0], pupils_control=weak[1])
    return replace(found, tied=tied, left_out=few, fewest=min(*weak, *others))


def _too_few(rows: pd.DataFrame, fewest: int) -> tuple[str, ...]:
    """Return classes with less than `fewest` weak pupils or less than `fewest` others."""
    weak = rows.groupby("class_label", sort=True)["weak"].agg(["sum", "size"])
    few = (weak["sum"] < fewest) | (weak["size"] - weak["sum"] < fewest)
    return tuple(str(label) for label in weak.index[few])


def _in_arms(rows: pd.DataFrame) -> tuple[int, int]:
    """Return how many rows belong to innovative and to control classes."""
    ours = int((rows["innovative"] == 1).sum())
    return ours, len(rows) - ours


def by_parallel(rows: pd.DataFrame) -> ByParallel:
    """Return the two-step difference of mean class gains in every parallel that has both arms.

    A parallel with one class in each arm has an estimate and no interval: its difference cannot be
    told from that between two ordinary classes.

    Whether the differences d_k of K parallels differ is the F of arm × parallel in an analysis of
    variance of class gains: Σw_k(d_k − d̄)²/(K − 1) over the variance inside arms and parallels,
    w_k = 1/(1/g₁ + 1/g₀), df = classes − 2K (Fisher 1925).

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"class_label": ["5А", "5Б", "6А"], "innovative": [1, 0, 1],
    ...     "before": [3.0, 3.0, 4.0], "after": [4.0, 3.5, 4.0]})
    >>> [(own.year_group, own.difference.estimate) for own in by_parallel(rows).parallels]
    [(5, 0.5)]
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
            found.append(
                ParallelDifference(int(grade), two_step(first, second), len(first), len(second))
            )
    return _heterogeneity(tuple(found))


def _heterogeneity(parallels: tuple[ParallelDifference, ...]) -> ByParallel:
    """Return the parallels with F; without it where one stands alone or gains do not vary."""
    tested = [own.difference for own in parallels if not math.isnan(own.difference.p_value)]
    if len(parallels) <= 1 or not tested:
        return ByParallel(parallels)
    weights = [own.weight for own in parallels]
    estimates = [own.difference.estimate for own in parallels]
    inside = math.fsum(own.squares_inside for own in parallels)
    df = math.fsum(own.difference.df for own in parallels)
    middle = math.fsum(np.multiply(weights, estimates)) / math.fsum(weights)
    between = math.fsum(np.multiply(weights, np.subtract(estimates, middle) ** 2))
    more = len(parallels) - 1
    statistic = between / more / (inside / df)
    return ByParallel(parallels, statistic, df, float(fdtrc(more, df, statistic)))


def _weakest(rows: pd.DataFrame) -> pd.Series:
    """Return who stands in the lowest third of the parallel; ties at the border are all weak."""
    grades = rows["class_label"].map(year_group)
    border = rows.groupby(grades)["earlier"].transform(
        lambda values: np.quantile(values.to_numpy(float), _WEAKEST, method="inverted_cdf")
    )
    return rows["earlier"] <= border


def _contrast(rows: pd.DataFrame, value: Callable[[pd.DataFrame], float]) -> ClassContrast:
    """Return the contrast of a value of every class; pupils are counted by the caller.

    A value is a mean of exact sums, so that the order of a class's rows changes no bit of it.
    """
    groups = [(str(label), own) for label, own in rows.groupby("class_label", sort=True)]
    values = {label: value(own) for label, own in groups}
    values = {label: number for label, number in values.items() if not math.isnan(number)}
    ours = {label for label, own in groups if own["innovative"].iloc[0] == 1}
    first = [number for label, number in values.items() if label in ours]
    second = [number for label, number in values.items() if label not in ours]
    test = permutation(first, second) if first and second else None
    return ClassContrast(two_step(first, second), test, values, 0, 0)
