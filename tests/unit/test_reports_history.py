"""The record of verdicts: the latest of every term stays, and nothing breaks it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from posanalytics.reports.history import Difference, PastVerdict, known, record


def _verdict(term, headline="Нельзя различить"):
    return PastVerdict(
        term=term, outcome="Все предметы", headline=headline, code="D", reliability="low"
    )


def test_a_later_verdict_of_a_term_takes_the_place_of_the_earlier(tmp_path):
    record(tmp_path, _verdict("2025-26-Q1", "Сначала"))
    record(tmp_path, _verdict("2025-26-Q2"))
    record(tmp_path, _verdict("2025-26-Q1", "Потом"))
    assert {term: v.headline for term, v in known(tmp_path).items()} == {
        "2025-26-Q1": "Потом",
        "2025-26-Q2": "Нельзя различить",
    }


def test_a_difference_comes_back_as_it_was_recorded(tmp_path):
    told = replace(_verdict("2025-26-Q1"), difference=Difference(0.31, 0.12, 0.49))
    record(tmp_path, told)
    assert known(tmp_path) == {"2025-26-Q1": told}


@pytest.mark.parametrize("damaged", ["", "{", "[1]", '[{"term": "x"}]', '[{"words": 1}]'])
def test_a_damaged_record_begins_anew(tmp_path, damaged):
    (tmp_path / "verdicts.json").write_text(damaged)
    assert known(tmp_path) == {}
    assert set(record(tmp_path, _verdict("2025-26-Q1"))) == {"2025-26-Q1"}


def test_the_same_verdict_leaves_the_file_alone(tmp_path):
    record(tmp_path, _verdict("2025-26-Q1"))
    before = (tmp_path / "verdicts.json").stat()
    record(tmp_path, _verdict("2025-26-Q1"))
    after = (tmp_path / "verdicts.json").stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)
