"""What an export is and what would be read from it, without a name and without reading it in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from posanalytics import labels, periods
from posanalytics.gradebook.cells import column_name
from posanalytics.gradebook.containers.container import Refused
from posanalytics.gradebook.guess import guessed, is_mark
from posanalytics.gradebook.headers import is_footer, may_be_name, role_of
from posanalytics.gradebook.hiding import (
    holds_name,
    is_persons,
    name_words,
    pupils_of,
    telling_sheets,
)
from posanalytics.gradebook.matrix_layout import counts_columns
from posanalytics.gradebook.read import (
    NO_HINTS,
    Opened,
    content,
    mapping_from,
    opened_export,
    read_opened,
    refusal,
)
from posanalytics.gradebook.readers import class_matrix, instrument_table
from posanalytics.gradebook.registry import candidates
from posanalytics.privacy import Redactor
from posanalytics.schema import Problem
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from posanalytics.gradebook.captions import Context
    from posanalytics.gradebook.cells import Cell, Sheet
    from posanalytics.gradebook.matrix_columns import Column
    from posanalytics.gradebook.matrix_layout import Block
    from posanalytics.gradebook.reading import Hints, Reading
    from posanalytics.gradebook.recognition import Match
_MOST_ROWS = 5
_MOST_COLUMNS = 8
_LONGEST_TITLE = 40
_HIGHEST = {"5": 5.0, "10": 10.0, "12": 12.0, "100": 100.0}
Doubt = Literal["subject", "header", "scale", "meaning"]


class Look(NamedTuple):
    """What to look at: a file, how to call it, and what its place and mapping files say."""

    path: Path
    name: str
    hints: Hints = NO_HINTS
    mappings: tuple[Path, ...] = ()
    called: str = ""
    # By which a caption is known to tell a pupil of the file.
    words: frozenset[str] = frozenset()


class SheetShape(NamedTuple):
    """One sheet of the file: how it may be called, and how large it is."""

    name: str
    rows: int
    columns: int
    hidden: bool


class Candidate(NamedTuple):
    """A format that the file could be, with the signs of it that were seen."""

    format: str
    match: Match


class Unclear(NamedTuple):
    """A column that holds something whose meaning nobody has told."""

    letters: str
    title: str
    doubt: Doubt
    subject: str = ""
    scale: str = ""


class Known(NamedTuple):
    """A column whose subject is known."""

    letters: str
    title: str
    subject: str
    term: str | None
    kind: Literal["mark", "mean"]
    scale: str | None = None


class TableLook(NamedTuple):
    """One table of the file as it would be read; `sheet` is the name or number that a mapping uses.

    `guessed` is set where no reader found the table; `turned` where pupils stand across.
    """

    sheet: str
    shown: str
    header_row: int
    name_column: str
    school_year: str | None
    class_label: str | None
    term: str | None
    lacking: tuple[str, ...]
    known: tuple[Known, ...]
    unclear: tuple[Unclear, ...]
    doubtful_rows: tuple[int, ...]
    pupils: int
    header: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    skipped: tuple[tuple[int, int], ...] = ()
    subject: str = ""
    told_names: bool = True
    by_column: bool = False
    guessed: bool = False
    turned: bool = False


class Counts(NamedTuple):
    """What was read: distinct classes, years, terms and subjects, and how many of the rest."""

    classes: tuple[str, ...] = ()
    years: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    pupils: int = 0
    marks: int = 0
    other: int = 0
    scores: int = 0


class Preview(NamedTuple):
    """Everything that `load --explain` and `load --preview` say of a file."""

    name: str
    size: int
    kind: str
    encoding: str
    sheets: tuple[SheetShape, ...]
    candidates: tuple[Candidate, ...]
    format: str
    hints: Hints
    mappings: tuple[str, ...]
    counts: Counts
    tables: tuple[TableLook, ...]
    lacking: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]
    problems: tuple[Problem, ...]
    # Columns of an instrument that no dictionary describes, each with its words of levels.
    scales: tuple[tuple[str, tuple[str, ...]], ...] | None = None

    @property
    def is_clear(self) -> bool:
        """Return whether nothing is left to ask."""
        doubts = any(t.unclear or t.doubtful_rows or t.guessed for t in self.tables)
        undescribed = self.scales is not None
        return bool(self.format) and not (doubts or self.lacking or undescribed)


def look_at(look: Look) -> Preview:
    """Return what the file is and what would be read from it; bad input never raises."""
    try:
        file = opened_export(
            content(look.path),
            name=look.called or look.name,
            mapping=mapping_from(look.mappings),
        )
    except Refused as error:
        return refused(look, refusal(look.name, error))
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return refused(look, refusal(look.name, Refused("unreadable", why=reason)))
    reading = read_opened(file, name=look.name, hints=look.hints)
    return _preview(look, file, reading)


def refused(look: Look, reading: Reading) -> Preview:
    """Return the preview of a file that was not opened: the reason and nothing else."""
    size = look.path.stat().st_size if look.path.is_file() else 0
    names = tuple(path.name for path in look.mappings)
    return Preview(
        look.name, size, "", "", (), (), "", look.hints, names, Counts(), (), (), (),
        tuple(reading.problems),
    )  # fmt: skip


def _preview(look: Look, file: Opened, reading: Reading) -> Preview:
    book = file.book
    people = _people(file, reading)
    look = look._replace(words=name_words(people))
    tables = _tables(look, file, reading)
    shown = _shown_sheets(look, file)
    sizes = [max(map(len, sheet.rows), default=0) for sheet in book.sheets]
    found = Preview(
        name=look.name,
        size=file.size,
        kind=book.kind,
        encoding=book.encoding,
        sheets=tuple(
            SheetShape(shown[sheet.name], len(sheet.rows), width, sheet.hidden)
            for sheet, width in zip(book.sheets, sizes, strict=True)
        ),
        candidates=tuple(Candidate(c.reader.format, c.match) for c in candidates(book)),
        format=reading.format,
        hints=look.hints,
        mappings=tuple(path.name for path in look.mappings),
        counts=_counts(reading, look.words),
        tables=tables,
        lacking=_lacking(reading, tables),
        sample=() if tables else _sample(reading, look.words),
        problems=tuple(reading.problems),
        scales=None if file.mapping and file.mapping.instrument else _scales(look, file, reading),
    )
    # The last sieve: whatever still says a name that the file knows.
    instead = say("privacy.pupil", lang="ru")
    return cast("Preview", _redacted(found, Redactor(dict.fromkeys(people, instead))))


def _redacted(value: Any, redact: Redactor) -> Any:
    """Return a value with every known name replaced in all of its texts."""
    if isinstance(value, str):
        return redact.caption(value)
    if isinstance(value, Problem):
        return replace(
            value,
            file=redact.caption(value.file),
            sheet=redact.caption(value.sheet),
            found=redact.sentence(value.found),
            expected=redact.sentence(value.expected),
            remedy=redact.sentence(value.remedy),
        )
    if isinstance(value, tuple):
        parts = [_redacted(part, redact) for part in value]
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    return value


def _people(file: Opened, reading: Reading) -> set[str]:
    """Return every text of the file that is somebody's name, also where no reader knows it."""
    found = pupils_of(reading)
    for sheet in file.book.sheets:
        guess = None if reading.format else guessed(sheet)
        if guess:
            found.update(sheet.at(row, guess.names).text for row in guess.rows)
        texts = {cell.text for row in sheet.rows for cell in row if cell.kind == "text"}
        found.update(text for text in texts if is_persons(text, frozenset()))
    return {text for text in found if name_words([text])}


