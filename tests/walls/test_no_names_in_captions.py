"""No name of a child gets into what is shown or kept through a caption, a comment or a mapping."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest
from layouts.books import workbook
from openpyxl.comments import Comment

from posanalytics.gradebook.mapping_text import mapping_text
from posanalytics.gradebook.preview import look_at
from posanalytics.gradebook.preview_text import table_lines, told
from posanalytics.interchange import TABLES, oneroster
from posanalytics.store.pieces import read_piece
from posanalytics.store.sources import looks_of
from posanalytics.workspace import open_workspace

# Stems: a name may be declined.
CANARIES = ("щукар", "сорокопуд", "рыбаков", "канарей")
HEAD = "Класс;7Б\nУчебный год;2025-26\nПериод;2 четверть\n"
PUPILS = "{0}Сорокопудов Игнат;{1}\n{0}Щукарь Варвара;{1}\n{0}Рыбаков Олег;{1}\n"


def commented():
    """Return one pupil's marks whose comments say more than what they are for."""
    book = openpyxl.Workbook()
    sheet = book.active
    for row in [["Учебный год: 2025/2026"], ["Класс: 7б"], ["Ученик: Щукарь Варвара"],
                ["Предмет", "01.09", "02.09"], ["Алгебра", "5", "4"]]:  # fmt: skip
        sheet.append(row)
    sheet["B5"].comment = Comment("5 - Рыбаков помогал; списала", "x")
    sheet["C5"].comment = Comment("4 - Контрольная работа - тема про Рыбакова", "x")
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


CANVAS = (
    'Student,ID,SIS Login ID,Section,"Пересдача: Щукарь Варвара (12345)",'
    '"Доклад Рыбакова (12346)"\n    Points Possible,,,,10,10\n'
    '"Щукарь, Варвара",1,a,7Б,7,8\n"Сорокопудов, Игнат",2,b,7Б,,9\n"Рыбаков, Олег",3,c,7Б,5,9\n'
)
LISTS = (
    "Сорокопудов Игнат;7Б;14.10.2025;Социометрия;С кем сидеть;Щукарь\n"
    "Щукарь Варвара;7Б;14.10.2025;Социометрия;С кем сидеть;Рыбаков\n"
    "Рыбаков Олег;7Б;14.10.2025;Социометрия;Щукарь Варвара;Щукарь Варвара\n"
)
PLACES = {
    "pupils across": {"Социометрия.csv": HEAD
        + "ФИО;Сорокопудов Игнат;Щукарь Варвара;Рыбаков\nСорокопудов Игнат;;5;4\n"
        + "Щукарь Варвара;5;;3\nРыбаков Олег;3;4;\n"},
    "subject": {"a.csv": HEAD + "ФИО;Алгебра;Алгебра (Щукарь, на дому);Физика - Игнат Сорокопудов\n"
        + PUPILS.format("", "5;4;5")},
    "long header": {"a.csv": HEAD + "ФИО;Алгебра;Замечание про Рыбакова Олега с урока\n"
        + PUPILS.format("", "5;x")},
    "sheet": {"x.xlsx": workbook({
        "Щукарь": [["Ученик:", "Щукарь Варвара"], ["Предмет", "1 четверть"], ["Алгебра", "qqq"]],
        "Канарейкин": [["Что-то", 1]]})},
    "unknown layout": {"x.csv": "Игнат Щукарь 7Б;кол;\nСорокопудов;5;4;5\nЩукарь;5;3;4\n"
        "Рыбаков;5;3;4\n"},
    "comment": {"2025-26/a.xlsx": commented()},
    "work title": {"2025-26/7Б/2026-01-10T1200_Grades-Алгебра.csv": CANVAS},
    "course": {"2025-26/7Б/Щукарь Оценки.csv": CANVAS},
    "answers": {"Опросник 7Б 2025-26.csv": "ФИО;Класс;Дата;Тест;Шкала;Уровень\n" + LISTS},
    "file": {"Щукарь 7Б.csv": HEAD + "ФИО;Алгебра\n" + PUPILS.format("", "5"),
             "щукаря.csv": "что-то;1\n", "РЫБАКОВ ОЛЕГ.xls": b"\xd0\xcf\x11\xe0zzz"},
    "mapping": {"a.csv": HEAD + "ФИО;Алгебра\n" + PUPILS.format("", "5"),
                "a.csv.mapping.yml": "class: Рыбаков Олег\nЩукарь: 5\nskip_rows: Сорокопудов\n"},
    "mapped sheet": {"a.csv": HEAD + "ФИО;Алгебра\n" + PUPILS.format("", "5"),
                "a.csv.mapping.yml": "sheets:\n  - sheet: Рыбаков Олег\n    header_row: 4\n"},
    "format": {"a.csv": HEAD + "ФИО;Алгебра\n" + PUPILS.format("", "5"),
               "a.csv.mapping.yml": "format: Рыбаков Олег\n"},
}  # fmt: skip


