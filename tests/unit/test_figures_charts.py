"""What each figure draws, writes and says, from tables drawn here."""

from __future__ import annotations

import itertools
import json
import math
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from posanalytics import figures
from posanalytics.figures import style

ROOT = Path(__file__).parents[2]
TERMS = ["2024-25-Q4", "2025-26-Q1", "2025-26-Q2"]


def means(groups=("innovative", "control"), terms=TERMS):
    return pd.DataFrame(
        {
            "group": group,
            "term": term,
            "mean": 3.5 + 0.1 * place + 0.05 * when,
            "conf_low": 3.4 + 0.1 * place + 0.05 * when,
            "conf_high": 3.6 + 0.1 * place + 0.05 * when,
            "pupils": 20 + place,
        }
        for place, group in enumerate(groups)
        for when, term in enumerate(terms)
    )


def band():
    return pd.DataFrame({"term": TERMS, "conf_low": 3.3, "conf_high": 3.9})


def result(outcome="Все предметы", *, estimate=0.27, low=0.09, high=0.45, verdict="A", mde=0.24):
    return {
        "outcome": outcome, "estimate": estimate, "conf_low": low, "conf_high": high,
        "minimum_detectable": mde, "pupils": 109, "classes_innovative": 2, "classes_control": 3,
        "p_value": 0.012345, "scale": "5", "verdict": verdict,
    }  # fmt: skip


def shares(counts=((2, 6), (3, 42), (4, 40), (5, 12)), group="innovative", term=TERMS[-1]):
    total = sum(count for _, count in counts)
    return pd.DataFrame(
        {"group": group, "term": term, "mark": mark, "share": count / total, "count": count}
        for mark, count in counts
    )


def moves():
    counts = {(2, 3): 3, (3, 3): 15, (3, 4): 8, (4, 3): 2, (5, 5): 5}
    return pd.DataFrame(
        {"before_mark": before, "after_mark": after, "pupils": pupils}
        for (before, after), pupils in counts.items()
    )


def baseline():
    return means(terms=TERMS[:1]).drop(columns="term")


def subject_means(subjects=("Алгебра", "Физика"), groups=("innovative", "control")):
    tables = [means(groups).assign(subject=subject) for subject in subjects]
    return pd.concat(tables, ignore_index=True)


def completeness():
    rows = [("5А", TERMS[0], 1.0, 20), ("5А", TERMS[1], 0.9, 20), ("10А", TERMS[1], 1.0, 18)]
    return pd.DataFrame(rows, columns=["class_label", "term", "share", "pupils"])


def categories():
    row = {
        "class_label": "7Б", "term": TERMS[-1], "pupils": 25, "excellent": 3, "good": 8,
        "one_four": 2, "satisfactory": 11, "one_three": 4, "failing": 2,
    }  # fmt: skip
    return pd.DataFrame([row])


def choices():
    rows = [
        ("primary", "two_step", 0.3, 0.1, 0.5, "A"), ("subject", "Физика", 0.2, -0.1, 0.5, "D"),
    ]  # fmt: skip
    return pd.DataFrame(
        rows, columns=["kind", "choice", "estimate", "conf_low", "conf_high", "verdict"]
    )


def attendance():
    row = {
        "class_label": "7Б", "term": TERMS[-1], "ill": 30, "excused": 8, "unexcused": 4,
        "unnamed": 6, "late": 5, "pupils": 20, "subjects": 8,
    }  # fmt: skip
    return pd.DataFrame([row])


def reserve():
    rows = [("Физика", 2, 1), ("Алгебра", 3, 0), ("История", 0, 0)]
    table = pd.DataFrame(rows, columns=["subject", "one_three", "one_four"])
    return table.assign(class_label="7Б", term=TERMS[-1], pupils=25, quality_class=0.4)


