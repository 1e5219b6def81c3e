"""What stands beside a page: workbook, document and notebook, together with the page or not."""

from __future__ import annotations

import errno
import io
import pathlib
import threading
import zipfile

import docx
import nbformat
import openpyxl
import pytest

from posanalytics.reports.downloads import folder, tables, workbook
from posanalytics.reports.downloads.document import document
from posanalytics.reports.outputs import PLOTLY
from posanalytics.reports.parameters import Facts
from posanalytics.schema import APPENDIX

FACTS = Facts(title="Что изменилось?", school="Примерная школа", sources="abc123")
TABLE = """<table class="tidy"><caption>По предметам</caption>
<thead><tr><th scope="col">Предмет</th><th scope="col">Разница</th><th scope="col">Доля</th></tr>
</thead><tbody><tr><td>Алгебра</td><td class="number">+0,27</td><td class="number">78 %</td></tr>
<tr><td>=HYPERLINK("x")</td><td class="number">−1 234,5</td><td class="number">–</td></tr>
</tbody></table>"""
FORM = "<table class='steps'><tr><th scope='row'>5 мин</th><td>Что видите?</td></tr></table>"
FIGURE = {
    "data": [],
    "layout": {
        "meta": {
            "title": "Растёт ли класс?", "note": "N = 25",
            "table": {"columns": ["Период", "Балл"], "rows": [["1 ч.", 3.456], ["2 ч.", 4]]},
        }
    },
}  # fmt: skip
PART = {
    "title": "Контингент", "note": "Допишите причины.",
    "columns": ["Класс", "Учеников"], "rows": [["7А", "21"], ["7Б", "скрыто (мало учеников)"]],
}  # fmt: skip
ABOUT = {"school": "Школа", "term": "2 четверть", "before": "1 четверть", "classes": ["7А"],
         "parts": [PART]}  # fmt: skip


def displayed(data, tags=()):
    cell = nbformat.v4.new_code_cell("показать", metadata={"tags": list(tags)})
    cell.outputs = [nbformat.v4.new_output("display_data", data)]
    return cell


def notebook(*cells):
    made = nbformat.v4.new_notebook(cells=list(cells))
    made.metadata["papermill"] = {"parameters": {"term": "2025-26-Q2"}, "start_time": "12:00"}
    return made


def whole_notebook():
    return notebook(
        nbformat.v4.new_markdown_cell("## Ответ"),
        displayed({"text/html": TABLE + FORM, "text/plain": "Block(...)"}),
        displayed({PLOTLY: FIGURE}),
        displayed({"text/html": "<p>строка</p>", APPENDIX: ABOUT}),
    )


def made(of=None, stem="sample"):
    return folder.beside(of or whole_notebook(), facts=FACTS, stem=stem, about=[("Блокнот", "x")])


def book_of(files):
    return openpyxl.load_workbook(io.BytesIO(files["sample.xlsx"]))


def test_every_table_of_the_page_is_a_sheet_and_forms_are_not():
    names = book_of(made().files).sheetnames
    assert names == ["О файле", "1 По предметам", "2 Растёт ли класс", "3 Контингент"]


def test_numbers_are_numbers_with_their_way_of_writing():
    sheet = book_of(made().files)["1 По предметам"]
    assert [cell.value for cell in sheet[2]] == ["Алгебра", 0.27, 0.78]
    assert sheet["B2"].number_format == "+#,##0.00;-#,##0.00;#,##0.00"
    assert sheet["C2"].number_format == "#,##0%"
    assert (sheet["B3"].value, sheet["C3"].value) == (-1234.5, None)


def test_numbers_behind_a_figure_are_rounded_as_on_the_page():
    sheet = book_of(made().files)["2 Растёт ли класс"]
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == [3.46, 4]


def test_the_head_stays_in_sight():
    assert book_of(made().files)["1 По предметам"].freeze_panes == "B2"


