"""Normal forms of the labels that people type: classes, subjects, pupils."""

from __future__ import annotations

import functools
import re
import unicodedata

_LATIN_TO_CYRILLIC = str.maketrans("ABEKMHOPCTYXabekmhopctyx", "АВЕКМНОРСТУХавекмнорстух")
# A teacher who types «B» on a Latin keyboard means the second letter of the Russian alphabet.
_CLASS_LETTERS = str.maketrans({"B": "Б", "V": "В", "G": "Г", "D": "Д"})
# Zero-width spaces and joiners, soft hyphens, and the marks that turn the writing direction.
_ZERO_WIDTH = dict.fromkeys(
    [*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x206A), 0xFEFF, 0x00AD, 0x180E]
)
_CLASS = re.compile(
    r"^\s*(1[01]|[1-9])\s*[-–—«\"'„“ ]*\s*([А-ЯЁA-Z])?[»\"'“”]?\s*(?:класс|кл\.?)?\s*$"
)
# Only with letters in it: «(1)» and «(2)» are how a school tells namesakes apart.
_REMARK = re.compile(r"\([^)]*[^\W\d_][^)]*\)?")
_TRAILING_WORD = re.compile(
    r"(?<=\w)\s*[,;–—-]?\s+(?:выбы|прибы|отчисл|перевед|зачисл)\w+\b.*$", re.IGNORECASE
)
_DASH = re.compile(r"(?<=[^\W\d_])\s*[-‐‑–—−]\s*(?=[^\W\d_])")
_NAME_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*\.?")
_RUSSIAN = re.compile(r"[А-Яа-яЁё]")
_LATIN = re.compile(r"[A-Za-z]")
_LATIN_WORD = re.compile(r"[^\W\d_]*[A-Za-z][^\W\d_]*")
_PATRONYMIC = re.compile(r"(?:[оев]вич|[ьмкт]ич|[ое]вна|ична)$")
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


# Full names: subjects of the federal curriculum (ФОП НОО, ООО, СОО). Abbreviations: ИЗО, «Ин. яз.»
# and the like stand in exports that FORMATS.md describes (section 10, trap 16); the rest is what
# timetables commonly print, without a source. They only ever make a question, never a change.
_SHORT_SUBJECTS = {
    "Русский язык": ("рус яз", "русск яз", "рус", "русский", "рус язык"),
    "Литература": ("лит", "лит-ра", "литер"),
    "Литературное чтение": ("лит чт", "лит чтение", "литер чтение", "чтение"),
    "Родной язык": ("родн яз", "род яз"),
    "Родная литература": ("родн лит", "род лит"),
    "Иностранный язык": ("ин яз", "иняз", "иностр яз", "иностранный"),
    "Английский язык": ("англ яз", "анг яз", "англ", "английский", "ин яз англ"),
    "Немецкий язык": ("нем яз", "немецкий", "ин яз нем"),
    "Французский язык": ("франц яз", "фр яз", "французский", "ин яз фр"),
    "Математика": ("мат", "матем", "мат-ка"),
    "Алгебра": ("алг",),
    "Геометрия": ("геом",),
    "Вероятность и статистика": ("вис", "в и с", "вер и стат", "теор вер", "вероятн и стат"),
    "Информатика": ("инф", "информ", "инф и икт", "информатика и икт"),
    "История": ("ист",),
    "Обществознание": ("общ", "общество", "обществозн", "общ-е", "общест"),
    "География": ("геогр", "геог"),
    "Физика": ("физ",),
    "Химия": ("хим",),
    "Биология": ("биол", "био"),
    "Окружающий мир": ("окр мир", "окруж мир"),
    "Изобразительное искусство": ("изо", "изобр искусство", "изобр иск"),
    "Музыка": ("муз",),
    "Технология": ("технол", "техн"),
    "Труд (технология)": ("труд", "труды", "труд технология"),
    "Физическая культура": ("физ-ра", "физра", "физкультура", "физ культура", "физк", "физ культ"),
    "Основы безопасности жизнедеятельности": ("обж",),
    "Основы безопасности и защиты Родины": ("обзр",),
    "Основы религиозных культур и светской этики": ("оркс", "оркисэ", "орксэ"),
    "Основы духовно-нравственной культуры народов России": ("однкнр", "однк"),
    "Индивидуальный проект": ("инд проект", "ип", "индив проект"),
}


