"""Which files are exports, what their content is called, and what their place says about them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from posanalytics import labels, periods, privacy
from posanalytics.gradebook.captions import in_name
from posanalytics.gradebook.containers.container import LARGEST_FILE
from posanalytics.gradebook.containers.file_sets import MANIFEST, packed, roster_files
from posanalytics.gradebook.course_points import course_in
from posanalytics.gradebook.mapping_files import is_mapping, mapping_paths
from posanalytics.gradebook.reading import Hints
from posanalytics.gradebook.yaml_files import LARGEST
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
    # What the file is really called: captions in it count, and it is never shown.
    called: str = ""


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
        content = _content(path)
        mappings = mapping_paths(path, raw)
        told = [_told_in(place) for place in mappings]
        inside = path.is_relative_to(raw) and path != raw
        name = path.relative_to(raw).as_posix() if inside else path.name
        # Hints come from the path, so the same content in another year's folder is another piece.
        # So it is where the name tells the course.
        says = (*map(str, _hints(Path(name))), course_in(privacy.readable(name)))
        key = pieces.piece_key(content, *told, *says)
        shown, called = privacy.file_name(name), privacy.readable(name)
        digest = _sha256(path, content)
        found.append(Source(path, shown, digest, key, _hints(Path(name)), mappings, called))
    return found


def _content(path: Path) -> bytes:
    """Return an export's bytes; of one too large for that, its hash, never the whole of it."""
    parts = _parts(path)
    if not _is_too_large(parts):
        return packed(path) if path.is_dir() else path.read_bytes()
    hashes = [files.sha256_of(part) for part in parts]
    return "".join(hashes).encode()


def _parts(path: Path) -> list[Path]:
    """Return the files of an export."""
    return roster_files(path) if path.is_dir() else [path]


def _is_too_large(parts: Iterable[Path]) -> bool:
    return sum(part.stat().st_size for part in parts) > LARGEST_FILE


def _sha256(path: Path, content: bytes) -> str:
    if path.is_file() and _is_too_large([path]):
        return content.decode()
    return hashlib.sha256(content).hexdigest()


def _told_in(mapping: Path) -> str:
    """Return what a mapping file says; of one that no person has written, its hash."""
    if mapping.stat().st_size > LARGEST:
        return files.sha256_of(mapping)
    return mapping.read_text("utf-8", errors="replace")


def looks_of(paths: Iterable[Path], raw: Path | None) -> list[Look]:
    """Return exports to look at without loading them, with what their place says about them."""
    from posanalytics.gradebook.preview import Look

    found = []
    for path in paths:
        inside = raw is not None and path.resolve().is_relative_to(raw.resolve())
        name = path.resolve().relative_to(raw.resolve()) if raw and inside else Path(path.name)
        mappings = mapping_paths(path.resolve(), raw.resolve() if raw else None)
        called = privacy.readable(name.as_posix())
        found.append(Look(path, privacy.file_name(called), _hints(name), mappings, called))
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
