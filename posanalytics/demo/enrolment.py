"""Who sits in which class in which year: classes move up, pupils leave, join and change class."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from posanalytics.demo.school_days import THIS_YEAR, school_years, terms_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from posanalytics.demo.dice import Dice

LOWEST, HIGHEST = 5, 9
FEWEST, MOST = 12, 28
MOVED_FROM, MOVED_TO = "6А", "6Б"
LEFT_THIS_YEAR = ("7А", "9А")
JOINED_THIS_YEAR = ("5А", "8А")

_LETTERS = "АБВ"
# Classes by the year in which they began parallel 5; a school in the country has one or two.
_CLASSES = {2023: 3, 2022: 1, 2021: 1}
_USUAL_CLASSES = 2
_LEAVES_IN_SUMMER = 0.04
# Places on the class list; the namesakes of people.py have others.
_LEAVER, _MOVER = 1, 2


class Stream(NamedTuple):
    """A class through the years: the year in which it began parallel 5, and its letter."""

    cohort: int
    letter: str


@dataclass(frozen=True)
class Enrolment:
    """Pupils of one class in one school year; ``present`` is pupil × quarter."""

    year: str
    label: str
    stream: Stream
    pupils: tuple[int, ...]
    present: NDArray[np.bool_]


def streams_of(year: str) -> list[tuple[str, Stream]]:
    """Return label and stream of every class of a school year, in the order of the labels."""
    first = int(year[:4])
    return [
        (f"{parallel}{letter}", Stream(first - parallel + LOWEST, letter))
        for parallel in range(LOWEST, HIGHEST + 1)
        for letter in _LETTERS[: _CLASSES.get(first - parallel + LOWEST, _USUAL_CLASSES)]
    ]


class _Office:
    """The school office: gives numbers to new pupils and keeps the class lists."""

    def __init__(self, dice: Dice) -> None:
        self.dice = dice
        self.lists: dict[Stream, list[int]] = {}
        self.pupils = 0

    def new_pupils(self, count: int) -> list[int]:
        """Return the numbers of pupils who were not in the school before."""
        self.pupils += count
        return list(range(self.pupils - count, self.pupils))

    def class_list(self, stream: Stream) -> list[int]:
        """Return the class on 1 September: those of last year who stayed, and newcomers."""
        if stream not in self.lists:
            return self.new_pupils(self.dice.whole(FEWEST + 1, MOST - 1))
        stayed = [who for who in self.lists[stream] if not self.dice.chance(_LEAVES_IN_SUMMER)]
        # One may join during the year and one may come from the parallel class.
        stayed = stayed[: MOST - 2]
        fewest = max(FEWEST + 1 - len(stayed), 0)
        newcomers = min(self.dice.whole(0, 2), MOST - 2 - len(stayed))
        return stayed + self.new_pupils(max(fewest, newcomers))


class _Changes(NamedTuple):
    """Classes of one year with the quarter after which one left and before which one joined."""

    leaving: dict[str, int]
    joining: dict[str, int]


def enrolments(dice: Dice, *, archive_years: int) -> tuple[list[Enrolment], int]:
    """Return every class of every year, oldest first, and the number of pupils in all."""
    office = _Office(dice)
    found = [one for year in school_years(archive_years) for one in _one_year(office, year)]
    return found, office.pupils


def _one_year(office: _Office, year: str) -> Iterator[Enrolment]:
    """Return the classes of a year; the office keeps who is there at its end."""
    classes = streams_of(year)
    changes = _comings_and_goings(office, year, [label for label, _ in classes])
    lists = {label: office.class_list(stream) for label, stream in classes}
    for label, stream in classes:
        pupils, present = _spans(office, year, label, lists, changes)
        there = present[:, -1]
        office.lists[stream] = [who for who, at in zip(pupils, there, strict=True) if at]
        yield Enrolment(year, label, stream, tuple(pupils), present)


def _comings_and_goings(office: _Office, year: str, labels: list[str]) -> _Changes:
    if year == THIS_YEAR:
        return _Changes(dict.fromkeys(LEFT_THIS_YEAR, 1), dict.fromkeys(JOINED_THIS_YEAR, 1))
    last = terms_of(year) - 1
    leaving = {label: office.dice.whole(1, last) for label in office.dice.some(labels, 2)}
    joining = {label: office.dice.whole(1, last) for label in office.dice.some(labels, 2)}
    return _Changes(leaving, joining)


def _spans(
    office: _Office, year: str, label: str, lists: dict[str, list[int]], changes: _Changes
) -> tuple[list[int], NDArray[np.bool_]]:
    """Return the pupils of a class, and pupil × quarter where they were in it."""
    pupils = list(lists[label])
    spans = [(0, terms_of(year))] * len(pupils)
    if label in changes.leaving:
        spans[_LEAVER] = (0, changes.leaving[label])
    if label in changes.joining:
        pupils += office.new_pupils(1)
        spans.append((changes.joining[label], terms_of(year)))
    if year == THIS_YEAR and label == MOVED_FROM:
        spans[_MOVER] = (0, 1)
    if year == THIS_YEAR and label == MOVED_TO:
        pupils.append(lists[MOVED_FROM][_MOVER])
        spans.append((1, terms_of(year)))
    quarters = np.arange(terms_of(year))
    present = np.array([(quarters >= begin) & (quarters < end) for begin, end in spans])
    return pupils, present
