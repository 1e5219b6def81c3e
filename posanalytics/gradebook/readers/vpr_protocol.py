"""ВПР «Протокол»: the form that a school fills in, taken by mistake for the results."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.gradebook.findings import Findings, Where
from posanalytics.gradebook.reading import Hints, Reading
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Sheet

FORMAT = "vpr_protocol"

_LAST_HEADER = 5


def recognise(book: Book) -> Match:
    """Return how surely the book is the form for collecting results."""
    if any(_is_form(sheet) for sheet in book.sheets):
        return seen(0.8, "participant_codes", "variant_column")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:  # noqa: ARG001
    """Return no marks, and the advice to take the processed results instead."""
    findings = Findings(name)
    for sheet in book.sheets:
        if _is_form(sheet):
            findings.add("error", "vpr_form", Where(sheet.name))
    return Reading(FORMAT, sheets=len(book.sheets), problems=findings.problems())


def _is_form(sheet: Sheet) -> bool:
    for row in range(min(len(sheet.rows), _LAST_HEADER)):
        texts = {cell.text.casefold() for _, cell in sheet.filled(row)}
        coded = any(text in {"код", "код участника", "code"} for text in texts)
        varied = any(text.startswith(("вариант", "var-")) for text in texts)
        if coded and varied and "первичный балл" not in texts:
            return True
    return False
