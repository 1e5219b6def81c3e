"""Compare what an export sums up, below a column or behind a row, with the marks that were read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.gradebook.findings import Where, place, quoted
from posanalytics.gradebook.footers import Column, compared, expected, is_share, means, printed
from posanalytics.wording import decimal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posanalytics.gradebook.cells import Sheet
    from posanalytics.gradebook.findings import Findings
    from posanalytics.gradebook.reading import Record

# A mark for a term is decided upon its mean; so far from it one of the two was read wrong.
_FAR = 1.0
_NOTHING = frozenset({"", "-", "–", "—"})


def column_of(records: Sequence[Record], *, pupils: int) -> Column:
    """Return what a total sums up: the marks and the «н/а» among the records."""
    marks = [(r.value, r.weight) for r in records if r.kind == "mark" and r.value is not None]
    absent = sum(record.kind == "not_assessed" for record in records)
    values, weights = [value for value, _ in marks], [weight for _, weight in marks]
    return Column(values, absent, pupils, weights=weights)


def means_of(records: Sequence[Record]) -> list[float]:
    """Return the means that may be printed for the marks among the records."""
    return means([(r.value, r.weight) for r in records if r.kind == "mark" and r.value is not None])


def agrees(
    sheet: Sheet, at: tuple[int, int], caption: str, column: Column, findings: Findings
) -> bool:
    """Return whether the total at a place could be checked; note it where it does not agree."""
    shown = printed(sheet.at(*at))
    computed = expected(caption, column)
    if shown is None or not computed:
        return False
    if is_share(caption):
        shown = shown.as_percent()
    if not any(map(shown.agrees, computed)):
        token = compared(shown, computed[0])
        findings.add("warning", "footer_mismatch", place(sheet, *at), token=token)
    return True


def check_mean(
    sheet: Sheet, at: tuple[int, int], computed: Sequence[float], findings: Findings, *, key: str
) -> None:
    """Note a printed mean that is none of the computed ones, is no number, or is of no marks."""
    cell, where = sheet.at(*at), place(sheet, *at)
    shown = printed(cell)
    if cell.kind in {"error", "uncached"} or cell.covered or cell.text in _NOTHING:
        return
    if shown is None:
        findings.add("warning", "unknown_mean", where, token=quoted(cell))
    elif not computed and shown.value:
        findings.add("warning", "mean_without_marks", where, token=quoted(cell))
    elif computed and not any(map(shown.agrees, computed)):
        findings.add("warning", key, where, token=compared(shown, computed[0]))


def check_distance(mean: Record | None, mark: Record | None, findings: Findings) -> None:
    """Note a mark for a term that is more than a whole mark away from the mean beside it."""
    if not mean or not mark or mark.kind != "mark" or mean.value is None or mark.value is None:
        return
    if abs(mean.value - mark.value) > _FAR:
        where = Where(mark.sheet, mark.cell)
        token = f"{decimal(mean.value, 2)} ≠ {decimal(mark.value, 0)}"
        findings.add("warning", "mark_far_from_mean", where, token=token)
