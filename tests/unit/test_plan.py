"""plan.yml: what is accepted, and what is said when it is not."""

from __future__ import annotations

import datetime as dt

import pytest

from posanalytics.plan import PlanError, parse_plan, read_plan


def test_class_labels_are_normalised(plan_text):
    plan = parse_plan(plan_text.replace("[7А]", '["7 «a»"]'))
    assert plan.comparison.innovative == ["7А"]


def test_a_day_in_the_holidays_belongs_to_the_term_before(plan_text):
    plan = parse_plan(plan_text)
    assert plan.term_of(dt.date(2025, 9, 1)) == "2025-26-Q1"
    assert plan.term_of(dt.date(2025, 10, 30)) == "2025-26-Q1"
    assert plan.term_of(dt.date(2025, 11, 5)) == "2025-26-Q2"
    assert plan.term_of(dt.date(2025, 8, 20)) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("start: 2025-26-Q2", "start: 2025-26-Q9", "не найдено среди периодов"),
        ("start: 2025-26-Q2", "start: 2026-27-Q1", "не найдено среди периодов"),
        ("ladder: K2", "ladder: K9", "ladder.*K9"),
        ("class: 7Б", "class: 7А", "назван дважды"),
        ("primary: true", "primary: false", "ровно один"),
        ("school: Примерская школа", "scool: Примерская школа", "опечатки"),
        ("negligible: 0.10", "negligible: -1", "negligible.*-1"),
        ("[2025-11-05, 2025-12-30]", "[2025-12-30, 2025-11-05]", "не по порядку"),
        ("subjects: {", "subjects: [", "строка"),
    ],
)
def test_a_wrong_plan_is_explained_with_its_line(plan_text, old, new, said):
    with pytest.raises(PlanError, match=f"(?s){said}"):
        parse_plan(plan_text.replace(old, new, 1))


def test_the_line_of_a_mistake_is_the_line_in_the_file(plan_text):
    text = plan_text.replace("K2", "K9")
    line = 1 + next(i for i, row in enumerate(text.splitlines()) if "K9" in row)
    with pytest.raises(PlanError, match=f"строка {line},"):
        parse_plan(text)


def test_a_missing_plan_says_how_to_make_one(tmp_path):
    with pytest.raises(PlanError, match="posanalytics init"):
        read_plan(tmp_path / "plan.yml")


def test_the_seal_changes_with_the_control_and_not_with_the_order(plan_text):
    plan = parse_plan(plan_text)
    other = parse_plan(plan_text.replace("7Б", "7В"))
    turned = parse_plan(plan_text.replace("[Алгебра, Физика]", "[Физика, Алгебра]"))
    assert plan.seal != other.seal
    assert plan.seal == turned.seal


def test_the_plan_of_a_new_workspace_is_valid_and_nothing_is_overwritten(tmp_path):
    from posanalytics.reports.scaffold import NotEmpty, new_workspace

    new_workspace(tmp_path / "school")
    plan = read_plan(tmp_path / "school" / "plan.yml")
    assert plan.comparison.innovative == ["5А"]
    with pytest.raises(NotEmpty, match="не пуста"):
        new_workspace(tmp_path / "school")


def test_a_class_may_begin_later_than_the_others(plan_text):
    own = "[7А, {class: 8А, start: 2025-26-Q2}]"
    plan = parse_plan(
        plan_text.replace("start: 2025-26-Q2", "start: 2025-26-Q1").replace("[7А]", own)
    )
    assert plan.comparison.innovative == ["7А", "8А"]
    assert plan.comparison.late == {"8А": "2025-26-Q2"}


def test_a_class_named_with_the_common_start_begins_with_the_others(plan_text):
    plain = parse_plan(plan_text)
    named = parse_plan(plan_text.replace("[7А]", "[{class: 7а, start: 2025-26-Q2}]"))
    assert named.comparison.late == {}
    assert named.seal == plain.seal


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("{class: 7А, start: 2025-26-Q1}", "раньше общего начала"),
        ("{class: 7А, start: 2025-26-Q4}", "не найдено среди периодов"),
        ("{class: 7А, start: осень}", "осень"),
        ("{class: 7А}", "класс со своим началом пишут так"),
        ("{class: [7А], start: 2025-26-Q2}", "7А"),
    ],
)
def test_a_wrong_start_of_a_class_is_explained(plan_text, own, said):
    with pytest.raises(PlanError, match=f"(?s)строка.*{said}"):
        parse_plan(plan_text.replace("[7А]", f"[{own}]"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[7А]", "[7А, {class: 8А, start: 2025-26-Q2}]"),
        ("primary: true", "primary: true, weights: inverse_covariance"),
        ("primary: true", "primary: true, instruments: same"),
        ("chosen_on: 2025-08-29", "teachers: different"),
    ],
)
def test_what_the_plan_says_of_the_comparison_is_sealed(plan_text, old, new):
    early = plan_text.replace("start: 2025-26-Q2", "start: 2025-26-Q1", 1)
    base = parse_plan(early.replace("[7А]", "[7А, 8А]") if old == "[7А]" else early)
    assert parse_plan(early.replace(old, new)).seal != base.seal


def test_a_plan_that_says_nothing_new_keeps_its_seal(plan_text):
    said = "chosen_on: 2025-08-29\n  teachers: unknown"
    assert parse_plan(plan_text.replace("chosen_on: 2025-08-29", said)).seal == (
        parse_plan(plan_text).seal
    )
