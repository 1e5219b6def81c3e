"""Reports that stand: which are older than the data, which are made again, how they are listed."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys

import nbformat
import pytest
from typer.testing import CliRunner

from posanalytics import cli, workers
from posanalytics.cli import errors
from posanalytics.cli.run import tell_failed
from posanalytics.reports import batch, runner, shelf
from posanalytics.store import files
from posanalytics.store.ledger import Made
from posanalytics.workspace import open_workspace


def call(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def class_table(label, term, year="2025/2026"):
    rows = [f"{n};Примеров {letter}иван;4;{3 + n % 3}" for n, letter in enumerate("АБВГДЕ", 1)]
    head = [f"Класс: {label}", f"{term} четверть {year}", "№;ФИО;Алгебра;Физика"]
    return "\n".join([*head, *rows])


@pytest.fixture
def school(tmp_path, plan_text):
    """Return a workspace of two classes with two terms after one of the year before."""
    from posanalytics.reports import scaffold

    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    for label in ("7А", "7Б"):
        for term in (1, 2):
            (raw / f"{label} {term}.csv").write_text(class_table(label, term), "utf-8")
    scaffold.furnish(tmp_path)
    workspace = open_workspace(tmp_path)
    workspace.load()
    return workspace


def stand(workspace, notebook, **given):
    """Put a page on record as if it had been made from what there is now."""
    job = batch.job_for(workspace, notebook, given)
    job.output.parent.mkdir(exist_ok=True)
    job.output.write_text("<p>", "utf-8")
    plan = files.sha256_of(workspace.root / "plan.yml")
    made = Made(
        output=job.output.name,
        key=batch._key(workspace, job, plan),
        sha256=files.sha256_of(job.output),
        notebook=notebook,
        parameters=json.dumps(dict(job.parameters)),
        made_at="2026-01-12T21:30:00+00:00",
    )
    workspace.ledger.record(made)
    return job.output.name


def test_a_page_of_the_data_that_there_are_is_not_outdated(school):
    stand(school, "class_profile", class_label="7А", term="2025-26-Q1")
    assert batch.outdated(school) == set()


def test_a_page_of_a_class_that_is_gone_is_outdated(school):
    page = stand(school, "class_profile", class_label="7Б", term="2025-26-Q2")
    for path in school.raw.glob("7Б*"):
        path.unlink()
    school.load()
    assert batch.outdated(school) == {page}


def test_a_page_under_the_schools_old_name_is_outdated(school):
    page = stand(school, "class_profile", class_label="7А", term="2025-26-Q1")
    plan = school.root / "plan.yml"
    plan.write_text(plan.read_text("utf-8").replace("Примерская", "Другая"), "utf-8")
    assert batch.outdated(open_workspace(school.root)) == {page}


def test_the_index_marks_an_outdated_page(school):
    stand(school, "class_profile", class_label="7А", term="2025-26-Q1")
    (school.raw / "7А 1.csv").write_text(class_table("7А", 1).replace(";4;", ";5;"), "utf-8")
    school.load()
    batch.write_index(school)
    assert "с тех пор изменились" in (school.reports / "index.html").read_text("utf-8")


def test_a_report_of_ones_own_notebook_is_part_of_the_program_once_it_stands(school):
    shutil.copy(school.notebooks / "data_quality.ipynb", school.notebooks / "mine.ipynb")
    page = stand(school, "mine", term="2025-26-Q1")
    assert page in {job.output.name for job in batch.program(school)}


def test_a_page_of_an_earlier_term_is_left_as_it_was(school):
    page = stand(school, "class_profile", class_label="7А", term="2025-26-Q1")
    assert page not in {job.output.name for job in batch.program(school)}


@pytest.mark.parametrize(("key", "word"), [("same", "restored"), ("other", "renewed")])
def test_a_page_made_over_another_is_not_called_new(key, word):
    before = Made("a.html", "same", "", "mine", "{}", "")
    assert batch._became(before, key) == word


def test_the_list_names_question_class_term_day_and_name(school, monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Yekaterinburg")
    import time

    time.tzset()
    try:
        page = stand(school, "class_profile", class_label="7А", term="2025-26-Q1")
        (row,) = shelf.listed(school)
    finally:
        monkeypatch.undo()
        time.tzset()
    # Half past nine in the evening in Greenwich is half past two at night in the Urals.
    assert row[1:] == ["7А", "1\u00a0четверть 2025/26", "13.01.2026 02:30", page[:-5]]


def headed(school, heading):
    """Write a notebook of the school's own, and put its report on record."""
    cells = [nbformat.v4.new_markdown_cell(heading)]
    notebook = school.notebooks / "mine.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=cells), notebook)
    stand(school, "mine")
    return notebook


