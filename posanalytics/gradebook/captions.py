"""Class, school year, term and pupil as the captions of an export name them."""

from __future__ import annotations

import functools
import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from posanalytics import periods
from posanalytics.labels import class_label, squeezed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from posanalytics.gradebook.cells import Book, Sheet
    from posanalytics.gradebook.reading import Hints

_LABELS = {
    "school_year": r"учебный\s+год|уч\.?\s*год",
    "class_label": r"класс|школьный\s+класс",
    "period": r"(?:учебный\s+|отч[её]тный\s+)?период|четверть|триместр|полугодие",
    "pupil": r"(?:ФИО\s+)?(?:учени[кц]а?|учащ(?:ийся|егося)|обучающ(?:ийся|егося))(?:\s*\(ФИО\))?",
    "subject": r"предмет",
    "other": r"классный\s+руководитель|школа|учитель|оо|организация|дата(?:\s+печати)?",
}
_LABEL = re.compile(
    "|".join(f"(?P<{name}>\\b(?:{words})\\s*:)" for name, words in _LABELS.items()),
    re.IGNORECASE,
)
_BARE = {name: re.compile(rf"(?:{words})\s*:?", re.IGNORECASE) for name, words in _LABELS.items()}

_DAY = re.compile(r"(?<!\d)(\d{1,2})\.(\d{1,2})\.(20\d{2}|\d{2})(?!\d)")
_YEAR_WORDS = re.compile(
    r"20\d{2}\s*[-–/\\_]\s*(?:20)?\d{2}(?!\d)\s*(?:уч\w*\.?\s*)?(?:год\w*|г\.?)?"
    r"|уч\w*\.?\s+год\w*|20\d{2}\s*(?:год\w*|г\.)",
    re.IGNORECASE,
)
_ORDINAL = (
    r"(?:\d{1,2}|[IVХІivі]{1,3}|перв\w+|втор\w+|трет\w+|"
    r"четв[её]рт(?:ая|ой|ую|ый|ого|ом)|пят\w+|шест\w+)"
)
_TERM = re.compile(
    rf"(?<![\w.])({_ORDINAL})\s*(?:-?\s*(?:ая|ую|ое|ый|ой|го|я|ю|й|е))?\s*[-–]?\s*"
    r"(четверт\w*|четв\b|чт\b|ч\b|триместр\w*|трим\b|тр\b|полугод\w*|п/г|пг\b|семестр\w*|модул\w*)",
    re.IGNORECASE,
)
_TERM_AFTER = re.compile(
    r"(четверть|триместр|полугодие|семестр|модуль)\s*№?\s*(\d{1,2}|[IVІ]{1,3})(?![\w])",
    re.IGNORECASE,
)
_TERM_ID = re.compile(r"(?<![A-Za-z0-9])([QTHM]\d{1,2}|Y)(?![A-Za-z0-9])")
_WHOLE_YEAR = re.compile(r"\bза\s+год\b|\bгодов\w+\b|^\s*год\s*$", re.IGNORECASE)

_YEAR_MARK = re.compile(r"\bза\s+год\b|\bгод(?:ов\w+)?\b", re.IGNORECASE)

_CLASS = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<![\d.,/№-])(1[01]|[1-9])\s*[-–]?\s*[«\"“„]\s*([А-ЯЁа-яёA-Za-z])\s*[»\"”“]",
        r"(?<![\d.,/№-])(1[01]|[1-9])\s*[-–]?\s*([А-ЯЁA-Z])(?![\w/])",
        r"(?<![\d.,/№-])(1[01]|[1-9])[-–]?([а-яёa-z])(?![\w/.])",
        r"(?<![\d.,/№-])(1[01]|[1-9])\s*([а-яё]?)\s*(?:-?м\s+)?(?:класс|кл\b)",
    )
)

# First month of the school year, after which a bare month belongs to the first calendar year.
_AUGUST = 8
_MONTHS = {
    form: number
    for number, forms in enumerate(
        (
            "янв январь января", "фев февр февраль февраля", "мар март марта",
            "апр апрель апреля", "май мая", "июн июнь июня", "июл июль июля",
            "авг август августа", "сен сент сентябрь сентября", "окт октябрь октября",
            "ноя нояб ноябрь ноября", "дек декабрь декабря",
        ),
        1,
    )
    for form in forms.split()
}  # fmt: skip


