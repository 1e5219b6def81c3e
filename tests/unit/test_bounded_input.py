"""What lies beside exports is bounded: no file name, mapping or list of pupils stops a load."""

from __future__ import annotations

import io
import os
import re
import sys
import zipfile

import pytest
from layouts import oneroster

from posanalytics.gradebook.containers.container import LARGEST_FILE, Refused
from posanalytics.gradebook.mapping import read_mapping
from posanalytics.gradebook.mapping_files import mapping_path, mapping_paths
from posanalytics.gradebook.read import read_bytes
from posanalytics.gradebook.tokens import tokens
from posanalytics.gradebook.yaml_files import LARGEST
from posanalytics.labels import pupil_words, same_pupil_words
from posanalytics.privacy import file_name
from posanalytics.store.sources import sources_of
from posanalytics.store.spellings import read_spellings
from posanalytics.workspace import open_workspace

ROWS = "Класс;7А\nУчебный год;2025-26\nПериод;2 четверть\nФИО;Алгебра\nЁлкин Пётр;5\n"
# Nine lists of nine of nine …: nine to the eighth values in a text of some lines.
LAUGHS = "a: &a [x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 9)}]\n"
    for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)
HOSTILE = {
    "a day that is not": "same: {2024-02-30: a}\n",
    "brackets": "[" * 5000,
    "aliases": LAUGHS,
    "a number": "same: {" + "9" * 5000 + ": a}\n",
    "a zero byte": "same:\n  - a\x00\n",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_list_of_pupils_is_a_problem(tmp_path, text):
    (tmp_path / "pupils.yml").write_text(text, "utf-8")
    told = read_spellings(tmp_path)
    assert [problem.severity for problem in told.problems] == ["error"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_mapping_is_refused_as_a_mapping(tmp_path, text):
    path = tmp_path / "a.csv.mapping.yml"
    path.write_text(text, "utf-8")
    with pytest.raises(Refused) as refused:
        read_mapping(path)
    assert refused.value.reason in {"mapping_yaml", "mapping_field"}
    assert refused.value.slots["file"] == path.name


def test_files_larger_than_people_write_are_not_read(tmp_path):
    for name in ("pupils.yml", "mapping.yml"):
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(LARGEST + 1)
    assert "больше" in read_spellings(tmp_path).problems[0].found
    with pytest.raises(Refused, match="mapping_too_large"):
        read_mapping(tmp_path / "mapping.yml")


def test_of_a_large_folder_only_hashes_are_held(tmp_path, monkeypatch):
    folder = tmp_path / "roster"
    folder.mkdir()
    for name in ("manifest.csv", "users.csv", "results.csv"):
        with (folder / name).open("wb") as stream:
            stream.truncate(LARGEST_FILE // 2)  # three halves are more than one file may be
    monkeypatch.setattr("posanalytics.store.sources.packed", lambda _: pytest.fail("was read"))
    assert len(sources_of([folder], tmp_path)) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names that are no text")
def test_a_file_whose_name_is_no_text_is_loaded(tmp_path, plan_text):
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    with open(os.fsencode(raw) + b"/\xea\xeb.csv", "wb") as stream:  # noqa: PTH123 - a name of bytes
        stream.write(ROWS.encode())
    report = open_workspace(tmp_path).load()
    assert [source.file for source in report.sources] == ["\\xea\\xeb.csv"]


def test_two_courses_named_by_their_files_stay_two(tmp_path, plan_text):
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    folder = tmp_path / "data" / "raw" / "2025-26" / "7Б"
    folder.mkdir(parents=True)
    text = 'Имя,Фамилия,Адрес электронной почты,"Тест: Опрос (Значение)"\nПётр,Ёлкин,a@b.ru,{}\n'
    (folder / "История Оценки.csv").write_text(text.format(7), "utf-8")
    (folder / "Физика Оценки.csv").write_text(text.format(7), "utf-8")
    workspace = open_workspace(tmp_path)
    workspace.load()
    assert set(workspace.tables["scores"]["subject"]) == {"История", "Физика"}


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Алгебра Оценки.csv", "Алгебра Оценки.csv"),
        ("Русский Язык 7Б.csv", "Русский Язык 7Б.csv"),
        ("Щукарь Варвара Алгебра.xls", "[ученик] Алгебра.xls"),
        ("Физика П.И. Щукарь.xls", "Физика [ученик].xls"),
        ("ЩУКАРЬ ВАРВАРА.xls", "[ученик].xls"),
    ],
)
def test_school_words_of_a_file_name_are_no_names(name, shown):
    assert file_name(name) == shown


@pytest.mark.parametrize("text", ["5*21", "5*99999999999999999", "5*" + "9" * 400])
def test_a_weight_that_no_school_gives_is_not_understood(text):
    assert [token.kind for token in tokens(text, grid="current")] == ["unknown"]


def test_a_weight_of_ten_counts():
    assert [(token.value, token.weight) for token in tokens("5*10", grid="current")] == [
        (5.0, 10.0)
    ]


def test_namesakes_told_apart_by_age_are_two_pupils():
    younger, elder = (
        same_pupil_words(pupil_words(f"Щукарь Варвара {age}")) for age in ("(младшая)", "(старшая)")
    )
    assert younger != elder
    assert younger[:2] == elder[:2]
    assert younger == same_pupil_words(pupil_words("Щукарь Варвара мл."))


@pytest.mark.parametrize("remark", ["(выбыл 12.10)", "(на дому)", "(ОВЗ)"])
def test_a_remark_about_a_place_is_no_part_of_a_name(remark):
    assert pupil_words(f"Щукарь Варвара {remark}") == ("щукарь", "варвара")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_of_another_age_is_named_with_its_cell(day):
    whole = oneroster.LAYOUTS[0].data
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            new.writestr(name, re.sub(r"20\d\d-\d\d-\d\d(?!-)", day, old.read(name).decode()))
    problems = read_bytes(stream.getvalue(), name="o.zip").problems
    sheets = {p.sheet for p in problems if "Непонятная дата" in p.found and p.cell}
    assert {"enrollments", "lineItems"} <= sheets


def test_a_control_character_reaches_no_problem():
    rows = "Класс;7Б\nУчебный год;2025-26\nПериод;2 четверть\nФИО;История;Долг \x1b[2J\n"
    text = rows + "Ёлкин Пётр;5;x\nГрушина Анна;4;y\nПримеров Иван;4;z\n"
    problems = read_bytes(text.encode(), name="a.csv").problems
    assert any("Долг" in problem.found for problem in problems)
    assert not any("\x1b" in str(problem) for problem in problems)


def test_the_mapping_of_a_folder_is_written_where_it_is_read(tmp_path):
    folder = tmp_path / "roster"
    folder.mkdir()
    mapping_path(folder).write_text("class: 7Б\n", "utf-8")
    assert mapping_paths(folder, tmp_path) == (mapping_path(folder),)
