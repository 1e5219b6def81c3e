"""Leave out, with a word to a person, what cannot be attributed: we never guess whose a mark is."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeVar

from posanalytics.gradebook.findings import Where, place
from posanalytics.labels import pupil_words, same_pupil_words

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
    groups: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
    told = [same_pupil_words(pupil_words(name)) for name, _, _ in named]
    for words in told:
        groups[words[:2]].append(words)
    mixed = [key for key, same in groups.items() if _mixed(same)]
    doubtful = {key: pair for pair, key in enumerate(mixed, 1)}
    for words, (_, row, _) in zip(told, named, strict=True):
        if words[:2] in doubtful:
            where = place(sheet, row, column)
            findings.add("error", "namesakes", where, pair=doubtful[words[:2]])
    rows = zip(told, named, strict=True)
    return [item for words, (_, _, item) in rows if words[:2] not in doubtful]


def _mixed(same: Sequence[tuple[str, ...]]) -> bool:
    """Return whether rows with one surname and given name cannot be told apart by patronymic."""
    return len(same) > 1 and (len(set(same)) < len(same) or min(map(len, same)) < 3)  # noqa: PLR2004


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
