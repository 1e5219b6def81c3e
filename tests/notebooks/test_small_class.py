"""A class with fewer pupils than the team may see: nothing of it is in any file of its report."""

from __future__ import annotations

import io
import re
from pathlib import Path

import openpyxl
import pytest

from posanalytics.reports import runner
from posanalytics.workspace import open_workspace

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "class_profile.ipynb"
# One pupil of 7А with the only 2 of the school; five is the smallest group of the plan.
MARKS = "Класс: 7А\n{quarter} четверть 2025/2026\n№;ФИО;Алгебра;Физика\n1;Примеров Аиван;2;4\n"
OTHERS = "Класс: 7Б\n{quarter} четверть 2025/2026\n№;ФИО;Алгебра;Физика\n" + "".join(
    f"{number};Образцов {letter}иван;{3 + number % 2};4\n"
    for number, letter in enumerate("АБВГДЕЖЗИК", 1)
)
HIDDEN = "скрыто (мало учеников)"
# How a count or a share of the class would look; standing words say «меньше 5 учеников».
TOLD = re.compile(r"\b\d+ из \d+\b|(?<!умолчанию )(?<!меньше )\b\d+ ученик|(?<!от )\b(?:0|100)\s%")


@pytest.fixture
def files(tmp_path, plan_text):
    """Return the files of the profile of 7А by their ending, as text."""
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    for quarter in (1, 2):
        (raw / f"7А {quarter}.csv").write_text(MARKS.format(quarter=quarter), "utf-8")
        (raw / f"7Б {quarter}.csv").write_text(OTHERS.format(quarter=quarter), "utf-8")
    open_workspace(tmp_path).load()
    page = tmp_path / "reports" / "profile.html"
    executed = tmp_path / "executed.ipynb"
    runner.run_report(
        NOTEBOOK, {"class_label": "7А"}, workspace=tmp_path, output=page, executed=executed
    )
    beside = {path.suffix: path.read_bytes() for path in page.parent.rglob("profile.*")}
    text = {kind: beside[kind].decode() for kind in (".html", ".ipynb")}
    book = openpyxl.load_workbook(io.BytesIO(beside[".xlsx"]))
    values = [str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row]
    # In the notebook \u00a0 stands for the space before a per cent sign.
    shown = {".html": _visible(text[".html"]), ".ipynb": text[".ipynb"], ".xlsx": " ".join(values)}
    return {kind: value.replace("\u00a0", " ").replace("\u202f", " ") for kind, value in
            shown.items()}  # fmt: skip


def _visible(page):
    """Return the page without the scripts and styles that are the same everywhere."""
    ours = r"<script(?! type=\"application/json\" class).*?</script>|<style>.*?</style>"
    return re.sub(ours, "", page, flags=re.DOTALL)


@pytest.mark.parametrize("kind", [".html", ".xlsx", ".ipynb"])
def test_no_count_of_a_class_of_one_pupil_is_told(files, kind):
    found = [files[kind][max(0, m.start() - 60) : m.end() + 20] for m in TOLD.finditer(files[kind])]
    assert found == []


def test_the_page_says_that_a_class_of_one_pupil_is_hidden(files):
    assert HIDDEN in files[".html"]
