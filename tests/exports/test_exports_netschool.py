"""Pages of Сетевой город and other tables of one pupil, one mess per test."""

from __future__ import annotations

NB = "\u00a0"


def page(*parts, head=""):
    return f"<html><head>{head}</head><body>{''.join(parts)}</body></html>".encode()


def block(pupil, year="2025/2026", label="7б", period="с 01.09.2025 по 31.05.2026"):
    rows = {"Учебный год:": year, "Класс:": label, "Период:": period, "Ученик:": pupil}
    return (
        "<table>"
        + "".join(f"<tr><td>{name}</td><td>{value}</td></tr>" for name, value in rows.items())
        + "</table>"
    )


def journal(rows, months=(("Декабрь", 1), ("Январь", 1)), days=(25, 15)):
    top = "".join(f'<th colspan="{width}">{month}</th>' for month, width in months)
    return (
        f'<table class="table-print"><tr><th rowspan="2">Предмет</th>{top}'
        '<th rowspan="2">Средняя<br>оценка</th></tr>'
        f"<tr>{''.join(f'<th>{day}</th>' for day in days)}</tr>"
        + "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
        + "</table>"
    )


def test_january_belongs_to_the_second_calendar_year(read):
    reading = read(page(block("Ёлкин Пётр"), journal([["Алгебра", "5", "4", "4,50"]])))
    assert [r.date for r in reading.records] == ["2025-12-25", "2026-01-15"]


def test_several_pupils_in_one_file_are_kept_apart(read):
    data = page(
        "<h3>Отчет об успеваемости и посещаемости ученика</h3>",
        block("Ёлкин Пётр"),
        journal([["Алгебра", "5", "", "5,00"]]),
        "<h3>Отчет об успеваемости и посещаемости ученика</h3>",
        block("Грушина Анна", label="7 А"),
        journal([["Алгебра", "3", "", "3,00"]]),
    )
    reading = read(data, name="отчёт.xls")
    assert [(r.pupil, r.class_label, r.value) for r in reading.records] == [
        ("Ёлкин Пётр", "7Б", 5),
        ("Грушина Анна", "7А", 3),
    ]
    assert reading.problems == []


def test_labels_in_one_cell_are_taken_apart(read):
    caption = "<p>Учебный год: 2024/2025 Класс: 8А Ученик: Ёлкин Пётр</p>"
    reading = read(page(caption, journal([["Алгебра", "5", "", "5,00"]])), name="отчёт.xls")
    assert (reading.records[0].class_label, reading.records[0].date) == ("8А", "2024-12-25")


def test_a_mean_that_does_not_agree_tells_both_numbers(read, said):
    reading = read(page(block("Ёлкин Пётр"), journal([["Алгебра", "5", "4", "4,33"]])))
    assert [p.cell for p in said(reading, "«4,33 ≠ 4,50»")] == ["D7"]


def test_subjects_without_marks_are_no_trouble(read):
    rows = [["Алгебра", "&nbsp;", "&nbsp;", ""], ["Физика", "5", "", "5,00"]]
    reading = read(page(block("Ёлкин Пётр"), journal(rows)))
    assert ([r.subject for r in reading.records], reading.problems) == (["Физика"], [])


def test_an_unknown_code_is_told_and_the_mark_beside_it_kept(read, said):
    rows = [["Алгебра", f"5{NB}ЪЪ", "4", "4,50"]]
    reading = read(page(block("Ёлкин Пётр"), journal(rows)))
    assert [r.value for r in reading.records] == [5, 4]
    assert said(reading, "«ЪЪ»")


def test_a_decimal_in_the_journal_is_told_and_not_used(read, said):
    rows = [["Алгебра", "4.5", "4", ""]]
    reading = read(page(block("Ёлкин Пётр"), journal(rows)))
    assert [r.value for r in reading.records] == [4]
    assert said(reading, "«4.5»")


def test_a_day_that_does_not_exist_is_told(read, said):
    data = page(block("Ёлкин Пётр"), journal([["Алгебра", "5", "4", ""]], days=(25, 32)))
    reading = read(data)
    assert [r.value for r in reading.records] == [5]
    assert said(reading, "за какой день")


