"""From findings to one of six verdicts, its reasons and its sentences.

The rules are DESIGN.md section 7. A verdict never says that the programme works: classes were not
drawn by lot, and the text says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from posanalytics.evaluation.equivalence import ADJUSTABLE, ALIKE
from posanalytics.labels import class_order
from posanalytics.wording import counted, decimal, language, listed, percent, say, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

Code = Literal["A", "B", "C", "D", "E", "F"]
Reliability = Literal["high", "medium", "low", "none"]
AttritionState = Literal["cautious", "optimistic", "outside", "unknown"]

SIGNIFICANT = 0.05
FEWEST_PUPILS = 5
MOST_AT_CEILING = 0.50
CEILING_GAP = 0.10
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
    caveats: tuple[str, ...] = field(default=())


class Judged(Protocol):
    """Anything with a verdict, such as an Evaluation."""

    @property
    def verdict(self) -> Verdict:
        """The verdict of one outcome."""


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


def judge(findings: Findings) -> Verdict:
    """Return the verdict that the findings allow, with its sentences."""
    code, cautious, reasons = decide(findings)
    reliability = rate(findings) if code != "F" else "none"
    plain = Verdict(code, cautious, reliability, reasons)
    return Verdict(
        code,
        cautious,
        reliability,
        reasons,
        headline=say(f"verdict.headline_{_variant(plain)}"),
        sentence=_sentence(plain, findings),
        caveats=tuple(_caveats(plain, findings)),
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


# --- words -----------------------------------------------------------------------------------


def _variant(verdict: Verdict) -> str:
    return "E_cautious" if verdict.code == "E" and verdict.cautious else verdict.code


def _sentence(verdict: Verdict, f: Findings) -> str:
    key = _variant(verdict)
    if "multiplicity" in verdict.reasons:
        key = "D_multiplicity"
    reason = "; ".join(reason_text(code, f) for code in verdict.reasons)
    size = f.estimate if verdict.code in {"C", "D"} else abs(f.estimate)
    classes = _of_number("class", f.innovative)
    mirrored = verdict.code == "E"
    low, high = (
        sorted((abs(f.conf_low), abs(f.conf_high))) if mirrored else (f.conf_low, f.conf_high)
    )
    write = signed_number if verdict.code in {"C", "D"} else number
    return say(
        f"verdict.sentence_{key}",
        period=f.period,
        subject=say(f"verdict.subject_{'composite' if f.composite else 'single'}", title=f.title),
        classes=classes,
        Classes=classes[:1].upper() + classes[1:],
        innovative=_of_number("favour", f.innovative),
        control=_of_number("control", f.control),
        grew=say(f"verdict.grew_{'one' if len(f.innovative) == 1 else 'many'}"),
        d=write(size),
        low=write(low),
        high=write(high),
        negligible=number(f.negligible),
        mde=number(f.minimum_detectable),
        pupils=_moved(f),
        sizes=_sizes(f),
        reliability=say(f"verdict.reliability_{verdict.reliability}"),
        reason=reason,
    )


def number(value: float) -> str:
    """Return a number in the language of the sentence: 0,27 or 0.27."""
    return decimal(value) if language() == "ru" else _english(f"{value:.2f}")


def signed_number(value: float) -> str:
    """Return a difference with its sign in the language of the sentence."""
    return signed(value) if language() == "ru" else _english(f"{value:+.2f}")


def _english(text: str) -> str:
    return text if any(digit in text for digit in "0123456789") else "–"


def _joined(words: Sequence[str]) -> str:
    return listed(words, last=say("verdict.and"))


def _of_number(word: str, labels: Sequence[str]) -> str:
    ordered = sorted(labels, key=class_order)
    return say(f"verdict.{word}_{'one' if len(ordered) == 1 else 'many'}", labels=_joined(ordered))


def _pupils(count: int) -> str:
    one, few, many = (say(f"verdict.pupils_{form}") for form in ("one", "few", "many"))
    return counted(count, one, few, many)


def _moved(f: Findings) -> str:
    moved = round(abs(f.estimate) * f.pupils_innovative) if math.isfinite(f.estimate) else 0
    if moved < 1:
        return ""
    return say("verdict.pupils_phrase", moved=_pupils(moved), all=decimal(f.pupils_innovative, 0))


def _sizes(f: Findings) -> str:
    """Return «при 96 учениках и 5 классах»: after «при» only the last digit 1 is singular."""
    classes = len(f.innovative) + len(f.control)
    forms = {
        word: (say(f"verdict.{word}_at_one"), say(f"verdict.{word}_at_many"))
        for word in ("pupils", "classes")
    }
    return say(
        "verdict.sizes",
        pupils=counted(f.pupils, forms["pupils"][0], *[forms["pupils"][1]] * 2),
        classes=counted(classes, forms["classes"][0], *[forms["classes"][1]] * 2),
    )


def reason_text(code: str, findings: Findings) -> str:
    """Return the words for a reason's code."""
    f = findings
    slots: dict[str, dict[str, Any]] = {
        "few_pupils": {
            "label": f.fewest_label,
            "pupils": _pupils(f.fewest_pupils),
            "least": FEWEST_PUPILS,
        },
        "no_data": {"labels": _joined(f.missing)},
        "baseline_gap": {"g": number(abs(f.baseline_g)), "limit": number(ADJUSTABLE)},
        "attrition": {"share": percent(f.lost)},
        "ceiling": {"share": percent(f.ceiling)},
        "no_dose": {"done": f.lessons_done, "planned": f.lessons_planned},
    }
    return say(f"verdict.reason_{code}", **slots.get(code, {}))


