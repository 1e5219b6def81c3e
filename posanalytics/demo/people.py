"""Names of the made-up school: every surname is a thing from a pencil case, a wood or a kitchen.

No surname was taken from a list of people; the given names are the usual ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from posanalytics.demo.dice import Dice
from posanalytics.demo.school_days import THIS_YEAR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from posanalytics.demo.school import School

NBSP = "\u00a0"
# Two pupils of this class share surname and given name, so its exports print the patronymic.
NAMESAKES_TOGETHER = "9А"
NAMESAKES_APART = ("7А", "7Б")

_NAMES = 5


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_SURNAMES = _words("""
    Примеров Образцов Вымыслов Ёлкин Грушин Тестов Пробников Шаблонов Макетов Моделев Сказкин
    Небылицын Придумкин Выдумкин Фантазёров Черновиков Тетрадкин Карандашов Линейкин Пеналов
    Указкин Страницын Абзацев Запятов Точкин Кавычкин Скобкин Вопросов Ответов Задачкин Дробев
    Квадратов Ромбов Кубиков Циркулев Чашкин Ложкин Тарелкин Самоваров Пряников Бубликов Ватрушкин
    Калачев Сосенкин Берёзкин Осинкин Рябинкин Ромашкин Одуванчиков Подснежников Ландышев Опятов
    Сыроежкин Маслёнкин Ёжиков Бельчатов Звёздочкин Радугин Снежинкин Капелькин
""")
_BOYS = _words("""
    Иван Пётр Семён Артём Фёдор Алексей Андрей Антон Борис Вадим Василий Виктор Глеб Григорий
    Денис Дмитрий Егор Захар Илья Кирилл Максим Никита Павел Роман Степан Тимофей
""")
_GIRLS = _words("""
    Алёна Алия Анна Арина Варвара Вера Виктория Галина Дарья Ева Екатерина Елена Злата Ирина
    Ксения Лидия Мария Надежда Наталья Ольга Полина Светлана София Тамара Ульяна Юлия
""")
_PATRONYMICS = tuple(
    (f"{stem}ич", f"{stem}на")
    for stem in _words("""
        Иванов Петров Семёнов Артёмов Фёдоров Антонов Борисов Викторов Глебов Денисов Егоров
        Захаров Сергеев Андреев Алексеев
    """)
)


class Person(NamedTuple):
    """A made-up name in three words."""

    surname: str
    given: str
    patronymic: str
    girl: bool

    def printed(self, *, patronymic: bool = False, yo: bool = True, nbsp: bool = False) -> str:
        """Return the name as one gradebook or another writes it."""
        words = [self.surname, self.given, *([self.patronymic] if patronymic else [])]
        text = (NBSP if nbsp else " ").join(words)
        return text if yo else text.replace("ё", "е").replace("Ё", "Е")

    @property
    def initials(self) -> str:
        """Return surname and initials: Указкина М. П."""
        return f"{self.surname} {self.given[0]}. {self.patronymic[0]}."


def people(school: School) -> list[Person]:
    """Return a name for every pupil of the school, by number.

    Names differ by surname and given name, but for two planned pairs of namesakes: one in
    parallel classes, one inside a class, told apart by the patronymic.
    """
    dice = Dice(school.truth.seed, _NAMES)
    taken: set[str] = set()
    found = [_new_person(dice, taken) for _ in range(school.pupils)]
    for first, second in _namesakes(school):
        one = found[first]
        found[second] = one._replace(patronymic=_other_patronymic(one))
    return found


def teachers(school: School) -> dict[tuple[int, str], str]:
    """Return the class teacher of every class through the years, by cohort and letter."""
    streams = sorted({room.enrolment.stream for room in school.rooms})
    names = new_names(Dice(school.truth.seed, _NAMES + 1), len(streams))
    return dict(zip(streams, names, strict=True))


def new_names(dice: Dice, count: int) -> list[str]:
    """Return surnames with initials of that many grown-up women."""
    taken: set[str] = set()
    return [_new_person(dice, taken, girl=True).initials for _ in range(count)]


def _new_person(dice: Dice, taken: set[str], *, girl: bool | None = None) -> Person:
    while True:
        chosen = dice.chance(0.5) if girl is None else girl
        surname = dice.pick(_SURNAMES) + ("а" if chosen else "")
        given = dice.pick(_GIRLS if chosen else _BOYS)
        person = Person(surname, given, dice.pick(_PATRONYMICS)[chosen], chosen)
        if person.printed(yo=False) not in taken:
            taken.add(person.printed(yo=False))
            return person


def _namesakes(school: School) -> Iterable[tuple[int, int]]:
    together = school.room(THIS_YEAR, NAMESAKES_TOGETHER).pupils
    one, other = (school.room(THIS_YEAR, label).pupils for label in NAMESAKES_APART)
    return ((together[3], together[4]), (one[3], other[3]))


def _other_patronymic(person: Person) -> str:
    """Return another patronymic that fits the same person."""
    known = [pair[person.girl] for pair in _PATRONYMICS]
    return known[(known.index(person.patronymic) + 1) % len(known)]
