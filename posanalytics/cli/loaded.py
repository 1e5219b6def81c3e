"""What a load read, as tables, and what needs a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.cli.console import shown, tell, tell_rows
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from posanalytics.schema import Problem
    from posanalytics.store import LoadReport, SourceSummary

# Longer lists are shortened where nothing in them needs a person.
_MOST_FILES = 40
_MOST_NOTES = 40


def tell_load(report: LoadReport, root: Path) -> None:
    """Print a row per export, and what to do where there is none."""
    columns = ("file", "format", "classes", "pupils", "marks", "problems")
    header = [say(f"cli.column_{name}") for name in columns]
    tell_rows([header, *_load_rows(report.sources)], numbers=3)
    if not report.changed:
        tell(say("cli.load_unchanged"))
    if not report.sources:
        tell(say("cli.load_empty", folder=shown(root / "data" / "raw")))


def _load_rows(sources: Sequence[SourceSummary]) -> list[list[str]]:
    """Return a row per export; of very many, those without problems share one per folder."""
    rows = []
    quiet: dict[tuple[str, str], list[SourceSummary]] = {}
    for source in sources:
        quietly = source.format and not source.problems and not source.displaced
        if len(sources) > _MOST_FILES and quietly:
            folder = source.file.rpartition("/")[0]
            quiet.setdefault((folder, source.format), []).append(source)
            continue
        read = say(f"gradebook.title_{source.format}") if source.format else say("cli.not_read")
        numbers = (str(source.pupils), _marks_used(source), str(source.problems or ""))
        rows.append([source.file, read, ", ".join(source.classes), *numbers])
    return rows + [_together(*key, same) for key, same in quiet.items()]


def _marks_used(source: SourceSummary) -> str:
    """Return how many marks an export has, and how many are left beside a later export."""
    if not source.displaced:
        return str(source.marks)
    return f"{source.marks} → {max(0, source.marks - source.displaced)}"


def _together(folder: str, form: str, same: Sequence[SourceSummary]) -> list[str]:
    """Return the row of several exports of one folder and format; pupils are not summed up."""
    from posanalytics.labels import class_order

    if len(same) == 1:
        name, pupils = same[0].file, str(same[0].pupils)
    else:
        name, pupils = say("cli.files_together", folder=folder or ".", files=len(same)), ""
    classes = sorted({label for source in same for label in source.classes}, key=class_order)
    marks = str(sum(source.marks for source in same))
    return [name, say(f"gradebook.title_{form}"), ", ".join(classes), pupils, marks, ""]


def tell_problems(problems: Sequence[Problem]) -> None:
    """Print what needs a person; of very many mere notes the first, and how many there are."""
    notes = [problem for problem in problems if problem.severity == "note"]
    hidden = set(map(id, notes[_MOST_NOTES:]))
    for problem in problems:
        if id(problem) not in hidden:
            tell(f"{say(f'cli.{problem.severity}')} {problem}")
    if hidden:
        tell(say("cli.more_notes", notes=len(hidden)))
