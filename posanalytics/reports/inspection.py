"""What a page may run, and what it is looked through for before it is published."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any, ClassVar

from posanalytics.reports.cleaning import DATA_IMAGE, OUTSIDE
from posanalytics.reports.outputs import figures_in
from posanalytics.reports.plotlyjs import Bundle, hash_of
from posanalytics.wording import say

if TYPE_CHECKING:
    from collections.abc import Iterable

_CSS_OUTSIDE = re.compile(r"@import|url\(\s*['\"]?(?!data:|#)", re.IGNORECASE)


class PageIncomplete(Exception):
    """The page lacks a figure of its notebook, or asks for something outside itself."""


def policy(scripts: Iterable[str | Bundle]) -> str:
    """Return the Content-Security-Policy under which these scripts run and nothing else."""
    hashes = [
        script.hash if isinstance(script, Bundle) else hash_of(script.encode())
        for script in scripts
    ]
    allowed = " ".join(f"'{value}'" for value in hashes) or "'none'"
    return (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; "
        f"script-src {allowed}; "
        "base-uri 'none'; form-action 'none'"
    )


def check(notebook: Any, page: str) -> int:
    """Return the number of figures on the page once all of them are there and nothing leaves it.

    Raises
    ------
    PageIncomplete
        A figure is missing or unreadable, or an address outside the file is left.
    """
    expected = sum(1 for _ in figures_in(notebook))
    reader = check_addresses(page)
    found = sum(1 for payload in reader.payloads if "data" in json.loads(payload))
    if found != expected:
        raise PageIncomplete(say("reports.figures_missing", expected=expected, found=found))
    return found


def check_addresses(page: str) -> _PageReader:
    """Return what was found on a page that leads nowhere outside itself and its neighbours."""
    reader = _PageReader()
    reader.feed(page)
    reader.close()
    if reader.outside:
        raise PageIncomplete(say("reports.outside_address", found=reader.outside[0]))
    return reader


class _PageReader(HTMLParser):
    """Collect the figures of a finished page and every address that it would load."""

    loads: ClassVar[set[str]] = {
        "src", "srcset", "href", "xlink:href", "action", "formaction", "data", "poster",
        "background", "ping", "manifest",
    }  # fmt: skip

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.payloads: list[str] = []
        self.outside: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note addresses in attributes, and which element the following text belongs to."""
        given = {name: value or "" for name, value in attrs}
        self._inside = tag
        if tag == "script" and given.get("class") == "figure-data":
            self._inside = "figure-data"
        for name, value in given.items():
            leaves = name in self.loads and OUTSIDE.match(value) and not DATA_IMAGE.match(value)
            if leaves or (name == "style" and _CSS_OUTSIDE.search(value)):
                self.outside.append(value[:80])
        if tag in {"link", "base", "iframe", "object", "embed"} or "refresh" in given.get(
            "http-equiv", ""
        ):
            self.outside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        del tag
        self._inside = ""

    def handle_data(self, data: str) -> None:
        """Keep a figure's JSON; look for addresses in a style sheet."""
        if self._inside == "figure-data":
            self.payloads.append(data)
        elif self._inside == "style" and (found := _CSS_OUTSIDE.search(data)):
            self.outside.append(data[found.start() : found.start() + 80])
