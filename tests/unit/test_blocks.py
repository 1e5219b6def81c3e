"""The pieces of a page: what they write, and that nothing typed by a person runs."""

from __future__ import annotations

from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from posanalytics import blocks
from posanalytics.schema import Problem

ATTACK = "<script>alert(1)</script>"


class Page(HTMLParser):
    """Collects tags and the text of the cells of a table."""

    def __init__(self, block):
        super().__init__()
        self.tags, self.rows, self.classes, self.text = [], [], [], ""
        self.feed(block.html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.classes.append((tag, dict(attrs).get("class", "")))
        if tag == "tr":
            self.rows.append([])
        if tag in {"td", "th"} and self.rows:
            self.rows[-1].append("")

    def handle_data(self, data):
        self.text += data
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip()


def verdict(**changes):
    known = {
        "code": "A", "cautious": False, "reliability": "medium", "reasons": (),
        "headline": "Прирост больше", "sentence": "Разница 0,27 балла.", "caveats": (),
    }  # fmt: skip
    return SimpleNamespace(**(known | changes))


def evaluation(**changes):
    row = {"classes_innovative": 2, "classes_control": 3, "pupils": 21, "minimum_detectable": 0.24}
    table = pd.DataFrame([row | changes])
    outcome = SimpleNamespace(title="Все предметы вместе")
    return SimpleNamespace(verdict=verdict(), outcome=outcome, tidy=lambda: table)


# --- escaping -------------------------------------------------------------------------------

ATTACKED = {
    "facts": lambda: blocks.facts([(ATTACK, ATTACK, ATTACK)]),
    "passport": lambda: blocks.passport([(ATTACK, "1")], pd.DataFrame({"class_label": [ATTACK]})),
    "frame_table": lambda: blocks.frame_table(pd.DataFrame({ATTACK: [ATTACK]}), caption=ATTACK),
    "problems": lambda: blocks.problems_table(
        [Problem("error", ATTACK, ATTACK, ATTACK, ATTACK, ATTACK, ATTACK)]
    ),
    "verdict": lambda: blocks.verdict_card(
        verdict(headline=ATTACK, sentence=ATTACK, caveats=(ATTACK,)), because=[ATTACK]
    ),
    "limits": lambda: blocks.limits([ATTACK], title=ATTACK),
    "questions": lambda: blocks.questions([ATTACK]),
    "opening": lambda: blocks.opening(ATTACK),
    "protocol": lambda: blocks.protocol(team=ATTACK, question=ATTACK, version=ATTACK),
    "glossary": lambda: blocks.glossary([(ATTACK, ATTACK)]),
}


@pytest.mark.parametrize("name", ATTACKED)
def test_what_a_person_typed_is_shown_and_never_runs(name):
    page = Page(ATTACKED[name]())
    assert "script" not in page.tags
    assert ATTACK in page.text


def test_a_block_shows_itself_in_a_notebook():
    block = blocks.questions(["Что видно?"])
    assert block._repr_html_() == block.html


def test_blocks_stand_one_under_the_other():
    first, second = blocks.questions(["Первый"]), blocks.questions(["Второй"])
    assert blocks.together(first, second).html == f"{first.html}\n{second.html}"


# --- tables ---------------------------------------------------------------------------------


def test_a_table_speaks_the_words_of_the_glossary_and_russian_numbers():
    frame = pd.DataFrame(
        {"class_label": ["7Б"], "term": ["2025-26-Q2"], "success": [0.956], "mean": [3.456],
         "gain": [-0.1], "pupils": [1234]}
    )  # fmt: skip
    head, row = Page(blocks.frame_table(frame)).rows
    assert head == ["Класс", "Период", "Успеваемость", "Средний балл", "Прирост", "Учеников"]
    # 0.956 is 96 %, 3.456 rounds to 3.46; minus is U+2212, thousands have a hard space.
    assert row == [
        "7Б", "2\u00a0четверть 2025/26", "96\u00a0%", "3,46", "\u22120,10", "1\u00a0234",
    ]  # fmt: skip


def test_a_positive_difference_has_its_sign():
    assert "+0,27" in blocks.frame_table(pd.DataFrame({"estimate": [0.27]})).html


def test_the_caller_may_name_a_column_and_choose_its_format():
    frame = pd.DataFrame({"mine": [0.5]})
    table = blocks.frame_table(frame, labels={"mine": "Моё"}, formats={"mine": "share"})
    assert Page(table).rows == [["Моё"], ["50\u00a0%"]]


def test_a_format_may_be_a_function():
    table = blocks.frame_table(pd.DataFrame({"mine": [3]}), formats={"mine": lambda n: f"×{n}"})
    assert Page(table).rows[1] == ["×3"]


def test_a_hidden_cell_says_that_it_is_hidden_and_shows_no_number():
    frame = pd.DataFrame({"mean": [3.21, 4.56]})
    hidden = pd.DataFrame({"mean": [True, False]})
    table = blocks.frame_table(frame, hidden=hidden)
    assert Page(table).rows[1:] == [["скрыто (мало учеников)"], ["4,56"]]
    assert "3,21" not in table.html


def test_hiding_works_with_nullable_masks_and_other_row_labels():
    frame = pd.DataFrame({"mean": [3.21, 4.56]}, index=[7, 9])
    hidden = pd.DataFrame({"mean": pd.array([True, None], dtype="boolean")}, index=[7, 9])
    assert Page(blocks.frame_table(frame, hidden=hidden)).rows[1] == ["скрыто (мало учеников)"]


def test_a_number_column_may_say_in_words_why_there_is_no_number():
    frame = pd.DataFrame({"mean": ["скрыто (мало учеников)", 4.5]}, dtype=object)
    rows = Page(blocks.frame_table(frame)).rows[1:]
    assert rows == [["скрыто (мало учеников)"], ["4,50"]]


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA, pd.NaT, ""])
def test_a_cell_without_a_value_is_a_dash(nothing):
    frame = pd.DataFrame({"mean": pd.Series([nothing], dtype=object)})
    assert Page(blocks.frame_table(frame)).rows[1] == ["–"]


