"""Where the mapping files of an export stand: beside it, or in a folder above it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.gradebook.containers.file_sets import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path

MAPPING_SUFFIX = ".mapping.yml"
FOLDER_MAPPING = "mapping.yml"


def mapping_path(path: Path) -> Path:
    """Return where the mapping file of an export stands, whether it exists or not.

    That of a folder stands in it, beside its manifest.
    """
    file = _placed(path)
    return file.with_name(file.name + MAPPING_SUFFIX)


def _placed(path: Path) -> Path:
    return path / MANIFEST if path.is_dir() else path


def is_mapping(name: str) -> bool:
    """Return whether a file of this name says how exports are laid out and is none itself."""
    low = name.lower()
    return low == FOLDER_MAPPING or low.endswith(MAPPING_SUFFIX)


def mapping_paths(path: Path, root: Path | None = None) -> tuple[Path, ...]:
    """Return the mapping files that speak of an export, its own first, then its folder's.

    The nearest folder that has one speaks; `root` is the highest folder that may, without it
    only the export's own folder does.
    """
    path = _placed(path)
    folders = [path.parent]
    while root is not None and folders[-1] != root and path.is_relative_to(root):
        folders.append(folders[-1].parent)
    own = [mapping_path(path)] if mapping_path(path).is_file() else []
    shared = [folder / FOLDER_MAPPING for folder in folders]
    return (*own, *[place for place in shared if place.is_file()][:1])