class Context(NamedTuple):
    """What the captions around a table say; None where they are silent."""

    school_year: str | None = None
    class_label: str | None = None
    term: str | None = None
    pupil: str | None = None
    days: tuple[date, ...] = ()

    def over(self, weaker: Context) -> Context:
        """Return this context, its silent parts taken from a weaker one."""
        return Context(
            self.school_year or weaker.school_year,
            self.class_label or weaker.class_label,
            self.term or weaker.term,
            self.pupil or weaker.pupil,
            self.days or weaker.days,
        )


def labelled(sheet: Sheet, rows: Iterable[int]) -> dict[str, str]:
    """Return the values of «Класс: …» and the like: beside, right of, or below their label."""
    found: dict[str, str] = {}
    for row in rows:
        for column, cell in sheet.filled(row):
            if cell.covered or cell.kind != "text":
                continue
            for name, value in _label_values(sheet, row, column):
                if value:
                    found.setdefault(name, value)
    return found


def _label_values(sheet: Sheet, row: int, column: int) -> list[tuple[str, str]]:
    text = sheet.at(row, column).text
    bare = next((name for name, pattern in _BARE.items() if pattern.fullmatch(text)), None)
    if bare:
        return [(bare, _beside(sheet, row, column, colon=text.endswith(":")))]
    matches = list(_LABEL.finditer(text))
    ends = [*(match.start() for match in matches), len(text)][1:]
    return [
        (match.lastgroup or "", text[match.end() : end].strip(" ,;|"))
        for match, end in zip(matches, ends, strict=False)
    ]


def _beside(sheet: Sheet, row: int, column: int, *, colon: bool) -> str:
    """Return the value right of a label, or below it where a colon shows that it is a label."""
    right = next(
        (cell.text for at, cell in sheet.filled(row) if at > column and not cell.covered), ""
    )
    if right and not right.endswith(":"):
        return right if colon else ""
    below = sheet.at(row + 1, column).text
    return below if colon and not below.endswith(":") else ""


def described(sheet: Sheet, rows: Iterable[int]) -> Context:
    """Return what labels and free titles in the rows say; labels before titles."""
    rows = list(rows)
    named = labelled(sheet, rows)
    texts = [
        cell.text
        for row in rows
        for _, cell in sheet.filled(row)
        if not cell.covered and cell.kind == "text"
    ]
    by_label = Context(
        school_year=year_in(named.get("school_year", "")),
        class_label=_labelled_class(named.get("class_label", "")),
        pupil=named.get("pupil"),
        term=term_in(named.get("period", "")),
        days=days_in(named.get("period", "")),
    )
    free = [text for text in texts if not re.match(r"классный рук|учител", text, re.IGNORECASE)]
    return by_label.over(in_texts(free))


def around(book: Book, sheet: Sheet, rows: Iterable[int], hints: Hints) -> Context:
    """Return what the rows of captions say, then the sheet's name, the file's, and the hints."""
    context = described(sheet, rows)
    for weaker in (in_name(sheet.name), in_name(book.name), in_hints(hints)):
        context = context.over(weaker)
    return context


def in_texts(texts: Iterable[str]) -> Context:
    """Return what free texts say, the first text that says something first."""
    texts = list(texts)
    days = next((found for found in map(days_in, texts) if len(found) > 1), ())
    return Context(
        school_year=_first(texts, year_in),
        class_label=_first(texts, class_in),
        term=_first(texts, term_in),
        days=days,
    )


@functools.lru_cache(maxsize=4096)
def in_name(name: str) -> Context:
    """Return what the name of a file or sheet says.

    >>> in_name("7Б_математика_2 четверть_2025-2026.xlsx")[:3]
    ('2025-26', '7Б', 'Q2')
    """
    stem = re.sub(r"\.(?:xlsx?|xlsm|ods|csv|txt|html?|tsv)$", "", name, flags=re.IGNORECASE)
    stem = re.sub(r"(20\d\d)_((?:20)?\d\d)(?!\d)", r"\1-\2", stem)
    found = in_texts([stem.replace("_", " ")])
    term = found.term or next(
        (match[1] for match in [_TERM_ID.search(stem.replace("_", " "))] if match), None
    )
    return found._replace(term=term)


