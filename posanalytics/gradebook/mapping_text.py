"""The mapping file that a preview proposes: what was found, and a question for what was not."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from posanalytics.gradebook.captions import period_of
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from posanalytics.gradebook.preview import Known, Preview, TableLook, Unclear

# A line that waits for a person begins with this; taking it away makes the line count.
OPEN = "#"
# A text that YAML reads as it stands, also inside braces.
_PLAIN = re.compile(r"[А-Яа-яЁёA-Za-z][\w .()«»/+-]*|\d{1,2}[А-ЯЁ]|20\d\d-\d\d")
_NOT_TEXT = frozenset({"yes", "no", "on", "off", "true", "false", "null"})
_EXAMPLES = {"class_label": "7Б", "school_year": "2025-26", "term": "Q2"}
_FIELDS = {"class_label": "class", "school_year": "school_year", "term": "term"}


def mapping_text(preview: Preview) -> str:
    """Return the text of a mapping file for the previewed export."""
    lines = [f"# {line}" for line in say("gradebook.mapping_head").splitlines()]
    if not preview.tables:
        lines += _whose(preview)
    elif len(preview.tables) == 1:
        lines += _table(preview.tables[0], named=len(preview.sheets) > 1)
    else:
        lines += _several(preview.tables)
    return "\n".join(lines) + "\n"


def _whose(preview: Preview) -> Iterator[str]:
    """Yield the lines for a format with a layout of its own: only whose the marks are."""
    counts = preview.counts
    if preview.format:
        yield _remark("mapping_known_format", format=preview.format)
    found = {
        "school_year": counts.years,
        "class_label": counts.classes,
        "term": [term[8:] for term in counts.terms],
    }
    for field, values in found.items():
        if field in preview.lacking:
            yield _question(f"{_FIELDS[field]}: {_EXAMPLES[field]}", f"ask_{field}")
        elif len(values) == 1:
            yield f"{_FIELDS[field]}: {_scalar(values[0])}"
    if "subject" in preview.lacking:
        yield _question("subject: Алгебра", "ask_subject")
    if "pupil" in preview.lacking:
        yield _question("pupil: Фамилия Имя", "ask_pupil")
    if not preview.format:
        yield _remark("mapping_no_marks")
    if preview.scales is not None:
        yield from _dictionary(preview.scales)


def _dictionary(scales: Sequence[tuple[str, tuple[str, ...]]]) -> Iterator[str]:
    """Yield the dictionary of an instrument to fill in: nothing of it counts as it stands."""
    yield _question("instrument:", "ask_instrument")
    yield f"{OPEN}  name: {_scalar(say('gradebook.some_instrument'))}"
    yield f"{OPEN}  date: 2025-10-14"
    yield _question("  scales:", "ask_levels")
    for title, levels in scales or ((say("gradebook.some_scale"), ()),):
        words = ", ".join(map(_scalar, levels))
        told = f"{{levels: [{words}]}}" if words else "{maximum: 20}"
        yield f"{OPEN}    {_scalar(title)}: {told}"


def _several(tables: Sequence[TableLook]) -> Iterator[str]:
    """Yield an entry for each table; what none of them tells is asked once, for all."""
    everywhere = [f for f in _FIELDS if all(f in table.lacking for table in tables)]
    for field in everywhere:
        yield _question(f"{_FIELDS[field]}: {_EXAMPLES[field]}", f"ask_{field}")
    yield "sheets:"
    for table in tables:
        kept = tuple(field for field in table.lacking if field not in everywhere)
        lines = _table(table._replace(lacking=kept), named=True)
        for number, line in enumerate(lines):
            # The dash that begins an entry stands before its first field, `sheet`.
            yield ("  - " if number == 0 else "    ") + line


def _table(table: TableLook, *, named: bool) -> Iterator[str]:
    if named:
        yield f"sheet: {_scalar(table.sheet)}"
    if table.turned:
        yield _remark("mapping_turned")
    else:
        yield from _place(table)
    yield from _owner(table)
    if table.subject:
        yield f"subject: {_scalar(table.subject)}"
    elif _only_periods(table):
        yield _question("subject: Алгебра", "ask_subject")
    elif not table.turned:
        yield from _subjects(table)


def _only_periods(table: TableLook) -> bool:
    """Return whether nothing but terms stands over the columns: then one subject is asked for."""
    periods = all(period_of(doubt.title) for doubt in table.unclear)
    return not table.known and bool(table.unclear) and periods


def _place(table: TableLook) -> Iterator[str]:
    """Yield where the table stands; names that no rule recognises are asked for."""
    if table.guessed:
        yield _question(f"header_row: {table.header_row}", "ask_header_row")
        yield _question(f"name_column: {table.name_column}", "ask_name_column")
        return
    yield f"header_row: {table.header_row}"
    if table.doubtful_rows and table.told_names:
        rows = _numbers(table.doubtful_rows)
        yield _question(f"name_column: {table.name_column}", "ask_rows", rows=rows)
        yield _question(f"skip_rows: [{rows}]", "ask_skip")
    elif table.told_names:
        yield f"name_column: {table.name_column}"
    if table.skipped:
        yield f"skip_rows: [{', '.join(f'{first}-{last}' for first, last in table.skipped)}]"


def _owner(table: TableLook) -> Iterator[str]:
    for field, name in _FIELDS.items():
        value = getattr(table, field)
        if field in table.lacking:
            yield _question(f"{name}: {_EXAMPLES[field]}", f"ask_{field}")
        elif value and (field != "class_label" or not table.by_column):
            yield f"{name}: {_scalar(value)}"


def _subjects(table: TableLook) -> Iterator[str]:
    yield "subjects:"
    for column in table.known:
        yield f"  {_key(column.letters)}: {_column(column)}"
    for doubt in table.unclear:
        yield "  " + _doubt(doubt)


def _column(column: Known) -> str:
    told = {"term": column.term, "kind": column.kind if column.kind != "mark" else None}
    told["scale"] = column.scale
    extra = ", ".join(f"{name}: {value}" for name, value in told.items() if value)
    subject = _scalar(column.subject)
    return f"{{subject: {subject}, {extra}}}" if extra else subject


def _doubt(doubt: Unclear) -> str:
    subject = _scalar(doubt.subject or say("gradebook.some_subject"))
    value = f"{{subject: {subject}, scale: {doubt.scale}}}" if doubt.scale else subject
    line = f"{_key(doubt.letters)}: {value}"
    return _question(line, f"ask_column_{doubt.doubt}", title=doubt.title, letters=doubt.letters)


def _question(line: str, key: str, **slots: Any) -> str:
    return f"{OPEN}{line}   # ← {say(f'gradebook.{key}', **slots)}"


def _remark(key: str, **slots: Any) -> str:
    return f"# {say(f'gradebook.{key}', **slots)}"


def _numbers(rows: Iterable[int]) -> str:
    return ", ".join(map(str, rows))


def _key(letters: str) -> str:
    return json.dumps(letters) if letters.casefold() in _NOT_TEXT else letters


def _scalar(text: str) -> str:
    """Return a text as YAML takes it for a text."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _NOT_TEXT and text == text.strip():
        return text
    return json.dumps(text, ensure_ascii=False)
