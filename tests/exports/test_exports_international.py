"""OneRoster, Moodle, Canvas, Open edX, Google Classroom: one known mess each."""

from __future__ import annotations

import io
import zipfile
import zlib

import pytest
from layouts.oneroster import FILES_1_1, FILES_1_2, zipped_files

from posanalytics.gradebook import Hints
from posanalytics.gradebook.containers.bundle import MOST_PARTS
from posanalytics.gradebook.mapping import Mapping
from posanalytics.gradebook.read import read_bytes, read_gradebook
from posanalytics.store.sources import exports_below, sources_of

HINTS = Hints(school_year="2025-26", class_label="7Б", subject="Физика")
BOM = "\ufeff"


def roster(**changed):
    """Return FILES_1_2 with lines added to some files; None leaves a file out."""
    files = dict(FILES_1_2)
    for name, more in changed.items():
        if more is None:
            del files[name]
        else:
            files[name] += more
    return zipped_files(files)


def replaced(name, old, new):
    assert old in FILES_1_2[name]
    return zipped_files({**FILES_1_2, name: FILES_1_2[name].replace(old, new)})


def reading_of(data, name="o.zip", hints=HINTS):
    return read_bytes(data, name=name, hints=hints)


def text_of(reading):
    return "\n".join(map(str, reading.problems))


# OneRoster


def test_oneroster_class_lists_carry_the_days_of_enrolment():
    listed = {(row.pupil, row.begin, row.end) for row in reading_of(roster()).listed}
    # endDate 2025-11-01 is the first day without the pupil
    assert listed == {
        ("Ёлкин Пётр Ильич", "2025-09-01", ""),
        ("Примеров Иван", "2025-09-01", "2025-10-31"),
    }


def test_oneroster_the_day_of_the_lesson_comes_before_the_day_of_the_score():
    records = reading_of(roster()).records
    days = {(r.work, r.date) for r in records if r.slot == "current"}
    # i1 has a due date; i2 has none, so the day on which its mark was set
    assert days == {("Контрольная работа", "2025-09-10"), ("Устный ответ", "2025-09-18")}


def test_oneroster_a_sign_in_the_text_of_a_mark_is_kept():
    marks = [r.raw for r in reading_of(roster()).records if r.date == "2025-09-10"]
    assert marks == ["4-"]


def test_oneroster_weights_of_categories_weigh_the_marks():
    weights = {r.work: r.weight for r in reading_of(roster()).records if r.slot == "current"}
    assert weights == {"Контрольная работа": 1.5, "Устный ответ": 1.0}


def test_oneroster_weights_that_are_shares_of_the_whole_weigh_no_mark():
    shares = FILES_1_2["categories"].replace(",1.5\n", ",60\n").replace("ответ,1\n", "ответ,40\n")
    shares = shares.replace("период,1\n", "период,0\n")
    reading = reading_of(zipped_files({**FILES_1_2, "categories": shares}))
    assert {record.weight for record in reading.records} == {1.0}
    assert "доли вида в итоге" in text_of(reading)


def test_oneroster_a_lesson_of_a_subgroup_belongs_to_the_form_of_the_pupil_on_its_day():
    moved = roster(
        classes="f7b,,,7Б,7,,7Б,homeroom,,school,y,,,\n",
        enrollments="n7,,,f7b,school,u2,student,,2025-11-01,\nn8,,,e7,school,u2,student,,,\n",
        lineItems="i7,,,Ответ,,,2025-11-20,e7,oral,q2,2,5,school\n",
        results="s12,,,i7,u2,fully graded,4,2025-11-20,,\ns13,,,i2,u2,,3,2025-09-18,,\n",
    )
    told = {
        (record.date, record.class_label)
        for record in reading_of(moved).records
        if record.pupil == "Примеров Иван" and record.subject == "Английский язык"
    }
    assert told == {("2025-09-18", "7А"), ("2025-11-20", "7Б")}


def test_oneroster_an_id_that_stands_twice_and_differs_is_used_by_neither():
    reading = reading_of(roster(results="s1,,,i1,u1,fully graded,2,2025-09-15,,\n"))
    assert [r for r in reading.records if r.date == "2025-09-10"] == []
    assert "Один и тот же sourcedId стоит в разных строках" in text_of(reading)


