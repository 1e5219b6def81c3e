"""How many pupils are excellent, good, satisfactory or failing, with the reserve beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from posanalytics.figures import style
from posanalytics.figures.distribution import Bar, Part, bars_figure, bars_table, stacked
from posanalytics.figures.groups import group_column, groups_of, sentence, span_of, terms_of
from posanalytics.periods import term_name
from posanalytics.wording import decimal, say

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    import plotly.graph_objects as go

_WHOLE = ("excellent", "good", "satisfactory", "failing")


def categories_figure(
    categories: pd.DataFrame, *, names: Mapping[str, str] | None = None, title: str | None = None
) -> go.Figure:
    """Return the categories of pupils by term; pupils one mark short of the next stand beside it.

    Parameters
    ----------
    categories
        term, excellent, good, satisfactory, failing; group or class_label, one_four and
        one_three (parts of good and satisfactory) and pupils if known.
    """
    if not len(categories) or not float(categories[list(_WHOLE)].sum().sum()):
        return style.empty_figure("categories", title=title)
    frame = _grouped(categories)
    groups = groups_of(frame, column=group_column(frame), names=names)
    bars = stacked(frame, groups, _counts)
    parts = [part for part in _parts() if any(bar.counts[part.key] for bar in bars)]
    found = {group.key: _found([bar for bar in bars if bar.group == group]) for group in groups}
    figure = bars_figure(bars, parts, axis=say("figures.axis_share_pupils"), found=found)
    return style.described(
        figure,
        "categories",
        title=title,
        alt=sentence(_said(bar) for bar in bars),
        note=say("figures.categories_note", period=span_of(terms_of(frame))),
        table=bars_table(bars, parts),
    )


def _grouped(categories: pd.DataFrame) -> pd.DataFrame:
    if {"group", "class_label"} & set(categories):
        return categories
    return categories.assign(group=say("figures.all_pupils"))


def _counts(rows: pd.DataFrame) -> dict[Any, float]:
    total = rows.sum(numeric_only=True)
    whole = {key: float(total[key]) for key in _WHOLE}
    four, three = float(total.get("one_four", 0)), float(total.get("one_three", 0))
    other = max(0.0, float(total.get("pupils", 0)) - sum(whole.values()))
    return {
        "other": other,
        "failing": whole["failing"],
        "satisfactory": whole["satisfactory"] - three,
        "one_three": three,
        "good": whole["good"] - four,
        "one_four": four,
        "excellent": whole["excellent"],
    }


def _parts() -> list[Part]:
    fills = {
        "other": ("#e3dccd", style.INK, ""),
        "failing": (style.MARK_COLOURS[2], style.INK, ""),
        "satisfactory": (style.MARK_COLOURS[3], style.INK, ""),
        "one_three": (style.MARK_COLOURS[3], style.INK, "/"),
        "good": (style.MARK_COLOURS[4], style.INK, ""),
        "one_four": (style.MARK_COLOURS[4], style.INK, "/"),
        "excellent": (style.MARK_COLOURS[5], style.PAPER, ""),
    }
    return [Part(key, say(f"figures.category_{key}"), *fill) for key, fill in fills.items()]


def _found(bars: Sequence[Bar]) -> str:
    """Return how many have no mark below 4, in words: in the first and in the last term."""
    good = [bar.counts["excellent"] + bar.counts["good"] + bar.counts["one_four"] for bar in bars]
    said = [
        say("figures.of", count=decimal(number, 0), total=decimal(bar.total, 0))
        for number, bar in zip(good, bars, strict=True)
    ]
    if len(said) < 2:  # noqa: PLR2004 - one bar has no change
        return say("figures.categories_one", last=said[0]) if said else ""
    return say("figures.categories_found", first=said[0], last=said[-1])


def _said(bar: Bar) -> str:
    counts = bar.counts
    return say(
        "figures.categories_said",
        group=bar.group.name,
        term=term_name(bar.term),
        excellent=decimal(counts["excellent"], 0),
        good=decimal(counts["good"] + counts["one_four"], 0),
        satisfactory=decimal(counts["satisfactory"] + counts["one_three"], 0),
        failing=decimal(counts["failing"], 0),
        total=decimal(bar.total, 0),
    )
