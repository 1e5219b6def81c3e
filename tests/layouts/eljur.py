"""ЭлЖур: marks of a pupil as .xls, missed lessons as a page (FORMATS.md 2)."""

from __future__ import annotations

from layouts.books import captions, cells, old_workbook, page, table
from layouts.layout import Layout
from posanalytics.gradebook import Hints

_HINTS = Hints(school_year="2025-26", class_label="7Б")

_WORD = old_workbook(
    "Оценки",
    [
        ["Ёлкин Пётр, 7Б", None, None, None, None],
        [None, "Сентябрь", None, "Январь", None],
        ["Предмет", 1, 3, 12, 14],
        ["Алгебра", 5, "4✕2", "Н", 3],
        ["Русский язык", None, "5 4", "ОП", "3-"],
        ["Физика", "5✕0", "3×1.5", None, "4"],
    ],
    merged=((0, 0, 0, 4), (1, 1, 1, 2), (1, 1, 3, 4)),
)

# The corner above the subjects is blank, and only the hints tell class and year.
_BLANK = old_workbook(
    "Оценки",
    [
        ["Ёлкин Пётр", None, None],
        [None, "Октябрь", None],
        [None, 6, 8],
        ["Алгебра", "5 4✕2", None],
        ["История", None, "УП"],
    ],
    merged=((0, 0, 0, 2), (1, 1, 1, 2)),
)

_MISSES = page(
    captions(year="2025/2026", label="7б", pupil="Ёлкин Пётр", period="1 четверть"),
    table(
        cells("Предмет", "По болезни", "По уважительной причине", "Без причины", "Всего", tag="th"),
        cells("Алгебра", 2, 1, "", 3),
        cells("История", "", "", 1, 2),
        cells("", 2, 1, 1, 4),
    ),
)

_LETTERS = page(
    captions(year="2025/2026", label="7б", pupil="Ёлкин Пётр"),
    table(
        cells("Предмет", "b", "u", "n", tag="th"),
        cells("Алгебра", 2, 1, 0),
        cells("", 2, 1, 0),
    ),
)

LAYOUTS = (
    Layout(
        title="ЭлЖур, оценки ученика, веса и отметки вне среднего",
        file="Оценки.xls",
        data=_WORD,
        format="eljur_pupil",
        hints=_HINTS,
        marks={
            ("Ёлкин Пётр", "Алгебра", "2025-09-01"): (5.0,),
            ("Ёлкин Пётр", "Алгебра", "2025-09-03"): (4.0,),
            ("Ёлкин Пётр", "Алгебра", "2026-01-12"): ("absence",),
            ("Ёлкин Пётр", "Алгебра", "2026-01-14"): (3.0,),
            ("Ёлкин Пётр", "Русский язык", "2025-09-03"): (5.0, 4.0),
            ("Ёлкин Пётр", "Русский язык", "2026-01-12"): ("absence",),
            ("Ёлкин Пётр", "Русский язык", "2026-01-14"): (3.0,),
            ("Ёлкин Пётр", "Физика", "2025-09-01"): (5.0,),
            ("Ёлкин Пётр", "Физика", "2025-09-03"): (3.0,),
            ("Ёлкин Пётр", "Физика", "2026-01-14"): (4.0,),
        },
    ),
    Layout(
        title="ЭлЖур, оценки ученика без слова «Предмет»",
        file="Оценки.xls",
        data=_BLANK,
        format="eljur_pupil",
        hints=_HINTS,
        marks={
            ("Ёлкин Пётр", "Алгебра", "2025-10-06"): (5.0, 4.0),
            ("Ёлкин Пётр", "История", "2025-10-08"): ("absence",),
        },
    ),
    Layout(
        title="ЭлЖур, пропуски по причинам",
        file="Пропуски.html",
        data=_MISSES,
        format="eljur_misses",
        # 0 + 0 + 1 is 1, not 2; without «Всего» of the rows the last line sums to 3 and 2.
        problems=("«2 ≠ 1»", "дни пропусков не указаны", "предметов: 2"),
    ),
    Layout(
        title="ЭлЖур, пропуски под буквами причин",
        file="Пропуски.html",
        data=_LETTERS,
        format="eljur_misses",
        problems=("дни пропусков не указаны", "использованы для проверки"),
    ),
)
