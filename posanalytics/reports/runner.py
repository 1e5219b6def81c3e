"""Run notebooks by papermill and publish their pages: all of a report or nothing of it."""

from __future__ import annotations

import atexit
import functools
import gc
import hashlib
import json
import os
import re
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from posanalytics import __version__
from posanalytics.kernels.sources import CAN_FORK, Nursery, shared
from posanalytics.reports.discretion import cleaned, without_paths
from posanalytics.reports.parameters import (
    Facts,
    ParameterRefused,
    checked,
    notebook_cells,
)
from posanalytics.wording import say
from posanalytics.workers import Limits, Pool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from posanalytics.kernels.engine import WarmEngine
    from posanalytics.kernels.sources import Leases

# jsonschema would build a grammar of 1.4 s from this package, for addresses that no notebook has;
# it takes None for «absent». Here, because this module comes before all that need jsonschema.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

_ENGINE = "posanalytics-report"
TIMEOUT = 600  # seconds that one cell may take
# Sums of floating-point numbers depend on how many threads share them: one, on every machine.
_KERNEL_ENVIRONMENT = {
    "PLOTLY_RENDERER": "plotly_mimetype",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
# What the kernels of reports have imported before their first cell; the import runs ahead of
# everything else that a command has to do.
_READY = ("pandas", "posanalytics.reports.rehearsal:rehearse")
_LIMITS = Limits(tries=2)  # time is limited cell by cell
_standing: list[Nursery] = []


class ReportFailed(Exception):
    """A report was not published; the message says why, in one paragraph."""


@dataclass(frozen=True, kw_only=True)
class Job:
    """One report to make: a notebook, its parameters, and where its files go."""

    notebook: Path
    parameters: Mapping[str, object]
    workspace: Path
    output: Path
    executed: Path
    facts: Facts = field(default_factory=Facts)
    timeout: int = TIMEOUT
    failed: Path | None = None


@dataclass(frozen=True, kw_only=True)
class ReportResult:
    """What became of one report: its page, or why there is none."""

    output: Path
    executed: Path
    seconds: float
    figures: int = 0
    failure: str = ""
    errno: int = 0  # of the system, where a file could not be written

    @property
    def succeeded(self) -> bool:
        """Whether the page was published."""
        return not self.failure


def job_key(notebook: Path, parameters: Mapping[str, object], inputs_digest: str) -> str:
    """Return the key under which an unchanged report need not be made again.

    It holds the cells' text (not their outputs), the parameters, the data and our version.
    """
    cells = [
        (cell.get("cell_type"), "".join(cell.get("source", "")), cell.get("metadata", {}))
        for cell in notebook_cells(notebook)
    ]
    parts = [cells, dict(parameters), inputs_digest, __version__]
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def run_report(  # noqa: PLR0913 - one report has this many places
    notebook: Path,
    parameters: Mapping[str, object],
    *,
    workspace: Path,
    output: Path,
    executed: Path,
    facts: Facts | None = None,
    timeout: int = TIMEOUT,
    failed: Path | None = None,
) -> ReportResult:
    """Return the published report; ``timeout`` is in seconds for each cell.

    Raises
    ------
    ParameterRefused
        The parameters are not those that the notebook declares.
    ReportFailed
        Nothing was published, an earlier page stays. The notebook with its error is kept as
        ``failed`` (data/processed/_state/failed/ of the workspace unless given).
    """
    begun = time.monotonic()
    job = Job(
        notebook=notebook.resolve(),
        parameters=checked(notebook, parameters),
        workspace=workspace.resolve(),
        output=output,
        executed=executed,
        facts=facts or Facts(),
        timeout=timeout,
        failed=failed,
    )
    figures = _publish(job, _executed(job))
    _failed_path(job).unlink(missing_ok=True)
    return ReportResult(
        output=output, executed=executed, seconds=time.monotonic() - begun, figures=figures
    )


def get_ready() -> None:
    """Start what kernels are forked from, as soon as it is sure that a report will be made.

    ``run_reports`` takes it over; if it is not called, it ends with this process.
    """
    if CAN_FORK and not _standing:
        _standing.append(Nursery(_READY, _KERNEL_ENVIRONMENT))


@atexit.register
def _dismiss() -> None:
    while _standing:
        _standing.pop().discard()


def run_reports(
    jobs: Sequence[Job],
    *,
    processes: int = 2,
    forking: bool = CAN_FORK,
    progress: Callable[[int, int, ReportResult], None] | None = None,
    meanwhile: Callable[[], object] | None = None,
) -> list[ReportResult]:
    """Return the results in the order of the jobs; each is made in a process of its own kind.

    A worker that is killed costs one more try of its report; the others go on. ``progress`` is
    called with the number done, the number of all, and the result. An interruption (Ctrl-C)
    ends workers and kernels and is passed on; what is published by then stays. Without
    ``forking`` each worker has kernels of its own standing by. ``meanwhile`` is called once all
    of them have started.
    """
    pages = [os.path.normcase(job.output.resolve()).casefold() for job in jobs]
    if len(set(pages)) < len(pages):
        twice = next(page for page in pages if pages.count(page) > 1)
        raise ValueError(f"Two reports would be written to {Path(twice).name}.")
    if not jobs:
        return []
    results: dict[int, ReportResult] = {}
    if forking:
        get_ready()
    with shared(_standing.pop() if forking else None) as (scratch, leases):
        prepare = functools.partial(_settle, scratch, leases)
        with Pool(_result, jobs, workers=processes, limits=_LIMITS, prepare=prepare) as pool:
            if meanwhile:
                meanwhile()
            for answer in pool.answers():
                result = answer.value or _given_up(jobs[answer.number])
                results[answer.number] = result
                if progress:
                    progress(len(results), len(jobs), result)
    return [results[number] for number in range(len(jobs))]


# Execution


def _executed(job: Job) -> Any:
    """Return the executed notebook, every code cell of it completed."""
    papermill, engine = _papermill()
    with tempfile.TemporaryDirectory(prefix="posanalytics-") as scratch:
        engine.running = None
        try:
            notebook = papermill.execute_notebook(
                # papermill fills braces in paths from the parameters
                str(job.notebook).replace("{", "{{").replace("}", "}}"),
                None,
                parameters=dict(job.parameters),
                engine_name=_ENGINE,
                kernel_name="python3",
                language="python",
                request_save_on_cell_execute=False,
                progress_bar=False,
                execution_timeout=job.timeout,
                extra_arguments=[
                    "--InteractiveShellApp.ignore_cwd=True",
                    "--HistoryManager.enabled=False",
                ],
                resources={"metadata": {"path": str(job.workspace)}},
                kernel_environment={**_KERNEL_ENVIRONMENT, "IPYTHONDIR": scratch},
            )
        except Exception as error:
            kept = _keep(job, engine.running)
            raise ReportFailed(_reason(job, error, engine.running, kept)) from error
    if (cell := _unfinished(notebook)) is not None:
        kept = _keep(job, notebook)
        raise ReportFailed(_failure(job, "cell_unfinished", kept, cell=cell))
    return notebook


@functools.cache
def _papermill() -> tuple[Any, type[WarmEngine]]:
    """Return papermill with our engine in it, and that engine."""
    import logging

    import papermill
    from papermill.engines import papermill_engines

    from posanalytics.kernels.engine import WarmEngine, warm_up
    from posanalytics.kernels.manager import WarmKernelManager

    warm_up(_READY, _KERNEL_ENVIRONMENT)

    class ReportEngine(WarmEngine):
        """The engine on warm kernels, with the environment of a report."""

        any_kernel = True

        @classmethod
        def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, **options: Any) -> Any:
            WarmKernelManager.environment = options.pop("kernel_environment")
            return super().execute_managed_notebook(nb_man, kernel_name, **options)

    papermill_engines.register(_ENGINE, ReportEngine)
    # It logs paths and, from the kernel client, whole tracebacks; ReportFailed says it once.
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    return papermill, WarmEngine


