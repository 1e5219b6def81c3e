"""Current marks by date that lead to a pupil's term mark, with absences."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from posanalytics.demo.latent import SUBJECTS
from posanalytics.demo.school import ASSESSED, EXEMPT, NOT_ASSESSED
from posanalytics.demo.school_days import DATES, lesson_days
from posanalytics.scales import FIVE_POINT

if TYPE_CHECKING:
    from datetime import date

    from posanalytics.demo.dice import Dice
    from posanalytics.demo.school import Room

ABSENT = ("Б", "Б", "УП", "НП", "ОТ")
LATE, FREED = "ОП", "ОСВ"

_DAYS_WITH_MARKS = 22
_LESSONS_OF_A_SUBJECT = 11
_ABSENT_A_DAY = 0.03
_TWO_MARKS = 0.08
_LATE_TOO = 0.015
_FARTHEST_FROM_MARK = 0.4


class Entry(NamedTuple):
    """What stands in one cell of the journal: marks and an absence or status code."""

    marks: tuple[int, ...] = ()
    code: str = ""


class PupilJournal(NamedTuple):
    """One pupil's quarter: for every subject the cells by day."""

    row: int
    cells: tuple[dict[date, Entry], ...]

    def mean(self, subject: int) -> tuple[int, int]:
        """Return sum and number of the current marks in a subject."""
        marks = [mark for entry in self.cells[subject].values() for mark in entry.marks]
        return sum(marks), len(marks)


class Journal(NamedTuple):
    """A class in one quarter: the days with marks, and every pupil who was there."""

    term: int
    days: tuple[date, ...]
    pupils: tuple[PupilJournal, ...]


def journal(dice: Dice, room: Room, term: int) -> Journal:
    """Return current marks and absences of a class in a quarter (from 0)."""
    days = dice.some(lesson_days(*DATES[room.year][term]), _DAYS_WITH_MARKS)
    lessons = [dice.some(days, _LESSONS_OF_A_SUBJECT) for _ in SUBJECTS]
    pupils = (
        PupilJournal(row, tuple(_of_pupil(dice, room, row, term, lessons)))
        for row in range(len(room.pupils))
        if room.enrolment.present[row, term]
    )
    return Journal(term, tuple(days), tuple(pupils))


def _of_pupil(
    dice: Dice, room: Room, row: int, term: int, lessons: list[list[date]]
) -> list[dict[date, Entry]]:
    """Return the cells of one pupil, subject by subject."""
    days = sorted({day for dates in lessons for day in dates})
    away = {day: dice.pick(ABSENT) for day in days if dice.chance(_ABSENT_A_DAY)}
    cells = []
    for subject, dates in enumerate(lessons):
        status = room.status[row, subject, term]
        if status == EXEMPT:
            cells.append({day: Entry(code=FREED) for day in dates[::4]})
            continue
        if status == NOT_ASSESSED:
            cells.append({day: Entry(code=ABSENT[0]) for day in dates[1:]})
            continue
        mark, latent = int(room.marks[row, subject, term]), float(room.latent[row, subject, term])
        marks = current_marks(dice, mark, latent) if status == ASSESSED else [3]
        cells.append(_placed(dice, marks, dates, away))
    return cells


def current_marks(dice: Dice, mark: int, latent: float) -> list[int]:
    """Return current marks from 2 to 5 whose mean, rounded half up, is the term mark."""
    count = dice.whole(4, 7)
    near = min(max(latent, mark - _FARTHEST_FROM_MARK), mark + _FARTHEST_FROM_MARK)
    lowest, highest = -((1 - 2 * mark) * count // 2), ((2 * mark + 1) * count - 1) // 2
    worst, best = FIVE_POINT[0] * count, FIVE_POINT[-1] * count
    total = min(max(int(near * count + 0.5), lowest, worst), highest, best)
    marks = [total // count + (place < total % count) for place in range(count)]
    for _ in range(count // 2):
        up, down = dice.whole(0, count - 1), dice.whole(0, count - 1)
        if up != down and marks[up] < FIVE_POINT[-1] and marks[down] > FIVE_POINT[0]:
            marks[up] += 1
            marks[down] -= 1
    return dice.shuffled(marks)


def _placed(
    dice: Dice, marks: list[int], dates: list[date], away: dict[date, str]
) -> dict[date, Entry]:
    """Return the marks on days when the pupil was there, and the absences."""
    cells = {day: Entry(code=away[day]) for day in dates if day in away}
    free = [day for day in dates if day not in away]
    left = list(marks)
    for day in dice.some(free, len(marks)):
        together = 2 if len(left) > 1 and dice.chance(_TWO_MARKS) else 1
        if left:
            code = LATE if dice.chance(_LATE_TOO) else ""
            cells[day] = Entry(tuple(left[:together]), code)
            del left[:together]
    if left:
        # More marks than lessons: the rest stands beside the last one.
        day = max(cells) if not free else free[-1]
        cells[day] = Entry((*cells.get(day, Entry()).marks, *left), "")
    return cells
