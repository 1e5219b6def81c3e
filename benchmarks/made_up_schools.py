"""Made-up schools in which the truth is known: nine worlds for `calibration.py`.

A school has twelve classes a year of 15 to 30 pupils, four subjects and, where the design has an
archive, two earlier years. A mark before or after is 3.7 + class (SD .2) + pupil (.65) + pupil in
subject (.35) + work (.45), rounded to 2–5; after it also a class shock, half of it shared by the
subjects. The effect is added before rounding: a little of it is lost at the ceiling. Worlds:

    none        no class shock: pupils alone make class gains differ
    shocks      class shocks of .15 mark
    lone        shocks; this year has only the compared classes, all others joined the programme, so
                fewer than three controls cannot test the archive
    imbalance   shocks; innovative classes begin .25 mark lower for good; gains are not touched
    parallels   shocks; three parallels of four classes whose gains differ year after year (SD .1);
                the programme began in the lower ones, so the groups share parallels only in part
    unequal     innovative classes have shocks three times as large (.45)
    drift       this year's shocks are twice those of the archive (.30)
    lone-drift  drift, and nobody but the compared classes to see it by
    selected    shocks; the weakest classes of the year were chosen, and part of that was a bad term
                (.15)

In the first four all that the comparison assumes holds; each of the others breaks one assumption.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

HOLDING = ("none", "shocks", "lone", "imbalance")
WORLDS = (*HOLDING, "parallels", "unequal", "drift", "lone-drift", "selected")
YEAR, YEARS = "2025-26", ("2024-25", "2023-24")
SUBJECTS = ("Алгебра", "История", "Физика", "Химия")
A_YEAR, A_PARALLEL, LARGEST = 12, 4, 30
LETTERS = np.array(list("АБВГДЕЖЗИКЛМ"))


class Plan(NamedTuple):
    """How many classes are compared, how many earlier years are known, and the world around."""

    innovative: int
    control: int
    years: int
    world: str

    @property
    def compared(self):
        """How many classes stand on either side."""
        return self.innovative + self.control

    @property
    def this_year(self):
        """How many classes there are this year without those that joined the programme too."""
        return self.compared if self.world.startswith("lone") else A_YEAR

    @property
    def year_of_class(self):
        """Which year each class belongs to: 0 is this one, 1 the last."""
        return np.repeat(np.arange(self.years + 1), [self.this_year] + [A_YEAR] * self.years)

    @property
    def letters(self):
        """The letter of every class, each once a year."""
        places = np.arange(self.year_of_class.size)
        return LETTERS[places - np.searchsorted(self.year_of_class, self.year_of_class)]

    def __str__(self):
        """Return «2 v 4»."""
        return f"{self.innovative} v {self.control}"


class School(NamedTuple):
    """Marks before and after, classes × pupils × subjects, which pupils there are, and class names.

    The first classes are innovative, then control, then ordinary, then those of earlier years.
    """

    before: np.ndarray
    after: np.ndarray
    there: np.ndarray
    labels: np.ndarray


def schools(rng, count, plan, effect):
    """Yield made-up schools."""
    classes = plan.year_of_class.size
    ours = np.arange(classes) < plan.innovative
    sizes = rng.integers(15, LARGEST + 1, (count, classes))
    level = rng.normal(3.7, 0.2, (count, classes))
    shaken = _shocks(rng, count, classes) * _sizes_of_shocks(plan)[:, None]
    bad_term = np.zeros((count, classes))
    parallels = np.full((count, classes), 5)
    if plan.world == "parallels":
        parallels = _parallels(rng, count, plan)
        shaken += _usual_gains(rng, parallels)[..., None]
    if plan.world == "imbalance":
        level[:, ours] -= 0.25
    if plan.world == "selected":
        bad_term = rng.normal(0, 0.15, (count, classes))
        _weakest_first(level, bad_term, plan.compared)
    pupil = rng.normal(0, 0.65, (count, classes, LARGEST, 1))
    pupil = pupil + rng.normal(0, 0.35, (count, classes, LARGEST, len(SUBJECTS)))
    pupil += level[..., None, None]
    before = _marks(rng, pupil + bad_term[..., None, None])
    after = _marks(rng, pupil + (shaken + effect * ours[:, None])[:, :, None, :])
    labels = np.char.add(parallels.astype(str), plan.letters)
    yield from map(School, before, after, np.arange(LARGEST) < sizes[..., None], labels)


def _sizes_of_shocks(plan):
    size = np.full(plan.year_of_class.size, 0.0 if plan.world == "none" else 0.15)
    if plan.world == "unequal":
        size[: plan.innovative] *= 3
    if plan.world.endswith("drift"):
        size[: plan.this_year] *= 2
    return size


def _parallels(rng, count, plan):
    """Return the parallel of every class; this year's lower ones come first, more or less."""
    parallel = 5 + np.arange(A_YEAR) // A_PARALLEL
    order = np.argsort(parallel + rng.normal(0, 1, (count, A_YEAR)), axis=1)
    return np.hstack([parallel[order], np.tile(parallel, (count, plan.years))])


def _usual_gains(rng, parallels):
    """Return what a class of its parallel gains in any year."""
    usual = rng.normal(0, 0.1, (len(parallels), A_YEAR // A_PARALLEL))
    return np.take_along_axis(usual, parallels - 5, axis=1)


def _weakest_first(level, bad_term, compared):
    order = np.argsort((level + bad_term)[:, :compared], axis=1)
    for values in (level, bad_term):
        values[:, :compared] = np.take_along_axis(values[:, :compared], order, axis=1)


def _shocks(rng, count, classes):
    shared = rng.normal(0, math.sqrt(0.5), (count, classes, 1))
    return shared + rng.normal(0, math.sqrt(0.5), (count, classes, len(SUBJECTS)))


def _marks(rng, level):
    return np.clip(np.rint(level + rng.normal(0, 0.45, level.shape)), 2, 5)
