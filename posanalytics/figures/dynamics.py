"""How the mean marks of the groups went from term to term."""

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
from posanalytics.periods import term_name, term_order
from posanalytics.wording import decimal, say, signed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

# An axis shorter than this would make the noise of one pupil look like a landslide.
_SHORTEST_AXIS = 0.6
_MANY_GROUPS = 4
_DODGE = 0.05
_LEFT, _TOP, _BOTTOM = 44, 58, 64
_LINE = 19
_COLUMNS = ("group", "term", "mean", "conf_low", "conf_high", "pupils")


class _EndLabel(NamedTuple):
    text: str
    at: float
    colour: str
    width: int


def dynamics_figure(
    means: pd.DataFrame,
    *,
    band: pd.DataFrame | None = None,
    start: str | None = None,
    names: Mapping[str, str] | None = None,
    title: str | None = None,
) -> go.Figure:
    """Return mean marks by term, one line per group, with the usual range of ordinary classes.

    Parameters
    ----------
    means
        group (a role or a label), term, mean; conf_low, conf_high, pupils and role if known.
    band
        term, conf_low, conf_high of the ordinary or archive classes.
    start
        First term with innovative lessons.
    names
        What to call a group: ``{"innovative": "5А и 7Б"}``.
    """
    drawn = means[means["mean"].notna()] if len(means) else means
    if not len(drawn):
        return style.empty_figure("dynamics", title=title)
    band = band if band is not None and len(band) else None
    terms = terms_of(drawn, band)
    groups = groups_of(drawn, column=group_column(drawn), names=names)
    low, high = _axis_range(drawn, band)
    labels = _end_labels(drawn, groups, band)
    figure = _frame(terms, (low, high), labels)
    if band is not None:
        _draw_band(figure, band, terms)
    for place, group in enumerate(groups):
        _draw_group(figure, _rows(drawn, group), group, terms, place=(place, len(groups)))
    _draw_start(figure, terms, start)
    _write_ends(figure, labels, (low, high))
    helps = ["help_line" if len(groups) > _MANY_GROUPS else "help"]
    helps += ["help_band"] if band is not None else []
    return _describe(figure, drawn, groups, title=title, helps=[*helps, "help_end"])


def _axis_range(means: pd.DataFrame, band: pd.DataFrame | None) -> tuple[float, float]:
    known = [
        float(value)
        for frame in (means, band)
        if frame is not None
        for column in ("mean", "conf_low", "conf_high")
        if column in frame
        for value in frame[column].dropna()
    ]
    low, high = min(known), max(known)
    middle, half = (low + high) / 2, max((high - low) * 0.54, _SHORTEST_AXIS / 2)
    return middle - half, middle + half


def _frame(
    terms: Sequence[str], limits: tuple[float, float], labels: Sequence[_EndLabel]
) -> go.Figure:
    right = min(220, max(label.width for label in labels) + 24)
    height = max(264, 26 * len(labels)) + _TOP + _BOTTOM
    figure = style.canvas(height=height, margin=style.Margin(_LEFT, right, _TOP, _BOTTOM))
    figure.update_xaxes(
        range=[-0.35, len(terms) - 0.8] if len(terms) > 1 else [-0.6, 0.6],
        tickvals=list(range(len(terms))),
        ticktext=term_ticks(terms),
        title_text=say("figures.axis_term"),
    )
    step = style.nice_step(limits[1] - limits[0])
    digits = 1 if step >= 0.1 else 2  # noqa: PLR2004
    figure.update_yaxes(
        range=list(limits), dtick=step, tick0=0, tickformat=f".{digits}f",
        showgrid=True, gridcolor=style.RULE,
    )  # fmt: skip
    style.axis_title(figure, say("figures.axis_mean"), left=_LEFT - 4, above=34)
    return figure


def _draw_band(figure: go.Figure, band: pd.DataFrame, terms: Sequence[str]) -> None:
    rows = band.dropna(subset=["conf_low", "conf_high"]).copy()
    rows["at"] = rows["term"].map(terms.index)
    rows = rows.sort_values("at")
    x = [int(at) for at in rows["at"]]
    low, high = style.rounded(rows["conf_low"]), style.rounded(rows["conf_high"])
    figure.add_scatter(
        x=[*x, *reversed(x)],
        y=[*high, *reversed(low)],
        fill="toself",
        fillcolor="rgba(195,201,205,0.32)",
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
        name=say("figures.band"),
    )


