"""Scores in the store: codes become pupils, corrections win, nothing is guessed."""

from __future__ import annotations

import stat

import pytest

from posanalytics import privacy
from posanalytics.gradebook.reading import Coded, Reading, Record, Score
from posanalytics.plan import parse_plan
from posanalytics.store import consolidate, pieces

YEAR = "2025-26"
DAY = "2025-11-12"


def score(who, points, *, label="7А", scale="total", subject="Алгебра", day=DAY, **rest):
    """Return the score of a pupil, or of a code where it is a number."""
    coded = who.isdigit()
    told = Score(
        pupil="" if coded else who,
        class_label=label,
        school_year=YEAR,
        instrument="ВПР",
        version="1",
        subject=subject,
        scale=scale,
        date=day,
        term=None,
        raw=points,
        maximum=10.0,
        level="",
        journal_mark=None,
        cell="Лист!A2",
        code=who if coded else "",
    )
    return told._replace(**rest)


def record(pupil, mark, *, label="7А"):
    return Record(pupil, label, YEAR, "Алгебра", "term", "mark", mark, str(mark), "", "C3",
                  term=f"{YEAR}-Q1")  # fmt: skip


def coded(code, pupil, *, label="7А", subject=""):
    return Coded(code, pupil, label, YEAR, subject)


@pytest.fixture
def stored(plan_text):
    """Return a maker of tables from what exports say, in the order in which they came."""

    def run(*parts):
        key = privacy.read_key()
        redact = privacy.Redactor({})
        pieces_ = [
            (f"{n}.xlsx", n, pieces.without_names(part, key, redact))
            for n, part in enumerate(parts)
        ]
        return consolidate.consolidate(pieces_, plan=parse_plan(plan_text), key=key)

    return run


def scores(*rows):
    return Reading("vpr_f1", scores=list(rows))


def codes(*rows):
    return Reading("code_list", codes=list(rows))


def marks(*rows):
    return Reading("class_matrix", records=list(rows))


def said(result, text):
    return [problem for problem in result.problems if text in problem.found]


def test_a_code_on_the_list_is_the_pupil_of_the_gradebook(stored):
    result = stored(
        marks(record("Ёлкин Пётр", 4)),
        scores(score("70001", 7)),
        codes(coded("70001", "Елкин Петр")),
    )
    table = result.tables["scores"]
    assert set(table["pupil"]) == set(result.tables["term_marks"]["pupil"])
    assert list(table["raw"]) == [7]


def test_a_code_without_a_list_stays_a_participant_and_is_told(stored):
    result = stored(marks(record("Ёлкин Пётр", 4)), scores(score("70001", 7), score("70002", 8)))
    table = result.tables["scores"]
    assert table["pupil"].nunique() == 2
    assert set(table["pupil"]).isdisjoint(result.tables["term_marks"]["pupil"])
    assert "70001" not in table.to_csv()
    [problem] = said(result, "участников: 2")
    assert (problem.severity, problem.file) == ("note", "1.xlsx")
    assert "--codes" in problem.remedy


def test_a_list_for_one_subject_says_nothing_of_another(stored):
    result = stored(
        scores(score("70001", 7), score("70001", 5, subject="Физика")),
        codes(coded("70001", "Ёлкин Пётр", subject="Физика")),
    )
    assert result.tables["scores"]["pupil"].nunique() == 2


def test_a_code_of_two_pupils_belongs_to_neither(stored):
    result = stored(
        scores(score("70001", 7)),
        codes(coded("70001", "Ёлкин Пётр")),
        codes(coded("70001", "Примеров Иван")),
    )
    assert len(said(result, "разные ученики")) == 1
    alone = stored(scores(score("70001", 7))).tables["scores"]
    assert list(result.tables["scores"]["pupil"]) == list(alone["pupil"])


def test_a_list_with_another_class_is_not_believed(stored):
    result = stored(
        scores(score("70001", 7, label="7Б")), codes(coded("70001", "Ёлкин Пётр", label="7А"))
    )
    assert len(said(result, "не тот")) == 1


