"""Normal forms of the labels that people type: classes, subjects, pupils."""

from __future__ import annotations

import re
import unicodedata

_LATIN_TO_CYRILLIC = str.maketrans("ABEKMHOPCTYXabekmhopctyx", "АВЕКМНОРСТУХавекмнорстух")
# A teacher who types «B» on a Latin keyboard means the second letter of the Russian alphabet.
_CLASS_LETTERS = str.maketrans({"B": "Б", "V": "В", "G": "Г", "D": "Д"})
_ZERO_WIDTH = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_CLASS = re.compile(
    r"^\s*(1[01]|[1-9])\s*[-–—«\"'„“ ]*\s*([А-ЯЁA-Z])?[»\"'“”]?\s*(?:класс|кл\.?)?\s*$"
)
_TRAILING_STATUS = re.compile(r"\s*\((?:выб|приб|перев|отчис|зачис)[^)]*\)?\s*$", re.IGNORECASE)


def squeezed(text: str) -> str:
    r"""Return the text in NFC without zero-width characters, every run of spaces one space.

    >>> squeezed(" Ёлкин\u00a0\u00a0Пётр ")
    'Ёлкин Пётр'
    """
    return " ".join(unicodedata.normalize("NFC", text).translate(_ZERO_WIDTH).split())


def class_label(text: str) -> str | None:
    """Return the normal form of a class, or None where the text is not a class.

    >>> [class_label(t) for t in ("7 «б»", "7-Б", "7B", "11а класс", "5", "Алгебра")]
    ['7Б', '7Б', '7Б', '11А', '5', None]
    """
    match = _CLASS.match(squeezed(text).upper().replace("КЛАСС", "класс").replace("КЛ", "кл"))
    if not match:
        return None
    letter = (match[2] or "").translate(_CLASS_LETTERS).translate(_LATIN_TO_CYRILLIC)
    return f"{match[1]}{letter}"


def year_group(label: str) -> int:
    """Return the parallel of a normalised class: 7 for 7Б."""
    return int(re.match(r"\d+", label)[0])  # type: ignore[index]


def class_order(label: str) -> tuple[int, str]:
    """Return a sort key that puts 9А before 10А."""
    return year_group(label), label


def subject_label(text: str) -> str:
    """Return a subject name without stray spaces, first letter upper case.

    >>> subject_label("  алгебра ")
    'Алгебра'
    """
    clean = squeezed(text)
    return clean[:1].upper() + clean[1:]


def pupil_words(name: str) -> tuple[str, ...]:
    r"""Return the words of a pupil's name in normal form, to compare names and never to print them.

    Case, «ё», Unicode form, spaces, a trailing «(выбыл …)» and link words do not count.

    >>> pupil_words("Ёлкин\u00a0Пётр (выбыл 12.10)")
    ('елкин', 'петр')
    """
    clean = _TRAILING_STATUS.sub("", squeezed(name))
    folded = unicodedata.normalize("NFKC", clean).casefold().replace("ё", "е")
    words = re.findall(r"[^\W_]+(?:[-'’][^\W_]+)*\.?", folded)
    return tuple(word for word in words if word not in {"тб", "пр"})