def _caveats(verdict: Verdict, f: Findings) -> list[str]:
    shown: list[tuple[str, bool, dict[str, Any]]] = [
        ("not_by_lot", verdict.code != "F", {}),
        ("marks_only", not f.common_work, {}),
        ("control_after", not f.chosen_before, {}),
        (
            "baseline",
            ALIKE + _SLACK < abs(f.baseline_g) <= ADJUSTABLE + _SLACK,
            {"g": number(abs(f.baseline_g))},
        ),
        (
            "ceiling_gap",
            abs(f.ceiling_innovative - f.ceiling_control) > CEILING_GAP,
            {"ours": percent(f.ceiling_innovative), "theirs": percent(f.ceiling_control)},
        ),
        *(("event", True, {"label": label, "what": what}) for label, what in f.events),
        ("archive_events", bool(f.archive_excluded), {"labels": _joined(f.archive_excluded)}),
        ("other_year_group", bool(f.other_year_groups), {"labels": _joined(f.other_year_groups)}),
        ("subjects_dropped", bool(f.subjects_dropped), {"subjects": _joined(f.subjects_dropped)}),
    ]
    return [say(f"verdict.caveat_{code}", **slots) for code, holds, slots in shown if holds]


# --- what the meeting asks ------------------------------------------------------------------

_QUESTIONS: dict[Code, tuple[int, ...]] = {
    "A": (3, 4),
    "B": (3, 4),
    "C": (5, 11),
    "D": (5, 6),
    "E": (7, 11),
    "F": (5, 6),
}


def questions(evaluations: Sequence[Judged]) -> list[str]:
    """Return five or six questions for the meeting, chosen by what was found (DOMAIN.md 6.6).

    The first evaluation is the primary one. Where another outcome fell behind or results drew
    apart, one more question asks about that.
    """
    code: Code = evaluations[0].verdict.code if evaluations else "F"
    chosen = [1, 2, *_QUESTIONS[code]]
    fell_behind = any(item.verdict.code == "E" for item in evaluations)
    drew_apart = any(getattr(item, "drew_apart", False) for item in evaluations[:1])
    if fell_behind and 7 not in chosen:  # noqa: PLR2004 - the number of a question
        chosen.append(7)
    elif drew_apart:
        chosen.append(8)
    return [say(f"verdict.question_{place}") for place in (*chosen, 12)]


GLOSSARY_TERMS = (
    "control", "did", "interval", "reliability", "baseline", "mde", "archive", "hedges_g",
    "ceiling", "regression",
)  # fmt: skip


def glossary() -> list[tuple[str, str]]:
    """Return the teacher's glossary: word and explanation."""
    return [
        (say(f"verdict.term_{term}"), say(f"verdict.glossary_{term}")) for term in GLOSSARY_TERMS
    ]
