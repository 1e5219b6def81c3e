"""What many tests need: a key of their own, a small plan, the shared reference material."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says how busy the computer is, not whether the code is right.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

SHARED = Path(__file__).parents[2] / "shared"

PLAN = """
school: Примерская школа
terms: quarters
years:
  2024-25:
    Q1: [2024-09-02, 2024-10-27]
    Q2: [2024-11-05, 2024-12-29]
  2025-26:
    Q1: [2025-09-01, 2025-10-26]
    Q2: [2025-11-05, 2025-12-30]
comparison:
  start: 2025-26-Q2
  innovative: [7А]
  control:
    - {class: 7Б, ladder: K2, why: та же параллель}
  chosen_on: 2025-08-29
outcomes:
  - {id: all, composite: [Алгебра, Физика], primary: true, negligible: 0.10}
  - {id: algebra, subject: Алгебра}
subjects: {Алгебр.: Алгебра}
"""


@pytest.fixture(autouse=True)
def own_key(tmp_path_factory, monkeypatch):
    """Give every test a key and a vault of its own, never the user's."""
    place = tmp_path_factory.mktemp("vault") / "key"
    monkeypatch.setenv("POSANALYTICS_KEY_FILE", str(place))
    monkeypatch.setenv("POSANALYTICS_LANG", "ru")
    return place


@pytest.fixture
def plan_text():
    """Return the text of a small valid plan."""
    return PLAN


@pytest.fixture
def shared():
    """Return the folder of third-party reference material, or skip where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the third-party reference data are not beside this checkout")
    return SHARED


def absent(reason):
    """Skip, or fail where the browser tests have to run: in CI."""
    if os.environ.get("POSANALYTICS_REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def chromium():
    """Return what starts Debian's Chromium; Playwright itself can run but once in a process."""
    try:
        from playwright import sync_api
    except ImportError:
        absent("playwright is not installed")
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        absent("Chromium is not installed")
    with sync_api.sync_playwright() as running:

        @contextlib.contextmanager
        def started(*arguments):
            browser = running.chromium.launch(executable_path=found, args=list(arguments))
            try:
                yield browser
            finally:
                browser.close()

        yield started