def test_a_form_that_names_only_the_parallel_gets_the_class_of_the_list(stored):
    result = stored(
        scores(score("70001", 7, label="7")), codes(coded("70001", "Ёлкин Пётр", label="7Б"))
    )
    assert list(result.tables["scores"]["class_label"]) == ["7Б"]


def test_remembered_codes_serve_without_a_list_in_the_data(stored, own_key):
    key = privacy.read_key()
    who = privacy.identity(key, "Ёлкин Пётр", entered=2025 - 7 + 1)
    entry = {
        "code": key.pseudonym("code", YEAR, "70001"),
        "school_year": YEAR,
        "subject": "",
        "class_label": "7А",
        "short": who.short,
        "full": who.full,
    }
    privacy.remember_codes(key, [entry])
    result = stored(marks(record("Ёлкин Пётр", 4)), scores(score("70001", 7)))
    assert set(result.tables["scores"]["pupil"]) == set(result.tables["term_marks"]["pupil"])
    vault = own_key.with_name(f"codes-{key.id}.json")
    assert stat.S_IMODE(vault.stat().st_mode) == 0o600
    assert "70001" not in vault.read_text("utf-8")


def test_a_new_list_corrects_what_an_old_one_said_of_a_code():
    key = privacy.read_key()
    entry = {"code": "c", "school_year": YEAR, "subject": "", "class_label": "7А", "full": ""}
    privacy.remember_codes(key, [{**entry, "short": "old"}, {**entry, "code": "d", "short": "x"}])
    privacy.remember_codes(key, [{**entry, "short": "new"}])
    assert {(e["code"], e["short"]) for e in privacy.known_codes(key)} == {("c", "new"), ("d", "x")}


def test_a_later_export_of_a_test_corrects_an_earlier_one_and_is_told(stored):
    result = stored(scores(score("70001", 7)), scores(score("70001", 8)))
    assert list(result.tables["scores"]["raw"]) == [8]
    [problem] = said(result, "двух выгрузках")
    assert (problem.file, problem.cell) == ("1.xlsx", "Лист!A2")


def test_equal_points_keep_what_only_the_earlier_export_told(stored):
    earlier = score("70001", 7, level="4", level_order=3, journal_mark=5.0)
    result = stored(scores(earlier), scores(score("70001", 7, day=None)))
    [row] = result.tables["scores"].to_dict("records")
    assert (row["level"], row["level_order"], row["journal_mark"], row["date"]) == ("4", 3, 5, DAY)
    assert not said(result, "двух выгрузках")


def test_other_points_do_not_inherit_the_level_of_the_old_ones(stored):
    result = stored(scores(score("70001", 7, level="4", level_order=3)), scores(score("70001", 9)))
    assert [(r, lv) for r, lv in result.tables["scores"][["raw", "level"]].to_numpy()] == [(9, "")]


def test_two_results_of_one_participant_in_one_export_count_neither(stored):
    result = stored(scores(score("70001", 7), score("70001", 8), score("70002", 9)))
    assert list(result.tables["scores"]["raw"]) == [9]
    assert len(said(result, "разные результаты")) == 1


def test_two_days_are_two_waves_of_a_questionnaire(stored):
    result = stored(scores(score("Ёлкин Пётр", 3), score("Ёлкин Пётр", 5, day="2025-09-10")))
    assert sorted(result.tables["scores"]["raw"]) == [3, 5]


def test_a_score_is_of_the_term_of_its_day_or_of_the_whole_year(stored):
    dated = score("70001", 7)  # the second quarter of the plan begins on 5 November
    result = stored(scores(dated, score("70002", 7, day=None)))
    assert sorted(result.tables["scores"]["term"]) == [f"{YEAR}-Q2", f"{YEAR}-Y"]