def _scales(
    look: Look, file: Opened, reading: Reading
) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    if reading.format != instrument_table.FORMAT:
        return None
    return tuple(
        (
            _shown(title, look.words),
            () if any(holds_name(w, look.words) for w in levels) else levels,
        )
        for title, levels in instrument_table.proposed_scales(file.book)
    )


def _shown_sheets(look: Look, file: Opened) -> dict[str, str]:
    """Return how each sheet may be called where its name could be a pupil's."""
    names = [sheet.name for sheet in file.book.sheets]
    telling = telling_sheets(look.words, names)
    numbers = (say("gradebook.sheet_number", number=n) for n in range(1, len(names) + 1))
    return {
        name: telling.get(name, name or number) for name, number in zip(names, numbers, strict=True)
    }


def _counts(reading: Reading, words: frozenset[str]) -> Counts:
    records, listed, scores = reading.records, reading.listed, reading.scores
    marks = sum(record.kind in {"mark", "mean"} for record in records)
    whose = [(row.pupil, row.class_label, row.school_year) for row in records]
    whose += [(row.pupil, row.class_label, row.school_year) for row in listed]
    whose += [(row.pupil or row.code, row.class_label, row.school_year) for row in scores]
    subjects = {row.subject for row in records} | {row.subject for row in scores}
    return Counts(
        classes=tuple(sorted({label for _, label, _ in whose} - {""}, key=labels.class_order)),
        years=tuple(sorted({year for _, _, year in whose} - {""})),
        terms=tuple(sorted({r.term for r in records if r.term}, key=periods.term_order)),
        subjects=tuple(sorted({_shown(subject, words) for subject in subjects - {""}})),
        pupils=len({(pupil, label) for pupil, label, _ in whose}),
        marks=marks,
        other=len(records) - marks,
        scores=len(scores),
    )


