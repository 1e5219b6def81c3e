"""What the plan's rules, later exports and told days make of marks; what the plan is asked."""

from __future__ import annotations

import pytest

from posanalytics import privacy
from posanalytics.gradebook.reading import Listed, Reading, Record
from posanalytics.plan import Marking, PlanError, parse_plan
from posanalytics.schema import Problem, problems_table
from posanalytics.store import consolidate, pieces
from posanalytics.store.aliases import nearly_equal

YEAR = "2025-26"
KINDS = {"•": "debt", "Н": "absence", "н/а": "not_assessed"}


def current(raw, day="2025-09-03", **told):
    """Return what a cell of a journal says: a mark with its sign and weight, a debt, an absence."""
    told = {"cell": "C3", "pupil": "Ёлкин Пётр", "weight": 1.0, "class_label": "7А"} | told
    kind = KINDS.get(raw, "mark")
    value = float(raw[0]) if kind == "mark" and "value" not in told else told.pop("value", None)
    return Record(
        school_year=YEAR, subject="Алгебра", slot="current", kind=kind, value=value, raw=raw,
        sheet="", date=day, **told,
    )  # fmt: skip


def term(mark, **told):
    known = {
        "cell": "C3", "pupil": "Ёлкин Пётр", "class_label": "7А", "subject": "Алгебра",
        "term": f"{YEAR}-Q1",
    } | told  # fmt: skip
    return Record(
        school_year=YEAR, slot="term", kind="mark", value=float(mark), raw=str(mark), sheet="",
        **known,
    )  # fmt: skip


def loaded(plan_text, *exports, rules="", together=False):
    key = privacy.read_key()
    parts = []
    for number, rows in enumerate(exports):
        reading = Reading(
            "class_matrix",
            records=[row for row in rows if isinstance(row, Record)],
            listed=[row for row in rows if isinstance(row, Listed)],
        )
        piece = pieces.without_names(reading, key, privacy.Redactor({}))
        parts.append((f"{number}.csv", 0 if together else number, piece))
    return consolidate.consolidate(parts, plan=parse_plan(plan_text + rules), key=key)


def mean_of(result):
    return result.tables["term_marks"]["mean_mark"].iloc[0]


def test_signs_do_not_count_by_default(plan_text):
    assert mean_of(loaded(plan_text, [current("4-"), current("5+", cell="C4")])) == (4 + 5) / 2


def test_a_sign_is_worth_what_the_school_says(plan_text):
    result = loaded(
        plan_text,
        [current("4-"), current("5", cell="C4"), current("3+", cell="C5")],
        rules="marking: {minus: 0.3, plus: 0.2}",
    )
    assert mean_of(result) == pytest.approx((3.7 + 5 + 3.2) / 3)
    cells = result.tables["cells"].iloc[0]
    assert cells[["count_3", "count_4", "count_5"]].tolist() == [1, 1, 1]


def test_a_term_mark_with_a_sign_stays_whole(plan_text):
    mark = term(4)._replace(raw="4-")
    result = loaded(plan_text, [mark], rules="marking: {minus: 0.3}")
    assert list(result.tables["term_marks"]["mark"]) == [4.0]


def test_weights_are_ignored_by_default_and_used_on_demand(plan_text):
    marks = [current("5✕3", weight=3.0), current("2", cell="C4")]
    assert mean_of(loaded(plan_text, marks)) == (5 + 2) / 2
    weighted = loaded(plan_text, marks, rules="marking: {weights: use}")
    assert mean_of(weighted) == (5 * 3 + 2 * 1) / (3 + 1)


def test_a_point_is_no_mark_and_is_noted(plan_text):
    result = loaded(plan_text, [current("5"), current("•", cell="C4")])
    assert mean_of(result) == 5
    (note,) = result.problems
    assert (note.severity, note.file, note.cell) == ("note", "0.csv", "C4")


