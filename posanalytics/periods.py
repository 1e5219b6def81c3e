"""School years and terms: ids, names that people type, order."""

from __future__ import annotations

import re
from datetime import date  # noqa: TC003

# Kinds of a period id: 2025-26-Q2. Y is the year's mark, E the exam, F the final mark.
KINDS = {"Q": 4, "T": 3, "H": 2, "M": 12}
_ID = re.compile(r"^(\d{4}-\d{2})-(?:([QTHM])(\d{1,2})|([YEF]))$")
_NAMES = {"Q": "четверть", "T": "триместр", "H": "полугодие", "M": "модуль"}
_WHOLE = {"Y": "год", "E": "экзамен", "F": "итог"}
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "vi": 6}
_ORDINALS = {"перв": 1, "втор": 2, "трет": 3, "четверт": 4, "пят": 5, "шест": 6}
# «полугодие» contains «год», «итог» follows a period: the order of the rows is the rule.
_WORDS = (
    ("H", re.compile(r"полугод|\bполуг\b|п/г|\bпг\b|семестр")),
    ("Q", re.compile(r"четверт[ьи]|\bчетв?\b|\bчтв?\b|\bч\b\.?")),
    ("T", re.compile(r"тримест|\bтрим\b|\bтр\b")),
    ("M", re.compile(r"модул")),
    ("E", re.compile(r"экз")),
    ("F", re.compile(r"итог")),
    ("Y", re.compile(r"годов|\bгод\b|за год")),
)


def school_year(text: str) -> str | None:
    """Return the school year in the text as 2025-26, or None.

    >>> school_year("Учебный год: 2025/2026"), school_year("2024-25"), school_year("7А")
    ('2025-26', '2024-25', None)
    """
    match = re.search(r"(20\d{2})\s*[-–/\\]\s*(20)?(\d{2})(?!\d)", text)
    if match and (int(match[1]) + 1) % 100 == int(match[3]):
        return f"{match[1]}-{match[3]}"
    return None


def school_year_of(day: date) -> str:
    """Return the school year of a day; it turns over on 1 August."""
    first = day.year if day.month >= 8 else day.year - 1  # noqa: PLR2004
    return f"{first}-{(first + 1) % 100:02d}"


def following_year(year: str, by: int = 1) -> str:
    """Return the school year that many years later (negative: earlier)."""
    first = int(year[:4]) + by
    return f"{first}-{(first + 1) % 100:02d}"


def period_suffix(text: str) -> str | None:
    """Return the part of a period id that a caption names, without the year: Q2, H1, Y.

    >>> [period_suffix(t) for t in ("2 четверть", "II четв.", "Первое полугодие", "Год. оценка")]
    ['Q2', 'Q2', 'H1', 'Y']
    """
    low = " ".join(text.casefold().replace("ё", "е").split())
    for kind, pattern in _WORDS:
        if not pattern.search(low):
            continue
        if kind in _WHOLE:
            return kind
        number = _number(pattern.sub(" ", low, count=1) if kind != "Q" else low)
        return f"{kind}{number}" if number and number <= KINDS[kind] else None
    return None


def _number(low: str) -> int | None:
    digit = re.search(r"(?<!\d)(\d{1,2})(?!\d)", low)
    if digit:
        return int(digit[1])
    for word in re.findall(r"[ivіх]+", low.replace("і", "i")):
        if word in _ROMAN:
            return _ROMAN[word]
    for word in low.split():
        for stem, number in _ORDINALS.items():
            if word.startswith(stem) and word not in {"четверть", "четверти"}:
                return number
    return None


def split_term(term: str) -> tuple[str, str]:
    """Return year and suffix of a period id: ("2025-26", "Q2")."""
    match = _ID.match(term)
    if not match:
        message = f"«{term}» is not a period id; expected the form 2025-26-Q2."
        raise ValueError(message)
    return match[1], term[len(match[1]) + 1 :]


def is_term(text: str) -> bool:
    """Return whether the text is a period id."""
    return bool(_ID.match(text))


def is_taught(term: str) -> bool:
    """Return whether the period is a taught term, not a year, exam or final mark."""
    match = _ID.match(term)
    return bool(match and match[2])


def term_order(term: str) -> tuple[str, int, str]:
    """Return a sort key: terms in time, then year, exam and final marks."""
    year, suffix = split_term(term)
    return (year, int(suffix[1:]), suffix[0]) if len(suffix) > 1 else (year, 99, suffix)


def shifted(term: str, years: int) -> str:
    """Return the same term that many school years later (negative: earlier)."""
    year, suffix = split_term(term)
    return f"{following_year(year, years)}-{suffix}"


def term_name(term: str, *, with_year: bool = True) -> str:
    r"""Return the Russian name of a term: «2 четверть 2025/26».

    >>> term_name("2025-26-Q2"), term_name("2025-26-Q2", with_year=False)
    ('2\xa0четверть 2025/26', '2\xa0четверть')
    """
    year, suffix = split_term(term)
    name = _WHOLE[suffix] if suffix in _WHOLE else f"{suffix[1:]}\u00a0{_NAMES[suffix[0]]}"
    return f"{name} {year.replace('-', '/')}" if with_year else name


def term_told(term: str) -> str:
    r"""Return the name of a term with the id that commands take.

    >>> term_told("2025-26-Q2")
    '2\xa0четверть 2025/26 (2025-26-Q2)'
    """
    return f"{term_name(term)} ({term})"


def term_in(text: str) -> str | None:
    """Return the id of the one term that a text names with its year, None where it names none.

    >>> term_in("2025-26-Q2"), term_in("2 четверть 2025/26"), term_in("2 четверть")
    ('2025-26-Q2', '2025-26-Q2', None)
    """
    if is_term(text):
        return text
    year = school_year(text)
    suffix = period_suffix(re.sub(r"20\d{2}\s*[-–/\\]\s*(20)?\d{2}", " ", text))
    return f"{year}-{suffix}" if year and suffix else None


def year_name(text: str) -> str:
    """Return the text with its school years as people write them.

    >>> year_name("2025-26"), year_name("2024-25 8А")
    ('2025/26', '8А, 2024/25')
    """
    text = re.sub(r"\b(20\d{2}-\d{2}) (\d{1,2}[А-ЯЁA-Z]\w*)", r"\2, \1", text)
    return re.sub(r"\b(20\d{2})-(\d{2})\b", r"\1/\2", text)


def term_short(term: str) -> str:
    """Return the shortest name of a term for an axis: «2 ч.»."""
    _, suffix = split_term(term)
    short = {"Q": "ч.", "T": "тр.", "H": "п/г", "M": "мод."}
    return f"{suffix[1:]}\u00a0{short[suffix[0]]}" if len(suffix) > 1 else _WHOLE[suffix]
