"""The command line: one function per command, and every error as one plain paragraph."""

from __future__ import annotations

import contextlib
import functools
import os
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from posanalytics.usage import Command, Group
from posanalytics.wording import say, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from posanalytics.gradebook.preview import Look, Preview
    from posanalytics.reports.batch import Outcome
    from posanalytics.schema import Problem
    from posanalytics.store import LoadReport, SourceSummary
    from posanalytics.workspace import Workspace

DONE, USAGE, SOME_QUARANTINED, BAD_DATA, INTERNAL = 0, 2, 3, 65, 70
CANNOT_WRITE, NO_SPACE, BUSY, NO_PERMISSION, BAD_PLAN = 73, 74, 75, 77, 78
_DISK_FULL = 28
# Longer lists are shortened where nothing in them needs a person.
_MOST_FILES = 40
_MOST_NOTES = 40
_FORMAT_COLUMN, _WIDEST_FORMAT = 2, 44
_ABOUT_CODES = ("codes_unknown", "codes_shared", "codes_elsewhere", "codes_in_raw")

app = typer.Typer(
    cls=Group, help=say("cli.help"),
    no_args_is_help=True, add_completion=False, rich_markup_mode=None,
    pretty_exceptions_enable=False,
)  # fmt: skip

_command = functools.partial(app.command, cls=Command)

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
        except (typer.BadParameter, BrokenPipeError):  # the latter ends quietly, as for any tool
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
        "UnknownReport": USAGE,
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
    if isinstance(error, OSError):
        return _disk_trouble(error)
    return say("cli.internal", kind=type(error).__name__), INTERNAL


def _disk_trouble(error: OSError) -> tuple[str, int]:
    """Return what to say of a file that could not be read or written, and the exit code."""
    from posanalytics.store.files import name_meant, reason

    name = name_meant(str(error.filename)) if error.filename else say("cli.some_file")
    if isinstance(error, PermissionError):
        return say("cli.no_permission", name=name), NO_PERMISSION
    code = NO_SPACE if error.errno == _DISK_FULL else CANNOT_WRITE
    return say("cli.no_disk", name=name, reason=reason(error)), code


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


@_command(help=say("cli.run_help"))
@_plain_errors
def run(folder: FolderOption = None, term: TermOption = "", jobs: JobsOption = 2) -> int:
    """Load what is new, make every report that is due, write the index."""
    from posanalytics.reports import batch, runner
    from posanalytics.store.files import writable

    workspace = _open(folder)
    writable(workspace.reports)
    with _only_one(workspace):
        with _progress(say("cli.reading")) as progress:
            loaded = workspace.load(progress=progress, jobs=jobs)
        if loaded.changed:
            runner.get_ready()
            _print_load(loaded, workspace.root)
        jobs_due = batch.program(workspace, term=term)
        with _progress(say("cli.reports")) as progress:
            outcomes = batch.make(workspace, jobs_due, processes=jobs, progress=progress)
        failed = {outcome.output for outcome in outcomes if outcome.state == "failed"}
        old = batch.outdated(workspace) - failed
    code = _print_run(outcomes, loaded)
    if old:
        _print(say("cli.outdated", reports=len(old), names=", ".join(map(_stem, sorted(old)))))
    _print(say("cli.look", place=_shown(workspace.reports / "index.html")))
    return code


def _stem(output: str) -> str:
    return output.removesuffix(".html")


def _print_run(outcomes: list[Outcome], loaded: LoadReport) -> int:
    became: Counter[str] = Counter(outcome.state for outcome in outcomes)
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    _print_failed(failed)
    if became["kept"] == len(outcomes):
        _print(say("cli.nothing_new", reports=len(outcomes)))
    else:
        states = ("made", "renewed", "restored", "kept", "failed")
        told = [say(f"cli.reports_{key}", count=became[key]) for key in states if became[key]]
        _print(say("cli.reports_ready", told=", ".join(told)))
    if failed:
        return _code_of(failed[0])
    return SOME_QUARANTINED if loaded.quarantined else DONE


