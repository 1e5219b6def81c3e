"""A process that has everything imported and becomes the one kernel that is asked of it."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import threading

from posanalytics.kernels import process


def main(parent: int, modules: list[str]) -> None:
    """Load the modules, read one request from standard input, be that kernel."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # on Windows a console sends Ctrl-C to all
    process.die_with_parent(parent)
    process.load(modules)
    line = sys.stdin.buffer.readline()
    if not line:
        return  # nobody needed it
    # Whoever started this process holds the other end for as long as it lives.
    threading.Thread(target=_end_with_owner, args=(os.dup(0),), daemon=True).start()
    with open(os.devnull, encoding="utf-8") as nothing:  # noqa: PTH123 - a device
        os.dup2(nothing.fileno(), 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process.become_kernel(process.Request(**json.loads(line)))


def _end_with_owner(number: int) -> None:
    import psutil

    while os.read(number, 64):
        pass
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            child.kill()
    os._exit(1)
