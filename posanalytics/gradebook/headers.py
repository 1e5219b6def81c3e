"""What header and row captions of a gradebook table mean."""

from __future__ import annotations

import functools
import re
from typing import Literal

from posanalytics.gradebook.captions import month_number, period_of
from posanalytics.labels import squeezed, subject_label

Role = Literal["subject", "mean", "conduct", "number", "name", "period", "other"]

_NAME = re.compile(
    r"список(?:\s+класса)?|(?:список\s+)?(?:ф\.?\s?и\.?(?:\s?о\.?)?|фамили\w*|учени[кц]\w*|учащи\w*|обучающ\w*|имя|"
    r"student|pupil|name)(?:[\s,(./]+(?:и\.?|имя|отчество|фамилия|ученик\w*|учащ\w*|обучающ\w*|"
    r"о\.?|name|ф\.?\s?и\.?\s?о\.?)\)?)*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(?:№|n|no|#)\s*(?:п\s*/?\s*п\.?)?|п/п|номер(?:\s+п/п)?", re.IGNORECASE)
_MEAN = re.compile(
    r"\bср(?:едн\w*|едневзв\w*)?\.?\s*(?:взв\w*\.?\s*)?(?:балл\w*|оценк\w*|отметк\w*|б\b|знач\w*)?\.?$"
    r"|^ср\b|средневзв|средн\w+\s+(?:балл|оценк|отметк)|^балл$|\bср\.\s*б",
    re.IGNORECASE,
)
_CONDUCT = re.compile(r"поведени|прилежани", re.IGNORECASE)
_OTHER = re.compile(
    r"^итог\w*:?$|всего|решени|примечани|^прим\.?$|пропу[сщ]|пропущ|урок(?:ов|и)|^дн(?:ей|и)|опозд|болезн|"
    r"кол-?во|количеств|место|рейтинг|качеств|успеваем|обученн|\bсоу\b|подпис|долг|телефон|"
    r"дата\s+рожд|\bпол\b|^класс$|категори|комментари|снилс|адрес|^[\d.,/]+$|"
    r"^\d{4}-\d\d-\d\d$|^\d{1,2}[./]\d{1,2}(?:[./](?:\d\d|20\d\d))?(?:\s*г\.?)?$",
    re.IGNORECASE,
)
# Columns that schools keep beside the marks: small numbers in them look like marks.
_SERVICE = re.compile(
    r"групп[аы]\s+здоровья|^(?:физ|мед|осн|подг|спец|физк?ультурн\w*|медицинск\w*)[\s.-]*групп\w*|^(?:под)?групп[аы]?\.?$|"
    r"^вариант\b|^кружк|^секци[ия]|^питани|^горяч\w*\s+пит|^льгот|^уч-?ся\b|^учащихся\b|"
    r"^кл(?:асс)?(?:ный|\.)?\s*-?\s*час|\bбалл\w*\s+(?:впр|огэ|егэ|мцко|за)\b|^итого\s+балл|^сумма\b|"
    r"^каб(?:инет)?\.?$|^№\s*каб|^смена$|^уровень\b|^проект$|^пробник|^пробн\w+\s|^олимпиад|"
    r"^тех(?:\.|ника)\s*чтения|^доп(?:\.|олнительн\w+)\s*(?:занят|образ)|^класс\s+обуч|"
    r"^год\s+(?:обуч|рожд|поступ)|^возраст$|^(?:дата|день)\s|^логин|^парол|^код\b|^шифр|^статус|"
    r"^форма\s+обуч|^программа\s+обуч|^овз$|^снижен|^активност|^портфолио|^рост$|^вес$|^сменк|"
    r"^учител[ья]\b|^преподавател|^куратор|^(?:мать|отец|родител\w*)$|^почта$|^e-?mail",
    re.IGNORECASE,
)
# Marks that do not count for the term: what a teacher expects, what was taken again.
_NOT_COUNTED = re.compile(
    r"прогноз|пересдач|пересдан|\bдолг\w*|предварит|ожидаем|планируем|желаем|исправлен",
    re.IGNORECASE,
)
# A Roman number under a subject: of what, only its neighbours can tell.
_NUMERAL = re.compile(r"^(?:i{1,3}|iv)\.?$", re.IGNORECASE)
# Works over a column of a hand-made table: «К/р 1», «Тест».
_WORK = re.compile(
    r"(?:[ксдлпр]/р|[ксдлпр]\.\s?р\.?|кр|д/з|тест\w*|зач[её]т\w*|срез|диктант|сочинение|изложение|опрос|"
    r"(?:контрольн\w+|самостоятельн\w+|лабораторн\w+|практическ\w+|проверочн\w+|"
    r"домашн\w+|контр|сам|лаб|практ|пров)\.?\s*(?:раб\w*|задани\w*)\.?)\s*(?:№?\s*\d+)?",
    re.IGNORECASE,
)
_SPECIAL: tuple[tuple[Role, re.Pattern[str]], ...] = (
    ("mean", _MEAN),
    ("conduct", _CONDUCT),
    ("other", _OTHER),
    ("other", _SERVICE),
    ("other", _NOT_COUNTED),
    ("other", _NUMERAL),
)
_SUBGROUP = re.compile(
    r"\s*(?:\(\s*)?(?:\b\d\s*-?\s*(?:я|ая)?\s*(?:гр|группа|подгр|подгруппа|п/гр?)\b\.?"
    r"|\b(?:гр|группа|подгр|подгруппа|п/гр?)\.?\s*№?\s*\d\b"
    r"|\(\s*(?:девочки|мальчики|юноши|девушки|дев|мал)\.?\s*\)|\(\s*\d\s*\))\s*\)?\s*$",
    re.IGNORECASE,
)
_MERIT = re.compile(r"(?:отличник|хорошист|троечник)", re.IGNORECASE)
_BROKEN = re.compile(r"(?<=[а-яё])-\s+(?=[а-яё])")
_FOOTER = re.compile(
    r"^(?:средн(?:ий|яя|ее|ие)\b|ср\.|качество\b|кач\.|успеваемость\b|усп\.|абсолютн|%|процент|соу\b|"
    r"степень\s+обуч|обученность|уровень\s+обуч|итог[ои]?\b|итогов|всего\b|количество\b|кол-?во\b|отличник|"
    r"хорошист|троечник|неуспевающ|успевающ|на\s+[«\"]?[2-5]|[«\"]?[2-5][»\"]?(?:\s|$)|аттестован|"
    r"не\s?аттест|н/а\b|осв\b|освобожд|учитель\b|подпис|директор|зам\.|классный\s+рук|"
    r"учатся\b|не\s?успева|успевают\b|максимум\b|минимум\b|максимальн|минимальн|сумма\b|медиана\b|кл\.\s*рук|дата\b|общий\b|число\b|по\s+классу)",
    re.IGNORECASE,
)
# «1. Ёлкин Пётр», «2) Сливкин Иван»: the number of the row.
_NUMBERED = re.compile(r"^\d{1,2}\s*[.)]\s*(?=[^\W\d_])")
# What a school adds to a name: «(дом. обуч.)», «*».
_ASIDE = re.compile(
    r"\s*(?:\((?:дом|на\s?дом|инд|овз|аоп|сем|заоч|очн|дист|бол|нов|гпд)[^)]*\))?\s*\**$",
    re.IGNORECASE,
)
_LINKS = re.compile(r"(?:\s+(?:ТБ|ПР))+$")
_STATUS = re.compile(r"\s*\(((?:выб|приб|перев|отчис|зачис)[^)]*)\)?\s*$", re.IGNORECASE)
# Endings of Russian surnames, and the beginnings of school words that end so too.
_SURNAME = re.compile(
    r"[А-ЯЁ][а-яё]+(?:[оеё]в|[оеё]ва|[иы]н|[иы]на|[сц]кий|[сц]кая|енко|чук|швили|дзе|ян|[иы]х)"
)
_SUBJECT_LIKE_SURNAME = re.compile(
    r"рус|англ|немец|франц|китай|испан|татар|башкир|родн|чуваш|якут|детск|дисциплин|медицин|"
    r"физическ|математическ|классн|учебн|итогов|половин|причин|основ|предмет|часов|баллов|урок|"
    r"информатик|латын|общ",
    re.IGNORECASE,
)
# Words that captions are made of and that nobody is called by.
_CAPTION_WORDS = frozenset(
    # A list of eighty quoted words reads worse.
    """i ii iii iv v русский родной литература литературное чтение язык английский немецкий
    французский иностранный математика алгебра геометрия информатика история обществознание
    география физика химия биология окружающий мир изо музыка технология труд физкультура обж обзр
    баллы балл впр огэ егэ кол-во количество итог итого итоговая год годовая отметка оценка средний
    ср четверть четв чт ч полугодие триместр фамилия имя отчество фио ученик класс группа вариант
    здоровья кабинет уровень проект олимпиады пробник рейтинг пропуски всего за по и в""".split()  # noqa: SIM905
)
_WORD = re.compile(r"[А-ЯЁA-Z][^\W\d_]*(?:[-'’][^\W\d_]+)*\.?")
_PARTICLE = re.compile(r"кызы|оглы|оглу|заде|фон|де|ибн|аль|\d{1,5}", re.IGNORECASE)


