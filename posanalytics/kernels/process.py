"""What goes on inside a process that stands ready and becomes a kernel when one is asked for."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import random
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

# What every kernel imports before its first cell, and what the first plotly figure asks for.
ALWAYS = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.debugger",
    "ipykernel.pylab.backend_inline",
    "IPython.core.completer",
    "IPython.core.logger",
    "IPython.core.magics",
    "jedi",
    "nbformat",
    "psutil",
)
_KILLED_WITH_PARENT = 1  # PR_SET_PDEATHSIG of linux/prctl.h
_ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER


class Request(NamedTuple):
    """How a kernel is started: command line after the interpreter, environment, folder."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    folder: str


def load(modules: Sequence[str]) -> str:
    """Import modules ahead of their need; «module:function» is called too.

    What cannot be imported is left to the notebook: there it fails in a cell, where it is read.
    Return the first name that left a thread running, empty if none did: with it nothing may fork.
    """
    # jsonschema would build a grammar of 1.4 s from this, for addresses that no notebook has.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    gc.disable()  # what is imported stays; looking through it again and again takes a tenth
    with _unheard():
        for name in (*ALWAYS, *modules):
            _load(name)
            if threads() > 1:
                return name
    _as_in_a_notebook()
    gc.freeze()  # a child's first collection would copy every page of what is loaded
    gc.enable()
    return ""


def _load(name: str) -> None:
    module, _, function = name.partition(":")
    # A module may end the interpreter at import: SystemExit is no Exception.
    with contextlib.suppress(Exception, SystemExit):
        loaded = importlib.import_module(module)
        if function:
            getattr(loaded, function)()


@contextlib.contextmanager
def _unheard() -> Iterator[None]:
    """Keep what modules print when they are imported from the terminal of whoever started us."""
    if sys.stdout is None:  # nobody listens
        yield
        return
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        with open(os.devnull, "wb") as nowhere:  # noqa: PTH123 - a device
            os.dup2(nowhere.fileno(), 1)
        yield
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def _as_in_a_notebook() -> None:
    """Undo what libraries decided at import because no notebook was there yet."""
    if pandas := sys.modules.get("pandas"):
        pandas.set_option("display.max_columns", 20)  # 0 outside IPython: «the terminal's width»


def threads() -> int:
    """Return how many threads this process has: only one may fork."""
    with contextlib.suppress(OSError):
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    import threading

    return threading.active_count()


def adopt_orphans() -> None:
    """Let what outlives its parent below this process become its child (Linux)."""
    _prctl(_ADOPT_ORPHANS, 1)


def die_with_parent(parent: int) -> None:
    """End this process when its parent ends; elsewhere than on Linux the kernel looks itself."""
    _prctl(_KILLED_WITH_PARENT, signal.SIGKILL)
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def become_kernel(request: Request, *, parent: int = 0) -> None:
    """Run a kernel in this process until it is shut down or its parent is gone."""
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    if hasattr(time, "tzset"):
        time.tzset()
    tempfile.tempdir = None  # of the environment that was
    sys.argv = ["ipykernel_launcher", *request.argv]
    main = ModuleType("__main__")
    main.__dict__["__builtins__"] = __builtins__
    sys.modules["__main__"] = main
    _reseed()

    from ipykernel.kernelapp import IPKernelApp

    # Without a parent it would tell the terminal how it can be reached.
    quiet = f"--IPKernelApp.parent_handle={parent}" if parent else "--log-level=50"
    IPKernelApp.launch_instance([*request.argv, quiet])


def _reseed() -> None:
    """Give each kernel random numbers of its own, as a new process has them."""
    random.seed()
    if numpy := sys.modules.get("numpy"):
        numpy.random.seed()