@pytest.fixture
def school(tmp_path, plan_text):
    """Return a maker of a workspace with the files given, and a list that knows every name."""

    def make(files):
        (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
        raw = tmp_path / "data" / "raw"
        known = {"класс 7Б.csv": HEAD + "ФИО;История\n" + PUPILS.format("", "5")}
        for name, data in {**known, **files}.items():
            path = raw / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return open_workspace(tmp_path)

    return make


def found_in(*texts):
    return [name for name in CANARIES if any(name in str(text).lower() for text in texts)]


@pytest.mark.parametrize("place", PLACES)
def test_a_name_in_a_caption_reaches_neither_tables_nor_problems(school, place):
    workspace = school(PLACES[place])
    report = workspace.load()
    tables = workspace.tables
    names = ("marks", "term_marks", "scores", "enrolments", "problems", "attendance")
    assert found_in(*(tables[name].to_csv() for name in names)) == []
    assert found_in(report, *report.problems) == []
    pieces = map(read_piece, (workspace.processed / "pieces").iterdir())
    stored = [(p.problems, *(part.to_pylist() for part in p.tables.values())) for p in pieces]
    assert len(stored) > 1
    assert found_in(*stored) == []


@pytest.mark.parametrize("place", PLACES)
def test_a_look_at_a_file_shows_no_name_and_writes_none(school, place):
    workspace = school(PLACES[place])
    files = [name for name in PLACES[place] if not name.endswith(".yml")]
    looks = looks_of([workspace.raw / name for name in files if place != "file"], workspace.raw)
    for seen in map(look_at, looks):
        shown = [*told(seen), *(line for table in seen.tables for line in table_lines(table))]
        assert found_in(seen, *shown, mapping_text(seen), *seen.problems) == []


@pytest.mark.parametrize("place", ["pupils across", "subject", "comment", "course"])
def test_an_export_for_other_programs_holds_no_name(school, place):
    workspace = school(PLACES[place])
    workspace.load()
    tables = workspace.tables
    packed = oneroster({name: tables[name] for name in TABLES}, plan=workspace.plan)
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert found_in(*(archive.read(name).decode() for name in archive.namelist())) == []


def test_columns_under_pupils_names_are_named_and_give_no_marks(school):
    workspace = school(PLACES["pupils across"])
    report = workspace.load()
    # Only the list that is there beside it has marks: history.
    assert set(workspace.tables["term_marks"]["subject"]) == {"История"}
    assert any("имя человека" in problem.found for problem in report.problems)


def test_a_subject_in_the_form_of_a_name_counts_once_a_person_has_named_it(school):
    rows = HEAD + "ФИО;Лего Клуб\n" + PUPILS.format("", "5")
    named = school({"a.csv": rows, "a.csv.mapping.yml": "subjects: {B: Лего Клуб}\n"})
    named.load()
    assert set(named.tables["term_marks"]["subject"]) == {"История", "Лего Клуб"}
    (named.raw / "a.csv.mapping.yml").unlink()
    named.load()
    assert set(named.tables["term_marks"]["subject"]) == {"История"}


def test_a_kind_of_work_is_kept_and_what_a_teacher_adds_is_not(school):
    workspace = school(PLACES["comment"])
    workspace.load()
    marks = workspace.tables["marks"]
    assert dict(zip(marks["date"].astype(str), marks["work"], strict=True)) == {
        "2025-09-01": "", "2025-09-02": "Контрольная работа",
    }  # fmt: skip


def test_works_titled_by_names_stay_two_works(school):
    workspace = school(PLACES["work title"])
    workspace.load()
    scores = workspace.tables["scores"]
    # three pupils, two works of ten points, one result missing
    assert scores.groupby("scale", observed=True).size().sort_values().tolist() == [2, 3]
