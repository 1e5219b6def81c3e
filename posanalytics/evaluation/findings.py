"""What a verdict depends on, and the verdict itself: words without behaviour."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date

    from posanalytics.evaluation.design import Agreement, Lessons

Code = Literal["A", "B", "C", "D", "E", "F"]
Reliability = Literal["high", "medium", "low", "none"]
AttritionState = Literal["cautious", "optimistic", "outside", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Findings:
    """Everything that a verdict depends on: numbers in, no tables."""

    title: str
    composite: bool
    period: str
    innovative: tuple[str, ...]
    control: tuple[str, ...]
    estimate: float = math.nan
    conf_low: float = math.nan
    conf_high: float = math.nan
    p_value: float = math.nan
    p_adjusted: float = math.nan
    negligible: float = 0.10
    minimum_detectable: float = math.nan
    spread: float = math.nan
    confirmations: tuple[float, ...] = ()
    p_unequal_spread: float = math.nan
    ancova: float = math.nan
    archive_usable: bool = False
    terms_before: bool = True
    terms_after: bool = True
    missing: tuple[str, ...] = ()
    only_in: tuple[str, ...] = ()
    fewest_pupils: int = 0
    fewest_label: str = ""
    pupils: int = 0
    pupils_innovative: int = 0
    baseline_g: float = math.nan
    ceiling_innovative: float = 0.0
    ceiling_control: float = 0.0
    lost: float = math.nan
    # So many pupils left that even equal losses in both groups could bias the answer.
    lost_too_many: bool = False
    attrition: AttritionState = "unknown"
    chosen_before: bool = True
    # The day on which the control was named, where that was after the start.
    chosen_late: date | None = None
    common_work: bool = False
    lessons: tuple[Lessons, ...] = ()
    events: tuple[tuple[str, str], ...] = ()
    archive_excluded: tuple[str, ...] = ()
    other_year_groups: tuple[str, ...] = ()
    subjects_dropped: tuple[str, ...] = ()
    # What the plan says about the two groups, and what the data before the start say.
    teachers: Agreement = "unknown"
    instruments: Agreement = "unknown"
    vpr_in_gradebook: bool = False
    marks_behind: float = math.nan
    parallel_p: float = math.nan
    parallel_testable: bool = True
    archive_spread_changed: bool = False
    archive_flat: bool = False
    archive_untested: bool = False
    sign_turned_by: tuple[str, ...] = ()
    subjects_weightless: tuple[str, ...] = ()
    weights_refused: bool = False
    staggered: tuple[str, ...] = ()

    @property
    def ceiling(self) -> float:
        """The larger share of pupils who begin at the highest mark."""
        return max(self.ceiling_innovative, self.ceiling_control)

    @property
    def dose(self) -> float:
        """The share of the new lessons that all innovative classes together have had; NaN unknown.

        Classes are compared as the plan names them, so the share is one for all of them.
        """
        planned = sum(own.planned for own in self.lessons)
        return sum(own.given for own in self.lessons) / planned if planned else math.nan

    @property
    def short_of_lessons(self) -> tuple[Lessons, ...]:
        """The lessons of classes that have had less than half of theirs."""
        return tuple(own for own in self.lessons if own.few)


@dataclass(frozen=True)
class Verdict:
    """One of six answers, how the comparison is built, and the words for both."""

    code: Code
    cautious: bool
    reliability: Reliability
    reasons: tuple[str, ...]
    headline: str = ""
    sentence: str = ""
    caveats: tuple[str, ...] = ()
    # What a conclusion of high reliability would still need.
    for_high: str = ""