def _lacking(reading: Reading, tables: Sequence[TableLook]) -> tuple[str, ...]:
    """Return which of year, class, term, pupil and subject the file leaves out."""
    fields = ("school_year", "class_label", "term", "pupil", "subject")
    said = {problem.found for problem in reading.problems}
    told = {field for field in fields if say(f"gradebook.no_{field}_found") in said}
    told.update(field for table in tables for field in table.lacking)
    return tuple(field for field in fields if field in told)


def _sample(reading: Reading, words: frozenset[str]) -> tuple[tuple[str, ...], ...]:
    """Return a header and the first pupils, called by number, with what their cells say."""
    records = reading.records
    pupils = list(dict.fromkeys((r.class_label, r.pupil) for r in records))[:_MOST_ROWS]
    places = list(dict.fromkeys((r.subject, r.date or r.term or "") for r in records))
    places = places[:_MOST_COLUMNS]
    said: dict[tuple[tuple[str, str], tuple[str, str]], list[str]] = {}
    for r in records:
        place = (r.subject, r.date or r.term or "")
        said.setdefault(((r.class_label, r.pupil), place), []).append(r.raw)
    if not pupils:
        return ()
    titles = [f"{_shown(subject, words)} {_shown_time(when)}" for subject, when in places]
    header = ("", *titles)
    return (
        header,
        *(
            (pupil_number(n), *(" ".join(said.get((pupil, place), [])) for place in places))
            for n, pupil in enumerate(pupils, 1)
        ),
    )


def _shown_time(when: str) -> str:
    """Return a term or an ISO date as a column of the sample calls it."""
    if periods.is_term(when):
        return periods.term_short(when)
    return f"{when[8:]}.{when[5:7]}" if len(when) == len("2025-09-01") else when


def pupil_number(number: int) -> str:
    """Return what stands in place of a pupil's name."""
    return say("gradebook.pupil_number", number=number)


def shown_title(text: str) -> str:
    """Return a caption as it may be shown: shortened, and hidden where it could be a name."""
    if may_be_name(text):
        return say("gradebook.unquoted", length=len(text))
    return text if len(text) <= _LONGEST_TITLE else text[: _LONGEST_TITLE - 1] + "…"


def _shown(text: str, words: frozenset[str]) -> str:
    """Return a caption as it may be shown where names of the file are known."""
    return (
        say("gradebook.unquoted", length=len(text))
        if holds_name(text, words)
        else shown_title(text)
    )


def _tables(look: Look, file: Opened, reading: Reading) -> tuple[TableLook, ...]:
    """Return the class tables of the file or, where no reader knows it, the likely ones."""
    if reading.format not in {class_matrix.FORMAT, ""}:
        return ()
    book = file.book
    shown = _shown_sheets(look, file)
    numbers = {sheet.name: str(number) for number, sheet in enumerate(book.sheets, 1)}
    found = class_matrix.tables(book, hints=look.hints, mapping=file.mapping)
    found = [table for table in found if table.block.pupils] or found
    if not found:
        return tuple(
            _guessed_table(look, file, sheet, shown[sheet.name], numbers[sheet.name])
            for sheet in book.sheets
            if guessed(sheet)
        )
    return tuple(_table(table, found, shown[table.sheet.name], numbers, look) for table in found)


