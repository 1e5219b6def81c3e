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

from posanalytics.reports import plotlyjs

ROOT = Path(__file__).parents[2]
VERSION = "4.1.1"
SCRIPT = f"/** plotly.js v{VERSION} */".encode()


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


def _archive(folder, **scripts):
    """Return the source of a stand-in that brings an archive of each package."""
    made = {}
    for name, content in scripts.items():
        path = folder / f"{name}.made"
        made[str(path)] = f"plotly.js-{name}-dist-min-{VERSION}.tgz"
        with tarfile.open(path, "w:gz") as tar:
            member = tarfile.TarInfo(f"package/plotly-{name}.min.js")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return f"import shutil\nfor made, name in {made!r}.items(): shutil.copy(made, name)"


@pytest.fixture
def pinned(build, monkeypatch):
    """Pin the sample script for both bundles."""
    sha256 = build.hashlib.sha256(SCRIPT).hexdigest()
    monkeypatch.setattr(build, "BUNDLES", dict.fromkeys(("basic", "cartesian"), sha256))


@pytest.mark.usefixtures("pinned")
def test_the_pinned_bundles_are_taken(build, npm, tmp_path):
    npm(_archive(tmp_path, basic=SCRIPT, cartesian=SCRIPT))
    folder = tmp_path / "bundle"
    assert build.fetch(folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        "plotly-basic.min.js": SCRIPT,
        "plotly-cartesian.min.js": SCRIPT,
    }


@pytest.mark.usefixtures("pinned")
def test_another_file_than_the_pinned_one_is_left_out(build, npm, tmp_path):
    npm(_archive(tmp_path, basic=b"something else", cartesian=SCRIPT))
    folder = tmp_path / "bundle"
    assert not build.fetch(folder)
    assert [path.name for path in folder.iterdir()] == ["plotly-cartesian.min.js"]


@pytest.mark.usefixtures("pinned")
def test_what_stands_already_is_not_asked_for_again(build, npm, tmp_path):
    (tmp_path / "plotly-basic.min.js").write_bytes(SCRIPT)
    asked = str(tmp_path / "asked")
    npm(f"import pathlib, sys; pathlib.Path({asked!r}).write_text(' '.join(sys.argv[1:]))")
    build.fetch(tmp_path)
    assert (tmp_path / "asked").read_text() == f"pack plotly.js-cartesian-dist-min@{VERSION}"


def test_without_npm_the_package_is_built_without_a_bundle(build, tmp_path, monkeypatch):
    monkeypatch.setattr(build.shutil, "which", lambda _: None)
    assert not build.fetch(tmp_path)


@pytest.mark.parametrize(
    "source",
    [
        "raise SystemExit(1)",
        f"open('plotly.js-basic-dist-min-{VERSION}.tgz', 'w').close()",
        "pass",
    ],
)
def test_an_npm_that_fails_is_no_error(build, npm, tmp_path, source):
    npm(source)
    assert not build.fetch(tmp_path)


def test_an_npm_that_hangs_is_given_up(build, npm, tmp_path, monkeypatch):
    monkeypatch.setattr(build, "PATIENCE", 1)
    npm("import time; time.sleep(60)")
    begun = time.monotonic()
    assert not build.fetch(tmp_path)
    assert time.monotonic() - begun < 10


def test_the_pages_know_the_bundles_that_the_build_brings(build):
    assert [build.file_name(name) for name in build.BUNDLES] == list(plotlyjs.SMALL)


@pytest.mark.parametrize(
    ("traces", "name"),
    [({"bar", "scatter"}, "plotly-basic.min.js"), ({"heatmap"}, "plotly-cartesian.min.js")],
)
def test_a_page_takes_the_smallest_bundle_that_draws_its_charts(traces, name):
    script = plotlyjs._small(name)
    if script is None:
        pytest.skip("built without the small bundles")
    assert plotlyjs.plotly_bundle(frozenset(traces)).hash == plotlyjs.hash_of(script)


def test_the_pinned_version_is_of_the_major_version_that_plotly_writes_for(build):
    full = plotlyjs._full()
    assert plotlyjs._major(full) == plotlyjs._major(f"v{build.VERSION}".encode())


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
