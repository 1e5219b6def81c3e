"""Notebooks that a school writes itself: what their reports are called, and which are none."""

from __future__ import annotations

from types import SimpleNamespace

import nbformat
import pytest

from posanalytics.reports import batch


@pytest.fixture
def workspace(tmp_path):
    """Return what a job asks of a workspace, with an empty folder of notebooks."""
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    return SimpleNamespace(
        root=tmp_path,
        notebooks=notebooks,
        reports=tmp_path / "reports",
        processed=tmp_path / "processed",
        plan=SimpleNamespace(school="Школа"),
        tables=SimpleNamespace(digest="0" * 64),
    )


def written(workspace, name, *cells):
    made = [nbformat.v4.new_markdown_cell(text) for text in cells]
    nbformat.write(nbformat.v4.new_notebook(cells=made), workspace.notebooks / f"{name}.ipynb")


@pytest.mark.parametrize(
    ("cells", "title"),
    [
        (["# Сколько *учеников*?"], "Сколько учеников?"),
        (["Вступление", "## Раздел\n\n# Кто & где"], "Кто & где"),
        (["## Раздел"], "second"),
    ],
)
def test_a_report_is_called_as_its_notebook_is_headed(workspace, cells, title):
    written(workspace, "second", *cells)
    assert batch.job_for(workspace, "second", {}).facts.title == title


def test_the_place_to_work_in_is_no_report(workspace):
    written(workspace, "start", "# Начните здесь")
    with pytest.raises(batch.UnknownNotebook, match="posanalytics lab"):
        batch.job_for(workspace, "start", {})
