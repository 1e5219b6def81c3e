"""The build brings the small plotly.js where it can, and never more than that."""

from __future__ import annotations

import importlib.util
import io
import os
import subprocess
import sys
import tarfile
import time
from pathlib import Path

import pytest

from posanalytics.reports import page

ROOT = Path(__file__).parents[2]
SCRIPT = b"/** plotly.js v4.1.1 */"


@pytest.fixture
def build():
    pytest.importorskip("hatchling", reason="hatchling is needed to build the package only")
    place = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


@pytest.fixture
def npm(build, tmp_path, monkeypatch):
    """Return a maker of stand-ins for npm: a Python script that runs in the folder to fill."""
    if os.name == "nt":
        pytest.skip("the stand-in for npm is a POSIX script")

    def make(source):
        script = tmp_path / "npm"
        script.write_text(f"#!{sys.executable}\n{source}\n", "utf-8")
        script.chmod(0o755)
        monkeypatch.setattr(build.shutil, "which", lambda _: str(script))

    return make


def _archive(folder, content):
    path = folder / "made.tgz"
    with tarfile.open(path, "w:gz") as tar:
        member = tarfile.TarInfo("package/plotly-cartesian.min.js")
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return f"import shutil; shutil.copy({str(path)!r}, 'x.tgz')"


def test_the_pinned_bundle_is_taken(build, npm, tmp_path, monkeypatch):
    monkeypatch.setattr(build, "SHA256", build.hashlib.sha256(SCRIPT).hexdigest())
    npm(_archive(tmp_path, SCRIPT))
    target = tmp_path / "bundle" / "plotly.js"
    assert (build.fetch(target), target.read_bytes()) == (True, SCRIPT)


def test_another_file_than_the_pinned_one_is_left_out(build, npm, tmp_path):
    npm(_archive(tmp_path, b"something else"))
    target = tmp_path / "plotly.js"
    assert (build.fetch(target), target.exists()) == (False, False)


def test_without_npm_the_package_is_built_without_the_bundle(build, tmp_path, monkeypatch):
    monkeypatch.setattr(build.shutil, "which", lambda _: None)
    assert not build.fetch(tmp_path / "plotly.js")


@pytest.mark.parametrize("source", ["raise SystemExit(1)", "open('x.tgz', 'w').close()", "pass"])
def test_an_npm_that_fails_is_no_error(build, npm, tmp_path, source):
    npm(source)
    assert not build.fetch(tmp_path / "plotly.js")


def test_an_npm_that_hangs_is_given_up(build, npm, tmp_path, monkeypatch):
    monkeypatch.setattr(build, "PATIENCE", 1)
    npm("import time; time.sleep(60)")
    begun = time.monotonic()
    assert not build.fetch(tmp_path / "plotly.js")
    assert time.monotonic() - begun < 10


def test_the_pinned_version_is_of_the_major_version_that_plotly_writes_for(build):
    full = page._full()
    assert page._major(full) == page._major(f"v{build.VERSION}".encode())


def test_the_bundle_is_not_committed():
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(
        ["git", "ls-files", "posanalytics/reports/bundle"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert listed.stdout == ""
