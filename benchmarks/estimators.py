"""How fast regressions with fixed effects and the class collapse are, beside their peers.

    OMP_NUM_THREADS=1 python benchmarks/estimators.py [--rows 500 50000 5000000]

The same two-way fixed effects model (pupil and term, clustered by class) is fitted by
posanalytics and by pyfixest, linearmodels and statsmodels where they are installed; every figure
is the median of three rounds after one that is not counted.
Ratios are time of the peer over ours: above 1 the peer is slower.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import statistics
import time

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")

import numpy as np
import pandas as pd

from posanalytics.evaluation.estimators import two_step
from posanalytics.evaluation.regression import fit

ROUNDS = 3
TERMS = 10
CLASS_SIZE = 25
FEWEST_CLASSES = 10
# Above this many rows a peer takes minutes or the memory of the machine.
MOST_ROWS = {"statsmodels": 5_000}


def panel(rows):
    """Return a balanced panel: ten terms per pupil, at least ten classes, half innovative."""
    pupils = rows // TERMS
    wave = np.sin(np.arange(pupils * TERMS) * 12.9898) * 43758.5453
    noise = wave - np.floor(wave) - 0.5
    pupil = np.repeat(np.arange(pupils), TERMS)
    term = np.tile(np.arange(TERMS), pupils)
    group = pupil // min(CLASS_SIZE, pupils // FEWEST_CLASSES)
    new = ((group % 2 == 0) & (term >= TERMS // 2)).astype(float)
    mark = 4 + 0.2 * new + noise
    return pd.DataFrame(
        {"pupil": pupil, "term": term, "class_label": group, "new": new, "mark": mark}
    )


def ours(frame):
    found = fit(
        frame, outcome="mark", regressors=["new"], fixed_effects=["pupil", "term"],
        cluster="class_label",
    )  # fmt: skip
    return float(found.estimates[0]), float(found.standard_errors[0])


def collapse(frame):
    """Return the two-step t on class gains: the verdict's own way to the same estimate."""
    after = frame["term"].to_numpy() >= TERMS // 2
    codes = frame["class_label"].to_numpy()
    marks = frame["mark"].to_numpy()
    sums = [np.bincount(codes, weights=marks * side) for side in (after, ~after)]
    counts = [np.bincount(codes, weights=side.astype(float)) for side in (after, ~after)]
    gains = sums[0] / counts[0] - sums[1] / counts[1]
    found = two_step(gains[::2], gains[1::2])
    return found.estimate, found.standard_error


def pyfixest(frame):
    import pyfixest as pf

    found = pf.feols("mark ~ new | pupil + term", frame, vcov={"CRV1": "class_label"})
    return float(found.coef().iloc[0]), float(found.se().iloc[0])


def linearmodels(frame):
    from linearmodels.panel import PanelOLS

    indexed = frame.set_index(["pupil", "term"])
    model = PanelOLS(indexed["mark"], indexed[["new"]], entity_effects=True, time_effects=True)
    found = model.fit(cov_type="clustered", clusters=indexed[["class_label"]])
    return float(found.params.iloc[0]), float(found.std_errors.iloc[0])


def statsmodels(frame):
    import statsmodels.formula.api as smf

    model = smf.ols("mark ~ new + C(pupil) + C(term)", frame)
    found = model.fit(cov_type="cluster", cov_kwds={"groups": frame["class_label"]})
    return float(found.params["new"]), float(found.bse["new"])


def timed(work, frame):
    """Return the median seconds and what was found."""
    found = work(frame)
    seconds = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        found = work(frame)
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds), found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="*", default=[500, 50_000, 5_000_000])
    peers = {"pyfixest": pyfixest, "linearmodels": linearmodels, "statsmodels": statsmodels}
    there = {name: work for name, work in peers.items() if importlib.util.find_spec(name)}
    for name in sorted(set(peers) - set(there)):
        print(f"{name} is not installed: left out")
    print(f"{'rows':>9}  {'program':<22}{'seconds':>9}{'ratio':>8}  {'estimate':>9}  {'SE':>9}")
    for rows in parser.parse_args().rows:
        frame = panel(rows)
        base, found = timed(ours, frame)
        report(rows, "posanalytics fit", base, base, found)
        report(rows, "posanalytics two-step", *(timed(collapse, frame)[:1]), base, collapse(frame))
        for name, work in there.items():
            if rows <= MOST_ROWS.get(name, rows):
                seconds, told = timed(work, frame)
                report(rows, name, seconds, base, told)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"largest memory of the whole run: {peak:.0f} MB")


def report(rows, name, seconds, base, found):
    estimate, error = found
    line = f"{rows:>9}  {name:<22}{seconds:>9.3f}{seconds / base:>8.2f}"
    print(f"{line}  {estimate:>9.5f}  {error:>9.6f}", flush=True)


if __name__ == "__main__":
    main()
