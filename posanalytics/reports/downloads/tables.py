"""The tables of an executed notebook as its page shows them: of blocks and behind figures."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, NamedTuple

from posanalytics.reports.outputs import PLOTLY, outputs_of, whole_text
from posanalytics.reports.values import Number, Value, shown, value_of
from posanalytics.schema import APPENDIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_COUNTED = re.compile(r"([^()]+)\s\(([^()]+%)\)")  # as under a bar: 7 (4 %)
# What may stand in XML 1.0 (section 2.2); Word and Excel refuse a file with anything else.
_UNPRINTABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAKS = frozenset({"br", "p", "div", "li"})
_BETWEEN = " · "  # blocks of one cell
_POINTED = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")  # a number of other programs


class Table(NamedTuple):
    """One table of a report: what it answers, where it stands, what it holds."""

    title: str
    section: str
    note: str
    columns: list[str]
    rows: list[list[Value]]


def tables_of(notebook: Any) -> list[Table]:
    """Return every table that the page shows, in its order, then those of the appendix."""
    found: list[Table] = []
    section = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            headings = re.findall(r"^##\s+(.+)$", cell.source, re.MULTILINE)
            section = headings[-1].strip(" #*_`") if headings else section
        for data in _data_of(cell):
            if PLOTLY in data:
                found += _behind_figure(data[PLOTLY], section)
            elif "text/html" in data:
                found += _in_html("".join(data["text/html"]), section)
    attached = appendix_in(notebook)
    return found + ([_of_part(part) for part in attached["parts"]] if attached else [])


def _data_of(cell: Any) -> Iterator[Mapping[str, Any]]:
    """Yield what a cell displays on the page, by media type."""
    for output in outputs_of(cell):
        if "data" in output:
            yield output["data"]


def appendix_in(notebook: Any) -> Mapping[str, Any] | None:
    """Return the appendix that a notebook gives out, None where it has none."""
    given = [
        data[APPENDIX] for cell in notebook.cells for data in _data_of(cell) if APPENDIX in data
    ]
    return given[-1] if given else None


def _of_part(part: Mapping[str, Any]) -> Table:
    rows = [[value_of(text) for text in row] for row in part["rows"]]
    return Table(part["title"], "", part["note"], list(part["columns"]), rows)


def _behind_figure(figure: Mapping[str, Any], section: str) -> list[Table]:
    about = figure.get("layout", {}).get("meta")
    about = about if isinstance(about, dict) else {}
    table = about.get("table") or {}
    rows = [[value_of(shown(value)) for value in row] for row in table.get("rows") or []]
    if not rows:
        return []
    note = str(about.get("note") or "")
    title = str(about.get("title") or section)
    columns = [str(name) for name in table.get("columns") or []]
    return [Table(title, section, note, *_parted(columns, rows))]


def _parted(columns: list[str], rows: list[list[Value]]) -> tuple[list[str], list[list[Value]]]:
    """Return a table with counts and their shares apart, where a column holds «7 (4 %)».

    >>> _parted(["«2»"], [["7 (4 %)"]])[0]
    ['«2»', '«2», %']
    """
    for place in reversed(range(len(columns))):
        texts = [row[place] for row in rows if place < len(row)]
        found = [both for both in map(_count_and_share, texts) if both]
        if len(found) < len(rows):
            continue
        for row, both in zip(rows, found, strict=True):
            row[place : place + 1] = both
        columns = [*columns[: place + 1], f"{columns[place]}, %", *columns[place + 1 :]]
    return columns, rows


def _count_and_share(text: Value) -> list[Value]:
    match = _COUNTED.fullmatch(text) if isinstance(text, str) else None
    values = [value_of(part) for part in match.groups()] if match else []
    return values if all(isinstance(value, Number) for value in values) else []


def printable(text: str) -> str:
    r"""Return the text without characters that a document or a workbook cannot hold.

    >>> printable("7\x0bА\ufffe")
    '7А'
    """
    return _UNPRINTABLE.sub("", whole_text(text))


def _pointed(text: str) -> Value:
    """Return the number that a text of other programs is, such as 3.5."""
    if _POINTED.fullmatch(text):
        return value_of(text.replace(".", ","))
    return "" if text == "–" else text


def _in_html(text: str, section: str) -> list[Table]:
    reader = _Reader()
    reader.feed(text)
    reader.close()
    return [_from(one, section) for one in reader.tables if one.head and any(map(any, one.rows))]


class _Raw:
    """A table while it is read: caption, head, rows of texts and whether each is a number."""

    def __init__(self) -> None:
        self.caption = ""
        self.head: list[str] = []
        self.rows: list[list[tuple[str, bool]]] = []


def _from(raw: _Raw, section: str) -> Table:
    # Our own tables mark their numbers; other tables, such as those of pandas, do not.
    marked = any(number for row in raw.rows for _, number in row)
    rows = [
        [value_of(text) if number else text if marked else _pointed(text) for text, number in row]
        for row in raw.rows
    ]
    return Table(raw.caption or section, section, "", raw.head, rows)


class _Reader(HTMLParser):
    """Collect the tables with a head: forms to write on have none."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[_Raw] = []
        self._inside: list[str] = []
        self._text: list[str] | None = None
        self._number = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        """Begin a table, a row or a cell."""
        if tag == "table":
            self.tables.append(_Raw())
        if tag in {"thead", "tbody"}:
            self._inside.append(tag)
        if tag == "tr" and self.tables and "thead" not in self._inside:
            self.tables[-1].rows.append([])
        if tag in {"th", "td", "caption"}:
            self._text = []
            self._number = "number" in (dict(attrs).get("class") or "").split()
        if self._text and tag in _BREAKS:
            self._text.append(" " if "thead" in self._inside else _BETWEEN)
        if self._text and tag == "span" and "count" in (dict(attrs).get("class") or "").split():
            self._text.append(_BETWEEN)

    def handle_data(self, data: str) -> None:
        """Keep the text of a cell."""
        if self._text is not None:
            self._text.append(data)

    def handle_endtag(self, tag: str) -> None:
        """End a cell, or what it stands in."""
        if tag in {"thead", "tbody"} and self._inside:
            self._inside.pop()
        if tag not in {"th", "td", "caption"} or self._text is None or not self.tables:
            return
        text, self._text = _flat("".join(self._text)), None
        table = self.tables[-1]
        if tag == "caption":
            table.caption = text
        elif "thead" in self._inside:
            table.head.append(text)
        elif table.rows:
            table.rows[-1].append((text, self._number))


def _flat(text: str) -> str:
    """Return the text on one line, its blocks told apart and nothing hanging at an end."""
    mark = _BETWEEN.strip()
    blocks = (" ".join(re.split(r"[ \t\r\n]+", block)).strip() for block in text.split(mark))
    return _BETWEEN.join(filter(None, blocks))
