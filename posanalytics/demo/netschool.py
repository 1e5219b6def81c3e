"""Two reports of Сетевой город, HTML under the name .xls (FORMATS.md 1.1 and 1.5)."""

from __future__ import annotations

import itertools
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.demo.latent import SUBJECTS
from posanalytics.demo.school import (
    ASSESSED,
    EXAM,
    EXEMPT,
    FINAL,
    NOT_ASSESSED,
    YEAR,
)
from posanalytics.demo.school_days import DATES, LEFT_ON, QUARTERS
from posanalytics.labels import year_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from posanalytics.demo.journal import Entry, Journal, PupilJournal
    from posanalytics.demo.people import Person
    from posanalytics.demo.school import Room

ALGEBRA = "Алгебра"
_ALGEBRA_FROM = 7
_LEAVING_CLASS = 9
SHORT = {
    "Русский язык": "Рус. яз.",
    "Литература": "Лит.",
    "Иностранный язык": "Ин. яз.",
    "Математика": "Матем.",
    "Алгебра": "Алг.",
    "История": "Ист.",
    "География": "Геогр.",
    "Биология": "Биол.",
    "Физическая культура": "Физ-ра",
}
_MONTHS = (
    "Январь", "Февраль", "Март", "Апрель", "Май", "Июнь", "Июль", "Август", "Сентябрь",
    "Октябрь", "Ноябрь", "Декабрь",
)  # fmt: skip
_NAMES_OF_PERIODS = {
    **{number: f"{number + 1} четверть" for number in range(QUARTERS)},
    YEAR: "Годовая оценка",
    EXAM: "Экзаменационная оценка",
    FINAL: "Итоговая оценка",
}
_META = '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">'
# Сетевой город itself writes a Cyrillic «с» into the name of this class.
_AVERAGE_CLASS = "сell-num-2"
GAP = "&nbsp;"


class Manner(NamedTuple):
    """How one class's exports write names and subjects."""

    patronymic: bool = False
    yo: bool = True
    nbsp: bool = False
    short: bool = False


def subject_titles(label: str, *, short: bool = False) -> list[str]:
    """Return the subjects of a class as its gradebook calls them."""
    algebra = year_group(label) >= _ALGEBRA_FROM
    names = [ALGEBRA if algebra and name == "Математика" else name for name in SUBJECTS]
    return [SHORT[name] for name in names] if short else names


def mark_text(room: Room, row: int, subject: int, period: int) -> str:
    """Return what a gradebook prints for a mark: a digit, н/а, осв or nothing."""
    status = int(room.status[row, subject, period])
    if status == ASSESSED:
        return str(room.marks[row, subject, period])
    return {NOT_ASSESSED: "н/а", EXEMPT: "осв"}.get(status, "")


def listed(room: Room, names: Sequence[Person], manner: Manner) -> list[tuple[int, str]]:
    """Return row and printed name of every pupil, in the order of the alphabet."""
    rows = [(names[pupil], row) for row, pupil in enumerate(room.pupils)]
    rows.sort(key=lambda item: item[0].printed(patronymic=True, yo=False))
    return [(row, printed_name(room, row, person, manner)) for person, row in rows]


def printed_name(room: Room, row: int, person: Person, manner: Manner) -> str:
    """Return the name as this class's exports write it, with the day on which a pupil left."""
    name = person.printed(patronymic=manner.patronymic, yo=manner.yo, nbsp=manner.nbsp)
    last = room.left_after(row)
    if last is None:
        return name
    return f"{name} ({'выбыла' if person.girl else 'выбыл'} {LEFT_ON[last]})"


def summary(room: Room, names: Sequence[Person], *, teacher: str, manner: Manner) -> bytes:
    """Return «Сводная ведомость учёта успеваемости» of a class: all periods of the year."""
    periods = [*range(QUARTERS), YEAR]
    if year_group(room.label) == _LEAVING_CLASS:
        periods += [EXAM, FINAL]
    titles = subject_titles(room.label, short=manner.short)
    head = "".join(f"<th><i>{title}</i></th>" for title in titles)
    body = "".join(
        _block(room, number, row, name, periods)
        for number, (row, name) in enumerate(listed(room, names, manner), 1)
    )
    first = int(room.year[:4])
    facts = _facts(
        ("Учебный год:", f"{first}/{first + 1}"),
        ("Класс:", room.label.lower()),
        ("Классный руководитель:", teacher),
    )
    return _page(
        f"<h3>Сводная ведомость учёта успеваемости</h3>{facts}"
        '<table class="table-print-num">\n'
        f"<tr><th>№<br>п/п</th><th>ФИО<br>ученика</th><th>{GAP}</th>{head}"
        f"<th>Решение педсовета</th></tr>\n{body}</table>"
    )


