"""What could have been seen."""

import math

import pytest
from scipy.stats import nct, t

from posanalytics.evaluation.power import NotFeasible, mdes_cra2, minimum_detectable


def test_with_two_degrees_of_freedom_the_formula_can_be_written_out():
    # df = 2: the quantile of P is a·√(2/(1 − a²)), a = 2P − 1.
    def quantile(p):
        a = 2 * p - 1
        return a * math.sqrt(2 / (1 - a**2))

    expected = (quantile(0.975) + quantile(0.80)) * 0.15 * math.sqrt(1 / 2 + 1 / 2)
    assert minimum_detectable(0.15, 2, 2) == pytest.approx(expected, rel=1e-12)


def test_a_spread_known_from_more_classes_shows_smaller_differences():
    assert minimum_detectable(0.15, 2, 2, df=20) < minimum_detectable(0.15, 2, 2)


@pytest.mark.parametrize("classes", [(1, 1), (0, 3)])
def test_a_design_without_a_test_detects_nothing(classes):
    assert math.isnan(minimum_detectable(0.15, *classes))


def test_an_unknown_spread_gives_an_unknown_answer():
    assert math.isnan(minimum_detectable(math.nan, 2, 2))


def test_two_classes_are_refused_with_the_number_that_is_missing():
    with pytest.raises(NotFeasible, match="2 classes leave 0 degrees of freedom"):
        mdes_cra2(2, 25, icc=0.1)


def test_a_covariate_of_classes_costs_a_degree_of_freedom():
    # STATISTICS.md 0.4: at 2 v 2 a class-level covariate makes it worse, 1.98 → 3.67.
    found = mdes_cra2(4, 25, icc=0.1, r2_class=0.5, r2_pupil=0.5, class_covariates=1)
    assert found == pytest.approx(3.67, abs=0.005)
    assert mdes_cra2(4, 25, icc=0.1) == pytest.approx(1.98, abs=0.005)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_an_arm_without_classes_detects_nothing(share):
    with pytest.raises(NotFeasible, match="one arm empty"):
        mdes_cra2(10, 25, icc=0.1, share_innovative=share)


@pytest.mark.parametrize(("classes", "power"), [((1, 2), 0.73), ((2, 2), 0.77), ((2, 4), 0.79)])
def test_the_exact_power_at_the_detectable_difference_is_a_little_below_that_asked(classes, power):
    # the noncentral t of scipy, at the difference in standard errors
    df = sum(classes) - 2
    away = minimum_detectable(1.0, *classes) / math.sqrt(1 / classes[0] + 1 / classes[1])
    edge = t.ppf(0.975, df)
    assert nct.sf(edge, df, away) + nct.cdf(-edge, df, away) == pytest.approx(power, abs=0.005)
