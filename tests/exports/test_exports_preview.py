"""The way from a file that is not understood to one that is read: look, answer, load."""

from __future__ import annotations

from typing import get_args

import pytest
from layouts import all_layouts

from posanalytics.gradebook import guard, read_gradebook
from posanalytics.gradebook.cells import BookKind
from posanalytics.gradebook.mapping_files import mapping_path
from posanalytics.gradebook.mapping_text import mapping_text
from posanalytics.gradebook.preview import Look, look_at, refused
from posanalytics.gradebook.preview_text import table_lines, told
from posanalytics.labels import pupil_words
from posanalytics.wording import say

MATRICES = [layout for layout in all_layouts() if layout.format == "class_matrix"]
WHOSE = {"class": "7Б", "school_year": "2025-26", "term": "Q2"}


def answered(text, answers=None):
    """Return a proposed mapping as a person leaves it who edits only the lines with «←»."""
    lines = []
    for line in text.splitlines():
        bare = line.lstrip()
        if "←" in line and bare.startswith("#") and not bare.startswith("# "):
            proposal = bare[1:].partition("   # ←")[0]
            field = proposal.partition(":")[0]
            value = (answers or {}).get(field, proposal.partition(": ")[2])
            indent = line[: len(line) - len(bare)]
            line = f"{indent}{field}: {value}" if value else ""  # noqa: PLW2901
        lines.append(line)
    return "\n".join(lines)


@pytest.fixture
def looked(tmp_path):
    """Write an export, look at it, and return the path and what is seen."""

    def run(data, name="выгрузка.xlsx"):
        path = tmp_path / name
        path.write_bytes(data)
        return path, look_at(Look(path, name))

    return run


@pytest.fixture
def after(looked):
    """Return what is read once the questions about a file are answered."""

    def run(data, answers=None, name="выгрузка.xlsx"):
        path, seen = looked(data, name)
        mapping_path(path).write_text(answered(mapping_text(seen), answers), "utf-8")
        return read_gradebook(path)

    return run


def values(reading):
    return {(r.pupil, r.class_label, r.subject, r.term): r.value for r in reading.records}


def by_weight(reading):
    return [problem for problem in reading.problems if problem.severity != "note"]


@pytest.mark.parametrize("layout", MATRICES, ids=lambda layout: layout.title)
def test_a_description_of_what_is_clear_changes_nothing(tmp_path, layout):
    path = tmp_path / layout.file
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(layout.data)
    before = read_gradebook(path, name=layout.file, hints=layout.hints)
    seen = look_at(Look(path, layout.file, layout.hints))
    assert seen.is_clear, [list(table_lines(table)) for table in seen.tables]
    mapping_path(path).write_text(mapping_text(seen), "utf-8")
    described = read_gradebook(path, name=layout.file, hints=layout.hints)
    assert sorted(described.records) == sorted(before.records)
    assert by_weight(described) == by_weight(before)


ROWS = [["№", "ФИО", "Алгебра", "История"], [1, "Ёлкин Пётр", 5, 4], [2, "Грушина Анна", 3, 5]]
READ = {
    ("Ёлкин Пётр", "7Б", "Алгебра", "2025-26-Q2"): 5,
    ("Ёлкин Пётр", "7Б", "История", "2025-26-Q2"): 4,
    ("Грушина Анна", "7Б", "Алгебра", "2025-26-Q2"): 3,
    ("Грушина Анна", "7Б", "История", "2025-26-Q2"): 5,
}


@pytest.mark.parametrize(
    "name",
    [
        "выгрузка.xlsx",
        "7Б.xlsx",
        "7Б 2 четверть.xlsx",
        "2 четверть 2025-26.xlsx",
        "7Б 2025-26.xlsx",
    ],
)
def test_what_neither_table_nor_name_tells_is_asked_and_then_read(after, xlsx, name):
    assert values(after(xlsx(ROWS), WHOSE, name)) == READ


