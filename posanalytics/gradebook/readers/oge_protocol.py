"""ОГЭ and ЕГЭ: the regional «Протокол проверки результатов» with names (FORMATS.md 5.3).

A report writer prints it: empty columns between the others, one block per subject down the sheet.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.cells import EMPTY, Cell
from posanalytics.gradebook.exam_captions import Exam, exam_of, label_around, label_of
from posanalytics.gradebook.findings import Findings, place, quoted
from posanalytics.gradebook.footers import compared, printed
from posanalytics.gradebook.headers import is_footer, is_person
from posanalytics.gradebook.participants import TOTAL, mark_level, mark_order, score_cell
from posanalytics.gradebook.reading import Hints, Reading, Score
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.walk import walked

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Sheet
    from posanalytics.gradebook.findings import Where

FORMAT = "oge_protocol"

_COLUMN_WORDS = {
    "surname": r"фамилия",
    "given": r"имя",
    "patronymic": r"отчество",
    "class": r"класс",
    "short": r"задания\s+с\s+кратким\s+ответом",
    "long": r"задания\s+с\s+разв[её]рнутым\s+ответом",
    "oral": r"устная\s+часть",
    TOTAL: r"первичный\s+балл",
    "mark": r"оценка|отметка",
    "hundred": r"(?:тестовый\s+)?балл|тестовый\s+балл",
}
_COLUMNS = {name: re.compile(words, re.IGNORECASE) for name, words in _COLUMN_WORDS.items()}
_SERVICE = re.compile(r"№(?:\s*п\s*/?\s*п)?|код\s+(?:оо|ппэ|мсу).*|аудитория", re.IGNORECASE)
_EXAM = re.compile(r"(?<![А-Яа-яЁё])(ОГЭ|ЕГЭ|ГВЭ)(?![А-Яа-яЁё])")
_SHORT = re.compile(r"[-–+\dXxХх]+")
_LONG = re.compile(r"(?:(?:\d{1,2}|[XxХх])\(\d{1,2}\)\s*)+")
_LONG_TASK = re.compile(r"(\d{1,2}|[XxХх])\((\d{1,2})\)")
_NOT_TRIED = frozenset("XxХх")
_ANY = "ГИА"  # государственная итоговая аттестация: true of ОГЭ, ЕГЭ and ГВЭ alike


class _Block(NamedTuple):
    """One subject: its header, the columns with where each of them ends, and the findings."""

    sheet: Sheet
    header: int
    columns: dict[str, range]
    findings: Findings

    def cell(self, row: int, name: str) -> Cell:
        """Return the first filled cell below a header that is wider than its column."""
        cells = (self.sheet.at(row, at) for at in self.columns.get(name, ()))
        return next((cell for cell in cells if cell.kind != "empty" and not cell.covered), EMPTY)

    def place(self, row: int, name: str) -> Where:
        """Return where that cell is."""
        span = self.columns.get(name, range(1))
        filled = (at for at in span if self.sheet.at(row, at).kind != "empty")
        return place(self.sheet, row, next(filled, span.start))


class _Part(NamedTuple):
    """One task that a string of points tells: its name, the points, the most points."""

    name: str
    points: float | None
    maximum: float | None


def recognise(book: Book) -> Match:
    """Return how surely the book is a protocol of ОГЭ or ЕГЭ."""
    found = any(_columns(sheet, row) for sheet in book.sheets for row in range(len(sheet.rows)))
    return seen(0.98, "names_in_columns", "answers_in_strings") if found else NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the points and the mark of every participant in every subject."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        headers = [row for row in range(len(sheet.rows)) if _columns(sheet, row)]
        titles = 0
        for row, after in pairwise([*headers, len(sheet.rows)]):
            block = _Block(sheet, row, _columns(sheet, row), findings)
            names = (sheet.name, book.name)
            above = range(titles, row)
            exam = exam_of(sheet, above, names=names, hints=hints, findings=findings)
            instrument = _instrument(sheet, range(row), names)
            rows = range(row + 1, after)
            titles = _end(block, rows)
            _note_columns(block, range(row + 1, titles))
            if exam:
                reading.scores.extend(
                    _scores(block, range(row + 1, titles), exam, instrument, hints)
                )
        return bool(headers)

    return walked(book, FORMAT, read_sheet, name=name, without_table="note")


def _columns(sheet: Sheet, row: int) -> dict[str, range]:
    """Return the known columns of a header row, each up to the next header; nothing if none."""
    headers = [(at, cell.text) for at, cell in sheet.filled(row) if not cell.covered]
    # The width of the sheet is looked up for headers only: for every row it would take minutes.
    if not any(_COLUMNS["surname"].fullmatch(text) for _, text in headers):
        return {}
    ends = [*(at for at, _ in headers), max(map(len, sheet.rows))][1:]
    found: dict[str, range] = {}
    for (at, text), end in zip(headers, ends, strict=True):
        for name, pattern in _COLUMNS.items():
            if pattern.fullmatch(text):
                found.setdefault(name, range(at, end))
    return found if {"surname", "given", "short", TOTAL} <= found.keys() else {}


def _instrument(sheet: Sheet, rows: range, names: tuple[str, ...]) -> str:
    texts = [cell.text for row in rows for _, cell in sheet.filled(row)]
    found = {match for text in (*texts, *names) for match in _EXAM.findall(text)}
    return str(found.pop()) if len(found) == 1 else _ANY


def _end(block: _Block, rows: range) -> int:
    """Return where the participants end; behind them come averages and the next titles."""
    named = [row for row in rows if is_person(_name(block, row))]
    footers = [row for row in rows if is_footer(block.sheet.first_filled(row)[1].text)]
    return max([*named, *footers], default=block.header) + 1


def _name(block: _Block, row: int) -> str:
    parts = (block.cell(row, name).text for name in ("surname", "given", "patronymic"))
    return " ".join(filter(None, parts))


def _scores(block: _Block, rows: range, exam: Exam, instrument: str, hints: Hints) -> list[Score]:
    scores = []
    around = (
        None if any(block.cell(row, "class").text for row in rows) else label_around(exam, hints)
    )
    for row in rows:
        if is_person(_name(block, row)):
            scores.extend(_participant(block, row, exam, instrument, around))
            continue
        at, cell = block.sheet.first_filled(row)
        if cell.kind != "empty":
            key = "footer_unchecked" if is_footer(cell.text) else "other_row"
            block.findings.add("note", key, place(block.sheet, row, at))
    return scores


def _participant(
    block: _Block, row: int, exam: Exam, instrument: str, around: str | None
) -> list[Score]:
    where = block.place(row, "surname")
    label = around or label_of(block.cell(row, "class").text, exam)
    if label is None:
        block.findings.add("error", "no_class_row", where)
        return []
    shown = block.cell(row, TOTAL)
    told = printed(shown)
    if told is None:
        if shown.kind == "empty":
            block.findings.add("note", "not_written", where)
        else:
            token = quoted(shown)
            block.findings.add("warning", "unknown_points", block.place(row, TOTAL), token=token)
        return []
    parts = _parts(block, row)
    _check(block, row, parts)
    level = mark_level(block.cell(row, "mark"), block.place(row, "mark"), block.findings)
    total = Score(
        pupil=_name(block, row),
        class_label=label,
        school_year=exam.school_year,
        instrument=instrument,
        version="",
        subject=exam.subject,
        scale=TOTAL,
        date=exam.day,
        term=None,
        raw=told.value,
        maximum=exam.maximum,
        level=level,
        journal_mark=None,
        cell=score_cell(where),
        level_order=mark_order(level),
    )
    blank = total._replace(level="", level_order=0)
    tasks = [
        blank._replace(scale=part.name, raw=part.points, maximum=part.maximum)
        for part in parts or ()
    ]
    hundred = printed(block.cell(row, "hundred"))
    if hundred:
        tasks.append(blank._replace(scale="test", raw=hundred.value, maximum=100.0))
    return [total, *tasks]


def _parts(block: _Block, row: int) -> list[_Part] | None:
    """Return the tasks that the strings of a row tell, None where a string is not understood."""
    parts: list[_Part] = []
    for name, spell in (("short", _short_tasks), ("long", _long_tasks), ("oral", _long_tasks)):
        cell = block.cell(row, name)
        if cell.kind == "empty":
            continue
        found = spell(cell.text, name)
        if not found:
            where = block.place(row, name)
            block.findings.add("warning", "unknown_answers", where, token=quoted(cell))
            return None
        parts += found
    return parts


def _short_tasks(text: str, _: str) -> list[_Part]:
    """Return the tasks of a string with one sign per task.

    >>> [part.points for part in _short_tasks("+-2X", "short")]
    [1.0, 0.0, 2.0, None]
    """
    clean = text.replace(" ", "")
    if not _SHORT.fullmatch(clean):
        return []
    return [_Part(f"кратк. {n}", _sign(sign), None) for n, sign in enumerate(clean, 1)]


def _sign(sign: str) -> float | None:
    if sign in _NOT_TRIED:
        return None
    return float(sign) if sign.isdigit() else float(sign == "+")


def _long_tasks(text: str, name: str) -> list[_Part]:
    """Return the tasks of a string that gives points and, in brackets, the most points.

    >>> [part[1:] for part in _long_tasks("1(2)X(3)", "long")]
    [(1.0, 2.0), (None, 3.0)]
    """
    clean = text.replace(" ", "")
    if not _LONG.fullmatch(clean):
        return []
    title = {"long": "разв.", "oral": "устн."}[name]
    return [
        _Part(f"{title} {n}", None if got in _NOT_TRIED else float(got), float(most))
        for n, (got, most) in enumerate(_LONG_TASK.findall(clean), 1)
    ]


def _check(block: _Block, row: int, parts: list[_Part] | None) -> None:
    """Compare the primary score with the sum of the tasks."""
    told = printed(block.cell(row, TOTAL))
    total = sum(part.points or 0.0 for part in parts or ())
    if parts and told and not told.agrees(total):
        token = compared(told, total)
        block.findings.add("warning", "points_mismatch", block.place(row, TOTAL), token=token)
    for part in parts or ():
        if part.maximum is not None and part.points is not None and part.points > part.maximum:
            where = block.place(row, "long")
            token = f"{part.points:.0f}({part.maximum:.0f})"
            block.findings.add("warning", "too_many_points", where, token=token)


def _note_columns(block: _Block, rows: range) -> None:
    """Name the headers whose columns are not used; numbers of places and rooms need no word."""
    known = {at for span in block.columns.values() for at in span}
    for at, cell in block.sheet.filled(block.header):
        if at in known or cell.covered or _SERVICE.fullmatch(cell.text):
            continue
        if any(block.sheet.at(row, at).kind != "empty" for row in rows):
            where = place(block.sheet, block.header, at)
            block.findings.add("note", "unused_column", where, title=cell.text)
