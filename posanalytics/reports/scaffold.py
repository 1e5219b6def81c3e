"""A new workspace: folders, notebooks, a commented plan to fill in."""

from __future__ import annotations

import shutil
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from posanalytics.wording import say

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable


class NotEmpty(Exception):
    """The folder holds something already."""


def new_workspace(folder: Path, *, with_plan: bool = True) -> None:
    """Make a workspace in a folder that is new or empty; raise NotEmpty where it is neither."""
    if folder.exists() and any(folder.iterdir()):
        raise NotEmpty(say("batch.not_empty", folder=folder))
    furnish(folder)
    if with_plan:
        text = (_templates() / "plan.yml").read_text("utf-8")
        (folder / "plan.yml").write_text(text, "utf-8")


def furnish(folder: Path) -> None:
    """Put folders, notebooks, environment.yml and .gitignore into a workspace."""
    for part in ("data/raw", "data/processed", "notebooks", "reports"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for notebook in sorted(shipped_notebooks().glob("*.ipynb")):
        shutil.copyfile(notebook, folder / "notebooks" / notebook.name)
    for name, source in (("environment.yml", "environment.yml"), (".gitignore", "gitignore")):
        (folder / name).write_text((_templates() / source).read_text("utf-8"), "utf-8")


def _templates() -> Traversable:
    return resources.files("posanalytics.reports") / "templates"


def shipped_notebooks() -> Path:
    """Return the folder of the notebooks that came with the package."""
    package = Path(str(resources.files("posanalytics")))
    built = package / "notebooks"
    return built if built.is_dir() else package.parent / "notebooks"
