"""The comparison, end to end: gains of pupils in, one Evaluation per outcome out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from posanalytics.evaluation import archive as archive_module
from posanalytics.evaluation import verdict as verdict_module
from posanalytics.evaluation.archive import Placebo, Shape, placebo
from posanalytics.evaluation.attrition import Attrition, attrition
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
from posanalytics.evaluation.estimators import Difference, ancova_two_step, two_step, welch
from posanalytics.evaluation.inference import (
    PermutationTest,
    benjamini_hochberg,
    permutation,
    smallest_p,
)
from posanalytics.evaluation.power import minimum_detectable
from posanalytics.labels import class_order, year_group
from posanalytics.panel import class_unit
from posanalytics.periods import split_term, term_name, term_order
from posanalytics.schema import RESULT_COLUMNS
from posanalytics.wording import listed, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from posanalytics.evaluation.design import Design, Event, Outcome
    from posanalytics.evaluation.verdict import Code, Findings, Verdict
    from posanalytics.panel import Periods

Primary = Literal["archive_placebo", "two_step", "none"]

# Fewer year-degrees of freedom give weights that are noise.
_LEAST_DF_FOR_WEIGHTS = 3
_APART = 1.2
_CLASS_COLUMNS = ["class_unit", "class_label", "role", "pupils", "before", "after", "gain"]


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
    membership: pd.DataFrame,
    *,
    outcomes: Sequence[Outcome],
    design: Design,
) -> list[Evaluation]:
    """Return one evaluation per outcome, in the order given.

    `gains` comes from `panel.with_roles(panel.pupil_gains(…))` and may hold earlier years; a column
    `measure`, where there is one, keeps gains of term marks and of mean marks apart. Primary
    outcomes are one family and the others another when p-values are corrected.
    """
    lost = attrition(membership, innovative=design.innovative, control=design.control)
    panels = {measure: _Panel.of(gains, measure) for measure in {o.measure for o in outcomes}}
    drafts = [_draft(panels[o.measure], o, design, lost) for o in outcomes]
    return [
        _judged(draft, adjusted) for draft, adjusted in zip(drafts, _adjusted(drafts), strict=True)
    ]


# --- gains as arrays ------------------------------------------------------------------------


class _Panel(NamedTuple):
    """Class gains (units × subjects), and the pupils of the compared classes."""

    units: pd.DataFrame
    gains: pd.DataFrame
    pupils: pd.DataFrame
    rows: dict[str, pd.DataFrame]

    @classmethod
    def of(cls, gains: pd.DataFrame, measure: str) -> _Panel:
        if "measure" in gains.columns:
            gains = gains[gains["measure"] == measure]
        ordered = gains.sort_values(["class_unit", "subject", "pupil"], ignore_index=True)
        keys = ["class_unit", "class_label", "school_year", "role"]
        means = ordered.groupby([*keys, "subject"], as_index=False, sort=True).agg(
            gain=("gain", "mean"), pupils=("gain", "size")
        )
        units = means[keys].drop_duplicates().set_index("class_unit").sort_index()
        wide = {
            name: means.pivot(index="class_unit", columns="subject", values=name).sort_index()
            for name in ("gain", "pupils")
        }
        compared = ordered[ordered["role"].isin(["innovative", "control"])]
        index = ["class_label", "pupil"]
        rows = {
            name: compared.pivot(index=index, columns="subject", values=name).sort_index()
            for name in ("before", "after")
        }
        return cls(units, wide["gain"], wide["pupils"].fillna(0), rows)


class _Pupils(NamedTuple):
    """Pupils of the compared classes: one value before and after each, over the subjects."""

    labels: NDArray[np.str_]
    ours: NDArray[np.bool_]
    before: NDArray[np.float64]
    after: NDArray[np.float64]

    @property
    def gain(self) -> NDArray[np.float64]:
        return self.after - self.before

    def split(self, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return values[self.ours], values[~self.ours]


class _Compared(NamedTuple):
    """Class values of one outcome, by their part in the comparison."""

    weights: dict[str, float]
    innovative: NDArray[np.float64]
    control: NDArray[np.float64]
    ordinary: NDArray[np.float64]
    archive: dict[str, NDArray[np.float64]]
    missing: tuple[str, ...]
    excluded: tuple[str, ...]
    dropped: tuple[str, ...]

    @property
    def shape(self) -> Shape:
        years = tuple(len(gains) for _, gains in sorted(self.archive.items()) if len(gains) > 1)
        return Shape(len(self.innovative), len(self.control), len(self.ordinary), years)


def _compared(panel: _Panel, outcome: Outcome, design: Design) -> _Compared:
    labels = [*design.innovative, *design.control]
    needed = [class_unit(design.school_year, label) for label in labels]
    known = [subject for subject in dict.fromkeys(outcome.subjects) if subject in panel.gains]
    table = panel.gains.reindex(columns=known)
    there = table.reindex(needed)
    subjects = [subject for subject in known if there[subject].notna().all()]
    if not subjects:
        empty = np.zeros(0)
        gone = tuple(
            label for label, row in zip(labels, there.notna().any(axis=1), strict=True) if not row
        )
        missing = gone or tuple(labels)
        return _Compared({}, empty, empty, empty, {}, missing, (), ())
    excluded = _with_events(panel.units, design)
    weights = _weights(table[subjects], panel.units)
    values = sum(
        (table[name] * weight for name, weight in weights.items()), start=0.0 * table[subjects[0]]
    )
    enough = panel.pupils[subjects].max(axis=1) >= verdict_module.FEWEST_PUPILS
    others = values.notna() & enough & ~values.index.isin([*needed, *excluded])
    pool = panel.units[others.reindex(panel.units.index).fillna(value=False)]
    return _Compared(
        weights,
        *(
            values.reindex([class_unit(design.school_year, label) for label in arm]).to_numpy()
            for arm in (design.innovative, design.control)
        ),
        values[pool.index[pool["role"] == "ordinary"]].to_numpy(),
        {
            str(year): values[units.index].to_numpy()
            for year, units in pool[pool["role"] == "archive"].groupby("school_year")
        },
        (),
        tuple(unit for unit in excluded if unit not in needed),
        tuple(name for name in dict.fromkeys(outcome.subjects) if name not in subjects),
    )


def _weights(table: pd.DataFrame, units: pd.DataFrame) -> dict[str, float]:
    """Return the weight of each subject: 1/sd of its class gains inside years, summing to one.

    That is the equal-weight mean of z-scores, written in marks. Equal weights where a spread
    cannot be estimated or is nothing.
    """
    years = units["school_year"].reindex(table.index)
    spreads = {name: _inside_years(table[name], years) for name in table}
    if len(spreads) == 1 or not all(spread > 0 for spread in spreads.values()):
        return dict.fromkeys(map(str, spreads), 1 / len(spreads))
    total = math.fsum(1 / spread for spread in spreads.values())
    return {str(name): 1 / spread / total for name, spread in spreads.items()}


def _inside_years(gains: pd.Series, years: pd.Series) -> float:
    """Return the standard deviation inside years, NaN with fewer than 3 degrees of freedom."""
    known = gains.dropna()
    groups = [part.to_numpy() for _, part in known.groupby(years.reindex(known.index))]
    df = sum(len(group) - 1 for group in groups)
    if df < _LEAST_DF_FOR_WEIGHTS:
        return math.nan
    return math.sqrt(math.fsum(squares(group) for group in groups) / df)


def _with_events(units: pd.DataFrame, design: Design) -> tuple[str, ...]:
    """Return the classes in which something changed between the terms compared."""
    found = {
        class_unit(split_term(event.term)[0], event.class_label)
        for event in design.events
        if _inside(event, design.periods, design.school_year)
    }
    return tuple(unit for unit in units.index if unit in found)


def _inside(event: Event, periods: Periods, school_year: str) -> bool:
    years = int(school_year[:4]) - int(split_term(event.term)[0][:4])
    then = periods.years_back(years) if years else periods
    terms = sorted((*then.before, *then.after), key=term_order)
    return bool(terms) and term_order(terms[0]) <= term_order(event.term) <= term_order(terms[-1])


def _pupils(panel: _Panel, design: Design, weights: dict[str, float]) -> _Pupils:
    before, after = (
        _pupil_means(panel.rows[name].reindex(columns=list(weights)), weights)
        for name in ("before", "after")
    )
    labels = panel.rows["before"].index.get_level_values("class_label").to_numpy(dtype=str)
    known = np.isfinite(before)
    ours = np.isin(labels, list(design.innovative))
    return _Pupils(labels[known], ours[known], before[known], after[known])


def _pupil_means(table: pd.DataFrame, weights: dict[str, float]) -> NDArray[np.float64]:
    """Return the weighted mean over the subjects that a pupil has."""
    total, share = np.zeros(len(table)), np.zeros(len(table))
    for name, weight in weights.items():
        values = table[name].to_numpy(dtype=np.float64)
        there = np.isfinite(values)
        total += np.where(there, values, 0.0) * weight
        share += there * weight
    return np.divide(total, share, out=np.full(len(table), math.nan), where=share > 0)


# --- one outcome ---------------------------------------------------------------------------


def _draft(panel: _Panel, outcome: Outcome, design: Design, lost: Attrition) -> Evaluation:
    """Return the evaluation before p-values are corrected and the verdict is given."""
    sides = _compared(panel, outcome, design)
    pupils = _pupils(panel, design, sides.weights)
    stepped = two_step(sides.innovative, sides.control)
    shape = sides.shape
    both = bool(shape.innovative and shape.control)
    against = (
        placebo(sides.innovative, sides.control, sides.archive, ordinary=sides.ordinary)
        if both and archive_module.usable(shape)
        else None
    )
    primary = _primary(stepped, against, shape)
    levels = _starting_levels(panel, design, sides.weights)
    found = _findings(outcome, design, sides, pupils, lost)
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
        baseline=baseline(*pupils.split(pupils.before)),
        ceiling=ceiling_floor(*levels),
        attrition=lost,
        effect=_effect(primary, pupils),
        delta=cliffs_delta(*pupils.split(pupils.gain)),
        two_step=stepped,
        welch=welch(sides.innovative, sides.control),
        ancova=ancova_two_step(pupils.before, pupils.after, pupils.labels, design.innovative),
        permutation=permutation(sides.innovative, sides.control) if both else None,
        placebo=against,
        drew_apart=_drew_apart(pupils),
        findings=found,
        verdict=verdict_module.Verdict("F", cautious=False, reliability="none", reasons=()),
    )


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
            archive_module.detectable_factor(shape) * against.spread,
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
        smallest_p(g1, g0) if possible else math.nan,
        minimum_detectable(spread, g1, g0),
        "two_step" if possible and stepped.df >= 1 else "none",
    )


def _effect(primary: _Result, pupils: _Pupils) -> EffectSize:
    """Return the difference of gains in standard deviations between pupils at the end.

    J·d/s, s the standard deviation of pupils' marks after, inside the groups (WWC 4.1, appendix E,
    difference in differences); the interval is that of the primary test in the same unit.
    """
    ours, theirs = pupils.split(pupils.after)
    sd = pooled_sd(ours, theirs)
    factor = small_sample_correction(len(ours) + len(theirs) - 2)
    values = (primary.estimate, primary.standard_error, primary.conf_low, primary.conf_high)
    scaled = [standardised(value, sd, factor=factor) for value in values]
    return EffectSize(*scaled, method="hedges_g_gains")


def _starting_levels(
    panel: _Panel, design: Design, weights: dict[str, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the values before the start, one per pupil and subject, of either group."""
    table = panel.rows["before"].reindex(columns=list(weights))
    ours = np.isin(table.index.get_level_values("class_label"), list(design.innovative))
    values = table.to_numpy(dtype=np.float64)
    first, second = values[ours].ravel(), values[~ours].ravel()
    return first[np.isfinite(first)], second[np.isfinite(second)]


