"""Hostile and broken files: each is explained or read to its marks, and stops no other."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import pytest
from layouts.books import workbook
from layouts.layout import marks_of

import posanalytics
from hostile import tasks
from hostile.generator import HOSTILE
from posanalytics.gradebook import Hints, guard
from posanalytics.gradebook.read import read_bytes
from posanalytics.store import open_tables
from posanalytics.store.sources import Source
from posanalytics.workers import Pool

FILES = {file.file: file for file in HOSTILE}
TERM = "2025-26-Q2"
FOLDER = "2025-26/7Б 2 четверть"
ROOT = Path(posanalytics.__file__).parents[1]
MEGABYTE = 2**20
# Two pupils with two marks each; no name is in two classes.
GOOD = "Класс;{label}\nУчебный год;2025-26\nПериод;2 четверть\nФИО;Алгебра;Физика\n{names}"
PUPILS = {"7А": ("Вымыслов Олег", "Грушина Вера"), "7В": ("Сливкина Анна", "Ягодкин Лев")}


@pytest.fixture(scope="session")
def raw(tmp_path_factory):
    """Return a folder of a school in which every hostile file lies beside two good exports."""
    root = tmp_path_factory.mktemp("hostile")
    folder = root / "data" / "raw" / FOLDER
    folder.mkdir(parents=True)
    for file in HOSTILE:
        (folder / file.file).write_bytes(file.make())
    # No export, and larger than the parent may become: nobody may hold it whole.
    with (folder.parent / "урок.mp4").open("wb") as video:
        video.truncate(400 * MEGABYTE)
    for label, pupils in PUPILS.items():
        text = GOOD.format(label=label, names="".join(f"{name};5;4\n" for name in pupils))
        (folder.parent / f"хорошая {label}.csv").write_text(text, "utf-8")
    return root


@pytest.fixture(scope="session")
def told(raw):
    """Return what became of every hostile file, all read in one go by two workers."""
    folder = raw / "data" / "raw" / FOLDER
    hints = Hints("2025-26", "7Б", TERM)
    sources = [Source(folder / name, name, "", "", hints) for name in FILES]
    begun = time.monotonic()
    with Pool(tasks.measured, sources, workers=2, limits=guard.LIMITS) as pool:
        answers = {sources[answer.number].name: answer for answer in pool.answers()}
    return answers, time.monotonic() - begun


@pytest.fixture
def outcome(request, told):
    """Return reading, seconds and memory of the file that the test is about."""
    answer = told[0][request.param]
    if answer.state != "done":
        return guard.rejected(request.param, answer.state), 0.0, 0
    return answer.value


@pytest.mark.parametrize(("outcome", "name"), [(n, n) for n in FILES], indirect=["outcome"])
def test_a_hostile_file_is_explained_or_read_to_its_marks(outcome, name):
    reading, seconds, memory = outcome
    expected = {(*place, TERM): (mark,) for place, mark in FILES[name].marks.items()}
    assert marks_of(reading) == expected
    assert FILES[name].says in "\n".join(map(str, reading.problems))
    if FILES[name].refused:
        first = reading.problems[0]
        assert (reading.format, first.severity) == ("", "error")
        assert first.found
        assert first.expected
        assert first.remedy
    assert seconds <= 20  # RELIABILITY.md 5.2
    assert memory <= guard.LIMITS.memory


def test_the_whole_set_takes_less_than_a_minute_and_a_half(told):
    assert told[1] < 90


def test_nothing_that_a_zip_holds_is_written_anywhere(raw, told):
    assert len(told[0]) == len(FILES)
    assert [path.name for path in raw.rglob("outside.xml")] == []


RUN = textwrap.dedent("""
    import sys
    from hostile.tasks import peak
    from posanalytics.__main__ import main
    sys.argv = ["posanalytics", "load", "-C", sys.argv[1]]
    try:
        main()
    except SystemExit as end:
        print("peak", peak())
        raise
""")


@pytest.fixture(scope="module")
def loaded(raw, plan_of_a_school, tmp_path_factory):
    """Return how `posanalytics load` ended on the folder: exit code, output, seconds."""
    (raw / "plan.yml").write_text(plan_of_a_school, "utf-8")
    place = tmp_path_factory.mktemp("vault") / "key"
    tests = str(ROOT / "tests")
    environment = {
        **os.environ,
        "POSANALYTICS_KEY_FILE": str(place),
        "POSANALYTICS_LANG": "ru",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{tests}",
        "PYTHONUTF8": "1",
    }
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(raw)],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return done, time.monotonic() - begun


@pytest.fixture(scope="module")
def plan_of_a_school():
    """Return the small plan of conftest, for a fixture that outlives one test."""
    import conftest

    return conftest.PLAN


def test_a_folder_with_the_whole_set_ends_with_exit_3(loaded):
    assert loaded[0].returncode == 3, loaded[0].stderr


def test_the_good_exports_among_hostile_ones_are_loaded(loaded, raw):
    assert loaded[0].returncode == 3
    marks = open_tables(raw / "data" / "processed")["term_marks"]
    # PUPILS: two pupils in each class, each with a 5 and a 4
    for label in PUPILS:
        assert sorted(marks[marks["class_label"] == label]["mark"]) == [4.0, 4.0, 5.0, 5.0]


@pytest.mark.parametrize("name", [name for name in FILES if FILES[name].refused])
def test_a_refused_file_has_its_row_and_its_reason_in_the_output(loaded, name):
    lines = [line for line in loaded[0].stdout.splitlines() if f"{FOLDER}/{name}" in line]
    assert any("не прочитан" in line for line in lines)
    assert any(line.startswith("ОШИБКА") and FILES[name].says in line for line in lines)


def test_a_video_among_the_exports_is_refused_by_its_size(loaded):
    lines = [line for line in loaded[0].stdout.splitlines() if "урок.mp4" in line]
    assert any("слишком велик" in line for line in lines)


def test_the_parent_stays_small(loaded):
    peak = next(line for line in loaded[0].stdout.splitlines() if line.startswith("peak"))
    if sys.platform == "linux":
        assert 0 < int(peak.split()[1]) < 300 * MEGABYTE


def test_loading_the_whole_set_takes_less_than_a_minute_and_a_half(loaded):
    assert loaded[1] < 90


def test_a_workbook_whose_list_of_parts_is_torn_is_explained():
    whole = workbook({"Лист1": [["ФИО", "Алгебра"], ["Ёлкин Пётр", 5]]})
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            new.writestr(name, part[: len(part) // 2] if name == "_rels/.rels" else part)
    assert [p.severity for p in read_bytes(stream.getvalue(), name="7Б.xlsx").problems] == ["error"]
