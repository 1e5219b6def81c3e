"""Dates of the made-up school: quarters of three years and the days with lessons."""

from __future__ import annotations

from datetime import date, timedelta

from posanalytics.periods import following_year

THIS_YEAR = "2025-26"
START = "2025-26-Q2"
QUARTERS = 4
TERMS_THIS_YEAR = 2

DATES: dict[str, tuple[tuple[date, date], ...]] = {
    "2023-24": (
        (date(2023, 9, 1), date(2023, 10, 29)),
        (date(2023, 11, 6), date(2023, 12, 29)),
        (date(2024, 1, 9), date(2024, 3, 22)),
        (date(2024, 4, 1), date(2024, 5, 26)),
    ),
    "2024-25": (
        (date(2024, 9, 2), date(2024, 10, 27)),
        (date(2024, 11, 5), date(2024, 12, 29)),
        (date(2025, 1, 9), date(2025, 3, 23)),
        (date(2025, 3, 31), date(2025, 5, 26)),
    ),
    "2025-26": (
        (date(2025, 9, 1), date(2025, 10, 26)),
        (date(2025, 11, 5), date(2025, 12, 30)),
        (date(2026, 1, 12), date(2026, 3, 29)),
        (date(2026, 4, 6), date(2026, 5, 26)),
    ),
}

# Days on which a pupil leaves, by the last quarter with marks: early in the next one.
LEFT_ON = ("12.11", "20.01", "08.04")

_SATURDAY = 5
_HOLIDAYS = {date(2025, 11, 4), date(2025, 12, 31)}


def school_years(archive_years: int) -> tuple[str, ...]:
    """Return the archive years and the current one, oldest first."""
    return tuple(following_year(THIS_YEAR, -back) for back in range(archive_years, -1, -1))


def terms_of(year: str) -> int:
    """Return how many quarters of the year are over."""
    return TERMS_THIS_YEAR if year == THIS_YEAR else QUARTERS


def lesson_days(begin: date, end: date) -> list[date]:
    """Return the working days from begin to end, both included."""
    days = (begin + timedelta(days=number) for number in range((end - begin).days + 1))
    return [day for day in days if day.weekday() < _SATURDAY and day not in _HOLIDAYS]
