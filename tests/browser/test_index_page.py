"""The index in a real browser: found again, by words and by choice, from any folder."""

from __future__ import annotations

import shutil

import pytest

from posanalytics.reports.index import IndexEntry, write_index

pytestmark = pytest.mark.browser

ATTACK = "<script>alert(1)</script>"


@pytest.fixture
def index(tmp_path):
    entries = [
        IndexEntry(question="Растут ли классы?", href="a.html", classes=("5А", "7Б"), term="2 ч."),
        IndexEntry(question="Профиль 5Б", href="b.html", classes=("5Б",), term="1 ч."),
        IndexEntry(question=f"{ATTACK} ёлка", href="c.html", classes=("5А",), term="1 ч."),
        IndexEntry(question=ATTACK, failure=ATTACK),
        IndexEntry(question="", headline=ATTACK, sentence=ATTACK, outcome="javascript:alert(1)"),
    ]
    return write_index(tmp_path, entries, school=ATTACK, term_title="2 четверть")


@pytest.mark.parametrize(
    ("fragment", "shown"),
    [("", 3), ("#q=профиль", 1), ("#class=5А", 2), ("#class=5А&term=1 ч.", 1), ("#q=ничего", 0)],
)
def test_the_choice_in_the_address_filters_the_list(opened, index, fragment, shown):
    assert opened(index, fragment=fragment).count("tr[data-search]:visible") == shown


def test_typing_filters_and_is_remembered_in_the_address(opened, index):
    visit = opened(index)
    visit.page.fill("[name=q]", "елка")
    assert visit.count("tr[data-search]:visible") == 1
    assert "q=" in visit.page.url
    assert (visit.dialogs, visit.said, visit.asked) == ([], [], [])


def test_a_term_without_a_find_leaves_the_list(opened, index):
    visit = opened(index, fragment="#q=растут")
    assert visit.texts("tr.group") == ["2 ч."]


def test_a_search_without_a_find_says_so(opened, index):
    visit = opened(index)
    visit.page.fill("[name=q]", "нет такого")
    assert visit.page.locator("#index-nothing").inner_text().startswith("Ничего не нашлось")


def test_the_index_opens_from_a_folder_with_spaces_and_cyrillic(opened, index, tmp_path):
    folder = tmp_path / "флешка № 1"
    shutil.copytree(index.parent, folder)
    assert opened(folder / "index.html").count("tr[data-search]") == 3


def test_words_of_a_pupil_are_words_wherever_they_stand(opened, index):
    visit = opened(index)
    assert visit.page.locator("main").inner_text().count(ATTACK) == 6
    assert (visit.dialogs, visit.said, visit.asked) == ([], [], [])
