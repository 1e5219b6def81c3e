"""Beside the primary test: the same difference by the other methods, one row each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from posanalytics.evaluation.bootstrap import wild_bootstrap
from posanalytics.evaluation.class_gains import over_subjects
from posanalytics.evaluation.regression import NotEstimable, fit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from posanalytics.evaluation.compare import Evaluation

METHOD_COLUMNS = ("method", "estimate", "conf_low", "conf_high", "p_value", "smallest_p")
_INDEX = ["class_label", "pupil"]


def pupil_rows(gains: pd.DataFrame, weights: Mapping[str, float]) -> pd.DataFrame:
    """Return one row per compared pupil: class, arm, weighted means before and after, gain.

    `gains` are rows of one measure with their `role`; a pupil's mean is over the subjects that
    there are, as in the primary comparison. `innovative` is 1 or 0.

    >>> two = pd.DataFrame({
    ...     "pupil": "p", "class_label": "7А", "role": "control", "subject": ["Алгебра", "Физика"],
    ...     "before": [3.0, 4.0], "after": [4.0, 4.0],
    ... })
    >>> pupil_rows(two, {"Алгебра": 0.25, "Физика": 0.75})[["before", "after", "gain"]].to_numpy()
    array([[3.75, 4.  , 0.25]])
    """
    kept = gains["role"].isin(["innovative", "control"]) & gains["subject"].isin(list(weights))
    before, after = (
        over_subjects(gains[kept], weights, by=[*_INDEX, "role"], column=column)
        for column in ("before", "after")
    )
    rows = pd.concat([before, after], axis=1).dropna().reset_index()
    return rows[_INDEX].assign(
        innovative=rows["role"].eq("innovative").astype("float64"),
        before=rows["before"],
        after=rows["after"],
        gain=rows["after"] - rows["before"],
    )


def beside(evaluation: Evaluation, pupils: pd.DataFrame) -> pd.DataFrame:
    """Return a row per method that can speak, the primary one first.

    Those of the evaluation, and on `pupils` (`pupil_rows`) the regression of gains on the arm with
    CR2 and Satterthwaite's df, and the wild bootstrap of whole classes. The permutation and the
    bootstrap test a difference and give no interval; the regression weighs a class by its pupils.
    A method that refuses so few classes has no row; neither has any but the primary one where
    classes begin in different terms.
    """
    found = [_primary(evaluation)]
    if not evaluation.design.late:
        found += [*_of_classes(evaluation), *_of_pupils(pupils)]
    rows = pd.DataFrame(
        [{name: row.get(name, math.nan) for name in METHOD_COLUMNS} for row in found],
        columns=list(METHOD_COLUMNS),
    )
    return rows[rows["p_value"].notna()].drop_duplicates("method", ignore_index=True)


_Row = dict[Any, Any]


def _primary(evaluation: Evaluation) -> _Row:
    return {name: getattr(evaluation, name) for name in METHOD_COLUMNS}


def _of_classes(evaluation: Evaluation) -> Iterable[_Row]:
    """Return what the evaluation holds besides its primary test."""
    for difference in (evaluation.two_step, evaluation.welch, evaluation.ancova):
        yield difference.tidy().to_dict("records")[0]
    if evaluation.permutation:
        yield {
            "estimate": evaluation.estimate,
            **evaluation.permutation.tidy().to_dict("records")[0],
        }


def _of_pupils(pupils: pd.DataFrame) -> Iterable[_Row]:
    """Return the regression of gains and its bootstrap, where there are two classes in each arm."""
    arm, unit = "innovative", "class_label"
    try:
        found = fit(pupils, outcome="gain", regressors=[arm], cluster=unit, covariance="CR2")
        test = wild_bootstrap(pupils, outcome="gain", regressors=[arm], tested=arm, cluster=unit)
    except NotEstimable:
        return
    row = found.tidy().set_index("contrast").loc[arm]
    yield row.to_dict()
    yield {"estimate": row["estimate"], **test.tidy().to_dict("records")[0]}
