"""The many forms that a class table takes, one form per test.

Every expected mark is the one typed into the table a few lines above it.
"""

from __future__ import annotations

import pytest
from openpyxl.comments import Comment

HEADER = ["№", "ФИО", "Алгебра", "История"]
ELKIN, GRUSHINA, SLIVKIN = "Ёлкин Пётр", "Грушина Анна", "Сливкин Иван"
WHOLE_YEAR = "7А 2025-26.xlsx"


def told(reading):
    """Return class, subject and term → mark of a pupil whose name stands once in the table."""
    return {(r.pupil, r.class_label, r.subject, r.term[8:]): r.value for r in reading.records}


def by_subject(reading):
    return {(r.subject, r.term[8:]): r.value for r in reading.records}


def test_a_row_that_names_a_class_begins_that_class(xlsx, read):
    rows = [["2 четверть 2025/2026"], HEADER, ["7А"], [1, ELKIN, 5, 4], ["7 «Б» класс"],
            [1, GRUSHINA, 3, 2]]  # fmt: skip
    assert told(read(xlsx(rows), name="итоги.xlsx")) == {
        (ELKIN, "7А", "Алгебра", "Q2"): 5,
        (ELKIN, "7А", "История", "Q2"): 4,
        (GRUSHINA, "7Б", "Алгебра", "Q2"): 3,
        (GRUSHINA, "7Б", "История", "Q2"): 2,
    }


def test_pupils_above_the_first_class_row_belong_to_the_title(xlsx, read):
    rows = [["Класс: 7А"], HEADER, [1, ELKIN, 5, 4], ["7Б"], [1, GRUSHINA, 3, 2]]
    reading = read(xlsx(rows), name="2 четверть 2025-26.xlsx")
    assert {(r.pupil, r.class_label) for r in reading.records} == {(ELKIN, "7А"), (GRUSHINA, "7Б")}


def test_a_row_that_names_a_term_begins_that_term(xlsx, read):
    rows = [HEADER, ["3 четверть"], [1, ELKIN, 5, 4], ["4 четверть"], [1, ELKIN, 4, 3]]
    assert told(read(xlsx(rows), name=WHOLE_YEAR)) == {
        (ELKIN, "7А", "Алгебра", "Q3"): 5,
        (ELKIN, "7А", "История", "Q3"): 4,
        (ELKIN, "7А", "Алгебра", "Q4"): 4,
        (ELKIN, "7А", "История", "Q4"): 3,
    }


def test_totals_of_one_class_are_checked_with_its_own_pupils(xlsx, read, said):
    rows = [HEADER, ["7А"], [1, ELKIN, 5, 4], [None, "Средний балл", 5, 4], ["7Б"],
            [1, GRUSHINA, 3, 2], [None, "Средний балл", 4, 3]]  # fmt: skip
    reading = read(xlsx(rows), name="2 четверть 2025-26.xlsx")
    assert [p.cell for p in said(reading, "≠")] == ["C7, D7"]


def test_tables_beside_each_other_are_two_classes(xlsx, read):
    rows = [
        ["7А", None, None, None, "7Б"],
        ["№", "ФИО", "Алгебра", None, "№", "ФИО", "Алгебра"],
        [1, ELKIN, 5, None, 1, GRUSHINA, 3],
        [2, SLIVKIN, 2],
    ]
    assert told(read(xlsx(rows), name="2 четверть 2025-26.xlsx")) == {
        (ELKIN, "7А", "Алгебра", "Q2"): 5,
        (SLIVKIN, "7А", "Алгебра", "Q2"): 2,
        (GRUSHINA, "7Б", "Алгебра", "Q2"): 3,
    }


def test_names_repeated_at_the_right_edge_are_no_second_table(xlsx, read):
    rows = [["ФИО", "Алгебра", "История", "ФИО"], [ELKIN, 5, 4, ELKIN]]
    assert by_subject(read(xlsx(rows))) == {("Алгебра", "Q2"): 5, ("История", "Q2"): 4}


def test_a_period_over_several_subjects_is_carried_rightwards(xlsx, read):
    rows = [
        ["ФИО", "1 четверть", None, "2 четверть", None],
        [None, "Алгебра", "История", "Алгебра", "История"],
        [ELKIN, 5, 4, 3, 2],
    ]
    assert by_subject(read(xlsx(rows), name=WHOLE_YEAR)) == {
        ("Алгебра", "Q1"): 5,
        ("История", "Q1"): 4,
        ("Алгебра", "Q2"): 3,
        ("История", "Q2"): 2,
    }


