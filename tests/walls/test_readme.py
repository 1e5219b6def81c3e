"""The two README pages say the same: whoever reads one of them misses nothing of the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "README.ru.md")


def parted(page):
    """Return the text of a page without code, and its blocks of code without their comments."""
    text = (ROOT / page).read_text("utf-8")
    blocks = re.findall(r"^```(\w+)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    code = [(kind, re.sub(r" *#.*", "", inside)) for kind, inside in blocks]
    return re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE), code


def in_russian(term):
    """Return a word of a call as the Russian page has it."""
    words = {"NAME": "ИМЯ", "name=value": "имя=значение", "FILE": "ФАЙЛ", "DIR": "ПАПКА"}
    for word, told in words.items():
        term = re.sub(rf"(?<![\w.]){word}(?!\w)", told, term)
    return term


def test_both_readme_pages_have_the_same_blocks_of_code():
    english, russian = (parted(page)[1] for page in PAGES)
    assert english == russian


def test_both_readme_pages_lead_to_the_same_places():
    english, russian = (set(re.findall(r"\]\(([^)]+)\)", parted(page)[0])) for page in PAGES)
    assert english - {"README.ru.md"} == russian - {"README.md"}


def test_both_readme_pages_have_the_same_headings_and_tables():
    def shape(page):
        text = parted(page)[0]
        return [re.match(r"#+|\|", line)[0] for line in text.splitlines() if line[:1] in {"#", "|"}]

    english, russian = map(shape, PAGES)
    assert english == russian


def test_both_readme_pages_name_the_same_commands_options_and_keys():
    english, russian = (set(re.findall(r"`([^`]+)`", parted(page)[0])) for page in PAGES)
    assert {in_russian(term) for term in english} == russian


@pytest.mark.parametrize("page", PAGES)
def test_every_place_that_a_readme_page_leads_to_is_there(page):
    places = re.findall(r"\]\(([^)]+)\)", parted(page)[0])
    assert [place for place in places if not (ROOT / place).exists()] == []
