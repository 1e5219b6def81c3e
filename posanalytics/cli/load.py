"""`load`: exports into tidy tables; what was read and what was not, or only a look at it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from posanalytics.cli.console import progress_of, tell
from posanalytics.cli.errors import BAD_DATA, DONE, SOME_QUARANTINED, plain_errors
from posanalytics.cli.loaded import tell_load, tell_problems
from posanalytics.cli.looks import look_at
from posanalytics.cli.options import FolderOption
from posanalytics.cli.schools import exports_in, only_one, opened
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posanalytics.schema import Problem
    from posanalytics.workspace import Workspace

_ABOUT_CODES = ("codes_unknown", "codes_shared", "codes_elsewhere", "codes_in_raw")


@plain_errors
def load(  # noqa: PLR0913 - each option of the command is an argument
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar=say("usage.files_here"), help=say("cli.paths"))
    ] = None,
    *,
    folder: FolderOption = None,
    explain: Annotated[bool, typer.Option("--explain", help=say("cli.explain"))] = False,
    preview: Annotated[bool, typer.Option("--preview", help=say("cli.preview"))] = False,
    force: Annotated[bool, typer.Option("--force", help=say("cli.force"))] = False,
    codes: Annotated[list[Path] | None, typer.Option("--codes", help=say("cli.codes"))] = None,
) -> int:
    """Turn exports into tidy tables and print what was read and what was not."""
    if explain or preview:
        return look_at(paths, folder, write=preview, force=force)
    workspace = opened(folder)
    found = [path for given in paths or [] for path in exports_in(given)]
    if codes and not _keep_codes(codes, workspace):
        return BAD_DATA
    with only_one(workspace), progress_of(say("cli.reading")) as progress:
        report = workspace.load(found if paths else None, progress=progress)
    problems = report.problems or _stored_problems(workspace)
    if codes and not paths:
        tell_problems(_about_codes(problems))
        return SOME_QUARANTINED if report.quarantined else DONE
    tell_load(report, workspace.root)
    if any(not path.resolve().is_relative_to(workspace.raw.resolve()) for path in found):
        tell(say("cli.load_outside"))
    tell_problems(problems)
    return SOME_QUARANTINED if report.quarantined else DONE


def _about_codes(problems: Sequence[Problem]) -> list[Problem]:
    """Return what is said about participants under codes."""
    about = {say(f"store.{key}_expected") for key in _ABOUT_CODES}
    return [problem for problem in problems if problem.expected in about]


def _keep_codes(paths: list[Path], workspace: Workspace) -> bool:
    """Remember whose participants' codes are; return whether the files told any."""
    from posanalytics.store.codes import keep_codes

    lists = [path for given in paths for path in exports_in(given)]
    with only_one(workspace):
        kept = keep_codes(lists, workspace.raw, workspace.processed)
    for problem in kept.problems:
        tell(f"{say(f'cli.{problem.severity}')} {problem}")
    tell(say("store.codes_kept" if kept.codes else "store.codes_none", codes=kept.codes))
    return kept.codes > 0


def _stored_problems(workspace: Workspace) -> list[Problem]:
    from posanalytics.schema import Problem

    return [Problem(*row) for row in workspace.tables["problems"].itertuples(index=False)]
