"""ВПР «Протокол»: the form in which a school collects results, under codes (FORMATS.md 5.1).

Its headers change from year to year; classes may be numbers of lines on the sheet «Классы».
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.cells import EMPTY, Sheet
from posanalytics.gradebook.exam_captions import VPR, Exam, exam_of, label_around, label_of
from posanalytics.gradebook.findings import Findings, Where
from posanalytics.gradebook.footers import printed
from posanalytics.gradebook.participants import (
    TOTAL,
    Form,
    Points,
    check_total,
    code_form,
    is_absent,
    is_code,
    mark_level,
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
    from posanalytics.gradebook.cells import Book

FORMAT = "vpr_protocol"

_LAST_HEADER = 30
_CLASSES = "классы"
_COLUMN_WORDS = {
    "code": r"код(?:\s+участника)?|code",
    "version": r"вариант.*|var-\d",
    "class_index": r"класс\s*№.*|порядковый\s+номер\s+класса.*",
    "class": r"класс|наименование\s+класса|klass",
    "before": r"отметка\s+за\s+предыдущ.*|otc",
    TOTAL: r"итого(?:\s+баллов)?|сумма(?:\s+баллов)?|sum",
    "processed": r"первичный\s+балл",
}
_COLUMNS = {name: re.compile(words, re.IGNORECASE) for name, words in _COLUMN_WORDS.items()}


class _Rows(NamedTuple):
    """The rows of one protocol by what they say: points, absence, or a code and nothing more."""

    form: Form
    versions: tuple[int, ...]
    written: dict[int, Points]
    absent: list[int]
    silent: list[int]

    @property
    def is_empty(self) -> bool:
        """Return whether nobody has filled the form in."""
        return not self.written and not self.absent

    def version(self, row: int) -> str:
        """Return the variants of a participant, one for each part of the test."""
        texts = (self.form.sheet.at(row, column).text for column in self.versions)
        return "; ".join(filter(None, texts))


class _Place(NamedTuple):
    """What is said around the rows: the test, its classes by number, the class of the file."""

    exam: Exam
    classes: dict[str, str]
    around: str | None


def recognise(book: Book) -> Match:
    """Return how surely the book is the form for collecting results."""
    if any(_header(sheet) is not None for sheet in book.sheets):
        return seen(0.98, "participant_codes", "variant_column")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the points of every participant, and the mark of the term before."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        header = _header(sheet)
        if header is None:
            return sheet.name.casefold().startswith(_CLASSES)
        rows = _rows(*_form(sheet, header, findings))
        if rows.is_empty:
            findings.add("error", "vpr_empty", Where(sheet.name))
            return True
        names = (sheet.name, book.name)
        exam = exam_of(sheet, range(header), names=names, hints=hints, findings=findings)
        if exam:
            around = _Place(exam, _classes(book, exam), label_around(exam, hints))
            reading.scores.extend(_scores(rows, around))
        return True

    return walked(book, FORMAT, read_sheet, name=name, without_table="note")


def _header(sheet: Sheet) -> int | None:
    """Return the row of the headers: codes and variants, and no processed results."""
    for row in range(min(len(sheet.rows), _LAST_HEADER)):
        known = {name for _, cell in sheet.filled(row) for name in _meanings(cell.text)}
        if {"code", "version"} <= known and "processed" not in known:
            return row
    return None


@functools.lru_cache(maxsize=4096)
def _meanings(text: str) -> tuple[str, ...]:
    return tuple(name for name, pattern in _COLUMNS.items() if pattern.fullmatch(text))


def _form(sheet: Sheet, header: int, findings: Findings) -> tuple[Form, tuple[int, ...]]:
    """Return the form, and the columns of all variants: they may stand between the tasks."""
    columns: dict[str, int] = {}
    versions = []
    headers = [(at, cell) for at, cell in sheet.filled(header) if not cell.covered]
    for at, cell in headers:
        for name in _meanings(cell.text):
            columns.setdefault(name, at)
            # Every column of a variant is known, not the first one only.
            if name == "version":
                versions.append(at)
                columns[f"version {at}"] = at
    tasks = tasks_of(((at, cell.text) for at, cell in headers), bare=True)
    return Form(sheet, header, columns, tasks, findings), tuple(versions)


def _classes(book: Book, exam: Exam) -> dict[str, str]:
    """Return class by number, as the sheet «Классы» lists them: numbered, or in their order."""
    found: dict[str, str] = {}
    for sheet in book.sheets:
        if sheet.name.casefold().startswith(_CLASSES):
            lines = [[cell for _, cell in sheet.filled(row)] for row in range(len(sheet.rows))]
            for cells in lines:
                label = label_of(cells[-1].text, exam) if cells else None
                if label:
                    number = cells[0].text if len(cells) > 1 else str(len(found) + 1)
                    found.setdefault(number.removesuffix("."), label)
    return found


def _rows(form: Form, versions: tuple[int, ...]) -> _Rows:
    """Return the rows of participants, each under what it says."""
    rows = _Rows(form, versions, {}, [], [])
    for row in range(form.header + 1, len(form.sheet.rows)):
        if not is_code(form.cell(row, "code")):
            note_without_code(form, row)
            continue
        if any(is_absent(form.sheet.at(row, column)) for column in versions):
            rows.absent.append(row)
            continue
        points = points_of(form, row)
        if points.reached or points.doubtful or printed(form.cell(row, TOTAL)):
            rows.written[row] = points
        else:
            rows.silent.append(row)
    return rows


def _scores(rows: _Rows, around: _Place) -> list[Score]:
    form = rows.form
    note_same_tasks(form)
    note_other_columns(form, range(form.header + 1, len(form.sheet.rows)))
    for row in [*rows.absent, *rows.silent]:
        form.findings.add("note", "not_written", form.place(row, "code"))
    return [
        score
        for row in rows.written
        for score in _participant(rows, row, around.exam, _label(rows, row, around))
    ]


def _participant(rows: _Rows, row: int, exam: Exam, label: str | None) -> list[Score]:
    if label is None:
        return []
    form, points = rows.form, rows.written[row]
    where = form.place(row, "code")
    before = mark_level(form.cell(row, "before"), form.place(row, "before"), form.findings)
    total = _total(form, row, points)
    score = Score(
        pupil="",
        class_label=label,
        school_year=exam.school_year,
        instrument=VPR,
        version=rows.version(row),
        subject=exam.subject,
        scale=TOTAL,
        date=exam.day,
        term=None,
        raw=total,
        maximum=form.maximum,
        level="",
        journal_mark=float(before) if before else None,
        cell=score_cell(where),
        code=code_form(form.cell(row, "code").text),
    )
    told = with_tasks(form, row, score, points)
    return told if total is not None else told[1:]


def _label(rows: _Rows, row: int, place: _Place) -> str | None:
    """Return the class: named, or found by its number; a number alone is no class."""
    form = rows.form
    column = "class_index" if "class_index" in form.columns else "class"
    text = form.cell(row, column).text
    if text in place.classes:
        return place.classes[text]
    # One number in the whole form is the one class that the file is called after.
    numbers = {form.cell(other, column).text for other in rows.written}
    around = place.around if len(numbers) == 1 else None
    named = label_of(text, place.exam)
    if column == "class_index" and not (named and not named.isdigit()):
        key, named = "class_index", around if around and not around.isdigit() else None
    else:
        key, named = "no_class_row", named if text else around
    if named is None:
        form.findings.add("error", key, form.place(row, column))
    return named


def _total(form: Form, row: int, points: Points) -> float | None:
    """Return the printed total, or the sum of the tasks where the formula left no number."""
    cell = form.cell(row, TOTAL)
    told = printed(cell) if cell is not EMPTY else None
    if told:
        check_total(form, row, points)
        return told.value
    if points.doubtful:
        return None
    if TOTAL in form.columns:
        form.findings.add("note", "total_computed", form.place(row, TOTAL))
    return points.total
