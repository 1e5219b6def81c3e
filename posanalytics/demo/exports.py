"""All exports of the made-up school: which class comes in which format, and under which name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.demo import matrix, netschool, vpr
from posanalytics.demo.dice import Dice
from posanalytics.demo.journal import journal
from posanalytics.demo.netschool import Manner
from posanalytics.demo.people import NAMESAKES_TOGETHER, people, teachers
from posanalytics.demo.plan_text import SCHOOL
from posanalytics.demo.school_days import THIS_YEAR
from posanalytics.labels import year_group

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from posanalytics.demo.people import Person
    from posanalytics.demo.school import Room, School

BY_HAND, AS_TABLE = "7А", "7В"

_JOURNALS, _VPR = 8, 9
# Habits of the office: the oldest archive was typed without «ё», some classes have short heads.
_WITHOUT_YO = "2023-24"
_SHORT_HEADS = ("6А", "8А", "9Б")
_WITH_NBSP = ("5Б", "6Б")


def exports(school: School) -> Iterator[tuple[str, bytes]]:
    """Return name and content of every file of data/raw, oldest year first."""
    names = people(school)
    heads = teachers(school)
    together = school.room(THIS_YEAR, NAMESAKES_TOGETHER).enrolment.stream
    dice = Dice(school.truth.seed, _JOURNALS)
    for room in school.rooms:
        manner = _manner(room, patronymic=room.enrolment.stream == together)
        folder = f"{room.year}/"
        for name, content in _of_class(room, names, heads[room.enrolment.stream], manner):
            yield folder + name, content
        if room.year == THIS_YEAR and room.label in school.truth.innovative:
            for name, content in _journals(dice, room, names, manner):
                yield folder + name, content
    yield from _tests(school)


def _manner(room: Room, *, patronymic: bool) -> Manner:
    archive = room.year != THIS_YEAR
    return Manner(
        patronymic=patronymic or (archive and room.label in _WITH_NBSP),
        yo=room.year != _WITHOUT_YO,
        nbsp=room.label in _WITH_NBSP,
        short=room.label in _SHORT_HEADS,
    )


def _of_class(
    room: Room, names: Sequence[Person], head: str, manner: Manner
) -> Iterator[tuple[str, bytes]]:
    """Return the term marks of a class in the format that its teacher prefers."""
    this_year = room.year == THIS_YEAR
    if this_year and room.label == BY_HAND:
        content = matrix.matrix_xlsx(room, names, school=SCHOOL, manner=manner)
        yield f"Итоги успеваемости {room.label}.xlsx", content
    elif this_year and room.label == AS_TABLE:
        for term in range(room.terms):
            content = matrix.matrix_csv(room, names, term=term, manner=manner)
            yield f"{room.label} {term + 1} четверть.csv", content
    else:
        content = netschool.summary(room, names, teacher=head, manner=manner)
        yield f"Сводная ведомость {room.label}.xls", content


def _journals(
    dice: Dice, room: Room, names: Sequence[Person], manner: Manner
) -> Iterator[tuple[str, bytes]]:
    """Return the current marks of a class, a file per quarter."""
    for term in range(room.terms):
        written = journal(dice, room, term)
        content = netschool.student_total(room, names, written, manner=manner)
        yield f"Отчет об успеваемости {room.label} {term + 1} четверть.xls", content


def _tests(school: School) -> Iterator[tuple[str, bytes]]:
    """Return the ВПР of the parallel that sat them, where the archive reaches so far."""
    rooms = [room for room in school.of_year(vpr.YEAR) if year_group(room.label) == vpr.PARALLEL]
    dice = Dice(school.truth.seed, _VPR)
    for work in vpr.WORKS if rooms else ():
        name = f"ВПР {int(vpr.YEAR[:4]) + 1} {work.subject} {vpr.PARALLEL} класс.xlsx"
        yield f"{vpr.YEAR}/{name}", vpr.f1(dice, rooms, work, school=SCHOOL)
