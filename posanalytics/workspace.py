"""One school's folder: where its parts are, its plan, its tables, its ledger."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from posanalytics import labels, periods
from posanalytics.plan import Plan, read_plan
from posanalytics.store import Ledger, LoadReport, Tables, ingest, open_tables
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class NotLoaded(Exception):
    """Nothing has been loaded yet, or nothing for the term that was asked for."""

    def _render_traceback_(self) -> list[str]:
        """Return what JupyterLab shows below the cell: the message says what to change."""
        return [str(self)]


class Workspace:
    """A workspace folder; tables are read when they are first asked for."""

    def __init__(self, root: Path, plan: Plan) -> None:
        """Take the folder and its plan."""
        self.root = root
        self.plan = plan
        self.raw = root / "data" / "raw"
        self.processed = root / "data" / "processed"
        self.notebooks = root / "notebooks"
        self.reports = root / "reports"

    @functools.cached_property
    def ledger(self) -> Ledger:
        """Return the ledger of sealed plans and published reports."""
        return Ledger(self.processed / "ledger.sqlite")

    @functools.cached_property
    def tables(self) -> Tables:
        """Return the current tables; raise NotLoaded before the first load."""
        tables = open_tables(self.processed)
        if tables is None:
            raise NotLoaded(say("workspace.not_loaded"))
        return tables

    @property
    def terms_of(self) -> dict[str, list[str]]:
        """Return the taught terms with marks of every class, without reading a table."""
        terms: dict[str, list[str]] = self.tables.manifest["terms"]
        kind = self.plan.term_kind
        return {
            label: kept
            for label, own in terms.items()
            if (kept := [term for term in own if term[8] == kind])
        }

    @property
    def latest_term(self) -> str:
        """Return the last term in which a compared class has marks."""
        if not self.tables.manifest["summaries"]:
            raise NotLoaded(say("workspace.not_loaded"))
        compared = self.plan.compared_classes
        found = [set(self.terms_of[label]) for label in compared if label in self.terms_of]
        if not found:
            raise NotLoaded(say("workspace.no_marks", classes=", ".join(compared)))
        # A stray mark of a later term in one class does not make it the term of the report.
        terms = set.intersection(*found) or set.union(*found)
        return max(terms, key=periods.term_order)

    def known_term(self, term: str = "") -> str:
        """Return the term, the latest one where none is named; raise NotLoaded without marks."""
        if not term:
            return self.latest_term
        known = sorted(
            {t for terms in self.terms_of.values() for t in terms}, key=periods.term_order
        )
        found = periods.term_in(term)
        if found not in known:
            told = ", ".join(map(periods.term_told, known))
            raise NotLoaded(say("workspace.unknown_term", term=term, known=told))
        return found

    def known_class(self, text: str = "") -> str:
        """Return the class under its normal label; raise NotLoaded where it has no marks.

        Where none is named it is the first innovative class of the plan.
        """
        text = text or self.plan.comparison.innovative[0]
        label = labels.class_label(text) or text
        if label not in self.terms_of:
            known = ", ".join(sorted(self.terms_of, key=labels.class_order))
            raise NotLoaded(say("workspace.unknown_class", label=text, known=known))
        return label

    def load(
        self,
        paths: Sequence[Path] | None = None,
        *,
        progress: Callable[[int, int], None] | None = None,
        jobs: int = 2,
    ) -> LoadReport:
        """Bring the tables up to date with data/raw and the given exports, ``jobs`` at once."""
        report = ingest(
            self.raw, self.processed, plan=self.plan, paths=paths, progress=progress, jobs=jobs
        )
        self.__dict__.pop("tables", None)
        return report


def open_workspace(folder: Path | str | None = None) -> Workspace:
    """Return the workspace of a folder; without one, the nearest folder upwards with a plan.

    Raises PlanError where there is no plan.yml or it cannot be used.
    """
    start = Path(folder) if folder else Path.cwd()
    candidates = [start] if folder else [start, *start.parents]
    root = next((place for place in candidates if (place / "plan.yml").exists()), start)
    return Workspace(root, read_plan(root / "plan.yml"))