def test_a_table_that_no_reader_knows_is_found_for_the_person_to_confirm(looked, after, xlsx):
    rows = [["Отчёт"], ["кто", "мат", "рус", "прим"], ["Ёлкин", 5, 4, "да"], ["Грушина", 3, 5, ""]]
    _, seen = looked(xlsx(rows))
    assert (seen.format, [(t.header_row, t.name_column) for t in seen.tables]) == ("", [(2, "A")])
    assert values(after(xlsx(rows), WHOSE)) == {
        ("Ёлкин", "7Б", "Мат", "2025-26-Q2"): 5,
        ("Ёлкин", "7Б", "Рус", "2025-26-Q2"): 4,
        ("Грушина", "7Б", "Мат", "2025-26-Q2"): 3,
        ("Грушина", "7Б", "Рус", "2025-26-Q2"): 5,
    }


def test_lone_surnames_are_asked_about_by_their_rows(looked, after, xlsx):
    rows = [
        ["ФИО", "Алгебра"],
        ["Ёлкин Пётр", 5],
        ["Грушина", 4],
        ["Сливкин", 3],
        ["Средний балл", 4],
    ]
    _, seen = looked(xlsx(rows), "7Б 2 четверть 2025-26.xlsx")
    assert seen.tables[0].doubtful_rows == (3, 4)
    reading = after(xlsx(rows), {"skip_rows": ""}, "7Б 2 четверть 2025-26.xlsx")
    assert [(r.pupil, r.value) for r in reading.records] == [
        ("Ёлкин Пётр", 5),
        ("Грушина", 4),
        ("Сливкин", 3),
    ]


def test_rows_that_are_not_needed_can_be_skipped(after, xlsx, said):
    rows = [["ФИО", "Алгебра"], ["Ёлкин Пётр", 5], ["Проверка", 4]]
    reading = after(xlsx(rows), {"name_column": ""}, "7Б 2 четверть 2025-26.xlsx")
    assert [r.pupil for r in reading.records] == ["Ёлкин Пётр"]
    assert [p.cell for p in said(reading, "пропущены, потому что")] == ["A3"]


def test_a_column_of_an_unnamed_subject_is_asked_about(looked, after, xlsx):
    rows = [["ФИО", "Алгебра", None, "2 четверть"], ["Ёлкин Пётр", 5, 4, 3]]
    name = "7Б 1 четверть 2025-26.xlsx"
    _, seen = looked(xlsx(rows), name)
    doubts = [(d.letters, d.doubt) for d in seen.tables[0].unclear]
    assert doubts == [("C", "header"), ("D", "subject")]
    assert values(after(xlsx(rows), {"C": "История", "D": "Физика"}, name)) == {
        ("Ёлкин Пётр", "7Б", "Алгебра", "2025-26-Q1"): 5,
        ("Ёлкин Пётр", "7Б", "История", "2025-26-Q1"): 4,
        ("Ёлкин Пётр", "7Б", "Физика", "2025-26-Q2"): 3,
    }


def test_another_scale_is_proposed_for_its_column(looked, after, xlsx):
    rows = [["ФИО", "Алгебра", "Информатика"], ["Ёлкин Пётр", 5, 9], ["Грушина Анна", 4, 10]]
    name = "7Б 2 четверть 2025-26.xlsx"
    _, seen = looked(xlsx(rows), name)
    assert [(d.letters, d.scale) for d in seen.tables[0].unclear] == [("C", "10")]
    told = {(r.subject, r.value): r.scale for r in after(xlsx(rows), name=name).records}
    assert told == {
        ("Алгебра", 5): "5",
        ("Алгебра", 4): "5",
        ("Информатика", 9): "10",
        ("Информатика", 10): "10",
    }


def test_a_table_of_terms_asks_for_its_subject(after, xlsx):
    rows = [["ФИО", "1 четверть", "2 четверть"], ["Ёлкин Пётр", 5, 4], ["Грушина Анна", 3, 4]]
    reading = after(xlsx(rows), {"subject": "Алгебра"}, "7Б 2025-26.xlsx")
    assert values(reading) == {
        ("Ёлкин Пётр", "7Б", "Алгебра", "2025-26-Q1"): 5,
        ("Ёлкин Пётр", "7Б", "Алгебра", "2025-26-Q2"): 4,
        ("Грушина Анна", "7Б", "Алгебра", "2025-26-Q1"): 3,
        ("Грушина Анна", "7Б", "Алгебра", "2025-26-Q2"): 4,
    }


