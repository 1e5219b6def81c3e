"""How JupyterLab is started on a workspace."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from posanalytics.reports import launch


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "plan.yml").write_text("school: Примерная школа", "utf-8")
    return tmp_path


def test_a_folder_without_a_plan_is_refused_in_words(tmp_path):
    with pytest.raises(launch.LabMissing, match=r"Ожидалась папка с plan\.yml"):
        launch.lab(tmp_path)


def test_a_missing_jupyterlab_is_said_with_the_remedy(workspace, monkeypatch):
    monkeypatch.setattr(launch.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(launch.LabMissing, match="pip install jupyterlab"):
        launch.lab(workspace)


def test_a_module_of_the_workspace_does_not_stand_in_for_pythons_own(workspace, tmp_path):
    (workspace / "random.py").write_text("raise SystemExit('shadowed')", "utf-8")
    own = launch.command(workspace, tmp_path)
    before = own[: own.index("-c")]
    ran = subprocess.run([*before, "-c", "import random"], cwd=workspace, check=False)
    assert ran.returncode == 0


@pytest.mark.parametrize(
    ("there", "opened"),
    [(["start", "dynamics"], "start"), (["dynamics"], "dynamics")],
)
def test_it_opens_the_start_notebook_or_else_that_of_the_meeting(
    workspace, tmp_path, there, opened
):
    (workspace / "notebooks").mkdir()
    for name in there:
        (workspace / "notebooks" / f"{name}.ipynb").touch()
    command = launch.command(workspace, tmp_path)
    assert f"--LabApp.default_url=/lab/tree/notebooks/{opened}.ipynb" in command


def test_news_and_updates_are_not_asked_for(workspace, tmp_path):
    assert "--LabApp.news_url=None" in launch.command(workspace, tmp_path)
    settings = launch.overrides()["@jupyterlab/apputils-extension:notification"]
    assert settings == {"fetchNews": "false", "checkForUpdates": False}


def test_russian_is_chosen_where_its_words_are_installed(monkeypatch):
    monkeypatch.setattr(launch.metadata, "version", lambda _: "4.5")
    assert launch.overrides()["@jupyterlab/translation-extension:plugin"] == {"locale": "ru_RU"}


def test_without_the_russian_words_the_language_is_left_alone(monkeypatch):
    def missing(name):
        raise launch.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(launch.metadata, "version", missing)
    assert list(launch.overrides()) == ["@jupyterlab/apputils-extension:notification"]


def test_jupyterlab_gets_the_settings_and_the_exit_code_comes_back(workspace, monkeypatch):
    seen = {}

    def run(command, **_):
        folder = next(c for c in command if "app_settings_dir" in c).partition("=")[2]
        seen["settings"] = json.loads(Path(folder, "overrides.json").read_text("utf-8"))
        seen["interpreter"] = command[0]
        return subprocess.CompletedProcess(command, 7)

    monkeypatch.setattr(launch.subprocess, "run", run)
    assert launch.lab(workspace) == 7
    assert seen == {"settings": launch.overrides(), "interpreter": sys.executable}