def test_oneroster_two_results_of_one_pupil_for_one_work_are_both_left_out():
    reading = reading_of(roster(results="s12,,,i1,u1,fully graded,2,2025-09-15,,\n"))
    assert [r for r in reading.records if r.date == "2025-09-10"] == []
    assert "У ученика два результата за одну работу" in text_of(reading)


def test_oneroster_two_different_marks_of_one_term_are_both_left_out():
    more = roster(
        lineItems="i7,,,1 четверть,,,,a7a,term,q1,2,5,school\n",
        results="s12,,,i7,u1,fully graded,3,2025-10-26,,\n",
    )
    reading = reading_of(more)
    terms = [r for r in reading.records if r.term == "2025-26-Q1"]
    assert [r.pupil for r in terms] == ["Примеров Иван"]
    assert "Разные отметки одного ученика по предмету «Алгебра»" in text_of(reading)


def test_oneroster_a_row_that_is_repeated_as_a_whole_counts_once():
    reading = reading_of(roster(results="s3,,,i2,u1,fully graded,5,2025-09-18,,\n"))
    assert [r.value for r in reading.records if r.date == "2025-09-18"] == [5.0]
    assert "Строки повторяются целиком" in text_of(reading)


@pytest.mark.parametrize(
    ("changed", "file"),
    [
        ({"results": "s12,,,i1,u77,fully graded,5,2025-09-15,,\n"}, "users.csv"),
        ({"results": "s12,,,i77,u1,fully graded,5,2025-09-15,,\n"}, "lineItems.csv"),
        ({"lineItems": "i7,,,Опрос,,,2025-09-10,c77,oral,q1,2,5,school\n"}, "classes.csv"),
        ({"lineItems": "i7,,,Опрос,,,2025-09-10,a7a,k77,q1,2,5,school\n"}, "categories.csv"),
        (
            {"lineItems": "i7,,,Опрос,,,2025-09-10,a7a,oral,q77,2,5,school\n"},
            "academicSessions.csv",
        ),
        ({"enrollments": "n7,,,c77,school,u1,student,,,\n"}, "classes.csv"),
        ({"enrollments": "n7,,,a7a,school,u77,student,,,\n"}, "users.csv"),
        ({"classes": "x,,,9А,9,c77,9А,scheduled,,school,y,,,\n"}, "courses.csv"),
    ],
)
def test_oneroster_an_id_that_nobody_has_is_named_with_the_file_it_should_be_in(changed, file):
    known = text_of(reading_of(roster())).count(f"нет в файле {file}")
    assert text_of(reading_of(roster(**changed))).count(f"нет в файле {file}") == max(known, 1)


@pytest.mark.parametrize("name", ["users", "classes", "enrollments"])
def test_oneroster_without_a_file_that_it_cannot_do_without_says_which(name):
    reading = reading_of(roster(**{name: None}))
    assert reading.records == []
    assert f"В выгрузке нет файла {name}.csv" in text_of(reading)


def test_oneroster_a_file_that_the_manifest_promises_is_missed():
    reading = reading_of(roster(results=None))
    assert "В выгрузке нет файла results.csv" in text_of(reading)
    assert len(reading.listed) == 2


def test_oneroster_changes_only_are_said_to_be_changes_only():
    reading = reading_of(replaced("manifest", "file.results,bulk", "file.results,delta"))
    assert "только изменения (delta)" in text_of(reading)


def test_oneroster_of_two_schools_is_not_read():
    other = "x,,,7А,7,alg,7А,homeroom,,school2,y,,,\n"
    reading = reading_of(roster(classes=other))
    assert (reading.records, reading.listed) == ([], [])
    assert "В выгрузке классы разных школ: 2" in text_of(reading)


def test_oneroster_marks_of_a_teacher_are_not_a_pupils():
    reading = reading_of(roster(results="s12,,,i1,t1,fully graded,5,2025-09-15,,\n"))
    assert "Учителева" not in {record.pupil.split()[0] for record in reading.records}
    assert "не числится учеником" in text_of(reading)


def test_oneroster_namesakes_of_one_class_are_both_left_out():
    twin = roster(
        users="u4,,,true,u4,,Иван,Примеров,\n",
        roles="r4,,,u4,primary,student,,,school\n",
        enrollments="n7,,,f7a,school,u4,student,,,\n",
    )
    reading = reading_of(twin)
    assert {row.pupil for row in reading.listed} == {"Ёлкин Пётр Ильич"}
    assert {row.pupil for row in reading.records} == {"Ёлкин Пётр Ильич"}
    assert "с одинаковыми фамилией и именем" in text_of(reading)


