"""Which single mark keeps pupils from the next group: a square for every pupil."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posanalytics.figures import style
from posanalytics.figures.groups import pupils, sentence, span_of, terms_of
from posanalytics.wording import decimal, percent, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

_LEFT, _RIGHT, _TOP, _BOTTOM = 186, 120, 66, 4
_ROW, _SQUARE = 32, 22
_KINDS = {"one_three": "3", "one_four": "4"}


def reserve_figure(reserve: pd.DataFrame, *, title: str | None = None) -> go.Figure:
    """Return a row of squares per subject: pupils whose only 3, or only 4, stands in it.

    For the class teacher only (L1): a square may be one child, so no report shows it.

    Parameters
    ----------
    reserve
        subject, one_three, one_four of one class and one term; pupils (of the class) and
        quality_class.
    """
    if not len(reserve):
        return style.empty_figure("reserve", title=title)
    rows = sorted(reserve.to_dict("records"), key=lambda row: str(row["subject"]))
    counts = {kind: sum(round(float(row[kind])) for row in rows) for kind in _KINDS}
    figure = _frame(rows)
    for kind in _KINDS:
        _draw_squares(figure, rows, kind)
    for place, row in enumerate(rows):
        _write_row(figure, row, at=(place + 0.5) * _ROW)
    found = _found(rows[0], counts["one_three"])
    style.label(
        figure, found, x=0, y=1, yanchor="bottom", xshift=-_LEFT, yshift=34, size=style.LABEL
    )
    style.label(
        figure, _key(counts), x=0, y=1, yanchor="bottom", xshift=-_LEFT, yshift=8,
        size=style.SMALL, colour=style.MUTED,
    )  # fmt: skip
    return style.described(
        figure,
        "reserve",
        title=title,
        alt=sentence([found, *(_said(row) for row in rows if _any(row))]),
        note=_note(reserve),
        table=(
            style.header(["subject", *_KINDS]),
            [[str(row["subject"]), *(decimal(row[kind], 0) for kind in _KINDS)] for row in rows],
        ),
    )


def _any(row: Mapping[str, Any]) -> bool:
    return any(row[kind] for kind in _KINDS)


def _frame(rows: Sequence[Mapping[str, Any]]) -> go.Figure:
    margin = style.Margin(_LEFT, _RIGHT, _TOP, _BOTTOM)
    figure = style.row_canvas(rows=_ROW * len(rows), margin=margin)
    room = (style.CHART_WIDTH - _LEFT - _RIGHT) // _SQUARE
    longest = max(round(float(sum(row[kind] for kind in _KINDS))) for row in rows)
    figure.update_xaxes(range=[0, max(room, longest)], visible=False)
    for place in range(1, len(rows)):
        style.line(figure, x0=0, x1=1, xref="paper", y0=place * _ROW, y1=place * _ROW)
    return figure


def _draw_squares(figure: go.Figure, rows: Sequence[Mapping[str, Any]], kind: str) -> None:
    places = [
        (first + number + 0.5, (place + 0.5) * _ROW, row)
        for place, row in enumerate(rows)
        for first in [0 if kind == "one_three" else round(float(row["one_three"]))]
        for number in range(round(float(row[kind])))
    ]
    if not places:
        return
    figure.add_scatter(
        x=[x for x, _, _ in places],
        y=[y for _, y, _ in places],
        mode="markers+text",
        text=[_KINDS[kind]] * len(places),
        textfont={"size": 12, "color": style.INK},
        marker={
            "symbol": "square",
            "size": _SQUARE - 4,
            "color": style.RULE if kind == "one_three" else style.PAPER,
            "line": {"color": style.MUTED, "width": 1},
        },
        hovertext=[_said(row) for _, _, row in places],
        hoverinfo="text",
        name=say(f"figures.category_{kind}"),
    )


def _write_row(figure: go.Figure, row: Mapping[str, Any], *, at: float) -> None:
    name = str(row["subject"])
    size = style.BASE if "<br>" not in style.wrapped(name, width=_LEFT - 12) else 12
    text = style.fitted(name, width=_LEFT - 12, size=size)
    quiet = style.INK if _any(row) else style.MUTED
    style.label(figure, text, x=0, y=at, yref="y", xshift=-_LEFT, colour=quiet, size=size)
    count = sum(float(row[kind]) for kind in _KINDS)
    style.label(
        figure, pupils(count) if count else "–", x=1, y=at, yref="y", xshift=12, size=style.SMALL,
        colour=style.MUTED,
    )  # fmt: skip


def _key(counts: Mapping[str, int]) -> str:
    return "\u2003".join(
        say(f"figures.reserve_{kind}", count=pupils(count)) for kind, count in counts.items()
    )


def _found(row: Mapping[str, Any], reserve: int) -> str:
    total = float(row["pupils"])
    now = round(float(row["quality_class"]) * total)
    return say(
        "figures.reserve_found", now=percent(now / total), count=decimal(now, 0),
        total=decimal(total, 0), then=percent((now + reserve) / total),
    )  # fmt: skip


def _said(row: Mapping[str, Any]) -> str:
    return say(
        "figures.reserve_said", subject=row["subject"],
        three=decimal(row["one_three"], 0), four=decimal(row["one_four"], 0),
    )  # fmt: skip


def _note(reserve: pd.DataFrame) -> str:
    number = float(reserve["pupils"].iloc[0])
    return say(
        "figures.reserve_note", period=span_of(terms_of(reserve)), pupils=pupils(number),
        one=percent(1 / number),
    )  # fmt: skip
