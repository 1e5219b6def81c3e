"""A figure of a notebook as its page holds it: drawing, words, and the table behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from posanalytics.reports.assets import as_json
from posanalytics.reports.outputs import unbroken
from posanalytics.reports.values import Number, are_numbers, shown, value_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from markupsafe import Markup


class Cell(NamedTuple):
    """One value of the table behind a figure."""

    text: str
    number: bool = False


class Figure(NamedTuple):
    """One plotly figure as the template shows it."""

    number: int
    payload: Markup
    title: str
    alt: str
    note: str
    help: str
    columns: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]
    height: int


def figure_of(number: int, figure: Mapping[str, Any], templates: list[Any]) -> Figure:
    """Return one figure ready for the template; templates are kept once per page."""
    layout = dict(figure.get("layout", {}))
    about = layout.pop("meta", None)
    about = about if isinstance(about, dict) else {}
    template = layout.pop("template", {})
    if template not in templates:
        templates.append(template)
    payload = {
        "data": figure.get("data", []),
        "layout": layout,
        "template": templates.index(template),
    }
    table = about.get("table") or {}
    title = about.get("title") or ""
    columns, rows = _table(table.get("columns") or [], table.get("rows") or [])
    return Figure(
        number,
        as_json(payload),
        title,
        about.get("alt") or title,
        unbroken(about.get("note") or ""),
        unbroken(about.get("help") or ""),
        columns,
        rows,
        int(layout.get("height") or 420),
    )


def _table(
    names: Sequence[object], rows: Sequence[Sequence[object]]
) -> tuple[list[Cell], list[list[Cell]]]:
    """Return head and rows; a dash stands where the numbers of its column stand."""
    texts = [[shown(value) for value in row] for row in rows]
    numbers = [are_numbers([row[at] for row in texts if at < len(row)]) for at in range(len(names))]
    cells = [
        [
            Cell(text, (at < len(numbers) and numbers[at]) or _is_number(text))
            for at, text in enumerate(row)
        ]
        for row in texts
    ]
    return [Cell(str(name), number) for name, number in zip(names, numbers, strict=True)], cells


def _is_number(text: str) -> bool:
    return isinstance(value_of(text), Number)
