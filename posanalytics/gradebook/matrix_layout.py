"""Find the tables of a sheet in which pupils stand below each other and subjects beside."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.captions import labelled, period_of
from posanalytics.gradebook.cells import column_number
from posanalytics.gradebook.headers import (
    Role,
    is_footer,
    is_name_header,
    is_number_header,
    is_person,
    role_of,
    subject_of,
)

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Sheet
    from posanalytics.gradebook.mapping import Mapping

_MOST_HEADER_ROWS = 4
_LAST_HEADER_START = 40
# Words under a subject that only say that a mark stands here.
_MARK_WORDS = frozenset({"отметка", "оценка", "отм", "оц", "отм.", "оц.", "балл"})
_NAME_PARTS = ("фамили", "имя", "отчеств")


class Column(NamedTuple):
    """What one column holds; `term` only where the header names it for this column."""

    at: int
    role: Role
    title: str
    subject: str = ""
    term: str | None = None


class Block(NamedTuple):
    """One table: rows of titles, header and body, and what its columns hold."""

    titles: range
    header: range
    body: range
    name_columns: tuple[int, ...]
    number_column: int | None
    columns: tuple[Column, ...]
    pupils: frozenset[int]

    @property
    def subjects(self) -> list[Column]:
        """Return the columns that hold marks or means of a subject."""
        return [column for column in self.columns if column.subject]

    def name(self, sheet: Sheet, row: int) -> str:
        """Return the name in the row, put together where it stands in several columns."""
        cells = (sheet.at(row, column) for column in self.name_columns)
        return " ".join(cell.text for cell in cells if cell.text and not cell.covered)

    def caption(self, sheet: Sheet, row: int) -> str:
        """Return the text that stands before the marks of a row."""
        first = min((column.at for column in self.subjects), default=0)
        return next((c.text for at, c in sheet.filled(row) if at < first and c.kind == "text"), "")


def blocks_of(sheet: Sheet, mapping: Mapping | None = None) -> list[Block]:
    """Return the tables of the sheet from top to bottom, none where it holds none."""
    starts = _starts(sheet, mapping)
    blocks: list[Block] = []
    titles = 0
    for (row, names), (end, _) in pairwise([*starts, (len(sheet.rows), ())]):
        block = _block(sheet, range(titles, row), names, end, mapping)
        if block:
            blocks.append(block)
            titles = max(block.pupils, default=row) + 1
    return blocks


def _starts(sheet: Sheet, mapping: Mapping | None) -> list[tuple[int, tuple[int, ...]]]:
    """Return header rows with their name columns."""
    if mapping and (mapping.header_row or mapping.name_column):
        row = (mapping.header_row or 1) - 1
        return [(row, _mapped_names(sheet, row, mapping))]
    found = [
        (row, names)
        for row in range(len(sheet.rows))
        if (names := _name_columns(sheet, row)) and _has_subjects(sheet, row, names)
    ]
    # Two header rows right under each other are one header.
    first = found[:1]
    found = first + [after for before, after in pairwise(found) if after[0] - before[0] > 1]
    return found or _start_by_people(sheet)


def _mapped_names(sheet: Sheet, row: int, mapping: Mapping) -> tuple[int, ...]:
    wanted = mapping.name_column
    if wanted is None:
        return _name_columns(sheet, row) or (0,)
    by_title = [at for at, cell in sheet.filled(row) if cell.text.casefold() == wanted.casefold()]
    if by_title:
        return (by_title[0],)
    return (column_number(wanted),) if wanted.isascii() and wanted.isalpha() else (0,)


def _name_columns(sheet: Sheet, row: int) -> tuple[int, ...]:
    names = [at for at, cell in sheet.filled(row) if is_name_header(cell.text)]
    if not names:
        return ()
    first, joined = names[0], [names[0]]
    head = sheet.at(row, first)
    for column in names[1:]:
        text = sheet.at(row, column)
        separate = text.text.casefold().startswith(_NAME_PARTS) and not text.covered
        if column == joined[-1] + 1 and (separate or (text.covered and text.text == head.text)):
            joined.append(column)
    last = joined[-1] + 1
    if sheet.at(row, last).text.casefold().startswith("отчеств"):
        joined.append(last)
    return tuple(joined)


def _has_subjects(sheet: Sheet, row: int, names: tuple[int, ...]) -> bool:
    after = [cell.text for at, cell in sheet.filled(row) if at > names[-1]]
    below = [cell.text for at, cell in sheet.filled(row + 1) if at > names[-1]]
    return any(
        role_of(text) in {"subject", "period"} for text in (*after, *below[:1] * (not after))
    )


def _start_by_people(sheet: Sheet) -> list[tuple[int, tuple[int, ...]]]:
    """Return the header of a table without a word over the names: above the first two names."""
    for row in range(1, min(len(sheet.rows), _LAST_HEADER_START)):
        column, cell = next(
            ((at, c) for at, c in sheet.filled(row) if is_person(c.text)), (0, None)
        )
        if cell is None or cell.covered or is_footer(cell.text):
            continue
        below = sheet.at(row + 1, column)
        header = _header_above(sheet, row, column)
        if header is not None and (is_person(below.text) or not below.text):
            return [(header, (column,))]
    return []


def _header_above(sheet: Sheet, row: int, column: int) -> int | None:
    for above in range(row - 1, max(row - 1 - _MOST_HEADER_ROWS, -1), -1):
        right = [cell for at, cell in sheet.filled(above) if at > column]
        if any(cell.kind == "text" and role_of(cell.text) == "subject" for cell in right):
            return above
    return None


def _block(
    sheet: Sheet, titles: range, names: tuple[int, ...], end: int, mapping: Mapping | None
) -> Block | None:
    start = titles.stop
    below = _first_body_row(sheet, start, names, end)
    header = range(start, below)
    number = next(
        (at for at, cell in sheet.filled(start) if at < names[0] and is_number_header(cell.text)),
        None,
    )
    columns = _of_one_subject(_columns(sheet, header, names, end, mapping), sheet, titles)
    body = range(below, end)
    draft = Block(titles, header, body, names, number, columns, frozenset())
    if not draft.subjects:
        return None
    pupils = frozenset(_pupil_rows(sheet, draft, told=bool(mapping and mapping.name_column)))
    return draft._replace(pupils=pupils)


def _first_body_row(sheet: Sheet, start: int, names: tuple[int, ...], end: int) -> int:
    """Return the row after the header, which may reach over several rows."""
    for row in range(start + 1, min(start + _MOST_HEADER_ROWS, end)):
        cell = sheet.at(row, names[0])
        header_like = cell.covered or cell.kind == "empty" or is_name_header(cell.text)
        texts = [c for at, c in sheet.filled(row) if at > names[-1]]
        captions = texts and all(c.kind == "text" and _is_caption(c.text) for c in texts)
        if not (header_like and captions):
            return row
    return min(start + _MOST_HEADER_ROWS, end)


def _is_caption(text: str) -> bool:
    return len(text) > 3 or period_of(text) is not None or text.casefold() in _MARK_WORDS  # noqa: PLR2004


def _columns(
    sheet: Sheet, header: range, names: tuple[int, ...], end: int, mapping: Mapping | None
) -> tuple[Column, ...]:
    widest = max((len(sheet.rows[row]) for row in range(header.start, end)), default=0)
    columns = [
        _column(sheet, header, index, mapping)
        for index in range(widest)
        if index not in names and index > -1
    ]
    return tuple(_with_subject_means([c for c in columns if c.role != "number"]))


def _of_one_subject(columns: tuple[Column, ...], sheet: Sheet, titles: range) -> tuple[Column, ...]:
    """Give columns that only name terms the subject of the title «Предмет: …»."""
    subject = labelled(sheet, titles).get("subject", "")
    if not subject or any(column.subject for column in columns):
        return columns
    return tuple(
        column._replace(role="subject", subject=subject_of(subject), term=period_of(column.title))
        if column.role == "period"
        else column
        for column in columns
    )


def _column(sheet: Sheet, header: range, index: int, mapping: Mapping | None) -> Column:
    parts: list[str] = []
    for row in header:
        text = sheet.at(row, index).text
        if text and text not in parts:
            parts.append(text)
    title = " ".join(parts)
    mapped = mapping.column(index, title) if mapping else None
    if mapped is not None:
        return Column(index, "subject" if mapped else "other", title, mapped)
    term = next((found for part in parts if (found := _term(part))), None)
    told = [part for part in parts if not _term(part) and part.casefold() not in _MARK_WORDS]
    roles = [role_of(part) for part in told]
    subject = next(
        (subject_of(p) for p, role in zip(told, roles, strict=True) if role == "subject"), ""
    )
    special = next((role for role in roles if role != "subject"), None)
    if special == "mean" and subject:
        return Column(index, "mean", title, subject, term)
    if special or not subject:
        return Column(index, special or ("period" if term else "other"), title)
    return Column(index, "subject", title, subject, term)


def _term(text: str) -> str | None:
    return period_of(text) if role_of(text) == "period" else None


def _with_subject_means(columns: list[Column]) -> list[Column]:
    """Give «Ср. балл» columns their subject where every subject is followed by one."""
    subjects = [column for column in columns if column.role == "subject"]
    means = [column for column in columns if column.role == "mean" and not column.subject]
    before = {column.at + 1: column for column in subjects}
    if not means or {mean.at for mean in means} != before.keys():
        return columns
    return [
        column._replace(subject=before[column.at].subject, term=before[column.at].term)
        if column in means
        else column
        for column in columns
    ]


def _pupil_rows(sheet: Sheet, block: Block, *, told: bool) -> list[int]:
    """Return the rows that hold a pupil: a name, and a number or a place above the totals.

    Where a mapping has told which column holds names, every text in it is one.
    """
    found: list[int] = []
    totals = False
    for row in block.body:
        text = block.name(sheet, row)
        caption = text or block.caption(sheet, row)
        if caption and is_footer(caption):
            totals = True
        elif text and (
            (told and not totals)
            or _is_pupil(text, totals=totals, numbered=_numbered(sheet, block, row))
        ):
            found.append(row)
    return found


def _is_pupil(text: str, *, totals: bool, numbered: bool) -> bool:
    """Return whether a row with this name is a pupil's: a lone surname only beside a number."""
    if is_person(text):
        return numbered or not totals
    return numbered and len(text.split()) == 1 and text.replace("-", "").isalpha()


def _numbered(sheet: Sheet, block: Block, row: int) -> bool:
    if block.number_column is None:
        return False
    return sheet.at(row, block.number_column).text.strip(".").isdigit()
