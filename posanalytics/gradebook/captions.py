"""Class, school year, term and pupil as the captions of an export name them."""

from __future__ import annotations

import functools
import re
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from posanalytics import periods
from posanalytics.labels import settled_class, squeezed, typed_class

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
    r"(четверт\w*|четв?\b|чтв?\b|ч\b|триместр\w*|трим\b|тр\b|полугод\w*|полуг\b|п/г|пг\b|"
    r"семестр\w*|модул\w*)",
    re.IGNORECASE,
)
_TERM_AFTER = re.compile(
    r"(четверть|триместр|полугодие|семестр|модуль)\s*№?\s*(\d{1,2}|[IVІ]{1,3})(?![\w])",
    re.IGNORECASE,
)
_TERM_ID = re.compile(r"(?<![A-Za-z0-9])([QTHM]\d{1,2}|Y)(?![A-Za-z0-9])")
_WHOLE_YEAR = re.compile(r"\bза\s+год\b|\bгодов\w+\b|^\s*год\s*$", re.IGNORECASE)

_BEFORE_TERM = frozenset({"за", "на", "в", "во", "по"})
_YEAR_MARK = re.compile(r"\bза\s+год\b|\bгод(?:ов\w+)?\b", re.IGNORECASE)

# «9-е классы», «Параллель 7-х»: a whole year group, and no letter.
_YEAR_GROUPS = re.compile(
    r"(?<!\d)(?:1[01]|[1-9])\s*-?\s*(?:х|ых|е|ые|м|ми|ым|ыми)\s+класс(?:ы|ов|ах|ами?)\b"
    r"|параллел\w*\s+(?:1[01]|[1-9])(?:\s*-?\s*(?:х|ых|й|го))?(?!\w)"
    r"|(?<!\d)(?:1[01]|[1-9])-(?-i:х|ых)(?!\w)",
    re.IGNORECASE,
)
# 1С is a program that schools export from, where the text says «из 1С» or ends with it.
_PROGRAM = re.compile(
    r"(?:\bиз|\bот|_)\s*1[СC](?![\w])|1[СC]\s*:|1[СC](?=\s+предпр)", re.IGNORECASE
)
_ROMAN_CLASS = re.compile(r"(?<!\w)(XI|X|IX|VIII|VII|VI|V)\s+([«\"]?[А-ЯЁ][»\"]?(?:\s|$))")
_ROMANS = {"V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9, "X": 10, "XI": 11}
_CLASS = tuple(
    re.compile(pattern)
    for pattern in (
        (
            r"(?<![\d.,/№-])(1[01]|[1-9])\s*(?:-?(?:й|ый|ой)\s*)?(?:класс\w*)?\s*,?\s*"
            r"литер[аы]?\s*[«\"“„]?\s*([А-ЯЁA-Z])(?!\w)"
        ),
        r"(?<![\d.,/№-])(1[01]|[1-9])\s*-?\s*(?:й|ый|ой)\s+[«\"“„]?([А-ЯЁ])[»\"”“]?(?=\s+класс|\s*$)",
        (
            r"(?<![\d.,/№-])(1[01]|[1-9])\s*класс\s+[«\"“„]?([А-ЯЁA-Z])[»\"”“]?"
            r"(?=\s*(?:$|[,;:)]|за\s|класс|[IV\d]+\s*(?:-\w+\s*)?(?:ч|п|т)))"
        ),
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
            _agreed(self.class_label, weaker.class_label),
            self.term or weaker.term,
            self.pupil or weaker.pupil,
            self.days or weaker.days,
        )


def _agreed(label: str | None, weaker: str | None) -> str | None:
    """Return the class; whether its Latin «B» is «Б» or «В» a weaker source in Russian tells."""
    if label and weaker and label.endswith("B") and weaker in {f"{label[:-1]}Б", f"{label[:-1]}В"}:
        return weaker
    return label or weaker


def labelled(sheet: Sheet, rows: Iterable[int]) -> dict[str, str]:
    """Return the values of «Класс: …» and the like: beside, right of, or below their label."""
    found: dict[str, str] = {}
    for row in rows:
        for column, cell in sheet.filled(row):
            if cell.covered or cell.kind != "text":
                continue
            for name, value in _label_values(sheet, row, column):
                if value:
                    own = _without_term(value) if name == "subject" else value
                    found.setdefault(name, own)
    return found


def _without_term(subject: str) -> str:
    """Return a subject without the period behind it: «Предмет: Химия, 1 четверть»."""
    # «Технология 1 ч» may as well be one hour a week.
    hours = "ч" in subject.casefold().replace(".", " ").split()
    return (besides_term(subject) or subject) if term_in(subject) and not hours else subject


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
        class_label=_first(texts, lambda text: next(iter(_classes_in(text)), None)),
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
    found = in_texts([_PROGRAM.sub(" ", stem).replace("_", " ")])
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
    return Context(year, typed_class(hints.class_label or ""), term, hints.pupil)


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

    >>> besides_term("Алгебра, 2 четверть"), besides_term("Алгебра за год"), besides_term("IV чт")
    ('Алгебра', 'Алгебра', '')
    """
    rest = _YEAR_WORDS.sub(" ", squeezed(text))
    for pattern in (_TERM, _TERM_AFTER, _YEAR_MARK):
        rest = pattern.sub(" ", rest)
    words = [clean for word in rest.split() if (clean := word.strip(" .,:;()[]-–—"))]
    while words and words[-1].casefold() in _BEFORE_TERM:
        words.pop()
    return " ".join(words)


def class_in(text: str) -> str | None:
    """Return the class that a free text names.

    >>> class_in("Успеваемость 7 «Б» класса за 2 четверть"), class_in("за 2 ч. 2025")
    ('7Б', None)
    """
    found = next(iter(_classes_in(text)), None)
    return settled_class(found) if found else None


def typed_classes(text: str) -> set[str]:
    """Return every class that a free text or a path names, a Latin «B» kept as it is typed."""
    return {label for part in text.replace("_", " ").split("/") for label in _classes_in(part)}


def classes_in(text: str) -> set[str]:
    """Return every class that a free text names: «5Б и 5В»."""
    return {settled_class(label) for label in typed_classes(text)}


def _classes_in(text: str) -> list[str]:
    """Return the classes that a text names, the surest way of naming them first."""
    clean = _YEAR_WORDS.sub(" ", squeezed(text))
    clean = _YEAR_GROUPS.sub(" ", _TERM.sub(" ", _PROGRAM.sub(" ", clean)))
    clean = _ROMAN_CLASS.sub(lambda m: f"{_ROMANS[m[1]]}{m[2]}", clean)
    found = (
        typed_class(f"{match[1]}{match[2]}")
        for pattern in _CLASS
        for match in pattern.finditer(clean)
    )
    return [label for label in found if label]


def _labelled_class(text: str) -> str | None:
    return typed_class(text) or next(iter(_classes_in(text)), None)


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
