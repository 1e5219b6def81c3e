"""Names leave no text, however many names are known."""

from __future__ import annotations

import pytest

from posanalytics.privacy import Redactor

PUPIL = "[ученик]"
# Ten thousand made-up names around the two that are met.
CROWD = {f"Примеров{one}{two} Иван{three}": "[другой]"
         for one in "абвгдежзиклмнопрстуфхц" for two in "абвгдежзиклмнопрстуфхц"
         for three in "абвгдежзиклмнопрстуфх"}  # fmt: skip
KNOWN = {**CROWD, "Ёлкин Пётр": PUPIL, "Ли Ян": PUPIL}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Ёлкин Пётр, 7Б", "[ученик], 7Б"),
        ("елкин\u00a0петр.xlsx", "[ученик].xlsx"),
        ("Пётр_Ёлкин", "[ученик]"),
        ("ЁЛКИН П. выбыл", "[ученик] выбыл"),
        ("Ли  Ян и Ёлкин Петр", "[ученик] и [ученик]"),
        ("Ёлкин – не ученик этого класса", "Ёлкин – не ученик этого класса"),
        ("Алгебра, ячейка B5", "Алгебра, ячейка B5"),
        ("", ""),
    ],
)
def test_a_name_is_replaced_in_every_form_and_nothing_else_is(text, told):
    assert Redactor(KNOWN)(text) == told


def test_the_longer_of_two_names_is_replaced_whole():
    redact = Redactor({"Ёлкин Пётр Ильич": "[полное]", "Ёлкин Пётр": "[короткое]"})
    assert redact("Ёлкин Пётр Ильич; Ёлкин Пётр") == "[полное]; [короткое]"


def test_without_names_a_text_stays_as_it_is():
    assert Redactor({})("Ёлкин Пётр") == "Ёлкин Пётр"
