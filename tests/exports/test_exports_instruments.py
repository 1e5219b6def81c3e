"""Instruments and their dictionaries: expected levels and points are typed in the tables."""

from __future__ import annotations

import datetime as dt

import pytest

from posanalytics.gradebook.mapping import Mapping, read_mapping
from posanalytics.gradebook.mapping_text import mapping_text
from posanalytics.gradebook.preview import Look, look_at
from posanalytics.gradebook.read import Refused, read_gradebook

LEVELS = ["низкий", "средний", "высокий"]
FOUR_K = {
    "name": "4К-тест",
    "version": "2025",
    "date": dt.date(2025, 10, 14),
    "scales": {"Креативность": {"levels": LEVELS}, "Кооперация": {"levels": LEVELS}},
}
TABLE = [
    ["№", "ФИО", "Класс", "Креативность", "Кооперация"],
    [1, "Ёлкин Пётр", "7А", "высокий", "Средний"],
    [2, "Примеров Иван", "7Б", "низкий", None],
]


@pytest.fixture
def told(read):
    """Return a reader of bytes with a dictionary."""

    def run(data, instrument, *, name="тест.xlsx", **rest):
        mapping = Mapping.model_validate({"instrument": instrument, **rest})
        return read(data, name=name, mapping=mapping)

    return run


def levels(reading):
    return {(s.pupil, s.scale): (s.level, s.level_order) for s in reading.scores}


def points(reading):
    return {(s.pupil, s.scale): (s.raw, s.maximum) for s in reading.scores}


def test_a_wide_table_gives_levels_in_the_order_of_the_dictionary(xlsx, told):
    reading = told(xlsx(TABLE), FOUR_K)
    assert levels(reading) == {
        ("Ёлкин Пётр", "Креативность"): ("высокий", 3),
        ("Ёлкин Пётр", "Кооперация"): ("средний", 2),
        ("Примеров Иван", "Креативность"): ("низкий", 1),
    }


def test_the_dictionary_names_instrument_version_and_day(xlsx, told):
    score = told(xlsx(TABLE), FOUR_K).scores[0]
    assert (score.instrument, score.version, score.date) == ("4К-тест", "2025", "2025-10-14")
    assert (score.school_year, score.class_label) == ("2025-26", "7А")


def test_a_level_that_the_dictionary_does_not_know_is_told_with_its_cell(xlsx, told, said):
    rows = [*TABLE, [3, "Образцова Анна", "7Б", "так себе", "средний"]]
    reading = told(xlsx(rows), FOUR_K)
    assert ("Образцова Анна", "Креативность") not in levels(reading)
    assert levels(reading)["Образцова Анна", "Кооперация"] == ("средний", 2)
    assert [p.cell for p in said(reading, "Такого уровня")] == ["D4"]


def test_a_long_table_names_its_scales_in_the_rows(xlsx, told, said):
    rows = [
        ["Ученик", "Класс", "Шкала", "Балл", "Дата"],
        ["Ёлкин Пётр", "7А", "Мотивация", 20, dt.date(2025, 10, 14)],
        ["Ёлкин Пётр", "7А", "Мотивация", 26, dt.date(2026, 4, 14)],
        ["Ёлкин Пётр", "7А", "Везение", 1, dt.date(2026, 4, 14)],
    ]
    scale = {"Мотивация": {"maximum": 30}}
    reading = told(xlsx(rows), {"name": "Анкета", "scales": scale})
    assert [(s.scale, s.raw, s.maximum, s.date) for s in reading.scores] == [
        ("Мотивация", 20, 30, "2025-10-14"),
        ("Мотивация", 26, 30, "2026-04-14"),
    ]
    assert [p.cell for p in said(reading, "Шкалы нет")] == ["C4"]


def test_columns_may_be_named_by_letters_and_scales_get_titles(xlsx, told):
    rows = [["ФИО", "Класс", "К1", "К2"], ["Ёлкин Пётр", "7А", 3, 4]]
    scales = {"C": {"title": "Замысел", "maximum": 5}, "К2": {"maximum": 5}}
    reading = told(xlsx(rows), {"name": "Рубрика", "scales": scales}, school_year="2025-26")
    assert points(reading) == {("Ёлкин Пётр", "Замысел"): (3, 5), ("Ёлкин Пётр", "К2"): (4, 5)}


