"""Whatever school the demo makes up, its exports read back to the marks that it was made of."""

from __future__ import annotations

from collections import Counter

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from posanalytics.demo import netschool
from posanalytics.demo.exports import exports
from posanalytics.demo.school import simulate
from posanalytics.demo.school_days import THIS_YEAR
from posanalytics.gradebook.read import read_bytes
from posanalytics.gradebook.reading import Hints
from posanalytics.labels import subject_label

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
