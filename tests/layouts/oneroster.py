"""OneRoster, CSV binding 1.1 and 1.2 (FORMATS.md 6.3)."""

from __future__ import annotations

import io
import zipfile

from layouts.layout import Layout

# A form 7А with two lessons. Примеров left on 1 November; Сказкин is enrolled and then deleted.
FILES_1_2 = {
    "manifest": """propertyName,value
manifest.version,1.0
oneroster.version,1.2
file.results,bulk
file.users,bulk
source.systemName,Журнал
""",
    "orgs": """sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId
school,,,Примерная школа,school,,
""",
    "academicSessions": """\
sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId,schoolYear
y,,,2025/2026,schoolYear,2025-09-01,2026-06-01,,2026
q1,,,1 четверть,gradingPeriod,2025-09-01,2025-10-27,y,2026
q2,,,Quarter 2,gradingPeriod,2025-11-05,2025-12-31,y,2026
""",
    "courses": """\
sourcedId,status,dateLastModified,schoolYearSourcedId,title,courseCode,grades,orgSourcedId,\
subjects,subjectCodes
alg,,,y,Алгебра,,7,school,Алгебра,
eng,,,y,Английский язык,,7,school,Английский язык,
""",
    "classes": """\
sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,\
schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods
f7a,,,7А,7,,7А,homeroom,,school,y,,,
a7a,,,Алгебра 7А,7,alg,,scheduled,,school,y,,,
e7,,,Английский (подгруппа),7,eng,,scheduled,,school,y,Английский язык,,
""",
    "users": """\
sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,middleName
u1,,,true,u1,,Пётр,Ёлкин,Ильич
u2,,,true,u2,,Иван,Примеров,
u3,tobedeleted,,true,u3,,Семён,Сказкин,
t1,,,true,t1,,Анна,Учителева,
""",
    "roles": """\
sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId
r1,,,u1,primary,student,,,school
r2,,,u2,primary,student,,,school
r3,,,t1,primary,teacher,,,school
""",
    "enrollments": """\
sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,\
beginDate,endDate
n1,,,f7a,school,u1,student,,2025-09-01,
n2,,,f7a,school,u2,student,,2025-09-01,2025-11-01
n3,,,a7a,school,u1,student,,,
n4,,,a7a,school,u2,student,,,
n5,,,e7,school,u1,student,,,
n6,,,a7a,school,t1,teacher,,,
""",
    "categories": """\
sourcedId,status,dateLastModified,title,weight
test,,,Контрольная работа,1.5
oral,,,Устный ответ,1
term,,,Отметка за период,1
""",
    "lineItems": """\
sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,\
categorySourcedId,academicSessionSourcedId,resultValueMin,resultValueMax,schoolSourcedId
i1,,,Дроби,,2025-09-01T00:00:00Z,2025-09-10T00:00:00Z,a7a,test,q1,2,5,school
i2,,,Ответ,,,,e7,oral,q1,2,5,school
i3,,,Итог,,,,a7a,term,q1,2,5,school
i4,,,2 четверть,,,,a7a,oral,q2,2,5,school
i5,,,Тест 24 балла,,,2025-09-12,a7a,test,q1,0,24,school
i6,,,Годовая,,,,a7a,term,y,2,5,school
""",
    "results": """\
sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,\
comment,textScore
s1,,,i1,u1,fully graded,4.0,2025-09-15,,4-
s2,,,i1,u2,exempt,,2025-09-15,,
s3,,,i2,u1,fully graded,5,2025-09-18,,
s4,,,i3,u1,fully graded,4,2025-10-26,Молодец,
s5,,,i3,u2,fully graded,,2025-10-26,,н/а
s6,,,i4,u1,exempt,,2025-12-29,,
s7,,,i5,u1,fully graded,18.5,2025-09-15,,
s8,,,i5,u2,not submitted,,2025-09-15,,
s9,tobedeleted,,i1,u2,fully graded,2,2025-09-15,,
s10,,,i99,u1,fully graded,5,2025-09-15,,
s11,,,i6,u1,fully graded,5,2026-05-25,,
""",
}  # fmt: skip

