"""What the difference would be, had it been computed or composed in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posanalytics.figures import style
from posanalytics.figures.difference import drawable, told_apart
from posanalytics.figures.groups import sentence
from posanalytics.wording import say, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import plotly.graph_objects as go

_LEFT, _RIGHT, _TOP, _BOTTOM = 204, 206, 12, 66
_ROW, _HEAD = 30, 40
_COLUMNS = ("estimate", "conf_low", "conf_high")
_PRIMARY, _METHOD = "primary", "method"
_KINDS = (_PRIMARY, _METHOD, "subject")

Row = dict[str, Any]


def choices_figure(choices: pd.DataFrame, *, title: str | None = None) -> go.Figure:
    """Return the primary difference and under it the same one by every other choice.

    Parameters
    ----------
    choices
        kind (primary, method or subject), choice (a method, or the subject that is left out),
        estimate, conf_low, conf_high (missing where a method gives none), verdict if known.
    """
    rows = [row for row in choices.to_dict("records") if drawable(row)]
    rows.sort(key=lambda row: _KINDS.index(row["kind"]))
    if len(rows) < 2 or rows[0]["kind"] != _PRIMARY:  # noqa: PLR2004 - nothing to compare it with
        return style.empty_figure("choices", title=title, reason=say("figures.choices_refused"))
    places = _places(rows)
    figure = _frame(rows, places)
    for row, at in zip(rows, places, strict=True):
        _draw(figure, row, at)
    return style.described(
        figure,
        "choices",
        title=title,
        alt=sentence(_said(row) for row in rows),
        note=say("figures.choices_note"),
        table=([say("figures.column_choice"), *style.header(_COLUMNS)], map(_table_row, rows)),
    )


def _places(rows: Sequence[Row]) -> list[float]:
    """Return the middle of every row in pixels; a new kind of choice begins with its head."""
    places, at, kind = [], 0.0, _PRIMARY
    for row in rows:
        at += _HEAD if row["kind"] != kind else 0
        places.append(at + _ROW / 2)
        at, kind = at + _ROW, row["kind"]
    return places


def _frame(rows: Sequence[Row], places: Sequence[float]) -> go.Figure:
    bottom = places[-1] + _ROW / 2
    margin = style.Margin(_LEFT, _RIGHT, _TOP, _BOTTOM)
    figure = style.row_canvas(rows=bottom, margin=margin)
    low, high = _span(rows)
    step = style.nice_step(high - low, ticks=7)
    digits = 1 if step >= 0.1 else 2  # noqa: PLR2004
    ticks = [round(step * place, 6) for place in range(-50, 51) if low <= step * place <= high]
    figure.update_xaxes(
        range=[low, high],
        tickvals=ticks,
        ticktext=[signed(tick, digits) if tick else "0" for tick in ticks],
        title_text=say("figures.axis_difference"),
    )
    for tick in ticks:
        style.line(figure, x0=tick, x1=tick, y0=0, y1=bottom)
    style.line(figure, x0=0, x1=0, y0=0, y1=bottom, line={"color": style.INK, "width": 1.25})
    _draw_primary(figure, rows[0], bottom)
    for row, before, at in zip(rows[1:], rows, places[1:], strict=False):
        if row["kind"] != before["kind"]:
            head = say(f"figures.choices_{row['kind']}")
            style.label(
                figure, head, x=0, y=at - _ROW / 2 - 4, yref="y", yanchor="bottom", xshift=-_LEFT,
                size=style.SMALL, colour=style.MUTED,
            )  # fmt: skip
    return figure


def _span(rows: Sequence[Row]) -> tuple[float, float]:
    """Return the ends of the axis: nothing and every estimate lie inside, far ends are cut off."""
    known = _numbers(rows, ("estimate",))
    narrow = max(abs(number) for number in [*known, *_numbers(rows[:1], _COLUMNS), 0.1])
    ends = [0.0, *(max(-2 * narrow, min(2 * narrow, end)) for end in _numbers(rows, _COLUMNS))]
    room = 0.06 * (max(ends) - min(ends))
    return min(ends) - room, max(ends) + room


def _numbers(rows: Sequence[Row], columns: Sequence[str]) -> list[float]:
    found = style.rounded((row[column] for row in rows for column in columns), digits=6)
    return [value for value in found if value is not None]


def _draw_primary(figure: go.Figure, row: Row, bottom: float) -> None:
    """Shade the interval of the primary choice through all rows: the others stand against it."""
    at, low, high = (row[column] for column in _COLUMNS)
    if not (style.missing(low) or style.missing(high)):
        style.box(figure, colour=style.INNOVATIVE, opacity=0.08, x0=low, x1=high, y0=0, y1=bottom)
    look = {"color": style.INNOVATIVE, "width": 1, "dash": "3px,3px"}
    style.line(figure, x0=at, x1=at, y0=0, y1=bottom, line=look)


def _draw(figure: go.Figure, row: Row, at: float) -> None:
    first = row["kind"] == _PRIMARY
    name = f"<b>{_name(row)}</b>" if first else _name(row)
    style.label(figure, name, x=0, y=at, yref="y", xshift=-_LEFT)
    estimate, low, high = style.rounded(row[column] for column in _COLUMNS)
    if low is not None and high is not None:
        left, right = figure.layout.xaxis.range
        figure.add_scatter(
            x=[max(low, left), min(high, right)], y=[at, at], mode="lines", hoverinfo="skip",
            line={"color": style.INNOVATIVE, "width": 4 if first else 2.5},
        )  # fmt: skip
    filled = style.INNOVATIVE if told_apart(row) else style.PAPER
    edge = {"color": style.INNOVATIVE, "width": 2}
    figure.add_scatter(
        x=[estimate], y=[at], mode="markers", hoverinfo="text", hovertext=[_said(row)],
        marker={"size": 14 if first else 10, "color": filled, "line": edge},
    )  # fmt: skip
    value = f'<span style="color:{style.INNOVATIVE}"><b>{signed(row["estimate"])}</b></span>'
    style.label(
        figure, f"{value}\u2002{_between(row)}", x=1, y=at, yref="y", xshift=12, size=style.SMALL,
        colour=style.MUTED,
    )  # fmt: skip


def _between(row: Row) -> str:
    if style.missing(row["conf_low"]) or style.missing(row["conf_high"]):
        return say("figures.no_interval")
    return say("figures.between", low=signed(row["conf_low"]), high=signed(row["conf_high"]))


def _name(row: Row) -> str:
    if row["kind"] == _PRIMARY:
        return say("figures.choices_primary")
    return say(f"figures.method_{row['choice']}") if row["kind"] == _METHOD else str(row["choice"])


def _said(row: Row) -> str:
    inside = say("figures.choices_subject") if row["kind"] not in {_PRIMARY, _METHOD} else ""
    name = f"{inside.lower()} «{_name(row)}»" if inside else _name(row)
    return f"{name[:1].upper()}{name[1:]}: {signed(row['estimate'])}, {_between(row)}"


def _table_row(row: Row) -> list[str]:
    low, high = (signed(row[column]) for column in _COLUMNS[1:])
    return [_said(row).partition(":")[0], signed(row["estimate"]), low, high]
