"""A piece: one file without names, whole or not at all."""

from __future__ import annotations

from array import array

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from posanalytics import privacy
from posanalytics.gradebook.reading import (
    Coded,
    Lesson,
    Line,
    Listed,
    MarkGrid,
    Reading,
    Record,
    Score,
    Sign,
)
from posanalytics.plan import parse_plan
from posanalytics.schema import Problem
from posanalytics.store import ingest, pieces

YEAR = "2025-26"
KEY = privacy.Key(b"a key for tests only".ljust(32))
PETER, ANNA = "Ёлкин Пётр", "Образцова Анна Примеровна"
FIVE, FOUR, TWO = (Sign("mark", float(mark), str(mark)) for mark in (5, 4, 2))
ABSENT = Sign("absence", None, "Н")


def grid(cells, *, subject="Алгебра", said=((), (FIVE,), (FOUR, TWO), (ABSENT,)), lines=None):
    return MarkGrid(
        class_label="7Б",
        school_year=YEAR,
        subject=subject,
        sheet=f"{subject} (1 гр.)",
        lines=lines or (Line(PETER, 3), Line(ANNA, 4)),
        lessons=(
            Lesson(2, "current", "2025-09-02", None, "КР"),
            Lesson(3, "current", "2025-09-09", None, ""),
            Lesson(5, "term", None, "2025-26-Q1", ""),
        ),
        said=said,
        cells=array("I", cells),
    )


def record(pupil=PETER, **told):
    common = {"class_label": "7Б", "school_year": YEAR, "subject": "Алгебра", "slot": "term"}
    mark = {"kind": "mark", "value": 5.0, "raw": "5", "sheet": "", "cell": "C4"}
    return Record(pupil=pupil, **{**common, **mark, "term": "2025-26-Q1", **told})


def piece_of(reading, names=()):
    return pieces.without_names(reading, KEY, privacy.Redactor(dict.fromkeys(names, "[ученик]")))


def test_a_grid_stands_for_one_record_per_sign():
    # Line 0: 5, «4·2», nothing; line 1: nothing, Н, 5.
    found = [
        (r.pupil, r.date or r.term, r.kind, r.value, r.cell, r.work)
        for r in grid([1, 2, 0, 0, 3, 1]).records()
    ]
    assert found == [
        (PETER, "2025-09-02", "mark", 5.0, "C4", "КР"),
        (PETER, "2025-09-09", "mark", 4.0, "D4", ""),
        (PETER, "2025-09-09", "mark", 2.0, "D4", ""),
        (ANNA, "2025-09-09", "absence", None, "D5", ""),
        (ANNA, "2025-26-Q1", "mark", 5.0, "F5", ""),
    ]


def test_asking_for_records_spells_grids_out_once():
    reading = Reading("journal_grid", grids=[grid([1, 0, 0, 0, 0, 0])])
    assert reading.has_marks
    assert [r.value for r in reading.records] == [5.0]
    assert [r.value for r in reading.records] == [5.0]
    assert reading.compact == (reading.records, [])


def test_an_empty_grid_holds_no_marks():
    assert not Reading("journal_grid", grids=[grid([0] * 6)]).has_marks


@given(
    first=st.lists(st.integers(0, 3), min_size=6, max_size=6),
    second=st.lists(st.integers(0, 3), min_size=6, max_size=6),
    shared=st.booleans(),
)
def test_a_grid_and_the_records_that_it_stands_for_make_one_piece(first, second, shared):
    said = [(), (FIVE,), (FOUR, TWO), (ABSENT,)]
    other = said if shared else [(), (TWO,), (ABSENT,), (FIVE, FIVE)]
    grids = [grid(first, said=said), grid(second, subject="Физика", said=other)]
    spelled = [r for one in grids for r in one.records()]
    compact, plain = (
        piece_of(Reading("f", grids=grids)),
        piece_of(Reading("f", records=spelled)),
    )
    pd.testing.assert_frame_equal(compact.records[plain.records.columns], plain.records)


def test_records_and_grids_of_one_export_stand_in_one_table():
    piece = piece_of(Reading("f", records=[record()], grids=[grid([0, 1, 0, 0, 0, 0])]))
    assert list(piece.records["cell"]) == ["C4", "D4"]
    assert len(set(piece.records["short"])) == 1


def whole():
    return Reading(
        "journal_grid",
        encoding="cp1251",
        grids=[grid([1, 2, 0, 0, 3, 1])],
        listed=[Listed(PETER, "7Б", YEAR, "выбыл 01.10")],
        scores=[
            Score(
                PETER, "7Б", YEAR, "ВПР", "1", "Алгебра", "5", None, None, 3.0, 5.0, "", 4.0, "B2"
            )
        ],
        codes=[Coded("40001", PETER, "7Б", YEAR)],
        problems=[Problem("warning", "7Б.xlsx", "Алгебра", "C4", "Найдено")],
    )