def _drew_apart(pupils: _Pupils) -> bool:
    """Return whether innovative pupils spread by a fifth more after than before."""
    before, after = pupils.before[pupils.ours], pupils.after[pupils.ours]
    if before.size < 2:  # noqa: PLR2004 - a spread needs two values
        return False
    return math.sqrt(squares(after)) > _APART * math.sqrt(squares(before)) > 0


def _class_table(sides: _Compared, pupils: _Pupils, design: Design) -> pd.DataFrame:
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


def _findings(
    outcome: Outcome, design: Design, sides: _Compared, pupils: _Pupils, lost: Attrition
) -> Findings:
    """Return what the plan and the numbers of pupils say; the results come later."""
    labels = (*design.innovative, *design.control)
    counts = {label: int((pupils.labels == label).sum()) for label in labels}
    fewest = min(labels, key=lambda label: (counts[label], class_order(label)), default="")
    ours = {year_group(label) for label in design.innovative}
    return verdict_module.Findings(
        title=outcome.title,
        composite=len(outcome.subjects) > 1,
        period=period_text(design.periods.after),
        innovative=design.innovative,
        control=design.control,
        negligible=outcome.negligible,
        archive_usable=archive_module.usable(sides.shape),
        terms_before=bool(design.periods.before),
        terms_after=bool(design.periods.after),
        missing=sides.missing,
        fewest_pupils=counts.get(fewest, 0),
        fewest_label=fewest,
        pupils=len(pupils.before),
        pupils_innovative=int(pupils.ours.sum()),
        lost=lost.overall,
        attrition=lost.determination,
        chosen_before=design.chosen_before,
        common_work=design.common_work,
        lessons_done=design.lessons_done,
        lessons_planned=design.lessons_planned,
        events=tuple(
            (event.class_label, event.what)
            for event in design.events
            if event.class_label in labels
            and split_term(event.term)[0] == design.school_year
            and _inside(event, design.periods, design.school_year)
        ),
        archive_excluded=sides.excluded,
        other_year_groups=tuple(
            sorted((c for c in design.control if year_group(c) not in ours), key=class_order)
        ),
        subjects_dropped=sides.dropped,
    )