PERIOD = "1\u00a0четверть 2025/26 – 2\u00a0четверть 2025/26"
FULL = {
    "attendance": lambda: figures.attendance_figure(attendance()),
    "baseline": lambda: figures.baseline_figure(baseline(), g=0.04, period=PERIOD),
    "categories": lambda: figures.categories_figure(categories()),
    "choices": lambda: figures.choices_figure(choices().assign(pupils=97), period=PERIOD),
    "completeness": lambda: figures.completeness_figure(completeness()),
    "difference": lambda: figures.difference_figure(pd.DataFrame([result()]), period=PERIOD),
    "distribution": lambda: figures.distribution_figure(shares()),
    "dynamics": lambda: figures.dynamics_figure(means(), band=band(), start=TERMS[-1]),
    "placebo": lambda: figures.placebo_figure([-0.1, 0.0, 0.1], 0.2, period=PERIOD),
    "reserve": lambda: figures.reserve_figure(reserve()),
    "subjects": lambda: figures.subjects_figure(subject_means()),
    "transition": lambda: figures.transition_figure(moves(), period=PERIOD),
}
EMPTY = {
    "attendance": lambda: figures.attendance_figure(attendance().iloc[:0]),
    "baseline": lambda: figures.baseline_figure(baseline().iloc[:0]),
    "categories": lambda: figures.categories_figure(categories().iloc[:0]),
    "choices": lambda: figures.choices_figure(choices().iloc[:0]),
    "completeness": lambda: figures.completeness_figure(completeness().iloc[:0]),
    "difference": lambda: figures.difference_figure(pd.DataFrame([result()]).iloc[:0]),
    "distribution": lambda: figures.distribution_figure(shares().iloc[:0]),
    "dynamics": lambda: figures.dynamics_figure(means().iloc[:0]),
    "placebo": lambda: figures.placebo_figure([], 0.2),
    "reserve": lambda: figures.reserve_figure(reserve().iloc[:0]),
    "subjects": lambda: figures.subjects_figure(subject_means().iloc[:0]),
    "transition": lambda: figures.transition_figure(moves().iloc[:0]),
}


def texts(figure):
    return " ".join(note.text for note in figure.layout.annotations)


def note_of(figure):
    return figure.layout.meta["note"]


def text_tables(figure):
    table = figure.layout.meta["table"]
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


# --- every figure ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", FULL)
def test_a_figure_carries_its_question_its_sentence_its_help_and_its_table(name):
    meta = FULL[name]().layout.meta
    assert meta["title"].endswith("?")
    assert re.search(r"\d", meta["alt"])
    assert meta["help"]
    assert all(len(row) == len(meta["table"]["columns"]) for row in meta["table"]["rows"])


def test_the_common_rules_are_held_by_every_figure_there_is():
    public = {name.removesuffix("_figure") for name in figures.__all__}
    assert (public - set(FULL), public - set(EMPTY)) == (set(), set())


@pytest.mark.parametrize("name", FULL)
def test_a_figure_names_its_period_under_the_chart(name):
    assert re.match(r"Период: .*(четверть|полугодие|триместр).*20\d\d/\d\d", note_of(FULL[name]()))


@pytest.mark.parametrize("name", FULL)
def test_a_figure_says_how_many_stand_behind_it(name):
    figure = FULL[name]()
    said = f"{note_of(figure)} {texts(figure)}"
    counted = r"\d+\u00a0(ученик|отмет|класс|урок)|N\u00a0=\u00a0\d|Раскладов наугад: \d|· \d"
    cells = " ".join(str(text) for trace in figure.data for text in trace.text or ())
    assert re.search(counted, f"{said} {cells}")


@pytest.mark.parametrize("name", FULL)
def test_a_figure_uses_only_colours_that_the_page_on_the_visual_language_names(name):
    figure = FULL[name]()
    page = (ROOT / "docs" / "visual.md").read_text("utf-8")
    used = set(re.findall(r"#[0-9a-f]{6}", json.dumps(figure.to_plotly_json(), default=str)))
    assert used - set(re.findall(r"#[0-9a-f]{6}", page)) == set()


