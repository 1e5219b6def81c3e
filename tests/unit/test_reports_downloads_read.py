"""What a person reads in the files: names of sheets, blocks of a cell, outline, properties."""

from __future__ import annotations

import io
import zipfile

import docx
import nbformat
import openpyxl
import pytest

from posanalytics import blocks
from posanalytics.reports.downloads import tables, workbook
from posanalytics.reports.downloads.document import document
from posanalytics.reports.outputs import PLOTLY
from posanalytics.reports.parameters import Facts
from posanalytics.schema import Problem

ABOUT = {
    "school": "Примерная школа", "term": "2 четверть", "before": "1 четверть", "classes": ["7А"],
    "parts": [{"title": "Контингент", "note": "", "columns": ["Класс"], "rows": [["7А"]]}],
}  # fmt: skip


def tables_in(data):
    cell = nbformat.v4.new_code_cell("показать")
    cell.outputs = [nbformat.v4.new_output("display_data", data)]
    return tables.tables_of(nbformat.v4.new_notebook(cells=[cell]))


def found_in(packed):
    return docx.Document(io.BytesIO(packed))


# Titles of the demo school's reports; a sheet has room for 31 letters.
@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Контингент", "1 Контингент"),
        ("Кого и с кем сравниваем. Контрольные классы", "1 Кого и с кем сравниваем"),
        ("С чего начали: похожи ли классы?", "1 С чего начали"),
        ("Что загружено, а чего не хватает?", "1 Что загружено"),
        ("Успеваемость и качество по классам", "1 Успеваемость и качество"),
        ("Сколько уроков пропускают и почему?", "1 Сколько уроков пропускают"),
        ("Было: стало", "1 Было стало"),
    ],
)
def test_a_sheet_is_named_in_whole_words(title, name):
    assert workbook.sheet_names([title]) == [name]


def test_a_name_of_one_endless_word_still_has_room():
    [name] = workbook.sheet_names(["ы" * 60])
    assert len(name) == 31


def test_the_blocks_of_a_cell_and_the_count_of_a_caption_stand_apart():
    problem = Problem("note", file="5А.xls", cell="B56", found="Найдено", expected="Прочитано")
    html = blocks.problems_table([problem], caption="Что требует внимания").html
    [table] = tables_in({"text/html": html})
    assert table.title == "Что требует внимания · заметок: 1"
    assert table.rows[0][1:3] == ["5А.xls · B56", "Найдено · Прочитано"]


def test_counts_behind_bars_can_be_added_up():
    about = {"columns": ["Группа", "«2»"], "rows": [["7А", "7 (4\u00a0%)"], ["7Б", "3 (2\u00a0%)"]]}
    [table] = tables_in({PLOTLY: {"data": [], "layout": {"meta": {"table": about}}}})
    assert table.columns == ["Группа", "«2»", "«2», %"]
    assert [[cell.value for cell in row[1:]] for row in table.rows] == [[7, 0.04], [3, 0.02]]


def test_the_workbook_tells_title_and_author():
    content = workbook.workbook([], about=[("Отчёт", "Что изменилось?")])
    told = openpyxl.load_workbook(io.BytesIO(content)).properties
    assert (told.title, told.creator) == ("Что изменилось?", "posanalytics")


def test_the_document_has_an_outline():
    made = found_in(document(ABOUT, facts=Facts(title="Отчёт")))
    outline = [(p.style.name, p.text) for p in made.paragraphs if p.style.name.startswith("Head")]
    assert outline == [
        ("Heading 1", "Приложение к справке по итогам внутришкольного контроля"),
        ("Heading 2", "Контингент"),
        ("Heading 2", "Выводы"),
        ("Heading 2", "Рекомендации"),
    ]


def test_the_headings_have_the_type_of_the_text():
    packed = document(ABOUT, facts=Facts(title="Отчёт"))
    style = found_in(packed).styles["Heading 2"]
    assert (style.font.name, str(style.font.color.rgb)) == ("Times New Roman", "000000")
    with zipfile.ZipFile(io.BytesIO(packed)) as parts:
        styles = parts.read("word/styles.xml").decode()
    heading = styles[styles.index('w:styleId="Heading2"') :].partition("</w:style>")[0]
    assert "Theme" not in heading.partition("<w:rFonts")[2].partition("/>")[0]


def test_the_document_tells_whose_and_of_what_term_it_is():
    told = found_in(document(ABOUT, facts=Facts(title="Отчёт"))).core_properties
    assert told.title.endswith("Примерная школа · 2 четверть · 7А")
    assert told.author == "posanalytics"


def test_on_the_first_sheet_a_title_does_not_run_into_its_note():
    content = workbook.workbook([tables.Table("Контингент", "", "Допишите.", ["К"], [])], about=[])
    front = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    assert "Контингент. Допишите." in [cell.value for cell in front["B"]]


def test_a_column_of_long_words_is_wider_than_a_column_of_counts():
    part = {"title": "Т", "note": "", "columns": ["Предмет", "«5»"], "rows": [["География", "3"]]}
    table = found_in(document(ABOUT | {"parts": [part]}, facts=Facts(title="Отчёт"))).tables[0]
    # Nine letters beside the least of six, on a line of 267 mm.
    assert [cell.width.mm for cell in table.rows[1].cells] == pytest.approx([160.2, 106.8], abs=0.1)