def test_a_role_is_written_in_russian_and_carries_its_sign():
    page = Page(blocks.frame_table(pd.DataFrame({"role": ["innovative", "control"]})))
    assert page.rows[1:] == [["инновационный"], ["контрольный"]]
    assert ("td", "role innovative") in page.classes


def test_a_table_without_rows_says_so():
    block = blocks.frame_table(pd.DataFrame({"mean": []}), caption="Итоги")
    assert "table" not in Page(block).tags
    assert "Здесь пока нет данных" in block.html


# --- problems -------------------------------------------------------------------------------


def test_problems_stand_with_errors_first():
    rows = Page(
        blocks.problems_table([Problem("note", "а.xls"), Problem("error", "б.xls", "Лист1", "C5")])
    ).rows
    assert rows[1][0] == "ошибка"
    assert rows[1][1] == "б.xlsЛист1, C5"
    assert rows[2][0] == "заметка"


def test_problems_are_counted_by_how_much_they_matter():
    found = [Problem("warning", "а.xls", cell=f"A{n}") for n in range(3)]
    assert "предупреждений: 3" in blocks.problems_table(found).html


def test_a_long_list_of_problems_says_how_many_are_not_shown():
    found = [Problem("note", "а.xls", cell=f"A{n}") for n in range(203)]
    page = Page(blocks.problems_table(found))
    # 200 rows and the head are shown.
    assert len(page.rows) == 201
    assert "ещё 3" in page.text


def test_no_problems_are_good_news_in_words():
    assert "Замечаний нет" in blocks.problems_table([]).html


# --- passport, verdict, limits --------------------------------------------------------------


def test_the_passport_shows_facts_and_who_is_compared_with_whom():
    classes = pd.DataFrame(
        {"class_label": ["5А", "5Б"], "role": ["innovative", "control"], "both": [20, 15],
         "why": ["", "та же параллель"]}
    )  # fmt: skip
    page = Page(blocks.passport([("сравниваем", "8 предметов", "отметки")], classes))
    assert "8 предметов" in page.text
    assert page.rows[0] == ["Класс", "Роль", "С отметками до и после", "Как выбран контроль"]
    assert page.rows[2] == ["5Б", "контрольный", "15", "та же параллель"]