def _unfinished(notebook: Any) -> int | None:
    """Return the number of the first code cell that did not run to its end, if there is one."""
    for number, cell in _code_cells(notebook):
        state = cell.metadata.get("papermill", {})
        done = state.get("status") == "completed" and not state.get("exception")
        failed = any(output["output_type"] == "error" for output in cell.get("outputs", []))
        if cell.source.strip() and (failed or not done or cell.execution_count is None):
            return number
    return None


def _last_started(notebook: Any) -> int:
    """Return the number of the code cell that was running when the notebook stopped."""
    # papermill calls a cell completed even where its kernel died: only the start is sure.
    return max(
        number
        for number, cell in [(0, None), *_code_cells(notebook)]
        if cell is None or cell.metadata.get("papermill", {}).get("start_time")
    )


def _code_cells(notebook: Any) -> Iterator[tuple[int, Any]]:
    return enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1)


def _reason(job: Job, error: Exception, running: Any, kept: str) -> str:
    """Return the paragraph that says why the notebook did not run to its end."""
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    cell = _last_started(running) if running else 0
    if isinstance(error, PapermillExecutionError):
        said = f"{error.ename}: {error.evalue}".rstrip(": ")
        return _failure(job, "cell_failed", kept, cell=cell, error=_one_line(job, said))
    if isinstance(error, DeadKernelError):
        return _failure(job, "kernel_died", kept, cell=cell)
    if isinstance(error, CellTimeoutError):
        return _failure(job, "cell_timeout", kept, cell=cell, seconds=job.timeout)
    return _failure(job, "kernel_not_started", kept, error=_one_line(job, str(error)))


