"""Kernels that are forked or stand by: as clean as new ones, and their outputs the same."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import papermill
import psutil
import pytest

from posanalytics.kernels import process
from posanalytics.kernels.engine import WarmEngine, is_ours
from posanalytics.kernels.manager import WarmKernelManager
from posanalytics.kernels.sources import Nursery, SpareKernels, imports
from posanalytics.reports import rehearsal

ROOT = Path(process.__file__).parents[2]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="there is no fork on Windows")
SHOWS = [
    "import pandas as pd, plotly.graph_objects as go",
    "pd.DataFrame({f'столбец {n}': [n] for n in range(30)})",
    "go.Figure([go.Scatter(x=[1, 2], y=[3, 4]), go.Bar(x=['a'], y=[1])])",
    "import warnings; warnings.warn('осторожно'); print(__name__, repr(globals().get('__file__')))",
    "import os, locale; print(os.getcwd(), locale.getlocale())",
]


@pytest.fixture
def nursery():
    """Return a nursery with nothing special in it."""
    with Nursery((), {}) as made:
        yield made


@pytest.fixture
def warm(nursery, monkeypatch):
    """Let this process take its kernels from a nursery."""
    monkeypatch.setattr(WarmKernelManager, "source", nursery)
    monkeypatch.setattr(WarmKernelManager, "source_lost", False)
    papermill.engines.papermill_engines.register("warm", WarmEngine)
    return nursery


def _notebook(path, *sources, language="python", name="python3"):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    kernel = {"name": name, "display_name": "x", "language": language}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def _executed(path, engine):
    return papermill.execute_notebook(str(path), None, engine_name=engine, progress_bar=False)


def _printed(notebook):
    return "".join(
        output.text for cell in notebook.cells for output in cell.outputs if "text" in output
    )


@pytest.mark.usefixtures("warm")
def test_outputs_are_those_of_the_standard_engine(tmp_path):
    path = _notebook(tmp_path / "n.ipynb", *SHOWS)
    ours, theirs = _executed(path, "warm"), _executed(path, "nbclient")

    def shown(notebook):  # the number of the process is in the name of the temporary cell file
        return [
            [{**output, "text": ""} if "text" in output else output for output in cell.outputs]
            for cell in notebook.cells
        ]

    assert shown(ours) == shown(theirs)
    lines = [
        [line for line in _printed(notebook).splitlines() if "ipykernel_" not in line]
        for notebook in (ours, theirs)
    ]
    assert lines[0] == lines[1]


def test_the_kernel_is_forked_from_the_nursery(tmp_path, warm):
    path = _notebook(tmp_path / "n.ipynb", "import os; print(os.getppid())")
    assert int(_printed(_executed(path, "warm"))) == warm.process.pid


@pytest.mark.usefixtures("warm")
def test_a_variable_of_one_notebook_is_not_there_in_the_next(tmp_path):
    _executed(
        _notebook(tmp_path / "a.ipynb", "leak = 1; import builtins; builtins.leak = 1"), "warm"
    )
    path = _notebook(tmp_path / "b.ipynb", "import builtins; print(hasattr(builtins, 'leak'))")
    assert _printed(_executed(path, "warm")) == "False\n"


@pytest.mark.usefixtures("warm")
def test_two_kernels_do_not_draw_the_same_random_numbers(tmp_path):
    source = "import random, numpy; print(random.random(), numpy.random.random())"
    path = _notebook(tmp_path / "n.ipynb", source)
    drawn = [_printed(_executed(path, "warm")).split() for _ in range(2)]
    assert not set(drawn[0]) & set(drawn[1])


def test_a_module_that_starts_threads_is_left_to_the_notebook(tmp_path, monkeypatch):
    (tmp_path / "threaded.py").write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{ROOT}")
    with Nursery(("threaded", "colorsys"), {}) as nursery:
        request = process.Request(["--version"], dict(os.environ), str(tmp_path))
        kernel = nursery.take(request)
        kernel.wait(30)
        asked = kernel.returncode
        kernel.close()
    assert (asked, kernel.lost) == (0, False)


def test_a_module_that_cannot_be_imported_stops_no_nursery(tmp_path):
    (tmp_path / "leaving.py").write_text("raise SystemExit('nobody may import me')")
    with Nursery(("no_such_module_anywhere", "leaving"), {"PYTHONPATH": f"{tmp_path}"}) as nursery:
        request = process.Request(["--version"], dict(os.environ), str(tmp_path))
        kernel = nursery.take(request)
        assert kernel.wait(30) == 0
        kernel.close()


def test_what_modules_print_when_imported_does_not_reach_the_terminal(tmp_path, capfd):
    (tmp_path / "talking.py").write_text(
        "import os; print('hear me', flush=True); os.system('pwd')"
    )
    with Nursery(("talking",), {"PYTHONPATH": f"{tmp_path}"}) as nursery:
        kernel = nursery.take(process.Request(["--version"], dict(os.environ), str(tmp_path)))
        assert kernel.wait(30) == 0
        kernel.close()
    said = capfd.readouterr().out
    assert ("hear me" in said, str(tmp_path) in said) == (False, False)
    assert said.strip()  # what the kernel says afterwards still does: its version


def test_only_what_a_notebook_imports_for_sure_is_imported_ahead():
    sources = [
        "if False:\n    import pandas",
        "def later():\n    import numpy",
        "try:\n    from plotly import express\nexcept ImportError:\n    pass",
        "import nbformat",
    ]
    assert imports(sources) == {"nbformat"}


def test_files_that_hide_an_installed_module_are_not_imported_ahead(tmp_path, monkeypatch):
    (tmp_path / "nbformat.py").write_text("")
    (tmp_path / "mine.py").write_text("")
    monkeypatch.chdir(tmp_path)
    assert imports(["import nbformat, mine, psutil"]) == {"psutil"}


def test_a_nursery_that_cannot_start_leaves_no_folder_and_no_socket(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    before = psutil.Process().num_fds()
    with pytest.raises(FileNotFoundError, match="no-python"):
        Nursery((), {})
    assert (list(tmp_path.iterdir()), psutil.Process().num_fds()) == ([], before)


def test_words_that_nobody_knows_end_their_own_lease_only(nursery, tmp_path):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(nursery.leases.address)
        line.sendall(b"[1, 2]\n")
        assert line.recv(100) == b""
    kernel = nursery.take(process.Request(["--version"], dict(os.environ), str(tmp_path)))
    assert kernel.wait(30) == 0
    kernel.close()


def test_a_lease_that_ends_ends_its_kernel(nursery, tmp_path):
    request = process.Request(["-f", str(tmp_path / "c.json")], dict(os.environ), str(tmp_path))
    kernel = nursery.take(request)
    seen = psutil.Process(kernel.pid)
    kernel.close()
    assert psutil.wait_procs([seen], timeout=10)[1] == []


def test_a_nursery_that_is_gone_refuses_with_an_error_of_the_system(tmp_path):
    with Nursery((), {}) as nursery:
        leases = nursery.leases
    with pytest.raises(OSError, match="No such file"):
        leases.take(process.Request([], {}, str(tmp_path)))


def test_a_nursery_leaves_no_folder():
    with Nursery((), {}) as nursery:
        folder = nursery.folder
        nursery.process.kill()
    assert not folder.exists()


@pytest.mark.usefixtures("warm")
def test_a_kernel_leaves_no_open_file_behind(tmp_path):
    path = _notebook(tmp_path / "n.ipynb", "1")
    _executed(path, "warm")
    before = psutil.Process().num_fds()
    for _ in range(3):
        _executed(path, "warm")
    assert psutil.Process().num_fds() <= before


def test_a_spare_process_that_nobody_needs_ends_with_its_owner():
    source = SpareKernels(["json"], {})
    ready = psutil.Process(source._ready.pid)
    source.close()
    assert psutil.wait_procs([ready], timeout=10)[1] == []


def test_kernels_of_other_languages_and_interpreters_go_the_standard_way(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    for name, program in (("other", "/usr/bin/other/python3"), ("ours", sys.executable)):
        (tmp_path / "kernels" / name).mkdir(parents=True)
        (tmp_path / "kernels" / name / "kernel.json").write_text(
            f'{{"argv": ["{program}", "-m", "ipykernel_launcher", "-f", "{{connection_file}}"]}}'
        )
    assert [is_ours(name) for name in ("other", "ours", "python3", "no-such")] == [
        False, True, True, False,
    ]  # fmt: skip


def test_papermill_on_the_command_line_finds_the_engine(tmp_path):
    about = tmp_path / "site" / "posanalytics-0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: posanalytics\nVersion: 0\n")
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    assert 'posanalytics = "posanalytics.kernels.entry:EntryEngine"' in project
    (about / "entry_points.txt").write_text(
        "[papermill.engine]\nposanalytics = posanalytics.kernels.entry:EntryEngine\n"
    )
    path = _notebook(
        tmp_path / "n.ipynb", "import os, psutil; print(psutil.Process().parent().cmdline())"
    )
    command = [sys.executable, "-m", "papermill", str(path), str(tmp_path / "out.ipynb")]
    environment = {**os.environ, "PYTHONPATH": f"{about.parent}{os.pathsep}{ROOT}"}
    subprocess.run([*command, "--engine", "posanalytics"], env=environment, check=True)
    assert "kernels.nursery" in _printed(nbformat.read(tmp_path / "out.ipynb", 4))


def test_the_rehearsal_runs_to_its_end_and_starts_no_thread():
    code = (
        "from posanalytics.kernels import process\n"
        "from posanalytics.reports import rehearsal\n"
        "assert process.load(()) == ''\n"
        "rehearsal.rehearse()\n"
        "print(process.threads())"
    )
    quiet = {"JE_ARROW_MALLOC_CONF": "background_thread:false", "OPENBLAS_NUM_THREADS": "1"}
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **quiet, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.strip() == "1"
    assert rehearsal.__doc__
