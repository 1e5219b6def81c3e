"""Whatever class is written into a table, the same marks come back, and the totals agree."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from posanalytics.gradebook.read import read_bytes

SUBJECTS = ["Алгебра", "История", "Физика", "Химия", "ИЗО"]
SURNAMES = ["Ёлкин", "Грушин", "Образцов", "Примеров", "Вымыслов", "Тестов", "Шаблонов", "Эталонов"]
CELLS = st.sampled_from(["2", "3", "4", "5", "5", "4", "н/а", "осв", "зач", ""])
STATUS = {"н/а": "not_assessed", "осв": "exempt", "зач": "pass"}

classes = st.integers(1, len(SURNAMES)).flatmap(
    lambda pupils: st.integers(1, len(SUBJECTS)).flatmap(
        lambda subjects: st.lists(
            st.lists(CELLS, min_size=subjects, max_size=subjects),
            min_size=pupils,
            max_size=pupils,
        )
    )
)


def typed(table):
    return {
        (f"{surname} Иван", subject): float(cell) if cell.isdigit() else STATUS[cell]
        for surname, row in zip(SURNAMES, table, strict=False)
        for subject, cell in zip(SUBJECTS, row, strict=False)
        if cell
    }


def came_back(reading):
    return {(r.pupil, r.subject): r.value if r.kind == "mark" else r.kind for r in reading.records}


def mean_line(table):
    columns = [
        [int(cell) for cell in column if cell.isdigit()] for column in zip(*table, strict=True)
    ]
    means = [f"{sum(c) / len(c):.2f}".replace(".", ",") if c else "" for c in columns]
    return ["", "Средний балл", *means]


@settings(max_examples=100, deadline=None)
@given(classes, st.sampled_from([";", "\t"]), st.sampled_from(["cp1251", "utf-8-sig"]))
def test_a_text_table_comes_back_as_it_was_typed(table, delimiter, encoding):
    lines = [
        ["Отметки 7 «Б» класса за 2 четверть 2025/2026 учебного года"],
        ["№", "ФИО", *SUBJECTS[: len(table[0])]],
        *([str(n), f"{SURNAMES[n]} Иван", *row] for n, row in enumerate(table)),
        mean_line(table),
    ]
    text = "\r\n".join(delimiter.join(line) for line in lines)
    reading = read_bytes(text.encode(encoding), name="выгрузка.csv")
    assert came_back(reading) == typed(table)
    assert not any("≠" in str(problem) for problem in reading.problems)


@settings(max_examples=50, deadline=None)
@given(classes)
def test_a_summary_page_comes_back_as_it_was_typed(table):
    subjects = "".join(f"<th>{name}</th>" for name in SUBJECTS[: len(table[0])])
    rows = []
    for number, row in enumerate(table):
        cells = "".join(f"<td>&nbsp;{cell}</td>" for cell in row)
        lead = f'<td rowspan="2">{number}</td><td rowspan="2">{SURNAMES[number]} Иван</td>'
        rows.append(f"<tr>{lead}<td>1 четверть</td>{cells}</tr>")
        rows.append(f"<tr><td>2 четверть</td>{'<td>&nbsp;</td>' * len(row)}</tr>")
    page = (
        "<p>Учебный год: 2025/2026</p><p>Класс: 7б</p>"
        f"<table><tr><th>№</th><th>ФИО</th><th></th>{subjects}</tr>{''.join(rows)}</table>"
    )
    reading = read_bytes(page.encode(), name="отчёт.xls")
    assert came_back(reading) == typed(table)
    assert {listed.pupil for listed in reading.listed} == {
        f"{surname} Иван" for surname in SURNAMES[: len(table)]
    }
