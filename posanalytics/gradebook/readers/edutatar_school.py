"""edu.tatar.ru, «Результативность работы школы»: one row per class and no pupils.

Shares of a class cannot be traced to pupils, so that no gain can be computed from them: the
report is recognised and the one to take instead is named (FORMATS.md 1.7).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from posanalytics.gradebook.findings import Findings, Where
from posanalytics.gradebook.headers import is_person
from posanalytics.gradebook.reading import Hints, Reading
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.sheet_findings import note_oddities
from posanalytics.labels import class_label

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Book, Sheet

FORMAT = "edutatar_school"

_TITLE = re.compile(r"результативность\s+работы", re.IGNORECASE)
_CLASSES = re.compile(r"класс(?:ы)?|параллель", re.IGNORECASE)
_SHARE = re.compile(r"\d+(?:[.,]\d+)?\s*%|н/д", re.IGNORECASE)
_LAST_TITLE = 15  # rows
_LEADING = 3  # columns: a number, the class, its teacher


def recognise(book: Book) -> Match:
    """Return how surely the book has a row per class: by its title, or by its rows alone."""
    for sheet in book.sheets:
        if _titled(sheet) and _classes(sheet):
            return seen(0.95, "classes_down", "shares_across")
        leading = [cell for row in sheet.rows for cell in row[:_LEADING]]
        if len(_classes(sheet)) > 1 and not any(is_person(cell.text) for cell in leading):
            return seen(0.45, "classes_down", "shares_across")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:  # noqa: ARG001
    """Return no marks, and the advice to export the results of every class."""
    findings = Findings(name)
    note_oddities(book, findings)
    for sheet in book.sheets:
        classes = _classes(sheet)
        if classes:
            findings.add("error", "classes_not_pupils", Where(sheet.name), classes=len(classes))
    return Reading(FORMAT, sheets=len(book.sheets), problems=findings.problems())


def _titled(sheet: Sheet) -> bool:
    return any(_TITLE.search(cell.text) for row in sheet.rows[:_LAST_TITLE] for cell in row)


def _classes(sheet: Sheet) -> set[str]:
    """Return the classes that stand down a table of shares, parallels left aside."""
    cells = [cell for row in sheet.rows for cell in row if cell.kind != "empty"]
    if not any(_CLASSES.fullmatch(cell.text) for cell in cells):
        return set()
    if not any(_SHARE.fullmatch(c.text) or c.number_format.endswith("%") for c in cells):
        return set()
    labels = {class_label(cell.text) for row in sheet.rows for cell in row[:_LEADING]}
    return {label for label in labels if label and not label.isdecimal()}