def _failure(job: Job, key: str, kept: str, **slots: Any) -> str:
    slots = {"report": job.output.stem, "notebook": job.notebook.name, **slots}
    said = say(f"reports.{key}", kept=kept, **slots)
    return said.rstrip()


def _one_line(job: Job, text: str, limit: int = 300) -> str:
    """Return an error's text on one line: no colours, no paths of this machine."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", without_paths(text, job.workspace))
    line = " ".join(plain.split()).rstrip(".")
    return f"«{line[:limit]}…»" if len(line) > limit else f"«{line}»"


# Publication


def _publish(job: Job, notebook: Any) -> int:
    """Write executed notebook and page, each at once, and return the number of figures."""
    from posanalytics.reports import inspection, page
    from posanalytics.reports.downloads.folder import beside
    from posanalytics.store.files import publish, reason

    notebook = cleaned(notebook, job.workspace)
    # How the report came about stands in its files as on its page.
    passport = page.passport(notebook, job.facts, job.notebook.stem)
    files = beside(notebook, facts=job.facts, stem=job.output.stem, about=passport)
    facts = replace(job.facts, downloads=files.links)
    html = page.render(notebook, facts=facts, name=job.notebook.stem)
    try:
        figures = inspection.check(notebook, html)
    except inspection.PageIncomplete as error:
        kept = _keep(job, notebook)
        raise ReportFailed(_failure(job, "page_failed", kept, reason=error)) from error
    source = _text(notebook)
    ours = False
    try:
        publish(job.executed, lambda file: page.write(file, source))
        ours = files.publish(job.output.parent)
        # The page comes last: whoever sees it finds everything else in place.
        publish(job.output, lambda file: page.write(file, html))
    except OSError as error:
        if ours:
            files.withdraw(job.output)
        said = reason(error)
        raise ReportFailed(_failure(job, "not_written", "", error=said)) from error
    files.clear_older(job.output.parent)
    return figures


def _keep(job: Job, notebook: Any) -> str:
    """Keep a notebook that failed, and return the sentence that says where."""
    from posanalytics.reports import page
    from posanalytics.store.files import publish

    if notebook is None:
        return ""
    path = _failed_path(job)
    source = _text(cleaned(notebook, job.workspace))
    try:
        publish(path, lambda file: page.write(file, source))
    except OSError:
        return ""
    shown = path.relative_to(job.workspace) if path.is_relative_to(job.workspace) else path
    return say("reports.kept", path=shown.as_posix())


def _failed_path(job: Job) -> Path:
    folder = job.workspace / "data" / "processed" / "_state" / "failed"
    return job.failed or folder / f"{job.output.stem}.ipynb"


def _text(notebook: Any) -> str:
    import nbformat

    text: str = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    return text + "\n"


# Several reports at once


def _settle(scratch: str, leases: Leases | None) -> None:
    """Make a worker keep what is temporary where it is tidied up after a kill."""
    gc.disable()  # what is imported now stays
    from posanalytics.kernels.engine import settle
    from posanalytics.reports import page

    settle(scratch, leases, _READY, _KERNEL_ENVIRONMENT)
    # While the first kernel is getting ready there is time for what the first page needs.
    _papermill()
    page.prepare()
    gc.freeze()
    gc.enable()


def _given_up(job: Job) -> ReportResult:
    return _without_page(job, say("reports.worker_died", report=job.output.stem))


def _without_page(job: Job, failure: str, seconds: float = 0.0) -> ReportResult:
    return ReportResult(output=job.output, executed=job.executed, seconds=seconds, failure=failure)


def _result(job: Job) -> ReportResult:
    """Return what became of a job, a failure told in words."""
    begun = time.monotonic()
    try:
        return run_report(
            job.notebook,
            job.parameters,
            workspace=job.workspace,
            output=job.output,
            executed=job.executed,
            facts=job.facts,
            timeout=job.timeout,
            failed=job.failed,
        )
    except (ReportFailed, ParameterRefused) as error:
        said, cause = str(error), error.__cause__
    except Exception as error:  # noqa: BLE001 - one report must not take the others with it
        from posanalytics.store.files import reason

        if isinstance(error, OSError) and error.errno:
            shown = reason(error)
        else:
            shown = _one_line(job, f"{type(error).__name__}: {error}")
        said, cause = say("reports.unexpected", report=job.output.stem, error=shown), error
    result = _without_page(job, said, time.monotonic() - begun)
    return replace(result, errno=cause.errno or 0) if isinstance(cause, OSError) else result
