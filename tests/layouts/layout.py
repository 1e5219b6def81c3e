"""One export: its bytes, and everything that a reader must find in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from posanalytics.gradebook import Hints

if TYPE_CHECKING:
    from posanalytics.gradebook import Reading

# pupil (or participant code), subject, and the term or the ISO date
Place = tuple[str, str, str]


@dataclass(frozen=True, kw_only=True)
class Layout:
    """An export of a known system; `title` says which variant of which report it is."""

    title: str
    file: str
    data: bytes
    format: str
    hints: Hints = field(default_factory=Hints)
    # a number for a mark, the kind of the token for anything else: "absence", "exempt" …
    marks: dict[Place, tuple[float | str, ...]] = field(default_factory=dict)
    # (pupil or code, subject, scale) → points, or the level's name
    scores: dict[Place, float | str | None] = field(default_factory=dict)
    # texts that must stand in some problem
    problems: tuple[str, ...] = ()


def marks_of(reading: Reading) -> dict[Place, tuple[float | str, ...]]:
    """Return the tokens of a reading by pupil, subject and time, in the order of the export."""
    found: dict[Place, tuple[float | str, ...]] = {}
    for record in reading.records:
        place = (record.pupil, record.subject, record.date or record.term or "")
        told = record.value if record.kind in {"mark", "mean"} else record.kind
        found[place] = (*found.get(place, ()), told)
    return found


def scores_of(reading: Reading) -> dict[Place, float | str | None]:
    """Return points, or the level where there are none, by pupil or code, subject and scale."""
    return {
        (score.pupil or score.code, score.subject, score.scale): (
            score.level if score.raw is None and score.level else score.raw
        )
        for score in reading.scores
    }
