"""Class journal of one subject: pupils down, lesson days across, a subject per sheet.

edu.tatar, the offline journal of Дневник.ру and Кундолук print this (FORMATS.md 1.7, 3, 4.4).
"""

from __future__ import annotations

import re
from array import array
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook import captions
from posanalytics.gradebook.cells import EMPTY
from posanalytics.gradebook.entries import current_entries, term_entry
from posanalytics.gradebook.findings import Where, place
from posanalytics.gradebook.footers import Column as MarkColumn
from posanalytics.gradebook.footers import compared, expected, is_share, means, printed
from posanalytics.gradebook.headers import is_footer, is_person, person, role_of, subject_of
from posanalytics.gradebook.journal_layout import columns_of, is_pupil, journals_in, weights_in
from posanalytics.gradebook.reading import Hints, Lesson, Line, Listed, MarkGrid, Reading, Sign
from posanalytics.gradebook.recognition import NO_MATCH, Match, seen
from posanalytics.gradebook.screening import missing, without_namesakes
from posanalytics.gradebook.tokens import tokens
from posanalytics.gradebook.walk import walked
from posanalytics.labels import class_label, pupil_words, squeezed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from posanalytics.gradebook.captions import Context
    from posanalytics.gradebook.cells import Book, Cell, Sheet
    from posanalytics.gradebook.findings import Findings
    from posanalytics.gradebook.journal_layout import JournalColumn, JournalTable
    from posanalytics.gradebook.tokens import Token

FORMAT = "journal_grid"

_PLAIN_SHEET = re.compile(r"(?:лист|sheet|table|page|страница|таблица)\s*_?\d*", re.IGNORECASE)
_BY_SUBJECT = re.compile(r"по\s+предмету\s*:?\s*[«\"]?([^»\"\n]{2,60})", re.IGNORECASE)
_SUBJECT_WORD = re.compile(
    r"язык|культур|литератур|истори|чтени|\bмир\b|искусств|технологи|грамот", re.IGNORECASE
)
# What a cell must say to need no second look: marks and absences, written out.
_ORDINARY = frozenset({"mark", "absence", "exempt", "not_assessed", "pass", "fail", "debt"})


class _Table(NamedTuple):
    """The table being read: its sheet, its layout and what its captions say."""

    sheet: Sheet
    table: JournalTable
    context: Context
    columns: list[JournalColumn]
    subject: str
    findings: Findings


class _Book(NamedTuple):
    """What is said about all sheets, and the tables of every subject of a class."""

    context: Context
    signs: _Signs
    groups: dict[tuple[str, str], list[tuple[str, MarkGrid]]]


# A cell that says nothing, and a cell that needs a second look.
_NOTHING = 0
_DOUBTFUL = -1


class _Signs:
    """What the cells of a book say, each once: `said` by number, as grids keep it.

    Equal cells of a book are mostly one object, and the book outlives this: `_known` goes by
    identity, `_texts` by what stands in the cell.
    """

    def __init__(self) -> None:
        self.said: list[tuple[Sign, ...]] = [()]
        self._numbers: dict[tuple[Sign, ...], int] = {(): _NOTHING}
        self._texts: dict[tuple[str, str], int] = {}
        self._known: dict[int, int] = {id(EMPTY): _NOTHING}

    def of(self, cells: list[Cell]) -> list[int]:
        """Return the number of what each cell says."""
        codes = list(map(self._known.get, map(id, cells)))
        if None in codes:
            fresh = {id(c): c for c, code in zip(cells, codes, strict=True) if code is None}
            self._known |= {key: self._learnt(cell) for key, cell in fresh.items()}
            codes = list(map(self._known.get, map(id, cells)))
        return codes  # type: ignore[return-value]

    def number(self, found: Iterable[Token]) -> int:
        """Return the number of what tokens say together."""
        signs = tuple(Sign(t.kind, t.value, t.raw, t.scale, t.weight) for t in found)  # type: ignore[arg-type]
        if signs not in self._numbers:
            self._numbers[signs] = len(self.said)
            self.said.append(signs)
        return self._numbers[signs]

    def _learnt(self, cell: Cell) -> int:
        if cell.kind == "empty":
            return _NOTHING
        if cell.covered or cell.kind not in {"text", "number"}:
            return _DOUBTFUL
        key = (cell.text, cell.kind)
        if key not in self._texts:
            found = tokens(cell, grid="current")
            ordinary = found and all(token.kind in _ORDINARY for token in found)
            self._texts[key] = self.number(found) if ordinary else _DOUBTFUL
        return self._texts[key]