def test_a_stored_piece_reads_back_as_it_was(tmp_path):
    piece = piece_of(whole())
    pieces.write_piece(tmp_path / "k", piece)
    stored = pieces.read_piece(tmp_path / "k")
    assert (stored.format, stored.encoding, stored.problems) == (
        "journal_grid",
        "cp1251",
        piece.problems,
    )
    for part in ("records", "listed", "scores", "codes"):
        pd.testing.assert_frame_equal(getattr(stored, part), getattr(piece, part))
        assert stored.rows(part) == len(getattr(piece, part)) > 0


def test_an_export_that_could_not_be_read_leaves_a_piece_with_its_problem(tmp_path):
    problem = Problem("error", "a.xlsx", found="Файл пуст")
    pieces.write_piece(tmp_path / "k", piece_of(Reading("", problems=[problem])))
    stored = pieces.read_piece(tmp_path / "k")
    assert (stored.problems, stored.rows("records"), len(stored.listed)) == ((problem,), 0, 0)


def test_a_piece_is_one_parquet_file_that_others_can_read(tmp_path):
    pieces.write_piece(tmp_path / "k", piece_of(whole()))
    (path,) = (tmp_path / "k").iterdir()
    assert pq.read_table(path)["value"].to_pylist() == [5.0, 4.0, 2.0, None, 5.0]


def test_writing_a_piece_again_leaves_one_file(tmp_path):
    pieces.write_piece(tmp_path / "k", piece_of(whole()))
    pieces.write_piece(tmp_path / "k", piece_of(Reading("f", records=[record()])))
    assert len(list((tmp_path / "k").iterdir())) == 1
    assert pieces.read_piece(tmp_path / "k").format == "f"


@pytest.mark.parametrize("place", [0.0, 0.3, 0.6, 0.9, 0.999])
def test_a_piece_with_a_flipped_bit_is_read_anew(tmp_path, place):
    pieces.write_piece(tmp_path / "k", piece_of(whole()))
    (path,) = (tmp_path / "k").iterdir()
    spoilt = bytearray(path.read_bytes())
    spoilt[int(len(spoilt) * place)] ^= 1
    path.write_bytes(spoilt)
    assert pieces.read_piece(tmp_path / "k") is None


def test_a_torn_piece_is_read_anew(tmp_path):
    pieces.write_piece(tmp_path / "k", piece_of(whole()))
    (path,) = (tmp_path / "k").iterdir()
    path.write_bytes(path.read_bytes()[:-1])
    assert pieces.read_piece(tmp_path / "k") is None


def test_a_piece_that_is_not_there_is_none(tmp_path):
    assert pieces.read_piece(tmp_path / "k") is None


def test_no_name_and_no_code_stands_in_a_stored_piece(tmp_path):
    pieces.write_piece(tmp_path / "k", piece_of(whole(), names=[PETER, ANNA]))
    piece = pieces.read_piece(tmp_path / "k")
    frames = [piece.records, piece.listed, piece.scores, piece.codes]
    texts = {str(value) for frame in frames for value in frame.to_numpy().ravel()}
    assert {
        word for word in (*PETER.split(), *ANNA.split(), "40001") if word in str(texts)
    } == set()


def test_a_name_in_a_text_of_the_export_is_redacted():
    told = record(work="Доклад: Ёлкин Пётр", sheet="Ёлкин П.")
    piece = piece_of(Reading("f", records=[told]), names=[PETER])
    assert list(piece.records["work"]) == ["Доклад: [ученик]"]
    assert list(piece.records["sheet"]) == ["[ученик]"]


def test_two_texts_that_become_one_stay_two_rows():
    told = [record(sheet="Ёлкин Пётр"), record(sheet="Пётр Ёлкин", cell="C5")]
    piece = piece_of(Reading("f", records=told), names=[PETER])
    assert list(piece.records["sheet"]) == ["[ученик]", "[ученик]"]
    assert list(piece.records["cell"]) == ["C4", "C5"]


def test_what_a_piece_holds_is_told_without_its_tables():
    piece = piece_of(Reading("f", records=[record(), record(ANNA, kind="exempt", value=None)]))
    assert piece.marks() == 1
    assert piece.distinct("records", "class_label", "kind") == {("7Б", "mark"), ("7Б", "exempt")}
    assert piece.distinct("scores", "class_label") == set()