def test_oneroster_a_term_mark_in_progress_waits():
    header = FILES_1_2["results"].replace("comment,textScore", "comment,textScore,inProgress")
    row = "s12,,,i6,u2,fully graded,4,2026-05-25,,,true\n"
    reading = reading_of(zipped_files({**FILES_1_2, "results": header + row}))
    years = [r.pupil for r in reading.records if r.term == "2025-26-Y"]
    assert years == ["Ёлкин Пётр Ильич"]
    assert "inProgress" in text_of(reading)


@pytest.mark.parametrize(
    ("title", "session", "term"),
    [
        ("3 четверть", "q2", "2025-26-Q3"),  # they contradict each other: said, and the title used
        ("Годовая", "q2", "2025-26-Y"),
        ("Второе полугодие", "y", "2025-26-H2"),
        ("First Quarter", "y", "2025-26-Q1"),
    ],
)
def test_oneroster_a_title_that_is_a_period_tells_the_period(title, session, term):
    more = roster(
        lineItems=f"i7,,,{title},,,,e7,oral,{session},2,5,school\n",
        results="s12,,,i7,u2,fully graded,3,2026-01-10,,\n",
    )
    reading = reading_of(more)
    assert [r.term for r in reading.records if r.value == 3] == [term]
    assert ("называют разное" in text_of(reading)) == (title == "3 четверть")


@pytest.mark.parametrize("title", ["Контрольная за 2 четверть", "Экзамен", "Зачёт за год"])
def test_oneroster_a_work_that_only_mentions_a_period_is_no_term_mark(title):
    more = roster(
        lineItems=f"i7,,,{title},,,2025-12-01,a7a,oral,q2,2,5,school\n",
        results="s12,,,i7,u2,fully graded,3,2025-12-02,,\n",
    )
    marks = [(r.slot, r.date) for r in reading_of(more).records if r.value == 3]
    assert marks == [("current", "2025-12-01")]


@pytest.mark.parametrize("year", ["0", "2026/2027", "двадцать шестой", "99999"])
def test_oneroster_a_year_that_is_none_is_asked_for_and_not_guessed(year):
    sessions = FILES_1_2["academicSessions"].replace("2025-09-01,2026-06-01,,2026", f",,,{year}")
    items = FILES_1_2["lineItems"].replace(",q1,", ",y,").replace(",q2,", ",y,")
    data = zipped_files({**FILES_1_2, "academicSessions": sessions, "lineItems": items})
    years = {record.school_year for record in reading_of(data, hints=Hints()).records}
    assert years == ({"2026-27"} if year == "2026/2027" else set())


def test_oneroster_a_work_without_day_and_term_is_named():
    lost = roster(
        lineItems="i7,,,Опрос,,,,a7a,oral,y,2,5,school\n",
        results="s12,,,i7,u1,fully graded,5,,,\n",
    )
    assert "У работы нет ни даты, ни периода" in text_of(reading_of(lost))


def test_oneroster_marks_after_the_end_of_an_enrolment_are_read_and_named():
    late = roster(
        enrollments="n7,,,e7,school,u2,student,,2025-09-01,2025-10-01\n",
        results="s12,,,i2,u2,fully graded,3,2025-10-15,,\n",
    )
    reading = reading_of(late)
    assert [r.value for r in reading.records if r.date == "2025-10-15"] == [3.0]
    assert "Отметки до зачисления или после выбытия" in text_of(reading)


@pytest.mark.parametrize("score", ["7", "2.5", "отлично"])
def test_oneroster_a_score_that_is_no_mark_of_its_scale_is_named(score):
    odd = roster(results=f"s12,,,i2,u2,fully graded,{score},2025-09-25,,\n")
    reading = reading_of(odd)
    assert [r for r in reading.records if r.date == "2025-09-25"] == []
    # the file has a header and eleven rows; «score» is the seventh column
    assert "results, G13" in text_of(reading)


def test_oneroster_saved_again_by_a_russian_excel_reads_the_same():
    commas = {name: FILES_1_1[name] for name in FILES_1_1 if '"' not in FILES_1_1[name]}
    saved = {name: text.replace(",", ";") for name, text in commas.items()}
    again = reading_of(zipped_files({**FILES_1_1, **saved}))
    assert again.records == reading_of(zipped_files(FILES_1_1)).records


