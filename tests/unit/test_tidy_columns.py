"""Every table of a result speaks the words of the glossary."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from posanalytics.evaluation.attrition import attrition
from posanalytics.evaluation.cluster_effect import OneArm
from posanalytics.evaluation.gaps import by_parallel, gap_closing, lower_tail
from posanalytics.evaluation.growth_percentiles import GrowthPercentiles
from posanalytics.evaluation.history import PreTrend
from posanalytics.evaluation.mixed import mixed_model
from posanalytics.evaluation.residuals import pupil_residuals
from posanalytics.schema import GLOSSARY

LABELS = np.repeat(["5А", "5Б", "6А", "6Б"], 10)


def pupils():
    """Return ten pupils in each of four classes, whose later marks differ a little."""
    place = np.arange(40)
    return pd.DataFrame(
        {
            "pupil": [f"p{number:02}" for number in place],
            "class_label": LABELS,
            "innovative": np.repeat([1.0, 0.0, 1.0, 0.0], 10),
            "subject": "Алгебра",
            "earlier": 3.0 + place % 10 / 5,
            "before": 3.0 + place % 10 / 5,
            "after": 3.5 + (place * 7 % 10) / 5,
            "marks": 8,
            "membership": "both",
        }
    )


def single_marks():
    """Return a row per mark of those pupils."""
    phases = [pupils().assign(phase=phase, mark=pupils()[phase]) for phase in ("before", "after")]
    return pd.concat(phases)


TABLES = {
    "attrition": lambda: attrition(pupils(), innovative=["5А"], control=["5Б"]),
    "lower tail": lambda: lower_tail(single_marks()),
    "gap closing": lambda: gap_closing(pupils()),
    "by parallel": lambda: by_parallel(pupils()),
    "residuals": lambda: pupil_residuals(pupils(), mark_variance=0.5),
    "nobody": lambda: pupil_residuals(pupils()[:5], mark_variance=0.5),
    "pre-trend": PreTrend,
    "one arm": lambda: OneArm(100, 40, 5),
    "percentiles": lambda: GrowthPercentiles(np.ones(2), np.ones(2), np.array([3, 97])),
    "mixed": lambda: mixed_model(
        pupils(), outcome="after", regressors=["before"], group="class_label"
    ),
}


@pytest.mark.parametrize("name", sorted(TABLES))
def test_the_columns_of_the_table_are_in_the_glossary(name):
    table = TABLES[name]().tidy()
    assert set(table.columns) <= GLOSSARY.keys()
