"""ОГЭ: regional protocol with spacer columns, two subjects down one sheet (FORMATS.md 5.3)."""

from __future__ import annotations

import io

import xlwt

from layouts.layout import Layout

_HEADER = {
    0: "№", 1: "Код ОО", 2: "Класс", 4: "Код ППЭ", 6: "Аудитория", 8: "Код МСУ", 10: "Фамилия",
    12: "Имя", 13: "Отчество", 14: "Задания с кратким ответом",
    17: "Задания с развёрнутым ответом", 18: "Первичный балл", 20: "Оценка",
}  # fmt: skip
# Columns that the report writer draws over its spacers.
_WIDE = ((2, 3), (4, 5), (6, 7), (8, 9), (10, 11), (14, 16), (18, 19))


def _row(sheet, number, cells):
    wide = dict(_WIDE)
    for column, value in cells.items():
        if column in wide:
            sheet.write_merge(number, number, column, wide[column], value)
        else:
            sheet.write(number, column, value)


def _pupil(number, *who, short, long, total, mark):
    surname, given, patronymic = who
    return {
        0: number, 1: "000000", 2: "9А", 4: "0001", 6: "0003", 8: "01", 10: surname, 12: given,
        13: patronymic, 14: short, 17: long, 18: total, 20: mark,
    }  # fmt: skip


def _protocol():
    book = xlwt.Workbook()
    sheet = book.add_sheet("Page 1")
    lines = [
        {0: "Протокол проверки результатов ОГЭ"},
        {0: "Примерская область"},
        {0: "12 - Обществознание 2026.05.22"},
        {},
        _HEADER,
        _pupil(1, "Ёлкин", "Пётр", "Примерович", short="++-2+", long="1(2)2(3)", total=8, mark=4),
        _pupil(
            2, "Примеров", "Иван", "Образцович", short="+---X", long="0(2)X(3)", total=1, mark=2
        ),
        {10: "Средние", 18: 4.5, 20: 3},
        {},
        {0: "02 - Математика 2026.06.02"},
        {},
        _HEADER,
        _pupil(1, "Ёлкин", "Пётр", "Примерович", short="+++", long="2(2)", total=5, mark=5),
        {10: "Средние", 18: 5, 20: 5},
    ]
    for number, cells in enumerate(lines):
        _row(sheet, number, cells)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


_ELKIN, _IVAN = "Ёлкин Пётр Примерович", "Примеров Иван Образцович"
_SOCIAL, _MATHS = "Обществознание", "Математика"

LAYOUTS = (
    Layout(
        title="ОГЭ, протокол региона, два предмета",
        file="Протокол.xls",
        data=_protocol(),
        format="oge_protocol",
        scores={
            (_ELKIN, _SOCIAL, "total"): 1 + 1 + 0 + 2 + 1 + 1 + 2,
            (_ELKIN, _SOCIAL, "кратк. 1"): 1,
            (_ELKIN, _SOCIAL, "кратк. 2"): 1,
            (_ELKIN, _SOCIAL, "кратк. 3"): 0,
            (_ELKIN, _SOCIAL, "кратк. 4"): 2,
            (_ELKIN, _SOCIAL, "кратк. 5"): 1,
            (_ELKIN, _SOCIAL, "разв. 1"): 1,
            (_ELKIN, _SOCIAL, "разв. 2"): 2,
            (_IVAN, _SOCIAL, "total"): 1,
            (_IVAN, _SOCIAL, "кратк. 1"): 1,
            (_IVAN, _SOCIAL, "кратк. 2"): 0,
            (_IVAN, _SOCIAL, "кратк. 3"): 0,
            (_IVAN, _SOCIAL, "кратк. 4"): 0,
            (_IVAN, _SOCIAL, "кратк. 5"): None,
            (_IVAN, _SOCIAL, "разв. 1"): 0,
            (_IVAN, _SOCIAL, "разв. 2"): None,
            (_ELKIN, _MATHS, "total"): 5,
            (_ELKIN, _MATHS, "кратк. 1"): 1,
            (_ELKIN, _MATHS, "кратк. 2"): 1,
            (_ELKIN, _MATHS, "кратк. 3"): 1,
            (_ELKIN, _MATHS, "разв. 1"): 2,
        },
        problems=("Итоговые строки пропущены без проверки",),
    ),
)
