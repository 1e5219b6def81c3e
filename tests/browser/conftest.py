"""A real browser without a network, and what a page did in it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from conftest import absent

QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)


@pytest.fixture(scope="session")
def browser(chromium):
    """Return Debian's Chromium, for which no address has a host."""
    with chromium(*QUIET) as started:
        yield started


@pytest.fixture(scope="session")
def axe():
    """Return the source of axe-core, which .ci/run puts beside the packages of the tests."""
    file = Path(sys.prefix, "node_modules", "axe-core", "axe.min.js")
    if not file.is_file():
        absent(f"axe-core is not installed: npm install --prefix {sys.prefix} axe-core@4.14.1")
    return file.read_text("utf-8")


class Visit:
    """A page opened from disk, and everything it did."""

    def __init__(self, browser, path, *, fragment="", **context):
        view = {"viewport": {"width": 1280, "height": 720}, **context}
        self.context = browser.new_context(**view)
        self.page = self.context.new_page()
        self.requests, self.said, self.dialogs = [], [], []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("dialog", self._dismiss)
        self.address = path.as_uri()
        self.page.goto(self.address + fragment)

    def _dismiss(self, dialog):
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    @property
    def asked(self):
        """What was asked for besides the page itself."""
        return [one for one in self.requests if one.split("#")[0] != self.address]

    def drawn(self):
        """Wait until every chart of the page is drawn."""
        self.page.locator("html[data-drawn]").wait_for(state="attached", timeout=20000)
        return self

    def count(self, selector):
        """Return how many elements there are."""
        return self.page.locator(selector).count()

    def texts(self, selector):
        """Return what stands in the elements that can be seen, in one line each."""
        found = self.page.locator(selector).locator("visible=true").all_inner_texts()
        return [" ".join(text.split()) for text in found]

    def findings(self, axe):
        """Return the serious and critical findings of axe-core: rule and first place."""
        self.page.evaluate(axe)
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            (finding["id"], finding["nodes"][0]["html"][:120])
            for finding in found["violations"]
            if finding["impact"] in {"serious", "critical"}
        ]


@pytest.fixture(scope="module")
def opened(browser):
    """Return the function that opens a page; its windows are closed after the module."""
    visits = []

    def visit(path, **given):
        visits.append(Visit(browser, path, **given))
        return visits[-1]

    yield visit
    for one in visits:
        one.context.close()


@pytest.fixture(scope="session")
def school(tmp_path_factory):
    """Return the folder with every report of the demo school, and with their index."""
    from posanalytics.demo.folder import write_demo
    from posanalytics.reports import batch, scaffold
    from posanalytics.workspace import open_workspace

    folder = tmp_path_factory.mktemp("demo") / "школа"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSANALYTICS_KEY_FILE", str(tmp_path_factory.mktemp("key") / "key"))
        patch.setenv("POSANALYTICS_LANG", "ru")
        write_demo(folder)
        scaffold.furnish(folder)
        workspace = open_workspace(folder)
        workspace.load()
        made = batch.make(workspace, batch.program(workspace), processes=2)
    assert {one.state for one in made} == {"made"}
    return workspace.reports
