"""Bad input is explained, never raised: a reading without a format and an error with a remedy."""

from __future__ import annotations

import io
import random

import pytest
import xlwt
from hypothesis import given, settings
from hypothesis import strategies as st

from posanalytics.gradebook import read_gradebook
from posanalytics.gradebook.read import read_bytes

ROWS = [["№", "ФИО", "Алгебра"], [1, "Ёлкин Пётр", 5], [2, "Грушина Анна", "4,33"]]


def old_workbook():
    book = xlwt.Workbook()
    sheet = book.add_sheet("7Б")
    for r, row in enumerate(ROWS):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def is_explained(reading):
    """Return whether there are marks, or a problem of weight with all its three sentences."""
    grave = [problem for problem in reading.problems if problem.severity != "note"]
    whole = all(problem.found and problem.expected and problem.remedy for problem in grave)
    return whole and bool(grave or reading.records)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "Файл пуст"),
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "паролем"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "не таблица"),
        (b"PK\x03\x04torn", "повреждён"),
        ("Просто письмо без таблицы.".encode(), "не опознано"),
        ('"незакрытая;кавычка\n5;4'.encode(), "нарушена"),
        (b"<html><body>" + b"<table><tr><td>" * 50, "вложены"),
    ],
)
def test_every_failure_says_what_was_found(read, data, words):
    reading = read(data)
    assert reading.format == ""
    assert words in reading.problems[0].found
    assert is_explained(reading)


def test_a_missing_file_is_a_problem(tmp_path):
    reading = read_gradebook(tmp_path / "нет.xlsx")
    assert "не открывается" in reading.problems[0].found


def test_a_problem_calls_the_file_as_it_is_told(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"")
    assert read_gradebook(path, name="папка/файл.xlsx").problems[0].file == "папка/файл.xlsx"


def test_too_large_a_file_is_not_opened(tmp_path):
    path = tmp_path / "a.xlsx"
    with path.open("wb") as file:
        file.truncate(51 * 2**20)
    assert "слишком велик" in read_gradebook(path).problems[0].found


def test_an_empty_template_is_not_taken_for_a_read_file(xlsx, read):
    reading = read(xlsx([["№", "ФИО", "Алгебра"], [1, None, None]]))
    assert any(problem.severity == "error" for problem in reading.problems)


@pytest.mark.parametrize("kind", ["xlsx", "ods", "html", "csv"])
def test_torn_and_flipped_files_never_raise(kind, xlsx, ods):
    # Old binary workbooks are not in the list: calamine itself may abort on a broken one, which
    # only a worker process can hold (tests/hostile/test_fuzz.py).
    table = "".join(f"<tr><td>{a}<td>{b}<td>{c}" for a, b, c in ROWS)
    lines = "\n".join(f"{a};{b};{c}" for a, b, c in ROWS)
    whole = {
        "xlsx": xlsx(ROWS),
        "ods": ods("7Б", ROWS),
        "html": f"<table>{table}".encode(),
        "csv": lines.encode("cp1251"),
    }[kind]
    rng = random.Random(20260901)
    for _ in range(60):
        data = bytearray(whole[: rng.randrange(1, len(whole) + 1)])
        for _ in range(rng.randrange(4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        assert is_explained(read_bytes(bytes(data), name="7Б 2 четверть 2025-26"))


def test_a_torn_binary_workbook_is_a_problem(read):
    whole = old_workbook()
    assert is_explained(read(whole[: len(whole) // 2]))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_never_raises(data):
    assert is_explained(read_bytes(data, name="x"))


CELLS = st.sampled_from(
    ["", "5", "4,33", "ФИО", "Предмет", "Алгебра", "Ёлкин Пётр", "1 четверть", "Сентябрь", "1",
     "01.09", "Класс: 7Б", "Ученик:", "Учебный год: 2025/2026", "Средний балл", "н/а", "№", "Год",
     "Код участника", "Первичный балл", "Вариант", "Итог:"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(CELLS, max_size=6), max_size=8))
def test_any_shuffle_of_captions_is_read_or_explained(rows):
    text = "<table>" + "".join(
        f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows
    )
    assert is_explained(read_bytes(text.encode(), name="7Б 2 четверть 2025-26.xls"))