def test_the_same_name_twice_in_a_class_is_left_out(read, said):
    one = block("Ёлкин Пётр") + journal([["Алгебра", "5", "", ""]])
    other = block("Елкин Петр") + journal([["Алгебра", "3", "", ""]])
    reading = read(page(one, other))
    assert reading.records == []
    assert said(reading, "одинаковыми")[0].severity == "error"


def test_the_same_pupil_in_two_periods_is_one_pupil(read):
    autumn = journal([["Алгебра", "5"]], months=(("Сентябрь", 1),), days=(5,))
    winter = journal([["Алгебра", "3"]], months=(("Декабрь", 1),), days=(5,))
    reading = read(page(block("Ёлкин Пётр") + autumn, block("Ёлкин Пётр") + winter))
    assert [r.date for r in reading.records] == ["2025-09-05", "2025-12-05"]
    assert len(reading.listed) == 1


def test_legend_rows_and_totals_are_no_subjects(read, said):
    rows = [["Алгебра", "5", "4", "4,50"], ["Н", "1", "", ""], ["Итого", "5", "4", ""]]
    reading = read(page(block("Ёлкин Пётр"), journal(rows)))
    assert {r.subject for r in reading.records} == {"Алгебра"}
    assert said(reading, "условными обозначениями")
    assert said(reading, "Итоговые строки")


def test_nested_layout_tables_are_read(read):
    inner = block("Ёлкин Пётр") + journal([["Алгебра", "5", "", "5,00"]])
    reading = read(page(f"<table><tr><td>{inner}</td></tr></table>"))
    assert [r.value for r in reading.records] == [5]


def test_final_marks_of_a_pupil_have_their_periods(read, marks):
    header = [
        "№",
        "Предмет",
        "1 полугодие",
        "2 полугодие",
        "Год. оценка",
        "Экз. оценка",
        "Итог. оценка",
    ]
    rows = [
        header,
        ["1", "Алгебра", "4", "5", "5", "&nbsp;", "5"],
        ["2", "ИЗО", "зач", "", "", "", "осв"],
    ]
    body = "".join(f"<tr>{''.join(f'<td>{t}</td>' for t in row)}</tr>" for row in rows)
    reading = read(page(block("Ёлкин Пётр"), f"<table>{body}</table>"))
    assert reading.format == "netschool_marks"
    assert marks(reading) == {
        ("Ёлкин Пётр", "Алгебра", "2025-26-H1"): 4,
        ("Ёлкин Пётр", "Алгебра", "2025-26-H2"): 5,
        ("Ёлкин Пётр", "Алгебра", "2025-26-Y"): 5,
        ("Ёлкин Пётр", "Алгебра", "2025-26-F"): 5,
        ("Ёлкин Пётр", "ИЗО", "2025-26-H1"): "pass",
        ("Ёлкин Пётр", "ИЗО", "2025-26-F"): "exempt",
    }


PERIODS = ["1 четверть", "2 четверть", "Годовая оценка"]


def summary(pupils, subjects=("Алгебра", "Англ.яз. (1 гр.)"), extra="Решение педсовета"):
    head = "".join(f"<th>{t}</th>" for t in ("№", "ФИО<br>ученика", NB, *subjects, extra))
    rows = []
    for number, (name, *cells) in enumerate(pupils, 1):
        for place, (period, line) in enumerate(zip(PERIODS, cells, strict=True)):
            lead = f'<td rowspan="3">{number}</td><td rowspan="3">{name}</td>' if place == 0 else ""
            marks = "".join(f"<td>{NB}{mark}</td>" for mark in line)
            rows.append(f"<tr>{lead}<td>{period}</td>{marks}</tr>")
    return f'<table class="table-print-num"><tr>{head}</tr>{"".join(rows)}</table>'


CLASS = (
    "<table><tr><td>Учебный год:</td><td>2025/2026</td></tr>"
    "<tr><td>Класс:</td><td>7б</td></tr></table>"
)


def test_the_summary_gives_pupils_with_empty_blocks_too(read):
    data = page(CLASS, summary([("Ёлкин Пётр", "54", "44", "55"), ("Грушина Анна", "", "", "")]))
    reading = read(data, name="отчёт.xls")
    assert [x.pupil for x in reading.listed] == ["Ёлкин Пётр", "Грушина Анна"]
    assert len(reading.records) == 6
    assert {r.subject for r in reading.records} == {"Алгебра", "Англ.яз."}


