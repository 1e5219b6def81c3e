"""Remember whose participants' codes are, so that the list itself need not lie with the exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from posanalytics import privacy
from posanalytics.store import pieces, tables
from posanalytics.store.ingest import answers, redactor
from posanalytics.store.sources import sources_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from posanalytics.schema import Problem

_KEPT = ("code", "school_year", "subject", "class_label", "short", "full")


class KeptCodes(NamedTuple):
    """How many codes were remembered, and what of the lists was not understood."""

    codes: int
    problems: tuple[Problem, ...]


def keep_codes(paths: Sequence[Path], raw: Path, processed: Path) -> KeptCodes:
    """Put pseudonyms of codes and of their pupils into the vault beside the key.

    Raises KeyUnusable where the tables were made with another key.
    """
    current = tables.current_manifest(processed)
    key = privacy.read_key(create=current is None)
    tables.check_key(current, key.id)
    readings = [reading for _, reading, _ in answers(sources_of(paths, raw), jobs=1, progress=None)]
    redact = redactor(readings, key)
    told = [pieces.without_names(reading, key, redact) for reading in readings]
    frames = [piece.codes[list(_KEPT)].astype("str") for piece in told if piece.rows("codes")]
    entries = [
        dict(zip(_KEPT, row, strict=True)) for f in frames for row in f.itertuples(index=False)
    ]
    if entries:
        privacy.remember_codes(key, entries)
    problems = tuple(problem for piece in told for problem in piece.problems)
    return KeptCodes(len(entries), problems)