@pytest.mark.parametrize("name", FULL)
def test_a_figure_writes_in_the_sizes_of_the_type_scale_only(name):
    # docs/visual.md: 12 in small charts, 13, 14, 15; 17 and 20 for a number that leads.
    sizes = {note.font.size for note in FULL[name]().layout.annotations}
    assert sizes <= {12, style.SMALL, style.BASE, style.LABEL, 17, 20}


@pytest.mark.parametrize("name", FULL)
def test_a_figure_has_no_legend_and_no_title_of_plotly(name):
    layout = FULL[name]().layout
    assert layout.title.text is None
    assert layout.template.layout.showlegend is False


@pytest.mark.parametrize("name", FULL)
def test_a_figure_embeds_no_number_longer_than_people_read(name):
    figure = FULL[name]()
    numbers = re.findall(r"\d\.(\d+)", json.dumps([list(t.x or ()) for t in figure.data]))
    assert max(map(len, numbers), default=0) <= 4


@pytest.mark.parametrize("name", FULL)
def test_a_figure_is_plain_json_without_packed_arrays(name):
    text = FULL[name]().to_json()
    assert "bdata" not in text
    json.loads(text)


@pytest.mark.parametrize("name", EMPTY)
def test_a_figure_of_nothing_says_so_and_does_not_raise(name):
    figure = EMPTY[name]()
    assert "нет данных" in texts(figure)
    assert not figure.data


@pytest.mark.parametrize("name", FULL)
def test_a_figure_never_shows_a_p_value(name):
    assert "0.0123" not in FULL[name]().to_json()


@pytest.mark.parametrize("name", FULL)
def test_a_figure_names_its_axes_in_words(name):
    figure = FULL[name]()
    titles = [axis.title.text for axis in figure.select_xaxes() if axis.title.text]
    words = " ".join(titles) + texts(figure)
    named = (
        "Учебный период|учебным периодам|Пропущено уроков|Качество по классу|Доля|Средний балл|"
        "контроле ← 0 →|было"
    )
    assert re.search(named, words)


@pytest.mark.parametrize("name", FULL)
def test_every_line_and_dot_has_a_russian_hover_text_or_none(name):
    for trace in FULL[name]().data:
        assert trace.hoverinfo in {"text", "skip"}


def test_a_question_of_the_notebook_replaces_the_usual_one():
    figure = figures.dynamics_figure(means(), title="Что изменилось в 7Б?")
    assert figure.layout.meta["title"] == "Что изменилось в 7Б?"


# --- dynamics -------------------------------------------------------------------------------


def test_dynamics_draws_the_means_of_each_group_in_time():
    shuffled = means().sample(frac=1, random_state=1)
    figure = figures.dynamics_figure(shuffled)
    drawn = {trace.name: list(trace.y) for trace in figure.data}
    assert drawn["инновационные"] == [3.5, 3.55, 3.6]


def test_dynamics_orders_groups_by_role_and_classes_by_label_never_by_value():
    table = means(["10А", "9Б", "5А"])
    assert [trace.name for trace in figures.dynamics_figure(table).data] == ["5А", "9Б", "10А"]


def test_dynamics_leaves_a_gap_where_a_term_is_missing():
    table = means()
    table = table[~((table["group"] == "control") & (table["term"] == TERMS[1]))]
    line = figures.dynamics_figure(table).data[1]
    assert line.y[1] is None
    assert line.connectgaps is False


def test_dynamics_marks_the_start_between_the_last_old_and_the_first_new_term():
    figure = figures.dynamics_figure(means(), start=TERMS[2])
    lines = [shape for shape in figure.layout.shapes if shape.type == "line"]
    assert [shape.x0 for shape in lines] == [2 - 0.5]
    assert "новые уроки начались" in texts(figure)


def test_dynamics_draws_no_start_that_lies_before_everything_shown():
    assert "новые уроки" not in texts(figures.dynamics_figure(means(), start="2023-24-Q1"))


def test_dynamics_names_the_groups_at_the_ends_of_the_lines_with_value_and_pupils():
    figure = figures.dynamics_figure(means(), names={"innovative": "5А и 7Б"})
    assert "5А и 7Б: 3,60</b><br>+0,10 с начала<br>20\u00a0учеников" in texts(figure)


