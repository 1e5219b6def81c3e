"""What a report's files tell of the machine on which it was made: nothing."""

from __future__ import annotations

import json

import nbformat
import pytest

from posanalytics.reports import runner


@pytest.fixture
def written(tmp_path):
    """Return every file of a report into whose cells and parameters a folder was typed."""
    root = tmp_path / "secret-home"
    root.mkdir()
    (root / "list.csv").write_text("7А", "utf-8")
    parameters = nbformat.v4.new_code_cell('where: str = ""')
    parameters.metadata["tags"] = ["parameters"]
    cells = [
        nbformat.v4.new_markdown_cell(f"# Список\n\nЛежит в {root}/list.csv."),
        parameters,
        nbformat.v4.new_code_cell(f"open({str(root / 'list.csv')!r}).read()"),
        nbformat.v4.new_code_cell("open(where).read()"),
    ]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), root / "sample.ipynb")
    places = {name: root / name / "sample" for name in ("reports", "executed")}
    runner.run_report(
        root / "sample.ipynb",
        {"where": str(root / "list.csv")},
        workspace=root,
        output=places["reports"].with_suffix(".html"),
        executed=places["executed"].with_suffix(".ipynb"),
    )
    return [path for place in places.values() for path in place.parent.rglob("sample.*")]


def test_a_folder_that_someone_typed_or_gave_stands_in_no_file_of_a_report(written):
    assert sorted(path.suffix for path in written) == [".html", ".ipynb", ".ipynb"]
    assert [path.suffix for path in written if "secret-home" in path.read_text("utf-8")] == []


def test_of_a_folder_that_someone_typed_the_file_name_stays(written):
    (download,) = [path for path in written if path.parent.parent.name == "sample"]
    sources = ["".join(cell["source"]) for cell in json.loads(download.read_text("utf-8"))["cells"]]
    assert sources[0].endswith("Лежит в …/list.csv.")
    assert "open('…/list.csv').read()" in sources
    assert any('where = "…/list.csv"' in source for source in sources)
