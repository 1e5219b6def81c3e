"""Moodle, export of the grader report: points, per cent and letters of a course (FORMATS.md 6.1).

Headers come in the language of whoever exports; Russian and English ones are known.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.course_points import (
    LAST_HEADER,
    PERCENT,
    Participant,
    Table,
    Work,
    note_columns,
    points_in,
    read_table,
    table_of,
)
from posanalytics.gradebook.findings import Findings, place
from posanalytics.gradebook.participants import TOTAL
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.walk import walked

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Sheet
    from posanalytics.gradebook.reading import Hints, Reading

FORMAT = "moodle"
INSTRUMENT = "Moodle"

_COLUMN_WORDS = {
    "first": r"first\s*name|имя(?:\s*[/и]\s*отчество)?",
    "last": r"last\s*name|surname|фамилия(?:\s*\(отчество\))?",
    "group": r"groups?|группы?|участник\s+групп\w*",
    "department": r"department|отдел|подразделение|факультет",
    "cohort": r"cohort|глобальная\s+группа|когорта",
    "institution": r"institution|учреждение(?:\s*\(организация\))?|организация",
    "number": r"id\s*number|индивидуальный\s+номер|username|логин",
    "email": r"e-?mail(?:\s+address)?|адрес\s+электронной\s+почты|электронная\s+почта",
    "suspended": r"suspended|приостановлен\w*",
    "exported": (
        r"last\s+downloaded\s+from\s+this\s+course|"
        r"последн\w+\s+(?:загру\w+|выгру\w+|скач\w+)\s+(?:из|с)\s+(?:этого\s+)?курса"
    ),
}
_COLUMNS = {name: re.compile(words, re.IGNORECASE) for name, words in _COLUMN_WORDS.items()}
_CLASS_COLUMNS = ("group", "department", "cohort", "institution")
_SUFFIX = re.compile(
    r"(?P<title>.+?)\s*\((?:(?P<points>real|значение|балл\w*)|(?P<percent>percentage|процент\w*)|"
    r"(?P<level>letter|буква)|(?P<feedback>feedback|отзыв|комментари\w*))\)",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"course\s+total|итог(?:овая\s+оценка)?\s+(?:за|по)\s+курсу?|итог\s+курса", re.IGNORECASE
)
_SILENT = dict.fromkeys(("-", "–", "—"), "no_points")
_TRUE = frozenset({"1", "yes", "true", "да", "suspended", "истина"})
_SIGN = {"percent": ", %", "level": ", буква"}


class _Header(NamedTuple):
    row: int
    columns: dict[str, int]
    works: tuple[Work, ...]
    feedback: frozenset[int]
    rows: tuple[int, ...]


def recognise(book: Book) -> Match:
    """Return how surely the book is a grader report: a course total, suffixes, a download time."""
    headers = [header for sheet in book.sheets if (header := _header(sheet))]
    if not headers:
        return NO_MATCH
    return seen(0.95, "surname_and_name", "moodle_items")


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the results of every pupil in every work of the course."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        header = _header(sheet)
        if header is None:
            return False
        table = table_of(book, sheet, hints, findings, instrument=INSTRUMENT, silent=_SILENT)
        read_table(table, _participants(table, header), header.works, reading)
        _note_rest(table, header)
        return True

    return walked(book, FORMAT, read_sheet, name=name)


def _header(sheet: Sheet) -> _Header | None:
    for row in range(min(len(sheet.rows), LAST_HEADER)):
        texts = {at: cell.text for at, cell in sheet.filled(row)}
        columns = _columns(texts)
        if {"first", "last"} <= columns.keys():
            rows = tuple(r for r in range(row + 1, len(sheet.rows)) if any(sheet.filled(r)))
            header = _laid_out(sheet, row, texts, columns, rows)
            return header if _is_moodle(texts, columns) and header.works else None
    return None


def _columns(texts: dict[int, str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for at, text in texts.items():
        for name, pattern in _COLUMNS.items():
            if pattern.fullmatch(text):
                columns.setdefault(name, at)
    return columns


def _is_moodle(texts: dict[int, str], columns: dict[str, int]) -> bool:
    """Return whether it is Moodle's: a class table has surnames and names beside subjects too."""
    suffixed = any(
        match and not match["feedback"] for match in map(_SUFFIX.fullmatch, texts.values())
    )
    total = any(map(_TOTAL.fullmatch, texts.values()))
    return suffixed or "exported" in columns or (total and "email" in columns)


def _laid_out(
    sheet: Sheet, row: int, texts: dict[int, str], columns: dict[str, int], rows: tuple[int, ...]
) -> _Header:
    """Return the header; without suffixes, columns that hold only points are the works."""
    matches = {at: match for at, text in texts.items() if (match := _SUFFIX.fullmatch(text))}
    feedback = frozenset(at for at, match in matches.items() if match["feedback"])
    suffixed = matches.keys() - feedback
    if suffixed:
        works = [_work(at, matches[at]) for at in sorted(suffixed)]
    else:
        free = texts.keys() - set(columns.values()) - feedback
        works = [Work(at, _title(texts[at])) for at in sorted(free) if _pointed(sheet, at, rows)]
    return _Header(row, columns, tuple(works), feedback, rows)


def _work(column: int, match: re.Match[str]) -> Work:
    title = _title(match["title"])
    if match["percent"]:
        return Work(column, title + _SIGN["percent"], PERCENT, "percent")
    if match["level"]:
        return Work(column, title + _SIGN["level"], None, "level")
    return Work(column, title)


def _title(text: str) -> str:
    return TOTAL if _TOTAL.fullmatch(text) else text


def _pointed(sheet: Sheet, column: int, rows: tuple[int, ...]) -> bool:
    cells = [sheet.at(row, column) for row in rows]
    told = [cell for cell in cells if cell.text]
    return bool(told) and all(points_in(cell) or cell.text in _SILENT for cell in told)


def _participants(table: Table, header: _Header) -> list[Participant]:
    found = []
    for row in header.rows:
        last, first = (table.sheet.at(row, header.columns[part]) for part in ("last", "first"))
        where = place(table.sheet, row, header.columns["last"])
        if not last.text or not first.text:
            table.findings.add("warning", "nameless_row", where)
        elif _is_suspended(table.sheet, header, row):
            table.findings.add("note", "suspended", where)
        else:
            texts = _class_texts(table.sheet, header, row)
            name = f"{last.text} {first.text}"
            found.append(Participant(row, header.columns["last"], name, texts))
    return found


def _is_suspended(sheet: Sheet, header: _Header, row: int) -> bool:
    at = header.columns.get("suspended")
    return at is not None and sheet.at(row, at).text.casefold() in _TRUE


def _class_texts(sheet: Sheet, header: _Header, row: int) -> tuple[str, ...]:
    return tuple(
        sheet.at(row, header.columns[name]).text
        for name in _CLASS_COLUMNS
        if name in header.columns
    )


def _note_rest(table: Table, header: _Header) -> None:
    """Name what is not read: feedback, columns of other things, rows above the table."""
    for column in sorted(header.feedback):
        for row in header.rows:
            if table.sheet.at(row, column).text not in {"", *_SILENT}:
                table.findings.add("note", "feedback", place(table.sheet, row, column))
    works = {work.column for work in header.works}
    known = {*header.columns.values(), *header.feedback, *works}
    note_columns(table, header.row, header.rows, known)
    for row in range(header.row):
        for at, _ in table.sheet.filled(row):
            table.findings.add("note", "other_row", place(table.sheet, row, at))
