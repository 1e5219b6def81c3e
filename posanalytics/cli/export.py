"""`export`: the loaded tables for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from posanalytics.cli.console import fail, shown, tell
from posanalytics.cli.errors import CANNOT_WRITE, DONE, plain_errors
from posanalytics.cli.options import FolderOption
from posanalytics.cli.schools import opened
from posanalytics.wording import say


@plain_errors
def export(
    target: Annotated[
        Path | None, typer.Argument(metavar=say("usage.file_here"), help=say("cli.export_target"))
    ] = None,
    folder: FolderOption = None,
    form: Annotated[str, typer.Option("--format", help=say("cli.export_format"))] = "oneroster",
    *,
    force: Annotated[bool, typer.Option("--force", help=say("cli.export_force"))] = False,
) -> int:
    """Write the tables as a OneRoster archive, pupils under their pseudonyms."""
    if form != "oneroster":
        raise typer.BadParameter(say("cli.export_unknown", form=form))
    workspace = opened(folder)
    path = target or workspace.root / "oneroster.zip"
    if path.resolve().is_relative_to(workspace.raw.resolve()):
        raise typer.BadParameter(say("cli.export_into_raw"))
    if path.exists() and not force:
        return fail(say("cli.export_stands", name=path.name), CANNOT_WRITE)
    from posanalytics import interchange
    from posanalytics.store.files import publish

    tables = {name: workspace.tables[name] for name in interchange.TABLES}
    content = interchange.oneroster(tables, plan=workspace.plan)

    def write(temporary: Path) -> None:
        temporary.write_bytes(content)

    publish(path, write)
    tell(say("cli.export_done", place=shown(path)))
    absences, scores = (len(workspace.tables[name]) for name in ("attendance", "scores"))
    if absences or scores:
        tell(say("cli.export_left", absences=absences, scores=scores))
    return DONE