def _print_failed(failed: Sequence[Outcome]) -> None:
    """Say why reports were not made; what the disk refused for several of them, once."""
    refused = Counter(outcome.errno for outcome in failed if outcome.errno)
    told: set[int] = set()
    for outcome in failed:
        number = outcome.errno
        if number not in told:
            sys.stderr.write(f"{outcome.message}\n")
        if refused[number] > 1 and number not in told:
            told.add(number)
            sys.stderr.write(say("cli.same_trouble", count=refused[number] - 1) + "\n")


def _code_of(failed: Outcome) -> int:
    if not failed.errno:
        return INTERNAL
    return NO_SPACE if failed.errno == _DISK_FULL else CANNOT_WRITE


def _shown(path: Path) -> str:
    """Return a path relative to where the person stands, if it lies below."""
    with contextlib.suppress(ValueError):
        return path.resolve().relative_to(Path.cwd()).as_posix()
    return str(path)


@_command(help=say("cli.load_help"))
@_plain_errors
def load(  # noqa: PLR0913 - each option of the command is an argument
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar=say("usage.files_here"), help=say("cli.paths"))
    ] = None,
    *,
    folder: FolderOption = None,
    explain: Annotated[bool, typer.Option("--explain", help=say("cli.explain"))] = False,
    preview: Annotated[bool, typer.Option("--preview", help=say("cli.preview"))] = False,
    force: Annotated[bool, typer.Option("--force", help=say("cli.force"))] = False,
    codes: Annotated[list[Path] | None, typer.Option("--codes", help=say("cli.codes"))] = None,
) -> int:
    """Turn exports into tidy tables and print what was read and what was not."""
    if explain or preview:
        return _look_at(paths, folder, write=preview, force=force)
    workspace = _open(folder)
    found = [path for given in paths or [] for path in _exports(given)]
    if codes and not _keep_codes(codes, workspace):
        return BAD_DATA
    with _only_one(workspace), _progress(say("cli.reading")) as progress:
        report = workspace.load(found if paths else None, progress=progress)
    problems = report.problems or _stored_problems(workspace)
    if codes and not paths:
        _print_problems(_about_codes(problems))
        return SOME_QUARANTINED if report.quarantined else DONE
    _print_load(report, workspace.root)
    if any(not path.resolve().is_relative_to(workspace.raw.resolve()) for path in found):
        _print(say("cli.load_outside"))
    _print_problems(problems)
    return SOME_QUARANTINED if report.quarantined else DONE


def _about_codes(problems: Sequence[Problem]) -> list[Problem]:
    """Return what is said about participants under codes."""
    about = {say(f"store.{key}_expected") for key in _ABOUT_CODES}
    return [problem for problem in problems if problem.expected in about]


def _keep_codes(paths: list[Path], workspace: Workspace) -> bool:
    """Remember whose participants' codes are; return whether the files told any."""
    from posanalytics.store.codes import keep_codes

    lists = [path for given in paths for path in _exports(given)]
    with _only_one(workspace):
        kept = keep_codes(lists, workspace.raw, workspace.processed)
    for problem in kept.problems:
        _print(f"{say(f'cli.{problem.severity}')} {problem}")
    _print(say("store.codes_kept" if kept.codes else "store.codes_none", codes=kept.codes))
    return kept.codes > 0


def _look_at(paths: list[Path] | None, folder: Path | None, *, write: bool, force: bool) -> int:
    """Print what exports are and what would be read; with `write`, propose mapping files."""
    from posanalytics.store.sources import looks_of

    if not paths:
        raise typer.BadParameter(say("cli.look_what"))
    found = [path for given in paths for path in _exports(given)]
    raw = _raw_of(folder)
    worst = DONE
    looks = looks_of(found, raw)
    for look, seen in zip(looks, _seen(looks), strict=True):
        _print_preview(seen)
        if write:
            worst = max(worst, _propose(look.path, seen, force=force))
        _print_problems(seen.problems)
        worst = max(worst, DONE if seen.sheets else SOME_QUARANTINED)
        _print()
    return worst