def test_a_point_is_a_two_where_the_school_says_so(plan_text):
    result = loaded(plan_text, [current("5"), current("•", cell="C4")], rules="marking: {debt: 2}")
    assert mean_of(result) == (5 + 2) / 2
    assert result.problems == ()


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("two", (5 + 4 + 3) / 3), ("mean", ((5 + 4) / 2 + 3) / 2), ("first", (5 + 3) / 2)],
)
@pytest.mark.parametrize("raw", ["5/4", "5-апр"])
def test_a_double_mark_counts_by_the_rule_of_the_school(plan_text, rule, expected, raw):
    double = [current(raw, value=5.0), current(raw, value=4.0)]
    result = loaded(
        plan_text, [*double, current("3", cell="C4")], rules=f"marking: {{double: {rule}}}"
    )
    assert mean_of(result) == pytest.approx(expected)


def test_marks_that_do_not_count_are_left_out_and_noted(plan_text):
    marks = [current("5"), current("2✕0", weight=0.0, cell="C4")]
    result = loaded(plan_text, marks)
    assert mean_of(result) == 5
    assert [(note.severity, note.cell) for note in result.problems] == [("note", "C4")]
    used = loaded(plan_text, marks, rules="marking: {not_counted: use}")
    assert mean_of(used) == (5 + 2) / 2


@pytest.mark.parametrize(
    "rules", ["{minus: 0.7}", "{plus: 0.5}", "{double: both}", "{debt: 3}", "{weight: use}"]
)
def test_an_impossible_rule_is_refused_with_its_line(plan_text, rules):
    line = (plan_text + "marking: ").count("\n") + 1
    with pytest.raises(PlanError, match=f"строка {line}"):
        parse_plan(plan_text + f"marking: {rules}\n")


def test_the_rules_are_part_of_what_the_seal_covers(plan_text):
    plain = parse_plan(plan_text)
    assert parse_plan(plan_text + "marking: {minus: 0}").seal == plain.seal
    assert parse_plan(plan_text + "marking: {minus: 0.3}").seal != plain.seal
    assert plain.marking == Marking()


def test_a_conflict_is_listed_mark_by_mark_with_both_cells(plan_text):
    result = loaded(
        plan_text,
        [term(4, cell="C3"), term(3, cell="C4", pupil="Примеров Иван")],
        [term(5, cell="D3"), term(3, cell="D4", pupil="Примеров Иван")],
    )
    (said,) = result.problems
    assert (said.severity, said.file, said.cell) == ("warning", "1.csv", "D3")
    assert "Алгебра: 4 (C3) → 5 (D3)" in said.found
    assert "0.csv" in said.found
    assert "Расходятся: 1" in said.found


@pytest.mark.parametrize(
    ("together", "why"), [(False, "пришла позже"), (True, "последняя по имени файла")]
)
def test_a_conflict_says_why_an_export_was_taken(plan_text, together, why):
    result = loaded(plan_text, [term(4)], [term(5)], together=together)
    assert list(result.tables["term_marks"]["mark"]) == [5.0]
    assert why in result.problems[0].found


def test_a_long_conflict_is_capped_and_its_full_list_is_kept(plan_text):
    old = [term(3, cell=f"C{n}", pupil=f"Примеров {n}") for n in range(3, 15)]
    new = [row._replace(value=4.0, raw="4", cell=row.cell.replace("C", "D")) for row in old]
    warning, note = sorted(loaded(plan_text, old, new).problems, key=lambda p: p.severity)[::-1]
    assert warning.severity == "warning"
    assert warning.found.count("→") - 1 == 5
    assert "и ещё 7" in warning.found
    assert note.severity == "note"
    assert all(f"3 (C{n}) → 4 (D{n})" in note.found for n in range(3, 15))


def test_the_same_export_twice_is_no_conflict(plan_text):
    result = loaded(plan_text, [term(4), current("5")], [term(4), current("5")])
    assert result.problems == ()
    assert len(result.tables["marks"]) == 1


def test_a_journal_of_october_takes_nothing_from_a_journal_of_september(plan_text):
    september = [current("5", "2025-09-03"), current("4", "2025-09-10", cell="D3")]
    october = [current("3", "2025-10-01"), current("3", "2025-10-08", cell="D3")]
    result = loaded(plan_text, september, october)
    assert mean_of(result) == (5 + 4 + 3 + 3) / 4
    assert result.problems == ()


