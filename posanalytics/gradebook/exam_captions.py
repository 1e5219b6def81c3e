"""What stands around a table of test results: the test, its subject, its year and its day."""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from posanalytics import periods
from posanalytics.gradebook.captions import class_in, days_in, in_name, year_in
from posanalytics.gradebook.findings import Where
from posanalytics.labels import class_label, squeezed, subject_label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from posanalytics.gradebook.cells import Cell, Sheet
    from posanalytics.gradebook.findings import Findings
    from posanalytics.gradebook.reading import Hints

VPR = "ВПР"

_TITLE = re.compile(
    r"ВПР[\s_.-]+(20\d{2})\s*\.?[\s_-]+(.+?)[\s_-]+(\d{1,2})[\s_-]*кл", re.IGNORECASE
)
_CODED = re.compile(r"^\s*\d{1,2}\s*[-–—]\s*(\D{3,60}?)\s*20\d{2}\.\d{2}\.\d{2}", re.MULTILINE)
_SPRING = re.compile(r"(?<!\d)20\d{2}(?!\d)")
_BACKWARDS = re.compile(r"(?<!\d)(20\d{2})[.-](\d{1,2})[.-](\d{1,2})(?!\d)")
_COUNT = re.compile(r"Кол-?во\s+участников\s*:?\s*(\d+)", re.IGNORECASE)
_PARALLEL = re.compile(
    r"(?<!\d)(1[01]|[1-9])[\s_-]*(?:й|ый|ой)?[\s_-]*кл(?:асс|\b|_)", re.IGNORECASE
)
# Subjects of ВПР and ГИА: the longer name stands before the one that it contains.
_SUBJECTS = (
    "Русский язык", "Родной язык", "Английский язык", "Немецкий язык", "Французский язык",
    "Испанский язык", "Китайский язык", "Иностранный язык", "Литературное чтение", "Литература",
    "Окружающий мир", "Обществознание", "История", "География", "Биология", "Физика", "Химия",
    "Информатика", "Математика",
)  # fmt: skip


class Exam(NamedTuple):
    """What stands around a table about the test; class or parallel where they are named."""

    subject: str
    school_year: str
    day: str | None = None
    class_label: str = ""
    year_group: str = ""
    maximum: float | None = None
    declared: int | None = None


def subject_in(text: str) -> str | None:
    """Return the subject of a test that a free text or a file name names; never two at once.

    >>> subject_in("ВПР_русский язык_7.xlsx"), subject_in("История и физика")
    ('Русский язык', None)
    """
    low = squeezed(text.replace("_", " ")).casefold().replace("ё", "е")
    found = []
    for subject in _SUBJECTS:
        if subject.casefold() in low:
            found.append(subject)
            low = low.replace(subject.casefold(), " ")
    return found[0] if len(found) == 1 else None


def exam_of(
    sheet: Sheet, rows: Iterable[int], *, names: Sequence[str], hints: Hints, findings: Findings
) -> Exam | None:
    """Return the test that titles, sheet and file name and then the hints describe.

    Names of sheets and files come in `names`, the nearer first. Where subject or school year are
    said nowhere, they become problems and there is no test.
    """
    lines = [[cell for _, cell in sheet.filled(row) if not cell.covered] for row in rows]
    text = "\n".join(cell.text for line in lines for cell in line)
    texts = [text, *names]
    title = next((match for match in map(_TITLE.search, texts) if match), None)
    day = _day(_after(lines, "дата")) or _day_in(text)
    subject = _subject(lines, title, texts) or hints.subject
    year = _year(day, title, texts) or hints.school_year
    for found, key in ((subject, "no_test_subject"), (year, "no_school_year")):
        if not found:
            findings.add("error", key, Where(sheet.name))
    if not subject or not year:
        return None
    return Exam(
        subject_label(subject),
        year,
        day.isoformat() if day else None,
        _class(text, names),
        title[3] if title else _parallel(texts),
        _number(_after(lines, "максимальный")),
        _declared(text),
    )


def label_of(text: str, exam: Exam) -> str | None:
    """Return the class that a cell names: 7А, or its letter alone where the parallel is known."""
    letter = text.strip("«»\"' ")
    if exam.year_group and len(letter) == 1 and letter.isalpha():
        return class_label(f"{exam.year_group}{letter}")
    return class_label(text)


def label_around(exam: Exam, hints: Hints) -> str | None:
    """Return the class of a table that names none in its rows: of titles, file, place, parallel."""
    return exam.class_label or hints.class_label or exam.year_group or None


def _class(text: str, names: Sequence[str]) -> str:
    """Return the class with a letter that the titles, or else the nearest name, tell."""
    found = (class_in(text), *(in_name(name).class_label for name in names))
    return next((label for label in found if label and not label.isdigit()), "")


def _subject(
    lines: list[list[Cell]], title: re.Match[str] | None, texts: Sequence[str]
) -> str | None:
    named = _after(lines, "предмет")
    if named:
        return named.text
    if title:
        return subject_in(title[2]) or title[2].replace("_", " ")
    coded = _CODED.search(texts[0])  # «12 - Обществознание 2026.05.22»
    if coded:
        return coded[1]
    return next((found for text in texts if (found := subject_in(text))), None)


def _year(day: date | None, title: re.Match[str] | None, texts: Sequence[str]) -> str | None:
    if day:
        return periods.school_year_of(day)
    if title:
        return _year_of_spring(title[1])
    for text in texts:
        spelled = year_in(text)
        if spelled:
            return spelled
        springs = set(_SPRING.findall(text.replace("_", " ")))
        if VPR in text.upper() and len(springs) == 1:
            return _year_of_spring(springs.pop())
    return None


def _year_of_spring(year: str) -> str:
    """Return the school year of a ВПР: its title names the calendar year of the spring."""
    return f"{int(year) - 1}-{int(year) % 100:02d}"


def _parallel(texts: Sequence[str]) -> str:
    return next((match[1] for match in map(_PARALLEL.search, texts) if match), "")


def _after(lines: list[list[Cell]], label: str) -> Cell | None:
    """Return the cell behind the first cell that starts with the label."""
    for line in lines:
        for cell, following in pairwise(line):
            if cell.text.casefold().startswith(label):
                return following
    return None


def _day(cell: Cell | None) -> date | None:
    if cell is None:
        return None
    return cell.value if isinstance(cell.value, date) else _day_in(cell.text)


def _day_in(text: str) -> date | None:
    """Return the only day that a text names, also one written 2026.05.22."""
    days = {*days_in(text)}
    for year, month, day in _BACKWARDS.findall(text):
        days |= {*days_in(f"{day}.{month}.{year}")}
    return days.pop() if len(days) == 1 else None


def _number(cell: Cell | None) -> float | None:
    if cell is None:
        return None
    try:
        return float(cell.text.replace(",", "."))
    except ValueError:
        return None


def _declared(text: str) -> int | None:
    count = _COUNT.search(text)
    return int(count[1]) if count else None
