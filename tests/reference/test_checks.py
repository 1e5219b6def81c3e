"""Numbers of other programs, met to the tolerance that stands beside each of them.

checks.csv names for every row the data, the estimator, the value, the tolerance and the peer that
gave it (R 4.2.2: stats, effectsize 0.8.3, PowerUpR; RWWC; published tables).
"""

import csv
import functools
import itertools
import math

import numpy as np
import pytest

from posanalytics.evaluation.attrition import boundary
from posanalytics.evaluation.effect_size import cliffs_delta, hedges_g
from posanalytics.evaluation.estimators import ancova, two_step, welch
from posanalytics.evaluation.inference import benjamini_hochberg, permutation, smallest_p
from posanalytics.evaluation.power import NotFeasible, mdes_cra2


@functools.cache
def table(path):
    with path.open(encoding="utf-8") as file:
        return tuple(csv.DictReader(file))


class References:
    """The reference data by name, as arrays split into the two groups."""

    def __init__(self, folder):
        self.folder = folder / "reference"
        self.expected = {row["id"]: row for row in table(self.folder / "checks.csv")}

    def pupils(self, column):
        """Return a column of crtData for pupils of innovative and of control schools."""
        rows = table(self.folder / "eef_crtData/crtData.csv")
        return tuple([float(r[column]) for r in rows if r["Intervention"] == arm] for arm in "10")

    def school_means(self, value):
        """Return the means over each school's pupils, innovative and control schools."""
        rows = table(self.folder / "eef_crtData/crtData.csv")
        arms = []
        for arm in "10":
            ours = sorted((r for r in rows if r["Intervention"] == arm), key=lambda r: r["School"])
            groups = itertools.groupby(ours, key=lambda r: r["School"])
            arms.append([np.mean([value(r) for r in group]) for _, group in groups])
        return arms

    def residual(self):
        """Return the residual of Posttest ~ Prettest over all pupils, as a function of a row."""
        rows = table(self.folder / "eef_crtData/crtData.csv")
        x, y = (np.array([float(r[c]) for r in rows]) for c in ("Prettest", "Posttest"))
        slope, intercept = np.polyfit(x, y, 1)
        return lambda r: float(r["Posttest"]) - intercept - slope * float(r["Prettest"])

    def electric(self, grade, column):
        """Return a column of the classes of one grade, with the programme and without."""
        rows = [r for r in table(self.folder / "electric/electric.csv") if r["grade"] == grade]
        return tuple([float(r[column]) for r in rows if r["treatment"] == arm] for arm in "10")

    def electric_ancova(self, grade):
        """Return ANCOVA of the classes of one grade."""
        before, after = (self.electric(grade, name) for name in ("pre_test", "post_test"))
        return ancova((before[0], after[0]), (before[1], after[1]))

    def adjusted(self, grade):
        """Return the p of one grade after Benjamini–Hochberg over all four."""
        p_values = [self.electric_ancova(g).p_value for g in "1234"]
        return benjamini_hochberg(p_values)["1234".index(grade)]

    def stores(self):
        """Return gains in employment of stores seen twice, New Jersey and Pennsylvania."""
        rows = table(self.folder / "card_krueger/fastfood_data.csv")

        def employed(row, wave):
            parts = [row[name + wave] for name in ("empft", "nmgrs", "emppt")]
            if "NA" in parts or "" in parts:
                return math.nan
            full, managers, part = map(float, parts)
            return full + managers + part / 2

        gains = [(r["state"], employed(r, "2") - employed(r, "")) for r in rows]
        return tuple(
            [g for state, g in gains if state == arm and not math.isnan(g)] for arm in "10"
        )


def ancova_pupils(r):
    before, after = r.pupils("Prettest"), r.pupils("Posttest")
    return ancova((before[0], after[0]), (before[1], after[1]))


def electric_did(r):
    before, after = r.electric("1", "pre_test"), r.electric("1", "post_test")
    gains = [np.subtract(a, b) for a, b in zip(after, before, strict=True)]
    return two_step(*gains).estimate


def posttest(row):
    return float(row["Posttest"])


