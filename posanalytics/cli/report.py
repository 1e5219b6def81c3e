"""`report`: one report made, listed, opened or taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from posanalytics.cli.console import fail, shown, tell, tell_rows
from posanalytics.cli.errors import DONE, INTERNAL, code_of, plain_errors
from posanalytics.cli.options import FolderOption
from posanalytics.cli.schools import only_one, opened
from posanalytics.wording import say

if TYPE_CHECKING:
    from pathlib import Path

    from posanalytics.reports.batch import Outcome
    from posanalytics.workspace import Workspace


@plain_errors
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
    workspace = opened(folder)
    if delete:
        return _delete_report(workspace, name)
    if not name:
        return _list_reports(workspace, show=show)
    stands = workspace.ledger.reports().get(name.removesuffix(".html") + ".html")
    if stands and show and not given:
        return _show_page(workspace.reports / stands.output)
    outcome = _make_report(workspace, name, given)
    if outcome.state == "failed":
        return fail(outcome.message, code_of(outcome))
    tell(say("cli.look", place=shown(workspace.reports / outcome.output)))
    return _show_page(workspace.reports / outcome.output) if show else DONE


def _make_report(workspace: Workspace, name: str, given: dict[str, str]) -> Outcome:
    """Make a report by the name of its notebook, or once more by the name of its page."""
    from posanalytics.reports import runner
    from posanalytics.store.files import writable

    writable(workspace.reports)

    runner.get_ready()
    from posanalytics.reports import batch, shelf

    with only_one(workspace):
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
        tell_rows([[say(f"cli.column_{name}") for name in columns], *listed])
        tell(say("cli.list_help"))
    else:
        tell(say("cli.list_empty"))
    return _show_page(workspace.reports / "index.html") if show else DONE


def _delete_report(workspace: Workspace, name: str) -> int:
    from posanalytics.reports import shelf

    if not name:
        raise typer.BadParameter(say("cli.report_which"))
    with only_one(workspace):
        left = shelf.delete(workspace, name)
    tell(say("cli.report_deleted", name=name))
    for path in left:
        tell(say("cli.report_left", place=shown(path)))
    return DONE


def _show_page(page: Path) -> int:
    """Open a page in the browser of whoever asked."""
    import webbrowser

    if not page.is_file() or not webbrowser.open(page.resolve().as_uri()):
        return fail(say("cli.report_not_opened", place=shown(page)), INTERNAL)
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