def test_dynamics_says_the_change_that_the_reader_gets_from_the_means_as_written():
    # 3.605 and 3.914 are read as 3.60 and 3.91: the reader takes 0.31, not 0.309.
    table = means(("innovative",), TERMS[:2]).assign(mean=[3.604, 3.914])
    assert "+0,31 с начала" in texts(figures.dynamics_figure(table))


def test_dynamics_of_one_term_speaks_of_no_change():
    assert "с начала" not in texts(figures.dynamics_figure(means(terms=TERMS[:1])))


def test_dynamics_end_labels_do_not_overlap_when_groups_end_at_the_same_value():
    table = means([f"{year}А" for year in range(1, 12)]).assign(mean=3.5)
    figure = figures.dynamics_figure(table)
    low, high = figure.layout.yaxis.range
    inside = figure.layout.height - figure.layout.margin.t - figure.layout.margin.b
    ends = sorted(n.y for n in figure.layout.annotations if n.yref == "y" and n.xref == "paper")
    apart = [(b - a) / (high - low) * inside for a, b in itertools.pairwise(ends)]
    assert len(ends) == 11
    assert min(apart) >= style.BASE


def test_dynamics_axis_is_long_enough_not_to_magnify_small_changes():
    low, high = figures.dynamics_figure(means(["7Б"], TERMS[:1])).layout.yaxis.range
    assert high - low >= 0.6 - 1e-9


def test_dynamics_drops_the_whiskers_where_many_lines_would_tangle_them():
    many = figures.dynamics_figure(means(["5А", "5Б", "6А", "6Б", "7А"]))
    assert all(trace.error_y.array is None for trace in many.data)
    assert "интервалы стоят в таблице" in many.layout.meta["help"]


def test_dynamics_speaks_of_the_band_only_where_it_is_drawn():
    assert "Серая полоса" not in figures.dynamics_figure(means()).layout.meta["help"]
    assert "Серая полоса" in figures.dynamics_figure(means(), band=band()).layout.meta["help"]


def test_dynamics_says_the_change_of_every_group_in_its_alternative_text():
    alt = figures.dynamics_figure(means()).layout.meta["alt"]
    assert "с 3,50 до 3,60 (20\u00a0учеников)" in alt


# --- difference -----------------------------------------------------------------------------


def markers(figure):
    return [trace for trace in figure.data if trace.mode == "markers"]


def test_difference_draws_the_estimates_in_the_order_of_the_table():
    table = pd.DataFrame([result(), result("Алгебра", estimate=-0.1, low=-0.3, high=0.1)])
    assert [trace.x[0] for trace in markers(figures.difference_figure(table))] == [0.27, -0.1]


def test_difference_draws_the_primary_outcome_larger_than_the_others():
    table = pd.DataFrame([result(), result("Алгебра")])
    first, second = markers(figures.difference_figure(table))
    assert first.marker.size > second.marker.size


def test_difference_axis_has_zero_in_its_middle():
    low, high = figures.difference_figure(pd.DataFrame([result()])).layout.xaxis.range
    assert low == -high


def test_difference_shades_what_each_row_could_hardly_notice():
    table = pd.DataFrame([result(mde=0.24), result("Алгебра", mde=0.4)])
    figure = figures.difference_figure(table)
    zones = [(shape.x0, shape.x1) for shape in figure.layout.shapes if shape.type == "rect"]
    assert zones == [(-0.24, 0.24), (-0.4, 0.4)]


def test_a_dot_is_filled_where_the_verdict_says_more_or_less():
    table = pd.DataFrame([result(verdict=code) for code in "ABCDE"])
    filled = [t.marker.color == style.INNOVATIVE for t in markers(figures.difference_figure(table))]
    assert filled == [True, True, False, False, True]


