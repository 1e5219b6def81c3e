"""Columns of texts as places among their different texts, and what is stored of them."""

from __future__ import annotations

import pandas as pd
import pytest

from posanalytics import privacy
from posanalytics.gradebook.reading import Reading, Record
from posanalytics.store import files, pieces
from posanalytics.store.coded import changed, chosen, coded, joined, texts, trimmed

KEY = privacy.Key(b"a key for tests only".ljust(32))
SUBJECTS = ["Химия", "Алгебра", "Химия", "Биология"]


def column(items):
    return pd.Series(coded(items))


def piece_of(*raws, subject="Алгебра"):
    records = [
        Record(
            pupil="Ёлкин Пётр", class_label="7Б", school_year="2025-26", subject=subject,
            slot="term", kind="mark", value=float(raw[0]), raw=raw, sheet="", cell="C4",
            term="2025-26-Q1",
        )
        for raw in raws
    ]  # fmt: skip
    reading = Reading("class_matrix", records=records)
    return pieces.without_names(reading, KEY, privacy.Redactor({}))


def stacked(*parts):
    named = [(f"{number}.csv", number, piece) for number, piece in enumerate(parts)]
    return pieces.stacked(named, "records", names={})


def test_texts_are_categories_in_alphabetical_order():
    assert list(coded(SUBJECTS).categories) == ["Алгебра", "Биология", "Химия"]


def test_coded_texts_stay_in_their_rows():
    assert list(coded(SUBJECTS)) == SUBJECTS


def test_two_texts_that_are_changed_into_one_are_one():
    told = changed(column(SUBJECTS), lambda text: "Наука" if text != "Алгебра" else text)
    assert list(told) == ["Наука", "Алгебра", "Наука", "Наука"]
    assert list(told.cat.categories) == ["Алгебра", "Наука"]


def test_the_other_column_stands_where_it_is_chosen():
    where = pd.Series([True, False, False, True])
    told = chosen(column(["", "Q2", "Q2", ""]), where, column(["Q1", "Q4", "Q4", "Q3"]))
    assert list(told) == ["Q1", "Q2", "Q2", "Q3"]


def test_joined_texts_are_those_of_their_own_row():
    told = joined(column(["б", "а", "б"]), column(["2", "1", "1"]), lambda x, y: f"{x}!{y}")
    assert list(told) == ["б!2", "а!1", "б!1"]


def test_joined_columns_without_rows_have_no_rows():
    assert joined(column([]), column([]), "{}{}".format).empty


def test_a_text_of_no_row_is_trimmed():
    frame = pd.DataFrame({"subject": coded(SUBJECTS)})
    told = trimmed(frame[frame["subject"].ne("Биология")])
    assert list(told["subject"]) == ["Химия", "Алгебра", "Химия"]
    assert list(told["subject"].cat.categories) == ["Алгебра", "Химия"]


def test_only_coded_columns_become_texts():
    told = texts(pd.DataFrame({"subject": coded(SUBJECTS), "mark": [5.0, 4.0, 3.0, 2.0]}))
    assert [str(kind) for kind in told.dtypes] == ["str", "float64"]


@pytest.mark.parametrize("items", [SUBJECTS, []], ids=["rows", "no rows"])
def test_a_stored_table_tells_nothing_of_categories(tmp_path, items):
    plain = pd.DataFrame({"subject": pd.Series(items, dtype="str")})
    files.publish_table(tmp_path / "coded.parquet", pd.DataFrame({"subject": coded(items)}))
    files.publish_table(tmp_path / "plain.parquet", plain)
    read, other = (files.read_table(tmp_path / f"{name}.parquet") for name in ("coded", "plain"))
    pd.testing.assert_frame_equal(read, other)


def test_stacked_pieces_share_their_texts():
    told = stacked(piece_of("5", "4"), piece_of("4", "2", subject="Химия"))
    assert list(told["raw"]) == ["5", "4", "4", "2"]
    assert list(told["source"]) == ["0.csv", "0.csv", "1.csv", "1.csv"]
    assert list(told["subject"]) == ["Алгебра", "Алгебра", "Химия", "Химия"]


def test_a_lean_piece_says_what_the_whole_one_says():
    first, second = piece_of("5", "4"), piece_of("4", "2", subject="Химия")
    pd.testing.assert_frame_equal(
        stacked(pieces.lean(first), second), stacked(first, pieces.lean(second))
    )
    assert list(pieces.lean(first).records["raw"]) == ["5", "4"]


def test_a_lean_piece_takes_less_memory():
    whole = piece_of(*["5", "4", "3"] * 100)
    bulk = whole.tables["records"].nbytes
    assert pieces.lean(whole).tables["records"].nbytes < bulk / 2
