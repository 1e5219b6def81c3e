"""What a notebook declares, and the strict reading of what is given."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from posanalytics.reports import parameters


def _notebook(folder, source, *, tags=("parameters",)):
    cell = {
        "cell_type": "code",
        "source": source,
        "metadata": {"tags": list(tags)},
        "outputs": [],
        "execution_count": None,
    }
    path = folder / "sample.ipynb"
    path.write_text(
        json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), "utf-8"
    )
    return path


@pytest.fixture
def notebook(tmp_path):
    return _notebook(
        tmp_path,
        'class_label: str  # класс, например 7Б\nterm: str = "2025-26-Q2"\nshare: float = 0.1\n'
        'top: int = 5\nshow: bool = True\nsince: date = "2025-09-01"\nplace: Path = "data"\n'
        'side: Literal["team", "public"] = "team"\nclasses: list[str] = []\n'
        "subject: str | None = None\n",
    )


def test_declared_reads_name_type_default_and_comment(tmp_path):
    path = _notebook(tmp_path, "top: int = 5  # сколько показать")
    assert parameters.declared(path) == {
        "top": parameters.Parameter(name="top", type="int", default=5, comment="сколько показать")
    }


def test_an_untyped_assignment_takes_the_type_of_its_default(tmp_path):
    assert parameters.declared(_notebook(tmp_path, "top = 5"))["top"].type == "int"


def test_a_cell_without_the_tag_declares_nothing(tmp_path):
    assert parameters.declared(_notebook(tmp_path, "top: int = 5", tags=())) == {}


def test_imports_in_the_cell_are_no_parameters(tmp_path):
    path = _notebook(tmp_path, "from datetime import date\ntop: int = 5")
    assert list(parameters.declared(path)) == ["top"]


def test_a_default_that_has_to_be_computed_is_refused(tmp_path):
    with pytest.raises(parameters.UnreadableParameters, match="простых присваиваний"):
        parameters.declared(_notebook(tmp_path, "top: int = len('abc')"))


def test_a_file_that_is_no_notebook_is_refused_in_words(tmp_path):
    path = tmp_path / "letter.ipynb"
    path.write_text("Здравствуйте", "utf-8")
    with pytest.raises(parameters.UnreadableParameters, match=r"letter\.ipynb: не удаётся"):
        parameters.declared(path)


def test_an_unknown_parameter_is_refused_with_the_list_of_the_known(notebook):
    known = r"«clas».*class_label \(текст\).*term \(текст"
    with pytest.raises(parameters.UnknownParameter, match=known):
        parameters.checked(notebook, {"class_label": "7Б", "clas": "7А"})


def test_a_parameter_without_a_default_must_be_given(notebook):
    with pytest.raises(parameters.MissingParameter, match="«class_label»"):
        parameters.checked(notebook, {})


def test_a_default_of_none_must_be_given_where_the_type_has_no_none(tmp_path):
    path = _notebook(tmp_path, "term: str = None")
    with pytest.raises(parameters.MissingParameter, match="«term»"):
        parameters.checked(path, {"term": None})


def test_a_default_of_none_may_stay_where_the_type_says_so(notebook):
    assert parameters.checked(notebook, {"class_label": "7Б", "subject": None}) == {
        "class_label": "7Б",
        "subject": None,
    }


def test_code_in_a_name_is_an_unknown_parameter(notebook):
    with pytest.raises(parameters.UnknownParameter):
        parameters.checked(notebook, {"class_label": "7Б", "term='x';import os;y": "1"})


# Each value is written by hand as a command line, a script or pandas would give it.
@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("term", "7_1", "7_1"),  # papermill's command line reads 71
        ("term", "7e1", "7e1"),  # and 70.0
        ("term", "007", "007"),  # and 7
        ("top", "12", 12),
        ("top", np.int64(3), 3),
        ("share", "0,25", 0.25),
        ("share", 1, 1.0),
        ("share", np.float64(0.5), 0.5),
        ("show", "нет", False),
        ("show", "true", True),
        ("since", date(2025, 9, 1), "2025-09-01"),
        ("since", "2025-09-01", "2025-09-01"),
        ("place", Path("a") / "b", "a/b"),
        ("side", "public", "public"),
        ("classes", "5А, 7Б", ["5А", "7Б"]),
        ("classes", ("5А",), ["5А"]),
    ],
)
def test_a_value_is_read_by_its_declared_type(notebook, name, given, expected):
    read = parameters.checked(notebook, {"class_label": "7Б", name: given})[name]
    assert (read, type(read)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("top", "три"),
        ("top", "7_1"),
        ("top", 2.5),
        ("top", True),
        ("share", "много"),
        ("share", float("nan")),
        ("show", 1),
        ("since", "вчера"),
        ("term", 7),
        ("side", "all"),
        ("classes", {"5А", "7Б"}),
        ("subject", 5),
    ],
)
def test_a_value_of_another_type_is_refused(notebook, name, given):
    with pytest.raises(parameters.WrongParameter, match=f"«{name}»"):
        parameters.checked(notebook, {"class_label": "7Б", name: given})