@functools.lru_cache(maxsize=4096)
def is_name_header(text: str) -> bool:
    """Return whether a header cell stands over pupils' names.

    >>> [is_name_header(t) for t in ("ФИО ученика", "Фамилия, имя", "Ученик", "История")]
    [True, True, True, False]
    """
    return bool(_NAME.fullmatch(text.strip(" :")))


def is_number_header(text: str) -> bool:
    """Return whether a header cell stands over row numbers."""
    return bool(_NUMBER.fullmatch(text.strip()))


@functools.lru_cache(maxsize=4096)
def role_of(text: str) -> Role:
    """Return what a column with this header holds.

    >>> [role_of(t) for t in ("Алгебра", "Ср. балл", "Поведение", "№ п/п", "Решение педсовета")]
    ['subject', 'mean', 'conduct', 'number', 'other']
    """
    if not text:
        return "other"
    if is_number_header(text):
        return "number"
    if is_name_header(text):
        return "name"
    special = next((role for role, pattern in _SPECIAL if pattern.search(text)), None)
    if not special and _WORK.fullmatch(text.strip(" .:")):
        return "other"
    if special or month_number(text):
        return special or "other"
    return "period" if period_of(text) else "subject"


@functools.lru_cache(maxsize=4096)
def is_service(text: str) -> bool:
    """Return whether a caption is one of those that surely stand over no marks of a term.

    >>> [is_service(t) for t in ("Группа здоровья", "Пропуски", "К/р 1", "5", "Математика долг")]
    [True, True, False, False, False]
    """
    if _NOT_COUNTED.search(text) or not any(letter.isalpha() for letter in text):
        return False
    # «Итог» may be the mark of the term that nobody has said which.
    total = text.casefold().startswith("итог") and not _SERVICE.search(text)
    points = re.search(r"\bбаллы?$", text, re.IGNORECASE)
    return not total and bool(points or _OTHER.search(text) or _SERVICE.search(text))


