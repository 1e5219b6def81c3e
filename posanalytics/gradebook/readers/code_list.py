"""The school's own list of whose a participant code is; it is better kept apart from results."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook import captions
from posanalytics.gradebook.exam_captions import subject_in
from posanalytics.gradebook.findings import Findings, place
from posanalytics.gradebook.headers import is_number_header, is_person
from posanalytics.gradebook.participants import code_form, name_columns, name_in
from posanalytics.gradebook.reading import Coded, Hints, Reading
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.screening import missing
from posanalytics.gradebook.walk import walked
from posanalytics.labels import class_label, pupil_words, subject_label

if TYPE_CHECKING:
    from posanalytics.gradebook.captions import Context
    from posanalytics.gradebook.cells import Book, Sheet

FORMAT = "code_list"

_LAST_HEADER = 20
_MOST_CODE_COLUMNS = 20
_CODE = re.compile(r"(?:код|шифр|code)\b.*|.*\bкод(?:\s+участника)?", re.IGNORECASE)
_VALUE = re.compile(r"(?=.*\d)[\w-]{1,20}")
_OTHERS = {
    "class": re.compile(r"класс|наименование\s+класса|class", re.IGNORECASE),
    "subject": re.compile(r"предмет|учебный\s+предмет|subject", re.IGNORECASE),
    "unused": re.compile(
        r"пол|дата\s+рожд.*|школа|оо|логин.*|примечани.*|подпись|учебный\s+год|муниципалитет",
        re.IGNORECASE,
    ),
}


class _List(NamedTuple):
    """Where a list of codes stands: its header, the columns of names, of codes by subject."""

    row: int
    names: tuple[int, ...]
    codes: dict[int, str]
    class_column: int | None
    subject_column: int | None
    rest: tuple[int, ...]


def recognise(book: Book) -> Match:
    """Return how surely the book is a list of codes: codes beside names, and nothing else."""
    if any(_list(sheet) for sheet in book.sheets):
        return seen(0.97, "codes_beside_names")
    return NO_MATCH


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return whose each code is."""

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        listed = _list(sheet)
        if listed is None:
            return False
        context = captions.described(sheet, range(listed.row))
        for weaker in (
            captions.in_name(sheet.name),
            captions.in_name(book.name),
            captions.in_hints(hints),
        ):
            context = context.over(weaker)
        for column in listed.rest:
            title = sheet.at(listed.row, column).text
            where = place(sheet, listed.row, column)
            findings.add("note", "unused_column", where, title=title)
        if not missing(context, ["school_year"], sheet, findings):
            reading.codes.extend(_codes(sheet, listed, context, findings))
        return True

    return walked(book, FORMAT, read_sheet, name=name, without_table="note")


def _list(sheet: Sheet) -> _List | None:
    for row in range(min(len(sheet.rows), _LAST_HEADER)):
        headers = {at: cell.text for at, cell in sheet.filled(row) if not cell.covered}
        found = _columns(row, headers)
        if found:
            return found
    return None


def _columns(row: int, headers: dict[int, str]) -> _List | None:
    """Return the list that a row of headers describes; any other header makes it none."""
    names = name_columns(headers)
    codes = {at: subject_in(t) or "" for at, t in headers.items() if _CODE.fullmatch(t)}
    known: dict[str, list[int]] = defaultdict(list)
    for at, text in headers.items():
        if at in codes or at in names or is_number_header(text):
            continue
        meaning = next((name for name, words in _OTHERS.items() if words.fullmatch(text)), None)
        if meaning is None:
            return None
        known[meaning].append(at)
    if not names or not 1 <= len(codes) <= _MOST_CODE_COLUMNS:
        return None
    first = {name: columns[0] for name, columns in known.items()}
    unused = tuple(known["unused"])
    return _List(row, names, codes, first.get("class"), first.get("subject"), unused)


def _codes(sheet: Sheet, listed: _List, context: Context, findings: Findings) -> list[Coded]:
    found: dict[tuple[str, str], list[tuple[Coded, int, int]]] = defaultdict(list)
    for row in range(listed.row + 1, len(sheet.rows)):
        if not any(True for _ in sheet.filled(row)):
            continue
        for column, coded in _row(sheet, listed, row, context, findings):
            found[coded.code, coded.subject].append((coded, row, column))
    codes = []
    for same in found.values():
        if len({(pupil_words(coded.pupil), coded.class_label) for coded, _, _ in same}) == 1:
            codes.append(same[0][0])
            continue
        for _, row, column in same:
            findings.add("error", "code_shared", place(sheet, row, column))
    return codes


def _row(
    sheet: Sheet, listed: _List, row: int, context: Context, findings: Findings
) -> list[tuple[int, Coded]]:
    """Return the codes of one pupil with their columns."""
    values = {at: sheet.at(row, at).text for at in listed.codes}
    codes = {at: text for at, text in values.items() if _VALUE.fullmatch(text.replace(" ", ""))}
    for at, text in values.items():
        if text and at not in codes:
            findings.add("warning", "not_a_code", place(sheet, row, at))
    name = name_in(sheet, row, listed.names)
    where = place(sheet, row, listed.names[0])
    if not is_person(name) or not codes:
        if name or codes:
            key = "code_without_name" if codes else "name_without_code"
            findings.add("warning", key, where)
        return []
    told = sheet.at(row, listed.class_column).text if listed.class_column is not None else ""
    label = class_label(told) if told else context.class_label
    if label is None:
        findings.add("error", "no_class_row", where)
        return []
    subject = ""
    if listed.subject_column is not None:
        subject = subject_label(sheet.at(row, listed.subject_column).text)
    year = context.school_year or ""
    return [
        (at, Coded(code_form(text), name, label, year, listed.codes[at] or subject))
        for at, text in codes.items()
    ]
