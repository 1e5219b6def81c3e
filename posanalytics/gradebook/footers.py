"""Recompute the averages and shares that an export prints, to check that it was read right."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.scales import band
from posanalytics.wording import decimal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from posanalytics.gradebook.cells import Cell

# Simonov's weights of СОУ; DOMAIN.md 1.1 (Сетевой город: «н/а» weighs 7).
_SOU = {5: 100, 4: 64, 3: 36, 2: 16}
_SOU_NOT_ASSESSED = 7
_SOU_ONE = 7  # FORMATS.md 8: some tools give «1» the 7, others count it with the 2
_WHOLE = 100  # per cent
_MOST_DIGITS = 2  # decimals that are compared where a spreadsheet keeps all of them

_PRINTED = re.compile(r"(\d{1,4})(?:[.,](\d{1,6}))?\s*(%?)")
_PART_OF = re.compile(r"(\d{1,4})\s*из\s*(\d{1,4})")
_FORMAT_DIGITS = re.compile(r"0(?:\.(0+))?%?")


class Printed(NamedTuple):
    """A number as the export shows it; `step` is one unit of its last digit.

    `of` is the second number of «3 из 5».
    """

    value: float
    step: float
    of: float = 0.0

    def agrees(self, computed: float) -> bool:
        """Return whether the computed number, rounded as this one is, is this one."""
        return abs(self.value - computed) <= self.step / 2 + 1e-9

    def as_percent(self) -> Printed:
        """Return a share as per cent: no class is so large that 1 % of it is a pupil."""
        if self.of:
            return Printed(_WHOLE * self.value / self.of, 0.01)
        return Printed(self.value * 100, self.step * 100) if self.value <= 1 else self


class Column(NamedTuple):
    """What one column of term marks holds: its marks, its «н/а», and how many pupils there are."""

    marks: Sequence[float]
    not_assessed: int
    pupils: int
    scale: str = "5"
    weights: Sequence[float] = ()


def printed(cell: Cell) -> Printed | None:
    """Return the number that a cell shows, None where it shows none.

    >>> from posanalytics.gradebook.cells import Cell
    >>> printed(Cell("67,3%"))
    Printed(value=67.3, step=0.1, of=0.0)
    >>> printed(Cell("0.67", "number", 0.67, "0%"))
    Printed(value=67.0, step=1.0, of=0.0)
    >>> printed(Cell("12 из 25"))
    Printed(value=12.0, step=1.0, of=25.0)
    """
    if cell.kind == "number" and isinstance(cell.value, float):
        return _shown(cell.value, cell.number_format, cell.text)
    part = _PART_OF.fullmatch(cell.text)
    if part and int(part[2]):
        return Printed(float(part[1]), 1.0, float(part[2]))
    match = _PRINTED.fullmatch(cell.text)
    if not match:
        return None
    digits = len(match[2] or "")
    return Printed(float(f"{match[1]}.{match[2] or 0}"), round(10.0**-digits, 9))


def _shown(value: float, shown: str, text: str) -> Printed:
    match = _FORMAT_DIGITS.fullmatch(shown)
    if match:
        digits = len(match[1] or "")
        scaled = value * 100 if shown.endswith("%") else value
        return Printed(round(scaled, 9), 10.0**-digits)
    decimals = len(text.partition(".")[2])
    return Printed(value, round(10.0 ** -min(decimals, _MOST_DIGITS), 9))


def compared(shown: Printed, computed: float) -> str:
    """Return both numbers with the digits that show their difference: «4,67 ≠ 5,00»."""
    digits = len(f"{shown.step:g}".partition(".")[2])
    return f"{decimal(shown.value, digits)} ≠ {decimal(computed, digits + (digits == 0))}"


def expected(caption: str, column: Column) -> list[float]:
    """Return what the footer with this caption may show for the column, nothing if unknown.

    Schools divide by different numbers of pupils: all with a mark, those and «н/а», all listed.
    """
    low = caption.casefold()
    for pattern, compute in _FOOTERS:
        match = pattern.search(low)
        if match:
            return compute(column, match) if column.marks else []
    return []


def is_share(caption: str) -> bool:
    """Return whether the footer with this caption shows per cent."""
    low = caption.casefold()
    return any(pattern.search(low) for pattern, _ in _FOOTERS[:3])


def _bands(column: Column) -> list[int]:
    return [band(mark, column.scale) for mark in column.marks] if column.scale != "100" else []


def _shares(column: Column, reached: Callable[[int], float], absent: float = 0.0) -> list[float]:
    bands = _bands(column)
    total = sum(reached(mark) for mark in bands)
    among = {len(bands), len(bands) + column.not_assessed, column.pupils}
    with_absent = total + absent * column.not_assessed
    return [
        amount / number for number in sorted(among) for amount in {total, with_absent} if number
    ]


def _quality(column: Column, _: re.Match[str]) -> list[float]:
    return _shares(column, lambda mark: _WHOLE * (mark >= 4))  # noqa: PLR2004


def _success(column: Column, _: re.Match[str]) -> list[float]:
    return _shares(column, lambda mark: _WHOLE * (mark >= 3))  # noqa: PLR2004


def _sou(column: Column, _: re.Match[str]) -> list[float]:
    plain = _shares(column, lambda mark: _SOU[mark], _SOU_NOT_ASSESSED)
    ones = sum(mark == 1 for mark in column.marks) if column.scale == "5" else 0
    lighter = _SOU[2] - _SOU_ONE
    numbers = {len(column.marks), len(column.marks) + column.not_assessed, column.pupils} - {0}
    total = sum(_SOU[mark] for mark in _bands(column)) - ones * lighter
    return [*plain, *(total / number for number in sorted(numbers) if ones)]


def means(marks: Sequence[tuple[float, float]]) -> list[float]:
    """Return the plain and the weighted mean that may be printed for marks with their weights.

    A mark of weight 0 does not count: the plain mean may be printed with it or without.

    >>> means([(5.0, 3.0), (2.0, 1.0)])
    [3.5, 4.25]
    >>> means([(5.0, 1.0), (2.0, 0.0)]), means([])
    ([5.0, 3.5], [])
    """
    counted = [(value, weight) for value, weight in marks if weight > 0]
    found = [sum(value for value, _ in same) / len(same) for same in (counted, marks) if same]
    if counted:
        weights = sum(weight for _, weight in counted)
        found.append(sum(value * weight for value, weight in counted) / weights)
    return list(dict.fromkeys(found))


def _mean(column: Column, match: re.Match[str]) -> list[float]:
    if not column.weights:
        return [sum(column.marks) / len(column.marks)]
    plain, *rest = means(list(zip(column.marks, column.weights, strict=True)))
    return rest or [plain] if "взв" in match.string else [plain, *rest]


def _assessed(column: Column, _: re.Match[str]) -> list[float]:
    return [float(len(column.marks))]


def _not_assessed(column: Column, _: re.Match[str]) -> list[float]:
    return [float(column.not_assessed)]


def _pupils(column: Column, _: re.Match[str]) -> list[float]:
    marked = len(column.marks)
    return [float(n) for n in sorted({column.pupils, marked, marked + column.not_assessed})]


def _failing(column: Column, _: re.Match[str]) -> list[float]:
    poor = sum(mark < 3 for mark in _bands(column))  # noqa: PLR2004
    return [float(poor), float(poor + column.not_assessed)] if _bands(column) else []


def _passing(column: Column, _: re.Match[str]) -> list[float]:
    return [float(sum(mark >= 3 for mark in _bands(column)))] if _bands(column) else []  # noqa: PLR2004


def _count(column: Column, match: re.Match[str]) -> list[float]:
    return [float(sum(mark == int(match[1]) for mark in column.marks))]


_FOOTERS: tuple[tuple[re.Pattern[str], Callable[[Column, re.Match[str]], list[float]]], ...] = (
    (re.compile(r"качеств|^кач\."), _quality),
    (re.compile(r"\bсоу\b|степень\s+обуч|обученност"), _sou),
    (re.compile(r"успеваемост|^усп\."), _success),
    (re.compile(r"^ср(?:едн|\.)|взвешенн"), _mean),
    (re.compile(r"(?:^|на\s+|кол(?:-?во|ичество)\s+)[«\"]?([2-5])[»\"]?$"), _count),
    (re.compile(r"^не\s*аттест|^(?:кол(?:-во|ичество)\s+)?н/а$"), _not_assessed),
    (re.compile(r"^аттестован|^(?:кол-?во|количество|число)\s+(?:оценок|отметок)"), _assessed),
    (re.compile(r"^не\s*успева(?:ет|ют|ющ)"), _failing),
    (re.compile(r"^успева(?:ет|ют|ющ)"), _passing),
    (re.compile(r"^(?:всего|кол-?во|количество|число)\s+(?:учен|учащ|обуч|чел)"), _pupils),
)
