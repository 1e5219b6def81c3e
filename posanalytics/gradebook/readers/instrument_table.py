"""Results of a test, questionnaire or rubric: pupils with points or levels on its scales.

Every school makes these tables its own way, so a dictionary beside the table says what its
columns mean (see `instrument_dictionary`); without one nothing is guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, NamedTuple

from posanalytics import periods
from posanalytics.gradebook import captions
from posanalytics.gradebook.captions import Context, days_in
from posanalytics.gradebook.cells import EMPTY, Cell, Sheet, column_name, column_number
from posanalytics.gradebook.findings import Findings, Where, place, quoted
from posanalytics.gradebook.footers import printed
from posanalytics.gradebook.headers import is_footer, is_number_header, is_person
from posanalytics.gradebook.mapping_files import MAPPING_SUFFIX
from posanalytics.gradebook.participants import (
    code_form,
    is_absent,
    name_columns,
    name_in,
    score_cell,
)
from posanalytics.gradebook.reading import Hints, Reading, Score
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.walk import walked
from posanalytics.labels import class_label, squeezed, subject_label

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book
    from posanalytics.gradebook.instrument_dictionary import Instrument, Scale, Value

FORMAT = "instrument_table"

_LAST_HEADER = 30
_FEWEST_LEVELS = 2
_MOST_COLUMNS_NAMED = 6
_LEVEL = re.compile(
    r"(?:очень\s+)?(?:низк|высок|средн)(?:ий|ая|ое)|(?:ниже|выше)\s+средн\w+|базов\w+|повышенн\w+|"
    r"пониженн\w+|развива\w+|(?:не)?достаточн\w+|критическ\w+|допустим\w+|оптимальн\w+|"
    r"продвинут\w+|(?:не\s+|частично\s+)?сформирован\w*|начальн\w+",
    re.IGNORECASE,
)
_SCALE = re.compile(r"шкала|показатель|критерий|компетенция|субшкала|scale", re.IGNORECASE)
_VALUE = re.compile(
    r"значение|баллы?|результат|уровень|кол-?во\s+баллов|value|score|level", re.IGNORECASE
)
_CODE = re.compile(r"код(?:\s+(?:участника|ученика))?|шифр|code", re.IGNORECASE)
_CLASS = re.compile(r"класс|class", re.IGNORECASE)
_DATE = re.compile(r"дата(?:\s+(?:проведения|тестирования|прохождения))?|date", re.IGNORECASE)
_NOTHING = frozenset({"-", "–", "—", "н/п"})


class _Scale(NamedTuple):
    """A scale under the name that the results carry."""

    title: str
    scale: Scale


class _Table(NamedTuple):
    """Where a table keeps what, and what is said around it."""

    sheet: Sheet
    header: int
    instrument: Instrument
    context: Context
    findings: Findings
    names: tuple[int, ...]
    code: int | None
    class_column: int | None
    date_column: int | None
    scale_column: int | None
    columns: dict[int, _Scale | None]

    def cell(self, row: int, column: int | None) -> Cell:
        """Return the cell in a column that may not be there."""
        return self.sheet.at(row, column) if column is not None else EMPTY


def recognise(book: Book) -> Match:
    """Return how surely the book holds an instrument: words of levels, or scales down the rows."""
    for sheet in book.sheets:
        header = _header(sheet, None)
        if header is not None and _level_columns(sheet, header):
            return seen(0.85, "levels_in_words")
        if header is not None and _is_long(sheet, header):
            return seen(0.85, "scales_down")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints, instrument: Instrument | None = None) -> Reading:
    """Return points and levels of every pupil; without a dictionary only how to write one."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        header = _header(sheet, instrument)
        if header is None:
            return False
        if instrument is None:
            _ask(sheet, header, findings, name)
            return True
        context = captions.described(sheet, range(header))
        for weaker in (
            captions.in_name(sheet.name),
            captions.in_name(book.name),
            captions.in_hints(hints),
        ):
            context = context.over(weaker)
        if context.class_label == captions.class_in(instrument.name):
            # «4К» in a file name is the test, no class.
            context = context._replace(class_label=None)
        table = _table(sheet, header, instrument, context, findings)
        reading.scores.extend(_scores(table))
        return True

    return walked(book, FORMAT, read_sheet, name=name, without_table="note")


def fits(book: Book, instrument: Instrument) -> bool:
    """Return whether a header of the book names a scale of the dictionary, or scales have rows."""
    for sheet in book.sheets:
        header = _header(sheet, instrument)
        if header is None:
            continue
        if any(instrument.scale(cell.text) for _, cell in sheet.filled(header)):
            return True
        if _is_long(sheet, header):
            return True
    return False


