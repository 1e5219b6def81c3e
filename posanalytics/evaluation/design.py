"""What is compared: outcomes, classes, terms. Words without behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from posanalytics.panel import Measure, Periods


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One thing that is compared; several subjects make a composite."""

    id: str
    title: str
    subjects: tuple[str, ...]
    measure: Measure = "term_mark"
    primary: bool = False
    negligible: float = 0.10


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that changed in a class in a term, such as its teacher."""

    class_label: str
    term: str
    what: str = ""


@dataclass(frozen=True, kw_only=True)
class Design:
    """Who is compared with whom, between which terms, and what the plan says about it."""

    innovative: tuple[str, ...]
    control: tuple[str, ...]
    periods: Periods
    school_year: str
    chosen_before: bool = True
    events: tuple[Event, ...] = ()
    common_work: bool = False
    lessons_done: int | None = None
    lessons_planned: int | None = None
