"""What could have been seen."""

import math

import pytest
from scipy.stats import nct, t

from posanalytics.evaluation.power import (
    NotFeasible,
    mdes_cra2,
    minimum_detectable,
    noncentrality,
)


def power_at(df, away):
    """Return the power of the two-sided t test by the noncentral t of scipy."""
    edge = t.ppf(0.975, df)
    return nct.sf(edge, df, away) + nct.cdf(-edge, df, away)


def noticed(*arguments, **options):
    return minimum_detectable(*arguments, **options).minimum_detectable


@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
@pytest.mark.parametrize("df", [3, 4, 8, 48])
def test_at_the_difference_noticed_the_power_is_exactly_the_one_asked(df, power):
    assert power_at(df, noncentrality(df, power=power)) == pytest.approx(power, abs=1e-9)


def test_with_one_degree_of_freedom_the_power_can_be_integrated():
    # T = (Z + λ)/|X|, Z and X normal: P(|T| > e) = ∫ 2φ(x)·(Φ(λ − ex) + Φ(−λ − ex)) dx, x > 0;
    # e is the .975 quantile of Cauchy. Trapezoid of 200,000 steps.
    edge, away = math.tan(math.pi * 0.475), noncentrality(1)

    def height(x):
        inside = math.erfc((edge * x - away) / math.sqrt(2))
        outside = math.erfc((edge * x + away) / math.sqrt(2))
        return math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) * (inside + outside)

    step = 8 / 200_000
    area = step * (height(0.0) / 2 + math.fsum(height(step * i) for i in range(1, 200_000)))
    assert area == pytest.approx(0.80, abs=1e-8)


def test_the_difference_is_counted_in_standard_errors():
    # 0.15·√(1/2 + 1/4), df 4
    assert noticed(0.15, 2, 4) == pytest.approx(noncentrality(4) * 0.15 * math.sqrt(0.75))


def test_a_spread_known_from_more_classes_shows_smaller_differences():
    assert noticed(0.15, 2, 2, df=20) < noticed(0.15, 2, 2)


@pytest.mark.parametrize("classes", [(1, 1), (0, 3), (3, 0)])
def test_a_design_without_a_test_detects_nothing(classes):
    assert math.isnan(noticed(0.15, *classes))


def test_less_than_one_degree_of_freedom_detects_nothing():
    assert math.isnan(noticed(0.15, 2, 2, df=0.9))
    assert noticed(0.15, 2, 2, df=1) > 0


def test_an_unknown_spread_gives_an_unknown_answer():
    assert math.isnan(noticed(math.nan, 2, 2))


def test_the_difference_comes_as_a_row_with_its_formula():
    row = minimum_detectable(0.15, 2, 4).tidy().to_dict("records")[0]
    assert (row["df"], row["method"]) == (4, "noncentral_t")
    assert mdes_cra2(4, 25, icc=0.1).tidy()["method"].tolist() == ["powerupr_cra2"]


@pytest.mark.parametrize("power", [0.05, 1.0])
def test_a_power_that_no_effect_has_is_refused(power):
    with pytest.raises(ValueError, match="between the level"):
        noncentrality(4, power=power)


def test_two_classes_are_refused_with_the_number_that_is_missing():
    with pytest.raises(NotFeasible, match="2 classes leave 0 degrees of freedom"):
        mdes_cra2(2, 25, icc=0.1)


def test_a_covariate_of_classes_costs_a_degree_of_freedom():
    # STATISTICS.md 0.4: at 2 v 2 a class-level covariate makes it worse, 1.98 → 3.67.
    found = mdes_cra2(4, 25, icc=0.1, r2_class=0.5, r2_pupil=0.5, class_covariates=1)
    assert found.minimum_detectable == pytest.approx(3.67, abs=0.005)
    assert mdes_cra2(4, 25, icc=0.1).minimum_detectable == pytest.approx(1.98, abs=0.005)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_an_arm_without_classes_detects_nothing(share):
    with pytest.raises(NotFeasible, match="one arm empty"):
        mdes_cra2(10, 25, icc=0.1, share_innovative=share)


@pytest.mark.parametrize(("df", "power"), [(1, 0.73), (2, 0.77), (4, 0.79)])
def test_the_sum_of_two_quantiles_would_have_less_power_than_asked(df, power):
    # why the published approximation is used for PowerUpR's own number alone
    assert power_at(df, t.ppf(0.975, df) + t.ppf(0.80, df)) == pytest.approx(power, abs=0.005)
