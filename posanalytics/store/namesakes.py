"""One name in two classes: a pupil who moved, or namesakes of one parallel."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from posanalytics import periods
from posanalytics.store.coded import joined, texts
from posanalytics.store.people import about_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from posanalytics.privacy import Key
    from posanalytics.schema import Problem
    from posanalytics.store.spellings import Spellings, Words

_MOVED = re.compile(r"выб|перев|отчис|приб|зачис", re.IGNORECASE)


def namesakes_apart(
    named: Sequence[pd.DataFrame], words: Mapping[str, Words], told: Spellings
) -> tuple[set[str], list[Problem]]:
    """Return the pupils who are namesakes of two classes, and problems that say so."""
    records = named[0]
    own = records[records["slot"].eq("term")]
    taught = set(filter(_taught, own["term"].unique()))
    own = own[own["term"].isin(taught)]
    keys = ["pupil", "school_year", "subject", "term"]
    distinct = own[[*keys, "class_label"]].drop_duplicates()
    twice = set(distinct.loc[distinct.duplicated(keys), "pupil"])
    if not twice:
        return set(), []
    noted = _movers(named[1:])
    own = texts(own)
    apart: set[str] = set()
    groups: dict[tuple[str, str, tuple[str, ...]], set[str]] = defaultdict(set)
    for pupil, rows in own[own["pupil"].isin(twice)].groupby("pupil", observed=True):
        year, labels, surely = _shared(rows)
        # A note is about one child: it does not make one of two that share several terms.
        moved = told.has_moved(words.get(pupil, ())) or (pupil in noted and not surely)
        key = "moved" if moved else "namesakes_apart" if surely else "two_classes"
        groups[key, year, labels].add(pupil)
        if not moved:
            apart.add(pupil)
    return apart, [
        _two_classes(own[own["pupil"].isin(pupils)], key, year, labels)
        for (key, year, labels), pupils in sorted(groups.items())
    ]


def _shared(rows: pd.DataFrame) -> tuple[str, tuple[str, ...], bool]:
    """Return the last year with two classes, the classes, and whether these are surely namesakes.

    Who changes class has at most the term of the change in both.
    """
    keys = ["school_year", "subject", "term"]
    distinct = rows[[*keys, "class_label"]].drop_duplicates()
    both = distinct[distinct.duplicated(keys, keep=False)]
    last = both[both["school_year"].eq(both["school_year"].max())]
    year = str(last["school_year"].iloc[0])
    return year, tuple(sorted(set(last["class_label"]))), len(set(last["term"])) > 1


def _two_classes(own: pd.DataFrame, key: str, year: str, labels: Sequence[str]) -> Problem:
    """Return what is said about pupils of two classes, at their marks in the first export."""
    there = own[own["school_year"].eq(year) & own["class_label"].isin(labels)]
    group = there[there["source"].eq(there["source"].min())]
    slots = {"labels": ", ".join(labels), "pupils": own["pupil"].nunique()}
    return about_rows(
        "warning" if key == "two_classes" else "note", _first(group), group, key, slots
    )


def _first(group: pd.DataFrame) -> str:
    return str(group["source"].iloc[0])


def _taught(term: str) -> bool:
    return bool(term) and periods.is_taught(term)


def _movers(listed: Iterable[pd.DataFrame]) -> set[str]:
    """Return the pupils of whom an export says that they came or left."""
    movers: set[str] = set()
    for frame in listed:
        if {"note", "begin", "end"} <= set(frame.columns):
            said = frame["begin"].ne("") | frame["end"].ne("")
            said |= frame["note"].astype("str").str.contains(_MOVED)
            movers |= set(frame.loc[said, "pupil"].astype("str"))
    return movers


def kept_apart(frame: pd.DataFrame, apart: set[str], key: Key) -> pd.DataFrame:
    """Return the frame with namesakes of one parallel told apart by the letter of their class.

    The letter stays as the class moves up.
    """
    if not apart:
        return frame

    def own(pupil: str, label: str) -> str:
        letter = re.sub(r"^\d+", "", label)
        return key.pseudonym("namesake", pupil, letter) if pupil in apart else pupil

    pupils, labels = (frame[column].astype("category") for column in ("pupil", "class_label"))
    return frame.assign(pupil=joined(pupils, labels, own))
