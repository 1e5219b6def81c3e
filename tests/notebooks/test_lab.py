"""JupyterLab started for real on a workspace, and notebooks run as an analyst runs them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import nbformat
import pytest
from nbclient import NotebookClient

from posanalytics.reports.scaffold import shipped_notebooks
from posanalytics.workspace import NotLoaded, open_workspace

NAMES = sorted(path.stem for path in shipped_notebooks().glob("*.ipynb"))
START_LAB = """
import sys
from pathlib import Path
from posanalytics.reports import launch
sys.exit(launch.lab(Path(sys.argv[1]), arguments=tuple(sys.argv[2:])))
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return a workspace with two made-up classes, loaded, and the shipped notebooks."""
    from conftest import PLAN
    from walls.test_no_names_leak import summary

    folder = tmp_path_factory.mktemp("lab") / "school"
    (folder / "data" / "raw").mkdir(parents=True)
    (folder / "plan.yml").write_text(PLAN, "utf-8")
    for label, shift in (("7А", 0), ("7Б", 1)):
        pupils = [
            (f"Примеров Ученик{chr(1072 + n)}", [(3 + (n + shift) % 3, 4), (3 + n % 3, 5)])
            for n in range(12)
        ]
        page = summary("2025-26", label, pupils)
        (folder / "data" / "raw" / f"{label}.xls").write_text(page, "utf-8")
    shutil.copytree(shipped_notebooks(), folder / "notebooks")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSANALYTICS_KEY_FILE", str(folder.parent / "vault" / "key"))
        open_workspace(folder).load()
    return folder


def run(folder, name, **changed):
    """Run a notebook in its own folder, as JupyterLab does."""
    notebook = nbformat.read(folder / "notebooks" / f"{name}.ipynb", 4)
    cell = next(c for c in notebook.cells if "parameters" in c.metadata.get("tags", []))
    cell.source += "".join(f"\n{key} = {value!r}" for key, value in changed.items())
    place = {"metadata": {"path": str(folder / "notebooks")}}
    client = NotebookClient(notebook, resources=place, allow_errors=True, timeout=120)
    client.execute(env={**os.environ, "PLOTLY_RENDERER": "plotly_mimetype"})
    return [o for c in notebook.cells for o in c.get("outputs", []) if o.output_type == "error"]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_from_top_to_bottom_in_its_own_folder(small, name):
    assert run(small, name) == []


@pytest.mark.slow
def test_a_class_that_is_not_there_is_answered_with_those_that_are(small):
    said = "\n".join(run(small, "class_profile", class_label="11Я")[0].traceback)
    assert "11Я" in said
    assert "7А, 7Б" in said
    assert "File " not in said


def test_without_a_name_a_class_profile_is_of_the_first_innovative_class(small):
    workspace = open_workspace(small)
    assert workspace.known_class() == "7А"
    with pytest.raises(NotLoaded, match="7А, 7Б"):
        workspace.known_class("9В")


@pytest.fixture
def lab(small, tmp_path):
    """Return the address of a JupyterLab that was started on the workspace, and stop it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    options = ["--no-browser", f"--ServerApp.port={port}", "--IdentityProvider.token=sample"]
    options += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    server = subprocess.Popen(
        [sys.executable, "-c", START_LAB, str(small), *options],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(tmp_path)},  # not the windows of the user
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{address}/api")
        yield address
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def _wait(address):
    for _ in range(300):
        with contextlib.suppress(OSError), urllib.request.urlopen(address) as answer:  # noqa: S310
            return json.load(answer)
        time.sleep(0.1)
    raise AssertionError("JupyterLab did not answer")


@pytest.mark.slow
@pytest.mark.browser
def test_jupyterlab_opens_on_the_start_notebook_and_asks_nobody_outside(lab, chromium):
    asked = []
    with chromium("--no-sandbox") as browser:
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{lab}/?token=sample")

        heading = page.get_by_role("heading", name="Начните здесь")
        heading.first.wait_for(timeout=30_000)
        opened = page.url
    assert opened.endswith("/lab/tree/notebooks/start.ipynb")
    outside = [url for url in asked if not url.startswith((lab, "data:", "blob:"))]
    assert outside == []
