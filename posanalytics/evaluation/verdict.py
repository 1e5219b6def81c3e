"""From findings to one of six verdicts, its reasons and its sentences.

The rules are DESIGN.md section 7. A verdict never says that the programme works: classes were not
drawn by lot, and the text says so.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from posanalytics.evaluation.design import FEWEST_PUPILS, LEAST_DOSE
from posanalytics.evaluation.equivalence import ADJUSTABLE
from posanalytics.evaluation.findings import Code, Findings, Reliability, Verdict
from posanalytics.evaluation.inference import SIGNIFICANT
from posanalytics.evaluation.sentences import (
    FEWEST_MARKS,
    WIDEST_GAP,
    caveats,
    glossary,
    headline,
    questions,
    reason_text,
    sentence,
)
from posanalytics.wording import decimal, language, percent, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

__all__ = [
    "FEWEST_PUPILS",
    "SIGNIFICANT",
    "Findings",
    "Verdict",
    "decide",
    "for_high",
    "glossary",
    "judge",
    "questions",
    "rate",
    "reason_text",
    "rules_out_same",
]

MOST_AT_CEILING = 0.50
MOST_LOST_FOR_HIGH = 0.10
FEWEST_FOR_HIGH = 4  # DOMAIN.md 6.2
_SLACK = 1e-12

Rule = tuple[str, "Callable[[Findings], bool]"]

# Without these there is nothing to look at, so they are said alone.
_NOTHING_TO_COMPARE: tuple[Rule, ...] = (
    ("no_control", lambda f: not f.innovative or not f.control),
    ("no_baseline", lambda f: not f.terms_before),
    ("no_after", lambda f: not f.terms_after),
    ("no_data", lambda f: bool(f.missing)),
    ("staggered", lambda f: bool(f.staggered)),
)
_REFUSALS: tuple[Rule, ...] = (
    ("few_pupils", lambda f: f.fewest_pupils < FEWEST_PUPILS),
    (
        "one_class",
        lambda f: len(f.innovative) == 1 and len(f.control) == 1 and not f.archive_usable,
    ),
    ("no_dose", lambda f: f.dose < LEAST_DOSE),
    ("diff_instrument", lambda f: f.instruments == "different"),
    ("diff_teacher_scale", lambda f: f.teachers == "different" and not f.common_work),
    ("vpr_is_mark", lambda f: f.vpr_in_gradebook),
    ("few_marks", lambda f: f.marks_behind < FEWEST_MARKS),
    ("parallel_break", lambda f: f.parallel_p < SIGNIFICANT),
    ("baseline_gap", lambda f: abs(f.baseline_g) > WIDEST_GAP + _SLACK),
    ("ceiling", lambda f: f.ceiling > MOST_AT_CEILING),
    ("attrition", lambda f: f.attrition in {"optimistic", "outside"}),
    ("no_spread", lambda f: not f.spread > _SLACK and _can_spread(f)),
)
_CAUTIONS: tuple[Rule, ...] = (
    ("one_innovative", lambda f: len(f.innovative) == 1),
    ("no_second_test", lambda f: not _second_tests(f)),
    ("one_test", lambda f: bool(_second_tests(f)) and not _confirmed(f)),
    ("equal_spread", lambda f: len(f.innovative) > 1 and _leans_on_equal_spread(f)),
    ("signs_differ", lambda f: not f.ancova * f.estimate > 0),
    ("baseline_gap_caution", lambda f: abs(f.baseline_g) > ADJUSTABLE + _SLACK),
    ("baseline_unknown", lambda f: math.isnan(f.baseline_g)),
    ("no_interval", lambda f: math.isnan(f.conf_low) or math.isnan(f.conf_high)),
    ("one_subject", lambda f: bool(f.sign_turned_by)),
    ("attrition_unknown", lambda f: f.attrition == "unknown"),
    ("control_after", lambda f: not f.chosen_before),
    ("event", lambda f: bool(f.events)),
    ("other_parallel", lambda f: bool(f.other_year_groups)),
    ("archive_untested", lambda f: f.archive_untested),
)
# What may hide a difference as well as make one: with any of these nothing is called the same.
_NOT_THE_SAME = (
    "baseline_gap_caution", "baseline_unknown", "attrition_unknown", "control_after", "event",
    "other_parallel",
)  # fmt: skip
# Why a difference between classes that began apart cannot be told.
_APART = ("baseline_gap_caution", "signs_differ")


def judge(findings: Findings, *, lang: str | None = "ru") -> Verdict:
    """Return the verdict that the findings allow, with its sentences (None: the user's language).

    Reports are Russian whatever the language of the machine that makes them.
    """
    code, cautious, reasons = decide(findings)
    reliability = rate(findings) if code != "F" else "none"
    plain = Verdict(code, cautious, reliability, reasons)
    lacking = for_high(findings, lang=lang) if code != "F" else ""
    return replace(
        plain,
        headline=headline(plain, lang=lang),
        sentence=sentence(plain, findings, lang=lang),
        caveats=caveats(plain, findings, lang=lang),
        for_high=lacking,
    )


def decide(findings: Findings) -> tuple[Code, bool, tuple[str, ...]]:
    """Return code, whether it is said with caution, and the codes of the reasons.

    Refusals come first; then C, which needs no significance; then significance after correction;
    then whether anything speaks for caution. C is two one-sided tests at 2.5 % each: the whole 95 %
    interval lies inside ± negligible (Schuirmann 1987 asks 90 %), the ANCOVA estimate as well, and
    nothing is known that may hide a difference. Classes that began .25 to .50 apart give neither A
    nor C, and nothing at all where the two comparisons differ in sign.
    """
    refused = _fired(_NOTHING_TO_COMPARE, findings) or _fired(_REFUSALS, findings)
    if refused:
        return "F", False, refused
    cautions = _fired(_CAUTIONS, findings)
    apart = "baseline_gap_caution" in cautions
    if _negligible(findings):
        unsure = _not_the_same(cautions, findings)
        return ("D", False, unsure) if unsure else ("C", False, ("within_negligible",))
    if not findings.p_adjusted < SIGNIFICANT:
        raw = findings.p_value < SIGNIFICANT
        return "D", False, ("multiplicity" if raw else "within_chance",)
    if apart and "signs_differ" in cautions:
        return "D", False, _APART
    reasons = cautions or ("confirmed",)
    if findings.estimate > 0:
        return ("B", True, reasons) if cautions else ("A", False, reasons)
    return "E", bool(cautions), reasons


def rate(findings: Findings) -> Reliability:
    """Return how the comparison is built, whatever came out of it (DOMAIN.md 6.2).

    Marks that teachers gave themselves are at most of medium reliability.
    """
    if not _lacking(findings):
        return "high"
    smaller = min(len(findings.innovative), len(findings.control))
    return "medium" if smaller >= 2 else "low"  # noqa: PLR2004 - DOMAIN.md 6.2


def _lacking(f: Findings) -> tuple[str, ...]:
    """Return the codes of what high reliability asks for and this comparison does not have."""
    alike = abs(f.baseline_g) <= ADJUSTABLE + _SLACK
    has = {
        "classes": min(len(f.innovative), len(f.control)) >= FEWEST_FOR_HIGH,
        "common_work": f.common_work,
        "alike": alike,
        "kept": f.lost <= MOST_LOST_FOR_HIGH,
    }
    return tuple(code for code, there in has.items() if not there)


def for_high(findings: Findings, *, lang: str | None = "ru") -> str:
    """Return in a sentence what high reliability would still need, nothing where it is high."""
    slots = {
        "ours": len(findings.innovative),
        "theirs": len(findings.control),
        "gap": decimal(ADJUSTABLE) if (lang or language()) == "ru" else f"{ADJUSTABLE:.2f}",
        "share": percent(MOST_LOST_FOR_HIGH),
    }
    lacking = [say(f"verdict.high_{code}", lang=lang, **slots) for code in _lacking(findings)]
    return say("verdict.for_high", lang=lang, lacking="; ".join(lacking)) if lacking else ""


def rules_out_same(findings: Findings) -> tuple[str, ...]:
    """Return why C cannot be said whatever the results are, nothing where it can."""
    cautions = _fired(_CAUTIONS, findings)
    return _not_the_same(cautions, replace(findings, ancova=0.0))


def _fired(rules: Iterable[Rule], findings: Findings) -> tuple[str, ...]:
    return tuple(code for code, holds in rules if holds(findings))


def _negligible(f: Findings) -> bool:
    return f.conf_low >= -f.negligible - _SLACK and f.conf_high <= f.negligible + _SLACK


def _not_the_same(cautions: Sequence[str], f: Findings) -> tuple[str, ...]:
    """Return why an interval inside the negligible difference does not yet mean no difference."""
    within = abs(f.ancova) <= f.negligible + _SLACK
    found = tuple(code for code in cautions if code in _NOT_THE_SAME)
    # Lessons that were not given can hide a difference; they never make one.
    hidden = ("low_dose",) * bool(f.short_of_lessons)
    return (*found, *hidden) if within else (*found, *hidden, "signs_differ")


def _second_tests(f: Findings) -> tuple[float, ...]:
    """Return p of the other tests that so many classes allow; none of them can be told."""
    return tuple(p for p in f.confirmations if not math.isnan(p))


def _confirmed(f: Findings) -> bool:
    return any(p < SIGNIFICANT for p in f.confirmations)


def _leans_on_equal_spread(f: Findings) -> bool:
    """Return whether tests confirm the difference, but not Welch's, which asks for no equality."""
    return _confirmed(f) and not f.p_unequal_spread < SIGNIFICANT


def _can_spread(f: Findings) -> bool:
    return len(f.innovative) + len(f.control) > 2 or f.archive_usable  # noqa: PLR2004