def test_the_list_calls_a_report_of_ones_own_as_its_notebook_is_headed(school):
    headed(school, "# Сколько *учеников* читают?")
    (row,) = shelf.listed(school)
    assert row[0] == "Сколько учеников читают?"


def test_the_list_still_names_a_report_whose_notebook_is_gone(school):
    headed(school, "# Сколько учеников читают?").unlink()
    (row,) = shelf.listed(school)
    assert row[0] == "mine"


@pytest.fixture
def browser(tmp_path, monkeypatch):
    """Return the calls of a stand-in for the browser, which writes down what it is to show."""
    seen = tmp_path / "seen"
    script = tmp_path / "browser"
    script.write_text(f'#!/bin/sh\necho "$@" >>{seen}\n', "utf-8")
    script.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(script))
    return lambda: seen.read_text("utf-8").splitlines() if seen.exists() else []


def typed(*arguments):
    """Call the command line as a process of its own: which browser is found out once in each."""
    call = [sys.executable, "-m", "posanalytics", *map(str, arguments)]
    return subprocess.run(call, capture_output=True, check=False)


NO_SHELL = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a shell script")


@NO_SHELL
def test_open_shows_a_report_that_stands_and_makes_nothing(school, browser):
    page = school.reports / stand(school, "class_profile", class_label="7А", term="2025-26-Q1")
    ran = typed("report", page.stem, "--open", "-C", school.root)
    assert (ran.returncode, browser()) == (0, [page.resolve().as_uri()])
    assert page.read_text("utf-8") == "<p>"


@NO_SHELL
def test_open_without_a_name_shows_the_list_of_reports(school, browser):
    stand(school, "class_profile", class_label="7А", term="2025-26-Q1")
    batch.write_index(school)
    ran = typed("report", "--open", "-C", school.root)
    assert (ran.returncode, browser()) == (0, [(school.reports / "index.html").resolve().as_uri()])


@NO_SHELL
def test_open_makes_a_report_that_does_not_stand_and_shows_it(school, browser):
    headed(school, "# Сколько учеников читают?")
    school.ledger.forget("mine.html")
    ran = typed("report", "mine", "--open", "-C", school.root)
    page = school.reports / "mine.html"
    assert (ran.returncode, browser()) == (0, [page.resolve().as_uri()])
    assert "Сколько учеников читают?" in page.read_text("utf-8")


@NO_SHELL
def test_open_says_where_the_page_is_that_no_browser_would_show(school, monkeypatch):
    page = stand(school, "class_profile", class_label="7А", term="2025-26-Q1")
    monkeypatch.setenv("BROWSER", "false")
    ran = typed("report", page, "--open", "-C", school.root)
    assert ran.returncode == errors.INTERNAL
    assert page in ran.stderr.decode()


def test_the_list_shows_no_json(school):
    stand(school, "class_profile", class_label="7А", term="2025-26-Q1")
    assert "{" not in call("report", "-C", school.root).output


def test_a_term_is_understood_as_people_write_it(school):
    assert school.known_term("1 четверть 2025/26") == "2025-26-Q1"