def recognise(book: Book) -> Match:
    """Return how surely the book holds journals: the share of its sheets with one."""
    held = sum(map(bool, _journals(book)))
    if not held:
        return NO_MATCH
    sheets = [sheet for sheet in book.sheets if any(sheet.rows)]
    return seen(0.96 * (held / len(sheets)), "pupils_down", "lessons_across")


def _journals(book: Book) -> list[list[JournalTable]]:
    """Return the journals of every sheet, looked for once."""
    if FORMAT not in book.layouts:
        book.layouts[FORMAT] = journals_in(book)
    found: list[list[JournalTable]] = book.layouts[FORMAT]
    return found


def read(book: Book, *, name: str, hints: Hints) -> Reading:
    """Return the marks of every lesson of every journal in the book."""
    about = _Book(
        captions.in_name(book.name).over(captions.in_hints(hints)), _Signs(), defaultdict(list)
    )

    journals = iter(_journals(book))

    def read_sheet(sheet: Sheet, findings: Findings, reading: Reading) -> bool:
        tables = next(journals)
        before = captions.Context()
        for table in tables:
            before = _read_table(about, (sheet, table), before, findings, reading)
        if tables and book.kind == "ole":
            findings.add("note", "offline_journal")
        return bool(tables)

    return walked(book, FORMAT, read_sheet, name=name)


def _read_table(
    about: _Book,
    found: tuple[Sheet, JournalTable],
    before: Context,
    findings: Findings,
    reading: Reading,
) -> Context:
    """Add one journal to the reading; return what its captions say to the table below."""
    sheet, layout = found
    context = captions.described(sheet, layout.titles)._replace(pupil=None)
    for weaker in (before, captions.in_name(subject_of(sheet.name)), about.context):
        context = context.over(weaker)
    if not context.school_year:
        context = context._replace(school_year=_year_of_days(sheet, layout, context))
    lacking = missing(context, ("school_year", "class_label"), sheet, findings)
    told = _subject(sheet, layout)
    if not told:
        findings.add("error", "no_journal_subject", Where(sheet.name))
    columns = columns_of(sheet, layout, context)
    table = _Table(sheet, layout, context, columns, subject_of(told), findings)
    _note_columns(table)
    lines, footers = _lines(table)
    lined = tuple(Line(name, row) for row, (name, _) in lines.items())
    grid, terms = _grid(table, lined, about.signs), _terms(table, lined, about.signs)
    _check_footers(table, footers, grid)
    if not lacking and told:
        label, year = context.class_label or "", context.school_year or ""
        reading.grids.extend(part for part in (grid, terms) if part)
        reading.listed.extend(Listed(name, label, year, note) for name, note in lines.values())
        _note_groups(table, told, grid, about)
    return context


def _year_of_days(sheet: Sheet, layout: JournalTable, context: Context) -> str | None:
    """Return the school year of full dates in the header, or of the period in the titles."""
    days = [day.strftime("%d.%m.%Y") for day in context.days]
    for row in layout.header:
        for _, cell in sheet.filled(row):
            shown = cell.value.strftime("%d.%m.%Y") if cell.kind == "date" else cell.text  # type: ignore[union-attr]
            days.append(shown)
    return captions.year_in(" ".join(days))


def _subject(sheet: Sheet, layout: JournalTable) -> str:
    """Return the subject as a caption or the name of the sheet tells it, with its subgroup."""
    labelled = captions.labelled(sheet, layout.titles).get("subject", "")
    if labelled:
        return labelled
    for row in layout.titles:
        for _, cell in sheet.filled(row):
            match = _BY_SUBJECT.search(cell.text)
            if match:
                return match[1].strip()
    return _subject_of_sheet(sheet.name)


def _subject_of_sheet(name: str) -> str:
    """Return the subject that a sheet is called by, without the class beside it."""
    clean = squeezed(name.replace("_", " "))
    words = [word for word in clean.split() if not (class_label(word) and not word.isdigit())]
    subject = " ".join(words).strip(" ,;-–")
    named = is_person(subject) and not _SUBJECT_WORD.search(subject)
    if not subject or _PLAIN_SHEET.fullmatch(subject) or named or class_label(subject):
        return ""
    return subject if role_of(subject_of(subject)) == "subject" else ""


