"""Find the tables of a sheet in which pupils stand below each other and lesson days beside."""

from __future__ import annotations

import functools
import re
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, NamedTuple

from posanalytics.gradebook import captions
from posanalytics.gradebook.cells import EMPTY
from posanalytics.gradebook.headers import (
    is_footer,
    is_name_header,
    is_number_header,
    is_person,
    role_of,
    subject_of,
)
from posanalytics.labels import known_subject

if TYPE_CHECKING:
    from posanalytics.gradebook.captions import Context
    from posanalytics.gradebook.cells import Book, Cell, Sheet

ColumnKind = Literal["day", "term", "mean", "unclear", "empty"]

_LAST_HEADER_START = 40
_MOST_HEADER_ROWS = 8  # months, days, kinds of work, topics, and blank rows before the pupils
_NAMES_WITHIN = 5  # columns
_LONGEST_WORK = 60

_DAY = re.compile(r"(\d{1,2})(?:\s*[./]\s*(\d{1,2})(?:\s*[./]\s*(20\d{2}|\d{2})\s*г?\.?)?)?")
_DAY_AND_MONTH = re.compile(r"(\d{1,2})\s+([а-яё]{3,8})\.?")
_WITH_WORK = re.compile(r"(\d{1,2}(?:[./]\d{1,2}(?:[./]\d{2,4})?)?)\s+([^\W\d].*)")
_SUBJECT_HEADER = re.compile(r"(?:учебный\s+)?предмет\w*|наименование\s+предмета", re.IGNORECASE)
# «СР» in capitals is more often «самостоятельная работа» than a Wednesday.
_WEEKDAY = re.compile(
    r"(?:(?i:пн|вт|чт|пт|сб|вс|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье)"
    r"|ср|Ср)\.?"
)
_PERIOD = re.compile(
    r"(?:отч[её]тный\s+)?период|за период|дата (?:печати|выгрузки)|с\b", re.IGNORECASE
)
_ADDRESS = re.compile(r"e-?mail|эл\w*\.?\s*почт", re.IGNORECASE)
_WEIGHTS = re.compile(r"вес(?:а|ы)?\b|коэф", re.IGNORECASE)
_LESSON_INFO = re.compile(
    r"(?:тем[аы]|вид[ыа]?|тип|содержание|форма)(?:\s+(?:урок\w*|заняти\w*|работ\w*|контрол\w*))?\s*:?|"
    r"заняти[ея]\s*:?|д(?:омашнее\s+задание|/з)\s*:?",
    re.IGNORECASE,
)
_NUMBERING = re.compile(r"^\d{1,2}\s*[.)]\s*(?=[^\W\d_])")
_NAME_PARTS = ("имя", "отчеств")
# Codes of works as journals print them (FORMATS.md 1.7), and the words that they stand for.
_WORK_CODE = re.compile(
    r"(?:[А-ЯЁ]|[А-ЯЁ]{2,3}|[А-ЯЁ][а-яё]{0,3}\.?(?:\s?[А-ЯЁа-яё]{1,4}\.?)?)(?:\s?№?\s?\d{1,2})?"
)
_WORK_WORDS = re.compile(
    r"контрольн|самостоятельн|лабораторн|практическ|проверочн|домашн|диктант|сочинен|изложен|тест|"
    r"зач[её]т|работа|ответ|проект|реферат|доклад|экзамен|опрос|наизусть|вид(?:ы)?\s+работ|урок",
    re.IGNORECASE,
)


class JournalColumn(NamedTuple):
    """What one column right of the names holds."""

    at: int
    kind: ColumnKind
    title: str
    day: str | None = None
    term: str | None = None
    work: str = ""


class JournalTable(NamedTuple):
    """One table: rows of titles, header and body, and the columns of names and numbers."""

    titles: range
    header: range
    body: range
    names: tuple[int, ...]
    number: int | None
    works: tuple[int, ...]

    def name(self, sheet: Sheet, row: int) -> str:
        """Return the name in the row, put together where it stands in several columns."""
        if len(self.names) == 1:
            cell = sheet.at(row, self.names[0])
            return "" if cell.covered else _NUMBERING.sub("", cell.text)
        cells = (sheet.at(row, column) for column in self.names)
        return " ".join(cell.text for cell in cells if cell.text and not cell.covered)


def journals_in(book: Book) -> list[list[JournalTable]]:
    """Return the journal tables of every sheet from top to bottom."""
    plain = {id(EMPTY)}
    return [_journals(sheet, plain) for sheet in book.sheets]


def _journals(sheet: Sheet, plain: set[int]) -> list[JournalTable]:
    anchors = _dated_rows(sheet, plain)
    # A row of days right under the months belongs to the same header.
    starts = anchors[:1] + [b for a, b in pairwise(anchors) if b - a > 1]
    tables: list[JournalTable] = []
    titles = 0
    for row, end in pairwise([*starts, len(sheet.rows)]):
        table = _table(sheet, titles, row, end)
        if table:
            tables.append(table)
            titles = _end_of_pupils(sheet, table)
    return tables


