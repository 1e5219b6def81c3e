"""What a study says in words and tables for people: passport, limits, protocol, class facts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from posanalytics import indicators, labels, panel, periods
from posanalytics.plan import Marking
from posanalytics.study import CONTROL, INNOVATIVE, Study
from posanalytics.wording import counted, decimal, percent, say, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posanalytics.evaluation.compare import Ability, Evaluation

Fact = tuple[str, str, str, str]

SOURCE_LABELS = {
    "file": "Файл", "format": "Формат", "classes": "Классы", "pupils": "Учеников",
    "marks": "Отметок", "problems": "Замечаний",
}  # fmt: skip
# Short heads, so that the classic tables fit a page.
INDICATOR_LABELS = {
    "pupils": "Учен.", "exempt": "осв.", "mean": "Ср. балл", "success": "Успев.",
    "quality_subject": "Качество по\u00a0предмету", "sou": "СОУ, %",
    "excellent": "Отл.", "good": "Хор.", "one_four": "из них с\u00a0одной «4»",
    "satisfactory": "Троеч.", "one_three": "из них с\u00a0одной «3»", "failing": "Неусп.",
    "quality_class": "Качество по\u00a0классу", "success_class": "Успев. по\u00a0классу",
}  # fmt: skip


def passport_facts(study: Study) -> list[tuple[str, str, str, str]]:
    """Return the four facts at the head of the meeting report."""
    primary = study.evaluations[0]
    noticed = noticeable(primary)
    return [
        _group_fact(study, INNOVATIVE, study.plan.comparison.innovative),
        _group_fact(study, CONTROL, study.plan.control_classes),
        (
            say("workspace.fact_what", lang="ru"),
            primary.outcome.title,
            say(f"workspace.measure_{primary.outcome.measure}", lang="ru"),
            "",
        ),
        (
            say("workspace.fact_notice", lang="ru"),
            _marks_or_not(noticed),
            "" if math.isnan(noticed) else say("workspace.fact_notice_hint", lang="ru"),
            "",
        ),
    ]


def noticeable(answer: Evaluation) -> float:
    """Return the difference that would be noticed; NaN where nothing is compared."""
    return math.nan if answer.verdict.code == "F" else answer.minimum_detectable


def _group_fact(study: Study, role: str, classes: Sequence[str]) -> tuple[str, str, str, str]:
    rows = study.membership()
    rows = rows[rows["class_label"].isin(list(classes))]
    both = int(rows["membership"].eq("both").sum())
    everyone = counted(rows["pupil"].nunique(), "ученик", "ученика", "учеников")
    return (
        say(f"workspace.fact_{role}", lang="ru"),
        ", ".join(sorted(classes, key=labels.class_order)) or "–",
        say("workspace.fact_pupils", lang="ru", everyone=everyone, both=both),
        role,
    )


def passport_caption(study: Study) -> str:
    """Return the line over the table: when the control was chosen, on what basis data are used."""
    plan = study.plan
    chosen = plan.comparison.chosen_on
    parts = [
        say("workspace.compared", lang="ru"),
        say("workspace.chosen_on", lang="ru", day=f"{chosen:%d.%m.%Y}") if chosen else "",
        say("workspace.basis", lang="ru", basis=plan.legal_basis) if plan.legal_basis else "",
        _marking_rules(plan.marking),
    ]
    return ". ".join(part for part in parts if part)


def _marking_rules(marking: Marking) -> str:
    """Return the school's own rules for current marks in words, nothing where they are plain."""
    plain = Marking()
    shifts = (("minus", 4 - marking.minus), ("plus", 4 + marking.plus))
    rules = [
        say(f"workspace.marking_{name}", lang="ru", value=decimal(value))
        for name, value in shifts
        if getattr(marking, name)
    ] + [
        say(f"workspace.marking_{name}_{getattr(marking, name)}", lang="ru")
        for name in ("weights", "debt", "double", "not_counted")
        if getattr(marking, name) != getattr(plain, name)
    ]
    return say("workspace.marking", lang="ru", rules="; ".join(rules)) if rules else ""