def test_pieces_under_each_other_keep_source_and_generation_and_take_new_names():
    one = piece_of(Reading("f", records=[record(subject="алг"), record(subject="Алгебра")]))
    two = piece_of(Reading("f", grids=[grid([1, 0, 0, 0, 0, 0], subject="Физика")]))
    asked = []

    def name(subject):
        asked.append(subject)
        return {"алг": "Алгебра"}.get(subject, subject)

    parts = [("1.xlsx", 1, one), ("2.xlsx", 4, two)]
    frame = pieces.stacked(parts, "records", names={"subject": name})
    assert list(zip(frame["source"], frame["seen"], frame["subject"], strict=True)) == [
        ("1.xlsx", 1, "Алгебра"),
        ("1.xlsx", 1, "Алгебра"),
        ("2.xlsx", 4, "Физика"),
    ]
    assert sorted(asked) == ["Алгебра", "Физика", "алг"]


def test_no_pieces_make_a_table_without_rows():
    frame = pieces.stacked([], "listed", names={})
    assert list(frame.columns) == [
        "class_label", "school_year", "note", "begin", "end", "short", "full", "source", "seen",
    ]  # fmt: skip
    assert len(frame) == 0


def test_pupils_of_grids_are_among_the_names():
    names = pieces.pupil_names(Reading("f", grids=[grid([0] * 6)]))
    # Class 7 in 2025 entered grade 1 in 2025 - 7 + 1 = 2019.
    assert names == {(PETER, 2019), (ANNA, 2019)}


JOURNAL = """Предмет: Алгебра
№;ФИО;02.09;09.09;05.11;1 четверть
;;КР;;;
1;Ёлкин Пётр;5·4;Н;3;4
2;Примеров Иван;;2;;осв
"""


def test_a_journal_goes_from_the_raw_folder_to_the_tables(tmp_path, plan_text):
    from posanalytics.workspace import open_workspace

    place = tmp_path / "data" / "raw" / "2025-26"
    place.mkdir(parents=True)
    (place / "7Б.csv").write_text(JOURNAL, "utf-8")
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    school = open_workspace(tmp_path)
    report = school.load()
    assert [(s.format, s.classes, s.pupils, s.marks) for s in report.sources] == [
        ("journal_grid", ("7Б",), 2, 5)  # 5, 4, 3, 2 and the mark of the term
    ]
    marks = school.tables["marks"]
    found = marks[["date", "term", "mark", "work"]].to_numpy().tolist()
    assert sorted(found) == [
        ["2025-09-02", "2025-26-Q1", 4.0, "КР"],
        ["2025-09-02", "2025-26-Q1", 5.0, "КР"],
        ["2025-09-09", "2025-26-Q1", 2.0, ""],
        ["2025-11-05", "2025-26-Q2", 3.0, ""],
    ]
    assert school.tables["attendance"]["date"].tolist() == ["2025-09-09"]


def test_a_name_that_is_told_later_leaves_a_piece_that_was_written_before():
    told = Reading(
        "class_matrix",
        records=[record(work=ANNA, sheet=f"Лист {ANNA}")],
        problems=[Problem("note", "a.xlsx", found=f"«{ANNA}» не прочитано")],
    )
    redact = privacy.Redactor({ANNA: "[ученик]"})
    later = pieces.redacted(piece_of(told), redact)
    at_once = piece_of(told, [ANNA])
    assert later.problems == at_once.problems
    pd.testing.assert_frame_equal(later.records, at_once.records)
    assert "Образцова" not in later.records.to_csv()


def test_a_piece_without_the_name_is_the_same_piece():
    piece = piece_of(Reading("class_matrix", records=[record(work="КР")]))
    assert pieces.redacted(piece, privacy.Redactor({ANNA: "[ученик]"})) is piece


@pytest.mark.parametrize("weight", [float("inf"), 1e17])
def test_a_number_that_no_gradebook_holds_makes_a_piece_unusable(tmp_path, weight):
    folder = tmp_path / "piece"
    pieces.write_piece(folder, piece_of(Reading("class_matrix", records=[record(weight=weight)])))
    assert pieces.read_piece(folder) is None


def test_what_was_read_before_a_load_was_stopped_is_not_read_again(tmp_path, plan_text):
    raw, processed = tmp_path / "raw", tmp_path / "processed"
    raw.mkdir()
    for number in range(20):
        head = f"Класс: {number % 11 + 1}А\n{number % 4 + 1} четверть 2025/2026\n"
        (raw / f"{number}.csv").write_text(head + "ФИО;Алгебра\nЁлкин Пётр;4\n", "utf-8")

    def stop(done, total):
        if done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ingest(raw, processed, plan=parse_plan(plan_text), progress=stop, jobs=1)
    # 16 of 20 were written together before the last one came.
    assert len(list((processed / "pieces").iterdir())) == 16
    report = ingest(raw, processed, plan=parse_plan(plan_text), jobs=1)
    assert sum(source.new for source in report.sources) == 4
