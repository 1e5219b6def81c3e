"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from posanalytics.wording import say

FolderOption = Annotated[Path | None, typer.Option("--workspace", "-C", help=say("cli.workspace"))]
TermOption = Annotated[str, typer.Option("--term", help=say("cli.term"))]
JobsOption = Annotated[int, typer.Option("--jobs", min=1, help=say("cli.jobs"))]
DebugOption = Annotated[bool, typer.Option("--debug", help=say("cli.debug"))]