def _draw_group(
    figure: go.Figure,
    rows: pd.DataFrame,
    group: Group,
    terms: Sequence[str],
    *,
    place: tuple[int, int],
) -> None:
    by_term = {row["term"]: row for row in rows.to_dict("records")}
    known = [by_term.get(term, {}) for term in terms]
    mean = style.rounded(row.get("mean") for row in known)
    figure.add_scatter(
        x=[at + _shift(*place) for at in range(len(terms))],
        y=mean,
        mode="lines+markers",
        connectgaps=False,
        line={"color": group.sign.colour, "width": 2.75, "dash": group.sign.dash},
        marker={"symbol": group.sign.symbol, "size": 9, "color": group.sign.colour},
        error_y=_whiskers(known, group.sign.colour) if place[1] <= _MANY_GROUPS else None,
        hovertext=[_hover(group, row) for row in known],
        hoverinfo="text",
        name=group.name,
    )


def _whiskers(rows: Sequence[Mapping[str, Any]], colour: str) -> dict[str, Any]:
    def reach(row: Mapping[str, Any], column: str) -> float:
        end, mean = row.get(column), row.get("mean")
        return 0.0 if style.missing(end) or style.missing(mean) else abs(float(end) - float(mean))  # type: ignore[arg-type]

    return {
        "type": "data",
        "symmetric": False,
        "array": style.rounded(reach(row, "conf_high") for row in rows),
        "arrayminus": style.rounded(reach(row, "conf_low") for row in rows),
        "color": colour,
        "thickness": 1.5,
        "width": 0,
    }


def _hover(group: Group, row: Mapping[str, Any]) -> str:
    if not row:
        return ""
    parts = [f"<b>{group.name}</b>", term_name(row["term"])]
    parts.append(say("figures.hover_mean", mean=decimal(row["mean"])))
    if not style.missing(row.get("conf_low")):
        low, high = decimal(row["conf_low"]), decimal(row["conf_high"])
        parts.append(say("figures.hover_interval", low=low, high=high))
    if not style.missing(row.get("pupils")):
        parts.append(pupils(row["pupils"]))
    return "<br>".join(parts)


def _draw_start(figure: go.Figure, terms: Sequence[str], start: str | None) -> None:
    if start is None or not terms or term_order(start) <= term_order(terms[0]):
        return
    place = sum(term_order(term) < term_order(start) for term in terms) - 0.5
    figure.add_shape(
        type="line", x0=place, x1=place, y0=0, y1=1, yref="paper",
        line={"color": style.INK, "width": 1.25, "dash": "3px,4px"},
    )  # fmt: skip
    right_half = place > (len(terms) - 1) / 2
    style.label(
        figure, say("figures.start"), x=place, y=1, xref="x", colour=style.INK, size=style.SMALL,
        anchor="right" if right_half else "left", yanchor="bottom",
        xshift=4 if right_half else -4, yshift=4,
    )  # fmt: skip


def _end_labels(
    means: pd.DataFrame, groups: Sequence[Group], band: pd.DataFrame | None
) -> list[_EndLabel]:
    short = len(groups) > _MANY_GROUPS
    labels = [_end_label(_in_time(means, group), group, short=short) for group in groups]
    if band is not None:
        last = _last(band)
        text = say("figures.band_label")
        middle = (float(last["conf_low"]) + float(last["conf_high"])) / 2
        widest = max(style.text_width(part, size=style.SMALL) for part in text.split("<br>"))
        labels.append(_EndLabel(text, middle, style.MUTED, widest))
    return labels


def _end_label(rows: Sequence[Mapping[str, Any]], group: Group, *, short: bool) -> _EndLabel:
    row = rows[-1]
    value, count = decimal(row["mean"]), row.get("pupils")
    name = style.wrapped(group.name, width=190, size=style.LABEL, bold=True)
    many = "" if style.missing(count) else pupils(count)
    change = _changed(rows)
    if short:
        n = f" ({round(float(count))})" if many else ""  # type: ignore[arg-type]
        text, widest = f"<b>{group.name}</b> {value}{n}", f"{group.name} {value}{n}"
    else:
        lines = [*f"{name}: {value}".split("<br>"), *filter(None, (change, many))]
        text = "<br>".join([f"<b>{name}: {value}</b>", *filter(None, (change, many))])
        widest = max(lines, key=len)
    width = style.text_width(widest, size=style.LABEL, bold=True)
    return _EndLabel(text, float(row["mean"]), group.sign.colour, width)


