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


def test_a_notebook_that_would_replace_its_source_is_refused(tmp_path):
    _tasks(tmp_path, ["1"])
    before = (tmp_path / "n0.ipynb").read_bytes()
    ran = _command(tmp_path, "n0.ipynb", "--out", ".")
    assert (ran.returncode, "replace its source: “n0.ipynb”" in ran.stderr) == (2, True)
    assert (tmp_path / "n0.ipynb").read_bytes() == before


def test_no_workers_are_refused_instead_of_waited_for(tmp_path):
    _tasks(tmp_path, ["1"])
    ran = _command(tmp_path, "n0.ipynb", "--out", "done", "--jobs", "0")
    assert (ran.returncode, "--jobs 1 or more" in ran.stderr) == (2, True)


@pytest.mark.skipif(os.name == "nt", reason="there is no fork on Windows")
def test_notebooks_do_not_share_what_a_module_beside_them_holds(tmp_path, monkeypatch):
    (tmp_path / "drawing.py").write_text("import random; drawn = random.Random().random()")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    monkeypatch.syspath_prepend(str(tmp_path))
    tasks = _tasks(tmp_path, *[["import drawing; print(drawing.drawn)"]] * 2)
    assert [one.failure for one in run_notebooks(tasks)] == ["", ""]
    drawn = {nbformat.read(task.output, 4).cells[0].outputs[0].text for task in tasks}
    assert len(drawn) == 2


def test_what_a_killed_run_had_begun_to_write_goes_with_the_next(tmp_path):
    tasks = _tasks(tmp_path, ["1"])
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    folder = tasks[0].output.parent
    folder.mkdir()
    (folder / f".n0.ipynb.{killed.pid}").write_text("{")
    (folder / f".n0.ipynb.{os.getpid()}").write_text("{")  # of one who is still at work
    assert run_notebooks(tasks)[0].failure == ""
    assert {path.name for path in folder.iterdir()} == {"n0.ipynb", f".n0.ipynb.{os.getpid()}"}


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