def test_points_and_level_of_one_scale_meet_in_one_score(xlsx, told):
    rows = [["ФИО", "Класс", "Балл", "Уровень"], ["Ёлкин Пётр", "7А", 17, "высокий"]]
    scales = {
        "Балл": {"title": "Креативность", "maximum": 20},
        "Уровень": {"title": "Креативность", "levels": LEVELS},
    }
    [score] = told(xlsx(rows), {"name": "4К", "scales": scales}, school_year="2025-26").scores
    assert (score.raw, score.maximum, score.level, score.level_order) == (17, 20, "высокий", 3)


def test_signs_of_levels_are_read_as_the_dictionary_says(xlsx, told, said):
    rows = [["ФИО", "Класс", "Кооперация"], ["Ёлкин Пётр", "7А", 2], ["Примеров Иван", "7А", 4]]
    scales = {"Кооперация": {"levels": {1: "низкий", 2: "средний", 3: "высокий"}}}
    reading = told(xlsx(rows), {"name": "4К", "scales": scales}, school_year="2025-26")
    assert levels(reading) == {("Ёлкин Пётр", "Кооперация"): ("средний", 2)}
    assert [p.cell for p in said(reading, "«4»")] == ["C3"]


def test_a_reversed_scale_is_turned_round_and_said(xlsx, told, said):
    rows = [["ФИО", "Класс", "Тревожность"], ["Ёлкин Пётр", "7А", 2]]
    scales = {"Тревожность": {"minimum": 1, "maximum": 5, "reversed": True}}
    reading = told(xlsx(rows), {"name": "Анкета", "scales": scales}, school_year="2025-26")
    assert points(reading) == {("Ёлкин Пётр", "Тревожность"): (1 + 5 - 2, 5)}
    assert said(reading, "Обратная шкала")


def test_points_outside_the_scale_are_told_and_not_used(xlsx, told, said):
    rows = [["ФИО", "Класс", "Мотивация"], ["Ёлкин Пётр", "7А", 31], ["Примеров Иван", "7А", -1]]
    reading = told(
        xlsx(rows),
        {"name": "Анкета", "scales": {"Мотивация": {"maximum": 30}}},
        school_year="2025-26",
    )
    assert reading.scores == []
    assert [p.cell for p in said(reading, "вне границ")] == ["C2, C3"]


def test_a_wave_may_be_a_term(xlsx, told):
    instrument = {key: value for key, value in FOUR_K.items() if key != "date"}
    reading = told(xlsx(TABLE), instrument, school_year="2025-26", term="Q1")
    assert {(s.date, s.term) for s in reading.scores} == {(None, "2025-26-Q1")}


def test_a_table_without_a_year_is_not_guessed(xlsx, told, said):
    instrument = {key: value for key, value in FOUR_K.items() if key != "date"}
    reading = told(xlsx(TABLE), instrument)
    assert reading.scores == []
    assert [p.cell for p in said(reading, "когда проводилась")] == ["A2, A3"]


def test_a_column_that_the_dictionary_leaves_out_is_told(xlsx, told, said):
    rows = [["ФИО", "Класс", "Креативность", "Комментарий"], ["Ёлкин Пётр", "7А", "низкий", "да"]]
    reading = told(xlsx(rows), FOUR_K)
    assert [p.cell for p in said(reading, "«Комментарий»")] == ["D1"]


def test_a_dictionary_of_other_columns_is_told(xlsx, told, said):
    rows = [["ФИО", "Класс", "Внимание"], ["Ёлкин Пётр", "7А", 5]]
    reading = told(xlsx(rows), FOUR_K)
    assert said(reading, "нет столбцов, которые названы")
    assert reading.scores == []


def test_pupils_under_codes_stay_codes(xlsx, told):
    rows = [["Код", "Класс", "Креативность"], [70001, "7А", "низкий"]]
    [score] = told(xlsx(rows), FOUR_K).scores
    assert (score.pupil, score.code, score.level) == ("", "70001", "низкий")


