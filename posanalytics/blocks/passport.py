"""The head of a report: a strip of facts, and who is compared with whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from posanalytics.blocks.block import Block, rendered
from posanalytics.blocks.tables import frame_table
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd


class Fact(NamedTuple):
    """One thing to know: what it is, its value, one line about it; role colours the value."""

    name: str
    value: str
    hint: str = ""
    role: str = ""


def facts(items: Iterable[Fact | tuple[str, ...]]) -> Block:
    """Return a strip of facts, usually four: (name, value, hint, role)."""
    return rendered("facts.html", facts=[Fact(*item) for item in items])


def passport(
    items: Iterable[Fact | tuple[str, ...]],
    classes: pd.DataFrame | None = None,
    *,
    caption: str | None = None,
) -> Block:
    """Return the strip of facts and under it the table «кого и с кем сравниваем».

    Parameters
    ----------
    classes
        One row per compared class: class_label, role, pupils and whatever else the plan says;
        columns outside the glossary known here: both, left, joined, baseline, ladder, why,
        chosen_on, marked_by.
    """
    table = None
    if classes is not None and len(classes):
        table = frame_table(
            classes,
            caption=say("blocks.compared") if caption is None else caption,
            labels=_labels(classes),
            formats={"baseline": "mark", "both": "count", "left": "count", "joined": "count"},
        )
    strip = facts(items)
    return rendered("passport.html", strip=strip.html, table=table.html if table else "")


def _labels(classes: pd.DataFrame) -> dict[str, str]:
    known = ("both", "left", "joined", "baseline", "ladder", "why", "chosen_on", "pupils")
    return {name: say(f"blocks.passport_{name}") for name in known if name in classes}
