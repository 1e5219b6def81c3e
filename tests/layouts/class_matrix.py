"""Class tables in the manner of systems whose export layout nobody documents (FORMATS.md 3, 4.5).

No real file of these systems is known: each layout joins traits that their tables are known or
believed to have. What is sure is only that a reader must cope with every one of them.
"""

from __future__ import annotations

import io

import openpyxl
import xlwt

from layouts.layout import Layout

ELKIN, GRUSHINA, SLIVKIN = "Ёлкин Пётр", "Грушина Анна", "Сливкин Иван"


def _xlsx(sheets, merged=(), percent=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for span in merged:
            sheet.merge_cells(span)
        for cell in percent:
            sheet[cell].number_format = "0%"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _xls(name, rows):
    book = xlwt.Workbook()
    sheet = book.add_sheet(name)
    for row, cells in enumerate(rows):
        for column, value in enumerate(cells):
            if value is not None:
                sheet.write(row, column, value)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _html(rows):
    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    body = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in cells)
    return f"<html><body><table>{body}</table></body></html>".encode("cp1251")


# Дневник.ру: «ОСВ» and «ЗЧ» as words, «-» where there is no final mark (help.kundalik.com).
_DNEVNIK = _xls(
    "Итоговые оценки",
    [
        ["Итоговые оценки класса"],
        ["Класс: 7-б"],
        ["Период: 2 четверть 2025/2026"],
        [],
        ["№", "Ученик", "Алгебра", "Физ. культура", "Музыка", "Средний балл"],
        [1.0, ELKIN, 5.0, "ОСВ", "ЗЧ", 5.0],
        [2.0, GRUSHINA, 4.0, 5.0, "-", 4.5],
        [None, "Средний балл", 4.5, 5.0],
        [None, "Общий % успеваемости", "100%", "100%"],
        [None, "% качества", "100%", "100%"],
    ],
)

# ЭлЖур: a table of averages beside marks, each subject followed by its own mean.
_ELJUR = _xlsx(
    {
        "7А": [
            ["Сводная таблица оценок, 7А класс, I полугодие 2025-2026 учебного года"],
            ["№", "Фамилия Имя", "Алгебра", None, "История", None],
            [None, None, "ср. балл", "итог", "ср. балл", "итог"],
            [1, ELKIN, 4.67, 5, 3.5, 4],
            [2, GRUSHINA, 3.2, 3, 4.8, 5],
        ]
    },
    merged=("A2:A3", "B2:B3", "C2:D2", "E2:F2"),
)

# БАРС: names in three columns, a row of column numbers, counts of marks below.
_BARS = _xlsx(
    {
        "Отчет": [
            ["Сводный отчет об успеваемости"],
            ["Учебный год", "2025/2026"],
            ["Класс:", "8В"],
            ["Период:", "III четверть"],
            [],
            ["№ п/п", "Фамилия", "Имя", "Отчество", "Русский язык", "Физика"],
            [1, 2, 3, 4, 5, 6],
            [1, "Ёлкин", "Пётр", "Ильич", 5, 4],
            [2, "Грушина", "Анна", "Львовна", 3, "н/а"],
            [None, "Количество «5»", None, None, 1, 0],
            [None, "Количество «4»", None, None, 0, 1],
            [None, "Качество, %", None, None, 50, 100],
            [None, "Классный руководитель", None, None, None, None],
        ]
    }
)

# «Моя школа»: a page under the name .xls, terms of the year side by side below each subject.
_MOYA_SHKOLA = _html(
    [
        ["Успеваемость обучающихся"],
        ["9 «А» класс, 2025/2026 учебный год"],
        ["Обучающийся", "Биология", None, None, "Химия", None, None],
        [None, "1 триместр", "2 триместр", "Год", "1 триместр", "2 триместр", "Год"],
        ["Ёлкин П. И.", 4, 5, 5, 3, 3, 3],
        ["Грушина А. Л.", 5, 5, 5, None, 4, 4],
    ]
)

# 1С:Образование: subjects grouped by field, shares shown as per cent by their format.
_ONE_C = _xlsx(
    {
        "TDSheet": [
            ["Ведомость успеваемости за 1 четверть", None, None, None, None],
            ["6А", None, None, None, None],
            [None, "Список учащихся", "Естественные науки", None, "Языки"],
            [None, None, "Биология", "География", "Английский язык"],
            [1, ELKIN, 5, 4, 3],
            [2, GRUSHINA, 4, 2, 5],
            [None, "Качество знаний", 1, 0.5, 0.5],
            [None, "Успеваемость", 1, 0.5, 1],
            [None, "СОУ", round((100 + 64) / 2 / 100, 2), 0.4, 0.68],
        ]
    },
    merged=("C3:D3", "B3:B4"),
    percent=("C7", "D7", "E7", "C8", "D8", "E8", "C9", "D9", "E9"),
)

