"""Keep pupils' names out of places and captions: sheets, subjects and works may bear them."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from posanalytics.gradebook.captions import period_of
from posanalytics.gradebook.containers.file_sets import ROSTER_FILES
from posanalytics.gradebook.findings import Findings, Where
from posanalytics.gradebook.headers import is_person, may_be_name
from posanalytics.gradebook.work_kinds import work_kind
from posanalytics.labels import (
    class_label,
    is_school_word,
    known_subject,
    pupil_words,
    subject_key,
)
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet

    from posanalytics.gradebook.reading import MarkGrid, Reading

_SHORTEST_WORD = 3
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_RUSSIAN = re.compile(r"[А-Яа-яЁё\W\d_]+")


def hide_names(
    reading: Reading, sheets: Sequence[str], *, name: str, told: AbstractSet[str] = frozenset()
) -> None:
    """Take names out of everything that is no name: sheets, subjects, works and scales.

    What stands under a pupil's name in place of a subject is left out and named in a problem;
    `told` are subjects that a person has named and that only have the form of a name.
    """
    words = name_words(pupils_of(reading))
    telling = telling_sheets(words, sheets)
    _without_people(reading, words, name, {subject_key(title) for title in told})
    _with_known_works(reading)
    _with_nameless_scales(reading, words)
    if telling:
        _rename(reading, telling)


def pupils_of(reading: Reading) -> set[str]:
    """Return the names of everybody in a reading."""
    records, grids = reading.compact
    people = {row.pupil for row in records} | {row.pupil for row in reading.listed}
    people |= {row.pupil for row in reading.scores} | {row.pupil for row in reading.codes}
    return people | {line.pupil for grid in grids for line in grid.lines}


def name_words(pupils: Iterable[str]) -> frozenset[str]:
    """Return the words of names by which a text is known to tell one of them."""
    return frozenset(
        word
        for pupil in pupils
        for word in pupil_words(pupil)
        if len(word) >= _SHORTEST_WORD and not is_school_word(word)
    )


def holds_name(text: str, words: AbstractSet[str]) -> bool:
    """Return whether a caption holds a word of a known name, or something in the form of one.

    >>> [holds_name(t, {"щукарь"}) for t in ("Физика (Щукарь на дому)", "Доклад", "Ёлкин Пётр")]
    [True, False, True]
    """
    told = [word for word in _WORD.findall(text) if not is_school_word(word)]
    return (
        any(pupil_words(word)[:1] and pupil_words(word)[0] in words for word in told)
        or _has_form_of_name(text)
        or any(may_be_name(word) for word in told)
    )


@functools.lru_cache(maxsize=4096)
def _has_form_of_name(text: str) -> bool:
    """Return whether two Russian words in a row could be a name: both strange, both capital."""
    pairs = re.findall(r"(?=\b([А-ЯЁ][\w-]+\s+[А-ЯЁ](?:[\w-]+|\.)))", text)
    return any(not any(map(is_school_word, pair.split())) for pair in pairs)


def is_persons(title: str, words: AbstractSet[str]) -> bool:
    """Return whether a caption is a pupil's name and so no subject.

    >>> [is_persons(t, {"щукарь"}) for t in ("Щукарь", "Алгебра", "Ёлкин Пётр", "Русский Язык")]
    [True, False, True, False]
    """
    if known_subject(title):
        return False
    told = _WORD.findall(title)
    if not told or any(map(is_school_word, told)):
        return False
    return (is_person(title) and bool(_RUSSIAN.fullmatch(title))) or _is_of_file(title, words)


def _is_of_file(title: str, words: AbstractSet[str]) -> bool:
    """Return whether a caption consists of words of the file's own pupils."""
    found = [word in words for word in pupil_words(title) if len(word) >= _SHORTEST_WORD]
    return bool(found) and all(found)


def _without_people(
    reading: Reading, words: AbstractSet[str], name: str, told: AbstractSet[str]
) -> None:
    """Leave out marks and scores of subjects that are somebody's name."""
    findings = Findings(name)
    where: dict[str, list[str]] = defaultdict(list)
    records, grids = reading.compact
    titles = {row.subject for row in records} | {row.subject for row in reading.scores}
    titles |= {grid.subject for grid in grids}
    persons = {
        title
        for title in titles
        if is_persons(title, words)
        and (subject_key(title) not in told or _is_of_file(title, words))
    }
    if not persons:
        return
    for record in records:
        if record.subject in persons:
            where[record.sheet].append(record.cell)
    for score in reading.scores:
        if score.subject in persons:
            sheet, _, cell = score.cell.rpartition("!")
            where[sheet].append(cell)
    for grid in grids:
        if grid.subject in persons:
            where[grid.sheet].append("")
    records[:] = [record for record in records if record.subject not in persons]
    grids[:] = [grid for grid in grids if grid.subject not in persons]
    reading.scores[:] = [score for score in reading.scores if score.subject not in persons]
    for sheet, cells in where.items():
        for cell in cells:
            findings.add("warning", "person_column", Where(sheet, cell))
    reading.problems.extend(findings.problems())


def _with_known_works(reading: Reading) -> None:
    """Keep kinds of works; what else a teacher writes about a mark is about a child."""
    records, grids = reading.compact
    records[:] = [
        record._replace(work=kind) if (kind := work_kind(record.work)) != record.work else record
        for record in records
    ]
    grids[:] = [_grid_of_kinds(grid) for grid in grids]


def _grid_of_kinds(grid: MarkGrid) -> MarkGrid:
    if all(work_kind(lesson.work) == lesson.work for lesson in grid.lessons):
        return grid
    lessons = tuple(lesson._replace(work=work_kind(lesson.work)) for lesson in grid.lessons)
    return replace(grid, lessons=lessons)


def _with_nameless_scales(reading: Reading, words: AbstractSet[str]) -> None:
    """Call a work that is titled by a name by its number among the works of the export."""
    titles = dict.fromkeys(score.scale for score in reading.scores)
    instead = {
        title: say("gradebook.work_number", number=number)
        for number, title in enumerate(titles, 1)
        if holds_name(title, words)
    }
    if instead:
        reading.scores[:] = [
            score._replace(scale=instead.get(score.scale, score.scale)) for score in reading.scores
        ]


def _rename(reading: Reading, telling: dict[str, str]) -> None:
    """Call sheets by their numbers."""
    records, grids = reading.compact
    records[:] = [r._replace(sheet=telling.get(r.sheet, r.sheet)) for r in records]
    grids[:] = [
        replace(grid, sheet=telling[grid.sheet]) if grid.sheet in telling else grid
        for grid in grids
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


def telling_sheets(words: AbstractSet[str], sheets: Sequence[str]) -> dict[str, str]:
    """Return what to call each sheet whose name could tell a pupil's.

    Only what a school calls its sheets is shown: a class, a subject, a term, a word of reports.
    """
    return {
        name: say("gradebook.sheet_number", number=number)
        for number, name in enumerate(sheets, 1)
        if not _is_plain(name) or not words.isdisjoint(pupil_words(name))
    }


@functools.lru_cache(maxsize=4096)
def _is_plain(name: str) -> bool:
    """Return whether a sheet's name consists of words that a school calls sheets by."""
    if class_label(name) or known_subject(name) or period_of(name):
        return not may_be_name(name)
    if f"{name.lower()}.csv" in ROSTER_FILES:
        return True
    return all(len(word) < _SHORTEST_WORD or is_school_word(word) for word in _WORD.findall(name))
