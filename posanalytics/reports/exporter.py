"""The page as an exporter of nbconvert: `jupyter nbconvert --to posanalytics`."""

from __future__ import annotations

from typing import Any

from nbconvert.exporters.exporter import Exporter
from nbconvert.exporters.html import HTMLExporter

from posanalytics.reports import page
from posanalytics.reports.parameters import Facts


class ReportExporter(HTMLExporter):
    """Notebook → one offline page, for those who come from nbconvert.

    The runner calls the page itself: nbconvert takes half a second to import.
    """

    export_from_notebook = "posanalytics report"

    def from_notebook_node(  # type: ignore[override] # as HTMLExporter itself does
        self, nb: Any, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Return the page and the resources, without the stock exporter's second parsing."""
        nb, known = Exporter.from_notebook_node(self, nb, resources, **kw)
        facts = known.get("facts") or Facts()
        name = known.get("metadata", {}).get("name", "")
        return page.render(nb, facts=facts, name=name), known