def test_a_dot_without_a_verdict_is_hollow_where_the_interval_holds_zero():
    table = pd.DataFrame([result(low=-0.01, verdict=None), result(low=0.01, verdict=None)])
    filled = [t.marker.color == style.INNOVATIVE for t in markers(figures.difference_figure(table))]
    assert filled == [False, True]


def test_a_refused_comparison_is_named_and_its_number_is_not_drawn():
    table = pd.DataFrame([result(), result("Физика", estimate=0.5678, verdict="F")])
    figure = figures.difference_figure(table)
    assert "вывода не делаем" in texts(figure)
    assert "0.5678" not in figure.to_json()
    assert "0,57" not in figure.to_json()


def test_when_every_comparison_is_refused_the_figure_says_so():
    figure = figures.difference_figure(pd.DataFrame([result(verdict="F")]))
    assert "Разницу пока не показываем" in texts(figure)


def test_without_a_conclusion_our_difference_is_not_drawn_among_the_ordinary_ones():
    figure = figures.placebo_figure([-0.1, 0.0, 0.1], math.nan)
    assert "Нашу разницу пока не с чем сравнивать" in texts(figure)


@pytest.mark.parametrize("name", EMPTY)
def test_nothing_explains_how_to_read_a_chart_that_is_not_there(name):
    about = EMPTY[name]().layout.meta
    assert (about["help"], about["note"]) == ("", "")


def test_limits_beside_a_signed_difference_carry_their_signs():
    row = result(estimate=0.42, low=-0.26, high=1.10)
    figure = figures.difference_figure(pd.DataFrame([row]))
    assert "от −0,26 до +1,10" in texts(figure)
    assert list(text_tables(figure)[0].values())[1:4] == ["+0,42", "−0,26", "+1,10"]


def test_the_key_of_filled_dots_names_the_cautious_conclusions_that_are_filled_too():
    assert figures.difference.told_apart({"verdict": "B"})
    help_text = figures.difference_figure(pd.DataFrame([result()])).layout.meta["help"]
    assert "осторожное «похоже на…»" in help_text


def test_difference_writes_pupils_and_classes_beside_the_primary_row():
    said = texts(figures.difference_figure(pd.DataFrame([result()])))
    assert "109\u00a0учеников" in said
    assert "2\u00a0класса против 3" in said


def test_difference_survives_a_detectable_difference_far_wider_than_the_interval():
    figure = figures.difference_figure(pd.DataFrame([result(mde=9.0)]))
    # The axis reaches 1.15 × 1.6 × the widest end (0.45), not to 9.
    assert figure.layout.xaxis.range[1] == pytest.approx(1.15 * 1.6 * 0.45)


# --- placebo --------------------------------------------------------------------------------


def test_placebo_draws_one_dot_for_each_ordinary_difference():
    figure = figures.placebo_figure([-0.1, 0.0, 0.0, 0.1], 0.2)
    assert len(figure.data[0].x) == 4


def test_placebo_counts_differences_as_large_as_ours_on_either_side():
    # -0.3 and 0.2 lie at least 0.15 from nothing, -0.1 and 0 do not.
    assert "в 2 из 4 раскладов" in texts(figures.placebo_figure([-0.3, -0.1, 0, 0.2], 0.15))


def test_placebo_counts_the_same_where_ours_is_negative():
    assert "в 2 из 4 раскладов" in texts(figures.placebo_figure([-0.2, 0, 0.1, 0.2], -0.15))


def test_placebo_counts_a_difference_equal_to_ours():
    assert "в 1 из 2 раскладов" in texts(figures.placebo_figure([0.1, 0.2], 0.1 + 0.1))


def test_placebo_tells_the_p_of_its_draws_and_the_classes_they_are_made_of():
    figure = figures.placebo_figure([-0.1, 0, 0.1], 0.1, p_value=0.0044, classes=(26, 18))
    assert "p = 0,004" in figure.layout.meta["note"]
    assert "26 – в архиве 18, в этом году 8" in figure.layout.meta["note"]


