"""An export that is over a limit costs itself only, and may be tried again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posanalytics.gradebook import guard
from posanalytics.workspace import open_workspace

TABLE = "Класс;{label}\nУчебный год;2025-26\nПериод;2 четверть\nФИО;Алгебра;Физика\n{rows}"
ROWS = "Ёлкин Пётр;5;4\nПримеров Иван;3;4\n"


@pytest.fixture
def school(tmp_path, plan_text):
    """Return a workspace with one export."""
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    (raw / "a.csv").write_text(TABLE.format(label="7А", rows=ROWS), "utf-8")
    return open_workspace(tmp_path)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("died", "обрывает работу программы"),
        ("too_long", "разбор занял больше 60 с"),
        ("too_much_memory", "больше 1024 МБ памяти"),
        ("not_started", "не запустился процесс"),
    ],
)
def test_every_way_to_lose_a_worker_is_told_in_words(state, words):
    reading = guard.rejected("a.xlsx", state)
    problem = reading.problems[0]
    assert (reading.format, problem.severity, problem.file) == ("", "error", "a.xlsx")
    assert words in problem.found
    assert problem.expected
    assert problem.remedy


@pytest.mark.parametrize(("files", "jobs", "workers"), [(0, 2, 0), (1, 2, 1), (8, 2, 1), (9, 1, 1)])
def test_few_files_need_one_worker_and_none_need_none(files, jobs, workers):
    assert guard.workers_for(range(files), jobs=jobs) == workers


def test_a_file_over_its_time_is_rejected_and_the_others_are_loaded(school, monkeypatch):
    # html.parser takes quadratic time over comments that never end.
    (school.raw / "b.xls").write_bytes(b"<html><table>" + b"<!--" * 200_000)
    monkeypatch.setattr(guard, "LIMITS", replace(guard.LIMITS, seconds=3))
    report = school.load()
    assert [(source.file, source.format != "") for source in report.sources] == [
        ("a.csv", True),
        ("b.xls", False),
    ]
    assert [p.file for p in report.problems if "больше 3 с" in p.found] == ["b.xls"]


def test_a_file_whose_worker_was_lost_is_read_by_the_next_load(school, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(guard, "LIMITS", replace(guard.LIMITS, answer=100))
        assert school.load().quarantined == 1
    (school.raw / "b.csv").write_text(TABLE.format(label="7Б", rows=ROWS), "utf-8")
    report = school.load()
    assert [(source.file, source.marks) for source in report.sources] == [
        ("a.csv", 4),
        ("b.csv", 4),
    ]


def test_where_no_worker_starts_the_same_files_are_tried_again(school, monkeypatch):
    from posanalytics import workers

    with monkeypatch.context() as patch:
        patch.setattr(workers, "_started", _stillborn)
        report = school.load()
        assert report.quarantined == 1
        assert any("не запустился" in problem.found for problem in report.problems)
    assert school.load().quarantined == 0


def _stillborn(*_):
    """Return a worker whose process ends before it can begin anything."""
    import multiprocessing
    import time

    from posanalytics.workers import _Worker

    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=time.sleep, args=(0,), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_tables_do_not_depend_on_the_number_of_workers(school, jobs, monkeypatch):
    monkeypatch.setattr(guard, "_FILES_PER_WORKER", 1)
    (school.raw / "b.csv").write_text(TABLE.format(label="7Б", rows=ROWS), "utf-8")
    (school.raw / "c.csv").write_text("Ничего", "utf-8")
    report = school.load(jobs=jobs)
    assert [(source.file, source.marks) for source in report.sources] == [
        ("a.csv", 4),
        ("b.csv", 4),
        ("c.csv", 0),
    ]
