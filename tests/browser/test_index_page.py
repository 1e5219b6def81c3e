"""The index in a real browser: found again, by words and by choice, from any folder."""

from __future__ import annotations

import shutil

import pytest

from posanalytics.reports.history import Difference
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


@pytest.fixture
def school(tmp_path):
    term = {"term": "2 четверть 2025/26", "audience": "team"}
    names = ("5А", "7А", "7В", "Биология", "Русский язык")
    entries = [
        IndexEntry(question="", headline="Больше, чем у других", primary=True, outcome="Все"),
        *(
            IndexEntry(
                question="",
                headline="Похоже на преимущество, но данных мало",
                outcome="Физическая культура",
                reliability="low",
                difference=Difference(0.3, -0.1, 0.7),
            )
            for _ in range(4)
        ),
        IndexEntry(question="Растут ли классы?", href="a.html", mentions=names, **term),
        IndexEntry(
            question="Что в 5А?", href="b.html", classes=("5А",), mentions=names[::3], **term
        ),
        IndexEntry(question="Что в 7В?", href="c.html", classes=("7В",), mentions=("7В",), **term),
    ]
    return write_index(tmp_path, entries, school="Школа", term_title="2 четверть 2025/26")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("биология", ["a.html", "b.html"]),
        ("язык русский", ["a.html"]),
        ("7A", ["a.html"]),  # Latin
        ("7b", ["a.html", "c.html"]),  # Latin, looks like В
        ("5а 7в", ["a.html"]),
        ("7В, растут", ["a.html"]),
    ],
)
def test_a_report_is_found_by_subject_and_class_however_they_are_typed(
    opened, school, query, found
):
    visit = opened(school)
    visit.page.fill("[name=q]", query)
    links = visit.page.locator("tr[data-search]:visible th a").all()
    assert [link.get_attribute("href") for link in links] == found


def test_on_a_phone_every_row_is_a_card_as_wide_as_the_screen(opened, school):
    visit = opened(school, viewport={"width": 390, "height": 800})
    widths = visit.page.eval_on_selector_all(
        "table.tidy tbody :is(th, td):not(:empty)",
        "cells => [...new Set(cells.map(cell => Math.round(cell.getBoundingClientRect().width)))]",
    )
    assert widths == [358]
    assert visit.page.evaluate(
        "[...document.querySelectorAll('.table-scroll')].every(f => f.scrollWidth <= f.clientWidth)"
    )
