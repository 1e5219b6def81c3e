"""The command line: one function per command, and every error as one plain paragraph."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from posanalytics.wording import say, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from posanalytics.reports.batch import Outcome
    from posanalytics.schema import Problem
    from posanalytics.store import LoadReport
    from posanalytics.workspace import Workspace

DONE, USAGE, SOME_QUARANTINED, BAD_DATA, INTERNAL = 0, 2, 3, 65, 70
CANNOT_WRITE, NO_SPACE, BUSY, NO_PERMISSION, BAD_PLAN = 73, 74, 75, 77, 78
_DISK_FULL = 28

app = typer.Typer(
    help=say("cli.help"), no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
)  # fmt: skip

FolderOption = Annotated[Path | None, typer.Option("--workspace", "-C", help=say("cli.workspace"))]
TermOption = Annotated[str, typer.Option("--term", help=say("cli.term"))]
JobsOption = Annotated[int, typer.Option("--jobs", min=1, help=say("cli.jobs"))]
DebugOption = Annotated[bool, typer.Option("--debug", help=say("cli.debug"))]


def _plain_errors(command: Callable[..., int]) -> Callable[..., None]:
    """Turn what can go wrong into one paragraph and the exit code of DESIGN.md section 3."""

    @functools.wraps(command)
    def wrapped(*args: Any, debug: bool = False, **kwargs: Any) -> None:
        try:
            code = command(*args, **kwargs)
        except typer.BadParameter:
            raise
        except KeyboardInterrupt:
            code = _fail(say("cli.stopped"), 130)
        except Exception as error:
            if debug:
                raise
            code = _fail(*_explained(error))
        raise typer.Exit(code)

    wrapped.__signature__ = _with_debug(command)  # type: ignore[attr-defined]
    return wrapped


def _with_debug(command: Callable[..., int]) -> Any:
    import inspect

    signature = inspect.signature(command, eval_str=True)
    flag = inspect.Parameter(
        "debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=DebugOption
    )
    return signature.replace(
        parameters=[*signature.parameters.values(), flag], return_annotation=None
    )


def _explained(error: Exception) -> tuple[str, int]:
    codes = {
        "PlanError": BAD_PLAN,
        "KeyUnusable": NO_PERMISSION,
        "StoreDamaged": BAD_DATA,
        "NotLoaded": BAD_DATA,
        "UnknownNotebook": USAGE,
        "ParameterRefused": USAGE,
        "NotEmpty": CANNOT_WRITE,
        "FolderTaken": CANNOT_WRITE,
        "ImpossibleSchool": USAGE,
        "ReportFailed": INTERNAL,
        "PageIncomplete": INTERNAL,
        "LabMissing": INTERNAL,
        "Busy": BUSY,
    }
    for kind in type(error).__mro__:
        if kind.__name__ in codes:
            return str(error), codes[kind.__name__]
    if isinstance(error, PermissionError):
        return say("cli.no_permission", name=_file_of(error)), NO_PERMISSION
    if isinstance(error, OSError):
        code = NO_SPACE if error.errno == _DISK_FULL else CANNOT_WRITE
        return say("cli.no_disk", name=_file_of(error), reason=error.strerror or ""), code
    return say("cli.internal", kind=type(error).__name__), INTERNAL


def _file_of(error: OSError) -> str:
    return Path(str(error.filename)).name if error.filename else say("cli.some_file")


def _fail(message: str, code: int) -> int:
    sys.stderr.write(message.rstrip() + "\n")
    return code


def _print(text: str = "") -> None:
    sys.stdout.write(text + "\n")


@contextlib.contextmanager
def _progress(label: str) -> Iterator[Callable[[int, int], None]]:
    """Yield a callback for done and total: a bar in a terminal, plain lines elsewhere."""
    if not sys.stderr.isatty():
        yield lambda done, total: _plain_progress(label, done, total)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _plain_progress(label: str, done: int, total: int) -> None:
    if done == total or done % max(1, total // 10) == 0:
        sys.stderr.write(f"{label}: {done}/{total}\n")


def _open(folder: Path | None) -> Workspace:
    from posanalytics.workspace import open_workspace

    return open_workspace(folder)


@contextlib.contextmanager
def _only_one(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's lock: two runs at once would write over each other."""
    import filelock

    workspace.processed.mkdir(parents=True, exist_ok=True)
    lock = filelock.FileLock(workspace.processed / "run.lock")
    try:
        with lock.acquire(timeout=0):
            yield
    except filelock.Timeout:
        raise Busy(say("cli.busy")) from None


