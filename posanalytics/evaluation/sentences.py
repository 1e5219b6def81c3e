"""The words for a verdict: sentence, reasons, what is not known, questions for the meeting."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

from posanalytics.evaluation.design import FEWEST_PUPILS, LEAST_DOSE
from posanalytics.evaluation.equivalence import ADJUSTABLE, ALIKE
from posanalytics.evaluation.gaps import FEWEST_WEAK
from posanalytics.evaluation.synthetic import WORST_FIT
from posanalytics.labels import class_order
from posanalytics.periods import year_name
from posanalytics.wording import counted, decimal, language, listed, percent, say, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posanalytics.evaluation.design import Lessons
    from posanalytics.evaluation.findings import Findings, Verdict

FEWEST_MARKS = 3
# A wider gap before the start is refused; between WWC's .25 and this one a verdict is cautious.
# Two classes of 25 that differ by chance alone begin more than .25 apart in a third of cases.
WIDEST_GAP = 0.50
CEILING_GAP = 0.10
_ROUNDING = 1e-12


class Judged(Protocol):
    """Anything with a verdict, such as an Evaluation."""

    @property
    def verdict(self) -> Verdict:
        """The verdict of one outcome."""


def headline(verdict: Verdict, *, lang: str | None = "ru") -> str:
    """Return the verdict in a few words."""
    return say(f"verdict.headline_{_outcome(verdict)}", lang=lang)


def sentence(verdict: Verdict, findings: Findings, *, lang: str | None = "ru") -> str:
    """Return the verdict in a sentence or two, with the numbers behind it."""
    f, number = findings, _writer(lang)
    key = _variant(verdict)
    directed = verdict.code in {"A", "B", "E"}
    ends = (f.conf_low, f.conf_high)
    low, high = sorted(map(abs, ends)) if verdict.code == "E" else ends
    size = abs(f.estimate) if directed else f.estimate
    classes = _named("class", f.innovative, lang)
    return say(
        f"verdict.sentence_{key}",
        lang=lang,
        period=f.period,
        subject=say(
            f"verdict.subject_{'composite' if f.composite else 'single'}", lang=lang, title=f.title
        ),
        classes=classes,
        Classes=_capitalised(classes),
        innovative=_named("favour", f.innovative, lang),
        control=_named("control", f.control, lang),
        grew=say(f"verdict.grew_{_form(f.innovative)}", lang=lang),
        d=number(size, sign=not directed),
        low=number(low, sign=not directed),
        high=number(high, sign=not directed),
        negligible=number(f.negligible),
        mde=number(f.minimum_detectable),
        pupils=_moved(f, lang),
        sizes=_sizes(f, lang),
        reliability=say(f"verdict.reliability_{verdict.reliability}", lang=lang),
        reason="; ".join(reason_text(code, f, lang=lang) for code in verdict.reasons),
        refusal=_refusal(verdict, f, lang) if verdict.code == "F" else "",
    )


def _refusal(verdict: Verdict, f: Findings, lang: str | None) -> str:
    """Return why nothing is concluded, a sentence per reason, and what the team can do."""
    reasons = [f"{_capitalised(reason_text(code, f, lang=lang))}." for code in verdict.reasons]
    slots = {"label": f.fewest_label, "labels": _joined(f.missing, lang), "least": FEWEST_MARKS}
    remedies = [say(f"verdict.remedy_{code}", lang=lang, **slots) for code in verdict.reasons]
    todo = "; ".join(dict.fromkeys(remedies))
    return " ".join((*reasons, say("verdict.what_to_do", lang=lang, todo=todo)))


def reason_text(code: str, findings: Findings, *, lang: str | None = "ru") -> str:
    """Return the words for the code of a reason."""
    if code == "control_after" and findings.chosen_late:
        return _chosen_late(findings, lang)
    if code == "attrition" and findings.lost_too_many:
        slots = _slots(code, findings, lang)
        return say("verdict.reason_attrition_overall", lang=lang, **slots)
    if code == "no_data" and findings.only_in:
        return say("verdict.reason_only_in", lang=lang, labels=_joined(findings.only_in, lang))
    return say(f"verdict.reason_{code}", lang=lang, **_slots(code, findings, lang))


def _slots(code: str, findings: Findings, lang: str | None) -> dict[str, Any]:
    """Return the numbers and names that the words of one reason ask for."""
    f, number = findings, _writer(lang)
    slots: dict[str, dict[str, Any]] = {
        "few_pupils": {
            "label": f.fewest_label,
            "pupils": _pupils(f.fewest_pupils, lang),
            "least": FEWEST_PUPILS,
        },
        "no_data": {"labels": _joined(f.missing, lang)},
        "baseline_gap": {"g": number(abs(f.baseline_g)), "limit": number(WIDEST_GAP)},
        "baseline_gap_caution": {"g": number(abs(f.baseline_g)), "limit": number(ADJUSTABLE)},
        "few_marks": {"marks": number(f.marks_behind), "least": FEWEST_MARKS},
        "staggered": {"labels": _joined(f.staggered, lang)},
        "one_subject": {"subjects": _any_of(f.sign_turned_by, lang)},
        "equal_spread": {"count": len(f.innovative)},
        "attrition": {"share": percent(f.lost)},
        "event": {"labels": _joined(tuple(dict.fromkeys(label for label, _ in f.events)), lang)},
        "other_parallel": {"labels": _joined(f.other_year_groups, lang)},
        "ceiling": {"share": percent(f.ceiling)},
        "no_dose": {"lessons": _lessons(f.lessons, lang)},
        "low_dose": {"lessons": _lessons(f.short_of_lessons, lang)},
    }
    return slots.get(code, {})


def _chosen_late(f: Findings, lang: str | None) -> str:
    """Return that the control was named after the lessons began, and on which day."""
    day = f"{f.chosen_late:%d.%m.%Y}"
    return say(f"verdict.reason_control_after_{_form(f.control)}", lang=lang, day=day)


def why_not(code: str, *, lang: str | None = "ru") -> str:
    """Return why a question beside the verdict has no answer: ties, few_weak or poor_fit."""
    slots = {"least": FEWEST_WEAK, "limit": _writer(lang)(WORST_FIT)}
    return say(f"verdict.reason_{code}", lang=lang, **slots)


def caveats(verdict: Verdict, findings: Findings, *, lang: str | None = "ru") -> tuple[str, ...]:
    """Return what the numbers cannot tell, a sentence each; nothing is said twice.

    Where nothing is compared there is nothing to weaken: only what happened is told.
    """
    if verdict.code == "F":
        return _events(findings, lang)
    f, number = findings, _writer(lang)
    uneven = abs(f.ceiling_innovative - f.ceiling_control) > CEILING_GAP
    gap = abs(f.baseline_g)
    shown: list[tuple[str, bool, dict[str, Any]]] = [
        ("not_by_lot", verdict.code == "D", {}),  # the other sentences say it themselves
        ("marks_only", not f.common_work, {}),
        (
            "control_after",
            not f.chosen_before and "control_after" not in verdict.reasons,
            {"reason": _capitalised(reason_text("control_after", f, lang=lang))},
        ),
        ("baseline", ALIKE + _ROUNDING < gap <= ADJUSTABLE + _ROUNDING, {"g": number(gap)}),
        (
            "baseline_apart",
            gap > ADJUSTABLE + _ROUNDING and "baseline_gap_caution" not in verdict.reasons,
            {"g": number(gap)},
        ),
        (
            "ceiling_gap",
            uneven,
            {"ours": percent(f.ceiling_innovative), "theirs": percent(f.ceiling_control)},
        ),
        *(
            (code, bool(names), {slot: _joined(names, lang)})
            for code, slot, names in (
                ("archive_events", "labels", tuple(map(year_name, f.archive_excluded))),
                ("other_year_group", "labels", f.other_year_groups),
                ("subjects_dropped", "subjects", f.subjects_dropped),
            )
        ),
    ]
    told = tuple(
        say(f"verdict.caveat_{code}", lang=lang, **slots) for code, holds, slots in shown if holds
    )
    return (*told, *_events(f, lang), *early_caveats(f, lang=lang))


def _events(f: Findings, lang: str | None) -> tuple[str, ...]:
    """Return what else changed in the compared classes, a sentence each."""
    return tuple(
        say("verdict.caveat_event", lang=lang, label=label, what=what) for label, what in f.events
    )


def early_caveats(findings: Findings, *, lang: str | None = "ru") -> tuple[str, ...]:
    """Return what is known before any result about what the comparison cannot tell."""
    f = findings
    shown = (
        ("archive_flat", f.archive_flat),
        ("archive_spread", f.archive_spread_changed),
        ("archive_untested", f.archive_untested),
        ("parallel_untested", not f.parallel_testable),
        ("weights_refused", f.weights_refused),
        ("weightless", bool(f.subjects_weightless)),
        ("low_dose", bool(f.short_of_lessons) and not f.dose < LEAST_DOSE),
    )
    slots = {
        "subjects": _joined(f.subjects_weightless, lang),
        "lessons": _lessons(f.short_of_lessons, lang),
    }
    return tuple(
        say(f"verdict.caveat_{code}", lang=lang, **slots) for code, holds in shown if holds
    )


def _outcome(verdict: Verdict) -> str:
    return "E_cautious" if verdict.code == "E" and verdict.cautious else verdict.code


def _variant(verdict: Verdict) -> str:
    """Return which sentence: D has three, for chance, for many outcomes, for doubts about it."""
    if verdict.code != "D":
        return _outcome(verdict)
    if "multiplicity" in verdict.reasons:
        return "D_multiplicity"
    return "D" if verdict.reasons == ("within_chance",) else "D_apart"


class _Writer(Protocol):
    def __call__(self, value: float, *, sign: bool = False) -> str: ...


def _writer(lang: str | None) -> _Writer:
    return _english if (lang or language()) == "en" else _russian


def _russian(value: float, *, sign: bool = False) -> str:
    return signed(value) if sign else decimal(value)


def _english(value: float, *, sign: bool = False) -> str:
    if not math.isfinite(value):
        return "–"
    return f"{value:+.2f}" if sign else f"{value:.2f}"


def _joined(words: Sequence[str], lang: str | None) -> str:
    return listed(words, last=say("verdict.and", lang=lang))


def _any_of(words: Sequence[str], lang: str | None) -> str:
    """Return «История или Биология»: any one of them, never all at once."""
    return listed(words, last=say("verdict.or", lang=lang))


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lessons(lessons: Sequence[Lessons], lang: str | None) -> str:
    """Return «1 из 4 в 5А и 3 из 8 в 7Б», in the order of classes."""
    told = [
        say(
            "verdict.lessons_in",
            lang=lang,
            given=own.given,
            planned=own.planned,
            label=own.class_label,
        )
        for own in sorted(lessons, key=lambda own: class_order(own.class_label))
    ]
    return _joined(told, lang)


def _form(labels: Sequence[str]) -> str:
    return "one" if len(labels) == 1 else "many"


def _named(word: str, labels: Sequence[str], lang: str | None) -> str:
    names = _joined(sorted(labels, key=class_order), lang)
    return say(f"verdict.{word}_{_form(labels)}", lang=lang, labels=names)


def _pupils(count: int, lang: str | None) -> str:
    one, few, many = (say(f"verdict.pupils_{form}", lang=lang) for form in ("one", "few", "many"))
    return _counted(count, one, few, many, lang=lang)


def _counted(count: int, one: str, few: str, many: str, *, lang: str | None) -> str:
    if (lang or language()) == "en":
        few, one = many, (one if count == 1 else many)
    return counted(count, one, few, many)


def _moved(f: Findings, lang: str | None) -> str:
    moved = round(abs(f.estimate) * f.pupils_innovative) if math.isfinite(f.estimate) else 0
    if moved < 1:
        return ""
    everyone = decimal(f.pupils_innovative, 0)
    return say("verdict.pupils_phrase", lang=lang, moved=_pupils(moved, lang), all=everyone)


def _sizes(f: Findings, lang: str | None) -> str:
    """Return «при 91 ученике и 5 классах»: after «при» there are two forms, not three."""

    def at(count: int, word: str) -> str:
        one, many = (say(f"verdict.{word}_at_{form}", lang=lang) for form in ("one", "many"))
        return _counted(count, one, many, many, lang=lang)

    classes = len(f.innovative) + len(f.control)
    return say(
        "verdict.sizes", lang=lang, pupils=at(f.pupils, "pupils"), classes=at(classes, "classes")
    )


# --- what the meeting asks ------------------------------------------------------------------

_QUESTIONS: dict[str, tuple[int, ...]] = {
    "A": (3, 4),
    "B": (3, 4),
    "C": (5, 11),
    "D": (5, 6),
    "E": (7, 11),
    "F": (5, 6),
}
_FELL_BEHIND, _DREW_APART, _LAST = 7, 8, 12


def questions(evaluations: Sequence[Judged], *, lang: str | None = "ru") -> list[str]:
    """Return five or six questions for the meeting, chosen by what was found (DOMAIN.md 6.6).

    The first evaluation is the primary one. Where another outcome fell behind or results drew
    apart, one more question asks about that.
    """
    code = evaluations[0].verdict.code if evaluations else "F"
    chosen = [1, 2, *_QUESTIONS[code]]
    fell_behind = any(item.verdict.code == "E" for item in evaluations)
    drew_apart = any(getattr(item, "drew_apart", False) for item in evaluations[:1])
    if fell_behind and _FELL_BEHIND not in chosen:
        chosen.append(_FELL_BEHIND)
    elif drew_apart:
        chosen.append(_DREW_APART)
    return [say(f"verdict.question_{place}", lang=lang) for place in (*chosen, _LAST)]


GLOSSARY_TERMS = (
    "control", "did", "interval", "reliability", "baseline", "mde", "archive", "hedges_g",
    "ceiling", "regression", "same_gain",
)  # fmt: skip


def glossary(*, lang: str | None = "ru") -> list[tuple[str, str]]:
    """Return the teacher's glossary: word and explanation."""
    return [
        (say(f"verdict.term_{term}", lang=lang), say(f"verdict.glossary_{term}", lang=lang))
        for term in GLOSSARY_TERMS
    ]
