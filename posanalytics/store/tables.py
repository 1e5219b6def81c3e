"""Generations of tidy tables with a manifest; CURRENT names the one that readers see."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from posanalytics import privacy, schema
from posanalytics.store import files
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

SCHEMA_VERSION = 1
_KEPT = 2  # the generation before stays until the next one is whole


class StoreDamaged(Exception):
    """A stored table does not match its manifest, or a newer version wrote it."""


class Tables:
    """The tables of one generation, each read and checked when it is first asked for."""

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        """Take the folder of data/processed and the manifest of a generation."""
        self._folder = folder
        self.manifest = manifest
        self._read: dict[str, pd.DataFrame] = {}

    @property
    def digest(self) -> str:
        """Return the digest of everything in the tables: reports depend on it."""
        return str(self.manifest["digest"])

    def __getitem__(self, name: str) -> pd.DataFrame:
        """Return a table; raise StoreDamaged where its bytes are not those of the manifest."""
        if name not in self._read:
            path = _table_path(self._folder, self.manifest, name)
            if not path.exists() or files.sha256_of(path) != self.manifest["tables"][name]:
                raise StoreDamaged(say("store.damaged", name=name))
            self._read[name] = files.read_table(path)
        return self._read[name]


def _table_path(folder: Path, manifest: Mapping[str, Any], name: str) -> Path:
    return folder / "tables" / str(manifest["generation"]) / f"{name}.parquet"


def current_manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of the current generation, None before the first load."""
    pointer = folder / "CURRENT"
    if not pointer.exists():
        return None
    try:
        name = int(pointer.read_text("ascii"))
        manifest: dict[str, Any] = json.loads(
            (folder / "manifest" / f"{name}.json").read_text("utf-8")
        )
    except (OSError, ValueError):
        return None
    if manifest.get("schema", 0) > SCHEMA_VERSION:
        raise StoreDamaged(say("store.newer"))
    return manifest


def open_tables(folder: Path) -> Tables | None:
    """Return the current tables, None before the first load."""
    manifest = current_manifest(folder)
    return Tables(folder, manifest) if manifest else None


def is_whole(folder: Path, manifest: Mapping[str, Any]) -> bool:
    """Return whether every table of the generation is there with its bytes unchanged."""
    paths = {name: _table_path(folder, manifest, name) for name in manifest["tables"]}
    return all(
        path.exists() and files.sha256_of(path) == manifest["tables"][name]
        for name, path in paths.items()
    )


def check_key(manifest: Mapping[str, Any] | None, key_id: str) -> None:
    """Raise KeyUnusable where the tables were made with another key."""
    if manifest and manifest["key_id"] != key_id:
        raise privacy.KeyUnusable(
            say("privacy.key_other", stored=manifest["key_id"], current=key_id)
        )


def next_generation(manifest: Mapping[str, Any] | None) -> int:
    """Return the number of the generation to come."""
    return int(manifest["generation"]) + 1 if manifest else 1


def publish_generation(
    folder: Path,
    content: Mapping[str, pd.DataFrame],
    *,
    previous: Mapping[str, Any] | None,
    about: Mapping[str, Any],
) -> int:
    """Write tables, then the manifest, then CURRENT; return the generation's number."""
    generation = next_generation(previous)
    manifest = {"schema": SCHEMA_VERSION, "generation": generation, **about}
    digests = {}
    for name, frame in content.items():
        path = _table_path(folder, manifest, name)
        files.publish_table(path, frame[list(schema.TABLES[name])])
        digests[name] = files.sha256_of(path)
    digest = files.digest_of_texts(f"{name} {digests[name]}" for name in sorted(digests))
    manifest |= {"tables": digests, "digest": digest}
    files.publish_json(folder / "manifest" / f"{generation}.json", manifest)
    files.publish_text(folder / "CURRENT", str(generation))
    _remove_old(folder, generation)
    return generation


def _remove_old(folder: Path, generation: int) -> None:
    for kept in (folder / "tables").iterdir():
        if kept.name.isdigit() and int(kept.name) <= generation - _KEPT:
            for path in kept.iterdir():
                path.unlink()
            kept.rmdir()
            (folder / "manifest" / f"{kept.name}.json").unlink(missing_ok=True)
