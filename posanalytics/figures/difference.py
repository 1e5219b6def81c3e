"""How much more or less than the control classes the innovative ones gained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from posanalytics.figures import style
from posanalytics.figures.groups import classes, dated, pupils, sentence
from posanalytics.schema import GLOSSARY
from posanalytics.wording import decimal, say, signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

_LEFT, _RIGHT, _TOP, _BOTTOM = 146, 204, 34, 66
_FIRST, _NEXT = 94, 46
_DIFFERENT = frozenset("ABE")
_COLUMNS = (
    "outcome", "estimate", "conf_low", "conf_high", "minimum_detectable", "pupils",
    "classes_innovative", "classes_control",
)  # fmt: skip


class _Look(NamedTuple):
    """How large a row is drawn, in pixels."""

    marker: int
    width: float
    value: int
    zone: int


_LARGE, _SMALL = _Look(17, 4.5, 20, 44), _Look(10, 2.5, 14, 30)


def difference_figure(
    results: pd.DataFrame,
    *,
    names: Mapping[str, str] | None = None,
    period: str = "",
    title: str | None = None,
) -> go.Figure:
    """Return differences of gains with their intervals: first row large, the others under it.

    Parameters
    ----------
    results
        Rows with the columns of a comparison (schema.RESULT_COLUMNS), the primary one first.
    names
        What to call an outcome: ``{"all": "Все предметы вместе"}``.
    period
        The terms that are compared, in words.
    """
    rows = results.to_dict("records")
    shown = [row for row in rows if row.get("scale") == rows[0].get("scale")]
    if not any(drawable(row) for row in shown):
        reason = say("figures.difference_refused") if rows else None
        return style.empty_figure("difference", title=title, reason=reason)
    figure = _frame(shown)
    for place, row in enumerate(shown):
        _draw_row(figure, row, names, at=_centre(place), look=_SMALL if place else _LARGE)
    return style.described(
        figure,
        "difference",
        title=title,
        alt=sentence(_said(row, names) for row in shown),
        note=dated(_note(rows[0]), period),
        helps=["help", "help_cut"] if style.is_cut(figure) else ["help"],
        table=(style.header(_COLUMNS), [_table_row(row, names) for row in rows]),
    )


def drawable(row: Mapping[str, Any]) -> bool:
    """Return whether the row has a number to draw: it is not refused."""
    return row.get("verdict") != "F" and not style.missing(row.get("estimate"))


def told_apart(row: Mapping[str, Any]) -> bool:
    """Return whether the dot is filled: the verdict decides, without one the interval.

    A single subject may keep its interval off zero and still be D: many subjects were looked at.
    """
    if row.get("verdict") in GLOSSARY["verdict"].allowed:
        return row["verdict"] in _DIFFERENT
    low, high = row.get("conf_low"), row.get("conf_high")
    return not (style.missing(low) or style.missing(high)) and not low <= 0 <= high  # type: ignore[operator]


def _centre(place: int) -> float:
    return _FIRST - _LARGE.zone / 2 - 14 if place == 0 else _FIRST + (place - 0.5) * _NEXT


def _frame(rows: Sequence[Mapping[str, Any]]) -> go.Figure:
    reach = _reach(rows)
    margin = style.Margin(_LEFT, _RIGHT, _TOP, _BOTTOM)
    figure = style.row_canvas(rows=_FIRST + _NEXT * (len(rows) - 1), margin=margin)
    step = style.nice_step(2 * reach, ticks=6)
    ticks = [round(step * place, 6) for place in range(-int(reach / step), int(reach / step) + 1)]
    digits = 1 if step >= 0.1 else 2  # noqa: PLR2004
    figure.update_xaxes(
        range=[-reach, reach],
        tickvals=ticks,
        ticktext=[signed(tick, digits) if tick else "0" for tick in ticks],
        title_text=say("figures.axis_difference"),
    )
    # The rules begin under the value of the first row, which stands above its interval.
    top, bottom = _centre(0) - _LARGE.zone / 2, figure.layout.yaxis.range[0]
    for tick in ticks:
        style.line(figure, x0=tick, x1=tick, y0=top, y1=bottom)
    style.line(figure, x0=0, x1=0, y0=top, y1=bottom, line={"color": style.INK, "width": 1.25})
    return figure


def _reach(rows: Sequence[Mapping[str, Any]]) -> float:
    """Return how far the axis goes: every dot lies inside, ends far outside of the rest are cut."""
    shown = [row for row in rows if drawable(row)]
    ends = _sizes(shown, ("estimate", "conf_low", "conf_high"))
    leading = max([*_sizes(shown[:1], ("conf_low", "conf_high", "minimum_detectable")), 0.1])
    dots = max([*_sizes(shown, ("estimate",)), 0.1])
    # One subject with few pupils must not squeeze the primary row into a dot.
    return max(min(max(ends), 2 * leading), min(leading, 1.6 * max(ends)), dots) * 1.15


def _sizes(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> list[float]:
    return [
        abs(float(row[column]))
        for row in rows
        for column in columns
        if not style.missing(row.get(column))
    ]


def _draw_row(
    figure: go.Figure,
    row: Mapping[str, Any],
    names: Mapping[str, str] | None,
    *,
    at: float,
    look: _Look,
) -> None:
    large = look is _LARGE
    text, size = _written(_name(row, names), large=large)
    style.label(figure, text, x=0, y=at, yref="y", anchor="left", xshift=-_LEFT, size=size)
    if not drawable(row):
        refused = say("figures.no_verdict")
        style.label(
            figure, refused, x=1, y=at, yref="y", xshift=12, size=style.SMALL, colour=style.MUTED
        )  # fmt: skip
        return
    _draw_zone(figure, row, at=at, look=look)
    _draw_interval(figure, row, names, at=at, look=look)
    side = _beside(row, large=large)
    style.label(figure, side, x=1, y=at, yref="y", xshift=12, size=style.SMALL, colour=style.MUTED)


def _written(name: str, *, large: bool) -> tuple[str, int]:
    """Return the name of a row in lines that its height holds, and their size."""
    if large:
        whole = style.wrapped(name, width=_LEFT - 14, size=style.LABEL, bold=True)
        return f"<b>{whole}</b>", style.LABEL
    whole = style.wrapped(name, width=_LEFT - 14)
    if whole.count("<br>") < 2:  # noqa: PLR2004 - two lines of the usual size fit
        return whole, style.BASE
    return style.fitted(name, width=_LEFT - 8, size=12, lines=3), 12


def _draw_zone(figure: go.Figure, row: Mapping[str, Any], *, at: float, look: _Look) -> None:
    zone = row.get("minimum_detectable")
    if style.missing(zone):
        return
    reach = figure.layout.xaxis.range[1]
    half = min(float(zone), reach)  # type: ignore[arg-type]
    style.box(
        figure, colour=style.ARCHIVE, opacity=0.4,
        x0=-half, x1=half, y0=at - look.zone / 2, y1=at + look.zone / 2,
    )  # fmt: skip
    if look is _LARGE:
        text = say("figures.zone", zone=decimal(zone))
        style.label(
            figure, text, x=0, y=1, xref="x", anchor="center", yanchor="bottom",
            colour=style.MUTED, size=style.SMALL, yshift=8,
        )  # fmt: skip


def _draw_interval(
    figure: go.Figure,
    row: Mapping[str, Any],
    names: Mapping[str, str] | None,
    *,
    at: float,
    look: _Look,
) -> None:
    colour = style.INNOVATIVE
    estimate, low, high = style.rounded(row[end] for end in ("estimate", "conf_low", "conf_high"))
    if low is not None and high is not None:
        figure.add_scatter(
            x=style.cut(figure, low, high, at=at, colour=colour), y=[at, at], mode="lines",
            hoverinfo="skip",
            line={"color": colour, "width": look.width},
        )  # fmt: skip
    figure.add_scatter(
        x=[estimate],
        y=[at],
        mode="markers",
        marker={
            "size": look.marker,
            "color": colour if told_apart(row) else style.PAPER,
            "line": {"color": colour, "width": look.width * 0.8},
        },
        hovertext=[_said(row, names)],
        hoverinfo="text",
        name=_name(row, names),
    )
    if look is _LARGE:
        style.label(
            figure, f"<b>{signed(estimate)}</b>", x=estimate or 0.0, y=at - look.zone / 2, xref="x",
            yref="y", anchor="center", yanchor="bottom", colour=colour, size=look.value, yshift=-1,
        )  # fmt: skip


def _beside(row: Mapping[str, Any], *, large: bool) -> str:
    between = say("figures.between", low=signed(row["conf_low"]), high=signed(row["conf_high"]))
    if large:
        return "<br>".join([between, *_counts(row)])
    value = f'<span style="color:{style.INNOVATIVE}"><b>{signed(row["estimate"])}</b></span>'
    return "<br>".join([f"{value}\u2002{between}", *_counts(row)[:1]])


def _name(row: Mapping[str, Any], names: Mapping[str, str] | None) -> str:
    outcome = str(row["outcome"])
    return (names or {}).get(outcome, outcome)


def _counts(row: Mapping[str, Any]) -> list[str]:
    known = [] if style.missing(row.get("pupils")) else [pupils(row["pupils"])]
    ours, control = row.get("classes_innovative"), row.get("classes_control")
    if not (style.missing(ours) or style.missing(control)):
        known.append(say("figures.against", ours=classes(ours), control=decimal(control, 0)))
    return known


def _said(row: Mapping[str, Any], names: Mapping[str, str] | None) -> str:
    if not drawable(row):
        return f"{_name(row, names)}: {say('figures.no_verdict')}"
    return say(
        "figures.difference_said",
        outcome=_name(row, names),
        estimate=signed(row["estimate"]),
        low=signed(row["conf_low"]),
        high=signed(row["conf_high"]),
    )


def _note(row: Mapping[str, Any]) -> str:
    return say("figures.difference_note", counts=", ".join(_counts(row)))


def _table_row(row: Mapping[str, Any], names: Mapping[str, str] | None) -> list[str]:
    drawn = drawable(row)
    values = [signed(row["estimate"]) if drawn else say("figures.no_verdict")]
    values += [signed(row.get(end)) if drawn else "–" for end in ("conf_low", "conf_high")]
    values.append(decimal(row.get("minimum_detectable")))
    counts = ("pupils", "classes_innovative", "classes_control")
    return [_name(row, names), *values, *(decimal(row.get(column), 0) for column in counts)]
