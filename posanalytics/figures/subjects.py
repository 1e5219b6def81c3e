"""The same question subject by subject: small charts with one common scale."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from posanalytics.figures import style
from posanalytics.figures.groups import (
    Group,
    group_column,
    groups_of,
    pupils,
    sentence,
    span_of,
    term_ticks,
    terms_of,
)
from posanalytics.periods import split_term, term_name, term_order
from posanalytics.wording import decimal, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

_LEFT, _RIGHT, _TOP, _BOTTOM = 38, 44, 66, 28
_COLUMNS = 3
_PANEL, _TITLE = 104, 36
# Under a small chart stand its terms, and the years where there are several.
_FOOT, _FOOT_YEARS = 26, 42
_BEHIND = "rgba(131,143,150,0.42)"
_GUTTER = 0.11
# Narrower than this no page draws a chart: it scrolls in its frame (style.css).
_NARROWEST = 600


class _Scale(NamedTuple):
    """What all small charts share: the terms, the ends of the marks, the height of a row."""

    terms: list[str]
    low: float
    high: float

    @property
    def years(self) -> bool:
        """Return whether the terms are of several school years."""
        return len({split_term(term)[0] for term in self.terms}) > 1

    @property
    def pitch(self) -> int:
        """Return the height of a row of small charts in pixels, words included."""
        return _PANEL + _TITLE + (_FOOT_YEARS if self.years else _FOOT)


def subjects_figure(
    means: pd.DataFrame, *, names: Mapping[str, str] | None = None, title: str | None = None
) -> go.Figure:
    """Return mean marks by term in every subject: small charts with one common scale.

    Parameters
    ----------
    means
        subject, group or class_label, term, mean; pupils and role if known. Ordinary classes
        stand behind the compared groups as thin grey lines without a name.
    """
    drawn, others = _split(means[means["mean"].notna()] if len(means) else means)
    if not len(drawn):
        return style.empty_figure("subjects", title=title)
    groups = groups_of(drawn, column=group_column(drawn), names=names)
    subjects = sorted(drawn["subject"].unique())
    scale = _Scale(terms_of(drawn), *_limits(drawn, others))
    key = _key(groups, behind=len(others) > 0)
    figure = _frame(len(subjects), scale, top=_TOP + 20 * key.count("<br>"))
    for place, subject in enumerate(subjects):
        behind = others[others["subject"] == subject]
        rows = drawn[drawn["subject"] == subject]
        _draw_panel(figure, (rows, behind), groups, scale, place)
    style.label(figure, key, x=0, y=1, yanchor="bottom", size=style.LABEL, xshift=-_LEFT, yshift=32)
    style.axis_title(figure, say("figures.axis_mean_term"), left=_LEFT, above=8)
    columns = ["subject", "group", "term", "mean", "pupils"]
    return style.described(
        figure,
        "subjects",
        title=title,
        helps=["help", "help_behind"] if len(others) else ["help"],
        alt=say("figures.subjects_alt", count=len(subjects), said=_said(drawn, groups, subjects)),
        note=_note(drawn, groups, scale),
        table=(style.header(columns), _table(drawn, groups)),
    )


def _split(means: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the groups that are drawn by name, and the ordinary classes behind them."""
    if "role" not in means or not means["role"].isin(["innovative", "control"]).any():
        return means, means.iloc[:0]
    ordinary = means["role"].eq("ordinary")
    return means[~ordinary], means[ordinary]


def _limits(*layers: pd.DataFrame) -> tuple[float, float]:
    known = [float(value) for layer in layers for value in layer["mean"]]
    low, high = min(known), max(known)
    middle, half = (low + high) / 2, max((high - low) * 0.58, 0.4)
    return middle - half, middle + half


def _rows_of(subjects: int) -> int:
    return math.ceil(subjects / _COLUMNS)


def _frame(subjects: int, scale: _Scale, *, top: int) -> go.Figure:
    rows = _rows_of(subjects)
    height = rows * scale.pitch + top + _BOTTOM
    return style.canvas(height=height, margin=style.Margin(_LEFT, _RIGHT, top, _BOTTOM))


