"""The comparison, end to end: gains of pupils in, one Evaluation per outcome out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from posanalytics.evaluation import archive
from posanalytics.evaluation import verdict as verdicts
from posanalytics.evaluation.abilities import (
    Ability,
    Beforehand,
    Primary,
    beforehand,
    design_abilities,
    lost_of,
    noticeable,
    of_measure,
    of_subjects,
    planned_findings,
)
from posanalytics.evaluation.archive import Placebo, Shape, placebo, placebo_p
from posanalytics.evaluation.class_gains import (
    Panel,
    Pupils,
    Sides,
    parallels_of,
    pupils_of,
    sides_of,
    starting_levels,
    turned_by,
    without_counterpart,
    without_each_subject,
)
from posanalytics.evaluation.effect_size import (
    EffectSize,
    cliffs_delta,
    mean,
    pooled_sd,
    small_sample_correction,
    squares,
    standardised,
)
from posanalytics.evaluation.equivalence import (
    BaselineEquivalence,
    CeilingFloor,
    baseline,
    ceiling_floor,
)
from posanalytics.evaluation.estimators import (
    Difference,
    ancova_two_step,
    t_difference,
    two_step,
    welch,
)
from posanalytics.evaluation.inference import (
    PermutationTest,
    benjamini_hochberg,
    permutation,
    stratified_permutation,
)
from posanalytics.evaluation.late_starts import NUMBERS, LateStarts, late_starts
from posanalytics.evaluation.power import minimum_detectable
from posanalytics.labels import class_order
from posanalytics.panel import class_unit
from posanalytics.periods import term_name
from posanalytics.schema import RESULT_COLUMNS
from posanalytics.wording import listed, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from posanalytics.evaluation.attrition import Attrition
    from posanalytics.evaluation.design import Design, Outcome
    from posanalytics.evaluation.findings import Findings, Verdict

__all__ = [
    "Ability",
    "Evaluation",
    "design_abilities",
    "evaluate",
    "period_text",
    "results_table",
]

# Results of pupils drew apart when their spread grew by more than a fifth.
_APART = 1.2
_CLASS_COLUMNS = ["class_unit", "class_label", "role", "pupils", "before", "after", "gain"]
_NONE = np.zeros(0)
_SENSITIVITY_COLUMNS = ["subject", "estimate", "p_value", "same_sign"]


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """The answer to one outcome: difference, chance, limits, verdict."""

    outcome: Outcome
    design: Design
    estimate: float
    standard_error: float
    df: float
    conf_low: float
    conf_high: float
    p_value: float
    p_adjusted: float
    smallest_p: float
    minimum_detectable: float
    method: Primary
    pupils: int
    pupils_innovative: int
    classes: pd.DataFrame
    weights: dict[str, float]
    baseline: BaselineEquivalence
    ceiling: CeilingFloor
    attrition: Attrition
    effect: EffectSize
    delta: EffectSize
    two_step: Difference
    welch: Difference
    ancova: Difference
    permutation: PermutationTest | None
    placebo: Placebo | None
    late: LateStarts | None
    beforehand: Beforehand
    sensitivity: pd.DataFrame
    drew_apart: bool
    findings: Findings
    verdict: Verdict

    @property
    def contrast(self) -> str:
        """Who is compared with whom: «5А, 7Б – 5Б, 6А»."""
        arms = (self.design.innovative, self.design.control)
        return " – ".join(", ".join(sorted(labels, key=class_order)) for labels in arms)

    @property
    def tests(self) -> dict[str, float]:
        """The two-sided p of every test that could be made."""
        made = {
            "archive_placebo": self.placebo.p_value
            if self.placebo and self.placebo.usable
            else math.nan,
            "two_step": self.two_step.p_value,
            "welch": self.welch.p_value,
            "permutation": self.permutation.p_value if self.permutation else math.nan,
            "staggered": self.late.p_value if self.late else math.nan,
        }
        return {name: p for name, p in made.items() if not math.isnan(p)}

    def tidy(self) -> pd.DataFrame:
        """Return the evaluation as a table of one row, in the columns of the glossary."""
        row: dict[str, Any] = {
            "outcome": self.outcome.id,
            "classes_innovative": len(self.design.innovative),
            "classes_control": len(self.design.control),
            "scale": "5",
            "verdict": self.verdict.code,
            "reliability": self.verdict.reliability,
            "reasons": " ".join(self.verdict.reasons),
        }
        return pd.DataFrame({name: [row.get(name, _get(self, name))] for name in RESULT_COLUMNS})


def _get(result: Evaluation, name: str) -> object:
    return getattr(result, name, None)


def results_table(evaluations: Iterable[Evaluation]) -> pd.DataFrame:
    """Return evaluations as one table, a row per outcome in their order."""
    rows = [evaluation.tidy() for evaluation in evaluations]
    if not rows:
        return pd.DataFrame({name: [] for name in RESULT_COLUMNS})
    return pd.concat(rows, ignore_index=True)


def evaluate(
    gains: pd.DataFrame,
    membership: pd.DataFrame | Mapping[str, pd.DataFrame],
    *,
    outcomes: Sequence[Outcome],
    design: Design,
    history: pd.DataFrame | None = None,
) -> list[Evaluation]:
    """Return one evaluation per outcome, in the order given.

    `gains` comes from `panel.with_roles(panel.pupil_gains(…))` and may hold earlier years; a column
    `measure`, where there is one, keeps gains of term marks and of mean marks apart. Primary
    outcomes are one family and the others another when p-values are corrected. `membership` may
    hold one table per outcome id: a pupil without a later mark in a subject is lost to it, whatever
    other marks there are. `history` (`panel.class_terms`, with a column `measure` where there are
    several) tells what the compared classes had term by term; without it nothing can be said about
    trends before the start.
    """
    panels = {measure: Panel.of(gains, measure) for measure in {o.measure for o in outcomes}}
    drafts = [
        _draft(
            panels[outcome.measure],
            outcome,
            design,
            lost_of(membership, outcome, design),
            of_measure(history, outcome),
        )
        for outcome in outcomes
    ]
    return [
        _judged(draft, adjusted) for draft, adjusted in zip(drafts, _adjusted(drafts), strict=True)
    ]


def evaluate_without_each(
    whole: Evaluation,
    gains: pd.DataFrame,
    membership: Mapping[str, pd.DataFrame],
    *,
    history: pd.DataFrame | None = None,
) -> dict[str, Evaluation]:
    """Return what an evaluation of a composite would say without each of its subjects, by subject.

    The same classes and the same primary test, so that estimate and p are those of its
    `sensitivity`; weights, losses and trends are those of the subjects left. `membership` holds a
    table for every subject left out. Each stands alone in its family. Empty with one subject.
    """
    design, found = whole.design, {}
    panel, own = Panel.of(gains, whole.outcome.measure), of_measure(history, whole.outcome)
    everything = sides_of(panel, whole.outcome, design)
    for subject, sides in without_each_subject(panel, whole.outcome, everything):
        outcome = replace(whole.outcome, subjects=tuple(sides.weights))
        early = beforehand(panel, outcome, design, own)._replace(
            exchangeability=whole.beforehand.exchangeability
        )
        lost = lost_of(membership[subject], outcome, design)
        draft = _drafted(_Case(panel, outcome, design, lost, own, sides, early))
        (adjusted,) = _adjusted([draft])
        found[subject] = _judged(draft, adjusted)
    return found


# --- one outcome ---------------------------------------------------------------------------


class _Case(NamedTuple):
    """All that one evaluation is made of."""

    panel: Panel
    outcome: Outcome
    design: Design
    lost: Attrition
    history: pd.DataFrame | None
    sides: Sides
    early: Beforehand


def _draft(
    panel: Panel, outcome: Outcome, design: Design, lost: Attrition, history: pd.DataFrame | None
) -> Evaluation:
    """Return the evaluation before p-values are corrected and the verdict is given."""
    sides = sides_of(panel, outcome, design)
    own = of_subjects(outcome, sides)
    early = beforehand(panel, own, design, history)
    titled = replace(outcome, title=own.title)
    return _drafted(_Case(panel, titled, design, lost, history, sides, early))


def _drafted(case: _Case) -> Evaluation:
    """Return the draft of an outcome whose classes and diagnosis are known."""
    panel, outcome, design, lost, history, sides, early = case
    pupils = pupils_of(panel, design, sides.weights)
    late = late_starts(history, sides.weights, design) if design.late else None
    # Classes that begin in different terms are never compared as if they began together.
    still = sides._replace(innovative=_NONE, control=_NONE) if design.late else sides
    stepped = two_step(still.innovative, still.control)
    both = bool(len(still.innovative) and len(still.control))
    against = _against(still, early)
    primary = _of_starts(late) if design.late else _primary(stepped, against, sides.shape)
    each = _sensitivity(panel, outcome, sides, primary, _test_again(history, design))
    starts = pupils_of(panel, design, early.weights or sides.weights)
    levels = starting_levels(panel, design, sides.weights)
    shared: dict[str, Any] = primary._asdict()
    return Evaluation(
        outcome=outcome,
        design=design,
        **shared,
        p_adjusted=math.nan,
        pupils=len(pupils.before),
        pupils_innovative=int(pupils.ours.sum()),
        classes=_class_table(sides, pupils, design),
        weights=sides.weights,
        baseline=baseline(*starts.split(starts.before)),
        ceiling=ceiling_floor(*levels),
        attrition=lost,
        effect=_effect(primary, pupils),
        delta=cliffs_delta(*pupils.split(pupils.gain), pupils_independent=False),
        two_step=stepped,
        welch=welch(still.innovative, still.control),
        ancova=_ancova(pupils, design),
        permutation=_permuted(still, design) if both else None,
        placebo=against,
        late=late,
        beforehand=early,
        sensitivity=each,
        drew_apart=_drew_apart(pupils),
        findings=replace(
            planned_findings(outcome, design, sides, pupils, lost),
            period=period_text(design.periods.after),
            **early.findings(design),
            archive_usable=against is not None,
            archive_untested=against is not None and early.exchangeability.untested,
            staggered=() if late else design.late,
            sign_turned_by=tuple(each.loc[~each["same_sign"], "subject"]),
        ),
        verdict=verdicts.Verdict("F", cautious=False, reliability="none", reasons=()),
    )


def _against(sides: Sides, early: Beforehand) -> Placebo | None:
    """Return the archive test where numbers of classes and untouched data allow it."""
    if not (archive.usable(sides.shape) and early.exchangeability.holds):
        return None
    return placebo(sides.innovative, sides.control, sides.archive, ordinary=sides.ordinary)


def _permuted(sides: Sides, design: Design) -> PermutationTest:
    """Return the permutation test; inside parallels where both groups stand in every one."""
    if without_counterpart(design):
        return permutation(sides.innovative, sides.control)
    gains = dict(zip(design.innovative, sides.innovative, strict=True))
    gains |= dict(zip(design.control, sides.control, strict=True))
    return stratified_permutation(
        [
            ([float(gains[c]) for c in ours], [float(gains[c]) for c in theirs])
            for ours, theirs in parallels_of(design)
        ]
    )


def _of_starts(late: LateStarts | None) -> _Result:
    """Return what the comparison of classes that begin in different terms says, if it was made."""
    if late is None:
        nan = math.nan
        return _Result(nan, nan, nan, nan, nan, nan, nan, nan, "none")
    return _Result._make((*(getattr(late, name) for name in NUMBERS), "staggered"))


def _ancova(pupils: Pupils, design: Design) -> Difference:
    if design.late:
        return t_difference(math.nan, math.nan, math.nan, confidence=0.95, method="ancova_two_step")
    return ancova_two_step(pupils.before, pupils.after, pupils.labels.tolist(), design.innovative)


def _sensitivity(
    panel: Panel, outcome: Outcome, sides: Sides, primary: _Result, again: _Again
) -> pd.DataFrame:
    """Return what the primary composite would say without each of its subjects.

    One row per subject left out: the estimate, p of the same primary test on the same classes, and
    whether the estimate keeps its sign.
    """
    made = outcome.primary and primary.method != "none"
    each = without_each_subject(panel, outcome, sides) if made else ()
    rows = [(subject, *again(part, primary.method)) for subject, part in each]
    turned = turned_by(primary.estimate, {name: d for name, d, _ in rows})
    return pd.DataFrame(
        [(name, d, p, name not in turned) for name, d, p in rows],
        columns=_SENSITIVITY_COLUMNS,
    ).astype({"same_sign": "bool"})


_Again = Callable[[Sides, Primary], tuple[float, float]]


def _test_again(history: pd.DataFrame | None, design: Design) -> _Again:
    """Return how the primary test is made again: its estimate and p from the values of classes."""

    def again(sides: Sides, method: Primary) -> tuple[float, float]:
        if method == "staggered":
            late = late_starts(history, sides.weights, design)
            return (late.estimate, late.p_value) if late else (math.nan, math.nan)
        stepped = two_step(sides.innovative, sides.control)
        if method == "two_step":
            return stepped.estimate, stepped.p_value
        return stepped.estimate, placebo_p(
            sides.innovative, sides.control, sides.archive, ordinary=sides.ordinary
        )

    return again


class _Result(NamedTuple):
    """What the primary test says: these numbers stand on the report."""

    estimate: float
    standard_error: float
    df: float
    conf_low: float
    conf_high: float
    p_value: float
    smallest_p: float
    minimum_detectable: float
    method: Primary


def _primary(stepped: Difference, against: Placebo | None, shape: Shape) -> _Result:
    """Return the result of the primary test, which numbers of classes alone have chosen."""
    g1, g0 = shape.innovative, shape.control
    if against:
        return _Result(
            stepped.estimate,
            against.spread * math.sqrt(1 / g1 + 1 / g0),
            against.df,
            against.conf_low,
            against.conf_high,
            against.p_value,
            against.smallest_p,
            noticeable(archive.detectable_factor(shape) * against.spread),
            "archive_placebo",
        )
    possible = g1 > 0 and g0 > 0
    spread = stepped.standard_error / math.sqrt(1 / g1 + 1 / g0) if possible else math.nan
    return _Result(
        stepped.estimate,
        stepped.standard_error,
        stepped.df,
        stepped.conf_low,
        stepped.conf_high,
        stepped.p_value,
        math.nan,  # a t test has no smallest p; that of the permutation stands with it
        noticeable(minimum_detectable(spread, g1, g0).minimum_detectable),
        "two_step" if possible and stepped.df >= 1 else "none",
    )


def _effect(primary: _Result, pupils: Pupils) -> EffectSize:
    """Return the difference of gains in standard deviations between pupils at the end.

    J·d/s, s the standard deviation of pupils' marks after, inside the groups (WWC 4.1, appendix E,
    difference in differences); the interval is that of the primary test in the same unit.
    """
    ours, theirs = pupils.split(pupils.after)
    sd = pooled_sd(ours, theirs)
    factor = small_sample_correction(len(ours) + len(theirs) - 2)

    def scaled(value: float) -> float:
        return standardised(value, sd, factor=factor)

    return EffectSize(
        scaled(primary.estimate),
        scaled(primary.standard_error),
        scaled(primary.conf_low),
        scaled(primary.conf_high),
        method="hedges_g_gains",
    )


def _drew_apart(pupils: Pupils) -> bool:
    """Return whether innovative pupils spread by a fifth more after than before."""
    before, after = pupils.before[pupils.ours], pupils.after[pupils.ours]
    if before.size < 2:  # noqa: PLR2004 - a spread needs two values
        return False
    return math.sqrt(squares(after)) > _APART * math.sqrt(squares(before)) > 0


def _class_table(sides: Sides, pupils: Pupils, design: Design) -> pd.DataFrame:
    """Return one row per compared class: who they are, how many, from what to what."""
    values = dict(zip(design.innovative, sides.innovative, strict=False))
    values |= dict(zip(design.control, sides.control, strict=False))
    rows = [
        (
            class_unit(design.school_year, label),
            label,
            "innovative" if label in design.innovative else "control",
            int((pupils.labels == label).sum()),
            mean(pupils.before[pupils.labels == label]),
            mean(pupils.after[pupils.labels == label]),
            float(values.get(label, math.nan)),
        )
        for label in sorted((*design.innovative, *design.control), key=class_order)
    ]
    return pd.DataFrame(rows, columns=_CLASS_COLUMNS)


def period_text(terms: Sequence[str]) -> str:
    """Return the terms in words: «2 четверть 2025/26», «2 четверть и 3 четверть 2025/26»."""
    if not terms:
        return ""
    names = [term_name(term, with_year=term == terms[-1]) for term in terms]
    return listed(names, last=say("verdict.and", lang="ru"))


# --- all outcomes together ----------------------------------------------------------------


class _Adjusted(NamedTuple):
    """The corrected p of every test of one outcome."""

    primary: float
    others: tuple[float, ...]


def _adjusted(drafts: Sequence[Evaluation]) -> list[_Adjusted]:
    """Return p-values corrected inside their family: primary outcomes, and all others.

    Outcomes that are refused whatever their p are not tests and do not enter the family.
    """
    found: list[_Adjusted] = [_Adjusted(math.nan, ())] * len(drafts)
    for family in (True, False):
        places = [
            i for i, d in enumerate(drafts) if d.outcome.primary is family and not _refused(d)
        ]
        tables = [_test_values(drafts[i]) for i in places]
        columns = [benjamini_hochberg(column) for column in zip(*tables, strict=True)]
        for row, place in enumerate(places):
            values = [column[row] for column in columns]
            found[place] = _Adjusted(values[0], tuple(values[1:]))
    return found


def _test_values(draft: Evaluation) -> tuple[float, float, float, float]:
    """Return p of the primary test, then of the tests that may confirm it."""
    second = draft.two_step.p_value if draft.method != "two_step" else math.nan
    exact = draft.permutation
    # A permutation of few classes that can never reach 5 % is no second test.
    reachable = exact is not None and exact.smallest_p < verdicts.SIGNIFICANT
    permuted = exact.p_value if exact and reachable else math.nan
    return draft.p_value, second, permuted, draft.welch.p_value


def _refused(draft: Evaluation) -> bool:
    return verdicts.decide(_complete(draft, _Adjusted(math.nan, ())))[0] == "F"


def _complete(draft: Evaluation, adjusted: _Adjusted) -> Findings:
    spread = draft.placebo.spread if draft.placebo else draft.standard_error
    ancova = draft.ancova.estimate
    if draft.late:
        # Its spread is that of the permuted starts, and no second estimate stands beside it.
        spread, ancova = draft.conf_high - draft.conf_low, draft.estimate
    return replace(
        draft.findings,
        estimate=draft.estimate,
        conf_low=draft.conf_low,
        conf_high=draft.conf_high,
        p_value=draft.p_value,
        p_adjusted=adjusted.primary,
        minimum_detectable=draft.minimum_detectable,
        spread=spread,
        confirmations=adjusted.others,
        p_unequal_spread=adjusted.others[-1] if adjusted.others else math.nan,
        ancova=ancova,
        baseline_g=draft.baseline.g,
        ceiling_innovative=draft.ceiling.ceiling_innovative,
        ceiling_control=draft.ceiling.ceiling_control,
    )


def _judged(draft: Evaluation, adjusted: _Adjusted) -> Evaluation:
    findings = _complete(draft, adjusted)
    return replace(
        draft,
        p_adjusted=adjusted.primary,
        findings=findings,
        verdict=verdicts.judge(findings),
    )
