"""Entry point: `posanalytics` and `python -m posanalytics`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; its exit code says what happened (see README)."""
    for stream in (sys.stdout, sys.stderr):
        # A console that cannot show a letter shows «?» rather than stopping the work.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    from posanalytics.cli import app, pairs_joined

    app(args=pairs_joined(sys.argv[1:]))


if __name__ == "__main__":
    main()