def _raw_of(folder: Path | None) -> Path | None:
    """Return data/raw of the workspace around, None outside one: looking needs no plan."""
    start = Path(folder) if folder else Path.cwd()
    roots = [start] if folder else [start, *start.parents]
    root = next((place for place in roots if (place / "plan.yml").exists()), None)
    return root and (root / "data" / "raw")


def _seen(looks: Sequence[Look]) -> list[Preview]:
    """Return the previews of exports, made in workers: a file may be hostile."""
    from posanalytics.gradebook import guard, preview
    from posanalytics.workers import Pool

    workers = guard.workers_for(looks, jobs=2)
    with Pool(preview.look_at, looks, workers=workers, limits=guard.LIMITS) as pool:
        answers = {number: (state, seen) for number, state, seen in pool.answers()}
    told = [(look, *answers[number]) for number, look in enumerate(looks)]
    return [
        seen or preview.refused(look, guard.rejected(look.name, state))
        for look, state, seen in told
    ]


def _print_preview(seen: Preview) -> None:
    from posanalytics.gradebook import preview_text

    for line in preview_text.told(seen):
        _print(line)
    for table in seen.tables:
        for line in preview_text.table_lines(table):
            _print(line)
        _print_rows([table.header, *table.sample])
    _print_rows(seen.sample)


def _print_rows(rows: Sequence[Sequence[str]], *, numbers: int = 0) -> None:
    """Print a table whose first row is its header and whose last columns are numbers."""
    from rich.console import Console
    from rich.table import Table

    if not rows:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, title in enumerate(rows[0], 1):
        right = place > len(rows[0]) - numbers
        # One line per export, however long the name of its format is.
        short = numbers > 0 and place == _FORMAT_COLUMN
        table.add_column(
            title,
            justify="right" if right else "left",
            no_wrap=short,
            max_width=_WIDEST_FORMAT if short else None,
        )
    for row in rows[1:]:
        table.add_row(*row)
    width = None if sys.stdout.isatty() else 140
    Console(width=width, highlight=False, markup=False).print(table)


def _propose(path: Path, seen: Preview, *, force: bool) -> int:
    """Write the mapping file of an export; return the exit code."""
    from posanalytics.gradebook.mapping_files import mapping_path
    from posanalytics.gradebook.mapping_text import mapping_text

    if not seen.sheets:
        return DONE
    beside = mapping_path(path)
    if beside.exists() and not force:
        return _fail(say("cli.mapping_stands", name=beside.name), CANNOT_WRITE)
    beside.write_text(mapping_text(seen), "utf-8")
    _print(say("cli.mapping_written" if seen.is_clear else "cli.mapping_asks", name=beside.name))
    return DONE


def _exports(given: Path) -> list[Path]:
    from posanalytics.store.sources import exports_below

    if not given.exists():
        raise typer.BadParameter(say("cli.no_such_path", path=given))
    return exports_below(given) if given.is_dir() else [given]


def _stored_problems(workspace: Workspace) -> list[Problem]:
    from posanalytics.schema import Problem

    return [Problem(*row) for row in workspace.tables["problems"].itertuples(index=False)]


def _print_load(report: LoadReport, root: Path) -> None:
    columns = ("file", "format", "classes", "pupils", "marks", "problems")
    header = [say(f"cli.column_{name}") for name in columns]
    _print_rows([header, *_load_rows(report.sources)], numbers=3)
    if not report.changed:
        _print(say("cli.load_unchanged"))
    if not report.sources:
        _print(say("cli.load_empty", folder=_shown(root / "data" / "raw")))


def _load_rows(sources: Sequence[SourceSummary]) -> list[list[str]]:
    """Return a row per export; of very many, those without problems share one per folder."""
    rows = []
    quiet: dict[tuple[str, str], list[SourceSummary]] = {}
    for source in sources:
        quietly = source.format and not source.problems and not source.displaced
        if len(sources) > _MOST_FILES and quietly:
            folder = source.file.rpartition("/")[0]
            quiet.setdefault((folder, source.format), []).append(source)
            continue
        read = say(f"gradebook.title_{source.format}") if source.format else say("cli.not_read")
        numbers = (str(source.pupils), _marks_used(source), str(source.problems or ""))
        rows.append([source.file, read, ", ".join(source.classes), *numbers])
    return rows + [_together(*key, same) for key, same in quiet.items()]