def in_hints(hints: Hints) -> Context:
    """Return hints as the weakest context; the term without its year."""
    term = periods.split_term(hints.term)[1] if hints.term and periods.is_term(hints.term) else None
    year = hints.school_year
    if hints.term and periods.is_term(hints.term) and not year:
        year = periods.split_term(hints.term)[0]
    return Context(year, class_label(hints.class_label or ""), term, hints.pupil)


def year_in(text: str) -> str | None:
    """Return the school year in a text, from a span of years or else from full dates."""
    found = periods.school_year(text.replace("_", " "))
    if found:
        return found
    years = {periods.school_year_of(day) for day in days_in(text)}
    return years.pop() if len(years) == 1 else None


def days_in(text: str) -> tuple[date, ...]:
    """Return the full dates in a text."""
    found = []
    for day, month, year in _DAY.findall(text):
        whole = _day(int(day), int(month), int(year) + (2000 if len(year) == 2 else 0))  # noqa: PLR2004
        if whole:
            found.append(whole)
    return tuple(found)


def term_in(text: str) -> str | None:
    """Return the suffix of the period that a free text names.

    >>> term_in("Успеваемость 7 «Б» за II четверть 2025/2026 учебного года")
    'Q2'
    """
    clean = _YEAR_WORDS.sub(" ", squeezed(text))
    match = _TERM.search(clean)
    if match:
        return periods.period_suffix(f"{match[1]} {match[2]}")
    match = _TERM_AFTER.search(clean)
    if match:
        return periods.period_suffix(f"{match[2]} {match[1]}")
    return "Y" if _WHOLE_YEAR.search(clean) else None


def besides_term(text: str) -> str:
    """Return what a caption says beside the period that it names.

    >>> besides_term("Алгебра, 2 четверть"), besides_term("Алгебра (год)"), besides_term("IV чт")
    ('Алгебра', 'Алгебра', '')
    """
    rest = _YEAR_WORDS.sub(" ", squeezed(text))
    for pattern in (_TERM, _TERM_AFTER, _YEAR_MARK):
        rest = pattern.sub(" ", rest)
    words = [word.strip(" .,:;()[]-–—") for word in rest.split()]
    return " ".join(word for word in words if word)


def class_in(text: str) -> str | None:
    """Return the class that a free text names.

    >>> class_in("Успеваемость 7 «Б» класса за 2 четверть"), class_in("за 2 ч. 2025")
    ('7Б', None)
    """
    clean = _TERM.sub(" ", _YEAR_WORDS.sub(" ", squeezed(text)))
    for pattern in _CLASS:
        match = pattern.search(clean)
        if match:
            return class_label(f"{match[1]}{match[2]}")
    return None


def _labelled_class(text: str) -> str | None:
    return class_label(text) or class_in(text)


@functools.lru_cache(maxsize=4096)
def period_of(text: str) -> str | None:
    """Return the suffix of the period that a column or row caption names, exams included."""
    low = text.casefold()
    if len(text) > 60 or re.search(r"ср[.е]|балл", low):  # noqa: PLR2004
        return None
    if re.search(r"\b(?:огэ|егэ|гвэ)\b", low):
        return "E"
    # The name of the school year inside a caption is no «год».
    return periods.period_suffix(_YEAR_WORDS.sub(" ", text)) or term_in(text)


@functools.lru_cache(maxsize=4096)
def month_number(text: str) -> int | None:
    """Return the number of the month that a text names.

    >>> [month_number(text) for text in ("Сентябрь", "мая", "Предмет")]
    [9, 5, None]
    """
    words = text.casefold().split()
    if not words or (len(words) > 1 and not words[1].strip(".").isdigit() and words[1] != "г."):
        return None
    return _MONTHS.get(words[0].strip(".,"))


@functools.lru_cache(maxsize=4096)
def lesson_day(day: int, month: int, school_year: str) -> str | None:
    """Return the ISO date of a day in a school year, None where there is no such day.

    >>> lesson_day(1, 9, "2025-26"), lesson_day(14, 4, "2025-26"), lesson_day(31, 9, "2025-26")
    ('2025-09-01', '2026-04-14', None)
    """
    whole = _day(day, month, int(school_year[:4]) + (month < _AUGUST))
    return whole.isoformat() if whole else None


def _day(day: int, month: int, year: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _first(texts: list[str], find: Callable[[str], str | None]) -> str | None:
    return next((found for found in map(find, texts) if found), None)
