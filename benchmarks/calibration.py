"""Which verdict comes up how often: nothing true, +0.2 and +0.4 marks, in six kinds of school.

    python benchmarks/calibration.py --svg docs/calibration.svg [--runs 2000] [--processes 2]
    python benchmarks/calibration.py --check 40   # the same schools by compare.evaluate as well

A made-up school has twelve classes a year of 15 to 30 pupils, four subjects and, where the design
has an archive, two earlier years. A mark before or after is 3.7 + class (SD .2) + pupil (.65) +
pupil in subject (.35) + work (.45), rounded to 2–5; after it also a class shock, half of it shared
by the subjects. The effect is added before rounding: a little of it is lost at the ceiling. Worlds:

    none       no class shock: pupils alone make class gains differ
    shocks     class shocks of .15 mark
    unequal    innovative classes have shocks three times as large (.45)
    drift      this year's shocks are twice those of the archive (.30)
    imbalance  innovative classes begin .25 mark lower for good; gains are not touched
    selected   the weakest classes of the year were chosen, and part of that was a bad term (.15)

Unequal, drift and selected break an assumption. Marks are made for all runs at once; the functions
that judge are those of the package: placebo (1,999 draws for pools that have more), two_step,
welch, permutation, ancova_two_step, composite_weights, baseline, ceiling_floor, exchangeability,
decide. Left out, as if nothing spoke against the comparison: reading, panel tables, attrition,
pre-trends, marks behind a mean, pupils per subject, correction for several outcomes, late starts,
and all that the plan says (events, teachers, instruments, lessons given, when the control was
chosen, other parallels: all classes stand in one). `--check` counts verdicts that compare.evaluate
gives differently.

Shares of verdicts are in percent, E~ being E with caution; A+E are conclusions without caution;
"any" adds B and E~; "if apart" is "any" among schools that began .25 to .50 apart. The two tables
of docs/methods.md come last.
"""

from __future__ import annotations

import argparse
import math
import multiprocessing
import os
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np
import pandas as pd

from posanalytics.evaluation import archive, estimators, inference
from posanalytics.evaluation.archive import Shape, placebo
from posanalytics.evaluation.composite import composite_weights
from posanalytics.evaluation.design import Design, Outcome
from posanalytics.evaluation.equivalence import ADJUSTABLE, baseline, ceiling_floor
from posanalytics.evaluation.exchangeability import exchangeability
from posanalytics.evaluation.sentences import WIDEST_GAP
from posanalytics.evaluation.verdict import SIGNIFICANT, Findings, decide

DESIGNS = ((1, 1), (1, 2), (1, 3), (1, 6), (2, 2), (2, 4), (3, 3), (4, 4), (4, 6))
WORLDS = ("none", "shocks", "unequal", "drift", "imbalance", "selected")
EFFECTS = (0.0, 0.2, 0.4)
CODES = ("A", "B", "C", "D", "E~", "E", "F")
PARTS = ("apart", "every")
CONCLUSIONS = ("A", "B", "E", "E~")
YEAR, YEARS = "2025-26", ("2024-25", "2023-24")
NAMES = ("Алгебра", "История", "Физика", "Химия")
A_YEAR, LARGEST, SUBJECTS = 12, 30, len(NAMES)
DRAWS = 1_999
BLOCK = 100

MEANINGS = {
    "A": "A more", "B": "B more?", "C": "C the same", "D": "D no telling", "E~": "E less?",
    "E": "E less", "F": "F refused",
}  # fmt: skip
COLOURS = {
    "A": "#0b6e69", "B": "#7fc4bd", "C": "#8a9a5b", "D": "#e3e3e0", "E~": "#f0b98d",
    "E": "#b3541e", "F": "#9a9a9a",
}  # fmt: skip
WIDE, LEFT, TOP = 155, 88, 66


# --- schools ---------------------------------------------------------------------------------


