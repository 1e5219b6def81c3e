"""Tables for people: Russian headers, Russian numbers, hidden cells named as hidden."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from posanalytics.blocks.block import Block, rendered, together
from posanalytics.periods import is_term, term_name
from posanalytics.schema import GLOSSARY
from posanalytics.schema import problems_table as table_of_problems
from posanalytics.wording import decimal, percent, say, signed

if TYPE_CHECKING:
    import pandas as pd

    from posanalytics.schema import Problem

Format = str | Callable[[Any], str]

_NUMBERS: dict[str, Callable[[Any], str]] = {
    "count": lambda value: decimal(value, 0),
    "mark": decimal,
    "number": decimal,
    "difference": signed,
    "share": percent,
    "percent": lambda value: decimal(value, 1),
    "points": lambda value: signed(value * 100, 0),
    "chance": lambda value: say("blocks.below") if value < _LEAST_P else decimal(value, 3),
}
_BY_UNIT = {
    "fraction": "share",
    "percent": "percent",
    "mark": "mark",
    "pupils": "count",
    "classes": "count",
    "marks": "count",
    "point": "number",
}
_DIFFERENCES = frozenset({"estimate", "gain"})
_LIMITS = frozenset({"conf_low", "conf_high"})
_CHANCES = frozenset({"p_value", "p_adjusted", "smallest_p"})
_LEAST_P = 0.001
_MOST_PROBLEMS = 200
# Letters: a short header stays on one line, a long text gets a column worth reading.
_SHORT, _LONG = 10, 24
_SEVERITIES = ("error", "warning", "note")


class Cell(NamedTuple):
    """One cell as the template writes it."""

    text: str
    style: str = ""


class Header(NamedTuple):
    """One column head: what it says, how its cells stand."""

    text: str
    style: str


def frame_table(
    frame: pd.DataFrame,
    *,
    caption: str = "",
    formats: Mapping[str, Format] | None = None,
    labels: Mapping[str, str] | None = None,
    hidden: pd.DataFrame | None = None,
) -> Block:
    """Return a table under the names of the glossary, numbers as Russians write them.

    Parameters
    ----------
    formats
        column → count, mark, number, difference, share, percent, points, chance, text
        or a function;
        without it the unit in the glossary decides.
    labels
        column → header, where the glossary does not say it well.
    hidden
        True where the value is suppressed, same rows and columns as the frame.
    """
    if not len(frame):
        return empty(caption=caption)
    headers, rows = written(frame, formats=formats, labels=labels, hidden=hidden)
    return rendered("table.html", caption=caption, headers=headers, rows=rows)


def written(
    frame: pd.DataFrame,
    *,
    formats: Mapping[str, Format] | None = None,
    labels: Mapping[str, str] | None = None,
    hidden: pd.DataFrame | None = None,
) -> tuple[list[Header], list[list[Cell]]]:
    """Return heads and cells of a table as a reader sees them; arguments as for frame_table."""
    columns = list(frame.columns)
    chosen = {name: (formats or {}).get(name, _usual(frame, name)) for name in columns}
    headers = [_header(name, chosen[name], labels) for name in columns]
    masks = _masks(frame, hidden)
    rows = [
        [_cell(value, chosen[name], suppressed=name in mask) for name, value in row.items()]
        for row, mask in zip(frame.to_dict("records"), masks, strict=True)
    ]
    return headers, rows


def frame_tables(tables: Mapping[str, pd.DataFrame]) -> Block:
    """Return tables, each under its caption; those without rows are left out."""
    return together(
        *(frame_table(frame, caption=caption) for caption, frame in tables.items() if len(frame))
    )


def empty(*, caption: str = "", said: str | None = None) -> Block:
    """Return a line that says that there is nothing, instead of a table without rows."""
    return rendered("empty.html", caption=caption, said=said or say("blocks.no_rows"))


def _usual(frame: pd.DataFrame, name: str) -> str:
    if name in _DIFFERENCES or (name in _LIMITS and "estimate" in frame):
        return "difference"
    if name in _CHANCES:
        return "chance"
    if name in GLOSSARY and GLOSSARY[name].unit in _BY_UNIT:
        return _BY_UNIT[GLOSSARY[name].unit]
    kind = frame[name].dtype.kind if hasattr(frame[name].dtype, "kind") else "O"
    return {"i": "count", "u": "count", "f": "number"}.get(kind, "text")


def _header(name: Any, chosen: Format, labels: Mapping[str, str] | None) -> Header:
    known = GLOSSARY.get(str(name))
    text = (labels or {}).get(str(name)) or (known.label if known else str(name))
    styles = ["" if chosen == "text" else "number", "short" if len(text) <= _SHORT else ""]
    return Header(text, " ".join(filter(None, styles)))


def _masks(frame: pd.DataFrame, hidden: pd.DataFrame | None) -> list[set[Any]]:
    if hidden is None:
        return [set() for _ in range(len(frame))]
    return [
        {name for name, value in row.items() if value is True}
        for row in hidden.fillna(value=False).astype(bool).to_dict("records")
    ]


def _cell(value: Any, chosen: Format, *, suppressed: bool) -> Cell:
    if suppressed:
        return Cell(say("blocks.hidden"), "suppressed" if chosen == "text" else "number suppressed")
    if _absent(value):
        return Cell("–", "absent" if chosen == "text" else "number absent")
    if isinstance(value, str) and chosen in _NUMBERS:
        # A number column may already say in words why there is no number.
        return Cell(value, "number suppressed")
    if callable(chosen):
        return Cell(chosen(value), "number")
    if chosen in _NUMBERS:
        return Cell(_NUMBERS[chosen](float(value)), "number")
    return _words(value)


def _absent(value: Any) -> bool:
    if value is None or value == "":
        return True
    try:
        return math.isnan(float(value))
    except (TypeError, ValueError):
        # pd.NA refuses float(); a word is not a number either.
        return type(value).__name__ in {"NAType", "NaTType"}


def _words(value: Any) -> Cell:
    text = str(value)
    if text in GLOSSARY["role"].allowed:
        return Cell(say(f"blocks.role_{text}"), f"role {text}")
    if text in GLOSSARY["reliability"].allowed:
        return Cell(say(f"blocks.reliability_{text}"))
    if is_term(text):
        return Cell(term_name(text), "term")
    return Cell(text, "long" if len(text) > _LONG else "")


def problems_table(
    problems: pd.DataFrame | Iterable[Problem], *, caption: str | None = None
) -> Block:
    """Return what needs a person: how much it matters, where, found, expected, what to do."""
    table: Any = problems if hasattr(problems, "columns") else table_of_problems(problems)
    title = say("blocks.problems") if caption is None else caption
    if not len(table):
        return empty(caption=title, said=say("blocks.no_problems"))
    rows = sorted(table.fillna("").astype(str).to_dict("records"), key=_urgency)
    return rendered(
        "problems.html",
        caption=title,
        rows=[row | {"place": _place(row)} for row in rows[:_MOST_PROBLEMS]],
        counts=_counts(rows),
        more=len(rows) - _MOST_PROBLEMS,
    )


def _urgency(row: Mapping[str, str]) -> tuple[int, str, str, str]:
    known = row["severity"] in _SEVERITIES
    rank = _SEVERITIES.index(row["severity"]) if known else len(_SEVERITIES)
    return rank, row["file"], row["sheet"], row["cell"]


def _place(row: Mapping[str, str]) -> str:
    return ", ".join(row[part] for part in ("sheet", "cell") if row[part])


def _counts(rows: list[dict[str, str]]) -> str:
    tallies = [(name, sum(row["severity"] == name for row in rows)) for name in _SEVERITIES]
    return " · ".join(
        f"{say(f'blocks.severities_{name}')}: {tally}" for name, tally in tallies if tally
    )
