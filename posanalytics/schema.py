"""Table contracts, the glossary of columns, and the Problem: words without behaviour."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

Severity = Literal["error", "warning", "note"]


_URGENCY: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True)
class Problem:
    """A thing in the data that needs a person: where, found, expected, what to do."""

    severity: Severity
    file: str
    sheet: str = ""
    cell: str = ""
    found: str = ""
    expected: str = ""
    remedy: str = ""

    def __lt__(self, other: Problem) -> bool:
        """Return whether the problem comes first: what matters more, then place by place."""
        return self._order < other._order

    @property
    def _order(self) -> tuple[int | str, ...]:
        place = (self.file, self.sheet, self.cell)
        return (_URGENCY[self.severity], *place, self.found, self.expected, self.remedy)

    def __str__(self) -> str:
        """Return the problem as one paragraph, the way the command line prints it."""
        where = ", ".join(part for part in (self.file, self.sheet, self.cell) if part)
        said = [part.rstrip(".") for part in (self.found, self.expected, self.remedy) if part]
        return f"{where}: {'. '.join(said)}."


class Column(NamedTuple):
    """A word of the glossary: one meaning in every table, argument and result."""

    meaning: str
    unit: str
    label: str
    allowed: tuple[str, ...] = ()


GLOSSARY: dict[str, Column] = {
    # who and where
    "pupil": Column("pseudonym of a pupil (HMAC-SHA256, 96 bits, hex)", "", "Ученик"),
    "class_label": Column("class as the school calls it, normalised: 7Б", "", "Класс"),
    "class_unit": Column("a class in one school year: 2025-26 7Б", "", "Класс и год"),
    "year_group": Column("parallel, 1 to 11", "year", "Параллель"),
    "school_year": Column("school year: 2025-26", "", "Учебный год"),
    "subject": Column("subject under the name that plan.yml gives it", "", "Предмет"),
    "term": Column("period id: 2025-26-Q2", "", "Период"),
    "date": Column("day of the lesson", "ISO date", "Дата"),
    "role": Column(
        "part of the class in the comparison",
        "",
        "Роль",
        ("innovative", "control", "ordinary", "archive"),
    ),
    # marks
    "mark": Column("mark on its scale", "mark", "Отметка"),
    "scale": Column(
        "scale of the mark: 5, 10, 12, 100 or pass; of a score: total, a task, a named scale",
        "",
        "Шкала",
    ),
    "weight": Column("weight of the mark in the weighted mean", "", "Вес"),
    "work": Column("kind of work that the mark was given for", "", "Вид работы"),
    "status": Column(
        "what stands in place of a term mark",
        "",
        "Состояние",
        ("assessed", "not_assessed", "exempt", "pass", "fail", "absent"),
    ),
    "mean_mark": Column("mean of current marks in the term", "mark", "Средний балл"),
    "marks": Column("number of marks behind the value", "marks", "Отметок"),
    "reason": Column("reason of an absence as the gradebook writes it", "", "Причина"),
    # sufficient statistics
    "n": Column("number of current marks", "marks", "Отметок"),
    "sum_marks": Column("sum of current marks in hundredths", "mark/100", "Сумма"),
    "sum_squares": Column("sum of squared marks in ten-thousandths", "mark²/10⁴", "Сумма квадр."),
    "sum_weights": Column("sum of weights in hundredths", "1/100", "Сумма весов"),
    "sum_weighted": Column("sum of mark × weight in ten-thousandths", "mark/10⁴", "Взвеш. сумма"),
    "count_2": Column("number of marks 2", "marks", "«2»"),
    "count_3": Column("number of marks 3", "marks", "«3»"),
    "count_4": Column("number of marks 4", "marks", "«4»"),
    "count_5": Column("number of marks 5", "marks", "«5»"),
    # scores
    "instrument": Column("test, questionnaire or rubric", "", "Инструмент"),
    "version": Column("form or variant of the instrument", "", "Вариант"),
    "raw": Column("points reached", "point", "Первичный балл"),
    "maximum": Column("points that could be reached", "point", "Максимум"),
    "level": Column("level that the instrument assigns", "", "Уровень"),
    "level_order": Column("rank of the level, lowest first", "", "Порядок уровня"),
    "journal_mark": Column("mark in the gradebook printed beside the test", "mark", "По журналу"),
    # enrolment
    "begin": Column("first term in the class", "", "С"),
    "end": Column("last term in the class", "", "По"),
    # where it came from
    "source": Column("export that the row came from", "", "Файл"),
    "cell": Column("sheet and cell of the export", "", "Ячейка"),
    # problems
    "severity": Column("how much it matters", "", "Важность", ("error", "warning", "note")),
    "file": Column("file the problem is in", "", "Файл"),
    "sheet": Column("sheet the problem is in", "", "Лист"),
    "found": Column("what was found", "", "Найдено"),
    "expected": Column("what was expected", "", "Ожидалось"),
    "remedy": Column("what to do", "", "Что сделать"),
    # gains
    "before": Column("value before the start", "mark", "Было"),
    "after": Column("value after the start", "mark", "Стало"),
    "gain": Column("after minus before", "mark", "Прирост"),
    "before_mark": Column("term mark before the start", "mark", "Было"),
    "after_mark": Column("term mark after the start", "mark", "Стало"),
    "membership": Column(
        "how a pupil of a compared class enters the comparison",
        "",
        "Состав",
        ("both", "left", "joined"),
    ),
    # results
    "outcome": Column("what is compared", "", "Показатель"),
    "contrast": Column("who is compared with whom", "", "Сравнение"),
    "estimate": Column("difference of gains, innovative minus control", "mark", "Разница"),
    "standard_error": Column("standard error of the estimate", "mark", "Ст. ошибка"),
    "statistic": Column("what the test compares with its distribution", "", "Статистика"),
    "df": Column("degrees of freedom", "", "Ст. свободы"),
    "df_numerator": Column("numerator degrees of freedom of an F", "", "Ст. свободы числителя"),
    "conf_low": Column("lower end of the 95 % interval", "mark", "От"),
    "conf_high": Column("upper end of the 95 % interval", "mark", "До"),
    "p_value": Column("two-sided p of the primary test", "", "p"),
    "p_adjusted": Column("p after Benjamini–Hochberg in its family", "", "p с поправкой"),
    "smallest_p": Column("smallest p that the design can give", "", "Наименьшее p"),
    "minimum_detectable": Column(
        "difference that is noticed with 80 % probability", "mark", "Заметили бы от"
    ),
    "pupils": Column("pupils that enter the value", "pupils", "Учеников"),
    "classes": Column("classes that enter the value", "classes", "Классов"),
    "classes_innovative": Column("innovative classes", "classes", "Инновационных классов"),
    "classes_control": Column("control classes", "classes", "Контрольных классов"),
    "method": Column("test behind p_value", "", "Способ"),
    "verdict": Column("one of six verdicts", "", "Вывод", ("A", "B", "C", "D", "E", "F")),
    "reliability": Column(
        "how the comparison is built", "", "Надёжность", ("high", "medium", "low", "none")
    ),
    "reasons": Column("codes of the reasons, space-separated", "", "Причины"),
    "same_sign": Column("whether the estimate keeps its sign", "", "Знак тот же"),
    "spread": Column("standard deviation between classes", "mark", "Разброс"),
    "pupils_innovative": Column(
        "pupils of innovative classes", "pupils", "Учеников в инновационных"
    ),
    "pupils_control": Column("pupils of control classes", "pupils", "Учеников в контрольных"),
    "tied": Column("parallels left out: equal marks hide who is weak", "", "Параллели без ответа"),
    "left_out": Column("classes left out: too few weak or others", "", "Классы без ответа"),
    "phase": Column("before the start or from it on", "", "Часть", ("before", "after")),
    "heterogeneity_statistic": Column("F of arm × parallel", "", "F различия параллелей"),
    "heterogeneity_df": Column("degrees of freedom of that F", "", "Ст. свободы F"),
    "heterogeneity_p": Column("p of that F", "", "p различия параллелей"),
    "icc": Column("share of the variance that lies between classes", "fraction", "Доля классов"),
    "inflation": Column("factor by which classes inflate the variance", "", "Рост дисперсии"),
    "shrinkage": Column("factor of a difference whose spread is of pupils", "", "Поправка"),
    "testable": Column("whether the data are enough for the test", "", "Можно проверить"),
    "overall": Column("share of all pupils lost", "fraction", "Выбыло"),
    "differential": Column("difference of the shares lost", "fraction", "Разница выбывших"),
    "boundary": Column("largest difference of losses tolerated", "fraction", "Граница"),
    "determination": Column("judgement by the rule of the WWC", "", "Оценка"),
    "left_innovative": Column(
        "pupils lost by innovative classes", "pupils", "Выбыло из инновационных"
    ),
    "left_control": Column("pupils lost by control classes", "pupils", "Выбыло из контрольных"),
    "joined_innovative": Column(
        "newcomers of innovative classes", "pupils", "Пришло в инновационные"
    ),
    "joined_control": Column("newcomers of control classes", "pupils", "Пришло в контрольные"),
    "began_innovative": Column("pupils at the start, innovative", "pupils", "Было в инновационных"),
    "began_control": Column("pupils at the start, control", "pupils", "Было в контрольных"),
    # one pupil among others
    "subjects": Column("subjects that enter the value", "subjects", "Предметов"),
    "residual": Column("mark above what the beginning promised", "mark", "Отклонение"),
    "signal": Column("share of the residual that is not chance", "fraction", "Не случайность"),
    "shrunken": Column("residual × signal", "mark", "Отклонение без случайности"),
    "fallen": Column("subjects clearly behind", "subjects", "Предметов с отставанием"),
    "flagged": Column("whether to look at the pupil", "", "Обратить внимание"),
    "percentile": Column("growth percentile among pupils who began alike", "", "Процентиль роста"),
    # indicators
    "mean": Column("mean", "mark", "Средний балл"),
    "count": Column("number of pupils", "pupils", "Учеников"),
    "share": Column("share of pupils", "fraction", "Доля"),
    "success": Column("успеваемость: share of 3, 4 and 5", "fraction", "Успеваемость"),
    "quality_subject": Column(
        "share of marks 4 and 5 in one subject", "fraction", "Качество по предмету"
    ),
    "quality_class": Column(
        "share of pupils without a mark below 4 in any subject", "fraction", "Качество по классу"
    ),
    "success_class": Column(
        "share of pupils without a 2 or н/а in any subject", "fraction", "Успеваемость по классу"
    ),
    "sou": Column("СОУ after Simonov, 100/64/36/16 and 7 for н/а", "percent", "СОУ"),
    "not_assessed": Column("pupils with н/а", "pupils", "н/а"),
    "exempt": Column("pupils exempt (осв)", "pupils", "Освобождены"),
    "excellent": Column("pupils with 5 in every subject", "pupils", "Отличники"),
    "good": Column("pupils with 4 and 5 only, at least one 4", "pupils", "Хорошисты"),
    "one_four": Column("pupils with exactly one 4, the rest 5", "pupils", "с одной «4»"),
    "satisfactory": Column("pupils with a 3 and no 2", "pupils", "Троечники"),
    "one_three": Column("pupils with exactly one 3, the rest 4 or 5", "pupils", "с одной «3»"),
    "failing": Column("pupils with at least one 2", "pupils", "Неуспевающие"),
    "ill": Column("lessons missed through illness", "lessons", "По болезни"),
    "excused": Column("lessons missed for a valid reason", "lessons", "Уважительная причина"),
    "unexcused": Column(
        "lessons missed for no valid reason", "lessons", "Без уважительной причины"
    ),
    "unnamed": Column("lessons missed, no reason named", "lessons", "Причина не названа"),
    "late": Column("lessons that a pupil came late to", "lessons", "Опозданий"),
    "group": Column("innovative or control classes together, or one class", "", "Группа"),
}

TABLES: dict[str, tuple[str, ...]] = {
    "marks": (
        "pupil", "class_label", "subject", "date", "term", "mark", "scale", "weight", "work",
        "source", "cell",
    ),
    "term_marks": (
        "pupil", "class_label", "subject", "term", "mark", "status", "mean_mark", "marks",
        "source", "cell",
    ),
    "attendance": ("pupil", "class_label", "date", "subject", "reason"),
    "scores": (
        "pupil", "class_label", "instrument", "version", "subject", "scale", "date", "term",
        "raw", "maximum", "level", "level_order", "journal_mark",
    ),
    "enrolments": ("pupil", "class_label", "school_year", "begin", "end"),
    "problems": ("severity", "file", "sheet", "cell", "found", "expected", "remedy"),
    "cells": (
        "pupil", "class_label", "subject", "term", "n", "sum_marks", "sum_squares", "sum_weights",
        "sum_weighted", "count_2", "count_3", "count_4", "count_5",
    ),
}  # fmt: skip

# The media type under which a notebook gives out the tables of an inspection report.
APPENDIX = "application/vnd.posanalytics.appendix+json"
# How a notebook asks its page to keep what was found behind a cover.
COVER = "application/vnd.posanalytics.cover+json"

RESULT_COLUMNS: tuple[str, ...] = (
    "outcome", "contrast", "estimate", "standard_error", "df", "conf_low", "conf_high",
    "p_value", "p_adjusted", "smallest_p", "minimum_detectable", "pupils",
    "classes_innovative", "classes_control", "method", "scale", "verdict", "reliability",
    "reasons",
)  # fmt: skip


def table(name: str, rows: Iterable[tuple[object, ...]] = ()) -> pd.DataFrame:
    """Return rows as the named tidy table, columns in the order of the contract."""
    import pandas as pd

    return pd.DataFrame(list(rows), columns=list(TABLES[name]))


def problems_table(problems: Iterable[Problem]) -> pd.DataFrame:
    """Return problems as a table, one row per problem, the most severe first."""
    return table("problems", (tuple(asdict(problem).values()) for problem in sorted(problems)))
