"""`init`: a new workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from posanalytics.cli.console import tell
from posanalytics.cli.errors import DONE, plain_errors
from posanalytics.wording import say


@plain_errors
def init(
    folder: Annotated[
        Path, typer.Argument(metavar=say("usage.folder_here"), help=say("cli.init_folder"))
    ],
) -> int:
    """Make a new workspace: a commented plan, notebooks, environment.yml."""
    from posanalytics.reports import scaffold

    scaffold.new_workspace(folder)
    tell(say("cli.init_done", folder=folder))
    return DONE
