"""Points of an online course: pupils down, works across; what all learning platforms share."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Literal, NamedTuple

from posanalytics.gradebook.captions import Context, class_in, in_hints, in_name
from posanalytics.gradebook.findings import Where, place, quotable, quoted
from posanalytics.gradebook.headers import is_person
from posanalytics.gradebook.reading import Hints, Listed, Reading, Score
from posanalytics.gradebook.screening import missing, without_namesakes
from posanalytics.labels import class_label, squeezed, subject_label
from posanalytics.periods import school_year

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from posanalytics.gradebook.cells import Book, Cell, Sheet
    from posanalytics.gradebook.findings import Findings

PERCENT = 100.0
LAST_HEADER = 30

# How platforms call their files: «Алгебра Оценки-2026….csv», «2026-…_Grades-Алгебра.csv».
_COURSE_FILES = (
    re.compile(r"[\d\sT_.-]+_(?:grades|оценки)-(?P<course>.+)", re.IGNORECASE),
    re.compile(r"(?P<course>.+?)[\s_]+(?:grades|оценки)(?:[\s_-].*)?", re.IGNORECASE),
    re.compile(r"(?P<course>.+?)_grade_report.*", re.IGNORECASE),
    re.compile(r"(?P<course>.+)"),
)
_NO_COURSE = re.compile(
    r".*\d.*|(?:grades?|оценки|баллы|отметки|журнал|класс|выгрузка|экспорт|export|report|отч[её]т|"
    r"grade[\s_]report|moodle|canvas|edx|classroom|google|сводная|таблица|лист)(?:[\s_].*)?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(-?\d{1,9})(?:([.,])(\d{1,20}))?\s*(%?)")
_LONGEST_LEVEL = 40
_GROUPED = 3  # digits behind the comma in «1,000», which may be a thousand or one
_REPORTED = frozenset({"empty", "error", "uncached"})


class Work(NamedTuple):
    """One column of results: the name of the work, its most points, and how it is shown."""

    column: int
    title: str
    maximum: float | None = None
    shown: Literal["points", "percent", "level"] = "points"
    date: str | None = None


class Participant(NamedTuple):
    """One row of results: whose it is, by name or by code, and the class that the row names."""

    row: int
    name_column: int
    pupil: str
    class_texts: tuple[str, ...] = ()
    code: str = ""


class Table(NamedTuple):
    """The table being read: its sheet, what it is of, and what is said about it from outside."""

    sheet: Sheet
    instrument: str
    context: Context
    subject: str
    findings: Findings
    silent: Mapping[str, str]


class Points(NamedTuple):
    """A number of points; `percent` where it is written as a share of a hundred."""

    value: float
    percent: bool = False


def course_in(name: str) -> str:
    """Return the course that the name of a file tells, empty where it is a name for any course.

    >>> course_in("2025-26/7Б/2026-01-10T1200_Grades-Алгебра.csv"), course_in("7Б Оценки.csv")
    ('Алгебра', '')
    """
    stem = re.sub(r"\.[A-Za-z]{1,4}$", "", name.rpartition("/")[2])
    course = next(match["course"] for p in _COURSE_FILES if (match := p.fullmatch(stem)))
    words = course.replace("_", " ").split()
    kept = [word for word in words if not class_label(word) and not school_year(word)]
    told = " ".join(word for word in kept if word.strip("-–"))
    return "" if _NO_COURSE.fullmatch(told) or is_person(told) else subject_label(told)


def table_of(  # noqa: PLR0913 - the file, where it lies, and what the platform writes
    book: Book,
    sheet: Sheet,
    hints: Hints,
    findings: Findings,
    *,
    instrument: str,
    silent: Mapping[str, str],
) -> Table:
    """Return the table of a sheet; `silent` says what is no result, and how that is noted."""
    context = in_name(sheet.name).over(in_name(book.name)).over(in_hints(hints))
    subject = subject_label(hints.subject or "") or course_in(book.name)
    return Table(sheet, instrument, context, subject, findings, silent)


def points_in(cell: Cell) -> Points | None:
    """Return the points that a cell shows, None where it shows none or could mean two numbers.

    >>> from posanalytics.gradebook.cells import Cell
    >>> [points_in(Cell(text)) for text in ("7,5", "85.00 %", "1,000", "-")]
    [Points(value=7.5, percent=False), Points(value=85.0, percent=True), None, None]
    """
    if cell.kind == "number" and isinstance(cell.value, float):
        percent = "%" in cell.number_format
        return Points(round(cell.value * PERCENT, 9) if percent else cell.value, percent)
    match = _NUMBER.fullmatch(cell.text) if cell.kind == "text" else None
    if not match:
        return None
    whole, mark, fraction, percent_sign = match.groups()
    if mark == "," and len(fraction) == _GROUPED and whole.lstrip("-0"):
        return None
    return Points(float(f"{whole}.{fraction or 0}"), bool(percent_sign))


def classes_in(text: str) -> set[str]:
    """Return the classes that a column for a pupil's group names.

    >>> [sorted(classes_in(text)) for text in ("7А и Робототехника", "7А and 7Б", "Физики")]
    [['7А'], ['7А', '7Б'], []]
    """
    parts = re.split(r"\s+(?:and|и)\s+|[;,]\s*", squeezed(text))
    return {label for part in parts if (label := class_label(part) or class_in(part))}


def distinct(works: Sequence[Work]) -> list[Work]:
    """Return works with names of their own: the second of two alike is called «… (2)»."""
    seen: Counter[str] = Counter()
    named = []
    for work in works:
        seen[work.title] += 1
        again = seen[work.title]
        named.append(work._replace(title=f"{work.title} ({again})") if again > 1 else work)
    return named


def read_table(
    table: Table, participants: Sequence[Participant], works: Sequence[Work], reading: Reading
) -> None:
    """Add the scores of every participant, and everyone with a name to the list of pupils."""
    lacking = missing(table.context, ("school_year",), table.sheet, table.findings)
    if not table.subject:
        table.findings.add("error", "no_course", Where(table.sheet.name))
    if lacking or not table.subject:
        return
    table.findings.add("note", "course", Where(table.sheet.name), subject=table.subject)
    works = distinct(works)
    for who, label in _placed(table, participants):
        if who.pupil:
            year = table.context.school_year or ""
            reading.listed.append(Listed(who.pupil, label, year))
        scores = (_score(table, who, label, work) for work in works)
        reading.scores.extend(score for score in scores if score)


def _placed(table: Table, participants: Sequence[Participant]) -> list[tuple[Participant, str]]:
    """Return participants with their class; name those without one and those who are alike."""
    classes: dict[str, list[tuple[str, int, Participant]]] = defaultdict(list)
    for who in participants:
        label = _class(table, who)
        if label:
            classes[label].append((who.pupil or who.code, who.row, who))
    placed = [
        (who, label)
        for label, named in classes.items()
        for who in without_namesakes(named, named[0][2].name_column, table.sheet, table.findings)
    ]
    return sorted(placed, key=lambda pair: pair[0].row)


def _class(table: Table, who: Participant) -> str | None:
    """Return the class that the first telling column names, else the one of the file."""
    told = [named for text in who.class_texts if (named := classes_in(text))]
    of_file = table.context.class_label
    found = told[0] if told else {of_file} if of_file else set()
    if len(found) == 1:
        return found.pop()
    where = place(table.sheet, who.row, who.name_column)
    table.findings.add("error", "two_classes" if found else "no_class_row", where)
    return None


def _score(table: Table, who: Participant, label: str, work: Work) -> Score | None:
    cell = table.sheet.at(who.row, work.column)
    if cell.kind in _REPORTED or not _is_told(table, who.row, work.column):
        return None
    where = place(table.sheet, who.row, work.column)
    level = _level(cell) if work.shown == "level" else ""
    points = None if level else points_in(cell)
    if not level and points is None:
        table.findings.add("warning", "unknown_points", where, token=quoted(cell))
        return None
    percent = work.shown == "percent" or (points is not None and points.percent)
    maximum = PERCENT if percent else work.maximum
    if points and maximum is not None and not 0 <= points.value <= maximum:
        table.findings.add("warning", "above_maximum", where, token=quotable(cell.text))
    year, term = table.context.school_year or "", table.context.term
    return Score(
        pupil=who.pupil,
        class_label=label,
        school_year=year,
        instrument=table.instrument,
        version="",
        subject=table.subject,
        scale=work.title,
        date=work.date,
        term=f"{year}-{term}" if term else None,
        raw=points.value if points else None,
        maximum=maximum if points else None,
        level=level,
        journal_mark=None,
        cell=f"{table.sheet.name}!{where.cell}".removeprefix("!"),
        code=who.code,
    )


def _is_told(table: Table, row: int, column: int) -> bool:
    """Return whether a cell holds a result; note merged cells and signs of no result."""
    cell, where = table.sheet.at(row, column), place(table.sheet, row, column)
    if cell.covered:
        table.findings.add("warning", "merged_mark", where, token=quoted(cell))
        return False
    key = table.silent.get(cell.text.casefold())
    if key:
        table.findings.add("note", key, where)
    return key is None


def _level(cell: Cell) -> str:
    text = cell.text
    fits = len(text) <= _LONGEST_LEVEL and not is_person(text) and not points_in(cell)
    return text if fits and cell.kind == "text" else ""


def note_columns(
    table: Table, header: int, rows: Iterable[int], known: set[int], *, key: str = "not_a_work"
) -> None:
    """Name every filled column that is not among the known ones."""
    rows = list(rows)
    width = max((len(table.sheet.rows[row]) for row in rows), default=0)
    for column in sorted(set(range(width)) - known):
        if any(table.sheet.at(row, column).kind != "empty" for row in rows):
            title = table.sheet.at(header, column).text
            where = place(table.sheet, header, column)
            table.findings.add("note", key if title else "nameless_column", where, title=title)