def subject_key(text: str) -> str:
    """Return a subject name as it is compared: case, «ё», points, spaces, brackets do not count.

    >>> subject_key("Рус. яз."), subject_key(" ИЗО")
    ('русяз', 'изо')
    """
    clean = unicodedata.normalize("NFKC", squeezed(text))
    folded = _in_one_alphabet(clean).casefold().replace("ё", "е")
    return re.sub(r"[^\w]", "", folded)


def known_subject(text: str) -> str | None:
    """Return the full name of a subject that is commonly shortened, None where it is unknown.

    >>> known_subject("Англ. яз."), known_subject("ОБЗР"), known_subject("Робототехника")
    ('Английский язык', 'Основы безопасности и защиты Родины', None)
    """
    return _full_subjects().get(subject_key(text))


@functools.cache
def _full_subjects() -> dict[str, str]:
    names = {subject_key(full): full for full in _SHORT_SUBJECTS}
    return names | {
        subject_key(short): full for full, shorts in _SHORT_SUBJECTS.items() for short in shorts
    }


@functools.lru_cache(maxsize=4096)
def pupil_words(name: str) -> tuple[str, ...]:
    r"""Return the words of a pupil's name in normal form, to compare names and never to print them.

    Surname, given name, patronymic as far as the name itself tells them apart. Case, «ё», Unicode
    form, spaces, dashes, Latin letters among Russian ones, remarks in brackets and link words do
    not count; an initial has its point.

    >>> pupil_words("Ёлкин\u00a0Пётр (выбыл 12.10)"), pupil_words("Пётр Петрович Ёлкин")
    (('елкин', 'петр'), ('елкин', 'петр', 'петрович'))
    >>> pupil_words("П.П. Ёлкин"), pupil_words("Ёлкин П П")
    (('елкин', 'п.', 'п.'), ('елкин', 'п.', 'п.'))
    """
    clean = _REMARK.sub(" ", _TRAILING_WORD.sub("", _TRAILING_STATUS.sub("", squeezed(name))))
    text = _DASH.sub("-", unicodedata.normalize("NFKC", clean))
    folded = _in_one_alphabet(text).casefold().replace("ё", "е")
    words = [_pointed(word) for word in _NAME_WORD.findall(folded)]
    return _surname_first(tuple(word for word in words if word not in {"тб", "пр"}))


def _in_one_alphabet(text: str) -> str:
    """Return a name whose Latin letters stand among Russian ones in Russian letters."""
    if not _RUSSIAN.search(text):
        return text
    turned = {word: word.translate(_LATIN_TO_CYRILLIC) for word in _LATIN_WORD.findall(text)}
    return _LATIN_WORD.sub(
        lambda match: match[0] if _LATIN.search(turned[match[0]]) else turned[match[0]], text
    )


def _pointed(word: str) -> str:
    return f"{word}." if len(word) == 1 and word.isalpha() else word


def _surname_first(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return «Пётр Петрович Ёлкин» and «П. П. Ёлкин» as «Ёлкин Пётр Петрович» would come."""
    if len(words) > 1 and is_initial(words[0]) and not is_initial(words[-1]):
        return (words[-1], *words[:-1])
    if len(words) == 3 and _PATRONYMIC.search(words[1]) and not _PATRONYMIC.search(words[2]):  # noqa: PLR2004
        return (words[2], *words[:2])
    return words


def is_initial(word: str) -> bool:
    """Return whether a word of a name stands for a longer one: «п.», «ал.»."""
    return word.endswith(".")


def same_pupil_words(words: tuple[str, ...]) -> tuple[str, ...]:
    """Return words that are equal for one pupil in both orders, «Ёлкин Пётр» and «Пётр Ёлкин»."""
    return (*sorted(words[:2]), *words[2:3])
