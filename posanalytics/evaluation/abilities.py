"""What a design can show, said before any result is looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from posanalytics.evaluation import archive
from posanalytics.evaluation import verdict as verdicts
from posanalytics.evaluation.archive import Shape
from posanalytics.evaluation.attrition import Attrition, attrition
from posanalytics.evaluation.class_gains import (
    Panel,
    Sides,
    events_of_compared,
    parallels_of,
    pupils_by_class,
    sides_of,
    without_counterpart,
)
from posanalytics.evaluation.effect_size import squares
from posanalytics.evaluation.equivalence import BaselineEquivalence, baseline
from posanalytics.evaluation.exchangeability import (
    Exchangeability,
    exchangeability_of,
    untouched_sides,
)
from posanalytics.evaluation.history import PreTrend, marks_behind, pre_trend
from posanalytics.evaluation.icc import IntraclassCorrelation, anova_icc
from posanalytics.evaluation.inference import smallest_p
from posanalytics.evaluation.late_starts import smallest_p_of_starts
from posanalytics.evaluation.power import NotFeasible, mdes_cra2, minimum_detectable
from posanalytics.evaluation.sentences import early_caveats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from posanalytics.evaluation.composite import Weights
    from posanalytics.evaluation.design import Design, Outcome
    from posanalytics.evaluation.effect_size import Sample
    from posanalytics.evaluation.findings import Code, Reliability

_ROUNDING = 1e-9

Primary = Literal["archive_placebo", "two_step", "staggered", "none"]


@dataclass(frozen=True)
class BetweenClasses:
    """How much of pupils' gains lies between classes in the school's own archive.

    `spread` is the standard deviation of pupils' gains in marks, `mdes` what PowerUpR says that so
    many classes of that size notice, in such standard deviations; NaN where it is not feasible.
    """

    icc: IntraclassCorrelation
    spread: float
    mdes: float

    @property
    def minimum_detectable(self) -> float:
        """The same in marks."""
        return self.mdes * self.spread

    def tidy(self) -> pd.DataFrame:
        """Return the share between classes and what it lets be seen as a table of one row."""
        return self.icc.tidy().assign(
            spread=self.spread, minimum_detectable=self.minimum_detectable
        )


class Beforehand(NamedTuple):
    """What untouched and earlier data say about one outcome, whatever its result."""

    exchangeability: Exchangeability
    pre_trend: PreTrend
    marks_behind: float

    def findings(self) -> dict[str, Any]:
        """Return the same as fields of the findings."""
        return {
            "archive_spread_changed": not (self.exchangeability.holds or self.exchangeability.flat),
            "archive_flat": self.exchangeability.flat,
            "parallel_p": self.pre_trend.p_value,
            "parallel_testable": self.pre_trend.testable,
            "marks_behind": self.marks_behind,
        }


def beforehand(
    panel: Panel, outcome: Outcome, design: Design, history: pd.DataFrame | None
) -> Beforehand:
    """Return what can be known without any gain of an innovative class."""
    sides = untouched_sides(panel, outcome, design)
    counted = outcome.measure == "mean_mark"
    return Beforehand(
        exchangeability_of(sides, panel, design),
        pre_trend(history, sides.weights, design),
        marks_behind(history, sides.weights, design)
        if history is not None and counted
        else math.nan,
    )


def of_measure(table: pd.DataFrame | None, outcome: Outcome) -> pd.DataFrame | None:
    """Return the rows of a table that hold the measure of an outcome."""
    if table is None or "measure" not in table.columns:
        return table
    return table[table["measure"] == outcome.measure]


@dataclass(frozen=True, kw_only=True)
class Ability:
    """What a design can show about one outcome, known before any result."""

    outcome: Outcome
    classes_innovative: int
    classes_control: int
    archived: int
    ordinary: int
    method: Primary
    tests: tuple[str, ...]
    smallest_p: float
    smallest_p_permutation: float
    smallest_p_archive: float
    spread: float
    minimum_detectable: float
    between: BetweenClasses
    beforehand: Beforehand
    baseline: BaselineEquivalence
    attrition: Attrition | None
    best_verdict: Code
    reliability: Reliability
    reasons: tuple[str, ...]
    limits: tuple[str, ...]


def design_abilities(  # noqa: PLR0913 - every table of facts may be missing
    gains: pd.DataFrame,
    design: Design,
    outcomes: Sequence[Outcome],
    *,
    before: pd.DataFrame | None = None,
    membership: pd.DataFrame | None = None,
    history: pd.DataFrame | None = None,
) -> list[Ability]:
    """Return what could be concluded about every outcome, before any result is looked at.

    Rows of innovative classes in `gains` are thrown away first, so no gain of theirs is touched;
    those of control classes only show whether this year spreads as the archive does. `before`
    holds marks before the start (`panel.baseline_marks`), `membership` who is still there,
    `history` the means of the compared classes term by term (`panel.class_terms`); all three may
    be missing.
    """
    ours = gains["class_label"].isin(design.innovative) & (
        gains["school_year"] == design.school_year
    )
    untouched = gains[~ours]
    lost = (
        attrition(membership, innovative=design.innovative, control=design.control)
        if membership is not None
        else None
    )
    panels = {m: Panel.of(untouched, m) for m in {o.measure for o in outcomes}}
    return [
        _ability(
            panels[outcome.measure],
            outcome,
            design,
            _Known(
                rows if (rows := of_measure(untouched, outcome)) is not None else untouched,
                of_measure(before, outcome),
                lost,
                of_measure(history, outcome),
            ),
        )
        for outcome in outcomes
    ]


class _Known(NamedTuple):
    """Tables that hold no result: gains of untouched classes, marks before, losses, history."""

    gains: pd.DataFrame
    before: pd.DataFrame | None
    lost: Attrition | None
    history: pd.DataFrame | None


def _ability(panel: Panel, outcome: Outcome, design: Design, known: _Known) -> Ability:
    sides = _archive_only(panel, outcome, design)
    early = beforehand(panel, outcome, design, known.history)
    g1, g0 = len(design.innovative), len(design.control)
    years = tuple(len(gains) for _, gains in sorted(sides.archive.items()) if len(gains) > 1)
    shape = Shape(g1, g0, len(sides.ordinary), years)
    method, tests = _methods(shape, design, alike=early.exchangeability.holds)
    spread = _archive_spread(sides)
    if design.late:
        method, tests = "staggered", ("staggered",)
    exact = _smallest_p_permutation(design) if g1 and g0 else math.nan
    of_starts = smallest_p_of_starts(design) if design.late else math.nan
    from_archive = archive.smallest_p(shape) if g1 and g0 else math.nan
    alike = _baseline_before(outcome, design, known.before)
    findings = _hopeful(
        outcome, design, method, alike, known.lost, early, sides.weighting, of_starts
    )
    best, _, told = verdicts.decide(findings)
    reasons = tuple(reason for reason in told if reason != "confirmed")
    return Ability(
        outcome=outcome,
        classes_innovative=g1,
        classes_control=g0,
        archived=sum(years),
        ordinary=len(sides.ordinary),
        method=method,
        tests=tests,
        smallest_p={"archive_placebo": from_archive, "staggered": of_starts}.get(method, math.nan),
        smallest_p_permutation=exact,
        smallest_p_archive=from_archive,
        spread=spread,
        minimum_detectable=_detectable(shape, method, spread),
        between=_between_classes(pupils_by_class(known.gains, sides), 0 if design.late else g1, g0),
        beforehand=early,
        baseline=alike,
        attrition=known.lost,
        best_verdict=best,
        reliability=verdicts.rate(findings) if best != "F" else "none",
        reasons=reasons,
        limits=(
            *(verdicts.reason_text(reason, findings, lang=None) for reason in reasons),
            *early_caveats(findings, lang=None),
        ),
    )


def _archive_only(panel: Panel, outcome: Outcome, design: Design) -> Sides:
    nobody = replace(design, innovative=(), control=())
    return sides_of(panel.without(design.control, design.school_year), outcome, nobody)


def _between_classes(
    classes: Mapping[tuple[str, str], Sample], innovative: int, control: int
) -> BetweenClasses:
    years = [year for year, _ in sorted(classes)]
    groups = [classes[key] for key in sorted(classes)]
    icc = anova_icc(groups, years=years)
    share = max(0.0, icc.estimate)
    if not icc.estimate < 1 - _ROUNDING or not innovative or not control:
        return BetweenClasses(icc, math.nan, math.nan)
    within = math.fsum(squares(group) for group in groups) / (icc.pupils - icc.classes)
    total = innovative + control
    try:
        mdes = mdes_cra2(
            total,
            round(icc.pupils / icc.classes),
            icc=share,
            share_innovative=innovative / total,
        ).minimum_detectable
    except NotFeasible:
        mdes = math.nan
    return BetweenClasses(icc, math.sqrt(within / (1 - share)), mdes)


def _smallest_p_permutation(design: Design) -> float:
    """Return the smallest p of the permutation that `compare` makes: inside parallels if it can."""
    groups = [(len(ours), len(theirs)) for ours, theirs in parallels_of(design)]
    if without_counterpart(design):
        return smallest_p(len(design.innovative), len(design.control))
    ways = math.prod(math.comb(g1 + g0, g1) for g1, g0 in groups)
    return min(1.0, (2 if all(g1 == g0 for g1, g0 in groups) else 1) / ways)


def _methods(shape: Shape, design: Design, *, alike: bool) -> tuple[Primary, tuple[str, ...]]:
    g1, g0 = shape.innovative, shape.control
    if not g1 or not g0:
        return "none", ()
    possible = {
        "archive_placebo": archive.usable(shape) and alike,
        "two_step": g1 + g0 > 2,  # noqa: PLR2004 - df = G − 2
        "permutation": _smallest_p_permutation(design) < verdicts.SIGNIFICANT,
        "welch": min(g1, g0) > 1,
    }
    tests = tuple(name for name, can in possible.items() if can)
    if possible["archive_placebo"]:
        return "archive_placebo", tests
    return ("two_step" if possible["two_step"] else "none"), tests


def _archive_spread(sides: Sides) -> float:
    groups = [sides.ordinary, *sides.archive.values()]
    df = sum(max(0, len(group) - 1) for group in groups)
    return math.sqrt(math.fsum(squares(g) for g in groups if len(g)) / df) if df else math.nan


def _detectable(shape: Shape, method: Primary, spread: float) -> float:
    if method == "staggered":
        return math.nan
    if method == "archive_placebo":
        return archive.detectable_factor(shape) * spread
    return minimum_detectable(spread, shape.innovative, shape.control).minimum_detectable


def _baseline_before(
    outcome: Outcome, design: Design, before: pd.DataFrame | None
) -> BaselineEquivalence:
    if before is None:
        return baseline([], [])
    rows = before[
        before["subject"].isin(outcome.subjects) & (before["school_year"] == design.school_year)
    ].sort_values(["class_label", "pupil", "subject"])
    means = rows.groupby(["class_label", "pupil"], as_index=False)["before"].mean()
    arms = [
        means.loc[means["class_label"].isin(labels), "before"].to_numpy()
        for labels in (design.innovative, design.control)
    ]
    return baseline(*arms)


def _hopeful(  # noqa: PLR0913, PLR0917 - all that is known
    outcome: Outcome,
    design: Design,
    method: Primary,
    alike: BaselineEquivalence,
    lost: Attrition | None,
    early: Beforehand,
    weighting: Weights,
    of_starts: float,
) -> verdicts.Findings:
    """Return findings as good as the design allows: decided, they give its best verdict."""
    return verdicts.Findings(
        title=outcome.title,
        composite=len(outcome.subjects) > 1,
        period="",
        innovative=design.innovative,
        control=design.control,
        estimate=1.0,
        conf_low=1.0,
        conf_high=1.0,
        p_value=0.0,
        p_adjusted=0.0,
        negligible=0.0,
        spread=1.0,
        confirmations=(0.0,) if method in {"archive_placebo", "two_step"} else (),
        p_unequal_spread=0.0 if len(design.control) > 1 else math.nan,
        ancova=1.0,
        archive_usable=method == "archive_placebo",
        archive_untested=method == "archive_placebo" and early.exchangeability.untested,
        terms_before=bool(design.periods.before),
        fewest_pupils=verdicts.FEWEST_PUPILS,
        baseline_g=0.0 if math.isnan(alike.g) else alike.g,
        lost=lost.overall if lost and not math.isnan(lost.overall) else 0.0,
        attrition=lost.determination if lost and lost.determination != "unknown" else "cautious",
        chosen_before=design.chosen_before,
        events=events_of_compared(design),
        other_year_groups=without_counterpart(design),
        common_work=outcome.common_work,
        vpr_in_gradebook=outcome.vpr_in_gradebook,
        lessons=design.lessons,
        teachers=design.teachers,
        instruments=outcome.instruments,
        staggered=() if of_starts < verdicts.SIGNIFICANT else design.late,
        subjects_weightless=weighting.nothing,
        weights_refused=weighting.refused,
        **early.findings(),
    )