def test_oneroster_a_file_without_its_header_is_named():
    headless = FILES_1_2["results"].partition("\n")[2]
    reading = reading_of(zipped_files({**FILES_1_2, "results": headless}))
    assert reading.records == []
    assert "В первой строке файла results.csv нет столбца sourcedId" in text_of(reading)


def test_oneroster_what_nothing_here_reads_is_named_by_its_file():
    files = {**FILES_1_2, "demographics": "sourcedId,status,birthDate\nu1,,2012-01-01\n"}
    assert "Файл demographics.csv не читается" in text_of(reading_of(zipped_files(files)))


def test_oneroster_names_of_pupils_are_in_no_problem():
    told = text_of(reading_of(roster(results="s12,,,i77,u77,fully graded,x,2025-09-15,,\n")))
    assert [name for name in ("Ёлкин", "Примеров", "Сказкин", "Учителева") if name in told] == []


# A folder of the same files, and broken archives


def written(folder, files):
    folder.mkdir(parents=True)
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


def test_a_folder_of_oneroster_files_is_one_export_beside_other_exports(tmp_path):
    folder = written(tmp_path / "2025-26" / "ростер", FILES_1_2)
    (folder / "7Б 1 четверть.csv").write_text("Ученик;Алгебра\nЁлкин Пётр;5\n", "utf-8")
    found = exports_below(tmp_path)
    assert found == [folder, folder / "7Б 1 четверть.csv"]
    assert [source.name for source in sources_of(found, tmp_path)] == [
        "2025-26/ростер",
        "2025-26/ростер/7Б 1 четверть.csv",
    ]


def test_a_folder_reads_to_what_its_archive_reads_to(tmp_path):
    folder = written(tmp_path / "ростер", FILES_1_2)
    assert read_gradebook(folder).records == reading_of(roster()).records


def test_data_raw_itself_may_be_the_folder(tmp_path):
    raw = written(tmp_path / "raw", FILES_1_2)
    assert exports_below(raw) == [raw]
    assert [source.name for source in sources_of([raw], raw)] == ["raw"]


def test_a_change_of_one_file_of_a_folder_is_another_content(tmp_path):
    folder = written(tmp_path / "ростер", FILES_1_2)
    before = sources_of([folder], tmp_path)[0].key
    (folder / "results.csv").write_text(FILES_1_1["results"], "utf-8")
    assert sources_of([folder], tmp_path)[0].key != before


def test_csv_files_without_a_manifest_stay_exports_of_their_own(tmp_path):
    files = {name: FILES_1_2[name] for name in ("users", "results")}
    folder = written(tmp_path / "ростер", files)
    assert exports_below(tmp_path) == [folder / "results.csv", folder / "users.csv"]


def test_an_archive_of_several_moodle_tables_reads_them_all():
    table = (
        "Имя,Фамилия,Адрес электронной почты,Тест: Дроби (Значение)\nПётр,Ёлкин,e@x.example,{}\n"
    )
    data = zipped_files({"7А": table.format(3), "7Б": table.format(4)})
    scores = {(s.class_label, s.raw) for s in reading_of(data).scores}
    assert scores == {("7А", 3.0), ("7Б", 4.0)}


def test_a_broken_archive_says_that_it_is_broken():
    data = bytearray(roster())
    at = data.find(b"2025-09-15")
    data[at : at + 4] = b"1999"  # the file no longer has the checksum that the archive tells
    assert "Архив повреждён и не читается" in text_of(reading_of(bytes(data)))


def test_an_archive_with_a_password_says_so():
    data = bytearray(roster())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.find(signature)
        while place >= 0:
            data[place + at] |= 1  # the flag of an encrypted part, in both of its headers
            place = data.find(signature, place + 4)
    assert "Файл защищён паролем" in text_of(reading_of(bytes(data)))


def test_an_archive_with_two_files_of_one_name_is_refused():
    data = zipped_files({"users": "a,b\n1,2\n", "x/users": "a,b\n1,2\n"})
    assert "слишком много частей или они повторяются" in text_of(reading_of(data))


def test_an_archive_of_very_many_files_is_refused():
    data = zipped_files({f"t{number}": "a,b\n" for number in range(MOST_PARTS + 1)})
    assert "слишком много частей" in text_of(reading_of(data))


def test_an_archive_that_inflates_without_end_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.csv", "a,b\n")
        archive.writestr("users.csv", b" " * (257 * 2**20))
    assert "Содержимое файла слишком велико" in text_of(reading_of(stream.getvalue()))


