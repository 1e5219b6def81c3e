"""Where the data are whole and where they are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posanalytics.figures import style
from posanalytics.figures.groups import (
    classes,
    label_order,
    pupils,
    sentence,
    span_of,
    term_ticks,
    terms_of,
)
from posanalytics.periods import term_name
from posanalytics.wording import decimal, percent, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 8, 34, 62
_CELL = 34
_WHOLE = 0.995


def completeness_figure(completeness: pd.DataFrame, *, title: str | None = None) -> go.Figure:
    """Return a grid of classes and terms: the share of pupils with marks, gaps named as gaps.

    Parameters
    ----------
    completeness
        class_label, term, share (fraction), pupils.
    """
    if not len(completeness):
        return style.empty_figure("completeness", title=title)
    labels = sorted((str(label) for label in completeness["class_label"].unique()), key=label_order)
    terms = terms_of(completeness)
    known = {(str(row["class_label"]), row["term"]): row for row in completeness.to_dict("records")}
    figure = _frame(labels, terms)
    for row, label in enumerate(labels):
        for column, term in enumerate(terms):
            _draw_cell(figure, known.get((label, term), {}), row, column)
    _write_cells(figure, known, labels, terms)
    gaps = [
        (label, term)
        for label in labels
        for term in terms
        if style.missing(known.get((label, term), {}).get("share"))
    ]
    return style.described(
        figure,
        "completeness",
        title=title,
        alt=_alt(labels, terms, gaps),
        note=say("figures.completeness_note", period=span_of(terms)),
        table=_table(known, labels, terms),
    )


def _frame(labels: Sequence[str], terms: Sequence[str]) -> go.Figure:
    margin = style.Margin(_LEFT, _RIGHT, _TOP, _BOTTOM)
    figure = style.row_canvas(rows=_CELL * len(labels), margin=margin)
    figure.update_xaxes(
        range=[0, len(terms)],
        tickvals=[place + 0.5 for place in range(len(terms))],
        ticktext=term_ticks(terms),
        title_text=say("figures.axis_term"),
    )
    for row, label in enumerate(labels):
        style.label(
            figure, f"<b>{label}</b>", x=0, y=(row + 0.5) * _CELL, yref="y", anchor="right",
            xshift=-10,
        )  # fmt: skip
    style.axis_title(figure, say("figures.axis_completeness"), left=_LEFT - 4, above=8)
    return figure


def _draw_cell(figure: go.Figure, row: Mapping[str, Any], place: int, column: int) -> None:
    share = row.get("share")
    corners = {
        "x0": column + 0.015, "x1": column + 0.985,
        "y0": place * _CELL + 1.5, "y1": (place + 1) * _CELL - 1.5,
    }  # fmt: skip
    if style.missing(share):
        figure.add_shape(
            type="rect", layer="below", fillcolor=style.CLEAR, **corners,
            line={"color": style.FALL, "width": 1, "dash": "4px,3px"},
        )  # fmt: skip
        return
    # Missing pupils are what a person looks for: the fuller the cell, the quieter.
    lost = 1 - min(float(share), 1.0)  # type: ignore[arg-type]
    whole = lost < 1 - _WHOLE
    style.box(
        figure, colour=style.RULE if whole else style.FALL,
        opacity=0.55 if whole else min(0.5, 0.1 + lost), **corners,
    )  # fmt: skip


def _write_cells(
    figure: go.Figure,
    known: Mapping[tuple[str, str], Mapping[str, Any]],
    labels: Sequence[str],
    terms: Sequence[str],
) -> None:
    cells = [
        (column + 0.5, (row + 0.5) * _CELL, label, term, known.get((label, term), {}))
        for row, label in enumerate(labels)
        for column, term in enumerate(terms)
    ]
    wide = (style.CHART_WIDTH - _LEFT - _RIGHT) / len(terms)
    figure.add_scatter(
        x=[cell[0] for cell in cells],
        y=[cell[1] for cell in cells],
        mode="text",
        text=[_text(cell[4], wide) for cell in cells],
        textfont={"size": style.SMALL, "color": style.INK},
        hovertext=[_hover(*cell[2:]) for cell in cells],
        hoverinfo="text",
    )


def _text(row: Mapping[str, Any], wide: float) -> str:
    gap = say("figures.no_data")
    if style.missing(row.get("share")):
        return gap if style.text_width(gap, size=style.SMALL) < wide else "–"
    share = percent(row["share"])
    if style.missing(row.get("pupils")):
        return share
    both = f"{share} · {decimal(row['pupils'], 0)}"
    return both if style.text_width(both, size=style.SMALL) < wide - 6 else share


def _hover(label: str, term: str, row: Mapping[str, Any]) -> str:
    head = f"<b>{label}</b>, {term_name(term)}<br>"
    if style.missing(row.get("share")):
        return head + say("figures.no_data")
    many = "" if style.missing(row.get("pupils")) else pupils(row["pupils"])
    return head + say("figures.completeness_hover", share=percent(row["share"]), pupils=many)


def _alt(labels: Sequence[str], terms: Sequence[str], gaps: Sequence[tuple[str, str]]) -> str:
    head = say("figures.completeness_alt", classes=classes(len(labels)), period=span_of(terms))
    if not gaps:
        return f"{head} {say('figures.completeness_no_gaps')}"
    named = [f"{label} – {term_name(term)}" for label, term in gaps[:6]]
    more = [say("figures.and_more", count=len(gaps) - 6)] if len(gaps) > 6 else []  # noqa: PLR2004
    return f"{head} {say('figures.completeness_gaps')} {sentence([*named, *more])}"


def _table(
    known: Mapping[tuple[str, str], Mapping[str, Any]],
    labels: Sequence[str],
    terms: Sequence[str],
) -> tuple[list[str], list[list[str]]]:
    columns = style.header(["class_label", "term", "share", "pupils"])
    rows = []
    for label in labels:
        for term in terms:
            row = known.get((label, term), {})
            gap = style.missing(row.get("share"))
            share = say("figures.no_data") if gap else percent(row["share"])
            rows.append([label, term_name(term), share, decimal(row.get("pupils"), 0)])
    return columns, rows