def test_a_later_journal_replaces_the_days_that_it_covers(plan_text):
    first = [
        current("5", "2025-09-03"),
        current("4", "2025-09-10", cell="D3"),
        current("2", "2025-09-17", cell="E3"),
    ]
    later = [
        current("5", "2025-09-10"),
        current("3", "2025-09-24", cell="D3"),
    ]
    result = loaded(plan_text, first, later)
    days = result.tables["marks"].set_index("date")["mark"].to_dict()
    assert days == {"2025-09-03": 5.0, "2025-09-10": 5.0, "2025-09-24": 3.0}
    (said,) = result.problems
    assert "4 (D3) → 5 (C3)" in said.found
    assert "2 (E3) → –" in said.found


def enrolment(result, label="7А"):
    rows = result.tables["enrolments"].set_index("class_label")
    return tuple(rows.loc[label, ["begin", "end"]])


def test_without_a_told_day_marks_tell_the_first_and_the_last_term(plan_text):
    result = loaded(plan_text, [term(4), term(5, term=f"{YEAR}-Q2")])
    assert enrolment(result) == (f"{YEAR}-Q1", f"{YEAR}-Q2")


@pytest.mark.parametrize(
    "listed",
    [
        Listed("Ёлкин Пётр", "7А", YEAR, note="выбыл 12.10"),
        Listed("Ёлкин Пётр", "7А", YEAR, note="выбыл 12.10.2025"),
        Listed("Ёлкин Пётр", "7А", YEAR, end="2025-10-12"),
    ],
)
def test_a_told_day_decides_in_which_term_a_pupil_left(plan_text, listed):
    result = loaded(plan_text, [listed])
    assert enrolment(result) == ("", f"{YEAR}-Q1")


@pytest.mark.parametrize("note", ["прибыл 17.11", "зачислен 17.11.2025", "переведён из 7Б 17.11"])
def test_a_told_day_decides_in_which_term_a_pupil_came(plan_text, note):
    came = Listed("Ёлкин Пётр", "7А", YEAR, note=note)
    result = loaded(plan_text, [came, term(4), term(5, term=f"{YEAR}-Q2")])
    assert enrolment(result) == (f"{YEAR}-Q2", f"{YEAR}-Q2")


def test_marks_after_leaving_are_named(plan_text):
    left = Listed("Ёлкин Пётр", "7А", YEAR, end="2025-10-12")
    result = loaded(plan_text, [left, term(4), term(5, term=f"{YEAR}-Q2")])
    assert enrolment(result) == (f"{YEAR}-Q1", f"{YEAR}-Q1")
    (said,) = result.problems
    assert "2\u00a0четверть" in said.found


def test_an_empty_block_is_an_enrolment_without_terms(plan_text):
    result = loaded(plan_text, [Listed("Ёлкин Пётр", "7А", YEAR), term(4, pupil="Примеров Иван")])
    assert sorted(result.tables["enrolments"]["begin"]) == ["", f"{YEAR}-Q1"]


def test_marks_in_two_classes_by_turns_are_reported(plan_text):
    turns = [
        current("5", "2025-09-03"),
        current("4", "2025-09-24", cell="D3"),
        current("3", "2025-09-10", class_label="7Б"),
    ]
    (said,) = loaded(plan_text, turns).problems
    assert "7А, 7Б" in said.found


def test_a_pupil_in_one_class_after_the_other_is_not_reported(plan_text):
    moved = [current("5", "2025-09-03"), current("3", "2025-09-10", class_label="7Б")]
    assert loaded(plan_text, moved).problems == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Матем.", "Математика"), ("Англ. яз.", "Английский язык"), ("Алгебpа", "Алгебра"),
        ("ИЗО", "Изобразительное искусство"), ("Русский  язык", "русский язык"),
        ("Физ-ра", "Физическая культура"),
        ("Обществознание", "Обществозание"), ("Вер. и стат.", "Вероятность и статистика"),
        ("Робототехн.", "Робототехника"),
    ],
)  # fmt: skip
def test_two_spellings_of_a_subject_are_nearly_equal(one, other):
    assert nearly_equal(one, other)
    assert nearly_equal(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Физика", "Химия"), ("Литература", "Литературное чтение"), ("Русский язык", "Родной язык"),
        ("Алгебра", "Геометрия"), ("Алгебра", "Алгебра и начала анализа"), ("История", "Биология"),
        ("Английский язык", "Немецкий язык"), ("Технология 1", "Технология 2"),
    ],
)  # fmt: skip
def test_two_subjects_are_not_nearly_equal(one, other):
    assert not nearly_equal(one, other)


