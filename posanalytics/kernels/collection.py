"""Run a collection of notebooks in parallel: any Python notebooks, each in its own kernel."""

from __future__ import annotations

import functools
import json
import logging
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from posanalytics.kernels.sources import CAN_FORK, Nursery, imports, shared
from posanalytics.wording import say
from posanalytics.workers import Limits, Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from posanalytics.kernels.sources import Leases

_LIMITS = Limits(tries=2)


@dataclass(frozen=True, kw_only=True)
class Task:
    """One notebook to run: its parameters, and where the executed one goes."""

    notebook: Path
    output: Path
    parameters: Mapping[str, Any] = field(default_factory=dict)
    timeout: int | None = None  # seconds that one cell may take


@dataclass(frozen=True, kw_only=True)
class Ran:
    """What became of one notebook; it is kept as far as it came, also where it failed."""

    task: Task
    seconds: float
    failure: str = ""


def run_notebooks(
    tasks: Sequence[Task],
    *,
    jobs: int = 2,
    forking: bool = CAN_FORK,
    progress: Callable[[int, int, Ran], None] | None = None,
) -> list[Ran]:
    """Return what became of the notebooks, in their order; ``jobs`` of them run at once.

    A notebook that fails, or kills its kernel or the process that runs it, costs itself only.
    """
    outputs = [_identity(task.output) for task in tasks]
    if len(set(outputs)) < len(outputs):
        raise ValueError(say("kernels.same_output"))
    if clash := set(outputs) & {_identity(task.notebook) for task in tasks}:
        name = next(task.output.name for task in tasks if _identity(task.output) in clash)
        raise ValueError(say("kernels.own_source", name=name))
    if jobs < 1:
        raise ValueError(say("kernels.no_jobs"))
    if not tasks:
        return []
    modules = sorted(imports(source for task in tasks for source in _sources(task.notebook)))
    done: dict[int, Ran] = {}
    with shared(Nursery(modules, {}) if forking else None) as (scratch, leases):
        prepare = functools.partial(_settle, scratch, leases, modules)
        with Pool(_ran, tasks, workers=jobs, limits=_LIMITS, prepare=prepare) as pool:
            for answer in pool.answers():
                done[answer.number] = answer.value or _lost(tasks[answer.number])
                if progress:
                    progress(len(done), len(tasks), done[answer.number])
    return [done[number] for number in range(len(tasks))]


def _identity(path: Path) -> str:
    """Return what two names of one file have in common, also where case does not matter."""
    return os.path.normcase(path.resolve()).casefold()


def _sources(notebook: Path) -> Iterable[str]:
    """Yield the code of a notebook; one that cannot be read fails later, where it is told."""
    try:
        cells = json.loads(notebook.read_text("utf-8"))["cells"]
        yield from ("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    except (OSError, ValueError, KeyError, TypeError):
        return


def _lost(task: Task) -> Ran:
    return Ran(task=task, seconds=0.0, failure=say("kernels.worker_died"))


# In a worker


def _settle(scratch: str, leases: Leases | None, modules: Sequence[str]) -> None:
    from posanalytics.kernels.engine import settle

    settle(scratch, leases, modules, {})
    # What went wrong is told once, by the caller.
    logging.getLogger("papermill").setLevel(logging.CRITICAL)


def _ran(task: Task) -> Ran:
    begun = time.monotonic()
    failure = ""
    try:
        _execute(task)
    except Exception as error:  # noqa: BLE001 - one notebook must not take the others with it
        failure = _told(error)
    return Ran(task=task, seconds=time.monotonic() - begun, failure=failure)


def _execute(task: Task) -> None:
    import papermill
    from papermill.engines import papermill_engines

    from posanalytics.kernels.engine import WarmEngine

    # papermill fills braces in paths from the parameters.
    source = str(task.notebook).replace("{", "{{").replace("}", "}}")
    declared = papermill.inspect_notebook(source)
    if unknown := sorted(task.parameters.keys() - declared.keys()):
        known = ", ".join(declared) or say("kernels.none")
        raise ValueError(say("kernels.unknown_parameter", name=unknown[0], known=known))
    papermill_engines.register("posanalytics", WarmEngine)
    WarmEngine.running = None
    try:
        papermill.execute_notebook(
            source,
            None,
            parameters=dict(task.parameters),
            engine_name="posanalytics",
            request_save_on_cell_execute=False,
            progress_bar=False,
            execution_timeout=task.timeout,
        )
    finally:
        if WarmEngine.running is not None:
            _write(WarmEngine.running, task.output)


def _write(notebook: Any, output: Path) -> None:
    """Write a notebook so that nobody sees half of it."""
    import nbformat

    output.parent.mkdir(parents=True, exist_ok=True)
    text = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    begun = f".{output.name}."
    _clear(output.parent, begun)
    part = output.with_name(f"{begun}{os.getpid()}")
    try:
        part.write_text(text + "\n", "utf-8", newline="\n")
        part.replace(output)
    finally:
        part.unlink(missing_ok=True)


def _clear(folder: Path, begun: str) -> None:
    """Remove what a killed process had begun to write and could not take back."""
    import psutil

    for path in folder.iterdir():
        owner = path.name.removeprefix(begun)
        if owner != path.name and owner.isdecimal() and not psutil.pid_exists(int(owner)):
            path.unlink(missing_ok=True)


def _told(error: Exception) -> str:
    """Return an error on one line."""
    ename, evalue = getattr(error, "ename", ""), getattr(error, "evalue", "")
    text = f"{ename}: {evalue}" if ename else f"{type(error).__name__}: {error}"
    return " ".join(text.split())[:300]
