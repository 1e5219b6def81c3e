"""File names of reports, and the list of them."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posanalytics.reports import inspection
from posanalytics.reports.history import Difference
from posanalytics.reports.index import IndexEntry, slug, write_index

LETTERS = "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"


def _index(folder, *entries, **facts):
    given = {"school": "Примерная школа", "term_title": "2 четверть 2025/26", **facts}
    return write_index(folder, entries, **given).read_text("utf-8")


def test_every_letter_of_a_class_gives_another_name():
    names = {slug("class_profile", f"7{letter}") for letter in LETTERS}
    assert len(names) == len(LETTERS) == 33


@pytest.mark.parametrize(
    ("one", "other"),
    [("7Б", "7B"), ("7Б", "7б"), ("a b", "a_b"), ("Ш", "СХ"), ("a", "a."), ("../x", "x")],
)
def test_texts_that_look_alike_get_different_names(one, other):
    assert slug("report", one) != slug("report", other)


@pytest.mark.parametrize("name", ["con", "NUL", "aux", "com1"])
def test_a_name_that_windows_keeps_for_itself_is_changed(name):
    assert re.fullmatch(rf"{name.lower()}-[0-9a-f]{{8}}", slug(name))


@given(st.lists(st.text(max_size=60), min_size=1, max_size=3))
def test_a_name_is_short_plain_ascii(parts):
    name = slug(*parts)
    assert 0 < len(name.encode()) <= 80
    assert set(name) <= set(string.ascii_lowercase + string.digits + "-")


def test_verdicts_stand_on_top_the_primary_outcome_first(tmp_path):
    html = _index(
        tmp_path,
        IndexEntry(question="x", headline="Различить нельзя", code="D"),
        IndexEntry(question="x", headline="Прирост больше", code="A", primary=True),
    )
    assert re.findall(r"<h3>(.*?)</h3>", html) == ["Прирост больше", "Различить нельзя"]


def test_of_many_verdicts_only_the_primary_one_is_told_in_full(tmp_path):
    others = [
        IndexEntry(question="x", outcome=f"Предмет {number}", headline="Нельзя", sentence="Долго")
        for number in range(8)
    ]
    first = IndexEntry(question="x", headline="Больше", sentence="Коротко", primary=True)
    html = _index(tmp_path, *others, first)
    assert (html.count("Коротко"), html.count("Долго"), html.count("Нельзя")) == (1, 0, 8)


def test_the_reliability_stands_with_its_verdict(tmp_path):
    html = _index(tmp_path, IndexEntry(question="x", headline="Да", reliability="medium"))
    card = re.search(r'<li class="index-card".*?</li>', html, re.DOTALL)[0]
    assert ("Надёжность: средняя" in card, card.count('class="on"')) == (True, 2)


def test_a_difference_stands_with_its_interval_on_a_common_scale(tmp_path):
    first = IndexEntry(question="x", headline="Больше", primary=True)
    others = [
        IndexEntry(question="x", headline="Нельзя", difference=Difference(e, e - 0.5, e + 0.5))
        for e in (0.6, 0.0, 0.3)
    ]
    html = _index(tmp_path, first, *others)
    # The ends of all are −0,5 and 1,1: a hundred units of the drawing for a mark, from 5 on.
    assert re.findall(r'<circle cx="([\d.]+)"', html) == ["115.0", "55.0", "85.0"]
    assert "<b>+0,60</b>" in html


def test_reports_stand_under_their_terms(tmp_path):
    entries = [
        IndexEntry(question="А", href="a.html", term="2 четверть"),
        IndexEntry(question="Б", href="b.html", term="1 четверть"),
    ]
    html = _index(tmp_path, *entries)
    groups = re.findall(r'<tr class="group"><th[^>]*>(.*?)</th>', html)
    assert groups == ["2 четверть", "1 четверть"]


@pytest.mark.parametrize(("terms", "shown"), [(1, False), (2, True)])
def test_a_history_is_shown_once_there_is_one(tmp_path, terms, shown):
    past = [
        IndexEntry(question="", term=f"{number} четверть", headline="Нельзя")
        for number in range(terms, 0, -1)
    ]
    assert ("История по периодам" in _index(tmp_path, history=past)) is shown


def test_reports_are_linked_by_relative_addresses(tmp_path):
    html = _index(tmp_path, IndexEntry(question="Что видно?", href="class-profile-7b.html"))
    assert '<a href="class-profile-7b.html">Что видно?</a>' in html


def test_classes_to_choose_from_stand_in_school_order(tmp_path):
    entries = [
        IndexEntry(question=label, href=f"{number}.html", classes=(label,))
        for number, label in enumerate(["10А", "5Б", "5А"])
    ]
    options = re.search(r'<select name="class">(.*?)</select>', _index(tmp_path, *entries))[1]
    assert re.findall(r"<option>(.*?)</option>", options) == ["5А", "5Б", "10А"]


def test_a_report_that_failed_is_listed_with_its_reason(tmp_path):
    html = _index(tmp_path, IndexEntry(question="Профиль 8А", failure="ячейка 3 остановилась"))
    assert "<b>Профиль 8А</b>: ячейка 3 остановилась" in html


def test_problems_lead_to_the_report_about_them(tmp_path):
    html = _index(tmp_path, problems=3, problems_href="data-quality.html")
    assert re.search(r'>3</span> <a href="data-quality.html">Часть данных', html)


def test_an_empty_index_says_what_to_do(tmp_path):
    assert "Положите выгрузки в data/raw" in _index(tmp_path)


def test_a_name_with_a_script_in_it_stays_text(tmp_path):
    attack = "<script>alert(1)</script>"
    entry = IndexEntry(question=attack, href="x.html", classes=(attack,), term=attack)
    assert attack not in _index(tmp_path, entry, school=attack)


def test_a_link_that_leaves_the_folder_of_reports_is_refused(tmp_path):
    with pytest.raises(inspection.PageIncomplete):
        _index(tmp_path, IndexEntry(question="x", href="//example.invalid/x.html"))
    assert not (tmp_path / "index.html").exists()


def test_nothing_temporary_stays_beside_the_index(tmp_path):
    _index(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_notes_are_counted_where_nothing_failed_and_lead_to_their_page(tmp_path):
    html = _index(tmp_path, notes=16, problems_href="data-quality.html")
    said = re.search(r'<p class="index-problems">(.*?)</p>', html, re.DOTALL)[1]
    assert 'href="data-quality.html"' in said
    assert "16\xa0заметок" in said


def test_why_an_interval_without_zero_decides_nothing_stands_under_the_differences(tmp_path):
    first = IndexEntry(question="x", headline="Больше", primary=True)
    others = [IndexEntry(question="x", headline="Нельзя", outcome=f"№ {n}") for n in range(4)]
    html = _index(tmp_path, first, *others, why=["Показателей много."])
    assert '<p class="note">Показателей много.</p>' in html