@functools.lru_cache(maxsize=4096)
def subject_of(text: str) -> str:
    """Return the subject without the subgroup that a column is for.

    >>> subject_of("алгебра (1 гр.)"), subject_of("Английский язык 2 группа")
    ('Алгебра', 'Английский язык')
    """
    # A word that was broken over two lines of a narrow cell: «Алге- бра».
    clean = _BROKEN.sub("", squeezed(text))
    return subject_label(_SUBGROUP.sub("", clean) or clean)


@functools.lru_cache(maxsize=4096)
def is_footer(text: str) -> bool:
    """Return whether a row caption starts a line of totals or signatures, not of a pupil."""
    clean = text.strip()
    # «Отличников: 3» is a total, «Отличников Егор» a pupil.
    return bool(_FOOTER.match(clean)) and not (_MERIT.match(clean) and is_person(clean))


@functools.lru_cache(maxsize=4096)
def is_person(text: str) -> bool:
    """Return whether a text has the form of a name: two to five words, each with a capital.

    A number may stand in place of the given name, where a school has hidden its names.

    >>> [is_person(t) for t in ("Ёлкин Пётр", "Ёлкин П.П.", "Ученик 12", "Алгебра", "Класс: 7б")]
    [True, True, True, False, False]
    """
    if is_name_header(text):
        return False
    words = _ASIDE.sub("", person(text)[0]).replace(".", ". ").split()
    if not 2 <= len(words) <= 5 or not _WORD.fullmatch(words[0]):  # noqa: PLR2004
        return False
    return all(_WORD.fullmatch(word) or _PARTICLE.fullmatch(word) for word in words)


@functools.lru_cache(maxsize=4096)
def person(text: str) -> tuple[str, str]:
    """Return a pupil's name without number and link words, and the note in brackets behind it.

    >>> person("Ёлкин Пётр (выбыл 12.10)"), person("12. Ёлкин Пётр")
    (('Ёлкин Пётр', 'выбыл 12.10'), ('Ёлкин Пётр', ''))
    """
    clean = squeezed(text)
    status = _STATUS.search(clean)
    name = clean[: status.start()] if status else clean
    return _NUMBERED.sub("", _LINKS.sub("", name)), status[1].strip() if status else ""


@functools.lru_cache(maxsize=4096)
def may_be_name(text: str) -> bool:
    """Return whether a caption must not be shown: it may be somebody's name, or a lone surname.

    >>> [may_be_name(t) for t in ("Ёлкин Пётр", "Канарейкин", "Русский язык", "Физика", "2 ч")]
    [True, True, False, False, False]
    """
    words = text.split()
    if all(map(_is_school_word, words)):
        return False
    few = len(words) <= 3  # noqa: PLR2004
    return is_person(text) or (few and any(_is_surname(word.strip(".,:;()")) for word in words))


def _is_school_word(word: str) -> bool:
    """Return whether a word of a caption is a number, or one of those that captions are made of."""
    bare = word.strip('.,:;()«»"').casefold()
    return not any(letter.isalpha() for letter in bare) or bare in _CAPTION_WORDS


def _is_surname(word: str) -> bool:
    return bool(_SURNAME.fullmatch(word)) and not _SUBJECT_LIKE_SURNAME.match(word)