def test_a_task_that_was_not_tried_is_no_zero(stored):
    result = stored(scores(score("70001", 0), score("70001", None, scale="1")))
    table = result.tables["scores"].set_index("scale")["raw"]
    assert table["total"] == 0
    assert table.isna().to_dict() == {"1": True, "total": False}


def test_subjects_of_scores_are_those_of_the_plan(stored):
    result = stored(
        scores(score("70001", 7, subject="Алгебр.")),
        codes(coded("70001", "Ёлкин Пётр", subject="Алгебра")),
    )
    assert list(result.tables["scores"]["subject"]) == ["Алгебра"]
    assert not said(result, "кодами")


def test_a_named_result_meets_the_gradebook_with_and_without_a_patronymic(stored):
    result = stored(
        marks(record("Ёлкин Пётр", 4)), scores(score("Ёлкин Пётр Примерович", 7, instrument="ОГЭ"))
    )
    assert set(result.tables["scores"]["pupil"]) == set(result.tables["term_marks"]["pupil"])


def test_a_result_that_fits_two_pupils_is_given_to_neither(stored):
    result = stored(
        marks(record("Ёлкин Пётр Примерович", 4), record("Ёлкин Пётр Образцович", 5)),
        scores(score("Ёлкин Пётр", 7, instrument="ОГЭ")),
    )
    assert result.tables["scores"].empty
    assert "1.xlsx" in {problem.file for problem in result.problems}


def test_a_code_list_without_patronymics_meets_a_gradebook_with_them(stored):
    result = stored(
        marks(record("Ёлкин Пётр Примерович", 4)),
        scores(score("70001", 7)),
        codes(coded("70001", "Ёлкин Пётр")),
    )
    assert set(result.tables["scores"]["pupil"]) == set(result.tables["term_marks"]["pupil"])


def test_the_order_of_files_changes_no_score(plan_text):
    key = privacy.read_key()
    told = [scores(score("70001", 7), score("70002", 5)), scores(score("70001", 8))]
    parts = [
        (f"{n}.xlsx", n, pieces.without_names(part, key, privacy.Redactor({})))
        for n, part in enumerate(told)
    ]
    one, other = (
        consolidate.consolidate(ordered, plan=parse_plan(plan_text), key=key).tables["scores"]
        for ordered in (parts, parts[::-1])
    )
    assert one.to_csv() == other.to_csv()


def test_tasks_of_an_earlier_total_do_not_stay_beside_a_later_one(stored):
    result = stored(
        scores(score("70001", 7), score("70001", 2, scale="1"), score("70001", 5, scale="2")),
        scores(score("70001", 8), score("70001", 3, scale="1")),
    )
    table = result.tables["scores"].set_index("scale")["raw"]
    assert table.to_dict() == {"total": 8, "1": 3}


def test_tasks_that_only_an_earlier_export_of_the_same_total_tells_are_kept(stored):
    result = stored(
        scores(score("70001", 7), score("70001", 7, scale="1")), scores(score("70001", 7))
    )
    assert set(result.tables["scores"]["scale"]) == {"total", "1"}


def test_a_list_without_subjects_corrects_what_a_list_told_of_each_subject():
    key = privacy.read_key()
    entry = {"code": "c", "school_year": YEAR, "class_label": "7А", "full": ""}
    old = [{**entry, "subject": subject, "short": "old"} for subject in ("Алгебра", "Физика")]
    privacy.remember_codes(key, old)
    privacy.remember_codes(key, [{**entry, "subject": "", "short": "new"}])
    assert {e["short"] for e in privacy.known_codes(key)} == {"new"}


def test_a_list_of_one_subject_leaves_the_codes_of_another():
    key = privacy.read_key()
    entry = {"code": "c", "school_year": YEAR, "class_label": "7А", "full": ""}
    privacy.remember_codes(key, [{**entry, "subject": "Алгебра", "short": "one"}])
    privacy.remember_codes(key, [{**entry, "subject": "Физика", "short": "two"}])
    assert {e["short"] for e in privacy.known_codes(key)} == {"one", "two"}
