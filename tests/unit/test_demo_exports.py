"""The exports of the made-up school: layouts of FORMATS.md, and the marks inside them."""

import io
import re
from collections import Counter
from datetime import date
from html import unescape
from itertools import pairwise

import openpyxl
import pytest

from posanalytics.demo.dice import Dice
from posanalytics.demo.exports import exports
from posanalytics.demo.folder import FolderTaken, write_demo
from posanalytics.demo.journal import _placed, current_marks
from posanalytics.demo.matrix import matrix_csv
from posanalytics.demo.netschool import Manner
from posanalytics.demo.people import NAMESAKES_APART, people
from posanalytics.demo.plan_text import plan_text
from posanalytics.demo.school import simulate
from posanalytics.labels import pupil_words
from posanalytics.plan import parse_plan

NBSP = "\u00a0"
DIGITS = frozenset("2345")


@pytest.fixture(scope="module")
def school():
    return simulate(21, 0.3)


@pytest.fixture(scope="module")
def files(school):
    return dict(exports(school))


def tables(page):
    """Return every table of an HTML page as rows of cell texts, spans not expanded."""
    return [
        [
            [
                unescape(re.sub("<[^>]+>", " ", cell)).strip(" ")
                for cell in re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
            ]
            for row in re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)
        ]
        for table in re.findall(r"<table[^>]*>(.*?)</table>", page, re.DOTALL)
    ]


def page(files, name):
    return files[name].decode("utf-8")


def rows_of(files, name, sheet):
    book = openpyxl.load_workbook(io.BytesIO(files[name]))
    return [list(row) for row in book[sheet].iter_rows(values_only=True)]


def test_the_same_school_is_exported_in_the_same_bytes(school, files):
    assert dict(exports(school)) == files


def test_all_exports_together_stay_under_two_megabytes(files):
    assert sum(map(len, files.values())) < 2_000_000


def test_every_layout_of_the_first_issue_is_there(files):
    names = [name.split("/")[1] for name in files]
    for start, end in [
        ("Сводная ведомость", ".xls"),
        ("Отчет об успеваемости", ".xls"),
        ("Итоги успеваемости", ".xlsx"),
        ("7В", ".csv"),
        ("ВПР", ".xlsx"),
    ]:
        assert any(name.startswith(start) and name.endswith(end) for name in names)


def test_an_xls_is_an_html_page_and_an_xlsx_is_a_zip(files):
    for name, content in files.items():
        if name.endswith(".xls"):
            assert content.startswith(b"<html>")
        if name.endswith(".xlsx"):
            assert content.startswith(b"PK\x03\x04")


def test_a_csv_is_russian_only_in_cp1251(files):
    content = files["2025-26/7В 1 четверть.csv"]
    assert content.decode("cp1251").startswith("№;ФИО;Русский язык;")
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")


def test_a_summary_has_a_block_of_periods_for_every_pupil(school, files):
    text = page(files, "2025-26/Сводная ведомость 5А.xls")
    facts, marks = tables(text)
    assert facts[:2] == [["Учебный год:", "2025/2026"], ["Класс:", "5а"]]
    pupils = len(school.room("2025-26", "5А").pupils)
    assert len(marks) == 1 + 5 * pupils
    assert [row[0] for row in marks[2:6]] == [
        "2 четверть", "3 четверть", "4 четверть", "Годовая оценка",
    ]  # fmt: skip
    assert text.count('rowspan="5"') == 3 * pupils


def test_class_9_has_exam_and_final_marks(files):
    _, marks = tables(page(files, "2024-25/Сводная ведомость 9А.xls"))
    assert [row[0] for row in marks[6:8]] == ["Экзаменационная оценка", "Итоговая оценка"]
    assert marks[6][1].strip(NBSP) in DIGITS  # Русский язык
    assert marks[6][2] == NBSP  # Литература has no exam