def test_an_archive_of_something_else_is_no_table():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("users.csv", "a,b\n")
        archive.writestr("program.exe", zlib.compress(b"x"))
    assert "Это не таблица и не текст" in text_of(reading_of(stream.getvalue()))


# Moodle

MOODLE = "Имя,Фамилия,Адрес электронной почты{more},Тест: Дроби (Значение)\n"


def moodle(*rows, more=""):
    return (MOODLE.format(more=more) + "".join(f"{row}\n" for row in rows)).encode()


def test_moodle_suspended_users_are_left_out_and_counted():
    data = moodle(
        "Пётр,Ёлкин,e@x.example,да,7", "Иван,Примеров,p@x.example,,8", more=",Приостановлен"
    )
    reading = reading_of(data)
    assert {(s.pupil, s.raw) for s in reading.scores} == {("Примеров Иван", 8.0)}
    assert "приостановлены, строк: 1" in text_of(reading)


def test_moodle_the_groups_of_a_pupil_tell_the_class():
    data = moodle(
        "Пётр,Ёлкин,e@x.example,7А,7", "Иван,Примеров,p@x.example,Сборная,8", more=",Группы"
    )
    assert {(s.pupil, s.class_label) for s in reading_of(data).scores} == {
        ("Ёлкин Пётр", "7А"),
        ("Примеров Иван", "7Б"),  # the hint: the group names no class
    }


def test_moodle_the_subject_of_the_course_comes_from_the_mapping_file():
    data = moodle("Пётр,Ёлкин,e@x.example,7")
    mapping = Mapping.model_validate({"subject": "алгебра"})
    reading = read_bytes(data, name="o.csv", hints=HINTS, mapping=mapping)
    assert (reading.format, [score.subject for score in reading.scores]) == ("moodle", ["Алгебра"])


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("2025-26/7Б/Алгебра Оценки-20260110_1200-comma_separated.csv", "Алгебра"),
        ("2026-01-10T1200_Grades-История_7Б.csv", "История"),
        ("физика.csv", "Физика"),
    ],
)
def test_moodle_the_name_of_the_file_may_tell_the_course(name, subject):
    data = moodle("Пётр,Ёлкин,e@x.example,7")
    reading = reading_of(data, name=name, hints=HINTS._replace(subject=None))
    assert [score.subject for score in reading.scores] == [subject]
    assert f"Баллы отнесены к предмету «{subject}»" in text_of(reading)


@pytest.mark.parametrize("name", ["Оценки.csv", "grade_report.csv", "выгрузка 3.csv", "7Б.csv"])
def test_moodle_a_course_that_nothing_names_is_asked_for(name):
    data = moodle("Пётр,Ёлкин,e@x.example,7")
    reading = reading_of(data, name=name, hints=HINTS._replace(subject=None))
    assert reading.scores == []
    assert "Не указано, по какому предмету этот курс" in text_of(reading)


def test_moodle_without_a_class_anywhere_names_the_rows():
    reading = reading_of(moodle("Пётр,Ёлкин,e@x.example,7"), hints=HINTS._replace(class_label=None))
    assert reading.scores == []
    assert "В строке нет класса с буквой" in text_of(reading)


def test_moodle_without_a_year_says_so():
    reading = reading_of(moodle("Пётр,Ёлкин,e@x.example,7"), hints=HINTS._replace(school_year=None))
    assert reading.scores == []
    assert "Не указан учебный год" in text_of(reading)


def test_moodle_two_pupils_of_one_name_in_one_class_are_both_left_out():
    data = moodle("Пётр,Ёлкин,e@x.example,7", "Пётр,Ёлкин,e2@x.example,8")
    reading = reading_of(data)
    assert (reading.scores, reading.listed) == ([], [])


def test_moodle_a_thousand_that_may_be_one_is_not_guessed():
    reading = reading_of(moodle('Пётр,Ёлкин,e@x.example,"1,000"'))
    assert reading.scores == []
    assert "Непонятная запись вместо балла: «1,000»" in text_of(reading)


def test_moodle_two_works_of_one_name_stay_apart():
    data = moodle("Пётр,Ёлкин,e@x.example,7,9", more=",Тест: Дроби (Real)")
    scales = {(s.scale, s.raw) for s in reading_of(data).scores}
    assert scales == {("Тест: Дроби", 7.0), ("Тест: Дроби (2)", 9.0)}