def test_a_subject_over_several_periods_is_carried_rightwards(xlsx, read):
    rows = [
        ["ФИО", "Алгебра", None, "Музыка"],
        [None, "1 чт", "2 чт", "1 полугодие"],
        [ELKIN, 5, 4, 3],
    ]
    assert by_subject(read(xlsx(rows), name=WHOLE_YEAR)) == {
        ("Алгебра", "Q1"): 5,
        ("Алгебра", "Q2"): 4,
        ("Музыка", "H1"): 3,
    }


def test_a_period_in_the_same_cell_as_the_subject_is_taken(xlsx, read):
    rows = [["ФИО", "Алгебра 1 четверть", "Алгебра (II чт)", "История, год"], [ELKIN, 5, 4, 3]]
    assert by_subject(read(xlsx(rows), name=WHOLE_YEAR)) == {
        ("Алгебра", "Q1"): 5,
        ("Алгебра", "Q2"): 4,
        ("История", "Y"): 3,
    }


def test_one_hour_a_week_is_not_taken_for_the_first_quarter(xlsx, read, said):
    reading = read(xlsx([["ФИО", "Алгебра", "Труд 1 ч"], [ELKIN, 5, 4]]))
    assert by_subject(reading) == {("Алгебра", "Q2"): 5}
    assert [(p.severity, p.cell) for p in said(reading, "по какому предмету")] == [
        ("warning", "C1")
    ]


def test_a_caption_over_all_subjects_is_no_subject(xlsx, read):
    rows = [["ФИО", "Наименование предметов"], [None, "Алгебра", "История"], [ELKIN, 5, 4]]
    assert by_subject(read(xlsx(rows))) == {("Алгебра", "Q2"): 5, ("История", "Q2"): 4}


def test_subjects_grouped_by_field_are_taken_from_the_lower_row_and_told(xlsx, read, said):
    rows = [
        ["ФИО", "Естественные науки", None, "Языки"],
        [None, "Физика", "Химия", "Английский язык"],
        [ELKIN, 5, 4, 3],
    ]
    reading = read(xlsx(rows))
    assert by_subject(reading) == {
        ("Физика", "Q2"): 5,
        ("Химия", "Q2"): 4,
        ("Английский язык", "Q2"): 3,
    }
    assert len(said(reading, "нижнее название")) == 3


def test_subgroups_under_a_subject_are_still_that_subject(xlsx, read, marks):
    rows = [
        ["ФИО", "Английский язык", None, "Алгебра"],
        [None, "1 группа", "2 группа", "отметка"],
        [ELKIN, 5, None, 4],
        [GRUSHINA, None, 3, 4],
    ]
    assert marks(read(xlsx(rows))) == {
        (ELKIN, "Английский язык", "2025-26-Q2"): 5,
        (ELKIN, "Алгебра", "2025-26-Q2"): 4,
        (GRUSHINA, "Английский язык", "2025-26-Q2"): 3,
        (GRUSHINA, "Алгебра", "2025-26-Q2"): 4,
    }


def test_teachers_under_the_subjects_are_no_pupils_and_never_shown(xlsx, read):
    rows = [HEADER, [None, None, "Образцова М.И.", "Примеров И.И."], [1, ELKIN, 5, 4]]
    reading = read(xlsx(rows))
    assert by_subject(reading) == {("Алгебра", "Q2"): 5, ("История", "Q2"): 4}
    assert "Образцов" not in "".join(map(str, reading.problems))


def test_a_row_that_numbers_the_columns_holds_no_marks(xlsx, read, said):
    reading = read(xlsx([HEADER, [1, 2, 3, 4], [1, ELKIN, 5, 4]]))
    assert [r.value for r in reading.records] == [5, 4]
    assert [p.severity for p in said(reading, "ни ученика, ни предмета")] == ["note"]


def test_a_subject_broken_over_two_lines_is_put_together(xlsx, read):
    reading = read(xlsx([["ФИО", "Алге-\nбра", "Физ.\nкультура"], [ELKIN, 5, 4]]))
    assert {r.subject for r in reading.records} == {"Алгебра", "Физ. культура"}


