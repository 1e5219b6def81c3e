"""Participants of a test, row by row: tasks with their points, «X» that is no zero, the total."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.cells import EMPTY, Cell, Sheet
from posanalytics.gradebook.findings import place, quoted
from posanalytics.gradebook.footers import compared, printed
from posanalytics.gradebook.headers import is_name_header
from posanalytics.labels import squeezed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from posanalytics.gradebook.findings import Findings, Where
    from posanalytics.gradebook.reading import Score

TOTAL = "total"
LOWEST_MARK, HIGHEST_MARK = 2, 5

_TASK = re.compile(
    r"(?P<number>\d{1,2}(?:[.,]\d{1,2})?)\s*(?P<criterion>[КкKk]\s*\d{1,2})?"
    r"(?:\s*\(\s*(?P<most>\d{1,3})\s*б(?:алл\w*)?\.?\s*\))?"
)
# Names of columns in the forms of 2020: a-1-grade, a-9.1-grade, a-3k1-grade.
_TASK_OF_2020 = re.compile(r"a-(?P<number>[\d.,]{1,5}?)(?P<criterion>k\d{1,2})?-grade")
_NAME_PARTS = ("фамил", "имя", "отчеств")
_CODE = re.compile(r"\d{1,12}(?:-\d{1,12})*")
_NOT_TRIED = frozenset({"x", "х", "-", "–", "—", "н/п"})
_NO_MARK = frozenset({"", "-", "–", "—", "x", "х", "нет", "нет отметки", "н/а"})
_ABSENT = re.compile(
    r"не\s+присутств|отсутств|не\s+участв|не\s+писал|неявка|не\s+явил", re.IGNORECASE
)


class Task(NamedTuple):
    """One task of a test: its name, the most points for it, and the column it stands in."""

    name: str
    maximum: float | None
    column: int


class Form(NamedTuple):
    """A table of participants: its columns by meaning, its tasks, and where findings go."""

    sheet: Sheet
    header: int
    columns: Mapping[str, int]
    tasks: tuple[Task, ...]
    findings: Findings

    def cell(self, row: int, name: str) -> Cell:
        """Return the cell of a row under a known header, an empty one where there is none."""
        return self.sheet.at(row, self.columns[name]) if name in self.columns else EMPTY

    def place(self, row: int, name: str) -> Where:
        """Return where that cell is; its row, where the form has no such column."""
        return place(self.sheet, row, self.columns.get(name, 0))

    def is_silent(self, name: str, rows: Iterable[int]) -> bool:
        """Return whether the form says nothing under a header: no column, or an empty one."""
        return not any(self.cell(row, name).text for row in rows)

    @property
    def maximum(self) -> float | None:
        """Return the most points of all tasks, None where one of them does not say its own."""
        told = [task.maximum for task in self.tasks if task.maximum is not None]
        return sum(told) if told and len(told) == len(self.tasks) else None


class Points(NamedTuple):
    """Points by task, None for a task not tried; `doubtful` where a cell is not understood."""

    reached: dict[Task, float | None]
    doubtful: bool

    @property
    def total(self) -> float:
        """Return the sum; a task that was not tried adds nothing."""
        return sum(points or 0.0 for points in self.reached.values())


def tasks_of(headers: Iterable[tuple[int, str]], *, bare: bool = False) -> tuple[Task, ...]:
    """Return the tasks that headers name, by column; `bare` ones need not say their points.

    >>> [task[:2] for task in tasks_of([(4, "1 (1б)"), (5, "11.3 k1 (2б)"), (6, "Пол")])]
    [('1', 1.0), ('11.3К1', 2.0)]
    """
    found = [(column, match) for column, text in headers if (match := _task(text, bare=bare))]
    names = [_name(match) for _, match in found]
    often = Counter(names)
    return tuple(
        Task(name if often[name] == 1 else "", _most(match), column)
        for name, (column, match) in zip(names, found, strict=True)
    )


def _task(text: str, *, bare: bool) -> re.Match[str] | None:
    match = _TASK.fullmatch(text)
    if match and (match["most"] or bare):
        return match
    return _TASK_OF_2020.fullmatch(text.casefold())


def _name(match: re.Match[str]) -> str:
    criterion = re.sub(r"\D", "", match["criterion"] or "")
    return match["number"].replace(",", ".") + (f"К{criterion}" if criterion else "")


def _most(match: re.Match[str]) -> float | None:
    most = match.groupdict().get("most")
    return float(most) if most else None


def name_columns(headers: Mapping[int, str]) -> tuple[int, ...]:
    """Return the columns that names stand in, surname first where every part has its own.

    >>> name_columns({0: "№", 1: "Имя", 2: "Фамилия", 3: "Алгебра"})
    (2, 1)
    """
    names = [at for at, text in headers.items() if is_name_header(text) or _name_part(text)]
    return tuple(sorted(names, key=lambda at: (_name_part(headers[at]), at)))


def _name_part(header: str) -> int:
    low = header.casefold()
    return next((n for n, stem in enumerate(_NAME_PARTS) if low.startswith(stem)), 0)


def name_in(sheet: Sheet, row: int, columns: Iterable[int]) -> str:
    """Return the name that a row holds in its columns of names."""
    return " ".join(filter(None, (sheet.at(row, at).text for at in columns)))


def is_code(cell: Cell) -> bool:
    """Return whether a cell holds the code of a participant."""
    return not cell.covered and bool(_CODE.fullmatch(cell.text))


def code_form(text: str) -> str:
    """Return a code as it is compared: without spaces and the zeros that a spreadsheet drops.

    >>> code_form(" 0040001 "), code_form("40001")
    ('40001', '40001')
    """
    folded = unicodedata.normalize("NFKC", squeezed(text)).upper().replace(" ", "")
    return folded.lstrip("0") or folded


def is_absent(cell: Cell) -> bool:
    """Return whether a cell says that the participant did not write the test."""
    return bool(_ABSENT.search(cell.text))


def points_of(form: Form, row: int) -> Points:
    """Return the points of one participant; name every cell that is neither points nor «X»."""
    reached: dict[Task, float | None] = {}
    doubtful = False
    for task in form.tasks:
        cell = form.sheet.at(row, task.column)
        if cell.kind == "empty":
            continue
        where = place(form.sheet, row, task.column)
        points = printed(cell)
        if cell.text.casefold() in _NOT_TRIED:
            reached[task] = None
        elif points is None or points.value < 0:
            form.findings.add("warning", "unknown_points", where, token=quoted(cell))
            doubtful = True
        elif task.maximum is not None and points.value > task.maximum:
            form.findings.add("warning", "too_many_points", where, token=quoted(cell))
            doubtful = True
        else:
            reached[task] = points.value
    return Points(reached, doubtful)


def check_total(form: Form, row: int, points: Points, *, column: str = TOTAL) -> None:
    """Compare the printed total of a participant with the sum of the tasks."""
    told = printed(form.cell(row, column))
    if points.reached and not points.doubtful and told and not told.agrees(points.total):
        where = form.place(row, column)
        form.findings.add("warning", "points_mismatch", where, token=compared(told, points.total))


def note_without_code(form: Form, row: int) -> None:
    """Name a row that is nobody's: of a school or a section, or points without a code."""
    at, cell = form.sheet.first_filled(row)
    if cell.kind == "empty":
        return
    cells = [form.cell(row, TOTAL), *(form.sheet.at(row, task.column) for task in form.tasks)]
    where = place(form.sheet, row, at)
    if any(printed(cell) and not cell.covered for cell in cells):
        form.findings.add("warning", "codeless_row", where)
    else:
        form.findings.add("note", "other_row", where)


