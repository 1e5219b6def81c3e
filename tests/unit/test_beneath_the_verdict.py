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
from posanalytics.panel import Periods, pupil_gains, with_roles

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


BOTH = pd.DataFrame({"pupil": ["a", "b"], "class_label": "7А", "subject": "Физика"})


def values(pupils):
    """Return a value of each pupil in one term before and two after."""
    terms = [("T1", "before"), ("T2", "after"), ("T3", "after")]
    rows = [(pupil, "7А", "Физика", *term) for pupil in pupils for term in terms]
    return pd.DataFrame(rows, columns=["pupil", "class_label", "subject", "term", "phase"])


def test_a_cell_without_a_mark_has_no_part_in_the_variance():
    rows = cells(("a", "Физика", "T", 2, 800, 340_000), ("b", "Физика", "T", 0, 0, 0))
    # marks 3 and 5: squares about the mean 2, one degree of freedom
    assert mark_variance(rows) == pytest.approx(2.0)


def test_one_mark_in_one_of_two_terms_makes_their_mean_uncertain():
    rows = cells(("a", "Физика", "T1", 2, 0, 0), ("a", "Физика", "T2", 1, 0, 0),
                 ("a", "Физика", "T3", 9, 0, 0))  # fmt: skip
    found = with_marks(BOTH, values("a"), rows)
    # σ²(1/1 + 1/9)/4 = σ²/3.6, where σ²/10 would be ten marks of one term
    assert found["worth"].tolist() == pytest.approx([3.6])
    assert found["worth_before"].tolist() == [2.0]


def test_a_mean_of_which_one_term_has_unknown_marks_is_left_out():
    rows = cells(("a", "Физика", "T1", 2, 0, 0), ("a", "Физика", "T2", 3, 0, 0))
    assert with_marks(BOTH, values("a"), rows).empty


def test_marks_behind_both_means_are_counted_and_a_pupil_without_any_is_left_out():
    rows = cells(("a", "Физика", "T1", 2, 0, 0), ("a", "Физика", "T2", 3, 0, 0),
                 ("a", "Физика", "T3", 4, 0, 0), ("b", "Физика", "T2", 5, 0, 0))  # fmt: skip
    found = with_marks(BOTH, values("ab"), rows)
    assert found[["pupil", "marks_before", "marks"]].to_numpy().tolist() == [["a", 2, 3 + 4]]


# --- in words -------------------------------------------------------------------------------


def study(primary, without=()):
    return SimpleNamespace(evaluations=[primary], without_each_subject=dict(without))


def test_a_subject_that_turns_the_sign_is_named():
    said = scrutiny._said_of_subjects(
        study(answer(), {"Физика": answer(estimate=-0.1), "Химия": answer()})
    )
    assert "он меняется, если убрать «Физика»" in said
    assert "Химия" not in said
    assert said.endswith("Вывод при этом везде тот же.")


def test_a_difference_of_nothing_between_two_signs_does_not_keep_its_sign():
    others = {"История": answer(estimate=-0.1), "Биология": answer(estimate=0.2)}
    said = scrutiny._said_of_subjects(study(answer(estimate=0.0), others))
    assert "не меняется" not in said
    assert "если убрать «История» или «Биология»" in said


def said_of_methods(monkeypatch, rows, *, p_value, **known):
    table = pd.DataFrame(rows, columns=["method", "estimate", "p_value"]).assign(smallest_p=0.01)
    monkeypatch.setattr(scrutiny, "_others", lambda _: table)
    primary = answer(**known)
    primary.p_value = p_value
    return scrutiny._said_of_methods(study(primary))


def test_a_method_that_finds_the_opposite_does_not_agree(monkeypatch):
    rows = [("welch", 0.3, 0.01), ("CR2", -0.3, 0.01)]
    said = said_of_methods(monkeypatch, rows, p_value=0.01)
    assert "Других способов, которые при наших данных на это способны: 2; так же отвечают 1" in said
    assert "направлена в другую сторону (1)" in said


def test_a_difference_too_small_to_matter_is_not_told_as_a_difference(monkeypatch):
    said = said_of_methods(monkeypatch, [("welch", 0.05, 0.01)], p_value=0.01, code="C")
    assert "Главный способ отличает разницу от случая" not in said
    assert "назвала незначимыми" in said