def _dated_rows(sheet: Sheet, plain: set[int]) -> list[int]:
    """Return the rows that name months, or days that know their month.

    A pupil's row is none, though marks written «4/5» look like a day. Equal cells of a book are
    mostly one object: `plain` holds those that were looked at and name no date.
    """
    dated: list[int] = []
    for row, cells in enumerate(sheet.rows):
        if plain.issuperset(map(id, cells)):
            continue
        fresh = [cell for cell in cells if id(cell) not in plain]
        found = [cell for cell in fresh if _dates(cell)]
        if len(found) < len(fresh):
            plain.update(id(cell) for cell in fresh if not _dates(cell))
        if found and any(map(_dates, cells[1:])) and not _is_body(sheet, row):
            dated.append(row)
    return dated


def _dates(cell: Cell) -> bool:
    return cell.kind == "date" or (len(cell.text) > 2 and _names_date(cell.text))  # noqa: PLR2004


def _is_body(sheet: Sheet, row: int) -> bool:
    """Return whether a pupil, a total or the dates of a period stand in the row: no header."""
    leading = sheet.rows[row][:_NAMES_WITHIN]
    first = [cell.text for cell in leading if cell.kind != "empty" and not cell.covered]
    if any(map(_is_person, first)):
        return True
    if first and (_PERIOD.match(first[0]) or _is_total_row(first[0])):
        return True
    numbered = len(first) > 1 and first[0].strip(".").isdigit()
    return numbered and first[1].replace("-", "").isalpha() and not _is_when(first[1])


def _is_person(text: str) -> bool:
    # «Октябрь 2025» has the form of a name with a number in place of the given name.
    return is_person(_NUMBERING.sub("", text)) and not _is_when(text)


def _is_total_row(text: str) -> bool:
    return not text[:1].isdigit() and not text.casefold().startswith("дат") and is_footer(text)


@functools.lru_cache(maxsize=4096)
def _names_date(text: str) -> bool:
    if captions.month_number(text):
        return True
    match = _WITH_WORK.fullmatch(text)
    day = _DAY.fullmatch(match[1] if match else text)
    return bool(day and day[2] and 1 <= int(day[2]) <= 12) or _named_day(text) is not None  # noqa: PLR2004


def _named_day(text: str) -> tuple[int, int] | None:
    """Return day and month of «2 сент»."""
    match = _DAY_AND_MONTH.fullmatch(text.casefold())
    month = captions.month_number(match[2]) if match else None
    return (int(match[1]), month) if match and month else None


def _table(sheet: Sheet, titles: int, row: int, end: int) -> JournalTable | None:
    first = _header_start(sheet, titles, row)
    last = min(row + _MOST_HEADER_ROWS, end)
    names = _name_columns(sheet, range(first, last))
    if not names:
        return None
    headed = is_name_header(_head(sheet, range(first, last), names[0]))
    number = _number_column(sheet, range(first, last), names[0])
    body = next(
        (at for at in range(row + 1, last) if _starts_body(sheet, at, names, number, headed)), None
    )
    if body is None or not _has_people(sheet, range(body, end), names[0], headed):
        return None
    header = range(first, body)
    works = tuple(at for at in range(row + 1, body) if _holds_works(sheet, header, at, names[-1]))
    # Under the days of a journal that names its subject stand topics, not subjects.
    told = captions.labelled(sheet, range(titles, first)).get("subject") or known_subject(
        subject_of(sheet.name)
    )
    if not told and any(_holds_subjects(sheet, at, names[-1]) for at in header):
        return None
    if not _lesson_days(sheet, header, names[-1]):
        return None
    return JournalTable(range(titles, first), header, range(body, end), names, number, works)


def _header_start(sheet: Sheet, titles: int, row: int) -> int:
    """Return the first row of the header: the word over the names may stand above the dates."""
    above = row - 1
    if above >= titles and any(
        is_name_header(cell.text) for cell in sheet.rows[above][:_NAMES_WITHIN]
    ):
        return above
    return row


def _name_columns(sheet: Sheet, rows: range) -> tuple[int, ...]:
    """Return the columns of names: those under «ФИО» or else the one in which people stand."""
    for row in rows:
        for column, cell in enumerate(sheet.rows[row][:_NAMES_WITHIN]):
            if _SUBJECT_HEADER.fullmatch(cell.text):
                break
            if is_name_header(cell.text):
                return _joined_names(sheet, row, column)
    for row in rows[1:]:
        for column, cell in enumerate(sheet.rows[row][:_NAMES_WITHIN]):
            if not cell.covered and _is_person(cell.text):
                subjects = any(_SUBJECT_HEADER.fullmatch(sheet.at(r, column).text) for r in rows)
                return () if subjects else (column,)
    return ()


