"""A figure of a notebook as its page holds it: drawing, words, and the table behind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from posanalytics.reports.assets import as_json
from posanalytics.reports.outputs import unbroken
from posanalytics.wording import decimal

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
    rows = [[_written(value) for value in row] for row in table.get("rows") or []]
    return Figure(
        number,
        as_json(payload),
        title,
        about.get("alt") or title,
        unbroken(about.get("note") or ""),
        unbroken(about.get("help") or ""),
        [
            Cell(str(name), all(row[at].number for row in rows if at < len(row)))
            for at, name in enumerate(table.get("columns") or [])
        ],
        rows,
        int(layout.get("height") or 420),
    )


def _written(value: Any) -> Cell:
    if value is None or isinstance(value, str | bool):
        return Cell("–") if value is None else Cell(str(value), _is_number(str(value)))
    return Cell(decimal(value, 0 if isinstance(value, int) else 2), number=True)


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[+−-]?\d[\d\s]*(?:,\d+)?(?:\s?%)?|–", text))
