"""What a reader gives back: marks with the names that stand in the export, and problems.

These tables still hold names of children. They live in memory between a reader and the store,
which replaces every name by a pseudonym; nothing else may keep them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from posanalytics.gradebook.cells import cell_name
from posanalytics.schema import Problem  # noqa: TC001

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Iterator, Sequence

Kind = Literal["mark", "mean", "absence", "exempt", "not_assessed", "pass", "fail", "debt"]
Slot = Literal["current", "term"]


class Hints(NamedTuple):
    """What the place of a file says about it; a reader uses it only where the file is silent."""

    school_year: str | None = None
    class_label: str | None = None
    term: str | None = None
    subject: str | None = None
    pupil: str | None = None


class Record(NamedTuple):
    """One token of one cell: a current mark or absence on a date, or a mark for a term."""

    pupil: str
    class_label: str
    school_year: str
    subject: str
    slot: Slot
    kind: Kind
    value: float | None
    raw: str
    sheet: str
    cell: str
    date: str | None = None
    term: str | None = None
    scale: str = "5"
    weight: float = 1.0
    work: str = ""


class Line(NamedTuple):
    """A row of a grid: whose it is, and its number on the sheet, from zero."""

    pupil: str
    row: int


class Lesson(NamedTuple):
    """A column of a grid: its number on the sheet, from zero, and the day or term it is for."""

    column: int
    slot: Slot
    date: str | None = None
    term: str | None = None
    work: str = ""


class Sign(NamedTuple):
    """One thing that a cell says, whoever's and whenever it is."""

    kind: Kind
    value: float | None
    raw: str
    scale: str = "5"
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkGrid:
    """Marks of one table, pupils down and lessons across: what each cell says, as a number.

    Cell `n` stands in line `n // len(lessons)` under lesson `n % len(lessons)` and says
    `said[cells[n]]`, a `Record` for each sign; `said[0]` is nothing. Grids of one book share
    `said`. `records` spells out what that means.
    """

    class_label: str
    school_year: str
    subject: str
    sheet: str
    lines: tuple[Line, ...]
    lessons: tuple[Lesson, ...]
    said: Sequence[tuple[Sign, ...]]
    cells: array[int]

    def has_marks(self) -> bool:
        """Return whether any cell says anything."""
        return any(self.cells)

    def records(self) -> Iterator[Record]:
        """Return every sign of every cell as the record that it stands for, row by row."""
        for number, code in enumerate(self.cells):
            for kind, value, raw, scale, weight in self.said[code]:
                pupil, row = self.lines[number // len(self.lessons)]
                column, slot, date, term, work = self.lessons[number % len(self.lessons)]
                yield Record(
                    pupil=pupil,
                    class_label=self.class_label,
                    school_year=self.school_year,
                    subject=self.subject,
                    slot=slot,
                    kind=kind,
                    value=value,
                    raw=raw,
                    sheet=self.sheet,
                    cell=cell_name(row, column),
                    date=date,
                    term=term,
                    scale=scale,
                    weight=weight,
                    work=work,
                )


class Listed(NamedTuple):
    """A pupil on a class list, with or without marks; `begin` and `end` are ISO dates."""

    pupil: str
    class_label: str
    school_year: str
    note: str = ""
    begin: str = ""
    end: str = ""


class Score(NamedTuple):
    """Points or level of one pupil in one test or questionnaire.

    Where the export knows participants by codes only, `pupil` is empty and `code` is set. A task
    that was not tried has no points; `level_order` ranks the levels of a scale from 1, 0 if none.
    """

    pupil: str
    class_label: str
    school_year: str
    instrument: str
    version: str
    subject: str
    scale: str
    date: str | None
    term: str | None
    raw: float | None
    maximum: float | None
    level: str
    journal_mark: float | None
    cell: str
    code: str = ""
    level_order: int = 0


class Coded(NamedTuple):
    """Whose a participant code is, as the school's own list says; all subjects where none."""

    code: str
    pupil: str
    class_label: str
    school_year: str
    subject: str = ""


class Reading:
    """Everything one export says: used rows and explained rows, both.

    A mark is told once: by a record, or by a grid that nobody has spelled out yet.
    """

    def __init__(  # noqa: PLR0913
        self,
        format: str,  # noqa: A002 - the word of the manifest and of every report
        sheets: int = 0,
        encoding: str = "",
        *,
        records: Iterable[Record] = (),
        grids: Iterable[MarkGrid] = (),
        listed: Iterable[Listed] = (),
        scores: Iterable[Score] = (),
        codes: Iterable[Coded] = (),
        problems: Iterable[Problem] = (),
    ) -> None:
        """Take what is known from the start; a reader adds the rest."""
        self.format = format
        self.sheets = sheets
        self.encoding = encoding
        self.grids = list(grids)
        self.listed = list(listed)
        self.scores = list(scores)
        self.codes = list(codes)
        self.problems = list(problems)
        self._records = list(records)

    @property
    def records(self) -> list[Record]:
        """Return every mark as a record: the first use spells the grids out, behind the rest.

        What need not look at single marks asks `has_marks` or takes `compact` instead.
        """
        for grid in self.grids:
            self._records.extend(grid.records())
        self.grids.clear()
        return self._records

    @property
    def compact(self) -> tuple[list[Record], list[MarkGrid]]:
        """Return the marks as they are kept: records, and grids that are not spelled out."""
        return self._records, self.grids

    @property
    def has_marks(self) -> bool:
        """Return whether the export says anything about marks, without spelling grids out."""
        return bool(self._records) or any(grid.has_marks() for grid in self.grids)