def _joined_names(sheet: Sheet, row: int, column: int) -> tuple[int, ...]:
    joined = [column]
    while sheet.at(row, joined[-1] + 1).text.casefold().startswith(_NAME_PARTS):
        joined.append(joined[-1] + 1)
    return tuple(joined)


def _head(sheet: Sheet, rows: range, column: int) -> str:
    texts = (sheet.at(row, column).text for row in rows)
    return next((text for text in texts if is_name_header(text)), "")


def _number_column(sheet: Sheet, rows: range, names: int) -> int | None:
    headed = (
        at
        for row in rows
        for at, cell in enumerate(sheet.rows[row][:names])
        if is_number_header(cell.text)
    )
    return next(headed, None)


def _starts_body(
    sheet: Sheet,
    row: int,
    names: tuple[int, ...],
    number: int | None,
    headed: bool,  # noqa: FBT001
) -> bool:
    cell = sheet.at(row, names[0])
    if cell.kind == "empty" or cell.covered or is_name_header(cell.text):
        return False
    if _is_person(cell.text) or len(names) > 1:
        return True
    return headed and number is not None and sheet.at(row, number).text.strip(".").isdigit()


def _has_people(sheet: Sheet, body: range, column: int, headed: bool) -> bool:  # noqa: FBT001
    """Return whether names stand in the column: any text under «ФИО», else mostly people."""
    texts = [cell.text for row in body if (cell := sheet.at(row, column)).text][:5]
    return bool(texts) and (headed or 2 * sum(map(_is_person, texts)) > len(texts))


def _holds_works(sheet: Sheet, header: range, row: int, names: int) -> bool:
    """Return whether a row of the header says, under days, what the lessons' marks are for."""
    cells = enumerate(sheet.rows[row][names + 1 :], names + 1)
    worded = [(at, cell) for at, cell in cells if cell.kind == "text" and is_work(cell.text)]
    if not worded or any(_WEEKDAY.fullmatch(cell.text) for _, cell in sheet.filled(row)):
        return False
    return any(
        not cell.covered
        and any(_is_dated(sheet.at(above, at)) for above in range(header.start, row))
        for at, cell in worded
    )


def _is_dated(cell: Cell) -> bool:
    return cell.kind == "date" or (cell.kind != "empty" and _is_when(cell.text))


def _holds_subjects(sheet: Sheet, row: int, names: int) -> bool:
    """Return whether subjects stand over the marks, or addresses beside them: another table.

    A row that calls itself «Тема урока» or «Вид работы» says what the lessons were about.
    """
    if any(_LESSON_INFO.fullmatch(cell.text) for cell in sheet.rows[row][: names + 1]):
        return False
    cells = sheet.rows[row][names + 1 :]
    long = {cell.text for cell in cells if len(cell.text) > 4 and cell.kind != "date"}  # noqa: PLR2004
    if any(_ADDRESS.search(text) for text in long):
        return True
    texts = [text for text in long if not _is_when(text)]
    named = [text for text in texts if not _WORK_WORDS.search(text) and not is_person(text)]
    return len(named) > 1 and 2 * sum(role_of(text) == "subject" for text in named) > len(texts)


@functools.lru_cache(maxsize=4096)
def _is_when(text: str) -> bool:
    return bool(_names_date(text) or text.isdigit() or _WEEKDAY.fullmatch(text))


@functools.lru_cache(maxsize=4096)
def is_work(text: str) -> bool:
    """Return whether a header text says what kind of work a lesson had.

    >>> [is_work(text) for text in ("КР", "Контрольная работа", "02", "пн")]
    [True, True, False, False]
    """
    if text[:1].isdigit() or _WEEKDAY.fullmatch(text):
        return False
    return bool(_WORK_CODE.fullmatch(text) or _WORK_WORDS.search(text))


def _lesson_days(sheet: Sheet, header: range, names: int) -> bool:
    return any(
        cell.kind == "date" or _names_date(cell.text) or cell.text.isdigit()
        for row in header
        for at, cell in sheet.filled(row)
        if at > names
    )


def _end_of_pupils(sheet: Sheet, table: JournalTable) -> int:
    named = [r for r in table.body if is_person(table.name(sheet, r))]
    return named[-1] + 1 if named else table.body.start


