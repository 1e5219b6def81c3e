"""The school that a command works on: its workspace, held by one run at a time, its exports."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import typer

from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from posanalytics.workspace import Workspace


class Busy(Exception):
    """Another run holds the workspace."""


def opened(folder: Path | None) -> Workspace:
    """Return the workspace in a folder, or the one around where the person stands."""
    from posanalytics.workspace import open_workspace

    return open_workspace(folder)


@contextlib.contextmanager
def only_one(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's lock: two runs at once would write over each other."""
    import filelock

    workspace.processed.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(workspace.processed / "run.lock")
    try:
        with lock.acquire(timeout=0):
            yield
    except filelock.Timeout:
        raise Busy(say("cli.busy")) from None


def exports_in(given: Path) -> list[Path]:
    """Return the exports that a file or folder named in a call stands for."""
    from posanalytics.store.sources import exports_below

    if not given.exists():
        raise typer.BadParameter(say("cli.no_such_path", path=given))
    return exports_below(given) if given.is_dir() else [given]
