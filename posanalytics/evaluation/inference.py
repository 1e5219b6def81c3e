"""Could it be chance? Exact permutation of classes and correction for many outcomes."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import PCG64

from posanalytics.evaluation.effect_size import mean, one_row, ordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from posanalytics.evaluation.effect_size import Sample

# The level of every test; intervals hold the effects that a test at this level does not reject.
SIGNIFICANT = 0.05
# Differences closer than this share of the largest gain are the same difference: float noise must
# not decide a tie.
TIE = 1e-9
MOST_ASSIGNMENTS = 1_000_000
MOST_PAIRS = 22  # 2²² sums are 32 MB
RANDOM_DRAWS = 19_999
SEED = 20_250_901


def tie(*samples: Sample) -> float:
    """Return how close two differences of these values may be and still be the same one.

    A share of the largest value, so that no p depends on the unit of marks.

    >>> tie([1.0, -4.0], [2.0])
    4e-09
    """
    sizes = [np.abs(np.asarray(sample, dtype=np.float64)).max(initial=0.0) for sample in samples]
    return TIE * float(max(sizes, default=0.0))


@dataclass(frozen=True)
class PermutationTest:
    """Share of all ways to name the innovative classes that differ at least as much."""

    p_value: float
    smallest_p: float
    assignments: int
    exact: bool

    method = "permutation"

    def tidy(self) -> pd.DataFrame:
        """Return the test as a table of one row."""
        return one_row(self, ("p_value", "smallest_p", "method"))


def smallest_p(innovative: int, control: int) -> float:
    """Return the smallest two-sided p that an exact permutation of so many classes can give.

    1/C(G, g₁), doubled when both arms are equally large, since swapping them gives the same |d|.

    >>> smallest_p(1, 3), smallest_p(2, 2)
    (0.25, 0.3333333333333333)
    """
    ways = math.comb(innovative + control, innovative)
    return min(1.0, (2 if innovative == control else 1) / ways)


def permutation(
    innovative: Sample,
    control: Sample,
    *,
    most: int = MOST_ASSIGNMENTS,
    draws: int = RANDOM_DRAWS,
    seed: int = SEED,
) -> PermutationTest:
    """Return how often chance alone would name classes that differ this much or more.

    Every assignment counts, the observed one included; d* reaches d when |d*| ≥ |d| but for
    rounding (1e-9 of the largest gain). Above `most` assignments a seeded sample is drawn and
    p = (b + 1)/(B + 1) (Phipson & Smyth 2010). An arm without classes, or a class without a gain,
    leaves nothing to test: NaN.

    >>> permutation([0.5, 0.6], [0.1, 0.2, 0.3, 0.4]).p_value  # and the two lowest: 2 of 15
    0.13333333333333333
    """
    first, second = ordered(innovative), ordered(control)
    g1, g0 = first.size, second.size
    if not (g1 and g0 and _known(first, second)):
        return PermutationTest(math.nan, math.nan, 0, exact=True)
    ways = math.comb(g1 + g0, g1)
    floor = smallest_p(g1, g0)
    observed = abs(mean(first) - mean(second))
    classes = ordered(np.concatenate([first, second]))
    exact = ways <= most
    sums = _all_sums(classes, g1) if exact else _random_sums(classes, g1, draws, seed)
    differences = sums / g1 - (math.fsum(classes) - sums) / g0
    reached = int(np.count_nonzero(np.abs(differences) >= observed - tie(classes)))
    if exact:
        return PermutationTest(reached / ways, floor, ways, exact=True)
    return PermutationTest(
        (reached + 1) / (draws + 1), max(floor, 1 / (draws + 1)), draws, exact=False
    )


@dataclass(frozen=True)
class SignFlip:
    """Share of all ways to swap the members of pairs that differ at least as much."""

    p_value: float
    smallest_p: float
    pairs: int
    exact: bool

    method = "sign_flip"

    def tidy(self) -> pd.DataFrame:
        """Return the test as a table of one row."""
        return one_row(self, ("p_value", "smallest_p", "method"))


def sign_flip(
    differences: Sample, *, most: int = MOST_PAIRS, draws: int = RANDOM_DRAWS, seed: int = SEED
) -> SignFlip:
    """Return how often chance alone would give matched pairs a mean difference this large.

    In every pair either class could have been the innovative one: all 2ⁿ signs count, the observed
    ones included (Fisher 1935); above `most` pairs a seeded sample is drawn. No pairs, or a pair
    without a difference: NaN.

    >>> sign_flip([0.3, 0.1, 0.2]).p_value  # only all + and all − reach .6: 2 of 8
    0.25
    """
    values = ordered(differences)
    count = values.size
    if not count or not _known(values):
        return SignFlip(math.nan, math.nan, 0, exact=True)
    observed = abs(math.fsum(values))
    sums, exact = flipped_sums(values, most=most, draws=draws, seed=seed)
    reached = int(np.count_nonzero(np.abs(sums) >= observed - tie(values)))
    if exact:
        return SignFlip(reached / sums.size, min(1.0, 2 / sums.size), count, exact=True)
    return SignFlip((reached + 1) / (draws + 1), 1 / (draws + 1), count, exact=False)


def flipped_sums(
    values: NDArray[np.float64],
    *,
    most: int = MOST_PAIRS,
    draws: int = RANDOM_DRAWS,
    seed: int = SEED,
) -> tuple[NDArray[np.float64], bool]:
    """Return the sum under every choice of signs, and whether these are all; else a seeded sample.

    The order of the choices depends on the number of values alone: of ones, the sums of the signs.

    >>> flipped_sums(np.array([1.0, 3.0]))[0].tolist()
    [-4.0, -2.0, 2.0, 4.0]
    """
    if values.size <= most:
        return _signed_sums(values), True
    return _random_signed(values, draws, seed), False


def _signed_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    sums = np.zeros(1)
    for value in values:
        sums = np.concatenate([sums - value, sums + value])
    return sums


def _random_signed(values: NDArray[np.float64], draws: int, seed: int) -> NDArray[np.float64]:
    words = np.asarray(PCG64(seed).random_raw(draws * values.size)).reshape(draws, values.size)
    sums: NDArray[np.float64] = np.where(words >> np.uint64(63), 1.0, -1.0) @ values
    return sums


def stratified_permutation(
    strata: Sequence[tuple[Sample, Sample]],
    *,
    most: int = MOST_ASSIGNMENTS,
    draws: int = RANDOM_DRAWS,
    seed: int = SEED,
) -> PermutationTest:
    """Return the permutation test when classes may change places within their stratum only.

    A stratum (a parallel of a school) is (innovative, control); strata with one side empty are
    left out. The statistic is the difference of means over all classes; the ways are the product
    of C(G_k, g_k). A class without a gain in a stratum that counts: NaN.

    >>> stratified_permutation([([0.5], [0.1, 0.2]), ([0.4], [0.0])]).p_value  # 1 of 3 · 2
    0.16666666666666666
    """
    pairs = [(ordered(first), ordered(second)) for first, second in strata]
    pairs = sorted(
        ((a, b) for a, b in pairs if a.size and b.size),
        key=lambda p: (p[0].tolist(), p[1].tolist()),
    )
    if not pairs or not _known(*(side for pair in pairs for side in pair)):
        return PermutationTest(math.nan, math.nan, 0, exact=True)
    ways = math.prod(math.comb(a.size + b.size, a.size) for a, b in pairs)
    g1, g0 = sum(a.size for a, _ in pairs), sum(b.size for _, b in pairs)
    total = math.fsum(np.concatenate([side for pair in pairs for side in pair]))
    ours = math.fsum(np.concatenate([a for a, _ in pairs]))
    observed = abs(ours / g1 - (total - ours) / g0)
    exact = ways <= most
    sums = np.zeros(1 if exact else draws)
    for number, (a, b) in enumerate(pairs):
        classes = ordered(np.concatenate([a, b]))
        if exact:
            sums = np.add.outer(sums, _all_sums(classes, a.size)).ravel()
        else:
            sums = sums + _random_sums(classes, a.size, draws, seed + number)
    slack = tie(*(side for pair in pairs for side in pair))
    reached = int(np.count_nonzero(np.abs(sums / g1 - (total - sums) / g0) >= observed - slack))
    floor = min(1.0, (2 if all(a.size == b.size for a, b in pairs) else 1) / ways)
    if exact:
        return PermutationTest(reached / ways, floor, ways, exact=True)
    least = max(floor, 1 / (draws + 1))
    return PermutationTest((reached + 1) / (draws + 1), least, draws, exact=False)


def _known(*samples: NDArray[np.float64]) -> bool:
    """Return whether every value is a number: comparing with NaN would count nothing, p = 0."""
    return all(bool(np.isfinite(sample).all()) for sample in samples)


def _all_sums(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Return the sum of every subset of that size.

    Two halves: every sum of k values of one half meets every sum of size − k of the other, so the
    646,646 ways of 10 out of 22 cost two tables of 2,048 sums.
    """
    half = values.size // 2
    left, right = values[:half], values[half:]
    parts = [
        np.add.outer(_subset_sums(left, k), _subset_sums(right, size - k)).ravel()
        for k in range(max(0, size - right.size), min(size, half) + 1)
    ]
    return np.concatenate(parts)