def columns_of(sheet: Sheet, table: JournalTable, context: Context) -> list[JournalColumn]:
    """Return what each column right of the names holds."""
    first = table.names[-1] + 1
    widest = max((len(sheet.rows[row]) for row in (*table.header, *table.body)), default=0)
    empty = [EMPTY] * (widest - first)
    plain = [_padded(sheet, row, first, empty) for row in table.header if row not in table.works]
    works = [_padded(sheet, row, first, empty) for row in table.works]
    year = context.school_year or ""
    columns = []
    month: int | None = None
    for index, cells in enumerate(zip(*plain, strict=True), first):
        for cell in cells:
            month = captions.month_number(cell.text) or month
        above = [row[index - first].text for row in works]
        day, work = _first_day(cells, month, year)
        if day:
            told = _work(work, *above)
            columns.append(JournalColumn(index, "day", cells[-1].text, day, None, told))
        else:
            texts = dict.fromkeys([*(cell.text for cell in cells), *above])
            columns.append(_tail(index, [text for text in texts if text], context))
    return columns


def _first_day(cells: tuple[Cell, ...], month: int | None, year: str) -> tuple[str | None, str]:
    """Return the day that the lowest of the header cells names, and the kind of work in it."""
    for cell in reversed(cells):
        found = _day_of(cell, month, year)
        if found[0]:
            return found
    return None, ""


def _padded(sheet: Sheet, row: int, first: int, empty: list[Cell]) -> list[Cell]:
    cells = sheet.rows[row][first:]
    return cells + empty[len(cells) :]


def _tail(index: int, parts: list[str], context: Context) -> JournalColumn:
    """Return a column that is no lesson: a term mark, a mean, or something unclear."""
    title = " ".join(parts)
    suffix = next((found for part in reversed(parts) if (found := captions.period_of(part))), None)
    if (suffix == "F" or not suffix) and _is_total(title):
        # «Итог» of a journal is for the period that the titles name, and nothing else says which.
        suffix = context.term
    if suffix and not any(role_of(part) == "mean" for part in parts):
        return JournalColumn(index, "term", title, term=f"{context.school_year}-{suffix}")
    if any(role_of(part) == "mean" for part in parts):
        return JournalColumn(index, "mean", title)
    return JournalColumn(index, "unclear" if title else "empty", title)


def _is_total(title: str) -> bool:
    return title.casefold().strip(" :.") in {"итог", "итого", "итоговая", "итоговая отметка"}


def _day_of(cell: Cell, month: int | None, year: str) -> tuple[str | None, str]:
    """Return the ISO date that a header cell names, and the kind of work where it names one."""
    if cell.kind == "empty":
        return None, ""
    if isinstance(cell.value, date):
        return cell.value.isoformat(), ""
    if cell.kind == "number" and isinstance(cell.value, float) and not cell.value.is_integer():
        # «01.10» typed as a number is 1.1, and so is «01.01»: which day is meant cannot be told.
        return None, ""
    return _day_in(cell.text, month, year)


@functools.lru_cache(maxsize=4096)
def _day_in(text: str, month: int | None, year: str) -> tuple[str | None, str]:
    if captions.period_of(text):
        return None, ""
    with_work = _WITH_WORK.fullmatch(text)
    if with_work and captions.month_number(with_work[2].split()[0]) is None:
        work = with_work[2]
        if is_work(work) or _WEEKDAY.fullmatch(work):
            return _calendar_day(with_work[1], month, year), work if is_work(work) else ""
        return None, ""
    return _calendar_day(text, month, year), ""


def _calendar_day(text: str, month: int | None, year: str) -> str | None:
    """Return the ISO date of «02», «02.09», «02.09.2025» or «2 сент»."""
    named = _named_day(text)
    match = _DAY.fullmatch(text)
    if match and match[3]:
        days = captions.days_in(f"{match[1]}.{match[2]}.{match[3]}")
        return days[0].isoformat() if days else None
    if match:
        number = int(match[2]) if match[2] else month
        named = (int(match[1]), number) if number else None
    return captions.lesson_day(*named, year) if named and year else None


@functools.lru_cache(maxsize=4096)
def _work(*texts: str) -> str:
    """Return the kind of work that the header names, never what could be somebody's name."""
    told = [t for t in dict.fromkeys(texts) if t and not _is_when(t)]
    return " ".join(t for t in told if not is_person(t))[:_LONGEST_WORK]


def weights_in(sheet: Sheet, table: JournalTable) -> list[int]:
    """Return the rows of the header that give lessons a weight."""
    return [
        row
        for row in table.header
        if any(_WEIGHTS.match(cell.text) for cell in sheet.rows[row][: table.names[-1] + 1])
    ]


def is_pupil(sheet: Sheet, table: JournalTable, row: int, text: str, *, below: bool) -> bool:
    """Return whether a row with this name is a pupil's; `below` says that totals stand above."""
    if not text or is_footer(text):
        return False
    if is_person(text) and not below:
        return True
    numbered = table.number is not None and sheet.at(row, table.number).text.strip(".").isdigit()
    return numbered and (is_person(text) or text.replace("-", "").isalpha())