# 1.1: roles stand in users.csv, the period of a work is called its grading period.
FILES_1_1 = {
    **{name: FILES_1_2[name] for name in ("orgs", "academicSessions", "courses", "categories")},
    "manifest": "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\n",
    "classes": """\
sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,\
schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods
a7a,,,Алгебра 7А,7,alg,,scheduled,,school,"q1,q2",,,
""",
    "users": """\
sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,\
familyName,middleName
u1,,,true,school,student,u1,,Пётр,Ёлкин,
t1,,,true,school,teacher,t1,,Анна,Учителева,
""",
    "enrollments": """\
sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,\
beginDate,endDate
n1,,,a7a,school,u1,student,,,
""",
    "lineItems": """\
sourcedId,status,dateLastModified,title,description,assignDate,dueDate,classSourcedId,\
categorySourcedId,gradingPeriodSourcedId,resultValueMin,resultValueMax
i1,,,Дроби,,,2025-09-10,a7a,test,q1,0,100
i2,,,Final Grade,,,,a7a,term,q2,0,100
""",
    "results": """\
sourcedId,status,dateLastModified,lineItemSourcedId,studentSourcedId,scoreStatus,score,scoreDate,\
comment
s1,,,i1,u1,fully graded,87,2025-09-11,
s2,,,i2,u1,fully graded,91,2025-12-29,
""",
}  # fmt: skip


def zipped_files(files: dict[str, str], *, below: str = "", bom: str = "") -> bytes:
    """Return the files as the zip that a system exports."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in files.items():
            archive.writestr(f"{below}{name}.csv", (bom + text).encode())
    return stream.getvalue()


_MARKS_1_2 = {
    ("Ёлкин Пётр Ильич", "Алгебра", "2025-09-10"): (4.0,),
    ("Ёлкин Пётр Ильич", "Английский язык", "2025-09-18"): (5.0,),
    ("Ёлкин Пётр Ильич", "Алгебра", "2025-26-Q1"): (4.0,),
    ("Примеров Иван", "Алгебра", "2025-26-Q1"): ("not_assessed",),
    ("Ёлкин Пётр Ильич", "Алгебра", "2025-26-Q2"): ("exempt",),
    ("Ёлкин Пётр Ильич", "Алгебра", "2025-26-Y"): (5.0,),
}

LAYOUTS = (
    Layout(
        title="OneRoster 1.2, архив: списки с датами, отметки, отметки за период, баллы",
        file="oneroster.zip",
        data=zipped_files(FILES_1_2),
        format="oneroster",
        marks=_MARKS_1_2,
        scores={("Ёлкин Пётр Ильич", "Алгебра", "Тест 24 балла"): 18.5},
        problems=(
            "Строки с пометкой «tobedeleted» не учтены: 1",
            "Ученик освобождён от работы, ячеек: 1",
            "Работа без результата: не сдана или не проверена, ячеек: 1",
            "Строка ссылается на запись, которой нет в файле lineItems.csv",
            "Не ученики (учителя, родители), строк: 1",
            "Отзывы и комментарии учителя не читаются, ячеек: 1",
        ),
    ),
    Layout(
        title="OneRoster 1.2, файлы во вложенной папке архива, с BOM",
        file="export.zip",
        data=zipped_files(FILES_1_2, below="школа/", bom="\ufeff"),
        format="oneroster",
        marks=_MARKS_1_2,
        scores={("Ёлкин Пётр Ильич", "Алгебра", "Тест 24 балла"): 18.5},
    ),
    Layout(
        title="OneRoster 1.1, роли в users.csv, стобалльная шкала, без списков классов",
        file="oneroster11.zip",
        data=zipped_files(FILES_1_1),
        format="oneroster",
        marks={
            ("Ёлкин Пётр", "Алгебра", "2025-09-10"): (87.0,),
            ("Ёлкин Пётр", "Алгебра", "2025-26-Q2"): (91.0,),
        },
    ),
)