def test_the_current_year_is_empty_after_its_second_quarter(files):
    _, marks = tables(page(files, "2025-26/Сводная ведомость 5А.xls"))
    later = [row[1:] for row in marks if row[0] in {"3 четверть", "4 четверть", "Годовая оценка"}]
    assert {text for row in later for text in row} == {NBSP}


def test_marks_in_a_summary_begin_with_a_no_break_space(files):
    _, marks = tables(page(files, "2024-25/Сводная ведомость 6Б.xls"))
    assert all(text.startswith(NBSP) for text in marks[2][1:])


def test_the_printed_average_is_that_of_the_printed_marks(files):
    checked = 0
    journals = tables(page(files, "2025-26/Отчет об успеваемости 7Б 1 четверть.xls"))
    for facts, grid in zip(journals[::2], journals[1::2], strict=True):
        assert facts[1] == ["Класс:", "7б"]
        for row in grid[2:]:
            marks = [
                int(token) for cell in row[1:-1] for token in cell.split(NBSP) if token in DIGITS
            ]
            if marks:
                hundredths = (200 * sum(marks) + len(marks)) // (2 * len(marks))
                assert row[-1] == f"{hundredths // 100},{hundredths % 100:02d}"
                checked += 1
            else:
                assert row[-1] == NBSP
    assert checked > 8 * 10


def test_current_marks_lead_to_the_term_mark(files):
    """The mean of the journal, rounded half up, is the mark in the summary of the same class."""
    _, summary = tables(page(files, "2025-26/Сводная ведомость 7Б.xls"))
    term = {row[1]: row[3:11] for row in summary[1:] if len(row) > 10}
    journals = tables(page(files, "2025-26/Отчет об успеваемости 7Б 1 четверть.xls"))
    checked = 0
    for facts, grid in zip(journals[::2], journals[1::2], strict=True):
        for mark, row in zip(term[facts[3][1]], grid[2:], strict=True):
            if mark.strip(NBSP) in DIGITS:
                whole, hundredths = row[-1].split(",")
                assert int(whole) + (int(hundredths) >= 50) == int(mark.strip(NBSP))
                checked += 1
    assert checked > 8 * 10


@pytest.mark.parametrize("mark", [2, 3, 4, 5])
@pytest.mark.parametrize("latent", [0.5, 2.49, 3.5, 4.2, 6.0])
def test_current_marks_round_to_the_term_mark_whatever_lies_behind_it(mark, latent):
    for seed in range(20):
        marks = current_marks(Dice(seed, 1), mark, latent)
        assert set(marks) <= {2, 3, 4, 5}
        assert 2 * mark - 1 <= 2 * sum(marks) / len(marks) < 2 * mark + 1


def test_days_of_a_journal_lie_in_its_quarter_and_go_forward(files):
    text = page(files, "2025-26/Отчет об успеваемости 5А 2 четверть.xls")
    assert "с 05.11.2025 по 30.12.2025" in text
    head, days = tables(text)[1][:2]
    assert head == ["Предмет", "Ноябрь", "Декабрь", "Средняя оценка"]
    spans = [int(span) for span in re.findall(r'colspan="(\d+)"', text)[:2]]
    numbers = list(map(int, days))
    assert sum(spans) == len(numbers)
    dates = [date(2025, 11, day) for day in numbers[: spans[0]]]
    dates += [date(2025, 12, day) for day in numbers[spans[0] :]]
    assert all(first < second for first, second in pairwise(dates))
    assert all(day.weekday() < 5 for day in dates)


def test_a_journal_holds_absences_double_marks_and_exemptions(files):
    cells = {
        cell
        for name in files
        if "Отчет" in name
        for grid in tables(page(files, name))[1::2]
        for row in grid[2:]
        for cell in row[1:-1]
    }
    assert {"Б", "УП", "НП", "ОТ"} <= cells
    assert any(len(cell.split(NBSP)) == 2 and set(cell.split(NBSP)) <= DIGITS for cell in cells)