def test_the_passport_needs_no_classes():
    assert "table" not in Page(blocks.passport([("класс", "7Б")])).tags


@pytest.mark.parametrize(("level", "bars"), [("none", 0), ("low", 1), ("medium", 2), ("high", 3)])
def test_reliability_stands_beside_the_verdict_as_a_word_and_as_bars(level, bars):
    page = Page(blocks.verdict_card(verdict(reliability=level)))
    assert page.classes.count(("i", "on")) == bars
    assert len([tag for tag, _ in page.classes if tag == "i"]) == 3
    assert "Надёжность:" in page.text


def test_a_verdict_card_says_how_the_comparison_is_built():
    page = Page(blocks.verdict_card(evaluation()))
    assert "2\u00a0класса против 3\u00a0классов" in page.text
    assert "21\u00a0ученик с отметками до и после" in page.text
    assert "от 0,24 балла" in page.text


def test_a_verdict_card_leaves_out_what_could_not_be_computed():
    page = Page(blocks.verdict_card(evaluation(minimum_detectable=np.nan)))
    assert "заметили бы" not in page.text
    assert "nan" not in page.text


def test_a_verdict_card_carries_the_code_for_its_colour_and_the_outcome_in_words():
    block = blocks.verdict_card(evaluation())
    assert 'data-code="A"' in block.html
    assert "Все предметы вместе" in block.html


def test_limits_are_never_an_empty_list():
    assert Page(blocks.limits([])).tags.count("li") == 1


# --- meeting --------------------------------------------------------------------------------


def test_questions_stand_under_the_ground_rule():
    page = Page(blocks.questions(["Что видно?", "Что удивило?"]))
    assert "Говорим о том, как учится ребёнок, а не о том, как учит педагог." in page.text
    assert page.tags.count("li") == 2


def test_the_protocol_is_an_hour_without_gaps():
    times = [row[0] for row in Page(blocks.protocol()).rows]
    minutes = [
        [int(part) for part in time.split("\u00a0")[0].split()[0].split("–")] for time in times
    ]
    # DOMAIN.md 6.7: eight steps from 0 to 60 minutes.
    assert minutes == [
        [0, 5], [5, 10], [10, 20], [20, 30], [30, 40], [40, 45], [45, 55], [55, 60],
    ]  # fmt: skip


def test_the_protocol_has_lines_to_write_on_and_what_is_already_known():
    page = Page(blocks.protocol(classes="5А, 7Б", version="abc123"))
    assert page.classes.count(("div", "write")) >= 12
    assert "5А, 7Б" in page.text
    assert "abc123" in page.text


def test_the_glossary_explains_every_word_of_the_catalogue_once():
    page = Page(blocks.glossary())
    assert page.tags.count("dt") == page.tags.count("dd") >= 12
    assert page.text.count("Контрольный класс") == 1


def test_the_glossary_explains_only_the_words_that_are_asked_for():
    page = Page(blocks.glossary(["sou", ("Мода", "самое частое значение")]))
    assert page.tags.count("dt") == 2
    assert "самое частое значение" in page.text


def test_a_help_text_stands_in_the_margin():
    assert ("aside", "help") in Page(blocks.help_text("verdict")).classes


def test_the_facade_of_the_blocks_names_what_it_holds():
    assert all(hasattr(blocks, name) for name in blocks.__all__)


def test_limits_are_signed_beside_a_difference_and_plain_beside_a_mean():
    limits = {"conf_low": [0.12], "conf_high": [0.42]}
    difference = blocks.frame_table(pd.DataFrame({"estimate": [0.27], **limits})).html
    assert "+0,12" in difference
    assert "+0,42" in difference
    assert "+" not in blocks.frame_table(pd.DataFrame({"mean": [0.27], **limits})).html


@pytest.mark.parametrize(("code", "told"), [("D", True), ("F", False)])
def test_a_refused_comparison_does_not_say_what_it_would_notice(code, told):
    row = {"verdict": code, "minimum_detectable": 0.23}
    answer = SimpleNamespace(tidy=lambda: pd.DataFrame([row]))
    assert any("заметили бы" in line for line in blocks.conclusion.design_lines(answer)) is told
