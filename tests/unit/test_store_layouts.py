"""Every layout of every system, through the whole load: the tables hold what was typed."""

from __future__ import annotations

import importlib
import re
from collections import Counter

import pytest
from layouts import all_layouts

from posanalytics.plan import parse_plan
from posanalytics.store.tables import open_tables

# The package gives the function of that name.
INGEST = importlib.import_module("posanalytics.store.ingest")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
WORDS = ("exempt", "not_assessed", "pass", "fail", "absence", "debt")
LAYOUTS = {
    part: pytest.mark.parametrize(
        "layout",
        [one for one in all_layouts() if getattr(one, part)],
        ids=lambda layout: layout.title,
    )
    for part in ("marks", "scores")
}


@pytest.fixture
def loaded(tmp_path, plan_text, monkeypatch):
    """Return a maker of the tables of one layout; it is read here and not in a worker."""
    plan = parse_plan(plan_text + "marking: {not_counted: use}\n")

    def load(layout):
        def answers(sources, **_):
            for source in sources:
                yield source, INGEST._read_one(source._replace(hints=layout.hints)), "done"

        monkeypatch.setattr(INGEST, "answers", answers)
        path = tmp_path / "raw" / layout.file
        path.parent.mkdir(parents=True)
        path.write_bytes(layout.data)
        INGEST.ingest(tmp_path / "raw", tmp_path / "processed", plan=plan)
        return open_tables(tmp_path / "processed")

    load.subject = plan.subject_name
    return load


def lives(rows):
    """Return what every pupil has, as often as it occurs, without the pupil's name."""
    found = {}
    for pupil, *told in rows:
        found.setdefault(pupil, []).append(tuple(told))
    return Counter(tuple(sorted(told, key=str)) for told in found.values())


def typed(layout, subject):
    """Return every typed token: pupil, subject, day or term, and what it says."""
    return [
        (pupil, subject(name), when, said)
        for (pupil, name, when), told in layout.marks.items()
        for said in told
    ]


def mean_in(told):
    """Return which of what stands for one term is the mean: a fraction, or what comes first."""
    fractions = [place for place, said in enumerate(told) if said not in WORDS and said % 1]
    return next(iter([*fractions, *range(len(told) > 1)]), None)


def only_means(layout):
    """Return whether a layout holds means and nothing else: one number per term, some broken."""
    said = list(layout.marks.values())
    return all(len(told) == 1 and told[0] not in WORDS for told in said) and any(
        told[0] % 1 for told in said
    )


def columns(frame, *names):
    return lives(frame[["pupil", *names]].itertuples(index=False, name=None))


@LAYOUTS["marks"]
def test_current_marks_and_absences_come_through(loaded, layout):
    tables = loaded(layout)
    dated = [row for row in typed(layout, loaded.subject) if DAY.fullmatch(row[2])]
    marks = [row for row in dated if not isinstance(row[3], str)]
    assert columns(tables["marks"], "subject", "date", "mark") == lives(marks)
    absences = [row[:3] for row in dated if row[3] == "absence"]
    assert columns(tables["attendance"], "subject", "date") == lives(absences)


@LAYOUTS["marks"]
def test_term_marks_statuses_and_printed_means_come_through(loaded, layout):
    found = loaded(layout)["term_marks"]
    # One name in two classes is two pupils, which a layout does not tell apart.
    stacked = found["class_label"].nunique() > 1
    found = found.assign(pupil="") if stacked else found
    expected = {"mark": [], "status": [], "mean": []}
    dated = {row[:2] for row in typed(layout, loaded.subject) if DAY.fullmatch(row[2])}
    for (pupil, name, when), told in layout.marks.items():
        if DAY.fullmatch(when):
            continue
        who = (pupil, loaded.subject(name))
        mean = None if stacked else 0 if only_means(layout) else mean_in(told)
        for place, said in enumerate(told):
            kind = "mean" if place == mean else "status" if said in WORDS else "mark"
            # Where there are current marks, the mean is theirs.
            if kind != "mean" or who not in dated:
                expected[kind].append(("" if stacked else pupil, who[1], when, said))
    place = ("subject", "term")
    assert columns(found[found["mark"].notna()], *place, "mark") == lives(expected["mark"])
    statuses = found[~found["status"].isin(["", "assessed"])]
    assert columns(statuses, *place, "status") == lives(expected["status"])
    printed = found[found["mean_mark"].notna() & found["marks"].eq(0)]
    assert columns(printed, *place, "mean_mark") == lives(expected["mean"])


@LAYOUTS["scores"]
def test_scores_come_through(loaded, layout):
    table = loaded(layout)["scores"]
    told = table["raw"].astype("object").where(table["raw"].notna(), table["level"])
    found = columns(table.assign(told=told.mask(told.eq(""), None)), "subject", "scale", "told")
    assert found == lives(
        (who, loaded.subject(subject) if subject else "", scale, points)
        for (who, subject, scale), points in layout.scores.items()
    )