PRETEST = {"r2_pupil": 0.5, "r2_class": 0.5, "class_covariates": 1}
CHECKS = {
    "C023": lambda r: ancova_pupils(r).estimate,
    "C024": lambda r: ancova_pupils(r).standard_error,
    "C035": lambda r: permutation(*r.school_means(posttest)).p_value,
    "C036": lambda r: permutation(*r.school_means(r.residual())).p_value,
    "C037": lambda r: two_step(*r.school_means(posttest)).p_value,
    "C038": lambda r: hedges_g(*r.pupils("Prettest")).estimate,
    "C039": lambda r: hedges_g(*r.pupils("Posttest")).estimate,
    "C069": lambda r: r.electric_ancova("1").estimate,
    "C070": lambda r: r.electric_ancova("1").standard_error,
    "C071": lambda r: hedges_g(*r.electric("1", "post_test"), correction="exact").estimate,
    "C072": lambda r: cliffs_delta(*r.electric("1", "post_test")).estimate,
    "C077": lambda r: r.electric_ancova("3").estimate,
    "C078": lambda r: r.electric_ancova("3").standard_error,
    "C079": lambda r: hedges_g(*r.electric("3", "post_test"), correction="exact").estimate,
    "C080": lambda r: cliffs_delta(*r.electric("3", "post_test")).estimate,
    "C088": lambda r: r.adjusted("1"),
    "C089": lambda r: r.adjusted("2"),
    "C090": lambda r: r.adjusted("3"),
    "C091": lambda r: r.adjusted("4"),
    "C093": electric_did,
    "C133": lambda r: two_step(*r.stores()).estimate,
    "C178": lambda _: mdes_cra2(4, 25, icc=0.1).minimum_detectable,
    # R2 = 0.5 of both levels comes from a pretest, and its class mean is one class covariate.
    "C180": lambda _: mdes_cra2(6, 25, icc=0.1, **PRETEST).minimum_detectable,
    "C182": lambda _: mdes_cra2(12, 25, icc=0.2, **PRETEST).minimum_detectable,
    "C191": lambda _: hedges_g([5, 6, 7], [4, 5, 6]).estimate,
    "C196": lambda _: smallest_p(1, 2),
    "C198": lambda _: smallest_p(1, 6),
    "C200": lambda _: smallest_p(2, 4),
    "C202": lambda _: smallest_p(3, 3),
    "C204": lambda _: smallest_p(4, 4),
}


@pytest.fixture
def references(shared):
    return References(shared)


@pytest.mark.parametrize("check", CHECKS)
def test_the_number_of_the_peer_is_met(check, references):
    row = references.expected[check]
    tolerance = {
        name: float(row[f"tol_{name}"]) if row[f"tol_{name}"] else 0.0 for name in ("rel", "abs")
    }
    found = CHECKS[check](references)
    assert found == pytest.approx(float(row["expected"]), **tolerance), row["peer"]


def test_one_class_against_one_is_refused_as_powerupr_refuses_it(references):
    assert references.expected["C184"]["expected"] == "refuse"
    with pytest.raises(NotFeasible):
        mdes_cra2(2, 25, icc=0.1)


def test_the_peer_for_one_class_against_one_does_not_refuse_and_we_do(references):
    # WWC degrees of freedom of 1 v 1 class: 48 (VIVECampbell); class gains have none.
    peers = table(references.folder / "wwc/expected_vivecampbell.csv")
    theirs = next(float(r["value"]) for r in peers if "one class vs one class" in r["call"])
    assert theirs == 48
    assert two_step([0.4], [0.1]).df == 0


def possible(rows, column):
    """Return rows whose differential can occur at all with that overall loss."""
    return [
        (float(r["overall_pct"]), float(r[column]))
        for r in rows
        if float(r[column]) <= 2 * float(r["overall_pct"])
    ]


@pytest.mark.parametrize(
    ("assumptions", "column", "slack"),
    [("cautious", "cautious_diff_pct", 0.1), ("optimistic", "optimistic_diff_pct", 0.3)],
)
def test_the_attrition_boundary_is_that_of_the_wwc(references, assumptions, column, slack):
    # WWC Standards Handbook 4.0, table II.1, in percentage points, printed to 0.1.
    rows = possible(table(references.folder / "wwc/attrition_boundary_v4_tableII1.csv"), column)
    assert len(rows) > 50
    found = [boundary(overall / 100, assumptions) * 100 for overall, _ in rows]
    assert found == pytest.approx([expected for _, expected in rows], abs=slack)


@pytest.mark.parametrize(
    ("column", "limit"), [("cautious_diff_pct", 3), ("optimistic_diff_pct", 6)]
)
def test_the_printed_boundary_is_impossible_only_below_a_few_percent(references, column, limit):
    # Two groups that lose 2 % in all cannot differ by 5.9 points; the table prints it all the same.
    rows = table(references.folder / "wwc/attrition_boundary_v4_tableII1.csv")
    assert len(rows) - len(possible(rows, column)) == limit


def test_welch_is_that_of_r():
    # R 4.2.2, ?t.test: sleep data, t.test(extra ~ group): t = −1.8608, df = 17.776, p = 0.07939.
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = welch(first, second)
    assert found.estimate / found.standard_error == pytest.approx(-1.8608, abs=5e-5)
    assert found.df == pytest.approx(17.776, abs=5e-4)
    assert found.p_value == pytest.approx(0.07939, abs=5e-6)
    assert (found.conf_low, found.conf_high) == pytest.approx((-3.3654832, 0.2054832), abs=5e-8)
