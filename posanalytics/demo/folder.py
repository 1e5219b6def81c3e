"""Write the made-up school into a folder, as a workspace that `posanalytics run` can use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posanalytics.demo.exports import exports
from posanalytics.demo.plan_text import plan_text
from posanalytics.demo.school import DEFAULT_EFFECT, DEFAULT_SEED, Truth, simulate
from posanalytics.wording import say

if TYPE_CHECKING:
    from pathlib import Path


class FolderTaken(FileExistsError):
    """The folder already holds a plan or exports, which may be real ones."""


def write_demo(
    folder: Path,
    *,
    seed: int = DEFAULT_SEED,
    effect: float = DEFAULT_EFFECT,
    overwrite: bool = False,
) -> Truth:
    """Write data/raw and plan.yml of a made-up school; return the truth that they carry.

    The same seed and effect write the same bytes on every computer. The default seed was picked
    for illustration: a typical result with a small baseline gap; other seeds show how much the
    answer varies while the truth stays the same. Raises FolderTaken where
    the folder already has a plan or exports, unless ``overwrite``; ImpossibleSchool where the
    effect does not fit between 2 and 5.
    """
    school = simulate(seed, effect)
    raw = folder / "data" / "raw"
    plan = folder / "plan.yml"
    if not overwrite and (plan.exists() or (raw.exists() and any(raw.iterdir()))):
        raise FolderTaken(say("demo.folder_taken", folder=folder.name))
    for name, content in exports(school):
        path = raw / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    plan.write_bytes(plan_text(school).encode())
    return school.truth
