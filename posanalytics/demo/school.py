"""A made-up school whose true effect is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from posanalytics.demo.dice import Dice
from posanalytics.demo.enrolment import enrolments
from posanalytics.demo.latent import (
    MATHEMATICS,
    PHYSICAL,
    SUBJECTS,
    Model,
    latent_marks,
    lift_for,
    printed,
)
from posanalytics.demo.school_days import QUARTERS, START, THIS_YEAR, terms_of
from posanalytics.labels import year_group
from posanalytics.wording import decimal, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from numpy.typing import NDArray

    from posanalytics.demo.enrolment import Enrolment

PERIODS = ("Q1", "Q2", "Q3", "Q4", "Y", "E", "F")
YEAR, EXAM, FINAL = 4, 5, 6
STATUSES = ("", "assessed", "not_assessed", "exempt")
NOTHING, ASSESSED, NOT_ASSESSED, EXEMPT = range(4)

# Picked for illustration out of sixty: the baseline gap is small, the estimate lies near the true
# effect, and the tests say what they say in the median of such schools. Not evidence of anything.
DEFAULT_SEED = 2053
DEFAULT_EFFECT = 0.30
LARGEST_EFFECT = 1.0

INNOVATIVE = ("5А", "7Б", "6А")
CONTROL = ("5Б", "7А", "6Б", "7В")
NEW_TEACHER_IN, NEW_TEACHER_FROM = "8А", 1

_EXAMINED = (SUBJECTS.index("Русский язык"), MATHEMATICS)
_LEAVING_CLASS = 9
_ENROLMENT, _MARKS, _GAPS, _EXAMS = 1, 2, 3, 4


class ImpossibleSchool(ValueError):
    """A made-up school that cannot exist: too large an effect, or more classes than it has."""


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What the software has to find: the effect in marks that the made-up school carries."""

    effect_asked: float
    effect_realised: float
    seed: int
    innovative: tuple[str, ...]
    control: tuple[str, ...]
    start: str


@dataclass(frozen=True)
class Room:
    """Marks of one class in one year: arrays are pupil × subject × period of ``PERIODS``."""

    enrolment: Enrolment
    marks: NDArray[np.int8]
    status: NDArray[np.int8]
    latent: NDArray[np.float64]

    @property
    def year(self) -> str:
        """Return the school year."""
        return self.enrolment.year

    @property
    def label(self) -> str:
        """Return the label of the class."""
        return self.enrolment.label

    @property
    def pupils(self) -> tuple[int, ...]:
        """Return the numbers of the pupils in the order of the class list."""
        return self.enrolment.pupils

    @property
    def terms(self) -> int:
        """Return how many quarters of the year are over."""
        return terms_of(self.year)

    def left_after(self, row: int) -> int | None:
        """Return the last quarter (from 0) of a pupil who left the class, else None."""
        there = np.flatnonzero(self.enrolment.present[row])
        return None if there[-1] == self.terms - 1 else int(there[-1])


@dataclass(frozen=True)
class School:
    """Classes of all years, oldest first, and the truth about the current one."""

    truth: Truth
    rooms: tuple[Room, ...]
    pupils: int

    def of_year(self, year: str) -> Iterator[Room]:
        """Return the classes of one school year in the order of their labels."""
        return (room for room in self.rooms if room.year == year)

    def room(self, year: str, label: str) -> Room:
        """Return one class."""
        return next(room for room in self.of_year(year) if room.label == label)

    def term_marks(self) -> pd.DataFrame:
        """Return the tidy table ``term_marks``: one row per pupil, subject and period."""
        import pandas as pd

        parts = [_long(room) for room in self.rooms]
        pupil, label, subject, term, mark, status = (
            np.concatenate(column) for column in zip(*parts, strict=True)
        )
        return pd.DataFrame(
            {
                "pupil": np.array([f"p{number:04d}" for number in range(self.pupils)])[pupil],
                "class_label": label,
                "subject": np.array(SUBJECTS)[subject],
                "term": term,
                "mark": np.where(status == ASSESSED, mark, np.nan),
                "status": np.array(STATUSES)[status],
                "mean_mark": np.nan,
                "marks": 0,
                "source": "",
                "cell": "",
            }
        )


