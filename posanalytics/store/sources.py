"""Which files are exports, what their content is called, and what their place says about them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from posanalytics import labels, periods, privacy
from posanalytics.gradebook.captions import in_name
from posanalytics.gradebook.containers.container import LARGEST_FILE
from posanalytics.gradebook.containers.file_sets import MANIFEST, packed, roster_files
from posanalytics.gradebook.mapping_files import is_mapping, mapping_paths
from posanalytics.gradebook.reading import Hints
from posanalytics.store import files, pieces

if TYPE_CHECKING:
    from collections.abc import Iterable

    from posanalytics.gradebook.preview import Look

_IGNORED = {".gitkeep", "thumbs.db", "desktop.ini", ".ds_store", "pupils.yml"}


class Source(NamedTuple):
    """One export in data/raw: its path, and the content of it and of its mapping files."""

    path: Path
    name: str
    sha256: str
    key: str
    hints: Hints = Hints()
    mappings: tuple[Path, ...] = ()


def exports_below(raw: Path) -> list[Path]:
    """Return what lies below a folder and may be an export, in a fixed order.

    The files of a OneRoster export are one export: the folder that holds them.
    """
    files = [path for path in raw.rglob("*") if path.is_file()]
    folders = {path.parent for path in files if path.name.lower() == MANIFEST}
    rosters = {folder: roster_files(folder) for folder in folders}
    parts = {part for found in rosters.values() for part in found}
    whole = [folder for folder, found in rosters.items() if found]
    return sorted([*whole, *(path for path in files if path not in parts and _is_export(path))])


def _is_export(path: Path) -> bool:
    name = path.name.lower()
    return not (
        name in _IGNORED
        or is_mapping(name)
        or name.startswith(("~$", ".~"))
        or name.endswith(".tmp")
    )


def sources_of(paths: Iterable[Path], raw: Path) -> list[Source]:
    """Return the exports with their content's hash, their shown name and what the path says."""
    found = []
    for path in paths:
        content = packed(path) if path.is_dir() else _content(path)
        mappings = mapping_paths(_placed(path), raw)
        told = [place.read_text("utf-8", errors="replace") for place in mappings]
        inside = path.is_relative_to(raw) and path != raw
        name = path.relative_to(raw).as_posix() if inside else path.name
        # Hints come from the path, so the same content in another year's folder is another piece.
        key = pieces.piece_key(content, *told, *map(str, _hints(Path(name))))
        shown = privacy.file_name(name)
        digest = _sha256(path, content)
        found.append(Source(path, shown, digest, key, _hints(Path(name)), mappings))
    return found


def _content(path: Path) -> bytes:
    """Return a file's bytes; of one too large to be an export, its hash, never the whole of it."""
    if path.stat().st_size > LARGEST_FILE:
        return files.sha256_of(path).encode()
    return path.read_bytes()


def _sha256(path: Path, content: bytes) -> str:
    if path.is_file() and path.stat().st_size > LARGEST_FILE:
        return content.decode()
    return hashlib.sha256(content).hexdigest()


def _placed(path: Path) -> Path:
    """Return where an export stands; a folder's mapping file stands in it, not beside it."""
    return path / MANIFEST if path.is_dir() else path


def looks_of(paths: Iterable[Path], raw: Path | None) -> list[Look]:
    """Return exports to look at without loading them, with what their place says about them."""
    from posanalytics.gradebook.preview import Look

    found = []
    for path in paths:
        inside = raw is not None and path.resolve().is_relative_to(raw.resolve())
        name = path.resolve().relative_to(raw.resolve()) if raw and inside else Path(path.name)
        mappings = mapping_paths(_placed(path.resolve()), raw.resolve() if raw else None)
        found.append(Look(path, privacy.file_name(name.as_posix()), _hints(name), mappings))
    return found


def _hints(name: Path) -> Hints:
    """Return what folder and file names say: the year, the class, the term."""
    year = label = term = None
    for part in (*name.parts[:-1], name.stem):
        year = periods.school_year(part) or year
        term = in_name(part).term or term
        for word in part.replace("_", " ").split():
            # A bare number in a name is a term or a day; a class there has its letter.
            found = labels.class_label(word)
            label = found if found and not found.isdigit() else label
    return Hints(year, label, f"{year}-{term}" if year and term else None)
