"""One value of a table: how it is written, and which writing is a number, on every way out."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from posanalytics.wording import decimal

_SPACE = "[ \u00a0\u202f]"
# A number as we write it, and nothing that a spreadsheet would show otherwise: no zero before
# it («007»), no sign before nothing («+0,0»), thousands apart or not («5 4» is two marks), no
# more digits than a spreadsheet keeps. tables.js takes the same pattern: no named groups.
NUMBER = (
    r"(?=(?:[^0-9]*[0-9]){1,15}[^0-9]*$)"
    r"([+\u2212-](?=[^%]*[1-9]))?"
    rf"([1-9][0-9]{{0,2}}(?:{_SPACE}[0-9]{{3}})+|0|[1-9][0-9]*)"
    r"(?:,([0-9]+))?"
    rf"({_SPACE}?%)?"
)
_NUMBER = re.compile(NUMBER)
_DASH = "–"
_ROUNDED = 2  # digits of a fraction
_UNGROUPED = 3  # digits that need no space among them


class Number(NamedTuple):
    """A number with the way in which it is written."""

    value: float
    digits: int = 0
    percent: bool = False
    signed: bool = False
    grouped: bool = True


Value = str | Number


def shown(raw: object) -> str:
    r"""Return a value of the table behind a figure as it is written.

    >>> shown(3.456), shown(12345), shown("7Б"), shown(None)
    ('3,46', '12\xa0345', '7Б', '–')
    """
    if isinstance(raw, bool) or not isinstance(raw, int | float | None):
        return str(raw)
    return decimal(raw, 0 if isinstance(raw, int) else _ROUNDED)


def value_of(text: str) -> Value:
    """Return the number that a written value is, else the text, "" for a dash.

    >>> value_of("−0,27").value, value_of("37 %").value, value_of("7Б"), value_of("5 4")
    (-0.27, 0.37, '7Б', '5 4')
    """
    match = _NUMBER.fullmatch(text.strip())
    if match is None:
        return "" if text.strip() == _DASH else text
    sign, written, part, percent = match.groups("")
    whole = re.sub(_SPACE, "", written)
    value = float(f"{whole}.{part or 0}")
    value = -value if sign in {"-", "\u2212"} else value
    return Number(
        round(value / 100, len(part) + 2) if percent else value,
        len(part),
        bool(percent),
        sign == "+",
        written != whole or len(whole) <= _UNGROUPED,
    )


def are_numbers(texts: list[str]) -> bool:
    """Return whether a column holds numbers, and dashes at most beside them.

    >>> are_numbers(["3,46", "–"]), are_numbers(["7Б", "–"]), are_numbers(["–"])
    (True, False, False)
    """
    values: list[Any] = [value_of(text) for text in texts]
    return any(values) and all(isinstance(value, Number) or not value for value in values)