def passport_classes(study: Study) -> pd.DataFrame:
    """Return the table «кого и с кем сравниваем», one row per compared class."""
    rows, chosen = study.membership(), study.plan.comparison
    why = {control.class_label: control for control in chosen.control}
    means = study.gains()
    means = means[means["subject"].isin(study.plan.primary.subjects)]
    year = means[means["school_year"].eq(study.year)]
    baseline = year.groupby("class_label")["before"].mean()
    pupils = year.groupby("class_label")["pupil"].nunique()
    shown = {
        label: float(value) if pupils[label] >= study.plan.audience.team else say("blocks.hidden")
        for label, value in baseline.items()
    }
    return pd.DataFrame(
        {
            "class_label": label,
            "role": role,
            **{
                part: int((own["membership"] == part).sum())
                for own in [rows[rows["class_label"].eq(label)]]
                for part in ("both", "left", "joined")
            },
            "baseline": shown.get(label, float("nan")),
            "ladder": why[label].ladder if label in why else "",
            "why": why[label].why if label in why else "",
        }
        for label, role in sorted(study.roles.items(), key=lambda item: labels.class_order(item[0]))
    )


def unknowns(study: Study) -> list[str]:
    """Return what these data cannot tell, one sentence each."""
    noticed = noticeable(study.evaluations[0])
    changed = len(study.workspace.ledger.seals()) > 1
    events = [
        say(
            "workspace.event",
            lang="ru",
            label=event.class_label,
            what=event.what,
            term=periods.term_name(event.term),
        )
        for event in study.plan.comparison.events
        if event.class_label in study.roles
    ]
    keys = ["unknown_cause", "unknown_small", "unknown_lasting", "unknown_marks"]
    if math.isnan(noticed):
        keys.remove("unknown_small")
    if study.evaluations[0].verdict.code == "F":
        keys = ["unknown_refused", "unknown_marks"]
    keys += ["unknown_plan"] * changed
    marks = decimal(noticed)
    return [*(say(f"workspace.{key}", lang="ru", marks=marks) for key in keys), *events]


def meeting(study: Study) -> dict[str, str]:
    """Return what is known for the head of the protocol."""
    return {
        "term": periods.term_name(study.term),
        "team": ", ".join(team.name for team in study.plan.teams),
        "classes": ", ".join(study.plan.compared_classes),
        "question": say("workspace.meeting_question", lang="ru"),
        "version": study.tables.digest[:12],
    }


def subject_results(study: Study) -> pd.DataFrame:
    """Return what was found in every outcome, in the words of the team."""
    return pd.DataFrame(
        {
            "outcome": answer.outcome.title,
            # A refused comparison has no number to quote.
            **{
                name: float("nan") if answer.verdict.code == "F" else row[name]
                for name in ("estimate", "conf_low", "conf_high")
            },
            "minimum_detectable": say("workspace.cannot_tell", lang="ru")
            if math.isnan(noticeable(answer))
            else noticeable(answer),
            "pupils": row["pupils"],
            "verdict": answer.verdict.headline,
        }
        for answer in study.evaluations
        for row in answer.tidy().to_dict("records")
    )


def why_not_told(study: Study) -> list[str]:
    """Return why limits that leave out 0 may stand beside «различить нельзя», where they do."""
    said = any(
        "multiplicity" in answer.verdict.reasons and not answer.conf_low <= 0 <= answer.conf_high
        for answer in study.evaluations
    )
    count = sum(answer.verdict.code != "F" for answer in study.evaluations[1:])
    return [say("workspace.many_outcomes", lang="ru", count=count)] if said else []


def sources(study: Study) -> pd.DataFrame:
    """Return what was read from every export, one row per file."""
    rows = pd.DataFrame(list(study.tables.manifest["summaries"]))
    if rows.empty:
        return rows
    formats = [say(f"gradebook.title_{f}") if f else say("cli.not_read") for f in rows["format"]]
    rows["format"] = formats
    rows["classes"] = [", ".join(classes) for classes in rows["classes"]]
    return rows[["file", "format", "classes", "pupils", "marks", "problems"]]


def ability_text(ability: Ability) -> str:
    """Return what a design can show about one outcome, in the words of the team."""
    return "\n  ".join(ability_lines(ability))