def period_text(terms: Sequence[str]) -> str:
    """Return the terms in words: «2 четверть 2025/26», «2 четверть и 3 четверть 2025/26»."""
    if not terms:
        return ""
    names = [term_name(term, with_year=term == terms[-1]) for term in terms]
    return listed(names, last=say("verdict.and"))


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
    exact = draft.permutation.p_value if draft.permutation else math.nan
    return draft.p_value, second, exact, draft.welch.p_value


def _refused(draft: Evaluation) -> bool:
    return verdict_module.decide(_complete(draft, _Adjusted(math.nan, ())))[0] == "F"


def _complete(draft: Evaluation, adjusted: _Adjusted) -> Findings:
    spread = draft.placebo.spread if draft.placebo else draft.standard_error
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
        ancova=draft.ancova.estimate,
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
        verdict=verdict_module.judge(findings),
    )


# --- before any result -------------------------------------------------------------------


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
    panels = {measure: _Panel.of(others, measure) for measure in {o.measure for o in outcomes}}
    return [_ability(panels[o.measure], o, design, before, lost) for o in outcomes]


def _ability(
    panel: _Panel,
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
    from_archive = archive_module.smallest_p(shape) if g1 and g0 else math.nan
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


def _archive_only(panel: _Panel, outcome: Outcome, design: Design) -> _Compared:
    return _compared(panel, outcome, replace(design, innovative=(), control=()))


def _methods(shape: Shape) -> tuple[Primary, tuple[str, ...]]:
    g1, g0 = shape.innovative, shape.control
    if not g1 or not g0:
        return "none", ()
    possible = {
        "archive_placebo": archive_module.usable(shape),
        "two_step": g1 + g0 > 2,  # noqa: PLR2004 - df = G − 2
        "permutation": smallest_p(g1, g0) < verdict_module.SIGNIFICANT,
        "welch": min(g1, g0) > 1,
    }
    tests = tuple(name for name, can in possible.items() if can)
    if possible["archive_placebo"]:
        return "archive_placebo", tests
    return ("two_step" if possible["two_step"] else "none"), tests


def _archive_spread(sides: _Compared) -> float:
    groups = [sides.ordinary, *sides.archive.values()]
    df = sum(max(0, len(group) - 1) for group in groups)
    return math.sqrt(math.fsum(squares(g) for g in groups if len(g)) / df) if df else math.nan


def _detectable(shape: Shape, method: Primary, spread: float) -> float:
    if method == "archive_placebo":
        return archive_module.detectable_factor(shape) * spread
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
    findings = verdict_module.Findings(
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
        fewest_pupils=verdict_module.FEWEST_PUPILS,
        baseline_g=alike.g,
        lost=lost.overall if lost else math.nan,
        attrition=lost.determination if lost and lost.determination != "unknown" else "cautious",
        chosen_before=design.chosen_before,
        lessons_done=design.lessons_done,
        lessons_planned=design.lessons_planned,
    )
    code, _, reasons = verdict_module.decide(findings)
    return code, tuple(reason for reason in reasons if reason != "confirmed")


def _limit_texts(
    reasons: Sequence[str], alike: BaselineEquivalence, lost: Attrition | None
) -> list[str]:
    findings = verdict_module.Findings(
        title="",
        composite=False,
        period="",
        innovative=(),
        control=(),
        baseline_g=alike.g,
        lost=lost.overall if lost else math.nan,
    )
    return [verdict_module.reason_text(reason, findings) for reason in reasons]
