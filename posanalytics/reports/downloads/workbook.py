"""The tables of a report as a workbook: numbers are numbers, nothing in it is computed or runs."""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import TYPE_CHECKING, Any

from posanalytics.reports.downloads.tables import Table, printable
from posanalytics.reports.values import Number
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.worksheet import Worksheet

# The same tables give the same bytes: the day of the report stands on the first sheet.
_CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - the format knows no zones
_SHEET_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_CLAUSE = re.compile(r"[.,:;?!·](?=\s)|\s–\s")
_TELLING, _MEANING = 10, 4  # letters of a clause and of a last word that still say something
# What a spreadsheet would take for a formula when somebody edits the cell.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_NARROW, _WIDE = 9, 60
_A4 = 9
_HEAD_HEIGHT = 45  # three lines


def workbook(tables: Sequence[Table], *, about: Sequence[tuple[str, str]]) -> bytes:
    """Return an .xlsx with a first sheet on the file itself and a sheet for every table."""
    import xlsxwriter

    target = io.BytesIO()
    tables = [_printable(table) for table in tables]
    about = [(printable(label), printable(value)) for label, value in about]
    # Texts of data stay texts: no formula, no link, no number is guessed from them.
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(target, options) as book:
        title = about[0][1] if about else ""
        made_by = {"author": "posanalytics", "comments": "posanalytics", "created": _CREATED}
        book.set_properties({"title": title, **made_by})
        writer = _Writer(book)
        names = sheet_names([table.title for table in tables])
        writer.front(about, list(zip(names, tables, strict=True)))
        for name, table in zip(names, tables, strict=True):
            writer.sheet(name, table)
    return target.getvalue()


def _printable(table: Table) -> Table:
    rows = [
        [printable(value) if isinstance(value, str) else value for value in row]
        for row in table.rows
    ]
    title, section, note = map(printable, (table.title, table.section, table.note))
    return Table(title, section, note, list(map(printable, table.columns)), rows)


def sheet_names(titles: Sequence[str]) -> list[str]:
    """Return a name for every sheet: numbered, so that none is taken twice, and not too long.

    >>> sheet_names(["Кто в классе?", "Кто в классе?"])
    ['1 Кто в классе', '2 Кто в классе']
    """
    return [
        f"{number} {_short(title, _SHEET_NAME - len(f'{number} '))}".strip()
        for number, title in enumerate(titles, start=1)
    ]


def _short(title: str, most: int) -> str:
    """Return the whole title, else its clauses that have room, else its words.

    >>> _short("Что загружено, а чего не хватает?", 29), _short("Качество и успеваемость по", 24)
    ('Что загружено', 'Качество и успеваемость')
    """
    words = _plain(title).split()
    if len(" ".join(words)) <= most:
        return " ".join(words)
    ends = [match.start() for match in _CLAUSE.finditer(title) if match.start() <= most]
    clause = _plain(title[: ends[-1]]) if ends else ""
    if len(clause) >= _TELLING:
        return clause
    while len(words) > 1 and (len(" ".join(words)) > most or len(words[-1]) < _MEANING):
        words.pop()
    return " ".join(words)[:most].strip()


def _sentences(title: str, note: str) -> str:
    """Return a title and the note on it, the title ended where it has no end of its own."""
    if not note:
        return title
    return f"{title} {note}" if title.endswith((".", "?", "!")) else f"{title}. {note}"


def _plain(title: str) -> str:
    return " ".join(_FORBIDDEN.sub(" ", title).split()).rstrip(" .,;·–")


class _Writer:
    """Writes sheets into one workbook, each way of writing a number made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._formats: dict[str, Any] = {}
        line = {"bottom": 1, "bottom_color": "#5b656d"}
        self._head = book.add_format({"bold": True, "text_wrap": True, "valign": "top", **line})
        self._bold = book.add_format({"bold": True, "valign": "top"})
        self._text = book.add_format({"text_wrap": True, "valign": "top"})
        self._literal = book.add_format({"text_wrap": True, "valign": "top", "quote_prefix": True})
        self._title = book.add_format({"bold": True, "font_size": 14})
        self._link = book.add_format({"font_color": "#0b6b6b", "underline": 1, "valign": "top"})

    def front(self, about: Sequence[tuple[str, str]], tables: Sequence[tuple[str, Table]]) -> None:
        """Write the sheet that says what the file is and what stands where."""
        sheet = self._book.add_worksheet(say("downloads.about", lang="ru"))
        sheet.set_column(0, 0, 34)
        sheet.set_column(1, 1, 90)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        for row, (label, value) in enumerate(about):
            sheet.write_string(row, 0, label, self._title if row == 0 else self._bold)
            self._write_text(sheet, row, 1, value)
        start = len(about) + 1
        sheet.write_string(start, 0, say("downloads.sheets", lang="ru"), self._bold)
        for row, (name, table) in enumerate(tables, start=start + 1):
            sheet.write_url(row, 0, f"internal:'{name}'!A1", self._link, name)
            self._write_text(sheet, row, 1, _sentences(table.title, table.note))

    def sheet(self, name: str, table: Table) -> None:
        """Write one table: its head stays in sight, every column can be filtered."""
        sheet = self._book.add_worksheet(name)
        for column, title in enumerate(table.columns):
            sheet.write_string(0, column, title, self._head)
        for row, values in enumerate(table.rows, start=1):
            for column, value in enumerate(values):
                self._write(sheet, row, column, value)
        sheet.set_row(0, _HEAD_HEIGHT)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(table.rows), max(len(table.columns) - 1, 0))
        for column in range(len(table.columns)):
            sheet.set_column(column, column, _width(table, column))
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)

    def _write(self, sheet: Worksheet, row: int, column: int, value: str | Number) -> None:
        if isinstance(value, Number):
            sheet.write_number(row, column, value.value, self._number(value))
        elif value:
            self._write_text(sheet, row, column, value)

    def _write_text(self, sheet: Worksheet, row: int, column: int, text: str) -> None:
        chosen = self._literal if text.startswith(_FORMULA) else self._text
        sheet.write_string(row, column, text, chosen)

    def _number(self, number: Number) -> Any:
        """Return the format of a number; a spreadsheet writes the comma of its own language."""
        whole = "#,##0" if number.grouped else "0"
        plain = whole + ("." + "0" * number.digits if number.digits else "")
        plain += "%" if number.percent else ""
        code = f"+{plain};-{plain};{plain}" if number.signed else plain
        if code not in self._formats:
            self._formats[code] = self._book.add_format({"num_format": code, "valign": "top"})
        return self._formats[code]


def _width(table: Table, column: int) -> int:
    """Return the width of a column in letters: the longest value, the head on two lines."""
    values = [row[column] for row in table.rows if column < len(row)]
    longest = max(
        (len(value) if isinstance(value, str) else _NARROW - 1 for value in values), default=0
    )
    words = max(map(len, table.columns[column].split()), default=0)
    wanted = max(longest, words, len(table.columns[column]) // 2) + 2
    return min(max(wanted, _NARROW), _WIDE)
