"""`run`: load what is new, make every report that is due, write the index."""

from __future__ import annotations

import sys
from collections import Counter
from typing import TYPE_CHECKING

from posanalytics.cli.console import progress_of, shown, tell
from posanalytics.cli.errors import DONE, SOME_QUARANTINED, code_of, plain_errors
from posanalytics.cli.loaded import tell_load
from posanalytics.cli.options import FolderOption, JobsOption, TermOption
from posanalytics.cli.schools import only_one, opened
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posanalytics.reports.batch import Outcome
    from posanalytics.store import LoadReport


@plain_errors
def run(folder: FolderOption = None, term: TermOption = "", jobs: JobsOption = 2) -> int:
    """Load what is new, make every report that is due, write the index."""
    from posanalytics.reports import batch, runner
    from posanalytics.store.files import writable

    workspace = opened(folder)
    writable(workspace.reports)
    with only_one(workspace):
        with progress_of(say("cli.reading")) as progress:
            loaded = workspace.load(progress=progress, jobs=jobs)
        if loaded.changed:
            runner.get_ready()
            tell_load(loaded, workspace.root)
        jobs_due = batch.program(workspace, term=term)
        with progress_of(say("cli.reports")) as progress:
            outcomes = batch.make(workspace, jobs_due, processes=jobs, progress=progress)
        failed = {outcome.output for outcome in outcomes if outcome.state == "failed"}
        old = batch.outdated(workspace) - failed
    code = _tell_run(outcomes, loaded)
    if old:
        tell(say("cli.outdated", reports=len(old), names=", ".join(map(_stem, sorted(old)))))
    tell(say("cli.look", place=shown(workspace.reports / "index.html")))
    return code


def _stem(output: str) -> str:
    return output.removesuffix(".html")


def _tell_run(outcomes: list[Outcome], loaded: LoadReport) -> int:
    became: Counter[str] = Counter(outcome.state for outcome in outcomes)
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    tell_failed(failed)
    if became["kept"] == len(outcomes):
        tell(say("cli.nothing_new", reports=len(outcomes)))
    else:
        states = ("made", "renewed", "restored", "kept", "failed")
        told = [say(f"cli.reports_{key}", count=became[key]) for key in states if became[key]]
        tell(say("cli.reports_ready", told=", ".join(told)))
    if failed:
        return code_of(failed[0])
    return SOME_QUARANTINED if loaded.quarantined else DONE


def tell_failed(failed: Sequence[Outcome]) -> None:
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
