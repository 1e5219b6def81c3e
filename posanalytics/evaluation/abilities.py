"""What a design can show, said before any result is looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from posanalytics.evaluation import archive
from posanalytics.evaluation import verdict as verdicts
from posanalytics.evaluation.archive import Shape
from posanalytics.evaluation.attrition import Attrition, attrition
from posanalytics.evaluation.class_gains import (
    Panel,
    Pupils,
    Sides,
    events_of_compared,
    parallels_of,
    pupils_by_class,
    pupils_of,
    sides_of,
    starting_levels,
    without_counterpart,
)
from posanalytics.evaluation.composite import Weights
from posanalytics.evaluation.effect_size import squares
from posanalytics.evaluation.equivalence import (
    BaselineEquivalence,
    CeilingFloor,
    baseline,
    ceiling_floor,
)
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
from posanalytics.labels import class_order
from posanalytics.wording import listed, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from posanalytics.evaluation.design import Design, Outcome
    from posanalytics.evaluation.effect_size import Sample
    from posanalytics.evaluation.findings import Code, Reliability

_ROUNDING = 1e-9

Primary = Literal["archive_placebo", "two_step", "staggered", "none"]
_START_COLUMNS = ["class_unit", "class_label", "school_year", "pupil", "subject", "before"]
_NOBODY = Sides(Weights({}), np.zeros(0), np.zeros(0), np.zeros(0), {})


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
    """What untouched and earlier data say about one outcome, whatever its result.

    `weights` of subjects, found without the innovative classes, are those of the gap at the start:
    no result moves it.
    """

    exchangeability: Exchangeability
    pre_trend: PreTrend
    marks_behind: float
    weights: dict[str, float]

    def findings(self, design: Design) -> dict[str, Any]:
        """Return the same as fields of the findings.

        Classes that begin in different terms are never placed in the archive, so nothing of it
        matters to them.
        """
        found = self.exchangeability
        return {
            "archive_spread_changed": not (design.late or found.holds or found.flat),
            "archive_flat": found.flat and not design.late,
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
        sides.weights,
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
    ceiling: CeilingFloor
    attrition: Attrition | None
    best_verdict: Code
    reliability: Reliability
    for_high: str
    reasons: tuple[str, ...]
    limits: tuple[str, ...]
    not_the_same: tuple[str, ...]
    flat_now: bool


def design_abilities(  # noqa: PLR0913 - every table of facts may be missing
    gains: pd.DataFrame,
    design: Design,
    outcomes: Sequence[Outcome],
    *,
    before: pd.DataFrame | None = None,
    membership: pd.DataFrame | Mapping[str, pd.DataFrame] | None = None,
    history: pd.DataFrame | None = None,
) -> list[Ability]:
    """Return what could be concluded about every outcome, before any result is looked at.

    Of innovative classes in `gains` only who is there and with what start is read, no gain; gains
    of control classes only show the spread of this year. `before` holds marks before the start
    (`panel.baseline_marks`): they stand in for classes that have no gains yet. `membership` (one
    table, or one per outcome id) tells who is still there, `history` the means of the compared
    classes term by term (`panel.class_terms`); all three may be missing.
    """
    ours = gains["class_label"].isin(design.innovative) & (
        gains["school_year"] == design.school_year
    )
    untouched = gains[~ours]
    panels = {m: Panel.of(untouched, m) for m in {o.measure for o in outcomes}}
    return [
        _ability(
            panels[outcome.measure],
            outcome,
            design,
            _Known(
                rows if (rows := of_measure(untouched, outcome)) is not None else untouched,
                _starts_of(gains, before, outcome, design),
                lost_of(membership, outcome, design) if membership is not None else None,
                of_measure(history, outcome),
            ),
        )
        for outcome in outcomes
    ]


class _Known(NamedTuple):
    """What holds no result: gains of untouched classes, starts of all, losses, history."""

    gains: pd.DataFrame
    starts: Panel
    lost: Attrition | None
    history: pd.DataFrame | None


def lost_of(
    membership: pd.DataFrame | Mapping[str, pd.DataFrame], outcome: Outcome, design: Design
) -> Attrition:
    """Return the loss of pupils from an outcome; `membership` may hold one table per outcome id."""
    own = membership if hasattr(membership, "columns") else membership[outcome.id]
    return attrition(own, innovative=design.innovative, control=design.control)


def _starts_of(
    gains: pd.DataFrame, before: pd.DataFrame | None, outcome: Outcome, design: Design
) -> Panel:
    """Return the pupils of the compared classes with what they had before, every gain nothing.

    They are the pupils that the comparison will have; of a class without gains those with marks
    before the start.
    """
    import pandas as pd

    def compared(table: pd.DataFrame | None) -> pd.DataFrame:
        rows = of_measure(table, outcome)
        rows = rows if rows is not None else gains.iloc[:0]
        labels = (*design.innovative, *design.control)
        kept = rows["class_label"].isin(labels) & (rows["school_year"] == design.school_year)
        return rows.loc[kept, _START_COLUMNS]

    now, early = compared(gains), compared(before)
    waiting = early[~early["class_label"].isin(now["class_label"])]
    rows = pd.concat([part for part in (now, waiting) if len(part)] or [now])
    role = rows["class_label"].isin(design.innovative).map({True: "innovative", False: "control"})
    return Panel.of(rows.assign(gain=0.0, after=rows["before"], role=role), outcome.measure)


class Start(NamedTuple):
    """The compared classes as they stand before any result, in one outcome."""

    outcome: Outcome
    sides: Sides
    pupils: Pupils
    baseline: BaselineEquivalence
    ceiling: CeilingFloor
    there: Design


def _start(panel: Panel, untouched: Panel, outcome: Outcome, design: Design) -> Start:
    """Return who will be compared in which subjects, and how far apart they begin.

    Classes without any mark are waited for; a class with marks that lacks this outcome is missing.
    """
    known = {label for label in design.innovative if label in panel.labels} | {
        label for label in design.control if label in panel.labels
    }
    there = replace(
        design,
        innovative=tuple(label for label in design.innovative if label in known),
        control=tuple(label for label in design.control if label in known),
    )
    sides = sides_of(panel, outcome, there) if known else _NOBODY
    own = of_subjects(outcome, sides)
    weights = untouched_sides(untouched, own, design).weights if sides.weights else {}
    pupils = pupils_of(panel, there, weights or sides.weights)
    return Start(
        own,
        sides,
        pupils,
        baseline(*pupils.split(pupils.before)),
        ceiling_floor(*starting_levels(panel, there, sides.weights)),
        there,
    )


def of_subjects(outcome: Outcome, sides: Sides) -> Outcome:
    """Return the outcome with those of its subjects that enter it, its title counting them.

    >>> from posanalytics.evaluation.composite import Weights
    >>> from posanalytics.evaluation.design import Outcome
    >>> both = Outcome(id="all", title="Все предметы вместе (2)", subjects=("Физика", "Химия"))
    >>> alone = _NOBODY._replace(weighting=Weights({"Физика": 1.0}))
    >>> of_subjects(both, alone).title
    'Все предметы вместе (1)'
    """
    used = tuple(name for name in dict.fromkeys(outcome.subjects) if name in sides.weights)
    if not used or used == outcome.subjects:
        return outcome
    planned = say("plan.composite", lang="ru", subjects=len(outcome.subjects))
    title = say("plan.composite", lang="ru", subjects=len(used))
    return replace(
        outcome, subjects=used, title=title if outcome.title == planned else outcome.title
    )


def _ability(panel: Panel, outcome: Outcome, design: Design, known: _Known) -> Ability:
    start = _start(known.starts, panel, outcome, design)
    own = start.outcome
    sides = _archive_only(panel, own, design)
    early = beforehand(panel, own, design, known.history)
    untouched = untouched_sides(panel, own, design)
    g1, g0 = len(design.innovative), len(design.control)
    years = tuple(len(gains) for _, gains in sorted(sides.archive.items()) if len(gains) > 1)
    shape = Shape(g1, g0, len(sides.ordinary), years)
    method, tests = _methods(shape, design, alike=early.exchangeability.holds)
    spread = _spread(untouched, early, archived=method == "archive_placebo")
    if design.late:
        method, tests = "staggered", ("staggered",)
    exact = _smallest_p_permutation(design) if g1 and g0 else math.nan
    of_starts = smallest_p_of_starts(design) if design.late else math.nan
    from_archive = archive.smallest_p(shape) if g1 and g0 else math.nan
    findings = replace(
        _hopeful(outcome, design, start, known.lost, early, method, tests, of_starts),
        subjects_weightless=sides.weighting.nothing,
        weights_refused=sides.weighting.refused,
    )
    best, _, told = verdicts.decide(findings)
    reasons = tuple(reason for reason in told if reason != "confirmed")
    return Ability(
        outcome=replace(outcome, title=own.title),
        classes_innovative=sum(label not in start.sides.missing for label in design.innovative),
        classes_control=sum(label not in start.sides.missing for label in design.control),
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
        baseline=start.baseline,
        ceiling=start.ceiling,
        attrition=known.lost,
        best_verdict=best,
        reliability=verdicts.rate(findings) if best != "F" else "none",
        for_high=verdicts.for_high(findings, lang=None) if best != "F" else "",
        reasons=reasons,
        limits=(
            *(verdicts.reason_text(reason, findings, lang=None) for reason in reasons),
            *_left_out(start.sides.dropped),
            *early_caveats(findings, lang=None),
        ),
        not_the_same=tuple(
            verdicts.reason_text(reason, findings, lang=None)
            for reason in verdicts.rules_out_same(findings)
            if best != "F"
        ),
        flat_now=_flat(untouched),
    )


def _left_out(subjects: Sequence[str]) -> tuple[str, ...]:
    """Return the caveat that subjects do not enter the outcome, as the report says it."""
    if not subjects:
        return ()
    named = listed(subjects, last=say("verdict.and"))
    return (say("verdict.caveat_subjects_dropped", subjects=named),)


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


def _spread(untouched: Sides, early: Beforehand, *, archived: bool) -> float:
    """Return the standard deviation of class gains inside years, without the innovative classes.

    As the archive test counts it (`Placebo.spread`). Where the archive is no measure of this year,
    or there is none, that of the control classes, as the t test counts it; NaN before they have
    gains.
    """
    now = np.concatenate([untouched.control, untouched.ordinary])
    years = [gains for gains in untouched.archive.values() if len(gains) > 1]
    if archived or (years and early.exchangeability.holds):
        return _pooled_spread([now, *years])
    return _pooled_spread([untouched.control if len(untouched.control) > 1 else now])


def _pooled_spread(groups: Sequence[Sample]) -> float:
    df = sum(max(0, len(group) - 1) for group in groups)
    return math.sqrt(math.fsum(squares(g) for g in groups if len(g)) / df) if df else math.nan


def _flat(untouched: Sides) -> bool:
    """Return whether the untouched classes of this year all gained the same."""
    now = [*untouched.control, *untouched.ordinary]
    return len(now) > 1 and bool(max(now) - min(now) <= _ROUNDING)


def noticeable(difference: float) -> float:
    """Return the difference, NaN where it is nothing: no spread, so nothing is known of chance."""
    return difference if difference > _ROUNDING else math.nan


def _detectable(shape: Shape, method: Primary, spread: float) -> float:
    if method == "staggered":
        return math.nan
    if method == "archive_placebo":
        return noticeable(archive.detectable_factor(shape) * spread)
    found = minimum_detectable(spread, shape.innovative, shape.control)
    return noticeable(found.minimum_detectable)


def planned_findings(
    outcome: Outcome, design: Design, sides: Sides, pupils: Pupils, lost: Attrition | None
) -> verdicts.Findings:
    """Return what the plan and the numbers of pupils say; the results come later."""
    labels = (*design.innovative, *design.control)
    counts = sides.fewest or {label: int((pupils.labels == label).sum()) for label in labels}
    fewest = min(labels, key=lambda label: (counts.get(label, 0), class_order(label)), default="")
    return verdicts.Findings(
        title=outcome.title,
        composite=len(outcome.subjects) > 1,
        period="",
        innovative=design.innovative,
        control=design.control,
        negligible=outcome.negligible,
        terms_before=bool(design.periods.before),
        terms_after=bool(design.periods.after),
        missing=sides.missing,
        only_in=_only_in(design, sides.missing),
        fewest_pupils=counts.get(fewest, 0),
        fewest_label=fewest,
        pupils=len(pupils.before),
        pupils_innovative=int(pupils.ours.sum()),
        lost=lost.overall if lost else math.nan,
        lost_too_many=lost.too_many if lost else False,
        attrition=lost.determination if lost else "unknown",
        chosen_before=design.chosen_before,
        chosen_late=design.chosen_late,
        common_work=outcome.common_work,
        vpr_in_gradebook=outcome.vpr_in_gradebook,
        lessons=design.lessons,
        teachers=design.teachers,
        instruments=outcome.instruments,
        subjects_weightless=sides.weighting.nothing,
        weights_refused=sides.weighting.refused,
        events=events_of_compared(design),
        archive_excluded=sides.excluded,
        other_year_groups=without_counterpart(design),
        subjects_dropped=sides.dropped,
    )


def _only_in(design: Design, missing: Sequence[str]) -> tuple[str, ...]:
    """Return the classes with marks where they all stand on one side, so nobody is beside them."""
    arms = [
        tuple(label for label in labels if label not in missing)
        for labels in (design.innovative, design.control)
    ]
    ours, theirs = arms
    alone = sorted((*ours, *theirs), key=class_order)
    return tuple(alone) if missing and bool(ours) != bool(theirs) else ()


def _hopeful(  # noqa: PLR0913, PLR0917 - all that is known
    outcome: Outcome,
    design: Design,
    start: Start,
    lost: Attrition | None,
    early: Beforehand,
    method: Primary,
    tests: Sequence[str],
    of_starts: float,
) -> verdicts.Findings:
    """Return findings as good as the design allows: decided, they give its best verdict."""
    someone = bool(start.pupils.before.size)
    planned = planned_findings(outcome, start.there, start.sides, start.pupils, lost)
    return replace(
        planned,
        title=start.outcome.title,
        innovative=design.innovative,
        control=design.control,
        only_in=_only_in(design, start.sides.missing),
        estimate=1.0,
        conf_low=1.0,
        conf_high=1.0,
        p_value=0.0,
        p_adjusted=0.0,
        negligible=0.0,
        spread=1.0,
        confirmations=(0.0,) if set(tests) - {method} else (),
        p_unequal_spread=0.0 if len(design.control) > 1 else math.nan,
        ancova=1.0,
        archive_usable=method == "archive_placebo",
        archive_untested=method == "archive_placebo" and early.exchangeability.untested,
        fewest_pupils=planned.fewest_pupils if someone else verdicts.FEWEST_PUPILS,
        baseline_g=start.baseline.g if someone else 0.0,
        ceiling_innovative=start.ceiling.ceiling_innovative if someone else 0.0,
        ceiling_control=start.ceiling.ceiling_control if someone else 0.0,
        lost=0.0 if lost is None else lost.overall,
        attrition="cautious" if lost is None else lost.determination,
        events=events_of_compared(design),
        other_year_groups=without_counterpart(design),
        staggered=() if of_starts < verdicts.SIGNIFICANT else design.late,
        **early.findings(design),
    )