def _changed(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the change from the first to the last term in words, where there are two."""
    if len(rows) < 2:  # noqa: PLR2004 - one term has no change
        return ""
    # From the means as they are read: 4,13 − 3,81 must be what the reader makes of it.
    change = round(rows[-1]["mean"], 2) - round(rows[0]["mean"], 2)
    return say("figures.changed", change=signed(change))


def _write_ends(
    figure: go.Figure, labels: Sequence[_EndLabel], limits: tuple[float, float]
) -> None:
    low, high = limits
    inside = figure.layout.height - _TOP - _BOTTOM
    scale = (high - low) / inside
    gap = _LINE * max(1 + label.text.count("<br>") for label in labels) + 5
    half = gap / 2 * scale
    places = style.spread(
        [label.at for label in labels], gap=gap * scale, low=low + half, high=high - half
    )
    for label, place in zip(labels, places, strict=True):
        style.label(
            figure, label.text, x=1, y=place, yref="y", colour=label.colour,
            size=style.SMALL if label.colour == style.MUTED else style.BASE, xshift=10,
        )  # fmt: skip


def _rows(means: pd.DataFrame, group: Group) -> pd.DataFrame:
    return means[means[group_column(means)] == group.key]


def _last(rows: pd.DataFrame) -> dict[str, Any]:
    ordered = sorted(rows.to_dict("records"), key=lambda row: term_order(row["term"]))
    return dict(ordered[-1])


def _shift(place: int, groups: int) -> float:
    return (place - (groups - 1) / 2) * _DODGE if 1 < groups <= _MANY_GROUPS else 0.0


def _describe(
    figure: go.Figure,
    means: pd.DataFrame,
    groups: Sequence[Group],
    *,
    title: str | None,
    helps: Sequence[str],
) -> go.Figure:
    period = span_of(terms_of(means))
    said = [_change(_rows(means, group), group) for group in groups]
    columns = [column for column in _COLUMNS if column in means or column == "group"]
    return style.described(
        figure,
        "dynamics",
        title=title,
        helps=helps,
        alt=say("figures.dynamics_alt", period=period, groups=sentence(said)),
        note=" ".join([say("figures.dynamics_note", period=period), _counted(means, groups)]),
        table=(
            style.header(columns),
            [_table_row(row, group, columns) for group in groups for row in _in_time(means, group)],
        ),
    )


def _counted(means: pd.DataFrame, groups: Sequence[Group]) -> str:
    """Return how many pupils stand behind the last dots, as the note says it."""
    if "pupils" not in means:
        return ""
    last = [_in_time(means, group)[-1]["pupils"] for group in groups]
    known = [round(float(number)) for number in last if not style.missing(number)]
    return say("figures.dynamics_counted", pupils=pupils(sum(known))) if known else ""


def _in_time(means: pd.DataFrame, group: Group) -> list[dict[str, Any]]:
    rows = _rows(means, group).to_dict("records")
    return sorted(rows, key=lambda row: term_order(row["term"]))


def _table_row(row: Mapping[str, Any], group: Group, columns: Sequence[str]) -> list[str]:
    written = {"group": group.name, "term": term_name(row["term"])}
    for column in ("mean", "conf_low", "conf_high"):
        written[column] = decimal(row.get(column))
    written["pupils"] = decimal(row.get("pupils"), 0)
    return [written[column] for column in columns]


def _change(rows: pd.DataFrame, group: Group) -> str:
    ordered = sorted(rows.to_dict("records"), key=lambda row: term_order(row["term"]))
    first, last = ordered[0], ordered[-1]
    many = "" if style.missing(last.get("pupils")) else f" ({pupils(last['pupils'])})"
    if len(ordered) == 1 or math.isclose(first["mean"], last["mean"], abs_tol=0.005):
        return f"{group.name} – {decimal(last['mean'])}{many}"
    change = say("figures.from_to", first=decimal(first["mean"]), last=decimal(last["mean"]))
    return f"{group.name} – {change}{many}"
