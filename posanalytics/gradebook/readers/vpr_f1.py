"""ВПР, form Ф1 «Индивидуальные результаты» of ФИС ОКО: points and journal marks (FORMATS.md 5.2).

Pupils stand there under codes; who a code is only the school's own list tells.
"""

from __future__ import annotations

import functools
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from posanalytics.gradebook.exam_captions import VPR, Exam, exam_of, label_around, label_of
from posanalytics.gradebook.findings import Findings, Where, quoted
from posanalytics.gradebook.footers import printed
from posanalytics.gradebook.participants import (
    TOTAL,
    Form,
    check_total,
    code_form,
    is_absent,
    is_code,
    mark_level,
    mark_order,
    note_other_columns,
    note_same_tasks,
    note_without_code,
    points_of,
    score_cell,
    tasks_of,
    with_tasks,
)
from posanalytics.gradebook.reading import Hints, Reading, Score
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.walk import walked

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Sheet

FORMAT = "vpr_f1"

_LAST_HEADER = 30
_NO_POINTS = frozenset({"", "-", "–", "—", "x", "х", "нет"})

_COLUMN_WORDS = {
    "code": r"код(?:\s+участника)?",
    "class": r"класс|наименование\s+класса",
    "version": r"вариант(?:\s*\(часть\s*1\))?",
    "version_2": r"вариант\s*\(часть\s*2\)",
    TOTAL: r"первичный\s+балл",
    "mark": r"отметка(?:\s+за\s+впр)?",
    "journal": r"отметка\s+(?:по|из)\s+журнал[уа]",
    "school": r"оо|логин(?:\s+оо)?",
    "district": r"муниципалитет",
    "school_name": r"название\s+оо",
}
_COLUMNS = {name: re.compile(words, re.IGNORECASE) for name, words in _COLUMN_WORDS.items()}


def recognise(book: Book) -> Match:
    """Return how surely the book is a form Ф1."""
    if any(_header(sheet, row) for sheet in book.sheets for row in range(_LAST_HEADER)):
        return seen(0.99, "participant_codes", "primary_score")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the points, the mark and the journal mark of every participant."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        headers = [row for row in range(len(sheet.rows)) if _header(sheet, row)]
        exam, titles = None, 0
        for row, after in pairwise([*headers, len(sheet.rows)]):
            form = _form(sheet, row, findings)
            above = range(titles, row)
            titles = _end(form, after) if after < len(sheet.rows) else after
            # A header without titles above it is the next printed page of the same test.
            if exam is None or any(True for line in above for _ in sheet.filled(line)):
                names = (sheet.name, book.name)
                exam = exam_of(sheet, above, names=names, hints=hints, findings=findings)
            if exam:
                scores = _scores(form, range(row + 1, titles), exam, hints)
                reading.scores.extend(scores)
        return bool(headers)

    return walked(book, FORMAT, read_sheet, name=name, without_table="note")


def _header(sheet: Sheet, row: int) -> dict[str, int]:
    """Return the known columns of a header row, nothing where the row is none."""
    columns: dict[str, int] = {}
    for at, cell in sheet.filled(row):
        for name in _meanings(cell.text):
            columns.setdefault(name, at)
    return columns if {"code", TOTAL} <= columns.keys() else {}


@functools.lru_cache(maxsize=4096)
def _meanings(text: str) -> tuple[str, ...]:
    return tuple(name for name, pattern in _COLUMNS.items() if pattern.fullmatch(text))


def _form(sheet: Sheet, row: int, findings: Findings) -> Form:
    headers = ((at, cell.text) for at, cell in sheet.filled(row) if not cell.covered)
    return Form(sheet, row, _header(sheet, row), tasks_of(headers), findings)


def _end(form: Form, after: int) -> int:
    """Return where the participants of one header end and the titles of the next begin."""
    coded = [row for row in range(form.header + 1, after) if is_code(form.cell(row, "code"))]
    return max(coded, default=form.header) + 1


def _scores(form: Form, rows: range, exam: Exam, hints: Hints) -> list[Score]:
    scores = []
    note_same_tasks(form)
    note_other_columns(form, rows)
    written = 0
    around = label_around(exam, hints) if form.is_silent("class", rows) else None
    for row in rows:
        if is_code(form.cell(row, "code")):
            found = _participant(form, row, exam, around)
            written += bool(found)
            scores.extend(found)
        else:
            note_without_code(form, row)
    if exam.declared is not None and exam.declared != written:
        where = Where(form.sheet.name)
        form.findings.add("warning", "declared_count", where, told=exam.declared, read=written)
    return scores


def _participant(form: Form, row: int, exam: Exam, around: str | None) -> list[Score]:
    total = form.cell(row, TOTAL)
    where = form.place(row, "code")
    label = around or label_of(form.cell(row, "class").text, exam)
    if label is None:
        form.findings.add("error", "no_class_row", where)
        return []
    if is_absent(form.cell(row, "version")) or total.text.casefold() in _NO_POINTS:
        form.findings.add("note", "not_written", where)
        return []
    reached = printed(total)
    if reached is None:
        form.findings.add("warning", "unknown_points", where, token=quoted(total))
        return []
    points = points_of(form, row)
    check_total(form, row, points)
    level = mark_level(form.cell(row, "mark"), where, form.findings)
    journal = mark_level(form.cell(row, "journal"), where, form.findings)
    versions = (form.cell(row, name).text for name in ("version", "version_2"))
    score = Score(
        pupil="",
        class_label=label,
        school_year=exam.school_year,
        instrument=VPR,
        version="; ".join(filter(None, versions)),
        subject=exam.subject,
        scale=TOTAL,
        date=exam.day,
        term=None,
        raw=reached.value,
        maximum=exam.maximum or form.maximum,
        level=level,
        journal_mark=float(journal) if journal else None,
        cell=score_cell(where),
        code=code_form(form.cell(row, "code").text),
        level_order=mark_order(level),
    )
    return with_tasks(form, row, score, points)
