"""`check`: what a plan can conclude, before any result is computed."""

from __future__ import annotations

from posanalytics.cli.console import tell
from posanalytics.cli.errors import BAD_DATA, DONE, plain_errors
from posanalytics.cli.options import FolderOption, TermOption
from posanalytics.cli.schools import only_one, opened
from posanalytics.wording import say


@plain_errors
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

    workspace = opened(folder)
    with only_one(workspace):
        workspace.load()
    study = Study(workspace, term)
    empty = without_marks(study)
    for line in (*empty, *missing_from_data(study), *questions_to_plan(study)):
        tell(say("cli.warning") + " " + line)
    waiting = cannot_compare(study)
    if waiting:
        tell(say("workspace.when_marks_come"))
    for ability in study.abilities():
        tell(ability_text(ability))
        tell()
    return BAD_DATA if waiting else DONE
