"""Start JupyterLab on a workspace, in Russian and without calls to the outside."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from posanalytics.wording import say

_STARTS = ("notebooks/start.ipynb", "notebooks/dynamics.ipynb")
# As in the report runner: 1.4 s of start-up for a check that nothing here uses.
_BOOT = (
    "import sys; sys.modules['rfc3987_syntax'] = None; "
    "from jupyterlab.labapp import main; sys.exit(main())"
)


class LabMissing(Exception):
    """JupyterLab cannot be started; the message says what to install."""


def lab(workspace: Path, *, arguments: tuple[str, ...] = ()) -> int:
    """Return the exit code of JupyterLab once it is closed.

    Raises
    ------
    LabMissing
        JupyterLab is not installed, or there is no workspace in the folder.
    """
    if not (workspace / "plan.yml").is_file():
        raise LabMissing(say("reports.lab_no_workspace", path=workspace))
    if importlib.util.find_spec("jupyterlab") is None:
        raise LabMissing(say("reports.lab_missing"))
    with tempfile.TemporaryDirectory(prefix="posanalytics-lab-") as folder:
        settings = Path(folder)
        (settings / "overrides.json").write_text(json.dumps(overrides()), "utf-8")
        finished = subprocess.run(  # noqa: S603 - our own interpreter and fixed arguments
            [*command(workspace.resolve(), settings), *arguments],
            check=False,
            env={**os.environ, "PLOTLY_RENDERER": "plotly_mimetype"},
        )
    return finished.returncode


def command(workspace: Path, settings: Path) -> list[str]:
    """Return the command that starts JupyterLab on the workspace with these settings."""
    there = next((name for name in _STARTS if (workspace / name).is_file()), "")
    start = f"/lab/tree/{there}" if there else "/lab"
    return [
        sys.executable,
        "-P",  # a random.py in the workspace must not stand in for Python's own
        "-c",
        _BOOT,
        f"--ServerApp.root_dir={workspace}",
        f"--LabApp.default_url={start}",
        f"--LabApp.app_settings_dir={settings}",
        "--LabApp.news_url=None",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]


def overrides() -> dict[str, dict[str, object]]:
    """Return JupyterLab's default settings here: no news, Russian where its words are there."""
    chosen: dict[str, dict[str, object]] = {
        "@jupyterlab/apputils-extension:notification": {
            "fetchNews": "false",
            "checkForUpdates": False,
        },
    }
    if _has_russian():
        chosen["@jupyterlab/translation-extension:plugin"] = {"locale": "ru_RU"}
    return chosen


def _has_russian() -> bool:
    try:
        metadata.version("jupyterlab-language-pack-ru-RU")
    except metadata.PackageNotFoundError:
        return False
    return True