def test_what_all_sheets_lack_is_asked_once(looked, after, xlsx):
    book = xlsx({"7А": ROWS, "7Б": ROWS})
    path, seen = looked(book, "итоги 2 четверть.xlsx")
    assert mapping_text(seen).count("#school_year") == 1
    reading = after(book, WHOSE, path.name)
    assert {(r.class_label, r.term) for r in reading.records} == {
        ("7А", "2025-26-Q2"),
        ("7Б", "2025-26-Q2"),
    }


def test_each_sheet_can_be_given_its_own_class(looked, xlsx):
    path, seen = looked(xlsx({"Список": ROWS, "Класс": ROWS}), "2 четверть 2025-26.xlsx")
    text = mapping_text(seen).replace("#class: 7Б", "# общего класса нет")
    text = text.replace("sheet: Список", "sheet: Список\n    class: 7А")
    text = text.replace("sheet: Класс", "sheet: Класс\n    class: 7В")
    mapping_path(path).write_text(text, "utf-8")
    assert {r.class_label for r in read_gradebook(path).records} == {"7А", "7В"}


def test_a_pupils_table_asks_only_whose_it_is(looked, after, xlsx):
    rows = [["Предмет", "1 четверть", "2 четверть"], ["Алгебра", 5, 4], ["История", 3, 3]]
    _, seen = looked(xlsx(rows), "оценки.xlsx")
    assert seen.lacking == ("school_year", "class_label", "pupil")
    reading = after(xlsx(rows), {**WHOSE, "pupil": "Ёлкин Пётр"}, "оценки.xlsx")
    assert values(reading) == {
        ("Ёлкин Пётр", "7Б", "Алгебра", "2025-26-Q1"): 5,
        ("Ёлкин Пётр", "7Б", "Алгебра", "2025-26-Q2"): 4,
        ("Ёлкин Пётр", "7Б", "История", "2025-26-Q1"): 3,
        ("Ёлкин Пётр", "7Б", "История", "2025-26-Q2"): 3,
    }


NAMED = {
    "class table": {"Лист1": [*ROWS, [3, "Канарейкина", 4, 4], [None, "Канарейкин И.", 5, 5]]},
    "sheet of a pupil": {"Канарейкин Иван": ROWS},
    "unknown layout": {"Лист1": [["кто", "мат"], ["Канарейкин", 5], ["Грушина", 3]]},
    "turned": {"Лист1": [["Предмет", "Канарейкин Иван", "Грушина Анна"], ["Алгебра", 5, 4],
                         ["История", 3, 4]]},
    "turned surnames": {"Лист1": [["Предмет", "Канарейкин", "Грушина"], ["Алгебра", 5, 4],
                                  ["История", 3, 4]]},
    "a name among marks": {"Лист1": [*ROWS, [3, "Сливкин Иван", "Канарейкин", 4]]},
    "a pupil's report": {"Лист1": [["Ученик: Канарейкин Иван"], ["Предмет", "1 четверть"],
                                   ["Алгебра", 5]]},
}  # fmt: skip


@pytest.mark.parametrize("sheets", NAMED.values(), ids=NAMED)
def test_no_name_is_ever_shown_or_written(looked, xlsx, sheets):
    _, seen = looked(xlsx(sheets), "7Б 2 четверть 2025-26.xlsx")
    shown = [*told(seen), *(line for table in seen.tables for line in table_lines(table))]
    shown += [str(problem) for problem in seen.problems]
    shown += [
        cell for table in seen.tables for row in (table.header, *table.sample) for cell in row
    ]
    shown += [cell for row in seen.sample for cell in row]
    text = "\n".join([*shown, mapping_text(seen)]).casefold()
    assert [name for name in ("канарейк", "грушин", "сливкин", "ёлкин") if name in text] == []


def test_what_cannot_be_opened_is_explained(looked):
    _, seen = looked(b"PK\x03\x04 half a zip")
    assert seen.sheets == ()
    assert "повреждён" in str(seen.problems[0])


def test_the_explanation_names_container_encoding_and_signs(looked):
    text = "№;ФИО;Алгебра\r\n1;Ёлкин Пётр;5\r\n2;Грушина Анна;4\r\n"
    _, seen = looked(text.encode("cp1251"), "7Б 2 четверть 2025-26.csv")
    said = "\n".join(told(seen))
    assert "CSV" in said
    assert "cp1251" in said
    assert "0,50" in said
    assert "ученики стоят в строках" in said
    assert "Отметок: 2" in said


EVERY = pytest.mark.parametrize("layout", all_layouts(), ids=lambda layout: layout.title)