def _note_columns(table: _Table) -> None:
    """Name every column of marks whose day or term is not clear, and weights that are not used."""
    for column in table.columns:
        if column.kind in {"unclear", "empty"} and _used(table, column.at):
            where = place(table.sheet, table.table.header.start, column.at)
            table.findings.add("warning", "unknown_column", where, title=column.title or "–")

    for row in weights_in(table.sheet, table.table):
        first, _ = table.sheet.first_filled(row)
        table.findings.add("warning", "weights_row", place(table.sheet, row, first))


def _used(table: _Table, index: int) -> bool:
    return any(table.sheet.at(row, index).kind != "empty" for row in table.table.body)


def _lines(table: _Table) -> tuple[dict[int, tuple[str, str]], dict[int, str]]:
    """Return name and note of every pupil by row, and the captions of the totals by row."""
    sheet, layout = table.sheet, table.table
    named: list[tuple[str, int, tuple[int, str]]] = []
    footers: dict[int, str] = {}
    for row in layout.body:
        text = layout.name(sheet, row)
        if is_pupil(sheet, layout, row, text, below=bool(footers)):
            named.append((text, row, (row, text)))
        elif any(cell.kind != "empty" for cell in sheet.rows[row]):
            caption = _caption(table, row)
            if is_footer(caption):
                footers[row] = caption
            else:
                _note_row(table, row)
    told_apart = without_namesakes(named, layout.names[0], sheet, table.findings)
    lines = {row: person(text) for row, text in told_apart}
    for row, (_, note) in lines.items():
        if note:
            table.findings.add("note", "left_class", place(sheet, row, layout.names[0]))
    return lines, footers


def _caption(table: _Table, row: int) -> str:
    """Return the text before the marks; the number of a pupil without a name is no caption."""
    before = table.sheet.rows[row][: table.table.names[-1] + 1]
    return next((cell.text for cell in before if cell.text and not cell.text.isdigit()), "")


def _note_row(table: _Table, row: int) -> None:
    """Name a row that is neither a pupil nor a total; it matters where it holds marks."""
    column, _ = table.sheet.first_filled(row)
    marks = {c.at for c in table.columns if c.kind in {"day", "term"}}
    holds = any(at in marks and not cell.covered for at, cell in table.sheet.filled(row))
    where = place(table.sheet, row, column)
    if holds:
        table.findings.add("warning", "nameless_row", where)
    else:
        table.findings.add("note", "other_row", where)


def _check_footers(table: _Table, footers: dict[int, str], grid: MarkGrid) -> None:
    """Compare what the rows below the pupils print for a lesson with what its marks give."""
    for row, caption in footers.items():
        checked = [
            _check_footer(table, grid, (row, number), caption)
            for number, lesson in enumerate(grid.lessons)
            if table.sheet.at(row, lesson.column).kind != "empty"
        ]
        where = place(table.sheet, row, table.sheet.first_filled(row)[0])
        key = "footer" if checked and all(checked) else "footer_unchecked"
        table.findings.add("note", key, where)


def _check_footer(table: _Table, grid: MarkGrid, at: tuple[int, int], caption: str) -> bool:
    """Return whether a total could be checked; note it where it does not agree."""
    row, number = at
    where = place(table.sheet, row, grid.lessons[number].column)
    shown = printed(table.sheet.at(row, grid.lessons[number].column))
    codes = grid.cells[number :: len(grid.lessons)]
    marks = [s.value or 0.0 for code in codes for s in grid.said[code] if s.kind == "mark"]
    computed = expected(caption, MarkColumn(marks, 0, len(grid.lines)))
    if shown is None or not computed:
        return False
    shown = shown.as_percent() if is_share(caption) else shown
    if not any(shown.agrees(value) for value in computed):
        text = compared(shown, computed[0])
        table.findings.add("warning", "footer_mismatch", where, token=text)
    return True


