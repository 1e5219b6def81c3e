"""edu.tatar.ru, страница журнала: месяцы, дни и виды работ в заголовке (FORMATS.md 1.7)."""

from __future__ import annotations

from layouts.layout import Layout

_PAGE = """<html><head><meta charset="utf-8"></head><body>
<p>Учебный год: 2025/2026</p><p>Класс: 7 «Б»</p><p>Предмет: Физика</p><p>Период: 2 четверть</p>
<table>
<thead>
<tr><th rowspan="3">№</th><th rowspan="3">ФИО ученика</th>
<th colspan="3">Декабрь</th><th colspan="1">Январь</th>
<th rowspan="3">Ср. балл</th><th rowspan="3">Итог</th></tr>
<tr><td>1</td><td colspan="2">8</td><td>12</td></tr>
<tr><td>О</td><td>КР</td><td>СР</td><td>Д</td></tr>
</thead>
<tbody>
<tr><td>1</td><td>Ёлкин Пётр <a>ТБ</a> <a>ПР</a></td>
<td>5</td><td>4</td><td>3</td><td>&nbsp;</td><td>4,00</td><td>4</td></tr>
<tr><td>2</td><td>Образцова Анна</td>
<td>н</td><td>5&nbsp;4</td><td>&nbsp;</td><td>3</td><td>3,50</td><td>4</td></tr>
<tr><td>3</td><td>Тестов Олег (выбыл 02.12)</td>
<td>2</td><td>&nbsp;</td><td>&nbsp;</td><td>&nbsp;</td><td>2,00</td><td>н/а</td></tr>
</tbody></table></body></html>"""

LAYOUTS = (
    Layout(
        title="edu.tatar.ru, журнал предмета",
        file="journal.html",
        data=_PAGE.encode(),
        format="journal_grid",
        marks={
            ("Ёлкин Пётр", "Физика", "2025-12-01"): (5.0,),
            ("Ёлкин Пётр", "Физика", "2025-12-08"): (4.0, 3.0),
            ("Ёлкин Пётр", "Физика", "2025-26-Q2"): (4.0,),
            ("Образцова Анна", "Физика", "2025-12-01"): ("absence",),
            ("Образцова Анна", "Физика", "2025-12-08"): (5.0, 4.0),
            ("Образцова Анна", "Физика", "2026-01-12"): (3.0,),
            ("Образцова Анна", "Физика", "2025-26-Q2"): (4.0,),
            ("Тестов Олег", "Физика", "2025-12-01"): (2.0,),
            ("Тестов Олег", "Физика", "2025-26-Q2"): ("not_assessed",),
        },
        # (5 + 4 + 3) / 3 = 4,00 agrees; (5 + 4 + 3) / 3 of Образцова is 4,00 and not 3,50
        problems=("3,50 ≠ 4,00", "выбыт"),
    ),
)
