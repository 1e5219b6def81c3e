"""Whom we may be losing: pupils whose marks fell behind what their beginning promised.

A list for the class's own teachers, never for a public page, and never about one mark: a residual
of a few marks is mostly chance, so it is drawn towards nothing by its reliability.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from posanalytics.evaluation.effect_size import mean, squares

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FLAG_BELOW = -1.5  # standard deviations of shrunken residuals
FLAG_MARKS = -0.3  # and marks: in every school somebody is 1.5 standard deviations down
FEWEST_SUBJECTS_FALLEN = 2
FEWEST_PUPILS = 10


def pupil_residuals(rows: pd.DataFrame, *, mark_variance: float) -> pd.DataFrame:
    """Return one row per pupil: how far behind or ahead, how reliable, and whether to look.

    `rows` has a row per pupil and subject with `pupil`, `class_label`, `subject`, `before`,
    `after`, `marks`, the number of marks behind `after`, and may have `marks_before`, that behind
    `before` (taken as `marks` where it is missing). The expectation is that of the pupil's
    own class: its mean gain, plus the common slope on the distance of `before` from the class
    mean. `mark_variance` is the variance of single marks of one pupil in one subject and term.

    A pupil's residual r is the mean over S subjects; its error variance
    e = Σ σ²(1/n_after + b²/n_before)/S², b the slope of the subject, as `before` is a mean of
    marks too; it is shrunken to λr, λ = v/(v + e) with v = max(0, Var(r) − mean e) (empirical
    Bayes: Efron & Morris 1975). `flagged` where λr lies below −1.5 standard deviations of all λr
    and at −0.3 marks or lower, and marks fell in two subjects or more. Columns: pupil,
    class_label, subjects, marks, residual, shrunken, reliability, fallen, flagged; nothing with
    fewer than ten pupils.
    """
    columns = [
        "pupil", "class_label", "subjects", "marks", "residual", "shrunken", "reliability",
        "fallen", "flagged",
    ]  # fmt: skip
    kept = rows.dropna(subset=["before", "after"]).sort_values(
        ["subject", "class_label", "pupil"], ignore_index=True
    )
    if kept["pupil"].nunique() < FEWEST_PUPILS:
        return pd.DataFrame(columns=columns)
    parts = [_judged(group, mark_variance) for _, group in kept.groupby("subject")]
    each = pd.concat(parts, ignore_index=True)
    each["fell"] = each["after"] < each["before"]
    found = each.groupby(["class_label", "pupil"], as_index=False, sort=True).agg(
        subjects=("subject", "size"),
        marks=("marks", "sum"),
        residual=("residual", "mean"),
        error=("error", "sum"),
        fallen=("fell", "sum"),
    )
    error = found["error"].to_numpy() / found["subjects"].to_numpy() ** 2
    residual = found["residual"].to_numpy(dtype=np.float64)
    weight = _reliability(residual, error)
    shrunken = weight * residual
    spread = math.sqrt(squares(shrunken) / (shrunken.size - 1))
    # Residuals of nothing but rounding are far above the first border and below the second.
    behind = (shrunken < FLAG_BELOW * spread) & (shrunken <= FLAG_MARKS)
    found = found.assign(
        shrunken=shrunken,
        reliability=weight,
        flagged=behind & (found["fallen"].to_numpy() >= FEWEST_SUBJECTS_FALLEN),
    )
    return found[columns].sort_values(["shrunken", "pupil"], ignore_index=True)


def _judged(group: pd.DataFrame, mark_variance: float) -> pd.DataFrame:
    """Return the rows of one subject with their residual and its error variance."""
    residual, slope = _expected(group)
    after = group["marks"]
    before = group["marks_before"].fillna(after) if "marks_before" in group else after
    error = mark_variance * (1 / after.clip(lower=1) + slope**2 / before.clip(lower=1))
    return group.assign(residual=residual, error=error)


def _expected(group: pd.DataFrame) -> tuple[Floats, float]:
    """Return residuals of one subject from what its classes make expected, and the slope."""
    before, after = (group[name].to_numpy(dtype=np.float64) for name in ("before", "after"))
    labels = group["class_label"].to_numpy(dtype=str)
    x, y = np.zeros(before.size), np.zeros(before.size)
    for label in sorted(set(labels.tolist())):
        own = labels == label
        x[own] = before[own] - mean(before[own])
        y[own] = after[own] - mean(after[own])
    below = math.fsum(x**2)
    slope = math.fsum(x * y) / below if below > 0 else 0.0
    return y - slope * x, slope


def _reliability(residual: Floats, error: Floats) -> Floats:
    variance = squares(residual) / (residual.size - 1)
    true = max(0.0, variance - mean(error))
    found: Floats = true / (true + error) if true > 0 else np.zeros(residual.size)
    return found