class Plan(NamedTuple):
    """How many classes are compared, and how many earlier years are known."""

    innovative: int
    control: int
    years: int

    @property
    def compared(self):
        """How many classes stand on either side."""
        return self.innovative + self.control

    def __str__(self):
        """Return «2 v 4»."""
        return f"{self.innovative} v {self.control}"


class School(NamedTuple):
    """Marks before and after, classes × pupils × subjects, and which pupils there are.

    The first classes are innovative, then control, then ordinary, then those of earlier years.
    """

    before: np.ndarray
    after: np.ndarray
    there: np.ndarray


def schools(rng, count, plan, world, effect):
    """Yield made-up schools of one world."""
    classes = A_YEAR * (1 + plan.years)
    ours = np.arange(classes) < plan.innovative
    sizes = rng.integers(15, LARGEST + 1, (count, classes))
    level = rng.normal(3.7, 0.2, (count, classes))
    shaken = _shocks(rng, count, classes) * _sizes_of_shocks(plan, world, classes)[:, None]
    bad_term = np.zeros((count, classes))
    if world == "imbalance":
        level[:, ours] -= 0.25
    if world == "selected":
        bad_term = rng.normal(0, 0.15, (count, classes))
        _weakest_first(level, bad_term, plan.compared)
    pupil = rng.normal(0, 0.65, (count, classes, LARGEST, 1))
    pupil = pupil + rng.normal(0, 0.35, (count, classes, LARGEST, SUBJECTS))
    pupil += level[..., None, None]
    before = _marks(rng, pupil + bad_term[..., None, None])
    after = _marks(rng, pupil + (shaken + effect * ours[:, None])[:, :, None, :])
    yield from map(School, before, after, np.arange(LARGEST) < sizes[..., None])


def _sizes_of_shocks(plan, world, classes):
    size = np.full(classes, 0.0 if world == "none" else 0.15)
    if world == "unequal":
        size[: plan.innovative] *= 3
    if world == "drift":
        size[:A_YEAR] *= 2
    return size


def _weakest_first(level, bad_term, compared):
    order = np.argsort((level + bad_term)[:, :compared], axis=1)
    for values in (level, bad_term):
        values[:, :compared] = np.take_along_axis(values[:, :compared], order, axis=1)


def _shocks(rng, count, classes):
    shared = rng.normal(0, math.sqrt(0.5), (count, classes, 1))
    return shared + rng.normal(0, math.sqrt(0.5), (count, classes, SUBJECTS))


def _marks(rng, level):
    return np.clip(np.rint(level + rng.normal(0, 0.45, level.shape)), 2, 5)


# --- the judge -------------------------------------------------------------------------------


def verdict(school, plan, draws=None):
    """Return the verdict of one school and the gap before the start."""
    units = _class_gains(school)
    weights = _weights(units, plan)
    pupils = _of_pupils(school, plan, weights)
    found = _of_classes(units @ weights, plan, draws)
    # Only a difference that stands out is asked whether it rests on one subject.
    turned = _turned(units, plan, found["estimate"]) if found["p_value"] < SIGNIFICANT else ()
    code, cautious, _ = decide(
        Findings(
            title="", composite=True, period="",
            innovative=("",) * plan.innovative, control=("",) * plan.control,
            fewest_pupils=15, lost=0.0, attrition="cautious", sign_turned_by=turned,
            **pupils, **found,
        )
    )  # fmt: skip
    return _named(code, cautious=cautious), pupils["baseline_g"]


def _named(code, *, cautious):
    return code + ("~" if code == "E" and cautious else "")