def test_terms_are_named_beside_their_codes_where_one_is_unknown(school):
    said = call("check", "-C", school.root, "--term", "2025-26-Q4").output
    assert "1\u00a0четверть 2025/26 (2025-26-Q1)" in said


def test_a_folder_of_reports_that_is_a_file_is_told_before_anything_is_read(school, monkeypatch):
    shutil.rmtree(school.reports, ignore_errors=True)
    school.reports.write_text("", "utf-8")
    monkeypatch.setattr("posanalytics.workspace.Workspace.load", pytest.fail)
    ran = call("run", "-C", school.root)
    assert ran.exit_code == errors.CANNOT_WRITE
    assert "«reports»: на месте папки лежит файл" in ran.output


@pytest.mark.parametrize(
    ("number", "word"),
    [(errno.ENOSPC, "место"), (errno.EROFS, "только для чтения"), (errno.ENOTDIR, "лежит файл")],
)
def test_what_the_disk_refuses_is_told_in_russian_without_a_hidden_name(number, word):
    error = OSError(number, os.strerror(number), "/x/reports/.index.html.0ca19f00.tmp")
    said, _ = errors.explained(error)
    assert word in said
    assert "«index.html»" in said
    assert os.strerror(number) not in said


def test_one_refusal_of_the_disk_is_told_once(capsys):
    said = "Отчёт не записан: на диске кончилось место."
    tell_failed([batch.Outcome(f"{n}.html", "failed", said, errno.ENOSPC) for n in range(6)])
    told = capsys.readouterr().err
    assert told.count(said) == 1
    assert "ещё отчёты: 5" in told


def test_a_disk_that_refuses_a_page_is_told_in_words(school, monkeypatch):
    def refuse(_job):
        raise OSError(errno.ENOSPC, "No space left on device")

    notebook = school.notebooks / "mine.ipynb"
    shutil.copy(school.notebooks / "data_quality.ipynb", notebook)
    monkeypatch.setattr(runner, "_executed", refuse)
    job = batch.job_for(school, "mine", {})
    assert runner._result(job).errno == errno.ENOSPC
    assert "No space" not in runner._result(job).failure


@pytest.mark.parametrize(
    ("call_of", "said"),
    [
        (["nosuch"], "нет команды «nosuch»"),
        (["run", "--nosuch"], "нет ключа --nosuch"),
        (["run", "--jobs", "0"], "не меньше 1"),
        (["run", "--jobs", "x"], "целое число"),
        (["init"], "не указано обязательное: 'ПАПКА'"),
        (["run", "--term"], "после ключа --term нужно значение"),
    ],
)
def test_mistakes_of_use_are_told_in_russian(call_of, said):
    ran = call(*call_of)
    assert ran.exit_code == errors.USAGE
    assert said in ran.output
    assert "Error" not in ran.output


@pytest.mark.parametrize("command", ["run", "load", "report", "init", "demo", "export"])
def test_the_help_of_a_command_speaks_no_english(command):
    told = call(command, "--help").output
    for word in ("Usage", "Options", "Arguments", "Show this", "default", "<str>", "OPTIONS"):
        assert word not in told


def test_a_reader_that_stops_reading_ends_the_command_quietly():
    ran = subprocess.Popen(
        [sys.executable, "-m", "posanalytics", "--help"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    ran.stdout.close()
    assert ran.stderr.read() == b""
    ran.stderr.close()
    ran.wait()


def deaf_to():
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, set())


def test_a_process_that_is_starting_does_not_hear_ctrl_c():
    asked = "import signal; print(2 in signal.pthread_sigmask(signal.SIG_BLOCK, set()))"
    with workers.deaf():
        told = subprocess.run([sys.executable, "-c", asked], capture_output=True, check=True)
    assert told.stdout.strip() == b"True"
    assert not deaf_to()
