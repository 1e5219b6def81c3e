"""Whether the groups were alike before the new lessons began."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posanalytics.figures import style
from posanalytics.figures.groups import (
    Group,
    dated,
    group_column,
    groups_of,
    pupils,
    sentence,
)
from posanalytics.wording import decimal, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

_LEFT, _RIGHT, _TOP, _BOTTOM = 158, 128, 16, 58
_ROW, _LINE = 46, 20
_GAUGE = 120
_COLUMNS = ("group", "mean", "conf_low", "conf_high", "pupils")
# What Works Clearinghouse, Standards Handbook 5.0: up to 0.05 alike, up to 0.25 after adjustment;
# up to 0.50 the verdict is cautious (docs/methods.md).
_ALIKE, _COMPARABLE, _WIDEST = 0.05, 0.25, 0.50


def baseline_figure(
    baseline: pd.DataFrame,
    *,
    g: float | None = None,
    names: Mapping[str, str] | None = None,
    period: str = "",
    title: str | None = None,
) -> go.Figure:
    """Return mean marks before the start by group, and the gap between them on the scale of g.

    Parameters
    ----------
    baseline
        group, mean, conf_low, conf_high, pupils; a column g stands in for the option.
    g
        Hedges g of the innovative minus the control pupils before the start.
    period
        The terms before the start, in words.
    """
    drawn = baseline[baseline["mean"].notna()] if len(baseline) else baseline
    if not len(drawn):
        return style.empty_figure("baseline", title=title)
    gap = _gap(drawn, g)
    groups = groups_of(drawn, column=group_column(drawn), names=names)
    records = {str(row[group_column(drawn)]): row for row in drawn.to_dict("records")}
    row = max(_ROW, 12 + _LINE * max(_written(group).count("<br>") + 1 for group in groups))
    floor = row * len(groups)
    figure = _frame(floor, list(records.values()), gauge=gap is not None)
    for place, group in enumerate(groups):
        _draw_group(figure, group, records[group.key], at=(place + 0.5) * row)
    if gap is not None:
        _draw_gauge(figure, gap, top=floor)
    rows = [_table_row(group, records[group.key]) for group in groups]
    said = [_said(group, records[group.key]) for group in groups]
    return style.described(
        figure, "baseline", title=title, table=(style.header(_COLUMNS), rows),
        alt=" ".join(filter(None, (sentence(said), _gap_said(gap)))),
        note=dated(say("figures.baseline_note"), period),
    )  # fmt: skip


def _gap(baseline: pd.DataFrame, g: float | None) -> float | None:
    if g is None and "g" in baseline:
        known = baseline["g"].dropna()
        g = float(known.iloc[0]) if len(known) else None
    return None if style.missing(g) else float(g)  # type: ignore[arg-type]


def _frame(floor: int, rows: Sequence[Mapping[str, Any]], *, gauge: bool) -> go.Figure:
    inside = floor + (_GAUGE if gauge else 0)
    bottom = 14 if gauge else _BOTTOM
    figure = style.row_canvas(rows=inside, margin=style.Margin(_LEFT, _RIGHT, _TOP, bottom))
    ends = [
        float(row[column])
        for row in rows
        for column in ("mean", "conf_low", "conf_high")
        if not style.missing(row.get(column))
    ]
    middle = (min(ends) + max(ends)) / 2
    half = max((max(ends) - min(ends)) * 0.6, 0.3)
    step = style.nice_step(2 * half)
    digits = 1 if step >= 0.1 else 2  # noqa: PLR2004
    ticks = [
        step * n for n in range(round(1 / step), round(6 / step)) if abs(step * n - middle) <= half
    ]
    figure.update_xaxes(range=[middle - half, middle + half], visible=False)
    for tick in ticks:
        style.line(figure, x0=tick, x1=tick, y0=0, y1=floor)
        style.label(
            figure, decimal(tick, digits), x=tick, y=floor, xref="x", yref="y", anchor="center",
            yanchor="top", colour=style.MUTED, size=style.SMALL, yshift=-4,
        )  # fmt: skip
    style.label(
        figure, say("figures.axis_mean"), x=0.5, y=floor, yref="y", anchor="center", yanchor="top",
        colour=style.MUTED, size=style.SMALL, yshift=-22,
    )  # fmt: skip
    return figure


def _written(group: Group) -> str:
    return style.wrapped(group.name, width=_LEFT - 14, size=style.LABEL, bold=True)


def _draw_group(figure: go.Figure, group: Group, row: Mapping[str, Any], *, at: float) -> None:
    colour = group.sign.colour
    style.label(
        figure, f"<b>{_written(group)}</b>", x=0, y=at, yref="y", colour=colour, size=style.LABEL,
        xshift=-_LEFT,
    )  # fmt: skip
    mean, low, high = style.rounded(row.get(end) for end in ("mean", "conf_low", "conf_high"))
    if low is not None and high is not None:
        figure.add_scatter(
            x=[low, high], y=[at, at], mode="lines", line={"color": colour, "width": 2.5},
            hoverinfo="skip",
        )  # fmt: skip
    figure.add_scatter(
        x=[mean], y=[at], mode="markers", name=group.name, hovertext=[_said(group, row)],
        hoverinfo="text",
        marker={"size": 12, "color": colour, "symbol": group.sign.symbol},
    )  # fmt: skip
    text = f"<b>{decimal(mean)}</b>"
    if not style.missing(row.get("pupils")):
        text += f"<br>{pupils(row['pupils'])}"
    style.label(figure, text, x=1, y=at, yref="y", xshift=12, colour=colour, size=style.SMALL)


def _draw_gauge(figure: go.Figure, gap: float, *, top: float) -> None:
    """Draw the gap on a scale of its own: alike, alike after adjustment, with caution, no."""
    reach = max(0.6, abs(gap) * 1.15)
    figure.update_layout(xaxis2={"range": [-reach, reach], "visible": False, "anchor": "y"})
    at = top + 88
    zones = ((reach, 0.15), (_WIDEST, 0.22), (_COMPARABLE, 0.35), (_ALIKE, 0.75))
    for limit, opacity in zones:
        style.box(
            figure, colour=style.ARCHIVE, opacity=opacity, xref="x2", x0=-limit, x1=limit,
            y0=at - 9, y1=at + 9,
        )  # fmt: skip
    text = style.wrapped(say("figures.gap"), width=_LEFT - 14)
    style.label(figure, text, x=0, y=at, yref="y", xshift=-_LEFT)
    place = round(gap, 3)
    figure.add_scatter(
        x=[place], y=[at], xaxis="x2", mode="markers", name=say("figures.gap"),
        marker={"size": 15, "color": style.INK, "symbol": "diamond"},
        hovertext=[_gap_said(gap)], hoverinfo="text",
    )  # fmt: skip
    for limit in (-_WIDEST, -_COMPARABLE, 0, _COMPARABLE, _WIDEST):
        style.label(
            figure, decimal(limit) if limit else "0", x=limit, y=at + 9, xref="x2", yref="y",
            anchor="center", yanchor="top", colour=style.MUTED, size=style.SMALL, yshift=-2,
        )  # fmt: skip
    verdict = style.wrapped(_gap_word(gap), width=_RIGHT - 14, size=style.SMALL)
    style.label(
        figure, f"<b>g = {decimal(gap)}</b><br>{verdict}", x=1, y=at, yref="y", xshift=12,
        size=style.SMALL,
    )  # fmt: skip


def _gap_word(gap: float) -> str:
    limits = {"alike": _ALIKE, "adjusted": _COMPARABLE, "cautious": _WIDEST}
    key = next((word for word, limit in limits.items() if abs(gap) <= limit), "apart")
    return say(f"figures.gap_{key}")


def _gap_said(gap: float | None) -> str:
    return "" if gap is None else say("figures.gap_said", g=decimal(gap), word=_gap_word(gap))


def _said(group: Group, row: Mapping[str, Any]) -> str:
    many = "" if style.missing(row.get("pupils")) else f" ({pupils(row['pupils'])})"
    return f"{group.name} – {decimal(row['mean'])}{many}"


def _table_row(group: Group, row: Mapping[str, Any]) -> list[str]:
    ends = [decimal(row.get(column)) for column in ("mean", "conf_low", "conf_high")]
    return [group.name, *ends, decimal(row.get("pupils"), 0)]
