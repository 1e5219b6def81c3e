"""Notebooks run by papermill for real: published whole, or not at all and explained."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from posanalytics.kernels.sources import CAN_FORK
from posanalytics.reports import discretion, inspection, page, runner
from posanalytics.reports.downloads import folder
from posanalytics.reports.parameters import Facts, UnknownParameter

FIGURE = "import plotly.graph_objects as go\ngo.Figure(go.Scatter(x=[1], y=[int(top)]))"
EARLIER = "<p>прежний отчёт</p>"


def _write(path, *sources, parameters='term: str = "Q1"\ntop: int = 5'):
    cells = [nbformat.v4.new_code_cell(parameters)]
    cells[0].metadata["tags"] = ["parameters"]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": "no-such-kernel-anywhere", "display_name": "x", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


@pytest.fixture
def places(tmp_path):
    """Return the places of one report, in a folder whose name papermill would trip over."""
    root = tmp_path / "школа {term} 1"
    (root / "reports").mkdir(parents=True)
    return {
        "workspace": root,
        "output": root / "reports" / "sample.html",
        "executed": root / "data" / "processed" / "executed" / "sample.ipynb",
    }


def _run(places, *sources, given=None, **options):
    notebook = _write(places["workspace"] / "sample.ipynb", *sources)
    return runner.run_report(notebook, given or {}, **places, **options)


def _kept(places):
    state = places["workspace"] / "data" / "processed" / "_state"
    return state / "failed" / "sample.ipynb"


def test_a_report_is_published_with_its_figures_and_parameters(places):
    result = _run(places, FIGURE, given={"top": "3"}, facts=Facts(title="Проба"))
    executed = nbformat.read(places["executed"], 4)
    assert (result.succeeded, result.figures) == (True, 1)
    assert inspection.check(executed, places["output"].read_text("utf-8")) == 1
    assert executed.metadata.papermill.parameters == {"top": 3}


def test_the_executed_notebook_says_nothing_about_the_machine(places):
    _run(places, "import warnings\nwarnings.warn('осторожно')", "import sys; print(sys.prefix)")
    text = places["executed"].read_text("utf-8")
    about = json.loads(text)["metadata"]["papermill"]
    assert set(about) & {"input_path", "output_path", "environment_variables"} == set()
    for place in (str(places["workspace"]), sys.prefix, str(Path.home())):
        assert json.dumps(place)[1:-1] not in text


def test_neither_page_nor_files_say_anything_about_the_machine(places):
    figure = "import plotly.graph_objects as go\ngo.Figure(layout={'title': {'text': place}})"
    _run(
        places,
        "from pathlib import Path\nplace = str(Path.cwd())\nprint(place, Path.home())",
        "Path.cwd()",
        "from IPython.display import HTML\nHTML(f'<p>{Path.cwd()}</p>')",
        figure,
    )
    made = [places["executed"], *places["output"].parent.rglob("sample.*")]
    told = {file.suffix for file in made if places["workspace"].name in file.read_text("utf-8")}
    assert (sorted(file.suffix for file in made), told) == ([".html", ".ipynb", ".ipynb"], set())


def test_of_the_metadata_stay_the_kernel_the_language_and_the_parameters(places):
    notebook = _write(places["workspace"] / "sample.ipynb", "1")
    given = nbformat.read(notebook, 4)
    given.metadata["authors"] = [{"name": "Образцова"}]
    given.metadata["widgets"] = {"state": {"a": {"value": "Примеров"}}}
    nbformat.write(given, notebook)
    runner.run_report(notebook, {}, **places)
    for file in (places["executed"], *places["output"].parent.rglob("sample.ipynb")):
        about = nbformat.read(file, 4).metadata
        assert set(about) == {"kernelspec", "language_info", "papermill"}
        assert set(about.papermill) == {"parameters"}


def test_a_picture_stays_as_it_was_drawn(tmp_path):
    # The path of the workspace stands in the packed bytes by chance.
    packed = f"data:image/png;base64,AAAA{tmp_path.as_posix()}/AAAA"
    assert discretion.without_paths(f'<img src="{packed}"> {tmp_path}', tmp_path) == (
        f'<img src="{packed}"> …'
    )


def test_files_that_another_run_put_there_are_not_taken_back(places, monkeypatch):
    monkeypatch.setattr(folder.Beside, "publish", lambda *_: False)
    taken = []
    monkeypatch.setattr(folder.Beside, "withdraw", lambda *_: taken.append("files"))
    job = _jobs(places, ["1"])[0]
    job.output.mkdir()  # a folder stands where the page belongs
    with pytest.raises(runner.ReportFailed):
        runner.run_report(
            job.notebook, {}, workspace=job.workspace, output=job.output, executed=job.executed
        )
    assert taken == []


def test_the_kernel_runs_this_interpreter_in_the_workspace_and_without_its_modules(places):
    (places["workspace"] / "statistics.py").write_text("raise SystemExit('shadowed')", "utf-8")
    source = (
        "import os, sys, statistics\n"
        f"assert os.path.samefile(sys.executable, {sys.executable!r})\n"
        f"assert os.path.samefile(os.getcwd(), {str(places['workspace'])!r})\n"
        "assert os.environ['PLOTLY_RENDERER'] == 'plotly_mimetype'"
    )
    assert _run(places, source).succeeded


def test_a_value_with_quotes_and_newlines_arrives_as_it_was(places):
    nasty = "7Б\"; import os\n'''\\ {term} \u2028"
    _run(places, f"assert term == {nasty!r}", given={"term": nasty})


def test_an_unknown_parameter_is_refused_before_anything_runs(places):
    with pytest.raises(UnknownParameter, match="«clas»"):
        _run(places, "1", given={"clas": "7Б"})
    assert not places["output"].exists()


def test_a_failing_cell_leaves_the_earlier_page_and_explains(places):
    places["output"].write_text(EARLIER, "utf-8")
    with pytest.raises(runner.ReportFailed) as failure:
        _run(places, "x = 1", "raise ValueError('нет столбца «Отметка»')", "y = 2")
    said = str(failure.value)
    # The parameters are cell 1, x = 1 is cell 2.
    assert "ячейка 3 остановилась с ошибкой «ValueError: нет столбца «Отметка»»" in said
    assert "data/processed/_state/failed/sample.ipynb" in said
    assert "Traceback" not in said
    assert places["output"].read_text("utf-8") == EARLIER
    assert not places["executed"].exists()


def test_the_notebook_that_failed_is_kept_with_its_error(places):
    with pytest.raises(runner.ReportFailed):
        _run(places, "raise ValueError('так нельзя')")
    kept = nbformat.read(_kept(places), 4)
    errors = [o for cell in kept.cells for o in cell.get("outputs", []) if o.output_type == "error"]
    assert [error.evalue for error in errors] == ["так нельзя"]
    assert str(places["workspace"]) not in _kept(places).read_text("utf-8")


def test_a_later_success_removes_the_kept_failure(places):
    with pytest.raises(runner.ReportFailed):
        _run(places, "1 / 0")
    _run(places, "1 / 1")
    assert not _kept(places).exists()


def test_a_dying_kernel_publishes_nothing_and_is_named(places):
    with pytest.raises(runner.ReportFailed, match=r"прервалось в ячейке 2.*памяти") as failure:
        _run(places, "import os; os._exit(9)", "1")
    assert _kept(places).name in str(failure.value)
    assert not places["output"].exists()


def test_a_quiet_exit_in_the_middle_is_a_failure(places):
    with pytest.raises(runner.ReportFailed, match="ячейка"):
        _run(places, "raise SystemExit(0)", "1")
    assert not places["output"].exists()


def test_a_hanging_cell_is_stopped_after_its_time(places):
    with pytest.raises(runner.ReportFailed, match=r"ячейка 2 .*не закончилась за 1 с"):
        _run(places, "import time; time.sleep(60)", timeout=1)
    assert not places["output"].exists()


def test_a_page_that_lacks_a_figure_is_not_published(places, monkeypatch):
    whole = page.render
    monkeypatch.setattr(
        page,
        "render",
        lambda *given, **options: whole(*given, **options).replace("figure-data", "lost"),
    )
    with pytest.raises(runner.ReportFailed, match=r"1 граф., а на странице 0"):
        _run(places, FIGURE)
    assert not places["output"].exists()
    assert not places["executed"].exists()


def test_a_full_disk_leaves_the_earlier_page_and_explains(places, monkeypatch):
    places["output"].write_text(EARLIER, "utf-8")

    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(page, "write", full)
    with pytest.raises(runner.ReportFailed, match="не записан: на диске кончилось") as failure:
        _run(places, "1")
    assert failure.value.__cause__.errno == errno.ENOSPC
    assert places["output"].read_text("utf-8") == EARLIER


def test_a_page_that_cannot_be_written_tells_the_number_of_the_error(places):
    job = _jobs(places, ["1"])[0]
    job.output.mkdir()  # a folder stands where the page belongs
    result = runner.run_reports([job])[0]
    assert (result.succeeded, result.errno > 0) == (False, True)


def _jobs(places, sources):
    root = places["workspace"]
    return [
        runner.Job(
            notebook=_write(root / f"n{number}.ipynb", source),
            parameters={},
            workspace=root,
            output=root / "reports" / f"n{number}.html",
            executed=root / "executed" / f"n{number}.ipynb",
        )
        for number, source in enumerate(sources)
    ]


def test_several_reports_come_back_in_their_order_and_one_failure_stops_no_other(places):
    seen = []
    results = runner.run_reports(
        _jobs(places, ["import time; time.sleep(1)", "1 / 0", "1"]),
        progress=lambda done, total, result: seen.append((done, total, result.output.stem)),
    )
    assert [result.output.stem for result in results] == ["n0", "n1", "n2"]
    assert [result.succeeded for result in results] == [True, False, True]
    assert "ZeroDivisionError" in results[1].failure
    assert [(done, total) for done, total, _ in seen] == [(1, 3), (2, 3), (3, 3)]


def test_a_notebook_made_by_a_worker_says_nothing_about_the_machine(places):
    job = _jobs(places, ["import warnings; warnings.warn('осторожно')"])[0]
    assert runner.run_reports([job])[0].succeeded
    text = job.executed.read_text("utf-8")
    assert "осторожно" in text
    for place in (str(places["workspace"]), tempfile.gettempdir(), sys.prefix):
        assert place not in text


# From inside a kernel: its parent is a nursery or a worker, and both were begun by whoever runs
# the reports. (What becomes of a nursery that is killed is in tests/kernels.)
KILL_WORKERS = (
    "import psutil, time\n"
    "for process in psutil.Process().parents()[1].children():\n"
    "    if 'spawn_main' in ' '.join(process.cmdline()): process.kill()\n"
    "time.sleep(30)"
)


@pytest.mark.parametrize("forking", sorted({CAN_FORK, False}))
def test_a_killed_worker_costs_one_more_try(places, forking):
    flag = places["workspace"] / "killed-once"
    kill_once = (
        "import pathlib\n"
        f"flag = pathlib.Path({str(flag)!r})\n"
        f"if not flag.exists():\n    flag.touch(); exec({KILL_WORKERS!r})"
    )
    results = runner.run_reports(_jobs(places, [kill_once, "1", "2"]), forking=forking)
    assert [result.succeeded for result in results] == [True, True, True]
    assert flag.exists()


def test_a_report_whose_worker_is_killed_twice_is_given_up_and_the_others_are_made(places):
    results = runner.run_reports(_jobs(places, [KILL_WORKERS, "1"]), processes=1)
    assert [result.succeeded for result in results] == [False, True]
    assert "дважды" in results[0].failure


def test_killed_workers_leave_nothing_in_the_temporary_folder(places, tmp_path, monkeypatch):
    scratch = tmp_path / "temporary"
    scratch.mkdir()
    monkeypatch.setattr(runner.tempfile, "tempdir", str(scratch))
    runner.run_reports(_jobs(places, [KILL_WORKERS]))
    assert list(scratch.iterdir()) == []


def test_two_jobs_for_one_page_are_refused(places):
    job = _jobs(places, ["1"])[0]
    with pytest.raises(ValueError, match=r"n0\.html"):
        runner.run_reports([job, job])


def test_no_jobs_need_no_workers():
    assert runner.run_reports([]) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to a console, not to a process")
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_run_leaves_no_process_behind(places, tmp_path, by):
    marker = tmp_path / "running"
    source = f"import pathlib, time; pathlib.Path({str(marker)!r}).touch(); time.sleep(60)"
    notebook = _write(places["workspace"] / "n.ipynb", source)
    script = tmp_path / "run.py"
    script.write_text(
        textwrap.dedent(f"""
            from pathlib import Path
            from posanalytics.reports.runner import Job, run_reports
            root = Path({str(places["workspace"])!r})
            if __name__ == "__main__":
                run_reports([Job(notebook=Path({str(notebook)!r}), parameters={{}},
                    workspace=root, output=root / "o.html", executed=root / "e.ipynb")])
        """),
        "utf-8",
    )
    root = str(Path(runner.__file__).parents[2])
    process = subprocess.Popen(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": root},
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until(marker.exists)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(by)
        process.wait(10)
        _, alive = psutil.wait_procs(family, timeout=10)
    finally:
        process.kill()
    assert (len(family) >= 2, alive) == (True, [])
    assert not (places["workspace"] / "o.html").exists()


def _wait_until(condition, patience=30):
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < patience
        time.sleep(0.1)


def test_the_key_changes_with_source_parameters_and_data(tmp_path):
    first, other = _write(tmp_path / "a.ipynb", "1"), _write(tmp_path / "b.ipynb", "2")
    keys = [
        runner.job_key(first, {"term": "Q1"}, "data"),
        runner.job_key(other, {"term": "Q1"}, "data"),
        runner.job_key(first, {"term": "Q2"}, "data"),
        runner.job_key(first, {"term": "Q1"}, "other data"),
    ]
    assert len(set(keys)) == 4


def test_the_key_does_not_change_with_outputs_or_the_order_of_parameters(tmp_path):
    path = _write(tmp_path / "a.ipynb", "1")
    before = runner.job_key(path, {"a": 1, "b": 2}, "data")
    notebook = nbformat.read(path, 4)
    notebook.cells[1].outputs = [nbformat.v4.new_output("stream", text="x")]
    notebook.cells[1].execution_count = 7
    nbformat.write(notebook, path)
    assert runner.job_key(path, {"b": 2, "a": 1}, "data") == before


def test_half_of_a_character_in_a_notebook_stops_no_report(places):
    # "\ud800" is half of a pair of UTF-16; no file in UTF-8 can hold it (RFC 3629, section 3).
    notebook = _write(places["workspace"] / "sample.ipynb", "1")
    read = json.loads(notebook.read_text("utf-8"))
    read["cells"].append({"id": "a", "cell_type": "markdown", "metadata": {}, "source": "7\ud800Б"})
    notebook.write_text(json.dumps(read), "utf-8")
    result = runner.run_report(notebook, {}, **places)
    assert result.succeeded
    assert "<p>7\ufffdБ</p>" in places["output"].read_text("utf-8")
