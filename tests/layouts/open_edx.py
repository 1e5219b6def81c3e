"""Open edX, grade report of a course (FORMATS.md 6.4)."""

from __future__ import annotations

from layouts.layout import Layout
from posanalytics.gradebook import Hints

_REPORT = """\
Student ID,Email,Username,Grade,Homework 1: Дроби,Homework 2: Степени,Homework (Avg),Cohort Name,\
Experiment Group (Кнопка),Team Name,Enrollment Track,Verification Status,Certificate Eligible,\
Certificate Delivered,Certificate Type,Enrollment Status
41,e@school.example,elkin,0.75,0.5,Not Attempted,0.25,7А,,,audit,N/A,N,N,N/A,enrolled
42,p@school.example,primerov,0.9166666666666666,1.0,0.8333333333333334,0.9166666666666667,7 «Б»,,\
,audit,N/A,N,N,N/A,enrolled
43,s@school.example,skazkin,0.1,0.1,0.1,0.1,7Б,,,audit,N/A,N,N,N/A,unenrolled
"""

LAYOUTS = (
    Layout(
        title="Open edX, отчёт об оценках: доли от 1, «Not Attempted», отчисленные",
        file="grade_report.csv",
        data=_REPORT.encode(),
        format="open_edx",
        hints=Hints(school_year="2025-26", subject="Алгебра"),
        scores={
            ("41", "Алгебра", "total"): 0.75,
            ("41", "Алгебра", "Homework 1: Дроби"): 0.5,
            ("42", "Алгебра", "total"): 0.9166666666666666,
            ("42", "Алгебра", "Homework 1: Дроби"): 1.0,
            ("42", "Алгебра", "Homework 2: Степени"): 0.8333333333333334,
        },
        problems=(
            "Работа не начата (Not Attempted), ячеек: 1",
            "Участники отчислены с курса, строк: 1",
            "Столбцы, которые система вычисляет сама, не читаются, всего: 1",
        ),
    ),
)
