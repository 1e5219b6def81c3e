"""«Ф1 Индивидуальные результаты» of a ВПР: points by task, mark, and the gradebook's mark."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.demo.latent import SUBJECTS
from posanalytics.demo.school import ASSESSED
from posanalytics.demo.xlsx import Page, Written, workbook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posanalytics.demo.dice import Dice
    from posanalytics.demo.school import Room
    from posanalytics.demo.xlsx import Value

PARALLEL = 6
YEAR = "2024-25"
_QUARTER_BEFORE = 2
_LOGIN = "edu000000"
_DISTRICT = "Примерский район"
_ABSENT = 0.06
_SKIPPED = ("Х", "X")
_FIRST_CODE = 60001
_BEFORE_TASKS = 6


class Work(NamedTuple):
    """One test: its subject, day, tasks with points, and the lowest points for 3, 4 and 5."""

    subject: str
    day: date
    tasks: tuple[tuple[str, int], ...]
    bounds: tuple[int, int, int]

    @property
    def maximum(self) -> int:
        """Return the points that could be reached."""
        return sum(points for _, points in self.tasks)


WORKS = (
    Work(
        "Математика",
        date(2025, 4, 15),
        tuple((str(task), 2 if task in {9, 11, 13} else 1) for task in range(1, 14)),
        (6, 10, 14),
    ),
    Work(
        "Русский язык",
        date(2025, 4, 17),
        tuple(
            zip(
                ("1К1", "1К2", "1К3", "2К1", "2К2", "3.1", "3.2", "4", "5", "6", "7.1", "7.2", "8"),
                (4, 3, 2, 3, 3, 1, 1, 2, 2, 2, 1, 1, 3),
                strict=True,
            )
        ),
        (12, 18, 24),
    ),
)


def f1(dice: Dice, rooms: Sequence[Room], work: Work, *, school: str) -> bytes:
    """Return the workbook of one test in one parallel; pupils are codes, not names."""
    entered = [
        (room, row)
        for room in rooms
        for row in range(len(room.pupils))
        if room.enrolment.present[row, -1]
    ]
    lines = [
        # A pupil keeps the code in every test of the spring, whoever is absent.
        [_LOGIN, _DISTRICT, school, code, *_pupil(dice, room, row, work)]
        for code, (room, row) in enumerate(entered, _FIRST_CODE)
        if not dice.chance(_ABSENT)
    ]
    year = int(YEAR[:4]) + 1
    head = ["ОО", "Муниципалитет", "Название ОО", "Код участника", "Класс", "Вариант"]
    head += [f"{task} ({points}б)" for task, points in work.tasks]
    head += ["Первичный балл", "Отметка", "Отметка по журналу"]
    hard = ["Б" if points == 1 else "П" for _, points in work.tasks]
    rows: list[list[Value | Written]] = [
        [Written(f"ВПР {year} {work.subject} {PARALLEL} класс", "bold")],
        ["Предмет:", work.subject],
        ["Максимальный первичный балл:", work.maximum],
        ["Дата:", Written(work.day, "date")],
        ["Индивидуальные результаты"],
        [f"{school} ({_LOGIN}) | Кол-во участников: {len(lines)}"],
        [*[None] * _BEFORE_TASKS, *hard],
        list(head),
        *lines,
    ]
    return workbook([Page("Ф1 Индивидуальные результаты", rows)])


def _pupil(dice: Dice, room: Room, row: int, work: Work) -> list[Value | Written]:
    """Return class, variant, points by task, their sum, the mark and the gradebook's mark."""
    subject = SUBJECTS.index(work.subject)
    # From 2 to 5 on the mark scale to a share of points: a 3.5 reaches about half of them.
    ready = min(max((float(room.latent[row, subject, _QUARTER_BEFORE]) - 1.8) / 3.4, 0.05), 0.97)
    points = [sum(dice.chance(ready) for _ in range(most)) for _, most in work.tasks]
    total = sum(points)
    shown = [
        dice.pick(_SKIPPED) if reached == 0 and dice.chance(0.25) else reached for reached in points
    ]
    mark = 2 + sum(total >= bound for bound in work.bounds)
    assessed = room.status[row, subject, _QUARTER_BEFORE] == ASSESSED
    journal = int(room.marks[row, subject, _QUARTER_BEFORE]) if assessed else "Нет отметки"
    return [room.label, dice.whole(1, 2), *shown, total, mark, journal]
