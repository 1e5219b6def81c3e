"""The reports that stand: found by the name of their page, made again, taken away."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from typing import TYPE_CHECKING

from posanalytics import periods
from posanalytics.reports import batch
from posanalytics.reports.downloads import folder
from posanalytics.wording import say

if TYPE_CHECKING:
    from pathlib import Path

    from posanalytics.reports.runner import Job
    from posanalytics.store.ledger import Made
    from posanalytics.workspace import Workspace


class UnknownReport(Exception):
    """No report of that name stands."""


def find(workspace: Workspace, name: str) -> Made | None:
    """Return the report whose page has that name, with or without its ending."""
    return workspace.ledger.reports().get(name.removesuffix(".html") + ".html")


def listed(workspace: Workspace) -> list[list[str]]:
    """Return question, class, term, local day and name of every report that stands."""
    rows = []
    for made in workspace.ledger.reports().values():
        given = json.loads(made.parameters)
        label, term = str(given.get("class_label", "")), str(given.get("term", ""))
        told = periods.term_name(term) if term else ""
        day = f"{dt.datetime.fromisoformat(made.made_at).astimezone():%d.%m.%Y %H:%M}"
        question = batch.title(workspace.notebooks / f"{made.notebook}.ipynb", given)
        rows.append([question, label, told, day, made.output.removesuffix(".html")])
    return rows


def job_again(workspace: Workspace, made: Made) -> Job:
    """Return the job that makes a report once more from the parameters it was made with."""
    return batch.job_for(workspace, made.notebook, json.loads(made.parameters))


def delete(workspace: Workspace, name: str) -> list[Path]:
    """Take away a report, its files and its line in the index; the data stay.

    Return the files that somebody has written in since they were made: those stay as well.

    Raises
    ------
    UnknownReport
        No report of that name stands; the message lists those that do.
    """
    made = find(workspace, name)
    if made is None:
        known = ", ".join(output.removesuffix(".html") for output in workspace.ledger.reports())
        raise UnknownReport(say("reports.unknown_report", name=name, known=known or "–"))
    page = workspace.reports / made.output
    page.unlink(missing_ok=True)
    for kept in ("executed", "_state/failed"):
        (workspace.processed / kept / f"{page.stem}.ipynb").unlink(missing_ok=True)
    left = folder.delete(workspace.reports, page.stem)
    workspace.ledger.forget(made.output)
    with contextlib.suppress(OSError):
        (workspace.reports / folder.FOLDER).rmdir()
    batch.write_index(workspace)
    return left