@pytest.mark.parametrize("quarter", ["1 четверть", "2 четверть"])
def test_footers_of_the_matrix_follow_the_formulas_of_the_gradebook(files, quarter):
    """Formulas of DOMAIN.md 1.1: «н/а» stays in N and weighs 7, «осв» and empty cells leave it."""
    rows = rows_of(files, "2025-26/Итоги успеваемости 7А.xlsx", quarter)
    pupils = [row for row in rows if isinstance(row[0], int)]
    footers = {row[1]: row[2:10] for row in rows if row[0] is None and row[1]}
    for subject in range(8):
        column = [row[2 + subject] for row in pupils]
        marks = [mark for mark in column if isinstance(mark, int)]
        everyone = len(marks) + column.count("н/а")
        weights = sum({5: 100, 4: 64, 3: 36, 2: 16}[mark] for mark in marks)
        expected = {
            "Средний балл": sum(marks) / len(marks),
            "Качество знаний, %": sum(mark >= 4 for mark in marks) / everyone,
            "Успеваемость, %": sum(mark >= 3 for mark in marks) / everyone,
            "СОУ, %": (weights + 7 * column.count("н/а")) / everyone / 100,
        }
        for caption, value in expected.items():
            assert footers[caption][subject] == pytest.approx(value, abs=0.0051)


def test_a_pupil_who_left_stands_in_the_list_of_that_quarter_without_marks(files):
    first, second = (
        [row for row in rows_of(files, "2025-26/Итоги успеваемости 7А.xlsx", sheet) if row[1]]
        for sheet in ("1 четверть", "2 четверть")
    )
    gone = [row for row in second if "(выбыл" in str(row[1])]
    assert len(gone) == 1
    assert set(gone[0][2:]) == {None}
    name = gone[0][1].split(" (")[0]
    assert any(row[1] == name and row[2] for row in first)


def test_points_of_a_test_add_up_and_stay_within_their_maximum(files):
    for subject in ("Математика", "Русский язык"):
        name = f"2024-25/ВПР 2025 {subject} 6 класс.xlsx"
        rows = rows_of(files, name, "Ф1 Индивидуальные результаты")
        head = rows[7]
        tasks = [(place, int(re.search(r"\((\d+)б\)", str(title))[1]))
                 for place, title in enumerate(head) if "б)" in str(title)]  # fmt: skip
        assert rows[2][1] == sum(points for _, points in tasks)
        results = rows[8:]
        assert f"Кол-во участников: {len(results)}" in rows[5][0]
        for row in results:
            points = [0 if row[place] in {"Х", "X"} else row[place] for place, _ in tasks]
            assert all(0 <= got <= most for got, (_, most) in zip(points, tasks, strict=True))
            assert sum(points) == row[head.index("Первичный балл")]


def test_a_participant_keeps_the_code_in_both_tests(school, files):
    classes = {}
    for subject in ("Математика", "Русский язык"):
        name = f"2024-25/ВПР 2025 {subject} 6 класс.xlsx"
        for row in rows_of(files, name, "Ф1 Индивидуальные результаты")[8:]:
            classes.setdefault(row[3], set()).add(row[4])
    assert all(len(labels) == 1 for labels in classes.values())
    sat = sum(
        int(room.enrolment.present[:, -1].sum())
        for room in school.of_year("2024-25")
        if room.label.startswith("6")
    )
    assert len(classes) <= sat


def test_tests_name_codes_and_no_pupils(school, files):
    surnames = {person.surname for person in people(school)}
    for name in files:
        if "ВПР" in name:
            rows = rows_of(files, name, "Ф1 Индивидуальные результаты")
            assert not {str(value) for row in rows for value in row} & surnames


def test_namesakes_in_one_class_are_told_apart_by_the_patronymic(files):
    _, marks = tables(page(files, "2025-26/Сводная ведомость 9А.xls"))
    names = [row[1] for row in marks[1:] if len(row) > 10]
    short = Counter(pupil_words(name)[:2] for name in names)
    assert short.most_common(2)[0][1] == 2
    assert short.most_common(2)[1][1] == 1
    assert len({pupil_words(name) for name in names}) == len(names)


