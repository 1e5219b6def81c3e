"""Tables of one pupil, several in a file: whose each of them is, and what its columns are for.

Сетевой город, ЭлЖур and others print them; their readers differ in how they recognise a table.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook import captions
from posanalytics.gradebook.captions import Context
from posanalytics.gradebook.findings import Findings, Where, place
from posanalytics.gradebook.headers import is_footer, is_person
from posanalytics.gradebook.pupil_columns import columns_of
from posanalytics.gradebook.pupil_headers import headers_of
from posanalytics.gradebook.screening import missing
from posanalytics.labels import pupil_words

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from posanalytics.gradebook.cells import Book, Sheet
    from posanalytics.gradebook.pupil_columns import When
    from posanalytics.gradebook.pupil_headers import Header, Shape
    from posanalytics.gradebook.reading import Hints

# Tables in which marks stand, not numbers about them.
MARKS: tuple[Shape, ...] = ("months", "months_above", "dates", "terms", "report")
# What the captions must say, so that marks can be attributed.
NEEDED = ("school_year", "class_label", "pupil")


class PupilTable(NamedTuple):
    """One table with what its captions say; `columns` are those right of the subjects."""

    sheet: Sheet
    header: Header
    columns: dict[int, When]
    context: Context
    findings: Findings

    def where(self, row: int, column: int | None = None) -> Where:
        """Return the place of a cell, of the subject of the row without a column."""
        return place(self.sheet, row, self.header.column if column is None else column)


def tables_of(
    book: Book,
    shapes: Collection[Shape],
    findings: Findings,
    hints: Hints,
    *,
    needed: Sequence[str] = NEEDED,
) -> list[PupilTable]:
    """Return the tables of these shapes whose captions say what is needed, without namesakes."""
    found = (_tables(book, sheet, findings, hints) for sheet in book.sheets)
    tables = []
    for sheet, header, context in chain.from_iterable(found):
        if header.shape not in shapes:
            where = place(sheet, header.rows[0], header.column)
            findings.add("warning", "table_of_another_kind", where)
        elif not missing(context, needed, sheet, findings):
            columns = columns_of(sheet, header, context, findings)
            tables.append(PupilTable(sheet, header, columns, context, findings))
    return _without_namesakes(tables) if needed else tables


def _tables(
    book: Book, sheet: Sheet, findings: Findings, hints: Hints
) -> Iterator[tuple[Sheet, Header, Context]]:
    before = Context()
    headers = headers_of(sheet)
    if not headers and any(sheet.rows):
        findings.add("warning", "no_table", Where(sheet.name))
    for header in headers:
        before = _context(book, sheet, header, before, hints)
        yield sheet, header, before


def _context(book: Book, sheet: Sheet, header: Header, before: Context, hints: Hints) -> Context:
    context = captions.described(sheet, header.titles)
    for weaker in (
        Context(pupil=_titled_pupil(sheet, header.titles)),
        before._replace(pupil=None),
        captions.in_name(sheet.name),
        captions.in_name(book.name),
        captions.in_hints(hints),
    ):
        context = context.over(weaker)
    return context


def _titled_pupil(sheet: Sheet, titles: range) -> str | None:
    """Return the name in a title such as «Ёлкин Пётр, 7Б»."""
    for row in titles:
        for _, cell in sheet.filled(row):
            name = cell.text.partition(",")[0].partition("(")[0].strip()
            if is_person(name) and not is_footer(name) and name[0].isupper():
                words = name.split()
                if all(word[:1].isupper() for word in words):
                    return name
    return None


def _without_namesakes(tables: list[PupilTable]) -> list[PupilTable]:
    """Return the tables of pupils that can be told apart; name the cells of those who cannot.

    The same name again with other days is the same pupil in another period.
    """
    groups: dict[tuple[object, ...], list[PupilTable]] = defaultdict(list)
    for table in tables:
        words = pupil_words(table.context.pupil or "")
        groups[table.context.class_label, table.context.school_year, words].append(table)
    doubtful: list[PupilTable] = []
    for pair, same in enumerate(groups.values(), 1):
        counts = Counter(key for table in same for key in _times(table))
        clashing = [t for t in same if any(counts[key] > 1 for key in _times(t))]
        for table in clashing:
            table.findings.add("error", "namesakes", table.where(table.header.rows[0]), pair=pair)
        doubtful.extend(clashing)
    return [table for table in tables if not any(table is other for other in doubtful)]


def _times(table: PupilTable) -> set[str]:
    times = {when.day or when.term for when in table.columns.values()}
    if table.header.shape in {"counts", "misses"}:
        times.add(table.context.term)
    return {time for time in times if time}