def _long(room: Room) -> tuple[NDArray[np.generic], ...]:
    """Return pupil, class, subject, term, mark and status of every mark of a class."""
    row, subject, period = np.nonzero(room.status)
    terms = np.array([f"{room.year}-{period}" for period in PERIODS])
    return (
        np.array(room.pupils)[row],
        np.full(len(row), room.label),
        subject,
        terms[period],
        room.marks[row, subject, period].astype(np.float64),
        room.status[row, subject, period],
    )


def compared_classes(innovative: int, control: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the compared classes of the current year, controls of the same parallels first.

    >>> compared_classes(2, 3)
    (('5А', '7Б'), ('5Б', '7А', '7В'))
    """
    if not (1 <= innovative <= len(INNOVATIVE) and 1 <= control <= len(CONTROL)):
        raise ImpossibleSchool(
            say("demo.too_many_classes", innovative=len(INNOVATIVE), control=len(CONTROL))
        )
    chosen = INNOVATIVE[:innovative]
    parallels = {year_group(label) for label in chosen}
    ordered = sorted(CONTROL, key=lambda label: year_group(label) not in parallels)
    return chosen, tuple(ordered[:control])


def simulate(  # noqa: PLR0913 — one line per property of the school
    seed: int = DEFAULT_SEED,
    effect: float = 0.0,
    *,
    innovative_classes: int = 2,
    control_classes: int = 3,
    archive_years: int = 2,
    model: Model | None = None,
) -> School:
    """Return a made-up school whose innovative classes gain ``effect`` marks from the start term.

    The same seed gives the same pupils and the same chance under every effect: only the marks of
    the innovative classes from ``truth.start`` on differ. Mean of Y(1) − Y(0) over the pupils of
    each innovative class and all subjects equals ``effect`` as nearly as whole marks allow.
    """
    if not -LARGEST_EFFECT <= effect <= LARGEST_EFFECT:
        raise ImpossibleSchool(
            say(
                "demo.effect_out_of_range",
                effect=decimal(effect),
                low=decimal(-LARGEST_EFFECT),
                high=decimal(LARGEST_EFFECT),
            )
        )
    model = model or Model()
    innovative, control = compared_classes(innovative_classes, control_classes)
    lists, pupils = enrolments(Dice(seed, _ENROLMENT), archive_years=archive_years)
    latent = latent_marks(
        Dice(seed, _MARKS),
        lists,
        pupils=pupils,
        model=model,
        event=(NEW_TEACHER_IN, NEW_TEACHER_FROM),
    )
    status = _statuses(Dice(seed, _GAPS), lists, model)
    latent, realised = _lifted(latent, status, lists, innovative, effect)
    rooms = _rooms(Dice(seed, _EXAMS), lists, latent, status)
    truth = Truth(
        effect_asked=effect,
        effect_realised=realised,
        seed=seed,
        innovative=innovative,
        control=control,
        start=START,
    )
    return School(truth, tuple(rooms), pupils)


def _statuses(dice: Dice, lists: list[Enrolment], model: Model) -> NDArray[np.int8]:
    """Return what stands in every cell: a mark, н/а, осв or nothing."""
    parts = []
    for room in lists:
        shape = (len(room.pupils), len(SUBJECTS), QUARTERS)
        draw = dice.uniform(*shape)
        status = np.full(shape, ASSESSED, dtype=np.int8)
        status[draw < model.not_assessed + model.no_mark] = NOTHING
        status[draw < model.not_assessed] = NOT_ASSESSED
        status[dice.uniform(shape[0]) < model.exempt, PHYSICAL] = EXEMPT
        there = np.zeros((shape[0], QUARTERS), dtype=bool)
        there[:, : room.present.shape[1]] = room.present
        parts.append(np.where(there[:, None], status, np.int8(NOTHING)).astype(np.int8))
    return np.concatenate(parts)


def _lifted(
    latent: NDArray[np.float64],
    status: NDArray[np.int8],
    lists: list[Enrolment],
    innovative: tuple[str, ...],
    effect: float,
) -> tuple[NDArray[np.float64], float]:
    """Return latent marks with the effect in the innovative classes, and the effect reached."""
    latent = latent.copy()
    changes = []
    start = int(START[-1]) - 1
    for rows, room in _slices(lists):
        if room.year != THIS_YEAR or room.label not in innovative:
            continue
        # A pupil counts where there is a mark before and a mark after, as in the comparison.
        counted = (status[rows, :, :start] == ASSESSED).any(axis=2)
        for term in range(start, terms_of(room.year)):
            both = counted & (status[rows, :, term] == ASSESSED)
            old = latent[rows, :, term].copy()
            latent[rows, :, term] += lift_for(old, both, effect=effect) if effect else 0.0
            changes.append((printed(latent[rows, :, term]) - printed(old))[both])
    return latent, float(np.concatenate(changes).mean())


def _slices(lists: list[Enrolment]) -> Iterator[tuple[slice, Enrolment]]:
    """Return the rows of every class in the arrays of the whole school."""
    begin = 0
    for room in lists:
        yield slice(begin, begin + len(room.pupils)), room
        begin += len(room.pupils)


def _rooms(
    dice: Dice, lists: list[Enrolment], latent: NDArray[np.float64], status: NDArray[np.int8]
) -> Iterator[Room]:
    """Return the classes with printed marks, year marks and, in class 9, exams."""
    for rows, room in _slices(lists):
        marks = np.zeros((len(room.pupils), len(SUBJECTS), len(PERIODS)), dtype=np.int8)
        states = np.zeros_like(marks)
        states[..., :QUARTERS] = status[rows]
        marks[..., :QUARTERS] = printed(latent[rows]) * (status[rows] == ASSESSED)
        if terms_of(room.year) == QUARTERS:
            _close_year(marks, states, there=room.present[:, -1])
            if year_group(room.label) == _LEAVING_CLASS:
                _examine(marks, states, chance=dice.normal(len(room.pupils), len(_EXAMINED)))
        yield Room(room, marks, states, latent[rows])


def half_up(total: NDArray[np.int64], count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return total / count rounded half up, by whole numbers only; 0 where count is 0.

    >>> half_up(np.array([14, 13]), np.array([4, 4])).tolist()
    [4, 3]
    """
    return np.where(count > 0, (2 * total + count) // np.maximum(2 * count, 1), 0)


def _close_year(
    marks: NDArray[np.int8], states: NDArray[np.int8], *, there: NDArray[np.bool_]
) -> None:
    """Write the year's marks of pupils who are there at its end: the rounded mean of quarters."""
    assessed = (states[..., :QUARTERS] == ASSESSED).sum(axis=2)
    total = marks[..., :QUARTERS].sum(axis=2, dtype=np.int64)
    marks[..., YEAR] = half_up(total, assessed) * there[:, None]
    exempt = (states[..., :QUARTERS] == EXEMPT).any(axis=2)
    states[..., YEAR] = np.where(assessed > 0, ASSESSED, np.where(exempt, EXEMPT, NOTHING))
    states[..., YEAR] *= there[:, None]


def _examine(
    marks: NDArray[np.int8], states: NDArray[np.int8], *, chance: NDArray[np.float64]
) -> None:
    """Write exam and final marks of class 9: the final is the rounded mean of year and exam."""
    for number, subject in enumerate(_EXAMINED):
        sat = states[:, subject, YEAR] == ASSESSED
        year = marks[:, subject, YEAR].astype(np.int64)
        # Nobody of this school fails the exam twice, hence 3 is the lowest.
        exam = np.clip(np.floor(year - 0.1 + 0.45 * chance[:, number] + 0.5), 3, 5)
        marks[:, subject, EXAM] = exam * sat
        final = half_up(year + exam.astype(np.int64), np.full(len(year), 2))
        marks[:, subject, FINAL] = final * sat
        states[:, subject, EXAM:] = (ASSESSED * sat)[:, None]
