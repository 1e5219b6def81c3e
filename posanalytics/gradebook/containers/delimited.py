"""Rows of a text table: strict, with the delimiter that makes its lines equally long."""

from __future__ import annotations

import csv
import functools
import io
from collections import Counter

from posanalytics.gradebook.cells import EMPTY, Cell, Sheet
from posanalytics.gradebook.containers.container import Refused
from posanalytics.gradebook.containers.ooxml import MOST_CELLS
from posanalytics.labels import squeezed

LONGEST_FIELD = 1_000_000  # characters
MOST_COLUMNS = 2_000
_DELIMITERS = (";", "\t", ",")
_SAMPLE_LINES = 60


def read_delimited(text: str) -> list[Sheet]:
    """Return the text table as one sheet of text cells, nothing turned into a number."""
    body = text.removeprefix("\ufeff")
    declared = body[:6].casefold()
    if declared.startswith("sep=") and len(declared) > 4:  # noqa: PLR2004
        delimiter = declared[4]
        # The line that only names the delimiter stays a row, so that cell names agree with Excel's.
        lines = _parsed("\n" + body.partition("\n")[2], delimiter)
    else:
        lines = _parsed(body, _delimiter(body))
    return [Sheet("", lines)]


@functools.lru_cache(maxsize=65_536)  # a gradebook repeats itself: equal fields are one cell
def _cell(field: str) -> Cell:
    text = squeezed(field)
    return Cell(text) if text else EMPTY


def _parsed(text: str, delimiter: str) -> list[list[Cell]]:
    csv.field_size_limit(LONGEST_FIELD)
    rows: list[list[Cell]] = []
    room = MOST_CELLS
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in lines:
            room -= len(row) + 1
            if len(row) > MOST_COLUMNS or room < 0:
                raise Refused("too_many_cells")
            rows.append([_cell(field) for field in row])
    except csv.Error as error:
        raise Refused("broken_text", line=lines.line_num) from error
    return rows


def _delimiter(text: str) -> str:
    sample = [line for line in text.splitlines()[:_SAMPLE_LINES] if line.strip()]
    return max(_DELIMITERS, key=lambda mark: _evenness(sample, mark))


def _evenness(lines: list[str], delimiter: str) -> float:
    """Return how many fields the delimiter makes in lines that it cuts alike."""
    counts = Counter(line.count(delimiter) for line in lines)
    counts.pop(0, None)
    return max((fields * times for fields, times in counts.items()), default=0)
