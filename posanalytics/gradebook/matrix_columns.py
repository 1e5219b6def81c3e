"""What the columns of a class table hold: captions read down, carried rightwards, taken apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from posanalytics.gradebook.captions import besides_term, in_name, period_of
from posanalytics.gradebook.headers import Role, is_person, role_of, subject_of
from posanalytics.labels import class_label, known_subject

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
# Under a subject, where four of them stand beside each other: the four terms of a year.
_QUARTERS = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_YEAR_WORD = re.compile(r"г\.?|год|годовая|за год", re.IGNORECASE)
_ALL_QUARTERS = [1, 2, 3, 4]
_MEAN_WORDS = re.compile(
    r"\(?\s*\bср(?:едн\w*|едневзв\w*)?\b\.?\s*(?:взв\w*\.?\s*)?(?:б(?:алл\w*)?\b|оценк\w*|отметк\w*)?\.?"
    r"\s*\)?|\bпо\b",
    re.IGNORECASE,
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
    shown = _captions(sheet, header, widest)
    captions = _with_finals(_with_quarters(_without_sums(shown)))
    columns = [
        column._replace(title=" ".join(shown[index]))
        for index in range(widest)
        if index not in names
        for column in [
            _told_column(index, captions[index], shown[index], layout)
            if layout
            else _column(index, captions[index])
        ]
    ]
    columns = _ungrouped([c for c in columns if c.role != "number"], captions)
    columns = _with_subject_means(columns)
    if not (layout and layout.subjects):
        columns = _with_mean_terms(columns)
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


def _with_quarters(captions: list[list[str]]) -> list[list[str]]:
    """Read I, II, III, IV under every subject as the terms of the year, and «Г» as the year."""
    under: dict[str, list[int]] = {}
    for at, parts in enumerate(captions):
        if parts and _QUARTERS.get(parts[-1].casefold().strip(" .")):
            under.setdefault(" ".join(parts[:-1]), []).append(at)
    numbers = {
        above: [_QUARTERS[captions[at][-1].casefold().strip(" .")] for at in places]
        for above, places in under.items()
    }
    if not numbers or any(found != _ALL_QUARTERS for found in numbers.values()):
        return captions
    bare = under.get("", [])
    if bare and any(captions[at][-1].strip(" .").isdigit() for at in bare):
        # Without a subject above, 1, 2, 3, 4 may as well be lessons or works.
        return captions
    return [_quarter(parts, " ".join(parts[:-1]) in under) for parts in captions]


def _quarter(parts: list[str], among: bool) -> list[str]:  # noqa: FBT001
    """Return captions with the lowest one spelled out where it is a term of the year."""
    if not among:
        return parts
    number = _QUARTERS.get(parts[-1].casefold().strip(" ."))
    if number:
        return [*parts[:-1], f"{number} четверть"]
    return [*parts[:-1], "год"] if _YEAR_WORD.fullmatch(parts[-1]) else parts


def _with_finals(captions: list[list[str]]) -> list[list[str]]:
    """Read «Итог» beside the terms of a subject as the final mark of that subject."""
    terms = {parts[0] for parts in captions if len(parts) > 1 and _term(parts[-1])}
    return [
        [*parts[:-1], "итоговая отметка"]
        if len(parts) > 1 and parts[0] in terms and _is_sum(parts[-1])
        else parts
        for parts in captions
    ]


def _is_teacher(text: str) -> bool:
    """Return whether a text under a subject is the name of who teaches it."""
    return is_person(text) and ("." in text or len(text.split()) == 3)  # noqa: PLR2004


def _told_column(index: int, parts: list[str], shown: list[str], layout: Layout) -> Column:
    """Return what the mapping says of the column; where it names subjects, only those count."""
    title = " ".join(shown)
    seen = _column(index, parts)
    told = layout.column(index, title) or next(
        (found for part in shown if (found := layout.column(index, part))), None
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
    if special == "mean" and not subject:
        subject = next((found for part in told if (found := _subject_of_mean(part))), "")
    if special == "mean" and subject:
        return Column(index, "mean", title, subject, term)
    if special or not subject:
        return Column(index, special or ("period" if term else "other"), title, term=term)
    return Column(index, "subject", title, subject, term)


def _subject_of_mean(text: str) -> str:
    """Return the subject in «Ср. балл Алгебра», nothing where a caption only says «Ср. балл»."""
    rest = " ".join(_MEAN_WORDS.sub(" ", text).split()).strip(" .,:()-–")
    return subject_of(rest) if rest and known_subject(rest) else ""


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
    words = rest.split()
    plain = [_says_period(word) for word in words]
    if all(plain):
        return ""
    # «Русский язык итог», «Итоговая отметка Алгебра»: the subject stands between.
    first, last = plain.index(False), len(plain) - plain[::-1].index(False)
    return " ".join(words[first:last])


def _says_period(word: str) -> bool:
    parts = word.casefold().replace(".", " ").split()
    return all(map(_PERIOD_WORD.fullmatch, parts))


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
    """Give «Ср. балл» columns their subject where every subject has one behind, or before it."""
    subjects = [column for column in columns if column.role == "subject"]
    means = [column for column in columns if column.role == "mean" and not column.subject]
    for step in (1, -1):
        beside = {column.at + step: column for column in subjects}
        # One mean before one subject may as well be the mean of the row.
        if means and {mean.at for mean in means} == beside.keys() and (step > 0 or len(means) > 1):
            return [
                column._replace(subject=beside[column.at].subject, term=beside[column.at].term)
                if column in means
                else column
                for column in columns
            ]
    return columns


def _with_mean_terms(columns: list[Column]) -> list[Column]:
    """Give a mean that names no term that of the mark of its subject beside it."""
    marks = {c.at: c for c in columns if c.role == "subject" and c.term}
    means = [c for c in columns if c.role == "mean" and c.subject and not c.term]
    for step in (-1, 1):
        beside = {c.at: marks.get(c.at + step) for c in means}
        terms = {
            c.at: mark.term for c in means if (mark := beside[c.at]) and mark.subject == c.subject
        }
        if means and len(terms) == len(means):
            return [c._replace(term=terms.get(c.at, c.term)) for c in columns]
    return columns


def says_mark(text: str) -> bool:
    """Return whether a caption only says that a mark stands here."""
    return bool(_MARK_WORD.fullmatch(text.casefold()))


def _is_sum(text: str) -> bool:
    return bool(_SUM_WORD.fullmatch(text.casefold().strip(" :.")))
