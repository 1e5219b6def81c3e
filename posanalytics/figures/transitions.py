"""Which mark pupils had, and which they have now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from posanalytics.figures import style
from posanalytics.figures.groups import (
    Group,
    counted_as,
    dated,
    group_column,
    groups_of,
    sentence,
)
from posanalytics.scales import FIVE_POINT
from posanalytics.wording import decimal, percent, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

_CELL, _TOP, _BOTTOM, _LEFT = 54, 74, 12, 48
_SUMMARY = 92
_WIDEST_GRID = 0.58
_GAP = 0.1
_MOVES = {"rose": style.RISE, "stayed": style.MUTED, "fell": style.FALL}


Unit = Literal["pupils", "marks"]


class Moves(NamedTuple):
    """How many pupils stand in each cell, and how many moved which way."""

    cells: Mapping[tuple[int, int], float]
    hidden: frozenset[tuple[int, int]]

    def moved(self, move: str) -> float:
        """Return how many pupils rose, stayed or fell."""
        return sum(n for cell, n in self.cells.items() if _move(*cell) == move)

    @property
    def total(self) -> float:
        """Return how many pupils have both marks."""
        return sum(self.cells.values())


def transition_figure(
    transitions: pd.DataFrame,
    *,
    unit: Unit = "pupils",
    names: Mapping[str, str] | None = None,
    period: str = "",
    title: str | None = None,
) -> go.Figure:
    """Return a grid «было → стало» with counts, and who rose, stayed and fell; one per group.

    Parameters
    ----------
    transitions
        before_mark, after_mark, pupils (missing where hidden); group or class_label if several.
    unit
        What was counted: pupils, or marks where a pupil counts once per subject.
    period
        The terms «было» and «стало», in words.
    """
    if not len(transitions) or not float(transitions["pupils"].fillna(0).sum()):
        return style.empty_figure("transition", title=title)
    column = group_column(transitions)
    groups = groups_of(transitions, column=column, names=names)
    moves = [_moves(transitions[transitions[column] == group.key]) for group in groups]
    if not groups:
        moves = [_moves(transitions)]
    heads = [_head(group, len(moves)) for group in groups]
    more = max((head.count("<br>") for head in heads), default=0)
    figure = _frame(len(moves), top=_TOP + 20 * more)
    tops = max(n for grid in moves for n in grid.cells.values())
    for place, grid in enumerate(moves):
        _draw_grid(figure, grid, place, tops, unit=unit)
        _write_summary(figure, grid, place, size=_summary_size(moves))
    for place, (group, head) in enumerate(zip(groups, heads, strict=True)):
        _write_group(figure, group, head, place)
    return style.described(
        figure,
        "transition",
        title=title,
        alt=sentence(_said(grid, place, groups, unit) for place, grid in enumerate(moves)),
        note=dated(say(f"figures.transition_note_{unit}", count=_total(moves, unit)), period),
        table=_table(moves, groups),
    )


def _moves(rows: pd.DataFrame) -> Moves:
    cells: dict[tuple[int, int], float] = {}
    hidden: set[tuple[int, int]] = set()
    for row in rows.to_dict("records"):
        cell = int(row["before_mark"]), int(row["after_mark"])
        if style.missing(row["pupils"]):
            hidden.add(cell)
        else:
            cells[cell] = cells.get(cell, 0.0) + float(row["pupils"])
    return Moves(cells, frozenset(hidden))


def _move(before: int, after: int) -> str:
    return "stayed" if before == after else "rose" if after > before else "fell"


def _domain(place: int, grids: int) -> tuple[float, float]:
    if grids == 1:
        return 0.0, _WIDEST_GRID
    width = (1 - _GAP * (grids - 1)) / grids
    return place * (width + _GAP), place * (width + _GAP) + width


def _head(group: Group, grids: int) -> str:
    left, right = _domain(0, grids)
    width = round((right - left) * (style.CHART_WIDTH - _LEFT))
    return style.wrapped(group.name, width=width, size=style.LABEL, bold=True)


def _summary_size(moves: Sequence[Moves]) -> int:
    if len(moves) == 1:
        return style.LABEL
    # Five digits twice in a line need the smallest letters.
    return style.SMALL if max(grid.total for grid in moves) < 10_000 else 12  # noqa: PLR2004


def _frame(grids: int, *, top: int) -> go.Figure:
    rows = _CELL * len(FIVE_POINT) + _SUMMARY
    figure = style.row_canvas(rows=rows, margin=style.Margin(_LEFT, 8, top, _BOTTOM))
    for place in range(grids):
        axis = {"range": [0, len(FIVE_POINT)], "domain": _domain(place, grids), "anchor": "y"}
        figure.update_layout({f"xaxis{place + 1 if place else ''}": axis | {"visible": False}})
    return figure


def _ref(place: int) -> str:
    return f"x{place + 1 if place else ''}"


def _draw_grid(figure: go.Figure, grid: Moves, place: int, tops: float, *, unit: Unit) -> None:
    ref = _ref(place)
    hovers, texts, sizes = [], [], []
    for row, before in enumerate(FIVE_POINT):
        for column, after in enumerate(FIVE_POINT):
            cell = before, after
            count = grid.cells.get(cell, 0.0)
            _draw_cell(figure, ref, (row, column), _shade(count, tops), _MOVES[_move(*cell)])
            hidden = cell in grid.hidden
            texts.append(say("figures.hidden_short") if hidden else _written(count))
            sizes.append(12 if hidden else 17)
            hovers.append(_hover(grid, cell, unit))
    figure.add_scatter(
        x=[column + 0.5 for _ in FIVE_POINT for column in range(len(FIVE_POINT))],
        y=[(row + 0.5) * _CELL for row in range(len(FIVE_POINT)) for _ in FIVE_POINT],
        xaxis=ref, mode="text", text=texts, textfont={"size": sizes, "color": style.INK},
        hovertext=hovers, hoverinfo="text",
    )  # fmt: skip
    _write_axes(figure, ref, first=place == 0)


def _written(count: float) -> str:
    return decimal(count, 0) if count else ""


def _shade(count: float, tops: float) -> float:
    """Return the opacity of a cell: text in ink stays readable on the strongest."""
    return 0.06 + 0.44 * count / tops if count else 0.0


def _draw_cell(
    figure: go.Figure, ref: str, place: tuple[int, int], shade: float, colour: str
) -> None:
    row, column = place
    figure.add_shape(
        type="rect", xref=ref, layer="below", x0=column + 0.02, x1=column + 0.98,
        y0=row * _CELL + 1.5, y1=(row + 1) * _CELL - 1.5, line={"width": 0},
        fillcolor=colour if shade else style.RULE, opacity=shade or 0.35,
    )  # fmt: skip


def _write_axes(figure: go.Figure, ref: str, *, first: bool) -> None:
    for place, mark in enumerate(FIVE_POINT):
        style.label(
            figure, f"«{mark}»", x=place + 0.5, y=0, xref=ref, yref="y", anchor="center",
            yanchor="bottom", colour=style.MUTED, yshift=3,
        )  # fmt: skip
        style.label(
            figure, f"«{mark}»", x=0, y=(place + 0.5) * _CELL, xref=ref, yref="y", anchor="right",
            colour=style.MUTED, xshift=-6,
        )  # fmt: skip
    style.label(
        figure, say("figures.axis_after"), x=len(FIVE_POINT) / 2, y=0, xref=ref, yref="y",
        anchor="center", yanchor="bottom", colour=style.MUTED, size=style.SMALL, yshift=22,
    )  # fmt: skip
    if first:
        style.label(
            figure, say("figures.axis_before"), x=0, y=0, xref=ref, yref="y", anchor="right",
            yanchor="bottom", colour=style.MUTED, size=style.SMALL, xshift=-6, yshift=3,
        )  # fmt: skip


def _write_summary(figure: go.Figure, grid: Moves, place: int, *, size: int) -> None:
    top = _CELL * len(FIVE_POINT) + 12
    for row, (move, colour) in enumerate(_MOVES.items()):
        count = grid.moved(move)
        text = say(
            f"figures.{move}", count=decimal(count, 0), total=decimal(grid.total, 0),
            share=percent(count / grid.total if grid.total else None),
        )  # fmt: skip
        style.label(
            figure, text, x=0, y=top + row * 26, xref=_ref(place), yref="y", colour=colour,
            yanchor="top", size=size,
        )  # fmt: skip


def _write_group(figure: go.Figure, group: Group, head: str, place: int) -> None:
    style.label(
        figure, f"<b>{head}</b>", x=0, y=0, xref=_ref(place), yref="y", yanchor="bottom",
        colour=group.sign.colour, size=style.LABEL, yshift=46,
    )  # fmt: skip


def _hover(grid: Moves, cell: tuple[int, int], unit: Unit) -> str:
    if cell in grid.hidden:
        return say("figures.hidden")
    count = grid.cells.get(cell, 0.0)
    return say(
        "figures.transition_hover", before=cell[0], after=cell[1], count=counted_as(unit, count),
        total=decimal(grid.total, 0),
    )  # fmt: skip


def _total(grids: Sequence[Moves], unit: Unit) -> str:
    return counted_as(unit, sum(grid.total for grid in grids))


def _said(grid: Moves, place: int, groups: Sequence[Group], unit: Unit) -> str:
    head = f"{groups[place].name}: " if groups else ""
    counts = {move: decimal(grid.moved(move), 0) for move in _MOVES}
    return head + say("figures.transition_said", total=counted_as(unit, grid.total), **counts)


def _table(grids: Sequence[Moves], groups: Sequence[Group]) -> tuple[list[str], list[list[Any]]]:
    columns = style.header(["group", "before_mark"])
    after = [say("figures.column_after", mark=mark) for mark in FIVE_POINT]
    rows = [
        [groups[place].name if groups else say("figures.all_pupils"), str(before),
         *(_cell(grid, (before, mark)) for mark in FIVE_POINT)]
        for place, grid in enumerate(grids)
        for before in FIVE_POINT
    ]  # fmt: skip
    return [*columns, *after], rows


def _cell(grid: Moves, cell: tuple[int, int]) -> str:
    hidden = cell in grid.hidden
    return say("figures.hidden") if hidden else decimal(grid.cells.get(cell, 0.0), 0)
