"""Files of a OneRoster export: their rows by id, and what is wrong about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from posanalytics.gradebook.findings import Where, place

if TYPE_CHECKING:
    from collections.abc import Iterator

    from posanalytics.gradebook.cells import Book, Sheet
    from posanalytics.gradebook.findings import Findings

_GUARDED = ("'=", "'+", "'-", "'@", "''")
GONE = "tobedeleted"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of one file; a column that the file has not is empty."""

    sheet: Sheet
    columns: dict[str, int]
    row: int

    def text(self, column: str) -> str:
        """Return what stands in a column, without the quote that keeps a formula a text."""
        at = self.columns.get(column.lower())
        text = "" if at is None else self.sheet.at(self.row, at).text
        return text[1:] if text.startswith(_GUARDED) else text

    def where(self, column: str) -> Where:
        """Return the place of a column in this row, of the row's start where there is none."""
        return place(self.sheet, self.row, self.columns.get(column.lower(), 0))

    def day(self, column: str) -> str:
        """Return the ISO date in a column, which may have a time behind it."""
        return self.text(column)[:10]

    def ids(self, column: str) -> list[str]:
        """Return the ids of a column that lists several."""
        return [part.strip() for part in self.text(column).split(",") if part.strip()]


class Roster:
    """The files of one export, each read when it is asked for."""

    def __init__(self, book: Book, findings: Findings) -> None:
        """Take the book of all files and where to note what is wrong."""
        self._sheets = {sheet.name.lower(): sheet for sheet in book.sheets}
        self.findings = findings

    def __contains__(self, file: str) -> bool:
        """Return whether the export has the file, empty or not."""
        return file.lower() in self._sheets

    def files(self) -> list[str]:
        """Return the names of the files as they are written."""
        return [sheet.name for sheet in self._sheets.values()]

    def rows(self, file: str) -> list[Entry]:
        """Return the rows of a file that stand; note those that are only there to be deleted."""
        standing = []
        for entry in self._entries(file):
            if entry.text("status").lower() == GONE:
                self.findings.add("note", "roster_deleted", entry.where("status"))
            else:
                standing.append(entry)
        return standing

    def _entries(self, file: str) -> Iterator[Entry]:
        sheet = self._sheets.get(file.lower())
        if sheet is None or not sheet.rows:
            return
        columns: dict[str, int] = {}
        for at, cell in sheet.filled(0):
            columns.setdefault(cell.text.lower(), at)
        if not {"sourcedid", "propertyname"} & columns.keys():
            self.findings.add(
                "error", "roster_header", place(sheet, 0, 0), file=f"{sheet.name}.csv"
            )
            return
        for row in range(1, len(sheet.rows)):
            if any(True for _ in sheet.filled(row)):
                yield Entry(sheet, columns, row)

    def by_id(self, file: str) -> dict[str, Entry]:
        """Return the rows of a file by their id; what stands twice and differs is left out."""
        found: dict[str, Entry] = {}
        doubtful: set[str] = set()
        for entry in self.rows(file):
            own = entry.text("sourcedId")
            if not own:
                self.findings.add("warning", "roster_no_id", entry.where("sourcedId"))
            elif own in found and not _same(found[own], entry):
                doubtful.add(own)
                for twice in (found[own], entry):
                    self.findings.add("error", "roster_twice", twice.where("sourcedId"))
            elif own in found:
                self.findings.add("note", "roster_repeated", entry.where("sourcedId"))
            else:
                found[own] = entry
        return {own: entry for own, entry in found.items() if own not in doubtful}

    def properties(self) -> dict[str, str]:
        """Return what the manifest says: «oneroster.version», «file.results» and so on."""
        return {
            entry.text("propertyName").lower(): entry.text("value")
            for entry in self._entries("manifest")
        }

    def unknown(self, entry: Entry, column: str, file: str) -> None:
        """Note an id that the file it points to does not know."""
        self.findings.add("warning", "roster_unknown", entry.where(column), file=f"{file}.csv")


def _same(one: Entry, other: Entry) -> bool:
    return all(
        one.sheet.at(one.row, at).text == other.sheet.at(other.row, at).text
        for at in one.columns.values()
    )
