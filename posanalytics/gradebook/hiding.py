"""Keep pupils' names out of places: a sheet may be called like the pupil whose marks it holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from posanalytics.gradebook.headers import is_person
from posanalytics.labels import pupil_words
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posanalytics.gradebook.reading import Reading

_SHORTEST_WORD = 3


def hide_names(reading: Reading, sheets: Sequence[str]) -> None:
    """Call a sheet by its number wherever its name holds a word of a pupil's name."""
    words = {
        word
        for pupil in {listed.pupil for listed in reading.listed}
        for word in pupil_words(pupil)
        if len(word) >= _SHORTEST_WORD
    }
    telling = {
        name: say("gradebook.sheet_number", number=number)
        for number, name in enumerate(sheets, 1)
        if is_person(name) or not words.isdisjoint(pupil_words(name))
    }
    if not telling:
        return
    reading.records[:] = [
        record._replace(sheet=telling.get(record.sheet, record.sheet)) for record in reading.records
    ]
    reading.problems[:] = [
        replace(problem, sheet=telling.get(problem.sheet, problem.sheet))
        for problem in reading.problems
    ]
