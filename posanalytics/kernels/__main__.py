"""The command of the wing: `python -m posanalytics.kernels a.ipynb b.ipynb --out DIR --jobs 2`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posanalytics.kernels.collection import Ran, Task, run_notebooks
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence

_INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the notebooks; return 0 if all came to their end, 1 if one did not."""
    parser = _parser()
    given = parser.parse_args(arguments)
    parameters = {name: _value(text) for name, text in given.parameter}
    tasks = [
        Task(
            notebook=path,
            output=given.out / path.name,
            parameters=parameters,
            timeout=given.timeout,
        )
        for path in given.notebooks
    ]
    try:
        ran = run_notebooks(tasks, jobs=given.jobs, progress=_tell)
    except ValueError as error:
        parser.error(str(error))
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 1 if any(result.failure for result in ran) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m posanalytics.kernels", description=say("kernels.about")
    )
    parser.add_argument("notebooks", nargs="+", type=Path, help=say("kernels.notebooks"))
    parser.add_argument("--out", type=Path, required=True, help=say("kernels.out"))
    parser.add_argument("--jobs", type=int, default=2, help=say("kernels.jobs"))
    parser.add_argument("--timeout", type=int, default=None, help=say("kernels.timeout"))
    parser.add_argument(
        "-p", "--parameter", nargs=2, action="append", default=[], metavar=("NAME", "VALUE"),
        help=say("kernels.parameter"),
    )  # fmt: skip
    return parser


def _value(text: str) -> Any:
    """Return what a word of the command line means: JSON where it is JSON, else the word."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _tell(done: int, total: int, ran: Ran) -> None:
    key = "failed" if ran.failure else "ran"
    said = say(
        f"kernels.{key}",
        done=done,
        total=total,
        name=ran.task.notebook.name,
        seconds=f"{ran.seconds:.1f}",
        failure=ran.failure,
    )
    sys.stderr.write(said.rstrip() + "\n")


if __name__ == "__main__":
    sys.exit(main())