def test_methods_that_could_never_answer_are_named_apart(monkeypatch):
    rows = pd.DataFrame(
        [("welch", 0.3, 0.01, math.nan), ("permutation", 0.3, 1 / 6, 1 / 6)],
        columns=["method", "estimate", "p_value", "smallest_p"],
    )
    monkeypatch.setattr(scrutiny, "_others", lambda _: rows)
    primary = answer()
    primary.p_value = 0.01
    said = scrutiny._said_of_methods(study(primary))
    assert "способны: 1; так же отвечают все." in said
    assert "не отличат от случая никакую разницу: перестановка классов." in said


def test_where_no_other_method_can_answer_that_is_said(monkeypatch):
    assert said_of_methods(monkeypatch, [("welch", 0.3, 0.01)][:0], p_value=0.2).startswith(
        "Других"
    )


def test_several_subjects_that_turn_the_sign_turn_it_each_alone():
    others = {"История": answer(estimate=-0.1), "Биология": answer(estimate=-0.2, headline="Иной")}
    said = scrutiny._said_of_subjects(study(answer(), others))
    assert "если убрать «История» или «Биология»" in said
    assert "Без предмета «Биология» вывод был бы другим: «Иной»." in said


def test_a_subject_that_changes_the_conclusion_is_named_with_it():
    others = {"Физика": answer(headline="Больше", estimate=0.2), "Химия": answer(estimate=0.3)}
    said = scrutiny._said_of_subjects(study(answer(), others))
    assert "от +0,20 до +0,30" in said
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


def test_marks_are_counted_as_in_the_chart_and_not_assessed_stand_apart(monkeypatch):
    row = {"class_label": "innovative", "term": "2025-26-Q2", "pupils": 301, "not_assessed": 1}
    row |= {"count_5": 60, "count_4": 150, "count_3": 80, "count_2": 10, "mean": 3.9}
    row |= dict.fromkeys(("spread", "success", "quality_subject", "sou"), 0.5)
    monkeypatch.setattr(for_whom, "_indicators", lambda _: pd.DataFrame([row]))
    found = for_whom.indicator_table(None).iloc[0]
    assert (found["marks"], found["not_assessed"]) == (60 + 150 + 80 + 10, 1)


def test_the_spread_of_marks_is_that_of_the_counted_marks():
    # 2 and 4: mean 3, squares 1 + 1, one degree of freedom
    assert for_whom._spread({5: 0, 4: 1, 3: 0, 2: 1}) == pytest.approx(math.sqrt(2))


# --- for whom -------------------------------------------------------------------------------


def plan(innovative=("5А",), team=5):
    return SimpleNamespace(
        comparison=SimpleNamespace(innovative=innovative), audience=SimpleNamespace(team=team)
    )


def missed(monkeypatch, *, flagged, classes=("5А", "7Б"), pupils=25, subjects=8):
    """Return what is said where that many of each class fell behind."""
    rows = [
        (label, subjects, place < count)
        for label, count in zip(classes, flagged, strict=True)
        for place in range(pupils)
    ]
    found = pd.DataFrame(rows, columns=["class_label", "subjects", "flagged"])
    monkeypatch.setattr(for_whom, "_missed", lambda _: found)
    return for_whom._said_of_missed(SimpleNamespace(plan=plan()))


def test_those_who_fell_behind_are_counted_over_classes_from_the_smallest_group_shown(monkeypatch):
    assert "предметам: 5 из 50\xa0учеников (5А и 7Б)" in missed(monkeypatch, flagged=(5, 0))


@pytest.mark.parametrize(
    ("flagged", "classes"),
    [((1,), ("5А",)), ((6,), ("5А",)), ((2, 2), ("5А", "7Б")), ((23, 23), ("5А", "7Б"))],
)
def test_a_number_of_one_class_or_below_the_smallest_group_is_not_told(
    monkeypatch, flagged, classes
):
    said = missed(monkeypatch, flagged=flagged, classes=classes)
    assert "Сколько их, здесь не сказано" in said
    assert f"{sum(flagged)} из" not in said


