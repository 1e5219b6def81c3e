"""How many lessons pupils missed, and for which reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posanalytics.figures import style
from posanalytics.figures.distribution import (
    BAR,
    Bar,
    Part,
    bars_frame,
    name_bars,
    stacked,
)
from posanalytics.figures.groups import (
    counted_as,
    group_column,
    groups_of,
    sentence,
    span_of,
    terms_of,
)
from posanalytics.periods import term_name
from posanalytics.wording import decimal, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

# One hue: the stronger, the more there is to ask. None of them has a twin for the dark.
_FILLS = {
    "ill": ("#eadfe4", style.INK, ""),
    "excused": ("#d9bfca", style.INK, ""),
    "unnamed": ("#c596aa", style.INK, "/"),
    "unexcused": ("#97486a", style.PAPER, ""),
}
_NARROW = 30


def attendance_figure(
    attendance: pd.DataFrame, *, names: Mapping[str, str] | None = None, title: str | None = None
) -> go.Figure:
    """Return missed lessons per pupil by class and term, each bar in parts by reason.

    Parameters
    ----------
    attendance
        class_label or group, term, ill, excused, unexcused, unnamed, late, pupils, subjects;
        role if known. Classes and terms without a daily gradebook have no row.
    """
    if not len(attendance):
        reason = say("figures.attendance_none")
        return style.empty_figure("attendance", title=title, reason=reason)
    groups = groups_of(attendance, column=group_column(attendance), names=names)
    bars = [
        bar._replace(pupils=_number(attendance, bar, "pupils"))
        for bar in stacked(attendance, groups, _counts, empty=True)
    ]
    parts = [
        Part(key, say(f"figures.reason_{key}"), *fill)
        for key, fill in _FILLS.items()
        if any(bar.counts[key] for bar in bars)
    ]
    figure = bars_frame(bars, parts)
    _scale(figure, bars)
    for place, part in enumerate(parts):
        _draw_part(figure, bars, parts[:place], part)
    name_bars(figure, bars, found={}, beside=_beside)
    return style.described(
        figure,
        "attendance",
        title=title,
        alt=sentence(_said(bar) for bar in bars),
        note=say(
            "figures.attendance_note", period=span_of(terms_of(attendance)),
            subjects=decimal(float(attendance["subjects"].max()), 0),
        ),
        table=_table(attendance, bars),
    )  # fmt: skip


def _counts(rows: pd.DataFrame) -> dict[Any, float]:
    return {key: float(rows[key].sum()) for key in _FILLS}


def _number(attendance: pd.DataFrame, bar: Bar, column: str) -> float:
    mine = attendance[group_column(attendance)].eq(bar.group.key)
    return float(attendance.loc[mine & attendance["term"].eq(bar.term), column].sum())


def _each(bar: Bar, count: float) -> float:
    return count / bar.pupils if bar.pupils else 0.0


def _scale(figure: go.Figure, bars: Sequence[Bar]) -> None:
    longest = max(*(_each(bar, bar.total) for bar in bars), 1.0)
    step = style.nice_step(longest, ticks=4)
    ticks = [step * place for place in range(int(longest / step) + 1)]
    digits = 0 if step >= 1 else 1
    figure.update_xaxes(
        range=[0, longest * 1.04],
        tickvals=ticks,
        ticktext=[decimal(tick, digits) for tick in ticks],
        title_text=say("figures.axis_missed"),
    )


def _draw_part(figure: go.Figure, bars: Sequence[Bar], before: Sequence[Part], part: Part) -> None:
    room = (style.CHART_WIDTH - figure.layout.margin.l - figure.layout.margin.r) / (
        figure.layout.xaxis.range[1]
    )
    lengths = [_each(bar, bar.counts[part.key]) for bar in bars]
    starts = [_each(bar, sum(bar.counts[other.key] for other in before)) for bar in bars]
    figure.add_bar(
        orientation="h",
        x=style.rounded(lengths),
        base=style.rounded(starts),
        y=[bar.at for bar in bars],
        width=BAR,
        marker={
            "color": part.colour,
            "line": {"color": style.PAPER, "width": 1.5},
            "pattern": {
                "shape": part.pattern, "fillmode": "overlay", "fgcolor": style.PAPER, "size": 7,
                "solidity": 0.28,
            },
        },
        text=[decimal(length, 1) if length * room >= _NARROW else "" for length in lengths],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        constraintext="none",
        textfont={"size": style.BASE, "color": part.ink},
        hovertext=[_hover(bar, part) for bar in bars],
        hoverinfo="text",
        name=part.name,
    )  # fmt: skip


def _hover(bar: Bar, part: Part) -> str:
    count = bar.counts[part.key]
    return say(
        "figures.attendance_hover", group=bar.group.name, term=term_name(bar.term),
        part=part.name, count=counted_as("lessons", count), each=decimal(_each(bar, count), 1),
    )  # fmt: skip


def _beside(bar: Bar) -> str:
    each = say("figures.attendance_each", each=decimal(_each(bar, bar.total), 1))
    return f"{each}<br>N\u00a0=\u00a0{decimal(bar.pupils, 0)}"


def _said(bar: Bar) -> str:
    return say(
        "figures.attendance_said", group=bar.group.name, term=term_name(bar.term),
        each=decimal(_each(bar, bar.total), 1), count=counted_as("lessons", bar.total),
    )  # fmt: skip


def _table(attendance: pd.DataFrame, bars: Sequence[Bar]) -> tuple[list[str], list[list[str]]]:
    columns = style.header(["group", "term", *_FILLS, "late", "pupils"])
    rows = [
        [bar.group.name, term_name(bar.term),
         *(decimal(bar.counts[key], 0) for key in _FILLS),
         decimal(_number(attendance, bar, "late"), 0), decimal(bar.pupils, 0)]
        for bar in bars
    ]  # fmt: skip
    return columns, rows