def _of_classes(gains, plan, draws):
    """Return what the tests on class gains say."""
    ours, theirs = gains[: plan.innovative], gains[plan.innovative : plan.compared]
    ordinary = gains[plan.compared : A_YEAR]
    years = gains[A_YEAR:].reshape(plan.years, A_YEAR)
    past = dict(zip(YEARS, years, strict=False))
    shape = Shape(plan.innovative, plan.control, len(ordinary), (A_YEAR,) * plan.years)
    untouched = np.concatenate([theirs, ordinary])
    decides = archive.usable(shape) and exchangeability(past, untouched, year=YEAR).holds
    stepped = estimators.two_step(ours, theirs)
    welch = estimators.welch(ours, theirs).p_value
    others = (inference.permutation(ours, theirs).p_value, welch)
    primary, spread = stepped, stepped.standard_error
    if decides:
        option = {"draws": draws, "most": draws} if draws else {}
        primary = placebo(ours, theirs, past, ordinary=ordinary, **option)
        others, spread = (stepped.p_value, *others), primary.spread
    return {
        "estimate": stepped.estimate, "p_value": primary.p_value, "p_adjusted": primary.p_value,
        "conf_low": primary.conf_low, "conf_high": primary.conf_high, "spread": spread,
        "confirmations": others, "p_unequal_spread": welch, "archive_usable": decides,
    }  # fmt: skip


def _class_gains(school):
    """Return class gains, classes × subjects."""
    gains = (school.after - school.before) * school.there[..., None]
    return gains.sum(axis=1) / school.there.sum(axis=1)[:, None]


def _weights(units, plan):
    arms = np.array([f"{place // A_YEAR} {place < plan.innovative}" for place in range(len(units))])
    names = [f"{column}" for column in range(units.shape[1])]
    return np.array(list(composite_weights(units, arms, names).shares.values()))


def _turned(units, plan, estimate):
    """Return the subjects without which the difference changes its sign."""
    found = []
    for column in range(SUBJECTS):
        kept = np.delete(units, column, axis=1)
        gains = kept @ _weights(kept, plan)
        without = gains[: plan.innovative].mean() - gains[plan.innovative : plan.compared].mean()
        if not without * estimate > 0:
            found.append(str(column))
    return tuple(found)


def _of_pupils(school, plan, weights):
    """Return what the compared pupils say: gap before the start, ceiling, ANCOVA."""
    there = school.there[: plan.compared]
    unit = np.repeat(np.arange(plan.compared), there.sum(axis=1))
    ours = unit < plan.innovative
    start, end = school.before[: plan.compared][there], school.after[: plan.compared][there]
    first, last = start @ weights, end @ weights
    labels = np.array([f"{place:02}" for place in range(plan.compared)])
    top = ceiling_floor(start[ours].ravel(), start[~ours].ravel())
    return {
        "baseline_g": baseline(first[ours], first[~ours]).g,
        "ceiling_innovative": top.ceiling_innovative,
        "ceiling_control": top.ceiling_control,
        "ancova": estimators.ancova_two_step(
            first, last, labels[unit].tolist(), labels[: plan.innovative].tolist()
        ).estimate,
    }


def cell(job):
    """Return how often each verdict came up, over all runs and over those that began apart."""
    plan, world, effect, runs, seed = job
    design = DESIGNS.index((plan.innovative, plan.control))
    rng = np.random.default_rng([seed, design, plan.years, WORLDS.index(world), int(effect * 10)])
    every, apart = Counter(), Counter()
    for start in range(0, runs, BLOCK):
        for school in schools(rng, min(BLOCK, runs - start), plan, world, effect):
            code, gap = verdict(school, plan, DRAWS)
            every[code] += 1
            if ADJUSTABLE < abs(gap) <= WIDEST_GAP:
                apart[code] += 1
    names = {"design": str(plan), "years": plan.years, "world": world, "effect": effect}
    return names | {"runs": runs, "every": dict(every), "apart": dict(apart)}


# --- the same schools by the whole comparison ------------------------------------------------


def checked(count, seed):
    """Return how many schools were judged both ways, and how many got another verdict."""
    judged = different = 0
    for place, (innovative, control) in enumerate(DESIGNS):
        for years in (0, 2):
            plan = Plan(innovative, control, years)
            rng = np.random.default_rng([seed, place, years, 99])
            for school in schools(rng, count, plan, "shocks", 0.3):
                judged += 1
                different += verdict(school, plan)[0] != _whole(school, plan)
    return judged, different


