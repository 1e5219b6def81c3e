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
# Control characters but for those that are spaces: a terminal takes them for commands.
_CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if not chr(code).isspace()}
_UNSEEN = _ZERO_WIDTH | _CONTROLS
_CLASS = re.compile(
    r"^\s*(1[01]|[1-9])\s*[-–—«\"'„“ ]*\s*([А-ЯЁA-Z])?[»\"'“”]?\s*(?:класс|кл\.?)?\s*$"
)
# What a school writes in brackets about a pupil's place; nothing else in brackets is left out:
# «(1)» and «(2)», «(мл.)» and «(ст.)», «(Рига)» are how a school tells namesakes apart.
_REMARK = re.compile(
    r"\(\s*(?:выб|приб|перев|отчис|зачис|на\s+дому|надомн|дом\.|домашн|дистанц|д/о|инд\.|индивид|овз|"
    r"аооп|аоп|инвалид|семейн|очн|заочн|экстерн|староста|дежурн|гпд|болеет|болен|больн|длит|"
    r"академ|нов\.|новеньк|освобожд|осв\.|санатор|лечени|спорт)[^)]*\)?",
    re.IGNORECASE,
)
_ASIDE = re.compile(r"\(([^)]*[^\W\d_][^)]*)\)?")
# «Ёлкин Пётр мл.» and «Ёлкин Пётр (младший)» are one pupil, and not «Ёлкин Пётр ст.».
_ELDER = re.compile(r"(?:(младш\w*|мл\.?)|старш\w*|ст\.?)")
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
    r"""Return the text in NFC without zero-width and control characters, runs of spaces as one.

    >>> squeezed(" Ёлкин\u00a0\u00a0Пётр "), squeezed("Долг \x1b[2J")
    ('Ёлкин Пётр', 'Долг [2J')
    """
    return " ".join(unicodedata.normalize("NFC", text).translate(_UNSEEN).split())


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


def typed_class(text: str) -> str | None:
    """Return the normal form of a class, a Latin «B» kept: it may mean «Б», and looks like «В».

    >>> [typed_class(t) for t in ("7B", "7Б", "7 «H»", "Алгебра")]
    ['7B', '7Б', '7Н', None]
    """
    label = class_label(text)
    latin = label and label.endswith("Б") and "Б" not in squeezed(text).upper()
    return f"{label[:-1]}B" if label and latin else label


def settled_class(label: str) -> str:
    """Return a class as `class_label` would give it: «Б» for a Latin «B» that nothing explains."""
    return f"{label[:-1]}Б" if label.endswith("B") else label


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


# What reports and works are called, by the beginnings of words, and words that are met as they are.
_SCHOOL_STEMS = re.compile(
    r"(?:алгебр|геометр|математ|информат|программ|литератур|язык|истори|обществ|географ|физик|физич|"
    r"физкульт|хими|биолог|эколог|астроном|экономик|граждан|правов|музык|искусств|изобраз|технолог|"
    r"черчен|ритмик|шахмат|робот|риторик|безопасн|культур|грамматик|орфограф|чтени|письм|естеств|природ|окружа|"
    r"краеведен|психолог|финансов|грамотност|вероятн|статист|проект|индивид|внеуроч|факультатив|"
    r"электив|кружок|русск|английск|немецк|французск|испанск|китайск|татарск|башкирск|родн|"
    r"иностранн|оцен|отмет|успеваем|посещаем|пропуск|журнал|отч[её]т|ведомост|сводн|итог|"
    r"четверт|четв|триместр|полугод|семестр|модул|годов|учебн|класс|групп|параллел|предмет|урок|"
    r"учени|обучающ|учащ|учител|школ|лице|гимназ|расписан|выгрузк|экспорт|импорт|таблиц|матриц|лист|"
    r"список|списк|протокол|результ|балл|средн|качеств|монитор|диагност|опрос|анкет|социометр|"
    r"тестирован|контрольн|самостоят|проверочн|лаборат|практич|домашн|работ|задани|диктант|"
    r"сочинени|изложени|зач[её]т|экзамен|аттестац|мои|мой|общ|полн|нов|стар|верс|копи|файл|"
    r"документ|данн|памятк|инструкц|справк|примечан|описани|легенд|содержан|обложк|период|месяц|недел|сентябр|октябр|ноябр|декабр|январ|феврал|март|апрел|ма[йя]|"
    r"июн|июл|август|табел|портфолио|личн|электронн|дневник|дополнит|промежуточн|текущ|"
    r"входн|выходн|доклад|реферат|сообщен|презентац|пересдач|олимпиад|викторин|конкурс|стартов|перв|втор|трет|кл|осн|прил|титул|свод|уч|год|все|всего|и|по|за|для|на|"
    r"в|с|от|до|из|тест|впр|огэ|егэ|чит|код|коды|участник|ответ|вопрос|шкал|уровн|показател)"
    r"(?P<rest>[а-яё]*)"
)
_SCHOOL_WORDS_LISTED = (
    "sheet table grades grade gradebook report list data results result class classes users "
    "scores score pupils students student marks term quarter total summary export moodle canvas "
    "google classroom edx oneroster math maths english science history physics chemistry "
    "biology geography art music language literature мбоу мкоу маоу гбоу моу сош оош уп нб обж "
    "обзр изо оркс однкнр мцко рэш "
)
_SCHOOL_WORDS = frozenset(_SCHOOL_WORDS_LISTED.split())
# A stem with such an ending is a surname: «Тестова», «Журналов», «Хименко».
_SURNAME_ENDING = re.compile(
    r".*(?:[оеё]в|[оеё]ва|[оеё]в[уы]|[оеё]вым|[оеё]вой|[иы]н|[иы]на|енко|чук|ук|ян|дзе|швили)"
)
_FUNCTION_STEM = 3  # «по», «за», «кл»: as short as this a stem is the whole word