def proposed_scales(book: Book) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the columns that hold words of levels, each with all such words, for a dictionary."""
    titles: dict[str, None] = {}
    words: set[str] = set()
    for sheet in book.sheets:
        header = _header(sheet, None)
        for column in _level_columns(sheet, header, fewest=1) if header is not None else ():
            rows = range((header or 0) + 1, len(sheet.rows))
            words |= {sheet.at(row, column).text.casefold() for row in rows}
            titles[sheet.at(header or 0, column).text or column_name(column)] = None
    # One column may lack a level that the others have: the scales of a test share their levels.
    levels = tuple(sorted(words - {"", *_NOTHING}, key=_rank))
    return tuple((title, levels) for title in titles)


def _rank(word: str) -> tuple[int, str]:
    """Return a sort key that puts what sounds lower first; a person looks at the order anyway."""
    stems = ("очень низ", "низ", "ниже", "баз", "сред", "выше", "повыш", "высок", "очень выс")
    return next((n for n, stem in enumerate(stems) if word.startswith(stem)), len(stems)), word


def _ask(sheet: Sheet, header: int, findings: Findings, name: str) -> None:
    """Say what dictionary the table needs, with its own columns in place."""
    levelled = _level_columns(sheet, header)
    titles = [sheet.at(header, column).text or column_name(column) for column in levelled]
    findings.add(
        "error",
        "no_dictionary",
        place(sheet, header, levelled[0] if levelled else 0),
        columns=", ".join(titles[:_MOST_COLUMNS_NAMED]) or "–",
        example=titles[0] if titles else "…",
        mapping=name.rpartition("/")[2] + MAPPING_SUFFIX,
    )


def _header(sheet: Sheet, instrument: Instrument | None) -> int | None:
    """Return the row of headers: the first with a column of pupils or of codes."""
    told = {_folded(name) for name in (instrument.pupil, instrument.code)} if instrument else set()
    for row in range(min(len(sheet.rows), _LAST_HEADER)):
        texts = {at: cell.text for at, cell in sheet.filled(row) if not cell.covered}
        who = name_columns(texts) or any(_CODE.fullmatch(text) for text in texts.values())
        if len(texts) > 1 and (who or told & {_folded(text) for text in texts.values()}):
            return row
    return None


def _level_columns(sheet: Sheet, header: int, *, fewest: int = _FEWEST_LEVELS) -> list[int]:
    """Return the columns that hold nothing but words of levels."""
    found = []
    for column, _ in sheet.filled(header):
        cells = (sheet.at(row, column) for row in range(header + 1, len(sheet.rows)))
        texts = [cell.text for cell in cells if cell.text and cell.text not in _NOTHING]
        if len(texts) >= fewest and all(map(_LEVEL.fullmatch, texts)):
            found.append(column)
    return found


def _is_long(sheet: Sheet, header: int) -> bool:
    texts = [cell.text for _, cell in sheet.filled(header)]
    return any(map(_SCALE.fullmatch, texts)) and any(map(_VALUE.fullmatch, texts))


def _table(
    sheet: Sheet, header: int, instrument: Instrument, context: Context, findings: Findings
) -> _Table:
    texts = {at: cell.text for at, cell in sheet.filled(header) if not cell.covered}

    def column(told: str, words: re.Pattern[str]) -> int | None:
        for at, text in texts.items():
            if _folded(text) == _folded(told) if told else words.fullmatch(text):
                return at
        return column_number(told) if told.isascii() and told.isalpha() else None

    wide: dict[int, _Scale | None] = {}
    for at, text in texts.items():
        found = instrument.scale(text, column_name(at))
        if found:
            wide[at] = _Scale(*found)
    scales = (
        None if wide and not instrument.scale_column else column(instrument.scale_column, _SCALE)
    )
    values: dict[int, _Scale | None] = {
        at: None
        for at, text in texts.items()
        if scales is not None and _holds_value(instrument, at, text)
    }
    code = column(instrument.code, _CODE)
    own = column(instrument.pupil, re.compile("(?!)")) if instrument.pupil else None
    names = (own,) if own is not None else name_columns(texts)
    return _Table(
        sheet=sheet,
        header=header,
        instrument=instrument,
        context=context,
        findings=findings,
        names=names,
        code=None if names else code,
        class_column=column("", _CLASS),
        date_column=column(instrument.date_column, _DATE),
        scale_column=scales,
        columns=values if scales is not None else wide,
    )


def _holds_value(instrument: Instrument, at: int, text: str) -> bool:
    told = instrument.value_column
    if told:
        return _folded(told) in {_folded(text), _folded(column_name(at))}
    return bool(_VALUE.fullmatch(text))


def _scores(table: _Table) -> list[Score]:
    _note_columns(table)
    if not table.columns:
        wanted = ", ".join(table.instrument.scales)
        table.findings.add("error", "no_scales", Where(table.sheet.name), scales=wanted)
        return []
    merged: dict[tuple[str, ...], Score] = {}
    for row in range(table.header + 1, len(table.sheet.rows)):
        for score in _row(table, row):
            # Points and level of one scale may stand in two columns, never in two rows.
            key = (str(row), score.scale) if table.scale_column is None else (str(len(merged)),)
            merged[key] = _joined(merged[key], score) if key in merged else score
    return list(merged.values())


def _joined(one: Score, other: Score) -> Score:
    return one._replace(
        raw=one.raw if one.raw is not None else other.raw,
        maximum=one.maximum if one.maximum is not None else other.maximum,
        level=one.level or other.level,
        level_order=one.level_order or other.level_order,
    )


def _row(table: _Table, row: int) -> list[Score]:
    who = _blank(table, row)
    if who is None:
        return []
    scores = []
    for column, wide in table.columns.items():
        cell = table.sheet.at(row, column)
        if cell.kind == "empty" or cell.covered:
            continue
        told = wide or _long_scale(table, row)
        if told is None:
            continue
        value = _value(table, row, column, told.scale)
        if value:
            scores.append(
                who._replace(
                    scale=told.title,
                    raw=value.raw,
                    maximum=told.scale.maximum if value.raw is not None else None,
                    level=value.level,
                    level_order=value.level_order,
                    cell=score_cell(place(table.sheet, row, column)),
                )
            )
    return scores


def _long_scale(table: _Table, row: int) -> _Scale | None:
    """Return the scale that a row is about; name the rows of scales without a dictionary."""
    cell = table.cell(row, table.scale_column)
    found = table.instrument.scale(cell.text)
    if found is None:
        where = place(table.sheet, row, table.scale_column or 0)
        table.findings.add("warning", "unknown_scale", where, token=quoted(cell))
        return None
    return _Scale(*found)


def _value(table: _Table, row: int, column: int, scale: Scale) -> Value | None:
    """Return what a cell says on its scale; name what the dictionary does not know."""
    cell, where = table.sheet.at(row, column), place(table.sheet, row, column)
    if cell.text in _NOTHING or is_absent(cell):
        table.findings.add("note", "dash", where)
        return None
    level = scale.level(cell.text)
    if level:
        return level
    number = _number(cell)
    points = scale.points(number) if number is not None else None
    if points is None:
        key = "unknown_level" if number is None or scale.maximum is None else "points_out_of_range"
        table.findings.add("warning", key, where, token=quoted(cell))
        return None
    if scale.reversed:
        table.findings.add("note", "reversed_scale", place(table.sheet, table.header, column))
    return points


def _number(cell: Cell) -> float | None:
    if cell.kind == "number" and isinstance(cell.value, float):
        return cell.value
    negative = cell.text.startswith(("-", "−"))
    told = printed(Cell(cell.text[1:]) if negative else cell)
    return (-told.value if negative else told.value) if told else None


def _blank(table: _Table, row: int) -> Score | None:
    """Return the score of a row without scale and value: who, in which class, and when."""
    instrument, sheet = table.instrument, table.sheet
    name = name_in(sheet, row, table.names)
    code = table.cell(row, table.code).text
    at, first = sheet.first_filled(row)
    where = place(sheet, row, at)
    if not (is_person(name) and not is_footer(name)) and not (code and not is_footer(code)):
        if first.kind != "empty":
            held = any(sheet.at(row, column).text for column in table.columns)
            key = "other_row" if not held or is_footer(first.text) else "nameless_row"
            table.findings.add("note" if key == "other_row" else "warning", key, where)
        return None
    told = table.cell(row, table.class_column).text
    label = class_label(told) if told else table.context.class_label
    day = _day(table, row)
    year = periods.school_year_of(day) if day else table.context.school_year
    for missing, key in ((label, "no_class_row"), (year, "no_year_row")):
        if not missing:
            table.findings.add("error", key, where)
    if not label or not year:
        return None
    term = f"{year}-{table.context.term}" if table.context.term and not day else None
    return Score(
        pupil=name if table.names else "",
        class_label=label,
        school_year=year,
        instrument=instrument.name,
        version=instrument.version,
        subject=subject_label(instrument.subject),
        scale="",
        date=day.isoformat() if day else None,
        term=term,
        raw=None,
        maximum=None,
        level="",
        journal_mark=None,
        cell="",
        code=code_form(code) if not table.names else "",
    )


def _day(table: _Table, row: int) -> dt.date | None:
    cell = table.cell(row, table.date_column)
    if isinstance(cell.value, dt.date):
        return cell.value
    days = days_in(cell.text)
    return days[0] if days else table.instrument.date


def _note_columns(table: _Table) -> None:
    """Name the columns that hold something and that the dictionary does not speak of."""
    known = {
        *table.names,
        *table.columns,
        table.code,
        table.class_column,
        table.date_column,
        table.scale_column,
    }
    for at, cell in table.sheet.filled(table.header):
        if at not in known and not cell.covered and not is_number_header(cell.text):
            where = place(table.sheet, table.header, at)
            table.findings.add("note", "undescribed_column", where, title=cell.text)


def _folded(text: str) -> str:
    return squeezed(text).casefold().replace("ё", "е")
