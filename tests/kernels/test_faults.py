"""What can go wrong while reports are made, brought about for real: nothing is half done."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from posanalytics.kernels.collection import Task, run_notebooks
from posanalytics.reports import runner

POSIX = pytest.mark.skipif(os.name == "nt", reason="there is no fork on Windows")
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for it")
ROOT = str(Path(runner.__file__).parents[2])


def _notebook(path, *sources):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": "python3", "display_name": "x", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def _jobs(root, *notebooks, **options):
    return [
        runner.Job(
            notebook=_notebook(root / f"n{number}.ipynb", *sources),
            parameters={},
            workspace=root,
            output=root / "reports" / f"n{number}.html",
            executed=root / "executed" / f"n{number}.ipynb",
            **options,
        )
        for number, sources in enumerate(notebooks)
    ]


def _wait_until(condition, patience=30):
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < patience
        time.sleep(0.05)


def _gone(pid):
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_killed_kernel_is_explained_and_the_other_reports_are_made(tmp_path):
    killed, other = runner.run_reports(
        _jobs(tmp_path, ["import os, signal; os.kill(os.getpid(), 9)"], ["1"])
    )
    assert (killed.succeeded, other.succeeded) == (False, True)
    assert "прервалось в ячейке 1" in killed.failure
    assert not killed.output.exists()


def test_the_notebook_of_a_killed_kernel_shows_where_it_stopped(tmp_path):
    runner.run_reports(_jobs(tmp_path, ["x = 1", "import os; os._exit(9)", "y = 2"]))
    kept = nbformat.read(tmp_path / "data/processed/_state/failed/n0.ipynb", 4)
    states = [cell.metadata.papermill.status for cell in kept.cells]
    assert states == ["completed", "failed", "pending"]
    assert [output.ename for output in kept.cells[1].outputs] == ["DeadKernelError"]


def test_a_cell_stuck_in_c_code_is_ended_after_its_time(tmp_path):
    # The matcher holds the interpreter's lock for years: nothing inside can interrupt it.
    stuck = "import os, pathlib, re; pathlib.Path('pid').write_text(str(os.getpid()))"
    jobs = _jobs(tmp_path, [stuck, "re.match('(a+)+$', 'a' * 60 + 'b')"], timeout=1)
    assert "ячейка 2 тетради n0.ipynb не закончилась за 1 с" in runner.run_reports(jobs)[0].failure
    assert _gone(int((tmp_path / "pid").read_text()))


@LINUX
def test_a_kernel_that_runs_out_of_memory_costs_its_report_only(tmp_path):
    greedy = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))\nbytearray(2**33)"
    )
    failed, other = runner.run_reports(_jobs(tmp_path, [greedy], ["1"]))
    assert "MemoryError" in failed.failure
    assert other.succeeded


@pytest.fixture
def small_disk(tmp_path):
    """Mount a file system of 64 KB: smaller than any page."""
    place = tmp_path / "reports"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    if (
        not shutil.which("mount")
        or subprocess.run(command, capture_output=True, check=False).returncode
    ):
        pytest.skip("only root may mount a small file system")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_leaves_the_earlier_page_whole_and_nothing_beside_it(tmp_path, small_disk):
    (small_disk / "n0.html").write_text("earlier", "utf-8")
    figure = "import plotly.graph_objects as go\ngo.Figure(go.Scatter(x=[1], y=[1]))"
    result = runner.run_reports(_jobs(tmp_path, [figure]))[0]
    assert (result.succeeded, result.errno) == (False, errno.ENOSPC)
    assert {path.name: path.read_text() for path in small_disk.iterdir()} == {"n0.html": "earlier"}


@LINUX
def test_what_a_notebook_leaves_running_ends_with_it(tmp_path):
    source = (
        "import pathlib, subprocess\n"
        "left = [subprocess.Popen(['sleep', '60'], start_new_session=alone)"
        " for alone in (False, True)]\n"
        "pathlib.Path('pids').write_text(' '.join(str(p.pid) for p in left))"
    )
    assert runner.run_reports(_jobs(tmp_path, [source]))[0].succeeded
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    _wait_until(lambda: all(map(_gone, pids)))
    assert len(pids) == 2


@POSIX
def test_a_nursery_that_dies_costs_no_report(tmp_path):
    flag = tmp_path / "killed"
    source = (
        "import pathlib, psutil, time\n"
        f"flag = pathlib.Path({str(flag)!r})\n"
        "if not flag.exists():\n"
        "    flag.touch(); psutil.Process().parent().kill(); time.sleep(30)"
    )
    results = runner.run_reports(_jobs(tmp_path, [source], ["1"], ["2"]))
    assert [result.failure for result in results] == ["", "", ""]
    assert flag.exists()


@LINUX
def test_what_a_kernel_started_ends_with_a_nursery_that_dies(tmp_path):
    flag = tmp_path / "killed"
    source = (
        "import pathlib, psutil, subprocess, time\n"
        f"flag = pathlib.Path({str(flag)!r})\n"
        "if not flag.exists():\n"
        "    flag.write_text(str(subprocess.Popen(['sleep', '60']).pid))\n"
        "    psutil.Process().parent().kill(); time.sleep(30)"
    )
    task = Task(notebook=_notebook(tmp_path / "n.ipynb", source), output=tmp_path / "o.ipynb")
    assert run_notebooks([task])[0].failure == ""
    _wait_until(lambda: _gone(int(flag.read_text())))


@LINUX
def test_a_daemon_of_a_living_kernel_outlives_another_kernel(tmp_path):
    # The third kernel is forked after the second is buried, and only then the first goes on.
    daemon = (
        "import pathlib, psutil, subprocess, sys, time\n"
        'start = \'import subprocess as s; p = s.Popen(["sleep", "60"], start_new_session=True,\''
        " 'stdout=s.DEVNULL); print(p.pid)'\n"
        "pid = int(subprocess.check_output([sys.executable, '-c', start]))\n"
        "pathlib.Path('began').touch()\n"
        "while not pathlib.Path('third').exists(): time.sleep(0.02)\n"
        "print(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)"
    )
    waits = "import pathlib, time\nwhile not pathlib.Path('began').exists(): time.sleep(0.02)"
    jobs = _jobs(tmp_path, [daemon], [waits], ["import pathlib; pathlib.Path('third').touch()"])
    assert [result.failure for result in runner.run_reports(jobs)] == ["", "", ""]
    assert nbformat.read(jobs[0].executed, 4).cells[-1].outputs[0].text == "True\n"


@LINUX
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_to_the_whole_group_leaves_no_process_and_no_folder(tmp_path, number):
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    _notebook(
        tmp_path / "n.ipynb",
        "import pathlib, subprocess, time\n"
        "left = [subprocess.Popen(['sleep', '60'], start_new_session=alone)"
        " for alone in (False, True)]\n"
        "part = pathlib.Path('part'); part.write_text(' '.join(str(p.pid) for p in left))\n"
        "part.rename('pids'); time.sleep(60)",
    )
    run = subprocess.Popen(
        [sys.executable, "-m", "posanalytics.kernels", "n.ipynb", "--out", "done"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ROOT, "TMPDIR": str(scratch)},
        start_new_session=True,
    )
    try:
        _wait_until((tmp_path / "pids").exists)
        os.killpg(run.pid, number)
        assert run.wait(10) == -number
    finally:
        run.kill()
    pids = [int(pid) for pid in (tmp_path / "pids").read_text().split()]
    assert len(pids) == 2
    _wait_until(lambda: all(map(_gone, pids)) and not list(scratch.iterdir()))


@POSIX
def test_ctrl_c_in_the_terminal_does_not_reach_a_kernel_that_stood_by(tmp_path):
    waiting = (
        "import pathlib, time\n"
        "pathlib.Path('began').touch()\n"
        "while not pathlib.Path('go').exists(): time.sleep(0.02)"
    )
    _notebook(tmp_path / "n.ipynb", waiting)
    script = """
        import signal, sys
        from pathlib import Path
        from posanalytics.reports.runner import Job, run_reports
        root = Path.cwd()
        if __name__ == "__main__":
            signal.signal(signal.SIGINT, lambda *_: print("heard", flush=True))
            job = Job(notebook=root / "n.ipynb", parameters={}, workspace=root,
                output=root / "o.html", executed=root / "e.ipynb")
            sys.exit(run_reports([job], forking=False)[0].failure or 0)
    """
    (tmp_path / "run.py").write_text(textwrap.dedent(script), "utf-8")
    run = subprocess.Popen(
        [sys.executable, "run.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ROOT},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        _wait_until((tmp_path / "began").exists)
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does it
        assert run.stdout.readline() == b"heard\n"
        (tmp_path / "go").touch()
        _, said = run.communicate(timeout=60)
    finally:
        run.kill()
    assert (run.returncode, said) == (0, b"")


def test_without_fork_reports_are_made_by_kernels_that_stand_by(tmp_path):
    where = "import pathlib, sys; pathlib.Path('modules').write_text(' '.join(sys.modules))"
    results = runner.run_reports(_jobs(tmp_path, [where], ["1 / 0"], ["2"]), forking=False)
    assert [result.succeeded for result in results] == [True, False, True]
    assert "posanalytics.reports.rehearsal" in (tmp_path / "modules").read_text().split()


@POSIX
@pytest.mark.parametrize("forking", [True, False])
@pytest.mark.parametrize("moment", ["at once", "in a cell"])
def test_a_run_that_is_killed_leaves_no_process_and_no_folder(tmp_path, moment, forking):
    scratch = tmp_path / "tmp"
    scratch.mkdir()
    marker = tmp_path / "running"
    left = (
        f"import pathlib, subprocess, time; pathlib.Path({str(marker)!r}).touch()\n"
        "subprocess.Popen(['sleep', '60']); time.sleep(60)"
    )
    jobs = _jobs(tmp_path, [left], [left])
    script = tmp_path / "run.py"
    script.write_text(
        textwrap.dedent(f"""
            from pathlib import Path
            from posanalytics.reports.runner import Job, run_reports
            root = Path({str(tmp_path)!r})
            jobs = [Job(notebook=root / f"n{{n}}.ipynb", parameters={{}}, workspace=root,
                output=root / f"{{n}}.html", executed=root / f"{{n}}.ipynb") for n in range(2)]
            run_reports(jobs, forking={forking})
        """),
        "utf-8",
    )
    environment = {**os.environ, "PYTHONPATH": ROOT, "TMPDIR": str(scratch)}
    run = subprocess.Popen([sys.executable, str(script)], env=environment)
    family = psutil.Process(run.pid)
    try:
        _wait_until(marker.exists if moment == "in a cell" else family.children)
        below = family.children(recursive=True)
        run.send_signal(signal.SIGKILL)
        run.wait(10)
        _, alive = psutil.wait_procs(below, timeout=15)
    finally:
        run.kill()
    assert (len(below) > 0, alive) == (True, [])
    assert not any(job.output.exists() for job in jobs)
    if forking:  # without fork nobody is left who could tidy up
        _wait_until(lambda: not list(scratch.iterdir()))
