"""`demo`: a workspace with a made-up school."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from posanalytics.cli.console import tell
from posanalytics.cli.errors import DONE, plain_errors
from posanalytics.wording import say, signed


@plain_errors
def demo(
    folder: Annotated[
        Path, typer.Argument(metavar=say("usage.folder_here"), help=say("cli.init_folder"))
    ],
    seed: Annotated[int | None, typer.Option(help=say("cli.seed"))] = None,
    effect: Annotated[float, typer.Option(help=say("cli.effect"))] = 0.30,
) -> int:
    """Make a workspace with a made-up school whose true effect is known."""
    from posanalytics.demo import DEFAULT_SEED, write_demo
    from posanalytics.reports import scaffold

    truth = write_demo(folder, seed=DEFAULT_SEED if seed is None else seed, effect=effect)
    scaffold.furnish(folder)
    tell(say("cli.demo_done", folder=folder, effect=signed(truth.effect_realised)))
    return DONE