def _subset_sums(values: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    if size == 0:
        return np.zeros(1)
    chosen = np.array(list(itertools.combinations(range(values.size), size)))
    sums: NDArray[np.float64] = values[chosen].sum(axis=1)
    return sums


def _random_sums(
    values: NDArray[np.float64], size: int, draws: int, seed: int
) -> NDArray[np.float64]:
    chosen = shuffled(draws, values.size, seed)[:, :size]
    sums: NDArray[np.float64] = values[chosen].sum(axis=1)
    return sums


def shuffled(draws: int, size: int, seed: int) -> NDArray[np.int64]:
    """Return that many random orders of 0 … size − 1, the same on every platform and NumPy.

    Ranks of raw PCG64 words: NumPy promises the stream of a bit generator for ever, but not that
    of Generator methods such as permuted.
    """
    words = np.asarray(PCG64(seed).random_raw(draws * size)).reshape(draws, size)
    return np.argsort(words, axis=1, kind="stable")


def inverted(
    values: NDArray[np.float64],
    slope: NDArray[np.float64],
    observed: float,
    alpha: float,
    *,
    exact: bool,
) -> tuple[float, float]:
    """Return the ends of the set of effects δ with p(δ) ≥ alpha.

    `values` are the differences of all draws (a sample of them unless `exact`), `slope` what an
    effect of one mark adds to each. Taking an effect δ out turns the observed difference d into
    d − δ and a draw a into a − bδ. The draw reaches the observed one for δ between (d − a)/(1 − b)
    and (d + a)/(1 + b), an interval around d, so p(δ) only falls on either side of d and its ends
    are order statistics.
    """
    low, high = _reached_between(values, slope, observed)
    total = low.size if exact else low.size + 1
    needed = math.ceil(alpha * total - 1e-9) - (0 if exact else 1)
    if needed < 1 or needed > low.size:
        return -math.inf, math.inf
    lower = np.partition(low, needed - 1)[needed - 1]
    upper = -np.partition(-high, needed - 1)[needed - 1]
    return round(float(lower), 9), round(float(upper), 9)


def _reached_between(
    values: NDArray[np.float64], slope: NDArray[np.float64], observed: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    mirrored = np.where(slope < 0, -values, values)
    steep = np.abs(slope)
    inside = steep < 1 - TIE
    near = (observed - mirrored) / np.where(inside, 1 - steep, 1.0)
    far = (observed + mirrored) / (1 + steep)
    low = np.where(inside, np.minimum(near, far), -math.inf)
    high = np.where(inside, np.maximum(near, far), math.inf)
    slack = tie(values, [observed])
    # Slope 1: another group stands beside our own innovative classes; half the line is reached.
    beside = ~inside & (steep <= 1 + TIE)
    middle = (mirrored + observed) / 2
    high = np.where(beside & (mirrored > observed + slack), middle, high)
    low = np.where(beside & (mirrored < observed - slack), middle, low)
    return low, high


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for the false discovery rate in their family; NaN stays NaN.

    p̃_(k) = min over j ≥ k of m·p_(j)/j (Benjamini & Hochberg 1995); m counts the p-values that
    exist.

    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    [0.03, 0.04, 0.04]
    """
    known = sorted((p, place) for place, p in enumerate(p_values) if not math.isnan(p))
    adjusted = [math.nan] * len(p_values)
    running = 1.0
    for rank in range(len(known), 0, -1):
        p, place = known[rank - 1]
        running = min(running, p * (len(known) / rank))
        adjusted[place] = running
    return adjusted
