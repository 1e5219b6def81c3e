"""The verdicts of the terms so far, as each of them was last published."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from posanalytics.store.files import publish_json

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "verdicts.json"


class Difference(NamedTuple):
    """How much more the innovative classes gained, and between which bounds."""

    estimate: float
    conf_low: float
    conf_high: float


@dataclass(frozen=True, kw_only=True)
class PastVerdict:
    """What was concluded about the primary outcome of a term, and with which difference."""

    term: str
    page: str
    key: str  # of the page: what it was made from
    outcome: str
    headline: str
    code: str
    reliability: str
    difference: Difference | None = None


def known(folder: Path) -> dict[str, PastVerdict]:
    """Return the verdicts on record, by term; none where nothing was published yet."""
    try:
        rows = json.loads((folder / _FILE).read_text("utf-8"))
        return {row["term"]: _read(**row) for row in rows}
    except (OSError, ValueError, TypeError, KeyError):
        return {}  # the next run begins the record anew


def _read(*, difference: list[float] | None = None, **words: Any) -> PastVerdict:
    return PastVerdict(**words, difference=Difference(*difference) if difference else None)


def record(folder: Path, verdicts: dict[str, PastVerdict]) -> None:
    """Put the verdicts on record, by term, in place of what was there."""
    if verdicts != known(folder):
        publish_json(folder / _FILE, [asdict(verdicts[term]) for term in sorted(verdicts)])
