"""One child under all spellings, namesakes apart, nothing guessed, no name told."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posanalytics import labels, privacy
from posanalytics.gradebook.reading import Listed, Reading, Record
from posanalytics.plan import parse_plan
from posanalytics.store import consolidate, pieces
from posanalytics.store.near_spellings import distance
from posanalytics.store.spellings import parse_spellings, read_spellings

YEAR = "2025-26"


def record(pupil, mark=4, **told):
    """Return a mark for the first quarter of 7А, unless told otherwise."""
    known = {"class_label": "7А", "subject": "Алгебра", "term": f"{YEAR}-Q1", "cell": "C3"} | told
    return Record(
        pupil=pupil, school_year=YEAR, slot="term", kind="mark", value=float(mark), raw=str(mark),
        sheet="7А", **known,
    )  # fmt: skip


def loaded(plan_text, *exports, pupils_yml=""):
    """Return what the exports make; each is a list of records and class list entries."""
    key = privacy.read_key()
    parts, names = [], {}
    for number, rows in enumerate(exports):
        reading = Reading(
            "class_matrix",
            records=[row for row in rows if isinstance(row, Record)],
            listed=[row for row in rows if isinstance(row, Listed)],
        )
        for name, entered in pieces.pupil_names(reading):
            who = privacy.identity(key, name, entered=entered)
            names[who.full or who.short] = labels.squeezed(name)
        piece = pieces.without_names(reading, key, privacy.Redactor({}))
        parts.append((f"{number}.csv", number, piece))
    return consolidate.consolidate(
        parts,
        plan=parse_plan(plan_text),
        key=key,
        names=names,
        spellings=parse_spellings(pupils_yml),
    )


def pupils(result):
    return len(set(result.tables["term_marks"]["pupil"]))


@pytest.mark.parametrize(
    "spelling",
    [
        "Елкин Петр", "ЁЛКИН ПЁТР", "Ёлкин\u00a0Пётр", "Пётр Ёлкин", "Ёлкин Пётр Примерович",
        "Пётр Примерович Ёлкин", "Ёлкин П.", "Ёлкин П. П.", "П.П. Ёлкин", "Ёлкин П", "Ёлкин",
        "Eлкин Пeтp", "Ёлкин Пётр (выбыл 12.10)", "Ёлкин Пётр выбыл 12.10", "Ёлкин Пётр ТБ ПР",
        "Ёлкин\u200b Пётр", "Ёлкин Пётр (ОВЗ)",
    ],
)  # fmt: skip
def test_one_child_has_one_pseudonym_under_every_spelling(plan_text, spelling):
    result = loaded(
        plan_text, [record("Ёлкин Пётр")], [record(spelling, term=f"{YEAR}-Q2", cell="D3")]
    )
    assert pupils(result) == 1
    assert len(result.tables["term_marks"]) == 2


@pytest.mark.parametrize("spelling", ["Салтыков – Щедрин Иван", "Салтыков- Щедрин Иван"])
def test_a_double_surname_is_one_with_any_dash(plan_text, spelling):
    result = loaded(
        plan_text, [record("Салтыков-Щедрин Иван")], [record(spelling, term=f"{YEAR}-Q2")]
    )
    assert pupils(result) == 1


def test_initials_that_fit_two_children_belong_to_neither(plan_text):
    result = loaded(
        plan_text,
        [record("Ёлкин Пётр"), record("Ёлкин Павел", 5, cell="C4")],
        [record("Ёлкин П.", 3, term=f"{YEAR}-Q2")],
    )
    assert set(result.tables["term_marks"]["term"]) == {f"{YEAR}-Q1"}
    said = [problem for problem in result.problems if problem.file == "1.csv"]
    assert [(problem.severity, problem.cell) for problem in said] == [("warning", "C3")]
    assert "подходит нескольким" in said[0].found


def test_initials_that_fit_two_children_are_whom_the_school_names(plan_text):
    result = loaded(
        plan_text,
        [record("Ёлкин Пётр"), record("Ёлкин Павел", 5, cell="C4")],
        [
            record("Ёлкин П.", 3, term=f"{YEAR}-Q2"),
            record("Ёлкин П.", 2, term=f"{YEAR}-Q2", class_label="7Б"),
        ],
        pupils_yml="same: {7А Ёлкин П.: Ёлкин Павел}",
    )
    marks = result.tables["term_marks"]
    pavel = marks.loc[marks["mark"].eq(5), "pupil"].item()
    assert sorted(marks.loc[marks["pupil"].eq(pavel), "mark"]) == [3.0, 5.0]
    assert pupils(result) == 3


def test_initials_fit_only_children_of_the_same_class(plan_text):
    result = loaded(
        plan_text,
        [record("Ёлкин Пётр"), record("Ёлкин Павел", 5, class_label="7Б")],
        [record("Ёлкин П.", 3, term=f"{YEAR}-Q2")],
    )
    marks = result.tables["term_marks"]
    assert pupils(result) == 2
    assert sorted(marks.loc[marks["class_label"].eq("7А"), "mark"]) == [3.0, 4.0]


def test_initials_beside_the_full_name_on_one_list_are_another_child(plan_text):
    result = loaded(plan_text, [record("Ёлкин Пётр"), record("Ёлкин П.", 5, cell="C4")])
    assert pupils(result) == 2


def test_two_rows_of_one_list_are_never_one_child(plan_text):
    result = loaded(
        plan_text,
        [record("Петрова Анна")],
        [
            record("Петрова А.", 3, term=f"{YEAR}-Q2", cell="D3"),
            record("Петрова А. П.", 5, term=f"{YEAR}-Q2", cell="D4"),
        ],
    )
    assert set(result.tables["term_marks"]["term"]) == {f"{YEAR}-Q1"}
    (said,) = result.problems
    assert (said.file, said.cell) == ("1.csv", "D3, D4")


def test_a_short_name_beside_the_full_one_on_a_list_is_nobodys(plan_text):
    result = loaded(
        plan_text, [record("Ёлкин Пётр Примерович"), record("Ёлкин Пётр", 2, cell="C4")]
    )
    assert list(result.tables["term_marks"]["mark"]) == [4.0]
    assert [problem.cell for problem in result.problems] == ["C4"]


def test_initials_fit_no_name_that_itself_belongs_to_nobody(plan_text):
    result = loaded(
        plan_text,
        [
            record("Ёлкин Пётр Примерович", class_label="7Б"),
            record("Ёлкин Пётр Образцович", 5, class_label="7В", cell="C4"),
        ],
        [record("Ёлкин Пётр", 3, cell="C5")],
        [record("Ёлкин П.", 2, term=f"{YEAR}-Q2")],
    )
    marks = result.tables["term_marks"]
    # The two with patronymics, and the initials of 7А, whose full name is nobody's.
    assert sorted(marks["mark"]) == [2.0, 4.0, 5.0]
    assert pupils(result) == 3


def test_initials_alone_tell_children_apart(plan_text):
    result = loaded(
        plan_text,
        [record("Ёлкин П. П."), record("Ёлкин П. И.", 5, cell="C4")],
        [record("Ёлкин П. П.", term=f"{YEAR}-Q2"), record("Ёлкин П.И.", term=f"{YEAR}-Q2")],
    )
    assert pupils(result) == 2
    assert len(result.tables["term_marks"]) == 4


def test_a_name_without_patronymic_is_the_only_such_child_of_its_class(plan_text):
    result = loaded(
        plan_text,
        [
            record("Ёлкин Пётр Примерович", 4),
            record("Ёлкин Пётр Образцович", 5, class_label="7Б", cell="C4"),
        ],
        [record("Ёлкин Пётр", 3, term=f"{YEAR}-Q2")],
    )
    marks = result.tables["term_marks"]
    assert sorted(marks.loc[marks["class_label"].eq("7А"), "mark"]) == [3.0, 4.0]
    assert pupils(result) == 2


def test_a_slip_in_a_patronymic_is_a_question_and_not_a_join(plan_text):
    result = loaded(
        plan_text,
        [record("Ёлкин Пётр Примерович", cell="C3")],
        [record("Ёлкин Пётр Примеровч", term=f"{YEAR}-Q2", cell="D7")],
    )
    assert pupils(result) == 2
    (asked,) = result.problems
    assert (asked.file, asked.cell) == ("0.csv", "C3")
    assert "1.csv" in asked.found
    assert "D7" in asked.found
    assert "pupils.yml" in asked.remedy
    assert "лкин" not in str(asked)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Образцов Иван", "Образцев Иван"),
        ("Образцов Александр", "Образцов Алксандр"),
        ("Образцова Анна", "Образцова Аня"),
    ],
)
def test_a_slip_in_a_name_and_a_pet_form_are_questions_too(plan_text, one, other):
    result = loaded(plan_text, [record(one)], [record(other, term=f"{YEAR}-Q2")])
    assert pupils(result) == 2
    assert [problem.severity for problem in result.problems] == ["warning"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Образцов Иван Примерович", "Образцов Иван Ёлкинович"),
        ("Образцов Саша", "Образцова Саша"),
        ("Ёлкин Пётр", "Ёлкин Павел"),
    ],
)
def test_names_that_differ_by_more_than_a_slip_are_not_asked_about(plan_text, one, other):
    result = loaded(plan_text, [record(one)], [record(other, term=f"{YEAR}-Q2")])
    assert result.problems == ()
    assert pupils(result) == 2


def test_two_children_of_one_list_are_not_asked_about(plan_text):
    result = loaded(plan_text, [record("Образцов Иван"), record("Образцев Иван", cell="C4")])
    assert result.problems == ()


def test_told_spellings_are_one_child(plan_text):
    result = loaded(
        plan_text,
        [record("Ёлкин Пётр Примерович")],
        [record("Ёлкин Пётр Примеровч", term=f"{YEAR}-Q2")],
        pupils_yml="same: {Ёлкин Пётр Примеровч: Ёлкин Пётр Примерович}",
    )
    assert pupils(result) == 1
    assert result.problems == ()


def test_told_different_children_are_asked_about_no_more(plan_text):
    result = loaded(
        plan_text,
        [record("Образцов Иван")],
        [record("Образцев Иван", term=f"{YEAR}-Q2")],
        pupils_yml="different: [[Образцев Иван, Образцов Иван]]",
    )
    assert pupils(result) == 2
    assert result.problems == ()


def in_two_classes(pupil, *terms):
    return [
        record(pupil, class_label=label, term=f"{YEAR}-{term}") for label in ("7А", "7Б")
        for term in terms
    ]  # fmt: skip


def test_one_name_in_two_classes_for_one_term_is_reported(plan_text):
    result = loaded(plan_text, in_two_classes("Ёлкин Пётр", "Q1"))
    assert pupils(result) == 2
    (asked,) = result.problems
    assert asked.severity == "warning"
    assert "7А, 7Б" in asked.found


def test_namesakes_of_two_classes_for_many_terms_are_only_noted(plan_text):
    result = loaded(plan_text, in_two_classes("Ёлкин Пётр", "Q1", "Q2"))
    assert pupils(result) == 2
    assert [problem.severity for problem in result.problems] == ["note"]


@pytest.mark.parametrize("name", ["Ёлкин Пётр", "Ёлкин Пётр Примерович"])
@pytest.mark.parametrize("told", ["Ёлкин Пётр", "Пётр Елкин"])
def test_a_pupil_told_to_have_moved_is_one_in_two_classes(plan_text, name, told):
    result = loaded(plan_text, in_two_classes(name, "Q1"), pupils_yml=f"moved: [{told}]")
    assert pupils(result) == 1
    assert sorted(result.tables["enrolments"]["class_label"]) == ["7А", "7Б"]
    assert [problem.severity for problem in result.problems] == ["note"]


def test_a_pupil_whom_the_export_says_to_have_left_is_one_in_two_classes(plan_text):
    left = Listed("Ёлкин Пётр", "7А", YEAR, note="выбыл 12.10")
    result = loaded(plan_text, [*in_two_classes("Ёлкин Пётр", "Q1"), left])
    assert pupils(result) == 1


def test_a_note_does_not_make_one_child_of_two_who_share_several_terms(plan_text):
    left = Listed("Ёлкин Пётр", "7А", YEAR, note="выбыл 12.10")
    result = loaded(plan_text, [*in_two_classes("Ёлкин Пётр", "Q1", "Q2"), left])
    assert pupils(result) == 2


@given(
    st.lists(
        st.sampled_from(
            ["{s} {g}", "{g} {s}", "{s} {g} {p}", "{g} {p} {s}", "{s} {i}.", "{s} {i}. {j}.",
             "{i}. {j}. {s}", "{s}\u00a0{g} (выбыл 12.10)"]
        ),
        min_size=3, max_size=3,
    ),
    st.permutations(range(3)),
)  # fmt: skip
@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_class_has_as_many_pupils_as_children_whatever_each_export_calls_them(
    plan_text, forms, order
):
    children = [("Ёлкин", "Пётр", "Примерович"), ("Образцова", "Анна", "Вымысловна"),
                ("Ёлкина", "Вера", "Примеровна")]  # fmt: skip
    plain = [record(f"{s} {g}", cell=f"C{n}") for n, (s, g, _) in enumerate(children)]
    others = [
        record(form.format(s=s, g=g, p=p, i=g[0], j=p[0]), term=f"{YEAR}-Q2", cell=f"C{n}")
        for n, (form, (s, g, p)) in enumerate(zip(forms, children, strict=True))
    ]
    result = loaded(plan_text, plain, [others[at] for at in order])
    assert pupils(result) == len(children)
    assert len(result.tables["term_marks"]) == 2 * len(children)


@pytest.mark.parametrize(
    "text",
    ["same: [Ёлкин]", "same: {Ёлкин: [", "- Ёлкин Пётр", "who: {}", "different: [Ёлкин Пётр]"],
)
def test_a_wrong_pupils_yml_is_named_without_a_name(text):
    (problem,) = parse_spellings(text).problems
    assert problem.severity == "error"
    assert "лкин" not in str(problem)


def test_pupils_yml_is_optional(tmp_path):
    assert read_spellings(tmp_path).problems == ()


def test_letters_changed_left_out_added_or_swapped_are_counted():
    words = ("иванович", "иваноич", "ивановвч", "ивановичч", "ивановчи", "ивановна")
    assert [distance("иванович", word) for word in words] == [0, 1, 1, 1, 1, 2]


CSV = "Класс: 7А\n{term} четверть 2025/2026\n№;ФИО;Алгебра;Физика\n{rows}\n"


def school(tmp_path, plan_text, **exports):
    from posanalytics.workspace import open_workspace

    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    for name, (term, pupil) in exports.items():
        rows = f"1;{pupil};4;4\n2;Примеров Иван;3;5\n3;Образцова Анна;4;4"
        (raw / f"{name}.csv").write_text(CSV.format(term=term, rows=rows), "utf-8")
    return open_workspace(tmp_path)


def test_an_alias_in_data_raw_joins_pupils_and_leaks_no_name(tmp_path, plan_text):
    folder = school(
        tmp_path, plan_text, a=(1, "Ёлкин Пётр Вымышленович"), b=(2, "Ёлкин Пётр Вымышлинович")
    )
    asked = folder.load()
    assert [p.file for p in asked.problems if "pupils.yml" in p.remedy] == ["a.csv"]
    assert len(set(folder.tables["term_marks"]["pupil"])) == 4
    told = "same:\n  Ёлкин Пётр Вымышлинович: Ёлкин Пётр Вымышленович\n"
    (folder.raw / "pupils.yml").write_text(told, "utf-8")
    report = folder.load()
    assert len(set(folder.tables["term_marks"]["pupil"])) == 3
    assert not any("pupils.yml" in problem.remedy for problem in report.problems)
    assert [source.file for source in report.sources] == ["a.csv", "b.csv"]
    for path in folder.raw.parent.rglob("*"):
        if path.is_file() and path.parent != folder.raw:
            content = path.read_bytes()
            assert "Вымышл".encode() not in content
            assert b"\\u0412\\u044b\\u043c\\u044b\\u0448\\u043b" not in content


def test_exports_are_read_again_when_the_vault_is_lost(tmp_path, plan_text, own_key):
    folder = school(tmp_path, plan_text, a=(1, "Ёлкин Пётр"))
    folder.load()
    for vault in own_key.parent.glob("names-*.json"):
        vault.unlink()
    (folder.raw / "b.csv").write_bytes((folder.raw / "a.csv").read_bytes().replace(b"1", b"2", 1))
    report = folder.load()
    assert all(source.new for source in report.sources)
    assert privacy.known_names(privacy.read_key())


def listed(pupil):
    return Listed(pupil, "7А", YEAR)


def questions(result):
    return [problem for problem in result.problems if "записан по-разному" in problem.found]


def test_two_nearly_equal_names_of_one_list_are_two_children(plan_text):
    # One of them has no marks: the class list of the same export still holds both.
    rows = [record("Смирнов Данил"), listed("Смирнов Данил"), listed("Смирнов Даниил")]
    assert questions(loaded(plan_text, rows)) == []


def test_two_nearly_equal_names_of_two_exports_are_asked_about_with_a_cell(plan_text):
    result = loaded(plan_text, [listed("Смирнов Данил")], [record("Смирнов Даниил", cell="D9")])
    (said,) = questions(result)
    assert (said.file, said.cell) == ("1.csv", "D9")
    assert "здесь и в «0.csv»;" in said.found


def test_of_very_many_questions_about_a_class_the_first_are_asked(plan_text):
    surnames = [f"Пример{letter}нов" for letter in "абвгдежз"]
    one = [record(f"{surname} Данил", cell=f"C{n}") for n, surname in enumerate(surnames, 3)]
    other = [record(f"{surname} Даниил", cell=f"C{n}") for n, surname in enumerate(surnames, 3)]
    result = loaded(plan_text, one, other)
    assert len(questions(result)) == 5
    # 8 surnames differ from each other by a letter, but those pairs stand on one sheet.
    (more,) = [p for p in result.problems if "похожих пар имён" in p.found]
    assert "ещё 3" in more.found


def test_a_whole_school_under_one_class_is_named_and_not_compared(plan_text):
    letters = "абвгдежзик"
    names = [f"Пример{a}{b}{c}ов Данил" for a in letters for b in letters for c in letters[:3]]
    result = loaded(plan_text, [record(name) for name in names])
    assert questions(result) == []
    (said,) = [p for p in result.problems if "слишком много" in p.found]
    assert "300" in said.found
