"""How big a difference is when pupils come in classes: where it may speak and where not."""

import math

import pytest

from posanalytics.evaluation.cluster_effect import Spreads, cluster_effect, clustering_corrected


def test_one_class_in_an_arm_has_no_effect_over_all_pupils():
    for sizes in (([10], [10, 10]), ([10, 10], [10])):
        found = cluster_effect(2.0, Spreads(1.0, 3.0), sizes)  # warnings are errors here
        assert math.isnan(found.total.estimate)
        assert math.isnan(found.total.standard_error)
        assert found.within.estimate == 2 / math.sqrt(3)


def test_two_classes_in_each_arm_have_one():
    # Classes of one size (Hedges 2007, equation 15): d_T = b/s_T·√(1 − 2(n − 1)ρ/(N − 2)),
    # here n = 10, N = 40, ρ = 1/4, s_T = 2
    found = cluster_effect(2.0, Spreads(1.0, 3.0), ([10, 10], [10, 10]))
    assert found.total.estimate == pytest.approx(math.sqrt(1 - 2 * 9 * 0.25 / 38))
    assert found.total.conf_low < found.total.estimate < found.total.conf_high


def test_without_any_spread_inside_classes_there_is_no_unit():
    found = cluster_effect(2.0, Spreads(1.0, 0.0), ([10, 10], [10, 10]))
    assert math.isnan(found.within.estimate)
    assert math.isnan(found.total.estimate)


def test_an_arm_without_pupils_has_no_effect():
    found = cluster_effect(2.0, Spreads(1.0, 3.0), ([], [10, 10]))
    assert math.isnan(found.within.estimate)
    assert math.isnan(found.total.estimate)


def test_a_corrected_t_is_a_table_of_one_row():
    found = clustering_corrected(2.0, 100, 5, icc=0.1)
    # t·√((98 − 2·4·.1)/(98·(1 + 4·.1)))
    assert found.statistic == pytest.approx(2 * math.sqrt(97.2 / 137.2))
    row = found.tidy().to_dict("records")[0]
    assert (row["statistic"], row["method"]) == (found.statistic, "wwc_clustering")
