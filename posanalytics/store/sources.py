"""Which files are exports, what their content is called, and what their place says about them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from posanalytics import labels, periods, privacy
from posanalytics.gradebook.reading import Hints
from posanalytics.store import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable

_MAPPING = ".mapping.yml"
_IGNORED = {".gitkeep", "thumbs.db", "desktop.ini", ".ds_store"}


class Source(NamedTuple):
    """One export in data/raw: its path, and the content of it and of its mapping file."""

    path: Path
    name: str
    sha256: str
    key: str
    hints: Hints = Hints()


def exports_below(raw: Path) -> list[Path]:
    """Return the files below a folder that may be exports, in a fixed order."""
    found = (path for path in raw.rglob("*") if path.is_file())
    return sorted(path for path in found if _is_export(path))


def _is_export(path: Path) -> bool:
    name = path.name.lower()
    return not (
        name in _IGNORED or name.startswith(("~$", ".~")) or name.endswith((_MAPPING, ".tmp"))
    )


def sources_of(paths: Iterable[Path], raw: Path) -> list[Source]:
    """Return the exports with their content's hash, their shown name and what the path says."""
    found = []
    for path in paths:
        content = path.read_bytes()
        beside = path.with_name(path.name + _MAPPING)
        mapping = beside.read_text("utf-8", errors="replace") if beside.exists() else ""
        name = path.relative_to(raw).as_posix() if path.is_relative_to(raw) else path.name
        # Hints come from the path, so the same content in another year's folder is another piece.
        key = pieces.piece_key(content, mapping, *map(str, _hints(Path(name))))
        shown = privacy.file_name(name)
        found.append(
            Source(path, shown, hashlib.sha256(content).hexdigest(), key, _hints(Path(name)))
        )
    return found


def _hints(name: Path) -> Hints:
    """Return what folder and file names say: the year, the class, the term."""
    year = label = term = None
    for part in (*name.parts[:-1], name.stem):
        year = periods.school_year(part) or year
        term = periods.period_suffix(part.replace("_", " ")) or term
        for word in part.replace("_", " ").split():
            # A bare number in a name is a term or a day; a class there has its letter.
            found = labels.class_label(word)
            label = found if found and not found.isdigit() else label
    return Hints(year, label, f"{year}-{term}" if year and term else None)
