"""Leave out, with a word to a person, what cannot be attributed: we never guess whose a mark is."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from posanalytics.gradebook.findings import Where, place
from posanalytics.labels import pupil_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posanalytics.gradebook.captions import Context
    from posanalytics.gradebook.cells import Sheet
    from posanalytics.gradebook.findings import Findings
    from posanalytics.gradebook.reading import Record

Item = TypeVar("Item")


def missing(context: Context, fields: Sequence[str], sheet: Sheet, findings: Findings) -> bool:
    """Note what the captions leave out; return whether anything is missing."""
    lacking = [field for field in fields if not getattr(context, field)]
    for field in lacking:
        findings.add("error", f"no_{field}", Where(sheet.name))
    return bool(lacking)


def without_namesakes(
    named: Sequence[tuple[str, int, Item]], column: int, sheet: Sheet, findings: Findings
) -> list[Item]:
    """Return what belongs to pupils that can be told apart; name the cells of those who cannot.

    Each item comes with the name and the row that the name stands in.
    """
    groups: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for name, row, _ in named:
        groups[pupil_words(name)].append(row)
    for pair, rows in enumerate((rows for rows in groups.values() if len(rows) > 1), 1):
        for row in rows:
            findings.add("error", "namesakes", place(sheet, row, column), pair=pair)
    return [item for name, _, item in named if len(groups[pupil_words(name)]) == 1]


def without_clashes(records: Sequence[Record], findings: Findings) -> list[Record]:
    """Return one record per pupil, subject and term; those that differ are all left out."""
    groups: dict[tuple[object, ...], list[Record]] = defaultdict(list)
    for record in records:
        mean = record.kind == "mean"
        groups[record.pupil, record.class_label, record.subject, record.term, mean].append(record)
    kept = []
    for same in groups.values():
        if len(same) == 1 or len({(record.kind, record.value) for record in same}) == 1:
            kept.append(same[0])
            continue
        for record in same:
            where = Where(record.sheet, record.cell)
            findings.add("warning", "clash", where, subject=record.subject)
    return kept
