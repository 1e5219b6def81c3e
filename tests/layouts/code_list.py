"""The school's list of whose a participant code is, made by hand."""

from __future__ import annotations

from layouts.layout import Layout

_ONE = """Список кодов участников ВПР;;;
Учебный год: 2025/2026;;;
№;ФИО;Класс;Код участника
1;Ёлкин Пётр;7 «А»;70001
2;Примеров Иван Образцович;7Б;70003
3;Образцова Анна;7Б;
"""

LAYOUTS = (
    Layout(
        title="Список кодов участников, CSV в кодировке cp1251",
        file="коды.csv",
        data=_ONE.encode("cp1251"),
        format="code_list",
        problems=("Строки без кода участника",),
    ),
)
