"""The walls of the house: layers, the facade, the glossary, the documents, the notebooks."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import posanalytics
from posanalytics import schema

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ROOMS = sorted((ROOT / "posanalytics" / "wording").glob("*.yml"))


def test_every_name_of_the_facade_can_be_imported():
    for name in posanalytics.__all__:
        assert getattr(posanalytics, name) is not None, name


def test_the_facade_has_no_unknown_names():
    with pytest.raises(AttributeError, match="has no name"):
        _ = posanalytics.no_such_name


def test_every_column_of_every_table_is_in_the_glossary():
    used = {column for table in schema.TABLES.values() for column in table}
    assert (used | set(schema.RESULT_COLUMNS)) - set(schema.GLOSSARY) == set()


def test_environment_yml_and_pyproject_ask_for_the_same_packages():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text("utf-8"))["dependencies"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    ours = {line for line in conda if isinstance(line, str)} - {"pip"}
    assert ours == {f"python{project['requires-python']}", *project["dependencies"]}


def test_constraints_hold_exact_versions_and_no_addresses():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    assert [
        line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line)
    ] == []


def test_constraints_cover_every_dependency():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"].values()
    asked = [*project["dependencies"], *(line for extra in extras for line in extra)]
    names = {re.split(r"[>=<\[]", line)[0].lower().replace("_", "-") for line in asked}
    pinned = {
        line.split("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    }
    assert names - pinned == set()


def test_the_architecture_page_names_every_module_and_no_other():
    told = set(
        re.findall(r"^\| `([\w./]+)`", (ROOT / "ARCHITECTURE.md").read_text("utf-8"), re.MULTILINE)
    )
    package = ROOT / "posanalytics"
    there = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        if path.name != "__init__.py"
    }
    assert told == there


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: path.stem)
def test_every_sentence_is_in_both_languages(room):
    sentences = yaml.safe_load(room.read_text("utf-8"))
    lacking = [key for key, said in sentences.items() if set(said) != {"ru", "en"}]
    assert lacking == []


@pytest.mark.parametrize("room", ROOMS, ids=lambda path: path.stem)
def test_english_asks_for_no_slot_that_russian_does_not_have(room):
    sentences = yaml.safe_load(room.read_text("utf-8"))
    slots = {
        key: {lang: _slots(text) for lang, text in said.items()} for key, said in sentences.items()
    }
    assert [key for key, found in slots.items() if found["en"] - found["ru"]] == []


def _slots(text):
    return set(re.findall(r"{(\w+)", str(text)))


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_thin_and_stored_without_outputs(notebook):
    cells = json.loads(notebook.read_text("utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for cell in code]
    assert len(code) <= 12
    assert max(len(source.splitlines()) for source in sources) <= 6
    assert not any(
        re.search(r"^\s*(def|class|for|while) ", source, re.MULTILINE) for source in sources
    )
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)


def test_asking_for_help_imports_nothing_heavy():
    script = (
        "import sys; sys.argv=['posanalytics','--help']\n"
        "from posanalytics.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy={'pandas','numpy','scipy','pyarrow','plotly','papermill','nbconvert'}&set(sys.modules)\n"
        "sys.exit(1 if heavy else 0)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr.decode()
