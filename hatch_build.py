"""Put the small bundles of plotly.js into the package when it is built, where npm is at hand.

Reports then carry 0.4 or 0.5 MB of plotly.js instead of 1.5 MB. Without npm, without a network,
or with other files than those pinned here, the package is built without a bundle, and reports
take the full plotly.js of the installed plotly package.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VERSION = "4.1.1"
# Member of plotly.js-<name>-dist-min that becomes a bundle, and its sha256.
BUNDLES = {
    "basic": "99784e3abfb07b142a15e521a439e6d9addceadb3f79553fd24c72774f0649ba",
    "cartesian": "79542150855a52c567260e3137095dbe2b744e6d702a5cabe67da246942fba7a",
}
FOLDER = "posanalytics/reports/bundle"
PATIENCE = 60  # seconds for npm, all told


class PlotlyBundles(BuildHookInterface):  # type: ignore[type-arg]
    """Fetch the bundles before a wheel is put together."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the bundles to the wheel, or say that it is built without."""
        del version, build_data  # pyproject names the folder as an artifact
        if not fetch(Path(self.root, FOLDER)):
            self.app.display_info("posanalytics: built without small bundles of plotly.js")


def is_pinned(script: bytes, name: str) -> bool:
    """Return whether this is the very bundle that is pinned here."""
    return hashlib.sha256(script).hexdigest() == BUNDLES[name]


def fetch(folder: Path) -> bool:
    """Return whether the pinned bundles now stand in the folder; never raises, never hangs."""
    missing = [name for name in BUNDLES if not stands(folder, name)]
    npm = shutil.which("npm")
    if not missing or npm is None:
        return not missing
    with tempfile.TemporaryDirectory() as temporary:
        try:
            packed(npm, missing, Path(temporary))
            scripts = {name: member(Path(temporary), name) for name in missing}
        except (OSError, subprocess.SubprocessError, StopIteration, KeyError, tarfile.TarError):
            return False
    for name, script in scripts.items():
        if is_pinned(script, name):
            put(folder / file_name(name), script)
    return all(stands(folder, name) for name in BUNDLES)


def file_name(name: str) -> str:
    """Return what a bundle is called in its package, and in ours."""
    return f"plotly-{name}.min.js"


def stands(folder: Path, name: str) -> bool:
    """Return whether the pinned bundle is in the folder."""
    file = folder / file_name(name)
    return file.is_file() and is_pinned(file.read_bytes(), name)


def put(target: Path, script: bytes) -> None:
    """Write a bundle at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_suffix(".tmp")
    temporary.write_bytes(script)
    temporary.replace(target)


def packed(npm: str, names: list[str], folder: Path) -> None:
    """Let npm put the archives of the packages into the folder."""
    quick = {
        "npm_config_fetch_retries": "0",
        "npm_config_fetch_timeout": "20000",
        "npm_config_update_notifier": "false",
        "npm_config_fund": "false",
    }
    subprocess.run(  # noqa: S603 - npm as found on PATH, fixed arguments
        [npm, "pack", *(f"plotly.js-{name}-dist-min@{VERSION}" for name in names)],
        cwd=folder,
        env={**os.environ, **quick},
        check=True,
        timeout=PATIENCE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def member(folder: Path, name: str) -> bytes:
    """Return a bundle out of the archive of its package."""
    archive = next(folder.glob(f"plotly.js-{name}-dist-min-*.tgz"))
    with tarfile.open(archive) as tar:
        file = tar.extractfile(f"package/{file_name(name)}")
        if file is None:
            raise KeyError(name)
        return file.read()
