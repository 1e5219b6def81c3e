"""A preview in words: what the file is, what would be read from it, and what is unclear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posanalytics import periods
from posanalytics.gradebook.registry import title_of
from posanalytics.wording import decimal, say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posanalytics.gradebook.preview import Preview, TableLook, Unclear
    from posanalytics.gradebook.reading import Hints

_MOST_SHEETS = 12


def told(preview: Preview) -> Iterator[str]:
    """Yield what the file is and why it is read as it is, one line each."""
    yield _line("file", name=preview.name)
    if preview.kind:
        kind = say(f"gradebook.kind_{preview.kind}")
        yield _line("container", kind=kind, size=_size(preview.size))
    if preview.encoding:
        yield _line("encoding", encoding=preview.encoding)
    if preview.sheets:
        yield _line("sheets", sheets=_sheets(preview))
    hints = _hints(preview.hints)
    yield _line("hints", hints=hints) if hints else _line("no_hints")
    for name in preview.mappings:
        yield _line("mapping", name=name)
    yield from _candidates(preview)
    yield _line("read_as", title=title_of(preview.format))
    yield from counted(preview)


def counted(preview: Preview) -> Iterator[str]:
    """Yield what was found: whose marks, of which terms, how many."""
    counts = preview.counts
    numbers = {
        "classes": ", ".join(counts.classes),
        "years": ", ".join(year.replace("-", "/") for year in counts.years),
        "terms": ", ".join(map(periods.term_name, counts.terms)),
        "subjects": ", ".join(counts.subjects),
        "pupils": counts.pupils,
        "marks": counts.marks,
        "other": counts.other,
        "scores": counts.scores,
    }
    for name, value in numbers.items():
        if value:
            yield _line(name, value=value)


def table_lines(table: TableLook) -> Iterator[str]:
    """Yield where one table stands, whose it is, and what in it is unclear."""
    key = "table_turned" if table.turned else "table_guessed" if table.guessed else "table"
    yield _line(key, sheet=table.shown, row=table.header_row, column=table.name_column)
    whose = {
        "class_label": table.class_label,
        "school_year": table.school_year and table.school_year.replace("-", "/"),
        "term": table.term and periods.term_name(f"2000-01-{table.term}", with_year=False),
    }
    for field, value in whose.items():
        if value:
            yield "  " + _line(f"whose_{field}", value=value)
    yield "  " + _line("pupils", value=table.pupils)
    for field in table.lacking:
        yield "  " + _mark(say(f"gradebook.ask_{field}"))
    if table.doubtful_rows:
        rows = ", ".join(map(str, table.doubtful_rows))
        yield "  " + _mark(say("gradebook.look_rows", rows=rows))
    for doubt in table.unclear:
        yield "  " + _mark(_doubt(doubt))


def _doubt(doubt: Unclear) -> str:
    return say(f"gradebook.ask_column_{doubt.doubt}", title=doubt.title, letters=doubt.letters)


def _mark(text: str) -> str:
    return f"? {text}"


def _line(key: str, **slots: Any) -> str:
    return say(f"gradebook.look_{key}", **slots)


def _size(size: int) -> str:
    kilobytes = size / 1024
    return f"{decimal(kilobytes, 0 if kilobytes >= 10 else 1)}\u00a0{say('gradebook.look_kb')}"  # noqa: PLR2004


def _sheets(preview: Preview) -> str:
    shown = [
        _line("hidden_sheet" if sheet.hidden else "sheet", **sheet._asdict())
        for sheet in preview.sheets[:_MOST_SHEETS]
    ]
    more = len(preview.sheets) - len(shown)
    return ", ".join([*shown, say("gradebook.and_more", number=more)] if more else shown)


def _hints(hints: Hints) -> str:
    told_by = (hints.school_year, hints.class_label, hints.term)
    return ", ".join(part for part in told_by if part)


def _candidates(preview: Preview) -> Iterator[str]:
    if not preview.candidates:
        yield _line("no_candidates")
        return
    yield _line("candidates")
    for candidate in preview.candidates:
        signs = "; ".join(say(f"gradebook.sign_{sign}") for sign in candidate.match.signs)
        score = decimal(candidate.match.score, 2)
        yield f"  {score}  {title_of(candidate.format)}" + (f" – {signs}" if signs else "")