# Made by hand: two classes below each other under one header, totals below each.
_STACKED = _xlsx(
    {
        "Лист1": [
            ["Итоги 2 четверти 2025/2026"],
            ["№", "ФИО", "Матем.", "Рус. яз."],
            ["5А"],
            [1, ELKIN, 5, 4],
            [2, GRUSHINA, 3, 4],
            [None, "Ср. балл", 4, 4],
            ["5Б класс"],
            [1, SLIVKIN, 2, 3],
            [None, "Ср. балл", 2, 3],
        ]
    }
)

# Made by hand: two terms beside each other, each with its own list of pupils.
_BESIDE = (
    "1 четверть;;;;2 четверть;;\r\n"
    "Фамилия;Алгебра;История;;Фамилия;Алгебра;История\r\n"
    "Ёлкин;5;4;;Ёлкин;4;4\r\n"
    "Грушина;3;3;;Грушина;2;5\r\n"
).encode("cp1251")

# Made by hand: pupils across and subjects down, with means on both edges.
_TURNED = _xlsx(
    {
        "Успеваемость": [
            ["11Б, 1 полугодие 2025/26"],
            [],
            ["Предмет", ELKIN, GRUSHINA, "Средний балл"],
            ["Алгебра", 5, 4, 4.5],
            ["История", 3, "н/а", 3],
            ["Средний балл", 4, 4, None],
        ]
    }
)

# Made by hand: a whole parallel in one table, the class of each pupil in a column.
_PARALLEL = _xlsx(
    {
        "7 параллель": [
            ["Результаты 2 четверти, 2025-2026 учебный год"],
            ["№", "Ф.И.О.", "Класс", "Алгебра"],
            [1, ELKIN, "7А", 5],
            [2, ELKIN, "7 «Б»", 3],
            [3, GRUSHINA, "7-Б", 4],
        ]
    }
)


def _marks(label_free: dict[tuple[str, str, str], float | str]):
    return {place: (told,) for place, told in label_free.items()}


