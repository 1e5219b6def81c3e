"""From findings to one of six verdicts, its reasons and its sentences.

The rules are DESIGN.md section 7. A verdict never says that the programme works: classes were not
drawn by lot, and the text says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from posanalytics.evaluation.equivalence import ADJUSTABLE
from posanalytics.evaluation.sentences import (
    FEWEST_PUPILS,
    caveats,
    glossary,
    headline,
    questions,
    reason_text,
    sentence,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = [
    "FEWEST_PUPILS",
    "Findings",
    "Verdict",
    "decide",
    "glossary",
    "judge",
    "questions",
    "rate",
    "reason_text",
]

Code = Literal["A", "B", "C", "D", "E", "F"]
Reliability = Literal["high", "medium", "low", "none"]
AttritionState = Literal["cautious", "optimistic", "outside", "unknown"]

SIGNIFICANT = 0.05
MOST_AT_CEILING = 0.50
LEAST_DOSE = 0.50
MOST_LOST_FOR_HIGH = 0.10
_SLACK = 1e-12


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Everything that a verdict depends on: numbers in, no tables."""

    title: str
    composite: bool
    period: str
    innovative: tuple[str, ...]
    control: tuple[str, ...]
    estimate: float = math.nan
    conf_low: float = math.nan
    conf_high: float = math.nan
    p_value: float = math.nan
    p_adjusted: float = math.nan
    negligible: float = 0.10
    minimum_detectable: float = math.nan
    spread: float = math.nan
    confirmations: tuple[float, ...] = ()
    ancova: float = math.nan
    archive_usable: bool = False
    terms_before: bool = True
    terms_after: bool = True
    missing: tuple[str, ...] = ()
    fewest_pupils: int = 0
    fewest_label: str = ""
    pupils: int = 0
    pupils_innovative: int = 0
    baseline_g: float = math.nan
    ceiling_innovative: float = 0.0
    ceiling_control: float = 0.0
    lost: float = math.nan
    attrition: AttritionState = "unknown"
    chosen_before: bool = True
    common_work: bool = False
    lessons_done: int | None = None
    lessons_planned: int | None = None
    events: tuple[tuple[str, str], ...] = ()
    archive_excluded: tuple[str, ...] = ()
    other_year_groups: tuple[str, ...] = ()
    subjects_dropped: tuple[str, ...] = ()

    @property
    def ceiling(self) -> float:
        """The larger share of pupils who begin at the highest mark."""
        return max(self.ceiling_innovative, self.ceiling_control)


@dataclass(frozen=True)
class Verdict:
    """One of six answers, how the comparison is built, and the words for both."""

    code: Code
    cautious: bool
    reliability: Reliability
    reasons: tuple[str, ...]
    headline: str = ""
    sentence: str = ""
    caveats: tuple[str, ...] = ()


Rule = tuple[str, "Callable[[Findings], bool]"]

# Without these there is nothing to look at, so they are said alone.
_NOTHING_TO_COMPARE: tuple[Rule, ...] = (
    ("no_control", lambda f: not f.innovative or not f.control),
    ("no_baseline", lambda f: not f.terms_before),
    ("no_after", lambda f: not f.terms_after),
    ("no_data", lambda f: bool(f.missing)),
)
_REFUSALS: tuple[Rule, ...] = (
    ("few_pupils", lambda f: f.fewest_pupils < FEWEST_PUPILS),
    (
        "one_class",
        lambda f: len(f.innovative) == 1 and len(f.control) == 1 and not f.archive_usable,
    ),
    ("no_dose", lambda f: _dose(f) < LEAST_DOSE),
    ("baseline_gap", lambda f: abs(f.baseline_g) > ADJUSTABLE + _SLACK),
    ("ceiling", lambda f: f.ceiling > MOST_AT_CEILING),
    ("attrition", lambda f: f.attrition in {"optimistic", "outside"}),
    ("no_spread", lambda f: not f.spread > _SLACK and _can_spread(f)),
)
_CAUTIONS: tuple[Rule, ...] = (
    ("one_innovative", lambda f: len(f.innovative) == 1),
    ("one_test", lambda f: not any(p < SIGNIFICANT for p in f.confirmations)),
    ("signs_differ", lambda f: not f.ancova * f.estimate > 0),
    ("attrition_unknown", lambda f: f.attrition == "unknown"),
    ("control_after", lambda f: not f.chosen_before),
)


def judge(findings: Findings, *, lang: str | None = "ru") -> Verdict:
    """Return the verdict that the findings allow, with its sentences (None: the user's language).

    Reports are Russian whatever the language of the machine that makes them.
    """
    code, cautious, reasons = decide(findings)
    reliability = rate(findings) if code != "F" else "none"
    plain = Verdict(code, cautious, reliability, reasons)
    return replace(
        plain,
        headline=headline(plain, lang=lang),
        sentence=sentence(plain, findings, lang=lang),
        caveats=caveats(plain, findings, lang=lang),
    )


def decide(findings: Findings) -> tuple[Code, bool, tuple[str, ...]]:
    """Return code, whether it is said with caution, and the codes of the reasons.

    Refusals come first; then C, which needs no significance; then significance after correction;
    then whether anything speaks for caution.
    """
    refused = _fired(_NOTHING_TO_COMPARE, findings) or _fired(_REFUSALS, findings)
    if refused:
        return "F", False, refused
    if _negligible(findings):
        return "C", False, ("within_negligible",)
    if not findings.p_adjusted < SIGNIFICANT:
        raw = findings.p_value < SIGNIFICANT
        return "D", False, ("multiplicity" if raw else "within_chance",)
    cautions = _fired(_CAUTIONS, findings)
    reasons = cautions or ("confirmed",)
    if findings.estimate > 0:
        return ("B", True, reasons) if cautions else ("A", False, reasons)
    return "E", bool(cautions), reasons


def rate(findings: Findings) -> Reliability:
    """Return how the comparison is built, whatever came out of it (DOMAIN.md 6.2).

    Marks that teachers gave themselves are at most of medium reliability.
    """
    smaller = min(len(findings.innovative), len(findings.control))
    alike = abs(findings.baseline_g) <= ADJUSTABLE + _SLACK
    kept = findings.lost <= MOST_LOST_FOR_HIGH
    if smaller >= 4 and findings.common_work and alike and kept:  # noqa: PLR2004 - DOMAIN.md 6.2
        return "high"
    return "medium" if smaller >= 2 else "low"  # noqa: PLR2004 - DOMAIN.md 6.2


def _fired(rules: Iterable[Rule], findings: Findings) -> tuple[str, ...]:
    return tuple(code for code, holds in rules if holds(findings))


def _negligible(f: Findings) -> bool:
    return f.conf_low >= -f.negligible - _SLACK and f.conf_high <= f.negligible + _SLACK


def _dose(f: Findings) -> float:
    if f.lessons_done is None or not f.lessons_planned:
        return 1.0
    return f.lessons_done / f.lessons_planned


def _can_spread(f: Findings) -> bool:
    return len(f.innovative) + len(f.control) > 2 or f.archive_usable  # noqa: PLR2004
