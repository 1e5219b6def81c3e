"""The plan.yml of the made-up school, with Russian comments for whoever copies it."""

from __future__ import annotations

from importlib import resources
from string import Template
from typing import TYPE_CHECKING

import numpy as np

from posanalytics.demo.dice import Dice
from posanalytics.demo.latent import SUBJECTS
from posanalytics.demo.netschool import ALGEBRA, short_titles
from posanalytics.demo.people import new_names
from posanalytics.demo.school import ASSESSED, NEW_TEACHER_FROM, NEW_TEACHER_IN
from posanalytics.demo.school_days import DATES, THIS_YEAR
from posanalytics.labels import year_group
from posanalytics.periods import following_year
from posanalytics.wording import decimal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from posanalytics.demo.school import School

SCHOOL = "Примерская сельская школа (вымышленная)"

_TEAM = 7
_IDS = ("russian", "literature", "foreign", "math", "history", "geography", "biology", "physical")
_MEMBERS = 3


def plan_text(school: School) -> str:
    """Return plan.yml: the keys of the plan, each block under a comment."""
    template = Template(resources.files(__package__).joinpath("plan.yml").read_text("utf-8"))
    truth = school.truth
    return template.substitute(
        school=SCHOOL,
        seed=truth.seed,
        effect=decimal(truth.effect_asked),
        start=truth.start,
        innovative=", ".join(truth.innovative),
        control="\n".join(_control(school, label) for label in truth.control),
        event_class=NEW_TEACHER_IN,
        event_term=f"{THIS_YEAR}-Q{NEW_TEACHER_FROM + 1}",
        years="\n".join(_years(school)),
        composite=", ".join(SUBJECTS),
        outcomes="\n".join(_outcomes()),
        teams="\n".join(_teams(school)),
        subjects="\n".join(_subjects()),
    )


def _years(school: School) -> Iterable[str]:
    for year in sorted({room.year for room in school.rooms}):
        yield f"  {year}:"
        for number, (begin, end) in enumerate(DATES[year], 1):
            yield f"    Q{number}: [{begin}, {end}]"


def _control(school: School, label: str) -> str:
    """Return a control class with its step on the ladder and the reason for it."""
    parallel = year_group(label)
    twin = next((one for one in school.truth.innovative if year_group(one) == parallel), None)
    if twin is None:
        return f'    - {{class: {label}, ladder: K5, why: "другая параллель, те же предметы"}}'
    if parallel == min(year_group(room.label) for room in school.of_year(THIS_YEAR)):
        why = "та же параллель, те же учителя; по отметкам начальной школы классы близки"
        return f'    - {{class: {label}, ladder: K1, why: "{why}"}}'
    gap = decimal(abs(_last_year(school, label) - _last_year(school, twin)))
    why = (
        f"та же параллель, другие учителя; в {int(THIS_YEAR[:4]) - 1}/{THIS_YEAR[2:4]} году "
        f"средняя отметка отличалась от {twin} на {gap} балла"
    )
    return f'    - {{class: {label}, ladder: K2, why: "{why}"}}'


def _last_year(school: School, label: str) -> float:
    """Return the mean term mark that the class had in the school year before."""
    stream = school.room(THIS_YEAR, label).enrolment.stream
    before = following_year(THIS_YEAR, -1)
    room = next(one for one in school.of_year(before) if one.enrolment.stream == stream)
    return float(np.mean(room.marks[..., : room.terms][room.status[..., : room.terms] == ASSESSED]))


def _outcomes() -> Iterable[str]:
    for name, subject in zip(_IDS, SUBJECTS, strict=True):
        yield f"  - {{id: {name}, subject: {subject}, measure: term_mark, negligible: 0.10}}"


def _teams(school: School) -> Iterable[str]:
    names = new_names(Dice(school.truth.seed, _TEAM), _MEMBERS * len(school.truth.innovative))
    for number, label in enumerate(school.truth.innovative):
        members = ", ".join(names[number * _MEMBERS : (number + 1) * _MEMBERS])
        yield f"  - {{name: Команда {label}, members: [{members}], classes: [{label}]}}"


def _subjects() -> Iterable[str]:
    yield f"  {ALGEBRA}: Математика"
    for short, name in short_titles():
        yield f"  {short}: {name}"
