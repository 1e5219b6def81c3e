"""The main job on the demo school, from exports to pages, as a person runs it."""

from __future__ import annotations

import json
import re
import shutil

import pytest
from typer.testing import CliRunner

from posanalytics.appendix import appendix_of
from posanalytics.briefing import passport_classes
from posanalytics.cli import app
from posanalytics.demo import write_demo
from posanalytics.reports.scaffold import new_workspace
from posanalytics.study import Study
from posanalytics.workspace import open_workspace

pytestmark = pytest.mark.slow


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def pages(folder):
    return {path.name: path.read_bytes() for path in (folder / "reports").glob("*.html")}


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """Return a demo workspace after one run, with its truth and what the run printed."""
    folder = tmp_path_factory.mktemp("demo") / "school"
    patch = pytest.MonkeyPatch()
    patch.setenv("POSANALYTICS_KEY_FILE", str(folder.parent / "vault" / "key"))
    patch.setenv("POSANALYTICS_LANG", "ru")
    new_workspace(folder, with_plan=False)
    truth = write_demo(folder)
    ran = call("run", "-C", folder)
    yield folder, truth, ran
    patch.undo()


@pytest.fixture(autouse=True)
def own_key(school, monkeypatch):
    """Keep the key of the module's workspace."""
    monkeypatch.setenv("POSANALYTICS_KEY_FILE", str(school[0].parent / "vault" / "key"))
    monkeypatch.setenv("POSANALYTICS_LANG", "ru")


def test_the_run_ends_by_saying_where_the_reports_are(school):
    _, _, ran = school
    assert ran.exit_code == 0, ran.output
    assert "index.html" in ran.stdout.strip().splitlines()[-1]


def test_the_appendix_moves_from_one_number_of_pupils_to_the_other(school):
    study = Study(open_workspace(school[0]))
    people, categories = (part.frame for part in appendix_of(study).parts[:2])
    ends = people["pupils_before"] + people["joined"] - people["left"]
    assert ends.tolist() == people["pupils"].tolist() == categories["pupils"].tolist()
    # Beside the passport of the comparison: in 7А stands «выбыл 12.11».
    left = passport_classes(study).set_index("class_label")["left"]
    assert people.set_index("class_label")["left"].to_dict() == left.to_dict()
    assert left["7А"] == 1


def test_every_report_of_the_plan_is_there(school):
    folder, _, _ = school
    kinds = [re.match(r"[a-z]+(-[a-z]+)?(?=-)", name) for name in sorted(pages(folder))]
    names = [kind[0] for kind in kinds if kind]
    assert names.count("class-profile") == 5
    assert sum(name.startswith("dynamics") for name in names) == 1
    assert sum(name.startswith("data-quality") for name in names) == 1


def test_the_planted_effect_lies_in_the_interval(school):
    folder, truth, _ = school
    answer = Study(open_workspace(folder)).evaluations[0]
    # The demo knows both potential outcomes of every pupil; this is their mean difference.
    assert answer.conf_low <= truth.effect_realised <= answer.conf_high


def test_the_marks_read_back_are_the_marks_of_the_demo(school):
    from posanalytics.demo import simulate

    folder, truth, _ = school
    read = open_workspace(folder).tables["term_marks"]
    made = simulate(truth.seed, truth.effect_asked).term_marks()
    made = made.replace({"subject": {"Алгебра": "Математика"}})

    def counted(table):
        table = table[table["mark"].notna() & table["term"].str.contains("-Q")]
        return table.groupby(["class_label", "term", "subject", "mark"]).size()

    assert counted(read).to_dict() == counted(made).to_dict()


def test_a_second_run_does_nothing(school):
    folder, _, _ = school
    before = {name: (folder / "reports" / name).stat().st_mtime_ns for name in pages(folder)}
    ran = call("run", "-C", folder)
    after = {name: (folder / "reports" / name).stat().st_mtime_ns for name in pages(folder)}
    assert ran.exit_code == 0
    assert "Нового нет" in ran.output
    assert after == before