def ability_lines(ability: Ability, answer: Evaluation | None = None) -> list[str]:
    """Return the same as sentences, the title of the outcome first.

    Beside its `answer`, as on the report, what both know is told with the numbers of the answer.
    """
    refused = ability.best_verdict == "F"
    gap = answer.baseline.g if answer else ability.baseline.g
    return [
        ability.outcome.title,
        say(
            "workspace.ability_classes",
            innovative=ability.classes_innovative,
            control=ability.classes_control,
            archived=ability.archived,
        ),
        *_archive_text(ability),
        *([] if refused else _tests_text(ability, answer)),
        *_gap_text(gap),
        say("workspace.ability_best", verdict=say(f"workspace.best_{ability.best_verdict}")),
        *_not_the_same_text(ability),
        *_reliability_text(ability),
        *(f"{limit[:1].upper()}{limit[1:].rstrip('.')}." for limit in ability.limits),
    ]


def _tests_text(ability: Ability, answer: Evaluation | None) -> list[str]:
    """Return which test decides and what it can notice."""
    found = ability.beforehand.exchangeability
    unlike = ability.method == "two_step" and bool(ability.archived) and not found.holds
    return [
        say(f"workspace.ability_method_{ability.method}{'_unlike' * unlike}"),
        *_detectable_text(ability, answer),
        *_between_text(ability),
        *_smallest_text(ability),
    ]


def _detectable_text(ability: Ability, answer: Evaluation | None) -> list[str]:
    """Return the difference that would be noticed, or why it cannot be told."""
    number = answer.minimum_detectable if answer else ability.minimum_detectable
    if math.isnan(number):
        return [say(f"workspace.ability_undetectable_{_why_undetectable(ability)}")]
    told = say("workspace.ability_detectable", marks=decimal(number))
    # One class has no spread to add.
    if answer or not ability.outcome.primary or ability.classes_innovative < 2:  # noqa: PLR2004
        return [told]
    return [f"{told} {say('workspace.ability_detectable_about')}"]


def _why_undetectable(ability: Ability) -> str:
    if ability.method in {"staggered", "none"}:
        return ability.method
    return "flat" if ability.flat_now or ability.beforehand.exchangeability.flat else "unknown"


def _gap_text(gap: float) -> list[str]:
    """Return how far apart the groups began, and which of them was ahead."""
    if math.isnan(gap):
        return [say("workspace.ability_baseline_unknown")]
    ahead = "" if not round(gap, 2) else say(f"workspace.ahead_{'ours' if gap > 0 else 'theirs'}")
    return [say("workspace.ability_baseline", g=decimal(abs(gap)), ahead=ahead)]


def _not_the_same_text(ability: Ability) -> list[str]:
    """Return why C cannot be said whatever comes out, and that a year without spread says little.

    One innovative class or two tests in disagreement do not matter to it.
    """
    key = "archive" if ability.method == "archive_placebo" else "alone"
    flat = [say(f"workspace.ability_flat_{key}")] if ability.flat_now else []
    if not ability.not_the_same:
        return flat
    reasons = "; ".join(ability.not_the_same)
    return [say("workspace.ability_not_the_same", reasons=reasons), *flat]


def _reliability_text(ability: Ability) -> list[str]:
    """Return how reliable a conclusion can be at best, nothing where there will be none."""
    if ability.reliability == "none":
        return []
    words = say(f"verdict.reliability_{ability.reliability}")
    told = say("workspace.ability_reliability", reliability=words)
    return [f"{told} {ability.for_high}".rstrip()]


def _smallest_text(ability: Ability) -> list[str]:
    """Return the smallest p of the primary test, or that of the permutation beside a t test."""
    if not math.isnan(ability.smallest_p):
        return [say("workspace.ability_smallest_p", p=_chance(ability.smallest_p))]
    if math.isnan(ability.smallest_p_permutation):
        return []
    least = _chance(ability.smallest_p_permutation)
    return [say("workspace.ability_smallest_p_permutation", p=least)]


def _archive_text(ability: Ability) -> list[str]:
    """Return what the gains of untouched classes were like in each year, as one line."""
    found = ability.beforehand.exchangeability
    years = [
        say(
            "workspace.ability_year",
            year=periods.year_name(year.school_year),
            classes=counted(year.classes, "класс", "класса", "классов"),
            mean=signed(year.mean),
            spread=decimal(year.spread),
        )
        for year in found.years
    ]
    left_out = "; ".join(map(periods.year_name, found.excluded))
    return [
        *([say("workspace.ability_years", years="; ".join(years))] if years else []),
        *([say("workspace.ability_left_out", classes=left_out)] if left_out else []),
    ]


