"""Find the tables of a sheet in which pupils stand below each other and subjects beside."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.captions import (
    class_in,
    described,
    labelled,
    period_of,
)
from posanalytics.gradebook.cells import EMPTY, Sheet
from posanalytics.gradebook.headers import (
    is_footer,
    is_name_header,
    is_number_header,
    is_person,
    may_be_name,
    role_of,
    subject_of,
)
from posanalytics.gradebook.matrix_columns import (
    Column,
    columns_of,
    says_mark,
    subject_of_sheet,
)
from posanalytics.gradebook.tokens import tokens
from posanalytics.labels import class_label
from posanalytics.periods import is_taught

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from posanalytics.gradebook.mapping import Layout

_MOST_HEADER_ROWS = 4
_LAST_HEADER_START = 40
_LONGEST_SECTION = 60  # characters
_NAME_PARTS = ("фамили", "имя", "отчеств")


class Block(NamedTuple):
    """One table: rows of titles, header and body, and what its columns hold."""

    titles: range
    header: range
    body: range
    name_columns: tuple[int, ...]
    number_column: int | None
    columns: tuple[Column, ...]
    pupils: frozenset[int]
    class_column: int | None = None
    one_subject: str = ""
    named_by_sheet: bool = False

    @property
    def subjects(self) -> list[Column]:
        """Return the columns that hold marks or means of a subject."""
        return [column for column in self.columns if column.subject]

    def name(self, sheet: Sheet, row: int) -> str:
        """Return the name in the row, put together where it stands in several columns."""
        cells = (sheet.at(row, column) for column in self.name_columns)
        return " ".join(cell.text for cell in cells if cell.text and not cell.covered)

    def over_names(self, sheet: Sheet) -> str:
        """Return the header over the names: «7Б класс» may stand there."""
        return sheet.at(self.header.start, self.name_columns[0]).text

    def caption(self, sheet: Sheet, row: int) -> str:
        """Return the text that stands before the marks of a row."""
        first = min((column.at for column in self.subjects), default=0)
        return next((c.text for at, c in sheet.filled(row) if at < first and c.kind == "text"), "")


class Grid(NamedTuple):
    """A table with the sheet it is read from: a part of the sheet, or the sheet turned over.

    `titles` are the rows of `titled` that stand above the table.
    """

    sheet: Sheet
    block: Block
    titled: Sheet
    titles: range
    turned: bool = False


def grids_of(sheet: Sheet, layout: Layout | None = None, end: int | None = None) -> list[Grid]:
    """Return the tables of the sheet, whichever way they stand; none where it holds none.

    `end` is the row before which a table that the layout tells of ends.
    """
    if layout and layout.starts:
        part = _part_told(sheet, layout)
        return [_plain(part, block) for block in blocks_of(part, layout, end)]
    turned = _turned(sheet)
    if turned:
        return [turned]
    return [
        _plain(part, block) for part in _side_by_side(sheet) for block in blocks_of(part, layout)
    ]


def is_turned(sheet: Sheet) -> bool:
    """Return whether pupils stand across and subjects down."""
    return _turned(sheet) is not None


def blocks_of(sheet: Sheet, layout: Layout | None = None, end: int | None = None) -> list[Block]:
    """Return the tables of the sheet from top to bottom, none where it holds none."""
    starts = _starts(sheet, layout)
    blocks: list[Block] = []
    titles = 0
    last = len(sheet.rows) if end is None else end
    for (row, names), (stop, _) in pairwise([*starts, (last, ())]):
        block = _block(sheet, range(titles, row), names, stop, layout)
        if block:
            blocks.extend(_sections(sheet, block))
            titles = max(block.pupils, default=row) + 1
    return blocks


def _plain(sheet: Sheet, block: Block) -> Grid:
    return Grid(sheet, block, sheet, block.titles)


def _starts(sheet: Sheet, layout: Layout | None) -> list[tuple[int, tuple[int, ...]]]:
    """Return header rows with their name columns."""
    if layout and layout.starts:
        row = (layout.header_row or _header_for(sheet, layout)) - 1
        return [(row, _told_names(sheet, row, layout))]
    found = [
        (row, names)
        for row in range(len(sheet.rows))
        if (names := _name_columns(sheet, row)) and _has_subjects(sheet, row, names)
    ]
    # Two header rows right under each other are one header.
    first = found[:1]
    found = first + [after for before, after in pairwise(found) if after[0] - before[0] > 1]
    return found or _start_by_people(sheet)


def _header_for(sheet: Sheet, layout: Layout) -> int:
    """Return the header row, from one, of a table of which only the name column is told."""
    rows = range(min(len(sheet.rows), _LAST_HEADER_START))
    told = next((row for row in rows if _names_told(sheet, row, layout)), 0)
    return told + 1


def _names_told(sheet: Sheet, row: int, layout: Layout) -> bool:
    at = layout.names_column(sheet, row)
    texts = [cell for column, cell in sheet.filled(row) if at is not None and column > at]
    return any(cell.kind == "text" and role_of(cell.text) == "subject" for cell in texts)


def _told_names(sheet: Sheet, row: int, layout: Layout) -> tuple[int, ...]:
    if layout.name_column is None:
        people = [at for _, (at, *_) in _start_by_people(sheet)]
        return _name_columns(sheet, row) or (people[0] if people else 0,)
    column = layout.names_column(sheet, row)
    return (column or 0,)


def _name_groups(sheet: Sheet, row: int) -> list[tuple[int, ...]]:
    """Return the columns of names in a header row: one group for each table beside another."""
    names = [at for at, cell in sheet.filled(row) if is_name_header(cell.text)]
    groups: list[list[int]] = []
    for column in names:
        text = sheet.at(row, column)
        head = sheet.at(row, groups[-1][0]) if groups else EMPTY
        separate = text.text.casefold().startswith(_NAME_PARTS) and not text.covered
        repeated = text.covered and text.text == head.text
        beside = groups and column == groups[-1][-1] + 1
        if beside and (separate or repeated):
            groups[-1].append(column)
        elif not beside:
            groups.append([column])
    for group in groups:
        if sheet.at(row, group[-1] + 1).text.casefold().startswith("отчеств"):
            group.append(group[-1] + 1)
    return [tuple(group) for group in groups]


def _name_columns(sheet: Sheet, row: int) -> tuple[int, ...]:
    groups = _name_groups(sheet, row)
    return groups[0] if groups else ()


def _has_subjects(sheet: Sheet, row: int, names: tuple[int, ...]) -> bool:
    after = [cell.text for at, cell in sheet.filled(row) if at > names[-1]]
    below = [cell.text for at, cell in sheet.filled(row + 1) if at > names[-1]]
    return any(
        role_of(text) in {"subject", "period"} for text in (*after, *below[:1] * (not after))
    )


def _part_told(sheet: Sheet, layout: Layout) -> Sheet:
    """Return the part of the sheet in which the column of names stands that is told."""
    column = layout.names_column(sheet, (layout.header_row or 1) - 1)
    parts = _side_by_side(sheet)
    if column is None or len(parts) == 1:
        return sheet
    rows = range(len(sheet.rows))
    return next((p for p in parts if any(p.at(row, column).text for row in rows)), sheet)


def _side_by_side(sheet: Sheet) -> list[Sheet]:
    """Return the sheet cut where a second table stands right of the first."""
    for row in range(len(sheet.rows)):
        groups = _name_groups(sheet, row)
        beside = [names for names in groups if _has_subjects(sheet, row, names)]
        if len(beside) > 1:
            cuts = [_left_edge(sheet, row, names) for names in beside[1:]]
            widest = max(len(cells) for cells in sheet.rows)
            return [_window(sheet, *span) for span in pairwise([0, *cuts, widest])]
    return [sheet]


def _left_edge(sheet: Sheet, row: int, names: tuple[int, ...]) -> int:
    before = names[0] - 1
    return before if is_number_header(sheet.at(row, before).text) else names[0]


def _window(sheet: Sheet, left: int, right: int) -> Sheet:
    """Return the sheet with nothing outside the columns; every cell keeps its place."""
    rows = [
        [cell if left <= at < right else EMPTY for at, cell in enumerate(row)] for row in sheet.rows
    ]
    return Sheet(sheet.name, rows, sheet.hidden, sheet.hidden_rows, sheet.hidden_columns)


def _turned(sheet: Sheet) -> Grid | None:
    """Return the table of a sheet on which pupils stand across and subjects down."""
    for row in range(min(len(sheet.rows), _LAST_HEADER_START)):
        people = [at for at, c in sheet.filled(row) if _is_across(c.text)]
        subjects = _subjects_down(sheet, row, people[0]) if len(people) > 1 else None
        if subjects is None or not _among_people(sheet, row, subjects, people):
            continue
        over = _over(sheet, row)
        block = _block(over, range(0), (row,), len(over.rows), None, start=subjects)
        if block and block.pupils:
            return Grid(over, block, sheet, range(row), turned=True)
    return None


def _is_across(text: str) -> bool:
    return may_be_name(text) and not is_footer(text) and role_of(text) == "subject"


def _among_people(sheet: Sheet, row: int, subjects: int, people: list[int]) -> bool:
    """Return whether nearly all that stands right of the subjects is a name, each one once.

    A word over the names left of them shows that the pupils stand below it.
    """
    right = [c.text for at, c in sheet.filled(row) if at > subjects and not c.covered]
    names = [sheet.at(row, at).text for at in people]
    others = [text for text in right if not may_be_name(text) and role_of(text) == "subject"]
    few = len(others) <= 1 and len(names) > len(right) // 2 and len({*names}) == len(names)
    left = (sheet.at(above, at).text for above in range(row + 1) for at in range(people[0]))
    return few and not any(map(is_name_header, left))


def _subjects_down(sheet: Sheet, row: int, before: int) -> int | None:
    """Return the column left of the names in which subjects stand under each other."""
    for column in range(before - 1, -1, -1):
        below = [sheet.at(r, column) for r in range(row + 1, len(sheet.rows))]
        subjects = [c.text for c in below if c.kind == "text" and _is_subject(c.text)]
        plain = sum(not is_person(text) for text in subjects)
        # «Родной Язык» has the form of a name; a list of pupils has hardly anything else.
        if len(subjects) > 1 and plain * 2 >= len(subjects):
            return column
    return None


def _is_subject(text: str) -> bool:
    """Return whether a text may be a subject: no total, and no «зач» or «осв»."""
    marks = any(token.kind != "unknown" for token in tokens(text, grid="term"))
    return role_of(text) == "subject" and not is_footer(text) and not marks


def _over(sheet: Sheet, first: int) -> Sheet:
    """Return the sheet with rows for columns, nothing in what stood above the first row."""
    widest = max(len(row) for row in sheet.rows)
    rows = [
        [sheet.at(row, column) if row >= first else EMPTY for row in range(len(sheet.rows))]
        for column in range(widest)
    ]
    return Sheet(sheet.name, rows, sheet.hidden, sheet.hidden_columns, sheet.hidden_rows)


def _start_by_people(sheet: Sheet) -> list[tuple[int, tuple[int, ...]]]:
    """Return the header of a table without a word over the names: above the first two names."""
    for row in range(1, min(len(sheet.rows), _LAST_HEADER_START)):
        column, cell = next(
            ((at, c) for at, c in sheet.filled(row) if is_person(c.text)), (0, None)
        )
        if cell is None or cell.covered or is_footer(cell.text):
            continue
        below = sheet.at(row + 1, column)
        header = _header_above(sheet, row, column)
        if header is not None and (is_person(below.text) or not below.text):
            return [(header, (column,))]
    return []


def _header_above(sheet: Sheet, row: int, column: int) -> int | None:
    for above in range(row - 1, max(row - 1 - _MOST_HEADER_ROWS, -1), -1):
        right = [cell for at, cell in sheet.filled(above) if at > column]
        subjects = [c for c in right if c.kind == "text" and role_of(c.text) == "subject"]
        if subjects:
            # Surnames across: then what looks like names below may be «Русский Язык».
            return None if all(may_be_name(c.text) for c in subjects) else above
    return None


def _block(  # noqa: PLR0913
    sheet: Sheet,
    titles: range,
    names: tuple[int, ...],
    end: int,
    layout: Layout | None,
    *,
    start: int | None = None,
) -> Block | None:
    first = titles.stop if start is None else start
    below = _first_body_row(sheet, first, names, end)
    header, body = range(first, below), range(below, end)
    numbers = [
        at for at, cell in sheet.filled(first) if at < names[0] and is_number_header(cell.text)
    ]
    number = numbers[-1] if numbers else _unnamed_numbers(sheet, names[0], body)
    columns = columns_of(sheet, header, names, end, layout)
    columns = tuple(column for column in columns if column.at != number)
    draft = Block(titles, header, body, names, number, columns, frozenset())
    draft = _of_one_subject(draft, sheet, layout)
    if not draft.subjects:
        return None
    draft = draft._replace(class_column=_class_column(sheet, draft))
    # Where the column of names is told, or pupils stand across, a lone surname is a name.
    told = start is not None or bool(layout and layout.name_column)
    return draft._replace(pupils=frozenset(_pupil_rows(sheet, draft, layout, told=told)))


def has_only_numbers(sheet: Sheet) -> bool:
    """Return whether the sheet holds marks of pupils whom it calls by numbers alone."""
    for row in range(min(len(sheet.rows), _LAST_HEADER_START)):
        column, cell = sheet.first_filled(row)
        right = [c for at, c in sheet.filled(row) if at > column]
        if is_number_header(cell.text) and right and all(_is_subject(c.text) for c in right):
            below = [sheet.at(r, column).text for r in range(row + 1, len(sheet.rows))]
            told = [text.strip(".") for text in below if text]
            return len(told) > 1 and told[:2] == ["1", "2"]
    return False


def _unnamed_numbers(sheet: Sheet, names: int, body: range) -> int | None:
    """Return the column before the names if it counts them from one without a header."""
    texts = [sheet.at(row, names - 1).text for row in body if sheet.at(row, names).text]
    counted = [text.strip(".") for text in texts if text]
    if len(counted) > 1 and counted == [str(n) for n in range(1, len(counted) + 1)]:
        return names - 1
    return None


def counts_columns(sheet: Sheet, row: int) -> bool:
    """Return whether a row only numbers the columns: forms write 1, 2, 3 … below the header."""
    texts = [cell.text for _, cell in sheet.filled(row)]
    return texts == [str(number) for number in range(1, len(texts) + 1)]


def _first_body_row(sheet: Sheet, start: int, names: tuple[int, ...], end: int) -> int:
    """Return the row after the header, which may reach over several rows."""
    for row in range(start + 1, min(start + _MOST_HEADER_ROWS, end)):
        cell = sheet.at(row, names[0])
        header_like = cell.covered or cell.kind == "empty" or is_name_header(cell.text)
        texts = [c for at, c in sheet.filled(row) if at > names[-1]]
        captions = texts and all(c.kind == "text" and _is_caption(c.text) for c in texts)
        counted = not cell.text.strip() or cell.covered
        if not (header_like and captions) and not (counted and _counts_terms(sheet, row, names)):
            return row
    return min(start + _MOST_HEADER_ROWS, end)


def _counts_terms(sheet: Sheet, row: int, names: tuple[int, ...]) -> bool:
    """Return whether 1, 2, 3, 4 and perhaps «год» stand under every subject of the row above."""
    parts = [(at, cell.text.casefold()) for at, cell in sheet.filled(row) if at > names[-1]]
    above = [sheet.at(row - 1, at) for at, _ in parts]
    under: dict[str, list[str]] = {}
    subject = ""
    for (_, text), over in zip(parts, above, strict=True):
        subject = over.text or subject
        under.setdefault(subject, []).append(text)
    merged = all(
        not over.text or over.covered for over, (_, t) in zip(above, parts, strict=True) if t != "1"
    )
    return (
        bool(under)
        and merged
        and all(
            [text for text in texts if text.isdigit()] == ["1", "2", "3", "4"]
            for texts in under.values()
        )
    )


def _is_caption(text: str) -> bool:
    """Return whether a text of a second row is a caption: «ИЗО» is one, «осв» is a mark."""
    if len(text) > 3 or period_of(text) is not None or says_mark(text):  # noqa: PLR2004
        return True
    return role_of(text) == "mean" or all(t.kind == "unknown" for t in tokens(text, grid="term"))


def _of_one_subject(block: Block, sheet: Sheet, layout: Layout | None) -> Block:
    """Give columns that only name terms the subject of the mapping, the title or the sheet."""
    if block.subjects:
        return block
    told = (layout.subject if layout else None) or labelled(sheet, block.titles).get("subject", "")
    subject = subject_of(told or subject_of_sheet(sheet.name))
    if not subject:
        return block
    columns = tuple(
        column._replace(role="subject", subject=subject, term=period_of(column.title))
        if column.role == "period"
        else column
        for column in block.columns
    )
    return block._replace(columns=columns, one_subject=subject, named_by_sheet=not told)


def _class_column(sheet: Sheet, block: Block) -> int | None:
    """Return the column «Класс» of a table that holds pupils of several classes."""
    for column in block.columns:
        if column.title.casefold().strip(" :") != "класс":
            continue
        texts = [sheet.at(row, column.at).text for row in block.body]
        if any(class_label(text) for text in texts if text):
            return column.at
    return None


def _sections(sheet: Sheet, block: Block) -> Iterator[Block]:
    """Yield the block cut at rows that name another class or term for the pupils below."""
    cuts = [row for row in block.body if row not in block.pupils and _opens(sheet, row)]
    # A caption after the last pupil belongs to the table that follows.
    cuts = [row for row in cuts if any(pupil > row for pupil in block.pupils)]
    if not cuts:
        yield block
        return
    edges = [block.body.start, *cuts, block.body.stop]
    for number, (start, stop) in enumerate(pairwise(edges)):
        titles = range(start, start + 1) if number else block.titles
        body = range(start + 1, stop) if number else range(start, stop)
        pupils = block.pupils & set(body)
        # The first part may hold no pupil, but its titles speak of all parts below.
        if pupils or number == 0:
            yield block._replace(titles=titles, body=body, pupils=frozenset(pupils))


def _opens(sheet: Sheet, row: int) -> bool:
    """Return whether a row holds nothing but the name of a class or a term."""
    cells = [cell for _, cell in sheet.filled(row) if not cell.covered]
    text = cells[0].text if cells else ""
    if len(cells) != 1 or cells[0].kind != "text" or len(text) > _LONGEST_SECTION:
        return False
    told = described(sheet, [row])
    # «4 четверть» opens a section although a footer may begin with «4»; «Итого» opens none.
    if told.term and is_taught(f"2000-01-{told.term}"):
        return True
    named = told.class_label or class_in(text)
    return bool(named) and not is_footer(text) and not is_person(text)


def _pupil_rows(sheet: Sheet, block: Block, layout: Layout | None, *, told: bool) -> list[int]:
    """Return the rows that hold a pupil: a name, and a number or a place above the totals.

    Where it is told which column holds names, every text with marks beside it is one.
    """
    stop = layout.footer - 1 if layout and layout.footer else block.body.stop
    skipped = layout.skip_rows if layout else frozenset()
    found: list[int] = []
    totals = False
    for row in block.body:
        if row >= stop or row + 1 in skipped:
            continue
        text = block.name(sheet, row)
        numbered = _numbered(sheet, block, row)
        caption = text or block.caption(sheet, row)
        if _opens(sheet, row):
            totals = False
        elif caption and is_footer(caption) and not (numbered and is_person(text)):
            totals = True
        elif text and (
            not totals
            and any(letter.isalpha() for letter in text)
            and (is_person(text) or _has_marks(sheet, block.subjects, row))
            if told
            else _is_pupil(text, totals=totals, numbered=numbered)
            or _is_surname(sheet, block, row, totals=totals)
        ):
            found.append(row)
    return found


def _is_pupil(text: str, *, totals: bool, numbered: bool) -> bool:
    """Return whether a row with this name is a pupil's: a lone surname only beside a number."""
    if is_person(text):
        return numbered or not totals
    return numbered and len(text.split()) == 1 and text.replace("-", "").isalpha()


def _is_surname(sheet: Sheet, block: Block, row: int, *, totals: bool) -> bool:
    """Return whether a lone word stands under «Фамилия», has a capital and marks beside it."""
    text = block.name(sheet, row)
    header = sheet.at(block.header.start, block.name_columns[0]).text.casefold()
    if totals or not header.startswith("фамили") or not text[:1].isupper():
        return False
    return text.replace("-", "").isalpha() and _has_marks(sheet, block.subjects, row)


def _has_marks(sheet: Sheet, columns: Sequence[Column], row: int) -> bool:
    return any(
        token.kind == "mark"
        for column in columns
        for token in tokens(sheet.at(row, column.at), grid="term")
    )


def _numbered(sheet: Sheet, block: Block, row: int) -> bool:
    if block.number_column is None:
        return False
    return sheet.at(row, block.number_column).text.strip(".").isdigit()