def test_without_a_dictionary_words_of_levels_are_not_guessed(xlsx, read, said):
    reading = read(xlsx(TABLE), name="4К.xlsx")
    assert reading.scores == []
    assert [p.severity for p in said(reading, "4К.xlsx.mapping.yml")] == ["error"]


def test_a_dictionary_with_a_mistake_is_refused_with_its_line(tmp_path):
    path = tmp_path / "4К.xlsx.mapping.yml"
    path.write_text(
        "instrument:\n  name: 4К\n  scales:\n    Креативность: {levls: [низкий]}\n", "utf-8"
    )
    with pytest.raises(Refused) as refused:
        read_mapping(path)
    assert "levls" in refused.value.slots["fields"]


def test_a_reversed_scale_without_a_maximum_is_refused(tmp_path):
    path = tmp_path / "4К.xlsx.mapping.yml"
    path.write_text("instrument: {name: А, scales: {Тревога: {reversed: true}}}\n", "utf-8")
    with pytest.raises(Refused) as refused:
        read_mapping(path)
    assert "maximum" in refused.value.slots["fields"]


def test_the_description_that_a_preview_proposes_reads_the_table_once_it_is_opened(xlsx, tmp_path):
    path = tmp_path / "4К.xlsx"
    path.write_bytes(xlsx(TABLE))
    seen = look_at(Look(path, path.name))
    assert not seen.is_clear
    lines = mapping_text(seen).splitlines()
    # What the file asks for: the sign taken away from every line of the dictionary.
    first = next(n for n, line in enumerate(lines) if line.startswith("#instrument:"))
    opened = [*lines[:first], *(line.removeprefix("#") for line in lines[first:])]
    (tmp_path / "4К.xlsx.mapping.yml").write_text("\n".join(opened), "utf-8")
    assert levels(read_gradebook(path)) == {
        ("Ёлкин Пётр", "Креативность"): ("высокий", 3),
        ("Ёлкин Пётр", "Кооперация"): ("средний", 2),
        ("Примеров Иван", "Креативность"): ("низкий", 1),
    }


def test_the_name_of_the_test_is_no_class(xlsx, told, said):
    rows = [["ФИО", "Креативность"], ["Ёлкин Пётр", "низкий"]]
    reading = told(xlsx(rows), FOUR_K, name="4К 2025-26.xlsx")
    assert reading.scores == []
    assert said(reading, "нет класса")


@pytest.fixture
def folder(tmp_path):
    """Return a folder whose mapping file holds a dictionary."""
    (tmp_path / "mapping.yml").write_text(
        "school_year: 2025-26\ninstrument:\n  name: Рубрика\n  scales: {Замысел: {maximum: 5}}\n",
        "utf-8",
    )
    return tmp_path


def loaded(folder, name, text):
    path = folder / name
    path.write_text(text, "utf-8")
    beside = [folder / f"{name}.mapping.yml", folder / "mapping.yml"]
    return read_gradebook(path, mappings=[place for place in beside if place.exists()])


def test_a_dictionary_of_a_folder_serves_its_tables(folder):
    reading = loaded(folder, "7А.csv", "ФИО;Класс;Замысел\nЁлкин Пётр;7А;4\nПримеров Иван;7А;3\n")
    assert points(reading) == {
        ("Ёлкин Пётр", "Замысел"): (4, 5),
        ("Примеров Иван", "Замысел"): (3, 5),
    }


def test_a_dictionary_of_a_folder_leaves_class_tables_alone(folder):
    reading = loaded(folder, "7А 1 четверть.csv", "ФИО;Алгебра\nЁлкин Пётр;4\nПримеров Иван;3\n")
    assert reading.format == "class_matrix"
    assert [record.value for record in reading.records] == [4, 3]


def test_a_dictionary_of_the_file_stands_over_that_of_the_folder(folder):
    (folder / "7А.csv.mapping.yml").write_text(
        "instrument: {name: Своя рубрика, scales: {C: {title: Речь, maximum: 10}}}\n", "utf-8"
    )
    reading = loaded(folder, "7А.csv", "ФИО;Класс;Р\nЁлкин Пётр;7А;4\n")
    assert points(reading) == {("Ёлкин Пётр", "Речь"): (4, 10)}
    assert {score.instrument for score in reading.scores} == {"Своя рубрика"}
