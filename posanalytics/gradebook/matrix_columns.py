"""What the columns of a class table hold: captions read down, carried rightwards, taken apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.captions import besides_term, in_name, period_of
from posanalytics.gradebook.headers import Role, is_person, role_of, subject_of
from posanalytics.labels import class_label

if TYPE_CHECKING:
    from posanalytics.gradebook.cells import Sheet
    from posanalytics.gradebook.mapping import Layout

# Under a subject: that a mark stands here, and nothing else.
_MARK_WORD = re.compile(r"отметка|оценка|отм\.?|оц\.?|баллы?")
_MARK = re.compile(r"отметка|оценка|отм\.?|оц\.?|итог")
# Over subjects: that subjects stand here, and nothing else.
_GROUP_WORD = re.compile(
    r"учебны[ей]|предмет(?:ы|а|ов|ам)?|наименование|название|дисциплин[аы]|отметки|оценки|по|"
    r"обязательная|часть|перечень"
)
# Beside a period: no subject, as in «Оценка за 2 четверть».
_PERIOD_WORD = re.compile(
    r"отметк[аи]|оценк[аи]|отм|оц|за|балл|баллы|итоги?|итогов(?:ая|ые)|год|годовая|четвертная|"
    r"полугодовая|класс|уч|учебный|результаты?|аттестация|промежуточная|в|на|и|ученики?|фио|"
    r"успеваемость|период|четверть|экз\w*|огэ|егэ|гвэ"
)
# Names that a program or a person gives to any sheet; none of them is a subject.
_SHEET_WORD = re.compile(
    r"лист|sheet|страница|page|отч[её]т|итоги?|итоговые|сводн?(?:ая|ый)?|таблица|table|данные|data|"
    r"журналы?|ведомость|успеваемость|отметки|оценки|классы?|ученики|список|marks|grades|"
    r"worksheet|tdsheet|report|экспорт|export|выгрузка"
)
_SUM_WORD = re.compile(r"итого?|итоговая(?:\s+(?:оценка|отметка))?")


class Column(NamedTuple):
    """What one column holds; `term` only where the header names it for this column."""

    at: int
    role: Role
    title: str
    subject: str = ""
    term: str | None = None
    scale: str | None = None
    grouped: bool = False


def columns_of(
    sheet: Sheet, header: range, names: tuple[int, ...], end: int, layout: Layout | None
) -> tuple[Column, ...]:
    """Return what every column beside the names holds, as the mapping or the captions tell."""
    widest = max((len(sheet.rows[row]) for row in range(header.start, end)), default=0)
    captions = _without_sums(_captions(sheet, header, widest))
    columns = [
        _told_column(index, captions[index], layout) if layout else _column(index, captions[index])
        for index in range(widest)
        if index not in names
    ]
    columns = _ungrouped([c for c in columns if c.role != "number"], captions)
    columns = _with_subject_means(columns)
    return tuple(columns if layout and layout.subjects else _without_points(columns, captions))


def _without_points(columns: list[Column], captions: list[list[str]]) -> list[Column]:
    """Take «Балл» for points, not for a mark, where the same subject has a column «Отметка»."""
    last = {column.at: captions[column.at][-1].casefold() for column in columns if column.title}
    marked = {c.subject for c in columns if c.subject and _MARK.fullmatch(last[c.at])}
    return [
        Column(column.at, "other", column.title)
        if column.subject in marked and last[column.at] in {"балл", "баллы"}
        else column
        for column in columns
    ]


def _captions(sheet: Sheet, header: range, widest: int) -> list[list[str]]:
    """Return the texts above each column, from top to bottom.

    A period or a subject that stands over several columns without being merged is carried to
    those right of it that have a caption of their own below.
    """
    rows = [[sheet.at(row, column) for column in range(widest)] for row in header]
    found: list[list[str]] = [[] for _ in range(widest)]
    for number, row in enumerate(rows):
        carried = ""
        for column, cell in enumerate(row):
            if cell.text:
                carried = cell.text if role_of(cell.text) in {"subject", "period"} else ""
            below = any(other[column].text for other in rows[number + 1 :])
            text = cell.text or (carried if below else "")
            teacher = found[column] and _is_teacher(text)
            if text and text not in found[column] and not teacher:
                found[column].append(text)
    return found


def _without_sums(captions: list[list[str]]) -> list[list[str]]:
    """Leave out «Итог» under a subject: in a table of one term it is the mark of that term."""
    if any(_term(part) for parts in captions for part in parts):
        return captions
    return [[part for part in parts if part == parts[0] or not _is_sum(part)] for parts in captions]


def _is_teacher(text: str) -> bool:
    """Return whether a text under a subject is the name of who teaches it."""
    return is_person(text) and ("." in text or len(text.split()) == 3)  # noqa: PLR2004


def _told_column(index: int, parts: list[str], layout: Layout) -> Column:
    """Return what the mapping says of the column; where it names subjects, only those count."""
    title = " ".join(parts)
    seen = _column(index, parts)
    told = layout.column(index, title) or next(
        (found for part in parts if (found := layout.column(index, part))), None
    )
    if told:
        role: Role = "mean" if told.kind == "mean" else "subject"
        subject, term = subject_of(told.subject), told.term or seen.term
        return Column(index, role, title, subject, term, told.scale)
    if layout.ignores(index, title):
        return Column(index, "other", title)
    return Column(index, "other", title) if layout.subjects and seen.subject else seen


def _column(index: int, parts: list[str]) -> Column:
    title = " ".join(parts)
    term = next((found for part in parts if (found := _term(part))), None)
    told = [rest for part in parts if (rest := _besides(part))]
    subjects = [part for part in told if role_of(part) == "subject" and not _is_group(part)]
    special = next((role for part in told if (role := role_of(part)) != "subject"), None)
    subject = subject_of(subjects[0]) if subjects else ""
    if special == "mean" and subject:
        return Column(index, "mean", title, subject, term)
    if special or not subject:
        return Column(index, special or ("period" if term else "other"), title, term=term)
    return Column(index, "subject", title, subject, term)


def _term(text: str) -> str | None:
    return period_of(text) if role_of(text) == "period" else None


def _besides(text: str) -> str:
    """Return what a caption says beside a period, nothing where it only says that marks follow."""
    if says_mark(text):
        return ""
    if role_of(text) != "period":
        return text
    # «Технология 1 ч» may as well be one hour a week: such a column is told, not taken.
    rest = besides_term(text) if "ч" not in text.casefold().split() else ""
    words = rest.casefold().replace(".", " ").split()
    return "" if all(map(_PERIOD_WORD.fullmatch, words)) else rest


def _is_group(text: str) -> bool:
    return all(map(_GROUP_WORD.fullmatch, text.casefold().strip(" :").split()))


def _ungrouped(columns: list[Column], captions: list[list[str]]) -> list[Column]:
    """Give columns under a common caption («Языки») the subjects that stand below it."""
    lowest = {column.at: _lowest_subject(captions[column.at]) for column in columns}
    below: dict[str, set[str]] = {}
    for column in columns:
        if column.role == "subject":
            below.setdefault(column.subject, set()).add(lowest[column.at])
    if all(len(lower) < 2 for lower in below.values()):  # noqa: PLR2004
        return columns
    # One caption over several subjects shows that its whole row names groups of subjects.
    return [
        column._replace(subject=lowest[column.at], grouped=True)
        if column.role == "subject" and lowest[column.at] not in {"", column.subject}
        else column
        for column in columns
    ]


def _lowest_subject(parts: list[str]) -> str:
    """Return the lowest caption that names a subject and not merely a subgroup of one."""
    told = [rest for part in parts if (rest := _besides(part))]
    named = [part for part in told if role_of(part) == "subject" and not _is_group(part)]
    own = [part for part in named if subject_of(f"Предмет {part}") != "Предмет"]
    return subject_of(own[-1]) if own else ""


def subject_of_sheet(name: str) -> str:
    """Return the subject that a sheet is called by, nothing where its name may mean anything."""
    told = in_name(name)
    words = [word.strip('().,;«»"') for word in besides_term(name.replace("_", " ")).split()]
    rest = [word for word in words if word and not (told.class_label and class_label(word))]
    plain = [word for word in rest if not word.isdigit()]
    text = " ".join(plain)
    if not plain or not all(word.replace("-", "").isalpha() for word in plain):
        return ""
    generic = any(_SHEET_WORD.fullmatch(word.casefold().rstrip("0123456789")) for word in plain)
    return "" if generic or is_person(text) or role_of(text) != "subject" else text


def _with_subject_means(columns: list[Column]) -> list[Column]:
    """Give «Ср. балл» columns their subject where every subject is followed by one."""
    subjects = [column for column in columns if column.role == "subject"]
    means = [column for column in columns if column.role == "mean" and not column.subject]
    before = {column.at + 1: column for column in subjects}
    if not means or {mean.at for mean in means} != before.keys():
        return columns
    return [
        column._replace(subject=before[column.at].subject, term=before[column.at].term)
        if column in means
        else column
        for column in columns
    ]


def says_mark(text: str) -> bool:
    """Return whether a caption only says that a mark stands here."""
    return bool(_MARK_WORD.fullmatch(text.casefold()))


def _is_sum(text: str) -> bool:
    return bool(_SUM_WORD.fullmatch(text.casefold().strip(" :.")))
