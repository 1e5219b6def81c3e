"""The people of all exports: every spelling of a name, the class it stands in, and the sheets."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from typing import TYPE_CHECKING, Any, NamedTuple

from posanalytics.labels import is_initial, pupil_words
from posanalytics.schema import Problem
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from posanalytics.store.spellings import Words

WHO = ["short", "full", "class_label", "school_year"]
_MOST_CELLS = 5


class Stream(NamedTuple):
    """The children of one class as it moves up: the year they entered, and the letter."""

    entered: int
    letter: str


# Both pseudonyms and the stream.
Spelling = tuple[str, str, Stream]


class Person(NamedTuple):
    """One spelling in one stream, and the sheets that it stands in."""

    short: str
    full: str
    stream: Stream
    words: Words
    sheets: frozenset[tuple[str, str]]

    @property
    def spelling(self) -> Spelling:
        """Return what tells this spelling from all others."""
        return self.short, self.full, self.stream

    @property
    def abbreviated(self) -> bool:
        """Return whether an initial, or nothing, stands for a given name or a patronymic."""
        return len(self.words) == 1 or any(map(is_initial, self.words[:3]))


@functools.lru_cache(maxsize=1 << 12)
def stream_of(school_year: str, label: str) -> Stream:
    """Return the stream of a class: 7Б of 2025-26 was 6Б a year before.

    >>> stream_of("2025-26", "7Б") == stream_of("2024-25", "6Б")
    True
    """
    number = re.match(r"\d+", label)
    if not number or not school_year:
        return Stream(0, label)
    return Stream(int(school_year[:4]) - int(number[0]) + 1, label[number.end() :])


def people_of(frames: Iterable[pd.DataFrame], names: Mapping[str, str]) -> list[Person]:
    """Return every spelling in every stream, with the words of its name where they are known."""
    sheets: dict[tuple[str, str, Stream], set[tuple[str, str]]] = defaultdict(set)
    for frame in frames:
        own = frame[[*WHO, "source"]].assign(sheet=frame.get("sheet", ""))
        is_list = "note" in frame
        for short, full, label, year, source, sheet in own.drop_duplicates().itertuples(
            index=False, name=None
        ):
            spelling = sheets[short, full, stream_of(year, label)]
            # A class list does not say its sheet: it counts where nothing else does.
            if not is_list or not spelling:
                spelling.add((source, sheet))
    return [
        Person(short, full, stream, pupil_words(names.get(full or short, "")), frozenset(found))
        for (short, full, stream), found in sorted(sheets.items())
    ]


def about_rows(
    severity: str, source: str, group: pd.DataFrame, key: str, slots: Mapping[str, Any]
) -> Problem:
    """Return a problem of one export, at the first of the rows that it is about."""
    cells = list(dict.fromkeys(group["cell"]))[:_MOST_CELLS] if "cell" in group else []
    return Problem(
        severity,  # type: ignore[arg-type]
        file=str(source),
        sheet=str(group["sheet"].iloc[0]) if "sheet" in group else "",
        cell=", ".join(map(str, cells)),
        found=say(f"store.{key}", **slots),
        expected=say(f"store.{key}_expected"),
        remedy=say(f"store.{key}_remedy", **slots),
    )
