"""What a design can show, said before any result is looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from posanalytics.evaluation import archive
from posanalytics.evaluation import verdict as verdicts
from posanalytics.evaluation.archive import Shape
from posanalytics.evaluation.attrition import Attrition, attrition
from posanalytics.evaluation.class_gains import Panel, Sides, sides_of
from posanalytics.evaluation.effect_size import squares
from posanalytics.evaluation.equivalence import BaselineEquivalence, baseline
from posanalytics.evaluation.inference import smallest_p
from posanalytics.evaluation.power import minimum_detectable

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from posanalytics.evaluation.design import Design, Outcome
    from posanalytics.evaluation.verdict import Code

Primary = Literal["archive_placebo", "two_step", "none"]


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
    baseline: BaselineEquivalence
    attrition: Attrition | None
    best_verdict: Code
    reasons: tuple[str, ...]
    limits: tuple[str, ...]


def design_abilities(
    gains: pd.DataFrame,
    design: Design,
    outcomes: Sequence[Outcome],
    *,
    before: pd.DataFrame | None = None,
    membership: pd.DataFrame | None = None,
) -> list[Ability]:
    """Return what could be concluded about every outcome, before any result is looked at.

    Rows of compared classes in `gains` are thrown away first, so no gain of theirs is touched.
    `before` holds their marks before the start (`panel.baseline_marks`), `membership` who is still
    there; both may be missing.
    """
    labels = [*design.innovative, *design.control]
    others = gains[
        ~(gains["class_label"].isin(labels) & (gains["school_year"] == design.school_year))
    ]
    lost = (
        attrition(membership, innovative=design.innovative, control=design.control)
        if membership is not None
        else None
    )
    panels = {measure: Panel.of(others, measure) for measure in {o.measure for o in outcomes}}
    return [_ability(panels[o.measure], o, design, before, lost) for o in outcomes]


def _ability(
    panel: Panel,
    outcome: Outcome,
    design: Design,
    before: pd.DataFrame | None,
    lost: Attrition | None,
) -> Ability:
    sides = _archive_only(panel, outcome, design)
    g1, g0 = len(design.innovative), len(design.control)
    years = tuple(len(gains) for _, gains in sorted(sides.archive.items()) if len(gains) > 1)
    shape = Shape(g1, g0, len(sides.ordinary), years)
    method, tests = _methods(shape)
    spread = _archive_spread(sides)
    exact = smallest_p(g1, g0) if g1 and g0 else math.nan
    from_archive = archive.smallest_p(shape) if g1 and g0 else math.nan
    alike = _baseline_before(outcome, design, before)
    best, reasons = _best(design, method, alike, lost)
    return Ability(
        outcome=outcome,
        classes_innovative=g1,
        classes_control=g0,
        archived=sum(years),
        ordinary=len(sides.ordinary),
        method=method,
        tests=tests,
        smallest_p=from_archive if method == "archive_placebo" else exact,
        smallest_p_permutation=exact,
        smallest_p_archive=from_archive,
        spread=spread,
        minimum_detectable=_detectable(shape, method, spread),
        baseline=alike,
        attrition=lost,
        best_verdict=best,
        reasons=reasons,
        limits=tuple(_limit_texts(reasons, alike, lost)),
    )


def _archive_only(panel: Panel, outcome: Outcome, design: Design) -> Sides:
    return sides_of(panel, outcome, replace(design, innovative=(), control=()))


def _methods(shape: Shape) -> tuple[Primary, tuple[str, ...]]:
    g1, g0 = shape.innovative, shape.control
    if not g1 or not g0:
        return "none", ()
    possible = {
        "archive_placebo": archive.usable(shape),
        "two_step": g1 + g0 > 2,  # noqa: PLR2004 - df = G − 2
        "permutation": smallest_p(g1, g0) < verdicts.SIGNIFICANT,
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
    if method == "archive_placebo":
        return archive.detectable_factor(shape) * spread
    return minimum_detectable(spread, shape.innovative, shape.control)


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


def _best(
    design: Design, method: Primary, alike: BaselineEquivalence, lost: Attrition | None
) -> tuple[Code, tuple[str, ...]]:
    """Return the best verdict that the design can still reach, and what stands in the way."""
    findings = verdicts.Findings(
        title="",
        composite=False,
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
        confirmations=(0.0,) if method != "none" else (),
        ancova=1.0,
        archive_usable=method == "archive_placebo",
        terms_before=bool(design.periods.before),
        fewest_pupils=verdicts.FEWEST_PUPILS,
        baseline_g=alike.g,
        lost=lost.overall if lost else math.nan,
        attrition=lost.determination if lost and lost.determination != "unknown" else "cautious",
        chosen_before=design.chosen_before,
        lessons_done=design.lessons_done,
        lessons_planned=design.lessons_planned,
    )
    code, _, reasons = verdicts.decide(findings)
    return code, tuple(reason for reason in reasons if reason != "confirmed")


def _limit_texts(
    reasons: Sequence[str], alike: BaselineEquivalence, lost: Attrition | None
) -> list[str]:
    findings = verdicts.Findings(
        title="",
        composite=False,
        period="",
        innovative=(),
        control=(),
        baseline_g=alike.g,
        lost=lost.overall if lost else math.nan,
    )
    return [verdicts.reason_text(reason, findings, lang=None) for reason in reasons]