def test_a_near_name_of_a_subject_is_a_question_with_a_ready_line(plan_text):
    result = loaded(plan_text, [term(4, subject="Физ.")], [term(5, term=f"{YEAR}-Q2")])
    (asked,) = result.problems
    assert (asked.severity, asked.file) == ("warning", "plan.yml")
    assert "«Физ.: Физика»" in asked.remedy
    assert set(result.tables["term_marks"]["subject"]) == {"Физ.", "Алгебра"}
    line = "subjects: {Алгебр.: Алгебра, Физ.: Физика}"
    told = plan_text.replace("subjects: {Алгебр.: Алгебра}", line)
    again = loaded(told, [term(4, subject="Физ.")], [term(5, term=f"{YEAR}-Q2")])
    assert again.problems == ()
    assert set(again.tables["term_marks"]["subject"]) == {"Физика", "Алгебра"}


def test_two_columns_of_one_table_are_two_subjects(plan_text):
    result = loaded(plan_text, [term(4, subject="Физ."), term(5, subject="Физика", cell="D3")])
    assert result.problems == ()


def test_two_labels_with_the_same_children_are_a_question(plan_text):
    names = ["Ёлкин Пётр", "Примеров Иван", "Образцова Анна", "Вымыслов Олег"]
    one = [term(4, pupil=name) for name in names]
    other = [term(4, pupil=name, class_label="7", term=f"{YEAR}-Q2") for name in names]
    asked = [p for p in loaded(plan_text, one, other).problems if p.file == "plan.yml"]
    assert ["«7: 7А»" in problem.remedy for problem in asked] == [True]
    joined = loaded(plan_text, one, other, rules="classes: {7: 7А}")
    assert joined.problems == ()
    assert set(joined.tables["term_marks"]["class_label"]) == {"7А"}


def test_a_few_children_who_moved_make_no_question(plan_text):
    stay = [term(4, pupil=f"Примеров {n}") for n in range(10)]
    there = [term(4, pupil=f"Образцов {n}", class_label="7Б") for n in range(10)]
    moved = [term(4, pupil=f"Примеров {n}", class_label="7Б", term=f"{YEAR}-Q2") for n in range(3)]
    assert loaded(plan_text, [*stay, *there], moved).problems == ()


def test_check_asks_what_the_plan_may_want_to_join_and_the_passport_tells_the_rules(
    tmp_path, plan_text
):
    from posanalytics import briefing
    from posanalytics.study import Study
    from posanalytics.workspace import open_workspace

    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    rules = "marking: {minus: 0.3, weights: use, debt: 2, double: first, not_counted: use}\n"
    (tmp_path / "plan.yml").write_text(plan_text + rules, "utf-8")
    table = (
        "Класс: {}\n{} четверть 2025/2026\n№;ФИО;Алгебра;{}\n"
        "1;Ёлкин Пётр;4;5\n2;Примеров Иван;3;5\n"
    )
    for label, number, subject in (("7А", 1, "Физика"), ("7Б", 1, "Физика"), ("7А", 2, "Физ.")):
        text = table.format(label, number, subject)
        (raw / f"{label}-{number}.csv").write_text(text, "utf-8")
    workspace = open_workspace(tmp_path)
    workspace.load()
    study = Study(workspace)
    (question,) = [line for line in briefing.questions_to_plan(study) if "Физ." in line]
    assert "subjects" in question
    assert "«Физ.: Физика»" in question
    caption = briefing.passport_caption(study)
    assert "«4-» считается как 3,70" in caption
    assert "средневзвешенный" in caption
    assert "двойкой" in caption


def mean(value, **told):
    return term(value, **told)._replace(kind="mean", raw=str(value).replace(".", ","))