def _table(
    table: class_matrix.Table,
    others: Sequence[class_matrix.Table],
    shown: str,
    numbers: dict[str, str],
    look: Look,
) -> TableLook:
    sheet, block = table.sheet, table.block
    unclear = _unclear(table, look.words)
    dark = {doubt.letters for doubt in unclear}
    known = [
        Known(column_name(c.at), shown_title(c.title), c.subject, c.term, _kind(c), c.scale)
        for c in block.subjects
        if column_name(c.at) not in dark
    ]
    context = table.context
    same = [o for o in others if o.sheet.name == sheet.name and o.block.header == block.header]
    sections = [o for o in same if o.block.name_columns == block.name_columns]
    return TableLook(
        sheet=sheet.name if shown == sheet.name else numbers[sheet.name],
        shown=shown,
        header_row=block.header.start + 1,
        name_column=column_name(block.name_columns[0]),
        school_year=context.school_year,
        class_label=context.class_label,
        term=context.term,
        lacking=tuple(table.lacking),
        known=tuple(known),
        unclear=tuple(unclear),
        doubtful_rows=tuple(_doubtful_rows(table)),
        pupils=len(block.pupils),
        header=("", *(k.subject for k in known[:_MOST_COLUMNS])),
        sample=_first_rows(sheet, block, known),
        skipped=_others_rows(block, sections),
        subject="" if holds_name(_one_subject(block), look.words) else _one_subject(block),
        told_names=len(block.name_columns) == 1,
        by_column=block.class_column is not None,
        turned=table.turned,
    )


def _kind(column: Column) -> Literal["mark", "mean"]:
    return "mean" if column.role == "mean" else "mark"


def _one_subject(block: Block) -> str:
    """Return the subject of a table in which only terms stand over the columns."""
    return block.subjects[0].subject if block.one_subject and block.subjects else ""


def _others_rows(
    block: Block, sections: Sequence[class_matrix.Table]
) -> tuple[tuple[int, int], ...]:
    """Return the rows, from one, of the other tables that stand under the same header."""
    others = [o.block for o in sections if o.block.body.start != block.body.start]
    return tuple(
        (other.body.start + (other.titles.start < other.header.start), other.body.stop)
        for other in others
    )


def _first_rows(sheet: Sheet, block: Block, known: Sequence[Known]) -> tuple[tuple[str, ...], ...]:
    wanted = [c.at for c in block.subjects if column_name(c.at) in {k.letters for k in known}]
    return _sampled(sheet, sorted(block.pupils), wanted)


def _sampled(
    sheet: Sheet, rows: Sequence[int], columns: Sequence[int]
) -> tuple[tuple[str, ...], ...]:
    return tuple(
        (pupil_number(n), *(shown_mark(sheet.at(row, at)) for at in columns[:_MOST_COLUMNS]))
        for n, row in enumerate(rows[:_MOST_ROWS], 1)
    )


def shown_mark(cell: Cell) -> str:
    """Return the text of a cell that holds marks, dots for any other text."""
    return cell.text if cell.kind == "empty" or is_mark(cell) else "…"


def _unclear(table: class_matrix.Table, words: frozenset[str]) -> list[Unclear]:
    """Return the columns that hold marks of unknown meaning or on an unknown scale."""
    rows = sorted(table.block.pupils)
    if table.turned:
        return []
    found = [_named(column, words) or _doubt(table, column, rows) for column in table.block.columns]
    return [doubt for doubt in found if doubt]


def _named(column: Column, words: frozenset[str]) -> Unclear | None:
    """Return the question that a column under somebody's name is: never a proposal."""
    if column.subject and (holds_name(column.title, words) or holds_name(column.subject, words)):
        return Unclear(column_name(column.at), _shown(column.title, words), "subject")
    return None


