"""`posanalytics load --codes`: the list joins results to pupils and never lies with the data."""

from __future__ import annotations

import io

import openpyxl
import pytest
from typer.testing import CliRunner

from posanalytics.cli import app
from posanalytics.cli.errors import BAD_DATA, DONE
from posanalytics.workspace import open_workspace

TITLE = ["ВПР 2026 Алгебра 7 класс"]
HEADER = ["Код участника", "Класс", "1 (5б)", "Первичный балл", "Отметка"]
MARKS = "ФИО;Алгебра\nЁлкин Пётр;4\nПримеров Иван;5\n"
CODES = "Учебный год;2025/2026\nКод;ФИО;Класс\n70001;Ёлкин Пётр;7А\n70002;Примеров Иван;7А\n"


@pytest.fixture
def school(tmp_path, plan_text):
    """Return a workspace with a gradebook and a form Ф1, and a list of codes outside it."""
    root = tmp_path / "school"
    raw = root / "data" / "raw" / "2025-26"
    raw.mkdir(parents=True)
    (root / "plan.yml").write_text(plan_text, "utf-8")
    (raw / "7А 1 четверть.csv").write_text(MARKS, "utf-8")
    book = openpyxl.Workbook()
    for row in (TITLE, HEADER, [70001, "7А", 3, 3, 4], [70002, "7А", 5, 5, 5]):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    (raw / "Ф1.xlsx").write_bytes(stream.getvalue())
    (tmp_path / "коды.csv").write_text(CODES, "utf-8")
    return root


def load(root, *options):
    return CliRunner().invoke(app, ["load", "-C", str(root), *map(str, options)])


def pupils(root):
    tables = open_workspace(root).tables
    return set(tables["scores"]["pupil"]), set(tables["term_marks"]["pupil"])


def test_without_a_list_participants_are_kept_apart_and_the_way_to_join_them_is_told(school):
    result = load(school)
    assert result.exit_code == DONE
    coded, named = pupils(school)
    assert (len(coded), coded & named) == (2, set())
    assert "load --codes" in result.output


def test_a_list_joins_results_to_the_pupils_of_the_gradebook(school):
    load(school)
    result = load(school, "--codes", school.parent / "коды.csv")
    assert result.exit_code == DONE
    coded, named = pupils(school)
    assert coded == named
    assert "Кодов запомнено: 2" in result.output
    assert "Ёлкин" not in result.output


def test_the_list_need_not_be_given_twice(school):
    load(school, "--codes", school.parent / "коды.csv")
    (school.parent / "коды.csv").unlink()
    (school / "data" / "raw" / "2025-26" / "7А 1 четверть.csv").write_text(
        MARKS.replace("4", "3"), "utf-8"
    )
    load(school)
    coded, named = pupils(school)
    assert coded == named


def test_a_list_among_the_exports_works_and_is_better_kept_apart(school):
    (school.parent / "коды.csv").rename(school / "data" / "raw" / "2025-26" / "коды.csv")
    result = load(school)
    coded, named = pupils(school)
    assert coded == named
    assert "Список кодов участников" in result.output
    assert "уберите список из data/raw" in " ".join(result.output.split())


def test_a_file_without_codes_is_refused_and_nothing_is_loaded(school):
    wrong = school.parent / "не коды.csv"
    wrong.write_text("ФИО;Класс\nЁлкин Пётр;7А\n", "utf-8")
    result = load(school, "--codes", wrong)
    assert result.exit_code == BAD_DATA
    assert not (school / "data" / "processed" / "CURRENT").exists()


def test_neither_names_nor_codes_reach_the_tables(school):
    assert load(school, "--codes", school.parent / "коды.csv").exit_code == DONE
    told = b"".join(
        p.read_bytes() for p in (school / "data" / "processed").rglob("*") if p.is_file()
    )
    for secret in ("Ёлкин", "Примеров", "70001"):
        assert secret.encode() not in told
