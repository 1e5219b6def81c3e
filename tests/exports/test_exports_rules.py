"""From the cell of an export to the mean of the term, by the rules of the plan."""

from __future__ import annotations

import pytest

from posanalytics.workspace import open_workspace

DAYS = ("01.09", "02.09", "03.09", "04.09", "05.09", "08.09")
CELLS = ("5/4", "4-", "3✕2", "2✕0", "•", "Н")


@pytest.fixture
def mean_of(tmp_path, plan_text, xlsx):
    """Return a maker of the mean of the journal's row under some rules."""

    def make(rules=""):
        raw = tmp_path / "data" / "raw"
        raw.mkdir(parents=True)
        (tmp_path / "plan.yml").write_text(plan_text + rules, "utf-8")
        titles = [["Учебный год: 2025/2026"], ["Класс: 7А"], ["Ученик: Ёлкин Пётр"]]
        table = xlsx([*titles, ["Предмет", *DAYS], ["Алгебра", *CELLS]])
        (raw / "журнал.xlsx").write_bytes(table)
        workspace = open_workspace(tmp_path)
        workspace.load()
        (row,) = workspace.tables["term_marks"].to_dict("records")
        return row["mean_mark"], len(workspace.tables["attendance"])

    return make


def test_without_rules_every_mark_counts_alike(mean_of):
    assert mean_of() == ((5 + 4 + 4 + 3) / 4, 1)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("minus: 0.4", (5 + 4 + 3.6 + 3) / 4),
        ("double: mean", (4.5 + 4 + 3) / 3),
        ("double: first", (5 + 4 + 3) / 3),
        ("weights: use", (5 + 4 + 4 + 3 * 2) / 5),
        ("debt: 2", (5 + 4 + 4 + 3 + 2) / 5),
        ("not_counted: use", (5 + 4 + 4 + 3 + 2) / 5),
        (
            "minus: 0.4, double: mean, weights: use, debt: 2, not_counted: use",
            (4.5 + 3.6 + 3 * 2 + 2 + 2) / 6,
        ),
    ],
)
def test_a_rule_of_the_school_changes_the_mean_as_it_says(mean_of, rules, expected):
    assert mean_of(f"marking: {{{rules}}}\n") == (pytest.approx(expected), 1)
