"""ВПР, form Ф1 «Индивидуальные результаты» of ФИС ОКО: points and journal marks (FORMATS.md 5.2).

Pupils stand there under codes; who a code is only the school's own list tells.
"""

from __future__ import annotations

import re
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from posanalytics import periods
from posanalytics.gradebook.captions import days_in
from posanalytics.gradebook.findings import Findings, Where, place, quoted
from posanalytics.gradebook.footers import compared, printed
from posanalytics.gradebook.reading import Hints, Reading, Score
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.walk import walked
from posanalytics.labels import class_label, subject_label

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Cell, Sheet

FORMAT = "vpr_f1"
INSTRUMENT = "ВПР"

_LAST_HEADER = 30
_TITLE = re.compile(r"ВПР\s+(20\d{2})\s*\.?\s+(.+?)\s+(\d{1,2})\s*класс", re.IGNORECASE)
_TASK = re.compile(r"\d+(?:[.,]\d+)?\s*(?:[КK]\d+)?\s*\((\d+)\s*б\.?\)", re.IGNORECASE)
_COUNT = re.compile(r"Кол-?во\s+участников\s*:?\s*(\d+)", re.IGNORECASE)
_NOTHING = frozenset({"", "-", "–", "—", "x", "х", "нет отметки"})
_ABSENT = re.compile(r"не\s+присутств|отсутств|не\s+участв", re.IGNORECASE)

_COLUMN_WORDS = {
    "code": r"код(?:\s+участника)?",
    "class": r"класс|наименование\s+класса",
    "version": r"вариант",
    "total": r"первичный\s+балл",
    "mark": r"отметка",
    "journal": r"отметка\s+по\s+журналу",
    "school": r"оо|логин(?:\s+оо)?",
    "district": r"муниципалитет",
    "school_name": r"название\s+оо",
}


_COLUMNS = {name: re.compile(words, re.IGNORECASE) for name, words in _COLUMN_WORDS.items()}


class _Header(NamedTuple):
    row: int
    columns: dict[str, int]
    tasks: dict[int, int]


class _Test(NamedTuple):
    """What the rows above the header say about the test."""

    subject: str
    school_year: str
    day: str | None
    maximum: float | None
    declared: int | None


def recognise(book: Book) -> Match:
    """Return how surely the book is a form Ф1."""
    if any(_header(sheet) for sheet in book.sheets):
        return seen(0.95, "participant_codes", "primary_score")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the points, the mark and the journal mark of every participant."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        header = _header(sheet)
        if header is None:
            return False
        test = _test(sheet, header, hints, findings)
        if test:
            reading.scores.extend(_scores(sheet, header, test, findings))
        return True

    return walked(book, FORMAT, read_sheet, name=name, without_table="note")


def _header(sheet: Sheet) -> _Header | None:
    for row in range(min(len(sheet.rows), _LAST_HEADER)):
        texts = {at: cell.text for at, cell in sheet.filled(row)}
        columns = _columns(texts) if any(map(_COLUMNS["code"].fullmatch, texts.values())) else {}
        if {"code", "total"} <= columns.keys():
            matches = {at: _TASK.fullmatch(text) for at, text in texts.items()}
            return _Header(row, columns, {at: int(m[1]) for at, m in matches.items() if m})
    return None


def _columns(texts: dict[int, str]) -> dict[str, int]:
    """Return the first column under each of the known headers."""
    columns: dict[str, int] = {}
    for at, text in texts.items():
        for name, pattern in _COLUMNS.items():
            if pattern.fullmatch(text):
                columns.setdefault(name, at)
    return columns


def _test(sheet: Sheet, header: _Header, hints: Hints, findings: Findings) -> _Test | None:
    lines = [[cell for _, cell in sheet.filled(row)] for row in range(header.row)]
    text = "\n".join(cell.text for line in lines for cell in line)
    title = _TITLE.search(text)
    named = _after(lines, "предмет")
    subject = named.text if named else title[2] if title else ""
    if not subject:
        findings.add("error", "no_subject", Where(sheet.name))
        return None
    day = _day(_after(lines, "дата"))
    year = periods.school_year_of(day) if day else None
    if title and not year:
        # The title names the calendar year of the spring in which ВПР are written.
        year = f"{int(title[1]) - 1}-{int(title[1]) % 100:02d}"
    year = year or hints.school_year
    if year is None:
        findings.add("error", "no_school_year", Where(sheet.name))
        return None
    count = _COUNT.search(text)
    return _Test(
        subject_label(subject),
        year,
        day.isoformat() if day else None,
        _maximum(_after(lines, "максимальный"), header),
        int(count[1]) if count else None,
    )


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
    if isinstance(cell.value, date):
        return cell.value
    days = days_in(cell.text)
    return days[0] if days else None


