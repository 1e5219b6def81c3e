"""What a reader gives back: marks with the names that stand in the export, and problems.

These tables still hold names of children. They live in memory between a reader and the store,
which replaces every name by a pseudonym; nothing else may keep them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from posanalytics.schema import Problem  # noqa: TC001

Kind = Literal["mark", "mean", "absence", "exempt", "not_assessed", "pass", "fail", "debt"]
Slot = Literal["current", "term"]


class Hints(NamedTuple):
    """What the place of a file says about it; a reader uses it only where the file is silent."""

    school_year: str | None = None
    class_label: str | None = None
    term: str | None = None


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

    Where the export knows participants by codes only, `pupil` is empty and `code` is set.
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


class Coded(NamedTuple):
    """Whose a participant code is, as the school's own list says; all subjects where none."""

    code: str
    pupil: str
    class_label: str
    school_year: str
    subject: str = ""


@dataclass
class Reading:
    """Everything one export says: used rows and explained rows, both."""

    format: str
    sheets: int = 0
    encoding: str = ""
    records: list[Record] = field(default_factory=list)
    listed: list[Listed] = field(default_factory=list)
    scores: list[Score] = field(default_factory=list)
    codes: list[Coded] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
