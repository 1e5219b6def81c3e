"""What the columns of a table of one pupil are for: a day, a term, a mean, a count."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

from posanalytics.gradebook import captions
from posanalytics.gradebook.findings import place
from posanalytics.gradebook.headers import role_of
from posanalytics.gradebook.leftovers import number_columns
from posanalytics.gradebook.pupil_headers import calendar_day, counted, is_missed

if TYPE_CHECKING:
    from posanalytics.gradebook.captions import Context
    from posanalytics.gradebook.cells import Cell, Sheet
    from posanalytics.gradebook.findings import Findings
    from posanalytics.gradebook.pupil_headers import Header, Shape

_BARE_FINAL = re.compile(r"итоги?[ :]*|итого[ :]*", re.IGNORECASE)
_TERM_MARK = re.compile(r"оценк|отметк|итог", re.IGNORECASE)
_TAUGHT = re.compile(r"[QTHM]\d+")
_MARK = re.compile(
    r"(?:оценк[аи]|отметк[аи]|оц\.?|отм\.?)(?:\s+за\s+(?:отч[её]тный\s+)?период)?", re.IGNORECASE
)
_WEIGHTED = re.compile(r"взв", re.IGNORECASE)
_ALL = re.compile(r"всего|^итого$", re.IGNORECASE)


class When(NamedTuple):
    """What stands in a column: marks of a day or term, a mean, a count, or something else."""

    kind: Literal["day", "term", "mean", "count", "other"]
    text: str = ""
    day: str | None = None
    term: str | None = None


def columns_of(
    sheet: Sheet, header: Header, context: Context, findings: Findings
) -> dict[int, When]:
    """Return what each column right of the subjects holds; name those that hold something else."""
    widest = max(len(sheet.rows[row]) for row in (*header.rows, *header.body))
    columns = {}
    month: int | None = None
    over = ["" for _ in header.rows]
    if _names_terms(sheet, header):
        context = context._replace(term=None)  # «Итог» behind terms is no mark for one of them
    for index in range(header.column + 1, widest):
        cells = [sheet.at(row, index) for row in header.rows]
        month = next((m for c in cells if (m := captions.month_number(c.text))), month)
        parts = _carried(over, cells)
        columns[index] = _when(parts, cells, month, context, header.shape)
        if columns[index].kind == "other":
            _note_column(sheet, header, index, columns[index].text, findings)
    _note_left(sheet, header, findings)
    for index in _second_means(columns):
        columns[index] = columns[index]._replace(kind="other", term=None)
        if any(sheet.at(row, index).kind != "empty" for row in header.body):
            where = place(sheet, header.rows[0], index)
            findings.add("note", "second_mean_column", where, title=columns[index].text)
    return columns


def _note_left(sheet: Sheet, header: Header, findings: Findings) -> None:
    """Name the columns before the subjects that hold more than row numbers."""
    known = {header.column, *number_columns(sheet, header.column, header.body)}
    for index in range(header.column):
        where = place(sheet, header.rows[0], index)
        texts = {sheet.at(row, index).text for row in header.body}
        text = sheet.at(header.rows[-1], index).text
        if index not in known and any(texts):
            findings.add("note", "unused_column" if text else "nameless_column", where, title=text)


def _names_terms(sheet: Sheet, header: Header) -> bool:
    texts = [c.text for row in header.rows for at, c in sheet.filled(row) if at > header.column]
    return any(_TAUGHT.fullmatch(captions.period_of(text) or "") for text in texts)


def _second_means(columns: dict[int, When]) -> list[int]:
    """Return the columns of means of a term that has another one: a weighted mean gives way."""
    by_term: dict[str, list[int]] = defaultdict(list)
    for index, when in columns.items():
        if when.kind == "mean" and when.term:
            by_term[when.term].append(index)
    return [
        index
        for same in by_term.values()
        for index in sorted(same, key=lambda at: (bool(_WEIGHTED.search(columns[at].text)), at))[1:]
    ]


def _carried(over: list[str], cells: list[Cell]) -> list[str]:
    """Return the captions over a column; a blank above a caption has the term left of it.

    `over` holds the term that each row of the header named last, and is brought up to date.
    """
    parts = []
    for number, cell in enumerate(cells):
        lower = any(below.text and not below.covered for below in cells[number + 1 :])
        if cell.text:
            over[number] = cell.text if captions.period_of(cell.text) else ""
        elif over[number] and lower:
            parts.append(over[number])
        parts.append(cell.text)
    return list(dict.fromkeys(part for part in parts if part))


def _note_column(sheet: Sheet, header: Header, index: int, text: str, findings: Findings) -> None:
    if not any(sheet.at(row, index).kind != "empty" for row in header.body):
        return
    where = place(sheet, header.rows[0], index)
    known = role_of(text) in {"other", "conduct"} and not _BARE_FINAL.fullmatch(text)
    known = known and not captions.month_number(text)
    if not text:
        findings.add("warning", "nameless_column", where)
    elif known:
        findings.add("note", "unused_column", where, title=text)
    else:
        findings.add("warning", "unknown_column", where, title=text)


def _when(
    parts: list[str], cells: list[Cell], month: int | None, context: Context, shape: Shape
) -> When:
    text = " ".join(parts)
    year = context.school_year or ""
    day = next((day for cell in cells if (day := calendar_day(cell, year))), None)
    if day:
        return When("day", text, day=day)
    number = next((part for part in reversed(parts) if part.isdecimal() and len(part) <= 2), None)  # noqa: PLR2004
    if number and month and year and shape in {"months", "months_above"}:
        day = captions.lesson_day(int(number), month, year)
        return When("day", text, day=day) if day else When("other", text)
    if shape in {"counts", "misses"}:
        return _counted_column(parts, text, context)
    suffix = _suffix(parts, context, shape)
    term = f"{year}-{suffix}" if suffix else None
    below = _below_term(parts)
    if role_of(below) == "mean" or any(role_of(part) == "mean" for part in parts):
        return When("mean", text, term=term)
    if below and not _MARK.fullmatch(below.strip(" :")) and not _BARE_FINAL.fullmatch(below):
        return When("other", text)  # «Пропуски» of a term are no mark for it
    return When("term", text, term=term) if suffix else When("other", text)


def _below_term(parts: list[str]) -> str:
    """Return the captions that stand under the lowest one that names a term."""
    named = [number for number, part in enumerate(parts) if captions.period_of(part)]
    return " ".join(parts[named[-1] + 1 :] if named else [])


def _counted_column(parts: list[str], text: str, context: Context) -> When:
    """Return what a column holds where counts stand across: a count, their mean, the term mark."""
    term = f"{context.school_year}-{context.term}" if context.term else None
    if parts and (counted(parts[-1]) or is_missed(parts[-1]) or _ALL.search(parts[-1])):
        return When("count", parts[-1])
    if any(role_of(part) == "mean" for part in parts):
        return When("mean", text, term=term)
    if any(_TERM_MARK.search(part) for part in parts):
        named = next(
            (s for part in parts if (s := captions.period_of(part)) not in {None, "F"}), None
        )
        return When("term", text, term=f"{context.school_year}-{named}" if named else term)
    return When("other", text)


def _suffix(parts: list[str], context: Context, shape: Shape) -> str | None:
    """Return the term that a column is for: the lowest caption that names one.

    A bare «Итог» closes the term above it, or the term of the whole table, and so does a bare
    «Отметка»; beside lesson days it closes nothing that is known where no caption names a term.
    """
    named = [found for part in reversed(parts) if (found := captions.period_of(part))]
    bare = bool(parts) and bool(_BARE_FINAL.fullmatch(parts[-1].strip()))
    if bare and len(named) > 1:
        return named[1]
    if bare and shape not in {"terms", "report"}:
        return context.term
    if not named and parts and _MARK.fullmatch(parts[-1].strip(" :")):
        return context.term
    return (context.term if bare else None) or next(iter(named), None)
