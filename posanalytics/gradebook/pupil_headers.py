"""Where tables of one pupil start, and what stands across: days, terms, or counts."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from posanalytics.gradebook import captions
from posanalytics.gradebook.headers import is_name_header, is_person, role_of
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.tokens import tokens

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Cell, Sheet

# What stands across: months over days, months a row above, dates, terms, terms with means or
# under several rows of captions, how many marks of each kind, how many missed lessons.
Shape = Literal["months", "months_above", "dates", "terms", "report", "counts", "misses"]

_SUBJECT_HEADER = re.compile(
    r"(?:учебн\w+\s+)?предмет\w*(?:\s*[/\\(].*|\s+учебн\w+\s+плана)?|дисциплин\w*|"
    r"(?:наименование|название)\s+(?:учебн\w+\s+)?предмет\w*",
    re.IGNORECASE,
)
_DAY_MONTH = re.compile(r"(\d{1,2})[./](\d{1,2})(?:[./](\d{2}|\d{4}))?")
_LABEL_ROW = re.compile(
    r"^[^:]{2,40}:\s*$|^(?:учебный год|класс|период|ученик\w*|уч-ся)\s*:", re.IGNORECASE
)
_LETTERS = re.compile(r"[^\W\d_]{3,}")
_REPORT_CARD = re.compile(r"\bтабел[ьяею]", re.IGNORECASE)
_MISSES = re.compile(r"болезн|по\s+бол|неуваж|уваж|без\s+причин|^[bun]$", re.IGNORECASE)
_COUNTED = re.compile(r"(?:.*[\s«\"])?([1-5])[»\"]?", re.IGNORECASE)
_SUBJECT_WITHIN = 3  # columns: before the subjects stands at most a number and a name
_MOST_HEADER_ROWS = 4
_LONGEST_TERM = 20  # letters: a longer text over a table is its title
_LAST_DAY = 31


class Header(NamedTuple):
    """Where a table starts: its subject column, its header rows, and what stands across."""

    titles: range
    rows: range
    body: range
    column: int
    shape: Shape


def headers_of(sheet: Sheet) -> list[Header]:
    """Return the tables of the sheet from top to bottom."""
    headers: list[Header] = []
    titles = 0
    for (row, column), (end, _) in pairwise([*_starts(sheet), (len(sheet.rows), 0)]):
        rows = _header_rows(sheet, row, column, end)
        body = _body(sheet, rows.stop, end)
        shape = _shape(sheet, range(titles, rows.start), rows, (row, column))
        headers.append(Header(range(titles, rows.start), rows, body, column, shape))
        titles = body.stop
    return headers


def _starts(sheet: Sheet) -> list[tuple[int, int]]:
    """Return row and subject column of every header, each once however many rows it has."""
    starts: list[tuple[int, int]] = []
    after = 0
    for row in range(len(sheet.rows)):
        start = _start(sheet, row) if row >= after else None
        if start:
            starts.append(start)
            after = _header_rows(sheet, *start, len(sheet.rows)).stop
    return starts


def _start(sheet: Sheet, row: int) -> tuple[int, int] | None:
    """Return row and subject column of a header, with or without the word «Предмет»."""
    if any(is_name_header(cell.text) for _, cell in sheet.filled(row)):
        return None  # a table of many pupils, not of one
    for column, cell in sheet.filled(row):
        if (
            column < _SUBJECT_WITHIN
            and not cell.covered
            and _SUBJECT_HEADER.fullmatch(cell.text)
            and any(at > column for at, _ in sheet.filled(row))
        ):
            return row, column
    return (row, 0) if _is_nameless(sheet, row) else None


def _is_nameless(sheet: Sheet, row: int) -> bool:
    """Return whether the row names lesson days right of an empty corner, over subjects."""
    days = [cell for _, cell in sheet.filled(row)]
    below = sheet.at(row + 1, 0)
    if sheet.at(row, 0).kind != "empty" or below.kind != "text" or len(days) < 2:  # noqa: PLR2004
        return False
    dated = sum(calendar_day(cell, None) is not None for cell in days)
    numbered = sum(_is_day(cell.text) for cell in days) if _has_months(sheet, row - 1, 0) else 0
    named = role_of(below.text) == "subject" and not is_person(below.text)
    return named and not below.text.endswith(":") and max(dated, numbered) >= 2  # noqa: PLR2004


def _is_day(text: str) -> bool:
    return text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= _LAST_DAY  # noqa: PLR2004


def _header_rows(sheet: Sheet, row: int, column: int, end: int) -> range:
    """Return the rows of the header: months and terms may stand above it, days below."""
    first = row
    while row - first < _MOST_HEADER_ROWS - 1 and _is_above(sheet, first - 1, column):
        first -= 1
    last = row + 1
    while last < min(row + _MOST_HEADER_ROWS, end) and _continues(sheet, row, last, column):
        last += 1
    return range(first, last)


def _is_above(sheet: Sheet, row: int, column: int) -> bool:
    """Return whether the row over a header names months or terms for its columns."""
    if _has_months(sheet, row, column):
        return True
    right = [cell.text for at, cell in sheet.filled(row) if at > column and not cell.covered]
    empty = all(sheet.at(row, at).kind == "empty" for at in range(column + 1))
    return empty and any(captions.period_of(text) and len(text) <= _LONGEST_TERM for text in right)


def _continues(sheet: Sheet, start: int, row: int, column: int) -> bool:
    """Return whether the header reaches into this row; a row of marks without a subject is none."""
    cell = sheet.at(row, column)
    if cell.covered or cell.kind != "empty":
        return cell.covered
    texts = [c.text for at, c in sheet.filled(row) if at > column and not c.covered]
    days = _has_months(sheet, start, column) and row == start + 1
    return _is_counts(set(texts)) or all(
        captions.period_of(text)
        or captions.month_number(text)
        or _is_words(text)
        or role_of(text) == "mean"
        or (days and _is_day(text))
        for text in texts
    )


def _is_words(text: str) -> bool:
    """Return whether a text is a caption and not a status such as «осв»."""
    told = tokens(text, grid="term")
    return bool(_LETTERS.search(text)) and any(token.kind == "unknown" for token in told)


def _has_months(sheet: Sheet, row: int, column: int) -> bool:
    return any(captions.month_number(c.text) for at, c in sheet.filled(row) if at > column)


def _body(sheet: Sheet, start: int, end: int) -> range:
    for row in range(start, end):
        _, cell = sheet.first_filled(row)
        if _LABEL_ROW.match(cell.text):
            return range(start, row)
    return range(start, end)


def _shape(sheet: Sheet, titles: range, rows: range, start: tuple[int, int]) -> Shape:
    row, column = start
    if any(_has_months(sheet, above, column) for above in range(rows.start, row)):
        return "months_above"
    if _has_months(sheet, row, column):
        return "months"
    right = [cell for r in rows for at, cell in sheet.filled(r) if at > column]
    if any(calendar_day(cell, None) for cell in right):
        return "dates"
    texts = {cell.text for cell in right}
    if _is_counts(texts):
        return "counts"
    if _is_misses(texts):
        return "misses"
    over = [cell.text for title in titles for _, cell in sheet.filled(title)]
    means = any(role_of(text) == "mean" for text in texts)
    card = means or len(rows) > 2 or any(map(_REPORT_CARD.search, over))  # noqa: PLR2004
    return "report" if card else "terms"


def counted(text: str) -> int | None:
    """Return the mark whose number stands in a column: «5», «Количество «4»».

    >>> [counted(text) for text in ("5", "Кол-во «4»", "1 четверть", "Модуль 2")]
    [5, 4, None, None]
    """
    match = _COUNTED.fullmatch(text)
    return int(match[1]) if match and not captions.period_of(text) else None


def _is_counts(texts: set[str]) -> bool:
    return {counted(text) for text in texts} >= {5, 4, 3, 2}


def _is_misses(texts: set[str]) -> bool:
    told = [text for text in texts if is_missed(text)]
    return len(told) >= 2 and not any(captions.period_of(text) for text in texts)  # noqa: PLR2004


def is_missed(text: str) -> bool:
    """Return whether a caption names a reason of missed lessons."""
    return bool(_MISSES.search(text))


def shaped(book: Book, shape: Shape, *signs: str) -> Match:
    """Return how surely a book holds tables of this shape: their share among tables of pupils."""
    found = Counter(header.shape for sheet in book.sheets for header in headers_of(sheet))
    if not found[shape]:
        return NO_MATCH
    return seen(0.9 * found[shape] / found.total(), "subjects_down", *signs)


def calendar_day(cell: Cell, school_year: str | None) -> str | None:
    """Return the day of a header such as «01.09», «01.09.2025» or a date cell."""
    if isinstance(cell.value, date):
        return cell.value.isoformat()
    match = _DAY_MONTH.fullmatch(cell.text)
    if not match:
        return None
    if match[3]:
        days = captions.days_in(cell.text.replace("/", "."))
        return days[0].isoformat() if days else None
    return captions.lesson_day(int(match[1]), int(match[2]), school_year or "2000-01")
