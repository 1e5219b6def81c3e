"""Canvas, export of the gradebook (FORMATS.md 6.2)."""

from __future__ import annotations

from layouts.layout import Layout
from posanalytics.gradebook import Hints

_YEAR = Hints(school_year="2025-26")
_ALGEBRA = _YEAR._replace(subject="Алгебра")

_ENGLISH = """\
Student,ID,SIS User ID,SIS Login ID,Section,Notes,Fractions (101),Essay (102),Poster (103),\
Assignments Current Score,Assignments Final Score,Current Score,Unposted Current Score,Final Score,\
Unposted Final Score
,,,,,,Manual Posting,,,,,,,,
    Points Possible,,,,,,10,5,20,(read only),(read only),(read only),(read only),(read only),\
(read only)
"Ёлкин, Пётр",11,e11,e11,7А,,7.5,EX,,75.0,50.0,75.0,75.0,50.0,50.0
"Примеров, Иван",12,p12,p12,7А и Робототехника,,12,4,N/A,100,80,100,100,80,80
"Student, Test",13,,t13,7А,,1,1,1,10,10,10,10,10,10
"""

_SEMICOLON = """\
\ufeffLastName;FirstName;ID;SIS User ID;SIS Login ID;Section;Дроби (101);Дроби (102)
    Points Possible;;;;;;10,0;5,0
Ёлкин;Пётр;11;e11;e11;7А and 7Б;7,5;4,5
Примеров;Иван;12;p12;p12;7Б;0,0;
"""

LAYOUTS = (
    Layout(
        title="Canvas, строки публикации и наибольших баллов, EX, N/A, Test Student",
        file="2026-01-10T1200_Grades-Algebra.csv",
        data=_ENGLISH.encode(),
        format="canvas",
        hints=_YEAR,
        scores={
            ("Ёлкин Пётр", "Algebra", "Fractions"): 7.5,
            ("Ёлкин Пётр", "Algebra", "total"): 50.0,
            ("Примеров Иван", "Algebra", "Fractions"): 12.0,
            ("Примеров Иван", "Algebra", "Essay"): 4.0,
            ("Примеров Иван", "Algebra", "total"): 80.0,
        },
        problems=(
            "Ученик освобождён от работы, ячеек: 1",
            "Работа ученику не назначена (N/A), ячеек: 1",
            "Учебный ученик Canvas (Test Student) пропущен",
            "Столбцы, которые система вычисляет сама, не читаются, всего: 5",
            "Балл больше наибольшего за работу или меньше нуля: «12»",
            "Служебная строка под заголовком пропущена",
        ),
    ),
    Layout(
        title="Canvas, точка с запятой, BOM, десятичная запятая, фамилия отдельно, две секции",
        file="Оценки.csv",
        data=_SEMICOLON.encode(),
        format="canvas",
        hints=_ALGEBRA,
        scores={
            ("Примеров Иван", "Алгебра", "Дроби"): 0.0,
        },
        problems=("В строке названы два разных класса",),
    ),
)
