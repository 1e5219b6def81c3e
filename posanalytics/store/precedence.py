"""Which of several exports of one thing holds: the one that came later, never by a clock."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_NUMBER = re.compile(r"(\d+)")


def ranks(exports: Iterable[tuple[int, str]]) -> dict[str, int]:
    """Return the rank of each export by its name; the highest holds.

    What came in a later generation is the correction. Of what came together a name that goes on
    where another ends is: «7А исправлено.xlsx» corrects «7А.xlsx», «7А (10)» corrects «7А (9)».

    >>> ranks([(1, "7А исправлено.xlsx"), (1, "7А.xlsx"), (2, "5Б.xlsx")])
    {'7А.xlsx': 0, '7А исправлено.xlsx': 1, '5Б.xlsx': 2}
    """
    order = sorted(set(exports), key=lambda export: (export[0], _natural(export[1]), export[1]))
    return {name: rank for rank, (_, name) in enumerate(order)}


def _natural(name: str) -> list[str | int]:
    """Return texts and numbers by turns: without its extension a name ends where its words do."""
    parts = _NUMBER.split(str(PurePosixPath(name).with_suffix("")).casefold())
    return [int(part) if place % 2 else part for place, part in enumerate(parts)]