def test_placebo_of_thousands_becomes_a_histogram_that_counts_all_of_them():
    many = np.random.default_rng(1).normal(0, 0.1, 5000)
    figure = figures.placebo_figure(many, 0.2)
    assert figure.data[0].type == "bar"
    assert sum(figure.data[0].y) == 5000
    assert len(figure.to_json()) < 20_000


# --- distribution, categories ---------------------------------------------------------------


def test_distribution_bars_add_up_to_a_hundred():
    figure = figures.distribution_figure(shares())
    assert sum(trace.x[0] for trace in figure.data) == pytest.approx(100)


def test_distribution_draws_the_share_of_each_mark():
    figure = figures.distribution_figure(shares())
    # 6, 42, 40 and 12 of 100.
    assert [trace.x[0] for trace in figure.data] == [6, 42, 40, 12]


def test_distribution_writes_share_and_count_into_the_bars():
    assert figures.distribution_figure(shares()).data[1].text[0] == "42\u00a0%\u2009·\u200942"


def test_distribution_writes_the_number_behind_every_bar():
    assert "N\u00a0=\u00a0100" in texts(figures.distribution_figure(shares()))


def test_distribution_names_pupils_beside_marks_where_it_knows_them():
    figure = figures.distribution_figure(shares().assign(pupils=25))
    assert "N\u00a0=\u00a0100<br>25\u00a0учеников" in texts(figure)


def test_categories_count_the_reserve_inside_its_group_once():
    figure = figures.categories_figure(categories())
    drawn = {trace.name: trace.x[0] for trace in figure.data}
    # 25 pupils: 11 satisfactory of whom 4 with one 3; 8 good of whom 2 with one 4; 1 without.
    assert drawn["троечники"] == pytest.approx(100 * (11 - 4) / 25)
    assert drawn["с одной «3»"] == pytest.approx(100 * 4 / 25)
    assert drawn["хорошисты"] == pytest.approx(100 * (8 - 2) / 25)
    assert drawn["не аттестованы"] == pytest.approx(100 * (25 - 3 - 8 - 11 - 2) / 25)


def test_categories_hatch_the_reserve_so_that_colour_is_not_its_only_sign():
    figure = figures.categories_figure(categories())
    hatched = {trace.name for trace in figure.data if trace.marker.pattern.shape}
    assert hatched == {"с одной «3»", "с одной «4»"}


# --- transitions ----------------------------------------------------------------------------


def test_transitions_count_who_rose_stayed_and_fell():
    said = texts(figures.transition_figure(moves()))
    # rose 3 + 8, stayed 15 + 5, fell 2, of 33.
    assert "поднялись 11</b> из 33 (33\u00a0%)" in said
    assert "остались 20</b> из 33" in said
    assert "опустились 2</b> из 33" in said


def test_transitions_write_every_count_into_its_cell():
    written = figures.transition_figure(moves()).data[0].text
    # Rows are «было» 2 to 5, columns «стало» 2 to 5.
    assert list(written) == [
        "", "3", "", "",
        "", "15", "8", "",
        "", "2", "", "",
        "", "", "", "5",
    ]  # fmt: skip


def test_transitions_name_a_hidden_cell_as_hidden_in_figure_and_table():
    table = moves().astype({"pupils": "float64"})
    table.loc[0, "pupils"] = np.nan
    figure = figures.transition_figure(table)
    assert figure.data[0].text[1] == "скрыто"
    assert text_tables(figure)[0]["Стало «3»"] == "скрыто (мало учеников)"


def test_transitions_do_not_call_marks_pupils():
    figure = figures.transition_figure(moves(), unit="marks")
    assert "33\u00a0отметки" in figure.layout.meta["alt"]
    assert "ученик" not in figure.layout.meta["alt"]


def test_transitions_of_two_groups_stand_side_by_side():
    table = pd.concat([moves().assign(group=group) for group in ("control", "innovative")])
    figure = figures.transition_figure(table)
    first, second = figure.layout.xaxis.domain, figure.layout.xaxis2.domain
    assert first[1] < second[0]
    assert text_tables(figure)[0]["Группа"] == "инновационные"


