"""What goes on inside a process that stands ready and becomes a kernel when one is asked for."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import random
import sys
import time
from types import ModuleType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What every kernel imports before its first cell, and what the first plotly figure asks for.
ALWAYS = (
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.pylab.backend_inline",
    "IPython.core.completer",
    "IPython.core.magics",
    "jedi",
    "nbformat",
)


class Request(NamedTuple):
    """How a kernel is started: command line after the interpreter, environment, folder."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    folder: str


def load(modules: Sequence[str]) -> None:
    """Import modules ahead of their need; «module:function» is called too.

    What cannot be imported is left to the notebook: there it fails in a cell, where it is read.
    """
    # jsonschema would build a grammar of 1.4 s from this, for addresses that no notebook has.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    for name in (*ALWAYS, *modules):
        module, _, function = name.partition(":")
        with contextlib.suppress(Exception):
            loaded = importlib.import_module(module)
            if function:
                getattr(loaded, function)()
    _as_in_a_notebook()
    gc.collect()
    gc.freeze()  # a child's first collection would copy every page of what is loaded


def _as_in_a_notebook() -> None:
    """Undo what libraries decided at import because no notebook was there yet."""
    if pandas := sys.modules.get("pandas"):
        pandas.set_option("display.max_columns", 20)  # 0 outside IPython: «the terminal's width»


def threads() -> int:
    """Return how many threads this process has: only one may fork."""
    with contextlib.suppress(OSError):
        return len(os.listdir("/proc/self/task"))
    import threading

    return threading.active_count()


def become_kernel(request: Request, *, parent: int = 0) -> None:
    """Run a kernel in this process until it is shut down or its parent is gone."""
    os.chdir(request.folder)
    os.environ.clear()
    os.environ.update(request.environment)
    if hasattr(time, "tzset"):
        time.tzset()
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
