"""One piece per export: its records under pseudonyms, kept by the hash of its content."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, astuple, dataclass
from typing import TYPE_CHECKING, Any

from posanalytics import labels, privacy
from posanalytics.gradebook.reading import Listed, Reading, Record, Score
from posanalytics.schema import Problem
from posanalytics.store import files

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

# A change of what readers understand makes every piece anew.
READER_VERSION = "1"
_PARTS: dict[str, type] = {"records": Record, "listed": Listed, "scores": Score}


@dataclass(frozen=True)
class Piece:
    """What one export says, without names; tables carry ``short`` and ``full`` pseudonyms."""

    format: str
    encoding: str
    records: pd.DataFrame
    listed: pd.DataFrame
    scores: pd.DataFrame
    problems: tuple[Problem, ...]


def piece_key(content: bytes, *extra: str) -> str:
    """Return the key of an export's piece: content, what lies beside it, and reader version."""
    digest = hashlib.sha256(content)
    for part in (READER_VERSION, *extra):
        digest.update(b"\x1f" + part.encode())
    return digest.hexdigest()[:32]


def pupil_names(reading: Reading) -> set[tuple[str, int]]:
    """Return every pupil of a reading as name and year of entering grade 1."""
    rows: list[Record | Listed | Score] = [*reading.records, *reading.listed]
    return {(row.pupil, _entered(row)) for row in rows if row.class_label and row.school_year}


def _entered(row: Record | Listed | Score) -> int:
    return int(row.school_year[:4]) - labels.year_group(row.class_label) + 1


def without_names(reading: Reading, key: privacy.Key, redact: privacy.Redactor) -> Piece:
    """Return the reading with every name replaced."""
    return Piece(
        format=reading.format,
        encoding=reading.encoding,
        records=_frame(Record, reading.records, key, redact),
        listed=_frame(Listed, reading.listed, key, redact),
        scores=_frame(Score, reading.scores, key, redact),
        problems=tuple(
            Problem(problem.severity, *(redact(part) for part in astuple(problem)[1:]))
            for problem in reading.problems
        ),
    )


def _frame(
    kind: Any, rows: Iterable[Any], key: privacy.Key, redact: privacy.Redactor
) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(kind._fields))
    pairs = list(zip(frame["pupil"], frame["school_year"], frame["class_label"], strict=True))
    known = {
        (name, year, label): privacy.identity(
            key, name, entered=int(year[:4]) - labels.year_group(label) + 1
        )
        for name, year, label in set(pairs)
    }
    frame["short"] = [known[pair].short for pair in pairs]
    frame["full"] = [known[pair].full for pair in pairs]
    for column in {"raw", "work", "note", "cell", "sheet"} & set(frame.columns):
        if frame[column].map(type).eq(str).all():
            frame[column] = frame[column].map(redact)
    return _typed(frame.drop(columns="pupil"))


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    numbers = {"value", "weight", "raw", "maximum", "journal_mark"}
    for column in frame.columns:
        numeric = column in numbers and not (column == "raw" and "slot" in frame.columns)
        frame[column] = frame[column].astype("float64" if numeric else "str")
        if not numeric:
            frame[column] = frame[column].fillna("")
    return frame


def write_piece(folder: Path, piece: Piece) -> None:
    """Write a piece; its JSON comes last and marks it whole."""
    for part in _PARTS:
        files.publish_table(folder / f"{part}.parquet", getattr(piece, part))
    files.publish_json(
        folder / "piece.json",
        {
            "format": piece.format,
            "encoding": piece.encoding,
            "problems": [asdict(problem) for problem in piece.problems],
            "sha256": {part: files.sha256_of(folder / f"{part}.parquet") for part in _PARTS},
        },
    )


def read_piece(folder: Path) -> Piece | None:
    """Return a stored piece, or None where it is missing, torn or altered."""
    try:
        about = json.loads((folder / "piece.json").read_text("utf-8"))
        paths = {part: folder / f"{part}.parquet" for part in _PARTS}
        if any(files.sha256_of(paths[part]) != about["sha256"][part] for part in _PARTS):
            return None
        frames = {part: files.read_table(path) for part, path in paths.items()}
    except (OSError, ValueError, KeyError):
        return None
    return Piece(
        format=about["format"],
        encoding=about["encoding"],
        problems=tuple(Problem(**problem) for problem in about["problems"]),
        **frames,
    )