def test_nobody_behind_is_said_of_one_class_too(monkeypatch):
    assert "не нашлось тех" in missed(monkeypatch, flagged=(0,), classes=("5А",))


def test_one_subject_judges_no_pupil(monkeypatch):
    assert "по одному предмету об ученике не судят" in missed(
        monkeypatch, flagged=(0, 0), subjects=1
    )


def parallels(monkeypatch, gains, *, sizes=None):
    """Return what is said of parallels whose classes of five gain that much; А is innovative."""
    rows = [
        (label, float(label.endswith("А")), 3.0, 3.0 + gain)
        for label, gain in gains.items()
        for _ in range((sizes or {}).get(label, 5))
    ]
    found = pd.DataFrame(rows, columns=["class_label", "innovative", "before", "after"])
    monkeypatch.setattr(for_whom, "_pupils", lambda _: found)
    return for_whom._said_of_parallels(SimpleNamespace(plan=plan()))


APART = {"5А": 2.0, "5Б": 0.1, "5В": -0.1, "6А": 0.0, "6Б": 0.1, "6В": -0.1}


def test_parallels_that_differ_beyond_chance_are_said_to(monkeypatch):
    # F = (4/3)/.02 = 67 with 1 and 2 degrees of freedom: p = 1 − √(67/69) = .015
    assert "трудно объяснить случаем" in parallels(monkeypatch, APART)


def test_parallels_that_differ_no_more_than_by_chance_are_said_to(monkeypatch):
    # d = .1 and 0: F = (2/3)·2·.05²/.02 = .17
    assert "могли разойтись и случайно" in parallels(monkeypatch, APART | {"5А": 0.1})


def test_two_classes_a_parallel_are_said_to_be_too_few_to_test(monkeypatch):
    few = {label: APART[label] for label in ("5А", "5Б", "6А", "6Б")}
    assert "слишком мало, чтобы проверить" in parallels(monkeypatch, few)


def test_one_degree_of_freedom_does_not_test_parallels(monkeypatch):
    few = {label: APART[label] for label in ("5А", "5Б", "5В", "6А", "6Б")}
    assert "слишком мало, чтобы проверить" in parallels(monkeypatch, few)


def test_a_hidden_parallel_has_no_part_in_the_test(monkeypatch):
    said = parallels(monkeypatch, APART, sizes={"6В": 4})
    assert "случа" not in said
    assert said.count("балла") == 1


def marks_of(rows, *, measure):
    """Return a study of pupils in 5А and 5Б: (pupil, class, term, mark, mean_mark)."""
    names = ["pupil", "class_label", "term", "mark", "mean_mark"]
    frame = pd.DataFrame(rows, columns=names).assign(subject="Физика")
    compared = Periods(("2025-26-Q1",), ("2025-26-Q2", "2025-26-Q3"))

    def gains(chosen=None):
        found = pupil_gains(frame, periods=compared, measure=chosen or measure)
        return with_roles(found, innovative=["5А"], control=["5Б"], year="2025-26")

    return SimpleNamespace(
        plan=plan(team=3), evaluations=[SimpleNamespace(weights={"Физика": 1.0})], gains=gains,
        term_marks=lambda: frame, periods_compared=lambda: compared,
    )  # fmt: skip


def five_each(before, first, second):
    """Return rows of five pupils in each class; those of 5А have these marks and means."""
    terms = ("2025-26-Q1", "2025-26-Q2", "2025-26-Q3")
    ours = dict(zip(terms, (before, first, second), strict=True))
    rows = [(f"a{n}", "5А", term, *found) for n in range(5) for term, found in ours.items()]
    return rows + [(f"b{n}", "5Б", term, 4.0, 4.0) for n in range(5) for term in terms]


@pytest.mark.parametrize("measure", ["term_mark", "mean_mark"])
def test_a_three_is_a_term_mark_whatever_is_compared(measure):
    # all are 3 before (with a mean of 3,4); after, one of two terms is a 3: 50 % less
    said = for_whom._said_of_low_marks(
        marks_of(five_each((3.0, 3.4), (3.0, 3.4), (4.0, 3.6)), measure=measure)
    )
    assert "изменилась на −50 п. п. в инновационных классах и на 0 п. п. в контрольных" in said