@pytest.mark.parametrize("text", ["=1+1", "+7", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0"])
def test_a_text_that_looks_like_a_formula_stays_text(text):
    table = tables.Table("Т", "", "", ["Предмет"], [[text]])
    content = workbook.workbook([table], about=[(text, text)])
    book = openpyxl.load_workbook(io.BytesIO(content))
    cell = book["1 Т"]["A2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        sheets = [packed.read(name) for name in packed.namelist() if "sheets/" in name]
    assert not any(b"<f>" in sheet for sheet in sheets)


def test_the_document_holds_the_tables_and_lines_to_fill_in():
    found = docx.Document(io.BytesIO(document(ABOUT, facts=FACTS)))
    cells = [[cell.text for cell in row.cells] for row in found.tables[0].rows]
    said = [paragraph.text for paragraph in found.paragraphs]
    assert cells == [PART["columns"], *PART["rows"]]
    assert "2 четверть в сравнении с периодом «1 четверть»" in said
    assert said[said.index("Выводы") + 1].strip("_") == ""


def test_the_same_notebook_gives_the_same_bytes():
    assert made().files == made().files


def test_no_hour_stands_in_the_archives():
    for name in ("sample.xlsx", "sample.docx"):
        with zipfile.ZipFile(io.BytesIO(made().files[name])) as packed:
            assert {about.date_time for about in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_the_notebook_keeps_what_the_page_shows_and_no_more():
    warned = displayed({"text/html": "<p>да</p>"})
    warned.outputs.append(nbformat.v4.new_output("stream", name="stderr", text="/home/x: беда"))
    quiet = displayed({"text/plain": "скрыто"}, tags=["remove-output"])
    warned.metadata["papermill"] = {"start_time": "12:00"}
    text = made(notebook(warned, quiet)).files["sample.ipynb"].decode()
    kept = nbformat.reads(text, 4)
    assert [len(cell.outputs) for cell in kept.cells] == [1, 0]
    assert "12:00" not in text
    assert kept.metadata["papermill"] == {"parameters": {"term": "2025-26-Q2"}}


def test_a_notebook_without_tables_has_only_itself_beside_it():
    assert list(made(notebook(nbformat.v4.new_markdown_cell("Слова"))).files) == ["sample.ipynb"]


def test_half_of_a_character_is_the_same_sign_in_every_file():
    # No file in UTF-8 can hold half of a pair of UTF-16 (RFC 3629, section 3).
    shown = displayed({"text/html": TABLE.replace("Алгебра", "7\ud800Б")})
    attached = displayed({"text/html": "x", APPENDIX: {**ABOUT, "school": "7\ud800Б"}})
    files = made(notebook(shown, attached)).files
    assert "7\ufffdБ" in files["sample.ipynb"].decode("utf-8")
    assert book_of(files)["1 По предметам"]["A2"].value == "7\ufffdБ"
    assert docx.Document(io.BytesIO(files["sample.docx"])).paragraphs[0].text == "7\ufffdБ"


def linking(files):
    links = "".join(f'<a href="{file.href}">' for file in files.links)
    return f'<header><p class="downloads">{links}</p></header>'


def page_of(files, reports):
    """Return a page that links to the files, published the way the runner does it."""
    files.publish(reports)
    page = reports / "sample.html"
    page.write_text(linking(files), "utf-8")
    files.clear_older(reports)
    return page


def test_links_lead_to_the_files_and_tell_their_size(tmp_path):
    page = page_of(made(), tmp_path)
    links = folder.linked(page)
    assert [link.href.rpartition(".")[2] for link in links] == ["xlsx", "docx", "ipynb"]
    assert all((tmp_path / link.href).is_file() for link in links)
    assert links[0].size.endswith(" КБ")


def test_a_lost_file_makes_the_report_due_again(tmp_path):
    page = page_of(made(), tmp_path)
    assert folder.whole(page)
    next(tmp_path.rglob("*.xlsx")).unlink()
    assert not folder.whole(page)
    made().publish(tmp_path)
    assert folder.whole(page)


def test_a_new_page_takes_the_older_files_away(tmp_path):
    page_of(made(notebook(nbformat.v4.new_markdown_cell("Раньше"))), tmp_path)
    page = page_of(made(), tmp_path)
    kept = [path.name for path in (tmp_path / "files" / "sample").iterdir()]
    assert (kept, folder.whole(page)) == ([made().digest], True)


def test_a_document_that_somebody_filled_in_is_never_taken_away(tmp_path):
    page_of(made(), tmp_path)
    filled = next(tmp_path.rglob("*.docx"))
    filled.write_bytes(b"conclusions of the team")
    page_of(made(notebook(nbformat.v4.new_markdown_cell("Позже"))), tmp_path)
    assert filled.read_bytes() == b"conclusions of the team"
    assert filled in folder.delete(tmp_path, "sample")


def test_the_same_report_made_again_leaves_a_filled_in_document_alone(tmp_path):
    page_of(made(), tmp_path)
    filled = next(tmp_path.rglob("*.docx"))
    filled.write_bytes(b"conclusions of the team")
    page_of(made(), tmp_path)
    assert filled.read_bytes() == b"conclusions of the team"


def test_a_full_disk_leaves_no_half_folder(tmp_path, monkeypatch):
    written = []

    def full(content, path):
        written.append(path)
        if len(written) > 1:
            raise OSError(28, "No space left on device")
        path.write_bytes(content)

    monkeypatch.setattr(folder, "_write", full)
    with pytest.raises(OSError, match="No space left"):
        made().publish(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_an_interrupted_run_left_is_tidied_up(tmp_path):
    left = tmp_path / "files" / "sample" / ".0123456789ab.dead.tmp"
    left.mkdir(parents=True)
    page_of(made(), tmp_path)
    assert not left.exists()


def test_deleting_a_report_leaves_nothing_of_its_files(tmp_path):
    page_of(made(), tmp_path)
    assert folder.delete(tmp_path, "sample") == []
    assert not (tmp_path / "files" / "sample").exists()


def test_files_taken_back_are_only_those_that_the_standing_page_does_not_link(tmp_path):
    page = page_of(made(), tmp_path)
    other = made(notebook(nbformat.v4.new_markdown_cell("Позже")))
    other.publish(tmp_path)
    other.withdraw(page)
    made().withdraw(page)
    kept = [path.name for path in (tmp_path / "files" / "sample").iterdir()]
    assert (kept, folder.whole(page)) == ([made().digest], True)


def test_of_two_makers_of_one_report_the_second_finds_the_files_there(tmp_path, monkeypatch):
    both = threading.Barrier(2)
    write = folder._write

    def together(content, path):
        write(content, path)
        both.wait(20)

    monkeypatch.setattr(folder, "_write", together)
    files = made(notebook(nbformat.v4.new_markdown_cell("Слова")))
    first = []
    makers = [
        threading.Thread(target=lambda: first.append(files.publish(tmp_path))) for _ in range(2)
    ]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert sorted(first) == [False, True]
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["sample.ipynb"]


def test_a_full_disk_is_not_taken_for_files_that_are_there(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pathlib.Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        made().publish(tmp_path)


@pytest.mark.parametrize("text", ["<p>{}</p>", '<p class="downloads">{}</p>'])
def test_a_text_that_looks_like_our_link_leaves_a_report_whole(tmp_path, text):
    page = page_of(made(), tmp_path)
    stranger = '<a href="files/a/000000000000/a.xlsx">href="files/a/000000000000/a.xlsx"</a>'
    with page.open("a", encoding="utf-8") as handle:
        handle.write(text.format(stranger))
    assert folder.whole(page)


def test_the_notebook_beside_the_page_keeps_no_widgets_and_no_authors():
    given = whole_notebook()
    given.metadata["widgets"] = {"state": {"a": {"value": "Примеров"}}}
    given.metadata["authors"] = [{"name": "Образцова"}]
    given.metadata["kernelspec"] = {"name": "python3", "display_name": "Python"}
    kept = nbformat.reads(made(given).files["sample.ipynb"].decode(), 4)
    assert set(kept.metadata) == {"kernelspec", "papermill"}


# By section 2.2 of XML 1.0 none of these may stand in a document.
@pytest.mark.parametrize("letter", ["\x00", "\x0b", "\x1f", "\ufffe", "\uffff"])
def test_a_character_that_xml_cannot_hold_breaks_no_file(letter):
    name = f"7{letter}А"
    table = tables.Table(name, name, name, [name], [[name]])
    part = {**PART, "title": name, "note": name, "columns": [name], "rows": [[name]]}
    about = {**ABOUT, "school": name, "classes": [name], "parts": [part]}
    book = openpyxl.load_workbook(io.BytesIO(workbook.workbook([table], about=[(name, name)])))
    found = docx.Document(io.BytesIO(document(about, facts=FACTS)))
    assert book["1 7А"]["A2"].value == found.tables[0].cell(1, 0).text == "7А"