def _doubt(table: class_matrix.Table, column: Column, rows: Sequence[int]) -> Unclear | None:
    cells = [c for row in rows if (c := table.sheet.at(row, column.at)).kind != "empty"]
    ignored = table.layout and table.layout.ignores(column.at, column.title)
    if not cells or ignored or column.at == table.block.class_column:
        return None
    unclear = Unclear(column_name(column.at), shown_title(column.title), "subject")
    marks = sum(map(is_mark, cells))
    if column.subject:
        return _doubt_of_subject(table, column, cells, unclear, few=marks * 2 < len(cells))
    if column.role == "period":
        return unclear
    if column.role != "other" or marks * 2 <= len(cells):
        return None
    if not column.title:
        return unclear._replace(doubt="header")
    # «Пропуски», «Итого»: a caption with a meaning of its own is no subject.
    known = role_of(column.title) == "subject"
    return unclear._replace(subject=unclear.title) if known else None


def _doubt_of_subject(
    table: class_matrix.Table, column: Column, cells: list[Cell], unclear: Unclear, *, few: bool
) -> Unclear | None:
    """Return what is unclear about a column of a known subject: its scale or its content."""
    scale = column.scale or (table.layout.scale if table.layout else "5")
    fitting = _fitting_scale(cells)
    if fitting and _HIGHEST[fitting] > _HIGHEST.get(scale, 0):
        return unclear._replace(doubt="scale", subject=column.subject, scale=fitting)
    return unclear._replace(doubt="meaning", subject=column.subject) if few else None


def _fitting_scale(cells: Sequence[Cell]) -> str:
    """Return the scale on which whole numbers above five are marks, nothing without such."""
    values = [c.value for c in cells if c.kind == "number" and isinstance(c.value, float)]
    values += [float(c.text) for c in cells if c.kind == "text" and c.text.isdigit()]
    whole = [value for value in values if value.is_integer() and value <= _HIGHEST["100"]]
    highest = max(whole, default=0.0)
    above = sum(value > _HIGHEST["5"] for value in whole)
    if not above or above * 4 < len(whole):
        return ""
    return next(scale for scale, most in _HIGHEST.items() if highest <= most)


def _doubtful_rows(table: class_matrix.Table) -> list[int]:
    """Return the rows, from one, that hold marks and no name that is surely one."""
    sheet, block = table.sheet, table.block
    skipped = table.layout.skip_rows if table.layout else frozenset()
    columns = [column.at for column in block.subjects]
    stop = table.layout.footer - 1 if table.layout and table.layout.footer else block.body.stop
    return [
        row + 1
        for row in block.body
        if row not in block.pupils
        and row < stop
        and row + 1 not in skipped
        and not is_footer(block.caption(sheet, row))
        and not counts_columns(sheet, row)
        and any(sheet.at(row, at).kind != "empty" for at in columns)
    ]


def _guessed_table(look: Look, file: Opened, sheet: Sheet, shown: str, number: str) -> TableLook:
    """Return the likely place of a table on a sheet that no reader understands."""
    guess = guessed(sheet)
    assert guess is not None  # noqa: S101 - asked by the caller
    context = class_matrix.around(file.book, sheet, range(guess.header), hints=look.hints)
    columns = [(column_name(at), sheet.at(guess.header, at).text) for at in guess.columns]
    known = tuple(
        Known(letters, shown_title(title), title, None, "mark")
        for letters, title in columns
        if role_of(title) == "subject" and _shown(title, look.words) == title
    )
    clear = {column.letters for column in known}
    return TableLook(
        sheet=sheet.name if shown == sheet.name else number,
        shown=shown,
        header_row=guess.header + 1,
        name_column=column_name(guess.names),
        school_year=context.school_year,
        class_label=context.class_label,
        term=context.term,
        lacking=_lacking_of(context),
        known=known,
        unclear=tuple(
            Unclear(letters, _shown(title, look.words), "subject" if title else "header")
            for letters, title in columns
            if letters not in clear
        ),
        doubtful_rows=(),
        pupils=len(guess.rows),
        header=("", *(letters for letters, _ in columns[:_MOST_COLUMNS])),
        sample=_sampled(sheet, guess.rows, guess.columns),
        guessed=True,
    )


def _lacking_of(context: Context) -> tuple[str, ...]:
    fields = ("school_year", "class_label", "term")
    return tuple(field for field in fields if not getattr(context, field))
