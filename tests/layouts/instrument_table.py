"""Instruments without a dictionary: nothing is guessed, the problem says what to write."""

from __future__ import annotations

from layouts.layout import Layout

_WIDE = """ФИО;Класс;Креативность;Кооперация
Ёлкин Пётр;7А;высокий;средний
Примеров Иван;7А;низкий;средний
"""
_LONG = """Ученик,Класс,Шкала,Значение
Ёлкин Пётр,7А,Тревожность,12
Ёлкин Пётр,7А,Мотивация,20
"""

LAYOUTS = (
    Layout(
        title="Уровни словами без описания инструмента",
        file="4К 2025-26.csv",
        data=_WIDE.encode(),
        format="instrument_table",
        problems=("4К 2025-26.csv.mapping.yml", "Креативность, Кооперация"),
    ),
    Layout(
        title="Шкалы строками без описания инструмента",
        file="анкета 2025-26.csv",
        data=_LONG.encode(),
        format="instrument_table",
        problems=("анкета 2025-26.csv.mapping.yml",),
    ),
)