@EVERY
def test_a_look_at_any_layout_shows_no_name_and_proposes_a_mapping_that_holds(tmp_path, layout):
    path = tmp_path / layout.file.rpartition("/")[2]
    path.write_bytes(layout.data)
    before = read_gradebook(path, name=layout.file, hints=layout.hints)
    seen = look_at(Look(path, layout.file, layout.hints))
    text = mapping_text(seen)
    shown = [*told(seen), *(line for table in seen.tables for line in table_lines(table)), text]
    shown += [
        cell for table in seen.tables for row in (table.header, *table.sample) for cell in row
    ]
    shown += [cell for row in seen.sample for cell in row]
    shown += map(str, seen.problems)
    people = {row.pupil for row in (*before.listed, *before.records, *before.scores)}
    surnames = {words[0] for name in people if (words := pupil_words(name)) and len(words[0]) > 3}
    words = set(pupil_words(" ".join(shown)))
    assert words & surnames == set()
    mapping_path(path).write_text(text, "utf-8")
    after = read_gradebook(path, name=layout.file, hints=layout.hints)
    assert sorted(after.records, key=str) == sorted(before.records, key=str)
    assert after.scores == before.scores


@pytest.mark.parametrize("kind", get_args(BookKind))
def test_every_kind_of_file_has_a_name(kind):
    assert say(f"gradebook.kind_{kind}")


def test_a_file_whose_reading_was_stopped_is_explained(tmp_path):
    look = Look(tmp_path / "нет.xlsx", "нет.xlsx")
    seen = refused(look, guard.rejected("нет.xlsx", "too_long"))
    assert (seen.format, seen.sheets, seen.is_clear) == ("", (), False)
    assert seen.problems[0].severity == "error"


def test_the_sample_of_a_journal_names_days_and_numbers_pupils(looked, xlsx):
    rows = [["Ученик: Ёлкин Пётр"], ["Предмет", "01.09", "03.09"], ["Алгебра", 5, "4"]]
    _, seen = looked(xlsx(rows), "7Б 2025-26.xlsx")
    assert seen.sample == (("", "Алгебра 01.09", "Алгебра 03.09"), ("Ученик 1", "5", "4"))


def test_all_that_is_unclear_is_said_before_it_is_asked(looked, xlsx):
    rows = [
        ["ФИО", "Алгебра", None, "1 чт", "Химия", "Примечание учителя"],
        ["Ёлкин Пётр", 5, 4, 3, 9, "молодец"],
        ["Грушина Анна", 4, 4, 3, 10, None],
        ["Сливкин", 4, 4, 3, 8, None],
    ]
    _, seen = looked(xlsx(rows), "2025-26.xlsx")
    said = "\n".join(line for table in seen.tables for line in table_lines(table))
    for words in (
        "? класс не назван",
        "? период не назван",
        "? строки 4: есть отметки",
        "? столбец C без заголовка",
        "? столбец D «1 чт»",
        "? столбец E «Химия»: есть отметки больше 5",
    ):
        assert words in said


def test_what_holds_no_marks_gets_no_guess(looked, xlsx):
    _, seen = looked(xlsx([["Памятка"], ["Сдать до пятницы"]]), "письмо.xlsx")
    assert seen.tables == ()
    assert "Таблицы с отметками не видно" in mapping_text(seen)
    assert "Ни один формат не узнан" in "\n".join(told(seen))


def test_hidden_and_many_sheets_are_counted(looked, xlsx):
    def touch(book):
        book["7А"].sheet_state = "hidden"

    sheets = {"7А": ROWS, **{f"Черновик {n}": [["пусто"]] for n in range(20)}}
    _, seen = looked(xlsx(sheets, touch), "2 четверть 2025-26.xlsx")
    line = next(line for line in told(seen) if line.startswith("Листы"))
    assert "«7А» (3 × 4, скрыт)" in line
    # 21 sheets, of which 12 are named
    assert "ещё 9" in line


def test_a_table_of_pupils_guessed_below_nothing_starts_at_its_first_row(looked, xlsx):
    _, seen = looked(xlsx([["Ёлкин", 5, 4], ["Грушина", 3, 4]]), "7Б 2 четверть 2025-26.xlsx")
    assert [(table.guessed, table.header_row) for table in seen.tables] == [(True, 1)]