def _between_text(ability: Ability) -> list[str]:
    """Return how alike the pupils of one class grow in the archive, and what that lets be seen."""
    between = ability.between
    if math.isnan(between.icc.estimate):
        return []
    ends = (between.icc.conf_low, between.icc.conf_high)
    low, high = (decimal(min(1.0, max(0.0, end))) for end in ends)
    share = say(
        "workspace.ability_icc",
        icc=decimal(max(0.0, between.icc.estimate)),
        low=low,
        high=high,
        classes=between.icc.classes,
    )
    if math.isnan(between.mdes):
        return [share]
    marks = decimal(between.mdes * between.spread)
    return [share, say("workspace.ability_mdes", mdes=decimal(between.mdes), marks=marks)]


def missing_from_data(study: Study) -> list[str]:
    """Return a sentence for every subject that no export holds and outcome not made of marks."""
    subjects = sorted(set(study.tables["term_marks"]["subject"]))
    wanted = {subject for outcome in study.outcomes for subject in outcome.subjects}
    return [
        say("workspace.subject_missing", subject=subject, known=", ".join(subjects))
        for subject in sorted(wanted - set(subjects))
    ] + [say("workspace.outcome_not_compared", title=title) for title in study.outcomes_left_out]


def without_marks(study: Study) -> list[str]:
    """Return a sentence for every compared class with nothing to compare before or after.

    Then one for every subject that only one of the two groups has at all.
    """
    alone = _only_there(study)
    lines = [
        say(
            f"workspace.no_marks_{phase}",
            label=label,
            subjects=", ".join(lacking),
            terms=", ".join(map(periods.term_name, terms)) or "–",
        )
        for phase, terms in _phases(study)
        for label, every in _lacking(study, terms)
        if (lacking := [subject for subject in every if subject not in alone])
    ]
    return [
        *lines,
        *(
            say("workspace.only_there", subject=subject, labels=", ".join(there))
            for subject, there in alone.items()
        ),
    ]


def cannot_compare(study: Study) -> bool:
    """Return whether a compared class has no mark in any subject of the primary outcome."""
    wanted = set(study.plan.primary.subjects)
    return any(
        wanted <= set(lacking)
        for _, terms in _phases(study)
        for _, lacking in _lacking(study, terms)
    )


def _only_there(study: Study) -> dict[str, list[str]]:
    """Return the subjects with marks on one side only, while both sides have other marks."""
    arms = (set(study.plan.comparison.innovative), set(study.plan.control_classes))
    wanted = _wanted(study)
    there: dict[str, set[str]] = {subject: set() for subject in wanted}
    for _, terms in _phases(study):
        gone = dict(_lacking(study, terms))
        for label in study.plan.compared_classes:
            for subject in set(wanted) - set(gone.get(label, [])):
                there[subject].add(label)
    known = set().union(*there.values())
    both = all(arm & known for arm in arms)
    return {
        subject: sorted(own, key=labels.class_order)
        for subject, own in there.items()
        if both and own and not all(arm & own for arm in arms)
    }


def _wanted(study: Study) -> list[str]:
    return list(dict.fromkeys(subject for o in study.outcomes for subject in o.subjects))


def _phases(study: Study) -> list[tuple[str, tuple[str, ...]]]:
    """Return the terms before the start and, once it has come, those after it."""
    start = study.plan.comparison.start
    last = max(study.term, start, key=periods.term_order)
    compared = panel.periods_compared(last, start, [*study.terms, start])
    begun = any(periods.term_order(term) >= periods.term_order(start) for term in study.terms)
    return [("before", compared.before), *([("after", compared.after)] if begun else [])]


def _lacking(study: Study, terms: tuple[str, ...]) -> list[tuple[str, list[str]]]:
    """Return the compared classes with the subjects of the plan in which they have no mark."""
    year = max(study.year, study.plan.comparison.start[:7])
    there: set[tuple[str, str]] = set()
    wanted = _wanted(study)
    for measure in dict.fromkeys(outcome.measure for outcome in study.outcomes):
        marks = panel.baseline_marks(
            study.tables["term_marks"],
            periods=panel.Periods(terms, ()),
            school_year=year,
            measure=measure,
        )
        there |= set(zip(marks["class_label"], marks["subject"], strict=True))
    classes = sorted(study.plan.compared_classes, key=labels.class_order)
    found = [(one, [s for s in wanted if (one, s) not in there]) for one in classes]
    return [(label, lacking) for label, lacking in found if lacking]


