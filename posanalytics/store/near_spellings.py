"""Spellings that may be one child: questions, never joins."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from posanalytics.schema import Problem
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from posanalytics.store.people import Person, Spelling, Stream
    from posanalytics.store.spellings import Spellings, Words

_MOST_LETTERS = 2  # letters in which a patronymic may differ and be a slip of the pen
_STEM = 2  # letters that a given name and its pet form share
_SAFE_LENGTH = 5  # a shorter word that differs in a letter is another word


def near_spellings(
    people: Sequence[Person],
    owners: Mapping[Spelling, str],
    frames: Sequence[pd.DataFrame],
    told: Spellings,
) -> list[Problem]:
    """Return a question for each two spellings that may be one child in two exports."""
    by_stream: dict[Stream, list[Person]] = defaultdict(list)
    for person in people:
        if len(person.words) > 1 and not person.abbreviated:
            by_stream[person.stream].append(person)
    asked: dict[frozenset[str | None], tuple[Person, Person]] = {}
    for classmates in by_stream.values():
        for one, other in combinations(classmates, 2):
            pupils = {owners.get(p.spelling) for p in (one, other)}
            if (
                len(pupils) > 1
                and not one.sheets & other.sheets
                and _slip(one.words, other.words)
                and not told.are_different(one.words, other.words)
            ):
                asked.setdefault(frozenset(pupils), (one, other))
    return [_question(one, other, frames) for one, other in asked.values()]


def _slip(one: Words, other: Words) -> bool:
    """Return whether two names differ by what may be a slip of the pen."""
    if one[:2] == other[:2]:
        return len(one) == len(other) > 2 and distance(one[2], other[2]) <= _MOST_LETTERS  # noqa: PLR2004
    if one[2:] != other[2:] and one[2:] and other[2:]:
        return False
    differ = [pair for pair in zip(one[:2], other[:2], strict=True) if pair[0] != pair[1]]
    if len(differ) == 1 and one[0] == other[0] and one[1][:_STEM] == other[1][:_STEM]:
        return True  # «Анна» and «Аня»
    return len(differ) == 1 and _one_letter(*differ[0])


def _one_letter(one: str, other: str) -> bool:
    """Return whether two long words differ in a letter; a feminine ending is another word."""
    longer, shorter = sorted((one, other), key=len, reverse=True)
    if len(shorter) < _SAFE_LENGTH or longer == f"{shorter}а":
        return False
    return distance(one, other) == 1


def distance(one: str, other: str) -> int:
    """Return how many letters must be changed, added, left out or swapped with a neighbour.

    >>> distance("петрович", "петровч"), distance("петрович", "пертович")
    (1, 1)
    """
    before: list[int] = []
    above = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        line = [row]
        for column, own in enumerate(other, 1):
            best = min(above[column] + 1, line[-1] + 1, above[column - 1] + (letter != own))
            swapped = row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == own
            line.append(min(best, before[column - 2] + 1) if swapped else best)
        before, above = above, line
    return above[-1]


def _question(one: Person, other: Person, frames: Sequence[pd.DataFrame]) -> Problem:
    places = sorted(_first_place(person, frames) for person in (one, other))
    (source, sheet, cell, label), (source_other, _, cell_other, _) = places
    slots = {"label": label, "cell": cell, "other": source_other, "cell_other": cell_other}
    return Problem(
        "warning",
        file=source,
        sheet=sheet,
        cell=cell,
        found=say("store.two_spellings", **slots),
        expected=say("store.two_spellings_expected"),
        remedy=say("store.two_spellings_remedy"),
    )


def _first_place(person: Person, frames: Sequence[pd.DataFrame]) -> tuple[str, str, str, str]:
    """Return export, sheet, cell and class of the first row of a spelling."""
    for frame in frames:
        own = frame[frame["short"].eq(person.short) & frame["full"].eq(person.full)]
        if len(own):
            row = own.sort_values(["source"], kind="stable").iloc[0]
            return (
                str(row["source"]),
                str(row.get("sheet", "")),
                str(row.get("cell", "")),
                str(row["class_label"]),
            )
    return "", "", "", ""
