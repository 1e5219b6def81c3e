"""The store: pupils joined, corrections over what they correct, integer statistics."""

from __future__ import annotations

import pandas as pd
import pytest

from posanalytics import privacy, schema
from posanalytics.gradebook.reading import Listed, Reading, Record
from posanalytics.plan import parse_plan
from posanalytics.store import consolidate, files, pieces, tables

YEAR = "2025-26"


def record(pupil, mark, *, label="7А", subject="Алгебра", term="Q1", day=None, kind="mark"):
    return Record(
        pupil=pupil,
        class_label=label,
        school_year=YEAR,
        subject=subject,
        slot="current" if day else "term",
        kind=kind,
        value=mark,
        raw=str(mark),
        sheet="",
        cell="C3",
        date=day,
        term=None if day else f"{YEAR}-{term}",
    )


def consolidated(plan_text, *readings, order=1):
    key = privacy.read_key()
    redact = privacy.Redactor({})
    parts = [
        (f"{number}.csv", number, pieces.without_names(reading, key, redact))
        for number, reading in enumerate(readings)
    ]
    return consolidate.consolidate(parts[::order], plan=parse_plan(plan_text), key=key)


def reading(*records, listed=()):
    return Reading(format="class_matrix", records=list(records), listed=list(listed))


def test_two_and_three_words_of_a_name_are_one_pupil(plan_text):
    result = consolidated(
        plan_text,
        reading(record("Ёлкин Пётр", 4)),
        reading(record("Елкин Петр Примерович", 5, term="Q2")),
    )
    assert len(set(result.tables["term_marks"]["pupil"])) == 1


def test_namesakes_told_apart_by_patronymic_stay_apart(plan_text):
    result = consolidated(
        plan_text,
        reading(record("Ёлкин Пётр Примерович", 4), record("Ёлкин Пётр Образцович", 5)),
    )
    assert len(set(result.tables["term_marks"]["pupil"])) == 2


def test_a_name_that_fits_two_pupils_is_given_to_neither(plan_text):
    result = consolidated(
        plan_text,
        reading(record("Ёлкин Пётр Примерович", 4), record("Ёлкин Пётр Образцович", 5)),
        reading(record("Ёлкин Пётр", 3, term="Q2")),
    )
    assert list(result.tables["term_marks"]["term"].unique()) == ["2025-26-Q1"]
    assert [problem.file for problem in result.problems] == ["1.csv"]


def test_one_name_in_two_classes_in_one_term_is_two_pupils(plan_text):
    result = consolidated(
        plan_text,
        reading(record("Ёлкин Пётр", 4, label="7А"), record("Ёлкин Пётр", 3, label="7Б")),
    )
    assert len(set(result.tables["term_marks"]["pupil"])) == 2


def test_one_name_in_two_classes_one_after_the_other_moved(plan_text):
    result = consolidated(
        plan_text,
        reading(record("Ёлкин Пётр", 4, label="7А", term="Q1")),
        reading(record("Ёлкин Пётр", 3, label="7Б", term="Q2")),
    )
    assert len(set(result.tables["term_marks"]["pupil"])) == 1
    assert len(result.tables["enrolments"]) == 2


def test_a_pupil_keeps_the_pseudonym_when_the_class_moves_up():
    key = privacy.read_key()
    in_seventh = privacy.identity(key, "Ёлкин Пётр", entered=2025 - 7 + 1)
    in_sixth = privacy.identity(key, "Ёлкин Пётр", entered=2024 - 6 + 1)
    in_another_parallel = privacy.identity(key, "Ёлкин Пётр", entered=2024 - 7 + 1)
    assert in_seventh == in_sixth != in_another_parallel


def test_a_later_export_corrects_an_earlier_one_and_the_conflict_is_named(plan_text):
    result = consolidated(
        plan_text, reading(record("Ёлкин Пётр", 4)), reading(record("Ёлкин Пётр", 5))
    )
    assert list(result.tables["term_marks"]["mark"]) == [5.0]
    assert [problem.file for problem in result.problems] == ["1.csv"]


def test_the_order_of_files_changes_nothing(plan_text):
    parts = [
        reading(record("Ёлкин Пётр", 4), record("Примерова Анна", 3)),
        reading(record("Образцов Иван", 5, label="7Б")),
        reading(record("Ёлкин Пётр", 5)),
    ]
    one = consolidated(plan_text, *parts).tables
    other = consolidated(plan_text, *parts, order=-1).tables
    for name in schema.TABLES:
        pd.testing.assert_frame_equal(one[name], other[name])


def test_current_marks_find_their_term_by_date_and_become_integer_sums(plan_text):
    result = consolidated(
        plan_text,
        reading(
            record("Ёлкин Пётр", 5, day="2025-09-03"),
            record("Ёлкин Пётр", 4, day="2025-10-01"),
            record("Ёлкин Пётр", 2, day="2025-11-10"),
        ),
    )
    cells = result.tables["cells"].set_index("term")
    assert cells.loc["2025-26-Q1", ["n", "sum_marks", "sum_squares"]].tolist() == [
        2, (5 + 4) * 100, (25 + 16) * 10_000,
    ]  # fmt: skip
    assert cells.loc["2025-26-Q2", "count_2"] == 1
    means = result.tables["term_marks"].set_index("term")["mean_mark"]
    assert means["2025-26-Q1"] == (5 + 4) / 2


