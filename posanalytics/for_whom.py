"""For whom it got better: the weak, the low marks, each year group; what СОУ hides."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from posanalytics import indicators, panel, periods
from posanalytics.evaluation.beside import pupil_rows
from posanalytics.evaluation.current_marks import mark_variance, with_marks
from posanalytics.evaluation.effect_size import mean
from posanalytics.evaluation.gaps import FEWEST_WEAK, by_parallel, gap_closing, lower_tail
from posanalytics.evaluation.residuals import (
    FEWEST_PUPILS,
    FEWEST_SUBJECTS_FALLEN,
    pupil_residuals,
)
from posanalytics.evaluation.sentences import why_not
from posanalytics.evaluation.verdict import SIGNIFICANT
from posanalytics.labels import class_order, year_group
from posanalytics.wording import counted, decimal, listed, percent, say, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from posanalytics.evaluation.estimators import Difference
    from posanalytics.evaluation.gaps import ByParallel, ClassContrast, ParallelDifference
    from posanalytics.study import Study

Answer = tuple[str, str]

_SHARE_DIGITS = 0
# Of three classes the spread is the distance of two. Such limits hold in 95 % of schools over all,
# but of the tenth that look most exact 47 % miss the truth (test_for_whom.py).
FEWEST_DF = 2
_say = functools.partial(say, lang="ru")


class _Weak(NamedTuple):
    """Pupils with a mark of an earlier term, by which the weak are named, and that term."""

    rows: pd.DataFrame
    term: str


def answers(study: Study) -> list[Answer]:
    """Return what can be said of groups of pupils: question and answer, refusals in words."""
    primary = study.evaluations[0]
    if primary.verdict.code == "F":
        return [(_say("for_whom.question_refused"), _say("for_whom.refused"))]
    if primary.design.late:
        return [(_say("for_whom.question_refused"), _say("for_whom.late"))]
    asked: dict[str, Callable[[Study], str]] = {
        "gap": _said_of_gap,
        "low": _said_of_low_marks,
        "parallels": _said_of_parallels,
        "missed": _said_of_missed,
    }
    return [(_say(f"for_whom.question_{name}"), said(study)) for name, said in asked.items()]


def _pupils(study: Study) -> pd.DataFrame:
    return pupil_rows(study.gains(), study.evaluations[0].weights)


# --- weak and strong -------------------------------------------------------------------------


def _said_of_gap(study: Study) -> str:
    weak = _with_earlier(study)
    if not weak.term:
        return _say("for_whom.gap_no_earlier")
    if weak.rows["innovative"].nunique() < 2:  # noqa: PLR2004 - two sides
        return _say("for_whom.gap_no_side")
    found = gap_closing(weak.rows)
    if found.reason:
        return _say("for_whom.no_answer", reason=why_not(found.reason))
    if found.fewest < study.plan.audience.team:
        return _say("for_whom.hidden")
    ours, theirs = map(mean, _arms(study, found))
    return _say(
        "for_whom.gap_said",
        ours=signed(ours),
        theirs=signed(theirs),
        d=signed(found.difference.estimate),
        between=_between(found.difference),
        chance=_chance(found, study),
        who=_said_of_weak(found, weak),
    ).replace("  ", " ")


def _said_of_weak(found: ClassContrast, weak: _Weak) -> str:
    said = _say(
        "for_whom.gap_who",
        parallels=", ".join(_parallel_names(found.by_class)),
        term=periods.term_name(weak.term),
        ours=_among(found.pupils_innovative),
        theirs=_among(found.pupils_control),
    )
    if found.tied:
        left = ", ".join(map(_parallel_name, found.tied))
        said += f" {_say('for_whom.gap_left_out', parallels=left)}"
    if found.left_out:
        few = listed(sorted(found.left_out, key=class_order))
        said += f" {_say('for_whom.gap_few', classes=few, least=FEWEST_WEAK)}"
    return said


def _with_earlier(study: Study) -> _Weak:
    """Return the compared pupils with their marks of the last term before those compared."""
    first, *_ = study.periods_compared().before
    value = panel.MEASURES[study.evaluations[0].outcome.measure]
    rows, pupils = study.term_marks(), _pupils(study)
    earlier = [term for term in study.terms if periods.term_order(term) < periods.term_order(first)]
    rows = rows[rows["term"].isin(earlier) & rows[value].notna()]
    rows = rows[rows["pupil"].isin(pupils["pupil"])]
    if rows.empty:
        return _Weak(pupils, "")
    last = max(rows["term"].unique(), key=periods.term_order)
    means = (
        rows[rows["term"] == last]
        .sort_values(["pupil", "subject"])
        .groupby("pupil", as_index=False)[value]
        .mean()
        .rename(columns={value: "earlier"})
    )
    return _Weak(pupils.merge(means, on="pupil", how="inner", validate="many_to_one"), last)


# --- low marks -------------------------------------------------------------------------------


def _said_of_low_marks(study: Study) -> str:
    found = lower_tail(_single_marks(study))
    if not all(_arms(study, found)):
        return _say("for_whom.low_no_marks")
    if found.fewest < study.plan.audience.team:
        return _say("for_whom.hidden")
    ours, theirs = map(mean, _arms(study, found))
    return _say(
        "for_whom.low_said",
        ours=_points(ours),
        theirs=_points(theirs),
        d=_points(found.difference.estimate),
        between=_between(found.difference, scale=100, digits=_SHARE_DIGITS),
        chance=_chance(found, study),
    ).strip()


def _single_marks(study: Study) -> pd.DataFrame:
    """Return the single term marks of pupils who have some both before and after.

    Whatever measure is compared, a «3» is a term mark.
    """
    rows = study.gains("term_mark")
    kept = rows["role"].isin(["innovative", "control"])
    rows = rows[kept & rows["subject"].isin(list(study.evaluations[0].weights))]
    values = panel.term_values(study.term_marks(), periods=study.periods_compared())
    keys = ["pupil", "class_label", "subject"]
    return (
        values.merge(rows[[*keys, "role"]], on=keys, how="inner", validate="many_to_one")
        .rename(columns={"value": "mark"})
        .assign(innovative=lambda found: found["role"].eq("innovative").astype("int64"))
    )


def _arms(study: Study, found: ClassContrast) -> tuple[list[float], list[float]]:
    """Return the values of innovative and of control classes."""
    ours = study.plan.comparison.innovative
    values = sorted(found.by_class.items())
    return [v for label, v in values if label in ours], [v for c, v in values if c not in ours]


# --- year groups -----------------------------------------------------------------------------


def _said_of_parallels(study: Study) -> str:
    pupils = _pupils(study)
    compared = sorted({year_group(label) for label in pupils["class_label"]})
    if len(compared) == 1:
        return _say("for_whom.parallels_one", parallel=_parallel_name(compared[0]))
    found = by_parallel(pupils).parallels
    if not found:
        return _say("for_whom.parallels_none")
    small = _small_parallels(study, pupils)
    each = [_said_of_parallel(own, hidden=own.year_group in small) for own in found]
    shown = by_parallel(pupils[~pupils["class_label"].map(year_group).isin(small)])
    return f"{'; '.join(each)}. {_said_of_heterogeneity(shown)}".strip()


def _said_of_heterogeneity(found: ByParallel) -> str:
    """Return whether year groups differ by more than chance; nothing of a single one."""
    if len(found.parallels) < 2:  # noqa: PLR2004 - one is compared with nothing
        return ""
    if math.isnan(found.p_value) or found.df < FEWEST_DF:
        return _say("for_whom.parallels_untested")
    differ = found.p_value < SIGNIFICANT
    return _say("for_whom.parallels_differ" if differ else "for_whom.parallels_alike")


def _small_parallels(study: Study, pupils: pd.DataFrame) -> set[int]:
    """Return year groups with a class that is too small to be shown."""
    sizes = pupils.groupby("class_label").size()
    return {year_group(str(c)) for c in sizes[sizes < study.plan.audience.team].index}


def _said_of_parallel(own: ParallelDifference, *, hidden: bool) -> str:
    name = _parallel_name(own.year_group)
    if hidden:
        return f"{name} – {say('blocks.hidden', lang='ru')}"
    found = own.difference
    return _say(
        "for_whom.parallel_said", parallel=name, d=signed(found.estimate), between=_between(found)
    )


def _parallel_name(number: int) -> str:
    return _say("for_whom.parallel_name", number=number)


def _parallel_names(classes: Iterable[str]) -> list[str]:
    return [_parallel_name(number) for number in sorted({year_group(label) for label in classes})]


# --- whom we may be losing -------------------------------------------------------------------


def _said_of_missed(study: Study) -> str:
    found = _missed(study)
    if found.empty:
        return _say("for_whom.missed_unknown", least=FEWEST_PUPILS)
    if found["subjects"].max() < FEWEST_SUBJECTS_FALLEN:
        return _say("for_whom.missed_one_subject")
    labels = sorted(found["class_label"].unique(), key=class_order)
    everyone, flagged = len(found), int(found["flagged"].sum())
    said = {"all": _among(everyone), "classes": listed(labels)}
    if not flagged:
        return _say("for_whom.missed_none", **said)
    # Never by class, and never so few that a count points at a child.
    if len(labels) == 1 or min(flagged, everyone - flagged) < study.plan.audience.team:
        return _say("for_whom.missed_hidden", **said)
    return _say("for_whom.missed_said", count=flagged, **said)


def _missed(study: Study) -> pd.DataFrame:
    """Return residuals of innovative pupils with current marks; none of classes too small."""
    compared = study.periods_compared()
    cells = study.tables["cells"]
    cells = cells[cells["term"].isin((*compared.before, *compared.after))]
    values = panel.term_values(study.term_marks(), periods=compared, measure="mean_mark")
    gains = study.gains("mean_mark")
    ours = gains["role"].eq("innovative") & gains["subject"].isin(study.plan.primary.subjects)
    rows = with_marks(gains[ours], values, cells)
    cells = cells[cells["pupil"].isin(rows["pupil"])]
    sizes = rows.groupby("class_label")["pupil"].nunique()
    shown = sizes[sizes >= study.plan.audience.team].index
    rows = rows[rows["class_label"].isin(shown)]
    variance = mark_variance(cells)
    if rows.empty or math.isnan(variance):
        return pd.DataFrame(columns=["class_label", "subjects", "flagged"])
    return pupil_residuals(rows, mark_variance=variance).tidy()


# --- numbers in words ------------------------------------------------------------------------


def _between(found: Difference, *, scale: float = 1, digits: int = 2) -> str:
    low, high = scale * found.conf_low, scale * found.conf_high
    if math.isnan(low) or math.isnan(high) or found.df < FEWEST_DF:
        return _say("for_whom.no_interval")
    return _say("for_whom.between", low=signed(low, digits), high=signed(high, digits))


def _chance(found: ClassContrast, study: Study) -> str:
    if min(map(len, _arms(study, found))) < 2:  # noqa: PLR2004 - one class is no group
        return _say("for_whom.one_class")
    if math.isnan(found.difference.p_value):
        return ""
    chance = found.difference.p_value >= SIGNIFICANT
    return _say("for_whom.chance" if chance else "for_whom.not_chance")


def _points(share: float) -> str:
    return _say("for_whom.points", number=signed(100 * share, _SHARE_DIGITS))


def _among(number: int) -> str:
    one, many = _say("for_whom.among_one"), _say("for_whom.among_many")
    return counted(number, one, many, many)


# --- indicators ------------------------------------------------------------------------------


def indicator_table(study: Study) -> pd.DataFrame:
    """Return успеваемость, качество and СОУ of both groups by term, with the spread of marks."""
    rows = _indicators(study)
    return pd.DataFrame(
        {
            "role": rows["class_label"],
            "term": [periods.term_name(term, with_year=False) for term in rows["term"]],
            "marks": rows[[f"count_{mark}" for mark in (5, 4, 3, 2)]].sum(axis="columns"),
            "not_assessed": rows["not_assessed"],
            "mean": rows["mean"],
            "spread": rows["spread"],
            "success": rows["success"],
            "quality_subject": rows["quality_subject"],
            "sou": rows["sou"],
        }
    )


def indicator_labels() -> dict[str, str]:
    """Return the heads of the table of indicators that the glossary does not give."""
    return {name: _say(f"for_whom.column_{name}") for name in ("marks", "spread")}


def sou_caution(study: Study) -> list[str]:
    """Return what СОУ hides, and the numbers where it does so here."""
    rows = _indicators(study)
    groups = [(role, rows[rows["class_label"].eq(role)]) for role in ("innovative", "control")]
    hidden = [_said_of_sou(role, own) for role, own in groups if _sou_misleads(own)]
    alarm = [_say("for_whom.sou_alarm", groups="; ".join(hidden))] if hidden else []
    return [_say("for_whom.sou_hides"), *alarm]


def _sou_misleads(rows: pd.DataFrame) -> bool:
    if len(rows) < 2:  # noqa: PLR2004 - a change needs two terms
        return False
    first, last = rows.iloc[0], rows.iloc[-1]
    return bool(
        last["sou"] > first["sou"]
        and (last["success"] < first["success"] or last["mean"] <= first["mean"])
    )


def _said_of_sou(role: str, rows: pd.DataFrame) -> str:
    first, last = rows.iloc[0], rows.iloc[-1]
    return _say(
        "for_whom.sou_group",
        group=_say(f"for_whom.group_{role}"),
        sou=_from_to(first["sou"], last["sou"], lambda value: decimal(value, 1)),
        success=_from_to(first["success"], last["success"], lambda value: percent(value, 1)),
        mean=_from_to(first["mean"], last["mean"], decimal),
    )


def _from_to(first: float, last: float, written: Callable[[float], str]) -> str:
    return _say("for_whom.from_to", first=written(first), last=written(last))


def _indicators(study: Study) -> pd.DataFrame:
    """Return the indicators of both groups, one row per group and term, in time."""
    rows = study.marks_so_far()
    rows = rows.assign(class_label=rows["class_label"].map(study.roles), subject="")
    rows = rows[rows["class_label"].notna()]
    found = indicators.class_indicators(rows)
    large = rows.groupby(["class_label", "term"])["pupil"].nunique()
    keys = list(zip(found["class_label"], found["term"], strict=True))
    found = found.assign(spread=_spreads(found))[
        [int(large.get(key, 0)) >= study.plan.audience.team for key in keys]
    ]
    order = sorted(
        found.index,
        key=lambda i: (
            found["class_label"][i] != "innovative",
            periods.term_order(found["term"][i]),
        ),
    )
    return found.loc[order].reset_index(drop=True)


def _spreads(found: pd.DataFrame) -> list[float]:
    """Return the standard deviation of the marks 5, 4, 3 and 2 of every row."""
    rows = found[[f"count_{mark}" for mark in (5, 4, 3, 2)]].to_numpy()
    return [_spread(dict(zip((5, 4, 3, 2), row.tolist(), strict=True))) for row in rows]


def _spread(counts: dict[int, int]) -> float:
    n = sum(counts.values())
    if n < 2:  # noqa: PLR2004 - a spread needs two values
        return math.nan
    total = sum(mark * count for mark, count in counts.items())
    squares = sum(mark**2 * count for mark, count in counts.items())
    return math.sqrt(max(0.0, squares - total**2 / n) / (n - 1))
