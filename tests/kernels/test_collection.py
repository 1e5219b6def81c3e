"""Collections of any notebooks: run in parallel, kept as far as they came."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from posanalytics.kernels import collection
from posanalytics.kernels.collection import Task, run_notebooks

ROOT = str(Path(collection.__file__).parents[2])


def _tasks(folder, *notebooks, **options):
    tasks = []
    for number, sources in enumerate(notebooks):
        cells = [nbformat.v4.new_code_cell(source) for source in sources]
        cells[0].metadata["tags"] = ["parameters"]
        path = folder / f"n{number}.ipynb"
        kernel = {"name": "python3", "display_name": "x", "language": "python"}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
        tasks.append(Task(notebook=path, output=folder / "out" / path.name, **options))
    return tasks


def _command(folder, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "posanalytics.kernels", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": ROOT, "POSANALYTICS_LANG": "en"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_results_come_in_the_order_of_the_notebooks(tmp_path):
    tasks = _tasks(tmp_path, ["import time; time.sleep(1)"], ["1"], ["2"])
    seen = []
    ran = run_notebooks(tasks, progress=lambda done, total, _: seen.append((done, total)))
    assert [one.task for one in ran] == tasks
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.parametrize("forking", [True, False])
def test_a_notebook_that_fails_is_kept_and_the_others_finish(tmp_path, forking):
    tasks = _tasks(tmp_path, ["1", "1 / 0"], ["import os; os._exit(3)"], ["x = 7; x"])
    ran = run_notebooks(tasks, forking=forking)
    assert [one.failure.split(":")[0] for one in ran] == [
        "ZeroDivisionError", "DeadKernelError", "",
    ]  # fmt: skip
    kept = [nbformat.read(task.output, 4) for task in tasks]
    said = [[o.get("ename") for c in n.cells for o in c.get("outputs", [])] for n in kept]
    assert "ZeroDivisionError" in said[0]
    assert said[1] == ["DeadKernelError"]
    assert kept[2].cells[-1].outputs[0].data["text/plain"] == "7"


def test_parameters_are_injected_and_unknown_ones_refused(tmp_path):
    known = _tasks(tmp_path, ["x = 1", "x + 1"], parameters={"x": 41})
    assert run_notebooks(known)[0].failure == ""
    executed = nbformat.read(known[0].output, 4)
    assert executed.cells[-1].outputs[0].data["text/plain"] == "42"
    unknown = _tasks(tmp_path, ["x = 1"], parameters={"y": 2})
    assert "«y»" in run_notebooks(unknown)[0].failure


def test_a_cell_that_hangs_is_ended_after_its_time(tmp_path):
    tasks = _tasks(tmp_path, ["import time; time.sleep(60)"], timeout=1)
    assert run_notebooks(tasks)[0].failure.startswith("CellTimeoutError")


def test_two_notebooks_for_one_file_are_refused(tmp_path):
    task = _tasks(tmp_path, ["1"])[0]
    with pytest.raises(ValueError, match="в один файл"):
        run_notebooks([task, task])


def test_no_notebooks_need_no_process():
    assert run_notebooks([]) == []


def test_a_file_that_is_no_notebook_is_told(tmp_path):
    (tmp_path / "bad.ipynb").write_text("nothing of the kind")
    bad = Task(notebook=tmp_path / "bad.ipynb", output=tmp_path / "out.ipynb")
    assert run_notebooks([bad])[0].failure
    assert not (tmp_path / "out.ipynb").exists()


def test_the_command_runs_a_collection_and_its_exit_code_tells_of_failures(tmp_path):
    _tasks(tmp_path, ["label = ''", "print(label)"], ["label = ''", "raise ValueError('no')"])
    ran = _command(tmp_path, "n0.ipynb", "n1.ipynb", "--out", "done", "-p", "label", "7_1")
    assert ran.returncode == 1
    assert "n0.ipynb: done in" in ran.stderr
    assert "n1.ipynb: failed. ValueError: no" in ran.stderr
    # 7_1 is a class, and for Python also the number 71.
    assert nbformat.read(tmp_path / "done" / "n0.ipynb", 4).cells[-1].outputs[0].text == "7_1\n"


def test_the_command_ends_with_zero_where_all_went_well(tmp_path):
    _tasks(tmp_path, ["1"])
    assert _command(tmp_path, "n0.ipynb", "--out", "done", "--jobs", "1").returncode == 0
