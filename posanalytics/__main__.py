"""Entry point: `posanalytics` and `python -m posanalytics`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NoReturn

_STOPPED = 130


def main() -> None:
    """Run the command line; its exit code says what happened (see README)."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a letter shows «?» rather than stopping the work.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        from posanalytics.cli import app, pairs_joined

        try:
            app(args=pairs_joined(sys.argv[1:]))
        finally:
            sys.stdout.flush()
    except KeyboardInterrupt:
        from posanalytics.wording import say

        sys.stderr.write(say("cli.stopped") + "\n")
        _leave(_STOPPED)
    except BrokenPipeError:  # whoever reads us, head say, has read enough
        _leave(0)


def _leave(code: int) -> NoReturn:
    """End with nothing more said, also while the interpreter is closing."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        for stream in (1, 2):
            os.dup2(nowhere.fileno(), stream)
    sys.exit(code)


if __name__ == "__main__":
    main()
