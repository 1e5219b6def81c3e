"""What stands beneath the verdict: other methods, without each subject, for whom."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pandas as pd
import pytest

from posanalytics import blocks, figures, for_whom, scrutiny
from posanalytics.evaluation.beside import beside, pupil_rows
from posanalytics.evaluation.current_marks import mark_variance, with_marks
from posanalytics.evaluation.estimators import t_difference, two_step, welch
from posanalytics.evaluation.inference import permutation
from posanalytics.panel import Periods

GAINS = {"5А": (1, (0.4, 0.6)), "5Б": (0, (0.0, 0.2)), "6А": (1, (0.3, 0.5)), "6Б": (0, (0.1, 0.1))}


def pupils():
    rows = [
        (label, f"{label}{place}", float(ours), 3.0, 3.0 + gain, gain)
        for label, (ours, gains) in GAINS.items()
        for place, gain in enumerate(gains)
    ]
    names = ["class_label", "pupil", "innovative", "before", "after", "gain"]
    return pd.DataFrame(rows, columns=names)


def answer(ours=(0.5, 0.4), theirs=(0.1, 0.1), *, late=(), headline="Такой же", code="D", **known):
    stepped = two_step(ours, theirs)
    told = {name: getattr(stepped, name) for name in ("estimate", "conf_low", "conf_high")}
    return SimpleNamespace(
        method="two_step", p_value=stepped.p_value, smallest_p=math.nan, two_step=stepped,
        welch=welch(ours, theirs), permutation=permutation(ours, theirs),
        ancova=t_difference(0.3, 0.1, 2, confidence=0.95, method="ancova_two_step"),
        design=SimpleNamespace(late=late),
        verdict=SimpleNamespace(headline=headline, code=code), **(told | known),
    )  # fmt: skip


# --- other methods --------------------------------------------------------------------------


def test_a_pupil_without_a_subject_has_the_mean_of_the_others():
    rows = pd.DataFrame(
        [("a", "Алгебра", 3.0, 4.0), ("a", "Физика", 5.0, 5.0), ("b", "Алгебра", 4.0, 3.0)],
        columns=["pupil", "subject", "before", "after"],
    ).assign(class_label="7А", role="innovative")
    found = pupil_rows(rows, {"Алгебра": 0.75, "Физика": 0.25})
    # a: 3·.75 + 5·.25 = 3.5 and 4·.75 + 5·.25 = 4.25; b has algebra only
    assert found["gain"].tolist() == [4.25 - 3.5, 3.0 - 4.0]


def test_every_method_that_can_speak_has_a_row_and_the_primary_one_is_first():
    found = beside(answer(), pupils())
    assert found["method"].tolist() == [
        "two_step", "welch", "ancova_two_step", "permutation", "CR2", "wild_bootstrap",
    ]  # fmt: skip
    # four classes of two pupils: the mean gain of our pupils is .45, of the others .1
    assert found.set_index("method").loc["CR2", "estimate"] == pytest.approx(0.45 - 0.1)
    # two of four classes, both arms alike: 2/6; signs of four classes: 2/2⁴
    assert found.set_index("method")["smallest_p"]["permutation"] == pytest.approx(2 / 6)
    assert found.set_index("method")["smallest_p"]["wild_bootstrap"] == 2 / 2**4


def test_one_class_in_an_arm_has_neither_welch_nor_cr2_nor_bootstrap():
    one = pupils()[lambda rows: rows["class_label"] != "6А"]
    found = beside(answer(ours=(0.5,), theirs=(0.1, 0.2)), one)
    assert not {"welch", "CR2", "wild_bootstrap"} & set(found["method"])


def test_classes_that_begin_at_different_times_have_the_primary_method_only():
    assert len(beside(answer(late=("5А",)), pupils())) == 1


# --- marks behind a mean --------------------------------------------------------------------


def cells(*rows):
    names = ["pupil", "subject", "term", "n", "sum_marks", "sum_squares"]
    return pd.DataFrame(rows, columns=names)


def test_the_variance_of_marks_is_pooled_over_cells():
    # marks 3, 5 and 4, 4, 4: squares about the means 2 + 0, degrees 1 + 2
    rows = cells(("a", "Физика", "T", 2, 800, 340_000), ("b", "Физика", "T", 3, 1200, 480_000))
    assert mark_variance(rows) == pytest.approx(2 / 3)


def test_single_marks_have_no_variance():
    assert math.isnan(mark_variance(cells(("a", "Физика", "T", 1, 400, 160_000))))


def test_marks_behind_both_means_are_counted_and_a_pupil_without_any_is_left_out():
    rows = cells(("a", "Физика", "T1", 2, 0, 0), ("a", "Физика", "T2", 3, 0, 0),
                 ("a", "Физика", "T3", 4, 0, 0), ("b", "Физика", "T2", 5, 0, 0))  # fmt: skip
    gains = pd.DataFrame({"pupil": ["a", "b"], "subject": "Физика"})
    found = with_marks(gains, rows, Periods(("T1",), ("T2", "T3")))
    assert found[["pupil", "marks_before", "marks"]].to_numpy().tolist() == [["a", 2, 3 + 4]]


# --- in words -------------------------------------------------------------------------------


def study(primary, without=()):
    return SimpleNamespace(evaluations=[primary], without_each_subject=dict(without))


def test_a_subject_that_turns_the_sign_is_named():
    said = scrutiny._said_of_subjects(
        study(answer(), {"Физика": answer(estimate=-0.1), "Химия": answer()})
    )
    assert "Физика" in said
    assert "Химия" not in said


def test_a_subject_that_changes_the_conclusion_is_named_with_it():
    others = {"Физика": answer(headline="Больше", estimate=0.2), "Химия": answer(estimate=0.3)}
    said = scrutiny._said_of_subjects(study(answer(), others))
    assert "от 0,20 до 0,30" in said
    assert "«Физика»" in said
    assert "«Больше»" in said


def test_without_a_conclusion_nothing_is_put_to_the_test():
    refused = study(answer(code="F"))
    assert scrutiny.choices(refused).empty
    assert len(scrutiny.summary(refused)) == 1
    assert len(for_whom.answers(refused)) == 1


@pytest.mark.parametrize(
    ("first", "last", "misleads"),
    [((36, 1.0, 3.0), (40, 0.5, 3.0), True), ((36, 1.0, 3.0), (64, 1.0, 4.0), False)],
)
def test_sou_misleads_where_two_threes_become_a_two_and_a_four(first, last, misleads):
    # (16 + 64)/2 = 40 with the same mean; two fours are 64 and a higher mean
    rows = pd.DataFrame([first, last], columns=["sou", "success", "mean"])
    assert for_whom._sou_misleads(rows) is misleads


def test_the_spread_of_marks_is_that_of_the_counted_marks():
    # 2 and 4: mean 3, squares 1 + 1, one degree of freedom
    assert for_whom._spread({5: 0, 4: 1, 3: 0, 2: 1}) == pytest.approx(math.sqrt(2))


# --- figure and blocks ----------------------------------------------------------------------


def choices():
    names = ["kind", "choice", "estimate", "conf_low", "conf_high", "verdict"]
    rows = [
        ("primary", "archive_placebo", 0.3, 0.1, 0.5, "B"),
        ("subject", "Физика", 0.2, -0.1, 0.5, "D"),
        ("method", "permutation", 0.3, math.nan, math.nan, math.nan),
    ]
    return pd.DataFrame(rows, columns=names)


def test_choices_stand_under_the_primary_one_methods_before_subjects():
    figure = figures.choices_figure(choices())
    [dots] = [trace for trace in figure.data if trace.mode == "markers"]
    assert dots.x == (0.3, 0.3, 0.2)
    assert list(dots.y) == sorted(dots.y)


def test_a_method_without_an_interval_says_so_and_draws_none():
    figure = figures.choices_figure(choices())
    drawn = [trace.x for trace in figure.data if trace.mode == "lines"]
    # The primary one, and of the two others the one of «Физика».
    assert drawn == [(0.1, 0.5), (-0.1, 0.5)]
    assert "границ нет" in figure.layout.meta["alt"]


def test_choices_of_nothing_say_so():
    assert not figures.choices_figure(choices().iloc[:0]).data


def test_a_fold_is_closed_and_keeps_what_is_inside():
    html = blocks.fold(blocks.prose(["Внутри"])).html
    assert html.startswith('<details class="fold"><summary>')
    assert "<p>Внутри</p>" in html


def test_questions_stand_beside_their_answers_and_nothing_typed_runs():
    html = blocks.answers([("Кто?", "<b>Никто</b>")]).html
    assert "<dt>Кто?</dt><dd>&lt;b&gt;Никто&lt;/b&gt;</dd>" in html


def test_tables_without_rows_are_left_out():
    tables = {"Есть": pd.DataFrame({"pupils": [1]}), "Нет": pd.DataFrame({"pupils": []})}
    assert "Нет" not in blocks.frame_tables(tables).html


def test_a_chance_has_three_digits_and_the_smallest_ones_a_limit():
    html = blocks.frame_table(pd.DataFrame({"p_value": [0.0123, 0.0001]})).html
    assert ">0,012<" in html
    assert "&lt; 0,001" in html
