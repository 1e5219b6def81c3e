"""Which verdict comes up how often when nothing is true: demo schools with no effect.

Run: python benchmarks/null_schools.py [--schools 200] [--effect 0]
Prints one row per design; A and E together are the false conclusions.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter

from posanalytics import panel
from posanalytics.demo import simulate
from posanalytics.evaluation import compare
from posanalytics.evaluation.design import Design, Outcome

DESIGNS = ((1, 1, 0), (1, 1, 2), (1, 3, 2), (2, 4, 2), (3, 3, 2), (1, 3, 0), (2, 4, 0), (3, 3, 0))
ALIASES = {"Алгебра": "Математика"}


def verdict(seed: int, effect: float, innovative: int, control: int, archive: int) -> str:
    """Return the verdict of the primary outcome of one demo school, E! for E without caution."""
    school = simulate(
        seed, effect, innovative_classes=innovative, control_classes=control, archive_years=archive
    )
    marks = school.term_marks().replace({"subject": ALIASES})
    truth = school.truth
    term, year = truth.start, truth.start[:7]
    periods = panel.periods_compared(term, truth.start, sorted(set(marks["term"])))
    gains = panel.with_roles(
        panel.pupil_gains(marks, periods=periods, years_back=range(archive + 1)),
        innovative=truth.innovative,
        control=truth.control,
        year=year,
    )
    subjects = tuple(sorted(set(marks["subject"])))
    outcome = Outcome(id="all", title="all", subjects=subjects, primary=True)
    design = Design(
        innovative=truth.innovative, control=truth.control, periods=periods, school_year=year
    )
    membership = panel.membership(marks, periods=periods)
    answer = compare.evaluate(gains, membership, outcomes=[outcome], design=design)[0].verdict
    return answer.code + ("~" if answer.code == "E" and answer.cautious else "")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--schools", type=int, default=200)
    parser.add_argument("--effect", type=float, default=0.0)
    given = parser.parse_args()
    codes = ("A", "B", "C", "D", "E~", "E", "F")
    print(f"{given.schools} schools, true effect {given.effect:+.2f}; share of verdicts, %")
    print("design    archive  " + "".join(f"{code:>7}" for code in codes) + "    A+E  A+E+E~  s")
    for innovative, control, archive in DESIGNS:
        begun = time.perf_counter()
        found = Counter(
            verdict(seed, given.effect, innovative, control, archive)
            for seed in range(given.schools)
        )
        share = {code: 100 * found[code] / given.schools for code in codes}
        false = share["A"] + share["E"]
        row = "".join(f"{share[code]:7.1f}" for code in codes)
        years = f"{archive} years" if archive else "none   "
        print(
            f"{innovative} v {control}     {years:8}{row}{false:7.1f}{false + share['E~']:8.1f}"
            f"{time.perf_counter() - begun:4.0f}"
        )


if __name__ == "__main__":
    main()
