"""Keep pupils' names out of places: a sheet may be called like the pupil whose marks it holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from posanalytics.gradebook.headers import is_person
from posanalytics.labels import pupil_words
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from posanalytics.gradebook.reading import Reading

_SHORTEST_WORD = 3


def hide_names(reading: Reading, sheets: Sequence[str]) -> None:
    """Call a sheet by its number wherever its name holds a word of a pupil's name."""
    people = {row.pupil for row in reading.listed}
    people |= {row.pupil for row in reading.scores} | {row.pupil for row in reading.codes}
    telling = telling_sheets(people, sheets)
    if not telling:
        return
    reading.records[:] = [
        record._replace(sheet=telling.get(record.sheet, record.sheet)) for record in reading.records
    ]
    reading.scores[:] = [
        score._replace(cell=_renamed(score.cell, telling)) for score in reading.scores
    ]
    reading.problems[:] = [
        replace(problem, sheet=telling.get(problem.sheet, problem.sheet))
        for problem in reading.problems
    ]


def _renamed(cell: str, telling: dict[str, str]) -> str:
    sheet, mark, place = cell.rpartition("!")
    return f"{telling.get(sheet, sheet)}{mark}{place}"


def telling_sheets(pupils: Iterable[str], sheets: Sequence[str]) -> dict[str, str]:
    """Return what to call each sheet whose name could tell a pupil's."""
    words = {word for pupil in pupils for word in pupil_words(pupil) if len(word) >= _SHORTEST_WORD}
    return {
        name: say("gradebook.sheet_number", number=number)
        for number, name in enumerate(sheets, 1)
        if is_person(name) or not words.isdisjoint(pupil_words(name))
    }
