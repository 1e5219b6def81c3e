"""Workers: what one task does to its process, the other tasks never notice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from hostile import tasks
from hostile.generator import HOSTILE
from posanalytics import workers
from posanalytics.workers import Limits, Pool

ROOT = Path(workers.__file__).parents[1]
TESTS = Path(__file__).parents[1]
MEGABYTE = 2**20


def answers(function, given, *, number=2, **limits):
    prepare = limits.pop("prepare", None)
    with Pool(function, given, workers=number, limits=Limits(**limits), prepare=prepare) as pool:
        return sorted(pool.answers())


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_task_is_answered_once_by_any_number_of_workers(number):
    found = answers(tasks.doubled, [1, 2, 3, 4, 5], number=number)
    assert found == [(n, "done", (n + 1) * 2) for n in range(5)]


def test_answers_come_as_they_are_ready():
    with Pool(tasks.slept, [1.5, 0], workers=2) as pool:
        assert [answer.number for answer in pool.answers()] == [1, 0]


def test_no_task_starts_no_process():
    with Pool(tasks.doubled, [], workers=2) as pool:
        assert pool._workers == []
        assert list(pool.answers()) == []


def test_work_for_which_there_is_no_worker_is_refused():
    with pytest.raises(ValueError, match="at least one worker"):
        Pool(tasks.doubled, [1], workers=0)


def test_no_more_workers_start_than_there_are_tasks():
    with Pool(tasks.slept, [0.2], workers=3) as pool:
        assert len(pool._workers) == 1
        assert len(list(pool.answers())) == 1


def test_a_dead_worker_costs_its_task_and_no_other():
    found = answers(tasks.done_or_dead, [0, 1, 2, 3, 4])
    assert [state for _, state, _ in found] == ["done", "died", "done", "died", "done"]


def test_an_exception_that_nobody_catches_is_a_death():
    assert answers(tasks.raised, [1], quiet=True) == [(0, "died", None)]


def test_a_task_with_two_tries_survives_one_death(tmp_path):
    assert answers(tasks.died_once, [tmp_path / "flag"], tries=2) == [(0, "done", "done")]


def test_a_task_with_one_try_does_not(tmp_path):
    assert answers(tasks.died_once, [tmp_path / "flag"]) == [(0, "died", None)]


def test_a_task_over_its_time_is_ended_and_the_others_go_on():
    begun = time.monotonic()
    found = answers(tasks.slept, [60, 0], number=1, seconds=1)
    assert [state for _, state, _ in found] == ["too_long", "done"]
    assert time.monotonic() - begun < 20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux caps what a process may map")
def test_a_task_over_its_memory_is_told_and_the_others_go_on():
    found = answers(tasks.filled, [2000 * MEGABYTE, 10], number=1, memory=200 * MEGABYTE)
    assert found == [(0, "too_much_memory", None), (1, "done", 11)]


def test_where_nothing_caps_a_process_its_memory_is_watched():
    limits = {"memory": 150 * MEGABYTE, "watched": True}
    found = answers(tasks.kept, [400 * MEGABYTE, 10], number=2, **limits)
    assert found == [(0, "too_much_memory", None), (1, "done", 10)]


def test_an_answer_that_would_fill_the_parent_stays_where_it_is():
    found = answers(tasks.long_answer, [10 * MEGABYTE, 5], number=1, answer=MEGABYTE)
    assert found == [(0, "too_much_memory", None), (1, "done", b"xxxxx")]


def test_the_abort_of_native_code_is_a_death_and_nothing_more(capfd):
    # RELIABILITY.md 1.1: calamine asks for half a terabyte here, and aborts the interpreter.
    corners = next(file for file in HOSTILE if file.file == "углы листа.xlsx").make()
    found = answers(
        tasks.opened_by_calamine, [corners], quiet=True, memory=1024 * MEGABYTE, seconds=60
    )
    assert found == [(0, "died", None)]
    assert capfd.readouterr().err == ""


def test_a_quiet_worker_prints_nothing(capfd):
    assert answers(tasks.printed, ["Ёлкин"], quiet=True) == [(0, "done", "done")]
    assert capfd.readouterr() == ("", "")


def test_what_prepares_a_worker_comes_before_its_tasks():
    assert answers(tasks.temporary, [0], prepare=tasks.prepared_in) == [(0, "done", "/prepared")]


def test_workers_that_cannot_start_are_given_up():
    found = answers(tasks.doubled, [1, 2], prepare=tasks.never_ready)
    assert [state for _, state, _ in found] == ["not_started", "not_started"]


def test_leaving_early_ends_the_workers():
    with Pool(tasks.slept, [60, 60], workers=2) as pool:
        family = [worker.process for worker in pool._workers]
    assert [process.is_alive() for process in family] == [False, False]


def test_a_script_without_a_guard_is_not_run_again_by_its_workers(tmp_path):
    script = tmp_path / "school.py"
    script.write_text(
        textwrap.dedent("""
            script_ran = True
            from hostile import tasks
            from posanalytics.workers import Pool
            with Pool(tasks.main_module, [0], workers=1) as pool:
                print([answer.value for answer in pool.answers()])
        """),
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{TESTS}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("[False]", "")


@pytest.mark.skipif(os.name == "nt", reason="Windows sends Ctrl-C to a console, not to a process")
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_parent_leaves_neither_workers_nor_their_children(tmp_path, by):
    marker = tmp_path / "child"
    code = (
        "from hostile import tasks\nfrom posanalytics.workers import Pool\n"
        f"with Pool(tasks.spawned, [{str(marker)!r}], workers=1) as pool:\n"
        "    list(pool.answers())\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{TESTS}"},
        stderr=subprocess.DEVNULL,
    )
    try:
        begun = time.monotonic()
        while not (marker.exists() and marker.read_text()):
            assert time.monotonic() - begun < 30
            time.sleep(0.05)
        family = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(by)
        process.wait(10)
        _, alive = psutil.wait_procs(family, timeout=10)
    finally:
        process.kill()
    assert int(marker.read_text()) in {member.pid for member in family}
    assert alive == []
