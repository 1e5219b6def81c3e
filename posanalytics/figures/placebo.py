"""How far classes of this school differ when arms are named at random, and where ours stand."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Any

from posanalytics.figures import style
from posanalytics.figures.groups import dated
from posanalytics.wording import decimal, say, signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import plotly.graph_objects as go

_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 8, 68, 62
_DOT = 11
# Above this many differences single dots no longer read as dots.
_MOST_DOTS = 240
_TIE = 1e-9
# A smaller p is told as a limit, as in the tables.
_LEAST = 0.001


def placebo_figure(  # noqa: PLR0913 - a test has its draws, its count and its p
    differences: Iterable[float],
    observed: float,
    *,
    reached: int | None = None,
    p_value: float | None = None,
    classes: tuple[int, int] | None = None,
    period: str = "",
    title: str | None = None,
) -> go.Figure:
    """Return the differences between classes named at random, with ours marked among them.

    Parameters
    ----------
    differences
        One per way to name «innovative» and «control» among classes of this year and the archive.
    observed
        The difference of gains of the compared classes, in marks.
    reached
        How many of them p counts; by default those at least as far from nothing, on either side.
    p_value
        The p of the same draws, if known.
    classes
        How many classes are drawn from, and how many of these stand in the archive.
    period
        The terms that are compared, in words.
    """
    usual = sorted(float(value) for value in differences if not style.missing(value))
    if not usual or style.missing(observed):
        reason = say("figures.placebo_refused" if usual else "figures.placebo_none")
        return style.empty_figure("placebo", title=title, reason=reason)
    reach = max(abs(usual[0]), abs(usual[-1]), abs(observed), 0.05) * 1.12
    bins = _bins(usual, reach)
    dots = len(usual) <= _MOST_DOTS
    figure = _frame(reach, tallest=max(bins.values()), dots=dots)
    (_draw_dots if dots else _draw_bars)(figure, bins, len(usual))
    said = _rank_said(usual, observed, reached)
    _mark_ours(figure, observed, said)
    note = dated(_note(len(usual), p_value, classes), period)
    return style.described(
        figure, "placebo", title=title, note=note,
        alt=say("figures.placebo_alt", observed=signed(observed), said=said),
        table=_table(bins, len(usual), dots=dots),
    )  # fmt: skip


def _columns() -> int:
    return (style.CHART_WIDTH - _LEFT - _RIGHT) // _DOT


def _bins(usual: Sequence[float], reach: float) -> dict[float, int]:
    width = 2 * reach / _columns()
    counts = Counter(round(value / width) for value in usual)
    return {round(place * width, 4): counts[place] for place in sorted(counts)}


def _frame(reach: float, *, tallest: int, dots: bool) -> go.Figure:
    inside = min(260, max(90, tallest * _DOT + 14)) if dots else 170
    margin = style.Margin(_LEFT, _RIGHT, _TOP, _BOTTOM)
    figure = style.canvas(height=inside + _TOP + _BOTTOM, margin=margin, bargap=0.12)
    step = style.nice_step(2 * reach, ticks=7)
    ticks = [round(step * place, 6) for place in range(-int(reach / step), int(reach / step) + 1)]
    digits = 1 if step >= 0.1 else 2  # noqa: PLR2004
    figure.update_xaxes(
        range=[-reach, reach],
        tickvals=ticks,
        ticktext=[signed(tick, digits) if tick else "0" for tick in ticks],
        title_text=say("figures.axis_difference"),
        showline=True,
        linecolor=style.ARCHIVE,
    )
    top = max(tallest, inside / _DOT) if dots else tallest * 1.06
    figure.update_yaxes(range=[0, top], visible=False, fixedrange=True)
    style.axis_title(
        figure, say("figures.placebo_dot" if dots else "figures.placebo_bar"), left=0, above=40
    )
    style.line(figure, x0=0, x1=0, y0=0, y1=1, yref="paper", line={"color": style.INK, "width": 1})
    return figure


def _draw_dots(figure: go.Figure, bins: Mapping[float, int], _: int) -> None:
    places = [(x, level + 0.5) for x, count in bins.items() for level in range(count)]
    figure.add_scatter(
        x=[x for x, _ in places],
        y=[y for _, y in places],
        mode="markers",
        marker={"color": style.ARCHIVE, "size": _DOT - 2},
        hovertext=[signed(x) for x, _ in places],
        hoverinfo="text",
        name=say("figures.placebo_drawn"),
    )


def _draw_bars(figure: go.Figure, bins: Mapping[float, int], total: int) -> None:
    figure.add_bar(
        x=list(bins),
        y=list(bins.values()),
        marker={"color": style.ARCHIVE, "line": {"width": 0}},
        hovertext=[
            say("figures.placebo_hover", at=signed(x), count=decimal(n, 0), total=decimal(total, 0))
            for x, n in bins.items()
        ],
        hoverinfo="text",
        name=say("figures.placebo_drawn"),
    )


def _mark_ours(figure: go.Figure, observed: float, said: str) -> None:
    place = round(float(observed), 3)
    # The other side counts as well: a difference as large against our classes.
    style.line(
        figure, x0=-place, x1=-place, y0=0, y1=1, yref="paper",
        line={"color": style.INNOVATIVE, "width": 1, "dash": "3px,3px"},
    )  # fmt: skip
    figure.add_shape(
        type="line", x0=place, x1=place, y0=0, y1=1, yref="paper",
        line={"color": style.INNOVATIVE, "width": 2},
    )  # fmt: skip
    figure.add_scatter(
        x=[place], y=[0.5], mode="markers", cliponaxis=False,
        marker={"color": style.INNOVATIVE, "size": _DOT + 3},
        hovertext=[said], hoverinfo="text", name=say("figures.ours"),
    )  # fmt: skip
    reach = figure.layout.xaxis.range[1]
    anchor = "right" if place > reach / 4 else "left" if place < -reach / 4 else "center"
    text = f"<b>{say('figures.ours_value', observed=signed(observed))}</b><br>{said}"
    style.label(
        figure, text, x=place, y=1, xref="x", anchor=anchor, yanchor="bottom",
        colour=style.INNOVATIVE, size=style.BASE, yshift=2, xshift=8 if anchor == "right" else 0,
    )  # fmt: skip


def _rank_said(usual: Sequence[float], observed: float, reached: int | None) -> str:
    count = reached
    if count is None:
        count = sum(abs(value) >= abs(observed) - _TIE for value in usual)
    return say("figures.placebo_reached", count=decimal(count, 0), total=decimal(len(usual), 0))


def _note(draws: int, p_value: float | None, classes: tuple[int, int] | None) -> str:
    parts = [say("figures.placebo_note", count=decimal(draws, 0))]
    if classes:
        pool, archived = classes
        parts.append(say("figures.placebo_pool", pool=pool, archived=archived, now=pool - archived))
    if not style.missing(p_value):
        chance = say("figures.p_value", p=decimal(p_value, 3))
        low = say("figures.p_low")
        said = low if p_value is not None and p_value < _LEAST else chance
        parts.append(say("figures.placebo_p", p=said))
    return " ".join(parts)


def _table(
    bins: Mapping[float, int], total: int, *, dots: bool
) -> tuple[list[str], list[list[Any]]]:
    width = 0.05 if dots else max(0.05, style.nice_step(max(map(abs, bins)) * 2, ticks=12))
    counts: Counter[int] = Counter()
    for at, count in bins.items():
        counts[math.floor(at / width + _TIE)] += count
    columns = [say("figures.column_from"), say("figures.column_to"), say("figures.column_pairs")]
    rows = [
        [signed(place * width), signed((place + 1) * width), decimal(counts[place], 0)]
        for place in sorted(counts)
    ]
    return columns, [*rows, [say("figures.column_total"), "", decimal(total, 0)]]