def test_one_pair_of_namesakes_sits_in_parallel_classes(school):
    names = people(school)
    one, other = (
        {(names[pupil].surname, names[pupil].given) for pupil in school.room("2025-26", c).pupils}
        for c in NAMESAKES_APART
    )
    assert len(one & other) == 1


def test_the_same_pupil_is_written_with_and_without_yo_and_with_no_break_spaces(files):
    old = page(files, "2023-24/Сводная ведомость 5А.xls")
    assert not re.search("[Ёё]", re.sub("учёта", "", old))
    assert re.search("[Ёё]", page(files, "2025-26/Сводная ведомость 5А.xls"))
    assert re.search(r"[а-я]&nbsp;[А-Я]", page(files, "2025-26/Сводная ведомость 5Б.xls"))


def test_some_summaries_abbreviate_their_subjects(files):
    assert "<i>Рус. яз.</i>" in page(files, "2025-26/Сводная ведомость 6А.xls")


def test_mathematics_is_called_algebra_from_class_7(files):
    assert "<i>Алгебра</i>" in page(files, "2025-26/Сводная ведомость 7Б.xls")
    assert "<i>Математика</i>" in page(files, "2025-26/Сводная ведомость 5Б.xls")


def test_the_plan_knows_every_subject_that_the_exports_print(school, files):
    plan = parse_plan(plan_text(school))
    printed = set(re.findall(r"<i>([^<]+)</i>", "".join(
        page(files, name) for name in files if "Сводная" in name
    )))  # fmt: skip
    assert {plan.subject_name(title) for title in printed} == set(plan.primary.subjects)


def test_the_plan_states_the_comparison_that_was_simulated(school):
    plan = parse_plan(plan_text(school))
    assert tuple(plan.comparison.innovative) == school.truth.innovative
    assert plan.control_classes == school.truth.control
    assert plan.comparison.start == school.truth.start
    assert plan.comparison.chosen_on < plan.years["2025-26"]["Q1"][0]
    assert [outcome.id for outcome in plan.outcomes if outcome.primary] == ["all"]
    assert len(plan.primary.subjects) == len(plan.outcomes) - 1 == 8


def test_write_demo_writes_exports_and_plan_and_nothing_else(tmp_path, school, files):
    truth = write_demo(tmp_path, seed=21, effect=0.3)
    written = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert written == {"plan.yml", *(f"data/raw/{name}" for name in files)}
    assert truth == school.truth


def test_write_demo_never_writes_over_a_school(tmp_path):
    (tmp_path / "plan.yml").write_text("school: Настоящая", "utf-8")
    with pytest.raises(FolderTaken, match="уже есть план"):
        write_demo(tmp_path)
    assert (tmp_path / "plan.yml").read_text("utf-8") == "school: Настоящая"


def test_a_pupil_who_comes_later_is_not_in_the_list_of_the_first_quarter(school):
    room, names = school.room("2025-26", "5А"), people(school)
    first, second = (
        matrix_csv(room, names, term=term, manner=Manner()).decode("cp1251").splitlines()[1:]
        for term in (0, 1)
    )
    assert len(second) == len(first) + 1


def test_more_marks_than_lessons_stand_in_one_cell():
    day = date(2025, 9, 10)
    cells = _placed(Dice(1, 1), [5, 4, 3], [day], {})
    assert sorted(cells[day].marks) == [3, 4, 5]


def test_a_control_class_of_another_parallel_stands_on_the_lowest_step():
    school = simulate(2, 0.1, innovative_classes=1, control_classes=3)
    plan = parse_plan(plan_text(school))
    steps = {control.class_label: control.ladder for control in plan.comparison.control}
    assert {label: steps[label] for label in school.truth.control} == {
        label: "K1" if label.startswith("5") else "K5" for label in school.truth.control
    }
