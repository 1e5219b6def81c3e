"""Which verdict comes up how often: nothing true, +0.2 and +0.4 marks, in nine kinds of school.

    python benchmarks/calibration.py --svg docs/calibration.svg [--runs 2000] [--processes 2]
    python benchmarks/calibration.py --check 10   # the same schools by compare.evaluate as well

The schools are those of `made_up_schools.py`: marks are made for all runs at once. The functions
that judge are those of the package: placebo (1,999 draws for pools that have more), two_step,
welch, permutation, ancova_two_step, composite_weights, baseline, ceiling_floor, exchangeability,
without_counterpart, decide. Left out, as if nothing spoke against the comparison: reading, panel
tables, attrition, pre-trends, marks behind a mean, pupils per subject, correction for several
outcomes, late starts, and the rest of what a plan says (events, teachers, instruments, lessons
given, when the control was chosen). `--check` counts verdicts that compare.evaluate gives
differently.

Shares of verdicts are in percent, E~ being E with caution; A+E are conclusions without caution;
"any" adds B and E~; "if not F" is "any" among schools that are not refused, "if apart" among those
that began .25 to .50 apart, over all designs; "set aside" is the share of schools where the
diagnosis does not let the archive decide. The two tables of docs/methods.md come last.
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
from calibration_chart import chart
from calibration_tables import by_design, by_world, heading, line
from made_up_schools import SUBJECTS, WORLDS, YEAR, YEARS, Plan, schools

from posanalytics import panel
from posanalytics.evaluation import archive, compare, estimators, inference
from posanalytics.evaluation.archive import Shape, placebo
from posanalytics.evaluation.class_gains import parallels_of, without_counterpart
from posanalytics.evaluation.composite import composite_weights
from posanalytics.evaluation.design import Design, Outcome
from posanalytics.evaluation.equivalence import ADJUSTABLE, baseline, ceiling_floor
from posanalytics.evaluation.exchangeability import exchangeability
from posanalytics.evaluation.sentences import WIDEST_GAP
from posanalytics.evaluation.verdict import SIGNIFICANT, Findings, decide

DESIGNS = ((1, 1), (1, 2), (1, 3), (1, 6), (2, 2), (2, 4), (3, 3), (4, 4), (4, 6))
EFFECTS = (0.0, 0.2, 0.4)
DRAWS = 1_999
BLOCK = 100


# --- the judge -------------------------------------------------------------------------------


class Judged(NamedTuple):
    """The verdict of one school, the gap before the start, and whether its archive was doubted."""

    code: str
    gap: float
    set_aside: bool


def judged(school, plan, draws=None):
    """Return what is concluded about one school."""
    units = _class_gains(school)
    weights = _weights(units, plan)
    pupils = _of_pupils(school, plan, weights)
    design = _design(school, plan)
    alone = without_counterpart(design)
    found, set_aside = _of_classes(units @ weights, plan, None if alone else design, draws)
    # Only a difference that stands out is asked whether it rests on one subject.
    turned = _turned(units, plan, found["estimate"]) if found["p_value"] < SIGNIFICANT else ()
    code, cautious, _ = decide(
        Findings(
            title="", composite=True, period="",
            innovative=design.innovative, control=design.control,
            fewest_pupils=15, lost=0.0, attrition="cautious", sign_turned_by=turned,
            other_year_groups=alone, **pupils, **found,
        )
    )  # fmt: skip
    return Judged(_named(code, cautious=cautious), pupils["baseline_g"], set_aside)


def _named(code, *, cautious):
    return code + ("~" if code == "E" and cautious else "")


def _design(school, plan):
    return Design(
        innovative=tuple(school.labels[: plan.innovative].tolist()),
        control=tuple(school.labels[plan.innovative : plan.compared].tolist()),
        periods=panel.Periods((f"{YEAR}-Q1",), (f"{YEAR}-Q2",)),
        school_year=YEAR,
    )


def _of_classes(gains, plan, matched, draws):
    """Return what the tests on class gains say, and whether an archive was there and set aside.

    `matched` is the design where both groups stand in every parallel: classes are then permuted
    inside their parallel.
    """
    ours, theirs = gains[: plan.innovative], gains[plan.innovative : plan.compared]
    ordinary = gains[plan.compared : plan.this_year]
    past = {year: gains[plan.year_of_class == i] for i, year in _earlier(plan)}
    shape = Shape(
        plan.innovative, plan.control, len(ordinary), tuple(len(own) for own in past.values())
    )
    diagnosis = exchangeability(past, np.concatenate([theirs, ordinary]), year=YEAR)
    usable = archive.usable(shape)
    decides = usable and diagnosis.holds
    stepped = estimators.two_step(ours, theirs)
    welch = estimators.welch(ours, theirs).p_value
    others = (_permuted(ours, theirs, matched), welch)
    primary, spread = stepped, stepped.standard_error
    if decides:
        option = {"draws": draws, "most": draws} if draws else {}
        primary = placebo(ours, theirs, past, ordinary=ordinary, **option)
        others, spread = (stepped.p_value, *others), primary.spread
    found = {
        "estimate": stepped.estimate, "p_value": primary.p_value, "p_adjusted": primary.p_value,
        "conf_low": primary.conf_low, "conf_high": primary.conf_high, "spread": spread,
        "confirmations": others, "p_unequal_spread": welch, "archive_usable": decides,
        "archive_untested": decides and diagnosis.untested,
    }  # fmt: skip
    return found, usable and not decides


def _earlier(plan):
    return enumerate(YEARS[: plan.years], start=1)


def _permuted(ours, theirs, matched):
    if matched is None:
        return inference.permutation(ours, theirs).p_value
    gains = dict(zip((*matched.innovative, *matched.control), [*ours, *theirs], strict=True))
    strata = [tuple([gains[c] for c in arm] for arm in arms) for arms in parallels_of(matched)]
    return inference.stratified_permutation(strata).p_value


def _class_gains(school):
    """Return class gains, classes × subjects."""
    gains = (school.after - school.before) * school.there[..., None]
    return gains.sum(axis=1) / school.there.sum(axis=1)[:, None]


def _weights(units, plan):
    years = plan.year_of_class.tolist()
    arms = np.array([f"{year} {place < plan.innovative}" for place, year in enumerate(years)])
    names = [f"{column}" for column in range(units.shape[1])]
    return np.array(list(composite_weights(units, arms, names).shares.values()))


def _turned(units, plan, estimate):
    """Return the subjects without which the difference changes its sign."""
    found = []
    for column, subject in enumerate(SUBJECTS):
        kept = np.delete(units, column, axis=1)
        gains = kept @ _weights(kept, plan)
        without = gains[: plan.innovative].mean() - gains[plan.innovative : plan.compared].mean()
        if not without * estimate > 0:
            found.append(subject)
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
    plan, effect, runs, seed = job
    design = DESIGNS.index((plan.innovative, plan.control))
    words = plan.world.encode()
    rng = np.random.default_rng([seed, design, plan.years, int(effect * 10), *words])
    every, apart, set_aside = Counter(), Counter(), 0
    for start in range(0, runs, BLOCK):
        for school in schools(rng, min(BLOCK, runs - start), plan, effect):
            found = judged(school, plan, DRAWS)
            every[found.code] += 1
            set_aside += found.set_aside
            if ADJUSTABLE < abs(found.gap) <= WIDEST_GAP:
                apart[found.code] += 1
    names = {"design": str(plan), "years": plan.years, "world": plan.world, "effect": effect}
    return names | {"every": dict(every), "apart": dict(apart), "set_aside": set_aside}


# --- the same schools by the whole comparison ------------------------------------------------


def checked(count, seed):
    """Return how many schools were judged both ways, and how many got another verdict."""
    total = different = 0
    for world in ("shocks", "lone", "parallels"):
        for place, design in enumerate(DESIGNS):
            for years in (0, 2):
                plan = Plan(*design, years, world)
                rng = np.random.default_rng([seed, place, years, 99])
                for school in schools(rng, count, plan, 0.3):
                    total += 1
                    different += judged(school, plan).code != _whole(school, plan)
    return total, different


def _whole(school, plan):
    """Return the verdict of compare.evaluate on the same marks."""
    design, rows = _design(school, plan), _rows(school, plan)
    arms = {"innovative": design.innovative, "control": design.control}
    answer = compare.evaluate(
        panel.with_roles(rows, **arms, year=YEAR),
        rows[rows["school_year"] == YEAR].drop_duplicates("pupil").assign(membership="both"),
        outcomes=[Outcome(id="all", title="all", subjects=SUBJECTS, primary=True)],
        design=design,
    )[0].verdict
    return _named(answer.code, cautious=answer.cautious)


def _rows(school, plan):
    """Return the table that panel.pupil_gains would give."""
    unit, pupil = np.nonzero(school.there)
    shared = pd.DataFrame(
        {
            "pupil": [f"{u:02}-{p:02}" for u, p in zip(unit, pupil, strict=True)],
            "class_label": school.labels[unit],
            "school_year": np.array([YEAR, *YEARS])[plan.year_of_class[unit]],
        }
    )
    tables = [
        shared.assign(
            subject=subject,
            before=school.before[unit, pupil, column],
            after=school.after[unit, pupil, column],
        )
        for column, subject in enumerate(SUBJECTS)
    ]
    return pd.concat(tables, ignore_index=True).assign(
        gain=lambda rows: rows["after"] - rows["before"],
        class_unit=lambda rows: rows["school_year"] + " " + rows["class_label"],
    )


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
        total, different = checked(given.check, given.seed)
        print(f"{total} schools judged twice, {different} verdicts differ")
        return
    cells = _all_cells(given)
    print("", by_world(cells), sep="\n")
    if "shocks" not in given.worlds:
        return
    print("", by_design(cells, DESIGNS, EFFECTS), sep="\n")
    if given.svg:
        given.svg.write_text(chart(cells, EFFECTS), encoding="utf-8")


def _all_cells(given):
    """Return every cell of the table, each printed as soon as it is known."""
    jobs = [
        (Plan(*design, years, world), effect, given.runs, given.seed)
        for world in given.worlds
        for effect in EFFECTS
        for years in (2, 0)
        for design in DESIGNS
    ]
    error = 100 * math.sqrt(0.05 * 0.95 / given.runs)
    print(f"{given.runs} runs a cell; Monte-Carlo standard error at 5 %: {error:.1f}")
    print(heading())
    begun, cells = time.perf_counter(), []
    with multiprocessing.Pool(given.processes) as pool:
        for found in pool.imap(cell, jobs):
            cells.append(found)
            print(line(found), flush=True)
    print(f"{time.perf_counter() - begun:.0f} s")
    return cells


if __name__ == "__main__":
    main()
