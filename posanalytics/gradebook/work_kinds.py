"""Kinds of works: all that is kept of a teacher's comment, for free text is about children."""

from __future__ import annotations

import functools
import re

from posanalytics.labels import squeezed

# Beginnings of the words that kinds of works consist of in the exports that FORMATS.md describes
# and in what teachers commonly choose from (names of works in Сетевой город, ЭлЖур, Дневник.ру).
_STEMS = re.compile(
    r"(?:контрольн|самостоятельн|проверочн|практическ|лабораторн|домашн|классн|творческ|"
    r"диагностическ|административн|итогов|входн|стартов|промежуточн|текущ|полугодов|годов|"
    r"четвертн|тематическ|срезов|мониторингов|исследовательск|письменн|устн|словарн|"
    r"математическ|грамматическ|орфографическ|арифметическ|терминологическ|географическ|"
    r"историческ|физическ|химическ|фронтальн|индивидуальн|групповая|групповой|групповое|парн|"
    r"дополнительн|повторн|обучающ|контурн|техник|работ|задани|упражнени|тест|диктант|сочинени|"
    r"изложени|проект|зач[её]т|реферат|доклад|сообщени|эссе|ответ|опрос|беседа|урок|чтени|"
    r"наизусть|стих|стихотворени|аудировани|говорени|письмо|письма|монолог|диалог|пересказ|"
    r"списывани|тетрад|ведени|конспект|таблиц|схем|задач|решени|срез|мониторинг|экзамен|"
    r"аттестаци|норматив|сдач|презентаци|исследовани|викторин|олимпиад|игр|рисун|поделк|ошиб|"
    r"пересдач|карт|анализ|текст|разбор|перевод|лексик|грамматик|правил|таблиц|формул|терминол|"
    r"понят|практикум|семинар|коллоквиум|лекци|дискусси|активност|посещени|участи|поведени|"
    r"оценка|отметка|балл|повторени|закреплени|обобщени|глава|раздел|тема|теме|темы|"
    r"параграф|вариант|часть|уровень|экспресс|мини|взаимо|само|онлайн|дистанционн)[а-яё]*"
)
_WORDS_LISTED = (
    "к кр ср пр лр др дз дкр акр дик т у р д тр рр ркр ур уо о оу исп изо рно вп вкр зкр из рт "
    "впр огэ егэ мцко нико рэш ктд прз рк кк рп рнк лаб пров контр сам самост практ дом тема "
    "тест дикт соч излож зач на по с со за в во и или над для от об без № n no класс доске "
    "доски классе дому теме work homework hw classwork cw test quiz exam essay project lab "
    "practice midterm final oral written report presentation participation attendance "
    "assignment task unit module week chapter lesson reading writing speaking listening "
    "dictation control independent formative summative current mark term period the of in and "
    "for a "
)
_WORDS = frozenset(_WORDS_LISTED.split())
_WORD = re.compile(r"[^\W\d_]+")
_LONGEST = 60


@functools.lru_cache(maxsize=4096)
def work_kind(text: str) -> str:
    """Return the kind of a work, empty where the text has words that are no kind's.

    >>> [work_kind(t) for t in ("Контрольная работа №2", "КР", "Рыбаков помогал", "драка с другом")]
    ['Контрольная работа №2', 'КР', '', '']
    """
    clean = squeezed(text)
    words = [word.casefold() for word in _WORD.findall(clean)]
    known = all(word in _WORDS or _STEMS.fullmatch(word) for word in words)
    return clean if known and len(clean) <= _LONGEST else ""
