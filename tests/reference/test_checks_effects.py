"""Effect sizes and mixed models met to the tolerance of the peer named in checks.csv."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from posanalytics.evaluation.cluster_effect import (
    OneArm,
    Spreads,
    cluster_effect,
    clustering_corrected,
    df_clustered,
    df_pustejovsky,
)
from posanalytics.evaluation.effect_size import adjusted_g, cox_index, hedges_g
from posanalytics.evaluation.icc import anova_icc
from posanalytics.evaluation.mixed import mixed_model
from posanalytics.evaluation.regression import fit


@pytest.fixture
def schools(reference):
    return pd.read_csv(reference / "eef_crtData/crtData.csv")


def model(frame, **options):
    return mixed_model(
        frame,
        outcome="Posttest",
        regressors=["Intervention", "Prettest"],
        group="School",
        **options,
    )


def test_the_random_intercept_meets_lme4(schools, expected):
    found = model(schools)
    assert expected("C001", found.estimates[1])
    assert expected("C002", found.standard_errors[1])
    assert expected("C003", found.spreads[0] ** 2)
    assert expected("C004", found.residual_sd**2)
    assert expected("C005", found.criterion)


def test_satterthwaite_meets_lmertest(schools, expected):
    found = model(schools)
    assert expected("C018", found.df[1])
    assert expected("C019", found.tidy()["p_value"][1])


def test_kenward_roger_meets_pbkrtest(schools, expected):
    found = model(schools, degrees="kenward_roger")
    assert expected("C020", found.standard_errors[1])
    assert expected("C021", found.df[1])
    assert expected("C022", found.tidy()["p_value"][1])


def test_schools_with_both_arms_meet_lme4(reference, expected):
    frame = pd.read_csv(reference / "eef_mstData/mstData.csv")
    assert expected("C068", model(frame).estimates[1])


def test_growth_curves_meet_lme4(reference, expected):
    found = mixed_model(
        pd.read_csv(reference / "sleepstudy/sleepstudy.csv"),
        outcome="Reaction",
        regressors=["Days"],
        group="Subject",
        slope="Days",
    )
    assert expected("C138", found.estimates[1])
    assert expected("C139", found.standard_errors[1])
    assert expected("C140", found.spreads[0])
    assert expected("C141", found.correlation)
    assert expected("C142", found.criterion)


def effects(frame, spreads_of):
    """Return the effect of the adjusted model in the spreads of another model."""
    by_arm = [
        frame[frame["Intervention"] == arm].groupby("School").size().tolist() for arm in (1, 0)
    ]
    spreads = Spreads(spreads_of.spreads[0] ** 2, spreads_of.residual_sd**2)
    return cluster_effect(model(frame).estimates[1], spreads, tuple(by_arm))


@pytest.mark.parametrize(
    ("conditional", "kind", "rows"),
    [
        (True, "within", ("C006", "C007", "C008")),
        (True, "total", ("C009", "C010", "C011")),
        (False, "within", ("C012", "C013", "C014")),
        (False, "total", ("C015", "C016", "C017")),
    ],
)
def test_effects_in_classes_meet_eefanalytics(schools, expected, conditional, kind, rows):
    empty = mixed_model(schools, outcome="Posttest", regressors=[], group="School")
    found = getattr(effects(schools, model(schools) if conditional else empty), kind)
    for row, name in zip(rows, ("estimate", "conf_low", "conf_high"), strict=True):
        assert expected(row, getattr(found, name))


def test_corrections_of_the_clearinghouse_meet_vivecampbell(expected):
    arm = OneArm(100, 40, 5, icc=0.1)
    assert expected("C185", df_clustered(100, 5, icc=0.1))
    assert expected("C186", df_pustejovsky(100, 5, icc=0.1))
    assert expected("C187", arm.df)
    assert expected("C188", arm.shrinkage)
    assert expected("C189", arm.inflation)
    wide = OneArm(100, 40, 10, icc=0.1)
    assert expected("C190", wide.variance(0.2, r2=0.5, covariates=3))


def test_the_cox_index_meets_baselinr(expected):
    assert expected("C192", cox_index(0.8, 0.5).estimate)


def test_the_corrected_t_meets_rwwc(schools, expected):
    innovative, control = (
        schools.loc[schools["Intervention"] == arm, "Posttest"].tolist() for arm in (1, 0)
    )
    pupils, size = len(schools), len(schools) / schools["School"].nunique()
    # RWWC takes t from Hedges' g: g/√(1/n₁ + 1/n₀ + g²/(2N))
    g = hedges_g(innovative, control).estimate
    t = g / (1 / len(innovative) + 1 / len(control) + g**2 / (2 * pupils)) ** 0.5
    found = clustering_corrected(t, pupils, size)
    assert expected("C040", found.statistic)
    assert expected("C041", found.p_value)
    assert expected("C042", found.df)


@pytest.mark.parametrize(
    ("conditional", "rows"),
    [(True, ("C060", "C061", "C062")), (False, ("C063", "C064", "C065"))],
)
def test_effects_of_a_simple_trial_meet_eefanalytics(reference, expected, conditional, rows):
    frame = pd.read_csv(reference / "eef_mstData/mstData.csv")
    found = fit(
        frame, outcome="Posttest", regressors=["Intervention", "Prettest"], covariance="iid"
    )
    ours = int(frame["Intervention"].sum())
    sd = found.residual_sd if conditional else frame["Posttest"].std()
    g = adjusted_g(found.estimates[1], sd, (ours, len(frame) - ours))
    # eefAnalytics takes 1.96 for the normal quantile
    reach = 1.96 * g.standard_error
    ends = (g.estimate, g.estimate - reach, g.estimate + reach)
    for row, value in zip(rows, ends, strict=True):
        assert expected(row, value)


def test_every_row_of_the_checks_is_met_somewhere(reference):
    here = Path(__file__).parent
    tests = "\n".join(path.read_text("utf-8") for path in sorted(here.glob("test_checks*.py")))
    named = set(re.findall(r"C\d{3}", tests))
    # the event study numbers its rows: C111 and the eight after it
    named |= {f"C{111 + place}" for place in range(9)}
    assert sorted(set(pd.read_csv(reference / "checks.csv")["id"]) - named) == []


def test_the_share_between_schools_meets_r(schools, expected):
    found = anova_icc([group.tolist() for _, group in schools.groupby("School")["Posttest"]])
    assert expected("C043", found.estimate)