def test_means_alone_do_not_tell_the_share_of_threes():
    none = [(*row[:3], math.nan, row[4]) for row in five_each((3, 3.4), (3, 3.4), (4, 3.6))]
    assert "нужны сами отметки" in for_whom._said_of_low_marks(marks_of(none, measure="mean_mark"))


def test_a_group_below_the_smallest_shown_hides_the_share_of_threes():
    study = marks_of(five_each((3, 3.4), (3, 3.4), (4, 3.6)), measure="term_mark")
    study.plan = plan(team=6)
    assert for_whom._said_of_low_marks(study).startswith("Скрыто")


def gap(monkeypatch, *, others, team=5):
    """Return what is said of 5А and 5Б with six weak each, and so many others in 5А."""
    rows = [
        (label, arm, mark, mark + 0.1 * number)
        for label, arm, many in (("5А", 1, others), ("6А", 1, 7), ("5Б", 0, 12), ("6Б", 0, 9))
        for mark, count in ((3.0, 6), (4.0, many))
        for number in range(count)
    ]
    found = pd.DataFrame(rows, columns=["class_label", "innovative", "before", "after"])
    found = for_whom._Weak(found.assign(earlier=found["before"]), "2025-26-Q1")
    monkeypatch.setattr(for_whom, "_with_earlier", lambda _: found)
    return for_whom._said_of_gap(SimpleNamespace(plan=plan(("5А", "6А"), team)))


def test_a_class_with_too_few_others_is_named_as_left_out(monkeypatch):
    assert "Не вошли классы, где слабых или остальных меньше 5: 5А." in gap(monkeypatch, others=4)
    assert "Не вошли" not in gap(monkeypatch, others=5)


def test_too_few_others_are_hidden_as_too_few_weak_are(monkeypatch):
    # 5А is left out; the others of 6А are 7, its weak 6
    assert gap(monkeypatch, others=4, team=6).startswith("Слабые")
    assert gap(monkeypatch, others=4, team=7).startswith("Скрыто")


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


def test_a_method_that_could_never_answer_is_crossed_and_not_hollow():
    # Two classes against three: 2 of 10 splits, so p of the permutation is never under .05.
    figure = figures.choices_figure(choices().assign(p_value=1 / 6, smallest_p=1 / 6))
    dots, crosses = (trace for trace in figure.data if trace.mode == "markers")
    assert (len(dots.x), len(crosses.x)) == (2, 1)
    assert crosses.marker.symbol == "x-thin"
    assert "способ ответить не может" in figure.layout.meta["alt"]
    assert "Крестик" in figure.layout.meta["help"]


def test_a_method_without_an_interval_is_filled_by_its_p():
    figure = figures.choices_figure(choices().assign(p_value=0.01, smallest_p=0.002))
    [dots] = [trace for trace in figure.data if trace.mode == "markers"]
    assert list(dots.marker.color)[1] == figures.style.INNOVATIVE


def test_names_of_methods_stand_in_one_size():
    names = [
        "two_step", "welch", "permutation", "ancova_two_step", "CR2", "wild_bootstrap", "staggered"
    ]  # fmt: skip
    rows = pd.DataFrame([choices().iloc[0], *[choices().iloc[2]] * len(names)])
    figure = figures.choices_figure(rows.assign(choice=["two_step", *names]))
    sizes = {note.font.size for note in figure.layout.annotations if note.xshift == -212}
    assert sizes == {figures.style.BASE, figures.style.SMALL}


@pytest.mark.parametrize("reach", [0.04, 0.1, 0.37, 0.5, 1.2])
def test_numbers_under_the_axis_of_choices_do_not_touch(reach):
    rows = choices().assign(estimate=reach / 2, conf_low=0.0, conf_high=reach)
    axis = figures.choices_figure(rows).layout.xaxis
    apart = (axis.tickvals[1] - axis.tickvals[0]) / (axis.range[1] - axis.range[0])
    # Digits of DejaVu Sans are 0.64 of their size wide, a comma 0.32, a sign 0.84 (its metrics).
    digits = len(axis.ticktext[-1]) - 2
    assert apart * (680 - 212 - 204) > 13 * (0.64 * digits + 0.32 + 0.84)


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