def test_moodle_surnames_beside_subjects_are_a_class_table_and_not_moodle():
    data = "Фамилия,Имя,Алгебра,Физика\nЁлкин,Пётр,4,5\nПримеров,Иван,3,4\n".encode()
    assert reading_of(data, name="7Б 2 четверть 2025-26.csv").format == "class_matrix"


# Canvas

CANVAS = "Student,ID,SIS User ID,SIS Login ID,Section,Дроби (1)\n{service}{rows}"


def canvas(*rows, service="    Points Possible,,,,,10\n"):
    return CANVAS.format(service=service, rows="".join(f"{row}\n" for row in rows)).encode()


def test_canvas_nothing_excused_and_not_assigned_are_three_things():
    data = canvas(
        '"Ёлкин, Пётр",1,,e,7А,', '"Примеров, Иван",2,,p,7А,EX', '"Сказкин, Семён",3,,s,7А,N/A',
        '"Нулёва, Анна",4,,n,7А,0',
    )  # fmt: skip
    reading = reading_of(data)
    assert {(s.pupil, s.raw) for s in reading.scores} == {("Нулёва Анна", 0.0)}
    assert "освобождён от работы, ячеек: 1" in text_of(reading)
    assert "не назначена (N/A), ячеек: 1" in text_of(reading)
    assert len(reading.listed) == 4


def test_canvas_a_localised_mark_of_computed_columns_is_understood():
    data = (
        "Student;ID;SIS Login ID;Section;Дроби (1);Slutpoäng\n"
        "    Möjliga poäng;;;;10,0;(läs endast)\n"
        "Ёлкин, Пётр;1;e;7А;7,5;75,0\n"
    )
    reading = reading_of((BOM + data).encode())
    assert {(s.scale, s.raw, s.maximum) for s in reading.scores} == {("Дроби", 7.5, 10.0)}
    assert "система вычисляет сама, не читаются, всего: 1" in text_of(reading)


def test_canvas_without_a_points_row_reads_points_without_a_maximum():
    reading = reading_of(canvas('"Ёлкин, Пётр",1,,e,7А,7', service=""))
    assert {(s.raw, s.maximum) for s in reading.scores} == {(7.0, None)}


def test_canvas_points_above_the_most_are_read_and_named():
    reading = reading_of(canvas('"Ёлкин, Пётр",1,,e,7А,11'))
    assert [score.raw for score in reading.scores] == [11.0]
    assert "Балл больше наибольшего" in text_of(reading)


# Open edX


def test_open_edx_people_stand_under_their_number_never_under_login_or_address():
    data = (
        b"Student ID,Email,Username,Grade,Enrollment Status\n"
        b"41,elkin@x.example,petr.elkin,0.5,enrolled\n"
    )
    reading = reading_of(data)
    assert {(s.pupil, s.code, s.raw, s.maximum) for s in reading.scores} == {("", "41", 0.5, 1.0)}
    assert reading.listed == []


def test_open_edx_a_share_above_one_is_named():
    data = b"Student ID,Email,Username,Grade\n41,elkin@x.example,petr.elkin,55\n"
    assert "Балл больше наибольшего" in text_of(reading_of(data))


# Google Classroom


def test_google_classroom_without_its_rows_is_read_by_a_mapping_file():
    data = "Фамилия,Имя,Почта,Дроби,Опыт\nЁлкин,Пётр,e@x.example,4,5\n".encode()
    mapping = Mapping.model_validate(
        {"class": "7Б", "school_year": "2025-26", "term": "Q2", "subjects": {"Дроби": "Алгебра"},
         "ignore": ["Почта", "Опыт"]}
    )  # fmt: skip
    reading = read_bytes(data, name="класс.csv", hints=Hints(), mapping=mapping)
    assert {(r.pupil, r.subject, r.value) for r in reading.records} == {
        ("Ёлкин Пётр", "Алгебра", 4.0)
    }


def test_google_classroom_dates_below_the_header_date_the_works():
    data = (
        "Фамилия,Имя,Адрес эл. почты,Дроби\n,,,20.11.2025\n,,,10\nЁлкин,Пётр,e@x.example,7\n"
    ).encode()
    reading = reading_of(data)
    assert {(s.scale, s.date, s.maximum) for s in reading.scores} == {("Дроби", "2025-11-20", 10.0)}
