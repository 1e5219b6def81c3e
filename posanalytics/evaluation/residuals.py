"""Whom we may be losing: pupils whose marks fell behind what their beginning promised.

A list for the class's own teachers, never for a public page, and never about one mark: a residual
of a few marks is mostly chance, so it is drawn towards nothing by the share of it that is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from posanalytics.evaluation.effect_size import mean, squares

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FLAG_BELOW = -1.5  # standard deviations of shrunken residuals
FLAG_MARKS = -0.3  # and marks: in every school somebody is 1.5 standard deviations down
FEWEST_SUBJECTS_FALLEN = 2  # each clearly behind by itself
FEWEST_PUPILS = 10
_PUPIL = ["class_label", "pupil"]


class PupilResidual(NamedTuple):
    """How far one pupil is behind or ahead, how much of that is not chance, whether to look."""

    pupil: str
    class_label: str
    subjects: int
    marks: int
    residual: float
    shrunken: float
    signal: float
    fallen: int
    flagged: bool


@dataclass(frozen=True)
class PupilResiduals:
    """Pupils from furthest behind to furthest ahead.

    Nobody where there are fewer than ten, or where nothing is known of the chance in marks.

    `slope` is what a mark more at the beginning promises later; `spread` is the standard deviation
    between pupils that marks by chance do not explain.
    """

    pupils: tuple[PupilResidual, ...]
    slope: float
    spread: float

    def tidy(self) -> pd.DataFrame:
        """Return one row per pupil."""
        import pandas as pd

        return pd.DataFrame(list(self.pupils), columns=list(PupilResidual._fields))


class _Errors(NamedTuple):
    """Variances by chance of the two means of every pupil."""

    before: Floats
    after: Floats


def pupil_residuals(
    rows: pd.DataFrame, *, mark_variance: float, rounding: float = 0.0
) -> PupilResiduals:
    """Return how far pupils are behind what their beginning promised, drawn towards nothing.

    `rows` has a row per pupil and subject with `pupil`, `class_label`, `subject`, `before`,
    `after`, `marks`, the number of marks behind `after`, and may have `marks_before`, that behind
    `before` (taken as `marks` where it is missing). Of means over several terms it has `worth` and
    `worth_before` too: how many marks of one term would be as certain (`with_marks`).
    `mark_variance` is the variance σ² of single marks of one pupil in one subject and term;
    `rounding` the step to which `before` and `after` were rounded, 1 for whole term marks: it adds
    step²/12 to their chance (Sheppard 1898).

    Marks are taken as distances from their class and subject, x̄ and ȳ are a pupil's means over S
    subjects, and the residual is r = ȳ − b·x̄ with one slope b inside classes. With chance
    e₀ = Σσ²/worth_before/S² in x̄ and e₁ in ȳ, r of a pupil whose level never changed has variance
    e = e₁ + b²·e₀ + b(1 − b)·mean e₀. The last part is there because marks before are uncertain: b
    stays below one and leaves (1 − b) of a pupil's level in r. It is the same in all subjects, so
    more subjects do not average it out. Then λ = v/(v + e) with v = max(0, Σr²/df − mean e),
    df = pupils − classes − 1, and the shrunken residual is λr (empirical Bayes: Efron & Morris
    1975). Where nobody changed v is nothing on average.

    `flagged` where λr lies below −1.5 standard deviations of all λr and at −0.3 marks or lower,
    and two subjects or more are clearly behind by themselves (`fallen`): y − b·x of the subject at
    −0.3 marks or lower and below −1.5 standard deviations of its own chance. So nobody is flagged
    for a fall that all classmates share.

    >>> import pandas as pd
    >>> rows = pd.DataFrame({"pupil": list("абвгдежзик"), "class_label": "7А", "marks": 4,
    ...     "subject": "Физика", "before": 4.0, "after": [3.0] * 5 + [5.0] * 5})
    >>> found = pupil_residuals(rows, mark_variance=0.8).pupils[0]
    >>> found.residual, round(found.signal, 2)  # Σr²/df = 10/9, e = .8/4: 1 − .2·.9
    (-1.0, 0.82)
    """
    kept = rows.dropna(subset=["before", "after", "marks"]).sort_values(
        ["class_label", "subject", "pupil"], ignore_index=True
    )
    if kept["pupil"].nunique() < FEWEST_PUPILS or math.isnan(mark_variance):
        return PupilResiduals((), math.nan, math.nan)
    apart = _distances(kept, mark_variance, rounding)
    each = _by_pupil(apart)
    labels = each["class_label"].to_numpy(dtype=str)
    x, y = (_centred(each[name].to_numpy(np.float64), labels) for name in ("x", "y"))
    errors = _Errors(*(each[name].to_numpy(np.float64) for name in ("chance_before", "chance")))
    below = math.fsum(x**2)
    slope = math.fsum(x * y) / below if below > 0 else 0.0
    residual = y - slope * x
    level = max(0.0, slope * (1 - slope)) * mean(errors.before)
    error = _error(errors, slope) + level
    df = residual.size - len(set(labels.tolist())) - (below > 0)
    true = max(0.0, math.fsum(residual**2) / df - mean(error)) if df > 0 else 0.0
    weight = true / (true + error) if true > 0 else np.zeros(residual.size)
    fallen = _fallen(apart, slope, level)
    found = each.assign(residual=residual, shrunken=weight * residual, signal=weight, fallen=fallen)
    found["flagged"] = _behind(weight * residual) & (found["fallen"] >= FEWEST_SUBJECTS_FALLEN)
    found = found.sort_values(["shrunken", "class_label", "pupil"], ignore_index=True)
    return PupilResiduals(_told(found), slope, math.sqrt(true))


def _distances(kept: pd.DataFrame, mark_variance: float, rounding: float) -> pd.DataFrame:
    """Return marks as distances from class and subject, and their chance."""
    counted = kept["marks"]
    before = kept["marks_before"].fillna(counted) if "marks_before" in kept else counted
    before = kept["worth_before"] if "worth_before" in kept else before.clip(lower=1)
    after = kept["worth"] if "worth" in kept else counted.clip(lower=1)
    places = (kept["class_label"] + "\n" + kept["subject"]).to_numpy(dtype=str)
    return kept.assign(
        x=_centred(kept["before"].to_numpy(np.float64), places),
        y=_centred(kept["after"].to_numpy(np.float64), places),
        chance_before=mark_variance / before + rounding**2 / 12,
        chance=mark_variance / after + rounding**2 / 12,
    )


def _by_pupil(kept: pd.DataFrame) -> pd.DataFrame:
    found = kept.groupby(_PUPIL, as_index=False, sort=True).agg(
        subjects=("subject", "size"),
        marks=("marks", "sum"),
        x=("x", "mean"),
        y=("y", "mean"),
        chance_before=("chance_before", "sum"),
        chance=("chance", "sum"),
    )
    squared = found["subjects"] ** 2
    return found.assign(
        chance_before=found["chance_before"] / squared, chance=found["chance"] / squared
    )


def _centred(values: Floats, labels: NDArray[np.str_]) -> Floats:
    found = np.zeros(values.size)
    for label in sorted(set(labels.tolist())):
        own = labels == label
        found[own] = values[own] - mean(values[own])
    return found


def _error(errors: _Errors, slope: float) -> Floats:
    """Return the variance that a residual has by the chance of its own marks."""
    found: Floats = errors.after + slope**2 * errors.before
    return found


def _fallen(apart: pd.DataFrame, slope: float, level: float) -> NDArray[np.int64]:
    """Return how many subjects are clearly behind by themselves, pupils in order."""
    chance = (apart[name].to_numpy(np.float64) for name in ("chance_before", "chance"))
    spread = np.sqrt(_error(_Errors(*chance), slope) + level)
    residual = (apart["y"] - slope * apart["x"]).to_numpy(np.float64)
    behind = (residual < FLAG_BELOW * spread) & (residual <= FLAG_MARKS)
    counts = apart.assign(behind=behind).groupby(_PUPIL, sort=True)["behind"].sum()
    found: NDArray[np.int64] = counts.to_numpy(np.int64)
    return found


def _behind(shrunken: Floats) -> NDArray[np.bool_]:
    spread = math.sqrt(squares(shrunken) / (shrunken.size - 1))
    # Residuals of nothing but rounding are far above the first border and below the second.
    found: NDArray[np.bool_] = (shrunken < FLAG_BELOW * spread) & (shrunken <= FLAG_MARKS)
    return found


def _told(found: pd.DataFrame) -> tuple[PupilResidual, ...]:
    columns = [found[name].tolist() for name in PupilResidual._fields]
    return tuple(PupilResidual(*row) for row in zip(*columns, strict=True))