# --- baseline -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("g", "word"),
    [(0.05, "классы похожи"), (-0.2, "сравнимы с поправкой"), (0.25, "сравнимы с поправкой"),
     (0.26, "только осторожный вывод"), (-0.5, "только осторожный вывод"),
     (0.51, "сравнивать нельзя")],
)  # fmt: skip
def test_baseline_names_the_gap_by_the_limits_of_the_wwc(g, word):
    # What Works Clearinghouse, Standards Handbook 5.0: 0.05 and 0.25; 0.50 is our own.
    assert word in figures.baseline_figure(baseline(), g=g).layout.meta["alt"]


def test_baseline_takes_the_gap_from_the_table_too():
    figure = figures.baseline_figure(baseline().assign(g=0.12))
    assert "g = 0,12" in figure.layout.meta["alt"]


def test_baseline_without_a_gap_draws_no_scale_of_it():
    assert "Исходный разрыв" not in texts(figures.baseline_figure(baseline()))


def test_baseline_of_one_group_with_one_pupil_draws_its_mean():
    table = baseline().iloc[:1].assign(conf_low=np.nan, conf_high=np.nan, pupils=1)
    figure = figures.baseline_figure(table)
    assert figure.data[0].x == (3.5,)
    assert "1\u00a0ученик" in texts(figure)


# --- subjects, completeness -----------------------------------------------------------------


def test_subjects_draw_one_small_chart_each_in_the_order_of_the_alphabet():
    figure = figures.subjects_figure(subject_means(["Физика", "Алгебра"]))
    bold = [
        n.text for n in figure.layout.annotations if n.text in {"<b>Алгебра</b>", "<b>Физика</b>"}
    ]
    assert bold == ["<b>Алгебра</b>", "<b>Физика</b>"]


def test_subjects_share_one_scale():
    figure = figures.subjects_figure(subject_means())
    assert figure.layout.yaxis.range == figure.layout.yaxis2.range


def test_twelve_subjects_do_not_share_the_same_place():
    figure = figures.subjects_figure(subject_means([f"Предмет {n}" for n in range(12)]))
    places = {
        (figure.layout[f"xaxis{n or ''}"].domain, figure.layout[f"yaxis{n or ''}"].domain)
        for n in [0, *range(2, 13)]
    }
    assert len(places) == 12


def test_subjects_of_one_class_and_one_term_are_drawn():
    table = subject_means(["Алгебра"], ["7Б"])
    figure = figures.subjects_figure(table[table["term"] == TERMS[0]])
    assert figure.data[0].y == (3.5,)


def test_completeness_writes_missing_data_as_missing():
    figure = figures.completeness_figure(completeness())
    cells = dict(zip(figure.data[0].hovertext, figure.data[0].text, strict=True))
    [gap] = [text for hover, text in cells.items() if "10А" in hover and "4\u00a0четверть" in hover]
    assert gap == "нет данных"
    assert "10А – 4\u00a0четверть 2024/25" in figure.layout.meta["alt"]


def test_completeness_orders_classes_by_label():
    figure = figures.completeness_figure(completeness())
    assert [row["Класс"] for row in text_tables(figure)] == ["5А", "5А", "10А", "10А"]


def test_completeness_shades_missing_pupils_more_than_whole_classes():
    figure = figures.completeness_figure(completeness())
    filled = {shape.fillcolor for shape in figure.layout.shapes}
    assert {style.RULE, style.FALL} <= filled


def test_subjects_stand_before_the_ordinary_classes_in_one_grey_trace_each():
    ours = subject_means().assign(role=lambda table: table["group"])
    others = subject_means(groups=("6А", "6Б")).assign(role="ordinary")
    figure = figures.subjects_figure(pd.concat([ours, others]))
    behind = [trace for trace in figure.data if trace.name == "обычные"]
    # Two subjects; two classes of three terms each, with a gap between them.
    assert [len(trace.y) for trace in behind] == [3 + 1 + 3] * 2
    assert "остальные классы школы" in texts(figure)
    assert {row["Группа"] for row in text_tables(figure)} == {"инновационные", "контрольные"}


