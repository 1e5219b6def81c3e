"""How many pupils have which marks: bars of 100 %, one under the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from posanalytics.figures import style
from posanalytics.figures.groups import (
    Group,
    group_column,
    groups_of,
    pupils,
    sentence,
    span_of,
    terms_of,
)
from posanalytics.periods import term_name
from posanalytics.wording import decimal, percent, say

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

_LEFT, _RIGHT, _KEY, _BOTTOM = 150, 108, 24, 54
_HEAD, _BAR, _STEP, _GAP = 30, 30, 38, 14
_MINIMUM_TEXT = 22


class Part(NamedTuple):
    """One segment of every bar: what it is called and how it is filled."""

    key: Any
    name: str
    colour: str
    ink: str
    pattern: str = ""


class Bar(NamedTuple):
    """One bar: whose, when, where, and how many pupils or marks are in each part."""

    group: Group
    term: str
    at: float
    counts: Mapping[Any, float]
    pupils: float | None = None

    @property
    def total(self) -> float:
        """Return how many stand behind the bar."""
        return sum(self.counts.values())


def distribution_figure(
    shares: pd.DataFrame, *, names: Mapping[str, str] | None = None, title: str | None = None
) -> go.Figure:
    """Return the shares of marks 2 to 5 by group and term, counts in the bars.

    Parameters
    ----------
    shares
        group, term, mark, share, count: one row per mark.
    names
        What to call a group: ``{"innovative": "5А и 7Б"}``.
    """
    if not len(shares) or not float(shares["count"].sum()):
        return style.empty_figure("distribution", title=title)
    groups = groups_of(shares, column=group_column(shares), names=names)
    bars = stacked(shares, groups, _mark_counts)
    parts = [
        Part(mark, f"«{mark}»", colour, style.PAPER if mark == 5 else style.INK)  # noqa: PLR2004
        for mark, colour in style.MARK_COLOURS.items()
    ]
    figure = bars_figure(bars, parts, axis=say("figures.axis_share_marks"))
    return style.described(
        figure,
        "distribution",
        title=title,
        alt=sentence(_said(bar) for bar in bars),
        note=say("figures.distribution_note", period=span_of(terms_of(shares))),
        table=bars_table(bars, parts),
    )


def _mark_counts(rows: pd.DataFrame) -> dict[Any, float]:
    counted = rows.groupby("mark")["count"].sum()
    return {mark: float(counted.get(mark, 0)) for mark in style.MARK_COLOURS}


def _said(bar: Bar) -> str:
    good = (bar.counts[4] + bar.counts[5]) / bar.total
    return say(
        "figures.distribution_said", group=bar.group.name, term=term_name(bar.term),
        share=percent(good), total=decimal(bar.total, 0),
    )  # fmt: skip


def stacked(
    frame: pd.DataFrame,
    groups: Sequence[Group],
    counts: Callable[[pd.DataFrame], Mapping[Any, float]],
) -> list[Bar]:
    """Return one bar per group and term that has something in it, placed from the top down."""
    bars: list[Bar] = []
    at = 0.0
    for group in groups:
        mine = frame[frame[group_column(frame)] == group.key]
        at += _HEAD
        for term in terms_of(mine):
            rows = mine[mine["term"] == term]
            bar = Bar(group, term, at + _BAR / 2, counts(rows), _pupils_of(rows))
            if bar.total:
                bars.append(bar)
                at += _STEP
        at += _GAP
    return bars


def _pupils_of(rows: pd.DataFrame) -> float | None:
    """Return how many pupils gave the marks, where the table counts marks and knows pupils."""
    return float(rows["pupils"].max()) if {"count", "pupils"} <= set(rows) else None


def bars_figure(bars: Sequence[Bar], parts: Sequence[Part], *, axis: str) -> go.Figure:
    """Return bars of 100 %: parts named above the first one, totals at their right ends."""
    key = _key_lines(parts)
    margin = style.Margin(_LEFT, _RIGHT, _KEY * len(key) + 6, _BOTTOM)
    rows = max(bar.at for bar in bars) + _STEP / 2
    figure = style.row_canvas(rows=rows, margin=margin, barmode="overlay", bargap=0)
    figure.update_xaxes(
        range=[0, 100],
        tickvals=[0, 25, 50, 75, 100],
        ticksuffix="",
        title_text=axis,
        showgrid=False,
    )
    for place, part in enumerate(parts):
        _draw_part(figure, bars, parts, place, part)
    _name_bars(figure, bars)
    text = "<br>".join("\u2003".join(line) for line in key)
    style.label(figure, text, x=0, y=1, yanchor="bottom", xshift=-_LEFT, yshift=4, size=style.SMALL)
    return figure


def _draw_part(
    figure: go.Figure, bars: Sequence[Bar], parts: Sequence[Part], place: int, part: Part
) -> None:
    before = [sum(bar.counts[other.key] for other in parts[:place]) for bar in bars]
    figure.add_bar(
        orientation="h",
        x=style.rounded((100 * bar.counts[part.key] / bar.total for bar in bars), 2),
        base=style.rounded((100 * n / bar.total for n, bar in zip(before, bars, strict=True)), 2),
        y=[bar.at for bar in bars],
        width=_BAR,
        marker={
            "color": part.colour,
            "line": {"color": style.PAPER, "width": 1.5},
            "pattern": {
                "shape": part.pattern,
                "fillmode": "overlay",
                "fgcolor": style.PAPER,
                "size": 7,
                "solidity": 0.28,
            },
        },
        text=[_inside(bar.counts[part.key], bar.total) for bar in bars],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        constraintext="none",
        textfont={"size": style.BASE, "color": part.ink},
        hovertext=[_hover(bar, part) for bar in bars],
        hoverinfo="text",
        name=part.name,
    )


def _inside(count: float, total: float) -> str:
    width = count / total * (style.CHART_WIDTH - _LEFT - _RIGHT)
    both = f"{percent(count / total)}\u2009·\u2009{decimal(count, 0)}"
    for text in (both, decimal(count, 0)):
        if count and width >= style.text_width(text) + 2:
            return text
    return ""


def _hover(bar: Bar, part: Part) -> str:
    count = bar.counts[part.key]
    return say(
        "figures.distribution_hover", group=bar.group.name, term=term_name(bar.term),
        part=part.name, count=decimal(count, 0), total=decimal(bar.total, 0),
        share=percent(count / bar.total),
    )  # fmt: skip


def _name_bars(figure: go.Figure, bars: Sequence[Bar]) -> None:
    named: set[str] = set()
    for bar in bars:
        if bar.group.key not in named:
            named.add(bar.group.key)
            style.label(
                figure, f"<b>{bar.group.name}</b>", x=0, y=bar.at - _BAR / 2 - 4, yref="y",
                colour=bar.group.sign.colour, size=style.LABEL, yanchor="bottom", xshift=-_LEFT,
            )  # fmt: skip
        style.label(
            figure, term_name(bar.term), x=0, y=bar.at, yref="y", size=style.SMALL,
            colour=style.MUTED, xshift=-_LEFT,
        )  # fmt: skip
        style.label(
            figure, _beside(bar), x=1, y=bar.at, yref="y",
            size=style.SMALL, colour=style.MUTED, xshift=10,
        )  # fmt: skip


def _beside(bar: Bar) -> str:
    total = f"N\u00a0=\u00a0{decimal(bar.total, 0)}"
    return total if bar.pupils is None else f"{total}<br>{pupils(bar.pupils)}"


def _key_lines(parts: Sequence[Part]) -> list[list[str]]:
    """Return the key of the bars in lines that fit: tiny parts leave no room for their names."""
    lines: list[list[str]] = [[]]
    used = 0.0
    for part in parts:
        glyph = "▨" if part.pattern else "■"
        width = style.text_width(part.name, size=style.SMALL) + 2.6 * style.SMALL
        if used + width > style.CHART_WIDTH and lines[-1]:
            lines.append([])
            used = 0.0
        used += width
        lines[-1].append(f'<span style="color:{part.colour}">{glyph}</span>\u00a0{part.name}')
    return lines


def bars_table(bars: Sequence[Bar], parts: Sequence[Part]) -> tuple[list[str], list[list[str]]]:
    """Return the counts and shares behind the bars, one row per bar."""
    columns = [*style.header(["group", "term"]), *(part.name for part in parts)]
    rows = [
        [bar.group.name, term_name(bar.term), *(_cell(bar, part) for part in parts),
         decimal(bar.total, 0)]
        for bar in bars
    ]  # fmt: skip
    return [*columns, say("figures.column_total")], rows


def _cell(bar: Bar, part: Part) -> str:
    count = bar.counts[part.key]
    return f"{decimal(count, 0)} ({percent(count / bar.total)})"
