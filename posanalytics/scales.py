"""Mark scales and their bands: what counts as 5, 4, 3 and 2."""

from __future__ import annotations

from typing import Literal

Scale = Literal["5", "10", "12", "100", "pass"]

FIVE_POINT = (2, 3, 4, 5)
HIGHEST = {"5": 5, "10": 10, "12": 12, "100": 100}

# Lowest mark of the bands «отлично», «хорошо», «удовлетворительно» on longer scales
# (Сетевой город, help page on indicators).
_BANDS = {"5": (5, 4, 3), "10": (9, 7, 5), "12": (10, 7, 4)}


def band(mark: float, scale: str = "5") -> int:
    """Return the five-point band of a mark: 5, 4, 3 or 2.

    >>> band(9, "10"), band(4), band(1)
    (5, 4, 2)
    """
    excellent, good, satisfactory = _BANDS[scale]
    if mark >= excellent:
        return 5
    if mark >= good:
        return 4
    return 3 if mark >= satisfactory else 2