def test_a_decision_of_the_council_is_told_and_no_mark(read, said):
    data = page(
        CLASS, summary([("Ёлкин Пётр", ["5", "4", ""], ["5", "4", ""], ["5", "4", "переведён"])])
    )
    reading = read(data, name="отчёт.xls")
    assert len(reading.records) == 6
    assert said(reading, "Решение педсовета")


def test_two_marks_of_subgroups_in_a_cell_are_not_guessed(read, said):
    data = page(CLASS, summary([("Ёлкин Пётр", [f"5{NB}4", "4"], ["", ""], ["", ""])]))
    reading = read(data, name="отчёт.xls")
    assert [r.value for r in reading.records] == [4]
    assert said(reading, "разные отметки")


def test_namesakes_in_the_summary_are_left_out(read, said):
    data = page(
        CLASS, summary([("Ёлкин Пётр", "54", "44", "55"), ("Елкин Петр", "33", "33", "33")])
    )
    reading = read(data, name="отчёт.xls")
    assert (reading.records, reading.listed) == ([], [])
    assert said(reading, "одинаковыми")


def test_the_summary_saved_as_a_workbook_reads_alike(xlsx, read, marks):
    def touch(book):
        book.active.merge_cells("A4:A6")
        book.active.merge_cells("B4:B6")

    rows = [
        ["Учебный год: 2025/2026"],
        ["Класс: 7б"],
        ["№", "ФИО ученика", None, "Алгебра"],
        [1, "Ёлкин Пётр", "1 четверть", 5],
        [None, None, "2 четверть", 4],
        [None, None, "Годовая оценка", 5],
    ]
    reading = read(xlsx(rows, touch), name="отчёт.xlsx")
    assert reading.format == "netschool_summary"
    assert marks(reading) == {
        ("Ёлкин Пётр", "Алгебра", "2025-26-Q1"): 5,
        ("Ёлкин Пётр", "Алгебра", "2025-26-Q2"): 4,
        ("Ёлкин Пётр", "Алгебра", "2025-26-Y"): 5,
    }


def test_a_sheet_called_like_its_pupil_is_called_by_its_number(xlsx, read):
    rows = [
        ["Учебный год: 2025/2026"],
        ["Класс: 7Б"],
        ["Ученик: Ёлкин Пётр"],
        ["Предмет", "1 четверть"],
        ["Алгебра", 7],
        ["Физика", 5],
    ]
    for name in ("Ёлкин Пётр", "Елкин"):
        reading = read(xlsx({name: rows}), name="отчёт.xlsx")
        assert {r.sheet for r in reading.records} == {"лист 1"}
        assert not any("лкин" in str(problem) for problem in reading.problems)


def test_a_transposed_class_table_does_not_name_its_pupils(xlsx, read):
    rows = [["Предмет", "Ёлкин Пётр", "Грушина Анна"], ["Алгебра", 5, 4]]
    reading = read(xlsx(rows))
    assert reading.records == []
    assert reading.problems
    assert not any("лкин" in str(p) or "рушин" in str(p) for p in reading.problems)


def test_every_filled_cell_of_a_journal_is_used_or_explained(read):
    odd = ["5", "5·4", "УП", "6", "4.5", "-", "ЪЪ", "осв", "3-", "12.09"]
    data = page(
        block("Ёлкин Пётр"),
        journal(
            [["Алгебра", *odd, ""]], months=(("Октябрь", len(odd)),), days=range(1, len(odd) + 1)
        ),
    )
    reading = read(data)
    used = {record.cell for record in reading.records}
    explained = {cell for problem in reading.problems for cell in problem.cell.split(", ")}
    assert used | explained >= {f"{chr(66 + n)}7" for n in range(len(odd))}


def test_rows_of_the_summary_for_an_unknown_period_are_told(xlsx, read, said):
    rows = [
        ["Учебный год: 2025/2026"],
        ["Класс: 7б"],
        ["№", "ФИО ученика", None, "Алгебра"],
        [1, "Ёлкин Пётр", "1 четверть", 5],
        [None, None, "2 четверть", 4],
        [None, None, "Пересдача", 3],
        ["Средний балл", None, None, 4.5],
    ]
    reading = read(xlsx(rows), name="отчёт.xlsx")
    assert [r.value for r in reading.records] == [5, 4]
    assert [p.cell for p in said(reading, "«Пересдача»")] == ["C6"]
