"""Russian numbers: decimal comma, true minus, non-breaking spaces, plurals."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MINUS = "\u2212"
NBSP = "\u00a0"
NOTHING = "–"


def decimal(number: float | None, digits: int = 2) -> str:
    r"""Return a number as Russians write it, «–» where there is none.

    >>> decimal(-0.274), decimal(12345.6, 1), decimal(None)
    ('−0,27', '12\xa0345,6', '–')
    """
    if number is None or not math.isfinite(number):
        return NOTHING
    text = f"{abs(number):,.{digits}f}".replace(",", NBSP).replace(".", ",")
    negative = number < 0 and any(digit in text for digit in "123456789")
    return f"{MINUS}{text}" if negative else text


def signed(number: float | None, digits: int = 2) -> str:
    """Return a difference with its sign: +0,27, −0,10, 0,00."""
    text = decimal(number, digits)
    positive = text[0] not in f"{MINUS}{NOTHING}" and any(digit in text for digit in "123456789")
    return f"+{text}" if positive else text


def percent(share: float | None, digits: int = 0) -> str:
    """Return a fraction as a percentage: 0.78 → «78 %»."""
    if share is None or not math.isfinite(share):
        return NOTHING
    return f"{decimal(share * 100, digits)}{NBSP}%"


def counted(number: int, one: str, few: str, many: str) -> str:
    r"""Return a number with its noun in the right form.

    >>> [counted(n, "ученик", "ученика", "учеников") for n in (1, 22, 11)]
    ['1\xa0ученик', '22\xa0ученика', '11\xa0учеников']
    """
    tens, units = abs(number) % 100, abs(number) % 10
    if units == 1 and tens != 11:  # noqa: PLR2004
        form = one
    elif units in {2, 3, 4} and tens not in {12, 13, 14}:
        form = few
    else:
        form = many
    return f"{decimal(number, 0)}{NBSP}{form}"


def listed(words: Sequence[str], last: str = "и") -> str:
    """Return words as a list in a sentence: «5А, 6Б и 7В»."""
    if len(words) < 2:  # noqa: PLR2004
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
