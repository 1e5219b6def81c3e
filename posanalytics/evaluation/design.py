"""What is compared: outcomes, classes, terms. Words without behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from posanalytics.labels import class_order

if TYPE_CHECKING:
    from datetime import date

    from posanalytics.evaluation.composite import Weighting
    from posanalytics.panel import Measure, Periods

# What the plan says about innovative and control classes: whether they had the same teachers, and
# whether they wrote the same work.
Agreement = Literal["same", "different", "unknown"]

# With fewer pupils in a class, or in one of its subjects, its mean gain is no value of the class.
FEWEST_PUPILS = 5
# With less than this share of the new lessons there is nothing to compare.
LEAST_DOSE = 0.50


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One thing that is compared; several subjects make a composite."""

    id: str
    title: str
    subjects: tuple[str, ...]
    measure: Measure = "term_mark"
    primary: bool = False
    negligible: float = 0.10
    weights: Weighting = "equal"
    instruments: Agreement = "unknown"
    common_work: bool = False
    vpr_in_gradebook: bool = False


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that changed in a class in a term, such as its teacher."""

    class_label: str
    term: str
    what: str = ""


@dataclass(frozen=True, kw_only=True)
class Lessons:
    """How many new lessons a class has had out of those that the plan gives it."""

    class_label: str
    given: int
    planned: int

    @property
    def few(self) -> bool:
        """Whether the class has had less than half of its new lessons."""
        return self.given < LEAST_DOSE * self.planned


@dataclass(frozen=True, kw_only=True)
class Design:
    """Who is compared with whom, between which terms, and what the plan says about it."""

    innovative: tuple[str, ...]
    control: tuple[str, ...]
    periods: Periods
    school_year: str
    chosen_before: bool = True
    chosen_late: date | None = None
    events: tuple[Event, ...] = ()
    lessons: tuple[Lessons, ...] = ()
    teachers: Agreement = "unknown"
    starts: tuple[tuple[str, str], ...] = ()

    @property
    def late(self) -> tuple[str, ...]:
        """Return the innovative classes that begin later than the others."""
        named = {label for label, _ in self.starts if label in self.innovative}
        return tuple(sorted(named, key=class_order))