def test_a_mark_outside_the_terms_of_the_plan_is_named(plan_text):
    result = consolidated(plan_text, reading(record("Ёлкин Пётр", 5, day="2023-09-03")))
    assert "2023-09-03" in result.problems[0].found


def test_aliases_of_the_plan_join_subjects(plan_text):
    result = consolidated(plan_text, reading(record("Ёлкин Пётр", 5, subject="Алгебр.")))
    assert list(result.tables["term_marks"]["subject"]) == ["Алгебра"]


def test_a_pupil_without_marks_is_still_enrolled(plan_text):
    listed = Listed("Ёлкин Пётр", "7А", YEAR)
    result = consolidated(plan_text, reading(listed=[listed]))
    assert list(result.tables["enrolments"]["class_label"]) == ["7А"]


def test_a_damaged_table_is_refused(tmp_path, plan_text):
    result = consolidated(plan_text, reading(record("Ёлкин Пётр", 5)))
    about = {"key_id": "k", "state": "s"}
    tables.publish_generation(tmp_path, result.tables, previous=None, about=about)
    path = tmp_path / "tables" / "1" / "term_marks.parquet"
    spoilt = bytearray(path.read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    path.write_bytes(spoilt)
    with pytest.raises(tables.StoreDamaged, match="term_marks"):
        _ = tables.open_tables(tmp_path)["term_marks"]


def test_a_page_with_a_flipped_bit_does_not_read(tmp_path):
    frame = pd.DataFrame({"mark": range(10_000)})
    path = tmp_path / "t.parquet"
    files.publish_table(path, frame)
    spoilt = bytearray(path.read_bytes())
    spoilt[len(spoilt) // 2] ^= 1
    path.write_bytes(spoilt)
    with pytest.raises(OSError, match=r"(?i)crc|checksum|corrupt"):
        files.read_table(path)


def test_a_failed_write_leaves_the_old_file(tmp_path):
    path = tmp_path / "f"
    path.write_text("old")

    def fail(temporary):
        temporary.write_text("half")
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        files.publish(path, fail)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_key_that_others_can_read_is_refused(own_key):
    privacy.read_key()
    own_key.chmod(0o644)
    with pytest.raises(privacy.KeyUnusable, match="chmod 600"):
        privacy.read_key()


def test_a_lost_key_does_not_become_a_new_one():
    with pytest.raises(privacy.KeyUnusable, match="резервной копии"):
        privacy.read_key(create=False)


def test_names_are_redacted_in_any_case_and_with_underscores():
    redact = privacy.Redactor({"Ёлкин Пётр": "[ученик]"})
    assert redact("отчёт Ёлкин_Пётр.xls, ЁЛКИН ПЁТР") == "отчёт [ученик].xls, [ученик]"


CSV = (
    "Класс: {label}\n{term} четверть 2025/2026\n№;ФИО;Алгебра;Физика\n"
    "1;Ёлкин Пётр;{mark};4\n2;Примеров Иван;3;5\n3;Образцова Анна;4;4\n"
)


def workspace(tmp_path, plan_text, **exports):
    from posanalytics.workspace import open_workspace

    raw = tmp_path / "data" / "raw"
    raw.mkdir(parents=True)
    (tmp_path / "plan.yml").write_text(plan_text, "utf-8")
    for name, (label, term, mark) in exports.items():
        text = CSV.format(label=label, term=term, mark=mark)
        (raw / f"{name}.csv").write_text(text, "utf-8")
    return open_workspace(tmp_path)


def test_loading_unchanged_exports_writes_nothing(tmp_path, plan_text):
    school = workspace(tmp_path, plan_text, a=("7А", 1, 4), b=("7Б", 1, 3))
    first = school.load()
    second = school.load()
    assert (first.changed, second.changed) == (True, False)
    assert first.generation == second.generation == 1


def test_a_corrected_export_under_another_name_supersedes_the_older(tmp_path, plan_text):
    school = workspace(tmp_path, plan_text, z=("7А", 1, 3))
    school.load()
    # The correction sorts first by name and still wins: it came later.
    text = CSV.format(label="7А", term=1, mark=5)
    (school.raw / "a.csv").write_text(text, "utf-8")
    school.load()
    marks = school.tables["term_marks"]
    assert sorted(marks[marks["subject"] == "Алгебра"]["mark"]) == [3.0, 4.0, 5.0]
    assert marks["mark"].notna().all()


def test_a_reader_that_fails_rejects_its_file_in_words(tmp_path, monkeypatch):
    # tests/hostile shows that the other files of the folder are loaded.
    from posanalytics.gradebook import read
    from posanalytics.store import sources
    from posanalytics.store.ingest import _read_one

    def failing(*_, **__):
        raise ZeroDivisionError

    monkeypatch.setattr(read, "read_gradebook", failing)
    (tmp_path / "a.csv").write_text("5", "utf-8")
    source = sources.sources_of([tmp_path / "a.csv"], tmp_path)[0]
    reading = _read_one(source)
    assert (reading.format, [p.file for p in reading.problems]) == ("", ["a.csv"])
    assert "ZeroDivisionError" in reading.problems[0].found


def test_another_key_is_refused(tmp_path, plan_text, own_key):
    school = workspace(tmp_path, plan_text, a=("7А", 1, 4))
    school.load()
    own_key.unlink()
    privacy.read_key()
    with pytest.raises(privacy.KeyUnusable, match="с другим ключом"):
        school.load()


def test_a_partial_later_export_takes_nobody_else_away(tmp_path, plan_text):
    school = workspace(tmp_path, plan_text, a=("7А", 1, 3))
    school.load()
    # The later file names one pupil of three; the other two keep their marks.
    text = CSV.format(label="7А", term=1, mark=5).splitlines()[:4]
    text += ["2;Вымыслов Олег;5;5", "3;Грушина Вера;3;3"]
    (school.raw / "b.csv").write_text("\n".join(text), "utf-8")
    school.load()
    marks = school.tables["term_marks"]
    assert sorted(marks[marks["subject"] == "Алгебра"]["mark"]) == [3.0, 3.0, 4.0, 5.0, 5.0]


def test_a_fraction_among_term_marks_is_named(tmp_path, plan_text):
    school = workspace(tmp_path, plan_text, a=("7А", 1, "4,5"))
    report = school.load()
    assert any("4,5" in problem.found for problem in report.problems)


def test_marks_of_two_classes_are_not_mixed(plan_text):
    result = consolidated(
        plan_text,
        reading(
            record("Ёлкин Пётр", 5, label="7А", day="2025-09-03"),
            record("Ёлкин Пётр", 2, label="7Б", day="2025-10-03"),
        ),
    )
    means = result.tables["term_marks"].set_index("class_label")["mean_mark"]
    assert means.to_dict() == {"7А": 5.0, "7Б": 2.0}


@pytest.mark.parametrize(
    "said", ["Елкин Петр", "Петр Ёлкин", "Ёлкин П.", "ЁЛКИН-ПЁТР", "Е\u0308лкин Пётр"]
)
def test_a_name_is_redacted_in_every_spelling(said):
    redact = privacy.Redactor({"Ёлкин Пётр": "[ученик]"})
    assert redact(f"файл {said} 7А") == "файл [ученик] 7А"


def test_an_unreadable_file_does_not_give_its_pupil_away(tmp_path, plan_text):
    school = workspace(tmp_path, plan_text, a=("7А", 1, 4))
    (school.raw / "Тестова Алиса 7А.xls").write_bytes(b"\x00\x01 junk")
    report = school.load()
    assert report.quarantined == 1
    assert not any("Тестова" in str(part) for part in (*report.sources, *report.problems))


def test_files_of_two_pupils_stay_two_files(tmp_path, plan_text):
    school = workspace(tmp_path, plan_text, a=("7А", 1, 4))
    for name in ("Тестова Алиса", "Примеров Иван"):
        (school.raw / f"{name}.xls").write_bytes(name.encode())
    names = [source.file for source in school.load().sources]
    assert len(set(names)) == 3


def test_a_control_chosen_after_the_start_is_not_chosen_before(tmp_path, plan_text):
    from posanalytics.study import Study

    late = plan_text.replace("chosen_on: 2025-08-29", "chosen_on: 2026-05-30")
    school = workspace(tmp_path, late, a=("7А", 1, 4), b=("7Б", 1, 3), c=("7А", 2, 4))
    school.load()
    assert not Study(school).design().chosen_before


def test_tables_of_means_alone_can_be_compared_as_means(tmp_path, plan_text):
    from posanalytics.study import Study

    means = plan_text.replace("primary: true,", "primary: true, measure: mean_mark,")
    school = workspace(
        tmp_path, means, a=("7А", 1, "4,2"), b=("7Б", 1, "4,5"), c=("7А", 2, "4,7"),
        d=("7Б", 2, "4,6"),
    )  # fmt: skip
    school.load()
    gains = Study(school).gains()
    own = gains[gains["subject"].eq("Алгебра")].groupby("class_label")["gain"].max()
    # 4,2 → 4,7 and 4,5 → 4,6; whole numbers in these tables are marks, which have no mean.
    assert own.round(9).to_dict() == {"7А": 0.5, "7Б": 0.1}


def test_a_compared_class_without_a_single_mark_is_a_problem_of_the_load(tmp_path, plan_text):
    report = workspace(tmp_path, plan_text, b=("7Б", 1, 3)).load()
    (said,) = report.problems
    assert (said.severity, said.file) == ("warning", "plan.yml")
    assert "Класс 7А" in said.found
    assert "вывод невозможен" in said.remedy
