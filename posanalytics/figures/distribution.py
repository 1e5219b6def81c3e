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

_LEFT, _RIGHT, _KEY, _BOTTOM = 150, 116, 24, 54
_HEAD, BAR, _STEP, _GAP = 30, 30, 38, 14
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
    found = {group.key: _found([bar for bar in bars if bar.group == group]) for group in groups}
    figure = bars_figure(bars, parts, axis=say("figures.axis_share_marks"), found=found)
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


def _good(bar: Bar) -> float:
    return (bar.counts[4] + bar.counts[5]) / bar.total


def _found(bars: Sequence[Bar]) -> str:
    """Return what the bars of one group show, in words: the share of 4 and 5, first and last."""
    if not bars:
        return ""
    last = percent(_good(bars[-1]))
    if len(bars) == 1:
        return say("figures.distribution_one", last=last)
    return say("figures.distribution_found", first=percent(_good(bars[0])), last=last)


def _said(bar: Bar) -> str:
    good = _good(bar)
    return say(
        "figures.distribution_said", group=bar.group.name, term=term_name(bar.term),
        share=percent(good), total=decimal(bar.total, 0),
    )  # fmt: skip


def stacked(
    frame: pd.DataFrame,
    groups: Sequence[Group],
    counts: Callable[[pd.DataFrame], Mapping[Any, float]],
    *,
    empty: bool = False,
) -> list[Bar]:
    """Return one bar per group and term that has something in it, placed from the top down.

    Where ``empty``, a bar without anything is kept too: nothing is then a finding.
    """
    bars: list[Bar] = []
    at = 0.0
    for group in groups:
        mine = frame[frame[group_column(frame)] == group.key]
        at += _HEAD
        for term in terms_of(mine):
            rows = mine[mine["term"] == term]
            bar = Bar(group, term, at + BAR / 2, counts(rows), _pupils_of(rows))
            if bar.total or empty:
                bars.append(bar)
                at += _STEP
        at += _GAP
    return bars


def _pupils_of(rows: pd.DataFrame) -> float | None:
    """Return how many pupils gave the marks, where the table counts marks and knows pupils."""
    return float(rows["pupils"].max()) if {"count", "pupils"} <= set(rows) else None


def bars_figure(
    bars: Sequence[Bar],
    parts: Sequence[Part],
    *,
    axis: str,
    found: Mapping[str, str] | None = None,
) -> go.Figure:
    """Return bars of 100 %: parts named above them, findings beside groups, totals at the ends."""
    figure = bars_frame(bars, parts)
    figure.update_xaxes(
        range=[0, 100], tickvals=[0, 25, 50, 75, 100], ticksuffix="", title_text=axis
    )
    for place, part in enumerate(parts):
        _draw_part(figure, bars, parts, place, part)
    name_bars(figure, bars, found=found or {}, beside=_beside)
    return figure


def bars_frame(bars: Sequence[Bar], parts: Sequence[Part]) -> go.Figure:
    """Return the figure that bars are drawn on, with the names of their parts above."""
    key = _key_lines(parts)
    margin = style.Margin(_LEFT, _RIGHT, _KEY * len(key) + 6, _BOTTOM)
    rows = max(bar.at for bar in bars) + _STEP / 2
    figure = style.row_canvas(rows=rows, margin=margin, barmode="overlay", bargap=0)
    figure.update_xaxes(showgrid=False)
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
        width=BAR,
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


def name_bars(
    figure: go.Figure,
    bars: Sequence[Bar],
    *,
    found: Mapping[str, str],
    beside: Callable[[Bar], str],
) -> None:
    """Write the group over its bars with what was found, the term before and the total behind."""
    named: set[str] = set()
    for bar in bars:
        if bar.group.key not in named:
            named.add(bar.group.key)
            head = _headed(bar.group.name, found.get(bar.group.key, ""))
            style.label(
                figure, head, x=0, y=bar.at - BAR / 2 - 4, yref="y",
                colour=bar.group.sign.colour, size=style.LABEL, yanchor="bottom", xshift=-_LEFT,
            )  # fmt: skip
        style.label(
            figure, term_name(bar.term), x=0, y=bar.at, yref="y", size=style.SMALL,
            colour=style.MUTED, xshift=-_LEFT,
        )  # fmt: skip
        style.label(
            figure, beside(bar), x=1, y=bar.at, yref="y",
            size=style.SMALL, colour=style.MUTED, xshift=10,
        )  # fmt: skip


def _headed(name: str, found: str) -> str:
    said = f'\u2003<span style="color:{style.INK}">{found}</span>' if found else ""
    room = style.text_width(name, size=style.LABEL, bold=True) + style.text_width(found) + 20
    return f"<b>{name}</b>{said}" if room <= style.CHART_WIDTH - 80 else f"<b>{name}</b>"


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
        colour = style.MUTED if part.pattern else part.colour
        lines[-1].append(f'<span style="color:{colour}">{glyph}</span>\u00a0{part.name}')
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
