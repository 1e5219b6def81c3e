"""What can go wrong, as one plain paragraph, and the exit code that says what happened."""

from __future__ import annotations

import errno
import functools
import inspect
from typing import TYPE_CHECKING, Any

import typer

from posanalytics.cli.console import fail
from posanalytics.cli.options import DebugOption
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable

    from posanalytics.reports.batch import Outcome

DONE, USAGE, SOME_QUARANTINED, BAD_DATA, INTERNAL = 0, 2, 3, 65, 70
CANNOT_WRITE, NO_SPACE, BUSY, NO_PERMISSION, BAD_PLAN = 73, 74, 75, 77, 78


def plain_errors(command: Callable[..., int]) -> Callable[..., None]:
    """Turn what can go wrong into one paragraph and the exit code of DESIGN.md section 3."""

    @functools.wraps(command)
    def wrapped(*args: Any, debug: bool = False, **kwargs: Any) -> None:
        try:
            code = command(*args, **kwargs)
        except (typer.BadParameter, BrokenPipeError):  # the latter ends quietly, as for any tool
            raise
        except KeyboardInterrupt:
            code = fail(say("cli.stopped"), 130)
        except Exception as error:
            if debug:
                raise
            code = fail(*explained(error))
        raise typer.Exit(code)

    wrapped.__signature__ = _with_debug(command)  # type: ignore[attr-defined]
    return wrapped


def _with_debug(command: Callable[..., int]) -> Any:
    signature = inspect.signature(command, eval_str=True)
    flag = inspect.Parameter(
        "debug", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=DebugOption
    )
    return signature.replace(
        parameters=[*signature.parameters.values(), flag], return_annotation=None
    )


def explained(error: Exception) -> tuple[str, int]:
    """Return what to say of an error, and the exit code."""
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
    code = NO_SPACE if error.errno == errno.ENOSPC else CANNOT_WRITE
    return say("cli.no_disk", name=name, reason=reason(error)), code


def code_of(failed: Outcome) -> int:
    """Return the exit code of a report that was not made."""
    if not failed.errno:
        return INTERNAL
    return NO_SPACE if failed.errno == errno.ENOSPC else CANNOT_WRITE
