"""The record of verdicts: the latest of every term stays, and nothing breaks it."""

from __future__ import annotations

import pytest

from posanalytics.reports.history import Difference, PastVerdict, known, record


def _verdict(term, **given):
    told = {"outcome": "Все предметы", "headline": "Нельзя", "code": "D", "reliability": "low"}
    return PastVerdict(term=term, page=f"dynamics-{term}.html", key="0123", **told | given)


def _recorded(folder, *verdicts):
    record(folder, {verdict.term: verdict for verdict in verdicts})
    return known(folder)


def test_what_was_recorded_comes_back(tmp_path):
    first = _verdict("2025-26-Q1", difference=Difference(0.31, 0.12, 0.49))
    second = _verdict("2025-26-Q2")
    assert _recorded(tmp_path, second, first) == {"2025-26-Q1": first, "2025-26-Q2": second}


@pytest.mark.parametrize("damaged", ["", "{", "[1]", '[{"term": "x"}]', '[{"words": 1}]'])
def test_a_damaged_record_begins_anew(tmp_path, damaged):
    (tmp_path / "verdicts.json").write_text(damaged)
    assert known(tmp_path) == {}
    assert set(_recorded(tmp_path, _verdict("2025-26-Q1"))) == {"2025-26-Q1"}


def test_the_same_verdict_leaves_the_file_alone(tmp_path):
    _recorded(tmp_path, _verdict("2025-26-Q1"))
    before = (tmp_path / "verdicts.json").stat()
    _recorded(tmp_path, _verdict("2025-26-Q1"))
    after = (tmp_path / "verdicts.json").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