def test_the_class_of_each_pupil_may_stand_in_a_column(xlsx, read, said):
    rows = [
        ["ФИО", "Класс", "Алгебра"],
        [ELKIN, "7А", 5],
        [ELKIN, "7 «б»", 4],
        [GRUSHINA, "восьмой", 3],
    ]
    reading = read(xlsx(rows), name="2 четверть 2025-26.xlsx")
    assert told(reading) == {
        (ELKIN, "7А", "Алгебра", "Q2"): 5,
        (ELKIN, "7Б", "Алгебра", "Q2"): 4,
    }
    assert [p.cell for p in said(reading, "нет класса")] == ["A4"]


def test_the_class_may_stand_over_the_names(xlsx, read):
    rows = [["№", "8В класс", "Алгебра"], [1, ELKIN, 5], [2, GRUSHINA, 4]]
    reading = read(xlsx(rows), name="2 четверть 2025-26.xlsx")
    assert {r.class_label for r in reading.records} == {"8В"}


def test_a_lone_surname_under_the_word_surname_is_a_pupil(xlsx, read, said):
    rows = [["Фамилия", "Алгебра"], ["Ёлкин", 5], ["Грушина", 4], ["Максимум", 5]]
    reading = read(xlsx(rows))
    assert [(r.pupil, r.value) for r in reading.records] == [("Ёлкин", 5), ("Грушина", 4)]
    assert [p.cell for p in said(reading, "Итоговые строки")] == ["A4"]


def test_a_lone_word_under_another_header_is_asked_about(xlsx, read, said):
    reading = read(xlsx([["ФИО", "Алгебра"], [ELKIN, 5], ["Грушина", 4]]))
    assert [r.pupil for r in reading.records] == [ELKIN]
    assert [p.cell for p in said(reading, "чьи они")] == ["A3"]


def test_a_sheet_of_terms_takes_its_subject_from_its_name_and_says_so(xlsx, read, said):
    rows = [["ФИО", "1 четверть", "2 четверть"], [ELKIN, 5, 4]]
    reading = read(xlsx({"Алгебра": rows, "Родной язык 7А": rows}), name=WHOLE_YEAR)
    assert {(r.sheet, r.subject) for r in reading.records} == {
        ("Алгебра", "Алгебра"),
        ("Родной язык 7А", "Родной язык"),
    }
    assert len(said(reading, "взят из имени листа")) == 2


@pytest.mark.parametrize("name", ["Лист1", "Sheet2", "TDSheet", "Итоги", "7А", "Отметки 2 чт"])
def test_a_name_that_any_sheet_may_have_is_no_subject(xlsx, read, name):
    rows = [["ФИО", "1 четверть", "2 четверть"], [ELKIN, 5, 4]]
    assert read(xlsx({name: rows}), name=WHOLE_YEAR).records == []


TURNED = [
    ["7А, 2 четверть 2025/2026"],
    ["№", "Предмет", ELKIN, GRUSHINA, "Средний балл"],
    [1, "Алгебра", 5, 4, 4.5],
    [2, "История", 3, 7, 3],
    [None, "Средний балл", 4, 4],
]


def test_a_table_with_pupils_across_is_read_with_the_cells_it_has(xlsx, read):
    reading = read(xlsx(TURNED), name="таблица.xlsx")
    assert {r.cell: (r.pupil, r.subject, r.term, r.value) for r in reading.records} == {
        "C3": (ELKIN, "Алгебра", "2025-26-Q2", 5),
        "C4": (ELKIN, "История", "2025-26-Q2", 3),
        "D3": (GRUSHINA, "Алгебра", "2025-26-Q2", 4),
    }
    assert {listed.pupil for listed in reading.listed} == {ELKIN, GRUSHINA}


def test_problems_of_a_table_with_pupils_across_name_the_cells_it_has(xlsx, read, said):
    assert [p.cell for p in said(read(xlsx(TURNED), name="таблица.xlsx"), "«7»")] == ["D4"]


def test_printed_means_of_a_table_with_pupils_across_are_checked(xlsx, read, said):
    rows = [["Предмет", ELKIN, GRUSHINA, "Средний балл"], ["Алгебра", 5, 4, 4.9],
            ["История", 3, 4, 3.5], ["Средний балл", 4, 5]]  # fmt: skip
    # (5 + 4) / 2 = 4.5 beside «4.9»; (4 + 4) / 2 = 4 above «5»
    assert sorted(p.cell for p in said(read(xlsx(rows)), "≠")) == ["C4", "D2"]


