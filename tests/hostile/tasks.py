"""What workers are given to do in tests: work, and every way of not coming back from it."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import subprocess
import sys
import time
from pathlib import Path


def doubled(number):
    return number * 2


def done_or_dead(number):
    """Return the number unless it is odd: then this process ends on the spot."""
    if number % 2:
        os._exit(9)
    return number


def raised(number):
    raise ZeroDivisionError(number)


def slept(seconds):
    time.sleep(seconds)
    return seconds


def filled(size):
    """Return how much memory could be filled, as a reader would that catches what it can."""
    with contextlib.suppress(ValueError):
        return len(bytearray(size) + b"x")
    return 0


def kept(size):
    """Hold the memory for a while: a system that does not cap needs to see it."""
    block = bytearray(size)
    time.sleep(5)
    return len(block)


def long_answer(size):
    return b"x" * size


def died_once(flag):
    """Kill this process the first time, and answer the second time."""
    if not Path(flag).exists():
        Path(flag).touch()
        os._exit(9)
    return "done"


def spawned(marker):
    """Start a process of its own, tell its number, and hang."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    Path(marker).write_text(str(child.pid))
    time.sleep(60)


def opened_by_calamine(data):
    """Open a workbook without any check before."""
    import python_calamine

    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
    return book.get_sheet_by_index(0).to_python()


def printed(text):
    sys.stdout.write(text)
    sys.stdout.flush()
    os.write(2, text.encode())
    return "done"


def main_module(_):
    return sys.modules["__main__"].__dict__.get("script_ran", False)


def temporary(_):
    import tempfile

    return tempfile.tempdir


def prepared(folder):
    import tempfile

    tempfile.tempdir = folder


def never_ready():
    os._exit(9)


prepared_in = functools.partial(prepared, "/prepared")


def measured(source):
    """Return the reading of an export, the seconds it took, and the most memory so far."""
    from posanalytics.store.ingest import _read_one

    begun = time.monotonic()
    reading = _read_one(source)
    return reading, time.monotonic() - begun, peak()


def peak():
    """Return the most bytes that this process has held at once, or 0 where nothing tells."""
    # Not ru_maxrss: it begins with what the parent held when it started this process.
    with contextlib.suppress(OSError):
        status = Path("/proc/self/status").read_text("ascii")
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024
    return 0