def _whole(school, plan):
    """Return the verdict of compare.evaluate on the same marks."""
    from posanalytics import panel
    from posanalytics.evaluation import compare

    labels = [f"5{letter}" for letter in "АБВГДЕЖЗИКЛМ"[:A_YEAR]]
    arms = {"innovative": tuple(labels[: plan.innovative])}
    arms["control"] = tuple(labels[plan.innovative : plan.compared])
    rows = _rows(school, labels)
    answer = compare.evaluate(
        panel.with_roles(rows, **arms, year=YEAR),
        rows[rows["school_year"] == YEAR].drop_duplicates("pupil").assign(membership="both"),
        outcomes=[Outcome(id="all", title="all", subjects=NAMES, primary=True)],
        design=Design(
            **arms, periods=panel.Periods((f"{YEAR}-Q1",), (f"{YEAR}-Q2",)), school_year=YEAR
        ),
    )[0].verdict
    return _named(answer.code, cautious=answer.cautious)


def _rows(school, labels):
    """Return the table that panel.pupil_gains would give."""
    unit, pupil = np.nonzero(school.there)
    shared = pd.DataFrame(
        {
            "pupil": [f"{u:02}-{p:02}" for u, p in zip(unit, pupil, strict=True)],
            "class_label": np.array(labels)[unit % A_YEAR],
            "school_year": np.array([YEAR, *YEARS])[unit // A_YEAR],
        }
    )
    tables = [
        shared.assign(
            subject=subject,
            before=school.before[unit, pupil, column],
            after=school.after[unit, pupil, column],
        )
        for column, subject in enumerate(NAMES)
    ]
    return pd.concat(tables, ignore_index=True).assign(
        gain=lambda rows: rows["after"] - rows["before"],
        class_unit=lambda rows: rows["school_year"] + " " + rows["class_label"],
    )


# --- table and chart -------------------------------------------------------------------------


def share(found, *codes):
    """Return the percentage of the verdicts named."""
    total = sum(found.values())
    return 100 * sum(found.get(code, 0) for code in codes) / total if total else math.nan


def line(found):
    """Return one line of the table."""
    every, apart = found["every"], found["apart"]
    values = [share(every, code) for code in CODES]
    values += [share(every, "A", "E"), share(every, *CONCLUSIONS)]
    return (
        f"| {found['world']} | {found['effect']:+.1f} | {found['design']} | {found['years']} | "
        + " | ".join(f"{value:.1f}" for value in values)
        + f" | {share(apart, *CONCLUSIONS):.1f} ({sum(apart.values())}) |"
    )


def by_design(cells):
    """Return a table of the world of class shocks: with two years of archive / without any."""
    shown = {
        (c["design"], c["effect"], c["years"]): c["every"] for c in cells if c["world"] == "shocks"
    }
    columns = {"0: A+E": (0.0, "A", "E"), "0: B+E~": (0.0, "B", "E~"), "0: F": (0.0, "F")}
    for effect in EFFECTS[1:]:
        columns |= {f"+{effect}: {code}": (effect, code) for code in ("A", "B")}
    lines = ["| classes | " + " | ".join(columns) + " |", "|---" * (1 + len(columns)) + "|"]
    for design in (f"{innovative} v {control}" for innovative, control in DESIGNS):
        values = [
            " / ".join(f"{share(shown[design, effect, years], *codes):.1f}" for years in (2, 0))
            for effect, *codes in columns.values()
        ]
        lines.append(f"| {design} | " + " | ".join(values) + " |")
    return "\n".join(lines)


def by_world(cells):
    """Return a table of the worst design of every world when nothing is true."""
    lines = ["| world | A+E at most | any at most | any if apart | F |", "|---" * 5 + "|"]
    for world in dict.fromkeys(c["world"] for c in cells):
        null = [c for c in cells if c["world"] == world and c["effect"] == 0]
        firm, every = (
            max((share(c["every"], *codes), c["design"], c["years"]) for c in null)
            for codes in (("A", "E"), CONCLUSIONS)
        )
        # One against one without an archive is refused whatever comes out.
        judged = [c for c in null if (c["design"], c["years"]) != ("1 v 1", 0)]
        apart, whole = (sum((Counter(c[name]) for c in judged), Counter()) for name in PARTS)
        worst = [
            f"{value:.1f} ({design}{', archive' if years else ''})"
            for value, design, years in (firm, every)
        ]
        parts = [*worst, f"{share(apart, *CONCLUSIONS):.1f}", f"{share(whole, 'F'):.1f}"]
        lines.append(f"| {world} | " + " | ".join(parts) + " |")
    return "\n".join(lines)


def chart(cells):
    """Return the chart as SVG: a column per true effect, a bar of verdicts per design."""
    shown = {
        (c["design"], c["years"], c["effect"]): c["every"] for c in cells if c["world"] == "shocks"
    }
    rows = sorted({(years, design) for design, years, _ in shown}, key=lambda r: (-r[0], r[1]))
    places = [TOP + 17 * i + (12 if years == 0 else 0) for i, (years, _) in enumerate(rows)]
    parts = [_legend()]
    for column, effect in enumerate(EFFECTS):
        x = LEFT + column * (WIDE + 18)
        parts.append(_text(x, 56, "nothing is true" if effect == 0 else f"+{effect} of a mark"))
        parts += [
            _bar(x, y, shown[design, years, effect])
            for (years, design), y in zip(rows, places, strict=True)
        ]
    parts += [
        _text(8, y + 10, design + (", archive" if years else ""))
        for (years, design), y in zip(rows, places, strict=True)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 620 {places[-1] + 28}" '
        'font-family="sans-serif" font-size="11" role="img" '
        'aria-label="Share of each verdict by design and true effect">\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _legend():
    title = _text(8, 17, "Which verdict comes up how often, class shocks of 0.15 mark", size=13)
    names = [
        f'<rect x="{8 + 84 * i}" y="26" width="10" height="10" fill="{COLOURS[code]}"/>'
        + _text(22 + 84 * i, 35, MEANINGS[code])
        for i, code in enumerate(CODES)
    ]
    return "\n".join([title, *names])


def _bar(x, y, found):
    parts = []
    for code in CODES:
        width = WIDE * share(found, code) / 100
        if width:
            box = f'x="{x:.1f}" y="{y}" width="{width:.1f}" height="13"'
            parts.append(f'<rect {box} fill="{COLOURS[code]}"/>')
        x += width
    return "".join(parts)


def _text(x, y, words, size=11):
    return f'<text x="{x}" y="{y}" font-size="{size}">{words}</text>'


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worlds", nargs="+", default=WORLDS, choices=WORLDS)
    parser.add_argument("--svg", type=Path)
    parser.add_argument("--check", type=int, default=0, metavar="SCHOOLS")
    given = parser.parse_args()
    if given.check:
        judged, different = checked(given.check, given.seed)
        print(f"{judged} schools judged twice, {different} verdicts differ")
        return
    jobs = [
        (Plan(innovative, control, years), world, effect, given.runs, given.seed)
        for world in given.worlds
        for effect in EFFECTS
        for years in (2, 0)
        for innovative, control in DESIGNS
    ]
    error = 100 * math.sqrt(0.05 * 0.95 / given.runs)
    print(f"{given.runs} runs a cell; Monte-Carlo standard error at 5 %: {error:.1f}")
    names = ("world", "effect", "design", "archive", *CODES, "A+E", "any", "any if apart")
    print("| " + " | ".join(names) + " |\n" + "|---" * len(names) + "|")
    begun, cells = time.perf_counter(), []
    with multiprocessing.Pool(given.processes) as pool:
        for found in pool.imap(cell, jobs):
            cells.append(found)
            print(line(found), flush=True)
    print(f"{time.perf_counter() - begun:.0f} s")
    print("", by_world(cells), sep="\n")
    if "shocks" not in given.worlds:
        return
    print("", by_design(cells), sep="\n")
    if given.svg:
        given.svg.write_text(chart(cells), encoding="utf-8")


if __name__ == "__main__":
    main()