def test_title_case_subjects_are_not_taken_for_pupils(xlsx, read):
    rows = [["Фамилия", "Русский Язык", "Родная Литература"], ["Ёлкин", 5, 4], ["Грушина", 3, 3]]
    assert {r.pupil for r in read(xlsx(rows)).records} == {"Ёлкин", "Грушина"}


def test_a_header_repeated_on_the_next_page_goes_on_with_the_class(xlsx, read):
    rows = [["Класс: 8В"], HEADER, [1, ELKIN, 5, 4], HEADER, [2, GRUSHINA, 3, 2]]
    reading = read(xlsx(rows), name="2 четверть 2025-26.xlsx")
    assert {(r.pupil, r.class_label) for r in reading.records} == {(ELKIN, "8В"), (GRUSHINA, "8В")}


def test_two_tables_that_disagree_on_a_mark_are_both_left_out(xlsx, read, said):
    rows = [HEADER, [1, ELKIN, 5, 4], HEADER, [1, ELKIN, 3, 4]]
    reading = read(xlsx(rows))
    assert by_subject(reading) == {("История", "Q2"): 4}
    assert [p.cell for p in said(reading, "«Алгебра» за один период")] == ["C2, C4"]


def test_a_total_under_each_subject_is_its_mark_where_no_term_is_named(xlsx, read):
    rows = [
        ["ФИО", "Алгебра", None],
        [None, "ср. балл", "итог"],
        [ELKIN, 4.67, 5],
    ]
    found = {(r.kind, r.value) for r in read(xlsx(rows)).records}
    assert found == {("mean", 4.67), ("mark", 5)}


def test_a_surname_that_begins_like_a_footer_is_a_pupil_beside_its_number(xlsx, read):
    rows = [HEADER, [1, "Отличников Иван", 5, 4], [2, GRUSHINA, 3, 3]]
    assert {r.pupil for r in read(xlsx(rows)).records} == {"Отличников Иван", GRUSHINA}


@pytest.mark.parametrize("corner", ["Предмет", None, "Предмет / ученик"])
def test_lone_surnames_across_are_pupils_too(xlsx, read, corner):
    rows = [[corner, "Ёлкин", "Канарейкина", "Мороз"], ["Русский Язык", 5, 4, 3],
            ["Английский Язык", 3, 4, 4], ["Алгебра", 2, 3, 5], ["История", 4, 5, 5]]  # fmt: skip
    reading = read(xlsx(rows))
    assert {(r.pupil, r.subject): r.value for r in reading.records if r.subject == "Алгебра"} == {
        ("Ёлкин", "Алгебра"): 2,
        ("Канарейкина", "Алгебра"): 3,
        ("Мороз", "Алгебра"): 5,
    }
    assert len(reading.records) == 4 * 3


def test_surnames_across_never_become_subjects(xlsx, read):
    rows = [[None, "Ёлкин", "Канарейкина"], ["Русский Язык", 5, 4], ["Английский Язык", 3, 4]]
    reading = read(xlsx(rows))
    assert "Канарейкина" not in {r.subject for r in reading.records}
    assert "Канарейкина" not in "".join(map(str, reading.problems))


def test_comments_on_marks_are_told(xlsx, read, said):
    def touch(book):
        book.active["C2"].comment = Comment("спорная", "учитель")

    reading = read(xlsx([HEADER, [1, ELKIN, 5, 4]], touch))
    assert [r.value for r in reading.records] == [5, 4]
    assert [p.cell for p in said(reading, "примечания")] == ["C2"]


def test_pupils_called_by_numbers_alone_are_not_read_and_it_is_said_why(xlsx, read, said):
    reading = read(xlsx([["№", "Алгебра", "История"], [1, 5, 4], [2, 3, 3]]))
    assert reading.records == []
    assert [p.severity for p in said(reading, "только номерами")] == ["error"]


def test_points_beside_a_mark_are_no_mark(xlsx, read, said):
    rows = [
        ["ФИО", "Алгебра", None, "История", None],
        [None, "балл", "отметка", "балл", "отметка"],
        [ELKIN, 4, 5, 3, 4],
    ]
    reading = read(xlsx(rows))
    assert by_subject(reading) == {("Алгебра", "Q2"): 5, ("История", "Q2"): 4}
    assert [p.cell for p in said(reading, "«Алгебра балл» не предмет")] == ["B1"]
