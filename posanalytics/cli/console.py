"""How the command line speaks: lines, tables of rows, progress."""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_FORMAT_COLUMN, _WIDEST_FORMAT = 2, 44


def tell(text: str = "") -> None:
    """Print a line for whoever asked."""
    sys.stdout.write(text + "\n")


def fail(message: str, code: int) -> int:
    """Say what went wrong, where errors are said; return the exit code given."""
    sys.stderr.write(message.rstrip() + "\n")
    return code


def shown(path: Path) -> str:
    """Return a path relative to where the person stands, if it lies below."""
    with contextlib.suppress(ValueError):
        return path.resolve().relative_to(Path.cwd()).as_posix()
    return str(path)


def tell_rows(rows: Sequence[Sequence[str]], *, numbers: int = 0) -> None:
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


@contextlib.contextmanager
def progress_of(label: str) -> Iterator[Callable[[int, int], None]]:
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