def questions_to_plan(study: Study) -> list[str]:
    """Return what the exports ask of the plan: names that may be one subject or one class."""
    problems = study.problems()
    asked = problems[problems["file"].eq("plan.yml")]
    return [f"{row.found}. {row.remedy}" for row in asked.itertuples(index=False)]


def _marks_or_not(number: float) -> str:
    if math.isnan(number):
        return say("workspace.cannot_tell", lang="ru")
    return say("workspace.fact_from", lang="ru", marks=decimal(number))


def _chance(p: float) -> str:
    return say("workspace.below", number=decimal(0.001, 3)) if p < 0.001 else decimal(p, 3)  # noqa: PLR2004


def class_facts(study: Study, label: str) -> list[Fact]:
    """Return the facts at the head of a class profile: pupils, quality, success."""
    rows = study.class_categories(label)
    now = rows[rows["term"].eq(study.term)].to_dict("records")
    if not now:
        return _class_not_told(study, label)
    row = now[0]
    return [
        (
            say("workspace.fact_class", lang="ru"),
            label,
            _pupils(int(row["pupils"])),
            study.roles.get(label, ""),
        ),
        _share_fact("quality_class", row["quality_class"], row["excellent"] + row["good"]),
        _share_fact(
            "success_class",
            row["success_class"],
            row["pupils"] - row["failing"] - row["not_assessed"],
        ),
        (
            say("workspace.fact_reserve", lang="ru"),
            _pupils(int(row["one_three"])),
            say("workspace.fact_reserve_hint", lang="ru"),
            "",
        ),
    ]


def _class_not_told(study: Study, label: str) -> list[Fact]:
    """Return the fact of a class without marks, or with fewer pupils than may be shown."""
    small = study.class_marks(label)["term"].eq(study.term).any()
    hint = say("blocks.hidden", lang="ru") if small else ""
    return [(say("workspace.fact_class", lang="ru"), label, hint, study.roles.get(label, ""))]


def _pupils(number: int) -> str:
    return counted(number, "ученик", "ученика", "учеников")


def _share_fact(name: str, share: float, number: float) -> Fact:
    title = say(f"workspace.fact_{name}", lang="ru")
    return (title, percent(share), _pupils(int(number)), "")


def class_table(study: Study, label: str) -> pd.DataFrame:
    """Return the classic indicators of one class by subject and term."""
    rows = indicators.class_indicators(study.class_marks(label))
    columns = [
        "subject", "term", "pupils", "count_5", "count_4", "count_3", "count_2", "not_assessed",
        "exempt", "mean", "success", "quality_subject", "sou",
    ]  # fmt: skip
    # A group below the plan's smallest one is not shown, and the page says so.
    return _short_terms(rows.loc[rows["pupils"] >= study.plan.audience.team, columns])


def _short_terms(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(term=[periods.term_name(t, with_year=False) for t in rows["term"]])


def category_table(study: Study, label: str) -> pd.DataFrame:
    """Return отличники, хорошисты and the rest of one class by term."""
    return _short_terms(study.class_categories(label).drop(columns=["class_label", "role"]))


def data_facts(study: Study) -> list[Fact]:
    """Return the facts at the head of the data report: files, marks, problems."""
    rows, problems = sources(study), study.problems()
    unread = [row for row in study.tables.manifest["summaries"] if not row["format"]]
    severe = int(problems["severity"].eq("error").sum())
    marks = len(study.tables["term_marks"]) + len(study.tables["marks"])
    return [
        (say("workspace.fact_files", lang="ru"), decimal(len(rows), 0), "", ""),
        (say("workspace.fact_marks", lang="ru"), decimal(marks, 0), "", ""),
        (say("workspace.fact_unread", lang="ru"), decimal(len(unread), 0), "", ""),
        (
            say("workspace.fact_problems", lang="ru"),
            decimal(len(problems), 0),
            say("workspace.fact_errors", lang="ru", errors=severe),
            "",
        ),
    ]
