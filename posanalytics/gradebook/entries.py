"""Read one cell of a mark table: what can be used, and a finding for what cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.gradebook.findings import place, quotable
from posanalytics.gradebook.tokens import Token, tokens

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Cell, Sheet
    from posanalytics.gradebook.findings import Findings, Where

# Cells that the whole-sheet look reports already (see sheet_findings).
_REPORTED = frozenset({"empty", "error", "uncached"})


def term_entry(
    sheet: Sheet, row: int, column: int, findings: Findings, *, scale: str = "5"
) -> Token | None:
    """Return the one thing that a cell of term marks says, None where it says none or several."""
    cell = sheet.at(row, column)
    found = _understood(sheet, row, column, findings, tokens(cell, grid="term", scale=scale))
    if not found:
        return None
    distinct = {(token.kind, token.value, token.scale) for token in found}
    where = place(sheet, row, column)
    if len(distinct) > 1:
        key = "date_in_term" if found[0].restored else "two_marks"
        findings.add("warning", key, where, token=quotable(_shown(cell, found)))
        return None
    _note_restored(found, findings, where)
    raw = found[0].raw
    if found[0].kind == "mark" and raw[:1].isdigit() and raw.endswith("."):
        findings.add("note", "mark_with_stop", where, token=raw)
    return found[0]


def current_entries(
    sheet: Sheet, row: int, column: int, findings: Findings, *, scale: str = "5"
) -> list[Token]:
    """Return every mark and absence of one journal cell."""
    cell = sheet.at(row, column)
    found = _understood(sheet, row, column, findings, tokens(cell, grid="current", scale=scale))
    where = place(sheet, row, column)
    if any(token.kind == "mean" for token in found):
        findings.add("warning", "mean_in_journal", where, token=quotable(cell.text))
        return [token for token in found if token.kind != "mean"]
    _note_restored(found, findings, where)
    return found


def _understood(
    sheet: Sheet, row: int, column: int, findings: Findings, found: list[Token]
) -> list[Token]:
    """Return the tokens that mean something; note dashes, merged cells and the unknown."""
    cell, where = sheet.at(row, column), place(sheet, row, column)
    if cell.kind in _REPORTED:
        return []
    if cell.covered:
        findings.add("warning", "merged_mark", where, token=quotable(cell.text))
        return []
    unknown = [token for token in found if token.kind == "unknown"]
    for token in unknown:
        key = "date_mark" if cell.kind == "date" else "unknown_mark"
        findings.add("warning", key, where, token=quotable(token.raw))
    told = [token for token in found if token.kind not in {"unknown", "none"}]
    if not told and not unknown:
        findings.add("note", "dash", where)
    return told


def _note_restored(found: list[Token], findings: Findings, where: Where) -> None:
    restored = [token for token in found if token.restored]
    if restored:
        marks = "\u00a0и\u00a0".join(f"{token.value:.0f}" for token in restored)
        findings.add("note", "date_restored", where, token=f"{restored[0].raw} → {marks}")


def _shown(cell: Cell, found: list[Token]) -> str:
    return found[0].raw if found[0].restored else cell.text