@pytest.mark.parametrize("cells", [("C3", "D3"), ("D3", "C3")])
def test_a_mean_beside_a_term_mark_takes_nothing_from_it(plan_text, cells):
    result = loaded(plan_text, [mean(4.33, cell=cells[0]), term(5, cell=cells[1])])
    (row,) = result.tables["term_marks"].to_dict("records")
    assert (row["mark"], row["status"], row["mean_mark"], row["marks"]) == (5, "assessed", 4.33, 0)
    assert row["cell"] == cells[1]
    assert result.problems == ()


def test_means_alone_are_kept_as_means_and_named(plan_text):
    result = loaded(plan_text, [mean(4.33)])
    (row,) = result.tables["term_marks"].to_dict("records")
    assert (row["mean_mark"], row["status"], row["cell"]) == (4.33, "", "C3")
    (said,) = result.problems
    assert "4,33" in said.found
    assert "сохранены" in said.remedy


def test_the_mean_of_current_marks_goes_before_a_printed_one(plan_text):
    assert mean_of(loaded(plan_text, [current("5"), mean(4.33)])) == 5


@pytest.mark.parametrize("together", [False, True])
def test_a_list_of_means_and_a_list_of_final_marks_complete_each_other(plan_text, together):
    for exports in ([[mean(4.33)], [term(4)]], [[term(4)], [mean(4.33)]]):
        result = loaded(plan_text, *exports, together=together)
        (row,) = result.tables["term_marks"].to_dict("records")
        assert (row["mark"], row["mean_mark"]) == (4, 4.33)
        assert result.problems == ()


def test_an_absence_for_a_term_stands_in_place_of_the_mark(plan_text):
    absent = term(0)._replace(kind="absence", value=None, raw="н")
    result = loaded(plan_text, [absent])
    assert list(result.tables["term_marks"]["status"]) == ["absent"]


def test_a_point_in_place_of_a_term_mark_is_named(plan_text):
    point = term(0)._replace(kind="debt", value=None, raw="•")
    result = loaded(plan_text, [point])
    assert len(result.tables["term_marks"]) == 0
    (said,) = result.problems
    assert (said.severity, said.cell) == ("warning", "C3")
    assert "«•»" in said.found


def named(plan_text, *exports):
    """Return the marks that hold of exports that came together under these names."""
    key = privacy.read_key()
    parts = [
        (name, 1, pieces.without_names(Reading("class_matrix", records=rows), key,
                                       privacy.Redactor({})))
        for name, rows in exports
    ]  # fmt: skip
    return consolidate.consolidate(parts, plan=parse_plan(plan_text), key=key)


@pytest.mark.parametrize(
    ("first", "corrected"),
    [
        ("7А 1 четверть.xlsx", "7А 1 четверть исправлено.xlsx"),
        ("7А 1 четверть.xlsx", "7А 1 четверть (1).xlsx"),
        ("7А 1 четверть (9).xlsx", "7А 1 четверть (10).xlsx"),
        ("7А.xlsx", "7А исправлено.csv"),
    ],
)
def test_of_what_came_together_the_name_that_goes_on_is_the_correction(plan_text, first, corrected):
    for order in (1, -1):
        result = named(plan_text, *[(first, [term(3)]), (corrected, [term(4)])][::order])
        assert list(result.tables["term_marks"]["mark"]) == [4]
        assert result.displaced == {first: 1}
        (said,) = result.problems
        assert f"удалите из data/raw «{first}»" in said.remedy
        assert f"удалите «{corrected}»" in said.remedy


def test_a_conflict_names_sheet_and_cell_of_the_export_that_holds(plan_text):
    old, new = (
        term(3, cell="C3")._replace(sheet="Старый"),
        term(4, cell="D9")._replace(sheet="Лист"),
    )
    (said,) = loaded(plan_text, [old], [new]).problems
    assert (said.file, said.sheet, said.cell) == ("1.csv", "Лист", "D9")


def test_problems_stand_in_the_order_of_their_weight():
    told = [Problem(severity, "a.csv") for severity in ("note", "error", "warning")]
    assert [problem.severity for problem in sorted(told)] == ["error", "warning", "note"]
    assert list(problems_table(told)["severity"]) == ["error", "warning", "note"]
