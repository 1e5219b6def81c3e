"""How often diagnoses made before a result fire: false alarms, and what they catch.

Spread: normal class gains, this year's `ratio` times as wide as the archive's; the share of runs in
which `exchangeability` takes the archive its place, and the false-positive rate of the archive test
(here a t test with the pooled spread inside years) alone and where the two-step test stands in.
Trends before the start: independent or autocorrelated class means without any drift; the share of
p < .05 of `pre_trend`'s F and of the same test with standard errors clustered by class (CR1S).
Weights of subjects (correlated .5): the share of p < .05 of the two-step t and of a t with the
pooled spread inside years, on composites with equal and with inverse-covariance weights; the rule
that refuses few degrees of freedom is taken off, to see what it prevents.

    python benchmarks/diagnostics.py --runs 2000
"""

from __future__ import annotations

import argparse
import math

import numpy as np
import pandas as pd
from scipy.special import stdtr

from posanalytics.evaluation import composite
from posanalytics.evaluation.design import Design
from posanalytics.evaluation.estimators import two_step
from posanalytics.evaluation.event_study import event_study
from posanalytics.evaluation.exchangeability import exchangeability
from posanalytics.evaluation.history import pre_trend
from posanalytics.panel import Periods

# innovative, control and ordinary classes; classes in each of two archived years
SCHOOLS = [(1, 3, 0, 8), (2, 4, 0, 8), (3, 3, 4, 8), (2, 4, 14, 20)]
RATIOS = (0.5, 1.0, 2.0, 3.0)
TRENDS = [(2, 3), (2, 4), (3, 3), (4, 6)]
WEIGHED = [(6, (2, 4, 4, 8)), (8, (2, 3, 5, 10)), (4, (2, 4, 8, 11)), (8, (2, 4, 20, 25))]
SUBJECT = {"subject": 1.0}


def spread_row(rng: np.random.Generator, school: tuple[int, ...], ratio: float, runs: int) -> str:
    """Return how often the diagnosis fires, and both false-positive rates."""
    ours, theirs, other, archived = school
    fired = alone = heeded = 0
    for _ in range(runs):
        gains = rng.normal(0, ratio, ours), rng.normal(0, ratio, theirs + other)
        years = [rng.normal(0, 1, archived) for _ in range(2)]
        holds = exchangeability(dict(zip("12", years, strict=True)), gains[1], year="2025").holds
        stepped = two_step(gains[0], gains[1][:theirs])
        groups = [gains[1], *years]
        df = sum(len(group) - 1 for group in groups)
        pooled = math.sqrt(sum(((group - group.mean()) ** 2).sum() for group in groups) / df)
        t = abs(stepped.estimate) / (pooled * math.sqrt(1 / ours + 1 / theirs))
        against = 2 * stdtr(df, -t)
        fired += not holds
        alone += against < 0.05
        heeded += (against if holds else stepped.p_value) < 0.05
    return "  ".join(f"{count / runs:6.3f}" for count in (fired, alone, heeded))


def trend_row(
    rng: np.random.Generator, arms: tuple[int, int], terms: int, rho: float, runs: int
) -> str:
    """Return the share of p < .05 of either test where no class drifts."""
    labels = [f"{number}А" for number in range(1, sum(arms) + 1)]
    names = [f"2024-25-M{number}" for number in range(1, terms + 1)]
    design = Design(
        innovative=tuple(labels[: arms[0]]),
        control=tuple(labels[arms[0] :]),
        periods=Periods((names[-1],), ("2025-26-M1",)),
        school_year="2025-26",
    )
    plain = clustered = 0
    for _ in range(runs):
        noise = rng.normal(0, 0.15, (len(labels), terms))
        for term in range(1, terms):
            noise[:, term] = rho * noise[:, term - 1] + math.sqrt(1 - rho**2) * noise[:, term]
        table = pd.DataFrame(
            {
                "class_label": np.repeat(labels, terms),
                "term": names * len(labels),
                "subject": "subject",
                "mean": noise.ravel(),
                "ours": np.repeat([float(label in design.innovative) for label in labels], terms),
            }
        )
        plain += pre_trend(table, SUBJECT, design).p_value < 0.05
        study = event_study(
            table, outcome="mean", unit="class_label", term="term", innovative="ours",
            terms=names, reference=names[-1],
        )  # fmt: skip
        clustered += study.pre_trend.p_value < 0.05
    return f"{plain / runs:6.3f}  {clustered / runs:6.3f}"


def weights_row(rng: np.random.Generator, school: tuple[int, ...], subjects: int, runs: int) -> str:
    """Return both false-positive rates of both weightings."""
    ours, theirs, other, archived = school
    now = ours + theirs + other
    arms = np.repeat(["ours", "theirs", "1", "2"], [ours, theirs + other, archived, archived])
    mixed = np.linalg.cholesky(0.5 * np.eye(subjects) + 0.5)
    names = [str(number) for number in range(subjects)]
    counts = np.zeros(4)
    for _ in range(runs):
        gains = rng.normal(0, 1, (now + 2 * archived, subjects)) @ mixed.T
        for place, weighting in enumerate(("equal", "inverse_covariance")):
            found = composite.composite_weights(gains, arms, names, weighting=weighting)
            values = gains @ list(found.shares.values())
            stepped = two_step(values[:ours], values[ours : ours + theirs])
            groups = [values[arms == arm] for arm in np.unique(arms)]
            df = len(values) - len(groups)
            pooled = math.sqrt(sum(((group - group.mean()) ** 2).sum() for group in groups) / df)
            t = abs(stepped.estimate) / (pooled * math.sqrt(1 / ours + 1 / theirs))
            counts[2 * place] += stepped.p_value < 0.05
            counts[2 * place + 1] += 2 * stdtr(df, -t) < 0.05
    return "  ".join(f"{count / runs:.3f}" for count in counts)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=2_000)
    runs = parser.parse_args().runs
    rng = np.random.default_rng(20_250_901)
    print("innovative control ordinary archived  ratio   fires   archive alone   heeded")
    for school in SCHOOLS:
        for ratio in RATIOS:
            print(
                *(f"{size:9}" for size in school),
                f"{ratio:6}",
                spread_row(rng, school, ratio, runs),
            )
    print("\narms   terms  rho   F      CR1S")
    for arms in TRENDS:
        for terms in (3, 5):
            for rho in (0.0, 0.5):
                few = max(1, runs // 10)
                print(
                    f"{arms[0]} v {arms[1]}  {terms}    {rho}",
                    trend_row(rng, arms, terms, rho, few),
                )
    # The rule that would refuse them is what is examined.
    composite._LEAST_DF_A_SUBJECT = 0  # noqa: SLF001
    composite._LEAST_DF_FOR_SPREADS = 0  # noqa: SLF001
    print("\nsubjects df   equal: two-step pooled   inverse: two-step pooled")
    for subjects, school in WEIGHED:
        df = sum(school[:3]) + 2 * school[3] - 4
        print(f"{subjects:8}{df:4}   ", weights_row(rng, school, subjects, runs))


if __name__ == "__main__":
    main()