def test_subjects_of_an_ordinary_class_alone_draw_it_by_name():
    table = subject_means(["Алгебра"], ["6А"]).assign(role="ordinary")
    assert [trace.name for trace in figures.subjects_figure(table).data] == ["6А"]


# --- findings, cut ends, reserve, attendance ------------------------------------------------


def test_distribution_says_how_the_share_of_good_marks_changed():
    first = shares(((2, 10), (3, 40), (4, 40), (5, 10)), term=TERMS[0])
    figure = figures.distribution_figure(pd.concat([first, shares()]))
    # (40 + 10) and (40 + 12) of 100.
    assert "«4» и «5»: было 50\u00a0%, стало 52\u00a0%" in texts(figure)


def test_a_difference_far_beyond_the_others_is_cut_off_with_an_arrow():
    wide = result("Физика", estimate=0.3, low=-3.0, high=3.0, verdict="D", mde=3.0)
    figure = figures.difference_figure(pd.DataFrame([result(), wide]))
    assert figure.layout.xaxis.range[1] < 3.0
    assert {note.text for note in figure.layout.annotations} >= {"\u25c2", "\u25b8"}
    assert "Стрелка" in figure.layout.meta["help"]


def test_a_difference_that_fits_has_no_arrow_and_no_word_about_it():
    figure = figures.difference_figure(pd.DataFrame([result()]))
    assert "Стрелка" not in figure.layout.meta["help"]


def test_every_dot_of_a_difference_stands_on_the_axis_however_far_it_is():
    far = result("Физика", estimate=5.0, low=4.0, high=6.0, verdict="D")
    figure = figures.difference_figure(pd.DataFrame([result(), far]))
    assert figure.layout.xaxis.range[1] > 5.0


def test_choices_are_three_traces_however_many_there_are():
    many = pd.concat([choices(), *[choices().iloc[1:]] * 10])
    assert len(figures.choices_figure(many).data) == 3


def test_the_reserve_has_a_square_for_every_pupil():
    figure = figures.reserve_figure(reserve())
    # 2 + 3 pupils with a single 3, 1 with a single 4.
    assert [list(trace.text) for trace in figure.data] == [["3"] * (2 + 3), ["4"]]


def test_the_squares_of_a_subject_stand_side_by_side():
    threes, fours = figures.reserve_figure(reserve()).data
    # Алгебра: 3 threes; Физика: 2 threes, then the four.
    assert (threes.x, fours.x) == ((0.5, 1.5, 2.5, 0.5, 1.5), (2.5,))


def test_the_reserve_says_what_the_quality_would_be_with_it():
    # 0.4 × 25 = 10 pupils; with 5 more 15 of 25.
    said = "Качество по классу 40\u00a0% (10 из 25), вместе с резервом было бы 60\u00a0%"
    assert said in texts(figures.reserve_figure(reserve()))


def test_attendance_counts_missed_lessons_per_pupil_and_lateness_apart():
    figure = figures.attendance_figure(attendance())
    drawn = {trace.name: trace.x[0] for trace in figure.data}
    assert drawn["по болезни"] == 30 / 20
    # 30 + 8 + 4 + 6 of 20 pupils; the 5 late ones are in the table only.
    assert "<b>2,4</b> урока<br>N\u00a0=\u00a020" in texts(figure)
    assert text_tables(figure)[0]["Опозданий"] == "5"


def test_attendance_draws_a_class_that_missed_nothing_as_nothing_missed():
    none = attendance().assign(ill=0, excused=0, unexcused=0, unnamed=0)
    figure = figures.attendance_figure(pd.concat([attendance(), none.assign(class_label="7В")]))
    assert "<b>0,0</b> урока" in texts(figure)


def test_attendance_of_unloaded_gradebooks_is_unknown_and_not_zero():
    assert "пропуски неизвестны" in texts(figures.attendance_figure(attendance().iloc[:0]))
