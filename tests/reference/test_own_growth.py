"""Growth percentiles meet quantreg on splines; tests/reference/own/growth.R made the numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from posanalytics.evaluation.growth_percentiles import (
    TooFewPupils,
    UnknownScore,
    growth_percentiles,
    quantile_regression,
)


@pytest.fixture(scope="module")
def pupils():
    return pd.read_csv(Path(__file__).parent / "own" / "growth.csv")


@pytest.fixture(scope="module")
def percentiles(pupils):
    return growth_percentiles(pupils["before"], pupils["after"]).percentiles


def test_percentiles_meet_quantreg(pupils, percentiles):
    assert (percentiles == pupils["percentile"].to_numpy()).all()


def test_the_order_of_pupils_changes_nothing(pupils, percentiles):
    mixed = pupils.iloc[::-1]
    found = growth_percentiles(mixed["before"], mixed["after"])
    assert (found.percentiles[::-1] == percentiles).all()
    assert found.tidy()["percentile"].tolist() == percentiles.tolist()[::-1]


def test_fewer_than_a_thousand_pupils_are_refused(pupils):
    with pytest.raises(TooFewPupils, match="999 pupils"):
        growth_percentiles(pupils["before"][:999], pupils["after"][:999])


def test_a_regression_on_one_alone_is_the_quantile():
    # 0 … 10: the median is 5
    assert quantile_regression(np.ones((11, 1)), np.arange(11.0), 0.5) == pytest.approx([5.0])


def test_nine_different_scores_are_refused():
    before = np.arange(1_000) % 9
    with pytest.raises(TooFewPupils, match="9 different earlier scores"):
        growth_percentiles(before, before)


@pytest.mark.parametrize("missing", [np.nan, np.inf])
@pytest.mark.parametrize("column", ["before", "after"])
def test_a_missing_score_is_refused(pupils, column, missing):
    gone = pupils.astype(float)
    gone.loc[[3, 5], column] = missing
    with pytest.raises(UnknownScore, match="2 pupils lack a score"):
        growth_percentiles(gone["before"], gone["after"])


def test_a_regression_without_an_optimum_is_not_taken_for_one():
    with pytest.raises(RuntimeError, match="failed"):
        quantile_regression(np.ones((3, 1)), np.arange(3.0), 2.0)  # no such quantile
