"""The command line: a module per command, named as the command is; here they are put together."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from posanalytics.cli import check, demo, export, init, lab, load, report, run
from posanalytics.cli.console import tell
from posanalytics.cli.errors import DONE
from posanalytics.cli.report import pairs_joined
from posanalytics.cli.usage import Command, Group
from posanalytics.wording import say

__all__ = ["app", "pairs_joined"]

# As the help lists them; the line of each is the sentence `<name>_help` of wording/cli.yml.
_COMMANDS = (
    run.run, load.load, check.check, report.report,
    init.init, demo.demo, lab.lab, export.export,
)  # fmt: skip

app = typer.Typer(
    cls=Group, help=say("cli.help"),
    no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
)  # fmt: skip

for _command in _COMMANDS:
    app.command(cls=Command, help=say(f"cli.{_command.__name__}_help"))(_command)


@app.callback()
def _options(
    *,
    version: Annotated[bool, typer.Option("--version", help=say("cli.version"))] = False,
) -> None:
    if version:
        from posanalytics import __version__

        tell(f"posanalytics {__version__}")
        raise typer.Exit(DONE)
    os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