def _maximum(cell: Cell | None, header: _Header) -> float | None:
    told = printed(cell) if cell else None
    if told:
        return told.value
    return float(sum(header.tasks.values())) or None


def _scores(sheet: Sheet, header: _Header, test: _Test, findings: Findings) -> list[Score]:
    scores = []
    _note_other_columns(sheet, header, findings)
    for row in range(header.row + 1, len(sheet.rows)):
        code = sheet.at(row, header.columns["code"])
        if not code.text.isdigit():
            at, cell = sheet.first_filled(row)
            if cell.kind != "empty":
                findings.add("note", "other_row", place(sheet, row, at))
            continue
        found = _score(sheet, header, test, findings, row)
        if found:
            scores.append(found)
    if test.declared is not None and test.declared != len(scores):
        findings.add(
            "warning", "declared_count", Where(sheet.name), told=test.declared, read=len(scores)
        )
    return scores


def _score(
    sheet: Sheet, header: _Header, test: _Test, findings: Findings, row: int
) -> Score | None:
    def cell(name: str) -> Cell:
        return sheet.at(row, header.columns[name]) if name in header.columns else sheet.at(-1, -1)

    total, label = cell("total"), class_label(cell("class").text)
    where = place(sheet, row, header.columns["code"])
    if label is None:
        findings.add("error", "no_class_row", where)
        return None
    if _ABSENT.search(cell("version").text) or total.text.casefold() in _NOTHING:
        findings.add("note", "not_written", where)
        return None
    points = printed(total)
    if points is None:
        findings.add("warning", "unknown_points", where, token=quoted(total))
        return None
    _check_tasks(sheet, header, row, findings)
    return Score(
        pupil=cell("code").text,
        class_label=label,
        school_year=test.school_year,
        instrument=INSTRUMENT,
        version=cell("version").text,
        subject=test.subject,
        scale="total",
        date=test.day,
        term=None,
        raw=points.value,
        maximum=test.maximum,
        level=_mark_text(cell("mark"), where, findings),
        journal_mark=_journal(cell("journal"), where, findings),
        cell=f"{sheet.name}!{where.cell}",
    )


def _mark_text(cell: Cell, where: Where, findings: Findings) -> str:
    if cell.text.casefold() in _NOTHING:
        return ""
    if cell.text not in {"2", "3", "4", "5"}:
        findings.add("warning", "unknown_mark", where, token=quoted(cell))
        return ""
    return cell.text


def _journal(cell: Cell, where: Where, findings: Findings) -> float | None:
    text = _mark_text(cell, where, findings)
    return float(text) if text else None


def _check_tasks(sheet: Sheet, header: _Header, row: int, findings: Findings) -> None:
    """Compare the primary score with the sum of the tasks; «X» is a task not tried."""
    told = printed(sheet.at(row, header.columns["total"]))
    total = 0.0
    for column, most in header.tasks.items():
        cell = sheet.at(row, column)
        points = printed(cell)
        if points is None and cell.text.casefold() not in _NOTHING | {"н/п"}:
            findings.add("warning", "unknown_points", place(sheet, row, column), token=quoted(cell))
            return
        if points and points.value > most:
            findings.add(
                "warning", "too_many_points", place(sheet, row, column), token=quoted(cell)
            )
            return
        total += points.value if points else 0.0
    if header.tasks and told and not told.agrees(total):
        where = place(sheet, row, header.columns["total"])
        findings.add("warning", "points_mismatch", where, token=compared(told, total))


def _note_other_columns(sheet: Sheet, header: _Header, findings: Findings) -> None:
    known = {*header.columns.values(), *header.tasks}
    rows = range(header.row + 1, len(sheet.rows))
    for column in range(max(len(line) for line in sheet.rows)):
        if column not in known and any(sheet.at(row, column).kind != "empty" for row in rows):
            title = sheet.at(header.row, column).text
            key = "other_column" if title else "nameless_column"
            findings.add("note", key, place(sheet, header.row, column), title=title)
