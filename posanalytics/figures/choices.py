"""What the difference would be, had it been computed or composed in another way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posanalytics.figures import style
from posanalytics.figures.difference import drawable, told_apart
from posanalytics.figures.groups import dated, pupils, sentence
from posanalytics.wording import say, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import plotly.graph_objects as go

_LEFT, _RIGHT, _TOP, _BOTTOM = 212, 204, 12, 66
_ROW, _HEAD = 28, 36
# The page draws a chart no narrower than this: numbers under the axis stand apart there too.
_NARROW = 600
# A p from here on is no sign of a difference.
_SIGNIFICANT = 0.05
_COLUMNS = ("estimate", "conf_low", "conf_high")
_PRIMARY, _METHOD = "primary", "method"
_KINDS = (_PRIMARY, _METHOD, "subject")

Row = dict[str, Any]


def choices_figure(
    choices: pd.DataFrame, *, period: str = "", title: str | None = None
) -> go.Figure:
    """Return the primary difference and under it the same one by every other choice.

    Parameters
    ----------
    choices
        kind (primary, method or subject), choice (a method, or the subject that is left out),
        estimate, conf_low, conf_high (missing where a method gives none); verdict, p_value,
        smallest_p (the least p that a method can give) and pupils if known.
    period
        The terms that are compared, in words.
    """
    rows = [row for row in choices.to_dict("records") if drawable(row)]
    rows.sort(key=lambda row: _KINDS.index(row["kind"]))
    if len(rows) < 2 or rows[0]["kind"] != _PRIMARY:  # noqa: PLR2004 - nothing to compare it with
        return style.empty_figure("choices", title=title, reason=say("figures.choices_refused"))
    places = _places(rows)
    figure = _frame(rows, places)
    placed = list(zip(rows, places, strict=True))
    for few, width in ((placed[:1], 4.0), (placed[1:], 2.5)):
        _draw_intervals(figure, few, width)
    _draw_dots(figure, [(row, at) for row, at in placed if not _unable(row)])
    _draw_crosses(figure, [(row, at) for row, at in placed if _unable(row)])
    for row, at in placed:
        _write(figure, row, at)
    return style.described(
        figure,
        "choices",
        title=title,
        alt=sentence(_said(row) for row in rows),
        note=dated(_note(rows[0]), period),
        helps=[
            "help",
            *(["help_unable"] if any(map(_unable, rows)) else []),
            *(["help_cut"] if style.is_cut(figure) else []),
        ],
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
    apart = step / (high - low) * (_NARROW - _LEFT - _RIGHT)
    if apart < style.text_width(signed(step, 1 if step >= 0.1 else 2), size=style.SMALL):  # noqa: PLR2004
        step = style.nice_step(high - low, ticks=4)
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


def _draw_intervals(figure: go.Figure, placed: Sequence[tuple[Row, float]], width: float) -> None:
    """Draw the intervals as one broken line: a trace for each would double the weight."""
    x: list[float | None] = []
    y: list[float | None] = []
    for row, at in placed:
        low, high = style.rounded(row[column] for column in _COLUMNS[1:])
        if low is not None and high is not None:
            x += [*style.cut(figure, low, high, at=at, colour=style.INNOVATIVE), None]
            y += [at, at, None]
    if x:
        figure.add_scatter(
            x=x[:-1], y=y[:-1], mode="lines", hoverinfo="skip",
            line={"color": style.INNOVATIVE, "width": width},
        )  # fmt: skip


def _draw_dots(figure: go.Figure, placed: Sequence[tuple[Row, float]]) -> None:
    rows = [row for row, _ in placed]
    figure.add_scatter(
        x=style.rounded(row["estimate"] for row in rows),
        y=[at for _, at in placed],
        mode="markers",
        hoverinfo="text",
        hovertext=[_said(row) for row in rows],
        marker={
            "size": [14, *(10 for _ in rows[1:])],
            "opacity": 1,
            "color": [style.INNOVATIVE if _told(row) else style.PAPER for row in rows],
            "line": {"color": style.INNOVATIVE, "width": 2},
        },
    )


def _draw_crosses(figure: go.Figure, placed: Sequence[tuple[Row, float]]) -> None:
    """Draw methods that cannot answer by a sign of their own: hollow means that they did."""
    if placed:
        figure.add_scatter(
            x=style.rounded(row["estimate"] for row, _ in placed),
            y=[at for _, at in placed],
            mode="markers",
            hoverinfo="text",
            hovertext=[_said(row) for row, _ in placed],
            marker={
                "size": 9, "symbol": "x-thin", "color": style.MUTED,
                "line": {"color": style.MUTED, "width": 2},
            },
        )  # fmt: skip


def _unable(row: Row) -> bool:
    """Return whether the method could not tell any difference from chance, however large."""
    [least] = style.rounded([row.get("smallest_p")], digits=6)
    return row["kind"] == _METHOD and least is not None and least >= _SIGNIFICANT


def _told(row: Row) -> bool:
    """Return whether the dot is filled; a method without an interval answers by its p."""
    [p_value] = style.rounded([row.get("p_value")], digits=6)
    if row["kind"] == _METHOD and p_value is not None:
        return p_value < _SIGNIFICANT
    return told_apart(row)


def _write(figure: go.Figure, row: Row, at: float) -> None:
    name, size = _name(row), style.BASE
    if style.text_width(name) > _LEFT - 8:
        name, size = style.fitted(name, width=_LEFT - 8, size=12), 12
    text = f"<b>{name}</b>" if row["kind"] == _PRIMARY else name
    style.label(figure, text, x=0, y=at, yref="y", xshift=-_LEFT, size=size)
    value = f'<span style="color:{style.INNOVATIVE}"><b>{signed(row["estimate"])}</b></span>'
    style.label(
        figure, f"{value}\u2002{_between(row)}", x=1, y=at, yref="y", xshift=12, size=style.SMALL,
        colour=style.MUTED,
    )  # fmt: skip


def _note(row: Row) -> str:
    counted = "" if style.missing(row.get("pupils")) else f" {sentence([pupils(row['pupils'])])}"
    return say("figures.choices_note") + counted


def _between(row: Row) -> str:
    if _unable(row):
        return say("figures.unable")
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
    side = say("figures.unable_said") if _unable(row) else _between(row)
    return f"{name[:1].upper()}{name[1:]}: {signed(row['estimate'])}, {side}"


def _table_row(row: Row) -> list[str]:
    low, high = (signed(row[column]) for column in _COLUMNS[1:])
    return [_said(row).partition(":")[0], signed(row["estimate"]), low, high]
