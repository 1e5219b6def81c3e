"""Whatever school the demo makes up, its exports read back to the marks that it was made of."""

from __future__ import annotations

from collections import Counter

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from posanalytics.demo import netschool, vpr
from posanalytics.demo.dice import Dice
from posanalytics.demo.exports import exports
from posanalytics.demo.journal import FREED, journal
from posanalytics.demo.netschool import Manner
from posanalytics.demo.people import people
from posanalytics.demo.school import simulate
from posanalytics.demo.school_days import THIS_YEAR
from posanalytics.gradebook.read import read_bytes
from posanalytics.gradebook.reading import Hints
from posanalytics.labels import subject_label
from posanalytics.plan import parse_plan
from posanalytics.store import ingest, open_tables

KINDS = {"assessed": "mark"}
FULL = {subject_label(short): full for short, full in netschool.short_titles()}
# From grade 7 on mathematics stands in the gradebook as algebra; plan.yml of the demo joins them.
FULL["Алгебра"] = "Математика"
CURRENT = "Отчет об успеваемости"


def lives(rows):
    """Return what every pupil of a class has, as often as it occurs, without the pupil's name."""
    found = {}
    for pupil, *told in rows:
        found.setdefault(pupil, set()).add(tuple(told))
    return Counter(map(frozenset, found.values()))


def made(school, year, label):
    table = school.term_marks()
    own = table[table["class_label"].eq(label) & table["term"].str.startswith(year)]
    return lives(
        (row.pupil, row.subject, row.term, KINDS.get(row.status, row.status),
         row.mark if row.status == "assessed" else None)
        for row in own.itertuples()
    )  # fmt: skip


def read_back(files, year):
    """Return what the exports of one class say together."""
    readings = [read_bytes(data, name=name, hints=Hints(year)) for name, data in files]
    assert [str(p) for reading in readings for p in reading.problems if p.severity == "error"] == []
    return lives(
        (r.pupil, FULL.get(r.subject, r.subject), r.term, r.kind, r.value)
        for reading in readings
        for r in reading.records
        if r.slot == "term" and r.kind != "mean"
    )


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 2**31 - 1), effect=st.sampled_from([0.0, 0.3]), data=st.data())
def test_the_marks_of_any_class_come_back_from_its_exports(seed, effect, data):
    school = simulate(seed, effect)
    files = {}
    for name, content in exports(school):
        year, _, file = name.partition("/")
        label = next((room.label for room in school.of_year(year) if room.label in file), None)
        if label and not file.startswith((CURRENT, "ВПР")):
            files.setdefault((year, label), []).append((file, content))
    by_hand = [(THIS_YEAR, "7А"), (THIS_YEAR, "7В")]
    for year, label in [*by_hand, data.draw(st.sampled_from(sorted(files)))]:
        assert read_back(files[year, label], year) == made(school, year, label)


def written_journal(school, label, term):
    """Return the journal of a class in a quarter of this year, and the export made of it."""
    room = school.room(THIS_YEAR, label)
    written = journal(Dice(school.truth.seed, 1), room, term)
    manner = Manner(patronymic=True, yo=True, nbsp=False, short=False)
    return written, netschool.student_total(room, people(school), written, manner=manner)


def entries(written, label):
    """Return what the journal of every pupil says, token by token."""
    titles = [subject_label(title) for title in netschool.subject_titles(label)]
    return lives_of_days(
        (one.row, titles[subject], day.isoformat(), *said)
        for one in written.pupils
        for subject, cells in enumerate(one.cells)
        for day, entry in cells.items()
        for said in [
            *(("mark", float(mark)) for mark in entry.marks),
            *([("exempt" if entry.code == FREED else "absence", None)] if entry.code else []),
        ]
    )


def lives_of_days(rows):
    """Return what every pupil has on every day, two equal marks of one day as two."""
    found = {}
    for pupil, *told in rows:
        found.setdefault(pupil, []).append(tuple(told))
    return Counter(tuple(sorted(told, key=str)) for told in found.values())


@settings(max_examples=8, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 2**31 - 1), term=st.integers(0, 1), data=st.data())
def test_current_marks_and_absences_come_back_from_a_journal(seed, term, data):
    school = simulate(seed, 0.3)
    label = data.draw(st.sampled_from(sorted(room.label for room in school.of_year(THIS_YEAR))))
    written, content = written_journal(school, label, term)
    reading = read_bytes(content, name=f"{CURRENT}.xls")
    # The export prints every mean; one that its marks do not give would be named.
    assert [str(p) for p in reading.problems if p.severity != "note"] == []
    found = lives_of_days(
        (r.pupil, r.subject, r.date, r.kind, r.value) for r in reading.records if r.kind != "mean"
    )
    assert found == entries(written, label)


def test_the_marks_of_a_journal_come_through_a_load(tmp_path, plan_text):
    school = simulate(1, 0.3)
    written, content = written_journal(school, "7А", 0)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / f"{CURRENT} 7А 1 четверть.xls").write_bytes(content)
    plan = parse_plan(plan_text)
    ingest(tmp_path / "raw", tmp_path / "processed", plan=plan, jobs=1)
    tables = open_tables(tmp_path / "processed")
    marks = [mark for one in written.pupils for cells in one.cells for e in cells.values()
             for mark in e.marks]  # fmt: skip
    assert Counter(tables["marks"]["mark"]) == Counter(marks)
    means = Counter(
        round(total / number, 9)
        for one in written.pupils
        for subject in range(len(one.cells))
        for total, number in [one.mean(subject)]
        if number
    )
    assert Counter(tables["term_marks"]["mean_mark"].dropna().round(9)) == means


@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.generate])
@given(seed=st.integers(0, 2**31 - 1), work=st.sampled_from(vpr.WORKS))
def test_totals_of_a_test_come_back_as_the_sum_of_its_tasks(seed, work):
    school = simulate(seed, 0.0)
    rooms = [room for room in school.of_year(vpr.YEAR) if room.label.startswith(str(vpr.PARALLEL))]
    content = vpr.f1(Dice(seed, 1), rooms, work, school="Примерская школа")
    reading = read_bytes(content, name="ВПР.xlsx", hints=Hints(vpr.YEAR))
    sums, totals = Counter(), {}
    for score in reading.scores:
        if score.scale == "total":
            totals[score.code] = score.raw
        else:
            sums[score.code] += score.raw or 0
    assert totals
    assert totals == {code: sums[code] for code in totals}
    assert {s.maximum for s in reading.scores if s.scale == "total"} == {work.maximum}