def _grid(table: _Table, lines: tuple[Line, ...], signs: _Signs) -> MarkGrid:
    """Return the marks of the lessons; every cell that is not plain is looked at in full."""
    days = [column for column in table.columns if column.kind == "day"]
    if not days:
        return _of_lessons(table, lines, signs, (), [])
    first, last = days[0].at, days[-1].at + 1
    between = [column for column in table.columns if first <= column.at < last]
    codes = signs.of(_flat(table.sheet, lines, first, last))
    for offset, column in enumerate(between) if len(days) < len(between) else ():
        if column.kind != "day":
            codes[offset :: len(between)] = [_NOTHING] * len(lines)
    doubtful: set[int] = set()
    for number in [n for n, code in enumerate(codes) if code < 0] if _DOUBTFUL in codes else ():
        row = lines[number // len(between)].row
        found = current_entries(table.sheet, row, first + number % len(between), table.findings)
        codes[number] = signs.number(found)
        if not found:
            doubtful.add(row)
    _check_means(table, [line.row for line in lines if line.row not in doubtful], signs)
    return _of_lessons(table, lines, signs, between, codes)


def _terms(table: _Table, lines: tuple[Line, ...], signs: _Signs) -> MarkGrid | None:
    """Return the marks for terms that stand beside the lessons, None where there are none."""
    columns = [column for column in table.columns if column.kind == "term"]
    if not columns:
        return None
    codes = []
    for _, row in lines:
        for column in columns:
            filled = table.sheet.at(row, column.at).kind != "empty"
            entry = term_entry(table.sheet, row, column.at, table.findings) if filled else None
            codes.append(signs.number([entry] if entry else []))
    return _of_lessons(table, lines, signs, columns, codes)


def _of_lessons(
    table: _Table,
    lines: tuple[Line, ...],
    signs: _Signs,
    columns: Sequence[JournalColumn],
    codes: list[int],
) -> MarkGrid:
    return MarkGrid(
        class_label=table.context.class_label or "",
        school_year=table.context.school_year or "",
        subject=table.subject,
        sheet=table.sheet.name,
        lines=lines,
        lessons=tuple(map(_lesson, columns)),
        said=signs.said,
        cells=array("I", codes),
    )


def _flat(sheet: Sheet, lines: tuple[Line, ...], first: int, last: int) -> list[Cell]:
    """Return the cells between two columns of the lines, line behind line."""
    cells: list[Cell] = []
    for _, row in lines:
        line = sheet.rows[row][first:last]
        cells += line
        if len(line) < last - first:
            cells += [EMPTY] * (last - first - len(line))
    return cells


def _lesson(column: JournalColumn) -> Lesson:
    at, kind, _, day, term, work = column
    return Lesson(at, "current" if kind == "day" else "term", day, term, work)


def _check_means(table: _Table, rows: list[int], signs: _Signs) -> None:
    """Compare every «Средний балл» with the marks before it: all, or since the mean before."""
    columns = [column.at for column in table.columns if column.kind == "mean"]
    days = [column.at for column in table.columns if column.kind == "day"]
    start = 0
    for column in columns:
        for row in rows:
            shown = printed(table.sheet.at(row, column))
            if shown:
                own = _marks(table, row, [at for at in days if start <= at < column], signs)
                every = _marks(table, row, [at for at in days if at < column], signs)
                possible = [*_means(own), *_means(every)]
                if possible and not any(map(shown.agrees, possible)):
                    where = place(table.sheet, row, column)
                    text = compared(shown, possible[0])
                    table.findings.add("warning", "row_mean_journal", where, token=text)
        start = column


def _marks(table: _Table, row: int, columns: list[int], signs: _Signs) -> list[Sign]:
    """Return the marks that the cells of the row say."""
    codes = signs.of([table.sheet.at(row, column) for column in columns])
    said = [sign for code in codes if code > 0 for sign in signs.said[code]]
    for column, code in zip(columns, codes, strict=True):
        if code == _DOUBTFUL:
            said += signs.said[signs.number(tokens(table.sheet.at(row, column), grid="current"))]
    return [sign for sign in said if sign.kind == "mark"]


def _means(marks: Iterable[Sign]) -> list[float]:
    """Return the plain and the weighted mean, nothing where there is no mark."""
    return means([(sign.value or 0.0, sign.weight) for sign in marks])


def _note_groups(table: _Table, told: str, grid: MarkGrid, about: _Book) -> None:
    """Say so where a pupil has marks in two groups of one subject."""
    before = about.groups[grid.class_label, grid.subject]
    others = [_marked(other) for name, other in before if name != told]
    own = _marked(grid) if others else {}
    for words in {words for other in others for words in own.keys() & other.keys()}:
        where = place(table.sheet, own[words], table.table.names[0])
        table.findings.add("note", "two_groups", where, subject=table.subject)
    before.append((told, grid))


def _marked(grid: MarkGrid) -> dict[tuple[str, ...], int]:
    """Return the pupils with marks, each with its row."""
    width = len(grid.lessons)
    numbers = {number // width for number, code in enumerate(grid.cells) if code}
    return {pupil_words(grid.lines[n].pupil): grid.lines[n].row for n in sorted(numbers)}