class Busy(Exception):
    """Another run holds the workspace."""


@app.command(help=say("cli.run_help"))
@_plain_errors
def run(folder: FolderOption = None, term: TermOption = "", jobs: JobsOption = 2) -> int:
    """Load what is new, make every report that is due, write the index."""
    from posanalytics.reports import batch

    workspace = _open(folder)
    with _only_one(workspace):
        with _progress(say("cli.reading")) as progress:
            loaded = workspace.load(progress=progress)
        if loaded.changed:
            _print_load(loaded, workspace.root)
        jobs_due = batch.program(workspace, term=term)
        with _progress(say("cli.reports")) as progress:
            outcomes = batch.make(workspace, jobs_due, processes=jobs, progress=progress)
    return _print_run(outcomes, workspace, loaded)


def _print_run(outcomes: list[Outcome], workspace: Workspace, loaded: LoadReport) -> int:
    made = [outcome for outcome in outcomes if outcome.state == "made"]
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    for outcome in failed:
        sys.stderr.write(f"{outcome.output}: {outcome.message}\n")
    if not made and not failed:
        _print(say("cli.nothing_new", reports=len(outcomes)))
    else:
        _print(
            say("cli.reports_made", made=len(made), kept=len(outcomes) - len(made) - len(failed))
        )
    _print(say("cli.look", place=_shown(workspace.reports / "index.html")))
    if failed:
        return _code_of(failed[0])
    return SOME_QUARANTINED if loaded.quarantined else DONE


def _code_of(failed: Outcome) -> int:
    if not failed.errno:
        return INTERNAL
    return NO_SPACE if failed.errno == _DISK_FULL else CANNOT_WRITE


def _shown(path: Path) -> str:
    """Return a path relative to where the person stands, if it lies below."""
    with contextlib.suppress(ValueError):
        return path.resolve().relative_to(Path.cwd()).as_posix()
    return str(path)


@app.command(help=say("cli.load_help"))
@_plain_errors
def load(
    paths: Annotated[list[Path] | None, typer.Argument(help=say("cli.paths"))] = None,
    folder: FolderOption = None,
) -> int:
    """Turn exports into tidy tables and print what was read and what was not."""
    workspace = _open(folder)
    found = [path for given in paths or [] for path in _exports(given)]
    with _only_one(workspace), _progress(say("cli.reading")) as progress:
        report = workspace.load(found if paths else None, progress=progress)
    _print_load(report, workspace.root)
    if any(not path.resolve().is_relative_to(workspace.raw.resolve()) for path in found):
        _print(say("cli.load_outside"))
    for problem in report.problems or _stored_problems(workspace):
        _print(f"{say(f'cli.{problem.severity}')} {problem}")
    return SOME_QUARANTINED if report.quarantined else DONE


def _exports(given: Path) -> list[Path]:
    if not given.exists():
        raise typer.BadParameter(say("cli.no_such_path", path=given))
    return sorted(p for p in given.rglob("*") if p.is_file()) if given.is_dir() else [given]


def _stored_problems(workspace: Workspace) -> list[Problem]:
    from posanalytics.schema import Problem

    return [Problem(*row) for row in workspace.tables["problems"].itertuples(index=False)]


def _print_load(report: LoadReport, root: Path) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("file", "format", "classes", "pupils", "marks", "problems"):
        right = name in {"pupils", "marks", "problems"}
        table.add_column(say(f"cli.column_{name}"), justify="right" if right else "left")
    for source in report.sources:
        read = say(f"gradebook.title_{source.format}") if source.format else say("cli.not_read")
        numbers = (str(source.pupils), str(source.marks), str(source.problems or ""))
        table.add_row(source.file, read, ", ".join(source.classes), *numbers)
    width = None if sys.stdout.isatty() else 140
    Console(width=width, highlight=False, markup=False).print(table)
    if not report.changed:
        _print(say("cli.load_unchanged"))
    if not report.sources:
        _print(say("cli.load_empty", folder=_shown(root / "data" / "raw")))