def _domains(figure: go.Figure, scale: _Scale, place: int) -> tuple[list[float], list[float]]:
    row, column = divmod(place, _COLUMNS)
    width = (1 - _GUTTER * (_COLUMNS - 1)) / _COLUMNS
    left = column * (width + _GUTTER)
    inside = figure.layout.height - figure.layout.margin.t - _BOTTOM
    top = row * scale.pitch + _TITLE
    return [left, left + width], [1 - (top + _PANEL) / inside, 1 - top / inside]


def _draw_panel(
    figure: go.Figure,
    layers: tuple[pd.DataFrame, pd.DataFrame],
    groups: Sequence[Group],
    scale: _Scale,
    place: int,
) -> None:
    rows, behind = layers
    subject = str(rows["subject"].iloc[0])
    number = place + 1 if place else ""
    across, down = _domains(figure, scale, place)
    figure.update_layout(
        {
            f"xaxis{number}": _x_axis(scale, across, number),
            f"yaxis{number}": _y_axis(scale, down, number),
        }
    )
    _draw_behind(figure, behind, scale, number)
    for group in groups:
        mine = rows[rows[group_column(rows)] == group.key]
        if len(mine):
            _draw_line(figure, mine, group, scale, number)
    _write_values(figure, rows, groups, scale, number)
    width = (style.CHART_WIDTH - _LEFT - _RIGHT) // _COLUMNS - 8
    style.label(
        figure, f"<b>{_short(subject, width)}</b>", x=across[0], y=down[1], yanchor="bottom",
        size=style.SMALL, yshift=3,
    )  # fmt: skip


def _short(subject: str, width: int) -> str:
    lines = style.wrapped(subject, width=width, size=style.SMALL, bold=True).split("<br>")
    return "<br>".join(lines[:2]) + ("…" if len(lines) > 2 else "")  # noqa: PLR2004


def _x_axis(scale: _Scale, domain: Sequence[float], number: Any) -> dict[str, Any]:
    last = len(scale.terms) - 1
    ticks = sorted({0, last, *(range(last) if last <= 3 else ())})  # noqa: PLR2004
    # The year stands in the note under the chart; several of them are told apart here.
    texts = [text if scale.years else text.split("<br>")[0] for text in term_ticks(scale.terms)]
    if scale.years:
        texts[-1] = term_ticks(scale.terms[-1:])[0]
    return {
        "domain": list(domain),
        "anchor": f"y{number}",
        "range": [-0.3, last + 0.3] if last else [-1, 1],
        "tickvals": ticks,
        "ticktext": [texts[place] for place in ticks],
        "tickfont": {"size": 12},
    }


def _y_axis(scale: _Scale, domain: Sequence[float], number: Any) -> dict[str, Any]:
    step = style.nice_step(scale.high - scale.low, ticks=4)
    return {
        "domain": list(domain),
        "anchor": f"x{number}",
        "range": [scale.low, scale.high],
        "dtick": step,
        "tick0": 0,
        "tickformat": ".1f",
        "showgrid": True,
        "gridcolor": style.RULE,
        "tickfont": {"size": 12},
    }


def _draw_behind(figure: go.Figure, rows: pd.DataFrame, scale: _Scale, number: Any) -> None:
    """Draw all ordinary classes as one trace: a line for each, broken between them."""
    x: list[int | None] = []
    y: list[float | None] = []
    for _, mine in rows.groupby(group_column(rows)) if len(rows) else ():
        by_term = dict(zip(mine["term"], mine["mean"], strict=True))
        x += [*range(len(scale.terms)), None]
        y += [*style.rounded(by_term.get(term) for term in scale.terms), None]
    if x:
        figure.add_scatter(
            x=x[:-1], y=y[:-1], xaxis=f"x{number}", yaxis=f"y{number}", mode="lines",
            line={"color": _BEHIND, "width": 1}, hoverinfo="skip",
            name=say("figures.group_ordinary"), meta={"subject": str(rows["subject"].iloc[0])},
        )  # fmt: skip


def _draw_line(
    figure: go.Figure, rows: pd.DataFrame, group: Group, scale: _Scale, number: Any
) -> None:
    by_term = {row["term"]: row for row in rows.to_dict("records")}
    known = [by_term.get(term, {}) for term in scale.terms]
    figure.add_scatter(
        x=list(range(len(scale.terms))),
        y=style.rounded(row.get("mean") for row in known),
        xaxis=f"x{number}",
        yaxis=f"y{number}",
        mode="lines+markers",
        line={"color": group.sign.colour, "width": 2, "dash": group.sign.dash},
        marker={"symbol": group.sign.symbol, "size": 6, "color": group.sign.colour},
        hovertext=[_hover(group, row) for row in known],
        hoverinfo="text",
        name=group.name,
        meta={"subject": str(rows["subject"].iloc[0])},
    )


