"""What the made-up school writes, the readers and the store give back: same pupils, same marks."""

import importlib.util
from collections import Counter

import pytest

from posanalytics.demo.folder import write_demo
from posanalytics.demo.people import NAMESAKES_APART
from posanalytics.demo.school import simulate
from posanalytics.workspace import open_workspace

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("posanalytics.gradebook.read") is None,
    reason="the readers are not there yet",
)
SEED = 21
ROW = ["class_label", "subject", "term", "status", "mark"]


@pytest.fixture(scope="module")
def school():
    return simulate(SEED, 0.3)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("school")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POSANALYTICS_KEY_FILE", str(tmp_path_factory.mktemp("vault") / "key"))
        patch.setenv("POSANALYTICS_LANG", "ru")
        write_demo(folder, seed=SEED, effect=0.3)
        workspace = open_workspace(folder)
        report = workspace.load()
        return report, {name: workspace.tables[name] for name in ("term_marks", "marks", "scores")}


def lives(term_marks):
    """Return, for every pupil, everything that the table says, without the pupil's name."""
    printed = term_marks[term_marks["status"].ne("")].fillna({"mark": 0.0})
    return Counter(
        frozenset(rows[ROW].itertuples(index=False, name=None))
        for _, rows in printed.groupby("pupil")
    )


def test_every_pupil_comes_back_with_the_same_marks_in_all_three_years(school, loaded):
    """Classes move up, two exports print patronymics, one year has no «ё», one pupil moves."""
    _, tables = loaded
    there, here = lives(tables["term_marks"]), lives(school.term_marks())
    assert there - here == Counter()
    assert here - there == Counter()


def test_namesakes_of_parallel_classes_stay_two_pupils(school, loaded):
    _, tables = loaded
    rows = tables["term_marks"]
    own = rows[rows["term"].eq("2025-26-Q1") & rows["class_label"].isin(NAMESAKES_APART)]
    pupils = sum(
        int(school.room("2025-26", label).enrolment.present[:, 0].sum())
        for label in NAMESAKES_APART
    )
    assert own["pupil"].nunique() == pupils


def test_nothing_is_quarantined_and_nothing_is_an_error(loaded):
    report, _ = loaded
    assert report.quarantined == 0
    assert [str(one) for one in report.problems if one.severity == "error"] == []


def test_footers_and_averages_of_the_exports_are_confirmed(loaded):
    report, _ = loaded
    assert [str(one) for one in report.problems if one.severity == "warning"] == []


def test_the_mean_of_current_marks_rounds_to_the_term_mark(loaded):
    _, tables = loaded
    rows = tables["term_marks"]
    both = rows[rows["marks"].gt(0) & rows["mark"].notna()]
    assert set(both["class_label"]) == {"5А", "7Б"}
    assert ((both["mean_mark"] + 0.5) // 1 == both["mark"]).all()


def test_the_tests_come_back_with_a_row_for_every_participant(loaded):
    _, tables = loaded
    totals = tables["scores"].groupby("subject")["pupil"].nunique()
    assert set(totals.index) == {"Математика", "Русский язык"}
    assert totals.min() > 3 * 10