@app.command(help=say("cli.check_help"))
@_plain_errors
def check(folder: FolderOption = None, term: TermOption = "") -> int:
    """Say what this plan can conclude, before any result is computed."""
    from posanalytics.briefing import ability_text, missing_from_data
    from posanalytics.study import Study

    workspace = _open(folder)
    with _only_one(workspace):
        workspace.load()
    study = Study(workspace, term)
    for line in missing_from_data(study):
        _print(say("cli.warning") + " " + line)
    for ability in study.abilities():
        _print(ability_text(ability))
        _print()
    return DONE


@app.command(help=say("cli.report_help"))
@_plain_errors
def report(
    name: Annotated[str, typer.Argument(help=say("cli.report_name"))] = "",
    parameters: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help=say("cli.parameter"))
    ] = None,
    folder: FolderOption = None,
) -> int:
    """Make one report from its notebook, or list the reports that stand."""
    from posanalytics.reports import batch

    workspace = _open(folder)
    if not name:
        for made in workspace.ledger.reports().values():
            _print(f"{made.output}  {made.notebook}  {made.parameters}  {made.made_at}")
        return DONE
    given = dict(_pair(text) for text in parameters or [])
    with _only_one(workspace):
        workspace.load()
        job = batch.job_for(workspace, name, given)
        outcome = batch.make(workspace, [job], processes=1, always=True)[0]
    if outcome.state == "failed":
        return _fail(outcome.message, _code_of(outcome))
    _print(say("cli.look", place=_shown(workspace.reports / outcome.output)))
    return DONE


def pairs_joined(arguments: list[str]) -> list[str]:
    """Return the arguments with `-p name value`, papermill's form, written as `-p name=value`."""
    joined: list[str] = []
    left = list(arguments)
    while left:
        word = left.pop(0)
        joined.append(word)
        if word in {"-p", "--parameter"} and len(left) > 1 and "=" not in left[0]:
            joined.append(f"{left.pop(0)}={left.pop(0)}")
    return joined


def _pair(text: str) -> tuple[str, str]:
    name, separator, value = text.partition("=")
    if not separator:
        raise typer.BadParameter(say("cli.bad_parameter", text=text))
    return name, value


@app.command(help=say("cli.init_help"))
@_plain_errors
def init(folder: Annotated[Path, typer.Argument(help=say("cli.init_folder"))]) -> int:
    """Make a new workspace: a commented plan, notebooks, environment.yml."""
    from posanalytics.reports import scaffold

    scaffold.new_workspace(folder)
    _print(say("cli.init_done", folder=folder))
    return DONE


@app.command(help=say("cli.demo_help"))
@_plain_errors
def demo(
    folder: Annotated[Path, typer.Argument(help=say("cli.init_folder"))],
    seed: Annotated[int | None, typer.Option(help=say("cli.seed"))] = None,
    effect: Annotated[float, typer.Option(help=say("cli.effect"))] = 0.30,
) -> int:
    """Make a workspace with a made-up school whose true effect is known."""
    from posanalytics.demo import DEFAULT_SEED, write_demo
    from posanalytics.reports import scaffold

    truth = write_demo(folder, seed=DEFAULT_SEED if seed is None else seed, effect=effect)
    scaffold.furnish(folder)
    _print(say("cli.demo_done", folder=folder, effect=signed(truth.effect_realised)))
    return DONE


@app.command(help=say("cli.lab_help"))
@_plain_errors
def lab(folder: FolderOption = None) -> int:
    """Open JupyterLab on the workspace."""
    from posanalytics.reports import launch

    return launch.lab(_open(folder).root)


@app.callback()
def _options(
    *,
    version: Annotated[bool, typer.Option("--version", help=say("cli.version"))] = False,
) -> None:
    if version:
        from posanalytics import __version__

        _print(f"posanalytics {__version__}")
        raise typer.Exit(DONE)
    os.environ.setdefault("JUPYTER_PLATFORM_DIRS", "1")
