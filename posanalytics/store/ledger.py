"""What was done and what it was made from: sealed plans and published reports, in SQLite."""

from __future__ import annotations

import contextlib
import datetime as dt
import sqlite3
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCHEMA = """
create table if not exists seals (seal text primary key, sealed_on text, position integer);
create table if not exists reports (
  output text primary key, key text, sha256 text, notebook text, parameters text, made_at text
);
"""


class Made(NamedTuple):
    """A published report: the key that it was made under and the hash of its page."""

    output: str
    key: str
    sha256: str
    notebook: str
    parameters: str
    made_at: str


class Ledger:
    """The ledger of one workspace; every call is one transaction."""

    def __init__(self, path: Path) -> None:
        """Open the ledger, made on first use."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        with self._open() as database:
            database.executescript(_SCHEMA)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path, timeout=30)
        try:
            database.execute("pragma synchronous=full")
            with database:
                yield database
        finally:
            database.close()

    def seal(self, seal: str) -> None:
        """Record the plan's seal the first time that results are computed from it."""
        today = dt.datetime.now(dt.UTC).date().isoformat()
        with self._open() as database:
            position = database.execute("select count(*) from seals").fetchone()[0]
            database.execute(
                "insert or ignore into seals values (?, ?, ?)", (seal, today, position)
            )

    def seals(self) -> list[tuple[str, str]]:
        """Return every seal with its date, first to last."""
        with self._open() as database:
            return list(database.execute("select seal, sealed_on from seals order by position"))

    def record(self, made: Made) -> None:
        """Record a published report, over what stood under its output."""
        with self._open() as database:
            database.execute("insert or replace into reports values (?, ?, ?, ?, ?, ?)", made)

    def forget(self, output: str) -> None:
        """Take a report out of the record: its page was deleted."""
        with self._open() as database:
            database.execute("delete from reports where output = ?", (output,))

    def reports(self) -> dict[str, Made]:
        """Return every recorded report by its output."""
        with self._open() as database:
            rows = database.execute("select * from reports order by output")
            return {row[0]: Made(*row) for row in rows}