@functools.lru_cache(maxsize=4096)
def is_school_word(word: str) -> bool:
    """Return whether a word is one that schools call subjects, reports and works by.

    >>> [is_school_word(w) for w in ("Алгебра", "Ведомость", "Оценки", "Тестова", "Щукарь")]
    [True, True, True, False, False]
    """
    folded = word.casefold().strip(".,:;()«»\"'").replace("ё", "е")
    if folded in _SCHOOL_WORDS or folded in _subject_words():
        return True
    match = _SCHOOL_STEMS.fullmatch(folded)
    if not match or _SURNAME_ENDING.fullmatch(match["rest"]):
        return False
    stem = len(folded) - len(match["rest"])
    return stem > _FUNCTION_STEM or len(match["rest"]) <= 1


@functools.cache
def _subject_words() -> frozenset[str]:
    """Return the words that the names of subjects consist of, folded."""
    names = [*_SHORT_SUBJECTS, *(short for shorts in _SHORT_SUBJECTS.values() for short in shorts)]
    words = (re.findall(r"[^\W\d_]+", name.casefold().replace("ё", "е")) for name in names)
    return frozenset(word for found in words for word in found)


# Beginnings of the words that stand in names of subjects, electives and courses.
_SUBJECT_STEMS = re.compile(
    r"\b(?:русск|родн|литер|чтени|англ|немец|франц|испан|китай|татар|башк|чуваш|якут|иностр|языки?\b|"
    r"яз\b|речь|речев|ритори|словесн|письм|грамот|азбук|букварь|математ|алгебр|геометр|вероятн|"
    r"статист|информат|икт\b|программир|робот|физик|физич|физк|физ-|астроном|хими|биолог|эколог|"
    r"природ|естеств|географ|краевед|истор|обществ|прав[оа]\b|эконом|финанс|психолог|социолог|"
    r"философ|логик|окруж|мир\b|изо\b|изобраз|искусств|мхк\b|музык|хор\b|пени|танц|ритмик|хореогр|"
    r"театр|черчен|технол|труд|индустр|обж\b|обзр\b|безопасн|защит|нвп\b|оркс|одн[кр]|этик|светск|"
    r"религ|духовн|семь|россия|разговор|шахмат|плаван|спорт|гимнаст|проектн|индивид|практикум|"
    r"элективн|факульт|курс|введени|основы|latin|math|english|history|science)|ведени[ея]\b",
    re.IGNORECASE,
)


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


def is_school_subject(text: str) -> bool:
    """Return whether a text is, or holds, a word by which schools call their subjects.

    >>> [is_school_subject(t) for t in ("Англ. яз.", "Второй иностранный (нем.)", "Кактусы")]
    [True, True, False]
    """
    return known_subject(text) is not None or bool(_SUBJECT_STEMS.search(text))


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
    not count; an initial has its point. What else stands in brackets tells namesakes apart.

    >>> pupil_words("Ёлкин\u00a0Пётр (выбыл 12.10)"), pupil_words("Пётр Петрович Ёлкин")
    (('елкин', 'петр'), ('елкин', 'петр', 'петрович'))
    >>> pupil_words("П.П. Ёлкин"), pupil_words("Ёлкин П П")
    (('елкин', 'п.', 'п.'), ('елкин', 'п.', 'п.'))
    >>> pupil_words("Ёлкин Пётр (младший)"), pupil_words("Ёлкин Пётр Петрович ст.")
    (('елкин', 'петр', '(мл)'), ('елкин', 'петр', 'петрович(ст)'))
    """
    clean = _REMARK.sub(" ", _TRAILING_WORD.sub("", _TRAILING_STATUS.sub("", squeezed(name))))
    text = _DASH.sub("-", unicodedata.normalize("NFKC", clean))
    folded = _in_one_alphabet(text).casefold().replace("ё", "е")
    asides = [word for aside in _ASIDE.findall(folded) for word in _NAME_WORD.findall(aside)]
    words = [_pointed(found) for found in _NAME_WORD.findall(_ASIDE.sub(" ", folded))]
    asides += [word for word in words[2:] if _ELDER.fullmatch(word)]
    told = [word for at, word in enumerate(words) if at < 2 or not _ELDER.fullmatch(word)]  # noqa: PLR2004
    whole = _surname_first(tuple(word for word in told if word not in {"тб", "пр"}))
    return _told_apart(whole, asides)


def _told_apart(name: tuple[str, ...], asides: list[str]) -> tuple[str, ...]:
    """Return a name with what tells its bearer from a namesake, as a part of the third word."""
    if not asides or not name:
        return name
    mark = "-".join(_elder(word) for word in asides)
    third = name[2] if len(name) > 2 else ""  # noqa: PLR2004
    return (*name[:2], f"{third}({mark})", *name[3:])


def _elder(word: str) -> str:
    found = _ELDER.fullmatch(word)
    return word if not found else "мл" if found[1] else "ст"


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