def _hover(group: Group, row: Mapping[str, Any]) -> str:
    if not row:
        return ""
    parts = [f"<b>{group.name}</b>", str(row["subject"]), term_name(row["term"])]
    parts.append(say("figures.hover_mean", mean=decimal(row["mean"])))
    if not style.missing(row.get("pupils")):
        parts.append(pupils(row["pupils"]))
    return "<br>".join(parts)


def _write_values(
    figure: go.Figure, rows: pd.DataFrame, groups: Sequence[Group], scale: _Scale, number: Any
) -> None:
    """Write the last value of each line at its end, where the lines are few enough to be told."""
    last = rows[rows["term"] == scale.terms[-1]]
    column = group_column(rows)
    known = [
        (group, float(value))
        for group in groups
        for value in last.loc[last[column] == group.key, "mean"].head(1)
    ]
    if len(known) > 3:  # noqa: PLR2004
        return
    gap = 15 * (scale.high - scale.low) / _PANEL
    places = style.spread([value for _, value in known], gap=gap, low=scale.low, high=scale.high)
    for (group, value), place in zip(known, places, strict=True):
        style.label(
            figure, f"<b>{decimal(value)}</b>", x=len(scale.terms) - 1, y=place, xref=f"x{number}",
            yref=f"y{number}", colour=group.sign.colour, size=12, xshift=8,
        )  # fmt: skip


def _key(groups: Sequence[Group], *, behind: bool) -> str:
    """Return the names of the lines with their signs, in one line or under each other."""
    signs = [(f"{_glyph(group)} {group.name}", group.sign.colour) for group in groups]
    named = [f'<span style="color:{colour}"><b>{text}</b></span>' for text, colour in signs]
    if behind:
        signs.append((f"— {say('figures.subjects_behind')}", style.MUTED))
        named.append(f'<span style="color:{style.MUTED}">{signs[-1][0]}</span>')
    width = sum(style.text_width(text, size=style.LABEL) + 2 * style.BASE for text, _ in signs)
    return ("\u2003" if width <= _NARROWEST else "<br>").join(named)


def _glyph(group: Group) -> str:
    return {"circle": "●", "square": "■", "diamond": "◆", "triangle-up": "▲"}.get(
        group.sign.symbol, "✚"
    )


def _note(means: pd.DataFrame, groups: Sequence[Group], scale: _Scale) -> str:
    """Return the period, and how many pupils a subject of each group has in the last term."""
    note = say("figures.subjects_note", period=span_of(scale.terms))
    if "pupils" not in means:
        return note
    last = means[means["term"] == scale.terms[-1]]
    counted = [
        f"{group.name} – {pupils(number)}"
        for group in groups
        for number in [last.loc[last[group_column(last)] == group.key, "pupils"].max()]
        if not style.missing(number)
    ]
    return f"{note} {say('figures.subjects_counted', groups=', '.join(counted))}"


def _said(means: pd.DataFrame, groups: Sequence[Group], subjects: Sequence[str]) -> str:
    last = terms_of(means)[-1]
    rows = means[means["term"] == last]
    column = group_column(means)
    parts = []
    for subject in subjects:
        values = [
            f"{group.name} {decimal(value)}"
            for group in groups
            for value in rows.loc[
                (rows["subject"] == subject) & (rows[column] == group.key), "mean"
            ].head(1)
        ]
        if values:
            parts.append(f"{subject}: {', '.join(values)}")
    return sentence(parts)


def _table(means: pd.DataFrame, groups: Sequence[Group]) -> list[list[str]]:
    order = {group.key: place for place, group in enumerate(groups)}
    column = group_column(means)
    rows = sorted(
        means.to_dict("records"),
        key=lambda row: (row["subject"], order[str(row[column])], term_order(row["term"])),
    )
    return [
        [str(row["subject"]), groups[order[str(row[column])]].name, term_name(row["term"]),
         decimal(row["mean"]), decimal(row.get("pupils"), 0)]
        for row in rows
    ]  # fmt: skip