def _block(room: Room, number: int, row: int, name: str, periods: Sequence[int]) -> str:
    """Return the rows of one pupil: a row per period, number and name over all of them."""
    span = f' rowspan="{len(periods)}"'
    lines = []
    for place, period in enumerate(periods):
        who = f'<td{span}>{number}</td><td class="cell-text"{span}>{_spaced(name)}</td>'
        marks = "".join(
            f"<td>{GAP}{mark_text(room, row, subject, period)}</td>"
            for subject in range(len(SUBJECTS))
        )
        decision = f"<td{span}>{GAP}</td>"
        lines.append(
            f'<tr>{who if place == 0 else ""}<td class="cell-text">{_NAMES_OF_PERIODS[period]}'
            f"</td>{marks}{decision if place == 0 else ''}</tr>\n"
        )
    return "".join(lines)


def student_total(
    room: Room, names: Sequence[Person], journal: Journal, *, manner: Manner
) -> bytes:
    """Return «Отчет об успеваемости и посещаемости ученика», one after another for a class."""
    begin, end = DATES[room.year][journal.term]
    first = int(room.year[:4])
    by_row = {one.row: one for one in journal.pupils}
    parts = []
    for row, name in listed(room, names, manner):
        if row not in by_row:
            continue
        facts = _facts(
            ("Учебный год:", f"{first}/{first + 1}"),
            ("Класс:", room.label.lower()),
            ("Период:", f"с {begin:%d.%m.%Y} по {end:%d.%m.%Y}"),
            ("Ученик:", name),
        )
        parts.append(facts + _grid(room.label, journal.days, by_row[row]))
    return _page("<h3>Отчет об успеваемости и посещаемости ученика</h3>\n" + "".join(parts))


def _grid(label: str, days: Sequence[date], of_pupil: PupilJournal) -> str:
    """Return the table of one pupil: subjects by days, months over the days."""
    months = "".join(
        f'<th colspan="{len(list(group))}">{_MONTHS[month - 1]}</th>'
        for month, group in itertools.groupby(days, key=lambda day: day.month)
    )
    numbers = "".join(f"<th>{day.day}</th>" for day in days)
    rows = "".join(
        f'<tr><td class="cell-text">{title}</td>'
        + "".join(f"<td>{_entry(of_pupil.cells[subject].get(day))}</td>" for day in days)
        + f'<td class="{_AVERAGE_CLASS}">{_average(*of_pupil.mean(subject))}</td></tr>\n'
        for subject, title in enumerate(subject_titles(label))
    )
    return (
        f'<table class="table-print">\n<tr><th rowspan="2">Предмет</th>{months}'
        f'<th rowspan="2">Средняя<br>оценка</th></tr>\n<tr>{numbers}</tr>\n{rows}</table>\n'
    )


def _entry(entry: Entry | None) -> str:
    return (
        GAP.join([*map(str, entry.marks), *([entry.code] if entry.code else [])]) if entry else GAP
    )


def hundredths(total: int, count: int) -> int:
    """Return a mean in hundredths, rounded half up in whole numbers.

    >>> hundredths(13, 3), hundredths(33, 8)
    (433, 413)
    """
    return (200 * total + count) // (2 * count)


def _average(total: int, count: int) -> str:
    """Return a mean with two decimals and a comma, or a gap where there are no marks."""
    if not count:
        return GAP
    whole, rest = divmod(hundredths(total, count), 100)
    return f"{whole},{rest:02d}"


def _facts(*pairs: tuple[str, str]) -> str:
    rows = "".join(f"<tr><td>{name}</td><td>{_spaced(value)}</td></tr>" for name, value in pairs)
    return f"<table>{rows}</table>\n"


def _spaced(text: str) -> str:
    return escape(text).replace("\u00a0", GAP)


def _page(body: str) -> bytes:
    return f"<html><head>{_META}</head><body>\n{body}\n</body></html>\n".encode()


def short_titles() -> Iterable[tuple[str, str]]:
    """Return every abbreviated subject with the name that the plan uses."""
    for name in SUBJECTS:
        yield SHORT[name], name
    yield SHORT[ALGEBRA], "Математика"
