"""Class matrices that people make by hand: a workbook with footers and a cp1251 table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from posanalytics.demo.latent import SUBJECTS
from posanalytics.demo.netschool import hundredths, listed, mark_text, subject_titles
from posanalytics.demo.school import ASSESSED, NOT_ASSESSED
from posanalytics.demo.xlsx import Page, Written, workbook
from posanalytics.gradebook.cells import column_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posanalytics.demo.netschool import Manner
    from posanalytics.demo.people import Person
    from posanalytics.demo.school import Room
    from posanalytics.demo.xlsx import Value

# Weights of СОУ by Simonov; «н/а» counts 7 (DOMAIN.md 1.1).
_SOU = {5: 100, 4: 64, 3: 36, 2: 16}
_SOU_NOT_ASSESSED = 7
_GOOD, _PASSED = 4, 3
_LAST_HEADING = "Ср. балл"


def matrix_xlsx(room: Room, names: Sequence[Person], *, school: str, manner: Manner) -> bytes:
    """Return a workbook with a sheet per quarter: title rows, class list, averages, footers."""
    return workbook([_page(room, names, term, school, manner) for term in range(room.terms)])


def _page(room: Room, names: Sequence[Person], term: int, school: str, manner: Manner) -> Page:
    titles = subject_titles(room.label, short=manner.short)
    first = int(room.year[:4])
    quarter = f"{term + 1} четверть"
    title = f"Итоги успеваемости {room.label} класса за {quarter} {first}/{first + 1} учебного года"
    width = len(titles) + 3
    head = ["№", "Фамилия, имя", *titles, _LAST_HEADING]
    pupils = [
        [number, name, *_marks(room, row, term), _row_mean(room, row, term)]
        for number, (row, name) in enumerate(_on_the_list(room, names, term, manner), 1)
    ]
    rows: list[list[Value | Written]] = [
        [Written(school, "bold")],
        [Written(title, "bold")],
        [],
        [Written(text, "bold") for text in head],
        *pupils,
        *_footers(room, term),
    ]
    last = column_name(width - 1)
    return Page(quarter, rows, (f"A1:{last}1", f"A2:{last}2"))


def _on_the_list(
    room: Room, names: Sequence[Person], term: int, manner: Manner
) -> list[tuple[int, str]]:
    """Return the pupils that a list drawn up at the end of the quarter holds.

    Those who left in this quarter still stand in it, without marks and with the day; those who
    left earlier or have not come yet do not.
    """
    present = room.enrolment.present
    found = []
    for row, name in listed(room, names, manner):
        if present[row, term]:
            found.append((row, name.partition(" (")[0]))
        elif room.left_after(row) == term - 1:
            found.append((row, name))
    return found


def _marks(room: Room, row: int, term: int) -> list[Value | Written]:
    texts = (mark_text(room, row, subject, term) for subject in range(len(SUBJECTS)))
    return [int(text) if text.isdigit() else (text or None) for text in texts]


def _row_mean(room: Room, row: int, term: int) -> Value | Written:
    own = room.status[row, :, term] == ASSESSED
    if not own.any():
        return None
    return Written(hundredths(int(room.marks[row, own, term].sum()), int(own.sum())) / 100, "two")


def _footers(room: Room, term: int) -> list[list[Value | Written]]:
    """Return the four lines under the list, each from the formulas of Сетевой город."""
    columns = [_indicators(room, subject, term) for subject in range(len(SUBJECTS))]
    captions = ("Средний балл", "Качество знаний, %", "Успеваемость, %", "СОУ, %")
    return [
        [None, Written(caption, "bold"), *(column[place] for column in columns)]
        for place, caption in enumerate(captions)
    ]


def _indicators(room: Room, subject: int, term: int) -> tuple[Written, ...]:
    """Return mean, quality, success and СОУ of a subject: «н/а» is in N, «осв» is not."""
    status = room.status[:, subject, term]
    marks = room.marks[status == ASSESSED, subject, term].astype(np.int64)
    not_assessed = int((status == NOT_ASSESSED).sum())
    everyone = len(marks) + not_assessed
    weights = sum(_SOU[mark] for mark in marks.tolist()) + _SOU_NOT_ASSESSED * not_assessed
    return (
        Written(hundredths(int(marks.sum()), len(marks)) / 100, "two"),
        Written(int((marks >= _GOOD).sum()) / everyone, "percent"),
        Written(int((marks >= _PASSED).sum()) / everyone, "percent"),
        Written(weights / everyone / 100, "percent"),
    )


def matrix_csv(room: Room, names: Sequence[Person], *, term: int, manner: Manner) -> bytes:
    """Return one quarter of a class as a table with semicolons in cp1251, as Excel saves it."""
    titles = subject_titles(room.label, short=manner.short)
    lines = [["№", "ФИО", *titles, _LAST_HEADING]]
    for number, (row, name) in enumerate(_on_the_list(room, names, term, manner), 1):
        marks = [mark_text(room, row, subject, term) for subject in range(len(SUBJECTS))]
        mean = _row_mean(room, row, term)
        average = f"{mean.value:.2f}".replace(".", ",") if isinstance(mean, Written) else ""
        lines.append([str(number), name, *marks, average])
    return "".join(";".join(line) + "\r\n" for line in lines).encode("cp1251")