def _marks_used(source: SourceSummary) -> str:
    """Return how many marks an export has, and how many are left beside a later export."""
    if not source.displaced:
        return str(source.marks)
    return f"{source.marks} → {max(0, source.marks - source.displaced)}"


def _together(folder: str, form: str, same: Sequence[SourceSummary]) -> list[str]:
    """Return the row of several exports of one folder and format; pupils are not summed up."""
    from posanalytics.labels import class_order

    if len(same) == 1:
        name, pupils = same[0].file, str(same[0].pupils)
    else:
        name, pupils = say("cli.files_together", folder=folder or ".", files=len(same)), ""
    classes = sorted({label for source in same for label in source.classes}, key=class_order)
    marks = str(sum(source.marks for source in same))
    return [name, say(f"gradebook.title_{form}"), ", ".join(classes), pupils, marks, ""]


def _print_problems(problems: Sequence[Problem]) -> None:
    """Print what needs a person; of very many mere notes the first, and how many there are."""
    notes = [problem for problem in problems if problem.severity == "note"]
    hidden = set(map(id, notes[_MOST_NOTES:]))
    for problem in problems:
        if id(problem) not in hidden:
            _print(f"{say(f'cli.{problem.severity}')} {problem}")
    if hidden:
        _print(say("cli.more_notes", notes=len(hidden)))


@_command(help=say("cli.check_help"))
@_plain_errors
def check(folder: FolderOption = None, term: TermOption = "") -> int:
    """Say what this plan can conclude, before any result is computed."""
    from posanalytics.briefing import (
        ability_text,
        cannot_compare,
        missing_from_data,
        questions_to_plan,
        without_marks,
    )
    from posanalytics.study import Study

    workspace = _open(folder)
    with _only_one(workspace):
        workspace.load()
    study = Study(workspace, term)
    empty = without_marks(study)
    for line in (*empty, *missing_from_data(study), *questions_to_plan(study)):
        _print(say("cli.warning") + " " + line)
    waiting = cannot_compare(study)
    if waiting:
        _print(say("workspace.when_marks_come"))
    for ability in study.abilities():
        _print(ability_text(ability))
        _print()
    return BAD_DATA if waiting else DONE


@_command(help=say("cli.report_help"))
@_plain_errors
def report(
    name: Annotated[
        str, typer.Argument(metavar=say("usage.name_here"), help=say("cli.report_name"))
    ] = "",
    parameters: Annotated[
        list[str] | None, typer.Option("--parameter", "-p", help=say("cli.parameter"))
    ] = None,
    folder: FolderOption = None,
    *,
    show: Annotated[bool, typer.Option("--open", help=say("cli.report_open"))] = False,
    delete: Annotated[bool, typer.Option("--delete", help=say("cli.report_delete"))] = False,
) -> int:
    """Make one report from its notebook or once more; list, open or delete those that stand."""
    given = dict(_pair(text) for text in parameters or [])
    workspace = _open(folder)
    if delete:
        return _delete_report(workspace, name)
    if not name:
        return _list_reports(workspace, show=show)
    stands = workspace.ledger.reports().get(name.removesuffix(".html") + ".html")
    if stands and show and not given:
        return _show(workspace.reports / stands.output)
    outcome = _make_report(workspace, name, given)
    if outcome.state == "failed":
        return _fail(outcome.message, _code_of(outcome))
    _print(say("cli.look", place=_shown(workspace.reports / outcome.output)))
    return _show(workspace.reports / outcome.output) if show else DONE


