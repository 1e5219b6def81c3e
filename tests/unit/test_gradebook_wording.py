"""Every sentence that the readers ask for exists in both languages, with the same slots."""

from __future__ import annotations

import re
import string
from pathlib import Path

import pytest

import posanalytics.gradebook
from posanalytics.gradebook.registry import READERS, title_of
from posanalytics.wording.catalogue import catalogue

SOURCES = [
    path.read_text("utf-8") for path in Path(posanalytics.gradebook.__file__).parent.rglob("*.py")
]
ROOM = catalogue("gradebook")
KEYS = sorted(
    {
        key
        for source in SOURCES
        for pattern in (
            r"\.add\(\s*\"\w+\",\s*\"(\w+)\"",
            r"Refused\(\"(\w+)\"",
            r"\"(?:conduct|mean)\": \"(\w+)\"",
            r"(?:key = |else |or \()\"(\w+_(?:column|row|mark|period|unchecked|marks|in_term))\"",
            r"\(\"(?:warning|note)\", \"(\w+)\"\)",
        )
        for key in re.findall(pattern, source)
    }
)


def slots(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_the_search_for_keys_finds_them():
    assert len(KEYS) > 50


@pytest.mark.parametrize("key", KEYS)
def test_every_problem_has_its_three_sentences(key):
    assert {f"{key}_found", f"{key}_expected", f"{key}_remedy"} <= ROOM.keys()


@pytest.mark.parametrize("key", ROOM)
def test_both_languages_fill_the_same_slots(key):
    assert ROOM[key].keys() == {"ru", "en"}
    assert slots(ROOM[key]["ru"]) == slots(ROOM[key]["en"])


@pytest.mark.parametrize("form", ["", *(reader.format for reader in READERS)])
def test_every_format_has_a_title(form):
    assert title_of(form)


@pytest.mark.parametrize("room", ["gradebook", "store"])
def test_every_sentence_of_a_problem_begins_with_a_capital(room):
    small = [
        key
        for key, texts in catalogue(room).items()
        if key.endswith(("_found", "_expected", "_remedy"))
        and any(text[:1].islower() for text in texts.values())
    ]
    assert small == []