def test_a_changed_export_redoes_only_what_depends_on_it(school, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(school[0], folder)
    export = next((folder / "data" / "raw" / "2025-26").glob("Сводная ведомость 5Б.xls"))
    text = export.read_text("utf-8")
    assert ">\u00a04<" in text or "&nbsp;4<" in text
    changed = text.replace("&nbsp;4<", "&nbsp;5<", 1).replace(">\u00a04<", ">\u00a05<", 1)
    export.write_text(changed, "utf-8")
    before = pages(folder)
    ran = call("run", "-C", folder)
    remade = {name for name, content in pages(folder).items() if content != before[name]}
    assert ran.exit_code == 0, ran.output
    assert any("5b" in name for name in remade)
    assert not any(name.startswith("class-profile") and "5b" not in name for name in remade)


def test_an_altered_page_is_made_again(school):
    folder, _, _ = school
    page = next((folder / "reports").glob("class-profile-7a*.html"))
    whole = page.read_bytes()
    page.write_bytes(whole[:1000])
    assert call("run", "-C", folder).exit_code == 0
    assert page.stat().st_size == len(whole)


def test_check_names_what_could_be_noticed_before_any_result(school):
    folder, _, _ = school
    ran = call("check", "-C", folder)
    assert ran.exit_code == 0, ran.output
    assert "Уверенно заметили бы разницу от" in ran.output


def test_an_unknown_parameter_is_refused_with_the_list_of_the_known(school):
    folder, _, _ = school
    ran = call("report", "class_profile", "-C", folder, "-p", "clas=7Б")
    assert ran.exit_code == 2
    assert "class_label" in ran.output


def test_executed_notebooks_are_kept_without_paths_of_this_machine(school):
    folder, _, _ = school
    kept = list((folder / "data" / "processed" / "executed").glob("*.ipynb"))
    assert len(kept) == 7
    assert not any(str(folder.parent) in json.dumps(path.read_text("utf-8")) for path in kept)


def test_real_marks_of_one_school_against_one_get_the_refusal_they_deserve(tmp_path, shared):
    import pandas as pd

    source = shared / "reference" / "uci_student" / "por_marks_2_5.csv"
    marks = pd.read_csv(source)
    folder = tmp_path / "uci"
    new_workspace(folder, with_plan=False)
    (folder / "plan.yml").write_text(
        "school: UCI\nyears:\n  2025-26: {Q1: [2025-09-01, 2025-10-26],"
        " Q2: [2025-11-05, 2025-12-30], Q3: [2026-01-12, 2026-03-22]}\n"
        "comparison: {start: 2025-26-Q2, innovative: [9А],"
        " control: [{class: 9Б, ladder: K3}]}\n"
        "outcomes: [{id: port, subject: Португальский язык, primary: true}]\n",
        "utf-8",
    )
    for school_name, label in (("GP", "9А"), ("MS", "9Б")):
        rows = marks[marks["school"] == school_name]
        for term in (1, 2, 3):
            lines = [f"Класс: {label}", f"{term} четверть 2025/2026", "№;ФИО;Португальский язык"]
            lines += [
                f"{n};Примеров{word(n)} {label[-1]}иван;{int(mark)}"
                for n, mark in enumerate(rows[f"mG{term}"], 1)
            ]
            path = folder / "data" / "raw" / f"{label} {term}.csv"
            path.write_bytes("\r\n".join(lines).encode("cp1251"))
    ran = call("run", "-C", folder)
    assert ran.exit_code == 0, ran.output
    study = Study(open_workspace(folder))
    answer = study.evaluations[0]
    assert (answer.verdict.code, answer.verdict.reasons[0]) == ("F", "one_class")
    from posanalytics import class_indicators

    found = class_indicators(study.tables["term_marks"]).set_index(["class_label", "term"])
    first = marks[(marks["school"] == "GP")]["mG1"]
    row = found.loc[("9А", "2025-26-Q1")]
    assert row["pupils"] == len(first)
    assert row["quality_subject"] == pytest.approx((first >= 4).mean())
    assert row["mean"] == pytest.approx(first.mean())


def word(number):
    """Return a number in letters, to give every made-up pupil a surname of their own."""
    return "".join("абвгдежзик"[int(digit)] for digit in str(number))


def test_files_beside_a_report_are_linked_from_page_and_index(school):
    folder, _, _ = school
    link = re.compile(r'href="(files/[^"]+)"')
    index = link.findall((folder / "reports" / "index.html").read_text("utf-8"))
    page = link.findall(next((folder / "reports").glob("dynamics*.html")).read_text("utf-8"))
    assert [href.rpartition(".")[2] for href in page] == ["xlsx", "docx", "ipynb"]
    assert set(page) <= set(index)
    assert all((folder / "reports" / href).is_file() for href in index)


def test_a_deleted_report_is_gone_with_its_files_and_its_line_and_the_others_stay(school, tmp_path):
    folder = tmp_path / "copy"
    shutil.copytree(school[0], folder)
    ran = call("report", "class-profile-7a-2025-26-q2", "--delete", "-C", folder)
    assert ran.exit_code == 0, ran.output
    assert not [path for path in folder.rglob("*7a-2025-26-q2*") if "reports" in path.parts]
    index = (folder / "reports" / "index.html").read_text("utf-8")
    assert "class-profile-7a" not in index
    assert "class-profile-7b" in index


def test_a_report_that_does_not_stand_cannot_be_deleted_and_those_that_stand_are_named(school):
    ran = call("report", "nothing", "--delete", "-C", school[0])
    assert ran.exit_code == 2
    assert "class-profile-7a-2025-26-q2" in ran.output


def test_a_report_made_once_more_has_the_same_files(school):
    folder, _, _ = school
    before = {path for path in (folder / "reports" / "files").rglob("*") if path.is_file()}
    assert call("report", "class-profile-7b-2025-26-q2", "-C", folder).exit_code == 0
    after = {path for path in (folder / "reports" / "files").rglob("*") if path.is_file()}
    assert after == before
