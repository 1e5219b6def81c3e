"""The look of every figure: palette, signs, template, canvas, and what stands beside the plot."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import plotly.graph_objects as go
import plotly.io as pio

from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# dark.js maps each of these colours to its dark twin by value: change both together.
# One meaning each, in every report (docs/visual.md): teal is never «good», it is «innovative».
INK = "#1c2226"
MUTED = "#5b656d"
RULE = "#dfe3e6"
INNOVATIVE = "#0b6b6b"
CONTROL = "#b4621a"
ARCHIVE = "#c3c9cd"
FALL = "#8c3f5d"
RISE = "#44589b"
PAPER = "#ffffff"
CLEAR = "rgba(0,0,0,0)"
# Bars keep their colours on a dark screen, so none of these is a colour that has a twin.
MARK_COLOURS = {2: "#aab3ba", 3: "#dbe0e3", 4: "#a9b8de", 5: "#4f63ab"}

FONT = 'system-ui, "Segoe UI", "PT Sans", "DejaVu Sans", sans-serif'
LABEL, BASE, SMALL = 15, 14, 13
# Width of the chart column of the page in CSS pixels: it fits A4 with margins of 14 mm.
CHART_WIDTH = 680
# Mean width of a Cyrillic letter in the widest font of the stack (DejaVu Sans), in ems.
_LETTER, _BOLD_LETTER = 0.62, 0.70
_ROW_BOTTOM = 8


class Sign(NamedTuple):
    """How a group is drawn: colour is never the only difference."""

    colour: str
    symbol: str
    dash: str


SIGNS = {
    "innovative": Sign(INNOVATIVE, "circle", "solid"),
    "control": Sign(CONTROL, "square", "6px,4px"),
    "ordinary": Sign(MUTED, "diamond", "2px,3px"),
    "archive": Sign(MUTED, "triangle-up", "1px,3px"),
}
CLASS_SIGNS = (
    Sign("#2f5d8a", "circle", "solid"),
    Sign("#7a4f9a", "square", "6px,4px"),
    Sign("#5a7a2e", "diamond", "2px,3px"),
    Sign("#a04668", "triangle-up", "9px,3px,2px,3px"),
    Sign("#2a8296", "cross", "10px,4px"),
    Sign("#86642c", "x", "4px,2px"),
)


def _template() -> go.layout.Template:
    axis = {
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "tickfont": {"size": SMALL, "color": MUTED},
        "title": {"font": {"size": SMALL, "color": MUTED}, "standoff": 10},
        "automargin": False,
        "tickangle": 0,
    }
    layout = {
        "font": {"family": FONT, "size": BASE, "color": INK},
        "paper_bgcolor": CLEAR,
        "plot_bgcolor": CLEAR,
        "separators": ",\u00a0",
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "hoverlabel": {
            "bgcolor": PAPER,
            "bordercolor": ARCHIVE,
            "align": "left",
            "font": {"family": FONT, "size": BASE, "color": INK},
        },
        "modebar": {"bgcolor": CLEAR, "color": ARCHIVE, "activecolor": INNOVATIVE},
        "xaxis": axis,
        "yaxis": axis,
    }
    return go.layout.Template(layout=layout)


TEMPLATE = _template()
pio.templates["posanalytics"] = TEMPLATE
# plotly 7 shows «Share chart…», which uploads the figure: never in a school.
CONFIG = {"showSendToCloud": False, "displaylogo": False, "responsive": True, "locale": "ru"}
pio.renderers["plotly_mimetype"].config = dict(CONFIG)


class Margin(NamedTuple):
    """Space around the plot in pixels."""

    left: int
    right: int
    top: int
    bottom: int


def canvas(*, height: int, margin: Margin, **layout: Any) -> go.Figure:
    """Return an empty figure in the house style; height in pixels, margins included."""
    edges = {"l": margin.left, "r": margin.right, "t": margin.top, "b": margin.bottom, "pad": 0}
    return go.Figure(layout={"template": TEMPLATE, "height": height, "margin": edges, **layout})


def row_canvas(*, rows: float, margin: Margin, **layout: Any) -> go.Figure:
    """Return a figure whose vertical axis counts pixels from the top, for rows of things."""
    inside = max(rows, 1) + _ROW_BOTTOM
    figure = canvas(height=math.ceil(inside + margin.top + margin.bottom), margin=margin, **layout)
    figure.update_yaxes(range=[inside, 0], visible=False, fixedrange=True)
    return figure


def described(  # noqa: PLR0913 - a page puts five things around a plot
    figure: go.Figure,
    key: str,
    *,
    alt: str,
    note: str = "",
    title: str | None = None,
    helps: Sequence[str] = ("help",),
    table: tuple[Sequence[str], Iterable[Sequence[object]]] = ((), ()),
) -> go.Figure:
    """Return the figure with what the page puts around it: question, alt text, help, table."""
    columns, rows = table
    figure.update_layout(
        meta={
            "title": title or say(f"figures.{key}_title"),
            "alt": alt,
            "note": note,
            "help": " ".join(say(f"figures.{key}_{part}") for part in helps),
            "table": {"columns": list(columns), "rows": [list(row) for row in rows]},
        }
    )
    return figure


def empty_figure(key: str, *, title: str | None = None, reason: str | None = None) -> go.Figure:
    """Return a figure that says that there is nothing to draw, and why."""
    said = reason or say("figures.no_data_reason")
    figure = canvas(height=120, margin=Margin(0, 0, 0, 0))
    figure.update_xaxes(visible=False, range=[0, 1])
    figure.update_yaxes(visible=False, range=[0, 1])
    figure.add_shape(
        type="rect", x0=0, x1=1, y0=0, y1=1, xref="paper", yref="paper",
        line={"color": ARCHIVE, "width": 1, "dash": "4px,4px"},
    )  # fmt: skip
    head = say("figures.no_data")
    label(figure, f"<b>{head}</b><br>{said}", x=0.5, y=0.5, colour=MUTED, anchor="center")
    alt = f"{head[:1].upper()}{head[1:]}. {said}"
    # Nobody reads a chart that is not there, so nothing explains how.
    return described(figure, key, alt=alt, title=title, helps=())


def label(  # noqa: PLR0913 - a label has a place, a look and two sides
    figure: go.Figure,
    text: str,
    *,
    x: float,
    y: float,
    xref: str = "paper",
    yref: str = "paper",
    colour: str = INK,
    size: int = BASE,
    anchor: str = "left",
    yanchor: str = "middle",
    xshift: float = 0,
    yshift: float = 0,
    width: int | None = None,
) -> None:
    """Write text on the figure; `anchor` is the side of the text that stands at x."""
    figure.add_annotation(
        text=text, x=x, y=y, xref=xref, yref=yref, xanchor=anchor, yanchor=yanchor,
        xshift=xshift, yshift=yshift, showarrow=False, width=width,
        align=anchor if anchor != "center" else "center", font={"size": size, "color": colour},
    )  # fmt: skip


def axis_title(figure: go.Figure, text: str, *, left: int, above: int = 10) -> None:
    """Write the title of the vertical axis where it is read: lying, above its top end."""
    label(
        figure, text, x=0, y=1, colour=MUTED, size=SMALL, yanchor="bottom",
        xshift=-left, yshift=above,
    )  # fmt: skip


def line(figure: go.Figure, **shape: Any) -> None:
    """Draw a thin straight rule under the data."""
    look = {"color": RULE, "width": 1} | shape.pop("line", {})
    figure.add_shape(type="line", layer="below", line=look, **shape)


def box(figure: go.Figure, *, colour: str, opacity: float, **shape: Any) -> None:
    """Fill a rectangle under the data."""
    figure.add_shape(
        type="rect", layer="below", fillcolor=colour, opacity=opacity, line={"width": 0}, **shape
    )


def cut(figure: go.Figure, low: float, high: float, *, at: float, colour: str) -> list[float]:
    """Return the interval as far as the axis shows it; an arrow stands where it goes on."""
    left, right = figure.layout.xaxis.range
    if low < left:
        label(figure, "\u25c2", x=left, y=at, xref="x", yref="y", colour=colour)
    if high > right:
        label(figure, "\u25b8", x=right, y=at, xref="x", yref="y", colour=colour, anchor="right")
    return [max(low, left), min(high, right)]


def is_cut(figure: go.Figure) -> bool:
    """Return whether an arrow on the figure says that an interval goes on."""
    return any(note.text in {"\u25c2", "\u25b8"} for note in figure.layout.annotations)


def rounded(values: Iterable[Any], digits: int = 3) -> list[float | None]:
    """Return numbers short enough to embed, None where there is none.

    >>> rounded([3.90049, float("nan"), None])
    [3.9, None, None]
    """
    return [None if missing(value) else round(float(value), digits) for value in values]


def missing(value: Any) -> bool:
    """Return whether the value is absent: None, NaN, NA or infinite."""
    try:
        return not math.isfinite(float(value))
    except (TypeError, ValueError):
        return True


def text_width(text: str, *, size: int = BASE, bold: bool = False) -> int:
    """Return a cautious estimate of the width of a line of text, in pixels."""
    return math.ceil(len(text) * size * (_BOLD_LETTER if bold else _LETTER))


def wrapped(text: str, *, width: int, size: int = BASE, bold: bool = False) -> str:
    """Return the text broken by <br> into lines that fit the width in pixels.

    >>> wrapped("Физическая культура", width=120)
    'Физическая<br>культура'
    """
    lines: list[str] = []
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(joined, size=size, bold=bold) <= width:
            lines[-1] = joined
        else:
            lines.append(word)
    return "<br>".join(lines)


def fitted(text: str, *, width: int, size: int = BASE, lines: int = 2) -> str:
    """Return the text broken into so many lines at most, with «…» where more would be needed.

    >>> fitted("Основы безопасности и защиты Родины", width=120)
    'Основы<br>безопасности…'
    """
    broken = wrapped(text, width=width, size=size).split("<br>")
    return "<br>".join(broken[:lines]) + ("…" if len(broken) > lines else "")


def spread(
    wanted: Sequence[float], *, gap: float, low: float = -math.inf, high: float = math.inf
) -> list[float]:
    """Return places at least `gap` apart, in the order of the wanted ones and nearest to them.

    Least squares under order constraints: pool adjacent violators on wanted − rank × gap
    (Barlow et al. 1972). Where low…high is too narrow, the gap shrinks to fit.

    >>> spread([1.0, 1.0, 5.0], gap=2.0)
    [0.0, 2.0, 5.0]
    """
    if not wanted:
        return []
    last = len(wanted) - 1
    if last and (high - low) / last < gap:
        gap = (high - low) / last
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    pooled = _pooled([wanted[place] - rank * gap for rank, place in enumerate(order)])
    placed = [0.0] * len(wanted)
    for rank, (place, base) in enumerate(zip(order, pooled, strict=True)):
        placed[place] = min(max(base, low), high - last * gap) + rank * gap
    return placed


def _pooled(values: Sequence[float]) -> list[float]:
    blocks: list[tuple[float, int]] = []
    for value in values:
        total, size = value, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / size:
            before, count = blocks.pop()
            total, size = total + before, size + count
        blocks.append((total, size))
    return [total / size for total, size in blocks for _ in range(size)]


def nice_step(span: float, *, ticks: int = 5) -> float:
    """Return the round step (1, 2 or 5 × 10ⁿ) that cuts the span into about that many parts.

    >>> nice_step(0.9), nice_step(0.35)
    (0.2, 0.1)
    """
    raw = max(span, 1e-9) / ticks
    power = 10.0 ** math.floor(math.log10(raw))
    factor = next((step for step in (1, 2, 5) if step * power >= raw * (1 - 1e-9)), 10)
    return round(factor * power, 10)


def header(columns: Sequence[str], known: Mapping[str, str] | None = None) -> list[str]:
    """Return Russian headers of a data table behind a figure, from the glossary."""
    from posanalytics.schema import GLOSSARY

    named = known or {}
    return [named.get(name) or GLOSSARY[name].label for name in columns]
