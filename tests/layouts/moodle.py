"""Moodle, export of the grader report (FORMATS.md 6.1)."""

from __future__ import annotations

import io

import openpyxl
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from layouts.layout import Layout
from posanalytics.gradebook import Hints

_HINTS = Hints(school_year="2025-26", subject="Алгебра", class_label="7Б", term="2025-26-Q2")

_ENGLISH = (
    "First name,Last name,ID number,Institution,Department,Email address,"
    "Quiz: Fractions (Real),Quiz: Fractions (Percentage),Quiz: Fractions (Letter),"
    "Quiz: Fractions (Feedback),Course total (Real),Last downloaded from this course\n"
    "Пётр,Ёлкин,17,,7А,e@school.example,8.50,85.00 %,B,Хорошо решено,42.00,1767225600\n"
    "Иван,Примеров,18,,7Б,p@school.example,-,-,-,,30.00,1767225600\n"
)

_RUSSIAN = (
    ("Фамилия", "Имя", "Индивидуальный номер", "Учреждение (организация)", "Отдел",
     "Адрес электронной почты", "Тест: Дроби (Значение)", "Тест: Дроби (Проценты)",
     "Тест: Дроби (Отзыв)", "Итоговая оценка за курс (Значение)",
     "Последняя загрузка из этого курса"),
    ("Ёлкин", "Пётр Ильич", "", "", "", "e@school.example", "8,50", "85,00 %", "", "42,00", ""),
    ("Примеров", "Иван Ильич", "", "", "", "p@school.example", "-", "-", "", "0,00", ""),
)  # fmt: skip
_RUSSIAN_SCORES = {
    ("Ёлкин Пётр Ильич", "Алгебра", "Тест: Дроби"): 8.5,
    ("Ёлкин Пётр Ильич", "Алгебра", "Тест: Дроби, %"): 85.0,
    ("Ёлкин Пётр Ильич", "Алгебра", "total"): 42.0,
    ("Примеров Иван Ильич", "Алгебра", "total"): 0.0,
}
# Moodle 1.9 wrote no suffixes; a column of numbers is a work, one of words is not.
_OLD = (
    "Имя;Фамилия;Адрес электронной почты;Тест: Дроби;Задание: Опыт;Итоговая оценка за курс;Клуб\n"
    "Пётр;Ёлкин;e@school.example;7,5;-;37,5;Шахматы\n"
)


def _text(delimiter: str, encoding: str = "utf-8") -> bytes:
    lines = (delimiter.join(_quoted(cell, delimiter) for cell in row) for row in _RUSSIAN)
    return "\r\n".join(lines).encode(encoding)


def _quoted(cell: str, delimiter: str) -> str:
    return f'"{cell}"' if delimiter in cell else cell


def _xlsx() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Оценки"
    sheet.append(_RUSSIAN[0])
    sheet.append((*_RUSSIAN[1][:6], 8.5, "85,00 %", "", 42, ""))
    sheet.append((*_RUSSIAN[2][:6], "-", "-", "", 0, ""))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _ods() -> bytes:
    document = OpenDocumentSpreadsheet()
    table = Table(name="Оценки")
    for row in _RUSSIAN:
        line = TableRow()
        for text in row:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=text))
            line.addElement(cell)
        table.addElement(line)
    document.spreadsheet.addElement(table)
    stream = io.BytesIO()
    document.write(stream)
    return stream.getvalue()


LAYOUTS = (
    Layout(
        title="Moodle, CSV на английском: балл, процент, буква, отзыв; класс в «Department»",
        file="Grades.csv",
        data=_ENGLISH.encode(),
        format="moodle",
        hints=Hints(school_year="2025-26", subject="Алгебра"),
        scores={
            ("Ёлкин Пётр", "Алгебра", "Quiz: Fractions"): 8.5,
            ("Ёлкин Пётр", "Алгебра", "Quiz: Fractions, %"): 85.0,
            ("Ёлкин Пётр", "Алгебра", "Quiz: Fractions, буква"): "B",
            ("Ёлкин Пётр", "Алгебра", "total"): 42.0,
            ("Примеров Иван", "Алгебра", "total"): 30.0,
        },
        problems=("Прочерк вместо балла, ячеек: 3", "Отзывы и комментарии учителя не читаются"),
    ),
    Layout(
        title="Moodle, CSV на русском через запятую, десятичная запятая",
        file="Оценки.csv",
        data=_text(","),
        format="moodle",
        hints=_HINTS,
        scores=_RUSSIAN_SCORES,
        problems=("Прочерк вместо балла, ячеек: 2",),
    ),
    Layout(
        title="Moodle, текст через табуляцию",
        file="Оценки.txt",
        data=_text("\t"),
        format="moodle",
        hints=_HINTS,
        scores=_RUSSIAN_SCORES,
    ),
    Layout(
        title="Moodle, CSV через точку с запятой в cp1251",
        file="Оценки.csv",
        data=_text(";", "cp1251"),
        format="moodle",
        hints=_HINTS,
        scores=_RUSSIAN_SCORES,
    ),
    Layout(
        title="Moodle, книга Excel",
        file="Оценки.xlsx",
        data=_xlsx(),
        format="moodle",
        hints=_HINTS,
        scores=_RUSSIAN_SCORES,
    ),
    Layout(
        title="Moodle, таблица OpenDocument",
        file="Оценки.ods",
        data=_ods(),
        format="moodle",
        hints=_HINTS,
        scores=_RUSSIAN_SCORES,
    ),
    Layout(
        title="Moodle, старая выгрузка без пометок в заголовках",
        file="Алгебра Оценки 7Б 2025-2026.csv",
        data=_OLD.encode(),
        format="moodle",
        scores={
            ("Ёлкин Пётр", "Алгебра", "Тест: Дроби"): 7.5,
            ("Ёлкин Пётр", "Алгебра", "total"): 37.5,
        },
        problems=("Столбец «Клуб» не похож на работу и не учтён", "Прочерк вместо балла, ячеек: 1"),
    ),
)
