"""Whatever shape a class table is written in, the marks that were written are read.

The table is drawn here, so that what it holds is known without asking the reader.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from posanalytics.gradebook.read import read_bytes

PUPILS = ["Ёлкин Пётр", "Грушина Анна", "Сливкин Иван Львович", "Отличников Егор", "Примеров И. И.",
          "Канарейкина-Мороз Вера", "Ли Ян", "Успенская Дарья"]  # fmt: skip
SUBJECTS = ["Алгебра", "Русский язык", "ИЗО", "Физ. культура", "Вероятность и статистика",
            "Английский язык (1 гр.)", "ОБЗР", "Родной Язык"]  # fmt: skip
PLAIN = {"Английский язык (1 гр.)": "Английский язык"}
TERMS = {"1 четверть": "Q1", "II четверть": "Q2", "3 чт": "Q3", "Год": "Y"}
MARKS = st.sampled_from([2, 3, 4, 5, "5", "н/а", "осв", "зач", "-", None])
KINDS = {"н/а": "not_assessed", "осв": "exempt", "зач": "pass"}


@dataclass(frozen=True)
class Drawn:
    """A table as it is written, and the tokens in it by pupil, subject and term."""

    rows: list[list[object]]
    merged: list[str]
    marks: dict[tuple[str, str, str], object]


def columns(first, count):
    return [openpyxl.utils.get_column_letter(first + number) for number in range(count)]


@st.composite
def tables(draw):
    pupils = draw(st.lists(st.sampled_from(PUPILS), min_size=2, max_size=6, unique=True))
    subjects = draw(st.lists(st.sampled_from(SUBJECTS), min_size=2, max_size=5, unique=True))
    terms = draw(st.sampled_from([[], ["1 четверть", "II четверть"], ["3 чт", "Год"]]))
    shape = draw(st.sampled_from(["subject over term", "term over subject"])) if terms else "plain"
    numbered, merged = draw(st.booleans()), draw(st.booleans())
    spots = [(s, t) for s in subjects for t in terms or [""]]
    if shape == "term over subject":
        spots = [(s, t) for t in terms for s in subjects]
    lead = ["№", "ФИО"] if numbered else ["Фамилия, имя"]
    rows = [["Класс: 7 «Б»"], ["Учебный год: 2025/2026"], ["" if terms else "Период: 2 четверть"]]
    spans = []
    if shape == "plain":
        rows.append([*lead, *subjects])
    else:
        upper = [spot[shape == "term over subject"] for spot in spots]
        lower = [spot[shape == "subject over term"] for spot in spots]
        told = [cap if n == 0 or upper[n - 1] != cap else None for n, cap in enumerate(upper)]
        rows += [[*lead, *told], [*[None] * len(lead), *lower]]
        width = len(terms) if shape == "subject over term" else len(subjects)
        if merged:
            letters = columns(len(lead) + 1, len(spots))
            groups = [letters[at : at + width] for at in range(0, len(letters), width)]
            spans = [f"{group[0]}4:{group[-1]}4" for group in groups]
    marks = {}
    for number, pupil in enumerate(pupils, 1):
        cells = draw(st.lists(MARKS, min_size=len(spots), max_size=len(spots)))
        rows.append([number, pupil, *cells] if numbered else [pupil, *cells])
        for (subject, term), cell in zip(spots, cells, strict=True):
            if cell not in {None, "-"}:
                place = (pupil, PLAIN.get(subject, subject), TERMS.get(term, "Q2"))
                marks[place] = KINDS.get(cell) or float(cell)
    if draw(st.booleans()):
        rows.append([*[None] * (len(lead) - 1), "Всего учеников", *[len(pupils)] * len(spots)])
    return Drawn(rows, spans, marks)


def written(rows, merged=()):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for span in merged:
        book.active.merge_cells(span)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def found(reading):
    return {
        (r.pupil, r.subject, r.term[8:]): r.value if r.kind == "mark" else r.kind
        for r in reading.records
    }


@settings(max_examples=60, deadline=None)
@given(tables())
def test_every_mark_of_a_drawn_table_is_read(table):
    reading = read_bytes(written(table.rows, table.merged), name="выгрузка.xlsx")
    assert found(reading) == table.marks
    assert [str(problem) for problem in reading.problems if problem.severity == "error"] == []


@settings(max_examples=40, deadline=None)
@given(tables())
def test_a_drawn_table_turned_over_gives_the_same_marks(table):
    if table.rows[2] == [""]:
        return  # periods in a second caption belong to tables with pupils down
    body = [list(row) for row in table.rows[3:]]
    width = max(map(len, body))
    body = [row + [None] * (width - len(row)) for row in body if row[0] != "Всего учеников"]
    start = 1 if body[0][0] == "№" else 0
    body = [row for row in body if row[start] != "Всего учеников"]
    turned = [list(row) for row in zip(*[row[start:] for row in body], strict=True)]
    turned[0][0] = "Предмет"
    reading = read_bytes(written([*table.rows[:3], *turned]), name="выгрузка.xlsx")
    assert found(reading) == table.marks