LAYOUTS = (
    Layout(
        title="в духе Дневник.ру: итоговые оценки класса, .xls",
        file="Итоговые оценки.xls",
        data=_DNEVNIK,
        format="class_matrix",
        marks=_marks(
            {
                (ELKIN, "Алгебра", "2025-26-Q2"): 5.0,
                (ELKIN, "Физ. культура", "2025-26-Q2"): "exempt",
                (ELKIN, "Музыка", "2025-26-Q2"): "pass",
                (GRUSHINA, "Алгебра", "2025-26-Q2"): 4.0,
                (GRUSHINA, "Физ. культура", "2025-26-Q2"): 5.0,
            }
        ),
        problems=("Прочерк вместо отметки",),
    ),
    Layout(
        title="в духе ЭлЖур: средние и итоги под каждым предметом",
        file="svodka.xlsx",
        data=_ELJUR,
        format="class_matrix",
        marks={
            (ELKIN, "Алгебра", "2025-26-H1"): (4.67, 5.0),
            (ELKIN, "История", "2025-26-H1"): (3.5, 4.0),
            (GRUSHINA, "Алгебра", "2025-26-H1"): (3.2, 3.0),
            (GRUSHINA, "История", "2025-26-H1"): (4.8, 5.0),
        },
    ),
    Layout(
        title="в духе БАРС: имя в трёх столбцах, номера столбцов под заголовком",
        file="report.xlsx",
        data=_BARS,
        format="class_matrix",
        marks=_marks(
            {
                ("Ёлкин Пётр Ильич", "Русский язык", "2025-26-Q3"): 5.0,
                ("Ёлкин Пётр Ильич", "Физика", "2025-26-Q3"): 4.0,
                ("Грушина Анна Львовна", "Русский язык", "2025-26-Q3"): 3.0,
                ("Грушина Анна Львовна", "Физика", "2025-26-Q3"): "not_assessed",
            }
        ),
        problems=("использованы для проверки",),
    ),
    Layout(
        title="в духе «Моя школа»: HTML, периоды под предметами",
        file="Успеваемость.xls",
        data=_MOYA_SHKOLA,
        format="class_matrix",
        marks=_marks(
            {
                ("Ёлкин П. И.", "Биология", "2025-26-T1"): 4.0,
                ("Ёлкин П. И.", "Биология", "2025-26-T2"): 5.0,
                ("Ёлкин П. И.", "Биология", "2025-26-Y"): 5.0,
                ("Ёлкин П. И.", "Химия", "2025-26-T1"): 3.0,
                ("Ёлкин П. И.", "Химия", "2025-26-T2"): 3.0,
                ("Ёлкин П. И.", "Химия", "2025-26-Y"): 3.0,
                ("Грушина А. Л.", "Биология", "2025-26-T1"): 5.0,
                ("Грушина А. Л.", "Биология", "2025-26-T2"): 5.0,
                ("Грушина А. Л.", "Биология", "2025-26-Y"): 5.0,
                ("Грушина А. Л.", "Химия", "2025-26-T2"): 4.0,
                ("Грушина А. Л.", "Химия", "2025-26-Y"): 4.0,
            }
        ),
    ),
    Layout(
        title="в духе 1С: предметы по областям, доли в процентах",
        file="2025-26/Ведомость.xlsx",
        data=_ONE_C,
        format="class_matrix",
        marks=_marks(
            {
                (ELKIN, "Биология", "2025-26-Q1"): 5.0,
                (ELKIN, "География", "2025-26-Q1"): 4.0,
                (ELKIN, "Английский язык", "2025-26-Q1"): 3.0,
                (GRUSHINA, "Биология", "2025-26-Q1"): 4.0,
                (GRUSHINA, "География", "2025-26-Q1"): 2.0,
                (GRUSHINA, "Английский язык", "2025-26-Q1"): 5.0,
            }
        ),
        problems=("нижнее название", "использованы для проверки"),
    ),
    Layout(
        title="сделано вручную: два класса под одним заголовком",
        file="итоги.xlsx",
        data=_STACKED,
        format="class_matrix",
        marks=_marks(
            {
                (ELKIN, "Матем.", "2025-26-Q2"): 5.0,
                (ELKIN, "Рус. яз.", "2025-26-Q2"): 4.0,
                (GRUSHINA, "Матем.", "2025-26-Q2"): 3.0,
                (GRUSHINA, "Рус. яз.", "2025-26-Q2"): 4.0,
                (SLIVKIN, "Матем.", "2025-26-Q2"): 2.0,
                (SLIVKIN, "Рус. яз.", "2025-26-Q2"): 3.0,
            }
        ),
        problems=("использованы для проверки",),
    ),
    Layout(
        title="сделано вручную: две четверти рядом, одни фамилии, CSV cp1251",
        file="7Б 2025-26.csv",
        data=_BESIDE,
        format="class_matrix",
        marks=_marks(
            {
                ("Ёлкин", "Алгебра", "2025-26-Q1"): 5.0,
                ("Ёлкин", "История", "2025-26-Q1"): 4.0,
                ("Грушина", "Алгебра", "2025-26-Q1"): 3.0,
                ("Грушина", "История", "2025-26-Q1"): 3.0,
                ("Ёлкин", "Алгебра", "2025-26-Q2"): 4.0,
                ("Ёлкин", "История", "2025-26-Q2"): 4.0,
                ("Грушина", "Алгебра", "2025-26-Q2"): 2.0,
                ("Грушина", "История", "2025-26-Q2"): 5.0,
            }
        ),
    ),
    Layout(
        title="сделано вручную: ученики в столбцах, предметы в строках",
        file="таблица.xlsx",
        data=_TURNED,
        format="class_matrix",
        marks=_marks(
            {
                (ELKIN, "Алгебра", "2025-26-H1"): 5.0,
                (ELKIN, "История", "2025-26-H1"): 3.0,
                (GRUSHINA, "Алгебра", "2025-26-H1"): 4.0,
                (GRUSHINA, "История", "2025-26-H1"): "not_assessed",
            }
        ),
    ),
    Layout(
        title="сделано вручную: параллель в одной таблице, класс в столбце",
        file="параллель.xlsx",
        data=_PARALLEL,
        format="class_matrix",
        marks={
            # two pupils of one name in two classes
            (ELKIN, "Алгебра", "2025-26-Q2"): (5.0, 3.0),
            (GRUSHINA, "Алгебра", "2025-26-Q2"): (4.0,),
        },
    ),
)
