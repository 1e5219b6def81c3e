"""How far the verdict depends on choices: on each subject, and on the method."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import pandas as pd

from posanalytics.briefing import ability_lines
from posanalytics.evaluation.beside import beside, pupil_rows
from posanalytics.evaluation.class_gains import turned_by
from posanalytics.evaluation.verdict import SIGNIFICANT
from posanalytics.periods import term_name
from posanalytics.wording import decimal, listed, say, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posanalytics.evaluation.compare import Evaluation
    from posanalytics.study import Study

_CHOICE_COLUMNS = [
    "kind", "choice", "estimate", "conf_low", "conf_high", "verdict", "p_value", "smallest_p",
]  # fmt: skip
_ENDS = ("estimate", "conf_low", "conf_high")
_say = functools.partial(say, lang="ru")


def choices(study: Study) -> pd.DataFrame:
    """Return the primary answer, and what other methods and subjects would have given.

    One row per choice: kind (primary, method, subject), choice, estimate and interval, verdict
    where the choice has one, p and its smallest where it is a method, pupils of
    the primary answer. Empty where nothing is concluded.
    """
    primary = study.evaluations[0]
    if primary.verdict.code == "F":
        return pd.DataFrame(columns=_CHOICE_COLUMNS)
    rows = [_choice("primary", primary.method, primary)]
    others = _others(study)[["method", *_ENDS, "p_value", "smallest_p"]]
    rows += [
        ("method", *row[:4], None, *row[4:]) for row in others.itertuples(index=False, name=None)
    ]
    rows += [
        _choice("subject", subject, answer)
        for subject, answer in study.without_each_subject.items()
    ]
    table = pd.DataFrame(
        [dict(zip(_CHOICE_COLUMNS, row, strict=False)) for row in rows], columns=_CHOICE_COLUMNS
    )
    return table.assign(pupils=primary.tidy()["pupils"].iloc[0])


def _choice(kind: str, name: str, answer: Evaluation) -> tuple[Any, ...]:
    ends = (getattr(answer, end) for end in _ENDS)
    return (kind, name, *ends, answer.verdict.code)


@functools.lru_cache(maxsize=4)
def _methods(study: Study) -> pd.DataFrame:
    primary = study.evaluations[0]
    if primary.verdict.code == "F":
        return pd.DataFrame(columns=["method", *_ENDS, "p_value", "smallest_p"])
    return beside(primary, pupil_rows(study.gains(), primary.weights))


def _others(study: Study) -> pd.DataFrame:
    rows = _methods(study)
    return rows[rows["method"] != study.evaluations[0].method]


def summary(study: Study) -> list[str]:
    """Return what the choices change, in sentences for the team."""
    if study.evaluations[0].verdict.code == "F":
        return [_say("scrutiny.refused")]
    return [_said_of_subjects(study), _said_of_methods(study), _say("scrutiny.decided")]


def _said_of_subjects(study: Study) -> str:
    primary, others = study.evaluations[0], study.without_each_subject
    if not others:
        return _say("scrutiny.one_subject")
    turned = turned_by(primary.estimate, {name: answer.estimate for name, answer in others.items()})
    if turned:
        sign = _say("scrutiny.turned", subjects=_any_of(turned))
        return f"{sign} {_said_of_verdicts(primary, others)}"
    estimates = [answer.estimate for answer in others.values()]
    sign = say(
        "scrutiny.same_sign",
        low=signed(min(estimates)),
        high=signed(max(estimates)),
    )
    return f"{sign} {_said_of_verdicts(primary, others)}"


def _said_of_verdicts(primary: Evaluation, others: dict[str, Evaluation]) -> str:
    changed = {
        name: answer.verdict.headline
        for name, answer in others.items()
        if answer.verdict.headline != primary.verdict.headline
    }
    if not changed:
        return _say("scrutiny.same_verdict")
    if len(changed) > 1:
        return _say("scrutiny.other_verdicts", subjects=_any_of(list(changed)))
    ((subject, headline),) = changed.items()
    return _say("scrutiny.other_verdict", subject=subject, headline=headline)


def _any_of(subjects: Sequence[str]) -> str:
    """Return «История» или «Биология»: each of them alone, never all at once."""
    return listed([f"«{subject}»" for subject in subjects], last=_say("verdict.or"))


def _said_of_methods(study: Study) -> str:
    """Return how many other methods tell the difference from chance, of those that ever could."""
    primary, able = study.evaluations[0], _others(study)
    small = able["smallest_p"] >= SIGNIFICANT
    unable = [_say(f"figures.method_{name}") for name in able.loc[small, "method"]]
    able = able[~small]
    never = f" {_say('scrutiny.unable', methods=', '.join(unable))}" if unable else ""
    if able.empty:
        return _say("scrutiny.no_other") + never
    found = able["p_value"] < SIGNIFICANT
    opposed = int((found & (able["estimate"] * primary.estimate < 0)).sum())
    agreeing = int(found.sum()) - opposed
    told = "told" if primary.p_value < SIGNIFICANT else "chance"
    # The same, and yet not by chance: a difference that is there and matters to nobody.
    told = "small" if told == "told" and primary.verdict.code == "C" else told
    how_many = {0: "none", len(able): "all"}.get(agreeing, "some")
    said = _say(f"scrutiny.{told}_{how_many}", count=len(able), agreeing=agreeing)
    return (f"{said} {_say('scrutiny.opposed', opposed=opposed)}" if opposed else said) + never


def tables(study: Study) -> dict[str, pd.DataFrame]:
    """Return what an analyst wants to see behind the summary, each table under its caption."""
    return {
        _say("scrutiny.table_methods"): methods_table(study),
        _say("scrutiny.table_subjects"): subjects_table(study),
        _say("scrutiny.table_outcomes"): outcomes_table(study),
    }


def subjects_table(study: Study) -> pd.DataFrame:
    """Return the primary answer without each subject, in the words of the team."""
    headline = study.evaluations[0].verdict.headline
    return pd.DataFrame(
        {
            _say("scrutiny.column_without"): name,
            **{end: getattr(answer, end) for end in _ENDS},
            "p_value": answer.p_value,
            _say("scrutiny.column_changes"): _say("scrutiny.unchanged")
            if answer.verdict.headline == headline
            else answer.verdict.headline,
        }
        for name, answer in study.without_each_subject.items()
    )


def methods_table(study: Study) -> pd.DataFrame:
    """Return every method that can speak, with its interval, p and what it asks."""
    return pd.DataFrame(
        {
            "method": _say(f"figures.method_{row['method']}"),
            **{end: row[end] for end in _ENDS},
            "p_value": row["p_value"],
            "smallest_p": row["smallest_p"],
            _say("scrutiny.column_asks"): _say(f"scrutiny.asks_{row['method']}"),
        }
        for row in _methods(study).to_dict("records")
    )


def outcomes_table(study: Study) -> pd.DataFrame:
    """Return p of every outcome before and after correction for their number."""
    return pd.DataFrame(
        {
            "outcome": answer.outcome.title,
            "estimate": answer.estimate,
            "p_value": answer.p_value,
            "p_adjusted": answer.p_adjusted,
            "method": _say(f"figures.method_{answer.method}"),
        }
        for answer in study.evaluations
        if answer.verdict.code != "F"
    )


def design_lines(study: Study) -> list[str]:
    """Return what the plan could show about the primary outcome, as `check` says it."""
    primary = study.evaluations[0]
    able = next(one for one in study.abilities() if one.outcome.id == primary.outcome.id)
    return [*ability_lines(able, primary)[1:], *_pre_trend(primary)]


def _pre_trend(primary: Evaluation) -> list[str]:
    """Return the test of earlier trends; the limits of the ability say where there is none."""
    trend = primary.beforehand.pre_trend
    if math.isnan(trend.p_value):
        return []
    terms = ", ".join(term_name(term) for term in trend.terms)
    return [_say("scrutiny.pre_trend", p=decimal(trend.p_value, 3), terms=terms)]
