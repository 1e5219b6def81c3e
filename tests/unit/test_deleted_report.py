"""What is left of a report that was taken away."""

from __future__ import annotations

from posanalytics.reports import shelf
from posanalytics.store.ledger import Made
from posanalytics.workspace import open_workspace

TABLE = "Класс: 7А\n1 четверть 2025/2026\n№;ФИО;Алгебра\n1;Примеров Аиван;4\n"


def test_the_notebook_of_its_last_failure_goes_with_a_report(tmp_path, plan_text):
    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    (raw / "7А.csv").write_text(TABLE, "utf-8")
    workspace = open_workspace(tmp_path)
    workspace.load()
    for place in ("executed", "_state/failed"):
        (workspace.processed / place).mkdir(parents=True, exist_ok=True)
        (workspace.processed / place / "sample.ipynb").write_text("{}", "utf-8")
    workspace.ledger.record(
        Made(
            output="sample.html",
            key="",
            sha256="",
            notebook="sample",
            parameters="{}",
            made_at="2026-01-12T21:30:00+00:00",
        )
    )
    shelf.delete(workspace, "sample")
    assert list(tmp_path.rglob("sample.*")) == []