def _make_report(workspace: Workspace, name: str, given: dict[str, str]) -> Outcome:
    """Make a report by the name of its notebook, or once more by the name of its page."""
    from posanalytics.reports import runner
    from posanalytics.store.files import writable

    writable(workspace.reports)

    runner.get_ready()
    from posanalytics.reports import batch, shelf

    with _only_one(workspace):
        workspace.load()
        stands = shelf.find(workspace, name)
        if stands and given and not (workspace.notebooks / f"{name}.ipynb").is_file():
            raise typer.BadParameter(say("cli.report_is_page", name=name, notebook=stands.notebook))
        stands = None if given else stands
        job = (
            shelf.job_again(workspace, stands) if stands else batch.job_for(workspace, name, given)
        )
        return batch.make(workspace, [job], processes=1, always=True)[0]


def _list_reports(workspace: Workspace, *, show: bool) -> int:
    from posanalytics.reports import shelf

    columns = ("question", "class", "term", "made", "name")
    listed = shelf.listed(workspace)
    if listed:
        _print_rows([[say(f"cli.column_{name}") for name in columns], *listed])
        _print(say("cli.list_help"))
    else:
        _print(say("cli.list_empty"))
    return _show(workspace.reports / "index.html") if show else DONE


def _delete_report(workspace: Workspace, name: str) -> int:
    from posanalytics.reports import shelf

    if not name:
        raise typer.BadParameter(say("cli.report_which"))
    with _only_one(workspace):
        left = shelf.delete(workspace, name)
    _print(say("cli.report_deleted", name=name))
    for path in left:
        _print(say("cli.report_left", place=_shown(path)))
    return DONE


def _show(page: Path) -> int:
    """Open a page in the browser of whoever asked."""
    import webbrowser

    if not page.is_file() or not webbrowser.open(page.resolve().as_uri()):
        return _fail(say("cli.report_not_opened", place=_shown(page)), INTERNAL)
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


@_command(help=say("cli.init_help"))
@_plain_errors
def init(
    folder: Annotated[
        Path, typer.Argument(metavar=say("usage.folder_here"), help=say("cli.init_folder"))
    ],
) -> int:
    """Make a new workspace: a commented plan, notebooks, environment.yml."""
    from posanalytics.reports import scaffold

    scaffold.new_workspace(folder)
    _print(say("cli.init_done", folder=folder))
    return DONE


@_command(help=say("cli.demo_help"))
@_plain_errors
def demo(
    folder: Annotated[
        Path, typer.Argument(metavar=say("usage.folder_here"), help=say("cli.init_folder"))
    ],
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


@_command(help=say("cli.lab_help"))
@_plain_errors
def lab(folder: FolderOption = None) -> int:
    """Open JupyterLab on the workspace."""
    from posanalytics.reports import launch

    return launch.lab(_open(folder).root)


@_command(help=say("cli.export_help"))
@_plain_errors
def export(
    target: Annotated[
        Path | None, typer.Argument(metavar=say("usage.file_here"), help=say("cli.export_target"))
    ] = None,
    folder: FolderOption = None,
    form: Annotated[str, typer.Option("--format", help=say("cli.export_format"))] = "oneroster",
    *,
    force: Annotated[bool, typer.Option("--force", help=say("cli.export_force"))] = False,
) -> int:
    """Write the tables as a OneRoster archive, pupils under their pseudonyms."""
    if form != "oneroster":
        raise typer.BadParameter(say("cli.export_unknown", form=form))
    workspace = _open(folder)
    path = target or workspace.root / "oneroster.zip"
    if path.resolve().is_relative_to(workspace.raw.resolve()):
        raise typer.BadParameter(say("cli.export_into_raw"))
    if path.exists() and not force:
        return _fail(say("cli.export_stands", name=path.name), CANNOT_WRITE)
    from posanalytics import interchange
    from posanalytics.store.files import publish

    tables = {name: workspace.tables[name] for name in interchange.TABLES}
    content = interchange.oneroster(tables, plan=workspace.plan)

    def write(temporary: Path) -> None:
        temporary.write_bytes(content)

    publish(path, write)
    _print(say("cli.export_done", place=_shown(path)))
    absences, scores = (len(workspace.tables[name]) for name in ("attendance", "scores"))
    if absences or scores:
        _print(say("cli.export_left", absences=absences, scores=scores))
    return DONE


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
