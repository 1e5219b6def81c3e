"""Which files are one export together, by their names: tables in a zip, OneRoster in a folder."""

from __future__ import annotations

import io
import posixpath
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

# The files of a OneRoster export (CSV binding 1.1 and 1.2); their delimiter is always a comma.
MANIFEST = "manifest.csv"
ROSTER_FILES = frozenset(
    f"{stem}.csv".lower()
    for stem in (
        "manifest", "academicSessions", "categories", "classes", "classResources", "courses",
        "courseResources", "demographics", "enrollments", "lineItemLearningObjectiveIds",
        "lineItems", "lineItemScoreScales", "orgs", "resources", "resultLearningObjectiveIds",
        "results", "resultScoreScales", "roles", "scoreScales", "userProfiles", "userResources",
        "users",
    )
)  # fmt: skip
_ROSTER_SIGNS = frozenset({"users.csv", "classes.csv", "enrollments.csv", "results.csv"})
_FIRST_DAY = (1980, 1, 1, 0, 0, 0)
_JUNK = ("__macosx/", ".ds_store", "thumbs.db", "desktop.ini")


def holds_tables(names: Iterable[str]) -> bool:
    """Return whether the parts of a zip are text tables, beside what a computer adds unasked.

    >>> holds_tables(["users.csv", "__MACOSX/._users.csv"]), holds_tables(["a.csv", "b.exe"])
    (True, False)
    """
    told = [name for name in names if not is_junk(name)]
    return bool(told) and all(name.lower().endswith(".csv") for name in told)


def is_junk(name: str) -> bool:
    """Return whether a part of a zip is a folder or what a computer adds unasked."""
    low = name.lower()
    return name.endswith("/") or any(low.startswith(j) or low.endswith(j) for j in _JUNK)


def is_roster(names: Iterable[str]) -> bool:
    """Return whether files of these names are a OneRoster export: a manifest and its tables."""
    low = {name.lower() for name in names}
    return MANIFEST in low and not low.isdisjoint(_ROSTER_SIGNS)


def roster_files(folder: Path) -> list[Path]:
    """Return the files of the OneRoster export that a folder holds, none where it holds none."""
    files = sorted(path for path in folder.iterdir() if path.is_file())
    found = [path for path in files if path.name.lower() in ROSTER_FILES]
    return found if is_roster(path.name for path in found) else []


def packed(folder: Path) -> bytes:
    """Return the OneRoster export in a folder as the zip that it could have come in."""
    parts = [(path.name, path.read_bytes()) for path in roster_files(folder)]
    return zipped(parts, compressed=False)


def zipped(parts: Sequence[tuple[str, bytes]], *, compressed: bool = True) -> bytes:
    """Return a zip whose bytes depend on nothing but names and contents."""
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, content in parts:
            info = zipfile.ZipInfo(posixpath.basename(name), date_time=_FIRST_DAY)
            info.create_system = 3  # the same on Windows, which would write 0
            info.external_attr = 0o644 << 16
            archive.writestr(info, content, method, compresslevel=6)
    return stream.getvalue()
