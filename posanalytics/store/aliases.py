"""Names of subjects and classes that may be one: questions with a ready line for plan.yml.

Nothing is joined here: the plan decides.
"""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

from posanalytics import labels
from posanalytics.schema import Problem
from posanalytics.store.near_spellings import distance
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from posanalytics.plan import Plan

_PLAN = "plan.yml"
_SAFE_LENGTH = 6  # a shorter word that differs in a letter is another word
_FEWEST_SHARED = 3
_SHARED = 0.6  # of the smaller class: more than transfers, less than a whole class
_PLAIN = re.compile(r"[^\W\d][\w .,()«»-]*")


class _Use(NamedTuple):
    """Where a subject stands: export, class and term."""

    source: str
    class_label: str
    term: str


def proposals(records: pd.DataFrame, listed: pd.DataFrame, *, plan: Plan) -> list[Problem]:
    """Return a question for each subject and class that the plan may want to call otherwise."""
    return [*_subject_proposals(records, plan), *_class_proposals((records, listed), plan)]


def _subject_proposals(records: pd.DataFrame, plan: Plan) -> list[Problem]:
    uses: dict[str, set[_Use]] = defaultdict(set)
    columns = ["subject", "source", "class_label", "term"]
    distinct = records[columns].drop_duplicates()
    for subject, *place in distinct.itertuples(index=False, name=None):
        uses[subject].add(_Use(*place))
    wanted = {*plan.subjects.values(), *(s for o in plan.outcomes for s in o.subjects)}
    known = sorted({*uses, *wanted})
    problems = []
    for subject in sorted(set(uses) - wanted):
        own = [
            other
            for other in known
            if _weight(other, wanted, uses) > _weight(subject, wanted, uses)
            and not uses[subject] & uses.get(other, set())
            and nearly_equal(subject, other)
        ]
        if own:
            problems.append(_subject_question(subject, own, min(uses[subject])))
    return problems


def _weight(
    subject: str, wanted: set[str], uses: Mapping[str, set[_Use]]
) -> tuple[bool, bool, int, int, str]:
    """Return how good a name is to keep: the plan's, a whole word, the more frequent."""
    return (
        subject in wanted,
        "." not in subject,
        len(uses.get(subject, ())),
        len(subject),
        subject,
    )


def nearly_equal(one: str, other: str) -> bool:
    """Return whether two names look like one subject.

    >>> [nearly_equal(*pair) for pair in (("Матем.", "Математика"), ("ИЗО", "Изобр. искусство"))]
    [True, True]
    >>> nearly_equal("История", "Обществознание")
    False
    """
    first, second = labels.subject_key(one), labels.subject_key(other)
    if first == second:
        return True
    full = [labels.known_subject(text) for text in (one, other)]
    if all(full):
        return full[0] == full[1]
    if _shortens(one, other) or _shortens(other, one):
        return True
    return min(len(first), len(second)) >= _SAFE_LENGTH and _one_letter(first, second)


def _shortens(brief: str, whole: str) -> bool:
    """Return whether each word of one name begins the same word of the other: «Англ. яз.»."""
    words = [re.findall(r"[^\W\d_]+\.?", text.casefold()) for text in (brief, whole)]
    return (
        len(words[0]) == len(words[1]) > 0
        and any(word.endswith(".") for word in words[0])
        and all(
            long.startswith(word.rstrip(".")) and len(word.rstrip(".")) > 1
            for word, long in zip(*words, strict=True)
        )
    )


def _one_letter(one: str, other: str) -> bool:
    same_digits = re.findall(r"\d", one) == re.findall(r"\d", other)
    return same_digits and abs(len(one) - len(other)) <= 1 and distance(one, other) == 1


def _subject_question(subject: str, others: list[str], use: _Use) -> Problem:
    lines = [f"{_written(subject)}: {_written(other)}" for other in others]
    return _question(
        "subject_alias",
        subject=subject,
        others=say("store.or").join(f"«{other}»" for other in others),
        source=use.source,
        label=use.class_label,
        line=say("store.or").join(f"«{line}»" for line in lines),
    )


def _written(name: str) -> str:
    """Return a name as YAML takes it."""
    return name if _PLAIN.fullmatch(name) else '"' + name.replace('"', r"\"") + '"'


def _class_proposals(frames: Iterable[pd.DataFrame], plan: Plan) -> list[Problem]:
    """Return a question for each two classes of a year that hold the same children."""
    pupils: dict[tuple[str, str], set[str]] = defaultdict(set)
    for frame in frames:
        distinct = frame[["school_year", "class_label", "short"]].drop_duplicates()
        for year, label, short in distinct.itertuples(index=False, name=None):
            pupils[year, label].add(short)
    asked: dict[tuple[str, str], int] = {}
    for one, other in combinations(sorted(pupils), 2):
        shared = len(pupils[one] & pupils[other])
        fewest = min(len(pupils[one]), len(pupils[other]))
        if one[0] == other[0] and shared >= max(_FEWEST_SHARED, _SHARED * fewest):
            rarer, kept = sorted(
                (one, other), key=lambda unit: _class_weight(unit[1], len(pupils[unit]), plan)
            )
            asked[rarer[1], kept[1]] = max(shared, asked.get((rarer[1], kept[1]), 0))
    return [
        _question("class_alias", label=rarer, other=kept, pupils=shared, line=f"{rarer}: {kept}")
        for (rarer, kept), shared in sorted(asked.items())
    ]


def _class_weight(label: str, pupils: int, plan: Plan) -> tuple[bool, bool, int, str]:
    return label in plan.compared_classes, not label.isdigit(), pupils, label


def _question(key: str, **slots: Any) -> Problem:
    return Problem(
        "warning",
        file=_PLAN,
        found=say(f"store.{key}", **slots),
        expected=say(f"store.{key}_expected"),
        remedy=say(f"store.{key}_remedy", **slots),
    )
