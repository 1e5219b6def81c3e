"""Spellings that may be one child: questions, never joins."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
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
_LARGEST_CLASS = 200  # spellings; in all years together a class has fewer, each written in two ways
_MOST_ASKED = 5  # questions about one class
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
    crowds = {stream for stream, mates in by_stream.items() if len(mates) > _LARGEST_CLASS}
    for stream in (stream for stream in by_stream if stream not in crowds):
        for one, other in combinations(by_stream[stream], 2):
            # Most pairs share a sheet, and are two children: the cheapest question comes first.
            if (
                one.sheets.isdisjoint(other.sheets)
                and _slip(one.words, other.words)
                and not _in_one_list(one, other)
                and not told.are_different(one.words, other.words)
            ):
                pupils = frozenset(owners.get(person.spelling) for person in (one, other))
                if len(pupils) > 1:
                    asked.setdefault(pupils, (one, other))
    questions = [_question(one, other, frames) for one, other in asked.values()]
    too_many = [_crowd(by_stream[stream], frames) for stream in sorted(crowds)]
    return [*_first_of_each_class(questions), *too_many]


def _in_one_list(one: Person, other: Person) -> bool:
    """Return whether an export holds both, and does not say that it is on two sheets."""
    return any(
        source == source_other and not (sheet and sheet_other)
        for source, sheet in one.sheets
        for source_other, sheet_other in other.sheets
    )


def _crowd(people: Sequence[Person], frames: Sequence[pd.DataFrame]) -> Problem:
    source, sheet, cell, label = _first_place(people[0], frames)
    return Problem(
        "warning",
        file=source,
        sheet=sheet,
        cell=cell,
        found=say("store.crowded_class", label=label, names=len(people)),
        expected=say("store.crowded_class_expected"),
        remedy=say("store.crowded_class_remedy"),
    )


def _first_of_each_class(questions: Sequence[tuple[str, Problem]]) -> list[Problem]:
    """Return the first questions of every class, and how many more there are."""
    by_class: dict[str, list[Problem]] = defaultdict(list)
    for label, question in sorted(questions):
        by_class[label].append(question)
    more = [
        replace(
            asked[_MOST_ASKED],
            cell="",
            sheet="",
            found=say("store.more_spellings", label=label, pairs=len(asked) - _MOST_ASKED),
        )
        for label, asked in by_class.items()
        if len(asked) > _MOST_ASKED
    ]
    return [one for asked in by_class.values() for one in asked[:_MOST_ASKED]] + more


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


def _question(one: Person, other: Person, frames: Sequence[pd.DataFrame]) -> tuple[str, Problem]:
    """Return the class that a question is of, and the question."""
    found = [_first_place(person, frames) for person in (one, other)]
    # A class list does not tell cells: «here» is a place that can be found.
    places = sorted(found, key=lambda place: (not place[2], place))
    (source, sheet, cell, label), (source_other, _, cell_other, _) = places
    at = say("store.in_cell", cell=cell_other) if cell_other else ""
    slots = {"label": label, "other": source_other, "at": at}
    return label, Problem(
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
