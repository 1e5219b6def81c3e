"""Сетевой город, «Итоговые отметки» (FORMATS.md 1.2)."""

from __future__ import annotations

from layouts.layout import Layout

_PAGE = """<html><head><meta charset="utf-8"></head><body>
<table><tr><td>Учебный год: 2025/2026</td></tr><tr><td>Класс: 7б</td></tr>
<tr><td>Ученик: Ёлкин Пётр</td></tr></table>
<table class="table-print-num">
<tr><th>№</th><th>Предмет</th><th>1 четверть</th><th>2 четверть</th><th>Год. оценка</th></tr>
<tr><td>1</td><td>Алгебра</td><td>4</td><td>5</td><td>&nbsp;</td></tr>
<tr><td>2</td><td>История</td><td>&nbsp;</td><td>осв</td><td>3</td></tr>
</table></body></html>"""

LAYOUTS = (
    Layout(
        title="Сетевой город, «Итоговые отметки», два периода",
        file="Итоговые отметки.xls",
        data=_PAGE.encode(),
        format="netschool_marks",
        marks={
            ("Ёлкин Пётр", "Алгебра", "2025-26-Q1"): (4.0,),
            ("Ёлкин Пётр", "Алгебра", "2025-26-Q2"): (5.0,),
            ("Ёлкин Пётр", "История", "2025-26-Q2"): ("exempt",),
            ("Ёлкин Пётр", "История", "2025-26-Y"): (3.0,),
        },
    ),
)