def with_tasks(form: Form, row: int, total: Score, points: Points) -> list[Score]:
    """Return the total of a participant, and one score for each task with its own name."""
    return [
        total,
        *(
            total._replace(
                scale=task.name,
                raw=reached,
                maximum=task.maximum,
                level="",
                level_order=0,
                journal_mark=None,
                cell=score_cell(place(form.sheet, row, task.column)),
            )
            for task, reached in points.reached.items()
            if task.name
        ),
    ]


def note_same_tasks(form: Form) -> None:
    """Name the columns of tasks that are called alike: they count in the total only."""
    for task in form.tasks:
        if not task.name:
            where = place(form.sheet, form.header, task.column)
            form.findings.add("warning", "same_tasks", where)


def mark_level(cell: Cell, where: Where, findings: Findings) -> str:
    """Return the mark that a cell shows, «» where it shows none."""
    if cell.text.casefold() in _NO_MARK:
        return ""
    if cell.text not in {str(mark) for mark in range(LOWEST_MARK, HIGHEST_MARK + 1)}:
        findings.add("warning", "unknown_mark", where, token=quoted(cell))
        return ""
    return cell.text


def mark_order(level: str) -> int:
    """Return the rank of a mark among the levels of a test: 1 for «2», 4 for «5»."""
    return int(level) - LOWEST_MARK + 1 if level else 0


def score_cell(where: Where) -> str:
    """Return where a score stands: the sheet, where it has a name, and the cell."""
    return f"{where.sheet}!{where.cell}".removeprefix("!")


def note_other_columns(form: Form, rows: range) -> None:
    """Name the columns that hold something in the rows which the reader has no use for."""
    known = {*form.columns.values(), *(task.column for task in form.tasks)}
    widest = max(len(line) for line in form.sheet.rows)
    for column in range(widest):
        if column in known or not any(_says(form.sheet.at(row, column)) for row in rows):
            continue
        title = form.sheet.at(form.header, column).text
        key = "unused_column" if title else "nameless_unused"
        form.findings.add("note", key, place(form.sheet, form.header, column), title=title)


def _says(cell: Cell) -> bool:
    return cell.kind != "empty" and not cell.covered
