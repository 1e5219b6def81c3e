"""How a made-up mark comes about: pupil, class, teacher, term, chance; then rounding to 2–5."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from posanalytics.demo.enrolment import LOWEST
from posanalytics.demo.school_days import QUARTERS, THIS_YEAR
from posanalytics.labels import year_group
from posanalytics.scales import FIVE_POINT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from posanalytics.demo.dice import Dice
    from posanalytics.demo.enrolment import Enrolment, Stream

    Numbers = NDArray[np.float64]

SUBJECTS = (
    "Русский язык", "Литература", "Иностранный язык", "Математика", "История", "География",
    "Биология", "Физическая культура",
)  # fmt: skip
MATHEMATICS = SUBJECTS.index("Математика")
PHYSICAL = SUBJECTS.index("Физическая культура")

_LEVELS = np.array([3.65, 4.05, 3.75, 3.60, 3.85, 3.90, 3.90, 4.25])
_EXACT_STEPS = 40
_SPLIT_COHORTS = 3


@dataclass(frozen=True, kw_only=True)
class Model:
    """Standard deviations of the parts of a mark, all on the mark scale.

    The gain of a class between two terms carries √2 of ``shock``: 0.14 in one subject, the size
    that STATISTICS.md uses, half of its variance common to all subjects.
    """

    ability: float = 0.50
    aptitude: float = 0.30
    chance: float = 0.38
    class_level: float = 0.06
    strictness: float = 0.10
    shock: float = 0.10
    shared: float = 0.5
    year_drift: float = 0.05
    older_by_a_year: float = -0.05
    new_teacher: float = -0.30
    not_assessed: float = 0.004
    no_mark: float = 0.003
    exempt: float = 0.02


def latent_marks(
    dice: Dice, rooms: Sequence[Enrolment], *, pupils: int, model: Model, event: tuple[str, int]
) -> Numbers:
    """Return unrounded marks, pupil-year × subject × quarter, rows in the order of the rooms.

    ``event`` names the class of the current year and the quarter (from 0) in which its teacher
    of mathematics changed.
    """
    subjects = len(SUBJECTS)
    ability = dice.normal(pupils) * model.ability
    aptitude = dice.normal(pupils, subjects) * model.aptitude
    drift = dice.normal(len({room.year for room in rooms}), QUARTERS) * model.year_drift
    years = sorted({room.year for room in rooms})
    strictness = dice.normal(subjects, 2) * model.strictness
    streams = sorted({room.stream for room in rooms})
    levels = dict(zip(streams, dice.normal(len(streams)) * model.class_level, strict=True))
    parts = []
    for room in rooms:
        who = np.array(room.pupils)
        teacher = _teachers(room.stream, subjects)
        of_class = _LEVELS + levels[room.stream] + strictness[np.arange(subjects), teacher]
        of_class = of_class + model.older_by_a_year * (year_group(room.label) - LOWEST)
        # Schools balance parallel classes: what is left of a difference is ``class_level``.
        of_pupil = (ability[who] - ability[who].mean())[:, None] + aptitude[who]
        of_term = drift[years.index(room.year)] + _shocks(dice, model)
        if (room.year, room.label) == (THIS_YEAR, event[0]):
            of_term[MATHEMATICS, event[1] :] += model.new_teacher
        chance = dice.normal(len(who), subjects, QUARTERS) * model.chance
        parts.append(of_class[None, :, None] + of_pupil[:, :, None] + of_term[None] + chance)
    return np.concatenate(parts)


def _teachers(stream: Stream, subjects: int) -> NDArray[np.int64]:
    """Return which of the two teachers of each subject a class has.

    The classes of a parallel share their teachers, but for every fourth cohort (5 in 2023), where
    neighbouring letters have different ones: the K2 of the plan.
    """
    letter = ord(stream.letter) if stream.cohort % 4 == _SPLIT_COHORTS else 0
    return (stream.cohort + letter + np.arange(subjects)) % 2


def _shocks(dice: Dice, model: Model) -> Numbers:
    """Return what happens to one class in one year: subject × quarter."""
    common = dice.normal(QUARTERS) * math.sqrt(model.shared)
    own = dice.normal(len(SUBJECTS), QUARTERS) * math.sqrt(1 - model.shared)
    shocks: Numbers = (common[None] + own) * model.shock
    return shocks


def printed(latent: Numbers) -> NDArray[np.int8]:
    """Return the marks that a teacher writes down: rounded half up, from 2 to 5.

    >>> printed(np.array([1.2, 3.5, 4.49, 5.8])).tolist()
    [2, 4, 4, 5]
    """
    return np.clip(np.floor(latent + 0.5), FIVE_POINT[0], FIVE_POINT[-1]).astype(np.int8)


def lift_for(latent: Numbers, counted: NDArray[np.bool_], *, effect: float) -> float:
    """Return the latent lift whose effect on the printed marks is nearest to the one asked.

    Effect = mean of Y(1) − Y(0) over the counted marks, both from the same chance. It rises in
    steps with the lift, so halving finds the step and the nearer of its two sides is taken.
    """
    without = printed(latent)[counted]

    def reached(lift: float) -> float:
        with_lift: float = (printed(latent + lift)[counted] - without).mean()
        return with_lift

    low, high = -4.0, 4.0
    for _ in range(_EXACT_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if reached(middle) < effect else (low, middle)
    return min((low, high), key=lambda lift: abs(reached(lift) - effect))
